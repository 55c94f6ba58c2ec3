//! The part of the edit form about roles, direct permissions and where they come from.

use maud::{Markup, html};

use super::edit::Edit;
use super::rights::{Barred, Choice, Permission, Provenance};
use super::sheet::Place;
use crate::components::role_chips;
use crate::forms::Form;
use crate::icons::{Icon, icon};
use crate::messages::Words;

/// A role that the user holds or could be given. Posts `role` = name where it is ticked, and
/// `offered-role` = name for each box that can be ticked or unticked; a role that is not offered stays as it is.
pub struct RoleChoice {
    /// In kebab-case.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// In one line; may be empty.
    pub description: String,
    /// The user holds it, or it was ticked.
    pub checked: bool,
    /// A provider or the approval gave it, so that it is not taken away here.
    pub given_by: Option<Provenance>,
    /// Why it cannot be ticked or unticked.
    pub barred: Option<Barred>,
}

/// A permission that is granted or denied to the user directly. Posts `perm-<key>` = `inherit`, `grant` or
/// `deny`; one that is barred is not sent and stays as it is.
pub struct PermissionChoice {
    /// Which.
    pub permission: Permission,
    /// What is chosen.
    pub direct: Direct,
    /// Why it cannot be changed.
    pub barred: Option<Barred>,
}

/// What is said of a permission for one user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direct {
    /// `inherit`: as the roles say.
    #[default]
    Inherit,
    /// `grant`
    Grant,
    /// `deny`: whatever the roles say.
    Deny,
}

/// Roles and direct permissions, to be changed.
pub(super) fn draw(view: &Edit, form: Form<'_>, place: Place) -> Markup {
    let all = form.lang.words();
    let words = &all.edit;
    html! {
        @if !view.roles.is_empty() {
            section.part aria-labelledby="edit-roles" {
                (place.heading("edit-roles", words.roles))
                (form.message("roles"))
                div.pair.dense { @for one in &view.roles { (role(all, one)) } }
            }
        }
        @if !view.permissions.is_empty() {
            details.more id="edit-permissions" open[form.invalid("permissions").is_some()] {
                summary {
                    (icon(Icon::ChevronRight))
                    (words.permissions)
                    span.aside.muted.small { (counted(all, &view.permissions)) }
                }
                div {
                    p.hint { (words.permissions_hint) }
                    (form.message("permissions"))
                    @for (at, one) in view.permissions.iter().enumerate() { (permission(all, at, one)) }
                }
            }
        }
    }
}

fn role(all: &Words, one: &RoleChoice) -> Markup {
    let label = html! {
        (one.display_name)
        @if !one.description.is_empty() { span.hint { (one.description) } }
    };
    html! {
        @match &one.given_by {
            Some(from) => {
                label.tick.barred {
                    input type="checkbox" checked disabled;
                    span { (label) span.hint { ((all.edit.given)(&all.rights.provenance(from))) } }
                }
            },
            None => {
                (Choice {
                    name: "role",
                    offered: "offered-role",
                    value: &one.name,
                    checked: one.checked,
                    barred: one.barred,
                    label,
                }.draw(all))
            },
        }
    }
}

fn counted(all: &Words, permissions: &[PermissionChoice]) -> String {
    let count = |direct| permissions.iter().filter(|one| one.direct == direct).count() as u64;
    (all.edit.permissions_count)(count(Direct::Grant), count(Direct::Deny))
}

fn permission(all: &Words, at: usize, one: &PermissionChoice) -> Markup {
    let words = &all.edit;
    let label = all.rights.label(&one.permission);
    let options = [
        (Direct::Inherit, "inherit", words.inherit),
        (Direct::Grant, "grant", words.grant),
        (Direct::Deny, "deny", words.deny),
    ];
    html! {
        div.grant {
            label for={ "edit-perm-" (at) } {
                (label)
                @if label != one.permission.key { code { (one.permission.key) } }
                @if let Some(why) = one.barred { span.hint { (all.rights.barred(why)) } }
            }
            select.control id={ "edit-perm-" (at) } name={ "perm-" (one.permission.key) } disabled[one.barred.is_some()] {
                @for (direct, value, word) in options {
                    option value=(value) selected[one.direct == direct] { (word) }
                }
            }
        }
    }
}

/// The same for somebody who may only look.
pub(super) fn shown(view: &Edit, place: Place) -> Markup {
    let all = view.admin.frame.lang.words();
    let words = &all.edit;
    let held = view.roles.iter().filter(|one| one.checked || one.given_by.is_some());
    let roles: Vec<_> = held.map(|one| one.display_name.clone()).collect();
    let direct: Vec<_> = view.permissions.iter().filter(|one| one.direct != Direct::Inherit).collect();
    html! {
        section.part aria-labelledby="edit-roles" {
            (place.heading("edit-roles", words.roles))
            @if roles.is_empty() { p.muted { (all.inspect.no_roles) } } @else { (role_chips(&roles)) }
        }
        @if !direct.is_empty() {
            section.part aria-labelledby="edit-permissions" {
                (place.heading("edit-permissions", words.permissions))
                ul.rows {
                    @for one in direct {
                        li {
                            span {
                                strong { (all.rights.label(&one.permission)) }
                                small { code { (one.permission.key) } }
                            }
                            @if one.direct == Direct::Deny { span.tag.dot.no { (words.deny) } }
                            @else { span.tag.dot.on { (words.grant) } }
                        }
                    }
                }
            }
        }
    }
}
