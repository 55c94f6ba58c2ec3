//! The table `provider_sessions`: what single sign-on left for each session. A row goes with its session.
use super::{Error, Tx};
use crate::domain::{session::Session, time::Time, user::UserId};

/// A row that is to be written.
pub struct New<'a> {
    /// The session, which a provider vouched for.
    pub session: &'a Session,
    /// The provider's name.
    pub provider: &'a str,
    /// The ID token, sealed.
    pub id_token: Option<&'a str>,
    /// How the provider is asked again, sealed.
    pub renewal: Option<&'a str>,
    /// When; [`Time::NEVER`] without that.
    pub ask_at: Time,
}

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    /// By what it is revoked.
    pub session: String,
    /// The account.
    pub user_id: UserId,
    /// Which provider vouched for the person.
    pub provider: String,
    /// The provider's own name for its session.
    pub sid: Option<String>,
    /// When the session began.
    pub began_at: Time,
}

/// A question that is nobody else's to ask, until the time that was named.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Claimed {
    /// How the provider is asked, sealed.
    pub renewal: String,
    /// From when on the session counts no longer, because an earlier question had no answer; [`Time::NEVER`] otherwise.
    pub ends_at: Time,
    /// Names this question.
    pub asked: i64,
}

/// Writes a row.
pub async fn insert(tx: &mut Tx, new: &New<'_>) -> Result<(), Error> {
    let New { session, provider, id_token, renewal, ask_at } = new;
    sql!(
        tx,
        execute,
        "INSERT INTO provider_sessions \
         (session, user_id, epoch, provider, sid, id_token, renewal, began_at, ask_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        session.revocation(),
        session.user_id,
        session.epoch,
        *provider,
        session.provider_session.as_deref(),
        *id_token,
        *renewal,
        session.created_at,
        *ask_at,
    )?;
    Ok(())
}

/// Takes the question that is due for a session, if nobody else has: until `until` it is the caller's.
pub async fn claim(tx: &mut Tx, session: &str, until: Time, now: Time) -> Result<Option<Claimed>, Error> {
    Ok(sql!(
        tx,
        Claimed,
        fetch_optional,
        "UPDATE provider_sessions SET ask_at = $3, asked = asked + 1 \
         WHERE session = $1 AND renewal IS NOT NULL AND ask_at > 0 AND ask_at <= $2 \
         RETURNING renewal, ends_at, asked",
        session,
        now,
        until,
    )?)
}

/// Keeps another refresh token in place of the one that was used up; `false` when the question is not the last any
/// more, or the session has gone.
pub async fn rotate(tx: &mut Tx, session: &str, asked: i64, renewal: &str) -> Result<bool, Error> {
    let kept = sql!(
        tx,
        execute,
        "UPDATE provider_sessions SET renewal = $3 WHERE session = $1 AND asked = $2 AND renewal IS NOT NULL",
        session,
        asked,
        renewal,
    )?;
    Ok(kept == 1)
}

/// Notes that the provider still vouches for a session, and when to ask it next.
pub async fn confirm(tx: &mut Tx, session: &str, asked: i64, ask_at: Time) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "UPDATE provider_sessions SET ask_at = $3, ends_at = 0 \
         WHERE session = $1 AND asked = $2 AND renewal IS NOT NULL",
        session,
        asked,
        ask_at,
    )?;
    Ok(())
}

/// Notes that there was no answer, when to ask next, and from when on the session counts no longer; [`Time::NEVER`] where
/// that is not the provider's fault.
pub async fn put_off(
    tx: &mut Tx,
    session: &str,
    asked: i64,
    ask_at: Time,
    ends_at: Time,
) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "UPDATE provider_sessions SET ask_at = $3, ends_at = $4 \
         WHERE session = $1 AND asked = $2 AND renewal IS NOT NULL",
        session,
        asked,
        ask_at,
        ends_at,
    )?;
    Ok(())
}

/// The epoch and the last question of a session that has a row.
pub async fn standing(tx: &mut Tx, session: &str) -> Result<Option<(i64, i64)>, Error> {
    Ok(sql!(
        tx,
        (i64, i64),
        fetch_optional,
        "SELECT epoch, asked FROM provider_sessions WHERE session = $1 AND until = 0",
        session,
    )?)
}

/// The row of a session that has not ended.
pub async fn find(tx: &mut Tx, session: &str) -> Result<Option<Row>, Error> {
    Ok(sql!(
        tx,
        Row,
        fetch_optional,
        "SELECT session, user_id, provider, sid, began_at FROM provider_sessions WHERE session = $1 AND until = 0",
        session,
    )?)
}

/// Has a session count without its provider being asked any more.
pub async fn ask_no_more(tx: &mut Tx, session: &str) -> Result<(), Error> {
    tx.changes_principals();
    sql!(
        tx,
        execute,
        "UPDATE provider_sessions SET renewal = NULL, ask_at = 0, ends_at = 0 WHERE session = $1",
        session,
    )?;
    Ok(())
}

/// Has the row go with a session that goes on in another epoch.
pub async fn renew(tx: &mut Tx, session: &str, epoch: i64) -> Result<(), Error> {
    sql!(tx, execute, "UPDATE provider_sessions SET epoch = $2 WHERE session = $1", session, epoch)?;
    Ok(())
}

/// Keeps nothing of a session that has just ended but what the page after signing out shows, until `until`.
pub async fn leave(tx: &mut Tx, session: &str, until: Time) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "UPDATE provider_sessions SET renewal = NULL, ask_at = 0, ends_at = 0, until = $2 WHERE session = $1",
        session,
        until,
    )?;
    Ok(())
}

/// The sealed ID token of a session.
pub async fn id_token(tx: &mut Tx, session: &str) -> Result<Option<String>, Error> {
    let found = sql!(
        tx,
        scalar Option<String>,
        fetch_optional,
        "SELECT id_token FROM provider_sessions WHERE session = $1",
        session,
    )?;
    Ok(found.flatten())
}

/// Removes the row of a session.
pub async fn remove(tx: &mut Tx, session: &str) -> Result<(), Error> {
    sql!(tx, execute, "DELETE FROM provider_sessions WHERE session = $1", session)?;
    Ok(())
}

/// Whether the session's provider has not answered for too long, looked at once more.
pub async fn is_overdue(tx: &mut Tx, session: &str, now: Time) -> Result<bool, Error> {
    let found = sql!(
        tx,
        scalar i64,
        fetch_one,
        "SELECT count(*) FROM provider_sessions WHERE session = $1 AND ends_at > 0 AND ends_at <= $2",
        session,
        now,
    )?;
    Ok(found > 0)
}

/// Sessions that came of one session at a provider.
pub async fn of_sid(tx: &mut Tx, provider: &str, sid: &str) -> Result<Vec<Row>, Error> {
    Ok(sql!(
        tx,
        Row,
        fetch_all,
        "SELECT session, user_id, provider, sid, began_at FROM provider_sessions \
         WHERE provider = $1 AND sid = $2 AND until = 0 ORDER BY session",
        provider,
        sid,
    )?)
}

/// A person's sessions that one provider vouched for.
pub async fn of_user(tx: &mut Tx, provider: &str, user: UserId) -> Result<Vec<Row>, Error> {
    Ok(sql!(
        tx,
        Row,
        fetch_all,
        "SELECT session, user_id, provider, sid, began_at FROM provider_sessions \
         WHERE user_id = $1 AND provider = $2 AND until = 0 ORDER BY session",
        user,
        provider,
    )?)
}

/// Sessions whose provider has not answered for too long, `most` of them.
pub async fn overdue(tx: &mut Tx, now: Time, most: i64) -> Result<Vec<String>, Error> {
    Ok(sql!(
        tx,
        scalar String,
        fetch_all,
        "SELECT session FROM provider_sessions WHERE ends_at > 0 AND ends_at <= $1 ORDER BY ends_at LIMIT $2",
        now,
        most,
    )?)
}

/// Forgets the rows of sessions that are over: those that began before `before` or were ended. Which of the others
/// nobody uses any more, only the session store knows.
pub async fn purge(tx: &mut Tx, before: Time, now: Time) -> Result<u64, Error> {
    Ok(sql!(
        tx,
        execute,
        "DELETE FROM provider_sessions WHERE (until > 0 AND until < $2) OR (until = 0 AND (began_at < $1 \
         OR EXISTS (SELECT 1 FROM users WHERE users.id = provider_sessions.user_id \
                    AND (users.session_epoch > provider_sessions.epoch OR users.status <> 'active')) \
         OR EXISTS (SELECT 1 FROM revocations WHERE revocations.key = provider_sessions.session)))",
        before,
        now,
    )?)
}
