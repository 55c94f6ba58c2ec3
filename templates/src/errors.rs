//! Pages for every status that is no page of its own, and `/denied`.

use maud::{Markup, html};

use crate::Frame;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Only superusers may go there.
    Superuser,
    /// No rule lets anybody like them in.
    Rule,
}

/// Draws the page.
pub fn page(_frame: &Frame, _failure: Failure) -> Markup {
    html! {}
}

/// Draws the page for `/denied`.
pub fn denied(_view: &Denied) -> Markup {
    html! {}
}
