//! The table `revocations`: sessions that ended before their time.
use super::{Error, Tx};
use crate::domain::time::Time;

/// Ends what `key` names until `until`, when it would have ended anyway.
pub async fn insert(tx: &mut Tx, key: &str, until: Time) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO revocations (key, until) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        key,
        until,
    )?;
    Ok(())
}

/// Forgets those whose time has come.
pub async fn purge(tx: &mut Tx, now: Time) -> Result<u64, Error> {
    Ok(sql!(tx, execute, "DELETE FROM revocations WHERE until < $1", now)?)
}
