//! `/signup/withdraw`: an applicant takes the application back. Whoever has just typed the right password holds a
//! sealed ticket for it; nobody is signed in.
use std::time::Duration;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use templates::{
    Markup,
    withdraw::{Withdraw, done, over, page},
};

use super::{Error, Visit, extract::Form, redirect, view};
use crate::{
    accounts::queue,
    domain::{
        time::Time,
        user::{Status, User, UserId},
    },
    state::App,
    store::users,
};

const PURPOSE: &str = "withdraw";
/// So long a ticket is good.
const LIFETIME: Duration = Duration::from_secs(600);

/// Says that somebody had the password of an application under this epoch.
#[derive(Serialize, Deserialize)]
struct Ticket {
    id: UserId,
    epoch: i64,
    at: Time,
}

/// What the form says.
#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    token: String,
    #[serde(default)]
    confirmed: String,
}

/// The ticket of somebody who has just typed the right password.
pub(super) fn ticket(app: &App, user: &User, now: Time) -> String {
    let ticket = Ticket { id: user.id, epoch: user.session_epoch, at: now };
    app.master.seal(PURPOSE, &serde_json::to_vec(&ticket).unwrap_or_default())
}

/// Asks first, then does it.
pub(super) async fn withdraw(
    State(app): State<App>,
    visit: Visit,
    Form(sent): Form<Sent>,
) -> Result<Response, Error> {
    let Some(ticket) = read(&app, &sent.token, visit.now) else { return Ok(too_late(&app, &visit)) };
    if sent.confirmed == "1" {
        let withdrawn = queue::withdraw(&app.db, ticket.id, ticket.epoch, &visit.origin, visit.now).await?;
        return Ok(match withdrawn {
            Some(_) => redirect("/signup/withdrawn"),
            None => too_late(&app, &visit),
        });
    }
    let user = users::find(&mut app.db.read().await?, ticket.id).await?;
    let waits = |user: &User| user.status == Status::Pending && user.session_epoch == ticket.epoch;
    let Some(user) = user.filter(waits) else { return Ok(too_late(&app, &visit)) };
    let view = Withdraw {
        frame: visit.frame(&app),
        token: sent.token,
        email: user.email.to_string(),
        applied: view::when(visit.lang, user.registered_at),
    };
    Ok(page(&view).into_response())
}

pub(super) async fn gone(State(app): State<App>, visit: Visit) -> Markup {
    done(&visit.frame(&app))
}

fn read(app: &App, token: &str, now: Time) -> Option<Ticket> {
    let ticket: Ticket = serde_json::from_slice(&app.master.open(PURPOSE, token)?).ok()?;
    (now.since(ticket.at) < LIFETIME).then_some(ticket)
}

fn too_late(app: &App, visit: &Visit) -> Response {
    (StatusCode::GONE, over(&visit.frame(app))).into_response()
}
