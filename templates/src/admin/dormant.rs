//! `/admin/dormant`, and what is asked before a review's decisions are carried out.

use maud::{Markup, html};

use super::Flash;
use crate::layout::{Admin, Entry};
use crate::{AdminFrame, Href, Status, Tier, When};

/// Accounts that nobody has used for a long time. Posts to `/admin/dormant`: `id` for each ticked row with
/// `action` = `keep` or `deactivate`; or, from the buttons of one row, `keep` = id or `deactivate` = id.
pub struct Dormant {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What happened before.
    pub flash: Option<Flash>,
    /// After how many days without a sign-in an account is dormant.
    pub days: u64,
    /// The quarterly review.
    pub review: Review,
    /// Whether dormant accounts are also deactivated without anybody.
    pub automatic: bool,
    /// Whether the viewer may decide; otherwise there are no buttons.
    pub editable: bool,
    /// The rows of this page, the longest unused first.
    pub rows: Vec<Row>,
    /// How many there are.
    pub total: u64,
    /// The page before.
    pub previous: Option<Href>,
    /// The page after.
    pub next: Option<Href>,
}

/// When accounts are to be looked through.
pub struct Review {
    /// By when.
    pub due: When,
    /// That day has passed.
    pub overdue: bool,
    /// What came of the last one.
    pub last: Option<LastReview>,
}

/// What came of a review.
pub struct LastReview {
    /// When the last decision was made.
    pub at: When,
    /// By whom, when it was one person.
    pub by: Option<String>,
    /// How many accounts were kept.
    pub kept: u64,
    /// How many were deactivated.
    pub deactivated: u64,
}

/// A dormant account.
pub struct Row {
    /// For addresses, and the field `id`.
    pub id: String,
    /// For people.
    pub number: u64,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The email address.
    pub email: String,
    /// Standard or superuser.
    pub tier: Tier,
    /// The display names of their roles.
    pub roles: Vec<String>,
    /// When they last signed in.
    pub last_login: Option<When>,
    /// For how many days the account lies unused: since the last sign-in, or else since it was made.
    pub days: u64,
    /// When the account was made.
    pub registered: When,
    /// Whether the username is a link to the person's page.
    pub can_view: bool,
    /// Whether the viewer may decide this one: not a superuser's, unless they are one.
    pub can_decide: bool,
    /// Ticked already.
    pub selected: bool,
}

/// What is decided about a dormant account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `keep`: left alone until the next review.
    Keep,
    /// `deactivate`
    Deactivate,
}

/// Asks before a verdict is carried out. Posts to `/admin/dormant` with `action`, each `id`, and
/// `confirmed=1`.
pub struct Confirm {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What was asked for.
    pub verdict: Verdict,
    /// For whom.
    pub selected: Vec<Selected>,
}

/// One of the selected accounts.
pub struct Selected {
    /// The field `id`.
    pub id: String,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The email address.
    pub email: String,
    /// Active or, meanwhile, something else.
    pub status: Status,
    /// Live sessions, which a deactivation ends.
    pub sessions: u64,
}

/// Draws the list.
pub fn page(view: &Dormant) -> Markup {
    draw(&view.admin)
}

/// Draws the question.
pub fn confirm(view: &Confirm) -> Markup {
    draw(&view.admin)
}

fn draw(admin: &AdminFrame) -> Markup {
    let title = admin.frame.lang.words().common.dormant;
    Admin {
        admin,
        title,
        error: false,
        entry: Entry::Dormant,
        narrow: false,
        main: html! { h1 { (title) } },
        dialog: None,
    }
    .draw()
}
