//! The table `mail_tokens`: links that were mailed.
use uuid::Uuid;

use super::{Error, Tx};
use crate::domain::{
    link::{LinkId, Purpose},
    time::Time,
};

/// A link that stands.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct MailedLink {
    /// Whom or what it is about.
    pub subject: Uuid,
    /// The address that it was mailed to, as it is compared.
    pub email_key: String,
    /// Until when it is good.
    pub expires_at: Time,
}

/// Makes a link in place of any other of the same purpose and subject.
pub async fn put(tx: &mut Tx, id: LinkId, purpose: Purpose, link: &MailedLink) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO mail_tokens (id, purpose, subject, email_key, expires_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (purpose, subject) DO UPDATE \
         SET id = excluded.id, email_key = excluded.email_key, expires_at = excluded.expires_at",
        id,
        purpose,
        link.subject,
        &link.email_key,
        link.expires_at,
    )?;
    Ok(())
}

/// A link that is still good.
pub async fn find(tx: &mut Tx, id: LinkId, purpose: Purpose, now: Time) -> Result<Option<MailedLink>, Error> {
    Ok(sql!(
        tx,
        MailedLink,
        fetch_optional,
        "SELECT subject, email_key, expires_at FROM mail_tokens WHERE id = $1 AND purpose = $2 AND expires_at > $3",
        id,
        purpose,
        now,
    )?)
}

/// Uses a link up; nothing when it is not, or no longer, good. Of any number at once one gets it.
pub async fn take(tx: &mut Tx, id: LinkId, purpose: Purpose, now: Time) -> Result<Option<MailedLink>, Error> {
    Ok(sql!(
        tx,
        MailedLink,
        fetch_optional,
        "DELETE FROM mail_tokens WHERE id = $1 AND purpose = $2 AND expires_at > $3 \
         RETURNING subject, email_key, expires_at",
        id,
        purpose,
        now,
    )?)
}

/// Takes back whatever link of this purpose there is.
pub async fn take_back(tx: &mut Tx, purpose: Purpose, subject: Uuid) -> Result<(), Error> {
    sql!(tx, execute, "DELETE FROM mail_tokens WHERE purpose = $1 AND subject = $2", purpose, subject)?;
    Ok(())
}

/// Takes back every link that was mailed to another address of `subject` than this one.
pub async fn take_back_from_others(tx: &mut Tx, subject: Uuid, email_key: &str) -> Result<(), Error> {
    sql!(tx, execute, "DELETE FROM mail_tokens WHERE subject = $1 AND email_key <> $2", subject, email_key)?;
    Ok(())
}

/// Forgets those whose time is over.
pub async fn purge(tx: &mut Tx, now: Time) -> Result<u64, Error> {
    Ok(sql!(tx, execute, "DELETE FROM mail_tokens WHERE expires_at <= $1", now)?)
}
