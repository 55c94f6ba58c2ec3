//! Accounts are deactivated, let in again, promoted, demoted, deleted.
use std::time::Duration;

use super::{Acting, Agent, By, Record, Refusal, acting, keep_a_superuser, letters, may, note_superuser};
use crate::{
    domain::{
        audit::Event,
        identity::Identity,
        notice::Notice,
        permission::{Need, Right},
        secret::{MasterKey, base64url},
        session::{Lifetimes, Session},
        time::Time,
        user::{Status, Tier, User, UserId},
    },
    store::{self, Db, Tx, applications, identities, passwords, revocations, users},
};

/// Locks somebody out and ends their sessions; nothing is deleted.
///
/// # Errors
/// [`Refusal::LastSuperuser`], [`Refusal::AlreadyDone`] when the account is not active.
pub async fn deactivate(db: &Db, by: &By, id: UserId, now: Time) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, id, MANAGE, now).await?;
    keep_a_superuser(&mut tx, &user).await?;
    set_status(&mut tx, by, &acting, &user, Status::Inactive, now).await?;
    tell_deactivated(&mut tx, &user, now).await?;
    tx.commit().await?;
    Ok(user)
}

/// Lets somebody in again.
///
/// # Errors
/// [`Refusal::AlreadyDone`] when the account is not inactive.
pub async fn reactivate(db: &Db, by: &By, id: UserId, now: Time) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, id, MANAGE, now).await?;
    set_status(&mut tx, by, &acting, &user, Status::Active, now).await?;
    tx.commit().await?;
    Ok(user)
}

/// Promotes or demotes somebody and ends their sessions. Setting the tier that an account has does nothing.
///
/// # Errors
/// [`Refusal::LastSuperuser`].
pub async fn set_tier(db: &Db, by: &By, id: UserId, tier: Tier, now: Time) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, id, Need::Superuser, now).await?;
    change_tier(&mut tx, by, &acting, &user, tier, now).await?;
    tx.commit().await?;
    Ok(user)
}

/// A password that somebody else chose.
pub struct NewPassword {
    /// PHC string.
    pub hash: String,
    /// Whether the person has to choose their own at the next sign-in, within [`ONE_TIME_LIFETIME`].
    pub must_change: bool,
}

/// How long a password may be used that somebody else chose and that has to be changed.
pub const ONE_TIME_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// Sets somebody's password, ends their sessions and tells them.
///
/// # Errors
/// [`Refusal::NoPassword`] for accounts that sign in at a provider.
pub async fn reset_password(
    db: &Db,
    by: &By,
    id: UserId,
    password: &NewPassword,
    now: Time,
) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, id, MANAGE, now).await?;
    change_password(&mut tx, by, &acting, &user, password, now).await?;
    tx.commit().await?;
    Ok(user)
}

/// Forgets somebody's failed sign-ins, so that strangers and they themselves may try again.
///
/// # Errors
/// When the account is gone or the actor may not.
pub async fn unlock(db: &Db, by: &By, id: UserId, now: Time) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, id, MANAGE, now).await?;
    users::unlock(&mut tx, id, now).await?;
    Record::new(Event::AccountUnlocked, acting.actor, &by.origin).about(&user).write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(user)
}

/// Ends all of somebody's sessions.
///
/// # Errors
/// When the account is gone or the actor may not.
pub async fn sign_out(db: &Db, by: &By, id: UserId, now: Time) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, id, Need::May(Right::SessionRevoke), now).await?;
    users::end_sessions(&mut tx, id).await?;
    let record = Record::new(Event::SessionEnded, acting.actor, &by.origin).about(&user);
    record.detail("all").write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(user)
}

/// Ends one of somebody's sessions. The revocation is what ends it; deleting it from the session store is only
/// tidying. One that has ended is left as it is.
///
/// # Errors
/// When the account is gone or the actor may not.
pub async fn end_session(
    db: &Db,
    by: &By,
    session: &Session,
    lifetimes: &Lifetimes,
    now: Time,
) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, session.user_id, Need::May(Right::SessionRevoke), now).await?;
    let until = session.revoked_until(lifetimes);
    if revocations::insert(&mut tx, &session.revocation(), until).await? {
        let record = Record::new(Event::SessionEnded, acting.actor, &by.origin).about(&user);
        record.change("session", session.short(), "").detail("revoked").write(&mut tx, now).await?;
    }
    tx.commit().await?;
    Ok(user)
}

/// How an account is to be deleted.
pub struct Deletion<'a> {
    /// The username as the administrator typed it.
    pub confirmation: &'a str,
    /// Set to keep the person's identities from being provisioned again.
    pub bar_with: Option<&'a MasterKey>,
}

/// Removes a person's account for good, and what their applications said. Their audit entries stay.
///
/// # Errors
/// [`Refusal::NotConfirmed`], [`Refusal::LastSuperuser`]; [`Refusal::AlreadyDone`] for an application, which
/// is rejected instead.
pub async fn delete(db: &Db, by: &By, id: UserId, how: &Deletion<'_>, now: Time) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, id, MANAGE, now).await?;
    if how.confirmation.trim() != user.username.as_str() {
        return Err(Refusal::NotConfirmed);
    }
    keep_a_superuser(&mut tx, &user).await?;
    let mut barred = false;
    if let Some(key) = how.bar_with {
        for linked in identities::of_user(&mut tx, id).await? {
            let identity = Identity { issuer: linked.issuer, subject: linked.subject };
            identities::bar(&mut tx, &bar_hash(key, &identity), now).await?;
            barred = true;
        }
    }
    if user.status == Status::Pending || !users::delete(&mut tx, id, user.status).await? {
        return Err(Refusal::AlreadyDone(Box::new(user)));
    }
    applications::blank(&mut tx, &user).await?;
    let mut record = Record::new(Event::AccountDeleted, acting.actor, &by.origin).about(&user);
    record.detail = barred.then_some("identity_barred");
    record.write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(user)
}

/// Under what a barred identity is kept: nobody can read from it who it was.
pub(super) fn bar_hash(key: &MasterKey, identity: &Identity) -> String {
    base64url(&key.mac("barred identity", format!("{}\n{}", identity.issuer, identity.subject).as_bytes()))
}

const MANAGE: Need = Need::May(Right::UserManage);

/// Opens the transaction: superusers locked, whoever acts and the account read, and the one allowed to
/// change the other.
pub(super) async fn begin(
    db: &Db,
    by: &By,
    id: UserId,
    need: Need,
    now: Time,
) -> Result<(Tx, Acting, User), Refusal> {
    let mut tx = db.write().await?;
    users::lock_superusers(&mut tx).await?;
    let acting = acting(&mut tx, by, need, now).await?;
    let user = changeable(&mut tx, by, &acting, id).await?;
    Ok((tx, acting, user))
}

/// The account, if whoever acts may change it: not their own, unless they are a superuser, and nobody's who
/// may more.
pub(super) async fn changeable(tx: &mut Tx, by: &By, acting: &Acting, id: UserId) -> Result<User, Refusal> {
    let user = users::find(tx, id).await?.ok_or(Refusal::NotFound)?;
    let own = by.agent == Agent::User(id);
    if !acting.may.superuser && (own || !acting.may.may_change(&may(tx, &user).await?)) {
        return Err(Refusal::NotAllowed);
    }
    Ok(user)
}

pub(super) async fn set_status(
    tx: &mut Tx,
    by: &By,
    acting: &Acting,
    user: &User,
    to: Status,
    now: Time,
) -> Result<(), Refusal> {
    let (from, event) = match to {
        Status::Inactive => (Status::Active, Event::AccountDeactivated),
        _ => (Status::Inactive, Event::AccountReactivated),
    };
    if !users::change_status(tx, user.id, from, to, now).await? {
        return Err(Refusal::AlreadyDone(Box::new(user.clone())));
    }
    note_superuser(tx, to, user.tier).await?;
    let record = Record::new(event, acting.actor.clone(), &by.origin).about(user);
    Ok(record.change("status", from, to).write(tx, now).await?)
}

/// Tells somebody that the account was deactivated.
pub(super) async fn tell_deactivated(tx: &mut Tx, user: &User, now: Time) -> Result<(), store::Error> {
    let notice = Notice::Deactivated { name: user.display_name.to_string() };
    letters::write(tx, user, &notice, now).await
}

pub(super) async fn change_tier(
    tx: &mut Tx,
    by: &By,
    acting: &Acting,
    user: &User,
    tier: Tier,
    now: Time,
) -> Result<(), Refusal> {
    if user.tier == tier {
        return Ok(());
    }
    if !acting.may.meets(Need::Superuser) {
        return Err(Refusal::NotAllowed);
    }
    if tier == Tier::Standard {
        keep_a_superuser(tx, user).await?;
    } else {
        note_superuser(tx, user.status, tier).await?;
    }
    users::set_tier(tx, user.id, tier).await?;
    let record = Record::new(Event::AccountTierChanged, acting.actor.clone(), &by.origin).about(user);
    Ok(record.change("tier", user.tier, tier).write(tx, now).await?)
}

pub(super) async fn change_password(
    tx: &mut Tx,
    by: &By,
    acting: &Acting,
    user: &User,
    password: &NewPassword,
    now: Time,
) -> Result<(), Refusal> {
    if !user.takes_password() {
        return Err(Refusal::NoPassword(user.username.to_string()));
    }
    // One's own is changed where the one of now is asked for.
    if by.agent == Agent::User(user.id) {
        return Err(Refusal::NotAllowed);
    }
    let must_change = password.must_change || !acting.may.superuser;
    let one_time_until = must_change.then(|| now + ONE_TIME_LIFETIME);
    passwords::set(tx, user.id, &password.hash, one_time_until, now).await?;
    // Read again: the address may have been changed a moment ago, in this transaction.
    let told = users::find(tx, user.id).await?.ok_or(Refusal::NotFound)?;
    let notice = Notice::PasswordReset { name: told.display_name.to_string() };
    letters::write(tx, &told, &notice, now).await?;
    let mut record = Record::new(Event::PasswordReset, acting.actor.clone(), &by.origin).about(user);
    record.detail = must_change.then_some("must_change");
    Ok(record.write(tx, now).await?)
}

/// The account that somebody at the command line means: by number, username, email or id.
///
/// # Errors
/// When the database does not answer.
pub async fn find(db: &Db, text: &str) -> Result<Option<User>, store::Error> {
    use crate::domain::user::{Email, Username};
    let mut tx = db.read().await?;
    if let Ok(id) = text.parse::<uuid::Uuid>() {
        return users::find(&mut tx, UserId(id)).await;
    }
    if let Some(email) = Email::parse(text) {
        return users::find_by_email(&mut tx, &email).await;
    }
    // Digits are a number, also where nobody has it: somebody may be called `4242`.
    if let Ok(number) = text.parse::<i64>() {
        return users::find_by_number(&mut tx, number).await;
    }
    match Username::parse(text) {
        Some(username) => users::find_by_username(&mut tx, &username).await,
        None => Ok(None),
    }
}
