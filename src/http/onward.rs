//! Where people go after signing in, or nowhere: `/continue`, `/denied`, `/`.
use std::net::{IpAddr, Ipv4Addr};

use axum::{
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Href,
    errors::{Denied, Failure, Missing, denied},
    onward::{Continue, continue_page},
};

use super::{
    Visit,
    error::failed,
    extract::{Query, SignedIn},
    gate_pages::lacking,
    redirect, with_cookies,
};
use crate::{
    domain::{access::Decision, return_to::ReturnTo},
    state::App,
};

/// So often within seconds a browser is sent on to another host.
const LAPS_MAX: u32 = 5;

/// A return address.
#[derive(Default, Deserialize)]
pub(super) struct Onward {
    #[serde(default)]
    rd: String,
}

/// What was refused.
#[derive(Default, Deserialize)]
pub(super) struct Refused {
    #[serde(default)]
    rd: String,
    /// GET unless it is there.
    method: Option<String>,
}

/// The address of the page that goes on to `rd`.
pub(super) fn continue_url(rd: &ReturnTo) -> String {
    Href::query("/continue", [("rd", rd.as_str())]).as_str().to_owned()
}

/// The address of the page that asks for a new password and goes on to `rd`.
pub(super) fn password_url(rd: &ReturnTo) -> String {
    Href::query("/account/password", [("rd", rd.as_str())]).as_str().to_owned()
}

/// A place of our own is a redirect away; to another host goes a page, because a form may not redirect
/// there under our policy.
///
/// A browser that is sent on and comes back at once, again and again, does not bring its session to that
/// host: it gets a page that says so instead of going round in circles.
pub(super) async fn go_on(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Query(onward): Query<Onward>,
) -> Response {
    let rd = ReturnTo::parse(&onward.rd, app.gate.hosts());
    match (rd.host(), Href::web(rd.as_str())) {
        (Some(host), Some(href)) => {
            let laps = app.cookies.laps(&headers);
            if laps >= LAPS_MAX {
                tracing::warn!(
                    host,
                    "a browser goes round in circles; does it send the session's cookie to that host?"
                );
                return failed(Failure::SignInLoop);
            }
            let view = Continue { frame: visit.frame(&app), host: host.to_owned(), href };
            with_cookies(continue_page(&view).into_response(), [app.cookies.set_laps(laps + 1)])
        }
        _ => redirect(rd.as_str()),
    }
}

pub(super) async fn root() -> Response {
    redirect("/account")
}

/// What somebody sees who is signed in and may not go where they wanted to. Who meanwhile may is sent on, and who wanted
/// to go nowhere to their own account.
pub(super) async fn refused(
    State(app): State<App>,
    visit: Visit,
    SignedIn(principal): SignedIn,
    Query(Refused { rd, method }): Query<Refused>,
) -> Response {
    let rd = ReturnTo::parse(&rd, app.gate.hosts());
    let by_page = method.is_none();
    let method = method.and_then(|method| Method::from_bytes(method.as_bytes()).ok()).unwrap_or_default();
    let client = visit.origin.address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let place = rd.as_str().split_once("://").map_or_else(|| rd.as_str(), |(_, place)| place);
    let place = place.split(['?', '#']).next().unwrap_or_default().to_owned();
    let Some(decision) = app.gate.look(&rd, &method, client, &principal) else { return redirect("/account") };
    let missing = match decision {
        Decision::Allow if by_page => return redirect(&continue_url(&rd)),
        Decision::Ambiguous => return failed(Failure::BadRequest),
        Decision::Deny(missing) => lacking(&missing),
        Decision::Allow | Decision::SignIn => Missing::Rule,
    };
    let username = principal.user.username.to_string();
    let view = Denied { frame: visit.frame(&app), username, place, missing };
    (StatusCode::FORBIDDEN, denied(&view)).into_response()
}
