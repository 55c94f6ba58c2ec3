//! `/verify-email`: applicants show that they read their address. Programs open links, too: opening this one changes
//! nothing, the button does.
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::verify::{Over, Verify, over, page};

use super::{
    Error, Visit,
    extract::{Form, Query},
    flash::{Applied, Flash},
    redirect,
    signup::{refused, shut_if_disabled},
    view, with_cookies,
};
use crate::{
    accounts::verification::{self, Confirmed, Found},
    state::App,
};

/// The secret of the link, in its address and in the form.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    token: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    if let Some(shut) = shut_if_disabled(&app, &visit) {
        return Ok(shut);
    }
    Ok(match verification::look(&app.db, &app.master, &asked.token, visit.now).await? {
        Found::Signup(signup) => {
            let view = Verify {
                frame: visit.frame(&app),
                token: asked.token,
                email: signup.email.to_string(),
                name: signup.display_name.to_string(),
                applied: view::when(visit.lang, signup.created_at),
            };
            page(&view).into_response()
        }
        Found::Known => known(&app, &visit),
        Found::Nothing => gone(&app, &visit),
    })
}

pub(super) async fn confirm(
    State(app): State<App>,
    visit: Visit,
    Form(asked): Form<Asked>,
) -> Result<Response, Error> {
    if let Some(shut) = shut_if_disabled(&app, &visit) {
        return Ok(shut);
    }
    let (settings, now) = (app.settings(), visit.now);
    let confirmed =
        verification::confirm(&app.db, &app.master, &asked.token, &settings, &visit.origin, now).await;
    let (email, active) = match confirmed {
        Ok(Confirmed::Waits(email)) => (email, false),
        Ok(Confirmed::Active(email)) => (email, true),
        Ok(Confirmed::Known) => return Ok(known(&app, &visit)),
        Ok(Confirmed::Nothing) => return Ok(gone(&app, &visit)),
        Err(error) => return refused(&app, &visit, error),
    };
    let stage = if active { Applied::Active } else { Applied::Confirmed };
    let told = Flash::Applied { email: email.to_string(), stage };
    Ok(with_cookies(redirect("/signup/received"), [told.cookie(&app, now)]))
}

fn gone(app: &App, visit: &Visit) -> Response {
    (StatusCode::GONE, over(&visit.frame(app), Over::Gone)).into_response()
}

fn known(app: &App, visit: &Visit) -> Response {
    (StatusCode::CONFLICT, over(&visit.frame(app), Over::Known)).into_response()
}
