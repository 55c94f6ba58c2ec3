//! `/signup` and `/signup/received`

use maud::{Markup, html};

use crate::{Frame, PasswordRule, Problem, When};

/// The form for applicants.
pub struct Signup {
    /// What surrounds the page.
    pub frame: Frame,
    /// What was typed, the password excepted.
    pub values: Values,
    /// What is wrong with it, in the order of the fields; shown with 422.
    pub problems: Vec<Problem>,
    /// What the password is held to.
    pub password_rules: Vec<PasswordRule>,
    /// Whether the reason must be given.
    pub reason_required: bool,
    /// Whether a provider is configured, so that employees are told to use it.
    pub sso: bool,
}

/// What an applicant typed.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// Field `email`.
    pub email: String,
    /// Field `display_name`.
    pub display_name: String,
    /// Field `username`, which may stay empty.
    pub username: String,
    /// Field `reason`.
    pub reason: String,
}

/// What an applicant sees after the form: the same for everybody, known address or not.
pub struct Received {
    /// What surrounds the page.
    pub frame: Frame,
    /// The address that was typed, when the page still knows it.
    pub email: Option<String>,
    /// When the form arrived.
    pub sent: Option<When>,
}

/// Why there is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The setting says so (404).
    Disabled,
    /// There is no active superuser yet who could approve anybody (503).
    NoSuperuser,
    /// Too many applications from this address or in all (429).
    TooMany,
}

/// Draws the form.
pub fn page(_view: &Signup) -> Markup {
    html! {}
}

/// Draws the page after the form.
pub fn received(_view: &Received) -> Markup {
    html! {}
}

/// Draws the page in place of the form.
pub fn closed(_frame: &Frame, _why: Closed) -> Markup {
    html! {}
}
