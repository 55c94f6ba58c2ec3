//! `/forgot-password` and `/reset-password`

use maud::{Markup, html};

use crate::components::{Tone, hero, password_rules};
use crate::errors::reference;
use crate::forms::{Form, Kind, Text};
use crate::icons::{Icon, mark};
use crate::layout::gate;
use crate::{Frame, PasswordRule, Problem, strength};

/// The form that asks for a link. Posts `email` to `/forgot-password`.
pub struct Forgot {
    /// What surrounds the page.
    pub frame: Frame,
    /// What was typed, kept after a problem.
    pub email: String,
    /// What is wrong with it; shown with 422.
    pub problems: Vec<Problem>,
    /// Whether a provider is configured, so that its people are told that nothing of theirs is here.
    pub sso: bool,
}

/// The form for a new password, by a mailed link. Posts `token` and `new_password` to `/reset-password`.
pub struct Reset {
    /// What surrounds the page.
    pub frame: Frame,
    /// The hidden field `token`: what stands in the mail.
    pub token: String,
    /// The login ID, for the person and for password managers.
    pub username: String,
    /// The address, for the meter.
    pub email: String,
    /// The name, for the meter.
    pub display_name: String,
    /// What the password is held to.
    pub password_rules: Vec<PasswordRule>,
    /// What is wrong; shown with 422.
    pub problems: Vec<Problem>,
}

/// Draws the form that asks for a link.
pub fn forgot(view: &Forgot) -> Markup {
    let all = view.frame.lang.words();
    let words = &all.recovery;
    let form = Form { lang: view.frame.lang, prefix: "", problems: &view.problems };
    let email = Text {
        field: "email",
        label: all.common.email,
        value: &view.email,
        autocomplete: "email",
        kind: Kind::Email,
        ..Text::default()
    };
    let main = html! {
        div.gate-head { (mark()) div { h1 { (words.title) } p { (words.lead) } } }
        div.panel.roomy {
            (form.summary())
            form.form method="post" action="/forgot-password" novalidate {
                (form.text(email))
                button.btn.large.wide.primary type="submit" { (words.send) }
            }
            @if view.sso { p.hint { (words.sso) } }
        }
        p.gate-next { (words.remembered) " " a href="/login?local=1" { (all.common.sign_in) } }
    };
    gate(&view.frame, words.title, !view.problems.is_empty(), &main)
}

/// Draws what everybody sees who asked for a link, whatever the address.
pub fn sent(frame: &Frame) -> Markup {
    let all = frame.lang.words();
    let words = &all.recovery;
    let text = html! { p { (words.sent) } p { (words.sent_again) } };
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(Tone::Info, Icon::Info, None, words.sent_title, &text))
            a.btn.large.wide href="/login?local=1" { (all.common.back_to_sign_in) }
        }
        p.gate-next { (words.not_there) " " a href="/forgot-password" { (words.another) } }
    };
    gate(frame, words.sent_title, false, &main)
}

/// Draws the form for a new password.
pub fn reset(view: &Reset) -> Markup {
    let lang = view.frame.lang;
    let words = &lang.words().recovery;
    let form = Form { lang, prefix: "", problems: &view.problems };
    let new = Text {
        field: "password",
        name: Some("new_password"),
        label: words.new,
        autocomplete: "new-password",
        kind: Kind::Password,
        described_by: Some("password-rules"),
        ..Text::default()
    };
    let main = html! {
        div.gate-head {
            (mark())
            div { h1 { (words.reset_title) } p { ((words.reset_for)(&view.username)) } }
        }
        div.panel.roomy {
            (form.summary())
            form.form method="post" action="/reset-password" novalidate {
                input type="hidden" name="token" value=(view.token);
                // Password managers file the new password under this name.
                input type="hidden" name="username" autocomplete="username" value=(view.username);
                input type="hidden" name="email" value=(view.email);
                input type="hidden" name="display_name" value=(view.display_name);
                div.stack {
                    (form.text(new))
                    (strength::meter(lang, "password", "password-rules"))
                    (password_rules(lang, "password-rules", &view.password_rules))
                }
                button.btn.large.wide.primary type="submit" { (words.save) }
            }
            p.hint { (words.reset_ends) }
        }
    };
    gate(&view.frame, words.reset_title, !view.problems.is_empty(), &main)
}

/// Draws the page for a link that is not, or no longer, good (410).
pub fn void(frame: &Frame) -> Markup {
    let all = frame.lang.words();
    let words = &all.recovery;
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(Tone::Warn, Icon::Clock, None, words.void_title, &html! { p { (words.void) } }))
            a.btn.large.wide.primary href="/forgot-password" { (words.again) }
            a.btn.large.wide href="/login?local=1" { (all.common.back_to_sign_in) }
            (reference(frame))
        }
    };
    gate(frame, words.void_title, true, &main)
}
