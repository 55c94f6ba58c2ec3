//! Sessions in a Redis server (6.2 or later), shared by all instances.
//!
//! `n:s:{digest}` holds a session, `n:u:{user}` the digests of a person's sessions by the time when they end.
//! The index is written first and the session removed first, so that a crash between the two leaves at most
//! a name of nothing, which readers drop. No operation spans keys, and nothing rests on the index but lists.
use std::time::Duration;

use async_trait::async_trait;
use redis::{
    AsyncCommands as _, Client, ExistenceCheck, RedisError, SetExpiry, SetOptions,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use super::{Error, SessionStore};
use crate::domain::{
    session::{Lifetimes, Session, SessionDigest},
    time::Time,
    user::UserId,
};

/// A command that has not answered by then has failed.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Sessions in Redis.
pub struct RedisSessions {
    connection: ConnectionManager,
}

impl RedisSessions {
    /// Prepares a connection to `redis://…` or `rediss://…` that is made again whenever it breaks. A server
    /// that does not answer yet is no error: commands fail until it does.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn connect(url: &str) -> Result<Self, Error> {
        let client = Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(20))
            .set_max_delay(Duration::from_millis(200));
        Ok(Self { connection: ConnectionManager::new_lazy_with_config(client, config)? })
    }
}

#[async_trait]
impl SessionStore for RedisSessions {
    async fn insert(
        &self,
        digest: SessionDigest,
        session: &Session,
        lifetimes: &Lifetimes,
    ) -> Result<(), Error> {
        let mut redis = self.connection.clone();
        let ends = session.created_at + lifetimes.longest();
        let index = user_key(session.user_id);
        let _: () = redis.zadd(&index, digest.text(), ends.seconds()).await?;
        let _: () = redis.expire_at(&index, ends.seconds() + 1).await?;
        let text = serde_json::to_string(session).map_err(|error| Error(error.to_string()))?;
        let _: () = redis.set_options(session_key(digest), text, expiring(session, lifetimes)).await?;
        Ok(())
    }

    async fn find(&self, digest: SessionDigest, _now: Time) -> Result<Option<Session>, Error> {
        let text: Option<String> = self.connection.clone().get(session_key(digest)).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    async fn touch(
        &self,
        digest: SessionDigest,
        session: &Session,
        lifetimes: &Lifetimes,
        now: Time,
    ) -> Result<(), Error> {
        let seen = Session { seen_at: now, ..session.clone() };
        let text = serde_json::to_string(&seen).map_err(|error| Error(error.to_string()))?;
        let options = expiring(&seen, lifetimes).conditional_set(ExistenceCheck::XX);
        let _: Option<String> =
            self.connection.clone().set_options(session_key(digest), text, options).await?;
        Ok(())
    }

    async fn remove(&self, digest: SessionDigest, user: UserId) -> Result<(), Error> {
        let mut redis = self.connection.clone();
        let _: () = redis.del(session_key(digest)).await?;
        let _: () = redis.zrem(user_key(user), digest.text()).await?;
        Ok(())
    }

    async fn of_user(&self, user: UserId, now: Time) -> Result<Vec<(SessionDigest, Session)>, Error> {
        let mut redis = self.connection.clone();
        let digests: Vec<String> = redis.zrangebyscore(user_key(user), now.seconds(), "+inf").await?;
        let mut found = vec![];
        for digest in digests.iter().filter_map(|text| SessionDigest::parse(text)) {
            match self.find(digest, now).await? {
                Some(session) if session.user_id == user => found.push((digest, session)),
                _ => {
                    let _: () = redis.zrem(user_key(user), digest.text()).await?;
                }
            }
        }
        found.sort_by_key(|(_, session)| std::cmp::Reverse(session.created_at));
        Ok(found)
    }

    async fn purge(&self, _now: Time) -> Result<(), Error> {
        Ok(())
    }

    async fn ping(&self) -> Result<(), Error> {
        let _: String = redis::cmd("PING").query_async(&mut self.connection.clone()).await?;
        Ok(())
    }
}

impl From<RedisError> for Error {
    fn from(error: RedisError) -> Self {
        Self(error.to_string())
    }
}

fn session_key(digest: SessionDigest) -> String {
    format!("n:s:{}", digest.text())
}

fn user_key(user: UserId) -> String {
    format!("n:u:{user}")
}

fn expiring(session: &Session, lifetimes: &Lifetimes) -> SetOptions {
    let until = session.expires_at(lifetimes).seconds().max(1);
    SetOptions::default().with_expiration(SetExpiry::EXAT(until.unsigned_abs()))
}
