//! Reads the accounts behind sessions, for all who ask at the same time at once: the more requests there are,
//! the less each of them costs the database and us.
use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{Error, cache::lock};
use crate::{
    domain::{
        permission::{Effective, Roles},
        session::Session,
        user::User,
    },
    store::{
        self, Db, Tx,
        principals::{self, Found},
        roles,
    },
};

/// Readings under way at once; who comes meanwhile waits for one of the next.
const LANES: usize = 4;
/// Sessions in one reading.
const BATCH: usize = 64;
/// A database that has not answered by then has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads the accounts behind sessions.
pub struct Loader(Arc<Inner>);

struct Inner {
    db: Db,
    roles: RwLock<Arc<(i64, Roles)>>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    lanes: usize,
}

struct Waiting {
    session: Session,
    tell: oneshot::Sender<Answer>,
}

type Answer = Result<Option<Loaded>, Error>;

/// A session with the account behind it, and what it may do.
pub(super) struct Loaded {
    pub(super) session: Session,
    pub(super) user: User,
    pub(super) may: Effective,
}

impl Loader {
    /// Reads from this database.
    pub fn new(db: &Db) -> Self {
        Self(Arc::new(Inner { db: db.clone(), roles: RwLock::default(), queue: Mutex::default() }))
    }

    /// The account behind a session as it is now or a moment later; none when it is gone, or the session was
    /// revoked.
    pub(super) async fn load(&self, session: Session) -> Answer {
        let (tell, told) = oneshot::channel();
        let begins = {
            let mut queue = lock(&self.0.queue);
            queue.waiting.push(Waiting { session, tell });
            let begins = queue.lanes < LANES;
            queue.lanes += usize::from(begins);
            begins
        };
        if begins {
            // A task of its own: whoever asked may hang up, and others wait for the same answer.
            tokio::spawn(Lane { inner: Arc::clone(&self.0), given_back: false }.run());
        }
        told.await.unwrap_or(Err(Error::TimedOut))
    }
}

/// One of the readings that may be under way.
struct Lane {
    inner: Arc<Inner>,
    given_back: bool,
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
        if queue.waiting.is_empty() {
            queue.lanes -= 1;
            self.given_back = true;
            return None;
        }
        let many = queue.waiting.len().min(BATCH);
        Some(queue.waiting.drain(..many).collect())
    }

    async fn run(mut self) {
        while let Some(batch) = self.next() {
            let (sessions, tells): (Vec<_>, Vec<_>) =
                batch.into_iter().map(|waiting| (waiting.session, waiting.tell)).unzip();
            match tokio::time::timeout(PATIENCE, self.inner.read(&sessions)).await {
                Ok(Ok((found, roles))) => answer(sessions, tells, &found, &roles),
                Ok(Err(error)) => fail(tells, &error.into()),
                Err(_) => {
                    fail(tells, &Error::TimedOut);
                    // Those who wait for the next reading have waited as long.
                    let waiting = std::mem::take(&mut lock(&self.inner.queue).waiting);
                    fail(waiting.into_iter().map(|waiting| waiting.tell), &Error::TimedOut);
                }
            }
        }
    }
}

impl Inner {
    async fn read(&self, sessions: &[Session]) -> Result<(Found, Arc<(i64, Roles)>), store::Error> {
        let mut tx = self.db.read().await?;
        let found = principals::behind(&mut tx, sessions).await?;
        let roles = self.roles(&mut tx, found.roles).await?;
        Ok((found, roles))
    }

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

fn answer(sessions: Vec<Session>, tells: Vec<oneshot::Sender<Answer>>, found: &Found, roles: &(i64, Roles)) {
    for (session, tell) in sessions.into_iter().zip(tells) {
        let loaded = found.behind(&session).map(|(user, grants)| {
            let may = Effective::of(user.tier, grants, &roles.1);
            Loaded { user: user.clone(), may, session }
        });
        let _hung_up = tell.send(Ok(loaded));
    }
}

fn fail(tells: impl IntoIterator<Item = oneshot::Sender<Answer>>, error: &Error) {
    for tell in tells {
        let _hung_up = tell.send(Err(error.clone()));
    }
}
