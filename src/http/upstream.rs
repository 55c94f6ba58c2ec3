//! Which host a request is for: an upstream's goes through the gate to the upstream, whatever its path; our
//! pages answer on our own host only.
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    forward_auth::{page_for, peer},
    gate_pages::Asker,
    visit::client_address,
};
use crate::{
    domain::host::{Host, Scheme},
    gateway::{Failure, Forward, Original, Outcome, Passing, is_page_load},
    state::App,
};

/// Sends each request to where its host belongs.
pub(super) async fn dispatch(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(host) = asked_host(&request, app.gate.hosts().scheme()) else {
        return say(StatusCode::BAD_REQUEST, "The request must name one host, and only one.");
    };
    if app.gate.upstream(&host).is_some_and(|upstream| upstream.url.is_some()) {
        return through_the_gate(&app, request, host).await;
    }
    if host == *app.gate.hosts().own() || answers_everywhere(request.uri()) {
        return next.run(request).await;
    }
    say(StatusCode::MISDIRECTED_REQUEST, "This host is not served here.")
}

/// The one host that the request names, in its Host header and, if it is there too, in its target.
fn asked_host(request: &Request, scheme: Scheme) -> Option<Host> {
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

/// What proxies, upstreams and monitoring ask under whatever name they know us by.
fn answers_everywhere(uri: &Uri) -> bool {
    let path = uri.path();
    matches!(path, "/verify" | "/.well-known/jwks.json" | "/livez" | "/readyz")
        || path.starts_with("/verify/")
}

async fn through_the_gate(app: &App, request: Request, host: Host) -> Response {
    if matches!(*request.method(), Method::TRACE | Method::CONNECT) {
        return say(StatusCode::METHOD_NOT_ALLOWED, "This method is not passed on.");
    }
    let scheme = app.gate.hosts().scheme();
    let client = client_address(peer(&request), request.headers(), &app.config.trusted_proxies);
    let (method, uri) = (request.method().clone(), request.uri());
    let original = match Original::from_request(method, uri, scheme, host, client) {
        Ok(original) => original,
        Err(malformed) => {
            return say(StatusCode::BAD_REQUEST, &format!("The request is refused: {malformed}."));
        }
    };
    let ids = app.cookies.gate(request.headers());
    let page_load = is_page_load(&original.method, request.headers());
    let asker = Asker::of(request.headers());
    match app.gate.authorize(&app.gate_parts(), &original, &ids, app.clock.now()).await {
        Ok(Outcome::Allowed { principal, upstream }) => {
            let forward = Forward {
                upstream,
                identity: app.gate.identity(principal.as_deref()),
                passing: &Passing::new(original, ids, principal.as_deref()),
                cookie: app.cookies.without_ours(request.headers()),
            };
            pass(app, request, forward).await
        }
        Ok(Outcome::SignIn) if page_load => see_other(page_for(&app.gate, &original, "/login")),
        Ok(Outcome::ChangePassword) if page_load => {
            see_other(page_for(&app.gate, &original, "/account/password"))
        }
        Ok(Outcome::SignIn) => say(StatusCode::UNAUTHORIZED, "Sign in first."),
        Ok(Outcome::ChangePassword) => say(StatusCode::UNAUTHORIZED, "Choose a new password first."),
        Ok(Outcome::Denied { .. }) if page_load => see_other(page_for(&app.gate, &original, "/denied")),
        Ok(Outcome::Denied { principal, missing }) => asker.denied(app, &original, &principal, &missing),
        Ok(Outcome::UnknownHost) => asker.failure(app, templates::errors::Failure::Forbidden),
        Ok(Outcome::BadRequest(reason)) => {
            say(StatusCode::BAD_REQUEST, &format!("The request is refused: {reason}."))
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the gate could not decide; nobody passes"
            );
            asker.failure(app, templates::errors::Failure::Unavailable)
        }
    }
}

async fn pass(app: &App, request: Request, forward: Forward<'_>) -> Response {
    let (passing, upstream) = (forward.passing, forward.upstream);
    let still =
        |moved| async move { app.gate.still_lets(&app.gate_parts(), passing, moved, app.clock.now()).await };
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
            failed(&failure)
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

fn failed(failure: &Failure) -> Response {
    let (status, sentence) = match failure {
        Failure::TooLarge => {
            (StatusCode::PAYLOAD_TOO_LARGE, "The request is larger than this application takes.")
        }
        Failure::Unreachable(_) | Failure::NoAddress => {
            (StatusCode::BAD_GATEWAY, "The application does not answer. Try again in a moment.")
        }
        Failure::TimedOut => {
            (StatusCode::GATEWAY_TIMEOUT, "The application takes too long to answer. Try again in a moment.")
        }
        Failure::Stalled => (StatusCode::REQUEST_TIMEOUT, "The request did not arrive."),
        Failure::Cut => (StatusCode::UNAUTHORIZED, "Sign in first."),
        Failure::Handshake => (StatusCode::BAD_REQUEST, "The WebSocket handshake is incomplete."),
        Failure::ForeignOrigin => {
            (StatusCode::FORBIDDEN, "A page of another site may not open a WebSocket here.")
        }
        Failure::Expectation => {
            (StatusCode::EXPECTATION_FAILED, "The request expects what nobody here can do.")
        }
    };
    say(status, sentence)
}

fn see_other(location: HeaderValue) -> Response {
    let headers =
        [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// A sentence without a page: on an upstream's host none of our styles and scripts are to be had.
fn say(status: StatusCode, sentence: &str) -> Response {
    let headers: [(HeaderName, &str); 4] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, format!("{sentence}\n")).into_response()
}
