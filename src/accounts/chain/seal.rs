//! Events that wait get their places in the chain.
use std::time::Duration;

use super::{Error, end, key_to_seal_with};
use crate::{
    domain::{chain::Head, secret::MasterKey, time::Time},
    store::{
        Db,
        audit_chain::{self, NewLink},
    },
};

/// How many events are sealed in one transaction: on SQLite, writers wait for so long.
pub const BATCH: i64 = 500;
/// An event that waits longer shows that nobody seals.
const OVERDUE: Duration = Duration::from_secs(30);

/// Whether an event that happened at `at` should have been sealed by now.
pub fn is_overdue(at: Time, now: Time) -> bool {
    now.since(at) > OVERDUE
}

/// Seals the events that wait, one batch at most; how many they were. When none waits, or another instance is
/// at it, nothing is written.
///
/// # Errors
/// When the key cannot be opened or the database does not answer; then nothing is sealed.
pub async fn batch(db: &Db, master: &MasterKey) -> Result<usize, Error> {
    if audit_chain::waiting_since(&mut db.read().await?).await?.is_none() {
        return Ok(0);
    }
    let mut tx = db.write().await?;
    if !audit_chain::try_lock(&mut tx).await? {
        return Ok(0);
    }
    let key = key_to_seal_with(&mut tx, master).await?;
    let waiting = audit_chain::waiting(&mut tx, BATCH).await?;
    let places: Vec<_> = waiting.iter().map(|event| (event.at, event.id)).collect();
    let mut head = end(&mut tx, &key).await?;
    let mut links = Vec::with_capacity(waiting.len());
    for event in waiting.iter().filter(|event| !event.sealed) {
        let mac = key.link(head.mac, event.id, &event.entry);
        let next = Head { position: head.position + 1, mac };
        links.push(NewLink { event_id: event.id, previous: head.mac, head: next });
        head = next;
    }
    audit_chain::append(&mut tx, &links).await?;
    audit_chain::end_waiting(&mut tx, &places).await?;
    tx.commit().await?;
    Ok(waiting.len())
}
