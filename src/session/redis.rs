//! Sessions in a Redis server (6.2 or later), shared by all instances.
//!
//! | key | what it holds |
//! |---|---|
//! | `n:s:{digest}` | a session; gone when it expires |
//! | `n:u:{user}` | sorted set: the digests of a person's sessions by the second in which they end at the latest |
//! | `n:online` | sorted set: people by the microsecond in which they were last seen |
//! | `n:live` | sorted set: the digests of all sessions by the microsecond in which they end if nobody uses them |
//!
//! The session is written first and removed first, so that no index ever names a session that is still to come,
//! and a name of nothing is one of a session that is gone. Readers drop such names where they meet them,
//! [`SessionStore::purge`] and the scores take care of the others, and a touch puts back what an index has lost.
//! Each command is about one key; what belongs together is sent at once, to a single server, and waited for together.
//! What an index is written from is read once more afterwards, since others write as well.
use std::{cmp::Reverse, collections::BTreeSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::future::{try_join, try_join_all};
use redis::{
    AsyncCommands as _, Client, Cmd, ExistenceCheck, FromRedisValue, RedisError, SetExpiry, SetOptions,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cmd,
};

use super::{Error, Kept, Place, SessionStore, Totals, Used};
use crate::domain::{
    session::{Lifetimes, Session, SessionDigest},
    time::Time,
    user::UserId,
};

/// A command that has not answered by then has failed.
const PATIENCE: Duration = Duration::from_millis(1500);

const ONLINE: &str = "n:online";
const LIVE: &str = "n:live";

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

    async fn run<T: FromRedisValue>(&self, command: Cmd) -> Result<T, Error> {
        Ok(command.query_async(&mut self.connection.clone()).await?)
    }

    /// All of these in one round trip, in any order.
    async fn all<T: FromRedisValue>(&self, commands: impl IntoIterator<Item = Cmd>) -> Result<Vec<T>, Error> {
        try_join_all(commands.into_iter().map(|command| self.run(command))).await
    }

    /// Takes a name of nothing out of the indexes.
    fn forgotten(digest: &str, user: UserId) -> [Cmd; 2] {
        [drop_member(LIVE, digest), drop_member(&user_key(user), digest)]
    }

    /// The sessions of each of these people, newest first; names of nothing are dropped.
    async fn read(&self, users: &[UserId], now: Time) -> Result<Vec<Vec<Kept>>, Error> {
        let digests = |user: &UserId| {
            let mut command = cmd("ZRANGEBYSCORE");
            command.arg(user_key(*user)).arg(now.seconds()).arg("+inf");
            command
        };
        let digests: Vec<Vec<String>> = self.all(users.iter().map(digests)).await?;
        let get = |digest: &String| {
            let mut command = cmd("GET");
            command.arg(format!("n:s:{digest}"));
            command
        };
        let texts: Vec<Option<String>> = self.all(digests.iter().flatten().map(get)).await?;
        let mut texts = texts.into_iter();
        let mut found = vec![];
        let mut ghosts = vec![];
        for (user, digests) in users.iter().zip(&digests) {
            let mut sessions: Vec<Kept> = vec![];
            for (digest, text) in digests.iter().zip(texts.by_ref()) {
                let session = text.and_then(|text| serde_json::from_str::<Session>(&text).ok());
                match (SessionDigest::parse(digest), session) {
                    (Some(digest), Some(session)) if session.user_id == *user => {
                        sessions.push((digest, session));
                    }
                    _ => ghosts.extend(Self::forgotten(digest, *user)),
                }
            }
            sessions.sort_by_key(|(_, session)| Reverse(session.created_at));
            found.push(sessions);
        }
        let _: Vec<()> = self.all(ghosts).await?;
        Ok(found)
    }

    /// Notes again when these people were last seen, if that is later than what is noted.
    async fn see_again(&self, users: &[UserId]) -> Result<(), Error> {
        let kept = self.read(users, Time::NEVER).await?;
        let seen = users.iter().zip(&kept).filter_map(|(user, kept)| Some(seen("GT", *user, last(kept)?)));
        let _: Vec<()> = self.all(seen).await?;
        Ok(())
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
        let options = expiring(session, lifetimes);
        let _: () = self.connection.clone().set_options(session_key(digest), text(session)?, options).await?;
        let _: Vec<()> = self.all(indexed(digest, session, lifetimes)).await?;
        Ok(())
    }

    async fn find_all(
        &self,
        digests: &[SessionDigest],
        _now: Time,
    ) -> Result<Vec<Option<Arc<Session>>>, Error> {
        let mut pipe = redis::pipe();
        for digest in digests {
            pipe.get(session_key(*digest));
        }
        let texts: Vec<Option<String>> = pipe.query_async(&mut self.connection.clone()).await?;
        Ok(texts.into_iter().map(|text| Some(Arc::new(serde_json::from_str(&text?).ok()?))).collect())
    }

    // Under its key nothing of a session ever changes but when it was seen, so that what was read a moment ago may be
    // written back. Of two instances that do so at once the later may note the earlier use: that is forgotten by then.
    async fn touch_all(&self, used: &[Used], lifetimes: &Lifetimes) -> Result<(), Error> {
        if used.is_empty() {
            return Ok(());
        }
        let seen = |used: &Used| Session { seen_at: used.at, ..Session::clone(&used.session) };
        let seen: Vec<Session> = used.iter().map(seen).collect();
        let mut writing = redis::pipe();
        for (Used { digest, .. }, session) in used.iter().zip(&seen) {
            let options = expiring(session, lifetimes).conditional_set(ExistenceCheck::XX);
            writing.set_options(session_key(*digest), text(session)?, options);
        }
        let written: Vec<Option<()>> = writing.query_async(&mut self.connection.clone()).await?;
        let mut indexing = redis::pipe();
        for ((Used { digest, .. }, session), written) in used.iter().zip(&seen).zip(written) {
            if written.is_some() {
                for command in indexed(*digest, session, lifetimes) {
                    indexing.add_command(command).ignore();
                }
            }
        }
        if indexing.is_empty() {
            return Ok(());
        }
        Ok(indexing.query_async(&mut self.connection.clone()).await?)
    }

    async fn remove_all(&self, sessions: &[(SessionDigest, UserId)]) -> Result<(), Error> {
        let delete = |(digest, _): &(SessionDigest, UserId)| {
            let mut command = cmd("DEL");
            command.arg(session_key(*digest));
            command
        };
        let _: Vec<()> = self.all(sessions.iter().map(delete)).await?;
        let forgotten = sessions.iter().flat_map(|(digest, user)| Self::forgotten(&digest.text(), *user));
        let _: Vec<()> = self.all(forgotten).await?;
        let users: BTreeSet<_> = sessions.iter().map(|(_, user)| *user).collect();
        let users: Vec<_> = users.into_iter().collect();
        let left = self.of_users(&users, Time::NEVER).await?;
        // Reading has taken those without a session out of the list. The others were last seen no later than
        // with what is left, unless they have just been seen again.
        let left: Vec<_> =
            users.into_iter().zip(&left).filter_map(|(user, kept)| Some((user, last(kept)?))).collect();
        let _: Vec<()> = self.all(left.iter().map(|(user, at)| seen("LT", *user, *at))).await?;
        self.see_again(&left.iter().map(|(user, _)| *user).collect::<Vec<_>>()).await
    }

    async fn of_users(&self, users: &[UserId], now: Time) -> Result<Vec<Vec<Kept>>, Error> {
        let found = self.read(users, now).await?;
        let without = users.iter().zip(&found).filter(|(_, kept)| kept.is_empty());
        let without: Vec<_> = without.map(|(user, _)| *user).collect();
        let gone = without.iter().map(|user| drop_member(ONLINE, &user.to_string()));
        let dropped: Vec<u64> = self.all(gone).await?;
        // Whoever was in the list may have just begun a session.
        let dropped = without.into_iter().zip(dropped).filter(|(_, dropped)| *dropped > 0);
        self.see_again(&dropped.map(|(user, _)| user).collect::<Vec<_>>()).await?;
        Ok(found)
    }

    async fn online(
        &self,
        from: Option<Place>,
        size: usize,
        lifetimes: &Lifetimes,
        now: Time,
    ) -> Result<Vec<(UserId, Time)>, Error> {
        let since = lifetimes.idle_since(now);
        let present = format!("({}", since.micros());
        let mut found = vec![];
        // More than one round only where many people were seen in the very microsecond of the place.
        for round in 0.. {
            let (offset, size) = (round * size, size);
            let command = match from {
                None => backwards("+inf".into(), present.clone(), offset, size),
                Some(Place::After(seen, _)) => {
                    backwards(seen.micros().to_string(), present.clone(), offset, size)
                }
                Some(Place::Before(seen, _)) => forwards(seen.max(since).micros(), offset, size),
            };
            let people: Vec<(String, f64)> = self.run(command).await?;
            let more = people.len() == size;
            let people =
                people.into_iter().filter_map(|(user, seen)| Some((UserId(user.parse().ok()?), time(seen))));
            let wanted = |(user, seen): &(UserId, Time)| {
                *seen > since && from.is_none_or(|place| place.takes(*seen, *user))
            };
            found.extend(people.filter(wanted));
            if !more || found.len() >= size {
                break;
            }
        }
        found.truncate(size);
        if matches!(from, Some(Place::Before(..))) {
            found.reverse();
        }
        Ok(found)
    }

    async fn last_seen(
        &self,
        users: &[UserId],
        lifetimes: &Lifetimes,
        now: Time,
    ) -> Result<Vec<Option<Time>>, Error> {
        if users.is_empty() {
            return Ok(vec![]);
        }
        let names: Vec<_> = users.iter().map(UserId::to_string).collect();
        let mut command = cmd("ZMSCORE");
        command.arg(ONLINE).arg(names);
        let scores: Vec<Option<f64>> = self.run(command).await?;
        let since = lifetimes.idle_since(now);
        Ok(scores.into_iter().map(|score| score.map(time).filter(|seen| *seen > since)).collect())
    }

    async fn totals(&self, lifetimes: &Lifetimes, now: Time) -> Result<Totals, Error> {
        let (people, sessions) =
            try_join(self.run(beyond(ONLINE, lifetimes.idle_since(now))), self.run(beyond(LIVE, now)))
                .await?;
        Ok(Totals { people, sessions })
    }

    async fn purge(&self, lifetimes: &Lifetimes, now: Time) -> Result<(), Error> {
        let trim = |key: &str, until: Time| {
            let mut command = cmd("ZREMRANGEBYSCORE");
            command.arg(key).arg("-inf").arg(until.micros());
            command
        };
        let _: Vec<()> = self.all([trim(ONLINE, lifetimes.idle_since(now)), trim(LIVE, now)]).await?;
        Ok(())
    }

    async fn ping(&self) -> Result<(), Error> {
        let _: String = self.run(cmd("PING")).await?;
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

fn text(session: &Session) -> Result<String, Error> {
    serde_json::to_string(session).map_err(|error| Error(error.to_string()))
}

fn expiring(session: &Session, lifetimes: &Lifetimes) -> SetOptions {
    let until = session.expires_at(lifetimes).seconds().max(1);
    SetOptions::default().with_expiration(SetExpiry::EXAT(until.unsigned_abs()))
}

/// Writes a session into every index.
fn indexed(digest: SessionDigest, session: &Session, lifetimes: &Lifetimes) -> [Cmd; 5] {
    let (digest, key) = (digest.text(), user_key(session.user_id));
    let mut trim = cmd("ZREMRANGEBYSCORE");
    trim.arg(&key).arg("-inf").arg(format!("({}", session.seen_at.seconds()));
    // No session of this person ends later, whichever it is that is written here.
    let mut expire = cmd("EXPIREAT");
    expire.arg(&key).arg((session.seen_at + lifetimes.longest()).seconds() + 1);
    let at_the_latest = session.created_at + lifetimes.longest();
    [
        add(&key, at_the_latest.seconds(), &digest),
        expire,
        trim,
        seen("GT", session.user_id, session.seen_at),
        add(LIVE, session.ends_at(lifetimes).micros(), &digest),
    ]
}

fn add(key: &str, score: i64, member: &str) -> Cmd {
    let mut command = cmd("ZADD");
    command.arg(key).arg(score).arg(member);
    command
}

/// Notes when somebody was last seen: where nothing is noted, or a time that is earlier (`GT`) or later (`LT`).
fn seen(unless: &str, user: UserId, at: Time) -> Cmd {
    let mut command = cmd("ZADD");
    command.arg(ONLINE).arg(unless).arg(at.micros()).arg(user.to_string());
    command
}

/// When the last of these sessions was used.
fn last(kept: &[Kept]) -> Option<Time> {
    kept.iter().map(|(_, session)| session.seen_at).max()
}

fn drop_member(key: &str, member: &str) -> Cmd {
    let mut command = cmd("ZREM");
    command.arg(key).arg(member);
    command
}

fn backwards(from: String, to: String, offset: usize, size: usize) -> Cmd {
    let mut command = cmd("ZREVRANGEBYSCORE");
    command.arg(ONLINE).arg(from).arg(to).arg("WITHSCORES").arg("LIMIT").arg(offset).arg(size);
    command
}

fn forwards(from: i64, offset: usize, size: usize) -> Cmd {
    let mut command = cmd("ZRANGEBYSCORE");
    command.arg(ONLINE).arg(from).arg("+inf").arg("WITHSCORES").arg("LIMIT").arg(offset).arg(size);
    command
}

/// How many members have a score beyond this.
fn beyond(key: &str, time: Time) -> Cmd {
    let mut command = cmd("ZCOUNT");
    command.arg(key).arg(format!("({}", time.micros())).arg("+inf");
    command
}

/// A score is a whole number of microseconds far below 2^53, which Redis keeps exactly.
fn time(score: f64) -> Time {
    Time::from_micros(score as i64)
}
