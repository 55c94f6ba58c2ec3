//! `/verify-email`: applicants show that they read their address, and by its password that the application is theirs. Programs open
//! links, too: opening this one changes nothing, the button does.
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Problem,
    verify::{Over, Verify, over, page},
};

use super::{
    Error, Visit,
    extract::{Form, Query},
    flash::{Applied, Flash},
    redirect,
    signup::{refused, shut_if_disabled},
    view, with_cookies,
};
use crate::{
    accounts::{
        sign_up::SignUpError,
        verification::{self, Confirmed, Found, Proof},
    },
    state::App,
    store::signups::Signup,
};

/// The secret of the link, in its address and in the form; the password in the form only.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    token: String,
    #[serde(default)]
    password: String,
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
        Found::Signup(signup) => page(&question(&app, &visit, asked.token, &signup, vec![])).into_response(),
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
    let signup = match verification::look(&app.db, &app.master, &asked.token, now).await? {
        Found::Signup(signup) => signup,
        Found::Known => return Ok(known(&app, &visit)),
        Found::Nothing => return Ok(gone(&app, &visit)),
    };
    let attempt = app.limits.begin_login(verification::buckets(&signup), &visit.origin.address, now).await;
    let attempt = attempt.map_err(Error::TooMany)?;
    let proof = Proof { token: &asked.token, password: &asked.password, guess: attempt.guess };
    let (db, hasher) = (&app.db, &app.hasher);
    let confirmed =
        verification::confirm(db, hasher, &app.master, &proof, &settings, &visit.origin, now).await;
    match &confirmed {
        Ok(Confirmed::WrongPassword(_)) => {}
        Ok(Confirmed::Waits(_) | Confirmed::Active(_)) => app.limits.login_succeeded(&attempt).await,
        _ => app.limits.login_not_evaluated(&attempt).await,
    }
    let (email, active) = match confirmed {
        Ok(Confirmed::Waits(email)) => (email, false),
        Ok(Confirmed::Active(email)) => (email, true),
        Ok(Confirmed::Known) => return Ok(known(&app, &visit)),
        Ok(Confirmed::Nothing) => return Ok(gone(&app, &visit)),
        Ok(Confirmed::WrongPassword(signup)) => {
            let problems = vec![Problem::ApplicationPasswordWrong];
            let view = question(&app, &visit, asked.token, &signup, problems);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&view)).into_response());
        }
        Err(SignUpError::Full) => {
            return Ok((StatusCode::TOO_MANY_REQUESTS, over(&visit.frame(&app), Over::Full)).into_response());
        }
        Err(error) => return refused(&app, &visit, error),
    };
    let stage = if active { Applied::Active } else { Applied::Confirmed };
    let told = Flash::Applied { email: email.to_string(), stage };
    Ok(with_cookies(redirect("/signup/received"), [told.cookie(&app, now)]))
}

fn question(app: &App, visit: &Visit, token: String, signup: &Signup, problems: Vec<Problem>) -> Verify {
    Verify {
        frame: visit.frame(app),
        token,
        email: signup.email.to_string(),
        name: signup.display_name.to_string(),
        applied: view::when(visit.lang, signup.created_at),
        at_once: app.settings().approves(&signup.email),
        problems,
    }
}

fn gone(app: &App, visit: &Visit) -> Response {
    (StatusCode::GONE, over(&visit.frame(app), Over::Gone)).into_response()
}

fn known(app: &App, visit: &Visit) -> Response {
    (StatusCode::CONFLICT, over(&visit.frame(app), Over::Known)).into_response()
}
