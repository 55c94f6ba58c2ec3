//! What is recorded: one [`Event`] for every change and every sign-in, with who, to whom, from where.
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{language::Language, time::Time, user::UserId};

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Actor {
    /// Somebody signed in, or about to be.
    User {
        /// The account.
        id: UserId,
        /// Its username as it was.
        name: String,
    },
    /// The command line on the server.
    Cli,
    /// narthex itself.
    System,
    /// Somebody not signed in.
    Stranger,
}

impl Actor {
    /// The account that acted, if one did.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::User { id, .. } => Some(*id),
            _ => None,
        }
    }
}

/// Whom it happened to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The account.
    pub id: UserId,
    /// Its username as it was.
    pub name: String,
}

/// From where a request came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The client's address.
    pub address: String,
    /// Its user agent, cut to 256 bytes.
    pub user_agent: String,
    /// The request's id, as in the log.
    pub request_id: String,
    /// In which language it is answered. Not recorded: it is for the mails that the request causes.
    #[serde(skip)]
    pub language: Language,
}

/// What one field was and is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The field's name.
    pub field: String,
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
}

impl Change {
    /// A change of `field`.
    pub fn new(field: &str, from: &dyn fmt::Display, to: &dyn fmt::Display) -> Self {
        Self { field: field.to_owned(), from: from.to_string(), to: to.to_string() }
    }
}

/// The kinds of event, by the names others rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Event {
    /// Somebody applied.
    #[serde(rename = "account.signed_up")]
    AccountSignedUp,
    /// An application was approved, or an account made active at once.
    #[serde(rename = "account.activated")]
    AccountActivated,
    /// An application was turned down and removed.
    #[serde(rename = "account.rejected")]
    AccountRejected,
    /// An applicant took the application back.
    #[serde(rename = "account.withdrawn")]
    AccountWithdrawn,
    /// Nobody decided on an application in time.
    #[serde(rename = "account.application_expired")]
    AccountApplicationExpired,
    /// An applicant has shown that they read their address.
    #[serde(rename = "account.verified")]
    AccountVerified,
    /// An address may not apply any more.
    #[serde(rename = "address.blocked")]
    AddressBlocked,
    /// It may again.
    #[serde(rename = "address.unblocked")]
    AddressUnblocked,
    /// A provider's person got an account.
    #[serde(rename = "account.provisioned")]
    AccountProvisioned,
    /// An account was linked to an identity.
    #[serde(rename = "account.linked")]
    AccountLinked,
    /// An identity is no longer an account's.
    #[serde(rename = "account.unlinked")]
    AccountUnlinked,
    /// Somebody wanted to link an identity and may not.
    #[serde(rename = "account.link_refused")]
    AccountLinkRefused,
    /// What a provider says of somebody could not be followed in full.
    #[serde(rename = "account.sync_warned")]
    AccountSyncWarned,
    /// An application gave way to the address's owner.
    #[serde(rename = "account.superseded")]
    AccountSuperseded,
    /// An account was locked out.
    #[serde(rename = "account.deactivated")]
    AccountDeactivated,
    /// And let in again.
    #[serde(rename = "account.reactivated")]
    AccountReactivated,
    /// An account is gone for good.
    #[serde(rename = "account.deleted")]
    AccountDeleted,
    /// Too many wrong passwords: none is looked at for a while.
    #[serde(rename = "account.locked")]
    AccountLocked,
    /// Failed sign-ins were forgotten.
    #[serde(rename = "account.unlocked")]
    AccountUnlocked,
    /// Standard to superuser, or back.
    #[serde(rename = "account.tier_changed")]
    AccountTierChanged,
    /// Name, username or email.
    #[serde(rename = "account.edited")]
    AccountEdited,
    /// By the person.
    #[serde(rename = "password.changed")]
    PasswordChanged,
    /// By an administrator, or by whoever had the mailed link.
    #[serde(rename = "password.reset")]
    PasswordReset,
    /// Somebody asked for a link to choose a new password.
    #[serde(rename = "password.reset_requested")]
    PasswordResetRequested,
    /// Signed in.
    #[serde(rename = "login.succeeded")]
    LoginSucceeded,
    /// Not who they say, as far as we can tell.
    #[serde(rename = "login.failed")]
    LoginFailed,
    /// Known, but not let in.
    #[serde(rename = "login.refused")]
    LoginRefused,
    /// One session, or all of a person's, were ended.
    #[serde(rename = "session.ended")]
    SessionEnded,
    /// A role was made.
    #[serde(rename = "role.created")]
    RoleCreated,
    /// What a role gives, supervises or is called.
    #[serde(rename = "role.changed")]
    RoleChanged,
    /// A role is gone.
    #[serde(rename = "role.deleted")]
    RoleDeleted,
    /// Somebody got a role.
    #[serde(rename = "role.granted")]
    RoleGranted,
    /// Somebody lost a role.
    #[serde(rename = "role.revoked")]
    RoleRevoked,
    /// A single permission was given, denied, or left to the roles again.
    #[serde(rename = "permission.changed")]
    PermissionChanged,
    /// When an account's time is over.
    #[serde(rename = "account.expiry_set")]
    AccountExpirySet,
    /// A dormant account was looked at and kept.
    #[serde(rename = "account.kept")]
    AccountKept,
    /// Settings were changed.
    #[serde(rename = "settings.changed")]
    SettingsChanged,
    /// Somebody took a copy of the audit log.
    #[serde(rename = "audit.exported")]
    AuditExported,
    /// Entries of the audit log became too old to be kept.
    #[serde(rename = "audit.pruned")]
    AuditPruned,
    /// Somebody took a copy of the list of users.
    #[serde(rename = "users.exported")]
    UsersExported,
    /// A mail could not be sent.
    #[serde(rename = "mail.failed")]
    MailFailed,
    /// Somebody had mail tried again.
    #[serde(rename = "mail.retried")]
    MailRetried,
    /// A new key follows the one that signs assertions.
    #[serde(rename = "keys.rotated")]
    KeysRotated,
}

impl Event {
    /// Every kind.
    pub const ALL: [Self; 43] = [
        Self::AccountSignedUp,
        Self::AccountActivated,
        Self::AccountRejected,
        Self::AccountWithdrawn,
        Self::AccountApplicationExpired,
        Self::AccountVerified,
        Self::AddressBlocked,
        Self::AddressUnblocked,
        Self::AccountProvisioned,
        Self::AccountLinked,
        Self::AccountUnlinked,
        Self::AccountLinkRefused,
        Self::AccountSyncWarned,
        Self::AccountSuperseded,
        Self::AccountDeactivated,
        Self::AccountReactivated,
        Self::AccountDeleted,
        Self::AccountLocked,
        Self::AccountUnlocked,
        Self::AccountTierChanged,
        Self::AccountEdited,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::PasswordResetRequested,
        Self::LoginSucceeded,
        Self::LoginFailed,
        Self::LoginRefused,
        Self::SessionEnded,
        Self::RoleCreated,
        Self::RoleChanged,
        Self::RoleDeleted,
        Self::RoleGranted,
        Self::RoleRevoked,
        Self::PermissionChanged,
        Self::AccountExpirySet,
        Self::AccountKept,
        Self::SettingsChanged,
        Self::AuditExported,
        Self::AuditPruned,
        Self::UsersExported,
        Self::MailFailed,
        Self::MailRetried,
        Self::KeysRotated,
    ];

    /// The event's lasting name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccountSignedUp => "account.signed_up",
            Self::AccountActivated => "account.activated",
            Self::AccountRejected => "account.rejected",
            Self::AccountWithdrawn => "account.withdrawn",
            Self::AccountApplicationExpired => "account.application_expired",
            Self::AccountVerified => "account.verified",
            Self::AddressBlocked => "address.blocked",
            Self::AddressUnblocked => "address.unblocked",
            Self::AccountProvisioned => "account.provisioned",
            Self::AccountLinked => "account.linked",
            Self::AccountUnlinked => "account.unlinked",
            Self::AccountLinkRefused => "account.link_refused",
            Self::AccountSyncWarned => "account.sync_warned",
            Self::AccountSuperseded => "account.superseded",
            Self::AccountDeactivated => "account.deactivated",
            Self::AccountReactivated => "account.reactivated",
            Self::AccountDeleted => "account.deleted",
            Self::AccountLocked => "account.locked",
            Self::AccountUnlocked => "account.unlocked",
            Self::AccountTierChanged => "account.tier_changed",
            Self::AccountEdited => "account.edited",
            Self::PasswordChanged => "password.changed",
            Self::PasswordReset => "password.reset",
            Self::PasswordResetRequested => "password.reset_requested",
            Self::LoginSucceeded => "login.succeeded",
            Self::LoginFailed => "login.failed",
            Self::LoginRefused => "login.refused",
            Self::SessionEnded => "session.ended",
            Self::RoleCreated => "role.created",
            Self::RoleChanged => "role.changed",
            Self::RoleDeleted => "role.deleted",
            Self::RoleGranted => "role.granted",
            Self::RoleRevoked => "role.revoked",
            Self::PermissionChanged => "permission.changed",
            Self::AccountExpirySet => "account.expiry_set",
            Self::AccountKept => "account.kept",
            Self::SettingsChanged => "settings.changed",
            Self::AuditExported => "audit.exported",
            Self::AuditPruned => "audit.pruned",
            Self::UsersExported => "users.exported",
            Self::MailFailed => "mail.failed",
            Self::MailRetried => "mail.retried",
            Self::KeysRotated => "keys.rotated",
        }
    }

    /// The event of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}

/// One entry of the audit log, as it is written and never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// A UUIDv7.
    pub id: uuid::Uuid,
    /// When, in microseconds.
    pub at: Time,
    /// What.
    pub event: Event,
    /// Who.
    pub actor: Actor,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<Target>,
    /// From where.
    pub origin: Origin,
    /// What changed; never a secret.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<Change>,
    /// Why, in a word that code can match: `wrong_password`, `pending`, `inactive`, a provider's name …
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
}

impl Entry {
    /// The entry's one text: what is stored is what is read back.
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).expect("an entry is text and numbers")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_written_under_its_name() {
        for event in Event::ALL {
            assert_eq!(serde_json::to_value(event).unwrap(), event.name());
            assert_eq!(Event::parse(event.name()), Some(event));
        }
    }
}
