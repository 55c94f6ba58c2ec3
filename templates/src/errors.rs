//! Pages for every status that is no page of its own, and `/denied`.

use maud::{Markup, html};

use crate::components::{Tone, hero};
use crate::icons::{Icon, mark};
use crate::layout::gate;
use crate::{Frame, Href, Lang};

/// What went wrong. Needs a frame and nothing else, so that it can be shown when everything is away:
/// [`Frame::bare`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// 400
    BadRequest,
    /// 401: something was sent by somebody who is not signed in any more.
    SignedOut,
    /// 403: a form without a trustworthy origin.
    FormExpired,
    /// 403: the proxy that asked is not among `trusted_proxies`, or the address is not allowed here.
    Forbidden,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 408: what was being sent stopped coming.
    NotArrived,
    /// 413
    TooLarge,
    /// 421: no such host is served here.
    Misdirected,
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

impl Missing {
    /// What it takes, and whom to ask.
    pub fn sentence(&self, lang: Lang) -> String {
        let words = &lang.words().errors;
        match self {
            Self::Superuser => words.missing_superuser.to_owned(),
            Self::Roles(roles) => (words.missing_roles)(&roles.join(", ")),
            Self::Permission(key) => (words.missing_permission)(key),
            Self::Network(address) => (words.missing_network)(address),
            Self::Method(method) => (words.missing_method)(method),
            Self::Rule => words.missing_rule.to_owned(),
        }
    }
}

impl Failure {
    /// The status it is sent with.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::SignedOut => 401,
            Self::FormExpired | Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::NotArrived => 408,
            Self::TooLarge => 413,
            Self::Misdirected => 421,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::BadGateway => 502,
            Self::Unavailable => 503,
            Self::GatewayTimeout => 504,
            Self::SignInLoop => 508,
        }
    }

    /// What is the matter, in one sentence without a full stop.
    pub fn title(self, lang: Lang) -> &'static str {
        self.words(lang).0
    }

    fn words(self, lang: Lang) -> (&'static str, &'static str) {
        let words = &lang.words().errors;
        match self {
            Self::BadRequest => words.bad_request,
            Self::SignedOut => words.signed_out,
            Self::FormExpired => words.form_expired,
            Self::Forbidden => words.forbidden,
            Self::NotFound => words.not_found,
            Self::MethodNotAllowed => words.method_not_allowed,
            Self::NotArrived => words.not_arrived,
            Self::TooLarge => words.too_large,
            Self::Misdirected => words.misdirected,
            Self::TooManyRequests => words.too_many_requests,
            Self::Internal => words.internal,
            Self::BadGateway => words.bad_gateway,
            Self::Unavailable => words.unavailable,
            Self::GatewayTimeout => words.gateway_timeout,
            Self::SignInLoop => words.sign_in_loop,
        }
    }

    const fn look(self) -> (Tone, Icon) {
        match self {
            Self::NotFound | Self::Misdirected | Self::MethodNotAllowed | Self::BadRequest => {
                (Tone::Info, Icon::Compass)
            }
            Self::SignedOut | Self::FormExpired | Self::Forbidden => (Tone::Warn, Icon::Lock),
            Self::TooLarge | Self::SignInLoop => (Tone::Warn, Icon::Warning),
            Self::NotArrived | Self::TooManyRequests => (Tone::Warn, Icon::Clock),
            Self::Internal => (Tone::Bad, Icon::Alert),
            Self::BadGateway | Self::Unavailable | Self::GatewayTimeout => (Tone::Bad, Icon::Clock),
        }
    }
}

/// Draws the page.
pub fn page(frame: &Frame, failure: Failure) -> Markup {
    let (title, text) = failure.words(frame.lang);
    let code = (frame.lang.words().errors.code)(failure.status());
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
        Failure::SignedOut | Failure::SignInLoop => {
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
        p { (view.missing.sentence(view.frame.lang)) }
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
