//! Who is online and how many sessions are live: what every session store tells without looking at each.
use std::{sync::Arc, time::Duration};

use narthex::{
    domain::{
        secret,
        session::{Lifetimes, Session, SessionDigest},
        time::Time,
        user::UserId,
    },
    session::{MemorySessions, Place, RedisSessions, Totals},
};

use crate::{
    harness::servers::OwnRedis,
    session_contract::{Store, now, session},
};

const MINUTE: Duration = Duration::from_secs(60);

async fn people_and_sessions_are_counted(store: Store) {
    let (ada, bob) = (person(), person());
    let first = begin(&store, ada, now()).await;
    let second = begin(&store, ada, now()).await;
    let third = begin(&store, bob, now()).await;
    assert_eq!(totals(&store, now()).await, Totals { people: 2, sessions: 3 });
    store.remove(first, ada).await.unwrap();
    assert_eq!(totals(&store, now()).await, Totals { people: 2, sessions: 2 });
    store.remove_all(&[(second, ada), (third, bob)]).await.unwrap();
    assert_eq!(totals(&store, now()).await, Totals::default());
    assert_eq!(online(&store, None, 10, now()).await, vec![]);
}

async fn what_expires_is_no_longer_counted_or_listed(store: Store) {
    let (idle, busy) = (person(), person());
    let start = now();
    begin(&store, idle, start).await;
    let digest = begin(&store, busy, start).await;
    let later = start + 30 * MINUTE;
    let session = store.find(digest, start).await.unwrap().unwrap();
    store.touch(digest, &session, &Lifetimes::default(), later).await.unwrap();
    assert_eq!(totals(&store, later).await, Totals { people: 2, sessions: 2 });
    for purged in [false, true] {
        let later = start + 61 * MINUTE;
        if purged {
            store.purge(&Lifetimes::default(), later + 5 * MINUTE).await.unwrap();
        }
        assert_eq!(totals(&store, later).await, Totals { people: 1, sessions: 1 });
        assert_eq!(online(&store, None, 10, later).await, [busy]);
        assert_eq!(
            seen(&store, &[idle, busy, person()], later).await,
            [None, Some(start + 30 * MINUTE), None]
        );
    }
}

async fn who_was_seen_last_comes_first(store: Store) {
    let start = now();
    let people: Vec<_> = (0..4).map(|_| person()).collect();
    let mut digests = vec![];
    for (at, user) in (0..).zip(&people) {
        digests.push(begin(&store, *user, start - (10 - at) * MINUTE).await);
    }
    assert_eq!(online(&store, None, 10, start).await, [people[3], people[2], people[1], people[0]]);
    let session = store.find(digests[0], start).await.unwrap().unwrap();
    store.touch(digests[0], &session, &Lifetimes::default(), start).await.unwrap();
    assert_eq!(online(&store, None, 2, start).await, [people[0], people[3]]);
    // A person who signs out here was last seen there.
    let phone = begin(&store, people[1], start).await;
    store.remove(phone, people[1]).await.unwrap();
    assert_eq!(online(&store, None, 10, start).await, [people[0], people[3], people[2], people[1]]);
    assert_eq!(seen(&store, &people[1..2], start).await, [Some(start - 9 * MINUTE)]);
}

async fn pages_lead_through_everybody_and_back(store: Store) {
    let start = now();
    let mut expected = vec![];
    for at in 0..40 {
        let user = person();
        // Many at the very same time, who are told apart by their ids.
        let seen = start - if at < 25 { 5 * MINUTE } else { Duration::from_secs(at) };
        begin(&store, user, seen).await;
        expected.push((user, seen));
    }
    expected.sort_by_key(|(user, seen)| std::cmp::Reverse((*seen, user.0)));
    let lifetimes = Lifetimes::default();
    let mut walked = vec![];
    let mut from = None;
    loop {
        let page = store.online(from, 7, &lifetimes, start).await.unwrap();
        let Some((user, seen)) = page.last().copied() else { break };
        from = Some(Place::After(seen, user));
        walked.extend(page);
    }
    assert_eq!(walked, expected);
    let (user, seen) = expected[39];
    let before = store.online(Some(Place::Before(seen, user)), 9, &lifetimes, start).await.unwrap();
    assert_eq!(before, expected[30..39], "the ones right before, in the same order");
    let (user, seen) = expected[3];
    let before = store.online(Some(Place::Before(seen, user)), 9, &lifetimes, start).await.unwrap();
    assert_eq!(before, expected[..3]);
    // Whoever stood at the place may be gone.
    let page = store.online(Some(Place::After(start - 2 * MINUTE, person())), 3, &lifetimes, start).await;
    assert_eq!(page.unwrap(), expected[15..18]);
}

async fn the_sessions_of_many_are_told_apart(store: Store) {
    let people: Vec<_> = (0..5).map(|_| person()).collect();
    for (count, user) in people.iter().enumerate() {
        for _ in 0..count {
            begin(&store, *user, now()).await;
        }
    }
    let found = store.of_users(&people, now()).await.unwrap();
    for ((count, user), sessions) in people.iter().enumerate().zip(found) {
        assert_eq!(sessions.len(), count);
        assert!(sessions.iter().all(|(_, session)| session.user_id == *user));
    }
    assert_eq!(store.of_users(&[], now()).await.unwrap(), Vec::<Vec<_>>::new());
    assert_eq!(seen(&store, &[], now()).await, []);
}

async fn three_thousand_people_are_paged_quickly(store: Store) {
    measure(&store, 3000).await;
}

macro_rules! contract {
    ($($test:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(std::sync::Arc::new(narthex::session::MemorySessions::default())).await;
            })+
        }
        mod redis {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                let server = super::OwnRedis::start();
                super::$test(super::store_on(&server)).await;
            })+
        }
    };
}
contract!(
    people_and_sessions_are_counted,
    what_expires_is_no_longer_counted_or_listed,
    who_was_seen_last_comes_first,
    pages_lead_through_everybody_and_back,
    the_sessions_of_many_are_told_apart,
    three_thousand_people_are_paged_quickly,
);

#[tokio::test]
async fn many_sessions_of_one_person_go_as_quickly_as_those_of_many() {
    let store: Store = Arc::new(MemorySessions::default());
    let ada = person();
    let start = now();
    for purged in [false, true] {
        let mut digests = vec![];
        for _ in 0..20_000 {
            digests.push((begin(&store, ada, start).await, ada));
        }
        let filled = std::time::Instant::now();
        if purged {
            store.purge(&Lifetimes::default(), start + 25 * 60 * MINUTE).await.unwrap();
        } else {
            store.remove_all(&digests).await.unwrap();
        }
        assert_eq!(totals(&store, start).await, Totals::default());
        let took = filled.elapsed();
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

/// `cargo nextest run --run-ignored only a_hundred_thousand --no-capture` prints the figures.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes its time; for figures"]
async fn a_hundred_thousand_sessions_are_paged_quickly() {
    let server = OwnRedis::start();
    for store in [store_on(&server), Arc::new(MemorySessions::default()) as Store] {
        measure(&store, 100_000).await;
    }
}

#[tokio::test]
async fn a_session_that_redis_lost_leaves_no_ghost() {
    let server = OwnRedis::start();
    let store = store_on(&server);
    let (ada, bob) = (person(), person());
    let lost = begin(&store, ada, now()).await;
    begin(&store, bob, now()).await;
    let _: () = server.run(&["DEL", &format!("n:s:{}", lost.text())]).await;
    assert_eq!(store.of_users(&[ada], now()).await.unwrap(), [vec![]], "the reader meets nothing");
    assert_eq!(online(&store, None, 10, now()).await, [bob]);
    assert_eq!(totals(&store, now()).await, Totals { people: 1, sessions: 1 });
    let left: Vec<String> = server.run(&["ZRANGE", &format!("n:u:{ada}"), "0", "-1"]).await;
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn a_lost_index_is_whole_again_when_the_session_is_used() {
    let server = OwnRedis::start();
    let store = store_on(&server);
    let ada = person();
    let digest = begin(&store, ada, now()).await;
    let _: () = server.run(&["DEL", "n:online", "n:live", &format!("n:u:{ada}")]).await;
    assert_eq!(totals(&store, now()).await, Totals::default());
    let session =
        store.find(digest, now()).await.unwrap().expect("no index decides whether a session is there");
    store.touch(digest, &session, &Lifetimes::default(), now()).await.unwrap();
    assert_eq!(totals(&store, now()).await, Totals { people: 1, sessions: 1 });
    assert_eq!(online(&store, None, 10, now()).await, [ada]);
    assert_eq!(store.of_user(ada, now()).await.unwrap().len(), 1);
    // A touch of what is gone puts nothing back.
    store.remove(digest, ada).await.unwrap();
    store.touch(digest, &session, &Lifetimes::default(), now()).await.unwrap();
    assert_eq!(totals(&store, now()).await, Totals::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_begins_while_others_read_is_in_every_list() {
    let server = OwnRedis::start();
    let store = store_on(&server);
    let ada = person();
    let end = tokio_util::sync::CancellationToken::new();
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (store, end) = (store.clone(), end.clone());
        readers.spawn(async move {
            while !end.is_cancelled() {
                store.of_user(ada, now()).await.unwrap();
            }
        });
    }
    for round in 0..300 {
        let digest = begin(&store, ada, now()).await;
        assert_eq!(store.of_user(ada, now()).await.unwrap().len(), 1, "round {round}");
        // A reader may still be at what it read before, and puts right what it took out.
        let expected = Totals { people: 1, sessions: 1 };
        let patience = std::time::Instant::now() + Duration::from_secs(5);
        while totals(&store, now() - MINUTE).await != expected {
            assert!(std::time::Instant::now() < patience, "round {round}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        store.remove(digest, ada).await.unwrap();
    }
    end.cancel();
    readers.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_seen_while_another_session_ends_was_seen_then() {
    let server = OwnRedis::start();
    let store = store_on(&server);
    let (ada, start) = (person(), now());
    let desk = begin(&store, ada, start).await;
    let session = store.find(desk, start).await.unwrap().unwrap();
    for round in 1..=300 {
        let at = start + Duration::from_secs(round);
        let phone = begin(&store, ada, at).await;
        let later = at + Duration::from_millis(500);
        let touch = async {
            tokio::time::sleep(Duration::from_micros(round * 5)).await;
            store.touch(desk, &session, &Lifetimes::default(), later).await
        };
        let (removed, touched) = tokio::join!(store.remove(phone, ada), touch);
        removed.unwrap();
        touched.unwrap();
        assert_eq!(seen(&store, &[ada], later).await, [Some(later)], "round {round}");
    }
}

#[tokio::test]
async fn a_redis_that_lost_everything_has_no_ghosts() {
    let server = OwnRedis::start();
    let store = store_on(&server);
    for _ in 0..5 {
        begin(&store, person(), now()).await;
    }
    let _: () = server.run(&["FLUSHALL"]).await;
    assert_eq!(totals(&store, now()).await, Totals::default());
    assert_eq!(online(&store, None, 10, now()).await, []);
    let ada = person();
    begin(&store, ada, now()).await;
    assert_eq!(online(&store, None, 10, now()).await, [ada]);
}

#[tokio::test]
async fn nothing_walks_through_all_keys_and_no_command_takes_two() {
    let server = OwnRedis::start();
    let store = store_on(&server);
    three_thousand_people_are_paged_quickly(store.clone()).await;
    let used: String = server.run(&["INFO", "commandstats"]).await;
    for command in ["keys", "scan", "zscan", "sscan", "mget", "eval", "multi", "zunionstore", "smembers"] {
        assert!(!used.contains(&format!("cmdstat_{command}:")), "{command}");
    }
    // From here on every command is written down.
    let _: () = server.run(&["CONFIG", "SET", "slowlog-max-len", "10000"]).await;
    let _: () = server.run(&["CONFIG", "SET", "slowlog-log-slower-than", "0"]).await;
    let (ada, bob) = (person(), person());
    let (first, second) = (begin(&store, ada, now()).await, begin(&store, ada, now()).await);
    let third = begin(&store, bob, now()).await;
    let session = store.find(first, now()).await.unwrap().unwrap();
    store.touch(first, &session, &Lifetimes::default(), now()).await.unwrap();
    store.of_users(&[ada, bob, person()], now()).await.unwrap();
    seen(&store, &[ada, bob], now()).await;
    store.remove_all(&[(second, ada), (third, bob)]).await.unwrap();
    store.purge(&Lifetimes::default(), now()).await.unwrap();
    totals(&store, now()).await;
    type Logged = (i64, i64, i64, Vec<String>, String, String);
    let logged: Vec<Logged> = server.run(&["SLOWLOG", "GET", "-1"]).await;
    let commands: Vec<_> = logged.into_iter().map(|(_, _, _, command, _, _)| command).collect();
    for name in ["SET", "GET", "DEL", "ZADD", "ZREM", "ZMSCORE", "ZREMRANGEBYSCORE", "EXPIREAT", "ZCOUNT"] {
        assert!(commands.iter().any(|command| command[0] == name), "{name}: {commands:?}");
    }
    for command in commands {
        assert!(command.iter().filter(|word| word.starts_with("n:")).count() <= 1, "{command:?}");
    }
}

/// Fills a store, turns a few pages, and takes its time.
async fn measure(store: &Store, many: usize) {
    let start = now();
    let lifetimes = Lifetimes::default();
    let mut filling = tokio::task::JoinSet::new();
    for part in 0..20 {
        let store = store.clone();
        filling.spawn(async move {
            for at in (part..many).step_by(20) {
                begin(&store, person(), start - Duration::from_millis(at as u64)).await;
            }
        });
    }
    filling.join_all().await;
    let filled = std::time::Instant::now();
    let counted = totals(store, start).await;
    assert_eq!(counted, Totals { people: many as u64, sessions: many as u64 });
    let (mut from, mut met) = (None, 0);
    for _ in 0..20 {
        let page = store.online(from, 26, &lifetimes, start).await.unwrap();
        let users: Vec<_> = page.iter().map(|(user, _)| *user).collect();
        met += store.of_users(&users, start).await.unwrap().iter().flatten().count();
        from = page.last().map(|(user, seen)| Place::After(*seen, *user));
    }
    let everybody = store.online(None, many, &lifetimes, start).await.unwrap();
    let middle = everybody[many / 2];
    let page = store.online(Some(Place::After(middle.1, middle.0)), 26, &lifetimes, start).await.unwrap();
    assert_eq!((met, page.len()), (520, 26));
    let took = filled.elapsed();
    println!("{many} sessions: counted, 21 pages and a list of all in {took:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
}

fn store_on(server: &OwnRedis) -> Store {
    Arc::new(RedisSessions::connect(&server.url()).unwrap())
}

fn person() -> UserId {
    UserId(secret::new_id(now()))
}

async fn begin(store: &Store, user: UserId, at: Time) -> SessionDigest {
    let (digest, session) = session(at);
    let session = Session { user_id: user, ..session };
    store.insert(digest, &session, &Lifetimes::default()).await.unwrap();
    digest
}

async fn totals(store: &Store, now: Time) -> Totals {
    store.totals(&Lifetimes::default(), now).await.unwrap()
}

async fn online(store: &Store, from: Option<Place>, size: usize, now: Time) -> Vec<UserId> {
    let people = store.online(from, size, &Lifetimes::default(), now).await.unwrap();
    people.into_iter().map(|(user, _)| user).collect()
}

async fn seen(store: &Store, users: &[UserId], now: Time) -> Vec<Option<Time>> {
    store.last_seen(users, &Lifetimes::default(), now).await.unwrap()
}
