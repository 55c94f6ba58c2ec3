//! What people do to their own account.
use super::{Record, actor};
use crate::{
    domain::{
        audit::{Event, Origin},
        session::{Lifetimes, Session},
        time::Time,
        user::User,
    },
    store::{self, Db, revocations, users},
};

/// Ends one session of one's own. The revocation is what ends it; deleting it from the session store is
/// only tidying. One that has ended is left as it is.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_out(
    db: &Db,
    user: &User,
    session: &Session,
    lifetimes: &Lifetimes,
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    let until = session.created_at + lifetimes.longest();
    if revocations::insert(&mut tx, &session.revocation(), until).await? {
        let record = Record::new(Event::SessionEnded, actor(user), origin).about(user);
        record.change("session", session.short(), "").detail("signed_out").write(&mut tx, now).await?;
    }
    tx.commit().await
}

/// Ends all sessions of one's own but `session`, which is to go on in the epoch that is returned, under a new
/// secret ([`Session::renewed`]). `None` when it has itself ended by now, and then nothing is done.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_out_elsewhere(
    db: &Db,
    session: &Session,
    origin: &Origin,
    now: Time,
) -> Result<Option<i64>, store::Error> {
    let mut tx = db.write().await?;
    let Some(user) = users::find_for_session(&mut tx, session).await? else { return Ok(None) };
    let Some(epoch) = users::next_epoch(&mut tx, user.id, session.epoch).await? else { return Ok(None) };
    let record = Record::new(Event::SessionEnded, actor(&user), origin).about(&user);
    record.detail("elsewhere").write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(Some(epoch))
}

/// Ends all sessions of one's own, this one included.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_out_everywhere(
    db: &Db,
    user: &User,
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    users::end_sessions(&mut tx, user.id).await?;
    let record = Record::new(Event::SessionEnded, actor(user), origin).about(user);
    record.detail("all").write(&mut tx, now).await?;
    tx.commit().await
}
