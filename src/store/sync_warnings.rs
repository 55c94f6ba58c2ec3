//! The table `sync_warnings`: when the audit log was last told what of somebody's claims could not be followed.
use std::time::Duration;

use super::{Error, Tx};
use crate::domain::{time::Time, user::UserId};

/// Notes that a warning (its word, and the claim or role that it is about) is written now; `false`, and nothing is
/// noted, when it was written less than `every` ago.
pub async fn note(
    tx: &mut Tx,
    user: UserId,
    provider: &str,
    warning: &str,
    about: &str,
    now: Time,
    every: Duration,
) -> Result<bool, Error> {
    let noted = sql!(
        tx,
        execute,
        "INSERT INTO sync_warnings (user_id, provider, warning, about, written_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (user_id, provider, warning, about) DO UPDATE SET written_at = excluded.written_at \
         WHERE sync_warnings.written_at <= $6",
        user,
        provider,
        warning,
        about,
        now,
        now - every,
    )?;
    Ok(noted == 1)
}

/// Forgets what was written before then.
pub async fn purge(tx: &mut Tx, before: Time) -> Result<u64, Error> {
    Ok(sql!(tx, execute, "DELETE FROM sync_warnings WHERE written_at < $1", before)?)
}
