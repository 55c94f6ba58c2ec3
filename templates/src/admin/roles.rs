//! `/admin/roles`

use maud::{Markup, html};

use super::Flash;
use super::rights::Permission;
use crate::layout::{Admin, Entry};
use crate::{AdminFrame, Href};

/// Which role grants which permission. Posts to `/admin/roles`: `p` = `<role>:<permission key>` for each
/// ticked cell, `shown` = `<role>` for each column, and `version-<role>`. A cell that is not enabled is not
/// sent, so what it says stays as it is.
pub struct Roles {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What happened before.
    pub flash: Option<Flash>,
    /// Why nothing was saved; shown with 422.
    pub problems: Vec<Problem>,
    /// Whether the viewer may change roles: otherwise there are neither boxes nor buttons.
    pub editable: bool,
    /// How many superusers there are.
    pub superusers: u64,
    /// The roles of this page, a column each; about twelve at most.
    pub columns: Vec<Column>,
    /// The catalogue, the gateway's own permissions first and each scope together.
    pub rows: Vec<Row>,
    /// How many roles there are in all.
    pub total: u64,
    /// The page with the roles before.
    pub previous: Option<Href>,
    /// The page with the roles after.
    pub next: Option<Href>,
}

/// A role.
pub struct Column {
    /// In kebab-case, for addresses and fields.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// How many people hold it.
    pub people: u64,
    /// The hidden field `version-<name>`.
    pub version: String,
}

/// A permission and what each role has of it.
pub struct Row {
    /// Which.
    pub permission: Permission,
    /// One for each column, in the same order.
    pub cells: Vec<Cell>,
}

/// Whether a role grants a permission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// The role itself has it.
    pub checked: bool,
    /// The viewer may tick or untick it.
    pub enabled: bool,
    /// A role that it supervises has it.
    pub inherited: bool,
}

/// Why the matrix was not saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The viewer does not hold a permission that was to be granted or taken away.
    NotHeld {
        /// The role's display name.
        role: String,
        /// The permission's key.
        permission: String,
    },
    /// Somebody else saved the role meanwhile.
    Changed {
        /// The role's display name.
        role: String,
        /// Who, when it is known.
        by: Option<String>,
    },
    /// Somebody else deleted the role meanwhile.
    Gone {
        /// The role's name.
        role: String,
    },
}

/// Draws the page.
pub fn page(view: &Roles) -> Markup {
    let all = view.admin.frame.lang.words();
    let title = all.common.roles;
    Admin {
        admin: &view.admin,
        title,
        error: !view.problems.is_empty(),
        entry: Entry::Roles,
        narrow: false,
        main: html! { h1 { (title) } },
        dialog: None,
    }
    .draw()
}
