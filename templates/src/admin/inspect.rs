//! `/admin/roles/inspect`

use maud::{Markup, html};

use super::rights::{Permission, Provenance};
use crate::layout::{Admin, Entry};
use crate::{AdminFrame, Href, Status, Tier};

/// What one person may do, and why. A GET form with the field `user`: a username, an email or an id.
pub struct Inspect {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// Parameter `user`, as it was typed.
    pub user: String,
    /// What was found for it.
    pub found: Found,
}

/// What was found.
pub enum Found {
    /// Nobody was asked for yet.
    NotAsked,
    /// Nobody has that username, email or id.
    Nobody,
    /// Somebody.
    Person(Report),
}

/// What somebody may do.
pub struct Report {
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The number that people see and say.
    pub number: u64,
    /// With anything but [`Status::Active`] the page says that nothing of this counts now.
    pub status: Status,
    /// The tier; a superuser holds everything.
    pub tier: Tier,
    /// The display names of the roles they hold themselves.
    pub roles: Vec<String>,
    /// The person's page, for those who may open it.
    pub edit: Option<Href>,
    /// What they hold and what is denied to them, in the order of the catalogue.
    pub lines: Vec<Line>,
    /// How many permissions the catalogue has.
    pub catalogue: u64,
}

/// A permission and where it comes from.
pub struct Line {
    /// Which.
    pub permission: Permission,
    /// It is denied; the paths would have given it.
    pub denied: bool,
    /// Every way in which it comes to the person; none when only a deny is there.
    pub paths: Vec<Path>,
}

/// A way in which a permission comes to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    /// They are a superuser.
    Superuser,
    /// Over a role.
    Role {
        /// Display names: the role they hold, those it supervises on the way, and last the one that grants it.
        chain: Vec<String>,
        /// Where the first of them came from.
        from: Provenance,
    },
    /// It was granted to them directly.
    Direct {
        /// By whom.
        from: Provenance,
    },
}

/// Draws the page.
pub fn page(view: &Inspect) -> Markup {
    let all = view.admin.frame.lang.words();
    let title = all.common.inspect;
    Admin {
        admin: &view.admin,
        title,
        error: false,
        entry: Entry::Roles,
        narrow: false,
        main: html! { h1 { (title) } },
        dialog: None,
    }
    .draw()
}
