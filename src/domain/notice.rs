//! What people are told by mail. The words are in `templates`; here is what they are about.
use serde::{Deserialize, Serialize};

use super::{
    link::{LinkId, Purpose},
    time::Time,
};

/// One mail, without its words. `name` is the recipient's display name wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// To an applicant: confirm that this address is yours.
    VerifyEmail {
        /// What was typed as the name.
        name: String,
        /// The link.
        link: LinkId,
    },
    /// To the owner of an address for which somebody applied though it has an account.
    AddressKnown {
        /// The owner's name.
        name: String,
    },
    /// To an applicant: the application waits.
    ApplicationReceived {
        /// The applicant.
        name: String,
    },
    /// To an approver: these wait.
    NewApplications {
        /// The approver.
        name: String,
        /// How many came since the last such mail.
        count: u32,
        /// The first few of them by display name.
        who: Vec<String>,
    },
    /// To an applicant: come in.
    Approved {
        /// The applicant.
        name: String,
        /// With what to sign in.
        username: String,
        /// Whether they have a password; otherwise they come through a provider.
        #[serde(default = "yes")]
        password: bool,
    },
    /// To an applicant: no.
    Rejected {
        /// The applicant.
        name: String,
        /// What whoever decided wants them to know.
        message: Option<String>,
        /// Whether the address may not apply again.
        #[serde(default)]
        blocked: bool,
    },
    /// To an applicant who took the application back.
    Withdrawn {
        /// The applicant.
        name: String,
    },
    /// To an applicant on whom nobody decided in time.
    ApplicationExpired {
        /// The applicant.
        name: String,
        /// After how many days.
        days: u32,
    },
    /// A link to choose a new password, which was asked for.
    ResetPassword {
        /// The owner.
        name: String,
        /// With what to sign in.
        username: String,
        /// The link.
        link: LinkId,
    },
    /// An administrator has set the password.
    PasswordReset {
        /// The owner.
        name: String,
    },
    /// The owner, or whoever had the link from the mail, has changed the password.
    PasswordChanged {
        /// The owner.
        name: String,
        /// When and from where.
        seen: Seen,
    },
    /// The address was changed; to both addresses.
    EmailChanged {
        /// The owner.
        name: String,
        /// The address until now.
        old: String,
        /// The address from now on.
        new: String,
    },
    /// From now on an identity at a provider is a way into the account.
    IdentityLinked {
        /// The owner.
        name: String,
        /// What people call the provider.
        provider: String,
        /// Whether the password was removed, so that nobody else's way in is left.
        #[serde(default)]
        password_removed: bool,
        /// When and from where.
        seen: Seen,
    },
    /// An identity at a provider is no way into the account any more.
    IdentityUnlinked {
        /// The owner.
        name: String,
        /// What people call the provider.
        provider: String,
        /// When and from where.
        seen: Seen,
    },
    /// Somebody signed in from a device or a network that was not seen before.
    NewSignIn {
        /// The owner.
        name: String,
        /// When and from where.
        seen: Seen,
    },
    /// Too many wrong passwords: strangers have to wait.
    Locked {
        /// The owner.
        name: String,
        /// When, and from where the last one came.
        seen: Seen,
        /// How long it lasts.
        minutes: u32,
    },
    /// The account's time will soon be over.
    ExpiresSoon {
        /// The owner.
        name: String,
        /// When.
        at: Time,
    },
    /// The account will be deactivated unless somebody signs in.
    DormantSoon {
        /// The owner.
        name: String,
        /// When.
        at: Time,
    },
    /// The account was deactivated.
    Deactivated {
        /// The owner.
        name: String,
    },
}

/// What was written before it was known is for people with a password.
const fn yes() -> bool {
    true
}

impl Notice {
    /// The kind, by the name under which it is kept.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::AddressKnown { .. } => "address_known",
            Self::ApplicationReceived { .. } => "application_received",
            Self::NewApplications { .. } => "new_applications",
            Self::Approved { .. } => "approved",
            Self::Rejected { .. } => "rejected",
            Self::Withdrawn { .. } => "withdrawn",
            Self::ApplicationExpired { .. } => "application_expired",
            Self::ResetPassword { .. } => "reset_password",
            Self::PasswordReset { .. } => "password_reset",
            Self::PasswordChanged { .. } => "password_changed",
            Self::EmailChanged { .. } => "email_changed",
            Self::IdentityLinked { .. } => "identity_linked",
            Self::IdentityUnlinked { .. } => "identity_unlinked",
            Self::NewSignIn { .. } => "new_sign_in",
            Self::Locked { .. } => "locked",
            Self::ExpiresSoon { .. } => "expires_soon",
            Self::DormantSoon { .. } => "dormant_soon",
            Self::Deactivated { .. } => "deactivated",
        }
    }

    /// The link in it that is good for a while only, and for what.
    pub const fn link(&self) -> Option<(LinkId, Purpose)> {
        match self {
            Self::VerifyEmail { link, .. } => Some((*link, Purpose::VerifyEmail)),
            Self::ResetPassword { link, .. } => Some((*link, Purpose::ResetPassword)),
            _ => None,
        }
    }
}

/// When something happened and from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// When.
    pub at: Time,
    /// The client's address.
    pub address: String,
    /// Its user agent.
    pub user_agent: String,
}
