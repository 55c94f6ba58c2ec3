//! `/verify`: other proxies ask here before they let a request through.
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::visit::client_address;
use crate::{
    domain::time::Time,
    gateway::{Gate, Original, Outcome, is_page_load},
    state::App,
};

/// Seconds after which a proxy may ask again.
pub(super) const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// The address of whoever is connected to us; the unspecified one when the server did not say.
pub(super) fn peer(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip().to_canonical())
}

/// `https://auth.example.com/login?rd=…`, or without the address when it is none of ours.
pub(super) fn page_for(gate: &Gate, original: &Original, page: &str) -> HeaderValue {
    let origin = gate.hosts().origin();
    let location = match gate.return_to(original) {
        Some(rd) => format!("{origin}{page}?rd={}", rd.as_query_value()),
        None => format!("{origin}{page}"),
    };
    HeaderValue::try_from(location).expect("hosts, paths and escaped addresses are plain ASCII")
}

/// What nginx (`auth_request`) and HAProxy ask. Every answer that is no mistake of the proxy's has an empty
/// body, or nginx would open a new connection for each.
pub(super) async fn verify(app: &App, request: Request) -> Response {
    if !knows_proxy(app, &request) {
        return empty(StatusCode::FORBIDDEN, []);
    }
    if request.uri().query().is_some() {
        return mistake(StatusCode::BAD_REQUEST, "this gateway answers /verify without a query only");
    }
    let headers = request.headers();
    let client = client_address(peer(&request), headers, &app.config.trusted_proxies);
    let original = match Original::from_nginx(headers, client) {
        Ok(original) => original,
        Err(malformed) => {
            tracing::info!(reason = %malformed, "/verify refused a request that cannot be judged");
            return empty(StatusCode::BAD_REQUEST, []);
        }
    };
    let (ids, now) = (app.cookies.gate(headers), app.clock.now());
    match app.gate.authorize(&app.gate_parts(), &original, &ids, now).await {
        Ok(outcome) => answer(app, &original, headers, &outcome, now),
        Err(error) => unavailable(&error),
    }
}

fn unavailable(error: &(dyn std::error::Error + 'static)) -> Response {
    tracing::error!(error, "/verify could not decide; nobody passes");
    empty(StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER)])
}

fn answer(app: &App, original: &Original, headers: &HeaderMap, outcome: &Outcome<'_>, now: Time) -> Response {
    match outcome {
        Outcome::Allowed { principal, upstream } => {
            let identity = match app.gate.identity(&app.keyring, upstream, principal.as_deref(), now) {
                Ok(identity) => identity,
                Err(error) => return unavailable(&error),
            };
            let cookie = app.cookies.without_ours(headers).unwrap_or(HeaderValue::from_static(""));
            let mut response = empty(StatusCode::OK, [(header::COOKIE, cookie)]);
            response.headers_mut().extend(HeaderMap::clone(&identity));
            response
        }
        Outcome::SignIn if is_page_load(&original.method, headers) => {
            empty(StatusCode::UNAUTHORIZED, [(header::LOCATION, page_for(&app.gate, original, "/login"))])
        }
        Outcome::ChangePassword if is_page_load(&original.method, headers) => {
            let page = page_for(&app.gate, original, "/account/password");
            empty(StatusCode::UNAUTHORIZED, [(header::LOCATION, page)])
        }
        Outcome::SignIn | Outcome::ChangePassword => empty(StatusCode::UNAUTHORIZED, []),
        Outcome::Denied { .. } => {
            empty(StatusCode::FORBIDDEN, [(header::LOCATION, page_for(&app.gate, original, "/denied"))])
        }
        Outcome::UnknownHost => {
            tracing::info!(host = %original.host, "/verify was asked about a host that is no [[upstream]]");
            empty(StatusCode::FORBIDDEN, [])
        }
        Outcome::BadRequest(reason) => {
            tracing::info!(reason, "/verify refused a request that cannot be judged");
            empty(StatusCode::BAD_REQUEST, [])
        }
    }
}

/// The other families of headers come with their own doors: being taken for nginx would judge by headers
/// that such a proxy lets clients set.
pub(super) fn other_family(app: &App, request: &Request) -> Response {
    if !knows_proxy(app, request) {
        return empty(StatusCode::FORBIDDEN, []);
    }
    mistake(StatusCode::NOT_FOUND, "this gateway answers /verify only")
}

/// Whether the peer may ask; says in the log when it may not.
fn knows_proxy(app: &App, request: &Request) -> bool {
    let peer = peer(request);
    let known = app.config.trusted_proxies.iter().any(|network| network.contains(&peer));
    if !known {
        tracing::warn!(%peer, "somebody asked /verify who is not in trusted_proxies; if it is your proxy, add its address there");
    }
    known
}

fn empty(status: StatusCode, headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>) -> Response {
    let mut response = status.into_response();
    response.headers_mut().extend(headers);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    response
}

fn mistake(status: StatusCode, why: &'static str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], why).into_response()
}
