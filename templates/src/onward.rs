//! `/continue` and `/signed-out`

use maud::{Markup, html};

use crate::components::{Tone, hero};
use crate::icons::{Icon, mark};
use crate::layout::{gate, gate_with_head};
use crate::{Frame, Href};

/// The page that a sign-in ends on. A form may not redirect to another origin under our policy, so
/// this one goes on by a meta refresh and has a link for whoever it does not carry along.
pub struct Continue {
    /// What surrounds the page.
    pub frame: Frame,
    /// The host that the link leads to.
    pub host: String,
    /// The return address, proven to be ours.
    pub href: Href,
}

/// Draws the page that goes on.
pub fn continue_page(view: &Continue) -> Markup {
    let words = &view.frame.lang.words().onward;
    let go = html! { meta http-equiv="refresh" content={ "0;url=" (view.href) }; };
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(Tone::Good, Icon::Check, None, words.continue_title, &html! { p { ((words.continuing)(&view.host)) } }))
            a.btn.large.wide.primary href=(view.href) { ((words.continue_to)(&view.host)) }
        }
    };
    gate_with_head(&view.frame, words.continue_title, false, &go, &main)
}

/// The page after signing out.
pub struct SignedOut {
    /// What surrounds the page.
    pub frame: Frame,
    /// Where the person may still be signed in.
    pub elsewhere: Option<ElsewhereToo>,
}

/// The provider that the person signed in with.
pub struct ElsewhereToo {
    /// What people call it.
    pub provider: String,
    /// Where one signs out there.
    pub href: Href,
}

/// Draws the page after signing out.
pub fn signed_out(view: &SignedOut) -> Markup {
    let SignedOut { frame, elsewhere } = view;
    let words = &frame.lang.words().onward;
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(Tone::Good, Icon::Check, None, words.signed_out_title, &html! { p { (words.signed_out) } }))
            a.btn.large.wide.primary href="/login" { (words.sign_in_again) }
            @if let Some(there) = elsewhere {
                a.btn.large.wide href=(there.href) rel="noreferrer" { ((words.sign_out_there)(&there.provider)) }
            }
        }
    };
    gate(frame, words.signed_out_title, false, &main)
}
