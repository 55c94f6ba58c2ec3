//! Notes that sessions were used, for all that were used within a moment at once. No request waits for it.
use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::sleep;
use tokio_util::task::TaskTracker;

use super::cache::{Cache, Known, lock};
use crate::{
    domain::{
        session::{Lifetimes, SessionDigest},
        time::Time,
    },
    session::{SessionStore, Used},
};

/// How long uses are gathered.
const GATHER: Duration = Duration::from_millis(20);
/// Uses that are gathered at once. Others are noted when their sessions are next read.
const WAITING_MAX: usize = 4096;
/// Uses that are written in one go.
const BATCH: usize = 256;

/// Where the gate says which sessions were used.
pub struct Uses {
    inner: Arc<Inner>,
    writers: TaskTracker,
}

struct Inner {
    sessions: Arc<dyn SessionStore>,
    cache: Arc<Cache>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: HashMap<SessionDigest, Waiting>,
    lifetimes: Lifetimes,
}

struct Waiting {
    known: Arc<Known>,
    at: Time,
}

impl Uses {
    /// Writes to this store, and has this cache read again what was written.
    pub fn new(sessions: &Arc<dyn SessionStore>, cache: &Arc<Cache>) -> Self {
        let (sessions, cache) = (Arc::clone(sessions), Arc::clone(cache));
        let inner = Arc::new(Inner { sessions, cache, queue: Mutex::default() });
        Self { inner, writers: TaskTracker::new() }
    }

    /// Has it noted soon that a session was used.
    pub(super) fn note(&self, digest: SessionDigest, known: &Arc<Known>, lifetimes: &Lifetimes, at: Time) {
        let mut queue = lock(&self.inner.queue);
        if queue.waiting.is_empty() {
            self.writers.spawn(Arc::clone(&self.inner).write());
        }
        if queue.waiting.len() < WAITING_MAX {
            queue.waiting.insert(digest, Waiting { known: Arc::clone(known), at });
            queue.lifetimes = *lifetimes;
        }
    }

    /// Returns when all is noted that was said before.
    pub async fn noted(&self) {
        self.writers.close();
        self.writers.wait().await;
    }
}

impl Inner {
    async fn write(self: Arc<Self>) {
        sleep(GATHER).await;
        // Whoever comes from now on begins another.
        let Queue { waiting, lifetimes } = mem::take(&mut *lock(&self.queue));
        let waiting: Vec<_> = waiting.into_iter().collect();
        for waiting in waiting.chunks(BATCH) {
            let used = |(digest, it): &(SessionDigest, Waiting)| Used {
                digest: *digest,
                session: Arc::clone(&it.known.session),
                at: it.at,
            };
            let used: Vec<Used> = waiting.iter().map(used).collect();
            if let Err(error) = self.sessions.touch_all(&used, &lifetimes).await {
                // The sessions were read, so the decisions stand; at worst some end too early.
                tracing::warn!(%error, "could not note which sessions were used");
                return;
            }
            waiting.iter().for_each(|(digest, it)| self.cache.forget_touched(*digest, &it.known));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::session::{Session, TOUCH_EVERY},
        gateway::tests::a_principal,
        session::MemorySessions,
    };

    #[tokio::test]
    async fn sessions_that_were_used_at_once_are_all_noted_and_read_anew() {
        let (sessions, lifetimes) = (Arc::new(MemorySessions::default()), Lifetimes::default());
        let cache = Arc::new(Cache::new(Duration::from_secs(3600), Duration::ZERO));
        let uses = Uses::new(&(Arc::clone(&sessions) as _), &cache);
        let later = a_principal().session.seen_at + TOUCH_EVERY;
        let digests: Vec<_> =
            (0..600_u16).map(|n| SessionDigest(crate::domain::secret::sha256(&n.to_be_bytes()))).collect();
        let mut used = vec![];
        for digest in &digests {
            let principal = a_principal();
            sessions.insert(*digest, &principal.session, &lifetimes).await.unwrap();
            let known = cache.known(*digest, 1, None, || true, async { Ok(Some(principal)) }).await;
            used.push(known.unwrap().unwrap());
        }
        for (digest, known) in digests.iter().zip(&used) {
            uses.note(*digest, known, &lifetimes, later);
        }
        uses.noted().await;
        for (digest, known) in digests.iter().zip(&used) {
            let found: Session = sessions.find(*digest, later).await.unwrap().unwrap();
            assert_eq!(found, Session { seen_at: later, ..Session::clone(&known.session) });
            let anew = cache.known(*digest, 1, None, || true, async { Ok(None) }).await.unwrap();
            assert!(anew.is_none(), "what was remembered is as old as the use");
        }
        uses.note(digests[0], &used[0], &lifetimes, later + TOUCH_EVERY);
        uses.noted().await;
        let found = sessions.find(digests[0], later).await.unwrap().unwrap();
        assert_eq!(found.seen_at, later + TOUCH_EVERY, "those who come later are noted, too");
    }
}
