//! Accounts: who somebody is, and who may change whom.
use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    language::Language,
    password::PasswordPolicy,
    session::{Restriction, Session},
    time::Time,
};

mod names;

pub use names::{DISPLAY_NAME_MAX, DisplayName, DisplayNameError, Email, USERNAME_MAX, Username};

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

/// An account as it is read for pages and decisions; its password hash never leaves the store with it.
#[derive(Clone, Debug)]
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
