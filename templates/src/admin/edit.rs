//! `/admin/users/{id}`: the same form as a page and as the content of a dialog.

use maud::{Markup, html};

use crate::{AdminFrame, Identity, PasswordRule, Problem, Source, Status, Tier, When};

/// The form for one user.
pub struct Edit {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// The user as stored.
    pub user: User,
    /// What the fields hold: as stored at first, as typed after a problem.
    pub values: Values,
    /// The hidden field `version`.
    pub version: String,
    /// What is wrong with the fields; shown with 422.
    pub problems: Vec<Problem>,
    /// What somebody else changed meanwhile.
    pub conflict: Option<Conflict>,
    /// The provider that display name and email come from; they are then read-only.
    pub managed_by: Option<String>,
    /// Whether User Type can be changed; otherwise it is shown with the reason.
    pub can_change_tier: bool,
    /// Whether Delete is there.
    pub can_delete: bool,
    /// The rules for a new password; `None` when the account has no password to change.
    pub password_rules: Option<Vec<PasswordRule>>,
}

/// The user as stored.
pub struct User {
    /// For addresses.
    pub id: String,
    /// For people.
    pub number: u64,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// When the account was made.
    pub registered: When,
    /// SSO, local or both.
    pub source: Source,
    /// With [`Status::Pending`] the page offers Activate and Delete in place of the status.
    pub status: Status,
    /// Why an applicant wants an account.
    pub reason: Option<String>,
    /// Linked identities.
    pub identities: Vec<Identity>,
    /// Live sessions.
    pub sessions: u64,
}

/// What the fields hold.
#[derive(Clone, Debug)]
pub struct Values {
    /// Field `display_name`.
    pub display_name: String,
    /// Field `email`.
    pub email: String,
    /// Field `username`.
    pub username: String,
    /// Field `status`: `active` or `inactive`; not sent for a pending user.
    pub status: Status,
    /// Field `tier`: `standard` or `superuser`; not sent when it cannot be changed.
    pub tier: Tier,
}

/// Two people changed the same user.
pub struct Conflict {
    /// Who was faster.
    pub by: Option<String>,
    /// Where the two differ.
    pub fields: Vec<Difference>,
}

/// A field with two values.
pub struct Difference {
    /// Which.
    pub field: Field,
    /// As it is stored now.
    pub theirs: String,
    /// As the viewer typed it.
    pub yours: String,
}

/// A field of the form. For [`Field::Status`] and [`Field::Tier`] the values are the parameters
/// `active`, `inactive`, `pending`, `standard`, `superuser`; they are printed in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `display_name`
    DisplayName,
    /// `email`
    Email,
    /// `username`
    Username,
    /// `status`
    Status,
    /// `tier`
    Tier,
}

/// Draws the page.
pub fn page(_view: &Edit) -> Markup {
    html! {}
}

/// Draws what the dialog shows: asked for with `X-Fragment: modal`.
pub fn fragment(_view: &Edit) -> Markup {
    html! {}
}
