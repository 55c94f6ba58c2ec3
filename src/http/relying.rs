//! What OpenID Providers need of us beside the sign-in itself: our public key, and a door for answers that are posted.
use axum::{
    Json,
    extract::{Path, State},
    http::header,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::json;
use templates::Href;

use super::{Error, extract::Form, redirect};
use crate::{config::ResponseMode, state::App};

/// The longest `state`, `code`, `iss` or `error` in bytes that is worth sending on.
const LONGEST: usize = 4096;

/// What a provider has the browser post to us; nothing else of it is looked at.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Posted {
    state: String,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// `POST …/callback`: a form from the provider's site carries none of our cookies, which are Lax, so all that it does
/// is to become the GET that has them. It changes nothing and therefore needs no protection against forgery.
pub(super) async fn form_post(
    State(app): State<App>,
    Path(name): Path<String>,
    Form(posted): Form<Posted>,
) -> Result<Response, Error> {
    let provider = app.provider(&name).ok_or(Error::NotFound)?;
    if provider.config().response_mode != ResponseMode::FormPost {
        return Err(Error::NotFound);
    }
    let Posted { state, code, iss, error } = &posted;
    let pairs = [("code", code), ("iss", iss), ("error", error)];
    let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let pairs: Vec<_> = std::iter::once(("state", state.as_str())).chain(pairs).collect();
    if pairs.iter().any(|(_, value)| value.len() > LONGEST) {
        return Err(Error::BadRequest);
    }
    Ok(redirect(Href::query(&format!("/oidc/{name}/callback"), pairs).as_str()))
}

/// `GET …/jwks.json`: by what the provider knows that we are we, where `client_auth` is `private_key_jwt`.
pub(super) async fn keys(State(app): State<App>, Path(name): Path<String>) -> Result<Response, Error> {
    let key = app.provider(&name).and_then(|provider| provider.public_key());
    let key = key.ok_or(Error::NotFound)?;
    let headers =
        [(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, "public, max-age=300")];
    Ok((headers, Json(json!({ "keys": [key] }))).into_response())
}
