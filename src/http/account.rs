//! `/account`: what is one's own, and the way out.
use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::json;
use templates::{
    Href, Identity, Source, Unlink,
    account::{Account, Linkable, page},
};

use super::{
    Error, Visit, admin, extract::SignedIn, farewell, flash, linking, redirect, sessions, view, with_cookies,
};
use crate::{
    accounts::own,
    domain::{
        identity::LinkedIdentity,
        permission::{Effective, Permission},
        principal::Principal,
        user::User,
    },
    oidc::Provider,
    state::App,
    store::identities,
};

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    SignedIn(Principal { user, may, session, .. }): SignedIn,
) -> Result<Response, Error> {
    if visit.json {
        let who = json!({
            "id": user.id, "number": user.number, "username": user.username, "email": user.email,
            "display_name": user.display_name, "tier": user.tier, "roles": may.roles,
            "permissions": permissions(&app, &may), "source": user.source,
        });
        return Ok(Json(who).into_response());
    }
    let sessions = sessions::standing(&app, &visit, std::slice::from_ref(&user)).await?;
    let sessions = sessions.iter().flatten().map(|(_, it)| view::session(&app, visit.lang, it, &session));
    let linked = identities::of_user(&mut app.db.read().await?, user.id).await?;
    let (ways, linkable) = ways_in(&app, &visit, &user, linked);
    let view = Account {
        frame: visit.frame(&app),
        number: view::figure(user.number),
        username: user.username.to_string(),
        display_name: user.display_name.to_string(),
        email: user.email.to_string(),
        tier: view::tier(user.tier),
        source: if user.has_password && !ways.is_empty() { Source::Both } else { view::source(&user) },
        registered: view::when(visit.lang, user.registered_at),
        last_login: user.last_login_at.happened().map(|at| view::when(visit.lang, at)),
        last_login_ip: user.last_login_address.clone(),
        identities: ways,
        linkable,
        can_change_password: user.has_password,
        done: flash::done(&app, &headers, visit.now),
        admin: admin::entrance(&may),
        sessions: sessions.collect(),
    };
    let told = view.done.is_some().then(|| app.cookies.clear_flash());
    Ok(with_cookies(page(&view).into_response(), told))
}

/// One's identities, with where they are unlinked if there is another way in, and providers where one can be linked.
fn ways_in(
    app: &App,
    visit: &Visit,
    user: &User,
    linked: Vec<LinkedIdentity>,
) -> (Vec<Identity>, Vec<Linkable>) {
    let linkable = |provider: &&Provider| linking::may_link(user, &linked, provider);
    let linkable = app.providers.iter().filter(linkable).map(|provider| Linkable {
        provider: view::provider_name(provider),
        href: Href::local(linking::link_path(provider.name(), "")),
    });
    let linkable = linkable.collect();
    let unlink: Vec<_> =
        linked.iter().map(|it| user.has_password.then(|| Unlink::At(linking::unlink_path(it)))).collect();
    let ways = view::identities(app, visit.lang, user, linked).into_iter().zip(unlink);
    (ways.map(|(identity, unlink)| Identity { unlink, ..identity }).collect(), linkable)
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
    let Some(token) = app.cookies.own(&headers) else { return Ok(farewell::after(&app, &visit, None)) };
    let principal = app.principal(&token, visit.now).await?;
    if let Some(principal) = &principal {
        sessions::end(&app, &visit, &token, principal).await?;
    }
    Ok(farewell::after(&app, &visit, principal.as_ref().map(|it| &*it.session)))
}

pub(super) async fn sign_out_everywhere(
    State(app): State<App>,
    visit: Visit,
    SignedIn(Principal { user, session, .. }): SignedIn,
) -> Result<Response, Error> {
    own::sign_out_everywhere(&app.db, &user, &session, &visit.origin, visit.now).await?;
    sessions::tidy(&app, &visit, user.id).await;
    Ok(farewell::after(&app, &visit, Some(&session)))
}

/// Ends one of one's own sessions; whatever else the handle names is no page.
pub(super) async fn end_session(
    State(app): State<App>,
    visit: Visit,
    SignedIn(Principal { user, session, .. }): SignedIn,
    Path(handle): Path<String>,
) -> Result<Response, Error> {
    let found = sessions::find(&app, &visit, &user, &handle).await?;
    let (digest, ended) = found.ok_or(Error::NotFound)?;
    sessions::end_one(&app, &visit, &user, (digest, &ended)).await?;
    if ended.handle == session.handle {
        return Ok(farewell::after(&app, &visit, Some(&ended)));
    }
    Ok(redirect("/account#sessions"))
}

/// Ends all of one's own sessions but this one.
pub(super) async fn end_other_sessions(
    State(app): State<App>,
    visit: Visit,
    SignedIn(principal): SignedIn,
) -> Result<Response, Error> {
    let cookies = sessions::end_others(&app, &visit, &principal).await?;
    Ok(with_cookies(redirect("/account#sessions"), cookies.ok_or(Error::SignInFirst)?))
}
