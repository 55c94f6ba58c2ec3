//! Counters in a Redis server, shared by all instances.
//!
//! | key | what it holds |
//! |---|---|
//! | `n:l:{hash}` | a bucket: `n` attempts, `at` a microsecond; gone when it means nothing any more |
//!
//! The hash is keyed under the master key, so that neither addresses nor names are in there. Redis runs each script whole:
//! what was read is what is written. One server is spoken to; a Redis Cluster is not, since this client does not follow
//! its redirections, though each script is about one key only. The user needs EVALSHA and SCRIPT LOAD. The time is the
//! caller's, for which clocks of instances are close enough together; only forgetting goes by the server's.
use std::{sync::LazyLock, time::Duration};

use async_trait::async_trait;
use redis::{
    AsyncCommands as _, Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use super::{Count, Counters, DELAY, Error, Rule, Taken};
use crate::domain::{
    secret::{MacKey, base64url},
    time::Time,
};

/// A command that has not answered by then has failed.
const PATIENCE: Duration = Duration::from_millis(1500);

/// [`Rule::take`] where all instances see it. Times are microseconds, which a Lua number holds exactly.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local now, free, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local forget, hold, delay = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
        local kept = redis.call('HMGET', KEYS[1], 'n', 'at')
        local n, at = tonumber(kept[1] or 0), tonumber(kept[2] or 0)
        local passed = math.max(0, now - at)
        if n == 0 or passed >= (n >= most and hold or forget) then
            n, passed = 0, 0
        end
        local pause = 0
        if n >= most then
            pause = hold
        elseif n >= free then
            pause = math.min(delay * 2 ^ math.min(n - free, 20), hold)
        end
        if n > 0 and pause > passed then
            return {0, n, pause - passed}
        end
        if n == 0 or ARGV[7] == '1' then
            redis.call('HSET', KEYS[1], 'at', ARGV[1])
        end
        redis.call('HSET', KEYS[1], 'n', n + 1)
        redis.call('PEXPIRE', KEYS[1], ARGV[8])
        return {1, n + 1, 0}
        ",
    )
});

static GIVE_BACK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        if tonumber(redis.call('HGET', KEYS[1], 'n') or 0) > 0 then
            redis.call('HINCRBY', KEYS[1], 'n', -1)
        end
        ",
    )
});

/// Counters in Redis.
pub struct RedisCounters {
    connection: ConnectionManager,
    key: MacKey,
}

impl RedisCounters {
    /// Prepares a connection to `redis://…` or `rediss://…` that is made again whenever it breaks; buckets are
    /// hashed with `key`. A server that does not answer yet is no error: commands fail until it does.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn connect(url: &str, key: MacKey) -> Result<Self, Error> {
        let client = Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(20))
            .set_max_delay(Duration::from_millis(200));
        Ok(Self { connection: ConnectionManager::new_lazy_with_config(client, config)?, key })
    }

    fn place(&self, bucket: &str) -> String {
        format!("n:l:{}", base64url(&self.key.mac(&[bucket.as_bytes()])))
    }
}

#[async_trait]
impl Counters for RedisCounters {
    async fn take(&self, bucket: &str, rule: &Rule, now: Time) -> Result<Taken, Error> {
        let mut call = TAKE.key(self.place(bucket));
        call.arg(now.micros()).arg(rule.free).arg(rule.most);
        call.arg(micros(rule.forget)).arg(micros(rule.hold)).arg(micros(DELAY));
        call.arg(u8::from(rule.from_last)).arg(rule.longest().as_millis().max(1) as u64);
        let (allowed, count, wait): (bool, u32, u64) =
            call.invoke_async(&mut self.connection.clone()).await?;
        Ok(Taken { allowed, count, wait: Duration::from_micros(wait) })
    }

    async fn give_back(&self, bucket: &str) -> Result<(), Error> {
        let () = GIVE_BACK.key(self.place(bucket)).invoke_async(&mut self.connection.clone()).await?;
        Ok(())
    }

    async fn clear(&self, bucket: &str) -> Result<(), Error> {
        let () = self.connection.clone().del(self.place(bucket)).await?;
        Ok(())
    }

    async fn look(&self, bucket: &str) -> Result<Option<Count>, Error> {
        let kept: (Option<u32>, Option<i64>) =
            self.connection.clone().hmget(self.place(bucket), &["n", "at"]).await?;
        Ok(kept.0.zip(kept.1).map(|(taken, at)| Count { taken, at: Time::from_micros(at) }))
    }
}

impl From<RedisError> for Error {
    fn from(error: RedisError) -> Self {
        Self(error.to_string())
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
