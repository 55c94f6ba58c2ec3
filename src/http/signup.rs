//! `/signup`: outsiders apply.
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Markup, Problem,
    signup::{Closed, Received, Signup, Stage, Values, closed, page, received},
};

use super::{
    Error, Visit,
    extract::Form,
    flash::{self, Applied, Flash},
    rate_limit::MailFor,
    redirect, view, with_cookies,
};
use crate::{
    accounts::sign_up::{self, Application, SignUpError},
    domain::{
        password::Password,
        user::{DisplayName, Email, Username},
    },
    state::App,
};

/// The most characters that a reason has.
const REASON_MAX: u32 = 1000;

/// What the form says. Other fields mean nothing.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    email: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    if let Some(shut) = shut_if_disabled(&app, &visit) {
        return Ok(shut);
    }
    if !sign_up::is_open(&app.db).await? {
        return Ok(shut(&app, &visit, Closed::NoSuperuser));
    }
    Ok(page(&form(&app, &visit, Values::default(), vec![])).into_response())
}

pub(super) async fn apply(
    State(app): State<App>,
    visit: Visit,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    if let Some(shut) = shut_if_disabled(&app, &visit) {
        return Ok(shut);
    }
    let (wish, password) = match read(&app, &typed) {
        Ok(read) => read,
        Err(problems) => {
            let Typed { email, display_name, username, reason, .. } = typed;
            let values = Values { email, display_name, username, reason };
            let view = form(&app, &visit, values, problems);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&view)).into_response());
        }
    };
    if !app.limits.begin_signup(&visit.origin.address, visit.now).await {
        return Ok(shut(&app, &visit, Closed::TooMany));
    }
    let (settings, origin, now) = (app.settings(), &visit.origin, visit.now);
    // Whether there is a mail is decided before anything is known of the address.
    let may_mail = app.limits.begin_mail(MailFor::SignUp, &wish.email, &origin.address, now).await;
    let Ok(may_mail) = may_mail else { return Ok(shut(&app, &visit, Closed::TooMany)) };
    let application = Application { password_hash: app.hasher.hash(&password).await?, ..wish };
    match sign_up::sign_up(&app.db, &application, &settings, may_mail, origin, now).await {
        Ok(()) => {
            let told = Flash::Applied { email: application.email.to_string(), stage: Applied::Sent };
            Ok(with_cookies(redirect("/signup/received"), [told.cookie(&app, now)]))
        }
        Err(error) => refused(&app, &visit, error),
    }
}

/// The answer to an application that cannot be taken now.
pub(super) fn refused(app: &App, visit: &Visit, error: SignUpError) -> Result<Response, Error> {
    match error {
        SignUpError::NobodyDecides => Ok(shut(app, visit, Closed::NoSuperuser)),
        SignUpError::Full => Ok(shut(app, visit, Closed::TooMany)),
        SignUpError::Busy(busy) => Err(busy.into()),
        SignUpError::Store(error) => Err(error.into()),
    }
}

/// What comes next, with the address where the browser still brings it.
pub(super) async fn done(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Markup {
    let told = flash::applied(&app, &headers, visit.now);
    let stage = match told.as_ref().map(|(_, _, stage)| stage) {
        Some(Applied::Confirmed) => Stage::Confirmed,
        Some(Applied::Active) => Stage::Active,
        _ if app.settings().verify_email => Stage::Confirm,
        _ => Stage::Waits,
    };
    let sent = told.as_ref().map(|(_, at, _)| view::when(visit.lang, *at));
    let email = told.map(|(email, ..)| email);
    received(&Received { frame: visit.frame(&app), email, sent, stage })
}

/// Parses the form at the door; all problems at once, in the order of the fields.
fn read(app: &App, typed: &Typed) -> Result<(Application, Password), Vec<Problem>> {
    let mut problems = vec![];
    let mut keep = |problem| problems.push(problem);
    let email = Email::parse(&typed.email);
    match &email {
        None => keep(Problem::EmailInvalid),
        Some(email) if !app.settings().takes(email) => keep(Problem::EmailDomain { domain: email.domain() }),
        Some(_) => {}
    }
    let username = match typed.username.trim() {
        "" => None,
        text => view::username(text).map_err(&mut keep).ok(),
    };
    let display_name =
        DisplayName::parse(&typed.display_name).map_err(|error| keep(view::display_name_problem(error))).ok();
    let personal = [
        typed.email.as_str(),
        typed.display_name.as_str(),
        username.as_ref().map_or("", Username::as_str),
        app.config.organisation.as_str(),
    ];
    let password = Password::choose(&typed.password, &app.settings().password, &personal);
    let password = password.map_err(|error| keep(view::password_problem(error))).ok();
    let reason = typed.reason.trim();
    if reason.is_empty() && app.settings().reason_required {
        keep(Problem::ReasonMissing);
    }
    if reason.chars().count() > REASON_MAX as usize {
        keep(Problem::ReasonTooLong { max: REASON_MAX });
    }
    match (email, display_name, password) {
        (Some(email), Some(display_name), Some(password)) if problems.is_empty() => {
            let reason = Some(reason.replace('\0', "")).filter(|reason| !reason.is_empty());
            let password_hash = String::new();
            Ok((Application { email, display_name, username, password_hash, reason }, password))
        }
        _ => Err(problems),
    }
}

fn form(app: &App, visit: &Visit, values: Values, problems: Vec<Problem>) -> Signup {
    Signup {
        frame: visit.frame(app),
        values,
        problems,
        password_rules: view::password_rules(&app.settings().password),
        reason_required: app.settings().reason_required,
        sso: !app.providers.is_empty(),
    }
}

/// The page in place of everything about sign-up while there is none.
pub(super) fn shut_if_disabled(app: &App, visit: &Visit) -> Option<Response> {
    (!app.settings().signup).then(|| shut(app, visit, Closed::Disabled))
}

fn shut(app: &App, visit: &Visit, why: Closed) -> Response {
    let status = match why {
        Closed::Disabled => StatusCode::NOT_FOUND,
        Closed::NoSuperuser => StatusCode::SERVICE_UNAVAILABLE,
        Closed::TooMany => StatusCode::TOO_MANY_REQUESTS,
    };
    (status, closed(&visit.frame(app), why)).into_response()
}
