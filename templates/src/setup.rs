//! `/setup`: the first superuser, by the link that `serve` prints.

use maud::{Markup, html};

use crate::{Frame, PasswordRule, Problem};

/// The form for the first superuser.
pub struct Setup {
    /// What surrounds the page.
    pub frame: Frame,
    /// The hidden field `token`.
    pub token: String,
    /// What was typed, the password excepted.
    pub values: Values,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// What the password is held to.
    pub password_rules: Vec<PasswordRule>,
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// Field `username`.
    pub username: String,
    /// Field `email`.
    pub email: String,
    /// Field `display_name`.
    pub display_name: String,
}

/// Where the setup link leads when there is no form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The superuser was made just now.
    Done {
        /// Their login ID.
        username: String,
    },
    /// There has been a superuser before.
    AlreadyDone,
    /// Not the link that this gateway printed.
    InvalidLink,
}

/// Draws the form.
pub fn page(_view: &Setup) -> Markup {
    html! {}
}

/// Draws the page without a form.
pub fn outcome(_frame: &Frame, _outcome: &Outcome) -> Markup {
    html! {}
}
