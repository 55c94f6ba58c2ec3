//! The table `facts`: what is true of this installation.
use super::{Error, Tx};

/// The fact's value.
pub async fn get(tx: &mut Tx, name: &str) -> Result<Option<String>, Error> {
    Ok(sql!(tx, scalar String, fetch_optional, "SELECT value FROM facts WHERE name = $1", name)?)
}

/// Writes a fact that is not there yet; `false` when it is.
pub async fn put_new(tx: &mut Tx, name: &str, value: &str) -> Result<bool, Error> {
    let done = sql!(
        tx,
        execute,
        "INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        name,
        value,
    )?;
    Ok(done == 1)
}

/// Writes a fact, whatever was there.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        value,
    )?;
    Ok(())
}
