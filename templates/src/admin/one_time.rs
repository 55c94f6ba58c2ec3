//! What answers the button that generates a password: the one time that it is shown.

use maud::{Markup, html};

use super::sheet::{self, Place, Sheet};
use super::table::user_path;
use crate::components::{Tone, flash};
use crate::layout::dotted;
use crate::{AdminFrame, When};

/// A password that was set a moment ago.
pub struct OneTime {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// The user's id, for addresses.
    pub id: String,
    /// The running number.
    pub number: u64,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The password.
    pub password: String,
    /// Until when it is one.
    pub until: When,
}

/// Draws the page.
pub fn page(view: &OneTime) -> Markup {
    let lang = view.admin.frame.lang;
    let all = lang.words();
    let words = &all.one_time;
    let title = (words.title)(&view.display_name);
    let body = html! {
        (flash(Tone::Good, words.saved_title, &html! { p { (words.saved) } }))
        div.field {
            label for="one-time" { (words.label) }
            div.copied-from {
                input.control.mono id="one-time" type="text" readonly value=(view.password) autocomplete="off"
                    spellcheck="false" aria-describedby="one-time-once one-time-until";
                button.btn type="button" hidden data-copy="one-time" data-copied=(words.copied) { (words.copy) }
            }
            span.vh role="status" id="one-time-state" {}
            p.hint id="one-time-once" { (words.once) }
        }
        p id="one-time-until" { ((words.until)(&view.until)) }
    };
    let foot = html! {
        a.btn href=(user_path(&view.id, "")) { (all.edit.crumb) }
        a.btn.primary href="/admin/users" { (words.done) }
    };
    let meta = dotted(&[html! { (view.username) }, html! { "ID " (view.number) }]);
    let sheet = Sheet {
        lang,
        place: Place::Page,
        face: Some(&view.display_name),
        title: &title,
        meta,
        action: None,
        body_focus: false,
        body,
        foot,
        beside: html! {},
    };
    sheet::page(&view.admin, &title, words.crumb, false, &sheet.draw())
}
