//! `/oidc/{provider}`: employees sign in at a provider.
//!
//! Nothing is kept here between the two requests: where to go travels in the sealed `state`, nonce and code
//! verifier in a cookie of this one flow.
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Href,
    sso::{Reason, Refused as Page, page},
};

use super::{
    Error, Visit,
    extract::{MaybeSignedIn, Query},
    farewell, linking,
    onward::continue_url,
    redirect,
    sessions::{self, How},
    view, with_cookies,
};
use crate::{
    accounts::sso::{self, Refused, SsoError},
    domain::{
        identity::{EmailClaim, Profile},
        principal::Principal,
        return_to::ReturnTo,
        user::User,
    },
    oidc::{self, Answer, Arrived, ErrorKind, Flow, FlowError, FlowSecrets, Prompt, Provider},
    state::App,
};

/// What a sign-in may be begun with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Begin {
    rd: String,
}

/// What a provider sends back (RFC 6749 §4.1.2, RFC 9207).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Callback {
    state: String,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

pub(super) async fn begin(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(begin): Query<Begin>,
) -> Result<Response, Error> {
    let provider = app.provider(&name).ok_or(Error::NotFound)?;
    let rd = ReturnTo::parse(&begin.rd, app.gate.hosts());
    let flow = Flow::begin(provider.name(), rd.as_str(), visit.now);
    let errand = Errand::SignIn(&rd);
    if farewell::lately(&app, &headers, visit.now).as_deref() != Some(provider.name()) {
        return Ok(start(&app, &visit, &headers, provider, &flow, errand).await);
    }
    // Whoever has just signed out is not signed in again with the same account before they know it.
    let flow = Flow { prompt: Prompt::SelectAccount, ..flow };
    let response = start(&app, &visit, &headers, provider, &flow, errand).await;
    // Whoever gets no further chooses when they try again.
    let forgotten = (response.status() == StatusCode::SEE_OTHER).then(|| app.cookies.clear_farewell());
    Ok(with_cookies(response, forgotten))
}

/// What somebody goes to a provider for.
#[derive(Clone, Copy)]
pub(super) enum Errand<'a> {
    /// To sign in, and go there.
    SignIn(&'a ReturnTo),
    /// To link an identity to this account, which is theirs.
    Link(&'a User),
}

/// Sends the browser to the provider.
pub(super) async fn start(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    provider: &Provider,
    flow: &Flow,
    errand: Errand<'_>,
) -> Response {
    let begun = match provider.begin(&flow.seal(&app.master), flow.prompt, visit.now).await {
        Ok(begun) => begun,
        Err(error) => {
            // Nobody has tried to sign in yet: the log knows, the audit log need not.
            if matches!(errand, Errand::Link(_)) {
                note(app, visit, provider, errand, look(&error).2).await;
            }
            return unable(app, visit, provider, errand, &error);
        }
    };
    let secrets = FlowSecrets { nonce: begun.nonce, verifier: begun.verifier };
    let sealed = secrets.seal(&flow.id, flow.expires_at, &app.master);
    let cookies = app.cookies.set_flow(headers, &flow.id, &sealed);
    with_cookies(redirect(begun.url.as_str()), cookies)
}

pub(super) async fn callback(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    MaybeSignedIn(signed_in): MaybeSignedIn,
    Path(name): Path<String>,
    Query(callback): Query<Callback>,
) -> Result<Response, Error> {
    let provider = app.provider(&name).ok_or(Error::NotFound)?;
    let (flow, fresh) = match Flow::open(&callback.state, &app.master, visit.now) {
        Ok(flow) => (flow, true),
        Err(FlowError::Expired(flow)) => (flow, false),
        Err(FlowError::Invalid) => {
            return Ok(refusal(
                &app,
                &visit,
                provider,
                &ReturnTo::home(),
                Reason::FlowExpired,
                StatusCode::BAD_REQUEST,
            ));
        }
    };
    if flow.provider != provider.name() {
        return Ok(refusal(
            &app,
            &visit,
            provider,
            &ReturnTo::home(),
            Reason::FlowExpired,
            StatusCode::BAD_REQUEST,
        ));
    }
    let rd = ReturnTo::parse(&flow.rd, app.gate.hosts());
    let cookie = app.cookies.flow(&headers, &flow.id).filter(|_| fresh);
    let secrets = cookie.and_then(|cookie| FlowSecrets::open(&flow.id, &cookie, &app.master, visit.now));
    let Some(secrets) = secrets else {
        // Another browser, a second visit, or too late. No code is redeemed without its cookie.
        if signed_in.is_some() {
            return Ok(redirect(&continue_url(&rd)));
        }
        let (reason, status) = (Reason::FlowExpired, StatusCode::BAD_REQUEST);
        return Ok(match flow.link {
            Some(_) => not_linked(&app, &visit, provider, reason, status),
            None => refusal(&app, &visit, provider, &rd, reason, status),
        });
    };
    if flow.prompt == Prompt::SelectAccount && callback.error.as_ref().is_some_and(|it| it != "access_denied")
    {
        // Not every provider has people choose; all of them have them sign in.
        let again = Flow { prompt: Prompt::Login, ..Flow::begin(provider.name(), rd.as_str(), visit.now) };
        let response = start(&app, &visit, &headers, provider, &again, Errand::SignIn(&rd)).await;
        return Ok(with_cookies(response, [app.cookies.clear_flow(&flow.id)]));
    }
    // Only the session that began to link an identity finishes it; no code is redeemed for anybody else.
    let linking = match &flow.link {
        None => None,
        Some(session) => match signed_in {
            Some(principal) if is_of(&principal, session) => Some(principal.user),
            other => {
                if let Some(principal) = other {
                    note(&app, &visit, provider, Errand::Link(&principal.user), ELSEWHERE).await;
                }
                let status = StatusCode::FORBIDDEN;
                return Ok(not_linked(&app, &visit, provider, Reason::LinkElsewhere, status));
            }
        },
    };
    let errand = linking.as_deref().map_or(Errand::SignIn(&rd), Errand::Link);
    let begun = app.limits.begin_callback(&visit.origin.address, visit.now).await;
    begun.map_err(Error::TooMany)?;
    let answer = Answer { code: callback.code, iss: callback.iss, error: callback.error };
    let response = match provider.finish(&answer, &secrets.nonce, &secrets.verifier, visit.now).await {
        Ok(arrived) => match &linking {
            None => admit(&app, &visit, &headers, provider, &arrived, &rd).await?,
            Some(user) => {
                app.limits.callback_not_failed(&visit.origin.address).await;
                linking::finish(&app, &visit, provider, &arrived.profile, user).await?
            }
        },
        Err(error) => {
            // Nobody's fault who stands behind this address.
            if error.kind() == ErrorKind::Unavailable {
                app.limits.callback_not_failed(&visit.origin.address).await;
            }
            note(&app, &visit, provider, errand, look(&error).2).await;
            unable(&app, &visit, provider, errand, &error)
        }
    };
    Ok(with_cookies(response, [app.cookies.clear_flow(&flow.id)]))
}

async fn admit(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    provider: &Provider,
    Arrived { profile, tokens }: &Arrived,
    rd: &ReturnTo,
) -> Result<Response, Error> {
    let admitted =
        sso::by_identity(&app.db, &app.master, provider.config(), profile, &visit.origin, visit.now).await;
    match admitted {
        Ok(user) => {
            let vouched = How::Provider(provider, profile.session.as_deref(), tokens);
            app.limits.callback_not_failed(&visit.origin.address).await;
            let cookies = sessions::begin(app, visit, headers, &user, vouched).await?;
            let round = app.cookies.set_rounds(app.cookies.rounds(headers).saturating_add(1));
            // All of this was GET, so the browser may go straight to where the person wanted to go.
            Ok(with_cookies(redirect(rd.as_str()), cookies.into_iter().chain([round])))
        }
        Err(SsoError::Store(error)) => Err(error.into()),
        Err(SsoError::Refused(why, since)) => {
            let applied_on = view::when(visit.lang, since.unwrap_or(visit.now));
            let reason = reason(provider, profile, &why, applied_on);
            Ok(refusal(app, visit, provider, rd, reason, StatusCode::FORBIDDEN))
        }
    }
}

/// Nothing was linked, and here is why.
pub(super) fn link_refused(
    app: &App,
    visit: &Visit,
    provider: &Provider,
    profile: &Profile,
    why: &Refused,
) -> Response {
    let reason = reason(provider, profile, why, view::when(visit.lang, visit.now));
    not_linked(app, visit, provider, reason, StatusCode::FORBIDDEN)
}

/// In the audit log, where a session was to finish what another one began.
const ELSEWHERE: &str = "another_session";

fn not_linked(app: &App, visit: &Visit, provider: &Provider, reason: Reason, status: StatusCode) -> Response {
    let view = Page {
        linking: true,
        again: Href::local(linking::link_path(provider.name(), "")),
        login: Href::local("/account"),
        ..refused_page(app, visit, provider, &ReturnTo::home(), reason)
    };
    (status, page(&view)).into_response()
}

/// Whether it is this session, and its person may do more than choose a new password.
fn is_of(principal: &Principal, session: &str) -> bool {
    *principal.session.handle == *session && principal.session.restricted.is_none()
}

fn reason(provider: &Provider, profile: &Profile, why: &Refused, applied_on: templates::When) -> Reason {
    match why {
        Refused::Pending => Reason::Pending { applied_on },
        Refused::Inactive => Reason::Inactive,
        Refused::EmailMissing => Reason::EmailMissing { claim: "email".into(), scope: "email".into() },
        Refused::EmailUnverified => Reason::EmailUnverified,
        Refused::Domain => Reason::DomainNotAllowed { domain: domain(profile) },
        Refused::Group => Reason::GroupNotAllowed,
        Refused::GroupsMissing => Reason::GroupsMissing { claim: provider.config().groups_claim.clone() },
        Refused::Claim(claim) => Reason::ClaimNotMet { claim: claim.clone() },
        Refused::NotProvisioned => Reason::NotProvisioned,
        Refused::Collision => Reason::Collision,
        Refused::Superuser => Reason::SuperuserCollision,
        Refused::Barred => Reason::Barred,
        Refused::Taken => Reason::Taken,
        Refused::SecondIdentity => Reason::SecondIdentity,
        // Whose identity it is by now is found out by signing in again.
        Refused::Unlinked => Reason::FlowExpired,
    }
}

fn domain(profile: &Profile) -> String {
    match &profile.email {
        EmailClaim::Counts(email) => email.domain(),
        _ => String::new(),
    }
}

/// Writes to the audit log what failed at or with the provider; `word` says why.
async fn note(app: &App, visit: &Visit, provider: &Provider, errand: Errand<'_>, word: &str) {
    let (db, origin, now) = (&app.db, &visit.origin, visit.now);
    let noted = match errand {
        Errand::SignIn(_) => sso::note_failure(db, provider.name(), word, origin, now).await,
        Errand::Link(user) => sso::note_link_failure(db, provider.config(), user, word, origin, now).await,
    };
    if let Err(error) = noted {
        tracing::error!(%error, "a failed single sign-on is missing in the audit log");
    }
}

/// The page for a provider that cannot be used, or whose answer cannot. The log says why.
fn unable(
    app: &App,
    visit: &Visit,
    provider: &Provider,
    errand: Errand<'_>,
    error: &oidc::Error,
) -> Response {
    let request_id = &visit.origin.request_id;
    tracing::warn!(provider = provider.name(), request_id, %error, "a single sign-on failed");
    let (reason, status, _) = look(error);
    match errand {
        Errand::SignIn(rd) => refusal(app, visit, provider, rd, reason, status),
        Errand::Link(_) => not_linked(app, visit, provider, reason, status),
    }
}

fn look(error: &oidc::Error) -> (Reason, StatusCode, &'static str) {
    match error.kind() {
        ErrorKind::Denied => (Reason::Denied, StatusCode::FORBIDDEN, "denied_by_provider"),
        ErrorKind::Unavailable => {
            (Reason::ProviderUnavailable, StatusCode::BAD_GATEWAY, "provider_unavailable")
        }
        ErrorKind::BadAnswer => (Reason::BadResponse, StatusCode::BAD_REQUEST, "bad_answer"),
        ErrorKind::Misconfigured => (Reason::BadResponse, StatusCode::BAD_GATEWAY, "misconfigured"),
    }
}

fn refusal(
    app: &App,
    visit: &Visit,
    provider: &Provider,
    rd: &ReturnTo,
    reason: Reason,
    status: StatusCode,
) -> Response {
    (status, page(&refused_page(app, visit, provider, rd, reason))).into_response()
}

fn refused_page(app: &App, visit: &Visit, provider: &Provider, rd: &ReturnTo, reason: Reason) -> Page {
    Page {
        frame: templates::Frame { languages: None, ..visit.frame(app) },
        provider: view::provider_name(provider),
        reason,
        again: Href::query(&format!("/oidc/{}", provider.name()), [("rd", rd.as_str())]),
        login: Href::query("/login", [("local", "1"), ("rd", rd.as_str())]),
        linking: false,
    }
}
