//! What runs by the clock, on every instance: it does no harm when several do it at once.
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{
    session,
    state::App,
    store::{self, revocations},
};

const EVERY: Duration = Duration::from_secs(60);

/// Tidies up every minute, until `end`. A round that fails is logged and the next one tries again.
pub async fn run(app: App, end: CancellationToken) {
    let mut clock = interval(EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            _ = clock.tick() => {}
        }
        if let Err(error) = tidy(&app).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "housekeeping failed, the next round is in a minute"
            );
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
}

/// One round: forgets sessions that are over, and revocations of sessions that would be by now.
async fn tidy(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    app.sessions.purge(&app.config.sessions.lifetimes, now).await?;
    let mut tx = app.db.write().await?;
    revocations::purge(&mut tx, now).await?;
    Ok(tx.commit().await?)
}
