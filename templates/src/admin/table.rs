//! The table of all accounts.

use maud::{Markup, html};

use super::users::{Row, Table};
use super::{Filter, Sort, SortKey, search};
use crate::components::{email, role_chips, source_word, status, tier};
use crate::icons::{Icon, icon};
use crate::messages::Words;
use crate::when::count;
use crate::{Href, Lang};

pub(super) fn draw(lang: Lang, table: &Table, filter: &Filter, roles: &search::Roles) -> Markup {
    let all = lang.words();
    let words = &all.users;
    html! {
        section.panel id="users" aria-labelledby="users-title" {
            div.panel-head {
                h2 id="users-title" { (words.all_users) " " span.tag.count { (count(table.total)) } }
            }
            @if table.rows.is_empty() { (nobody(all, table, filter, roles)) } @else { (rows(lang, table, filter)) }
            div.panel-foot {
                span.num { ((words.count)(table.total, &count(table.total))) }
                (pager(lang, table.previous.as_ref(), table.next.as_ref(), "users"))
            }
        }
    }
}

fn rows(lang: Lang, table: &Table, filter: &Filter) -> Markup {
    let all = lang.words();
    let caption = (all.users.table_caption)(column_word(all, filter.sort.key), filter.sort.descending);
    html! {
        div.list-box {
            section.list-scroll aria-label=(caption) tabindex="0" {
                table.list.users {
                    caption { (caption) }
                    thead {
                        tr {
                            @for key in SortKey::ALL { (header(all, key, filter)) }
                            th.acts scope="col" { (all.users.actions) }
                        }
                    }
                    tbody { @for account in &table.rows { (row(all, account)) } }
                }
            }
        }
    }
}

const fn column_word(all: &Words, key: SortKey) -> &'static str {
    match key {
        SortKey::Id => "ID",
        SortKey::Username => all.common.username,
        SortKey::Email => all.common.email,
        SortKey::Status => all.common.status,
        SortKey::Tier => all.users.permission,
        SortKey::LastLogin => all.common.last_login,
        SortKey::LastLoginIp => all.common.last_login_ip,
        SortKey::Registered => all.common.registered,
    }
}

const fn column_class(key: SortKey) -> &'static str {
    match key {
        SortKey::Id => "id",
        SortKey::Username => "who",
        SortKey::Email => "address",
        SortKey::Status => "state",
        SortKey::Tier => "may",
        SortKey::LastLogin => "day",
        SortKey::LastLoginIp => "from",
        SortKey::Registered => "day",
    }
}

fn header(all: &Words, key: SortKey, filter: &Filter) -> Markup {
    let Sort { key: current, descending } = filter.sort;
    let (sorted, picture) = match (current == key, descending) {
        (true, true) => (Some("descending"), Icon::ArrowDown),
        (true, false) => (Some("ascending"), Icon::ArrowUp),
        (false, _) => (None, Icon::Sorter),
    };
    let next = Filter { sort: filter.sort.clicked(key), ..filter.clone() };
    html! {
        th class=(column_class(key)) scope="col" aria-sort=[sorted] {
            a href=(next.href([]).at("users")) { (column_word(all, key)) (icon(picture)) }
        }
    }
}

fn row(all: &Words, account: &Row) -> Markup {
    let (words, common) = (&all.users, &all.common);
    let below = html! {
        span.also { (account.display_name) " · " (source_word(all, account.source)) }
    };
    let you = html! { @if account.is_you { " " span.tag.you { (words.you) } } };
    html! {
        tr {
            td { (label("ID")) span.digits { (account.number) } }
            (person(&account.id, &account.username, account.can_edit || account.can_view, &html! { (you) (below) }))
            td { (label(common.email)) (email(&account.email)) }
            td.state { (label(common.status)) (status(all, account.status)) }
            td { (label(words.permission))
                div.stack.close { (tier(all, account.tier)) (role_chips(&account.roles)) }
            }
            td {
                (label(common.last_login))
                @match &account.last_login {
                    Some(at) => span { (at) small { (at.minute()) } },
                    None => span.faint { (common.never) },
                }
            }
            td {
                (label(common.last_login_ip))
                @match &account.last_login_ip {
                    Some(ip) => span.mono.any { (ip) },
                    None => span.faint aria-hidden="true" { "–" },
                }
            }
            td { (label(common.registered)) span { (account.registered) } }
            td.acts {
                span {
                    @if account.can_edit {
                        a.btn.small href=(user_path(&account.id, "")) data-modal {
                            (words.edit) span.vh { " " (account.username) }
                        }
                    }
                    @else if account.can_view {
                        a.btn.small href=(user_path(&account.id, "")) data-modal {
                            (words.view) span.vh { " " (account.username) }
                        }
                    }
                    @if account.can_delete {
                        a.btn.small.ghost.rueful href=(user_path(&account.id, "/delete")) data-modal {
                            (words.delete) span.vh { " " (account.username) }
                        }
                    }
                }
            }
        }
    }
}

fn nobody(all: &Words, table: &Table, filter: &Filter, roles: &search::Roles) -> Markup {
    let words = &all.users;
    let everywhere = Filter { status: None, ..filter.clone() };
    html! {
        div.empty {
            (icon(Icon::Search))
            h3 { ((words.nobody_title)(&filter.q, &search::in_words(all, filter, roles))) }
            p {
                (words.nobody)
                @if let Some(n) = table.in_other_statuses.filter(|n| *n > 0) { " " ((words.in_other_statuses)(n)) }
            }
            div.btn-row {
                @if filter.status.is_some() { a.btn href=(everywhere.href([])) { (words.all_statuses) } }
                a.btn.ghost href="/admin/users" { (words.clear) }
            }
        }
    }
}

/// The label of a cell, shown where the table is too narrow for its head.
pub(super) fn label(text: &str) -> Markup {
    html! { span.lbl { (text) } }
}

/// The cell that names a row.
pub(super) fn person(id: &str, username: &str, linked: bool, more: &Markup) -> Markup {
    html! {
        th.who scope="row" {
            @if linked { a href=(user_path(id, "")) { (username) } } @else { b { (username) } }
            (more)
        }
    }
}

/// A page or an action of one user.
pub(crate) fn user_path(id: &str, action: &str) -> Href {
    Href::local(format!("/admin/users/{id}{action}"))
}

/// Where a list goes on; a step that leads nowhere is only text.
pub(super) fn pager(lang: Lang, previous: Option<&Href>, next: Option<&Href>, place: &str) -> Markup {
    let words = &lang.words().common;
    steps(words.pages, (words.previous, previous), (words.next, next), place)
}

/// The same with other words.
pub(super) fn steps(
    label: &str,
    (before, previous): (&str, Option<&Href>),
    (after, next): (&str, Option<&Href>),
    place: &str,
) -> Markup {
    let before = html! { (icon(Icon::ChevronLeft)) (before) };
    let after = html! { (after) (icon(Icon::ChevronRight)) };
    html! {
        @if previous.is_some() || next.is_some() {
            nav.pager aria-label=(label) {
                @match previous {
                    Some(href) => a rel="prev" href=(href.at(place)) { (before) },
                    None => span aria-hidden="true" { (before) },
                }
                @match next {
                    Some(href) => a rel="next" href=(href.at(place)) { (after) },
                    None => span aria-hidden="true" { (after) },
                }
            }
        }
    }
}
