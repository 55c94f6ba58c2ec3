//! The filters above the audit log.

use maud::{Markup, html};

use super::event_word;
use crate::Href;
use crate::icons::{Icon, icon};
use crate::messages::Words;

/// What is asked for, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The name of an event.
    pub event: String,
    /// Who acted: a username or an id.
    pub actor: String,
    /// To whom it happened: a username or an id.
    pub target: String,
    /// The first day, as `2026-11-21`.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The account that acted or was acted upon.
    pub user: Option<Account>,
    /// The id of the one entry that is shown.
    pub entry: String,
    /// A typed name that no account has.
    pub unknown: Option<String>,
}

/// An account that is filtered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// Its username, or its id when it is gone.
    pub name: String,
}

impl Filter {
    /// The log with this filter, and where in it.
    pub fn href(&self, more: &[(&str, &str)]) -> Href {
        self.at("/admin/audit", more)
    }

    pub(super) fn export(&self, format: &str) -> Href {
        self.at("/admin/audit/export", &[("format", format)])
    }

    pub(super) fn narrows(&self) -> bool {
        *self != Self::default()
    }

    fn at(&self, path: &str, more: &[(&str, &str)]) -> Href {
        let user = self.user.as_ref().map_or("", |user| &user.id);
        let own = [
            ("event", self.event.as_str()),
            ("actor", &self.actor),
            ("target", &self.target),
            ("from", &self.from),
            ("to", &self.to),
            ("user", user),
            ("entry", &self.entry),
        ];
        Href::query(path, own.into_iter().chain(more.iter().copied()))
    }
}

pub(super) fn draw(all: &Words, filter: &Filter, events: &[&'static str]) -> Markup {
    let words = &all.audit;
    html! {
        search {
            form.toolbar method="get" action="/admin/audit" aria-label=(words.filter) {
                select.control id="event" name="event" aria-label=(words.event) data-submit {
                    option value="" selected[filter.event.is_empty()] { (words.any_event) }
                    @for name in events {
                        option value=(name) selected[filter.event == *name] {
                            (event_word(words, name).unwrap_or(name))
                        }
                    }
                }
                (text("actor", words.actor, &filter.actor))
                (text("target", words.target, &filter.target))
                (day("from", words.from, &filter.from))
                (day("to", words.to, &filter.to))
                @if let Some(user) = &filter.user { input type="hidden" name="user" value=(user.id); }
                button.btn type="submit" { (words.apply) }
            }
            @if filter.narrows() { (chips(all, filter)) }
            @if let Some(name) = &filter.unknown { p.hint role="status" { ((words.unknown_account)(name)) } }
        }
    }
}

fn text(name: &str, label: &str, value: &str) -> Markup {
    html! {
        input.control type="text" id=(name) name=(name) value=(value) placeholder=(label) aria-label=(label)
            autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="64";
    }
}

fn day(name: &str, label: &str, value: &str) -> Markup {
    html! {
        div.date {
            label for=(name) { (label) }
            input.control type="date" id=(name) name=(name) value=(value);
        }
    }
}

fn chips(all: &Words, filter: &Filter) -> Markup {
    let words = &all.audit;
    let chip = |text: String, without: &Filter| {
        html! { a.chip href=(without.href(&[])) { (text) span.vh { (all.users.remove) } (icon(Icon::Close)) } }
    };
    html! {
        div.chips role="group" aria-label=(all.users.filters) {
            @if let Some(user) = &filter.user {
                (chip((words.of_account)(&user.name), &Filter { user: None, ..filter.clone() }))
            }
            @if !filter.entry.is_empty() {
                (chip((words.only_entry)(&filter.entry), &Filter { entry: String::new(), ..filter.clone() }))
            }
            a.btn.small.ghost href="/admin/audit" { (all.users.clear_all) }
        }
    }
}
