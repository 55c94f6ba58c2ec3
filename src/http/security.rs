//! Headers that every page carries, and forms that only our own pages may send.
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use templates::errors::Failure;

use super::{Error, error::failed};
use crate::state::App;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types narthex";

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Not `no-referrer`: with it some browsers send `Origin: null` with our own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Adds the headers of A-88 to every answer that has none of its own.
pub(super) async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if app.config.public_url.scheme() == "https" {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(year);
    }
    response
}

/// Refuses a change that carries our cookie but says nothing of where it comes from; the CSRF layer lets
/// such pass, for programs that have no cookies.
pub(super) async fn origin_required(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let says_one = |name: &str| headers.get(name).is_some_and(|value| !value.is_empty());
    let says = says_one(header::ORIGIN.as_str()) || says_one("sec-fetch-site");
    if !request.method().is_safe() && !says && app.cookies.has_any(headers) {
        return Error::FormExpired.into_response();
    }
    next.run(request).await
}

/// What the CSRF layer answers.
pub(super) fn forged(_error: tower_http::csrf::ProtectionError) -> Response {
    failed(Failure::FormExpired)
}
