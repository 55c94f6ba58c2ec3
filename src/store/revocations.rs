//! The table `revocations`: sessions that ended before their time.
use sqlx::AssertSqlSafe;

use super::{Error, Tx, placeholders};
use crate::domain::time::Time;

/// Ends what `key` names until `until`, when it would have ended anyway; `false` when that was done before.
pub async fn insert(tx: &mut Tx, key: &str, until: Time) -> Result<bool, Error> {
    tx.changes_principals();
    let inserted = sql!(
        tx,
        execute,
        "INSERT INTO revocations (key, until) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        key,
        until,
    )?;
    Ok(inserted == 1)
}

/// A query takes no more keys than these; databases have a bound.
const AT_ONCE: usize = 500;

/// Those of these keys that name something ended.
pub async fn among(tx: &mut Tx, keys: &[String]) -> Result<Vec<String>, Error> {
    let mut ended = vec![];
    for keys in keys.chunks(AT_ONCE) {
        let text = format!("SELECT key FROM revocations WHERE key IN ({})", placeholders(keys.len()));
        let found = sql!(tx, (String,), each keys, AssertSqlSafe(text.as_str()))?;
        ended.extend(found.into_iter().map(|(key,)| key));
    }
    Ok(ended)
}

/// Forgets those whose time has come.
pub async fn purge(tx: &mut Tx, now: Time) -> Result<u64, Error> {
    Ok(sql!(tx, execute, "DELETE FROM revocations WHERE until < $1", now)?)
}
