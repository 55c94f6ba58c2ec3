//! Accounts: who somebody is, and who may change whom.
use std::{fmt, time::Duration};

use precis_profiles::{UsernameCaseMapped, precis_core::profile::PrecisFastInvocation as _};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use uuid::Uuid;

use super::{
    language::Language,
    password::PasswordPolicy,
    session::{Restriction, Session},
    time::Time,
};

/// An account's lasting name in URLs, in the audit log and for upstreams. A UUIDv7; not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct UserId(pub Uuid);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum Status {
    /// Signed up; waits for a decision and can do nothing.
    Pending,
    /// May sign in and pass the gate.
    Active,
    /// Kept, but locked out.
    Inactive,
}

/// How far an account's powers go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum Tier {
    /// Everybody else.
    Standard,
    /// May do everything.
    Superuser,
}

/// By which door an account came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum Source {
    /// Signs in with a password.
    Local,
    /// Provisioned from an OpenID Provider.
    Sso,
}

macro_rules! words {
    ($T:ty { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $T {
            /// The word used in the database, in forms and in URLs.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads [`Self::as_str`]'s word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $T {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
words!(Status { Pending => "pending", Active => "active", Inactive => "inactive" });
words!(Tier { Standard => "standard", Superuser => "superuser" });
words!(Source { Local => "local", Sso => "sso" });

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

/// An account as it is read for pages and decisions; its password hash never leaves the store with it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct User {
    /// The lasting id.
    pub id: UserId,
    /// The number that people see and say; never reused.
    pub number: i64,
    /// The login name.
    pub username: Username,
    /// The address.
    pub email: Email,
    /// Whether the address is verified, the provider's own, or approved by an administrator.
    pub email_trusted: bool,
    /// The person's name.
    pub display_name: DisplayName,
    /// Whether the account may be used.
    pub status: Status,
    /// How far its powers go.
    pub tier: Tier,
    /// By which door it came.
    pub source: Source,
    /// Whether a password is set.
    pub has_password: bool,
    /// Why an applicant wants in.
    pub reason: Option<String>,
    /// Sessions of an older epoch are over.
    pub session_epoch: i64,
    /// Counts the changes, so that nobody saves over a newer one.
    pub version: i64,
    /// [`Time::NEVER`] before the first sign-in.
    pub last_login_at: Time,
    /// From where the last sign-in came.
    pub last_login_address: Option<String>,
    /// When the account was made or applied for.
    pub registered_at: Time,
    /// From then on the account is treated as inactive; [`Time::NEVER`] for never.
    pub expires_at: Time,
    /// When the password was set.
    pub password_changed_at: Time,
    /// Whether an administrator set it, and the person has to choose their own.
    pub must_change_password: bool,
    /// From when on the person counts as away.
    pub idle_since: Time,
    /// Until then a dormant account has been looked at and kept.
    pub kept_until: Time,
    /// In which language the person is written to: that of their last sign-in.
    pub language: Language,
    /// Until when a one-time password may be used; [`Time::NEVER`] for one that lasts.
    pub password_expires_at: Time,
    /// Failed sign-ins before that no longer count.
    pub unlocked_at: Time,
}

impl User {
    /// Whether `session`, once this account's, still stands as far as the account is concerned.
    pub fn honours(&self, session: &Session, now: Time) -> bool {
        self.is_usable(now) && self.session_epoch == session.epoch && self.id == session.user_id
    }

    /// Whether the account is active and its time is not over.
    pub fn is_usable(&self, now: Time) -> bool {
        self.status == Status::Active && !self.is_expired(now)
    }

    /// Whether somebody who signs in with the password has to choose another first.
    pub fn restriction(&self, policy: &PasswordPolicy, now: Time) -> Option<Restriction> {
        let lifetime = Duration::from_secs(u64::from(policy.rotation_days) * 86_400);
        let too_old = policy.rotation_days > 0 && now.since(self.password_changed_at) >= lifetime;
        match self.must_change_password {
            true => Some(Restriction::MustChange),
            false => too_old.then_some(Restriction::TooOld),
        }
    }

    /// Whether the time of a password that an administrator set is over: it is none any more.
    pub fn has_lapsed_password(&self, now: Time) -> bool {
        self.password_expires_at.happened().is_some_and(|end| end <= now)
    }

    /// Whether a password of narthex's own is a way in, or would be.
    pub fn takes_password(&self) -> bool {
        self.source == Source::Local || self.has_password
    }

    /// Whether the account's time is over.
    pub fn is_expired(&self, now: Time) -> bool {
        self.expires_at.happened().is_some_and(|end| end <= now)
    }

    /// Whether this account alone may keep the system administrable: an active superuser without an end.
    pub fn is_lasting_superuser(&self) -> bool {
        self.status == Status::Active && self.tier == Tier::Superuser && self.expires_at == Time::NEVER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_plain_or_nothing() {
        for good in ["a@b.co", "Ada.Lovelace+x@mail.example.com", " ada@example.com "] {
            assert!(Email::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "@b.co",
            "a@",
            "a@b@c.co",
            "a b@c.co",
            "\"a@evil\"@c.co",
            "a@c.co.",
            "a.@c.co",
            "a@-c.co",
            "a@c..co",
            "a@corp.\u{212A}o",
            "a\u{0}@c.co",
            "a,b@c.co",
            "a@c.co\r\nBcc: x@y.co",
            "é@c.co",
        ] {
            assert!(Email::parse(bad).is_none(), "{bad:?}");
        }
        assert_eq!(Email::parse("Ada@Example.COM").unwrap().key(), "ada@example.com");
    }

    #[test]
    fn a_username_is_folded_and_look_alikes_share_a_skeleton() {
        let name = |text: &str| Username::parse(text).unwrap();
        assert_eq!(name(" Ada ").as_str(), "ada");
        assert_eq!(name("ＡＤＡ").as_str(), "ada", "full width");
        assert_eq!(name("аdmin").skeleton(), name("ADMIN").skeleton(), "Cyrillic а");
        assert_eq!(name("윤지호").as_str(), "윤지호");
        for bad in ["", "a@b", "a b", "a\u{200B}b", "a\u{202E}b", "a/b", "a\0b", &"x".repeat(65), "🦀"] {
            assert!(Username::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_wish_always_ends_as_a_username_or_nothing() {
        let wish = |text: &str| Username::from_wish(text).map(|name| name.as_str().to_owned());
        assert_eq!(wish("Ada  Lovelace").as_deref(), Some("ada.lovelace"));
        assert_eq!(wish("ada@corp.example").as_deref(), Some("ada.corp.example"));
        assert_eq!(wish("<script>").as_deref(), Some("script"));
        assert_eq!(wish("🦀"), None);
        assert_eq!(wish(&"x".repeat(10_000)).map(|name| name.len()), Some(64));
        assert_eq!(Username::parse(&"x".repeat(64)).unwrap().numbered(12).as_str().len(), 64);
    }

    #[test]
    fn a_display_name_carries_nothing_invisible() {
        let name = |text: &str| DisplayName::parse(text).map(|name| name.as_str().to_owned());
        assert_eq!(name("  Ada \t Lovelace\n").as_deref(), Ok("Ada Lovelace"));
        assert_eq!(name("a\u{202E}b\u{0}").as_deref(), Ok("ab"));
        assert_eq!(name(" \u{200B} "), Err(DisplayNameError::Missing));
        assert_eq!(name(&"x".repeat(101)), Err(DisplayNameError::TooLong));
    }
}
