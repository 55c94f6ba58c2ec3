//! Where sessions are kept between requests.
//!
//! The store decides nothing: it keeps what it is given and forgets it in time. A session that it still
//! holds may long be over (the account's epoch says so), and a write that is lost revives nobody. Beside the
//! sessions it keeps who is online and how many sessions are live, so that pages need not read them all; these
//! may be behind for a while and decide nothing.
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::{
    session::{Lifetimes, Session, SessionDigest},
    time::Time,
    user::UserId,
};

mod memory;
mod redis;

pub use memory::MemorySessions;
pub use redis::RedisSessions;

/// Why the store could not answer. Whoever asks fails closed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the session store does not answer: {0}")]
pub struct Error(pub String);

/// A session with the key under which it is kept.
pub type Kept = (SessionDigest, Session);

/// A session that was used.
pub struct Used {
    /// The key under which it is kept.
    pub digest: SessionDigest,
    /// As it was read.
    pub session: Arc<Session>,
    /// When it was used.
    pub at: Time,
}

/// Where a page of people online begins, who are ordered by when they were last seen, then by id, both
/// descending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind this one: seen earlier.
    After(Time, UserId),
    /// The ones right before this one: seen later.
    Before(Time, UserId),
}

impl Place {
    fn takes(self, seen: Time, user: UserId) -> bool {
        match self {
            Self::After(at, of) => (seen, user.0) < (at, of.0),
            Self::Before(at, of) => (seen, user.0) > (at, of.0),
        }
    }
}

/// How many there are now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// People with a session.
    pub people: u64,
    /// Sessions.
    pub sessions: u64,
}

/// Keeps sessions between requests.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Keeps a session until it expires.
    async fn insert(
        &self,
        digest: SessionDigest,
        session: &Session,
        lifetimes: &Lifetimes,
    ) -> Result<(), Error>;
    /// The session, unless it was never there, was removed or has expired.
    async fn find(&self, digest: SessionDigest, now: Time) -> Result<Option<Session>, Error> {
        Ok(self.find_all(&[digest], now).await?.pop().flatten().map(Arc::unwrap_or_clone))
    }
    /// The same for several, in their order and in one round trip.
    async fn find_all(
        &self,
        digests: &[SessionDigest],
        now: Time,
    ) -> Result<Vec<Option<Arc<Session>>>, Error>;
    /// Whether it is known without asking anybody that there is no such session.
    fn surely_lacks(&self, _digest: SessionDigest) -> bool {
        false
    }
    /// Writes when these sessions were seen, and keeps them accordingly longer; revives none that is gone.
    /// Lists and totals that lost a session have it again afterwards. However many they are, it takes the same number
    /// of round trips.
    async fn touch_all(&self, used: &[Used], lifetimes: &Lifetimes) -> Result<(), Error>;
    /// Writes that a session was seen at `now`.
    async fn touch(
        &self,
        digest: SessionDigest,
        session: &Session,
        lifetimes: &Lifetimes,
        now: Time,
    ) -> Result<(), Error> {
        self.touch_all(&[Used { digest, session: Arc::new(session.clone()), at: now }], lifetimes).await
    }
    /// Forgets these sessions.
    async fn remove_all(&self, sessions: &[(SessionDigest, UserId)]) -> Result<(), Error>;
    /// Forgets a session.
    async fn remove(&self, digest: SessionDigest, user: UserId) -> Result<(), Error> {
        self.remove_all(&[(digest, user)]).await
    }
    /// The sessions of each of these people, newest first. However many they are, it takes the same number of
    /// round trips.
    async fn of_users(&self, users: &[UserId], now: Time) -> Result<Vec<Vec<Kept>>, Error>;
    /// The sessions of one person, newest first.
    async fn of_user(&self, user: UserId, now: Time) -> Result<Vec<Kept>, Error> {
        Ok(self.of_users(&[user], now).await?.pop().unwrap_or_default())
    }
    /// Up to `size` people with a session and when they were last seen, the last seen first.
    async fn online(
        &self,
        from: Option<Place>,
        size: usize,
        lifetimes: &Lifetimes,
        now: Time,
    ) -> Result<Vec<(UserId, Time)>, Error>;
    /// When each of these people was last seen; `None` for those without a session. One round trip.
    async fn last_seen(
        &self,
        users: &[UserId],
        lifetimes: &Lifetimes,
        now: Time,
    ) -> Result<Vec<Option<Time>>, Error>;
    /// How many people and sessions there are, without looking at each.
    async fn totals(&self, lifetimes: &Lifetimes, now: Time) -> Result<Totals, Error>;
    /// Forgets what has expired, where that does not happen by itself.
    async fn purge(&self, lifetimes: &Lifetimes, now: Time) -> Result<(), Error>;
    /// Answers when the store is there.
    async fn ping(&self) -> Result<(), Error>;
}
