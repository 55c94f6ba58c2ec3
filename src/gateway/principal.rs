//! From a session to the person behind it.
use std::{sync::Arc, time::Duration};

use super::{Error, Parts, cache::Known};
use crate::domain::{
    principal::Principal,
    session::{Session, SessionDigest, SessionId, SessionToken},
    time::Time,
};

/// Uses are noted within this long, unless the session store is very slow.
const LAST_MOMENT: Duration = Duration::from_secs(5);
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
    let Some(mut principal) = standing(parts, digest, now).await? else { return Ok(None) };
    if !principal.session.has_key(&token.key) {
        return Ok(None);
    }
    if touch(parts, digest, &principal.session, now).await {
        Arc::make_mut(&mut principal.session).seen_at = now;
    }
    Ok(Some(principal))
}

/// The person behind the first of these sessions that stands, as it is or was a moment ago: what the gate asks.
pub(super) async fn first(
    parts: &Parts<'_>,
    ids: &[SessionId],
    now: Time,
) -> Result<Option<Arc<Known>>, Error> {
    for id in ids.iter().take(LOOKUPS_MAX) {
        let digest = id.digest();
        let (generation, load) = (parts.db.generation(), standing(parts, digest, now));
        let may_be_there = || !parts.sessions.surely_lacks(digest);
        let known = parts.cache.known(digest, generation, parts.not_before, may_be_there, load).await?;
        // It may have come to its end since it was read.
        if let Some(known) = known.filter(|it| it.stands(&parts.lifetimes, now)) {
            if parts.is_use && known.session.wants_touch(&parts.lifetimes, now) && known.is_mine_to_touch() {
                note(parts, digest, &known, now).await;
            }
            return Ok(Some(known));
        }
    }
    Ok(None)
}

async fn standing(parts: &Parts<'_>, digest: SessionDigest, now: Time) -> Result<Option<Principal>, Error> {
    let loaded = parts.loader.load(digest, now).await?;
    let lasting = loaded.filter(|it| it.session.stands(&it.user, &parts.lifetimes, now));
    // Whoever used a session once its provider has to be asked: nobody here waits for the answer.
    if let Some(it) = lasting.as_ref().filter(|it| it.vouched.is_some_and(|it| it.is_due(now))) {
        parts.due.tell(digest, &it.session);
    }
    Ok(lasting.filter(|it| it.stands(&parts.lifetimes, now)))
}

/// Notes that a session was used: soon, unless it would have ended by then for all who ask meanwhile.
async fn note(parts: &Parts<'_>, digest: SessionDigest, known: &Arc<Known>, now: Time) {
    let Parts { lifetimes, .. } = parts;
    if known.session.ends_at(lifetimes) > now + LAST_MOMENT {
        parts.uses.note(digest, known, lifetimes, now);
    } else if touch(parts, digest, &known.session, now).await {
        parts.cache.forget_touched(digest, known);
    }
}

/// Notes that a session was used, if that is worth it; whether it was noted.
async fn touch(parts: &Parts<'_>, digest: SessionDigest, session: &Session, now: Time) -> bool {
    if !session.wants_touch(&parts.lifetimes, now) {
        return false;
    }
    // Where it fails the session was read, so the decision stands; at worst it ends too early.
    let done = parts.sessions.touch(digest, session, &parts.lifetimes, now).await;
    done.inspect_err(|error| tracing::warn!(%error, "could not note that a session was used")).is_ok()
}
