//! The part of the edit form that decides what somebody may do.

use maud::{Markup, html};

use super::edit::Edit;
use super::queue::rejected;
use super::sheet::Place;
use super::table::user_path;
use crate::components::{Tone, note, tier_word};
use crate::forms::{Form, Kind, Text};
use crate::icons::{Icon, icon};
use crate::{Status, Tier};

pub(super) fn access(view: &Edit, form: Form<'_>, place: Place) -> Markup {
    let words = &form.lang.words().edit;
    let pending = view.user.status == Status::Pending;
    html! {
        section.part aria-labelledby="edit-access" {
            (place.heading("edit-access", words.access))
            @if pending { (waits(view)) }
            div.pair {
                @if !pending { (status(view, form)) }
                (tier(view, form))
            }
            @if view.can_change_tier { p.hint id="edit-tier-hint" { (words.tier_hint) } }
            (consequences(view))
            div.pair {
                (form.text(Text {
                    field: "expires",
                    label: words.expires,
                    value: &view.values.expires,
                    hint: Some(words.expires_hint),
                    autocomplete: "off",
                    kind: Kind::Date,
                    optional: true,
                    ..Text::default()
                }))
            }
        }
    }
}

/// What stands in place of the status of somebody who waits.
pub(super) fn waits(view: &Edit) -> Markup {
    let all = view.admin.frame.lang.words();
    let words = &all.edit;
    let content = html! {
        p.title { (words.waits_title) }
        p { (words.waits) }
        @if let Some(reason) = &view.user.reason { p { (all.common.reason) ": " (reason) } }
        @if let Some((at, message)) = &view.user.rejected {
            div.diff { (rejected(view.admin.frame.lang, at, message.as_deref())) }
        }
        // Whoever may change the account finds the button at the form's end, with what the form says.
        @if view.can_decide && view.read_only.is_some() {
            form.btn-row method="post" action=(user_path(&view.user.id, "/activate")) {
                button.btn.primary type="submit" { (icon(Icon::Check)) (words.activate) }
            }
        }
    };
    note(Tone::Warn, &content)
}

fn status(view: &Edit, form: Form<'_>) -> Markup {
    let words = &form.lang.words().common;
    let chosen = view.values.status;
    html! {
        div.field.wrong[form.invalid("status").is_some()] {
            label for="edit-status" { (words.status) }
            (form.message("status"))
            select.control id="edit-status" name="status"
                aria-describedby=[form.described("status", false, None)] aria-invalid=[form.invalid("status")] {
                option value="active" selected[chosen != Status::Inactive] { (words.active) }
                option value="inactive" selected[chosen == Status::Inactive] { (words.inactive) }
            }
        }
    }
}

fn tier(view: &Edit, form: Form<'_>) -> Markup {
    let all = form.lang.words();
    let chosen = view.values.tier;
    html! {
        div.field.wrong[form.invalid("tier").is_some()] {
            label for="edit-tier" { (all.common.user_type) }
            (form.message("tier"))
            @if view.can_change_tier {
                select.control id="edit-tier" name="tier"
                    aria-describedby=[form.described("tier", true, None)] aria-invalid=[form.invalid("tier")] {
                    option value="standard" selected[chosen == Tier::Standard] { (all.common.standard) }
                    option value="superuser" selected[chosen == Tier::Superuser] { (all.common.superuser) }
                }
            } @else {
                input.control id="edit-tier" type="text" value=(tier_word(all, view.values.tier)) readonly
                    aria-describedby=[form.described("tier", true, None)];
                p.hint id="edit-tier-hint" { (all.edit.tier_fixed) }
            }
        }
    }
}

/// Shown by the style sheet while the choice that causes them is selected.
fn consequences(view: &Edit) -> Markup {
    let words = &view.admin.frame.lang.words().edit;
    html! {
        @if view.user.status == Status::Active {
            div.note.warn.slim.if-inactive {
                (icon(Icon::Warning))
                p { strong { ((words.inactive_strong)(view.user.sessions)) } " " (words.inactive_rest) }
            }
        }
        @if view.can_change_tier {
            div.note.warn.slim.if-superuser {
                (icon(Icon::ShieldCheck))
                p { strong { (words.superuser_strong) } " " (words.superuser_rest) }
            }
        }
    }
}
