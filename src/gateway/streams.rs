//! What was let through and is not over yet: WebSockets, answers and uploads that still stream. One task looks at
//! all of them every second, so that an idle one costs neither a timer nor a buffer.
use std::{
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::Context,
    time::Duration,
};

use futures_util::{StreamExt as _, stream, task::AtomicWaker};
use tokio_util::sync::CancellationToken;

use super::{Error, Failure, Fingerprint, Gate, Original, Outcome, Parts};
use crate::domain::{session::SessionId, time::Time};

/// How often what is open is judged again.
pub const EVERY: Duration = Duration::from_secs(1);
/// What is not judged by then, because a store hangs, ends.
const JUDGED_WITHIN: Duration = Duration::from_secs(3);
/// Streams that are judged at once, so that the accounts behind them are read together.
const AT_ONCE: usize = 512;

/// Ends a client's connection, also while the client takes nothing of what is sent to it.
#[derive(Clone, Debug, Default)]
pub struct HangUp(CancellationToken);

impl HangUp {
    /// Has the connection end.
    pub fn tell(&self) {
        self.0.cancel();
    }

    /// Whether it has to end.
    pub fn is_told(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Returns when it has to end.
    pub async fn told(&self) {
        self.0.cancelled().await;
    }
}

/// A request that was let through, for as long as it lasts.
#[derive(Debug)]
pub struct Passing {
    /// What was judged.
    pub original: Original,
    ids: Vec<SessionId>,
    /// What the upstream was told of whoever it is on behalf of.
    told: Option<Fingerprint>,
    moved: AtomicBool,
    used: AtomicBool,
    cut: AtomicBool,
    wakes: AtomicWaker,
    hang_up: HangUp,
}

impl Passing {
    /// `told` is what the upstream is told of whoever the decision was made for; `hang_up` ends the connection that
    /// the request came over.
    pub fn new(
        original: Original,
        ids: Vec<SessionId>,
        told: Option<Fingerprint>,
        hang_up: HangUp,
    ) -> Arc<Self> {
        Arc::new(Self {
            original,
            ids,
            told,
            moved: AtomicBool::new(false),
            used: AtomicBool::new(false),
            cut: AtomicBool::new(false),
            wakes: AtomicWaker::new(),
            hang_up,
        })
    }

    /// Whether it is on behalf of somebody.
    pub(super) fn is_personal(&self) -> bool {
        self.told.is_some()
    }

    /// Notes that bytes have flowed.
    pub(super) fn moves(&self) {
        self.moved.store(true, Relaxed);
    }

    /// Notes that the client has sent something, which is a use of the session: what an application sends, pings or a
    /// clock, is none.
    pub(super) fn is_used(&self) {
        self.moves();
        self.used.store(true, Relaxed);
    }

    /// Whether bytes have flowed since this was last asked.
    pub(super) fn has_moved(&self) -> bool {
        self.moved.swap(false, Relaxed)
    }

    /// Whether the client has sent something since this was last asked.
    pub(super) fn was_used(&self) -> bool {
        self.used.swap(false, Relaxed)
    }

    /// Whether it has to end now; if not, whoever asks is woken when it has to.
    pub(super) fn is_cut(&self, context: &Context<'_>) -> bool {
        self.wakes.register(context.waker());
        self.cut.load(Relaxed)
    }

    fn cut(&self) {
        self.cut.store(true, Relaxed);
        self.wakes.wake();
        self.hang_up.tell();
    }
}

/// All that is open.
#[derive(Debug, Default)]
pub(super) struct Streams {
    open: Mutex<Vec<Open>>,
    /// Whether what has no end of its own has to end.
    ending: AtomicBool,
}

#[derive(Debug)]
struct Open {
    passing: Arc<Passing>,
    /// How long no byte may flow.
    patience: Option<Duration>,
    quiet: Duration,
    unused: Duration,
}

impl Streams {
    /// Has a stream looked at every second until it is dropped; cuts it when nothing flows for as long as
    /// `patience`.
    pub(super) fn watch(&self, passing: &Arc<Passing>, patience: Option<Duration>) {
        let (passing, quiet, unused) = (Arc::clone(passing), Duration::ZERO, Duration::ZERO);
        let open = Open { passing, patience, quiet, unused };
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(open);
    }

    fn take(&self) -> Vec<Open> {
        let mut all = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        // The stream itself holds the other.
        all.retain(|open| Arc::strong_count(&open.passing) > 1);
        all
    }

    fn give_back(&self, all: Vec<Open>) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).extend(all);
    }
}

impl Gate {
    /// Judges everything that is open again, and cuts what may not go on. To be called once a second.
    pub async fn look_after_streams(&self, parts: &Parts<'_>, now: Time) {
        self.proxy.tidy();
        // What was read before could be as old as the whole time between two looks.
        let parts = &Parts { not_before: Some(std::time::Instant::now()), ..*parts };
        let by = tokio::time::Instant::now() + JUDGED_WITHIN;
        let all = stream::iter(self.proxy.streams.take());
        let judged = all.map(|open| async move {
            let stays = tokio::time::timeout_at(by, self.stays(parts, open, now)).await;
            stays.unwrap_or(Err(Failure::Undecided(Error::TimedOut)))
        });
        let mut judged = pin!(judged.buffer_unordered(AT_ONCE));
        let (mut kept, mut undecided) = (vec![], vec![]);
        while let Some(judged) = judged.next().await {
            match judged {
                Ok(open) => kept.push(open),
                Err(Failure::Undecided(error)) => undecided.push(error),
                Err(_) => {}
            }
        }
        self.proxy.streams.give_back(kept);
        if let Some(error) = undecided.first() {
            tracing::error!(
                error = error as &dyn std::error::Error,
                streams = undecided.len(),
                "open streams could not be judged again; they end"
            );
        }
    }

    /// Ends everything that is open.
    pub fn cut_streams(&self) {
        for open in self.proxy.streams.take() {
            open.passing.cut();
        }
    }

    /// Ends what has no end of its own, tunnels and event streams, now and from now on.
    pub fn end_streams(&self) {
        self.proxy.streams.ending.store(true, Relaxed);
        let (finite, endless): (Vec<_>, Vec<_>) =
            self.proxy.streams.take().into_iter().partition(|open| open.patience.is_some());
        self.proxy.streams.give_back(finite);
        endless.iter().for_each(|open| open.passing.cut());
    }

    /// Whether what was let through still would be, by the same session and with the same told of the person: what an
    /// application knows about somebody must not outlive it, where strangers may pass too. `is_use`: an open page
    /// alone does not keep a session alive.
    ///
    /// # Errors
    /// Why it has to end.
    pub async fn still_lets(
        &self,
        parts: &Parts<'_>,
        passing: &Passing,
        is_use: bool,
        now: Time,
    ) -> Result<(), Failure> {
        let parts = Parts { is_use, ..*parts };
        match self.authorize(&parts, &passing.original, &passing.ids, now).await {
            Ok(Outcome::Allowed { principal, upstream }) => {
                match self.fingerprint(upstream, principal.as_deref()) {
                    told if told == passing.told => Ok(()),
                    Some(_) => Err(Failure::Changed),
                    None => Err(Failure::SignedOut),
                }
            }
            Ok(Outcome::SignIn | Outcome::ChangePassword) => Err(Failure::SignedOut),
            Ok(Outcome::Denied { .. } | Outcome::UnknownHost | Outcome::BadRequest(_)) => {
                Err(Failure::Denied)
            }
            Err(error) => Err(Failure::Undecided(error)),
        }
    }

    /// The stream as it goes on; otherwise it is cut.
    async fn stays(&self, parts: &Parts<'_>, open: Open, now: Time) -> Result<Open, Failure> {
        let mut open = Cutting(Some(open));
        let it = open.0.as_mut().ok_or(Failure::TimedOut)?;
        it.quiet = if it.passing.has_moved() { Duration::ZERO } else { it.quiet + EVERY };
        it.unused = if it.passing.was_used() { Duration::ZERO } else { it.unused + EVERY };
        let waits = match it.patience {
            Some(patience) => it.quiet <= patience,
            None => !self.proxy.streams.ending.load(Relaxed),
        };
        if !waits {
            return Err(Failure::TimedOut);
        }
        // Not only what was sent since the last look: what was remembered then has noted no use.
        self.still_lets(parts, &it.passing, it.unused <= 2 * EVERY, now).await?;
        open.0.take().ok_or(Failure::TimedOut)
    }
}

/// Cuts the stream that it still holds when it is dropped: also when nobody waits for the judgement any more.
struct Cutting(Option<Open>);

impl Drop for Cutting {
    fn drop(&mut self) {
        if let Some(open) = self.0.take() {
            open.passing.cut();
        }
    }
}
