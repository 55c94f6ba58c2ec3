//! `/account`

use maud::{Markup, html};

use crate::{Frame, Href, Identity, Source, Tier, When};

/// A person's own page.
pub struct Account {
    /// What surrounds the page.
    pub frame: Frame,
    /// The number that people see and say.
    pub number: u64,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The email address.
    pub email: String,
    /// The tier.
    pub tier: Tier,
    /// How the person can sign in.
    pub source: Source,
    /// When the account was made.
    pub registered: When,
    /// When the person last signed in.
    pub last_login: Option<When>,
    /// From where.
    pub last_login_ip: Option<String>,
    /// Linked identities.
    pub identities: Vec<Identity>,
    /// The admin section, for those who may open it.
    pub admin: Option<Href>,
}

/// Draws the page.
pub fn page(_view: &Account) -> Markup {
    html! {}
}
