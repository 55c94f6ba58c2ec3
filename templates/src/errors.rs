//! Pages for every status that is no page of its own, and `/denied`.

use maud::{Markup, html};

use crate::components::{Tone, hero};
use crate::icons::{Icon, mark};
use crate::layout::gate;
use crate::{Frame, Href};

/// What went wrong. Needs a frame and nothing else, so that it can be shown when everything is away:
/// [`Frame::bare`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// 400
    BadRequest,
    /// 403: a form without a trustworthy origin.
    FormExpired,
    /// 403: the proxy that asked is not among `trusted_proxies`, or the address is not allowed here.
    Forbidden,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 413
    TooLarge,
    /// 429
    TooManyRequests,
    /// 500
    Internal,
    /// 502: the application behind the gate does not answer.
    BadGateway,
    /// 503: a store of ours does not answer.
    Unavailable,
    /// 504: the application behind the gate takes too long.
    GatewayTimeout,
    /// 508: one browser signed in again and again within seconds.
    SignInLoop,
}

/// Somebody who is signed in and may not go where they want to (403).
pub struct Denied {
    /// What surrounds the page.
    pub frame: Frame,
    /// Who is signed in.
    pub username: String,
    /// The host, and the path where it is known, that was asked for.
    pub place: String,
    /// What the person lacks.
    pub missing: Missing,
}

/// What would have let the person in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Only superusers may go there.
    Superuser,
    /// One of these roles, by name.
    Roles(Vec<String>),
    /// This permission.
    Permission(String),
    /// Another network than that of this address.
    Network(String),
    /// Another method than this one: no rule lets anybody use it there.
    Method(String),
    /// No rule lets anybody like them in.
    Rule,
}

impl Failure {
    /// The status it is sent with.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::FormExpired | Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TooLarge => 413,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::BadGateway => 502,
            Self::Unavailable => 503,
            Self::GatewayTimeout => 504,
            Self::SignInLoop => 508,
        }
    }

    const fn look(self) -> (Tone, Icon) {
        match self {
            Self::NotFound | Self::MethodNotAllowed | Self::BadRequest => (Tone::Info, Icon::Compass),
            Self::FormExpired | Self::Forbidden => (Tone::Warn, Icon::Lock),
            Self::TooLarge | Self::SignInLoop => (Tone::Warn, Icon::Warning),
            Self::TooManyRequests => (Tone::Warn, Icon::Clock),
            Self::Internal => (Tone::Bad, Icon::Alert),
            Self::BadGateway | Self::Unavailable | Self::GatewayTimeout => (Tone::Bad, Icon::Clock),
        }
    }
}

/// Draws the page.
pub fn page(frame: &Frame, failure: Failure) -> Markup {
    let all = frame.lang.words();
    let words = &all.errors;
    let (title, text) = match failure {
        Failure::BadRequest => words.bad_request,
        Failure::FormExpired => words.form_expired,
        Failure::Forbidden => words.forbidden,
        Failure::NotFound => words.not_found,
        Failure::MethodNotAllowed => words.method_not_allowed,
        Failure::TooLarge => words.too_large,
        Failure::TooManyRequests => words.too_many_requests,
        Failure::Internal => words.internal,
        Failure::BadGateway => words.bad_gateway,
        Failure::Unavailable => words.unavailable,
        Failure::GatewayTimeout => words.gateway_timeout,
        Failure::SignInLoop => words.sign_in_loop,
    };
    let code = (words.code)(failure.status());
    let (tone, picture) = failure.look();
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(tone, picture, Some(&code), title, &html! { p { (text) } }))
            div.stack { (onward(frame, failure)) }
            (reference(frame))
        }
    };
    gate(frame, title, true, &main)
}

fn onward(frame: &Frame, failure: Failure) -> Markup {
    let all = frame.lang.words();
    match failure {
        // An empty address is the page itself: trying again is the way onward.
        Failure::Internal | Failure::BadGateway | Failure::Unavailable | Failure::GatewayTimeout => {
            html! { a.btn.large.wide.primary href="" { (all.common.try_again) } }
        }
        Failure::SignInLoop => {
            html! { a.btn.large.wide.primary href=(frame.ours(Href::local("/login"))) { (all.common.sign_in) } }
        }
        _ => html! {
            a.btn.large.wide href=(frame.ours(Href::local("/account"))) { (all.errors.go_to_account) }
            a.btn.large.wide.ghost href=(frame.ours(Href::local("/login"))) { (all.common.sign_in) }
        },
    }
}

/// The request id, for whoever is asked for help.
pub(crate) fn reference(frame: &Frame) -> Markup {
    html! {
        p.reference { (frame.lang.words().common.reference) " " span.mono { (frame.reference) } }
    }
}

/// Draws the page for `/denied`.
pub fn denied(view: &Denied) -> Markup {
    let words = &view.frame.lang.words().errors;
    let code = (words.code)(403);
    let text = html! {
        p { ((words.signed_in_as)(&view.username)) " " ((words.place)(&view.place)) }
        p {
            @match &view.missing {
                Missing::Superuser => (words.missing_superuser),
                Missing::Roles(roles) => ((words.missing_roles)(&roles.join(", "))),
                Missing::Permission(key) => ((words.missing_permission)(key)),
                Missing::Network(address) => ((words.missing_network)(address)),
                Missing::Method(method) => ((words.missing_method)(method)),
                Missing::Rule => (words.missing_rule),
            }
        }
    };
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(Tone::Warn, Icon::Lock, Some(&code), words.denied_title, &text))
            div.stack {
                a.btn.large.wide href=(view.frame.ours(Href::local("/account"))) { (words.go_to_account) }
                // From another host the form would be refused as forged.
                @if view.frame.origin.is_none() {
                    form method="post" action="/logout" {
                        button.btn.large.wide.ghost type="submit" { (words.sign_in_as_other) }
                    }
                }
            }
            (reference(&view.frame))
        }
    };
    gate(&view.frame, words.denied_title, true, &main)
}
