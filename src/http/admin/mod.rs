//! The admin section. Every handler takes the extractor `Superuser`; whoever is none finds no such page.
use axum::{
    Router,
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use templates::{AdminFrame, Menu};
use uuid::Uuid;

use super::{Error, Visit, extract::Superuser, flash::Flash, redirect, view, with_cookies};
use crate::{
    accounts::By,
    domain::{
        principal::Principal,
        user::{User, UserId},
    },
    state::App,
    store::users,
};

mod audit;
mod bulk;
mod decisions;
mod delete;
mod edit;
mod list;

/// Every route of the section.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin", get(async |_: Superuser| redirect(LIST)))
        .route(LIST, get(list::show))
        .route("/admin/users/bulk", post(bulk::decide))
        .route("/admin/users/{id}", get(edit::show).post(edit::save))
        .route("/admin/users/{id}/activate", post(decisions::activate))
        .route("/admin/users/{id}/deactivate", post(decisions::deactivate))
        .route("/admin/users/{id}/reactivate", post(decisions::reactivate))
        .route("/admin/users/{id}/tier", post(decisions::set_tier))
        .route("/admin/users/{id}/password", post(edit::set_password))
        .route("/admin/users/{id}/sign-out", post(decisions::sign_out))
        .route("/admin/users/{id}/delete", get(delete::ask).post(delete::delete))
        .route("/admin/audit", get(audit::show))
        .route("/admin/audit/export", get(audit::export::download))
        .route("/admin/audit/verify", post(audit::verify))
}

const LIST: &str = "/admin/users";

/// An account's id in an address; anything else is no page.
fn user_id(text: &str) -> Result<UserId, Error> {
    text.parse::<Uuid>().map(UserId).map_err(|_| Error::NotFound)
}

fn by(visit: &Visit, actor: &Principal) -> By {
    By::user(actor.user.id, visit.origin.clone())
}

async fn frame(app: &App, visit: &Visit, actor: &Principal) -> Result<AdminFrame, Error> {
    let pending = users::count_pending(&mut app.db.read().await?).await?;
    Ok(AdminFrame {
        frame: visit.frame(app),
        viewer: actor.user.display_name.to_string(),
        tier: view::tier(actor.user.tier),
        pending: view::figure(pending),
        menu: Menu { users: true, audit: true },
    })
}

/// The account, or the list with a word that it is gone.
async fn find(app: &App, id: UserId) -> Result<Option<User>, Error> {
    Ok(users::find(&mut app.db.read().await?, id).await?)
}

/// Back to the list, which says what happened.
fn back(app: &App, visit: &Visit, flash: Flash) -> Response {
    with_cookies(redirect(LIST), [flash.cookie(app, visit.now)])
}

/// Whether the page is asked for as the content of a dialog.
fn wants_fragment(headers: &HeaderMap) -> bool {
    headers.get("x-fragment").is_some_and(|value| value == "modal")
}

/// How many sessions an account has now; none when the store does not answer, since the number is for
/// reading only.
async fn session_count(app: &App, visit: &Visit, user: &User) -> u64 {
    let lifetimes = &app.config.sessions.lifetimes;
    let found = app.sessions.of_user(user.id, visit.now).await.unwrap_or_default();
    found.iter().filter(|(_, session)| session.stands(user, lifetimes, visit.now)).count() as u64
}

/// Forgets the sessions that a change has just ended. They are over already.
async fn tidy_sessions(app: &App, visit: &Visit, id: UserId) {
    match app.sessions.of_user(id, visit.now).await {
        Ok(found) => {
            for (digest, _) in found {
                if let Err(error) = app.sessions.remove(digest, id).await {
                    tracing::warn!(%error, "an ended session stays in the store until it expires");
                }
            }
        }
        Err(error) => tracing::warn!(%error, "ended sessions stay in the store until they expire"),
    }
}
