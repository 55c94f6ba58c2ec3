//! What runs by the clock, on every instance: it does no harm when several do it at once.
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    accounts::{Refusal, arrival, delivering, dormant, expiring, queue, signing, sso, vouching},
    domain::{session::LONGEST, settings::Settings, time::Time},
    oidc::Provider,
    session,
    state::App,
    store::{
        self, applications, audit_chain, known_places, mail_tokens, provider_sessions, provider_warnings,
        revocations, signups, sync_warnings,
    },
};

mod audit_log;
mod delivery;
mod revalidation;

const EVERY: Duration = Duration::from_secs(60);
/// Settings and signing keys that another instance changed are in force here within this long.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);
/// Those who decide are told of an application within this long.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// A provider that was away is in use again within this long, and one that is away is asked no more often.
const ASK_EVERY: Duration = Duration::from_secs(5);
/// In rounds.
const PRUNE_EVERY: u32 = 60;

/// Keeps house until `end`.
pub async fn run(app: App, end: CancellationToken) {
    tokio::join!(
        tell_left_behind(&app),
        tidying(&app, &end),
        following_others(&app, &end),
        audit_log::sealing(&app, &end),
        delivery::run(&app, &end),
        telling(&app, &end),
        asking_providers(&app, &end),
        revalidation::run(&app, &end),
    );
}

/// Says once what providers gave that are in the configuration no more; `narthex check` says what to do.
async fn tell_left_behind(app: &App) {
    match sso::left_behind(&app.db, &app.config.providers).await {
        Ok(left) => {
            for (provider, people) in left {
                tracing::warn!(
                    provider,
                    people,
                    "people have roles or the tier from a provider that is not in the configuration; see `narthex check`"
                );
            }
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "what providers of former times gave could not be looked at");
        }
    }
}

/// Reads settings and signing keys again when another instance has changed them.
async fn following_others(app: &App, end: &CancellationToken) {
    let mut clock = interval(FOLLOW_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            _ = clock.tick() => {}
        }
        if let Err(error) = app.refresh_settings().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "settings could not be read again");
        }
        if let Err(error) = app.refresh_keys().await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "signing keys could not be read again");
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
        for error in tidy(app).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "housekeeping failed, the next round is in a minute"
            );
        }
        let look_after = audit_log::look_after(app, round.is_multiple_of(PRUNE_EVERY));
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

/// Discovers every provider when the process begins and keeps what it publishes fresh, so that nobody who signs in
/// waits for that, and the sign-in page knows which one does not answer. Each by itself: one that hangs holds up no
/// other.
async fn asking_providers(app: &App, end: &CancellationToken) {
    let ask = async |provider: &Provider| {
        loop {
            provider.keep_up(app.clock.now()).await;
            sleep(ASK_EVERY).await;
        }
    };
    tokio::select! {
        () = end.cancelled() => {}
        _ = join_all(app.providers.iter().map(ask)) => end.cancelled().await,
    }
}

/// Tells those who decide of new applications.
async fn telling(app: &App, end: &CancellationToken) {
    let mut clock = interval(TELL_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            _ = clock.tick() => {}
        }
        if let Err(error) = queue::tell(&app.db, &app.settings(), app.clock.now()).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "nobody could be told of new applications");
        }
    }
}

/// How long it is remembered what of a provider's claims could not be followed.
const WARNINGS_KEPT: Duration = Duration::from_secs(30 * 86_400);

/// Why a round failed.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("what is over could not be purged")]
    Over(#[source] store::Error),
    #[error("sessions whose provider does not answer could not be ended")]
    Unvouched(#[source] store::Error),
    #[error("sessions could not be purged")]
    Sessions(#[source] session::Error),
    #[error("dormant accounts could not be deactivated")]
    Dormant(#[source] store::Error),
    #[error("people could not be told that their accounts expire")]
    Expiry(#[source] store::Error),
    #[error("old mail could not be purged")]
    Mail(#[source] store::Error),
    #[error("applications that nobody decided on could not be closed")]
    Applications(#[source] store::Error),
    #[error("signing keys could not be rotated")]
    Keys(#[source] Refusal),
}

/// One round: closes what waited too long, and forgets what is over. A step that fails keeps no other from its turn.
async fn tidy(app: &App) -> Vec<Error> {
    let (now, settings) = (app.clock.now(), app.settings());
    let steps = [
        close_applications(app, &settings, now).await.map_err(Error::Applications),
        deactivate_dormant(app, &settings, now).await.map_err(Error::Dormant),
        keep_up_keys(app, now).await.map_err(Error::Keys),
        expiring::tell(&app.db, now).await.map(drop).map_err(Error::Expiry),
        delivering::purge(&app.db, now).await.map(drop).map_err(Error::Mail),
        end_unvouched(app, now).await.map_err(Error::Unvouched),
        app.sessions.purge(&settings.lifetimes, now).await.map_err(Error::Sessions),
        purge(app, &settings, now).await.map_err(Error::Over),
    ];
    steps.into_iter().filter_map(Result::err).collect()
}

async fn close_applications(app: &App, settings: &Settings, now: Time) -> Result<(), store::Error> {
    let closed = queue::expire(&app.db, settings, now).await?;
    if closed > 0 {
        tracing::info!(applications = closed, "applications were closed because nobody decided in time");
    }
    Ok(())
}

async fn end_unvouched(app: &App, now: Time) -> Result<(), store::Error> {
    let ended = vouching::end_overdue(&app.db, now).await?;
    if ended > 0 {
        tracing::info!(
            sessions = ended,
            "sessions ended because their provider has not answered for too long"
        );
    }
    Ok(())
}

async fn deactivate_dormant(app: &App, settings: &Settings, now: Time) -> Result<(), store::Error> {
    let done = dormant::deactivate_all(&app.db, settings, now).await?;
    if done > 0 {
        tracing::info!(accounts = done, "dormant accounts were deactivated");
    }
    Ok(())
}

async fn keep_up_keys(app: &App, now: Time) -> Result<(), Refusal> {
    // A clock that is ahead would forget a key that others still sign with.
    let theirs = audit_chain::clock(&mut app.db.read().await?).await?;
    let now = theirs.map_or(now, |theirs| theirs.min(now));
    if let Some(key) = signing::keep_up(&app.db, &app.master, now).await? {
        tracing::info!(kid = key.kid, signs_from = %key.signs_from.rfc3339(), "the next signing key was made");
    }
    Ok(())
}

async fn purge(app: &App, settings: &Settings, now: Time) -> Result<(), store::Error> {
    let mut tx = app.db.write().await?;
    revocations::purge(&mut tx, now).await?;
    mail_tokens::purge(&mut tx, now).await?;
    signups::purge(&mut tx, now).await?;
    if let Some(before) = queue::forget_before(settings, now) {
        applications::purge(&mut tx, before).await?;
    }
    known_places::purge(&mut tx, now - arrival::REMEMBERED).await?;
    provider_sessions::purge(&mut tx, now - LONGEST, now).await?;
    provider_warnings::purge(&mut tx, now - WARNINGS_KEPT).await?;
    sync_warnings::purge(&mut tx, now - WARNINGS_KEPT).await?;
    tx.commit().await
}
