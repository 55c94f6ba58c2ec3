//! `POST /oidc/{provider}/backchannel-logout`: a provider says that a session has ended there (OpenID Connect
//! Back-Channel Logout 1.0). Servers ask this, with neither cookies nor an `Origin`.
use std::time::Duration;

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use tokio::time::timeout;

use super::{FORM_MAX, Visit};
use crate::{
    accounts::provider_logout::{self, SignedOut},
    oidc::Provider,
    state::App,
};

/// A form that has not arrived by then is given up.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);

/// 200 once the sessions have ended; 400 for everything else (§2.8), a database that does not answer included: the
/// provider may say it again.
///
/// Whoever has sent too much that was no good is heard all the same, because the provider may share the address with
/// them; only that nobody looks for newer keys then, and the log has said it.
pub(super) async fn by_provider(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let address = &visit.origin.address;
    let is_trusted = app.limits.begin_logout(address, visit.now).await.is_ok();
    let provider = app.provider(&name);
    let ended = match provider {
        Some(provider) => end(&app, &visit, provider, is_trusted, request).await,
        None => Err("there is no such provider".to_owned()),
    };
    let Err(reason) = ended else {
        if is_trusted {
            app.limits.logout_succeeded(address).await;
        }
        return StatusCode::OK.into_response();
    };
    let request_id = &visit.origin.request_id;
    match provider.filter(|_| is_trusted) {
        Some(provider) => {
            let provider = provider.name();
            tracing::info!(provider, request_id, %reason, "a back-channel logout was refused");
        }
        None => tracing::debug!(request_id, %reason, "a back-channel logout was refused"),
    }
    (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_request" }))).into_response()
}

async fn end(
    app: &App,
    visit: &Visit,
    provider: &Provider,
    may_ask: bool,
    request: Request,
) -> Result<(), String> {
    let (parts, body) = request.into_parts();
    let token = logout_token(&parts.headers, body).await?;
    let said = match may_ask {
        true => provider.logout_token(&token, visit.now).await,
        false => provider.logout_token_at_hand(&token, visit.now),
    };
    let said = said.map_err(|error| error.to_string())?;
    let said = SignedOut {
        provider: provider.name(),
        issuer: &said.issuer,
        jti: &said.jti,
        sid: said.sid.as_deref(),
        sub: said.sub.as_deref(),
        until: said.until,
    };
    let done = provider_logout::signed_out(&app.db, &said, &visit.origin, visit.now).await;
    if !done.map_err(|error| error.to_string())? {
        return Err("this logout token was used before".to_owned());
    }
    Ok(())
}

/// The one logout token of a form (§2.5).
async fn logout_token(headers: &HeaderMap, body: Body) -> Result<String, &'static str> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err("it is no form");
    }
    let body = timeout(ARRIVES_WITHIN, to_bytes(body, FORM_MAX)).await;
    let body = body.map_err(|_| "it did not arrive in time")?.map_err(|_| "it is larger than 64 KiB")?;
    let mut tokens = url::form_urlencoded::parse(&body).filter(|(field, _)| field == "logout_token");
    match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) => Ok(token.into_owned()),
        _ => Err("it does not hold one logout_token"),
    }
}
