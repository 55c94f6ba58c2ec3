//! `/admin/roles`

use maud::{Markup, html};

use super::rights::Permission;
use super::table::pager;
use super::{Flash, flash};
use crate::components::{Tone, flash as flash_note, savebar, tier};
use crate::icons::{Icon, icon};
use crate::layout::{Admin, Entry, crumbs, head};
use crate::messages::Matrix as Words;
use crate::{AdminFrame, Href, Tier};

/// Which role grants which permission. Posts to `/admin/roles`: `p` = `<role>:<permission key>` for each
/// ticked cell, `shown` = `<role>` for each column, and `version-<role>`. A cell that is not enabled is not
/// sent, so what it says stays as it is.
pub struct Roles {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What happened before.
    pub flash: Option<Flash>,
    /// Why nothing was saved; shown with 422.
    pub problems: Vec<Problem>,
    /// Whether the viewer may change roles: otherwise there are neither boxes nor buttons.
    pub editable: bool,
    /// How many superusers there are.
    pub superusers: u64,
    /// The roles of this page, a column each; about twelve at most.
    pub columns: Vec<Column>,
    /// The catalogue, the gateway's own permissions first and each scope together.
    pub rows: Vec<Row>,
    /// How many roles there are in all.
    pub total: u64,
    /// The page with the roles before.
    pub previous: Option<Href>,
    /// The page with the roles after.
    pub next: Option<Href>,
}

/// A role.
pub struct Column {
    /// In kebab-case, for addresses and fields.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// How many people hold it.
    pub people: u64,
    /// The hidden field `version-<name>`.
    pub version: String,
}

/// A permission and what each role has of it.
pub struct Row {
    /// Which.
    pub permission: Permission,
    /// One for each column, in the same order.
    pub cells: Vec<Cell>,
}

/// Whether a role grants a permission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// The role itself has it.
    pub checked: bool,
    /// The viewer may tick or untick it.
    pub enabled: bool,
    /// A role that it supervises has it.
    pub inherited: bool,
}

/// Why the matrix was not saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The viewer does not hold a permission that was to be granted or taken away.
    NotHeld {
        /// The role's display name.
        role: String,
        /// The permission's key.
        permission: String,
    },
    /// Somebody else saved the role meanwhile.
    Changed {
        /// The role's display name.
        role: String,
        /// Who, when it is known.
        by: Option<String>,
    },
    /// Somebody else deleted the role meanwhile.
    Gone {
        /// The role's name.
        role: String,
    },
}

/// Draws the page.
pub fn page(view: &Roles) -> Markup {
    let all = view.admin.frame.lang.words();
    let words = &all.matrix;
    let acts = html! {
        a.btn.ghost href=(INSPECT) { (icon(Icon::Search)) (all.common.inspect) }
        @if view.editable { a.btn href=(NEW) { (words.new) } }
    };
    let main = html! {
        (head(&crumbs(&view.admin, &[], all.common.access_control), all.common.roles, words.lead, &acts))
        @if let Some(happened) = &view.flash { (flash::draw(view.admin.frame.lang, happened)) }
        (problems(words, &view.problems))
        @if view.columns.is_empty() { (empty(view)) } @else if view.editable {
            form.form method="post" action="/admin/roles" {
                (matrix(view))
                (savebar(words.only_yours, "/admin/roles", words.discard, all.edit.save))
            }
        } @else { (matrix(view)) }
    };
    Admin {
        admin: &view.admin,
        title: all.common.roles,
        error: !view.problems.is_empty(),
        entry: Entry::Roles,
        narrow: false,
        main,
        dialog: None,
    }
    .draw()
}

fn problems(words: &Words, problems: &[Problem]) -> Markup {
    let text = |problem: &Problem| match problem {
        Problem::NotHeld { role, permission } => (words.not_held)(role, permission),
        Problem::Changed { role, by } => (words.changed)(role, by.as_deref()),
        Problem::Gone { role } => (words.gone)(role),
    };
    html! {
        @if !problems.is_empty() {
            (flash_note(Tone::Bad, words.not_saved, &html! { ul { @for one in problems { li { (text(one)) } } } }))
        }
    }
}

fn empty(view: &Roles) -> Markup {
    let words = &view.admin.frame.lang.words().matrix;
    html! {
        div.panel {
            div.empty {
                (icon(Icon::Key))
                h2 { (words.empty_title) }
                p { (words.empty) }
                @if view.editable { div.btn-row { a.btn.primary href=(NEW) { (words.new) } } }
            }
        }
    }
}

fn matrix(view: &Roles) -> Markup {
    let all = view.admin.frame.lang.words();
    let words = &all.matrix;
    html! {
        section.panel id="matrix" aria-labelledby="matrix-title" {
            div.panel-head {
                h2 id="matrix-title" { (words.title) }
                @if view.editable { p.aside.muted.small { (words.when) } }
            }
            @if view.editable {
                @for column in &view.columns {
                    input type="hidden" name="shown" value=(column.name);
                    input type="hidden" name={ "version-" (column.name) } value=(column.version);
                }
            }
            section.list-scroll aria-label=(words.caption) tabindex="0" {
                table.matrix {
                    caption { (words.caption) }
                    thead { (columns(view)) }
                    @for rows in view.rows.chunk_by(|a, b| scope(a) == scope(b)) { (group(view, rows)) }
                }
            }
            div.panel-foot {
                span.num { ((words.count)(view.total)) }
                (pager(view.admin.frame.lang, view.previous.as_ref(), view.next.as_ref(), "matrix"))
            }
        }
    }
}

fn scope(row: &Row) -> &str {
    row.permission.key.split('.').next().unwrap_or_default()
}

fn columns(view: &Roles) -> Markup {
    let all = view.admin.frame.lang.words();
    let words = &all.matrix;
    html! {
        tr {
            th scope="col" { (all.rights.permission) }
            th scope="col" {
                (tier(all, Tier::Superuser))
                small { ((words.people)(view.superusers)) }
            }
            @for column in &view.columns {
                th scope="col" {
                    a href=(role_path(&column.name, "")) { (column.display_name) }
                    small { ((words.people)(column.people)) }
                }
            }
        }
    }
}

fn group(view: &Roles, rows: &[Row]) -> Markup {
    let all = view.admin.frame.lang.words();
    html! {
        tbody {
            @if let Some(first) = rows.first() {
                tr.scope { th colspan=(view.columns.len() + 2) scope="rowgroup" { span { (all.rights.scope(&first.permission)) } } }
            }
            @for row in rows { (line(view, row)) }
        }
    }
}

fn line(view: &Roles, row: &Row) -> Markup {
    let all = view.admin.frame.lang.words();
    let label = all.rights.label(&row.permission);
    html! {
        tr {
            th scope="row" { (label) @if label != row.permission.key { code { (row.permission.key) } } }
            td { span.granted { (icon(Icon::Check)) span.vh { (all.matrix.always) } } }
            @for (column, cell) in view.columns.iter().zip(&row.cells) {
                td { (square(view, &column.name, &(all.matrix.cell)(&column.display_name, label), &row.permission.key, *cell)) }
            }
        }
    }
}

/// A box, or a mark where there is nothing to choose.
fn square(view: &Roles, role: &str, label: &str, key: &str, cell: Cell) -> Markup {
    let words = &view.admin.frame.lang.words().matrix;
    html! {
        @if view.editable {
            input type="checkbox" name="p" value={ (role) ":" (key) } aria-label=(label) checked[cell.checked]
                disabled[!cell.enabled];
        } @else if cell.checked {
            span.granted { (icon(Icon::Check)) span.vh { (words.yes) } }
        } @else if !cell.inherited {
            span.faint { span aria-hidden="true" { "–" } span.vh { (words.no) } }
        }
        @if cell.inherited { small.faint { (words.inherited) } }
    }
}

const NEW: &str = "/admin/roles/new";
pub(super) const INSPECT: &str = "/admin/roles/inspect";

/// A page or an action of one role.
pub(super) fn role_path(name: &str, action: &str) -> Href {
    Href::local(format!("/admin/roles/{name}{action}"))
}
