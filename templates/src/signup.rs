//! `/signup` and `/signup/received`

use maud::{Markup, html};

use crate::components::{Tone, hero, password_rules};
use crate::errors::reference;
use crate::forms::{Form, Kind, Text};
use crate::icons::{Icon, mark};
use crate::layout::gate;
use crate::{Frame, PasswordRule, Problem, When, strength};

/// The form for applicants.
pub struct Signup {
    /// What surrounds the page.
    pub frame: Frame,
    /// What was typed, the password excepted.
    pub values: Values,
    /// What is wrong with it, in the order of the fields; shown with 422.
    pub problems: Vec<Problem>,
    /// What the password is held to.
    pub password_rules: Vec<PasswordRule>,
    /// Whether the reason must be given.
    pub reason_required: bool,
    /// Whether a provider is configured, so that employees are told to use it.
    pub sso: bool,
}

/// What an applicant typed.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// Field `email`.
    pub email: String,
    /// Field `display_name`.
    pub display_name: String,
    /// Field `username`, which may stay empty.
    pub username: String,
    /// Field `reason`.
    pub reason: String,
}

/// What an applicant sees after the form: the same for everybody, known address or not.
pub struct Received {
    /// What surrounds the page.
    pub frame: Frame,
    /// The address that was typed, when the page still knows it.
    pub email: Option<String>,
    /// When the form arrived.
    pub sent: Option<When>,
    /// How far it has come.
    pub stage: Stage,
}

/// How far an application has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The applicant has to click a link that was mailed.
    Confirm,
    /// It waits for an administrator.
    Waits,
    /// It waits for an administrator, and the address is confirmed.
    Confirmed,
    /// The address is confirmed, and that was enough.
    Active,
}

/// Why there is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The setting says so (404).
    Disabled,
    /// There is no active superuser yet who could approve anybody (503).
    NoSuperuser,
    /// Too many applications from this address or in all (429).
    TooMany,
}

/// Draws the form.
pub fn page(view: &Signup) -> Markup {
    let all = view.frame.lang.words();
    let words = &all.signup;
    let form = Form { lang: view.frame.lang, prefix: "", problems: &view.problems };
    let main = html! {
        div.gate-head {
            (mark())
            div {
                h1 { (words.title) }
                p {
                    (words.reviewed)
                    @if view.sso {
                        " " ((words.staff)(&view.frame.organisation)) " "
                        a href="/login" { (words.use_sso) } "."
                    }
                }
            }
        }
        div.panel.roomy {
            (form.summary())
            form.form method="post" action="/signup" novalidate {
                (fields(view, form))
                button.btn.large.wide.primary type="submit" { (words.submit) }
            }
        }
        p.gate-next { (words.have_account) " " a href="/login" { (all.common.sign_in) } }
    };
    gate(&view.frame, words.title, !view.problems.is_empty(), &main)
}

fn fields(view: &Signup, form: Form<'_>) -> Markup {
    let all = view.frame.lang.words();
    let (words, values) = (&all.signup, &view.values);
    let email = Text {
        field: "email",
        label: all.common.email,
        value: &values.email,
        hint: Some(words.email_hint),
        autocomplete: "email",
        kind: Kind::Email,
        ..Text::default()
    };
    let display_name = Text {
        field: "display_name",
        label: all.common.display_name,
        value: &values.display_name,
        autocomplete: "name",
        ..Text::default()
    };
    let username = Text {
        field: "username",
        label: all.common.username,
        value: &values.username,
        hint: Some(words.username_hint),
        autocomplete: "username",
        kind: Kind::Code,
        optional: true,
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
        (form.text(email))
        (form.text(display_name))
        (form.text(username))
        div.stack {
            (form.text(password))
            (strength::meter(form.lang, "password", "password-rules"))
            (password_rules(form.lang, "password-rules", &view.password_rules))
        }
        div.field.wrong[form.invalid("reason").is_some()] {
            label for="reason" {
                (all.common.reason)
                @if !view.reason_required { " " span.optional { (all.common.optional) } }
            }
            p.hint id="reason-hint" { (words.reason_hint) }
            (form.message("reason"))
            textarea.control id="reason" name="reason" rows="3" required[view.reason_required]
                aria-describedby=[form.described("reason", true, None)] aria-invalid=[form.invalid("reason")] {
                // A browser drops one line break here; without this one it would be the person's.
                "\n" (values.reason)
            }
        }
    }
}

/// Draws the page after the form.
pub fn received(view: &Received) -> Markup {
    let all = view.frame.lang.words();
    let words = &all.signup;
    let sent = html! { @if let Some(sent) = &view.sent { p { ((words.sent)(sent)) } } };
    let title = match view.stage {
        Stage::Confirm => words.confirm_title,
        Stage::Waits => words.received_title,
        Stage::Confirmed => words.confirmed_title,
        Stage::Active => words.active_title,
    };
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(Tone::Good, Icon::CheckCircle, None, title, &sent))
            ol.steps {
                li.done {
                    strong { (words.applied) span.vh { (words.done) } }
                    @match &view.email { Some(email) => ((words.applied_as)(email)), None => (words.applied_plain) }
                }
                @match view.stage {
                    Stage::Confirm => li { strong { (words.confirm_step) } (words.confirm) },
                    Stage::Waits => {},
                    Stage::Confirmed | Stage::Active => {
                        li.done { strong { (words.confirmed_step) span.vh { (words.done) } }
                            @if view.stage == Stage::Active { (words.approved) } @else { (words.confirmed) }
                        }
                    },
                }
                @if view.stage != Stage::Active { li { strong { (words.review_title) } (words.review) } }
                li {
                    strong { (words.sign_in_title) }
                    @if view.stage == Stage::Active { (words.sign_in_now) } @else { (words.sign_in) }
                }
            }
            a.btn.large.wide.primary[view.stage == Stage::Active] href="/login" { (all.common.back_to_sign_in) }
        }
        @if matches!(view.stage, Stage::Confirm | Stage::Waits) {
            p.gate-next { (words.not_yours) " " a href="/signup" { (words.apply_again) } }
        }
    };
    gate(&view.frame, title, false, &main)
}

/// Draws the page in place of the form.
pub fn closed(frame: &Frame, why: Closed) -> Markup {
    let all = frame.lang.words();
    let words = &all.signup;
    let (title, text, picture) = match why {
        Closed::Disabled => (words.disabled_title, words.disabled, Icon::Lock),
        Closed::NoSuperuser => (words.no_superuser_title, words.no_superuser, Icon::Clock),
        Closed::TooMany => (words.too_many_title, words.too_many, Icon::Clock),
    };
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(Tone::Warn, picture, None, title, &html! { p { (text) } }))
            a.btn.large.wide href="/login" { (all.common.back_to_sign_in) }
            (reference(frame))
        }
    };
    gate(frame, title, false, &main)
}
