//! Whoever has forgotten their password chooses another by a link in a mail.
use std::time::Duration;

use super::{
    Record, actor,
    hashing::{Busy, Hasher},
    letters,
};
use crate::{
    domain::{
        audit::{Actor, Event, Origin},
        link::{LinkId, Purpose},
        notice::Notice,
        password::{Password, PasswordPolicy},
        secret::new_id,
        time::Time,
        user::{Email, Status, User, UserId},
    },
    store::{
        self, Db, Tx,
        mail_tokens::{self, MailedLink},
        passwords, users,
    },
};

/// How long a link is good.
pub const LINK_LIFETIME: Duration = Duration::from_secs(30 * 60);

/// Mails a link to the owner of an address, if they may have one. Nobody who asks can tell: the work is the same
/// for every address. With `throttled` nobody gets a mail.
///
/// # Errors
/// When the database does not answer.
pub async fn request(
    db: &Db,
    email: &Email,
    throttled: bool,
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    let user = users::find_by_email(&mut tx, email).await?;
    let refused = if throttled { Some("throttled") } else { refusal(user.as_ref(), now) };
    let mut record = Record::new(Event::PasswordResetRequested, Actor::Stranger, origin);
    record.detail = refused;
    if let Some(user) = &user {
        record = record.about(user);
    }
    record.write(&mut tx, now).await?;
    match user.filter(|_| refused.is_none()) {
        Some(user) => send_link(&mut tx, &user, now).await?,
        None => pretend(&mut tx, email, now).await?,
    }
    tx.commit().await
}

/// Why nobody gets a link, in a word for the audit log.
fn refusal(user: Option<&User>, now: Time) -> Option<&'static str> {
    let Some(user) = user else { return Some("address_unknown") };
    match user.status {
        Status::Pending => Some("pending"),
        Status::Inactive => Some("inactive"),
        Status::Active if user.is_expired(now) => Some("expired"),
        Status::Active => (!user.takes_password()).then_some("no_password"),
    }
}

/// The mail goes to the address of the account, never to the one that was typed.
async fn send_link(tx: &mut Tx, user: &User, now: Time) -> Result<(), store::Error> {
    let purpose = Purpose::ResetPassword;
    let link = letters::link(tx, purpose, user.id.0, &user.email, LINK_LIFETIME, now).await?;
    let (name, username) = (user.display_name.to_string(), user.username.to_string());
    letters::write(tx, user, &Notice::ResetPassword { name, username, link }, now).await
}

/// Writes as much as [`send_link`] does, for nobody and good for nothing: housekeeping finds it over already.
async fn pretend(tx: &mut Tx, email: &Email, now: Time) -> Result<(), store::Error> {
    let link = MailedLink { subject: new_id(now), email_key: email.key(), expires_at: now };
    mail_tokens::put(tx, LinkId::draw(), Purpose::ResetPassword, &link).await?;
    mail_tokens::put(tx, LinkId::draw(), Purpose::ResetPassword, &link).await
}

/// Whose link this is, while it is good. Looking uses nothing up: programs open the links in a mail, too.
///
/// # Errors
/// When the database does not answer.
pub async fn owner(db: &Db, id: LinkId, now: Time) -> Result<Option<User>, store::Error> {
    let mut tx = db.read().await?;
    let link = mail_tokens::find(&mut tx, id, Purpose::ResetPassword, now).await?;
    let Some(link) = link else { return Ok(None) };
    let user = users::find(&mut tx, UserId(link.subject)).await?;
    Ok(user.filter(|user| opens(&link, user, now)))
}

/// Whether a link is for this account as it is now.
fn opens(link: &MailedLink, user: &User, now: Time) -> bool {
    link.subject == user.id.0 && link.email_key == user.email.key() && refusal(Some(user), now).is_none()
}

/// Why a password was not reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetRefusal {
    /// The link was used or replaced, or its time is over, or the account is not what it was.
    #[error("the link is no longer good")]
    Void,
    /// The new one was used before, within the last so many.
    #[error("the password is one of the last {0}")]
    Reused(u32),
    /// Too many hashes wait.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A new password by a mailed link.
pub struct Reset<'a> {
    /// The link.
    pub link: LinkId,
    /// Whose it is, as [`owner`] found them.
    pub user: &'a User,
    /// The new password, which keeps to the policy.
    pub new: &'a Password,
    /// The policy.
    pub policy: &'a PasswordPolicy,
}

/// Uses the link up, sets the password, ends all sessions and lifts a lock: whoever reads the mailbox is the owner.
///
/// # Errors
/// See [`ResetRefusal`]; the link stands then.
pub async fn reset(
    db: &Db,
    hasher: &Hasher,
    reset: &Reset<'_>,
    origin: &Origin,
    now: Time,
) -> Result<(), ResetRefusal> {
    let Reset { link, user, new, policy } = reset;
    let past = passwords::past(&mut db.read().await?, user.id, i64::from(policy.history.max(1))).await?;
    for hash in &past {
        if hasher.verify(Some((*new).clone()), Some(hash)).await? {
            return Err(ResetRefusal::Reused(policy.history.max(1)));
        }
    }
    let hash = hasher.hash(new).await?;
    let mut tx = db.write().await?;
    users::lock_superusers(&mut tx).await?;
    // The account before its link, as in every other transaction that takes both.
    users::unlock(&mut tx, user.id, now).await?;
    let taken = mail_tokens::take(&mut tx, *link, Purpose::ResetPassword, now).await?;
    let fresh = users::find(&mut tx, user.id).await?;
    let (Some(taken), Some(user)) = (taken, fresh) else { return Err(ResetRefusal::Void) };
    if !opens(&taken, &user, now) {
        return Err(ResetRefusal::Void);
    }
    users::prove_email(&mut tx, user.id).await?;
    passwords::set(&mut tx, user.id, &hash, None, now).await?;
    passwords::forget(&mut tx, user.id, i64::from(policy.history)).await?;
    let record = Record::new(Event::PasswordReset, actor(&user), origin).about(&user);
    record.detail("by_mail").write(&mut tx, now).await?;
    let name = user.display_name.to_string();
    let notice = Notice::PasswordChanged { name, seen: letters::seen(origin, now) };
    letters::write(&mut tx, &user, &notice, now).await?;
    tx.commit().await?;
    Ok(())
}
