//! Where sessions are kept between requests.
//!
//! The store decides nothing: it keeps what it is given and forgets it in time. A session that it still
//! holds may long be over (the account's epoch says so), and a write that is lost revives nobody.
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
#[derive(Debug, thiserror::Error)]
#[error("the session store does not answer: {0}")]
pub struct Error(pub String);

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
    async fn find(&self, digest: SessionDigest, now: Time) -> Result<Option<Session>, Error>;
    /// Writes that the session was seen at `now`, and keeps it accordingly longer; revives none that is gone.
    async fn touch(
        &self,
        digest: SessionDigest,
        session: &Session,
        lifetimes: &Lifetimes,
        now: Time,
    ) -> Result<(), Error>;
    /// Forgets a session.
    async fn remove(&self, digest: SessionDigest, user: UserId) -> Result<(), Error>;
    /// The sessions of one person, newest first.
    async fn of_user(&self, user: UserId, now: Time) -> Result<Vec<(SessionDigest, Session)>, Error>;
    /// Forgets what has expired, where that does not happen by itself.
    async fn purge(&self, now: Time) -> Result<(), Error>;
    /// Answers when the store is there.
    async fn ping(&self) -> Result<(), Error>;
}
