//! Which host a request is for: an upstream's goes through the gate to the upstream, whatever its path; our
//! pages answer on our own host only.
use std::net::{IpAddr, SocketAddr};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use hyper::body::Incoming;
use templates::errors::Failure as Said;
use tower::ServiceExt as _;

use super::{
    forward_auth::{self, page_for},
    gate_pages::Asker,
    visit::client_address,
};
use crate::{
    domain::host::{Host, Scheme},
    gateway::{Failure, Forward, HangUp, Original, Outcome, Passing, is_page_load},
    state::App,
};

/// Sends each request to where its host belongs. What proxies ask takes the shortest way; the others are boxed,
/// so that a connection that idles is small.
pub(super) async fn dispatch(
    app: &App,
    pages: &Router,
    peer: SocketAddr,
    hang_up: HangUp,
    request: Request<Incoming>,
) -> Response {
    if !is_plainly_framed(request.headers()) {
        tracing::info!("a request whose Transfer-Encoding is not `chunked` alone was refused");
        return ambiguous(app, request.headers());
    }
    let Some(host) = asked_host(&request, app.gate.hosts().scheme()) else {
        tracing::info!("a request that names no host, or more than one, was refused");
        return ambiguous(app, request.headers());
    };
    if app.gate.upstream(&host).is_some_and(|upstream| upstream.url.is_some()) {
        return Box::pin(through_the_gate(app, peer.ip().to_canonical(), hang_up, request, host)).await;
    }
    let path = request.uri().path();
    if path == "/verify" || path.starts_with("/verify/") {
        let (parts, _body) = request.into_parts();
        return forward_auth::answer(app, peer.ip().to_canonical(), &parts).await;
    }
    if host == *app.gate.hosts().own() || answers_everywhere(path) {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        return pages.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    }
    tracing::info!(%host, "a request for a host that is neither ours nor an [[upstream]]'s was refused");
    Asker::of(request.headers()).failure(app, Said::Misdirected)
}

/// The one coding that everybody undoes alike (RFC 9112 §7), named once. Where a length came beside it hyper has
/// forgotten that length, and closes the connection after the request (§6.1).
fn is_plainly_framed(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (lines.next(), lines.next()) {
        (None, _) => true,
        (Some(line), None) => line.as_bytes().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    }
}

/// The one host that the request names, in its Host header and, if it is there too, in its target.
fn asked_host<B>(request: &Request<B>, scheme: Scheme) -> Option<Host> {
    let mut lines = request.headers().get_all(header::HOST).iter();
    let host = Host::parse(lines.next()?.to_str().ok()?, scheme)?;
    if lines.next().is_some() {
        return None;
    }
    match request.uri().authority() {
        Some(authority) if Host::parse(authority.as_str(), scheme).as_ref() != Some(&host) => None,
        _ => Some(host),
    }
}

/// What upstreams and monitoring ask under whatever name they know us by.
fn answers_everywhere(path: &str) -> bool {
    matches!(path, "/.well-known/jwks.json" | "/livez" | "/readyz")
}

async fn through_the_gate(
    app: &App,
    peer: IpAddr,
    hang_up: HangUp,
    request: Request<Incoming>,
    host: Host,
) -> Response {
    let headers = request.headers();
    let says = |said| Asker::of(headers).failure(app, said);
    if matches!(*request.method(), Method::TRACE | Method::CONNECT) {
        return says(Said::MethodNotAllowed);
    }
    let scheme = app.gate.hosts().scheme();
    let client = client_address(peer, headers, &app.config.trusted_proxies);
    let original = match Original::from_request(request.method().clone(), request.uri(), scheme, host, client)
    {
        Ok(original) => original,
        Err(malformed) => {
            tracing::info!(reason = %malformed, "a request that cannot be judged was refused");
            return ambiguous(app, headers);
        }
    };
    let ids = app.cookies.gate(headers);
    let first = |page| match is_page_load(&original.method, headers) {
        true => see_other(page_for(&app.gate, &original, page)),
        false => says(Said::SignedOut),
    };
    let undecided = |error: &(dyn std::error::Error + 'static)| {
        tracing::error!(error, "the gate could not decide; nobody passes");
        says(Said::Unavailable)
    };
    let now = app.clock.now();
    match app.gate.authorize(&app.gate_parts(), &original, &ids, now).await {
        Ok(Outcome::Allowed { principal, upstream }) => {
            let known = principal.as_deref();
            let identity = match app.gate.identity(&app.keyring, upstream, known, now) {
                Ok(identity) => identity,
                Err(error) => return undecided(&error),
            };
            let passing = &Passing::new(original, ids, app.gate.fingerprint(upstream, known), hang_up);
            let cookie = app.cookies.without_ours(headers);
            pass(app, request, Forward { upstream, passing, identity, cookie }).await
        }
        Ok(Outcome::SignIn) => first("/login"),
        Ok(Outcome::ChangePassword) => first("/account/password"),
        Ok(Outcome::Denied { principal, missing }) => {
            Asker::of(headers).denied(app, &original, &principal, &missing)
        }
        Ok(Outcome::UnknownHost) => says(Said::Forbidden),
        Ok(Outcome::BadRequest(reason)) => {
            tracing::info!(reason, "a request that cannot be judged was refused");
            ambiguous(app, headers)
        }
        Err(error) => undecided(&error),
    }
}

async fn pass(app: &App, request: Request<Incoming>, forward: Forward<'_>) -> Response {
    let (passing, upstream) = (forward.passing, forward.upstream);
    let asker = Asker::of(request.headers());
    let still = |is_use| async move {
        app.gate.still_lets(&app.gate_parts(), passing, is_use, app.clock.now()).await
    };
    match app.gate.forward(request, forward, still).await {
        Ok(mut answer) => {
            keep_our_cookies(app, answer.headers_mut());
            answer.map(Body::new)
        }
        Err(failure) => {
            tracing::warn!(
                upstream = %upstream.name,
                error = &failure as &dyn std::error::Error,
                "a request did not reach its application"
            );
            asker.failure(app, said(&failure))
        }
    }
}

/// An upstream writes its own cookies, never ours.
fn keep_our_cookies(app: &App, headers: &mut HeaderMap) {
    let ours = |line: &HeaderValue| app.cookies.writes_ours(line);
    if !headers.get_all(header::SET_COOKIE).iter().any(ours) {
        return;
    }
    let kept: Vec<_> =
        headers.get_all(header::SET_COOKIE).iter().filter(|line| !ours(line)).cloned().collect();
    headers.remove(header::SET_COOKIE);
    for line in kept {
        headers.append(header::SET_COOKIE, line);
    }
}

/// Whoever sends what can be read in two ways is not listened to any longer.
fn ambiguous(app: &App, headers: &HeaderMap) -> Response {
    let mut response = Asker::of(headers).failure(app, Said::BadRequest);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// What people are told instead of the application's answer.
const fn said(failure: &Failure) -> Said {
    match failure {
        Failure::TooLarge => Said::TooLarge,
        Failure::Stalled => Said::NotArrived,
        Failure::Unreachable(_) | Failure::NoAddress => Said::BadGateway,
        Failure::TimedOut => Said::GatewayTimeout,
        Failure::SignedOut => Said::SignedOut,
        Failure::Denied | Failure::ForeignOrigin => Said::Forbidden,
        Failure::Changed | Failure::Undecided(_) => Said::Unavailable,
        Failure::Handshake | Failure::Expectation | Failure::TargetTooLong => Said::BadRequest,
    }
}

fn see_other(location: HeaderValue) -> Response {
    let headers =
        [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}
