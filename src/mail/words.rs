use chrono::{Datelike as _, Timelike as _};
use templates::{
    Lang, When,
    email::{About, Letter, Seen as SeenView, Typed, Written, write},
};

use crate::{
    config::Config,
    domain::{
        device::Device,
        language::Language,
        link::Purpose,
        notice::{Notice, Seen},
        secret::MasterKey,
        time::Time,
        user::Email,
    },
};

/// Whose mail it is, and where its links lead.
pub(super) struct House {
    organisation: String,
    help: Option<String>,
    base: String,
    local: bool,
}

impl House {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            organisation: config.organisation.clone(),
            help: config.help.clone(),
            base: config.public_url.as_str().trim_end_matches('/').to_owned(),
            local: config.login.local,
        }
    }

    /// A notice in words. The secret of a link is made here and kept nowhere.
    pub(super) fn write(
        &self,
        recipient: &Email,
        language: Language,
        notice: &Notice,
        key: &MasterKey,
    ) -> Written {
        let lang = match language {
            Language::En => Lang::En,
            Language::Ko => Lang::Ko,
        };
        write(&Letter {
            lang,
            organisation: self.organisation.clone(),
            help: self.help.clone(),
            base: self.base.clone(),
            local: self.local,
            recipient: Typed::exact(recipient.as_str()),
            about: about(lang, notice, key),
        })
    }
}

fn about(lang: Lang, notice: &Notice, key: &MasterKey) -> About {
    let name = |name: &str| Typed::free(name);
    match notice {
        Notice::VerifyEmail { link, .. } => {
            About::VerifyEmail { token: link.token(Purpose::VerifyEmail, key).as_str().to_owned() }
        }
        Notice::AddressKnown { .. } => About::AddressKnown,
        Notice::ApplicationReceived { .. } => About::ApplicationReceived,
        Notice::NewApplications { name: to, count, who } => About::NewApplications {
            name: name(to),
            count: u64::from(*count),
            who: who.iter().map(|who| name(who)).collect(),
        },
        Notice::Approved { name: who, username, password } => {
            About::Approved { name: name(who), username: Typed::exact(username), password: *password }
        }
        Notice::Rejected { name: who, message, blocked } => About::Rejected {
            name: name(who),
            message: message.as_deref().map(Typed::free),
            blocked: *blocked,
        },
        Notice::Withdrawn { .. } => About::Withdrawn,
        Notice::ApplicationExpired { name: who, days } => {
            About::ApplicationExpired { name: name(who), days: u64::from(*days) }
        }
        Notice::ResetPassword { username, link, .. } => About::ResetPassword {
            username: Typed::exact(username),
            token: link.token(Purpose::ResetPassword, key).as_str().to_owned(),
        },
        Notice::PasswordReset { name: who } => About::PasswordReset { name: name(who) },
        Notice::PasswordChanged { name: who, seen } => {
            About::PasswordChanged { name: name(who), seen: view(lang, seen) }
        }
        Notice::EmailChanged { name: who, old, new } => {
            About::EmailChanged { name: name(who), old: Typed::exact(old), new: Typed::exact(new) }
        }
        Notice::IdentityLinked { name: who, provider, password_removed, seen } => About::IdentityLinked {
            name: name(who),
            provider: name(provider),
            password_removed: *password_removed,
            seen: view(lang, seen),
        },
        Notice::IdentityUnlinked { name: who, provider, seen } => {
            About::IdentityUnlinked { name: name(who), provider: name(provider), seen: view(lang, seen) }
        }
        Notice::NewSignIn { name: who, seen } => About::NewSignIn { name: name(who), seen: view(lang, seen) },
        Notice::Locked { name: who, seen, minutes } => {
            About::Locked { name: name(who), seen: view(lang, seen), minutes: u64::from(*minutes) }
        }
        Notice::ExpiresSoon { name: who, at } => About::ExpiresSoon { name: name(who), at: when(lang, *at) },
        Notice::DormantSoon { name: who, at } => About::DormantSoon { name: name(who), at: when(lang, *at) },
        Notice::Deactivated { name: who } => About::Deactivated { name: name(who) },
    }
}

fn view(lang: Lang, seen: &Seen) -> SeenView {
    let device = Device::read(&seen.user_agent);
    SeenView {
        at: when(lang, seen.at),
        address: Typed::exact(&seen.address),
        device: device.map_or_else(
            || templates::Device::Raw(String::new()),
            |Device { browser, system, mobile }| templates::Device::Known {
                browser: browser.to_owned(),
                system: system.to_owned(),
                mobile,
            },
        ),
    }
}

fn when(lang: Lang, time: Time) -> When {
    let utc = time.to_utc();
    When::new(lang, utc.year(), utc.month(), utc.day(), utc.hour(), utc.minute(), utc.second())
}
