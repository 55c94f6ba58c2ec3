//! What is too old goes, from the front of the chain; a certified checkpoint tells where it begins then.
use std::time::Duration;

use super::{CHECKPOINT, Error, checkpoint, key};
use crate::{
    accounts::Record,
    domain::{
        audit::{Actor, Event, Origin},
        chain::{Faults, Head, Walk},
        secret::MasterKey,
        time::Time,
    },
    store::{Db, audit_chain, facts},
};

/// How many entries go in one transaction, with one event that says so.
const BATCH: i64 = 5000;
const DAY: Duration = Duration::from_secs(86_400);

/// Removes entries that are older than `keep_days`, as far as nothing newer was sealed before them; how many.
/// Without a number they are kept for ever.
///
/// # Errors
/// [`Error::Broken`] when something in what is to go is not as it was sealed: nothing that could tell what
/// happened is removed.
pub async fn prune(db: &Db, master: &MasterKey, keep_days: Option<u32>, now: Time) -> Result<u64, Error> {
    let Some(keep_days) = keep_days else { return Ok(0) };
    let before = now - DAY * keep_days;
    let mut pruned = 0;
    loop {
        let batch = batch(db, master, before, now).await?;
        pruned += batch;
        if batch < BATCH.unsigned_abs() {
            return Ok(pruned);
        }
    }
}

async fn batch(db: &Db, master: &MasterKey, before: Time, now: Time) -> Result<u64, Error> {
    let mut tx = db.write().await?;
    audit_chain::lock(&mut tx).await?;
    let Some(key) = key(&mut tx, master).await? else { return Ok(0) };
    let start = checkpoint(&mut tx, &key).await?.ok_or(Error::Broken)?;
    let rows = audit_chain::links(&mut tx, i64::MIN, i64::MAX, BATCH).await?;
    let mut faults = Faults::default();
    let mut walk = Walk::new(&key, start, None, &mut faults);
    let old = rows.iter().take_while(|row| row.at.is_none_or(|at| at < before));
    old.for_each(|row| walk.step(row, &mut faults));
    if !faults.named.is_empty() {
        return Err(Error::Broken);
    }
    let Head { position, .. } = walk.head();
    if position == start.position {
        return Ok(0);
    }
    facts::set(&mut tx, CHECKPOINT, &key.certify(walk.head())).await?;
    let count = audit_chain::delete_up_to(&mut tx, position).await?;
    let origin = Origin::default();
    let record = Record::new(Event::AuditPruned, Actor::System, &origin);
    let record = record.change("entries", "", count).change("up_to_entry", "", position);
    record.change("older_than", "", before.rfc3339()).write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(count)
}
