//! What people do to their own account.
use super::{
    Record, actor,
    guess::{self, Guess},
    hashing::{Busy, Hasher},
    letters, provider_logout,
};
use crate::{
    domain::{
        audit::{Event, Origin},
        notice::Notice,
        password::{Password, PasswordPolicy},
        session::{Lifetimes, Session},
        time::Time,
        user::User,
    },
    store::{self, Db, passwords, provider_sessions, revocations, users},
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
    let until = session.revoked_until(lifetimes);
    if revocations::insert(&mut tx, &session.revocation(), until).await? {
        provider_logout::leave(&mut tx, session, now).await?;
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
    provider_sessions::renew(&mut tx, &session.revocation(), epoch).await?;
    let record = Record::new(Event::SessionEnded, actor(&user), origin).about(&user);
    record.detail("elsewhere").write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(Some(epoch))
}

/// Ends all sessions of one's own, `session`, from which that is asked, included.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_out_everywhere(
    db: &Db,
    user: &User,
    session: &Session,
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    users::end_sessions(&mut tx, user.id).await?;
    provider_logout::leave(&mut tx, session, now).await?;
    let record = Record::new(Event::SessionEnded, actor(user), origin).about(user);
    record.detail("all").write(&mut tx, now).await?;
    tx.commit().await
}

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordRefusal {
    /// The current password is not that, or too many were tried.
    #[error("the current password is not right")]
    WrongCurrent,
    /// The new one was used before, within the last so many.
    #[error("the password is one of the last {0}")]
    Reused(u32),
    /// The account was changed in the meantime.
    #[error("the account was changed in the meantime")]
    Changed,
    /// Too many hashes wait.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A change of one's own password.
pub struct PasswordChange<'a> {
    /// The account, as it was read for this request.
    pub user: &'a User,
    /// The password of now, as it was typed.
    pub current: &'a str,
    /// The new one, which keeps to the policy.
    pub new: &'a Password,
    /// The policy.
    pub policy: &'a PasswordPolicy,
    /// How this attempt at the current one was counted: as one at signing in.
    pub guess: Guess,
}

/// Changes one's own password and ends all one's sessions. Returns the account as it is then, for a new one.
///
/// # Errors
/// See [`PasswordRefusal`].
pub async fn change_password(
    db: &Db,
    hasher: &Hasher,
    change: &PasswordChange<'_>,
    origin: &Origin,
    now: Time,
) -> Result<User, PasswordRefusal> {
    let PasswordChange { user, current, new, policy, guess } = change;
    let past = passwords::past(&mut db.read().await?, user.id, i64::from(policy.history.max(1))).await?;
    // A password whose time is over is none, also for whoever signed in with it in time.
    let looked_at = !guess.is_throttled() && !user.has_lapsed_password(now);
    let stored = past.first().filter(|_| looked_at).map(String::as_str);
    if !hasher.verify(Password::typed(current), stored).await? {
        let mut tx = db.write().await?;
        let failure = (*guess, "wrong_current_password");
        guess::note_failure(&mut tx, Some(user), actor(user), failure, origin, now).await?;
        tx.commit().await?;
        return Err(PasswordRefusal::WrongCurrent);
    }
    for hash in &past {
        if hasher.verify(Some((*new).clone()), Some(hash)).await? {
            return Err(PasswordRefusal::Reused(policy.history.max(1)));
        }
    }
    let hash = hasher.hash(new).await?;
    let mut tx = db.write().await?;
    users::lock_superusers(&mut tx).await?;
    let fresh = users::find(&mut tx, user.id).await?;
    if !fresh.is_some_and(|fresh| fresh.session_epoch == user.session_epoch && fresh.is_usable(now)) {
        return Err(PasswordRefusal::Changed);
    }
    passwords::set(&mut tx, user.id, &hash, None, now).await?;
    passwords::forget(&mut tx, user.id, i64::from(policy.history)).await?;
    Record::new(Event::PasswordChanged, actor(user), origin).about(user).write(&mut tx, now).await?;
    let notice =
        Notice::PasswordChanged { name: user.display_name.to_string(), seen: letters::seen(origin, now) };
    letters::write(&mut tx, user, &notice, now).await?;
    let changed = users::find(&mut tx, user.id).await?.ok_or(PasswordRefusal::Changed)?;
    // Whoever shows the password of now signs in anew.
    users::note_login(&mut tx, changed.id, changed.session_epoch, now, &origin.address).await?;
    tx.commit().await?;
    Ok(changed)
}
