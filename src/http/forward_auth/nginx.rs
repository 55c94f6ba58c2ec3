//! `/verify`: what nginx (`auth_request`) and HAProxy ask. Every answer has an empty body, or nginx would open
//! a new connection for each; the proxy makes of it what the client gets.
use std::net::IpAddr;

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::Response,
};

use super::{Undecided, decide, empty, page_for, passed};
use crate::{
    gateway::{Original, Outcome, is_page_load},
    http::gate_pages::RETRY_AFTER,
    state::App,
};

pub(super) async fn verify(app: &App, headers: &HeaderMap, client: IpAddr) -> Response {
    let (original, outcome) = match decide(app, Original::from_nginx(headers, client), headers).await {
        Ok(decided) => decided,
        Err(Undecided::Malformed) => return empty(StatusCode::BAD_REQUEST, []),
        Err(Undecided::Away) => {
            return empty(StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER)]);
        }
    };
    let page_load = is_page_load(&original.method, headers);
    let lead_to = |page| [(header::LOCATION, page_for(&app.gate, &original, page))];
    match outcome {
        Outcome::Allowed { principal, .. } => passed(app, headers, principal.as_deref()),
        Outcome::SignIn if page_load => empty(StatusCode::UNAUTHORIZED, lead_to("/login")),
        Outcome::ChangePassword if page_load => empty(StatusCode::UNAUTHORIZED, lead_to("/account/password")),
        Outcome::SignIn | Outcome::ChangePassword => empty(StatusCode::UNAUTHORIZED, []),
        Outcome::Denied { .. } => empty(StatusCode::FORBIDDEN, lead_to("/denied")),
        Outcome::UnknownHost => empty(StatusCode::FORBIDDEN, []),
        Outcome::BadRequest(_) => empty(StatusCode::BAD_REQUEST, []),
    }
}
