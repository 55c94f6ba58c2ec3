//! `/admin/roles/inspect`

use maud::{Markup, html};

use super::rights::{Permission, Provenance};
use super::roles::INSPECT;
use super::table::label;
use crate::components::{Tone, initials, note, role_chips, status, tier};
use crate::icons::{Icon, icon};
use crate::layout::{Admin, Entry, crumbs, dotted, head};
use crate::messages::Words;
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
    let words = &all.inspect;
    let above = [(all.common.roles, Href::local("/admin/roles"))];
    let main = html! {
        (head(&crumbs(&view.admin, &above, all.common.inspect), all.common.inspect, words.lead, &html! {}))
        search {
            form.toolbar method="get" action=(INSPECT) {
                div.query {
                    (icon(Icon::Search))
                    input.control type="search" id="user" name="user" value=(view.user) placeholder=(words.field)
                        aria-label=(words.field) autocomplete="off" autocapitalize="none" spellcheck="false";
                }
                button.btn type="submit" { (words.show) }
            }
        }
        @match &view.found {
            Found::NotAsked => (nothing(Icon::Key, words.not_asked_title, words.not_asked)),
            Found::Nobody => (nothing(Icon::Search, &(words.nobody_title)(&view.user), words.nobody)),
            Found::Person(report) => { (person(all, report)) (permissions(all, report)) },
        }
    };
    Admin {
        admin: &view.admin,
        title: all.common.inspect,
        error: false,
        entry: Entry::Roles,
        narrow: false,
        main,
        dialog: None,
    }
    .draw()
}

fn nothing(picture: Icon, title: &str, text: &str) -> Markup {
    html! { div.panel { div.empty { (icon(picture)) h2 { (title) } p { (text) } } } }
}

fn person(all: &Words, report: &Report) -> Markup {
    let words = &all.inspect;
    let asleep = match report.status {
        Status::Pending => Some(words.asleep_pending),
        Status::Inactive => Some(words.asleep_inactive),
        Status::Active => None,
    };
    html! {
        section.panel aria-labelledby="person" {
            div.panel-body {
                div.own-head {
                    span.face.large aria-hidden="true" { (initials(&report.display_name)) }
                    div {
                        h2 id="person" { (report.display_name) }
                        p.muted { (dotted(&[html! { (report.username) }, html! { "ID " (report.number) }])) }
                    }
                    @if let Some(href) = &report.edit { a.btn.aside href=(href) { (words.open) } }
                }
                div.btn-row {
                    (status(all, report.status))
                    (tier(all, report.tier))
                    @if report.roles.is_empty() { span.faint { (words.no_roles) } }
                    @else { span.vh { (words.roles) ":" } (role_chips(&report.roles)) }
                }
                @if let Some(text) = asleep { (note(Tone::Warn, &html! { p { (text) } })) }
            }
        }
    }
}

fn permissions(all: &Words, report: &Report) -> Markup {
    let words = &all.inspect;
    let held = report.lines.iter().filter(|line| !line.denied).count() as u64;
    let caption = (words.caption)(&report.username);
    html! {
        section.panel aria-labelledby="effective" {
            div.panel-head {
                h2 id="effective" { (words.effective) }
                span.aside.muted.small { ((words.count)(held, report.catalogue)) }
            }
            @if report.lines.is_empty() {
                div.empty { (icon(Icon::Lock)) h3 { (words.none_title) } p { (words.none) } }
            } @else {
                div.list-box {
                    section.list-scroll aria-label=(caption) tabindex="0" {
                        table.list.inspect {
                            caption { (caption) }
                            thead {
                                tr {
                                    th.who scope="col" { (all.rights.permission) }
                                    th.state scope="col" { (words.state) }
                                    th scope="col" { (words.comes_from) }
                                }
                            }
                            tbody { @for one in &report.lines { (line(all, one)) } }
                        }
                    }
                }
            }
        }
    }
}

fn line(all: &Words, one: &Line) -> Markup {
    let words = &all.inspect;
    let named = all.rights.label(&one.permission);
    html! {
        tr {
            th.who scope="row" {
                b { (named) }
                @if named != one.permission.key { code.also { (one.permission.key) } }
            }
            td.state {
                (label(words.state))
                @if one.denied { span.tag.dot.no { (words.denied) } } @else { span.tag.dot.on { (words.held) } }
            }
            td {
                (label(words.comes_from))
                div.paths {
                    @match (one.denied, one.paths.is_empty()) {
                        (true, true) => p { (words.nothing_gives) },
                        (true, false) => p { (words.would) },
                        (false, _) => {},
                    }
                    @if !one.paths.is_empty() {
                        ul { @for way in &one.paths { li { @if one.denied { del { (path(all, way)) } } @else { (path(all, way)) } } } }
                    }
                }
            }
        }
    }
}

fn path(all: &Words, path: &Path) -> Markup {
    let words = &all.inspect;
    let from = |from: &Provenance| html! { " " span.faint { "(" (all.rights.provenance(from)) ")" } };
    match path {
        Path::Superuser => html! { (words.superuser) },
        Path::Direct { from: whence } => html! { (words.direct) (from(whence)) },
        Path::Role { chain, from: whence } => html! {
            @for (at, role) in chain.iter().enumerate() {
                @if at == 0 { ((words.role)(role)) } @else { " → " ((words.supervises)(role)) }
            }
            (from(whence))
        },
    }
}
