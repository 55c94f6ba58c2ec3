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
/// only tidying.
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
    revocations::insert(&mut tx, &session.revocation(), session.created_at + lifetimes.longest()).await?;
    let record = Record::new(Event::SessionEnded, actor(user), origin).about(user);
    record.detail("signed_out").write(&mut tx, now).await?;
    tx.commit().await
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
