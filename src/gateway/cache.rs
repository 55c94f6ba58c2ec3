//! What the gate remembers of a session for a moment, so that a page of forty pictures reads it once.
//!
//! An entry counts for `gateway.cache_ttl` from the moment its reading began: what other instances take away
//! holds here within that time, whatever happens to messages. What this instance takes away holds at once: every
//! commit that changes a principal makes all entries of earlier generations old. Who is not let in is never
//! remembered.
use std::{
    collections::HashMap,
    ops::Deref,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::OnceCell;

use super::{Error, headers::Told};
use crate::domain::{principal::Principal, session::SessionDigest};

/// Spread over many locks, so that requests seldom meet.
const SHARDS: usize = 64;
/// Sessions that are remembered at once, in each of them. Beyond that others are forgotten for them.
const SHARD_MAX: usize = 1024;

/// Somebody whose session stood when it was read, and what upstreams are told of them.
pub struct Known {
    principal: Principal,
    pub(super) told: Mutex<Vec<Told>>,
    /// Whether somebody has undertaken to note that the session was used since it was read.
    touched: AtomicBool,
}

impl Known {
    /// Whether it is for the caller to note that the session was used: for one only.
    pub(super) fn is_mine_to_touch(&self) -> bool {
        !self.touched.swap(true, Ordering::Relaxed)
    }
}

impl Deref for Known {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.principal
    }
}

impl From<Principal> for Known {
    fn from(principal: Principal) -> Self {
        Self { principal, told: Mutex::default(), touched: AtomicBool::new(false) }
    }
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Known").field(&self.principal).finish()
    }
}

/// Sessions as they were read a moment ago.
pub struct Cache {
    keep: Duration,
    stale: Duration,
    shards: Vec<Mutex<Shard>>,
}

#[derive(Default)]
struct Shard {
    slots: HashMap<SessionDigest, Arc<Slot>>,
    swept: Option<Instant>,
}

/// One reading of a session, begun by whoever asked first; all who ask meanwhile wait for the same.
struct Slot {
    began: Instant,
    generation: u64,
    answer: OnceCell<Answer>,
    before: Option<(Instant, Arc<Known>)>,
}

type Answer = Result<Option<Arc<Known>>, Error>;

impl Cache {
    /// `keep`: for how long an entry counts, nothing for no longer than it is read. `stale`: for how much
    /// longer it does while it cannot be read again.
    pub fn new(keep: Duration, stale: Duration) -> Self {
        Self { keep, stale, shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    /// Whoever the session belongs to: remembered, or read by `load`. `generation` is the database's at this
    /// moment; nothing counts whose reading began before `not_before`. Where nothing is remembered and `may_be_there` says
    /// that there is no such session, it costs no reading, and no place here.
    pub(super) async fn known<F>(
        &self,
        digest: SessionDigest,
        generation: u64,
        not_before: Option<Instant>,
        may_be_there: impl FnOnce() -> bool,
        load: F,
    ) -> Answer
    where
        F: Future<Output = Result<Option<Principal>, Error>>,
    {
        let load = async || Ok(load.await?.map(|principal| Arc::new(Known::from(principal))));
        if self.keep.is_zero() {
            return if may_be_there() { load().await } else { Ok(None) };
        }
        let slot = self.slot(digest, generation, not_before, Instant::now(), may_be_there);
        let Some(slot) = slot else { return Ok(None) };
        // Whoever reads may hang up; then the next of those who wait reads.
        match (slot.answer.get_or_init(load).await, &slot.before) {
            (Err(error), Some((began, known))) if began.elapsed() < self.keep + self.stale => {
                tracing::warn!(%error, "a session cannot be read anew and counts as it was");
                Ok(Some(Arc::clone(known)))
            }
            (answer, before) => {
                if matches!(answer, Ok(None)) || (answer.is_err() && before.is_none()) {
                    self.forget(digest, |it| Arc::ptr_eq(it, &slot));
                }
                answer.clone()
            }
        }
    }

    /// Has a session read anew that was touched since.
    pub(super) fn forget_touched(&self, digest: SessionDigest, touched: &Arc<Known>) {
        let holds = |slot: &Arc<Slot>| match slot.answer.get() {
            Some(Ok(Some(known))) => Arc::ptr_eq(known, touched),
            _ => false,
        };
        self.forget(digest, holds);
    }

    fn forget(&self, digest: SessionDigest, is_it: impl FnOnce(&Arc<Slot>) -> bool) {
        let mut shard = lock(self.shard(digest));
        if shard.slots.get(&digest).is_some_and(is_it) {
            shard.slots.remove(&digest);
        }
    }

    fn shard(&self, digest: SessionDigest) -> &Mutex<Shard> {
        &self.shards[usize::from(digest.0[0]) % SHARDS]
    }

    fn slot(
        &self,
        digest: SessionDigest,
        generation: u64,
        not_before: Option<Instant>,
        now: Instant,
        may_be_there: impl FnOnce() -> bool,
    ) -> Option<Arc<Slot>> {
        let mut shard = lock(self.shard(digest));
        let last = shard.slots.get(&digest);
        let is_young = |slot: &&Arc<Slot>| not_before.is_none_or(|not_before| slot.began >= not_before);
        let good = last.filter(|slot| slot.serves(generation, now, self.keep));
        if let Some(slot) = good.filter(is_young) {
            return Some(Arc::clone(slot));
        }
        if !may_be_there() {
            return None;
        }
        let before = last.and_then(|slot| slot.counts_on(generation, now, self.keep + self.stale));
        let before = before.filter(|_| !self.stale.is_zero());
        let slot = Arc::new(Slot { began: now, generation, answer: OnceCell::new(), before });
        shard.sweep(now, self.keep + self.stale);
        shard.make_room();
        shard.slots.insert(digest, Arc::clone(&slot));
        Some(slot)
    }
}

impl Shard {
    /// Forgets any one where there would be too many.
    fn make_room(&mut self) {
        if self.slots.len() >= SHARD_MAX
            && let Some(any) = self.slots.keys().next().copied()
        {
            self.slots.remove(&any);
        }
    }

    /// Forgets what counts no longer; not each time, or a crowd of strangers would make it dear.
    fn sweep(&mut self, now: Instant, after: Duration) {
        if self.swept.is_none_or(|swept| now.duration_since(swept) >= after) {
            self.slots.retain(|_, slot| now.duration_since(slot.began) < after);
            self.swept = Some(now);
        }
    }
}

impl Slot {
    /// Whether its answer, or the one that is on its way, is good for somebody who asks now.
    fn serves(&self, generation: u64, now: Instant, keep: Duration) -> bool {
        generation == self.generation
            && now.duration_since(self.began) < keep
            && matches!(self.answer.get(), None | Some(Ok(Some(_))))
    }

    /// What may still count should the next reading fail: never what was changed here since.
    fn counts_on(&self, generation: u64, now: Instant, within: Duration) -> Option<(Instant, Arc<Known>)> {
        let own = match self.answer.get() {
            Some(Ok(Some(known))) => Some((self.began, Arc::clone(known))),
            Some(Ok(None)) => None,
            Some(Err(_)) | None => self.before.clone(),
        };
        own.filter(|(began, _)| self.generation == generation && now.duration_since(*began) < within)
    }
}

/// What these locks guard is whole after every statement, so a panic elsewhere does no harm.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
