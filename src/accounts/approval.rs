//! Applications are decided.
use super::{By, Record, Refusal, administration::begin, granting, letters, note_superuser};
use crate::{
    domain::{
        audit::Event,
        notice::Notice,
        permission::{GrantSource, Need, Right, RoleName},
        time::Time,
        user::{Status, User, UserId},
    },
    store::{Db, roles, users},
};

/// What somebody is given as they are let in.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    /// These roles.
    pub roles: Vec<RoleName>,
    /// An end; [`Time::NEVER`] for none.
    pub expires_at: Time,
}

/// Lets an applicant in: active at once, with an address that the administrator has seen.
///
/// # Errors
/// [`Refusal::AlreadyDone`] when somebody decided before; [`Refusal::NotHeld`] for a role that whoever decides
/// may not hand on.
pub async fn activate(
    db: &Db,
    by: &By,
    id: UserId,
    admission: &Admission,
    now: Time,
) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, id, Need::May(Right::UserApprove), now).await?;
    if !users::change_status(&mut tx, id, Status::Pending, Status::Active, now).await? {
        return Err(Refusal::AlreadyDone(Box::new(user)));
    }
    note_superuser(&mut tx, Status::Active, user.tier).await?;
    users::trust_email(&mut tx, id).await?;
    let record = Record::new(Event::AccountActivated, acting.actor.clone(), &by.origin).about(&user);
    let mut record = record.change("status", Status::Pending, Status::Active);
    if let Some(end) = admission.expires_at.happened() {
        users::set_expiry(&mut tx, id, end).await?;
        record = record.change("expires_at", "", end.rfc3339());
    }
    record.write(&mut tx, now).await?;
    let (name, username) = (user.display_name.to_string(), user.username.to_string());
    letters::write(&mut tx, &user, &Notice::Approved { name, username }, now).await?;
    let all = roles::all(&mut tx).await?;
    for role in &admission.roles {
        granting::add(&mut tx, by, &acting, &user, role, &all, GrantSource::Approval, now).await?;
    }
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
    let notice = Notice::Rejected { name: user.display_name.to_string(), message: None };
    letters::write(&mut tx, &user, &notice, now).await?;
    Record::new(Event::AccountRejected, acting.actor, &by.origin).about(&user).write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(user)
}
