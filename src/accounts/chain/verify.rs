//! The whole audit log is looked at, in batches: it may have any size.
use std::{path::Path, time::Duration};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CHECKPOINT, Error, checkpoint, kept, key};
use crate::{
    domain::{
        chain::{ChainKey, Fault, Faults, Head, Walk, Wrong},
        secret::MasterKey,
        time::Time,
    },
    store::{self, Db, audit_chain, facts},
};

const BATCH: i64 = 1000;
/// The fact that tells what the last check found, sealed, so that nobody writes there that all is well.
const CHECKED: &str = "audit_checked";
/// How many faults of a check are remembered.
const REMEMBERED: usize = 20;
/// What a kept head has shown counts for this long without being seen again: the instance that keeps the head
/// sees it several times a day.
const HEADS_COUNT: Duration = Duration::from_secs(86_400);

/// What was found.
#[derive(Debug)]
pub struct Report {
    /// How many sealed entries were looked at.
    pub entries: u64,
    /// How many wait to be sealed.
    pub waiting: u64,
    /// When the first of them happened.
    pub waiting_since: Option<Time>,
    /// The end of the chain.
    pub head: Head,
    /// Up to where it was pruned.
    pub pruned: i64,
    /// Whether a head that was kept elsewhere vouches for what it saw; otherwise it cannot be excluded that
    /// the end of the log was cut off.
    pub compared: bool,
    /// What is wrong.
    pub faults: Faults,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_intact(&self) -> bool {
        self.faults.named.is_empty()
    }
}

/// Looks at every event and every row of the chain. `kept` is a head that was kept elsewhere.
///
/// # Errors
/// [`Error::Moving`], or when the database does not answer.
pub async fn verify(db: &Db, master: &MasterKey, kept: Option<Head>) -> Result<Report, Error> {
    for _ in 0..3 {
        let before = facts::get(&mut db.read().await?, CHECKPOINT).await?;
        let report = once(db, master, kept).await?;
        // What was pruned meanwhile looks as if somebody had removed it.
        if facts::get(&mut db.read().await?, CHECKPOINT).await? == before {
            return Ok(report);
        }
    }
    Err(Error::Moving)
}

async fn once(db: &Db, master: &MasterKey, kept: Option<Head>) -> Result<Report, Error> {
    let mut tx = db.read().await?;
    let mut faults = Faults::default();
    let key = match key(&mut tx, master).await {
        Ok(Some(key)) => key,
        // Nothing was ever sealed: any key does for walking along no rows at all.
        Ok(None) => ChainKey::from_bytes(&[0; 32]),
        Err(Error::Key) => {
            faults.add(None, None, Wrong::Key);
            let head = Head::START;
            let (entries, waiting, waiting_since, pruned, compared) = (0, 0, None, 0, false);
            return Ok(Report { entries, waiting, waiting_since, head, pruned, compared, faults });
        }
        Err(error) => return Err(error),
    };
    let start = checkpoint(&mut tx, &key).await?.unwrap_or_else(|| {
        faults.add(None, None, Wrong::Checkpoint);
        Head::START
    });
    let waiting = audit_chain::count_waiting(&mut tx).await?;
    let waiting_since = audit_chain::waiting_since(&mut tx).await?;
    let up_to = audit_chain::last(&mut tx).await?.map_or(0, |last| last.position);
    drop(tx);
    let mut walk = Walk::new(&key, start, kept, &mut faults);
    let (mut after, mut entries) = (i64::MIN, 0);
    loop {
        // A connection for each batch, so that a long check keeps nobody waiting.
        let rows = audit_chain::links(&mut db.read().await?, after, up_to, BATCH).await?;
        rows.iter().for_each(|row| walk.step(row, &mut faults));
        entries += rows.len() as u64;
        match rows.last() {
            Some(last) => after = last.position,
            None => break,
        }
    }
    let head = walk.head();
    let compared = walk.end(&mut faults);
    strays(db, &mut faults).await?;
    let waiting = u64::try_from(waiting).unwrap_or(0);
    Ok(Report { entries, waiting, waiting_since, head, pruned: start.position, compared, faults })
}

/// Events that are nowhere, and events that wait and are gone.
async fn strays(db: &Db, faults: &mut Faults) -> Result<(), store::Error> {
    for _ in 0..audit_chain::count_misshapen(&mut db.read().await?).await? {
        faults.add(None, None, Wrong::Misshapen);
    }
    let mut from = Uuid::nil();
    loop {
        let events = audit_chain::whereabouts(&mut db.read().await?, from, BATCH).await?;
        for event in events.iter().filter(|event| !event.sealed && !event.waits) {
            faults.add(None, Some(event.id), Wrong::Unsealed);
        }
        match events.last().and_then(|last| last.id.as_u128().checked_add(1)) {
            Some(next) => from = Uuid::from_u128(next),
            None => break,
        }
    }
    for id in audit_chain::lost_waiting(&mut db.read().await?, BATCH).await? {
        faults.add(None, Some(id), Wrong::LostWaiting);
    }
    Ok(())
}

/// What the last check found, as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// When.
    pub at: Time,
    /// Up to which position.
    pub position: i64,
    /// Whether a kept head vouched for the end.
    pub compared: bool,
    /// The first faults.
    pub faults: Vec<Fault>,
    /// How many there were in all.
    pub wrong: u64,
    /// Those among them that kept heads have shown, on this instance or another, and when.
    #[serde(default)]
    pub heads: Vec<(Fault, Time)>,
}

impl Checked {
    /// Whether it was shown since `then` that the chain does not go on from a kept head.
    pub fn tells_of(&self, kept: Head, then: Time) -> bool {
        self.heads.iter().any(|(fault, at)| fault.position == Some(kept.position) && *at >= then)
    }

    /// What was remembered before and still counts: nobody without that head can say better.
    fn remember(&mut self, before: Self, kept: Option<Head>) {
        let counts = |(fault, at): &(Fault, Time)| {
            let own = kept.is_some_and(|kept| fault.position == Some(kept.position));
            !own && *at <= self.at && self.at.since(*at) < HEADS_COUNT
        };
        let others: Vec<_> = before.heads.into_iter().filter(counts).collect();
        self.wrong += others.len() as u64;
        self.heads.extend(others);
        self.heads.truncate(REMEMBERED);
        self.faults.truncate(REMEMBERED - self.heads.len());
        self.faults.extend(self.heads.iter().map(|(fault, _)| fault.clone()));
        self.faults.sort_by_key(|fault| fault.position.unwrap_or(i64::MAX));
    }
}

/// Verifies against the head kept in `data_dir`, and remembers for all instances what was found. What other
/// instances have found with their heads stays.
///
/// # Errors
/// As [`verify`].
pub async fn check(db: &Db, master: &MasterKey, data_dir: &Path, now: Time) -> Result<Checked, Error> {
    let kept = kept::read(&kept::file(data_dir)).unwrap_or_else(|error| {
        tracing::warn!(%error, "the kept head of the audit chain cannot be read; the check goes without it");
        None
    });
    let Report { head, compared, faults, .. } = verify(db, master, kept).await?;
    let wrong = faults.named.len() as u64 + faults.more;
    let (of_heads, mut named): (Vec<_>, Vec<_>) =
        faults.named.into_iter().partition(|fault| fault.what.is_about_head());
    named.sort_by_key(|fault| fault.position.unwrap_or(i64::MAX));
    let heads = of_heads.into_iter().map(|fault| (fault, now)).collect();
    let mut checked = Checked { at: now, position: head.position, compared, faults: named, wrong, heads };
    let before = last(db, master).await?;
    let nothing = Checked { heads: vec![], ..checked.clone() };
    checked.remember(before.unwrap_or(nothing), kept);
    let text = serde_json::to_vec(&checked).expect("a check is text and numbers");
    let mut tx = db.write().await?;
    facts::set(&mut tx, CHECKED, &master.seal(CHECKED, &text)).await?;
    tx.commit().await?;
    Ok(checked)
}

/// What is remembered of the last check; none when there was none yet, or somebody has written over it.
///
/// # Errors
/// When the database does not answer.
pub async fn last(db: &Db, master: &MasterKey) -> Result<Option<Checked>, store::Error> {
    let sealed = facts::get(&mut db.read().await?, CHECKED).await?;
    let text = sealed.and_then(|sealed| master.open(CHECKED, &sealed));
    Ok(text.and_then(|text| serde_json::from_slice(&text).ok()))
}
