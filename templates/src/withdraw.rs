//! `/signup/withdraw` and `/signup/withdrawn`: an applicant takes the application back.

use maud::{Markup, html};

use crate::components::{Tone, hero};
use crate::icons::{Icon, mark};
use crate::layout::gate;
use crate::{Frame, When};

/// Asks before an application is taken back. Posts `token` and `confirmed=1` to `/signup/withdraw`.
pub struct Withdraw {
    /// What surrounds the page.
    pub frame: Frame,
    /// The hidden field `token`.
    pub token: String,
    /// The applicant's address.
    pub email: String,
    /// When they applied.
    pub applied: When,
}

/// Draws the question.
pub fn page(view: &Withdraw) -> Markup {
    let words = &view.frame.lang.words().withdraw;
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(Tone::Warn, Icon::Warning, None, words.title, &html! {
                p { ((words.applied)(&view.email, &view.applied)) }
                p { (words.consequence) }
            }))
            form.form method="post" action="/signup/withdraw" {
                input type="hidden" name="token" value=(view.token);
                input type="hidden" name="confirmed" value="1";
                button.btn.large.wide.danger type="submit" { (words.withdraw) }
            }
            a.btn.large.wide href="/login" { (words.keep) }
        }
    };
    gate(&view.frame, words.title, false, &main)
}

/// Draws the page afterwards.
pub fn done(frame: &Frame) -> Markup {
    let words = &frame.lang.words().withdraw;
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(Tone::Good, Icon::CheckCircle, None, words.done_title, &html! { p { (words.done) } }))
            a.btn.large.wide href="/signup" { (words.apply_again) }
        }
    };
    gate(frame, words.done_title, false, &main)
}

/// Draws the page for a form that is too old, or an application that was decided meanwhile (410).
pub fn over(frame: &Frame) -> Markup {
    let all = frame.lang.words();
    let words = &all.withdraw;
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(Tone::Warn, Icon::Clock, None, words.over_title, &html! { p { (words.over) } }))
            a.btn.large.wide.primary href="/login" { (all.common.sign_in) }
        }
    };
    gate(frame, words.over_title, false, &main)
}
