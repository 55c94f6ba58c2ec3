//! How fast the audit log is written, sealed and verified: `bench-audit <database url> [events]`. The database
//! must be empty. See README.md beside this file.
#![expect(clippy::unwrap_used, reason = "a measurement may panic")]
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use narthex::{
    accounts::chain::{seal, verify},
    clock::Clock,
    domain::{
        audit::{Actor, Entry, Event, Origin, Target},
        secret::{MasterKey, new_id},
        time::Time,
        user::UserId,
    },
    store::{
        Db, Pools, audit,
        audit::{Filter, From},
        audit_chain, migrations,
    },
};
use sqlx::{Postgres, QueryBuilder, Sqlite};

const WRITERS: usize = 8;
const DURING: Duration = Duration::from_secs(8);

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("the first argument is the URL of an empty database");
    let events: usize = arguments.next().map_or(1_000_000, |text| text.parse().unwrap());
    let db = Db::connect(&url).await.unwrap();
    migrations::migrate(&db).await.unwrap();
    let master = Arc::new(MasterKey::generate());

    // One after the other and again, so that a warm cache favours neither.
    let mut rates = [vec![], vec![]];
    for _ in 0..2 {
        rates[0].push(writing(&db, &master, false).await);
        while seal::batch(&db, &master).await.unwrap() > 0 {}
        rates[1].push(writing(&db, &master, true).await);
    }
    let mean = |rates: &[f64]| rates.iter().sum::<f64>() / rates.len() as f64;
    let (without, with) = (mean(&rates[0]), mean(&rates[1]));
    println!("{WRITERS} writers, no sealer:   {without:.0} events/s");
    println!("{WRITERS} writers, one sealer:  {with:.0} events/s (ratio {:.2})", with / without);
    delays(&db, &master).await;

    let begun = Instant::now();
    fill(&db, events).await;
    println!("filled with {events} events in {:.0?}", begun.elapsed());
    let begun = Instant::now();
    while seal::batch(&db, &master).await.unwrap() > 0 {}
    println!("sealed at {:.0} events/s", events as f64 / begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let report = verify::verify(&db, &master, None).await.unwrap();
    assert!(report.is_intact());
    let took = begun.elapsed();
    println!(
        "verified {} events in {took:.1?}: {:.0} events/s",
        report.entries,
        report.entries as f64 / took.as_secs_f64()
    );
    pages(&db).await;
    db.close().await;
}

fn entry(n: usize) -> Entry {
    let now = Clock::System.now();
    let id = UserId(uuid::Uuid::from_u128(n as u128 % 1000));
    Entry {
        id: new_id(now),
        at: now,
        event: if n.is_multiple_of(50) { Event::LoginFailed } else { Event::LoginSucceeded },
        actor: Actor::User { id, name: format!("person-{}", n % 1000) },
        target: Some(Target { id, name: format!("person-{}", n % 1000) }),
        origin: Origin {
            address: "192.0.2.1".into(),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".into(),
            request_id: "0123456789ab".into(),
            ..Origin::default()
        },
        changes: vec![],
        detail: Some("password".into()),
    }
}

/// Seals twice a second, as `serve` does, until told to end.
fn sealer(db: &Db, master: &Arc<MasterKey>, end: &Arc<AtomicBool>) -> tokio::task::JoinHandle<()> {
    let (db, master, end) = (db.clone(), master.clone(), end.clone());
    tokio::spawn(async move {
        while !end.load(Ordering::Relaxed) {
            while seal::batch(&db, &master).await.unwrap() >= seal::BATCH as usize {}
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    })
}

/// Events a second, each in a transaction of its own.
async fn writing(db: &Db, master: &Arc<MasterKey>, sealing: bool) -> f64 {
    let end = Arc::new(AtomicBool::new(false));
    let sealer = sealing.then(|| sealer(db, master, &end));
    let mut writers = tokio::task::JoinSet::new();
    let begun = Instant::now();
    for _ in 0..WRITERS {
        let db = db.clone();
        writers.spawn(async move {
            let mut written = 0;
            while begun.elapsed() < DURING {
                let mut tx = db.write().await.unwrap();
                audit::insert(&mut tx, &entry(written)).await.unwrap();
                tx.commit().await.unwrap();
                written += 1;
            }
            written
        });
    }
    let written: usize = writers.join_all().await.iter().sum();
    let rate = written as f64 / begun.elapsed().as_secs_f64();
    end.store(true, Ordering::Relaxed);
    if let Some(sealer) = sealer {
        sealer.await.unwrap();
    }
    rate
}

/// How long events wait for their place while eight writers write: looked at right after each batch.
async fn delays(db: &Db, master: &Arc<MasterKey>) {
    while seal::batch(db, master).await.unwrap() > 0 {}
    let end = Arc::new(AtomicBool::new(false));
    let looking = {
        let (db, master, end) = (db.clone(), master.clone(), end.clone());
        tokio::spawn(async move {
            let mut last = audit_chain::last(&mut db.read().await.unwrap()).await.unwrap().unwrap().position;
            let mut delays = vec![];
            while !end.load(Ordering::Relaxed) {
                loop {
                    let sealed = seal::batch(&db, &master).await.unwrap();
                    let now = Clock::System.now();
                    let mut tx = db.read().await.unwrap();
                    let links = audit_chain::links(&mut tx, last, i64::MAX, seal::BATCH).await.unwrap();
                    delays.extend(links.iter().map(|link| now.since(link.at.unwrap())));
                    last = links.last().map_or(last, |link| link.position);
                    if sealed < seal::BATCH as usize {
                        break;
                    }
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            delays
        })
    };
    writing(db, master, false).await;
    end.store(true, Ordering::Relaxed);
    let mut delays = looking.await.unwrap();
    delays.sort_unstable();
    let at = |part: f64| delays[((delays.len() - 1) as f64 * part) as usize];
    println!(
        "until sealed: p50 {:.0?}, p99 {:.0?}, longest {:.0?} ({} events)",
        at(0.5),
        at(0.99),
        at(1.0),
        delays.len()
    );
}

/// Many events at once, spread over a year.
async fn fill(db: &Db, events: usize) {
    const AT_ONCE: usize = 2000;
    let start = Clock::System.now() - Duration::from_secs(365 * 86_400);
    let step = Duration::from_secs(365 * 86_400) / u32::try_from(events).unwrap();
    let mut rows = Vec::with_capacity(AT_ONCE);
    for n in 0..events {
        let at: Time = start + step * u32::try_from(n).unwrap();
        rows.push(Entry { id: new_id(at), at, ..entry(n) });
        if rows.len() == AT_ONCE || n + 1 == events {
            match &db.pools {
                Pools::Sqlite { write, .. } => {
                    let mut tx = write.begin().await.unwrap();
                    fill_events::<Sqlite>(&rows).build().execute(&mut *tx).await.unwrap();
                    fill_waiting::<Sqlite>(&rows).build().execute(&mut *tx).await.unwrap();
                    tx.commit().await.unwrap();
                }
                Pools::Postgres(pool) => {
                    let mut tx = pool.begin().await.unwrap();
                    fill_events::<Postgres>(&rows).build().execute(&mut *tx).await.unwrap();
                    fill_waiting::<Postgres>(&rows).build().execute(&mut *tx).await.unwrap();
                    tx.commit().await.unwrap();
                }
            }
            rows.clear();
        }
    }
}

fn fill_events<D: sqlx::Database>(rows: &[Entry]) -> QueryBuilder<D>
where
    uuid::Uuid: for<'q> sqlx::Encode<'q, D> + sqlx::Type<D>,
    i64: for<'q> sqlx::Encode<'q, D> + sqlx::Type<D>,
    String: for<'q> sqlx::Encode<'q, D> + sqlx::Type<D>,
{
    let mut text = QueryBuilder::new("INSERT INTO audit_events (id, at, event, actor_id, target_id, entry) ");
    text.push_values(rows, |mut row, entry| {
        let who = entry.actor.user_id().unwrap().0;
        row.push_bind(entry.id).push_bind(entry.at.micros()).push_bind(entry.event.name().to_owned());
        row.push_bind(who).push_bind(who).push_bind(entry.canonical());
    });
    text
}

fn fill_waiting<D: sqlx::Database>(rows: &[Entry]) -> QueryBuilder<D>
where
    uuid::Uuid: for<'q> sqlx::Encode<'q, D> + sqlx::Type<D>,
    i64: for<'q> sqlx::Encode<'q, D> + sqlx::Type<D>,
{
    let mut text = QueryBuilder::new("INSERT INTO audit_unsealed (at, event_id) ");
    text.push_values(rows, |mut row, entry| {
        row.push_bind(entry.at.micros()).push_bind(entry.id);
    });
    text
}

/// How long a page takes, by filter: the slowest of ten.
async fn pages(db: &Db) {
    let person = Some(UserId(uuid::Uuid::from_u128(500)));
    let all = Filter::default();
    let half_a_year_ago = Clock::System.now() - Duration::from_secs(180 * 86_400);
    let filters = [
        ("all", all),
        ("event", Filter { event: Some(Event::LoginFailed), ..all }),
        ("actor", Filter { actor: person, ..all }),
        ("user", Filter { user: person, ..all }),
        ("actor and event", Filter { actor: person, event: Some(Event::LoginFailed), ..all }),
        ("until half a year ago", Filter { until: Some(half_a_year_ago), ..all }),
        ("event that never was", Filter { event: Some(Event::AccountDeleted), ..all }),
    ];
    for (name, filter) in filters {
        let mut longest = Duration::ZERO;
        for _ in 0..10 {
            let begun = Instant::now();
            audit::page(&mut db.read().await.unwrap(), &filter, From::Newest, 51).await.unwrap();
            longest = longest.max(begun.elapsed());
        }
        println!("a page by {name}: {longest:.1?}");
    }
}
