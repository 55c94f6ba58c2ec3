//! Applications are decided.
use super::{By, Record, Refusal, administration::begin, note_superuser};
use crate::{
    domain::{
        audit::Event,
        permission::{Need, Right},
        time::Time,
        user::{Status, User, UserId},
    },
    store::{Db, users},
};

/// Lets an applicant in: active at once, with an address that the administrator has seen.
///
/// # Errors
/// [`Refusal::AlreadyDone`] when somebody decided before.
pub async fn activate(db: &Db, by: &By, id: UserId, now: Time) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, id, Need::May(Right::UserApprove), now).await?;
    if !users::change_status(&mut tx, id, Status::Pending, Status::Active, now).await? {
        return Err(Refusal::AlreadyDone(Box::new(user)));
    }
    note_superuser(&mut tx, Status::Active, user.tier).await?;
    users::trust_email(&mut tx, id).await?;
    let record = Record::new(Event::AccountActivated, acting.actor, &by.origin).about(&user);
    record.change("status", Status::Pending, Status::Active).write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(user)
}

/// Removes an application; the person may apply again.
///
/// # Errors
/// [`Refusal::AlreadyDone`] when somebody decided before.
pub async fn reject(db: &Db, by: &By, id: UserId, now: Time) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, id, Need::May(Right::UserApprove), now).await?;
    if !users::delete(&mut tx, id, Status::Pending).await? {
        return Err(Refusal::AlreadyDone(Box::new(user)));
    }
    Record::new(Event::AccountRejected, acting.actor, &by.origin).about(&user).write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(user)
}
