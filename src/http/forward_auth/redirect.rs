//! `/verify?mode=redirect`: what Traefik and Caddy ask. They hand every answer but 200 to the client as it is.
use std::net::IpAddr;

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use templates::errors::Failure;

use super::{Undecided, decide, empty, page_for, passed};
use crate::{
    gateway::{Original, Outcome, is_page_load},
    http::gate_pages::Asker,
    state::App,
};

pub(super) async fn verify(app: &App, headers: &HeaderMap, client: IpAddr) -> Response {
    answer(app, headers, decide(app, Original::from_forwarded(headers, client), headers).await)
}

/// The answer for a client whose headers these are.
pub(super) fn answer(
    app: &App,
    headers: &HeaderMap,
    decided: Result<(Original, Outcome<'_>), Undecided>,
) -> Response {
    let asker = Asker::of(headers);
    let (original, outcome) = match decided {
        Ok(decided) => decided,
        Err(Undecided::Malformed) => return asker.failure(app, Failure::BadRequest),
        Err(Undecided::Foreign) => return asker.failure(app, Failure::Forbidden),
        Err(Undecided::Away) => return asker.failure(app, Failure::Unavailable),
    };
    let page_load = is_page_load(&original.method, headers);
    let go_to =
        |page| empty(StatusCode::SEE_OTHER, [(header::LOCATION, page_for(&app.gate, &original, page))]);
    match outcome {
        Outcome::Allowed { principal, upstream } => passed(app, headers, upstream, principal.as_deref()),
        Outcome::SignIn if page_load => go_to("/login"),
        Outcome::ChangePassword if page_load => go_to("/account/password"),
        Outcome::SignIn | Outcome::ChangePassword => asker.failure(app, Failure::SignedOut),
        Outcome::Denied { principal, missing } => asker.denied(app, &original, &principal, &missing),
        Outcome::UnknownHost => asker.failure(app, Failure::Forbidden),
        Outcome::BadRequest(_) => asker.failure(app, Failure::BadRequest),
    }
}
