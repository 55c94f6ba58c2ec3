//! What runs by the clock, on every instance: it does no harm when several do it at once.
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{
    accounts::dormant,
    session,
    state::App,
    store::{self, revocations},
};

const EVERY: Duration = Duration::from_secs(60);
/// Settings that another instance changed are in force here within this long.
const SETTINGS_EVERY: Duration = Duration::from_secs(1);

/// Tidies up every minute, until `end`. A round that fails is logged and the next one tries again.
pub async fn run(app: App, end: CancellationToken) {
    let mut clock = interval(EVERY);
    let mut settings = interval(SETTINGS_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    settings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            _ = settings.tick() => {
                if let Err(error) = app.refresh_settings().await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "settings could not be read again");
                }
                continue;
            }
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
    #[error("dormant accounts could not be deactivated")]
    Dormant(#[source] store::Error),
}

/// One round: forgets sessions that are over, and revocations of sessions that would be by now.
async fn tidy(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    app.sessions.purge(&app.settings().lifetimes, now).await?;
    let mut tx = app.db.write().await?;
    revocations::purge(&mut tx, now).await?;
    tx.commit().await?;
    let done = dormant::deactivate_all(&app.db, &app.settings(), now).await.map_err(Error::Dormant)?;
    if done > 0 {
        tracing::info!(accounts = done, "dormant accounts were deactivated");
    }
    Ok(())
}
