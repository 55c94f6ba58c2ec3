//! `/admin/audit`

use maud::{Markup, html};

use super::table::{label, steps};
use crate::icons::{Icon, icon};
use crate::layout::{Admin, Entry as MenuEntry, crumbs};
use crate::messages::{Audit as AuditWords, Words};
use crate::when::count;
use crate::{AdminFrame, Href, When};

use words::{event_word, field_word, value_word};

pub use chain::{Broken, Chain, Check, Fault, Wrong};
pub use filter::{Account, Filter};

mod chain;
mod filter;
mod words;

/// The audit log.
pub struct Audit {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// How far the log is proven.
    pub chain: Chain,
    /// What is asked for.
    pub filter: Filter,
    /// The name of every event that can be asked for.
    pub events: Vec<&'static str>,
    /// The entries of this page, newest first.
    pub entries: Vec<Entry>,
    /// The page with newer entries.
    pub newer: Option<Href>,
    /// The page with older entries.
    pub older: Option<Href>,
    /// Whether the viewer may export it.
    pub can_export: bool,
}

/// One thing that happened.
pub struct Entry {
    /// When, to the second.
    pub at: When,
    /// The event's name, such as `account.activated`; printed with its words where it is known.
    pub event: String,
    /// Who did it.
    pub actor: Actor,
    /// Whom it was done to.
    pub target: Option<Person>,
    /// What became different.
    pub changes: Vec<Change>,
    /// From which address.
    pub ip: Option<String>,
    /// How it went.
    pub result: Outcome,
    /// The request that caused it.
    pub request: Option<String>,
    /// The browser that sent it.
    pub user_agent: Option<String>,
    /// Its place in the chain; none while it waits for one.
    pub sealed: Option<Sealed>,
    /// Its text is no entry, so that only its time and event are known.
    pub unreadable: bool,
}

/// An entry's place in the chain.
pub struct Sealed {
    /// The place.
    pub position: u64,
    /// Its mac.
    pub mac: String,
    /// The mac before.
    pub previous: String,
}

/// Somebody with an account.
pub struct Person {
    /// The name they had then.
    pub name: String,
    /// The log, filtered by them.
    pub entries: Href,
}

/// Who did something.
pub enum Actor {
    /// Somebody with an account.
    Person(Person),
    /// Nobody signed in.
    Stranger,
    /// narthex itself, or its command line.
    System,
}

/// A field that became different. Known names (`status`, `tier`, `email`, `display_name`, `username`,
/// `password`, `method`, `provider`, `reason`, `sessions`, `session`, `mail`, `recipient`) and known values (`active`, `superuser`, …) are
/// printed in words, others as they are.
pub struct Change {
    /// Which field.
    pub field: String,
    /// What it was.
    pub old: Option<String>,
    /// What it is.
    pub new: Option<String>,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It happened.
    Done,
    /// It was tried and failed, such as a wrong password.
    Failed,
    /// It was refused by a rule, such as a pending account.
    Refused,
}

/// Draws the page.
pub fn page(view: &Audit) -> Markup {
    let lang = view.admin.frame.lang;
    let all = lang.words();
    let words = &all.audit;
    let main = html! {
        header.head.beside {
            div {
                (crumbs(&view.admin, &[], all.common.security))
                h1 { (all.common.audit_log) }
                p { (words.lead) }
            }
            @if view.can_export {
                div.btn-row {
                    a.btn href=(view.filter.export("jsonl")) download { (icon(Icon::Download)) (words.export_jsonl) }
                    a.btn href=(view.filter.export("csv")) download { (icon(Icon::Download)) (words.export_csv) }
                }
            }
        }
        (chain::draw(all, &view.chain))
        (filter::draw(all, &view.filter, &view.events))
        section.panel id="entries" aria-labelledby="entries-title" {
            div.panel-head {
                h2 id="entries-title" { (words.entries) }
                span.aside.muted.small { (words.utc) }
            }
            @if view.entries.is_empty() { (nothing(words, &view.filter)) } @else { (rows(all, &view.entries)) }
            @if view.newer.is_some() || view.older.is_some() {
                div.panel-foot {
                    (steps(all.common.pages, (words.newer, view.newer.as_ref()), (words.older, view.older.as_ref()), "entries"))
                }
            }
        }
    };
    Admin {
        admin: &view.admin,
        title: all.common.audit_log,
        error: false,
        entry: MenuEntry::Audit,
        narrow: false,
        main,
        dialog: None,
    }
    .draw()
}

fn nothing(words: &AuditWords, filter: &Filter) -> Markup {
    html! {
        div.empty {
            (icon(Icon::Lines))
            @if filter.narrows() {
                h3 { (words.no_match_title) }
                p { (words.no_match) }
                div.btn-row { a.btn href="/admin/audit" { (words.show_all) } }
            } @else {
                h3 { (words.empty_title) }
                p { (words.empty) }
            }
        }
    }
}

fn rows(all: &Words, entries: &[Entry]) -> Markup {
    let words = &all.audit;
    html! {
        div.list-box {
            section.list-scroll aria-label=(words.caption) tabindex="0" {
                table.list.audit {
                    caption { (words.caption) }
                    thead {
                        tr {
                            th.day scope="col" aria-sort="descending" { (words.time) }
                            th.who scope="col" { (words.event) }
                            th.name scope="col" { (words.actor) }
                            th.name scope="col" { (words.target) }
                            th scope="col" { (words.change) }
                            th.from scope="col" { (words.ip) }
                            th.state scope="col" { (words.result) }
                            th.place scope="col" { (words.entry) }
                        }
                    }
                    tbody { @for entry in entries { (row(all, entry)) } }
                }
            }
        }
    }
}

fn row(all: &Words, entry: &Entry) -> Markup {
    let words = &all.audit;
    let event = event_word(words, &entry.event);
    html! {
        tr {
            td { (label(words.time)) span { (entry.at) small.num { (entry.at.time) } } }
            th.who scope="row" {
                @if let Some(event) = event { b { (event) } }
                code { (entry.event) }
            }
            td {
                (label(words.actor))
                @match &entry.actor {
                    Actor::Person(person) => (linked(person)),
                    Actor::Stranger => span.faint { (words.stranger) },
                    Actor::System => span.any { (words.system) },
                }
            }
            td {
                (label(words.target))
                @match &entry.target {
                    Some(person) => (linked(person)),
                    None => (or_dash(None, "any")),
                }
            }
            td {
                (label(words.change))
                div.diff {
                    @if entry.unreadable { p { strong { (words.unreadable) } } }
                    @for change in &entry.changes { (difference(all, change)) }
                    (details(words, event.unwrap_or(&entry.event), entry))
                }
            }
            td { (label(words.ip)) (or_dash(entry.ip.as_deref(), "mono any")) }
            td.state {
                (label(words.result))
                @match entry.result {
                    Outcome::Done => span.tag.dot.on { (words.done) },
                    Outcome::Failed => span.tag.dot.no { (words.failed) },
                    Outcome::Refused => span.tag.dot.wait { (words.refused) },
                }
            }
            td.place {
                (label(words.entry))
                @match &entry.sealed {
                    Some(sealed) => span.digits { (count(sealed.position)) },
                    None => span.faint { (words.waits) },
                }
            }
        }
    }
}

fn linked(person: &Person) -> Markup {
    html! { a.any href=(person.entries) { (person.name) } }
}

fn or_dash(text: Option<&str>, class: &str) -> Markup {
    html! {
        @match text {
            Some(text) => span class=(class) { (text) },
            None => span.faint aria-hidden="true" { "–" },
        }
    }
}

fn difference(all: &Words, change: &Change) -> Markup {
    let words = &all.audit;
    let value = |value: &str| -> String {
        if value.is_empty() {
            words.empty_value.to_owned()
        } else {
            value_word(all, &change.field, value).to_owned()
        }
    };
    html! {
        p {
            span.faint { (field_word(all, &change.field)) ": " }
            @match (&change.old, &change.new) {
                (Some(old), Some(new)) => {
                    del { (value(old)) }
                    span aria-hidden="true" { " → " } span.vh { (words.changed_to) }
                    ins { (value(new)) }
                },
                (Some(old), None) => del { (value(old)) },
                (None, Some(new)) => span { (value(new)) },
                (None, None) => (words.changed),
            }
        }
    }
}

fn details(words: &AuditWords, event: &str, entry: &Entry) -> Markup {
    html! {
        @if entry.request.is_some() || entry.user_agent.is_some() || entry.sealed.is_some() {
            details {
                summary { (words.details) span.vh { ((words.details_of)(event, &entry.at)) } }
                dl.facts {
                    @if let Some(request) = &entry.request { dt { (words.request) } dd.mono { (request) } }
                    @if let Some(agent) = &entry.user_agent { dt { (words.agent) } dd { (agent) } }
                    @if let Some(sealed) = &entry.sealed {
                        dt { (words.mac) } dd.mono { (sealed.mac) }
                        dt { (words.previous) } dd.mono { (sealed.previous) }
                    }
                }
            }
        }
    }
}
