//! `/setup`: the first superuser, by the link that `serve` prints.

use maud::{Markup, html};

use crate::components::{Tone, hero, password_rules};
use crate::errors::reference;
use crate::forms::{Form, Kind, Text};
use crate::icons::{Icon, mark};
use crate::layout::gate;
use crate::{Frame, PasswordRule, Problem, strength};

/// The form for the first superuser.
pub struct Setup {
    /// What surrounds the page.
    pub frame: Frame,
    /// The hidden field `token`.
    pub token: String,
    /// What was typed, the password excepted.
    pub values: Values,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// What the password is held to.
    pub password_rules: Vec<PasswordRule>,
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// Field `username`.
    pub username: String,
    /// Field `email`.
    pub email: String,
    /// Field `display_name`.
    pub display_name: String,
}

/// Where the setup link leads when there is no form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The superuser was made just now.
    Done {
        /// Their login ID.
        username: String,
    },
    /// There has been a superuser before.
    AlreadyDone,
    /// Not the link that this gateway printed.
    InvalidLink,
}

/// Draws the form.
pub fn page(view: &Setup) -> Markup {
    let all = view.frame.lang.words();
    let words = &all.setup;
    let form = Form { lang: view.frame.lang, prefix: "", problems: &view.problems };
    let main = html! {
        div.gate-head { (mark()) div { h1 { (words.title) } p { (words.lead) } } }
        div.panel.roomy {
            (form.summary())
            form.form method="post" action="/setup" novalidate {
                input type="hidden" name="token" value=(view.token);
                (fields(view, form))
                button.btn.large.wide.primary type="submit" { (words.submit) }
            }
        }
    };
    gate(&view.frame, words.title, !view.problems.is_empty(), &main)
}

fn fields(view: &Setup, form: Form<'_>) -> Markup {
    let all = view.frame.lang.words();
    let username = Text {
        field: "username",
        label: all.common.username,
        value: &view.values.username,
        hint: Some(all.setup.username_hint),
        autocomplete: "username",
        kind: Kind::Code,
        ..Text::default()
    };
    let email = Text {
        field: "email",
        label: all.common.email,
        value: &view.values.email,
        autocomplete: "email",
        kind: Kind::Email,
        ..Text::default()
    };
    let display_name = Text {
        field: "display_name",
        label: all.common.display_name,
        value: &view.values.display_name,
        autocomplete: "name",
        ..Text::default()
    };
    let password = Text {
        field: "password",
        label: all.common.password,
        autocomplete: "new-password",
        kind: Kind::Password,
        described_by: Some("password-rules"),
        ..Text::default()
    };
    html! {
        (form.text(username))
        (form.text(email))
        (form.text(display_name))
        div.stack {
            (form.text(password))
            (strength::meter(form.lang, "password", "password-rules"))
            (password_rules(form.lang, "password-rules", &view.password_rules))
        }
    }
}

/// Draws the page without a form.
pub fn outcome(frame: &Frame, outcome: &Outcome) -> Markup {
    let all = frame.lang.words();
    let words = &all.setup;
    let (tone, picture, title, text) = match outcome {
        Outcome::Done { username } => {
            (Tone::Good, Icon::CheckCircle, words.done_title, (words.done)(username))
        }
        Outcome::AlreadyDone => (Tone::Info, Icon::Lock, words.already_title, html! { (words.already) }),
        Outcome::InvalidLink => (Tone::Bad, Icon::Alert, words.invalid_title, html! { (words.invalid) }),
    };
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(tone, picture, None, title, &html! { p { (text) } }))
            @if tone == Tone::Bad {
                a.btn.large.wide href="/login" { (all.common.back_to_sign_in) }
                (reference(frame))
            } @else {
                a.btn.large.wide.primary href="/login" { (all.common.sign_in) }
            }
        }
    };
    gate(frame, title, tone == Tone::Bad, &main)
}
