//! Delivers mail: takes what is due, a few at once, and writes down what became of each.
use std::time::Duration;

use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    accounts::delivering::{self, Failure, Fate, Taken},
    mail,
    state::App,
    store,
};

const EVERY: Duration = Duration::from_secs(1);
/// So many are delivered at once: a recipient whose server is slow holds up one of these lanes.
const LANES: usize = 4;
/// At the end, what is being delivered is given so long; what is not done by then is sent once more.
const FAREWELL: Duration = Duration::from_secs(10);

/// Delivers until `end`.
pub(super) async fn run(app: &App, end: &CancellationToken) {
    let mut clock = interval(EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut lanes = JoinSet::new();
    let mut failing = false;
    loop {
        // A lane that comes free takes the next mail at once; an empty outbox is looked at every second.
        tokio::select! {
            () = end.cancelled() => break,
            _ = clock.tick() => {}
            Some(_) = lanes.join_next(), if lanes.len() == LANES => {}
        }
        while lanes.try_join_next().is_some() {}
        // Longer than a delivery may take, with what comes before and after it.
        let lease = app.mailer.timeout() + Duration::from_secs(5);
        let taken = delivering::take(&app.db, lease, LANES - lanes.len(), app.clock.now()).await;
        match taken {
            Ok(mails) => {
                failing = false;
                for mail in mails {
                    let app = app.clone();
                    lanes.spawn(async move { deliver(&app, mail).await });
                }
            }
            Err(error) if !failing => {
                failing = true;
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "mail that is due could not be read; it is tried every second");
            }
            Err(_) => {}
        }
    }
    let _sent_once_more = timeout(FAREWELL, async { while lanes.join_next().await.is_some() {} }).await;
}

/// Delivers one mail and writes down what became of it. Logs say which mail, never to whom or what.
async fn deliver(app: &App, mail: Taken) {
    let (id, kind) = (mail.id, mail.kind());
    match attempt(app, &mail).await {
        Ok(None) => match delivering::sent(&app.db, id, app.clock.now()).await {
            Ok(()) => tracing::debug!(%id, kind, "a mail was sent"),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(%id, kind, error, "a mail was sent, which could not be written down: it is sent once more");
            }
        },
        Ok(Some(failure)) => match delivering::failed(&app.db, &mail, &failure, app.clock.now()).await {
            Ok(Fate::Again(at)) => {
                tracing::warn!(%id, kind, again = %at.rfc3339(), "a mail could not be sent; /admin/mail says why");
            }
            Ok(Fate::GivenUp) => tracing::error!(%id, kind, "a mail was given up; /admin/mail says why"),
            Ok(Fate::Elsewhere) => {}
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(%id, kind, error, "a mail could not be sent, which could not be written down");
            }
        },
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(%id, kind, error, "it could not be seen whether a mail is still to be sent");
        }
    }
}

/// Why it was not delivered, if it was not.
async fn attempt(app: &App, mail: &Taken) -> Result<Option<Failure>, store::Error> {
    let Some(letter) = &mail.letter else { return Ok(Some(Failure::Unreadable)) };
    let now = app.clock.now();
    if !delivering::is_good(&app.db, &letter.notice, now).await? {
        return Ok(Some(Failure::TooLate));
    }
    let to = (&letter.recipient, letter.language);
    Ok(match app.mailer.deliver(mail.id, to, &letter.notice, &app.master, now).await {
        Ok(()) => None,
        Err(mail::Error::ForNow(why)) => Some(Failure::ForNow(why)),
        Err(mail::Error::ForGood(why)) => Some(Failure::Refused(why)),
    })
}
