//! The table `audit_events`: insert-only.
use super::{Error, Tx};
use crate::domain::{audit::Entry, time::Time};

/// Writes an entry.
pub async fn insert(tx: &mut Tx, entry: &Entry) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO audit_events (id, at, event, actor_id, target_id, entry) VALUES ($1, $2, $3, $4, $5, $6)",
        entry.id,
        entry.at,
        entry.event.name(),
        entry.actor.user_id(),
        entry.target.as_ref().map(|target| target.id),
        entry.canonical(),
    )?;
    Ok(())
}

/// A page of the log, newest first; `before` is the time and id of the entry that it follows.
pub async fn page(tx: &mut Tx, before: Option<(Time, uuid::Uuid)>, size: i64) -> Result<Vec<Entry>, Error> {
    let (at, id) = before.unwrap_or((Time::from_micros(i64::MAX), uuid::Uuid::max()));
    let rows = sql!(
        tx,
        scalar String,
        fetch_all,
        "SELECT entry FROM audit_events WHERE (at, id) < ($1, $2) ORDER BY at DESC, id DESC LIMIT $3",
        at,
        id,
        size,
    )?;
    read(&rows)
}

/// The page just newer than `after`, newest first.
pub async fn page_after(tx: &mut Tx, after: (Time, uuid::Uuid), size: i64) -> Result<Vec<Entry>, Error> {
    let rows = sql!(
        tx,
        scalar String,
        fetch_all,
        "SELECT entry FROM audit_events WHERE (at, id) > ($1, $2) ORDER BY at, id LIMIT $3",
        after.0,
        after.1,
        size,
    )?;
    let mut entries = read(&rows)?;
    entries.reverse();
    Ok(entries)
}

fn read(rows: &[String]) -> Result<Vec<Entry>, Error> {
    let read = |row: &String| serde_json::from_str(row);
    let entries: Result<_, serde_json::Error> = rows.iter().map(read).collect();
    Ok(entries.map_err(|error| sqlx::Error::Decode(error.into()))?)
}

/// How many entries there are.
pub async fn count(tx: &mut Tx) -> Result<i64, Error> {
    Ok(sql!(tx, scalar i64, fetch_one, "SELECT count(*) FROM audit_events")?)
}
