//! Sessions in this process: gone when it ends, and nobody else's.
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{Error, SessionStore};
use crate::domain::{
    session::{Lifetimes, Session, SessionDigest},
    time::Time,
    user::UserId,
};

/// Spread over many locks, so that requests seldom meet.
const SHARDS: usize = 64;

/// Sessions in this process.
pub struct MemorySessions {
    sessions: Vec<Mutex<HashMap<SessionDigest, Kept>>>,
    by_user: Mutex<HashMap<UserId, HashSet<SessionDigest>>>,
}

struct Kept {
    session: Session,
    until: Time,
}

impl Default for MemorySessions {
    fn default() -> Self {
        Self { sessions: (0..SHARDS).map(|_| Mutex::default()).collect(), by_user: Mutex::default() }
    }
}

impl MemorySessions {
    fn shard(&self, digest: SessionDigest) -> MutexGuard<'_, HashMap<SessionDigest, Kept>> {
        lock(&self.sessions[usize::from(digest.0[0]) % SHARDS])
    }

    /// Forgets what has expired; returns how many that were.
    pub fn purge(&self, now: Time) -> usize {
        let mut gone = vec![];
        for shard in &self.sessions {
            lock(shard).retain(|digest, kept| {
                let stays = kept.until > now;
                if !stays {
                    gone.push((*digest, kept.session.user_id));
                }
                stays
            });
        }
        let mut by_user = lock(&self.by_user);
        for (digest, user) in &gone {
            forget(&mut by_user, *digest, *user);
        }
        gone.len()
    }
}

#[async_trait]
impl SessionStore for MemorySessions {
    async fn insert(
        &self,
        digest: SessionDigest,
        session: &Session,
        lifetimes: &Lifetimes,
    ) -> Result<(), Error> {
        lock(&self.by_user).entry(session.user_id).or_default().insert(digest);
        let until = session.expires_at(lifetimes);
        self.shard(digest).insert(digest, Kept { session: session.clone(), until });
        Ok(())
    }

    async fn find(&self, digest: SessionDigest, now: Time) -> Result<Option<Session>, Error> {
        Ok(self.shard(digest).get(&digest).filter(|kept| kept.until > now).map(|kept| kept.session.clone()))
    }

    async fn touch(
        &self,
        digest: SessionDigest,
        session: &Session,
        lifetimes: &Lifetimes,
        now: Time,
    ) -> Result<(), Error> {
        if let Some(kept) = self.shard(digest).get_mut(&digest)
            && kept.session.handle == session.handle
        {
            kept.session.seen_at = now;
            kept.until = kept.session.expires_at(lifetimes);
        }
        Ok(())
    }

    async fn remove(&self, digest: SessionDigest, user: UserId) -> Result<(), Error> {
        self.shard(digest).remove(&digest);
        forget(&mut lock(&self.by_user), digest, user);
        Ok(())
    }

    async fn of_user(&self, user: UserId, now: Time) -> Result<Vec<(SessionDigest, Session)>, Error> {
        let digests: Vec<_> = lock(&self.by_user).get(&user).into_iter().flatten().copied().collect();
        let mut found = vec![];
        for digest in digests {
            if let Some(session) = self.find(digest, now).await? {
                found.push((digest, session));
            }
        }
        found.sort_by_key(|(_, session)| std::cmp::Reverse(session.created_at));
        Ok(found)
    }

    async fn purge(&self, now: Time) -> Result<(), Error> {
        self.purge(now);
        Ok(())
    }

    async fn ping(&self) -> Result<(), Error> {
        Ok(())
    }
}

fn forget(by_user: &mut HashMap<UserId, HashSet<SessionDigest>>, digest: SessionDigest, user: UserId) {
    if let Some(digests) = by_user.get_mut(&user) {
        digests.remove(&digest);
        if digests.is_empty() {
            by_user.remove(&user);
        }
    }
}

/// What these locks guard is whole after every statement, so a panic elsewhere does no harm.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
