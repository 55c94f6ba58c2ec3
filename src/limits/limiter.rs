//! The counters that decide: Redis's where there is one and it answers, this process's own otherwise.
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{Count, Counters as _, Error, MemoryCounters, RedisCounters, Rule, Taken};
use crate::domain::time::Time;

/// For so long Redis is not asked again after it has not answered, lest everybody waits for it.
const REST: Duration = Duration::from_secs(1);
/// So often it is logged that Redis does not answer.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Counts attempts and always answers. While Redis is away the process's own counters decide; they have counted
/// all that this instance allowed, so nobody begins anew, and nobody is refused because of Redis. Each instance
/// allows for itself meanwhile.
#[derive(Default)]
pub struct Limiter {
    own: MemoryCounters,
    shared: Option<RedisCounters>,
    trouble: Mutex<Trouble>,
}

#[derive(Default)]
struct Trouble {
    rest_until: Option<Instant>,
    quiet_until: Option<Instant>,
}

impl Limiter {
    /// Shared through Redis.
    pub fn shared(redis: RedisCounters) -> Self {
        Self { shared: Some(redis), ..Self::default() }
    }

    /// Counts one more attempt, if the rule allows it at `now`.
    pub async fn take(&self, bucket: &str, rule: &Rule, now: Time) -> Taken {
        if let Some(redis) = self.redis()
            && let Some(taken) = self.heard(redis.take(bucket, rule, now).await)
        {
            if taken.allowed {
                self.own.take(bucket, rule, now);
            }
            return taken;
        }
        self.own.take(bucket, rule, now)
    }

    /// Takes one back.
    pub async fn give_back(&self, bucket: &str) {
        self.own.give_back(bucket);
        if let Some(redis) = self.redis() {
            self.heard(redis.give_back(bucket).await);
        }
    }

    /// Forgets the bucket.
    pub async fn clear(&self, bucket: &str) {
        self.own.clear(bucket);
        if let Some(redis) = self.redis() {
            self.heard(redis.clear(bucket).await);
        }
    }

    /// What is counted.
    pub async fn look(&self, bucket: &str) -> Option<Count> {
        if let Some(redis) = self.redis()
            && let Some(count) = self.heard(redis.look(bucket).await)
        {
            return count;
        }
        self.own.look(bucket)
    }

    /// Redis, unless it has just not answered.
    fn redis(&self) -> Option<&RedisCounters> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.as_ref().filter(|_| trouble.rest_until.is_none_or(|until| Instant::now() >= until))
    }

    /// What Redis said; nothing when it did not, which is logged once a minute.
    fn heard<T>(&self, said: Result<T, Error>) -> Option<T> {
        let error = match said {
            Ok(said) => return Some(said),
            Err(error) => error,
        };
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        trouble.rest_until = Some(now + REST);
        if trouble.quiet_until.is_none_or(|until| now >= until) {
            trouble.quiet_until = Some(now + TELL_EVERY);
            tracing::warn!(%error, "Redis does not count attempts: each instance does so for itself until it does");
        }
        None
    }
}
