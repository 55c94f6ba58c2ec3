//! Sessions begin and end: the account's side, the store's side and the cookie's side together.
use std::collections::HashSet;

use axum::http::{HeaderMap, HeaderValue};

use super::{Error, Visit, devices};
use crate::{
    accounts::{arrival, own, vouching},
    domain::{
        known::DeviceId,
        principal::Principal,
        renewal::Tokens,
        session::{Session, SessionDigest, SessionToken},
        user::{User, UserId},
    },
    oidc::Provider,
    session::Kept,
    state::App,
    store::{revocations, users},
};

/// So many sessions one person may have; the oldest make room for a new one.
const SESSIONS_MAX: usize = 100;

/// How somebody showed who they are.
pub(super) enum How<'a> {
    /// With a password, whose age and origin the policy looks at.
    Password,
    /// This provider vouched for them, in this session of its own, and gave these.
    Provider(&'a Provider, Option<&'a str>, &'a Tokens),
}

/// Begins a session under a new secret and ends the one that the browser had. Returns the cookies, that of the
/// browser itself among them, under a new name. `user` is the account as it was before this sign-in.
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
        How::Provider(provider, session, _) => (Some((provider.name(), session)), None),
    };
    let token = SessionToken::generate();
    let session = Session::begin(&token, user, provider, &visit.origin, visit.now);
    let session = Session { restricted, ..session };
    if let How::Provider(provider, _, tokens) = how {
        // Before there is a session: one that is not known here could not be ended by its provider.
        let of = (&session, tokens);
        vouching::begin(&app.db, &app.master, provider.config(), of, visit.now).await?;
    }
    app.sessions.insert(token.id.digest(), &session, &settings.lifetimes).await?;
    make_room(app, visit, user.id, token.id.digest()).await;
    let (old, new) = (devices::of(app, headers), DeviceId::draw());
    let noted = arrival::note(&app.db, user, (old.as_ref(), &new), &visit.origin, visit.now).await;
    let device = match (noted, old) {
        (Err(error), old) => {
            tracing::error!(%error, "from where somebody has just signed in is not remembered");
            old.unwrap_or(new)
        }
        (Ok(()), _) => new,
    };
    Ok(app.cookies.set(&token).into_iter().chain([devices::cookie(app, &device)]).collect())
}

/// Forgets the oldest sessions of whoever has too many beside the new one. Those are over with that: a session
/// that the store does not hold opens nothing.
async fn make_room(app: &App, visit: &Visit, user: UserId, new: SessionDigest) {
    match app.sessions.of_user(user, visit.now).await {
        Ok(kept) => {
            let others = kept.iter().filter(|(digest, _)| *digest != new);
            let oldest: Vec<_> = others.skip(SESSIONS_MAX - 1).map(|(digest, _)| (*digest, user)).collect();
            forget(app, &oldest).await;
        }
        Err(error) => tracing::warn!(%error, "whether somebody has too many sessions is not known"),
    }
}

/// Ends the session of this browser.
pub(super) async fn end(
    app: &App,
    visit: &Visit,
    token: &SessionToken,
    principal: &Principal,
) -> Result<(), Error> {
    end_one(app, visit, &principal.user, (token.id.digest(), &principal.session)).await
}

/// Ends one of somebody's own sessions. Once the database has it the session is over; the store is tidied if it
/// answers.
pub(super) async fn end_one(
    app: &App,
    visit: &Visit,
    user: &User,
    (digest, session): (SessionDigest, &Session),
) -> Result<(), Error> {
    own::sign_out(&app.db, user, session, &app.settings().lifetimes, &visit.origin, visit.now).await?;
    forget(app, &[(digest, user.id)]).await;
    Ok(())
}

/// Ends all sessions of somebody's own but this one, which goes on under a new secret. Returns its cookies, or
/// nothing when it has ended itself meanwhile.
pub(super) async fn end_others(
    app: &App,
    visit: &Visit,
    principal: &Principal,
) -> Result<Option<Vec<HeaderValue>>, Error> {
    let Principal { user, session, .. } = principal;
    // Read before, because what begins from now on belongs to the new epoch and is none of these.
    let others = app.sessions.of_user(user.id, visit.now).await.unwrap_or_default();
    let epoch = own::sign_out_elsewhere(&app.db, session, &visit.origin, visit.now).await?;
    let Some(epoch) = epoch else { return Ok(None) };
    let token = SessionToken::generate();
    let session = session.renewed(&token, epoch, visit.now);
    app.sessions.insert(token.id.digest(), &session, &app.settings().lifetimes).await?;
    let others: Vec<_> = others.iter().map(|(digest, _)| (*digest, user.id)).collect();
    forget(app, &others).await;
    Ok(Some(app.cookies.set(&token)))
}

/// The sessions of each of these people that stand, newest first, in a fixed number of round trips. What the
/// store holds of others that are over for good is tidied away.
pub(super) async fn standing(app: &App, visit: &Visit, users: &[User]) -> Result<Vec<Vec<Kept>>, Error> {
    let lifetimes = &app.settings().lifetimes;
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    let mut kept = app.sessions.of_users(&ids, visit.now).await?;
    let mut over = vec![];
    for (user, sessions) in users.iter().zip(&mut kept) {
        let ended = sessions.extract_if(.., |(_, session)| session.is_over(user, lifetimes, visit.now));
        over.extend(ended.map(|(digest, _)| (digest, user.id)));
    }
    // The database is asked only about those that nothing else has ended.
    let keys: Vec<_> = kept.iter().flatten().flat_map(|(_, session)| revocation_keys(session)).collect();
    let revoked = revocations::among(&mut app.db.read().await?, &keys).await?;
    let revoked: HashSet<_> = revoked.into_iter().collect();
    for (user, sessions) in users.iter().zip(&mut kept) {
        sessions.retain(|(digest, session)| {
            let is_revoked = revocation_keys(session).any(|key| revoked.contains(&key));
            if is_revoked {
                over.push((*digest, user.id));
            }
            !is_revoked && session.stands(user, lifetimes, visit.now)
        });
    }
    forget(app, &over).await;
    Ok(kept)
}

/// The session of this account with this handle, if it stands.
pub(super) async fn find(app: &App, visit: &Visit, user: &User, handle: &str) -> Result<Option<Kept>, Error> {
    let mut sessions = standing(app, visit, std::slice::from_ref(user)).await?.pop().unwrap_or_default();
    let at = sessions.iter().position(|(_, session)| *session.handle == *handle);
    Ok(at.map(|at| sessions.swap_remove(at)))
}

/// Tidies away the sessions that a change of the account has just ended. One that has begun since then, in the
/// account's new epoch, is none of these.
pub(super) async fn tidy(app: &App, visit: &Visit, id: UserId) {
    let over = async {
        let kept = app.sessions.of_user(id, visit.now).await?;
        let user = users::find(&mut app.db.read().await?, id).await?;
        let lifetimes = &app.settings().lifetimes;
        let is_over =
            |session: &Session| user.as_ref().is_none_or(|user| session.is_over(user, lifetimes, visit.now));
        let over = kept.iter().filter(|(_, session)| is_over(session));
        Ok::<Vec<_>, Error>(over.map(|(digest, _)| (*digest, id)).collect())
    };
    match over.await {
        Ok(over) => forget(app, &over).await,
        Err(error) => tracing::warn!(%error, "ended sessions stay in the store until they expire"),
    }
}

/// Tidies away sessions that are over already.
pub(super) async fn forget(app: &App, over: &[(SessionDigest, UserId)]) {
    if !over.is_empty()
        && let Err(error) = app.sessions.remove_all(over).await
    {
        tracing::warn!(%error, "ended sessions stay in the store until they expire");
    }
}

fn revocation_keys(session: &Session) -> impl Iterator<Item = String> {
    std::iter::once(session.revocation()).chain(session.provider_revocation())
}
