//! The admin section.
//!
//! | page | function |
//! |---|---|
//! | `/admin/users` | [`users::page`] |
//! | `/admin/users/{id}` | [`edit::page`], [`edit::fragment`] |
//! | `/admin/users/{id}/delete` | [`delete::page`], [`delete::fragment`]; for an applicant [`delete::application`], [`delete::application_fragment`] |
//! | `POST /admin/users/bulk` with `action=reject`, before it is confirmed | [`delete::applications`] |
//! | `/admin/audit` | [`audit::page`] |
//! | a change that is refused, where there is no form to show it in | [`refused`] |

pub mod audit;
pub mod delete;
pub mod edit;
mod flash;
mod list;
pub mod users;

use maud::{Markup, html};

pub use flash::{Decision, Failed, Flash};
pub use list::{Filter, Sort, SortKey, SourceFilter};

use crate::{AdminFrame, Href};

/// A change that did not happen.
pub struct Refused {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// Why not.
    pub why: Refusal,
    /// Where to go from here, such as the user's page or the list.
    pub back: Href,
}

/// Why a change to an account was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It would leave no active superuser.
    LastSuperuser {
        /// Whose account.
        username: String,
        /// It is the viewer's own.
        own: bool,
    },
    /// Only superusers may change a superuser.
    SuperuserOnly {
        /// Whose account.
        username: String,
    },
    /// Nobody deletes their own account here.
    OwnAccount,
    /// Somebody deleted the account meanwhile.
    Gone,
    /// The account is in another state than the action needs, such as activating somebody active.
    WrongState {
        /// Whose account.
        username: String,
    },
}

/// Draws the page of a refused change.
pub fn refused(_view: &Refused) -> Markup {
    html! {}
}
