//! What is too old goes, from the front of the chain; a certified checkpoint tells where it begins then.
use std::{path::Path, time::Duration};

use super::{
    CHECKPOINT, Error, checkpoint,
    kept::{self, KeepError},
    key,
};
use crate::{
    accounts::Record,
    domain::{
        audit::{Actor, Event, Origin},
        chain::{ChainKey, Faults, Head, Walk},
        secret::MasterKey,
        time::Time,
    },
    store::{self, Db, Tx, audit_chain, facts},
};

/// How many entries go in one transaction, with one event that says so.
const BATCH: i64 = 5000;
const DAY: Duration = Duration::from_secs(86_400);

/// Removes entries that are older than `keep_days`, as far as nothing newer was sealed before them; how many.
/// Without a number they are kept for ever. The head that is kept in `file` is kept anew before.
///
/// # Errors
/// [`Error::Broken`] when something in what is to go is not as it was sealed, or the chain does not go on from
/// the kept head: nothing that could tell what happened is removed.
pub async fn prune(
    db: &Db,
    master: &MasterKey,
    file: &Path,
    keep_days: Option<u32>,
    now: Time,
) -> Result<u64, KeepError> {
    let Some(keep_days) = keep_days else { return Ok(0) };
    let before = now - DAY * keep_days;
    let mut pruned = 0;
    loop {
        let batch = batch(db, master, file, before, now).await?;
        pruned += batch;
        if batch < BATCH.unsigned_abs() {
            return Ok(pruned);
        }
    }
}

async fn batch(db: &Db, master: &MasterKey, file: &Path, before: Time, now: Time) -> Result<u64, KeepError> {
    let mut tx = db.write().await.map_err(Error::from)?;
    // Somebody who never lets go of the lock must not keep everything else waiting.
    if !audit_chain::try_lock(&mut tx).await.map_err(Error::from)? {
        return Ok(0);
    }
    // The lock is let go at once: a transaction that is dropped may hold it for a moment longer.
    match judge(&mut tx, master, file, before, now).await {
        Ok(Some((key, up_to))) => Ok(remove(tx, &key, up_to, before, now).await.map_err(Error::from)?),
        Ok(None) => {
            tx.commit().await.map_err(Error::from)?;
            Ok(0)
        }
        Err(why) => {
            tx.commit().await.map_err(Error::from)?;
            Err(why)
        }
    }
}

/// Up to where a batch of old events may go, if anywhere; writes nothing into the database.
async fn judge(
    tx: &mut Tx,
    master: &MasterKey,
    file: &Path,
    before: Time,
    now: Time,
) -> Result<Option<(ChainKey, Head)>, KeepError> {
    let Some(key) = key(tx, master).await? else { return Ok(None) };
    let start = checkpoint(tx, &key).await?.ok_or(Error::Broken)?;
    let rows = audit_chain::links(tx, i64::MIN, i64::MAX, BATCH).await.map_err(Error::from)?;
    let mut faults = Faults::default();
    let mut walk = Walk::new(&key, start, None, &mut faults);
    let old = rows.iter().take_while(|row| row.at.is_none_or(|at| at < before));
    old.for_each(|row| walk.step(row, &mut faults));
    let head = walk.head();
    let next = rows.iter().find(|row| row.position > head.position);
    if let Some(row) = next.filter(|row| row.at.is_some_and(|at| at > now + DAY)) {
        let position = row.position;
        tracing::warn!(
            position,
            "an audit event from the future keeps the ones behind it from being forgotten"
        );
    }
    if !faults.named.is_empty() {
        return Err(Error::Broken.into());
    }
    if head == start {
        return Ok(None);
    }
    if !kept::keep_before_pruning(tx, &key, file).await? {
        return Err(Error::Broken.into());
    }
    Ok(Some((key, head)))
}

async fn remove(
    mut tx: Tx,
    key: &ChainKey,
    up_to: Head,
    before: Time,
    now: Time,
) -> Result<u64, store::Error> {
    let position = up_to.position;
    facts::set(&mut tx, CHECKPOINT, &key.certify(up_to)).await?;
    let count = audit_chain::delete_up_to(&mut tx, position).await?;
    let origin = Origin::default();
    let record = Record::new(Event::AuditPruned, Actor::System, &origin);
    let record = record.change("entries", "", count).change("up_to_entry", "", position);
    record.change("older_than", "", before.rfc3339()).write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(count)
}
