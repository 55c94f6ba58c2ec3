//! Links that are mailed: who has one has read the mail.
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::secret::{MasterKey, base64url, from_base64url, random, same};

/// What a mailed link is good for. One made for one purpose is nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Purpose {
    /// Shows that an applicant reads this address.
    VerifyEmail,
    /// Opens the page where a new password is chosen.
    ResetPassword,
}

impl Purpose {
    /// The page that the link opens.
    pub const fn path(self) -> &'static str {
        match self {
            Self::VerifyEmail => "/verify-email",
            Self::ResetPassword => "/reset-password",
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::VerifyEmail => "link verify_email",
            Self::ResetPassword => "link reset_password",
        }
    }
}

/// Names a link; no secret by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct LinkId(Uuid);

impl LinkId {
    /// A new one, of 122 random bits.
    pub fn draw() -> Self {
        Self(uuid::Builder::from_random_bytes(random()).into_uuid())
    }

    /// What stands in the mail: the id, and the proof that we wrote it.
    pub fn token(self, purpose: Purpose, key: &MasterKey) -> LinkToken {
        let mac = key.mac(purpose.key(), self.0.as_bytes());
        LinkToken(base64url(&[self.0.as_bytes().as_slice(), &mac].concat()))
    }

    /// Reads what stands in a mail; `None` for what we did not write, byte for byte.
    pub fn read(text: &str, purpose: Purpose, key: &MasterKey) -> Option<Self> {
        let bytes = from_base64url(text)?;
        let id = Self(Uuid::from_slice(bytes.get(..16)?).ok()?);
        same(id.token(purpose, key).0.as_bytes(), text.as_bytes()).then_some(id)
    }
}

/// The secret of a link.
pub struct LinkToken(String);

impl LinkToken {
    /// As it stands in the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_as_it_was_written_and_in_no_other_way() {
        let key = MasterKey::generate();
        let id = LinkId::draw();
        let token = id.token(Purpose::ResetPassword, &key);
        let text = token.as_str();
        assert_eq!(LinkId::read(text, Purpose::ResetPassword, &key), Some(id));
        assert_eq!(LinkId::read(text, Purpose::VerifyEmail, &key), None);
        assert_eq!(LinkId::read(text, Purpose::ResetPassword, &MasterKey::generate()), None);
        for end in 0..text.len() {
            assert_eq!(LinkId::read(&text[..end], Purpose::ResetPassword, &key), None, "cut at {end}");
        }
        for (place, c) in text.char_indices() {
            let other = if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            if other != c {
                let mut forged = text.to_owned();
                forged.replace_range(place..=place, &other.to_string());
                assert_eq!(LinkId::read(&forged, Purpose::ResetPassword, &key), None, "{place}");
            }
        }
        assert_eq!(LinkId::read(&format!("{text}="), Purpose::ResetPassword, &key), None);
        assert_ne!(LinkId::draw(), id);
    }
}
