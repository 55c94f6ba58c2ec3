//! A user as somebody sees them who may not change them, and the ways to more about them.

use maud::{Markup, html};

use super::access::waits;
use super::edit::{Edit, ReadOnly};
use super::grants;
use super::sheet::Place;
use crate::Status;
use crate::components::{Tone, email, note, status, tier};
use crate::icons::{Icon, icon};

/// In place of the fields.
pub(super) fn draw(view: &Edit, why: ReadOnly, place: Place) -> Markup {
    let all = view.admin.frame.lang.words();
    let words = &all.edit;
    let sentence = match why {
        ReadOnly::LookOnly => words.look_only.to_owned(),
        ReadOnly::OwnAccount => all.refusals.own_change.to_owned(),
        ReadOnly::MayMore => (all.refusals.may_more)(&view.user.username),
        ReadOnly::SuperuserOnly => (all.refusals.superuser_only)(&view.user.username),
    };
    html! {
        (note(Tone::Info, &html! { p { (sentence) } }))
        (links(view))
        @if view.user.status == Status::Pending { (waits(view)) }
        section.part aria-labelledby="edit-profile" {
            (place.heading("edit-profile", words.profile))
            dl.facts {
                dt { (all.common.display_name) } dd { (view.values.display_name) }
                dt { (all.common.email) } dd { (email(&view.values.email)) }
                dt { (all.account.login_id) } dd { (view.values.username) }
                dt { (all.common.status) } dd { (status(all, view.user.status)) }
                dt { (all.common.user_type) } dd { (tier(all, view.values.tier)) }
                @if !view.values.expires.is_empty() { dt { (words.expires) } dd.num { (view.values.expires) } }
            }
        }
        (grants::shown(view, place))
    }
}

/// What else there is to know of the user.
pub(super) fn links(view: &Edit) -> Markup {
    let all = view.admin.frame.lang.words();
    html! {
        @if view.history.is_some() || view.inspect.is_some() {
            div.btn-row {
                @if let Some(href) = &view.history {
                    a.btn.small href=(href) { (icon(Icon::Clock)) (all.edit.history) }
                }
                @if let Some(href) = &view.inspect {
                    a.btn.small href=(href) { (icon(Icon::Key)) (all.common.inspect) }
                }
            }
        }
    }
}
