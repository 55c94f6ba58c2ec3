//! The table `signing_keys`: what assertions are signed with.
use super::{Error, Tx, counters};
use crate::domain::time::Time;

const VERSION: &str = "signing_keys";

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Stored {
    /// Its place in the order in which keys sign.
    pub number: i64,
    /// By what tokens name it.
    pub kid: String,
    /// Its private part under the master key.
    pub sealed: String,
    /// When it was made.
    pub made_at: Time,
    /// From when on it signs.
    pub signs_from: Time,
}

/// All of them, in their order.
pub async fn all(tx: &mut Tx) -> Result<Vec<Stored>, Error> {
    let sql = "SELECT number, kid, sealed, made_at, signs_from FROM signing_keys ORDER BY number";
    Ok(sql!(tx, Stored, fetch_all, sql)?)
}

/// The number of changes so far: keys that were read under it are as they were.
pub async fn version(tx: &mut Tx) -> Result<i64, Error> {
    counters::get(tx, VERSION).await
}

/// Makes this transaction the only one that changes keys until it ends, and tells every instance that what it
/// remembers is old.
pub async fn changed(tx: &mut Tx) -> Result<(), Error> {
    counters::increment(tx, VERSION).await
}

/// Adds one, whose number nobody has: whoever adds holds the counter's row (see [`changed`]).
pub async fn insert(tx: &mut Tx, key: &Stored) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO signing_keys (number, kid, sealed, made_at, signs_from) VALUES ($1, $2, $3, $4, $5)",
        key.number,
        &key.kid,
        &key.sealed,
        key.made_at,
        key.signs_from,
    )?;
    Ok(())
}

/// Forgets those before this number.
pub async fn delete_before(tx: &mut Tx, number: i64) -> Result<(), Error> {
    sql!(tx, execute, "DELETE FROM signing_keys WHERE number < $1", number)?;
    Ok(())
}
