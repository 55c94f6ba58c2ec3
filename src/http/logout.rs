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
    state::App,
};

/// A form that has not arrived by then is given up.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);

/// 200 once the sessions have ended; 400 for everything else (§2.8), a database that does not answer included: the
/// provider may say it again.
pub(super) async fn by_provider(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    match end(&app, &visit, &name, request).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(reason) => {
            let request_id = &visit.origin.request_id;
            tracing::info!(provider = %name.escape_debug(), request_id, %reason, "a back-channel logout was refused");
            let said = json!({ "error": "invalid_request" });
            (StatusCode::BAD_REQUEST, Json(said)).into_response()
        }
    }
}

async fn end(app: &App, visit: &Visit, name: &str, request: Request) -> Result<(), String> {
    let provider = app.provider(name).ok_or("there is no such provider")?;
    let (parts, body) = request.into_parts();
    let token = logout_token(&parts.headers, body).await?;
    let address = &visit.origin.address;
    let counted = app.limits.begin_logout(address, visit.now).await;
    counted.map_err(|_: Duration| "too many from this address were refused within the minute")?;
    let said = provider.logout_token(&token, visit.now).await.map_err(|error| error.to_string())?;
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
    app.limits.logout_succeeded(address).await;
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
