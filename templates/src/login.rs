//! `/login`

use maud::{Markup, html};

use crate::{Frame, Href, When, sso};

/// The sign-in page.
pub struct Login {
    /// What surrounds the page.
    pub frame: Frame,
    /// The host the person was on the way to, when that is not our own.
    pub host: Option<String>,
    /// The hidden field `rd`: where to go afterwards.
    pub rd: Option<String>,
    /// A button for each provider, in the order of the configuration.
    pub providers: Vec<ProviderLink>,
    /// Whether the form for local accounts is there.
    pub local: bool,
    /// What was typed as username or email, kept after a failure.
    pub login: String,
    /// Whether strangers may apply for an account.
    pub signup: bool,
    /// Why the page is shown again.
    pub notice: Option<LoginNotice>,
}

/// A way in through a provider.
pub struct ProviderLink {
    /// The configured label, such as "Continue with Example SSO".
    pub label: String,
    /// `/oidc/{provider}?rd=…`
    pub href: Href,
}

/// What the sign-in page says above its buttons.
pub enum LoginNotice {
    /// Any failed sign-in: unknown, wrong password, locked. One sentence for all of them.
    WrongCredentials,
    /// The right password of an account that waits for approval.
    Pending {
        /// When the person applied.
        applied_on: When,
    },
    /// The right password of a deactivated account.
    Inactive,
    /// An application was just sent.
    ApplicationReceived,
    /// Too many sign-ins at once (503).
    Busy,
    /// A provider did not sign the person in.
    SsoFailed {
        /// The provider's name for people.
        provider: String,
        /// Why.
        reason: sso::Reason,
    },
    /// The session ended because nothing happened for a while.
    SignedOutIdle,
}

/// Draws the page.
pub fn page(_view: &Login) -> Markup {
    html! {}
}
