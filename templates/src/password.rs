//! `/account/password`

use maud::{Markup, html};

use crate::components::password_rules;
use crate::forms::{Form, Kind, Text};
use crate::icons::mark;
use crate::layout::{gate, personal};
use crate::{Frame, PasswordRule, Problem, strength};

/// The form for a new password of one's own. Posts `current_password`, `new_password` and `rd` to
/// `/account/password`.
pub struct ChangePassword {
    /// What surrounds the page.
    pub frame: Frame,
    /// Why the person has to choose one before going on; `None` where they chose to.
    pub must: Option<Must>,
    /// The hidden field `rd`: where to go afterwards.
    pub rd: Option<String>,
    /// The login ID, for password managers.
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

/// Why somebody has to choose a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Must {
    /// An administrator set the present one.
    SetByAdministrator,
    /// The present one is older than the policy allows.
    TooOld {
        /// How many days it allows.
        days: u64,
    },
}

/// Draws the page.
pub fn page(view: &ChangePassword) -> Markup {
    let frame = &view.frame;
    let words = &frame.lang.words().password;
    let error = !view.problems.is_empty();
    match view.must {
        Some(must) => gate(frame, words.must_title, error, &held(view, must)),
        None => personal(frame, words.title, error, &chosen(view)),
    }
}

/// For somebody who goes nowhere else before.
fn held(view: &ChangePassword, must: Must) -> Markup {
    let all = view.frame.lang.words();
    let words = &all.password;
    html! {
        div.gate-head {
            (mark())
            div {
                h1 { (words.must_title) }
                p {
                    @match must {
                        Must::SetByAdministrator => (words.set_by_administrator),
                        Must::TooOld { days } => ((words.too_old)(days)),
                    }
                }
            }
        }
        div.panel.roomy {
            (form(view, &html! { button.btn.large.wide.primary type="submit" { (words.save) } }))
        }
        form.gate-next method="post" action="/logout" {
            button.as-link type="submit" { (all.common.sign_out) }
        }
    }
}

/// For somebody who chose to.
fn chosen(view: &ChangePassword) -> Markup {
    let words = &view.frame.lang.words().password;
    let buttons = html! {
        div.btn-row {
            button.btn.primary type="submit" { (words.save) }
            a.btn.ghost href="/account" { (words.not_now) }
        }
    };
    html! {
        header.own-head { div { h1 { (words.title) } p.muted { (words.lead) } } }
        div.panel { div.panel-body { (form(view, &buttons)) } }
    }
}

fn form(view: &ChangePassword, buttons: &Markup) -> Markup {
    let lang = view.frame.lang;
    let words = &lang.words().password;
    let form = Form { lang, prefix: "", problems: &view.problems };
    let current = Text {
        field: "current_password",
        label: words.current,
        autocomplete: "current-password",
        kind: Kind::Password,
        ..Text::default()
    };
    let new = Text {
        field: "password",
        name: Some("new_password"),
        label: words.new,
        autocomplete: "new-password",
        kind: Kind::Password,
        described_by: Some("password-rules"),
        ..Text::default()
    };
    html! {
        (form.summary())
        form.form method="post" action="/account/password" novalidate {
            @if let Some(rd) = &view.rd { input type="hidden" name="rd" value=(rd); }
            // Password managers file the new password under this name.
            input type="hidden" name="username" autocomplete="username" value=(view.username);
            input type="hidden" name="email" value=(view.email);
            input type="hidden" name="display_name" value=(view.display_name);
            (form.text(current))
            div.stack {
                (form.text(new))
                (strength::meter(lang, "password", "password-rules"))
                (password_rules(lang, "password-rules", &view.password_rules))
            }
            (buttons)
        }
    }
}
