//! Sessions begin and end: the account's side, the store's side and the cookie's side together.
use axum::http::{HeaderMap, HeaderValue};

use super::{Error, Visit};
use crate::{
    accounts::own,
    domain::{
        principal::Principal,
        session::{Session, SessionToken},
        user::User,
    },
    state::App,
};

/// How somebody showed who they are.
pub(super) enum How<'a> {
    /// With a password, whose age and origin the policy looks at.
    Password,
    /// This provider vouched for them, in this session of its own.
    Provider(&'a str, Option<&'a str>),
}

/// Begins a session under a new secret and ends the one that the browser had. Returns the cookies.
pub(super) async fn begin(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    user: &User,
    how: How<'_>,
) -> Result<Vec<HeaderValue>, Error> {
    if let Some(old) = app.cookies.own(headers)
        && let Some(principal) = app.principal(&old, visit.now).await?
    {
        end(app, visit, &old, &principal).await?;
    }
    let settings = app.settings();
    let (provider, restricted) = match how {
        How::Password => (None, user.restriction(&settings.password, visit.now)),
        How::Provider(name, session) => (Some((name, session)), None),
    };
    let token = SessionToken::generate();
    let session = Session::begin(&token, user, provider, &visit.origin, visit.now);
    let session = Session { restricted, ..session };
    app.sessions.insert(token.id.digest(), &session, &settings.lifetimes).await?;
    Ok(app.cookies.set(&token))
}

/// Ends one session. Once the database has it the session is over; the store is tidied if it answers.
pub(super) async fn end(
    app: &App,
    visit: &Visit,
    token: &SessionToken,
    principal: &Principal,
) -> Result<(), Error> {
    let Principal { user, session, .. } = principal;
    own::sign_out(&app.db, user, session, &app.settings().lifetimes, &visit.origin, visit.now).await?;
    if let Err(error) = app.sessions.remove(token.id.digest(), user.id).await {
        tracing::warn!(%error, "an ended session stays in the store until it expires");
    }
    Ok(())
}
