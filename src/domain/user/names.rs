//! What accounts are called: addresses, login names, names that are shown.
use std::fmt;

use precis_profiles::{UsernameCaseMapped, precis_core::profile::PrecisFastInvocation as _};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;

/// An email address: ASCII, one `@`, a dotted domain, at most 254 bytes. Case is kept; [`Email::key`] is
/// what must be unique.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Email(String);

impl Email {
    /// Reads an address; `None` for anything that is not plainly one (quoted local parts, several `@`,
    /// non-ASCII look-alikes, trailing dots).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(' ');
        let (local, domain) = text.split_once('@')?;
        let atom = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
        };
        let label = |part: &str| {
            (1..=63).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !part.starts_with('-')
                && !part.ends_with('-')
        };
        let good = text.len() <= 254
            && local.len() <= 64
            && local.split('.').all(atom)
            && domain.contains('.')
            && domain.split('.').all(label);
        good.then(|| Self(text.to_owned()))
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as it is compared: without regard to case.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The part after the `@`, in lower case.
    pub fn domain(&self) -> String {
        self.0.rsplit('@').next().unwrap_or_default().to_ascii_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A login name: PRECIS UsernameCaseMapped (RFC 8265 §3.3), then letters and digits of any script, `.`,
/// `-`, `_`; 1 to 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Username(String);

/// The most characters that a username has.
pub const USERNAME_MAX: usize = 64;
/// The most characters that a display name has.
pub const DISPLAY_NAME_MAX: usize = 100;

impl Username {
    /// Reads a username as a person typed it; `None` when a character may not be in one.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > USERNAME_MAX * 4 {
            return None;
        }
        let name = UsernameCaseMapped::enforce(text).ok()?;
        let good = name.chars().all(Self::takes) && (1..=USERNAME_MAX).contains(&name.chars().count());
        good.then(|| Self(name.into_owned()))
    }

    /// A username made from a display name, an email's local part or a provider's claim: what cannot stay
    /// is left out, spaces become dots. `None` when nothing is left.
    pub fn from_wish(wish: &str) -> Option<Self> {
        let mut name = String::new();
        let wish: String = wish.chars().take(USERNAME_MAX * 2).nfkc().collect();
        for c in wish.trim().chars() {
            let c = if c.is_whitespace() || c == '@' { '.' } else { c };
            if Self::takes(c) && !(c == '.' && name.ends_with('.')) {
                name.push(c);
            }
        }
        let cut: String = name.trim_matches('.').chars().take(USERNAME_MAX).collect();
        Self::parse(&cut)
    }

    /// The name with a number behind it, for when the name itself is taken.
    pub fn numbered(&self, number: i64) -> Self {
        let suffix = format!("-{number}");
        let kept: String = self.0.chars().take(USERNAME_MAX - suffix.len()).collect();
        Self(kept + &suffix)
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What must be unique: names that look alike have the same skeleton (UTS 39 §4).
    pub fn skeleton(&self) -> String {
        unicode_security::skeleton(&self.0).collect::<String>().to_lowercase()
    }

    fn takes(c: char) -> bool {
        c.is_alphanumeric() || matches!(c, '.' | '-' | '_')
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person's name as it is shown: 1 to 100 characters, no control characters, nothing that changes the
/// direction of the text around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct DisplayName(String);

/// Why a text is no display name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisplayNameError {
    /// Nothing is left without the spaces.
    Missing,
    /// More than [`DISPLAY_NAME_MAX`] characters.
    TooLong,
}

impl DisplayName {
    /// Reads a name; runs of white space become one space, invisible characters are left out.
    pub fn parse(text: &str) -> Result<Self, DisplayNameError> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let name: String = name.nfc().filter(|c| !c.is_control() && !is_invisible(*c)).collect();
        let name = name.trim();
        match name.chars().count() {
            0 => Err(DisplayNameError::Missing),
            n if n > DISPLAY_NAME_MAX => Err(DisplayNameError::TooLong),
            _ => Ok(Self(name.to_owned())),
        }
    }

    /// A name from a provider's claim: cut to length instead of refused.
    pub fn from_claim(text: &str) -> Option<Self> {
        let short: String = text.chars().take(DISPLAY_NAME_MAX).collect();
        Self::parse(&short).ok()
    }

    /// A name where nothing better is known.
    pub fn from_username(username: &Username) -> Self {
        Self(username.0.clone())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Zero-width characters (joiners aside, which scripts need) and those that turn the direction of text.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}
