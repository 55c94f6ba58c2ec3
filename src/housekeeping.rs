//! What runs by the clock, on every instance: it does no harm when several do it at once.
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{
    accounts::{
        chain::{self, kept, prune, seal, verify},
        dormant,
    },
    domain::chain::Head,
    session,
    state::App,
    store::{self, audit_chain, revocations},
};

const EVERY: Duration = Duration::from_secs(60);
/// Settings that another instance changed are in force here within this long.
const SETTINGS_EVERY: Duration = Duration::from_secs(1);
/// An audit event waits no longer than this, and what sealing the ones before takes.
const SEAL_EVERY: Duration = Duration::from_millis(500);
/// In rounds.
const PRUNE_EVERY: u32 = 60;
/// A check reads the whole audit log: some ten seconds for a million events.
const CHECK_EVERY: Duration = Duration::from_secs(6 * 60 * 60);

/// Keeps house until `end`.
pub async fn run(app: App, end: CancellationToken) {
    tokio::join!(tidying(&app, &end), following_settings(&app, &end), sealing(&app, &end));
}

/// Reads the settings again when another instance has changed them.
async fn following_settings(app: &App, end: &CancellationToken) {
    let mut clock = interval(SETTINGS_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            _ = clock.tick() => {}
        }
        if let Err(error) = app.refresh_settings().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "settings could not be read again");
        }
    }
}

/// Tidies up every minute. A round that fails is logged and the next one tries again.
async fn tidying(app: &App, end: &CancellationToken) {
    let mut clock = interval(EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for round in 0_u32.. {
        tokio::select! {
            () = end.cancelled() => return,
            _ = clock.tick() => {}
        }
        if let Err(error) = tidy(app).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "housekeeping failed, the next round is in a minute"
            );
        }
        let look_after = look_after_audit_log(app, round.is_multiple_of(PRUNE_EVERY));
        let looked_after = tokio::select! {
            () = end.cancelled() => return,
            done = look_after => done,
        };
        if let Err(error) = looked_after {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "the audit log could not be looked after");
        }
    }
}
/// Why a round failed.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("revocations could not be purged")]
    Revocations(#[from] store::Error),
    #[error("sessions could not be purged")]
    Sessions(#[from] session::Error),
    #[error("dormant accounts could not be deactivated")]
    Dormant(#[source] store::Error),
}

/// One round: forgets sessions that are over, and revocations of sessions that would be by now.
async fn tidy(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    let done = dormant::deactivate_all(&app.db, &app.settings(), now).await.map_err(Error::Dormant)?;
    if done > 0 {
        tracing::info!(accounts = done, "dormant accounts were deactivated");
    }
    app.sessions.purge(&app.settings().lifetimes, now).await?;
    let mut tx = app.db.write().await?;
    revocations::purge(&mut tx, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets audit events that are too old, and looks whether all others are as they were written.
async fn look_after_audit_log(app: &App, prune: bool) -> Result<(), chain::Error> {
    let now = app.clock.now();
    if prune {
        let days = Some(app.settings().retention_days).filter(|days| *days > 0);
        prune::prune(&app.db, &app.master, days, now).await?;
    }
    if audit_chain::last(&mut app.db.read().await?).await?.is_none() {
        return Ok(());
    }
    let last = verify::last(&app.db, &app.master).await?;
    if last.is_some_and(|last| now.since(last.at) < CHECK_EVERY) {
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

/// Gives audit events their places in the chain, and keeps its head.
async fn sealing(app: &App, end: &CancellationToken) {
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
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "audit events wait to be sealed, and could not be");
            }
            Err(_) => return,
        }
        if due {
            self.next = now + EVERY;
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
