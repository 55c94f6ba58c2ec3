//! From a session to the person behind it.
use super::{Error, Parts};
use crate::{
    domain::{
        principal::Principal,
        session::{Session, SessionDigest, SessionId, SessionToken},
        time::Time,
    },
    store::users,
};

/// Sessions that one request may have looked up.
const LOOKUPS_MAX: usize = 5;

/// The person behind both parts of a session's secret: what our own pages ask.
///
/// # Errors
/// When sessions or accounts cannot be read.
pub async fn principal(
    parts: &Parts<'_>,
    token: &SessionToken,
    now: Time,
) -> Result<Option<Principal>, Error> {
    let digest = token.id.digest();
    match parts.sessions.find(digest, now).await? {
        Some(session) if session.has_key(&token.key) => standing(parts, digest, session, now).await,
        _ => Ok(None),
    }
}

/// The person behind the first of these sessions that stands: what the gate asks.
pub(super) async fn first(
    parts: &Parts<'_>,
    ids: &[SessionId],
    now: Time,
) -> Result<Option<Principal>, Error> {
    for id in ids.iter().take(LOOKUPS_MAX) {
        let digest = id.digest();
        if let Some(session) = parts.sessions.find(digest, now).await?
            && let Some(principal) = standing(parts, digest, session, now).await?
        {
            return Ok(Some(principal));
        }
    }
    Ok(None)
}

async fn standing(
    parts: &Parts<'_>,
    digest: SessionDigest,
    session: Session,
    now: Time,
) -> Result<Option<Principal>, Error> {
    let user = users::find_for_session(&mut parts.db.read().await?, &session).await?;
    let Some(user) = user.filter(|user| session.stands(user, parts.lifetimes, now)) else { return Ok(None) };
    if session.wants_touch(parts.lifetimes, now)
        && let Err(error) = parts.sessions.touch(digest, &session, parts.lifetimes, now).await
    {
        // The session was read, so the decision stands; at worst it ends too early.
        tracing::warn!(%error, "could not note that a session was used");
    }
    Ok(Some(Principal { user, session }))
}
