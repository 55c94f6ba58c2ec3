//! What was let through and is not over yet: WebSockets, answers and uploads that still stream. One task looks at
//! all of them every second, so that an idle one costs neither a timer nor a buffer.
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::Context,
    time::Duration,
};

use futures_util::{StreamExt as _, stream, task::AtomicWaker};
use tokio_util::sync::CancellationToken;

use super::{Gate, Known, Original, Outcome, Parts};
use crate::domain::{session::SessionId, time::Time, user::UserId};

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
    user: Option<UserId>,
    moved: AtomicBool,
    cut: AtomicBool,
    wakes: AtomicWaker,
    hang_up: HangUp,
}

impl Passing {
    /// `principal` is whoever the decision was made for; `hang_up` ends the connection that the request came over.
    pub fn new(
        original: Original,
        ids: Vec<SessionId>,
        principal: Option<&Known>,
        hang_up: HangUp,
    ) -> Arc<Self> {
        Arc::new(Self {
            original,
            ids,
            user: principal.map(|principal| principal.user.id),
            moved: AtomicBool::new(false),
            cut: AtomicBool::new(false),
            wakes: AtomicWaker::new(),
            hang_up,
        })
    }

    /// Whether it is on behalf of somebody.
    pub(super) fn is_personal(&self) -> bool {
        self.user.is_some()
    }

    /// Notes that bytes have flowed.
    pub(super) fn moves(&self) {
        self.moved.store(true, Relaxed);
    }

    /// Whether bytes have flowed since this was last asked.
    pub fn has_moved(&self) -> bool {
        self.moved.swap(false, Relaxed)
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
pub(super) struct Streams(Mutex<Vec<Open>>);

#[derive(Debug)]
struct Open {
    passing: Arc<Passing>,
    /// How long no byte may flow.
    patience: Option<Duration>,
    quiet: Duration,
}

impl Streams {
    /// Has a stream looked at every second until it is dropped; cuts it when nothing flows for as long as
    /// `patience`.
    pub(super) fn watch(&self, passing: &Arc<Passing>, patience: Option<Duration>) {
        let open = Open { passing: Arc::clone(passing), patience, quiet: Duration::ZERO };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(open);
    }

    fn take(&self) -> Vec<Open> {
        let mut all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        // The stream itself holds the other.
        all.retain(|open| Arc::strong_count(&open.passing) > 1);
        all
    }

    fn give_back(&self, all: Vec<Open>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(all);
    }
}

impl Gate {
    /// Judges everything that is open again, and cuts what may not go on. To be called once a second.
    pub async fn look_after_streams(&self, parts: &Parts<'_>, now: Time) {
        self.proxy.tidy();
        let by = tokio::time::Instant::now() + JUDGED_WITHIN;
        let all = stream::iter(self.proxy.streams.take());
        let judged = all.map(|open| async move {
            let stays = tokio::time::timeout_at(by, self.stays(parts, open, now)).await;
            stays.unwrap_or_else(|_| {
                tracing::error!("open streams could not be judged in time; what was not ends");
                None
            })
        });
        let kept: Vec<Open> = judged.buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
        self.proxy.streams.give_back(kept);
    }

    /// Ends everything that is open.
    pub fn cut_streams(&self) {
        for open in self.proxy.streams.take() {
            open.passing.cut();
        }
    }

    /// Whether what was let through still would be, and for the same person: what an application was told about
    /// somebody must not outlive their session, where strangers may pass too. It counts as a use of the session
    /// only where bytes flow, so that a page left open does not keep it alive.
    pub async fn still_lets(&self, parts: &Parts<'_>, passing: &Passing, is_use: bool, now: Time) -> bool {
        let parts = Parts { is_use, ..*parts };
        match self.authorize(&parts, &passing.original, &passing.ids, now).await {
            Ok(Outcome::Allowed { principal, .. }) => {
                principal.map(|principal| principal.user.id) == passing.user
            }
            Ok(_) => false,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an open stream could not be judged again; it ends"
                );
                false
            }
        }
    }

    /// The stream as it goes on; otherwise it is cut.
    async fn stays(&self, parts: &Parts<'_>, open: Open, now: Time) -> Option<Open> {
        let mut open = Cutting(Some(open));
        let it = open.0.as_mut()?;
        it.quiet = if it.passing.has_moved() { Duration::ZERO } else { it.quiet + EVERY };
        let waits = it.patience.is_none_or(|patience| it.quiet <= patience);
        // Not only what moved since the last look: what was remembered then has noted no use.
        let is_use = it.quiet <= 2 * EVERY;
        let stays = waits && self.still_lets(parts, &it.passing, is_use, now).await;
        if stays { open.0.take() } else { None }
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
