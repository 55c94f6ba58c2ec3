//! `/verify`: other proxies ask here before they let a request through. The address they ask at says which
//! family of headers describes the request, and no other is read: a client could have sent it.
use std::net::IpAddr;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::{gate_pages::RETRY_AFTER, visit::client_address};
use crate::{
    config::Upstream,
    gateway::{Gate, Known, Malformed, Original, Outcome, is_foreign_socket},
    state::App,
};

mod envoy;
mod nginx;
mod redirect;

/// Answers a proxy in its own way.
pub(super) async fn answer(app: &App, peer: IpAddr, parts: &Parts) -> Response {
    if !app.config.trusted_proxies.iter().any(|network| network.contains(&peer)) {
        tracing::warn!(%peer, "somebody asked /verify who is not in trusted_proxies; if it is your proxy, add its address there");
        return empty(StatusCode::FORBIDDEN, []);
    }
    let client = client_address(peer, &parts.headers, &app.config.trusted_proxies);
    let path = parts.uri.path();
    if path.starts_with(envoy::BEFORE) {
        return envoy::verify(app, parts, client).await;
    }
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return mistake(StatusCode::METHOD_NOT_ALLOWED, "proxies ask by GET");
    }
    match (path, parts.uri.query()) {
        ("/verify", None) => nginx::verify(app, &parts.headers, client).await,
        ("/verify", Some("mode=redirect")) => redirect::verify(app, &parts.headers, client).await,
        ("/verify", Some(_)) => {
            mistake(StatusCode::BAD_REQUEST, "ask at /verify or at /verify?mode=redirect")
        }
        _ => mistake(
            StatusCode::NOT_FOUND,
            "ask at /verify, at /verify?mode=redirect, or with /verify/envoy before the path",
        ),
    }
}

/// `https://auth.example.com/login?rd=…`, or without the address when it is none of ours.
pub(super) fn page_for(gate: &Gate, original: &Original, page: &str) -> HeaderValue {
    let origin = gate.hosts().origin();
    let location = match gate.return_to(original) {
        Some(rd) => format!("{origin}{page}?rd={rd}"),
        None => format!("{origin}{page}"),
    };
    HeaderValue::try_from(location).expect("hosts, paths and escaped addresses are plain ASCII")
}

/// Why there is no decision about a request; it does not pass.
enum Undecided {
    /// It cannot be read in one way only.
    Malformed,
    /// A page of another site opens a WebSocket.
    Foreign,
    /// Sessions or accounts cannot be read.
    Away,
}

/// The one decision, about what a proxy told.
async fn decide<'a>(
    app: &'a App,
    told: Result<Original, Malformed>,
    headers: &HeaderMap,
) -> Result<(Original, Outcome<'a>), Undecided> {
    let original = told.map_err(|malformed| {
        tracing::info!(reason = %malformed, "/verify refused a request that cannot be judged");
        Undecided::Malformed
    })?;
    let ids = app.cookies.gate(headers);
    match app.gate.authorize(&app.gate_parts(), &original, &ids, app.clock.now()).await {
        Ok(outcome) => {
            match outcome {
                Outcome::Allowed { upstream, .. }
                    if is_foreign_socket(
                        headers,
                        &original,
                        app.gate.hosts().scheme(),
                        &upstream.origins,
                    ) =>
                {
                    tracing::info!(
                        upstream = upstream.name,
                        "a page of another site may not open a WebSocket; if it should, add it to `origins` in the [[upstream]]"
                    );
                    return Err(Undecided::Foreign);
                }
                Outcome::UnknownHost => {
                    tracing::info!(host = %original.host, "/verify was asked about a host that is no [[upstream]]");
                }
                Outcome::BadRequest(reason) => {
                    tracing::info!(reason, "/verify refused a request that cannot be judged");
                }
                _ => {}
            }
            Ok((original, outcome))
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "/verify could not decide; nobody passes"
            );
            Err(Undecided::Away)
        }
    }
}

/// It may pass, with every identity header, and without our cookies.
fn passed(app: &App, headers: &HeaderMap, upstream: &Upstream, principal: Option<&Known>) -> Response {
    let identity = match app.gate.identity(&app.keyring, upstream, principal, app.clock.now()) {
        Ok(identity) => identity,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "/verify lets nobody pass");
            return empty(StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER)]);
        }
    };
    let cookie = app.cookies.without_ours(headers).unwrap_or(HeaderValue::from_static(""));
    let mut headers = HeaderMap::clone(&identity);
    headers.insert(header::COOKIE, cookie);
    bare(StatusCode::OK, headers)
}

fn empty(status: StatusCode, headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>) -> Response {
    bare(status, HeaderMap::from_iter(headers))
}

fn bare(status: StatusCode, mut headers: HeaderMap) -> Response {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    let mut response = Response::new(Body::empty());
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    response
}

fn mistake(status: StatusCode, why: &'static str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], why).into_response()
}
