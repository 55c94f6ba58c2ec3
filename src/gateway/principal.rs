//! From a session to the person behind it.
use std::sync::{Arc, PoisonError, RwLock};

use super::{Error, Parts};
use crate::{
    domain::{
        permission::{Effective, Roles},
        principal::Principal,
        session::{Session, SessionDigest, SessionId, SessionToken},
        time::Time,
        user::User,
    },
    store::{self, Tx, grants, roles, users},
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
    let lifetimes = &parts.lifetimes;
    let mut tx = parts.db.read().await?;
    let user = users::find_for_session(&mut tx, &session).await?;
    let Some(user) = user.filter(|user| session.stands(user, lifetimes, now)) else { return Ok(None) };
    let may = parts.roles.effective(&mut tx, &user).await?;
    drop(tx);
    if parts.is_use
        && session.wants_touch(lifetimes, now)
        && let Err(error) = parts.sessions.touch(digest, &session, lifetimes, now).await
    {
        // The session was read, so the decision stands; at worst it ends too early.
        tracing::warn!(%error, "could not note that a session was used");
    }
    Ok(Some(Principal { user, may, session }))
}

/// All roles as they were last read, with the version that they had. Roles seldom change; what was given to
/// a person is read anew each time, and with it the version by which these are known to be old.
#[derive(Debug, Default)]
pub struct RoleCache(RwLock<Arc<(i64, Roles)>>);

impl RoleCache {
    /// What somebody may do at this moment.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn effective(&self, tx: &mut Tx, user: &User) -> Result<Effective, store::Error> {
        let (held, version) = grants::of_user(tx, user.id).await?;
        if held.roles.is_empty() {
            return Ok(Effective::of(user.tier, &held, &Roles::default()));
        }
        let known = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        if known.0 == version {
            return Ok(Effective::of(user.tier, &held, &known.1));
        }
        // Read after the version: at worst they are newer than it says, and are read once more next time.
        let read = Arc::new((version, roles::all(tx).await?));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&read);
        Ok(Effective::of(user.tier, &held, &read.1))
    }
}
