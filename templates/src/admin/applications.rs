//! `/admin/applications`: what was decided, and addresses that may not apply.

use maud::{Markup, html};

use super::table::{label, pager, user_path};
use super::{Flash, flash};
use crate::components::email;
use crate::icons::{Icon, icon};
use crate::layout::{Admin, Entry, crumbs, head};
use crate::messages::{Applications as Words, Words as AllWords};
use crate::when::count;
use crate::{AdminFrame, Href, Lang, When};

/// Decided applications.
pub struct Applications {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What happened before.
    pub flash: Option<Flash>,
    /// What is asked for.
    pub filter: Filter,
    /// The applications of this page, the last decided first.
    pub rows: Vec<Row>,
    /// How many match the filter.
    pub total: u64,
    /// The page before.
    pub previous: Option<Href>,
    /// The page after.
    pub next: Option<Href>,
    /// Addresses that may not apply, as many as are shown.
    pub blocked: Vec<Blocked>,
    /// How many of them there are.
    pub blocked_total: u64,
    /// Whether the viewer may let them apply again.
    pub can_decide: bool,
}

/// What became of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `approved`
    Approved,
    /// `rejected`
    Rejected,
    /// `withdrawn`: by the applicant.
    Withdrawn,
    /// `expired`: nobody decided in time.
    Expired,
    /// `superseded`: the person came in by single sign-on.
    Superseded,
}

impl Outcome {
    const ALL: [Self; 5] = [Self::Approved, Self::Rejected, Self::Withdrawn, Self::Expired, Self::Superseded];

    const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
        }
    }
}

/// What the list is narrowed to: all that stands in its address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Parameter `q`.
    pub q: String,
    /// Parameter `state`.
    pub state: Option<Outcome>,
}

impl Filter {
    /// The address of the list so narrowed, with more parameters such as `after`.
    pub fn href<'a>(&'a self, more: impl IntoIterator<Item = (&'a str, &'a str)>) -> Href {
        let own = [("q", self.q.as_str()), ("state", self.state.map_or("", Outcome::name))];
        Href::query(Href::query("/admin/applications", own).as_str(), more)
    }

    fn narrows(&self) -> bool {
        !self.q.is_empty() || self.state.is_some()
    }
}

/// A decided application.
pub struct Row {
    /// The account's id, where the application was approved: the account may be gone by now all the same.
    pub account: Option<String>,
    /// For people.
    pub number: u64,
    /// The login ID as it was.
    pub username: String,
    /// The display name as it was.
    pub display_name: String,
    /// The email address as it was.
    pub email: String,
    /// When they applied.
    pub applied: When,
    /// Why they wanted an account.
    pub reason: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// When.
    pub decided: When,
    /// Who decided, where somebody did.
    pub by: Option<String>,
    /// What the applicant was told.
    pub message: Option<String>,
}

/// An address that may not apply.
pub struct Blocked {
    /// The address.
    pub email: String,
    /// Since when.
    pub since: When,
    /// Who said so.
    pub by: String,
}

/// Draws the page.
pub fn page(view: &Applications) -> Markup {
    let lang = view.admin.frame.lang;
    let all = lang.words();
    let words = &all.applications;
    let above = [(all.common.user_management, Href::local("/admin/users"))];
    let main = html! {
        (head(&crumbs(&view.admin, &above, words.crumb), words.title, words.lead, &html! {}))
        @if let Some(happened) = &view.flash { (flash::draw(lang, happened)) }
        (tabs(all, view.admin.pending, true))
        (search(all, &view.filter))
        section.panel id="decided" aria-labelledby="decided-title" {
            div.panel-head {
                h2 id="decided-title" { (words.decided) " " span.tag.count { (count(view.total)) } }
            }
            @if view.rows.is_empty() { (nothing(words, &view.filter)) } @else { (rows(all, &view.rows)) }
            @if view.previous.is_some() || view.next.is_some() {
                div.panel-foot { (pager(lang, view.previous.as_ref(), view.next.as_ref(), "decided")) }
            }
        }
        @if !view.blocked.is_empty() { (blocked(lang, view)) }
    };
    Admin {
        admin: &view.admin,
        title: words.title,
        error: false,
        entry: Entry::Users,
        narrow: false,
        main,
        dialog: None,
    }
    .draw()
}

/// The two lists of applications.
pub(super) fn tabs(all: &AllWords, waiting: u64, decided: bool) -> Markup {
    let words = &all.applications;
    let here = |here: bool| here.then_some("page");
    html! {
        nav.tabs aria-label=(words.title) {
            a href="/admin/users#pending" aria-current=[here(!decided)] {
                (words.waiting) " " span.tag.count.wait[waiting > 0] { (count(waiting)) }
            }
            a href="/admin/applications" aria-current=[here(decided)] { (words.decided) }
        }
    }
}

fn search(all: &AllWords, filter: &Filter) -> Markup {
    let words = &all.applications;
    html! {
        search {
            form.toolbar method="get" action="/admin/applications" {
                div.query {
                    (icon(Icon::Search))
                    input.control type="search" id="q" name="q" value=(filter.q) placeholder=(all.users.search)
                        aria-label=(all.users.search) autocomplete="off";
                }
                select.control id="state" name="state" aria-label=(words.outcome) data-submit {
                    option value="" selected[filter.state.is_none()] { (words.any_outcome) }
                    @for outcome in Outcome::ALL {
                        option value=(outcome.name()) selected[filter.state == Some(outcome)] { ((words.word)(outcome)) }
                    }
                }
                button.btn type="submit" { (all.users.apply) }
                @if filter.narrows() { a.btn.ghost href="/admin/applications" { (all.users.clear_all) } }
            }
        }
    }
}

fn nothing(words: &Words, filter: &Filter) -> Markup {
    html! {
        div.empty {
            (icon(Icon::Lines))
            @if filter.narrows() { h3 { (words.no_match) } } @else { h3 { (words.empty_title) } p { (words.empty) } }
        }
    }
}

fn rows(all: &AllWords, rows: &[Row]) -> Markup {
    let (words, common) = (&all.applications, &all.common);
    html! {
        div.list-box {
            section.list-scroll aria-label=(words.caption) tabindex="0" {
                table.list.decided {
                    caption { (words.caption) }
                    thead {
                        tr {
                            th.id scope="col" { "ID" }
                            th.who scope="col" { (common.username) }
                            th.address scope="col" { (common.email) }
                            th.day scope="col" { (words.applied) }
                            th.state scope="col" { (words.outcome) }
                            th.day scope="col" aria-sort="descending" { (words.decided_on) }
                            th.why scope="col" { (common.reason) }
                            th.why scope="col" { (words.message) }
                        }
                    }
                    tbody { @for one in rows { (row(all, one)) } }
                }
            }
        }
    }
}

fn row(all: &AllWords, one: &Row) -> Markup {
    let (words, common) = (&all.applications, &all.common);
    html! {
        tr {
            td { (label("ID")) span.digits { (one.number) } }
            th.who scope="row" {
                @match &one.account {
                    Some(id) => a href=(user_path(id, "")) { (one.username) },
                    None => b { (one.username) },
                }
                span.also { (one.display_name) }
            }
            td { (label(common.email)) (email(&one.email)) }
            td { (label(words.applied)) span { (one.applied) small { (one.applied.minute()) } } }
            td.state { (label(words.outcome)) (outcome(words, one.outcome)) }
            td {
                (label(words.decided_on))
                span {
                    (one.decided)
                    small {
                        @match (&one.by, one.outcome) {
                            (Some(by), _) => (by),
                            (None, Outcome::Withdrawn) => (words.by_applicant),
                            (None, _) => (words.by_system),
                        }
                    }
                }
            }
            td { (label(common.reason)) (said(all, one.reason.as_deref())) }
            td { (label(words.message)) (said(all, one.message.as_deref())) }
        }
    }
}

fn said(all: &AllWords, text: Option<&str>) -> Markup {
    html! {
        @match text {
            Some(text) => span.reason { (text) },
            None => span.faint { (all.users.not_given) },
        }
    }
}

fn outcome(words: &Words, outcome: Outcome) -> Markup {
    let word = (words.word)(outcome);
    match outcome {
        Outcome::Approved => html! { span.tag.dot.on { (word) } },
        Outcome::Rejected => html! { span.tag.dot.no { (word) } },
        Outcome::Withdrawn | Outcome::Expired | Outcome::Superseded => html! { span.tag.dot.off { (word) } },
    }
}

fn blocked(lang: Lang, view: &Applications) -> Markup {
    let words = &lang.words().applications;
    html! {
        section.panel id="blocked" aria-labelledby="blocked-title" {
            div.panel-head {
                h2 id="blocked-title" { (words.blocked) " " span.tag.count { (count(view.blocked_total)) } }
            }
            div.panel-body {
                p.hint { (words.blocked_hint) }
                ul.rows {
                    @for one in &view.blocked {
                        li {
                            span { strong { (one.email) } small { ((words.blocked_since)(&one.by, &one.since)) } }
                            @if view.can_decide {
                                form method="post" action="/admin/applications/unblock" {
                                    input type="hidden" name="email" value=(one.email);
                                    button.btn.small type="submit" { (words.unblock) span.vh { " " (one.email) } }
                                }
                            }
                        }
                    }
                }
                @if view.blocked_total > view.blocked.len() as u64 { p.hint { (words.blocked_more) } }
            }
        }
    }
}
