//! `/admin/users`

use maud::{Markup, html};

use super::{Filter, Flash, applications, flash, queue, search, table};
use crate::icons::{Icon, icon};
use crate::layout::{Admin, Entry, crumbs, head};
use crate::when::count;
use crate::{AdminFrame, Href, Source, Status, Tier, When};

/// User Management.
pub struct Users {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What happened before.
    pub flash: Option<Flash>,
    /// The figures on the cards, whatever the filter.
    pub totals: Totals,
    /// What was searched for and how the table is sorted.
    pub filter: Filter,
    /// Who waits; `None` while a search matches no application.
    pub queue: Option<Queue>,
    /// Every account.
    pub table: Table,
    /// The roles that the list can be narrowed to: name and display name. Without any there is no such filter.
    pub roles: Vec<(String, String)>,
    /// Where the table in its present filter comes as CSV; `None` where the viewer may not.
    pub export: Option<Href>,
}

/// The figures on the cards.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// All accounts.
    pub total: u64,
    /// Those with an identity at a provider.
    pub sso: u64,
    /// Those without.
    pub local: u64,
    /// Those that wait.
    pub pending: u64,
    /// For how many whole days the oldest application has waited.
    pub oldest_days: Option<u64>,
    /// Active ones.
    pub active: u64,
    /// Deactivated ones.
    pub inactive: u64,
    /// Dormant ones, with the link to their page; `None` where the viewer may not open it.
    pub dormant: Option<u64>,
    /// After how many days without a sign-in an account is dormant.
    pub dormant_days: u64,
}

/// The pending-approval queue, newest first.
pub struct Queue {
    /// As many as are shown.
    pub rows: Vec<Applicant>,
    /// How many wait in all (or match the search); more than `rows` adds a link to the rest.
    pub total: u64,
    /// Whether the viewer may activate and reject; otherwise there are no buttons.
    pub can_decide: bool,
}

/// Somebody who waits.
pub struct Applicant {
    /// For addresses.
    pub id: String,
    /// For people.
    pub number: u64,
    /// The login ID.
    pub username: String,
    /// The email address.
    pub email: String,
    /// The display name.
    pub display_name: String,
    /// When they applied.
    pub registered: When,
    /// Why they want an account.
    pub reason: Option<String>,
    /// When an earlier application of this address was rejected, and what they were told then.
    pub rejected: Option<(When, Option<String>)>,
    /// Ticked already, for instance after a bulk action that was not confirmed.
    pub selected: bool,
}

/// The table of all accounts.
pub struct Table {
    /// The rows of this page.
    pub rows: Vec<Row>,
    /// How many match the filter.
    pub total: u64,
    /// The page before.
    pub previous: Option<Href>,
    /// The page after.
    pub next: Option<Href>,
    /// With no rows and a status asked for: how many match in any status.
    pub in_other_statuses: Option<u64>,
}

/// An account.
pub struct Row {
    /// For addresses.
    pub id: String,
    /// For people.
    pub number: u64,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The email address.
    pub email: String,
    /// Active, inactive or pending.
    pub status: Status,
    /// Standard or superuser.
    pub tier: Tier,
    /// The display names of their roles, printed under the tier.
    pub roles: Vec<String>,
    /// SSO, local or both.
    pub source: Source,
    /// When they last signed in.
    pub last_login: Option<When>,
    /// From where.
    pub last_login_ip: Option<String>,
    /// When the account was made.
    pub registered: When,
    /// The viewer's own row.
    pub is_you: bool,
    /// Whether View is there where Edit is not.
    pub can_view: bool,
    /// Whether Edit is there.
    pub can_edit: bool,
    /// Whether Delete is there.
    pub can_delete: bool,
}

/// Draws the page.
pub fn page(view: &Users) -> Markup {
    let lang = view.admin.frame.lang;
    let all = lang.words();
    let export = html! {
        @if let Some(href) = &view.export { a.btn href=(href) download { (icon(Icon::ArrowDown)) (all.users.export) } }
    };
    let main = html! {
        (head(&crumbs(&view.admin, &[], all.common.access_control), all.common.user_management, all.users.lead, &export))
        @if let Some(happened) = &view.flash { (flash::draw(lang, happened)) }
        (cards(view))
        (search::draw(lang, &view.filter, &view.roles))
        (applications::tabs(all, view.totals.pending, false))
        @if let Some(waiting) = &view.queue { (queue::draw(lang, waiting, &view.filter)) }
        (table::draw(lang, &view.table, &view.filter, &view.roles))
    };
    let error = matches!(view.flash, Some(Flash::NothingSelected));
    Admin {
        admin: &view.admin,
        title: all.common.user_management,
        error,
        entry: Entry::Users,
        narrow: false,
        main,
        dialog: Some(all.users.dialog),
    }
    .draw()
}

fn cards(view: &Users) -> Markup {
    let all = view.admin.frame.lang.words();
    let (words, totals) = (&all.users, &view.totals);
    let pending = match view.queue {
        Some(_) => view.filter.href([]).at("pending"),
        None => only(Status::Pending),
    };
    let oldest = totals.oldest_days.filter(|_| totals.pending > 0);
    let share = (totals.active * 100).checked_div(totals.total).unwrap_or(0);
    html! {
        section aria-label=(words.summary) {
            ul.cards.five[totals.dormant.is_some()] {
                li { a href="/admin/users" {
                    span { (words.total) }
                    strong { (count(totals.total)) }
                    small { ((words.by_source)(&count(totals.sso), &count(totals.local))) }
                } }
                li { a.wait[totals.pending > 0] href=(pending) {
                    span { @if totals.pending > 0 { (icon(Icon::Clock)) } (words.pending_approval) }
                    strong { (count(totals.pending)) }
                    small { @match oldest { Some(days) => ((words.oldest)(days)), None => (words.nothing_waits) } }
                } }
                li { a href=(only(Status::Active)) {
                    span { (all.common.active) }
                    strong { (count(totals.active)) }
                    small { ((words.share)(share)) }
                } }
                li { a href=(only(Status::Inactive)) {
                    span { (all.common.inactive) }
                    strong { (count(totals.inactive)) }
                    small { (words.blocked) }
                } }
                @if let Some(dormant) = totals.dormant {
                    li { a href="/admin/dormant" {
                        span { (icon(Icon::Moon)) ((words.dormant)(totals.dormant_days)) }
                        strong { (count(dormant)) }
                        small { (words.dormant_review) }
                    } }
                }
            }
        }
    }
}

fn only(status: Status) -> Href {
    Filter { status: Some(status), ..Filter::none() }.href([]).at("users")
}
