//! `/.well-known/jwks.json`: the keys by which applications know that an assertion is ours.
use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{domain::signing, state::App};

/// The keys, for anybody to read and to keep for a while.
pub(super) async fn keys(State(app): State<App>) -> Response {
    let keys = app.keyring.published(app.clock.now());
    if keys.is_empty() {
        // Kept by a verifier, an empty list would outlast the trouble.
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::CACHE_CONTROL, "no-store")]).into_response();
    }
    let kept = format!("public, max-age={}", signing::KEPT.as_secs());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json")),
        (header::CACHE_CONTROL, HeaderValue::try_from(kept).expect("it is plain ASCII")),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, Json(json!({ "keys": keys }))).into_response()
}
