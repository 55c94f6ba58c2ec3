//! `/livez` and `/readyz`, for whatever watches the process.
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::state::App;

/// The process runs.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// The process can do its work, or why not; nothing of what stands behind is named.
pub(super) async fn ready(State(app): State<App>) -> Response {
    let (database, sessions) = tokio::join!(app.db.ping(), app.sessions.ping());
    let word = |good: bool| if good { "ok" } else { "does not answer" };
    let good = database.is_ok() && sessions.is_ok();
    let status = if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body =
        json!({ "ready": good, "database": word(database.is_ok()), "sessions": word(sessions.is_ok()) });
    (status, Json(body)).into_response()
}
