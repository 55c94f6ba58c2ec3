use super::{HOSTILE, Set};
use crate::email::{About, Letter, Seen, Typed, Written, write};
use crate::{Device, Lang};

/// A mail as it could be sent.
pub struct Mailed {
    /// Unique; Korean ones end with `-ko`.
    pub name: String,
    /// In which language.
    pub lang: Lang,
    /// What stands in it.
    pub written: Written,
}

/// Where the links of the samples lead.
pub const BASE: &str = "https://sso.aldergate.example";

/// Every mail in every language, and some that were written to by somebody hostile.
pub fn mails() -> Vec<Mailed> {
    Lang::ALL.into_iter().flat_map(|lang| of(&Set { lang, samples: vec![] })).collect()
}

fn of(set: &Set) -> Vec<Mailed> {
    let name = || Typed::free(if set.lang == Lang::Ko { "김지호" } else { "Maya Okafor" });
    let evil = || Typed::free(&format!("http://evil.example {HOSTILE}\r\nBcc: all@evil.example"));
    let username = || Typed::exact("maya.okafor");
    let token = || "AZ9tq0kQcb2mY1hWn4bQgYhMfWWaLqgxVrQFaO_TxsrC4Is0V1sFbDwCggn4bQg".to_owned();
    let seen = || Seen {
        at: set.at(11, 21, 13, 58),
        address: Typed::exact("203.0.113.24"),
        device: Device::Known { browser: "Firefox".to_owned(), system: "Windows".to_owned(), mobile: false },
    };
    let unknown = || Seen { device: Device::Raw(HOSTILE.to_owned()), ..seen() };
    let at = || set.at(11, 28, 0, 0);
    let all = vec![
        ("verify-email", About::VerifyEmail { token: token() }),
        ("address-known", About::AddressKnown),
        ("received", About::ApplicationReceived),
        ("new-applications", About::NewApplications { name: name(), count: 1, who: vec![name()] }),
        (
            "new-applications-many",
            About::NewApplications { name: name(), count: 1204, who: vec![name(), evil(), name()] },
        ),
        ("approved", About::Approved { name: name(), username: username(), password: true }),
        ("approved-sso", About::Approved { name: name(), username: username(), password: false }),
        ("approved-hostile", About::Approved { name: evil(), username: username(), password: true }),
        ("rejected", About::Rejected { name: name(), message: None, blocked: false }),
        ("rejected-blocked", About::Rejected { name: name(), message: None, blocked: true }),
        (
            "rejected-message",
            About::Rejected {
                name: name(),
                message: Some(Typed::free(
                    "Please apply again and name your sponsor. See http://evil.example",
                )),
                blocked: false,
            },
        ),
        ("withdrawn", About::Withdrawn),
        ("application-expired", About::ApplicationExpired { name: name(), days: 30 }),
        ("reset-password", About::ResetPassword { username: username(), token: token() }),
        ("password-reset", About::PasswordReset { name: name() }),
        ("password-changed", About::PasswordChanged { name: name(), seen: seen() }),
        (
            "email-changed",
            About::EmailChanged {
                name: name(),
                old: Typed::exact("maya@old.example"),
                new: Typed::exact("maya@new.example"),
            },
        ),
        (
            "identity-linked",
            About::IdentityLinked {
                name: name(),
                provider: Typed::free("Aldergate SSO"),
                password_removed: false,
                seen: seen(),
            },
        ),
        (
            "identity-linked-by-email",
            About::IdentityLinked {
                name: name(),
                provider: Typed::free("Aldergate SSO"),
                password_removed: true,
                seen: seen(),
            },
        ),
        ("identity-unlinked", About::IdentityUnlinked { name: evil(), provider: evil(), seen: unknown() }),
        ("new-sign-in", About::NewSignIn { name: name(), seen: seen() }),
        ("new-sign-in-unknown", About::NewSignIn { name: evil(), seen: unknown() }),
        ("locked", About::Locked { name: name(), seen: unknown(), minutes: 15 }),
        ("expires-soon", About::ExpiresSoon { name: name(), at: at() }),
        ("dormant-soon", About::DormantSoon { name: name(), at: at() }),
        ("deactivated", About::Deactivated { name: name() }),
    ];
    let letter = |(name, about): (&str, About)| {
        let letter = Letter {
            lang: set.lang,
            organisation: "Aldergate".to_owned(),
            help: Some("it-help@aldergate.example".to_owned()),
            base: BASE.to_owned(),
            local: true,
            recipient: Typed::exact("maya.okafor@partner.example"),
            about,
        };
        let name = if set.lang == Lang::Ko { format!("{name}-ko") } else { name.to_owned() };
        Mailed { name, lang: set.lang, written: write(&letter) }
    };
    all.into_iter().map(letter).collect()
}
