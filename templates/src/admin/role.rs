//! `/admin/roles/new` and `/admin/roles/{name}`

use maud::{Markup, html};

use super::Flash;
use super::rights::{Barred, Permission, Provenance};
use crate::layout::{Admin, Entry};
use crate::{AdminFrame, Href, Problem, Status};

/// One role. Posts to `/admin/roles/{name}`, a new one to `/admin/roles/new`: `name` (new only),
/// `display_name`, `description`, `permission` = key for each ticked one, `supervises` = name for each
/// ticked one, `version`. A box that is barred is not sent, so what it says stays as it is.
pub struct Role {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What happened before.
    pub flash: Option<Flash>,
    /// The name of a role that exists; `None` for a new one.
    pub name: Option<String>,
    /// What the fields hold: as stored at first, as typed after a problem.
    pub values: Values,
    /// The hidden field `version`; empty for a new one.
    pub version: String,
    /// What is wrong with the fields; shown with 422.
    pub problems: Vec<Problem>,
    /// Somebody else saved the role meanwhile; shown with 409.
    pub conflict: Option<Conflict>,
    /// Whether the viewer may change the role; otherwise everything is only shown.
    pub editable: bool,
    /// The whole catalogue.
    pub permissions: Vec<PermissionChoice>,
    /// Every other role.
    pub supervises: Vec<RoleChoice>,
    /// Who holds it; `None` for a new one.
    pub people: Option<People>,
    /// The form that adds people; `None` where the viewer may not.
    pub add: Option<Add>,
    /// Whether it can be deleted; `None` where the viewer may not or it is new.
    pub delete: Option<Deletion>,
}

/// What the fields hold.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// Field `name`.
    pub name: String,
    /// Field `display_name`.
    pub display_name: String,
    /// Field `description`.
    pub description: String,
}

/// Two people changed the same role.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Who was faster, when it is known.
    pub by: Option<String>,
}

/// A permission that the role may grant.
pub struct PermissionChoice {
    /// Which.
    pub permission: Permission,
    /// It is ticked.
    pub checked: bool,
    /// Why it cannot be ticked or unticked.
    pub barred: Option<Barred>,
    /// The display names of supervised roles that have it.
    pub inherited_from: Vec<String>,
}

/// A role that this one may supervise.
pub struct RoleChoice {
    /// Its name.
    pub name: String,
    /// Its display name.
    pub display_name: String,
    /// It is ticked.
    pub checked: bool,
    /// Why it cannot be ticked or unticked.
    pub barred: Option<Barred>,
}

/// Who holds a role.
pub struct People {
    /// The rows of this page.
    pub rows: Vec<Holder>,
    /// How many hold it.
    pub total: u64,
    /// The page before.
    pub previous: Option<Href>,
    /// The page after.
    pub next: Option<Href>,
}

/// Somebody who holds a role.
pub struct Holder {
    /// For addresses, and the field `user`.
    pub id: String,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// Active, inactive or pending.
    pub status: Status,
    /// Every grant of the role to this person.
    pub from: Vec<Provenance>,
    /// Whether the username is a link to the person's page.
    pub can_view: bool,
    /// Whether Remove is there: posts `user` = id to `/admin/roles/{name}/people/remove`.
    pub can_remove: bool,
}

/// The form that adds people: posts `people`, one username or email a line, to `/admin/roles/{name}/people`.
#[derive(Clone, Debug, Default)]
pub struct Add {
    /// What was typed.
    pub typed: String,
    /// The lines that did not work; shown with 422, nobody was added.
    pub problems: Vec<Line>,
}

/// A line of the form that adds people.
#[derive(Clone, Debug)]
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// What was typed.
    pub text: String,
    /// What is wrong with it.
    pub why: NotAdded,
}

/// Why somebody was not given a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdded {
    /// Nobody has that username or email.
    Unknown,
    /// They hold it already, given by hand.
    AlreadyHolds,
    /// Only superusers may change a superuser.
    SuperuserOnly,
    /// They wait for approval.
    Pending,
    /// Nobody gives a role to themselves that they do not hold.
    NotHeld,
    /// The line names somebody who is named above.
    Twice,
}

/// Whether a role can be deleted: posts to `/admin/roles/{name}/delete`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It can.
    Possible,
    /// People hold it.
    Held {
        /// How many.
        people: u64,
    },
    /// The viewer does not hold all that it grants.
    NotHeld,
}

/// Draws the page.
pub fn page(view: &Role) -> Markup {
    let title = view.values.display_name.as_str();
    Admin {
        admin: &view.admin,
        title,
        error: !view.problems.is_empty() || view.conflict.is_some(),
        entry: Entry::Roles,
        narrow: true,
        main: html! { h1 { (title) } },
        dialog: None,
    }
    .draw()
}
