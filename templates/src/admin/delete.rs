//! `/admin/users/{id}/delete`, and rejecting applications one by one or many at once.

use maud::{Markup, html};

use crate::{AdminFrame, Problem, When};

/// Asks before deleting a user. Posts `confirm` and, where there is an identity, `bar_identity=1`.
pub struct Delete {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// For addresses.
    pub id: String,
    /// For people.
    pub number: u64,
    /// What must be typed.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The email address.
    pub email: String,
    /// Live sessions.
    pub sessions: u64,
    /// The provider of the identity that can be barred.
    pub bar: Option<String>,
    /// The checkbox `bar_identity` as it was sent.
    pub bar_checked: bool,
    /// What was typed so far.
    pub typed: String,
    /// Whether Deactivate is another way: not for somebody who is inactive already.
    pub can_deactivate: bool,
    /// What was wrong; shown with 422.
    pub problem: Option<Problem>,
}

/// Asks before rejecting an application.
pub struct Application {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// For addresses.
    pub id: String,
    /// The login ID.
    pub username: String,
    /// The email address.
    pub email: String,
    /// When they applied.
    pub applied: When,
}

/// Asks before rejecting several applications. Posts to `/admin/users/bulk` with `action=reject`,
/// each `id`, and `confirmed=1`.
pub struct Applications {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// Those that were selected.
    pub selected: Vec<Selected>,
}

/// One of several selected applications.
pub struct Selected {
    /// For addresses.
    pub id: String,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The email address.
    pub email: String,
}

/// Draws the page for a user.
pub fn page(_view: &Delete) -> Markup {
    html! {}
}

/// Draws what the dialog shows for a user.
pub fn fragment(_view: &Delete) -> Markup {
    html! {}
}

/// Draws the page for an application.
pub fn application(_view: &Application) -> Markup {
    html! {}
}

/// Draws what the dialog shows for an application.
pub fn application_fragment(_view: &Application) -> Markup {
    html! {}
}

/// Draws the page for several applications.
pub fn applications(_view: &Applications) -> Markup {
    html! {}
}
