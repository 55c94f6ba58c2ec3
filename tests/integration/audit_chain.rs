//! The audit log proves itself: whatever is done to it behind narthex's back is found and named.
use std::{path::PathBuf, time::Duration};

use narthex::{
    accounts::chain::{kept, prune, seal, verify},
    domain::{
        audit::{Actor, Entry, Event, Origin, Target},
        chain::{Head, Wrong},
        secret::{MasterKey, new_id},
        time::Time,
        user::UserId,
    },
    store::{
        Db, Pools, audit,
        audit::{Filter, From},
        audit_chain, facts, migrations,
    },
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::harness::{Stack, both_stacks};

both_stacks!(
    whatever_is_changed_removed_moved_or_inserted_is_named,
    the_end_is_missed_with_a_kept_head_and_not_vouched_for_without,
    two_sealers_at_once_make_one_chain,
    what_is_too_old_goes_and_the_chain_still_holds,
    nothing_is_pruned_that_is_not_intact,
    a_key_that_is_gone_is_told_and_never_replaced,
    a_kept_head_never_goes_back,
    junk_that_was_sealed_and_pruned_does_not_move_a_kept_head,
    a_kept_head_without_any_chain_is_told,
    what_one_instance_found_with_its_head_stays_for_the_others,
    values_of_a_kind_that_is_never_written_are_named_and_stop_nothing,
    who_holds_the_lock_and_seals_nothing_is_found_out,
);

/// A database with a chain of its own.
struct Log {
    db: Db,
    master: MasterKey,
    ids: Vec<Uuid>,
}

const PERSON: UserId = UserId(Uuid::from_u128(7));

fn at(second: usize) -> Time {
    Time::from_micros((1_800_000_000 + i64::try_from(second).unwrap()) * 1_000_000)
}

fn entry(at: Time) -> Entry {
    Entry {
        id: new_id(at),
        at,
        event: Event::LoginFailed,
        actor: Actor::User { id: PERSON, name: "mallory".into() },
        target: Some(Target { id: PERSON, name: "mallory".into() }),
        origin: Origin::default(),
        changes: vec![],
        detail: None,
    }
}

async fn connect(stack: &Stack) -> Db {
    let db = Db::connect(stack.database_url()).await.unwrap();
    migrations::migrate(&db).await.unwrap();
    db
}

fn head_file(stack: &Stack) -> PathBuf {
    kept::file(&stack.folder().join("below"))
}

impl Log {
    /// With `n` sealed events, a second apart.
    async fn new(stack: &Stack, n: usize) -> Self {
        let mut log = Self { db: connect(stack).await, master: MasterKey::generate(), ids: vec![] };
        for second in 0..n {
            log.write(at(second)).await;
        }
        log.seal().await;
        log
    }

    async fn write(&mut self, at: Time) {
        let entry = entry(at);
        let mut tx = self.db.write().await.unwrap();
        audit::insert(&mut tx, &entry).await.unwrap();
        tx.commit().await.unwrap();
        self.ids.push(entry.id);
    }

    async fn seal(&self) {
        while seal::batch(&self.db, &self.master).await.unwrap() > 0 {}
    }

    async fn head(&self) -> Head {
        kept::head(&mut self.db.read().await.unwrap(), &self.master).await.unwrap().unwrap()
    }

    /// What somebody with the database's password does.
    async fn tamper(&self, sql: &str, ids: &[Uuid]) {
        for sql in sql.split(';').map(str::trim) {
            let (mut text, mut bound) = (sql.to_owned(), vec![]);
            for (n, id) in ids.iter().enumerate().filter(|(n, _)| sql.contains(&format!("${}", n + 1))) {
                bound.push(*id);
                text = text.replace(&format!("${}", n + 1), &format!("${}", bound.len()));
            }
            let text = AssertSqlSafe(text);
            let changed = match &self.db.pools {
                Pools::Sqlite { write, .. } => {
                    let query = bound.into_iter().fold(sqlx::query(text), sqlx::query::Query::bind);
                    query.execute(write).await.unwrap().rows_affected()
                }
                Pools::Postgres(pool) => {
                    let query = bound.into_iter().fold(sqlx::query(text), sqlx::query::Query::bind);
                    query.execute(pool).await.unwrap().rows_affected()
                }
            };
            assert!(changed > 0 || sql.starts_with("CREATE"), "{sql}");
        }
    }

    /// What a check names: position, event, what.
    async fn faults(&self) -> Vec<(Option<i64>, Option<Uuid>, Wrong)> {
        let report = verify::verify(&self.db, &self.master, None).await.unwrap();
        let faults = report.faults.named.into_iter();
        faults.map(|fault| (fault.position, fault.event_id, fault.what)).collect()
    }
}

async fn whatever_is_changed_removed_moved_or_inserted_is_named(stack: Stack) {
    let log = Log::new(&stack, 12).await;
    assert_eq!(log.faults().await, []);
    log.tamper(
        "CREATE TABLE kept_events AS SELECT * FROM audit_events; CREATE TABLE kept_chain AS SELECT * FROM audit_chain",
        &[],
    )
    .await;
    let ids = &log.ids;
    let columns = |name: &str| Wrong::Columns(vec![name.to_owned()]);
    // The fifth entry is the victim, `$1`; `$2` is the ninth, `$3` is nobody's.
    let named = |what| (Some(5), Some(ids[4]), what);
    let stranger = new_id(at(99));
    let shift = "UPDATE audit_chain SET position = position - 100 WHERE position > 5; \
                 UPDATE audit_chain SET position = position + 99 WHERE position < 0";
    let swap = "UPDATE audit_chain SET position = -1 WHERE event_id = $1; \
                UPDATE audit_chain SET position = 5 WHERE position = 9; \
                UPDATE audit_chain SET position = 9 WHERE position = -1";
    let forge = "UPDATE audit_chain SET position = position + 100 WHERE position > 5; \
                 UPDATE audit_chain SET position = position - 99 WHERE position > 100; \
                 INSERT INTO audit_events (id, at, event, actor_id, target_id, entry) \
                 SELECT $3, at, event, actor_id, target_id, entry FROM audit_events WHERE id = $1; \
                 INSERT INTO audit_chain (position, event_id, previous, mac) \
                 SELECT 6, $3, mac, previous FROM audit_chain WHERE position = 5";
    let cases: Vec<(String, Vec<_>)> = vec![
        (
            "UPDATE audit_events SET entry = replace(entry, 'mallory', 'trent') WHERE id = $1".into(),
            vec![named(Wrong::Changed)],
        ),
        ("UPDATE audit_events SET entry = 'no entry at all' WHERE id = $1".into(), vec![named(Wrong::Changed)]),
        ("UPDATE audit_events SET at = at + 1 WHERE id = $1".into(), vec![named(columns("at"))]),
        (
            "UPDATE audit_events SET event = 'login.succeeded' WHERE id = $1".into(),
            vec![named(columns("event"))],
        ),
        ("UPDATE audit_events SET actor_id = NULL WHERE id = $1".into(), vec![named(columns("actor_id"))]),
        ("UPDATE audit_events SET target_id = $3 WHERE id = $1".into(), vec![named(columns("target_id"))]),
        ("DELETE FROM audit_events WHERE id = $1".into(), vec![named(Wrong::EventGone)]),
        (
            "DELETE FROM audit_chain WHERE event_id = $1".into(),
            vec![(Some(5), None, Wrong::RowsGone(5)), (None, Some(ids[4]), Wrong::Unsealed)],
        ),
        (
            "DELETE FROM audit_events WHERE id = $1; DELETE FROM audit_chain WHERE event_id = $1".into(),
            vec![(Some(5), None, Wrong::RowsGone(5))],
        ),
        (
            format!("DELETE FROM audit_events WHERE id = $1; DELETE FROM audit_chain WHERE event_id = $1; {shift}"),
            vec![(Some(5), Some(ids[5]), Wrong::Displaced)],
        ),
        (
            swap.into(),
            vec![
                (Some(5), Some(ids[8]), Wrong::Displaced),
                (Some(6), Some(ids[5]), Wrong::Displaced),
                (Some(9), Some(ids[4]), Wrong::Displaced),
            ],
        ),
        (
            "UPDATE audit_chain SET event_id = $3 WHERE event_id = $1; \
             UPDATE audit_chain SET event_id = $1 WHERE event_id = $2; \
             UPDATE audit_chain SET event_id = $2 WHERE event_id = $3"
                .into(),
            vec![(Some(5), Some(ids[8]), Wrong::Changed), (Some(9), Some(ids[4]), Wrong::Changed)],
        ),
        ("UPDATE audit_chain SET mac = previous WHERE event_id = $1".into(), vec![named(Wrong::Changed)]),
        ("UPDATE audit_chain SET previous = mac WHERE event_id = $1".into(), vec![named(Wrong::Changed)]),
        (
            "INSERT INTO audit_events (id, at, event, actor_id, target_id, entry) \
             SELECT $3, at, event, actor_id, target_id, entry FROM audit_events WHERE id = $1"
                .into(),
            vec![(None, Some(stranger), Wrong::Unsealed)],
        ),
        (forge.into(), vec![(Some(6), Some(stranger), Wrong::Changed)]),
        (
            "INSERT INTO audit_chain (position, event_id, previous, mac) \
             SELECT 0, $3, previous, mac FROM audit_chain WHERE event_id = $1"
                .into(),
            vec![(Some(0), Some(stranger), Wrong::Pruned)],
        ),
        (
            "INSERT INTO audit_unsealed (at, event_id) VALUES (1, $3)".into(),
            vec![(None, Some(stranger), Wrong::LostWaiting)],
        ),
        (
            "INSERT INTO facts (name, value) VALUES ('audit_checkpoint', '0:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:x')"
                .into(),
            vec![(None, None, Wrong::Checkpoint)],
        ),
    ];
    for (sql, expected) in cases {
        log.tamper(&sql, &[ids[4], ids[8], stranger]).await;
        assert_eq!(log.faults().await, expected, "{sql}");
        // A sealer that runs meanwhile neither heals it nor stumbles over it.
        log.seal().await;
        assert_eq!(log.faults().await, expected, "{sql}");
        for table in ["events", "chain"] {
            let again =
                format!("DELETE FROM audit_{table}; INSERT INTO audit_{table} SELECT * FROM kept_{table}");
            log.tamper(&again, &[]).await;
        }
        log.clean().await;
        assert_eq!(log.faults().await, [], "as before {sql}");
    }
    log.db.close().await;
}

impl Log {
    /// Takes back what tampering left beside events and chain.
    async fn clean(&self) {
        for sql in ["DELETE FROM audit_unsealed", "DELETE FROM facts WHERE name = 'audit_checkpoint'"] {
            match &self.db.pools {
                Pools::Sqlite { write, .. } => {
                    sqlx::query(sql).execute(write).await.unwrap();
                }
                Pools::Postgres(pool) => {
                    sqlx::query(sql).execute(pool).await.unwrap();
                }
            }
        }
    }
}

async fn the_end_is_missed_with_a_kept_head_and_not_vouched_for_without(stack: Stack) {
    let mut log = Log::new(&stack, 12).await;
    let head = log.head().await;
    assert_eq!(head.position, 12);
    let cut = "DELETE FROM audit_events WHERE id IN (SELECT event_id FROM audit_chain WHERE position > 9); \
               DELETE FROM audit_chain WHERE position > 9";
    log.tamper(cut, &[]).await;
    let without = verify::verify(&log.db, &log.master, None).await.unwrap();
    assert!(without.is_intact() && !without.compared, "nobody can tell, and that is said");
    let with = verify::verify(&log.db, &log.master, Some(head)).await.unwrap();
    assert_eq!(with.faults.named[0].what, Wrong::EndGone(9));
    assert!(with.compared && with.faults.named.len() == 1);
    for second in 20..30 {
        log.write(at(second)).await;
    }
    log.seal().await;
    let grown = verify::verify(&log.db, &log.master, Some(head)).await.unwrap();
    let found: Vec<_> = grown.faults.named.iter().map(|fault| (fault.position, &fault.what)).collect();
    assert_eq!(found, [(Some(12), &Wrong::HeadDiffers)], "others in their place do not help");
    log.db.close().await;
}

async fn two_sealers_at_once_make_one_chain(stack: Stack) {
    const WRITERS: usize = 4;
    const EACH: usize = 60;
    let text = MasterKey::generate().to_text();
    connect(&stack).await.close().await;
    let mut working = tokio::task::JoinSet::new();
    let written = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    for _ in 0..3 {
        let (url, text) = (stack.database_url().to_owned(), text.clone());
        let written = written.clone();
        working.spawn(async move {
            let (db, master) = (Db::connect(&url).await.unwrap(), MasterKey::from_text(&text).unwrap());
            while written.load(std::sync::atomic::Ordering::SeqCst) < WRITERS * EACH {
                seal::batch(&db, &master).await.unwrap();
            }
            db.close().await;
        });
    }
    let db = connect(&stack).await;
    for writer in 0..WRITERS {
        let (db, written) = (db.clone(), written.clone());
        working.spawn(async move {
            for n in 0..EACH {
                let mut tx = db.write().await.unwrap();
                audit::insert(&mut tx, &entry(at(writer + n))).await.unwrap();
                tx.commit().await.unwrap();
                written.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
        });
    }
    working.join_all().await;
    let log = Log { db, master: MasterKey::from_text(&text).unwrap(), ids: vec![] };
    log.seal().await;
    let report = verify::verify(&log.db, &log.master, None).await.unwrap();
    assert!(report.is_intact(), "{:?}", report.faults);
    assert_eq!((report.entries, report.waiting), ((WRITERS * EACH) as u64, 0));
    assert_eq!(report.head, log.head().await);
    log.db.close().await;
}

async fn what_is_too_old_goes_and_the_chain_still_holds(stack: Stack) {
    let mut log = Log::new(&stack, 10).await;
    let day = Duration::from_secs(86_400);
    let early = log.head().await;
    for n in 0..5 {
        log.write(at(n) + day * 40).await;
    }
    log.seal().await;
    let (head, now) = (log.head().await, at(100) + day * 40);
    assert_eq!(
        prune::prune(&log.db, &log.master, &head_file(&stack), None, now).await.unwrap(),
        0,
        "kept for ever"
    );
    assert_eq!(
        prune::prune(&log.db, &log.master, &head_file(&stack), Some(365), now).await.unwrap(),
        0,
        "nothing is so old"
    );
    assert_eq!(prune::prune(&log.db, &log.master, &head_file(&stack), Some(30), now).await.unwrap(), 10);
    assert_eq!(
        prune::prune(&log.db, &log.master, &head_file(&stack), Some(30), now).await.unwrap(),
        0,
        "once"
    );
    log.seal().await;
    let report = verify::verify(&log.db, &log.master, Some(head)).await.unwrap();
    assert!(report.is_intact() && report.compared, "{:?}", report.faults);
    assert_eq!((report.pruned, report.entries), (10, 6), "five, and the event that says what was pruned");
    let older = verify::verify(&log.db, &log.master, Some(early)).await.unwrap();
    assert!(older.is_intact() && older.compared, "the very place where it was pruned");
    let rows =
        audit::page(&mut log.db.read().await.unwrap(), &Filter::default(), From::Newest, 9).await.unwrap();
    let told = rows.iter().map(|row| row.read().unwrap()).find(|it| it.event == Event::AuditPruned).unwrap();
    assert_eq!((told.actor, told.target), (Actor::System, None));
    let said: Vec<_> =
        told.changes.iter().map(|change| (change.field.as_str(), change.to.as_str())).collect();
    assert_eq!(said[..2], [("entries", "10"), ("up_to_entry", "10")]);

    // Everything, then more: the chain goes on from the checkpoint.
    let later = now + day * 400;
    assert_eq!(prune::prune(&log.db, &log.master, &head_file(&stack), Some(30), later).await.unwrap(), 6);
    log.write(later).await;
    log.seal().await;
    let report = verify::verify(&log.db, &log.master, None).await.unwrap();
    assert!(report.is_intact(), "{:?}", report.faults);
    assert_eq!((report.pruned, report.entries), (16, 2));

    log.tamper("DELETE FROM facts WHERE name = 'audit_checkpoint'", &[]).await;
    assert_eq!(log.faults().await, [(Some(1), None, Wrong::RowsGone(16))], "nobody prunes by hand");
    log.db.close().await;
}

async fn nothing_is_pruned_that_is_not_intact(stack: Stack) {
    let log = Log::new(&stack, 5).await;
    log.tamper(
        "UPDATE audit_events SET entry = replace(entry, 'mallory', 'trent') WHERE id = $1",
        &log.ids[2..3],
    )
    .await;
    let later = at(0) + Duration::from_secs(86_400) * 100;
    let refused = prune::prune(&log.db, &log.master, &head_file(&stack), Some(30), later)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.starts_with("nothing was pruned, because the audit log is not intact"), "{refused}");
    assert_eq!(log.faults().await, [(Some(3), Some(log.ids[2]), Wrong::Changed)], "the evidence stays");
    log.db.close().await;
}

async fn a_key_that_is_gone_is_told_and_never_replaced(stack: Stack) {
    let mut log = Log::new(&stack, 3).await;
    log.tamper("DELETE FROM facts WHERE name = 'audit_chain_key'", &[]).await;
    assert_eq!(log.faults().await, [(None, None, Wrong::Key)]);
    log.write(at(9)).await;
    assert!(
        seal::batch(&log.db, &log.master).await.is_err(),
        "no new key begins a new chain over the old one"
    );
    let mut tx = log.db.write().await.unwrap();
    facts::set(&mut tx, "audit_chain_key", &MasterKey::generate().seal("audit_chain_key", &[1; 32]))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(log.faults().await, [(None, None, Wrong::Key)], "sealed under another master key");
    log.db.close().await;
}

async fn a_kept_head_never_goes_back(stack: Stack) {
    let mut log = Log::new(&stack, 0).await;
    let file = kept::file(&stack.folder().join("below"));
    let keep = async |log: &Log| kept::keep(&log.db, &log.master, &file).await.unwrap();
    assert_eq!(keep(&log).await, kept::Outcome::Nothing);
    assert_eq!(kept::read(&file).unwrap(), None);
    log.write(at(0)).await;
    log.seal().await;
    let first = log.head().await;
    assert_eq!(keep(&log).await, kept::Outcome::Kept(first));
    assert_eq!(keep(&log).await, kept::Outcome::Same(first));
    log.write(at(1)).await;
    log.seal().await;
    let second = log.head().await;
    assert_eq!(keep(&log).await, kept::Outcome::Kept(second));
    let cut = "DELETE FROM audit_chain WHERE position = 2; DELETE FROM audit_events WHERE id = $1";
    log.tamper(cut, &log.ids[1..]).await;
    assert_eq!(keep(&log).await, kept::Outcome::Contradicted { kept: second, found: first });
    for n in 5..9 {
        log.write(at(n)).await;
    }
    log.seal().await;
    assert!(matches!(keep(&log).await, kept::Outcome::Contradicted { kept, .. } if kept == second));
    assert_eq!(kept::read(&file).unwrap(), Some(second), "the evidence stays");
    assert!(audit_chain::mac_at(&mut log.db.read().await.unwrap(), 2).await.unwrap().is_some());
    log.db.close().await;
}

const DAY: Duration = Duration::from_secs(86_400);
const CUT: &str = "DELETE FROM audit_events WHERE id IN (SELECT event_id FROM audit_chain WHERE position > 9); \
                   DELETE FROM audit_chain WHERE position > 9";

async fn junk_that_was_sealed_and_pruned_does_not_move_a_kept_head(stack: Stack) {
    let mut log = Log::new(&stack, 12).await;
    let (file, elsewhere) = (head_file(&stack), kept::file(&stack.folder().join("elsewhere")));
    let keep = async |log: &Log| kept::keep(&log.db, &log.master, &file).await.unwrap();
    let head = log.head().await;
    assert_eq!(keep(&log).await, kept::Outcome::Kept(head));
    let later = at(0) + DAY * 100;
    log.tamper(CUT, &[]).await;
    for second in 20..28 {
        log.write(at(second)).await;
    }
    log.seal().await;
    let refused = prune::prune(&log.db, &log.master, &file, Some(30), later).await.unwrap_err();
    assert!(refused.to_string().starts_with("nothing was pruned"), "{refused}");
    assert_eq!(kept::read(&file).unwrap(), Some(head));
    // An instance that has kept nothing cannot know.
    assert_eq!(prune::prune(&log.db, &log.master, &elsewhere, Some(30), later).await.unwrap(), 17);
    log.seal().await;
    assert!(matches!(keep(&log).await, kept::Outcome::Contradicted { kept, .. } if kept == head));
    let report = verify::verify(&log.db, &log.master, Some(head)).await.unwrap();
    let found: Vec<_> = report.faults.named.iter().map(|fault| (fault.position, &fault.what)).collect();
    assert_eq!(found, [(Some(12), &Wrong::HeadPruned(17))]);
    assert!(!report.compared && !report.is_intact());

    // Ordinary pruning takes the head along, and the chain goes on from it.
    let kept = kept::read(&elsewhere).unwrap().unwrap();
    assert_eq!(kept.position, 17);
    let report = verify::verify(&log.db, &log.master, Some(kept)).await.unwrap();
    assert!(report.is_intact() && report.compared, "{:?}", report.faults);
    let outcome = kept::keep(&log.db, &log.master, &elsewhere).await.unwrap();
    assert_eq!(outcome, kept::Outcome::Kept(log.head().await));
    log.db.close().await;
}

async fn a_kept_head_without_any_chain_is_told(stack: Stack) {
    let log = Log::new(&stack, 3).await;
    let (head, file) = (log.head().await, head_file(&stack));
    kept::keep(&log.db, &log.master, &file).await.unwrap();
    log.tamper("DELETE FROM audit_events; DELETE FROM audit_chain; DELETE FROM facts", &[]).await;
    let outcome = kept::keep(&log.db, &log.master, &file).await.unwrap();
    assert_eq!(outcome, kept::Outcome::Contradicted { kept: head, found: Head::START });
    let checked = verify::check(&log.db, &log.master, file.parent().unwrap(), at(9)).await.unwrap();
    assert_eq!(checked.faults[0].what, Wrong::EndGone(0));
    log.db.close().await;
}

async fn what_one_instance_found_with_its_head_stays_for_the_others(stack: Stack) {
    let log = Log::new(&stack, 12).await;
    let (head, file) = (log.head().await, head_file(&stack));
    kept::keep(&log.db, &log.master, &file).await.unwrap();
    log.tamper(CUT, &[]).await;
    let (ours, theirs) = (file.parent().unwrap().to_owned(), stack.folder().join("theirs"));
    let check = async |folder, now| verify::check(&log.db, &log.master, folder, now).await.unwrap();
    assert_eq!(check(&theirs, at(0)).await.wrong, 0, "who has kept nothing misses nothing");
    let found = check(&ours, at(1)).await;
    assert!(found.wrong == 1 && found.tells_of(head, at(1)), "{found:?}");
    kept::keep(&log.db, &log.master, &kept::file(&theirs)).await.unwrap();
    for second in [2, 3] {
        let still = check(&theirs, at(second)).await;
        assert_eq!((still.wrong, &still.faults[0].what), (1, &Wrong::EndGone(9)));
        assert!(still.tells_of(head, at(1)) && !still.tells_of(head, at(2)), "{still:?}");
        assert_eq!(verify::last(&log.db, &log.master).await.unwrap(), Some(still));
    }
    assert_eq!(check(&theirs, at(2) + DAY).await.wrong, 0, "nobody has seen it for a day");
    log.db.close().await;
}

async fn values_of_a_kind_that_is_never_written_are_named_and_stop_nothing(stack: Stack) {
    let mut log = Log::new(&stack, 6).await;
    if let Pools::Postgres(_) = log.db.pools {
        return log.db.close().await;
    }
    let ids = log.ids.clone();
    log.tamper(
        "UPDATE audit_events SET entry = x'ff' WHERE id = $1; UPDATE audit_events SET at = 'never' WHERE id = $2; \
         UPDATE audit_events SET event = x'fe' WHERE id = $3; UPDATE audit_events SET actor_id = 'me' WHERE id = $4",
        &ids,
    )
    .await;
    let columns = |name: &str| Wrong::Columns(vec![name.to_owned()]);
    let named = |n: i64, what| (Some(n), Some(ids[usize::try_from(n).unwrap() - 1]), what);
    let misshapen = (None, None, Wrong::Misshapen);
    let mut expected = vec![
        named(1, Wrong::Changed),
        named(2, columns("at")),
        named(3, columns("event")),
        named(4, columns("actor_id")),
        misshapen.clone(),
        misshapen.clone(),
        misshapen.clone(),
    ];
    assert_eq!(log.faults().await, expected);
    let rows =
        audit::page(&mut log.db.read().await.unwrap(), &Filter::default(), From::Newest, 9).await.unwrap();
    assert_eq!(rows.len(), 5, "all that have a place");
    // An event that is no text neither stays unsealed nor keeps others waiting.
    log.write(at(7)).await;
    log.tamper("UPDATE audit_events SET entry = x'ff' WHERE id = $1", &log.ids[6..]).await;
    log.write(at(8)).await;
    log.seal().await;
    let spoilt = log.ids[6];
    expected.insert(4, (Some(7), Some(spoilt), Wrong::Columns(vec!["entry".to_owned()])));
    expected.push(misshapen);
    assert_eq!(log.faults().await, expected);
    log.db.close().await;
}

async fn who_holds_the_lock_and_seals_nothing_is_found_out(stack: Stack) {
    let mut log = Log::new(&stack, 2).await;
    log.write(at(5)).await;
    if let Pools::Postgres(pool) = &log.db.pools {
        let mut holding = pool.begin().await.unwrap();
        sqlx::query("SELECT pg_advisory_xact_lock(7305002)").execute(&mut *holding).await.unwrap();
        assert_eq!(seal::batch(&log.db, &log.master).await.unwrap(), 0);
        let pruned = prune::prune(&log.db, &log.master, &head_file(&stack), Some(1), at(9) + DAY * 9).await;
        assert_eq!(pruned.unwrap(), 0, "nor does anything wait for it");
        holding.rollback().await.unwrap();
    }
    let report = verify::verify(&log.db, &log.master, None).await.unwrap();
    assert_eq!((report.waiting, report.waiting_since), (1, Some(at(5))));
    assert!(seal::is_overdue(at(5), at(36)) && !seal::is_overdue(at(5), at(35)));
    log.seal().await;
    let report = verify::verify(&log.db, &log.master, None).await.unwrap();
    assert_eq!((report.waiting, report.waiting_since), (0, None));
    log.db.close().await;
}
