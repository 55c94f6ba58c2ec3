//! Applications are decided.
use super::{By, Record, Refusal, acting, administration::begin, granting, letters, note_superuser, queue};
use crate::{
    domain::{
        application::State,
        audit::{Actor, Event},
        notice::Notice,
        permission::{GrantSource, Need, Right, RoleName},
        time::Time,
        user::{Email, Status, User, UserId},
    },
    store::{Db, Tx, blocked_emails, roles, signups, users},
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
    queue::close(&mut tx, &user, State::Approved, Some(&acting.actor), None, now).await?;
    let (name, username) = (user.display_name.to_string(), user.username.to_string());
    let notice = Notice::Approved { name, username, password: user.has_password };
    letters::write(&mut tx, &user, &notice, now).await?;
    let all = roles::all(&mut tx).await?;
    for role in &admission.roles {
        granting::add(&mut tx, by, &acting, &user, role, &all, GrantSource::Approval, now).await?;
    }
    tx.commit().await?;
    Ok(user)
}

/// How an application is turned down.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rejection<'a> {
    /// What the applicant is told; kept with the application.
    pub message: Option<&'a str>,
    /// Whether the address may not apply again.
    pub block: bool,
}

/// Removes an application; the person may apply again, unless the address is blocked.
///
/// # Errors
/// [`Refusal::AlreadyDone`] when somebody decided before.
pub async fn reject(db: &Db, by: &By, id: UserId, how: Rejection<'_>, now: Time) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, id, Need::May(Right::UserApprove), now).await?;
    if !users::delete(&mut tx, id, Status::Pending).await? {
        return Err(Refusal::AlreadyDone(Box::new(user)));
    }
    queue::close(&mut tx, &user, State::Rejected, Some(&acting.actor), how.message, now).await?;
    let message = how.message.map(str::to_owned);
    let notice = Notice::Rejected { name: user.display_name.to_string(), message, blocked: how.block };
    letters::write(&mut tx, &user, &notice, now).await?;
    let mut record = Record::new(Event::AccountRejected, acting.actor.clone(), &by.origin).about(&user);
    if let Some(message) = how.message {
        record = record.change("message", "", message);
    }
    record.write(&mut tx, now).await?;
    if how.block {
        block(&mut tx, by, acting.actor, &user, now).await?;
    }
    tx.commit().await?;
    Ok(user)
}

/// From now on the applicant's address may not apply; what waits to be verified is forgotten.
async fn block(tx: &mut Tx, by: &By, actor: Actor, user: &User, now: Time) -> Result<(), Refusal> {
    signups::delete_of(tx, &user.email).await?;
    let name = match &actor {
        Actor::User { name, .. } => name.as_str(),
        _ => "narthex",
    };
    if blocked_emails::put(tx, &user.email, now, name).await? {
        let record = Record::new(Event::AddressBlocked, actor, &by.origin).about(user);
        record.change("email", "", &user.email).write(tx, now).await?;
    }
    Ok(())
}

/// Lets an address apply again; one that may already is left as it is.
///
/// # Errors
/// [`Refusal::NotAllowed`].
pub async fn unblock(db: &Db, by: &By, email: &Email, now: Time) -> Result<(), Refusal> {
    let mut tx = db.write().await?;
    let acting = acting(&mut tx, by, Need::May(Right::UserApprove), now).await?;
    if blocked_emails::remove(&mut tx, email).await? {
        let record = Record::new(Event::AddressUnblocked, acting.actor, &by.origin);
        record.change("email", email, "").write(&mut tx, now).await?;
    }
    Ok(tx.commit().await?)
}
