//! Sessions in this process: gone when it ends, and nobody else's.
use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap, HashSet},
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{Error, Kept, Place, SessionStore, Totals, Used};
use crate::domain::{
    session::{Lifetimes, Session, SessionDigest, TOUCH_EVERY},
    time::Time,
    user::UserId,
};

/// Spread over many locks, so that requests seldom meet.
const SHARDS: usize = 64;

/// Sessions in this process. Whoever needs both locks takes the index first.
pub struct MemorySessions {
    sessions: Vec<Mutex<HashMap<SessionDigest, Entry>>>,
    index: Mutex<Index>,
}

struct Entry {
    session: Arc<Session>,
    ends: Time,
    until: Time,
}

/// What lists and totals are read from.
#[derive(Default)]
struct Index {
    /// When everybody with a session was last seen.
    people: HashMap<UserId, Time>,
    /// The same by that time.
    online: BTreeSet<(Time, UserId)>,
    /// Every session by whose it is.
    owned: BTreeSet<(UserId, SessionDigest)>,
    /// Every session by when it ends.
    live: BTreeSet<(Time, SessionDigest)>,
    /// The browsers of all sessions: few, and long.
    browsers: HashSet<Arc<str>>,
}

impl Default for MemorySessions {
    fn default() -> Self {
        Self { sessions: (0..SHARDS).map(|_| Mutex::default()).collect(), index: Mutex::default() }
    }
}

impl MemorySessions {
    fn shard(&self, digest: SessionDigest) -> MutexGuard<'_, HashMap<SessionDigest, Entry>> {
        lock(&self.sessions[usize::from(digest.0[0]) % SHARDS])
    }

    /// Takes sessions out of everything, and notes when their people were last seen with others: once for each,
    /// however many go.
    fn forget(&self, index: &mut Index, digests: impl IntoIterator<Item = SessionDigest>) {
        let mut people = BTreeSet::new();
        for digest in digests {
            let Some(Entry { session, ends, .. }) = self.shard(digest).remove(&digest) else { continue };
            index.live.remove(&(ends, digest));
            index.owned.remove(&(session.user_id, digest));
            people.insert(session.user_id);
        }
        for user in people {
            let others = index.of(user);
            let seen =
                others.filter_map(|digest| Some(self.shard(digest).get(&digest)?.session.seen_at)).max();
            index.see(user, seen);
        }
    }

    fn kept(&self, index: &Index, user: UserId, now: Time) -> Vec<Kept> {
        let session = |digest| {
            let shard = self.shard(digest);
            Some((digest, Session::clone(&shard.get(&digest).filter(|entry| entry.until > now)?.session)))
        };
        let mut found: Vec<_> = index.of(user).filter_map(session).collect();
        found.sort_by_key(|(_, session)| Reverse(session.created_at));
        found
    }
}

impl Index {
    /// Notes when somebody was last seen; without a time, that they are gone.
    fn see(&mut self, user: UserId, seen: Option<Time>) {
        let before = match seen {
            Some(seen) => self.people.insert(user, seen),
            None => self.people.remove(&user),
        };
        self.online.extend(seen.map(|seen| (seen, user)));
        if let Some(before) = before.filter(|before| Some(*before) != seen) {
            self.online.remove(&(before, user));
        }
    }

    /// The same text, once for all sessions that have it.
    fn browser(&mut self, text: &Arc<str>) -> Arc<str> {
        match self.browsers.get(text) {
            Some(known) => Arc::clone(known),
            None => {
                self.browsers.insert(Arc::clone(text));
                Arc::clone(text)
            }
        }
    }

    /// The sessions of one person.
    fn of(&self, user: UserId) -> impl Iterator<Item = SessionDigest> {
        let all = (user, SessionDigest([0; 32]))..=(user, SessionDigest([255; 32]));
        self.owned.range(all).map(|(_, digest)| *digest)
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
        let mut index = lock(&self.index);
        self.forget(&mut index, [digest]);
        let (ends, until) = (session.ends_at(lifetimes), session.expires_at(lifetimes));
        index.live.insert((ends, digest));
        index.owned.insert((session.user_id, digest));
        let before = index.people.get(&session.user_id).copied().unwrap_or_default();
        index.see(session.user_id, Some(before.max(session.seen_at)));
        let session = Arc::new(Session { user_agent: index.browser(&session.user_agent), ..session.clone() });
        self.shard(digest).insert(digest, Entry { session, ends, until });
        Ok(())
    }

    async fn find_all(
        &self,
        digests: &[SessionDigest],
        now: Time,
    ) -> Result<Vec<Option<Arc<Session>>>, Error> {
        let find = |digest: &SessionDigest| {
            let shard = self.shard(*digest);
            Some(Arc::clone(&shard.get(digest).filter(|kept| kept.until > now)?.session))
        };
        Ok(digests.iter().map(find).collect())
    }

    fn surely_lacks(&self, digest: SessionDigest) -> bool {
        !self.shard(digest).contains_key(&digest)
    }

    async fn touch_all(&self, used: &[Used], lifetimes: &Lifetimes) -> Result<(), Error> {
        for Used { digest, session, at } in used {
            let mut index = lock(&self.index);
            let mut shard = self.shard(*digest);
            let Some(entry) = shard.get_mut(digest).filter(|entry| entry.session.handle == session.handle)
            else {
                continue;
            };
            if *at <= entry.session.seen_at {
                continue;
            }
            index.live.remove(&(entry.ends, *digest));
            Arc::make_mut(&mut entry.session).seen_at = *at;
            entry.ends = entry.session.ends_at(lifetimes);
            entry.until = entry.session.expires_at(lifetimes);
            index.live.insert((entry.ends, *digest));
            let before = index.people.get(&session.user_id).copied().unwrap_or_default();
            index.see(session.user_id, Some(before.max(*at)));
        }
        Ok(())
    }

    async fn remove_all(&self, sessions: &[(SessionDigest, UserId)]) -> Result<(), Error> {
        let mut index = lock(&self.index);
        self.forget(&mut index, sessions.iter().map(|(digest, _)| *digest));
        Ok(())
    }

    async fn of_users(&self, users: &[UserId], now: Time) -> Result<Vec<Vec<Kept>>, Error> {
        let index = lock(&self.index);
        Ok(users.iter().map(|user| self.kept(&index, *user, now)).collect())
    }

    async fn online(
        &self,
        from: Option<Place>,
        size: usize,
        lifetimes: &Lifetimes,
        now: Time,
    ) -> Result<Vec<(UserId, Time)>, Error> {
        let index = lock(&self.index);
        let since = lifetimes.idle_since(now);
        let present = |(seen, user): &(Time, UserId)| (*seen > since).then_some((*user, *seen));
        Ok(match from {
            None => index.online.iter().rev().map_while(present).take(size).collect(),
            Some(Place::After(seen, user)) => {
                index.online.range(..(seen, user)).rev().map_while(present).take(size).collect()
            }
            Some(Place::Before(seen, user)) => {
                let later = index.online.range((Bound::Excluded((seen, user)), Bound::Unbounded));
                let mut page: Vec<_> = later.filter_map(present).take(size).collect();
                page.reverse();
                page
            }
        })
    }

    async fn last_seen(
        &self,
        users: &[UserId],
        lifetimes: &Lifetimes,
        now: Time,
    ) -> Result<Vec<Option<Time>>, Error> {
        let index = lock(&self.index);
        let since = lifetimes.idle_since(now);
        let seen = |user| index.people.get(user).copied().filter(|seen| *seen > since);
        Ok(users.iter().map(seen).collect())
    }

    async fn totals(&self, lifetimes: &Lifetimes, now: Time) -> Result<Totals, Error> {
        let index = lock(&self.index);
        // Only what has expired since the last purge is looked at.
        let since = lifetimes.idle_since(now);
        let gone = index.online.iter().take_while(|(seen, _)| *seen <= since).count();
        let over = index.live.iter().take_while(|(ends, _)| *ends <= now).count();
        let left = |all: usize, gone: usize| (all - gone) as u64;
        Ok(Totals { people: left(index.online.len(), gone), sessions: left(index.live.len(), over) })
    }

    async fn purge(&self, _lifetimes: &Lifetimes, now: Time) -> Result<(), Error> {
        let mut index = lock(&self.index);
        // Kept as long as `find` may give it out.
        let over = index.live.iter().take_while(|(ends, _)| *ends + TOUCH_EVERY <= now);
        let over: Vec<_> = over.map(|(_, digest)| *digest).collect();
        self.forget(&mut index, over);
        index.browsers.retain(|text| Arc::strong_count(text) > 1);
        Ok(())
    }

    async fn ping(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// What these locks guard is whole after every statement, so a panic elsewhere does no harm.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{secret, session::SessionToken};

    fn session() -> (SessionDigest, Session) {
        let token = SessionToken::generate();
        let session = Session {
            handle: "handle".into(),
            user_id: UserId(secret::new_id(Time::from_micros(1))),
            epoch: 0,
            key_hash: [0; 32],
            created_at: Time::from_micros(1),
            seen_at: Time::from_micros(1),
            provider: None,
            provider_session: None,
            restricted: None,
            address: "192.0.2.7".into(),
            user_agent: "Browser/1".into(),
        };
        (token.id.digest(), session)
    }

    #[tokio::test]
    async fn what_browsers_call_themselves_is_kept_once_and_no_longer_than_their_sessions() {
        let (store, lifetimes, now) = (MemorySessions::default(), Lifetimes::default(), Time::from_micros(1));
        let ((one, first), (other, second)) = (session(), session());
        store.insert(one, &first, &lifetimes).await.unwrap();
        store.insert(other, &second, &lifetimes).await.unwrap();
        let found = store.find_all(&[one, other], now).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|session| session.unwrap().user_agent.clone()).collect();
        assert!(Arc::ptr_eq(&found[0], &found[1]));
        let users = [first.user_id, second.user_id];
        drop((found, first, second));
        let browsers = || lock(&store.index).browsers.len();
        store.remove(one, users[0]).await.unwrap();
        store.purge(&lifetimes, now).await.unwrap();
        assert_eq!(browsers(), 1);
        store.remove(other, users[1]).await.unwrap();
        store.purge(&lifetimes, now).await.unwrap();
        assert_eq!(browsers(), 0);
    }
}
