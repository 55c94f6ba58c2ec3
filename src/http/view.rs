//! From domain values to what pages print.
use chrono::{Datelike as _, Timelike as _};
use templates::{Lang, PasswordRule, Problem, When, admin::Provenance};

use crate::{
    domain::{
        device::Device,
        identity::LinkedIdentity,
        language::Language,
        password::{PASSWORD_MAX, PasswordError, PasswordPolicy},
        permission::{GrantSource, Permission, RoleName, Roles},
        session::Session,
        time::Time,
        user::{DISPLAY_NAME_MAX, DisplayNameError, Source, Status, Tier, USERNAME_MAX, User, Username},
    },
    oidc::Provider,
    state::App,
};

/// A time as a page prints it.
pub(super) fn when(lang: Lang, time: Time) -> When {
    let utc = time.to_utc();
    When::new(lang, utc.year(), utc.month(), utc.day(), utc.hour(), utc.minute(), utc.second())
}

/// The language of a page, for the mails that it causes.
pub(super) fn language(lang: Lang) -> Language {
    match lang {
        Lang::En => Language::En,
        Lang::Ko => Language::Ko,
    }
}

/// A count that cannot be negative.
pub(super) fn figure(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

pub(super) fn status(status: Status) -> templates::Status {
    match status {
        Status::Pending => templates::Status::Pending,
        Status::Active => templates::Status::Active,
        Status::Inactive => templates::Status::Inactive,
    }
}

pub(super) fn tier(tier: Tier) -> templates::Tier {
    match tier {
        Tier::Standard => templates::Tier::Standard,
        Tier::Superuser => templates::Tier::Superuser,
    }
}

/// By which doors an account can come in.
pub(super) fn source(user: &User) -> templates::Source {
    match (user.source, user.has_password) {
        (Source::Local, _) => templates::Source::Local,
        (Source::Sso, false) => templates::Source::Sso,
        (Source::Sso, true) => templates::Source::Both,
    }
}

/// What a new password is held to.
pub(super) fn password_rules(policy: &PasswordPolicy) -> Vec<PasswordRule> {
    let mut rules = vec![PasswordRule::MinLength(small(policy.min_length))];
    let mut add = |applies: bool, rule| {
        if applies {
            rules.push(rule);
        }
    };
    add(policy.classes > 0, PasswordRule::Classes(byte(policy.classes)));
    add(policy.score > 0, PasswordRule::Score(byte(policy.score)));
    add(policy.personal, PasswordRule::NotPersonal);
    add(policy.common, PasswordRule::NotCommon);
    rules
}

/// The same, for somebody who has had passwords before.
pub(super) fn own_password_rules(policy: &PasswordPolicy) -> Vec<PasswordRule> {
    let mut rules = password_rules(policy);
    if policy.history > 0 {
        rules.push(PasswordRule::NotReused(policy.history));
    }
    rules
}

/// Words that belong to somebody, or to the place.
pub(super) fn personal<'a>(app: &'a App, user: &'a User) -> [&'a str; 4] {
    [
        user.username.as_str(),
        user.email.as_str(),
        user.display_name.as_str(),
        app.config.organisation.as_str(),
    ]
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

pub(super) fn byte(n: u32) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

pub(super) fn password_problem(error: PasswordError) -> Problem {
    match error {
        PasswordError::TooShort(min) => Problem::PasswordTooShort { min: small(min) },
        PasswordError::TooLong => Problem::PasswordTooLong { max: small(PASSWORD_MAX) },
        PasswordError::TooFewClasses(classes) => Problem::PasswordClasses { classes: byte(classes) },
        PasswordError::TooWeak => Problem::PasswordGuessable,
        PasswordError::Personal => Problem::PasswordPersonal,
        PasswordError::Common => Problem::PasswordCommon,
    }
}

pub(super) fn display_name_problem(error: DisplayNameError) -> Problem {
    match error {
        DisplayNameError::Missing => Problem::DisplayNameMissing,
        DisplayNameError::TooLong => Problem::DisplayNameTooLong { max: small(DISPLAY_NAME_MAX) },
    }
}

/// A username that must be there.
pub(super) fn username(text: &str) -> Result<Username, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::UsernameMissing);
    }
    Username::parse(text).ok_or_else(|| {
        if text.trim().chars().count() > USERNAME_MAX {
            Problem::UsernameTooLong { max: small(USERNAME_MAX) }
        } else {
            Problem::UsernameCharacters
        }
    })
}

/// A permission with the words that the config file has for it.
pub(super) fn permission(key: &Permission, label: Option<&str>) -> templates::admin::Permission {
    templates::admin::Permission { key: key.to_string(), label: label.map(str::to_owned) }
}

/// Where something was given from.
pub(super) fn provenance(app: &App, source: &GrantSource) -> Provenance {
    match source {
        GrantSource::Manual => Provenance::Manual,
        GrantSource::Approval => Provenance::Approval,
        GrantSource::Provider(name) => Provenance::Provider(provider_label(app, name)),
    }
}

/// What people call a role; its name where it has been deleted meanwhile.
pub(super) fn role(roles: &Roles, name: &RoleName) -> String {
    roles.0.get(name).map_or_else(|| name.to_string(), |role| role.display_name.clone())
}

/// The identities of an account, by the names that people know their providers under.
pub(super) fn identities(
    app: &App,
    lang: Lang,
    user: &User,
    linked: Vec<LinkedIdentity>,
) -> Vec<templates::Identity> {
    let identity = |linked: LinkedIdentity| templates::Identity {
        provider: provider_label(app, &linked.provider),
        name: if user.source == Source::Sso { user.email.to_string() } else { linked.subject },
        linked: when(lang, linked.linked_at),
        unlink: None,
    };
    linked.into_iter().map(identity).collect()
}

/// A session, as `this` one of the same person or of another looks at it.
pub(super) fn session(app: &App, lang: Lang, session: &Session, this: &Session) -> templates::Session {
    let device = Device::read(&session.user_agent);
    templates::Session {
        handle: session.handle.to_string(),
        device: device.map_or_else(
            || templates::Device::Raw(session.user_agent.to_string()),
            |Device { browser, system, mobile }| templates::Device::Known {
                browser: browser.to_owned(),
                system: system.to_owned(),
                mobile,
            },
        ),
        address: session.address.to_string(),
        provider: session.provider.as_deref().map(|name| provider_label(app, name)),
        signed_in: when(lang, session.created_at),
        last_seen: when(lang, session.seen_at),
        is_this: session.handle == this.handle,
    }
}

/// What people call a provider of this name in the config file.
pub(super) fn provider_label(app: &App, name: &str) -> String {
    app.provider(name).map_or_else(|| name.to_owned(), provider_name)
}

/// What people call a provider.
pub(super) fn provider_name(provider: &Provider) -> String {
    provider.config().known_as().to_owned()
}
