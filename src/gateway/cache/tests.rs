use std::sync::atomic::AtomicUsize;

use super::*;
use crate::{gateway::tests::a_principal, session};

const DIGEST: SessionDigest = SessionDigest([7; 32]);
const LONG: Duration = Duration::from_secs(3600);

fn away() -> Error {
    Error::Session(session::Error("away".to_owned()))
}

/// Reads once and says so.
async fn read(
    count: &AtomicUsize,
    answer: Result<Option<Principal>, Error>,
) -> Result<Option<Principal>, Error> {
    count.fetch_add(1, Ordering::SeqCst);
    tokio::task::yield_now().await;
    answer
}

#[tokio::test]
async fn what_was_read_is_not_read_again_in_the_same_generation() {
    let (cache, count) = (Cache::new(LONG, Duration::ZERO), AtomicUsize::new(0));
    let known =
        |generation| cache.known(DIGEST, generation, None, || true, read(&count, Ok(Some(a_principal()))));
    assert!(known(1).await.unwrap().is_some());
    assert!(known(1).await.unwrap().is_some());
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert!(known(2).await.unwrap().is_some());
    assert_eq!(count.load(Ordering::SeqCst), 2, "a commit has made it old");
}

#[tokio::test]
async fn nothing_is_kept_for_longer_than_it_counts() {
    let count = AtomicUsize::new(0);
    for (keep, reads) in [(Duration::from_millis(30), 2), (Duration::ZERO, 4)] {
        let cache = Cache::new(keep, Duration::ZERO);
        let known = || cache.known(DIGEST, 1, None, || true, read(&count, Ok(Some(a_principal()))));
        known().await.unwrap();
        tokio::time::sleep(Duration::from_millis(40)).await;
        known().await.unwrap();
        assert_eq!(count.load(Ordering::SeqCst), reads, "{keep:?}");
    }
}

#[tokio::test]
async fn many_who_ask_at_once_share_one_reading() {
    let (cache, count) = (Cache::new(LONG, Duration::ZERO), AtomicUsize::new(0));
    let known = || cache.known(DIGEST, 1, None, || true, read(&count, Ok(Some(a_principal()))));
    let all = futures_util::future::join_all((0..50).map(|_| known())).await;
    assert!(all.into_iter().all(|answer| answer.unwrap().is_some()));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn whoever_hangs_up_while_reading_leaves_it_to_the_next() {
    let cache = Cache::new(LONG, Duration::ZERO);
    let never = cache.known(DIGEST, 1, None, || true, std::future::pending());
    assert!(tokio::time::timeout(Duration::from_millis(10), never).await.is_err());
    let known = cache.known(DIGEST, 1, None, || true, std::future::ready(Ok(Some(a_principal())))).await;
    assert!(known.unwrap().is_some());
}

#[tokio::test]
async fn a_refusal_is_never_remembered() {
    let (cache, count) = (Cache::new(LONG, Duration::ZERO), AtomicUsize::new(0));
    assert!(cache.known(DIGEST, 1, None, || true, read(&count, Ok(None))).await.unwrap().is_none());
    assert!(cache.known(DIGEST, 1, None, || true, read(&count, Ok(None))).await.unwrap().is_none());
    assert!(cache.known(DIGEST, 1, None, || true, read(&count, Err(away()))).await.is_err());
    assert!(
        cache.known(DIGEST, 1, None, || true, read(&count, Ok(Some(a_principal())))).await.unwrap().is_some()
    );
    assert_eq!(count.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn f_03_what_cannot_be_read_again_counts_only_as_long_as_it_is_let() {
    let short = Duration::from_millis(30);
    let known = |cache: &Cache, generation, answer| {
        let answer = cache.known(DIGEST, generation, None, || true, std::future::ready(answer));
        futures_util::FutureExt::now_or_never(answer).unwrap()
    };
    let by_default = Cache::new(short, Duration::ZERO);
    let stretched = Cache::new(short, Duration::from_millis(120));
    for cache in [&by_default, &stretched] {
        assert!(known(cache, 1, Ok(Some(a_principal()))).unwrap().is_some());
    }
    tokio::time::sleep(Duration::from_millis(40)).await;
    assert!(known(&by_default, 1, Err(away())).is_err());
    assert!(known(&stretched, 1, Err(away())).unwrap().is_some());
    assert!(known(&stretched, 1, Err(away())).unwrap().is_some(), "a failure in between changes nothing");
    assert!(known(&stretched, 2, Err(away())).is_err(), "what was changed here counts no more");
    assert!(known(&stretched, 1, Err(away())).is_err());
    assert!(known(&stretched, 3, Ok(Some(a_principal()))).unwrap().is_some());
    tokio::time::sleep(Duration::from_millis(160)).await;
    assert!(known(&stretched, 3, Err(away())).is_err());
    assert!(known(&stretched, 3, Ok(None)).unwrap().is_none());
}

fn numbered(number: usize) -> SessionDigest {
    let mut digest = [0; 32];
    digest[1..9].copy_from_slice(&number.to_be_bytes());
    SessionDigest(digest)
}

#[tokio::test]
async fn there_is_room_for_so_many_and_for_whoever_comes_last() {
    let cache = Cache::new(LONG, Duration::ZERO);
    for number in 0..SHARD_MAX + 500 {
        let known =
            cache.known(numbered(number), 1, None, || true, std::future::ready(Ok(Some(a_principal()))));
        assert!(known.await.unwrap().is_some());
    }
    assert_eq!(lock(&cache.shards[0]).slots.len(), SHARD_MAX);
    let last = cache.known(numbered(SHARD_MAX + 499), 1, None, || true, std::future::ready(Err(away())));
    assert!(last.await.unwrap().is_some(), "remembered");
}

#[tokio::test]
async fn strangers_take_no_room() {
    let cache = Cache::new(LONG, LONG);
    for number in 0..100 {
        for answer in [Ok(None), Err(away())] {
            let _refused = cache.known(numbered(number), 1, None, || true, std::future::ready(answer)).await;
        }
    }
    assert_eq!(lock(&cache.shards[0]).slots.len(), 0);
}

#[tokio::test]
async fn what_must_be_new_is_read_again_and_shared() {
    let (cache, count) = (Cache::new(LONG, Duration::ZERO), AtomicUsize::new(0));
    let known =
        |not_before| cache.known(DIGEST, 1, not_before, || true, read(&count, Ok(Some(a_principal()))));
    known(None).await.unwrap();
    let now = Some(Instant::now());
    known(now).await.unwrap();
    known(now).await.unwrap();
    known(None).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_use_is_noted_once_and_makes_what_was_read_old() {
    let (cache, count) = (Cache::new(LONG, Duration::ZERO), AtomicUsize::new(0));
    let known = || cache.known(DIGEST, 1, None, || true, read(&count, Ok(Some(a_principal()))));
    let first = known().await.unwrap().unwrap();
    assert!(first.is_mine_to_touch() && !known().await.unwrap().unwrap().is_mine_to_touch());
    cache.forget_touched(DIGEST, &first);
    let second = known().await.unwrap().unwrap();
    cache.forget_touched(DIGEST, &first);
    assert!(Arc::ptr_eq(&second, &known().await.unwrap().unwrap()), "another's was left alone");
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_counts_no_longer_is_forgotten() {
    let cache = Cache::new(Duration::from_millis(20), Duration::ZERO);
    for number in 0..3 {
        let digest = SessionDigest([[0; 31].as_slice(), &[number]].concat().try_into().unwrap());
        cache.known(digest, 1, None, || true, std::future::ready(Ok(Some(a_principal())))).await.unwrap();
        assert_eq!(lock(&cache.shards[0]).slots.len(), 1);
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

#[tokio::test]
async fn what_is_surely_not_there_costs_no_reading_and_no_place_and_what_is_remembered_no_question() {
    let cache = Cache::new(Duration::from_secs(10), Duration::ZERO);
    let count = AtomicUsize::new(0);
    let read = || read(&count, Ok(Some(a_principal())));
    assert!(cache.known(DIGEST, 1, None, || false, read()).await.unwrap().is_none());
    assert!(count.load(Ordering::SeqCst) == 0 && lock(cache.shard(DIGEST)).slots.is_empty());
    assert!(cache.known(DIGEST, 1, None, || true, read()).await.unwrap().is_some());
    let asked = || panic!("it is remembered");
    assert!(cache.known(DIGEST, 1, None, asked, read()).await.unwrap().is_some());
    let forgets_at_once = Cache::new(Duration::ZERO, Duration::ZERO);
    assert!(forgets_at_once.known(DIGEST, 1, None, || false, read()).await.unwrap().is_none());
    assert_eq!(count.load(Ordering::SeqCst), 1);
}
