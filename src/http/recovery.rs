//! `/forgot-password` and `/reset-password`: a new password by a mailed link. Nothing is kept between the steps:
//! the link alone decides, in whatever browser.
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Problem,
    recovery::{Forgot, Reset as Page, forgot, reset, sent, void},
};

use super::{
    Error, Visit,
    extract::{Form, Query},
    flash::Flash,
    rate_limit::MailFor,
    redirect, sessions, view, with_cookies,
};
use crate::{
    accounts::recovery::{self, Reset, ResetRefusal},
    domain::{
        link::{LinkId, Purpose},
        password::Password,
        user::{Email, User},
    },
    state::App,
};

/// For which address a link is wanted.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    email: String,
}

/// The mailed link.
#[derive(Default, Deserialize)]
pub(super) struct Link {
    #[serde(default)]
    token: String,
}

/// What the form for a new password says.
#[derive(Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    token: String,
    #[serde(default)]
    new_password: String,
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    with_passwords(&app)?;
    Ok(forgot(&asking(&app, &visit, String::new(), vec![])).into_response())
}

pub(super) async fn ask(
    State(app): State<App>,
    visit: Visit,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Error> {
    with_passwords(&app)?;
    let Some(email) = Email::parse(&wanted.email) else {
        let view = asking(&app, &visit, wanted.email, vec![Problem::EmailInvalid]);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, forgot(&view)).into_response());
    };
    let address = &visit.origin.address;
    let may_mail = app.limits.begin_mail(MailFor::Reset, &email, address, visit.now).await;
    let may_mail = may_mail.map_err(Error::TooMany)?;
    recovery::request(&app.db, &email, !may_mail, &visit.origin, visit.now).await?;
    Ok(redirect("/forgot-password/sent"))
}

pub(super) async fn asked(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    with_passwords(&app)?;
    Ok(sent(&visit.frame(&app)).into_response())
}

/// Opened by programs that look through mail, too: shows the form and changes nothing.
pub(super) async fn open(
    State(app): State<App>,
    visit: Visit,
    Query(link): Query<Link>,
) -> Result<Response, Error> {
    match owner(&app, &visit, &link.token).await? {
        Some((_, user)) => Ok(reset(&form(&app, &visit, &user, link.token, vec![])).into_response()),
        None => Ok(gone(&app, &visit)),
    }
}

pub(super) async fn choose(
    State(app): State<App>,
    visit: Visit,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Error> {
    let Some((link, user)) = owner(&app, &visit, &chosen.token).await? else {
        return Ok(gone(&app, &visit));
    };
    let policy = &app.settings().password;
    let problem = match Password::choose(&chosen.new_password, policy, &view::personal(&app, &user)) {
        Ok(new) => {
            let wanted = Reset { link, user: &user, new: &new, policy };
            match recovery::reset(&app.db, &app.hasher, &wanted, &visit.origin, visit.now).await {
                Ok(()) => {
                    sessions::tidy(&app, &visit, user.id).await;
                    let told = Flash::PasswordReset.cookie(&app, visit.now);
                    return Ok(with_cookies(redirect("/login?local=1"), [told]));
                }
                Err(ResetRefusal::Void) => return Ok(gone(&app, &visit)),
                Err(ResetRefusal::Reused(last)) => Problem::PasswordReused { last },
                Err(ResetRefusal::Busy(busy)) => return Err(busy.into()),
                Err(ResetRefusal::Store(error)) => return Err(error.into()),
            }
        }
        Err(error) => view::password_problem(error),
    };
    let view = form(&app, &visit, &user, chosen.token, vec![problem]);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, reset(&view)).into_response())
}

/// Where nobody signs in with a password there is none to be forgotten.
fn with_passwords(app: &App) -> Result<(), Error> {
    if app.config.login.local { Ok(()) } else { Err(Error::NotFound) }
}

/// The link behind a token, and whose it is.
async fn owner(app: &App, visit: &Visit, token: &str) -> Result<Option<(LinkId, User)>, Error> {
    with_passwords(app)?;
    let Some(link) = LinkId::read(token, Purpose::ResetPassword, &app.master) else { return Ok(None) };
    Ok(recovery::owner(&app.db, link, visit.now).await?.map(|user| (link, user)))
}

fn asking(app: &App, visit: &Visit, email: String, problems: Vec<Problem>) -> Forgot {
    Forgot { frame: visit.frame(app), email, problems, sso: !app.providers.is_empty() }
}

fn form(app: &App, visit: &Visit, user: &User, token: String, problems: Vec<Problem>) -> Page {
    Page {
        frame: visit.frame(app),
        token,
        username: user.username.to_string(),
        email: user.email.to_string(),
        display_name: user.display_name.to_string(),
        password_rules: view::own_password_rules(&app.settings().password),
        problems,
    }
}

fn gone(app: &App, visit: &Visit) -> Response {
    (StatusCode::GONE, void(&visit.frame(app))).into_response()
}
