//! The audit log: its events are sealed at once, looked through every six hours, and forgotten when they are too old.
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::EVERY;
use crate::{
    accounts::chain::{
        self, kept, prune, seal,
        verify::{self, Checked},
    },
    domain::{chain::Head, time::Time},
    state::App,
    store::audit_chain,
};

/// An audit event waits no longer than this, and what sealing the ones before takes.
const SEAL_EVERY: Duration = Duration::from_millis(500);
/// A check reads the whole audit log: some ten seconds for a million events.
const CHECK_EVERY: Duration = Duration::from_secs(6 * 60 * 60);
/// So far may the clocks of this machine and the database's differ.
const DAY: Duration = Duration::from_secs(86_400);

/// Forgets audit events that are too old, and looks whether all others are as they were written.
pub(super) async fn look_after(app: &App, prune: bool) -> Result<(), kept::KeepError> {
    let now = app.clock.now();
    if prune {
        forget_old_events(app, now).await;
    }
    let contradicted = match kept::keep(&app.db, &app.master, &kept::file(&app.config.data_dir)).await {
        Ok(kept::Outcome::Contradicted { kept, .. }) => Some(kept),
        Ok(kept::Outcome::Nothing) => return Ok(()),
        Ok(_) => None,
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "the head of the audit chain could not be compared");
            None
        }
    };
    let last = verify::last(&app.db, &app.master).await.map_err(chain::Error::from)?;
    let told = |last: &Checked| contradicted.is_none_or(|kept| last.tells_of(kept, now - CHECK_EVERY));
    if last.as_ref().is_some_and(|last| !is_due(last.at, now) && told(last)) {
        return Ok(());
    }
    // Somebody has asked for a check, which is as good as ours.
    let Ok(_checking) = app.audit_check.try_lock() else { return Ok(()) };
    let checked = verify::check(&app.db, &app.master, &app.config.data_dir, now).await?;
    if let Some(first) = checked.faults.first() {
        tracing::error!(%first, faults = checked.wrong, "the audit log is not intact; `narthex audit verify` says where");
    }
    Ok(())
}

/// Whether the next check is due; one from the future was stamped by a wrong clock.
fn is_due(last: Time, now: Time) -> bool {
    last > now || now.since(last) >= CHECK_EVERY
}

/// Forgets audit events that are too old, unless our clock is wrong. What goes wrong is logged: it must not keep
/// anybody from looking at the log.
async fn forget_old_events(app: &App, now: Time) {
    let days = Some(app.settings().retention_days).filter(|days| *days > 0);
    let pruning = async {
        let theirs = audit_chain::clock(&mut app.db.read().await.map_err(chain::Error::from)?).await;
        if is_ahead(now, theirs.map_err(chain::Error::from)?) {
            tracing::error!(
                "the clock of this machine is more than a day ahead of the database's: no audit event is forgotten"
            );
            return Ok(0);
        }
        prune::prune(&app.db, &app.master, &kept::file(&app.config.data_dir), days, now).await
    };
    if let Err(error) = pruning.await {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, "old audit events could not be forgotten");
    }
}

/// Whether our clock is so far ahead of the database's, where that has one, that events would go too early.
fn is_ahead(ours: Time, theirs: Option<Time>) -> bool {
    theirs.is_some_and(|theirs| ours.since(theirs) > DAY)
}

/// Gives audit events their places in the chain, and keeps its head.
pub(super) async fn sealing(app: &App, end: &CancellationToken) {
    let mut clock = interval(SEAL_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut keeper = Keeper { logged: None, next: Instant::now() };
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            _ = clock.tick() => {}
        }
        let mut sealed = seal::batch(&app.db, &app.master).await;
        while matches!(sealed, Ok(n) if n >= seal::BATCH.unsigned_abs() as usize) && !end.is_cancelled() {
            sealed = seal::batch(&app.db, &app.master).await;
        }
        keeper.after(app, sealed).await;
    }
}

/// Says that events wait though nothing failed: somebody else holds the chain's lock and does not seal.
async fn tell_if_nobody_seals(app: &App) {
    let waiting = async { audit_chain::waiting_since(&mut app.db.read().await?).await };
    match waiting.await {
        Ok(Some(since)) if seal::is_overdue(since, app.clock.now()) => tracing::error!(
            since = %since.rfc3339(),
            "audit events wait and nobody seals them: see whether somebody holds the advisory lock 7305002"
        ),
        Ok(_) => {}
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "it could not be seen whether audit events wait to be sealed");
        }
    }
}

/// Keeps the head of the chain, and logs it at most once a minute, as failures.
struct Keeper {
    logged: Option<Head>,
    next: Instant,
}

impl Keeper {
    async fn after(&mut self, app: &App, sealed: Result<usize, chain::Error>) {
        let now = Instant::now();
        let due = now >= self.next;
        match sealed {
            Ok(0) if !due => return,
            Ok(_) => {}
            Err(error) if due => {
                self.next = now + EVERY;
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "audit events wait to be sealed, and could not be");
            }
            Err(_) => return,
        }
        if due {
            self.next = now + EVERY;
            tell_if_nobody_seals(app).await;
        }
        match kept::keep(&app.db, &app.master, &kept::file(&app.config.data_dir)).await {
            Ok(kept::Outcome::Nothing) => {}
            Ok(kept::Outcome::Same(head) | kept::Outcome::Kept(head)) => {
                if due && self.logged.replace(head) != Some(head) {
                    tracing::info!(%head, "the audit log is sealed up to here");
                }
            }
            Ok(kept::Outcome::Contradicted { kept, found }) if due => tracing::error!(
                %kept,
                %found,
                "the audit log does not go on from the head that was kept: somebody has removed its end, or the \
                 database is an older copy; if it is one that you have restored, remove the file audit.head"
            ),
            Err(error) if due => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the head of the audit chain could not be kept");
            }
            Ok(kept::Outcome::Contradicted { .. }) | Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_wrong_are_noticed() {
        let now = Time::from_micros(1_800_000_000_000_000);
        assert!(!is_due(now - Duration::from_secs(60), now) && is_due(now - CHECK_EVERY, now));
        assert!(is_due(now + Duration::from_secs(60), now), "stamped in the future");
        assert!(!is_ahead(now, None) && !is_ahead(now, Some(now)) && !is_ahead(now, Some(now + DAY * 9)));
        assert!(is_ahead(now, Some(now - DAY * 9)));
    }
}
