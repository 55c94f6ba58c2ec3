//! `/account`: what is one's own, and the way out.
use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::json;
use templates::{
    Href,
    account::{Account, page},
};

use super::{Error, Visit, extract::SignedIn, redirect, sessions, view, with_cookies};
use crate::{
    accounts::own,
    domain::{principal::Principal, user::Tier},
    state::App,
    store::identities,
};

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    SignedIn(Principal { user, .. }): SignedIn,
) -> Result<Response, Error> {
    if visit.json {
        let who = json!({
            "id": user.id, "number": user.number, "username": user.username, "email": user.email,
            "display_name": user.display_name, "tier": user.tier, "roles": [], "permissions": [],
            "source": user.source,
        });
        return Ok(Json(who).into_response());
    }
    let linked = identities::of_user(&mut app.db.read().await?, user.id).await?;
    let view = Account {
        frame: visit.frame(&app),
        number: view::figure(user.number),
        username: user.username.to_string(),
        display_name: user.display_name.to_string(),
        email: user.email.to_string(),
        tier: view::tier(user.tier),
        source: view::source(&user),
        registered: view::when(visit.lang, user.registered_at),
        last_login: user.last_login_at.happened().map(|at| view::when(visit.lang, at)),
        last_login_ip: user.last_login_address.clone(),
        identities: view::identities(&app, visit.lang, &user, linked),
        admin: (user.tier == Tier::Superuser).then(|| Href::local("/admin/users")),
    };
    Ok(page(&view).into_response())
}

/// Ends this session; without one it only tidies the browser.
pub(super) async fn sign_out(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Error> {
    if let Some(token) = app.cookies.own(&headers)
        && let Some(principal) = app.principal(&token, visit.now).await?
    {
        sessions::end(&app, &visit, &token, &principal).await?;
    }
    Ok(with_cookies(redirect("/signed-out"), app.cookies.clear()))
}

pub(super) async fn sign_out_everywhere(
    State(app): State<App>,
    visit: Visit,
    SignedIn(Principal { user, .. }): SignedIn,
) -> Result<Response, Error> {
    own::sign_out_everywhere(&app.db, &user, &visit.origin, visit.now).await?;
    Ok(with_cookies(redirect("/signed-out"), app.cookies.clear()))
}
