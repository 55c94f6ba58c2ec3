//! Where a sign-out ends: on `/signed-out`, with a link to where people sign out at their provider, too.
//!
//! The link is made when the page is: so that nobody who signs out waits for a provider. Until then a short-lived,
//! sealed cookie says which session it was.
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use templates::{
    Href,
    onward::{ElsewhereToo, SignedOut, signed_out},
};

use super::{Visit, redirect, view, with_cookies};
use crate::{
    accounts::provider_logout,
    domain::{session::Session, time::Time},
    state::App,
};

/// What the cookie holds. No token: it would not fit.
#[derive(Serialize, Deserialize)]
struct Farewell {
    provider: String,
    /// By what the session was revoked.
    session: String,
    expires: Time,
}

const PURPOSE: &str = "farewell";

/// The answer to whoever has just ended `session`, or had none.
pub(super) fn after(app: &App, visit: &Visit, session: Option<&Session>) -> Response {
    let farewell = session.and_then(|session| {
        let provider = app.provider(session.provider.as_deref()?)?.name().to_owned();
        let expires = visit.now + super::cookies::FAREWELL;
        let farewell = Farewell { provider, session: session.revocation(), expires };
        let plain = serde_json::to_vec(&farewell).expect("texts and numbers always have a JSON form");
        Some(app.cookies.set_farewell(&app.master.seal(PURPOSE, &plain)))
    });
    let farewell = farewell.unwrap_or_else(|| app.cookies.clear_farewell());
    with_cookies(redirect("/signed-out"), app.cookies.clear().into_iter().chain([farewell]))
}

/// The page after signing out here, and after coming back from signing out at the provider. That one brings a `state`:
/// whatever it is says nothing to us, but somebody who has been there need not go there again.
pub(super) async fn page(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let frame = visit.frame(&app);
    if is_back(query.as_deref().unwrap_or_default()) {
        let page = signed_out(&SignedOut { frame, elsewhere: None }).into_response();
        return with_cookies(page, [app.cookies.clear_farewell()]);
    }
    signed_out(&SignedOut { frame, elsewhere: elsewhere(&app, &visit, &headers).await }).into_response()
}

/// Whether this is the address to which a provider sends people back (RP-Initiated Logout 1.0 §3).
fn is_back(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "state")
}

/// At which provider, by its name, somebody was signed in who has just signed out here and has not come back since.
pub(super) fn lately(app: &App, headers: &HeaderMap, now: Time) -> Option<String> {
    read(app, headers).filter(|farewell| now < farewell.expires).map(|farewell| farewell.provider)
}

fn read(app: &App, headers: &HeaderMap) -> Option<Farewell> {
    serde_json::from_slice(&app.master.open(PURPOSE, app.cookies.farewell(headers)?)?).ok()
}

async fn elsewhere(app: &App, visit: &Visit, headers: &HeaderMap) -> Option<ElsewhereToo> {
    let farewell = read(app, headers)?;
    let provider = app.provider(&farewell.provider).filter(|_| visit.now < farewell.expires)?;
    let hint = provider_logout::hint(&app.db, &app.master, &farewell.session).await;
    let hint = hint.unwrap_or_else(|error| {
        tracing::warn!(%error, "whoever signs out at a provider is not named to it");
        None
    });
    let url = provider.end_session(hint.as_deref(), visit.now).await?;
    Some(ElsewhereToo { provider: view::provider_name(provider), href: Href::web(url)? })
}
