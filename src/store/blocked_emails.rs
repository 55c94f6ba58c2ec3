//! The table `blocked_emails`: addresses that may not apply any more.
use super::{Error, Tx, user_list::pattern};
use crate::domain::{time::Time, user::Email};

/// An address that may not apply.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Blocked {
    /// The address.
    pub email: String,
    /// Since when.
    pub blocked_at: Time,
    /// Who said so, as they were called.
    pub blocked_by: String,
}

/// Keeps an address from applying; `false` when it is kept from it already.
pub async fn put(tx: &mut Tx, email: &Email, now: Time, by: &str) -> Result<bool, Error> {
    let done = sql!(
        tx,
        execute,
        "INSERT INTO blocked_emails (email_key, email, blocked_at, blocked_by) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
        email.key(),
        email,
        now,
        by,
    )?;
    Ok(done == 1)
}

/// Whether an address may not apply.
pub async fn is_there(tx: &mut Tx, email: &Email) -> Result<bool, Error> {
    let text = "SELECT count(*) FROM blocked_emails WHERE email_key = $1";
    Ok(sql!(tx, scalar i64, fetch_one, text, email.key())? > 0)
}

/// Lets an address apply again; `false` when it may already.
pub async fn remove(tx: &mut Tx, email: &Email) -> Result<bool, Error> {
    Ok(sql!(tx, execute, "DELETE FROM blocked_emails WHERE email_key = $1", email.key())? == 1)
}

/// The last blocked of those that have `search` in them, and how many there are.
pub async fn list(tx: &mut Tx, search: &str, size: i64) -> Result<(Vec<Blocked>, i64), Error> {
    let search = pattern(search);
    let text = "SELECT count(*) FROM blocked_emails WHERE email_key LIKE $1 ESCAPE '!'";
    let total = sql!(tx, scalar i64, fetch_one, text, &search)?;
    let newest = sql!(
        tx,
        Blocked,
        fetch_all,
        "SELECT email, blocked_at, blocked_by FROM blocked_emails WHERE email_key LIKE $1 ESCAPE '!' \
         ORDER BY blocked_at DESC, email_key LIMIT $2",
        &search,
        size,
    )?;
    Ok((newest, total))
}
