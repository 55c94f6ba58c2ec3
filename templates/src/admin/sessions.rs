//! `/admin/sessions`

use maud::{Markup, html};

use super::table::{label, pager, person};
use super::{Flash, flash};
use crate::account::session_facts;
use crate::components::{device, device_icon, tier};
use crate::icons::{Icon, icon};
use crate::layout::{Admin, Entry, crumbs};
use crate::messages::Words;
use crate::when::count;
use crate::{AdminFrame, Href, Lang, Session, Tier, When};

/// Login Management.
pub struct Sessions {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What happened before.
    pub flash: Option<Flash>,
    /// The figures on the cards, whatever is searched for.
    pub totals: Totals,
    /// What was searched for.
    pub q: String,
    /// People who are signed in, as many as one page has.
    pub people: Vec<Person>,
    /// The page before.
    pub previous: Option<Href>,
    /// The page after.
    pub next: Option<Href>,
    /// Whether the viewer may look at users.
    pub can_view: bool,
}

/// The figures on the cards.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// People signed in.
    pub users: u64,
    /// Their sessions.
    pub sessions: u64,
    /// Superusers signed in.
    pub superusers: u64,
}

/// Somebody who is signed in.
pub struct Person {
    /// For addresses.
    pub id: String,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// Standard or superuser.
    pub tier: Tier,
    /// When they were last seen.
    pub last_seen: When,
    /// When they last signed in.
    pub last_login: Option<When>,
    /// From where.
    pub last_login_ip: Option<String>,
    /// Their sessions, newest first.
    pub sessions: Vec<Session>,
    /// How many more sessions they have than are shown.
    pub more: u64,
    /// Whether the viewer may end all of this person's sessions.
    pub can_end: bool,
    /// Whether the viewer may end each of them by itself.
    pub can_revoke: bool,
    /// The viewer's own row.
    pub is_you: bool,
}

/// Draws the page.
pub fn page(view: &Sessions) -> Markup {
    let lang = view.admin.frame.lang;
    let all = lang.words();
    let main = html! {
        header.head {
            (crumbs(&view.admin, &[], all.common.access_control))
            h1 { (all.common.login_management) }
            p { (all.sessions.lead) }
        }
        @if let Some(happened) = &view.flash { (flash::draw(lang, happened)) }
        (cards(all, view))
        (search(all, &view.q))
        (list(lang, view))
    };
    Admin {
        admin: &view.admin,
        title: all.common.login_management,
        error: matches!(view.flash, Some(Flash::NobodySelected | Flash::OwnSession)),
        entry: Entry::Sessions,
        narrow: false,
        main,
        dialog: None,
    }
    .draw()
}

fn cards(all: &Words, view: &Sessions) -> Markup {
    let (words, totals) = (&all.sessions, view.totals);
    let superusers = html! {
        span { (icon(Icon::ShieldCheck)) (words.superusers_online) }
        strong { (count(totals.superusers)) }
        small { (words.superusers_online_text) }
    };
    html! {
        section aria-label=(words.summary) {
            ul.cards.three {
                li { a href="/admin/sessions" {
                    span { (words.active_users) }
                    strong { (count(totals.users)) }
                    small { (words.active_users_text) }
                } }
                li { a href="/admin/sessions" {
                    span { (words.active_sessions) }
                    strong { (count(totals.sessions)) }
                    small { ((words.active_sessions_text)(totals.users)) }
                } }
                li {
                    @if view.can_view { a href="/admin/users?tier=superuser" { (superusers) } }
                    @else { div { (superusers) } }
                }
            }
        }
    }
}

fn search(all: &Words, q: &str) -> Markup {
    let words = &all.sessions;
    html! {
        search {
            form.toolbar method="get" action="/admin/sessions" {
                div.query {
                    (icon(Icon::Search))
                    input.control type="search" id="q" name="q" value=(q) placeholder=(words.search)
                        aria-label=(words.search) autocomplete="off";
                }
                button.btn type="submit" { (all.users.apply) }
                @if !q.is_empty() { a.btn.ghost href="/admin/sessions" { (words.clear) } }
            }
        }
    }
}

fn list(lang: Lang, view: &Sessions) -> Markup {
    let all = lang.words();
    let words = &all.sessions;
    let can_end = view.people.iter().any(|person| person.can_end);
    html! {
        section.panel id="people" aria-labelledby="people-title" {
            div.panel-head {
                @if can_end {
                    label.tick hidden {
                        input type="checkbox" form="bulk" data-all="bulk" data-count="bulk-count";
                        span.vh { (words.select_all) }
                    }
                }
                h2 id="people-title" {
                    (words.signed_in_people)
                    @if view.q.is_empty() { " " span.tag.count { (count(view.totals.users)) } }
                }
                @if can_end || view.people.iter().any(|person| person.can_revoke) { (bulk(all, &view.q, can_end)) }
            }
            @if view.people.is_empty() { (nobody(all, view)) } @else { (rows(all, view)) }
            div.panel-foot {
                span.num {
                    @if view.q.is_empty() { ((words.people)(view.totals.users, &count(view.totals.users))) }
                    @else { ((words.shown)(view.people.len() as u64)) }
                }
                (pager(lang, view.previous.as_ref(), view.next.as_ref(), "people"))
            }
        }
    }
}

/// One form for every button of the list.
fn bulk(all: &Words, q: &str, can_end: bool) -> Markup {
    html! {
        form.bulk id="bulk" method="post" action="/admin/sessions/end" {
            @if !q.is_empty() { input type="hidden" name="q" value=(q); }
            @if can_end {
                span.bulk-count id="bulk-count" role="status" data-some=(all.users.selected) {}
                button.btn.small.bad type="submit" data-needs="bulk" { (all.sessions.force_logout_selected) }
            }
        }
    }
}

fn rows(all: &Words, view: &Sessions) -> Markup {
    let (words, common) = (&all.sessions, &all.common);
    let caption = if view.q.is_empty() { words.caption } else { words.caption_search };
    html! {
        div.list-box {
            section.list-scroll aria-label=(caption) tabindex="0" {
                table.list.sessions {
                    caption { (caption) }
                    thead {
                        tr {
                            th.pick scope="col" { span.vh { (all.users.select) } }
                            th.who scope="col" { (common.username) }
                            th.may scope="col" { (common.user_type) }
                            th.day scope="col" { (words.last_seen) }
                            th.day scope="col" { (common.last_login) }
                            th.from scope="col" { (common.last_login_ip) }
                            th.acts scope="col" { (all.users.actions) }
                        }
                    }
                    @for person in &view.people { tbody { (row(all, person, view.can_view)) (inner(all, person)) } }
                }
            }
        }
    }
}

fn row(all: &Words, account: &Person, can_view: bool) -> Markup {
    let (words, common) = (&all.sessions, &all.common);
    let more = html! {
        @if account.is_you { " " span.tag.you { (all.users.you) } }
        span.also { (account.display_name) }
    };
    html! {
        tr {
            td.pick {
                @if account.can_end {
                    input type="checkbox" form="bulk" name="id" value=(account.id)
                        aria-label=((all.users.select_one)(&account.username));
                }
            }
            (person(&account.id, &account.username, can_view, &more))
            td { (label(common.user_type)) (tier(all, account.tier)) }
            td { (label(words.last_seen)) (at(&account.last_seen)) }
            td {
                (label(common.last_login))
                @match &account.last_login { Some(when) => (at(when)), None => span.faint { (common.never) } }
            }
            td {
                (label(common.last_login_ip))
                @match &account.last_login_ip {
                    Some(ip) => span.mono.any { (ip) },
                    None => span.faint aria-hidden="true" { "–" },
                }
            }
            td.acts {
                span {
                    @if account.is_you {
                        a.btn.small href="/account#sessions" { (words.my_sessions) }
                    } @else if account.can_end {
                        button.btn.small.bad type="submit" form="bulk"
                            formaction=(Href::local(format!("/admin/sessions/{}/end", account.id))) {
                            (words.force_logout) span.vh { " " (account.username) }
                        }
                    }
                }
            }
        }
    }
}

fn at(when: &When) -> Markup {
    html! { span { (when) small { (when.minute()) } } }
}

fn inner(all: &Words, account: &Person) -> Markup {
    let words = &all.sessions;
    let many = account.sessions.len() as u64 + account.more;
    html! {
        tr.inner {
            td colspan="7" {
                details {
                    summary { ((words.count)(many)) span.vh { ((words.details_of)(&account.username)) } }
                    ul.rows {
                        @for session in &account.sessions { (item(all, account, session)) }
                        @if account.more > 0 { li { span.muted { ((words.more)(account.more)) } } }
                    }
                }
            }
        }
    }
}

fn item(all: &Words, account: &Person, session: &Session) -> Markup {
    let words = &all.sessions;
    let name = device(all, &session.device);
    let revoke = Href::local(format!("/admin/sessions/{}/{}/revoke", account.id, session.handle));
    html! {
        li {
            (device_icon(&session.device))
            span {
                strong { (name) @if session.is_this { " " span.tag.you { (words.this_session) } } }
                (session_facts(all, session))
            }
            @if session.is_this {
                a.btn.small.ghost href="/account#sessions" { (all.common.my_account) }
            } @else if account.can_revoke {
                button.btn.small type="submit" form="bulk" formaction=(revoke) {
                    (words.revoke) span.vh { " " (name) ((words.details_of)(&account.username)) }
                }
            }
        }
    }
}

fn nobody(all: &Words, view: &Sessions) -> Markup {
    let words = &all.sessions;
    html! {
        div.empty {
            (icon(if view.q.is_empty() { Icon::Screen } else { Icon::Search }))
            @if view.next.is_some() { p { (words.further) } }
            @else if view.q.is_empty() { h3 { (words.nobody_title) } p { (words.nobody) } }
            @else {
                h3 { ((words.no_match_title)(&view.q)) }
                p { (words.no_match) }
                div.btn-row { a.btn href="/admin/sessions" { (words.clear) } }
            }
        }
    }
}
