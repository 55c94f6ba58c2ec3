//! The table `settings`: what administrators have changed.
use super::{Error, Tx, counters};
use crate::domain::time::Time;

const VERSION: &str = "settings";

/// A setting as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Stored {
    /// Its name.
    pub name: String,
    /// Its value as it is written in the form.
    pub value: String,
    /// When it was last changed.
    pub changed_at: Time,
    /// By whom, as they were called.
    pub changed_by: String,
}

/// All that were ever changed.
pub async fn all(tx: &mut Tx) -> Result<Vec<Stored>, Error> {
    Ok(sql!(tx, Stored, fetch_all, "SELECT name, value, changed_at, changed_by FROM settings")?)
}

/// The number of changes so far: settings that were read under it are as they were.
pub async fn version(tx: &mut Tx) -> Result<i64, Error> {
    counters::get(tx, VERSION).await
}

/// Makes this transaction the only one that changes settings until it ends, and tells every instance that
/// what it remembers is old.
pub async fn changed(tx: &mut Tx) -> Result<(), Error> {
    counters::increment(tx, VERSION).await
}

/// Writes a setting.
pub async fn put(tx: &mut Tx, name: &str, value: &str, now: Time, by: &str) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO settings (name, value, changed_at, changed_by) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (name) DO UPDATE SET value = $2, changed_at = $3, changed_by = $4",
        name,
        value,
        now,
        by,
    )?;
    Ok(())
}
