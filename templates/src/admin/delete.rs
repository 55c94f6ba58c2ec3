//! `/admin/users/{id}/delete`, and rejecting applications one by one or many at once.

use maud::{Markup, html};

use super::sheet::{self, Place, Sheet};
use super::table::user_path;
use crate::components::{Tone, flash, note};
use crate::forms::Form;
use crate::layout::dotted;
use crate::{AdminFrame, Href, Problem, When};

/// Asks before deleting a user. Posts `confirm` and, where there is an identity, `bar_identity=1`.
pub struct Delete {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// For addresses.
    pub id: String,
    /// For people.
    pub number: u64,
    /// What must be typed.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The email address.
    pub email: String,
    /// Live sessions.
    pub sessions: u64,
    /// The provider of the identity that can be barred.
    pub bar: Option<String>,
    /// The checkbox `bar_identity` as it was sent.
    pub bar_checked: bool,
    /// What was typed so far.
    pub typed: String,
    /// Whether Deactivate is another way: not for somebody who is inactive already.
    pub can_deactivate: bool,
    /// What was wrong; shown with 422.
    pub problem: Option<Problem>,
}

/// Asks before rejecting an application. Posts `message`, which may be empty, and `block=1`.
pub struct Application {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// For addresses.
    pub id: String,
    /// The login ID.
    pub username: String,
    /// The email address.
    pub email: String,
    /// When they applied.
    pub applied: When,
    /// What was typed as the message, after a problem.
    pub message: String,
    /// What was wrong; shown with 422.
    pub problem: Option<Problem>,
}

/// Asks before rejecting several applications. Posts to `/admin/users/bulk` with `action=reject`,
/// each `id`, `message` and `confirmed=1`.
pub struct Applications {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What was typed as the message, after a problem.
    pub message: String,
    /// What was wrong; shown with 422.
    pub problem: Option<Problem>,
    /// Those that were selected.
    pub selected: Vec<Selected>,
}

/// One of several selected applications.
pub struct Selected {
    /// For addresses.
    pub id: String,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The email address.
    pub email: String,
}

/// Draws the page for a user.
pub fn page(view: &Delete) -> Markup {
    let words = &view.admin.frame.lang.words().delete;
    let title = (words.title)(&view.username);
    sheet::page(&view.admin, &title, words.crumb, view.problem.is_some(), &draw(view, Place::Page))
}

/// Draws what the dialog shows for a user.
pub fn fragment(view: &Delete) -> Markup {
    draw(view, Place::Dialog)
}

fn draw(view: &Delete, place: Place) -> Markup {
    let lang = view.admin.frame.lang;
    let words = &lang.words().delete;
    let form = Form { lang, prefix: "delete-", problems: view.problem.as_slice() };
    let body = html! {
        @match &view.problem {
            Some(Problem::ConfirmMismatch { .. }) => (form.summary()),
            Some(other) => (flash(Tone::Bad, lang.words().refusals.title, &html! { p { (other.text(lang)) } })),
            None => {},
        }
        @if view.can_deactivate {
            (note(Tone::Info, &html! { p.title { (words.better_title) } p { (words.better) } }))
        }
        div.stack {
            p { ((words.permanently)(view.sessions)) }
            p.muted.small { (words.kept) }
        }
        @if let Some(provider) = &view.bar {
            label.tick {
                input type="checkbox" name="bar_identity" value="1" checked[view.bar_checked];
                span { ((words.bar)(provider)) span.hint { ((words.bar_hint)(provider)) } }
            }
        }
        (confirm(view, form))
    };
    let foot = html! {
        (place.cancel(lang, view.problem.is_none()))
        @if view.can_deactivate { button.btn type="submit" form="delete-deactivate" { (words.deactivate) } }
        button.btn.danger type="submit" data-confirm-button { (words.delete) }
    };
    let beside = html! {
        @if view.can_deactivate {
            form id="delete-deactivate" method="post" action=(user_path(&view.id, "/deactivate")) hidden {}
        }
    };
    let meta =
        dotted(&[html! { (view.display_name) }, html! { (view.email) }, html! { "ID " (view.number) }]);
    Sheet {
        lang,
        place,
        face: None,
        title: &(words.title)(&view.username),
        meta,
        action: Some(user_path(&view.id, "/delete")),
        body_focus: true,
        body,
        foot,
        beside,
    }
    .draw()
}

fn confirm(view: &Delete, form: Form<'_>) -> Markup {
    let words = &form.lang.words().delete;
    html! {
        div.field.wrong[form.invalid("confirm").is_some()] {
            label for="delete-confirm" { ((words.confirm)(&view.username)) }
            (form.message("confirm"))
            input.control id="delete-confirm" name="confirm" type="text" value=(view.typed) autocomplete="off"
                autocapitalize="none" spellcheck="false" required data-confirm=(view.username)
                aria-describedby=[form.described("confirm", false, None)] aria-invalid=[form.invalid("confirm")];
        }
    }
}

/// Draws the page for an application.
pub fn application(view: &Application) -> Markup {
    let words = &view.admin.frame.lang.words().delete;
    let error = view.problem.is_some();
    sheet::page(&view.admin, words.reject_title, words.reject_crumb, error, &one(view, Place::Page))
}

/// Draws what the dialog shows for an application.
pub fn application_fragment(view: &Application) -> Markup {
    one(view, Place::Dialog)
}

fn one(view: &Application, place: Place) -> Markup {
    let lang = view.admin.frame.lang;
    let words = &lang.words().delete;
    let form = Form { lang, prefix: "reject-", problems: view.problem.as_slice() };
    let meta = dotted(&[html! { (view.username) }, html! { (view.email) }, (words.applied)(&view.applied)]);
    Sheet {
        lang,
        place,
        face: None,
        title: words.reject_title,
        meta,
        action: Some(user_path(&view.id, "/delete")),
        body_focus: true,
        body: html! {
            (form.summary())
            p { (words.reject) }
            (message(form, &view.message))
            label.tick {
                input type="checkbox" name="block" value="1";
                span { ((words.block)(&view.email)) span.hint { (words.block_hint) } }
            }
        },
        foot: html! { (place.cancel(lang, true)) button.btn.danger type="submit" { (words.reject_button) } },
        beside: html! {},
    }
    .draw()
}

/// What the applicant is told.
fn message(form: Form<'_>, typed: &str) -> Markup {
    let words = &form.lang.words().delete;
    html! {
        div.field.wrong[form.invalid("message").is_some()] {
            label for="reject-message" {
                (words.message) " " span.optional { (form.lang.words().common.optional) }
            }
            p.hint id="reject-message-hint" { (words.message_hint) }
            (form.message("message"))
            textarea.control id="reject-message" name="message" rows="3"
                aria-describedby=[form.described("message", true, None)] aria-invalid=[form.invalid("message")] {
                // A browser drops one line break here; without this one it would be the person's.
                "\n" (typed)
            }
        }
    }
}

/// Draws the page for several applications.
pub fn applications(view: &Applications) -> Markup {
    let lang = view.admin.frame.lang;
    let words = &lang.words().delete;
    let n = view.selected.len();
    let title = (words.reject_many_title)(n);
    let form = Form { lang, prefix: "reject-", problems: view.problem.as_slice() };
    let body = html! {
        input type="hidden" name="action" value="reject";
        input type="hidden" name="confirmed" value="1";
        (form.summary())
        p { (words.reject_many) }
        (message(form, &view.message))
        ul.rows {
            @for one in &view.selected {
                li {
                    input type="hidden" name="id" value=(one.id);
                    span { strong { (one.username) } small { (dotted(&[html! { (one.display_name) }, html! { (one.email) }])) } }
                }
            }
        }
    };
    let sheet = Sheet {
        lang,
        place: Place::Page,
        face: None,
        title: &title,
        meta: html! { (lang.words().users.queue) },
        action: Some(Href::local("/admin/users/bulk")),
        body_focus: true,
        body,
        foot: html! {
            (Place::Page.cancel(lang, false))
            button.btn.danger type="submit" { ((words.reject_many_button)(n)) }
        },
        beside: html! {},
    };
    sheet::page(&view.admin, &title, words.reject_crumb, view.problem.is_some(), &sheet.draw())
}
