//! Asks providers about people again whose sessions are used: beside the gate, so that no request waits for it.
use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    accounts::vouching::{self, Due, Question},
    domain::session::Session,
    oidc::{Asked, Provider, RefreshError},
    session::Kept,
    state::App,
    store,
};

/// Questions that one provider is asked at once.
const AT_ONCE: usize = 32;
/// A question that has not had its turn by then is given back.
const TURN_WITHIN: Duration = Duration::from_secs(30);

/// Asks until `end`, and then waits for the answers that are on their way: each may hold a refresh token that is good
/// once.
pub(super) async fn run(app: &App, end: &CancellationToken) {
    let Some(mut due) = app.due.listen() else { return };
    let turns = app.providers.iter().map(|it| (it.name().to_owned(), Arc::new(Semaphore::new(AT_ONCE))));
    let turns: HashMap<String, Arc<Semaphore>> = turns.collect();
    let mut asking = JoinSet::new();
    loop {
        let kept = tokio::select! {
            () = end.cancelled() => break,
            kept = due.recv() => kept,
            Some(_) = asking.join_next() => continue,
        };
        let Some(kept) = kept else { break };
        // One after the other: however many are due, the database has one of these to do at a time.
        match claim(app, &kept).await {
            Ok(Some((question, every, turns_of))) => {
                let turn = turns.get(&turns_of).map(Arc::clone);
                asking.spawn(ask(app.clone(), kept, question, every, turn));
            }
            Ok(None) => {}
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "it could not be noted that a provider has to be asked again");
            }
        }
    }
    asking.join_all().await;
}

/// The question that is to be asked for a session, if it is ours to ask.
async fn claim(app: &App, kept: &Kept) -> Result<Option<(Question, Duration, String)>, store::Error> {
    let (_, session) = kept;
    let provider = session.provider.as_deref().and_then(|name| app.provider(name));
    let Some((provider, every)) = provider.and_then(|it| Some((it, it.config().revalidate?))) else {
        vouching::ask_no_more(&app.db, session).await?;
        return Ok(None);
    };
    match vouching::claim(&app.db, &app.master, session, every, app.clock.now()).await? {
        Due::Ask(question) => return Ok(Some((question, every, provider.name().to_owned()))),
        Due::Nothing => {}
        Due::End(why) => finish(app, kept, why).await?,
    }
    Ok(None)
}

async fn ask(app: App, kept: Kept, question: Question, every: Duration, turns: Option<Arc<Semaphore>>) {
    let Some(provider) = kept.1.provider.as_deref().and_then(|name| app.provider(name)) else { return };
    let done = match turns {
        Some(turns) => match timeout(TURN_WITHIN, turns.acquire_owned()).await {
            Ok(Ok(_turn)) => answer(&app, &kept, provider, &question, every).await,
            _ => {
                let given_back = vouching::give_back(&app.db, &question, app.clock.now()).await;
                app.due.again(kept);
                given_back
            }
        },
        None => return,
    };
    if let Err(error) = done {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, "what a provider answered about a session could not be kept");
    }
}

async fn answer(
    app: &App,
    kept: &Kept,
    provider: &Provider,
    question: &Question,
    every: Duration,
) -> Result<(), store::Error> {
    let session: &Session = &kept.1;
    let Asked { rotated, answer } = provider.refresh(&question.renewal, app.clock.now()).await;
    // First of all, and whatever was answered: the one before is used up.
    if let Some(renewal) = &rotated {
        vouching::rotate(&app.db, &app.master, question, renewal).await?;
    }
    let now = app.clock.now();
    match answer {
        Ok(profile) => {
            let of = (provider.config(), every);
            let stands =
                vouching::confirm(&app.db, &app.master, of, (session, question), profile.as_ref(), now);
            if !stands.await? {
                forget(app, kept).await;
            }
            Ok(())
        }
        Err(RefreshError::Ended) => finish_after(app, kept, question, "provider_ended").await,
        Err(error @ RefreshError::OtherPerson(_)) => {
            tracing::warn!(provider = provider.name(), %error, "a session ends");
            finish_after(app, kept, question, "other_person").await
        }
        Err(error) => {
            tracing::warn!(
                provider = provider.name(),
                session = session.short(),
                %error,
                "a provider could not be asked again about somebody"
            );
            let pause = vouching::put_off(&app.db, question, every, now).await?;
            // Whether or not anybody uses the session meanwhile: it is not to end because one answer failed.
            let (app, kept) = (app.clone(), kept.clone());
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                app.due.again(kept);
            });
            Ok(())
        }
    }
}

async fn finish(app: &App, kept: &Kept, why: &str) -> Result<(), store::Error> {
    vouching::end(&app.db, &kept.1.revocation(), why, app.clock.now()).await?;
    forget(app, kept).await;
    Ok(())
}

async fn finish_after(app: &App, kept: &Kept, question: &Question, why: &str) -> Result<(), store::Error> {
    if vouching::end_after(&app.db, question, why, app.clock.now()).await? {
        forget(app, kept).await;
    }
    Ok(())
}

/// Tidies a session away that has ended; it opens nothing any more.
async fn forget(app: &App, (digest, session): &Kept) {
    if let Err(error) = app.sessions.remove(*digest, session.user_id).await {
        tracing::warn!(%error, "an ended session stays in the store until it expires");
    }
}
