//! The table `counters`: numbers that only grow.
use super::{Error, Tx};
use crate::domain::time::Time;

/// The counter's value; 0 when there is none.
pub async fn get(tx: &mut Tx, name: &str) -> Result<i64, Error> {
    let value = sql!(tx, scalar i64, fetch_optional, "SELECT value FROM counters WHERE name = $1", name)?;
    Ok(value.unwrap_or(0))
}

/// One more. The row stays locked until the transaction ends.
pub async fn increment(tx: &mut Tx, name: &str) -> Result<(), Error> {
    sql!(tx, execute, "UPDATE counters SET value = value + 1 WHERE name = $1", name)?;
    Ok(())
}

/// Writes that a job runs at `now`, unless it ran after `before`: of many who ask at once one may.
pub async fn claim(tx: &mut Tx, name: &str, now: Time, before: Time) -> Result<bool, Error> {
    let claimed = sql!(
        tx,
        execute,
        "UPDATE counters SET value = $2 WHERE name = $1 AND value <= $3",
        name,
        now.micros(),
        before.micros(),
    )?;
    Ok(claimed == 1)
}
