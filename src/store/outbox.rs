//! The table `outbox`: mail that waits.
use uuid::Uuid;

use super::{Error, Tx};
use crate::domain::{
    language::Language,
    notice::Notice,
    time::Time,
    user::{Email, UserId},
};

/// A mail that is to be sent.
pub struct NewMail<'a> {
    /// Its id.
    pub id: Uuid,
    /// To whom.
    pub recipient: &'a Email,
    /// In which language.
    pub language: Language,
    /// The account that it concerns.
    pub user_id: Option<UserId>,
    /// What it says.
    pub notice: &'a Notice,
    /// Now; it is due at once.
    pub created_at: Time,
}

/// Puts a mail into the outbox.
pub async fn insert(tx: &mut Tx, mail: &NewMail<'_>) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO outbox (id, recipient, language, user_id, notice, created_at, due_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
        mail.id,
        mail.recipient,
        mail.language,
        mail.user_id,
        serde_json::to_string(mail.notice).map_err(|error| sqlx::Error::Encode(error.into()))?,
        mail.created_at,
    )?;
    Ok(())
}

/// What waits for somebody, oldest first.
pub async fn waiting_for(tx: &mut Tx, recipient: &Email) -> Result<Vec<Notice>, Error> {
    let rows = sql!(
        tx,
        scalar String,
        fetch_all,
        "SELECT notice FROM outbox WHERE lower(recipient) = $1 ORDER BY created_at, id",
        recipient.key(),
    )?;
    let read = |row: &String| serde_json::from_str(row).map_err(|error| sqlx::Error::Decode(error.into()));
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}
