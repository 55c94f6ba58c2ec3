//! From domain values to what pages print.
use chrono::{Datelike as _, Timelike as _};
use templates::{Lang, PasswordRule, Problem, When};

use crate::{
    config::PasswordSettings,
    domain::{
        device::Device,
        identity::LinkedIdentity,
        password::{PASSWORD_MAX, PasswordError},
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
pub(super) fn password_rules(settings: &PasswordSettings) -> Vec<PasswordRule> {
    let min = PasswordRule::MinLength(u32::try_from(settings.min_length).unwrap_or(u32::MAX));
    vec![min, PasswordRule::NotPersonal, PasswordRule::NotCommon]
}

pub(super) fn password_problem(error: PasswordError) -> Problem {
    match error {
        PasswordError::TooShort(min) => {
            Problem::PasswordTooShort { min: u32::try_from(min).unwrap_or(u32::MAX) }
        }
        PasswordError::TooLong => {
            Problem::PasswordTooLong { max: u32::try_from(PASSWORD_MAX).unwrap_or(u32::MAX) }
        }
        PasswordError::Personal => Problem::PasswordPersonal,
        PasswordError::Common => Problem::PasswordCommon,
    }
}

pub(super) fn display_name_problem(error: DisplayNameError) -> Problem {
    match error {
        DisplayNameError::Missing => Problem::DisplayNameMissing,
        DisplayNameError::TooLong => {
            Problem::DisplayNameTooLong { max: u32::try_from(DISPLAY_NAME_MAX).unwrap_or(u32::MAX) }
        }
    }
}

/// A username that must be there.
pub(super) fn username(text: &str) -> Result<Username, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::UsernameMissing);
    }
    Username::parse(text).ok_or_else(|| {
        if text.trim().chars().count() > USERNAME_MAX {
            Problem::UsernameTooLong { max: u32::try_from(USERNAME_MAX).unwrap_or(u32::MAX) }
        } else {
            Problem::UsernameCharacters
        }
    })
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
    };
    linked.into_iter().map(identity).collect()
}

/// A session, as `this` one of the same person or of another looks at it.
pub(super) fn session(app: &App, lang: Lang, session: &Session, this: &Session) -> templates::Session {
    let device = Device::read(&session.user_agent);
    templates::Session {
        handle: session.handle.clone(),
        device: device.map_or_else(
            || templates::Device::Raw(session.user_agent.clone()),
            |Device { browser, system, mobile }| templates::Device::Known {
                browser: browser.to_owned(),
                system: system.to_owned(),
                mobile,
            },
        ),
        address: session.address.clone(),
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

/// What people call a provider: its button's label without the words that belong to the button.
pub(super) fn provider_name(provider: &Provider) -> String {
    let label = provider.label();
    let name =
        ["Continue with ", "Sign in with ", "Log in with "].into_iter().find_map(|it| label.strip_prefix(it));
    name.unwrap_or(label).to_owned()
}
