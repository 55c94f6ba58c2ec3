//! What was found and done on the way to a sign-in, in order: for `narthex explain`, the log and the providers page.
use crate::{
    config::Provider,
    domain::{
        identity::EmailClaim,
        permission::RoleName,
        time::Time,
        user::{Tier, User, Username},
    },
    store::{
        self, Db,
        provider_warnings::{self, ProviderWarning},
    },
};

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    /// What the email claim is worth.
    Email(EmailClaim),
    /// How many groups were told; none when nothing was said of them.
    Groups(Option<usize>),
    /// The admission policy lets the person in.
    Admitted,
    /// The identity is this account's.
    Known(Box<User>),
    /// The identity is nobody's yet.
    NewPerson,
    /// The address is this account's.
    SameEmail(Box<User>),
    /// An application with this username gave way to the address's owner.
    Superseded(Username),
    /// The identity was linked to an account by its address.
    Linked {
        /// The account's.
        username: Username,
        /// Whether the account had a password, which is removed.
        had_password: bool,
    },
    /// An account was made.
    Provisioned(Box<User>),
    /// A field of the account follows the claims.
    Followed {
        /// As in the audit log.
        field: &'static str,
        /// What it was.
        from: String,
        /// What it is.
        to: String,
    },
    /// The person is not admitted, so what the provider gave is taken back.
    Withdrawn,
    /// The groups give this role.
    RoleGiven(RoleName),
    /// This role is taken back.
    RoleTaken(RoleName),
    /// This is the tier from now on.
    TierChanged(Tier),
    /// Something could not be followed.
    Warned(Warning),
}

/// What of the claims could not be followed; the sign-in goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The claim with the groups, by its name, is not there: what it gave was taken back.
    GroupsAbsent(String),
    /// The same, because the provider left them out and named a place where they are told.
    GroupsElsewhere(String),
    /// A group gives a role that is not there.
    RoleMissing(RoleName),
    /// The groups make no superuser any more, but it is the last active one.
    LastSuperuser,
    /// Another account has the address.
    EmailSkipped,
}

impl Warning {
    /// The word in the audit log.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::GroupsAbsent(_) => "groups_absent",
            Self::GroupsElsewhere(_) => "groups_elsewhere",
            Self::RoleMissing(_) => "role_missing",
            Self::LastSuperuser => "last_superuser",
            Self::EmailSkipped => "email_skipped",
        }
    }

    /// The claim or role that it is about.
    pub fn about(&self) -> &str {
        match self {
            Self::GroupsAbsent(claim) | Self::GroupsElsewhere(claim) => claim,
            Self::RoleMissing(role) => role.as_str(),
            Self::LastSuperuser | Self::EmailSkipped => "",
        }
    }
}

/// What of the claims could not be followed.
pub(super) fn warnings(steps: &[Step]) -> Vec<&Warning> {
    steps
        .iter()
        .filter_map(|step| match step {
            Step::Warned(warning) => Some(warning),
            _ => None,
        })
        .collect()
}

/// Tells the log, and the page about providers, what could not be followed. Not part of the sign-in, which is kept by
/// now whatever becomes of this.
pub(super) async fn warn(db: &Db, provider: &Provider, user: Option<&User>, steps: &[Step], now: Time) {
    let warnings = warnings(steps);
    if warnings.is_empty() {
        return;
    }
    let username = user.map(|user| user.username.to_string()).unwrap_or_default();
    for warning in &warnings {
        let (provider, about, word) = (&provider.name, warning.about(), warning.word());
        tracing::warn!(
            provider,
            user = username,
            about,
            word,
            "not all of a provider's claims could be followed"
        );
    }
    if let Err(error) = note(db, &provider.name, &username, &warnings, now).await {
        tracing::warn!(%error, "the page about providers will not show this warning");
    }
}

async fn note(
    db: &Db,
    provider: &str,
    username: &str,
    warnings: &[&Warning],
    now: Time,
) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    for warning in warnings {
        let seen = ProviderWarning {
            provider: provider.to_owned(),
            warning: warning.word().to_owned(),
            about: warning.about().to_owned(),
            username: username.to_owned(),
            first_at: now,
            last_at: now,
        };
        provider_warnings::note(&mut tx, &seen).await?;
    }
    tx.commit().await
}
