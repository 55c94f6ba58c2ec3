//! `/login`: the sign-in page, and sign-in with a password.
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Href,
    errors::Failure,
    login::{Login, LoginNotice, ProviderLink, page},
};

use super::{
    Error, Visit, devices,
    error::failed,
    extract::{Form, MaybeSignedIn, Query},
    farewell, flash,
    onward::{continue_url, password_url},
    redirect,
    sessions::{self, How},
    view, with_cookies, withdrawal,
};
use crate::{
    accounts::sign_in::{self, Candidate, SignInError},
    domain::{return_to::ReturnTo, user::User},
    state::App,
};

/// So often within seconds a browser signs in by itself and comes back without a session.
const ROUNDS_MAX: u32 = 5;

/// What the address of the sign-in page says.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    rd: String,
    local: Option<String>,
}

/// What the form says.
#[derive(Deserialize)]
pub(super) struct Credentials {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    rd: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    MaybeSignedIn(principal): MaybeSignedIn,
    Query(asked): Query<Asked>,
) -> Response {
    let rd = ReturnTo::parse(&asked.rd, app.gate.hosts());
    match principal.map(|principal| principal.session.restricted) {
        Some(Some(_)) => return redirect(&password_url(&rd)),
        Some(None) => return redirect(&continue_url(&rd)),
        None => {}
    }
    // Whoever has just signed out wants to see where they are.
    if asked.local.is_none()
        && farewell::lately(&app, &headers, visit.now).is_none()
        && let Some(provider) = &app.config.login.auto_redirect
    {
        if app.cookies.rounds(&headers) >= ROUNDS_MAX {
            tracing::warn!(
                provider,
                "a browser signs in again and again; does it keep the session's cookie?"
            );
            return failed(Failure::SignInLoop);
        }
        return redirect(Href::query(&format!("/oidc/{provider}"), [("rd", rd.as_str())]).as_str());
    }
    let reset = flash::password_reset(&app, &headers, visit.now);
    let view = login(&app, &visit, &rd, "", reset.then_some(LoginNotice::PasswordReset));
    let page = page(&Login { local: view.local || asked.local.is_some(), ..view });
    with_cookies(page.into_response(), reset.then(|| app.cookies.clear_flash()))
}

pub(super) async fn sign_in(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(form): Form<Credentials>,
) -> Result<Response, Error> {
    let rd = ReturnTo::parse(&form.rd, app.gate.hosts());
    let refusal = match check(&app, &visit, &headers, &form).await? {
        Ok(user) => {
            let cookies = sessions::begin(&app, &visit, &headers, &user, How::Password).await?;
            let restricted = user.restriction(&app.settings().password, visit.now).is_some();
            let next = if restricted { password_url(&rd) } else { continue_url(&rd) };
            return Ok(with_cookies(redirect(&next), cookies));
        }
        Err(refusal) => refusal,
    };
    let (status, notice) = match &refusal {
        SignInError::Pending(user) => {
            let applied_on = view::when(visit.lang, user.registered_at);
            let withdraw = withdrawal::ticket(&app, user, visit.now);
            (StatusCode::FORBIDDEN, LoginNotice::Pending { applied_on, withdraw })
        }
        SignInError::Inactive(_) => (StatusCode::FORBIDDEN, LoginNotice::Inactive),
        SignInError::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, LoginNotice::Busy),
        _ => {
            let login = &app.config.login;
            let (failures, minutes) = (login.account_failures.into(), login.lock.as_secs().div_ceil(60));
            (StatusCode::UNAUTHORIZED, LoginNotice::WrongCredentials { failures, minutes })
        }
    };
    let view = Login { local: true, ..login(&app, &visit, &rd, &form.login, Some(notice)) };
    let mut response = (status, page(&view)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    Ok(response)
}

/// Counts the attempt, then evaluates it: of any number at once no more than the limit are evaluated. An address
/// that has failed too often is told so before anything is hashed, since that says nothing of any account. All of
/// it goes on when the client hangs up meanwhile: no attempt is counted that the audit log does not know.
async fn check(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    form: &Credentials,
) -> Result<Result<User, SignInError>, Error> {
    let device = devices::of(app, headers);
    let candidate = sign_in::look_up(&app.db, &form.login, device.as_ref()).await?;
    let evaluated = evaluate(app.clone(), visit.clone(), candidate, form.password.clone());
    tokio::spawn(evaluated).await.unwrap_or(Err(Error::Internal("a sign-in was not looked at to its end")))
}

async fn evaluate(
    app: App,
    visit: Visit,
    candidate: Candidate,
    password: String,
) -> Result<Result<User, SignInError>, Error> {
    let (origin, now) = (&visit.origin, visit.now);
    let attempt = app.limits.begin_login(candidate.buckets().clone(), &origin.address, now).await;
    let attempt = attempt.map_err(Error::TooMany)?;
    let (hasher, guess) = (&app.hasher, attempt.guess);
    let result = sign_in::by_password(&app.db, hasher, candidate, &password, guess, origin, now).await;
    match &result {
        Ok(_) | Err(SignInError::Pending(_) | SignInError::Inactive(_)) => {
            app.limits.login_succeeded(&attempt).await;
        }
        Err(SignInError::Busy(_)) => app.limits.login_not_evaluated(&attempt).await,
        Err(_) => {}
    }
    match result {
        Err(SignInError::Store(error)) => Err(error.into()),
        result => Ok(result),
    }
}

/// The sign-in page.
pub(super) fn login(
    app: &App,
    visit: &Visit,
    rd: &ReturnTo,
    typed: &str,
    notice: Option<LoginNotice>,
) -> Login {
    let provider = |provider: &crate::oidc::Provider| ProviderLink {
        label: provider.label().to_owned(),
        href: Href::query(&format!("/oidc/{}", provider.name()), [("rd", rd.as_str())]),
        answers: provider.answers(visit.now),
    };
    Login {
        frame: visit.frame(app),
        host: rd.host().map(str::to_owned),
        rd: Some(rd.as_str().to_owned()).filter(|rd| rd != "/"),
        providers: app.providers.iter().map(provider).collect(),
        local: app.config.login.local,
        login: typed.to_owned(),
        forgot: app.config.login.local,
        signup: app.settings().signup,
        notice,
    }
}
