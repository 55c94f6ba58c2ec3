//! What a single sign-on ends on when it does not end in a session: `/oidc/{provider}/callback`.

use maud::{Markup, html};

use crate::{Frame, Href, When};

/// A single sign-on that was refused or went wrong.
pub struct Refused {
    /// What surrounds the page; its reference is shown.
    pub frame: Frame,
    /// The provider's name for people.
    pub provider: String,
    /// What happened.
    pub reason: Reason,
    /// Starts the same sign-in again; shown where trying again can help.
    pub again: Href,
    /// The sign-in page; `/login?local=1` where `/login` goes straight to a provider.
    pub login: Href,
}

/// Why a provider's answer did not become a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The provider said no, or the person did there.
    Denied,
    /// The provider does not answer.
    ProviderUnavailable,
    /// The answer failed a security check.
    BadResponse,
    /// The flow's cookie is gone or its time is over.
    FlowExpired,
    /// The provider sent no email address.
    EmailMissing {
        /// The claim that was looked for.
        claim: String,
        /// The scope that usually brings it.
        scope: String,
    },
    /// The provider does not say that the address is verified.
    EmailUnverified,
    /// The address is not in an allowed domain.
    DomainNotAllowed {
        /// The domain of the address.
        domain: String,
    },
    /// The person is in none of the allowed groups.
    GroupNotAllowed,
    /// Only known people may use this provider.
    NotProvisioned,
    /// The account waits for approval.
    Pending {
        /// When it was made.
        applied_on: When,
    },
    /// The account is deactivated.
    Inactive,
    /// The address belongs to another account.
    Collision,
    /// The address belongs to a superuser, whose accounts are never linked by email.
    SuperuserCollision,
    /// The identity was barred when its account was deleted.
    Barred,
}

/// Draws the page.
pub fn page(_view: &Refused) -> Markup {
    html! {}
}
