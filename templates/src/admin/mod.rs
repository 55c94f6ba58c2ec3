//! The admin section.
//!
//! | page | function |
//! |---|---|
//! | `/admin/users` | [`users::page`] |
//! | `/admin/users/{id}` | [`edit::page`], [`edit::fragment`] |
//! | `/admin/users/{id}/delete` | [`delete::page`], [`delete::fragment`]; for an applicant [`delete::application`], [`delete::application_fragment`] |
//! | `POST /admin/users/bulk` with `action=reject`, before it is confirmed | [`delete::applications`] |
//! | `/admin/applications` | [`applications::page`] |
//! | `/admin/dormant`, and before a decision there is carried out | [`dormant::page`], [`dormant::confirm`] |
//! | `/admin/roles`, `/admin/roles/new` and `/admin/roles/{name}`, `/admin/roles/inspect` | [`roles::page`], [`role::page`], [`inspect::page`] |
//! | `/admin/sessions` | [`sessions::page`] |
//! | `/admin/audit` | [`audit::page`] |
//! | `/admin/settings` | [`settings::page`] |
//! | `/admin/providers` | [`providers::page`] |
//! | `/admin/mail` | [`mail::page`] |
//! | a change that is refused, where there is no form to show it in | [`refused`] |

mod access;
pub mod applications;
pub mod audit;
mod conflict;
pub mod delete;
pub mod dormant;
pub mod edit;
mod flash;
mod grants;
mod holders;
pub mod inspect;
mod keys;
mod list;
mod look;
pub mod mail;
pub mod one_time;
pub mod providers;
mod queue;
mod reports;
mod rights;
pub mod role;
pub mod roles;
mod search;
pub mod sessions;
mod setting;
pub mod settings;
mod sheet;
mod table;
pub mod users;
mod verdict;

use maud::{Markup, html};

pub use flash::{Decision, Failed, Flash};
pub(crate) use keys::Card;
pub use list::{Filter, Sort, SortKey, SourceFilter};
pub use reports::{RoleDifference, Unreviewed};
pub use rights::{Barred, Permission, Provenance};

use crate::components::{Tone, hero};
use crate::errors::reference;
use crate::icons::Icon;
use crate::layout::{Admin, Entry};
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
    /// Without the identity nobody could sign in to the account.
    OnlyWayIn {
        /// Whose account.
        username: String,
    },
    /// Somebody deleted the account meanwhile.
    Gone,
    /// The account is in another state than the action needs, such as activating somebody active.
    WrongState {
        /// Whose account.
        username: String,
    },
}

/// Draws the page of a refused change.
pub fn refused(view: &Refused) -> Markup {
    let words = &view.admin.frame.lang.words().refusals;
    let text = match &view.why {
        Refusal::LastSuperuser { own: true, .. } => words.last_superuser_own.to_owned(),
        Refusal::LastSuperuser { username, .. } => (words.last_superuser)(username),
        Refusal::SuperuserOnly { username } => (words.superuser_only)(username),
        Refusal::OwnAccount => words.own_account.to_owned(),
        Refusal::OnlyWayIn { username } => (words.only_way_in)(username),
        Refusal::Gone => words.gone.to_owned(),
        Refusal::WrongState { username } => (words.wrong_state)(username),
    };
    let main = html! {
        div.panel {
            div.panel-body {
                (hero(Tone::Warn, Icon::ShieldCheck, None, words.title, &html! { p { (text) } }))
                div.btn-row.middle { a.btn.large href=(view.back) { (words.back) } }
                (reference(&view.admin.frame))
            }
        }
    };
    Admin {
        admin: &view.admin,
        title: words.title,
        error: true,
        entry: Entry::Users,
        narrow: true,
        main,
        dialog: None,
    }
    .draw()
}
