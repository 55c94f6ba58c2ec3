//! From a session to the person behind it.
use std::sync::Arc;

use super::{Error, Parts, cache::Known, loader::Loaded};
use crate::domain::{
    principal::Principal,
    session::{Session, SessionDigest, SessionId, SessionToken},
    time::Time,
};

/// Sessions that one request may have looked up.
const LOOKUPS_MAX: usize = 5;

/// The person behind both parts of a session's secret, read afresh: what our own pages ask.
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

/// The person behind the first of these sessions that stands, as it is or was a moment ago: what the gate asks.
pub(super) async fn first(
    parts: &Parts<'_>,
    ids: &[SessionId],
    now: Time,
) -> Result<Option<Arc<Known>>, Error> {
    for id in ids.iter().take(LOOKUPS_MAX) {
        let digest = id.digest();
        let load = async {
            match parts.sessions.find(digest, now).await? {
                Some(session) => standing(parts, digest, session, now).await,
                None => Ok(None),
            }
        };
        let known = parts.cache.known(digest, parts.db.generation(), load).await?;
        // It may have come to its end since it was read.
        if let Some(known) = known.filter(|it| it.session.stands(&it.user, &parts.lifetimes, now)) {
            return Ok(Some(known));
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
    let lifetimes = &parts.lifetimes;
    let Some(Loaded { mut session, user, may }) = parts.loader.load(session).await? else { return Ok(None) };
    if !session.stands(&user, lifetimes, now) {
        return Ok(None);
    }
    if parts.is_use && session.wants_touch(lifetimes, now) {
        match parts.sessions.touch(digest, &session, lifetimes, now).await {
            Ok(()) => session.seen_at = now,
            // The session was read, so the decision stands; at worst it ends too early.
            Err(error) => tracing::warn!(%error, "could not note that a session was used"),
        }
    }
    Ok(Some(Principal { user, may, session }))
}
