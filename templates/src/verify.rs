//! `/verify-email`: the page of the link that an applicant is mailed.

use maud::{Markup, html};

use crate::components::{Tone, hero, note};
use crate::errors::reference;
use crate::forms::{Form, Kind, Text};
use crate::icons::{Icon, mark};
use crate::layout::gate;
use crate::{Frame, Problem, When};

/// Asks the reader of a mail to confirm the address. Posts `token` and `password` to `/verify-email`; opening it
/// changes nothing, because programs open links, too. The password shows that the reader is the applicant: anybody
/// can apply with anybody's address.
pub struct Verify {
    /// What surrounds the page.
    pub frame: Frame,
    /// The hidden field `token`.
    pub token: String,
    /// The address that is to be confirmed.
    pub email: String,
    /// What was typed as the name.
    pub name: String,
    /// When the form was sent.
    pub applied: When,
    /// Whether nobody decides on it afterwards.
    pub at_once: bool,
    /// What is wrong; shown with 422.
    pub problems: Vec<Problem>,
}

/// Why there is nothing to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The link was used, is too old, or is not ours (410).
    Gone,
    /// The address has an account (409).
    Known,
    /// Too many wait already; the link stays good (429).
    Full,
}

/// Draws the question.
pub fn page(view: &Verify) -> Markup {
    let all = view.frame.lang.words();
    let words = &all.verify;
    let form = Form { lang: view.frame.lang, prefix: "", problems: &view.problems };
    let password = Text {
        field: "password",
        label: all.common.password,
        hint: Some(words.password_hint),
        autocomplete: "current-password",
        kind: Kind::Password,
        ..Text::default()
    };
    let lead = if view.at_once { words.lead_at_once } else { words.lead };
    let main = html! {
        div.gate-head { (mark()) div { h1 { (words.title) } p { (lead) } } }
        div.panel.roomy {
            (form.summary())
            dl.facts {
                dt { (all.common.email) } dd { (view.email) }
                dt { (all.common.display_name) } dd { (view.name) }
                dt { (words.applied) } dd { (view.applied) " " span.num { (view.applied.minute()) } " UTC" }
            }
            form.form method="post" action="/verify-email" novalidate {
                input type="hidden" name="token" value=(view.token);
                (form.text(password))
                button.btn.large.wide.primary type="submit" { (words.confirm) }
            }
            (note(Tone::Info, &html! { p.title { (words.not_you_title) } p { (words.not_you) } }))
        }
    };
    gate(&view.frame, words.title, !view.problems.is_empty(), &main)
}

/// Draws the page in place of the question.
pub fn over(frame: &Frame, why: Over) -> Markup {
    let all = frame.lang.words();
    let words = &all.verify;
    let (title, text) = match why {
        Over::Gone => (words.gone_title, words.gone),
        Over::Known => (words.known_title, words.known),
        Over::Full => (words.full_title, words.full),
    };
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(Tone::Warn, Icon::Clock, None, title, &html! { p { (text) } }))
            @if why != Over::Full { a.btn.large.wide.primary href="/login" { (all.common.sign_in) } }
            @if why == Over::Gone { a.btn.large.wide href="/signup" { (words.apply_again) } }
            (reference(frame))
        }
    };
    gate(frame, title, false, &main)
}
