//! `/account`: what is one's own, and the way out.
use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::json;
use templates::account::{Account, page};

use super::{Error, Visit, admin, extract::SignedIn, flash, redirect, sessions, view, with_cookies};
use crate::{
    accounts::own,
    domain::{
        permission::{Effective, Permission},
        principal::Principal,
    },
    state::App,
    store::identities,
};

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    SignedIn(Principal { user, may, .. }): SignedIn,
) -> Result<Response, Error> {
    if visit.json {
        let who = json!({
            "id": user.id, "number": user.number, "username": user.username, "email": user.email,
            "display_name": user.display_name, "tier": user.tier, "roles": may.roles,
            "permissions": permissions(&app, &may), "source": user.source,
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
        can_change_password: user.has_password,
        password_changed: flash::password_changed(&app, &headers, visit.now),
        admin: admin::entrance(&may),
    };
    let told = view.password_changed.then(|| app.cookies.clear_flash());
    Ok(with_cookies(page(&view).into_response(), told))
}

/// What somebody may do of what there is.
fn permissions<'a>(app: &'a App, may: &Effective) -> Vec<&'a str> {
    let all = app.config.permissions.iter().map(|(permission, _)| permission);
    all.filter(|permission| may.has(permission)).map(Permission::as_str).collect()
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
