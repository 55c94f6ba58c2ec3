//! `/account/identities/…`: an identity at a provider becomes a way into one's own account, or is one no longer.

use maud::{Markup, html};

use crate::components::{Tone, hero};
use crate::forms::{Form, Kind, Text};
use crate::icons::{Icon, mark};
use crate::layout::{gate_with_head, personal};
use crate::{Frame, Href, Problem};

/// Asks for the password of now. Posts `current_password` to the page's own address.
pub struct Prove {
    /// What surrounds the page.
    pub frame: Frame,
    /// What for.
    pub what: What,
    /// The provider's name for people.
    pub provider: String,
    /// The login ID, for password managers.
    pub username: String,
    /// Where the form goes.
    pub action: Href,
    /// What is wrong; shown with 422.
    pub problems: Vec<Problem>,
}

/// What a password is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// An identity is to be linked.
    Link,
    /// It is to be taken away.
    Unlink,
}

/// The page between the password and the provider. A form may not redirect to another origin under our policy, so this
/// one goes on by a meta refresh and has a link for whoever it does not carry along.
pub struct Onward {
    /// What surrounds the page.
    pub frame: Frame,
    /// The provider's name for people.
    pub provider: String,
    /// Begins the sign-in there.
    pub href: Href,
}

/// Draws the page that asks for the password.
pub fn prove(view: &Prove) -> Markup {
    let lang = view.frame.lang;
    let words = &lang.words().linking;
    let (title, lead, button) = match view.what {
        What::Link => ((words.link_title)(&view.provider), (words.link_lead)(&view.provider), words.go_on),
        What::Unlink => {
            ((words.unlink_title)(&view.provider), (words.unlink_lead)(&view.provider), words.unlink)
        }
    };
    let form = Form { lang, prefix: "", problems: &view.problems };
    let current = Text {
        field: "current_password",
        label: lang.words().password.current,
        autocomplete: "current-password",
        kind: Kind::Password,
        ..Text::default()
    };
    let main = html! {
        header.own-head { div { h1 { (title) } p.muted { (lead) } } }
        div.panel {
            div.panel-body {
                (form.summary())
                form.form method="post" action=(view.action) novalidate {
                    input type="hidden" name="username" autocomplete="username" value=(view.username);
                    (form.text(current))
                    div.btn-row {
                        button.btn.primary type="submit" { (button) }
                        a.btn.ghost href="/account" { (lang.words().password.not_now) }
                    }
                }
            }
        }
    };
    personal(&view.frame, &title, !view.problems.is_empty(), &main)
}

/// Draws the page that goes on to the provider.
pub fn onward(view: &Onward) -> Markup {
    let words = &view.frame.lang.words().linking;
    let go = html! { meta http-equiv="refresh" content={ "0;url=" (view.href) }; };
    let text = html! { p { ((words.onward)(&view.provider)) } };
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(Tone::Good, Icon::Check, None, words.onward_title, &text))
            a.btn.large.wide.primary href=(view.href) { ((words.onward_to)(&view.provider)) }
            a.btn.large.wide.ghost href="/account" { (words.back) }
        }
    };
    gate_with_head(&view.frame, words.onward_title, false, &go, &main)
}
