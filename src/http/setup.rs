//! `/setup`: the first superuser, by the link that `serve` prints.
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Problem,
    setup::{Outcome, Setup, Values, outcome, page},
};

use super::{
    Error, Visit,
    extract::{Form, Query},
    view,
};
use crate::{
    accounts::{
        Refusal,
        setup::{self, NewAccount},
    },
    domain::{
        password::Password,
        user::{DisplayName, Email, Tier},
    },
    state::App,
};

/// The setup link.
#[derive(Default, Deserialize)]
pub(super) struct Link {
    #[serde(default)]
    token: String,
}

/// What the form says.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    token: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    password: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(link): Query<Link>,
) -> Result<Response, Error> {
    if let Some(refusal) = refuse(&app, &visit, &link.token).await? {
        return Ok(refusal);
    }
    Ok(page(&form(&app, &visit, link.token, Values::default(), vec![])).into_response())
}

pub(super) async fn create(
    State(app): State<App>,
    visit: Visit,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    if let Some(refusal) = refuse(&app, &visit, &typed.token).await? {
        return Ok(refusal);
    }
    let problems = match read(&app, &typed) {
        Ok((account, password)) => {
            let account = NewAccount { password_hash: app.hasher.hash(&password).await?, ..account };
            let made = setup::first_superuser(
                &app.db,
                &app.master,
                &typed.token,
                &account,
                &visit.origin,
                visit.now,
            );
            match made.await {
                Ok(user) => {
                    let done = Outcome::Done { username: user.username.to_string() };
                    return Ok(outcome(&visit.frame(&app), &done).into_response());
                }
                Err(Refusal::UsernameTaken) => vec![Problem::UsernameTaken],
                Err(Refusal::EmailTaken) => vec![Problem::EmailTaken],
                Err(Refusal::Store(error)) => return Err(error.into()),
                Err(_) => return refuse(&app, &visit, &typed.token).await?.ok_or(Error::NotFound),
            }
        }
        Err(problems) => problems,
    };
    let Typed { token, username, email, display_name, .. } = typed;
    let values = Values { username, email, display_name };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&form(&app, &visit, token, values, problems))).into_response())
}

/// The page for a link that is not, or no longer, good.
async fn refuse(app: &App, visit: &Visit, token: &str) -> Result<Option<Response>, Error> {
    let address = &visit.origin.address;
    app.limits.begin_link(address, visit.now).await.map_err(Error::TooMany)?;
    let why = match setup::token(&app.db, &app.master).await? {
        None => Outcome::AlreadyDone,
        Some(_) if setup::accepts(&app.db, &app.master, token).await? => {
            app.limits.link_succeeded(address).await;
            return Ok(None);
        }
        Some(_) => Outcome::InvalidLink,
    };
    Ok(Some((StatusCode::FORBIDDEN, outcome(&visit.frame(app), &why)).into_response()))
}

fn read(app: &App, typed: &Typed) -> Result<(NewAccount, Password), Vec<Problem>> {
    let mut problems = vec![];
    let mut keep = |problem| problems.push(problem);
    let username = view::username(&typed.username).map_err(&mut keep).ok();
    let email = Email::parse(&typed.email);
    if email.is_none() {
        keep(Problem::EmailInvalid);
    }
    let display_name =
        DisplayName::parse(&typed.display_name).map_err(|error| keep(view::display_name_problem(error))).ok();
    let personal = [&typed.username, &typed.email, &typed.display_name, &app.config.organisation];
    let personal = personal.map(String::as_str);
    let password = Password::choose(&typed.password, &app.settings().password, &personal);
    let password = password.map_err(|error| keep(view::password_problem(error))).ok();
    match (username, email, display_name, password) {
        (Some(username), Some(email), Some(display_name), Some(password)) => {
            let password_hash = String::new();
            let tier = Tier::Superuser;
            Ok((NewAccount { username, email, display_name, password_hash, tier }, password))
        }
        _ => Err(problems),
    }
}

fn form(app: &App, visit: &Visit, token: String, values: Values, problems: Vec<Problem>) -> Setup {
    let password_rules = view::password_rules(&app.settings().password);
    Setup { frame: visit.frame(app), token, values, problems, password_rules }
}
