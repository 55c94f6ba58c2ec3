//! `/verify`: what nginx (`auth_request`) and HAProxy ask. Every answer has an empty body, or nginx would open
//! a new connection for each; the proxy makes of it what the client gets.
use std::net::IpAddr;

use axum::{
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Undecided, decide, empty, page_for, passed};
use crate::{
    gateway::{Gate, Original, Outcome, is_page_load},
    http::gate_pages::RETRY_AFTER,
    state::App,
};

pub(super) async fn verify(app: &App, headers: &HeaderMap, client: IpAddr) -> Response {
    let (original, outcome) = match decide(app, Original::from_nginx(headers, client), headers).await {
        Ok(decided) => decided,
        Err(Undecided::Malformed) => return empty(StatusCode::BAD_REQUEST, []),
        Err(Undecided::Foreign) => return empty(StatusCode::FORBIDDEN, []),
        Err(Undecided::Away) => {
            return empty(StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER)]);
        }
    };
    let page_load = || is_page_load(&original.method, headers);
    let lead_to = |page| [(header::LOCATION, page_for(&app.gate, &original, page))];
    match outcome {
        Outcome::Allowed { principal, upstream } => passed(app, headers, upstream, principal.as_deref()),
        Outcome::SignIn if page_load() => empty(StatusCode::UNAUTHORIZED, lead_to("/login")),
        Outcome::ChangePassword if page_load() => {
            empty(StatusCode::UNAUTHORIZED, lead_to("/account/password"))
        }
        Outcome::SignIn | Outcome::ChangePassword => empty(StatusCode::UNAUTHORIZED, []),
        Outcome::Denied { .. } => {
            empty(StatusCode::FORBIDDEN, [(header::LOCATION, denied_page(&app.gate, &original))])
        }
        Outcome::UnknownHost => empty(StatusCode::FORBIDDEN, []),
        Outcome::BadRequest(_) => empty(StatusCode::BAD_REQUEST, []),
    }
}

/// `https://auth.example.com/denied?rd=…`, with the method unless it is that of every page.
fn denied_page(gate: &Gate, original: &Original) -> HeaderValue {
    let page = page_for(gate, original, "/denied");
    if matches!(original.method, Method::GET | Method::HEAD) {
        return page;
    }
    let page = String::from_utf8_lossy(page.as_bytes());
    let mark = if page.contains('?') { '&' } else { '?' };
    let method = utf8_percent_encode(original.method.as_str(), NON_ALPHANUMERIC);
    let location = format!("{page}{mark}method={method}");
    HeaderValue::try_from(location).expect("what is escaped is plain ASCII")
}
