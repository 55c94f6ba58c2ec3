//! `/admin/roles/new` and `/admin/roles/{name}`

use maud::{Markup, html};

use super::rights::{Barred, Choice, Permission};
use super::roles::role_path;
use super::sheet::{Place, Sheet};
use super::{Flash, flash, holders};
use crate::components::{Tone, flash as flash_note, note};
use crate::forms::{Form, Kind, Text};
use crate::layout::{Admin, Entry, crumbs};
use crate::messages::Words;
use crate::{AdminFrame, Href, Problem};

pub use super::holders::{Add, Deletion, Holder, Line, NotAdded, People};

/// One role. Posts to `/admin/roles/{name}`, a new one to `/admin/roles/new`: `name` (new only),
/// `display_name`, `description`, `permission` = key for each ticked one, `supervises` = name for each
/// ticked one, `version`. A box that is barred is not sent, so what it says stays as it is.
pub struct Role {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What happened before.
    pub flash: Option<Flash>,
    /// The name of a role that exists; `None` for a new one.
    pub name: Option<String>,
    /// What the fields hold: as stored at first, as typed after a problem.
    pub values: Values,
    /// The hidden field `version`; empty for a new one.
    pub version: String,
    /// What is wrong with the fields; shown with 422.
    pub problems: Vec<Problem>,
    /// Somebody else saved the role meanwhile; shown with 409.
    pub conflict: Option<Conflict>,
    /// Whether the viewer may change the role; otherwise everything is only shown.
    pub editable: bool,
    /// The whole catalogue.
    pub permissions: Vec<PermissionChoice>,
    /// Every other role.
    pub supervises: Vec<RoleChoice>,
    /// Who holds it; `None` for a new one.
    pub people: Option<People>,
    /// The form that adds people; `None` where the viewer may not.
    pub add: Option<Add>,
    /// Whether it can be deleted; `None` where the viewer may not or it is new.
    pub delete: Option<Deletion>,
}

/// What the fields hold.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// Field `name`.
    pub name: String,
    /// Field `display_name`.
    pub display_name: String,
    /// Field `description`.
    pub description: String,
}

/// Two people changed the same role.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Who was faster, when it is known.
    pub by: Option<String>,
}

/// A permission that the role may grant.
pub struct PermissionChoice {
    /// Which.
    pub permission: Permission,
    /// It is ticked.
    pub checked: bool,
    /// Why it cannot be ticked or unticked.
    pub barred: Option<Barred>,
    /// The display names of supervised roles that have it.
    pub inherited_from: Vec<String>,
}

/// A role that this one may supervise.
pub struct RoleChoice {
    /// Its name.
    pub name: String,
    /// Its display name.
    pub display_name: String,
    /// It is ticked.
    pub checked: bool,
    /// Why it cannot be ticked or unticked.
    pub barred: Option<Barred>,
}

/// Draws the page.
pub fn page(view: &Role) -> Markup {
    let lang = view.admin.frame.lang;
    let all = lang.words();
    let title = if view.name.is_some() { view.values.display_name.as_str() } else { all.matrix.new };
    let main = html! {
        (crumbs(&view.admin, &[(all.common.roles, Href::local(ALL))], title))
        @if let Some(happened) = &view.flash { (flash::draw(lang, happened)) }
        div.panel { @if view.editable { (form(view, title)) } @else { (shown(view, title)) } }
        @if let Some(name) = &view.name { (holders::draw(lang, view, name)) }
    };
    Admin {
        admin: &view.admin,
        title,
        error: !view.problems.is_empty() || view.conflict.is_some() || holders::refused(view),
        entry: Entry::Roles,
        narrow: true,
        main,
        dialog: None,
    }
    .draw()
}

const ALL: &str = "/admin/roles";

fn form(view: &Role, title: &str) -> Markup {
    let lang = view.admin.frame.lang;
    let all = lang.words();
    let words = &all.role;
    let form = Form { lang, prefix: "role-", problems: &view.problems };
    let body = html! {
        @if view.name.is_some() { input type="hidden" name="version" value=(view.version); }
        @if let Some(conflict) = &view.conflict {
            (flash_note(Tone::Bad, &(words.conflict_title)(conflict.by.as_deref()), &html! { p { (words.conflict) } }))
        }
        (form.summary())
        (names(view, form))
        section.part aria-labelledby="role-permissions" {
            h2 id="role-permissions" { (words.permissions) }
            (form.message("permissions"))
            div.pair.dense { @for one in &view.permissions { (permission(all, one)) } }
        }
        section.part aria-labelledby="role-roles" {
            h2 id="role-roles" { (words.supervises) }
            p.hint { (words.supervises_hint) }
            (form.message("roles"))
            @if view.supervises.is_empty() { p.muted { (words.no_others) } } @else {
                div.pair.dense { @for one in &view.supervises { (supervised(all, one)) } }
            }
        }
    };
    let foot = html! {
        a.btn href=(ALL) { (all.common.cancel) }
        button.btn.primary type="submit" { @if view.name.is_some() { (all.edit.save) } @else { (words.create) } }
    };
    Sheet {
        lang,
        place: Place::Page,
        face: None,
        title,
        meta: html! { @match &view.name { Some(name) => code { (name) }, None => (all.matrix.lead) } },
        action: Some(role_path(view.name.as_deref().unwrap_or("new"), "")),
        body_focus: true,
        body,
        foot,
        beside: html! {},
    }
    .draw()
}

fn names(view: &Role, form: Form<'_>) -> Markup {
    let all = form.lang.words();
    let words = &all.role;
    let name = Text {
        field: "name",
        label: words.name,
        value: &view.values.name,
        hint: Some(words.name_hint),
        autocomplete: "off",
        kind: Kind::Code,
        ..Text::default()
    };
    let display_name = Text {
        field: "display_name",
        label: all.common.display_name,
        value: &view.values.display_name,
        hint: Some(words.display_name_hint),
        autocomplete: "off",
        ..Text::default()
    };
    let description = Text {
        field: "description",
        label: words.description,
        value: &view.values.description,
        hint: Some(words.description_hint),
        autocomplete: "off",
        optional: true,
        ..Text::default()
    };
    html! {
        section.part aria-labelledby="sheet-title" {
            @if view.name.is_none() { (form.text(name)) }
            (form.text(display_name))
            (form.text(description))
        }
    }
}

fn permission(all: &Words, one: &PermissionChoice) -> Markup {
    let label = all.rights.label(&one.permission);
    Choice {
        name: "permission",
        offered: "offered-permission",
        value: &one.permission.key,
        checked: one.checked,
        barred: one.barred,
        label: html! {
            (label)
            @if label != one.permission.key { code.hint { (one.permission.key) } }
            @if !one.inherited_from.is_empty() {
                span.hint { ((all.rights.inherited_from)(&(all.common.list)(&one.inherited_from))) }
            }
        },
    }
    .draw(all)
}

fn supervised(all: &Words, one: &RoleChoice) -> Markup {
    Choice {
        name: "supervises",
        offered: "offered-supervises",
        value: &one.name,
        checked: one.checked,
        barred: one.barred,
        label: html! { (one.display_name) code.hint { (one.name) } },
    }
    .draw(all)
}

/// The role for somebody who may only look.
fn shown(view: &Role, title: &str) -> Markup {
    let all = view.admin.frame.lang.words();
    let words = &all.role;
    let has = |one: &&PermissionChoice| one.checked || !one.inherited_from.is_empty();
    let permissions: Vec<_> = view.permissions.iter().filter(has).collect();
    let supervised: Vec<_> = view.supervises.iter().filter(|one| one.checked).collect();
    html! {
        div.sheet-head { div { h1 { (title) } p { code { (view.values.name) } } } }
        div.sheet-body {
            (note(Tone::Info, &html! { p { (words.looking) } }))
            @if !view.values.description.is_empty() { p { (view.values.description) } }
            section.part aria-labelledby="role-permissions" {
                h2 id="role-permissions" { (words.permissions) }
                @if permissions.is_empty() { p.muted { (words.no_permissions) } } @else {
                    ul.rows {
                        @for one in permissions {
                            li {
                                span {
                                    strong { (all.rights.label(&one.permission)) }
                                    small { code { (one.permission.key) } }
                                    @if !one.inherited_from.is_empty() {
                                        small { ((all.rights.inherited_from)(&(all.common.list)(&one.inherited_from))) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            section.part aria-labelledby="role-roles" {
                h2 id="role-roles" { (words.supervises) }
                @if supervised.is_empty() { p.muted { (words.supervises_none) } } @else {
                    ul.rows {
                        @for one in supervised {
                            li { a href=(role_path(&one.name, "")) { (one.display_name) } code.faint { (one.name) } }
                        }
                    }
                }
            }
        }
    }
}
