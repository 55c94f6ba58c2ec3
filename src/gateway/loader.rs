//! Reads sessions and the accounts behind them, for all who ask at the same time at once: the more requests there are,
//! the less each of them costs the database and us.
use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, time::timeout};

use super::{Error, cache::lock};
use crate::{
    domain::{
        permission::{Effective, Roles},
        principal::Principal,
        session::{Session, SessionDigest},
        time::Time,
    },
    session::SessionStore,
    store::{self, Db, Tx, principals, roles},
};

/// Who comes while a reading is under way waits for the next, which is for all who wait: that is one reading at a
/// time. One that takes longer than this is not waited for.
const SLOW: Duration = Duration::from_millis(10);
/// Readings under way at once, at most.
const LANES: usize = 4;
/// A connection serves several readings for so long: then the pool may see whether it still stands.
const KEPT: Duration = Duration::from_secs(1);
/// Sessions in one reading.
const BATCH: usize = 64;
/// A database that has not answered by then has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads the accounts behind sessions.
pub struct Loader(Arc<Inner>);

struct Inner {
    db: Db,
    sessions: Arc<dyn SessionStore>,
    roles: RwLock<Arc<(i64, Roles)>>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    lanes: usize,
    /// When the last reading began.
    began: Option<Instant>,
}

impl Queue {
    /// Whether somebody who comes now begins a reading.
    fn wants_lane(&self, now: Instant) -> bool {
        let is_slow = || self.began.is_none_or(|began| now.duration_since(began) >= SLOW);
        self.lanes == 0 || (self.lanes < LANES && is_slow())
    }
}

struct Waiting {
    since: Instant,
    digest: SessionDigest,
    now: Time,
    tell: oneshot::Sender<Answer>,
}

type Answer = Result<Option<Principal>, Error>;

impl Loader {
    /// Reads from this database and this store.
    pub fn new(db: &Db, sessions: &Arc<dyn SessionStore>) -> Self {
        let (roles, queue) = (RwLock::default(), Mutex::default());
        Self(Arc::new(Inner { db: db.clone(), sessions: Arc::clone(sessions), roles, queue }))
    }

    /// A session and the account behind it as they are now or a moment later; none when either is gone, or the
    /// session was revoked.
    pub(super) async fn load(&self, digest: SessionDigest, now: Time) -> Answer {
        let (tell, told) = oneshot::channel();
        let since = Instant::now();
        let begins = {
            let mut queue = lock(&self.0.queue);
            queue.waiting.push(Waiting { since, digest, now, tell });
            let begins = queue.wants_lane(since);
            if begins {
                (queue.lanes, queue.began) = (queue.lanes + 1, Some(since));
            }
            begins
        };
        if begins {
            // A task of its own: whoever asked may hang up, and others wait for the same answer. Boxed, since what is
            // spawned is copied several times.
            tokio::spawn(Box::pin(Lane { inner: Arc::clone(&self.0), given_back: false, on: None }.run()));
        }
        told.await.unwrap_or(Err(Error::TimedOut))
    }
}

/// One of the readings that may be under way.
struct Lane {
    inner: Arc<Inner>,
    given_back: bool,
    /// Kept from one reading to the next, and since when it has been.
    on: Option<(Tx, Instant)>,
}

impl Drop for Lane {
    fn drop(&mut self) {
        if !self.given_back {
            // A panic: whoever waits may wait for this lane.
            let mut queue = lock(&self.inner.queue);
            queue.lanes -= 1;
            fail(queue.waiting.drain(..).map(|waiting| waiting.tell), &Error::TimedOut);
        }
    }
}

impl Lane {
    /// The next to read for. When there is nobody the lane is given back, under the same lock, so that whoever
    /// comes next begins one.
    fn next(&mut self) -> Option<Vec<Waiting>> {
        let mut queue = lock(&self.inner.queue);
        // Those who have waited as long as a reading may take have waited for one that failed.
        let late = queue.waiting.iter().take_while(|waiting| waiting.since.elapsed() >= PATIENCE).count();
        fail(queue.waiting.drain(..late).map(|waiting| waiting.tell), &Error::TimedOut);
        if queue.waiting.is_empty() {
            self.on = None;
            queue.lanes -= 1;
            self.given_back = true;
            return None;
        }
        queue.began = Some(Instant::now());
        let many = queue.waiting.len().min(BATCH);
        Some(queue.waiting.drain(..many).collect())
    }

    async fn run(mut self) {
        while let Some(batch) = self.next() {
            let now = batch.iter().map(|waiting| waiting.now).max().unwrap_or_default();
            let (digests, tells): (Vec<_>, Vec<_>) =
                batch.into_iter().map(|waiting| (waiting.digest, waiting.tell)).unzip();
            match self.read(&digests, now).await {
                Ok(read) => read.into_iter().zip(tells).for_each(|(read, tell)| {
                    let _hung_up = tell.send(Ok(read));
                }),
                Err(error) => fail(tells, &error),
            }
        }
    }

    async fn read(&mut self, digests: &[SessionDigest], now: Time) -> Result<Vec<Option<Principal>>, Error> {
        // Kept again only where all goes well; otherwise the pool looks after it.
        let kept = self.on.take().filter(|(_, since)| since.elapsed() < KEPT);
        let sessions = self.inner.sessions.find_all(digests, now).await?;
        let there: Vec<Arc<Session>> = sessions.iter().flatten().map(Arc::clone).collect();
        if there.is_empty() {
            return Ok(sessions.into_iter().map(|_| None).collect());
        }
        let (mut tx, since) = match kept {
            Some(kept) => kept,
            None => {
                let taken = timeout(PATIENCE, self.inner.db.read()).await;
                (taken.map_err(|_| Error::TimedOut)??, Instant::now())
            }
        };
        let reading = async {
            let found = principals::behind(&mut tx, &there).await?;
            let roles = self.inner.roles(&mut tx, found.roles).await?;
            Ok::<_, store::Error>((found, roles))
        };
        let Ok(read) = timeout(PATIENCE, reading).await else {
            // Given back, it would be asked whether it still stands, and nobody bounds that.
            tx.abandon();
            return Err(Error::TimedOut);
        };
        let (found, roles) = read?;
        self.on = Some((tx, since));
        let load = |session: Arc<Session>| {
            let (user, grants) = found.behind(&session)?;
            let (user, may) = (Arc::clone(user), Effective::of(user.tier, grants, &roles.1));
            Some(Principal { user, may, vouched: found.vouched(&session), session })
        };
        Ok(sessions.into_iter().map(|session| session.and_then(load)).collect())
    }
}

impl Inner {
    /// All roles, remembered with the version that they had: they seldom change, and what was given to people
    /// is read each time together with the version by which these are known to be old.
    async fn roles(&self, tx: &mut Tx, version: i64) -> Result<Arc<(i64, Roles)>, store::Error> {
        let known = Arc::clone(&self.roles.read().unwrap_or_else(PoisonError::into_inner));
        if known.0 == version {
            return Ok(known);
        }
        // Read after the version: at worst they are newer than it says, and are read once more next time.
        let read = Arc::new((version, roles::all(tx).await?));
        *self.roles.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&read);
        Ok(read)
    }
}

fn fail(tells: impl IntoIterator<Item = oneshot::Sender<Answer>>, error: &Error) {
    for tell in tells {
        let _hung_up = tell.send(Err(error.clone()));
    }
}
