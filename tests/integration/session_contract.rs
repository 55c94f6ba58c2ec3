//! What every session store does, whichever it is. A store that is added joins at the bottom.
use std::{sync::Arc, time::Duration};

use narthex::{
    clock::Clock,
    domain::{
        secret,
        session::{Lifetimes, Restriction, Session, SessionDigest, SessionToken},
        time::Time,
        user::UserId,
    },
    session::{MemorySessions, RedisSessions, SessionStore, Used},
};

use crate::harness::servers;

pub(super) type Store = Arc<dyn SessionStore>;

async fn what_is_kept_is_found_and_what_is_not_is_not(store: Store) {
    let (digest, session) = session(now());
    assert_eq!(store.find(digest, now()).await.unwrap(), None);
    store.insert(digest, &session, &Lifetimes::default()).await.unwrap();
    assert_eq!(store.find(digest, now()).await.unwrap(), Some(session), "every field survives");
    assert_eq!(store.find(random_digest(), now()).await.unwrap(), None);
}

async fn a_removed_session_is_gone_from_everywhere(store: Store) {
    let (digest, session) = session(now());
    store.insert(digest, &session, &Lifetimes::default()).await.unwrap();
    store.remove(digest, session.user_id).await.unwrap();
    assert_eq!(store.find(digest, now()).await.unwrap(), None);
    assert_eq!(store.of_user(session.user_id, now()).await.unwrap(), vec![]);
    store.remove(digest, session.user_id).await.unwrap();
}

async fn a_touch_revives_nothing_that_is_gone(store: Store) {
    let (digest, session) = session(now());
    store.insert(digest, &session, &Lifetimes::default()).await.unwrap();
    store.remove(digest, session.user_id).await.unwrap();
    store.touch(digest, &session, &Lifetimes::default(), now()).await.unwrap();
    assert_eq!(store.find(digest, now()).await.unwrap(), None);
    assert_eq!(store.of_user(session.user_id, now()).await.unwrap(), vec![]);
}

async fn a_touch_is_seen_and_changes_nothing_else(store: Store) {
    let (digest, session) = session(now());
    store.insert(digest, &session, &Lifetimes::default()).await.unwrap();
    let later = session.seen_at + Duration::from_secs(90);
    store.touch(digest, &session, &Lifetimes::default(), later).await.unwrap();
    let found = store.find(digest, now()).await.unwrap().unwrap();
    assert_eq!(found, Session { seen_at: later, ..session });
}

async fn sessions_that_are_touched_together_are_each_seen_when_they_were_used(store: Store) {
    let lifetimes = Lifetimes::default();
    let (one, other, gone) = (session(now()), session(now()), session(now()));
    for (digest, session) in [&one, &other, &gone] {
        store.insert(*digest, session, &lifetimes).await.unwrap();
    }
    store.remove(gone.0, gone.1.user_id).await.unwrap();
    let later = |seconds| one.1.seen_at + Duration::from_secs(seconds);
    let used = [(&one, later(70)), (&gone, later(80)), (&other, later(90))];
    let used =
        used.map(|((digest, session), at)| Used { digest: *digest, session: Arc::new(session.clone()), at });
    store.touch_all(&used, &lifetimes).await.unwrap();
    let seen = async |digest| store.find(digest, now()).await.unwrap().map(|session| session.seen_at);
    assert_eq!(
        [seen(one.0).await, seen(other.0).await, seen(gone.0).await],
        [Some(later(70)), Some(later(90)), None]
    );
    let users = [one.1.user_id, other.1.user_id, gone.1.user_id];
    let listed = store.last_seen(&users, &lifetimes, now()).await.unwrap();
    assert_eq!(listed, [Some(later(70)), Some(later(90)), None]);
    store.touch_all(&[], &lifetimes).await.unwrap();
}

async fn a_session_is_forgotten_when_it_expires(store: Store) {
    // A store that goes by a server's clock cannot be told the time, so this test waits for the real one:
    // the session has been idle for all but the last two seconds of its time.
    let lifetimes = Lifetimes::default();
    let (digest, fresh) = session(now());
    let nearly_over = now() - (fresh.expires_at(&lifetimes).since(now()) - Duration::from_secs(2));
    let session = Session { created_at: nearly_over, seen_at: nearly_over, ..fresh };
    store.insert(digest, &session, &lifetimes).await.unwrap();
    assert!(store.find(digest, now()).await.unwrap().is_some(), "not yet");
    for _ in 0..100 {
        if store.find(digest, now()).await.unwrap().is_none() {
            store.purge(&lifetimes, now()).await.unwrap();
            assert_eq!(store.of_user(session.user_id, now()).await.unwrap(), vec![]);
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("an expired session is still found");
}

async fn a_session_that_was_over_before_it_began_is_not_found(store: Store) {
    let long_ago = now() - Duration::from_secs(3 * 24 * 3600);
    let (digest, session) = session(long_ago);
    store.insert(digest, &session, &Lifetimes::default()).await.unwrap();
    assert_eq!(store.find(digest, now()).await.unwrap(), None);
    assert_eq!(store.of_user(session.user_id, now()).await.unwrap(), vec![]);
}

async fn a_person_has_exactly_their_sessions_newest_first(store: Store) {
    let user = UserId(secret::new_id(now()));
    let mut expected = vec![];
    for age in [30, 10, 20] {
        let (digest, session) = session(now() - Duration::from_secs(age));
        let session = Session { user_id: user, ..session };
        store.insert(digest, &session, &Lifetimes::default()).await.unwrap();
        expected.push((digest, session));
    }
    let (foreign_digest, foreign) = session(now());
    store.insert(foreign_digest, &foreign, &Lifetimes::default()).await.unwrap();
    expected.sort_by_key(|(_, session)| std::cmp::Reverse(session.created_at));
    assert_eq!(store.of_user(user, now()).await.unwrap(), expected);
    store.remove(expected[1].0, user).await.unwrap();
    expected.remove(1);
    assert_eq!(store.of_user(user, now()).await.unwrap(), expected);
    assert!(store.find(foreign_digest, now()).await.unwrap().is_some());
}

async fn a_hundred_at_once_lose_nothing(store: Store) {
    let user = UserId(secret::new_id(now()));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let store = store.clone();
        tasks.spawn(async move {
            let (digest, session) = session(now());
            let session = Session { user_id: user, ..session };
            store.insert(digest, &session, &Lifetimes::default()).await.unwrap();
            assert_eq!(store.find(digest, now()).await.unwrap(), Some(session));
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(store.of_user(user, now()).await.unwrap().len(), 100);
}

async fn the_store_answers_a_ping(store: Store) {
    store.ping().await.unwrap();
}

macro_rules! contract {
    ($store:expr; $($test:ident),+ $(,)?) => {
        $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test($store).await; })+
    };
}
macro_rules! contract_for {
    ($($store:ident: $make:expr),+ $(,)?) => {
        $(mod $store {
            use super::*;
            contract! {
                $make;
                what_is_kept_is_found_and_what_is_not_is_not,
                a_removed_session_is_gone_from_everywhere,
                a_touch_revives_nothing_that_is_gone,
                a_touch_is_seen_and_changes_nothing_else,
                sessions_that_are_touched_together_are_each_seen_when_they_were_used,
                a_session_is_forgotten_when_it_expires,
                a_session_that_was_over_before_it_began_is_not_found,
                a_person_has_exactly_their_sessions_newest_first,
                a_hundred_at_once_lose_nothing,
                the_store_answers_a_ping,
            }
        })+
    };
}
contract_for! {
    memory: Arc::new(MemorySessions::default()),
    redis: Arc::new(RedisSessions::connect(&servers::redis()).unwrap()),
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_an_error_and_never_an_absent_session() {
    let nobody = format!("redis://127.0.0.1:{}", crate::harness::free_port());
    let store = RedisSessions::connect(&nobody).expect("connecting is put off until the first command");
    let (digest, session) = session(now());
    assert!(store.find(digest, now()).await.is_err());
    assert!(store.insert(digest, &session, &Lifetimes::default()).await.is_err());
    assert!(store.of_user(session.user_id, now()).await.is_err());
    assert!(store.ping().await.is_err());
}

pub(super) fn session(created: Time) -> (SessionDigest, Session) {
    let token = SessionToken::generate();
    let session = Session {
        handle: secret::random_token().into(),
        user_id: UserId(secret::new_id(created)),
        epoch: 7,
        key_hash: secret::sha256(token.key.as_bytes()),
        created_at: created,
        seen_at: created,
        provider: Some("corp".into()),
        provider_session: Some("sid \"with\" quotes".into()),
        restricted: Some(Restriction::MustChange),
        address: "2001:db8::1".into(),
        user_agent: "Browser/1 (윤지호)".into(),
    };
    (token.id.digest(), session)
}

fn random_digest() -> SessionDigest {
    SessionDigest(secret::random())
}

pub(super) fn now() -> Time {
    Clock::System.now()
}
