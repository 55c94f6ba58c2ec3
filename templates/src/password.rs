//! `/account/password`

use maud::{Markup, html};

use crate::layout::{gate, personal};
use crate::{Frame, PasswordRule, Problem};

/// The form for a new password of one's own. Posts `current_password`, `new_password` and `rd` to
/// `/account/password`.
pub struct ChangePassword {
    /// What surrounds the page.
    pub frame: Frame,
    /// Why the person has to choose one before going on; `None` where they chose to.
    pub must: Option<Must>,
    /// The hidden field `rd`: where to go afterwards.
    pub rd: Option<String>,
    /// The login ID, for password managers.
    pub username: String,
    /// What the password is held to.
    pub password_rules: Vec<PasswordRule>,
    /// What is wrong; shown with 422.
    pub problems: Vec<Problem>,
}

/// Why somebody has to choose a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Must {
    /// An administrator set the present one.
    SetByAdministrator,
    /// The present one is older than the policy allows.
    TooOld {
        /// How many days it allows.
        days: u64,
    },
}

/// Draws the page.
pub fn page(view: &ChangePassword) -> Markup {
    let title = view.frame.lang.words().common.change_password;
    let main = html! { h1 { (title) } };
    match view.must {
        Some(_) => gate(&view.frame, title, !view.problems.is_empty(), &main),
        None => personal(&view.frame, title, &main),
    }
}
