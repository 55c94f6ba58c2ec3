//! How often something was tried: counters under buckets, shared by all instances through Redis, in this process
//! otherwise and whenever Redis is away.
//!
//! An attempt is counted before it is evaluated, and given back when it turns out right or is not evaluated after
//! all: of any number of attempts at once, on any number of instances, no more than the rule allows are looked at.
//! What the buckets mean is none of this module's business.
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::time::Time;

mod limiter;
mod memory;
mod redis;

pub use limiter::Limiter;
pub use memory::MemoryCounters;
pub use redis::RedisCounters;

/// The first delay; each further one is twice as long.
const DELAY: Duration = Duration::from_secs(1);

/// Why the counters could not answer.
#[derive(Debug, thiserror::Error)]
#[error("the counters do not answer: {0}")]
pub struct Error(pub String);

/// How often something may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Attempts that need not wait for one another.
    pub free: u32,
    /// Attempts in all, at least 1; with that many the bucket is full.
    pub most: u32,
    /// After this long without being full, what was counted is forgotten.
    pub forget: Duration,
    /// How long a full bucket stays full.
    pub hold: Duration,
    /// Whether both times begin anew with each attempt, instead of with the first.
    pub from_last: bool,
}

impl Rule {
    /// So many within a time that begins with the first.
    pub const fn window(most: u32, length: Duration) -> Self {
        Self { free: most, most, forget: length, hold: length, from_last: false }
    }

    /// The first `free` at any time, each further one after a delay of 1 s, 2 s, 4 s …, and after `most` none
    /// for `hold`.
    pub const fn lock(free: u32, most: u32, forget: Duration, hold: Duration) -> Self {
        Self { free, most, forget, hold, from_last: true }
    }

    /// Counts one more attempt at `now`, if it is allowed.
    fn take(&self, kept: Option<Count>, now: Time) -> (Option<Count>, Taken) {
        let kept = kept.filter(|kept| kept.taken > 0 && !self.is_over(*kept, now));
        let (taken, at) = kept.map_or((0, now), |kept| (kept.taken, kept.at));
        let pause = match taken {
            full if full >= self.most => self.hold,
            some if some >= self.free => self.delay(some),
            _ => Duration::ZERO,
        };
        let wait = pause.saturating_sub(now.since(at));
        if taken > 0 && !wait.is_zero() {
            return (kept, Taken { allowed: false, count: taken, wait });
        }
        let at = if taken == 0 || self.from_last { now } else { at };
        let count = Count { taken: taken + 1, at };
        (Some(count), Taken { allowed: true, count: count.taken, wait: Duration::ZERO })
    }

    fn is_over(&self, kept: Count, now: Time) -> bool {
        let lasts = if kept.taken >= self.most { self.hold } else { self.forget };
        now.since(kept.at) >= lasts
    }

    fn delay(&self, taken: u32) -> Duration {
        DELAY.saturating_mul(1 << (taken - self.free).min(20)).min(self.hold)
    }

    /// Until when a bucket is full, if it is.
    pub fn full_until(&self, kept: Count, now: Time) -> Option<Time> {
        (kept.taken >= self.most && !self.is_over(kept, now)).then(|| kept.at + self.hold)
    }

    /// After this long nobody needs the count any more.
    fn longest(&self) -> Duration {
        self.forget.max(self.hold)
    }
}

/// What is kept under a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// How many attempts.
    pub taken: u32,
    /// When the first or, as the rule says, the last of them was.
    pub at: Time,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Whether it may be evaluated; it is counted only then.
    pub allowed: bool,
    /// How many are counted now.
    pub count: u32,
    /// After how long the next may be; zero when this one was allowed.
    pub wait: Duration,
}

/// Counts attempts.
#[async_trait]
pub trait Counters: Send + Sync {
    /// Counts one more, if the rule allows it at `now`.
    async fn take(&self, bucket: &str, rule: &Rule, now: Time) -> Result<Taken, Error>;
    /// Takes one back. Nothing, where nothing is counted.
    async fn give_back(&self, bucket: &str) -> Result<(), Error>;
    /// Forgets the bucket.
    async fn clear(&self, bucket: &str) -> Result<(), Error>;
    /// What is counted, as it was written: a rule says whether it still means something.
    async fn look(&self, bucket: &str) -> Result<Option<Count>, Error>;
}
