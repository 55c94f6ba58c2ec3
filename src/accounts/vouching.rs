//! Providers vouch for sessions: when a sign-in begins one, and each time that they are asked again.
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{
    Record,
    sso::{self, SsoError},
};
use crate::{
    config::Provider,
    domain::{
        audit::{Actor, Event, Origin},
        identity::Profile,
        renewal::{Renewal, Tokens},
        secret::MasterKey,
        session::{LONGEST, Session},
        time::Time,
        user::Status,
    },
    store::{
        self, Db, Tx,
        provider_sessions::{self, Claimed, New, Row},
        revocations, users,
    },
};

/// A question that was not answered by then is anybody's again; longer than a provider is waited for.
const ANSWERED_WITHIN: Duration = Duration::from_secs(45);

/// How long a session goes on whose provider is asked every `every` and does not answer: twice as long as that, but a
/// minute at least, from the first question on.
pub fn patience(every: Duration) -> Duration {
    (every * 2).max(Duration::from_secs(60))
}

/// After how long a provider that has not answered is asked again.
fn pause(every: Duration) -> Duration {
    (every / 3).clamp(Duration::from_secs(1), Duration::from_secs(60))
}

/// Providers of which it was said that they give no refresh tokens: once is enough, it is the same with everybody.
static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Keeps what a provider gave for a session that is about to begin.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(
    db: &Db,
    key: &MasterKey,
    provider: &Provider,
    (session, tokens): (&Session, &Tokens),
    now: Time,
) -> Result<(), store::Error> {
    let revocation = session.revocation();
    let renewal = provider.revalidate.and_then(|every| Some((every, tokens.renewal.as_ref()?)));
    if provider.revalidate.is_some() && renewal.is_none() {
        let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(provider.name.clone()) {
            tracing::warn!(
                provider = provider.name,
                "`revalidate` is set, but the provider gave no refresh token, so it cannot be asked about people again; \
                 add the scope \"offline_access\" to `scopes`, and allow refresh tokens for this client there"
            );
        }
    }
    let (id_token, sealed) =
        (tokens.seal_hint(&revocation, key), renewal.map(|(_, renewal)| renewal.seal(&revocation, key)));
    let new = New {
        session,
        provider: &provider.name,
        id_token: id_token.as_deref(),
        renewal: sealed.as_deref(),
        ask_at: renewal.map_or(Time::NEVER, |(every, _)| now + every),
    };
    let mut tx = db.write().await?;
    provider_sessions::insert(&mut tx, &new).await?;
    tx.commit().await
}

/// A question to a provider that nobody else asks.
pub struct Question {
    /// How it is asked.
    pub renewal: Renewal,
    session: String,
    asked: i64,
    /// From when on it counts no longer as it is.
    before: Time,
    /// From when on the session counts no longer if there is no answer.
    ends_at: Time,
}

/// What is to be done about a session that is due.
pub enum Due {
    /// Its provider is asked.
    Ask(Question),
    /// Somebody else has asked, or it has ended.
    Nothing,
    /// The provider has not answered for too long, or what it gave cannot be read: it ends with this word.
    End(&'static str),
}

/// Takes the question that is due for a session. Of any number who want to, on any number of instances, one gets it.
///
/// # Errors
/// When the database does not answer.
pub async fn claim(
    db: &Db,
    key: &MasterKey,
    session: &Session,
    every: Duration,
    now: Time,
) -> Result<Due, store::Error> {
    let revocation = session.revocation();
    let mut tx = db.write().await?;
    let claimed = provider_sessions::claim(&mut tx, &revocation, now + ANSWERED_WITHIN, now).await?;
    tx.commit().await?;
    let Some(Claimed { renewal, ends_at, asked }) = claimed else { return Ok(Due::Nothing) };
    if ends_at.happened().is_some_and(|ends_at| now >= ends_at) {
        return Ok(Due::End(SILENT));
    }
    Ok(match Renewal::open(&renewal, &revocation, key) {
        Some(renewal) => {
            let (before, ends_at) = (ends_at, ends_at.happened().unwrap_or(now + patience(every)));
            Due::Ask(Question { renewal, session: revocation, asked, before, ends_at })
        }
        None => Due::End("unreadable"),
    })
}

/// The provider has not answered for too long.
pub const SILENT: &str = "provider_silent";

/// Keeps the refresh token that a provider gave in place of the one that was used up.
///
/// # Errors
/// When the database does not answer.
pub async fn rotate(
    db: &Db,
    key: &MasterKey,
    question: &Question,
    renewal: &Renewal,
) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    let sealed = renewal.seal(&question.session, key);
    if !provider_sessions::rotate(&mut tx, &question.session, question.asked, &sealed).await? {
        tracing::info!("a refresh token came for a session that has ended meanwhile and was not kept");
    }
    tx.commit().await
}

/// The provider vouches for the person: the account follows what it says of them by now. Somebody who is not admitted
/// any more is signed out; `false` then, and when the session has ended meanwhile.
///
/// # Errors
/// When the database does not answer.
pub async fn confirm(
    db: &Db,
    key: &MasterKey,
    (provider, every): (&Provider, Duration),
    (session, question): (&Session, &Question),
    profile: Option<&Profile>,
    now: Time,
) -> Result<bool, store::Error> {
    let origin = Origin::default();
    let mut tx = db.read().await?;
    let user = users::find(&mut tx, session.user_id).await?;
    let row = provider_sessions::standing(&mut tx, &question.session).await?;
    drop(tx);
    let (Some(user), Some((epoch, _))) = (user, row) else { return Ok(false) };
    // The epoch of the row is what counts: the session may have gone on under another while the provider was asked.
    if user.status != Status::Active || user.session_epoch > epoch {
        let mut tx = db.write().await?;
        provider_sessions::remove(&mut tx, &question.session).await?;
        tx.commit().await?;
        return Ok(false);
    }
    // Its time may yet be extended.
    if !user.is_usable(now) {
        return Ok(false);
    }
    let refused = match profile {
        Some(profile) => match sso::refresh(db, key, provider, profile, user.id, &origin, now).await {
            Ok(_) => None,
            Err(SsoError::Refused(why, _)) => Some(why),
            Err(SsoError::Store(error)) => return Err(error),
        },
        None => None,
    };
    // Should this come to nothing, the provider is asked once more.
    let mut tx = db.write().await?;
    match &refused {
        Some(why) => end_in(&mut tx, &question.session, why.word(), &origin, now).await?,
        None => provider_sessions::confirm(&mut tx, &question.session, question.asked, now + every).await?,
    }
    tx.commit().await?;
    Ok(refused.is_none())
}

/// The provider has not answered: it is asked again after a while that is returned, and from a time on the session counts
/// no longer.
///
/// # Errors
/// When the database does not answer.
pub async fn put_off(
    db: &Db,
    question: &Question,
    every: Duration,
    now: Time,
) -> Result<Duration, store::Error> {
    let ask_at = (now + pause(every)).min(question.ends_at.max(now));
    let mut tx = db.write().await?;
    provider_sessions::put_off(&mut tx, &question.session, question.asked, ask_at, question.ends_at).await?;
    tx.commit().await?;
    Ok(ask_at.since(now))
}

/// The question was not asked, for there were too many others: it is nobody's fault, and due again.
///
/// # Errors
/// When the database does not answer.
pub async fn give_back(db: &Db, question: &Question, now: Time) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    provider_sessions::put_off(&mut tx, &question.session, question.asked, now, question.before).await?;
    tx.commit().await
}

/// Nobody asks this session's provider any more, because the configuration says so.
///
/// # Errors
/// When the database does not answer.
pub async fn ask_no_more(db: &Db, session: &Session) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    provider_sessions::ask_no_more(&mut tx, &session.revocation()).await?;
    tx.commit().await
}

/// Ends a session that its provider does not vouch for any more; `why` is the word in the audit log.
///
/// # Errors
/// When the database does not answer.
pub async fn end(db: &Db, session: &str, why: &str, now: Time) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    end_in(&mut tx, session, why, &Origin::default(), now).await?;
    tx.commit().await
}

/// The same when a provider has answered so, unless somebody has asked since: then that answer counts, and this one was
/// about what had been used up. Whether the session ended.
///
/// # Errors
/// When the database does not answer.
pub async fn end_after(db: &Db, question: &Question, why: &str, now: Time) -> Result<bool, store::Error> {
    let mut tx = db.write().await?;
    let last = provider_sessions::standing(&mut tx, &question.session).await?;
    if last.is_some_and(|(_, asked)| asked != question.asked) {
        return Ok(false);
    }
    end_in(&mut tx, &question.session, why, &Origin::default(), now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ends the sessions whose provider has not answered for too long, whether anybody uses them or not; how many.
///
/// # Errors
/// When the database does not answer.
pub async fn end_overdue(db: &Db, now: Time) -> Result<usize, store::Error> {
    let overdue = provider_sessions::overdue(&mut db.read().await?, now, AT_ONCE).await?;
    let mut ended = 0;
    for session in &overdue {
        let mut tx = db.write().await?;
        // It may have been vouched for since.
        if provider_sessions::is_overdue(&mut tx, session, now).await? {
            end_in(&mut tx, session, SILENT, &Origin::default(), now).await?;
            ended += 1;
        }
        tx.commit().await?;
    }
    Ok(ended)
}

/// In one round of housekeeping.
const AT_ONCE: i64 = 1000;

/// Ends a session that its provider does not vouch for any more, if it has not ended yet.
pub(super) async fn end_in(
    tx: &mut Tx,
    session: &str,
    why: &str,
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    let Some(row) = provider_sessions::find(tx, session).await? else { return Ok(()) };
    // First the revocation, then the row, as whoever signs out does: so that the two never wait for each other.
    let is_first = revocations::insert(tx, &row.session, row.began_at + LONGEST).await?;
    provider_sessions::remove(tx, session).await?;
    if is_first { note_end(tx, &row, why, origin, now).await } else { Ok(()) }
}

/// Writes down that a session was ended.
async fn note_end(tx: &mut Tx, row: &Row, why: &str, origin: &Origin, now: Time) -> Result<(), store::Error> {
    let Some(user) = users::find(tx, row.user_id).await? else { return Ok(()) };
    let handle = row.session.strip_prefix("s:").unwrap_or(&row.session);
    let record = Record::new(Event::SessionEnded, Actor::System, origin).about(&user);
    let record = record.change("session", handle.get(..8).unwrap_or(handle), "");
    record.change("provider", &row.provider, "").detail(why).write(tx, now).await
}
