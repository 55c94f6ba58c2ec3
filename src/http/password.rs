//! `/account/password`: one's own password is changed, by choice or because it must be.
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Problem,
    password::{ChangePassword, Must, page},
};

use super::{
    Error, Visit, devices,
    extract::{AnySession, Form, Query},
    flash::Flash,
    onward::continue_url,
    redirect,
    sessions::{self, How},
    view, with_cookies,
};
use crate::{
    accounts::{
        guess::Buckets,
        own::{self, PasswordChange, PasswordRefusal},
    },
    domain::{
        password::Password, principal::Principal, return_to::ReturnTo, session::Restriction, user::User,
    },
    state::App,
};

/// Where to go afterwards.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    rd: String,
}

/// What the form says.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    current_password: String,
    #[serde(default)]
    new_password: String,
    #[serde(default)]
    rd: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    AnySession(principal): AnySession,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    if !principal.user.has_password {
        return Err(Error::NotFound);
    }
    Ok(page(&form(&app, &visit, &principal, &asked.rd, vec![])).into_response())
}

pub(super) async fn change(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    AnySession(principal): AnySession,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    if !principal.user.has_password {
        return Err(Error::NotFound);
    }
    let problem = match try_to(&app, &visit, &headers, &principal.user, &typed).await? {
        Ok(user) => {
            sessions::tidy(&app, &visit, user.id).await;
            let cookies = sessions::begin(&app, &visit, &headers, &user, How::Password).await?;
            let rd = ReturnTo::parse(&typed.rd, app.gate.hosts());
            if rd == ReturnTo::home() {
                let told = Flash::PasswordChanged.cookie(&app, visit.now);
                return Ok(with_cookies(redirect("/account"), cookies.into_iter().chain([told])));
            }
            return Ok(with_cookies(redirect(&continue_url(&rd)), cookies));
        }
        Err(problem) => problem,
    };
    let view = form(&app, &visit, &principal, &typed.rd, vec![problem]);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&view)).into_response())
}

/// Counts the attempt as one at signing in, then evaluates it.
async fn try_to(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    user: &User,
    typed: &Typed,
) -> Result<Result<User, Problem>, Error> {
    let settings = app.settings();
    let new = match Password::choose(&typed.new_password, &settings.password, &view::personal(app, user)) {
        Ok(new) => new,
        Err(error) => return Ok(Err(view::password_problem(error))),
    };
    let device = devices::of(app, headers);
    let buckets = Buckets::of(&mut app.db.read().await?, user, device.as_ref()).await?;
    let wish = (user.clone(), typed.current_password.clone(), new);
    // To its end, also when the client hangs up meanwhile: no attempt is counted that the audit log does not know.
    let evaluated = tokio::spawn(evaluate(app.clone(), visit.clone(), buckets, wish)).await;
    evaluated.unwrap_or(Err(Error::Internal("a change of a password was not looked at to its end")))
}

async fn evaluate(
    app: App,
    visit: Visit,
    buckets: Buckets,
    (user, current, new): (User, String, Password),
) -> Result<Result<User, Problem>, Error> {
    let (settings, origin) = (app.settings(), &visit.origin);
    let attempt = app.limits.begin_login(buckets, &origin.address, visit.now).await;
    let attempt = attempt.map_err(Error::TooMany)?;
    let change = PasswordChange {
        user: &user,
        current: &current,
        new: &new,
        policy: &settings.password,
        guess: attempt.guess,
    };
    let result = own::change_password(&app.db, &app.hasher, &change, origin, visit.now).await;
    match &result {
        // The current one was right in all of these.
        Ok(_) | Err(PasswordRefusal::Reused(_) | PasswordRefusal::Changed) => {
            app.limits.login_succeeded(&attempt).await;
        }
        Err(PasswordRefusal::Busy(_)) => app.limits.login_not_evaluated(&attempt).await,
        Err(PasswordRefusal::WrongCurrent | PasswordRefusal::Store(_)) => {}
    }
    match result {
        Ok(user) => Ok(Ok(user)),
        Err(PasswordRefusal::WrongCurrent) => Ok(Err(Problem::CurrentPasswordWrong)),
        Err(PasswordRefusal::Reused(last)) => Ok(Err(Problem::PasswordReused { last })),
        Err(PasswordRefusal::Changed) => Err(Error::SignInFirst),
        Err(PasswordRefusal::Busy(busy)) => Err(busy.into()),
        Err(PasswordRefusal::Store(error)) => Err(error.into()),
    }
}

fn form(app: &App, visit: &Visit, principal: &Principal, rd: &str, problems: Vec<Problem>) -> ChangePassword {
    let policy = &app.settings().password;
    let rd = ReturnTo::parse(rd, app.gate.hosts());
    ChangePassword {
        frame: visit.frame(app),
        must: principal.session.restricted.map(|why| match why {
            Restriction::MustChange => Must::SetByAdministrator,
            Restriction::TooOld => Must::TooOld { days: u64::from(policy.rotation_days) },
        }),
        rd: Some(rd.as_str().to_owned()).filter(|rd| rd != "/"),
        username: principal.user.username.to_string(),
        email: principal.user.email.to_string(),
        display_name: principal.user.display_name.to_string(),
        password_rules: view::own_password_rules(policy),
        problems,
    }
}
