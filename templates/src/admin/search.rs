//! Search and filters above the list of users.

use maud::{Markup, html};

use super::list::{source, status, tier};
use super::{Filter, SourceFilter};
use crate::Lang;
use crate::components::{status_word, tier_word};
use crate::icons::{Icon, icon};
use crate::messages::Words;

/// Names and display names of roles.
pub(super) type Roles = [(String, String)];

/// The form, and what is applied as chips that can be taken off.
pub(super) fn draw(lang: Lang, filter: &Filter, roles: &Roles) -> Markup {
    let all = lang.words();
    let (words, common) = (&all.users, &all.common);
    let choices: Vec<_> = roles.iter().map(|(name, shown)| (name.as_str(), shown.as_str())).collect();
    html! {
        search {
            form.toolbar method="get" action="/admin/users" {
                div.query {
                    (icon(Icon::Search))
                    input.control type="search" id="q" name="q" value=(filter.q) placeholder=(words.search)
                        aria-label=(words.search) autocomplete="off";
                }
                (select("status", common.status, words.any_status, filter.status.map(status), &[
                    ("active", common.active),
                    ("inactive", common.inactive),
                    ("pending", common.pending),
                ]))
                (select("tier", common.user_type, words.any_type, filter.tier.map(tier), &[
                    ("superuser", common.superuser),
                    ("standard", common.standard),
                ]))
                @if !choices.is_empty() {
                    (select("role", words.role, words.any_role, filter.role.as_deref(), &choices))
                }
                (select("source", words.source, words.any_source, filter.source.map(source), &[
                    ("sso", common.sso),
                    ("local", common.local),
                ]))
                @if filter.sort != super::Sort::DEFAULT {
                    input type="hidden" name="sort" value=(filter.sort.parameter());
                }
                button.btn type="submit" { (words.apply) }
            }
            @if filter.narrows() { (chips(all, filter, roles)) }
        }
    }
}

fn select(name: &str, label: &str, any: &str, chosen: Option<&str>, options: &[(&str, &str)]) -> Markup {
    html! {
        select.control id=(name) name=(name) aria-label=(label) data-submit {
            option value="" selected[chosen.is_none()] { (any) }
            @for (value, word) in options {
                option value=(value) selected[chosen == Some(*value)] { (word) }
            }
        }
    }
}

fn chips(all: &Words, filter: &Filter, roles: &Roles) -> Markup {
    let words = &all.users;
    html! {
        div.chips role="group" aria-label=(words.filters) {
            @for (text, without) in applied(all, filter, roles) {
                a.chip href=(without.href([])) { (text) span.vh { (words.remove) } (icon(Icon::Close)) }
            }
            a.btn.small.ghost href="/admin/users" { (words.clear_all) }
        }
    }
}

/// What is applied, in words, and the filter without it.
fn applied(all: &Words, filter: &Filter, roles: &Roles) -> Vec<(String, Filter)> {
    let without = || filter.clone();
    let mut chips = Vec::new();
    if !filter.q.is_empty() {
        chips.push(((all.users.searched)(&filter.q), Filter { q: String::new(), ..without() }));
    }
    if let Some(status) = filter.status {
        chips
            .push((named(all.common.status, status_word(all, status)), Filter { status: None, ..without() }));
    }
    if let Some(tier) = filter.tier {
        chips.push((named(all.common.user_type, tier_word(all, tier)), Filter { tier: None, ..without() }));
    }
    if let Some(role) = &filter.role {
        let known = roles.iter().find(|(name, _)| name == role);
        let word = known.map_or(role.as_str(), |(_, shown)| shown);
        chips.push((named(all.users.role, word), Filter { role: None, ..without() }));
    }
    if let Some(source) = filter.source {
        let word = match source {
            SourceFilter::Sso => all.common.sso,
            SourceFilter::Local => all.common.local,
        };
        chips.push((named(all.users.source, word), Filter { source: None, ..without() }));
    }
    chips
}

fn named(label: &str, value: &str) -> String {
    format!("{label}: {value}")
}

/// The filters in words, without the search: "Status: Inactive".
pub(super) fn in_words(all: &Words, filter: &Filter, roles: &Roles) -> Vec<String> {
    let filters = Filter { q: String::new(), ..filter.clone() };
    applied(all, &filters, roles).into_iter().map(|(text, _)| text).collect()
}
