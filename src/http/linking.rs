//! `/account/identities/…`: people link an identity at a provider to their own account, and unlink it.
//!
//! Both ends are proven: the account by its password, asked for again, and the identity by a sign-in at the provider. In
//! between nothing is kept here: a sealed proof of the password, then the sealed `state`, both bound to the session.
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use templates::{
    Href, Problem,
    linking::{Onward, Prove, What, onward, prove},
};

use super::{
    Error, Visit, devices,
    extract::{Form, Query, SignedIn},
    flash::Flash,
    redirect,
    sessions::{self, How},
    sso::{self, Errand},
    view, with_cookies,
};
use crate::{
    accounts::{
        guess::Buckets,
        proving::{self, Unproven},
        sso::{LinkError, Unlink, UnlinkError, link, unlink},
    },
    domain::{
        identity::{LinkedIdentity, Profile},
        principal::Principal,
        session::Session,
        time::Time,
        user::User,
    },
    oidc::{Flow, Prompt, Provider},
    state::App,
    store::identities,
};

/// How long a shown password is good for.
const PROOF: std::time::Duration = std::time::Duration::from_secs(300);
const PURPOSE: &str = "link-proof";

/// That whoever is signed in here has shown their password.
#[derive(Serialize, Deserialize)]
struct Proof {
    /// The session's handle.
    session: String,
    provider: String,
    until: Time,
}

/// What a page of these is asked with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    proof: String,
}

/// What the form says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    current_password: String,
}

/// Where linking an identity at a provider begins.
pub(super) fn link_path(provider: &str, end: &str) -> String {
    format!("/account/identities/link/{provider}{end}")
}

/// Where an identity is unlinked.
pub(super) fn unlink_path(linked: &LinkedIdentity) -> Href {
    Href::local(format!("/account/identities/{}/unlink", linked.handle()))
}

/// Whether an account that has these may link one at this provider.
pub(super) fn may_link(user: &User, linked: &[LinkedIdentity], provider: &Provider) -> bool {
    let config = provider.config();
    user.has_password && !linked.iter().any(|it| it.provider == config.name || it.issuer == config.issuer)
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    SignedIn(Principal { user, session, .. }): SignedIn,
    Path(name): Path<String>,
    Query(Shown { proof }): Query<Shown>,
) -> Result<Response, Error> {
    let provider = linkable(&app, &user, &name).await?;
    if !is_proven(&app, &session, &name, &proof, visit.now) {
        return Ok(prove(&link_form(&app, &visit, &user, provider, vec![])).into_response());
    }
    let view = Onward {
        frame: visit.frame(&app),
        provider: view::provider_name(provider),
        href: Href::query(&link_path(&name, "/go"), [("proof", proof.as_str())]),
    };
    Ok(onward(&view).into_response())
}

pub(super) async fn show_password(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    SignedIn(Principal { user, session, .. }): SignedIn,
    Path(name): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let provider = linkable(&app, &user, &name).await?;
    if let Err(problem) = knows_password(&app, &visit, &headers, &user, typed.current_password).await? {
        let view = link_form(&app, &visit, &user, provider, vec![problem]);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, prove(&view)).into_response());
    }
    let proof =
        Proof { session: session.handle.to_string(), provider: name.clone(), until: visit.now + PROOF };
    let proof = app.master.seal(PURPOSE, &serde_json::to_vec(&proof).unwrap_or_default());
    Ok(redirect(Href::query(&link_path(&name, ""), [("proof", proof.as_str())]).as_str()))
}

/// Goes to the provider, where the person has to show who they are, signed in there or not.
pub(super) async fn begin(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    SignedIn(Principal { user, session, .. }): SignedIn,
    Path(name): Path<String>,
    Query(Shown { proof }): Query<Shown>,
) -> Result<Response, Error> {
    let provider = linkable(&app, &user, &name).await?;
    if !is_proven(&app, &session, &name, &proof, visit.now) {
        return Ok(redirect(&link_path(&name, "")));
    }
    let begun = Flow::begin(provider.name(), "/account", visit.now);
    let flow = Flow { link: Some(session.handle.to_string()), prompt: Prompt::Login, ..begun };
    Ok(sso::start(&app, &visit, &headers, provider, &flow, Errand::Link(&user)).await)
}

/// The provider has said who it is.
pub(super) async fn finish(
    app: &App,
    visit: &Visit,
    provider: &Provider,
    profile: &Profile,
    user: &User,
) -> Result<Response, Error> {
    let linked = link(&app.db, &app.master, provider.config(), profile, user, &visit.origin, visit.now).await;
    match linked {
        Ok(_) => {
            let told = Flash::IdentityLinked(view::provider_name(provider)).cookie(app, visit.now);
            Ok(with_cookies(redirect("/account"), [told]))
        }
        Err(LinkError::Refused(why)) => Ok(sso::link_refused(app, visit, provider, profile, &why)),
        Err(LinkError::Changed) => Err(Error::SignInFirst),
        Err(LinkError::Store(error)) => Err(error.into()),
    }
}

pub(super) async fn show_unlink(
    State(app): State<App>,
    visit: Visit,
    SignedIn(Principal { user, .. }): SignedIn,
    Path(handle): Path<String>,
) -> Result<Response, Error> {
    let linked = own(&app, &user, &handle).await?;
    Ok(prove(&unlink_form(&app, &visit, &user, &linked, vec![])).into_response())
}

/// Takes the identity away and ends all sessions; this browser gets a new one, by the password that was just shown.
pub(super) async fn take_away(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    SignedIn(Principal { user, .. }): SignedIn,
    Path(handle): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let linked = own(&app, &user, &handle).await?;
    let known_as = view::provider_label(&app, &linked.provider);
    let problem = match knows_password(&app, &visit, &headers, &user, typed.current_password).await? {
        Err(problem) => problem,
        Ok(()) => {
            let asked = Unlink { handle: &handle, known_as: &known_as };
            match unlink(&app.db, &app.master, &user, &asked, &visit.origin, visit.now).await {
                Ok(user) => {
                    sessions::tidy(&app, &visit, user.id).await;
                    let cookies = sessions::begin(&app, &visit, &headers, &user, How::Password).await?;
                    let told = Flash::IdentityUnlinked(known_as).cookie(&app, visit.now);
                    return Ok(with_cookies(redirect("/account"), cookies.into_iter().chain([told])));
                }
                Err(UnlinkError::LastSuperuser) => {
                    Problem::LastSuperuserTier { username: user.username.to_string(), own: true }
                }
                Err(UnlinkError::Gone) => return Err(Error::NotFound),
                Err(UnlinkError::Changed) => return Err(Error::SignInFirst),
                Err(UnlinkError::Store(error)) => return Err(error.into()),
            }
        }
    };
    let view = unlink_form(&app, &visit, &user, &linked, vec![problem]);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, prove(&view)).into_response())
}

/// The provider of this name, if an identity there can be linked to the account.
async fn linkable<'a>(app: &'a App, user: &User, name: &str) -> Result<&'a Provider, Error> {
    let provider = app.provider(name).ok_or(Error::NotFound)?;
    let linked = identities::of_user(&mut app.db.read().await?, user.id).await?;
    if may_link(user, &linked, provider) { Ok(provider) } else { Err(Error::NotFound) }
}

/// The account's identity of this handle, if there is another way in.
async fn own(app: &App, user: &User, handle: &str) -> Result<LinkedIdentity, Error> {
    let linked = identities::of_user(&mut app.db.read().await?, user.id).await?;
    let found = linked.into_iter().find(|it| it.handle() == handle);
    found.filter(|_| user.has_password).ok_or(Error::NotFound)
}

fn is_proven(app: &App, session: &Session, provider: &str, sealed: &str, now: Time) -> bool {
    let opened = app.master.open(PURPOSE, sealed);
    let proof = opened.and_then(|text| serde_json::from_slice::<Proof>(&text).ok());
    proof.is_some_and(|it| *it.session == *session.handle && it.provider == provider && now < it.until)
}

/// Counts the attempt as one at signing in, then evaluates it.
async fn knows_password(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    user: &User,
    typed: String,
) -> Result<Result<(), Problem>, Error> {
    let device = devices::of(app, headers);
    let buckets = Buckets::of(&mut app.db.read().await?, user, device.as_ref()).await?;
    // To its end, also when the client hangs up meanwhile: no attempt is counted that the audit log does not know.
    let evaluated = tokio::spawn(evaluate(app.clone(), visit.clone(), buckets, user.clone(), typed)).await;
    evaluated.unwrap_or(Err(Error::Internal("a password was not looked at to its end")))
}

async fn evaluate(
    app: App,
    visit: Visit,
    buckets: Buckets,
    user: User,
    typed: String,
) -> Result<Result<(), Problem>, Error> {
    let origin = &visit.origin;
    let attempt = app.limits.begin_login(buckets, &origin.address, visit.now).await;
    let attempt = attempt.map_err(Error::TooMany)?;
    let proven =
        proving::prove(&app.db, &app.hasher, (&user, &typed), attempt.guess, origin, visit.now).await;
    match proven {
        Ok(()) => {
            app.limits.login_succeeded(&attempt).await;
            Ok(Ok(()))
        }
        Err(Unproven::Wrong) => Ok(Err(Problem::CurrentPasswordWrong)),
        Err(Unproven::Busy(busy)) => {
            app.limits.login_not_evaluated(&attempt).await;
            Err(busy.into())
        }
        Err(Unproven::Store(error)) => Err(error.into()),
    }
}

fn link_form(app: &App, visit: &Visit, user: &User, provider: &Provider, problems: Vec<Problem>) -> Prove {
    Prove {
        frame: templates::Frame { languages: None, ..visit.frame(app) },
        what: What::Link,
        provider: view::provider_name(provider),
        username: user.username.to_string(),
        action: Href::local(link_path(provider.name(), "")),
        problems,
    }
}

fn unlink_form(
    app: &App,
    visit: &Visit,
    user: &User,
    linked: &LinkedIdentity,
    problems: Vec<Problem>,
) -> Prove {
    Prove {
        frame: templates::Frame { languages: None, ..visit.frame(app) },
        what: What::Unlink,
        provider: view::provider_label(app, &linked.provider),
        username: user.username.to_string(),
        action: unlink_path(linked),
        problems,
    }
}
