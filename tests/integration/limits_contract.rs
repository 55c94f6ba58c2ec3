//! What all counters do, wherever they are. Counters that are added join at the bottom.
use std::{sync::Arc, time::Duration};

use narthex::{
    domain::{
        secret::{self, MacKey},
        time::Time,
    },
    limits::{Count, Counters, Limiter, MemoryCounters, RedisCounters, Rule},
};

use crate::harness::{
    free_port, new_id,
    servers::{self, OwnRedis},
};

type Store = Arc<dyn Counters>;

const HOUR: Duration = Duration::from_secs(3600);
const QUARTER: Duration = Duration::from_secs(900);

fn at(seconds: f64) -> Time {
    Time::from_micros(1_800_000_000_000_000 + (seconds * 1e6) as i64)
}

fn bucket() -> String {
    format!("test {}", new_id())
}

/// At these seconds, in this order: how many are counted, and for how many seconds the next has to wait.
async fn takes(store: &Store, bucket: &str, rule: &Rule, seconds: &[f64]) -> Vec<(u32, f64)> {
    let mut seen = vec![];
    for second in seconds {
        let taken = store.take(bucket, rule, at(*second)).await.unwrap();
        assert_eq!(taken.allowed, taken.wait.is_zero());
        seen.push((taken.count, taken.wait.as_secs_f64()));
    }
    seen
}

async fn so_many_are_allowed_until_the_time_since_the_first_is_over(store: Store) {
    let (bucket, rule) = (bucket(), Rule::window(3, HOUR));
    let seen = takes(&store, &bucket, &rule, &[0., 1., 1801., 1802., 3599.5, 3600., 3601.]).await;
    assert_eq!(seen, [(1, 0.), (2, 0.), (3, 0.), (3, 1798.), (3, 0.5), (1, 0.), (2, 0.)]);
    assert_eq!(store.look(&bucket).await.unwrap(), Some(Count { taken: 2, at: at(3600.) }));
}

async fn delays_double_up_to_the_lock_and_the_lock_ends(store: Store) {
    let (bucket, rule) = (bucket(), Rule::lock(2, 5, QUARTER, HOUR));
    let seen = takes(&store, &bucket, &rule, &[0., 0., 0., 0.5, 1., 2., 3., 6.9, 7.]).await;
    let expected = [(1, 0.), (2, 0.), (2, 1.), (2, 0.5), (3, 0.), (3, 1.), (4, 0.), (4, 0.1), (5, 0.)];
    for (seen, expected) in seen.iter().zip(&expected) {
        assert!(seen.0 == expected.0 && (seen.1 - expected.1).abs() < 1e-5, "{seen:?} {expected:?}");
    }
    let count = store.look(&bucket).await.unwrap().unwrap();
    assert_eq!(rule.full_until(count, at(7.)), Some(at(7.) + HOUR));
    assert_eq!(rule.full_until(count, at(7.) + HOUR), None);
    assert_eq!(takes(&store, &bucket, &rule, &[7., 3606.]).await, [(5, 3600.), (5, 1.)]);
    assert_eq!(takes(&store, &bucket, &rule, &[3607., 3607., 3607.]).await, [(1, 0.), (2, 0.), (2, 1.)]);
}

async fn what_was_long_ago_is_forgotten_before_the_lock(store: Store) {
    let (bucket, rule) = (bucket(), Rule::lock(5, 5, QUARTER, HOUR));
    let seen = takes(&store, &bucket, &rule, &[0., 899., 1798., 2698., 2699.]).await;
    assert_eq!(seen, [(1, 0.), (2, 0.), (3, 0.), (1, 0.), (2, 0.)], "each time since the last");
}

async fn a_delay_is_never_longer_than_the_lock(store: Store) {
    let (bucket, rule) = (bucket(), Rule::lock(1, 100, HOUR, Duration::from_secs(3)));
    let seen = takes(&store, &bucket, &rule, &[0., 1., 3., 6., 9., 9.]).await;
    assert_eq!(seen, [(1, 0.), (2, 0.), (3, 0.), (4, 0.), (5, 0.), (5, 3.)]);
}

async fn what_is_given_back_may_be_taken_again_and_nothing_goes_below_none(store: Store) {
    let (bucket, rule) = (bucket(), Rule::window(2, HOUR));
    store.give_back(&bucket).await.unwrap();
    store.clear(&bucket).await.unwrap();
    assert_eq!(store.look(&bucket).await.unwrap(), None);
    assert_eq!(takes(&store, &bucket, &rule, &[0., 1., 2.]).await, [(1, 0.), (2, 0.), (2, 3598.)]);
    store.give_back(&bucket).await.unwrap();
    assert_eq!(takes(&store, &bucket, &rule, &[3., 4.]).await, [(2, 0.), (2, 3596.)]);
    for _ in 0..5 {
        store.give_back(&bucket).await.unwrap();
    }
    assert_eq!(takes(&store, &bucket, &rule, &[5., 6., 7.]).await, [(1, 0.), (2, 0.), (2, 3598.)]);
    store.clear(&bucket).await.unwrap();
    assert_eq!(takes(&store, &bucket, &rule, &[8.]).await, [(1, 0.)]);
}

async fn buckets_do_not_know_each_other(store: Store) {
    let (one, other, rule) = (bucket(), bucket(), Rule::window(1, HOUR));
    assert_eq!(takes(&store, &one, &rule, &[0., 0.]).await, [(1, 0.), (1, 3600.)]);
    assert_eq!(takes(&store, &other, &rule, &[0.]).await, [(1, 0.)]);
}

async fn a_clock_that_is_behind_neither_allows_more_nor_waits_longer_than_the_lock(store: Store) {
    let (bucket, rule) = (bucket(), Rule::lock(2, 2, HOUR, QUARTER));
    assert_eq!(takes(&store, &bucket, &rule, &[100., 90., 80.]).await, [(1, 0.), (2, 0.), (2, 900.)]);
}

async fn of_two_hundred_at_once_no_more_than_the_rule_says_are_allowed(store: Store) {
    let bucket = bucket();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let (store, bucket) = (store.clone(), bucket.clone());
        tasks.spawn(async move {
            let rule = Rule::lock(7, 7, HOUR, HOUR);
            store.take(&bucket, &rule, at(0.)).await.unwrap().allowed
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|allowed| *allowed).count(), 7);
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
                so_many_are_allowed_until_the_time_since_the_first_is_over,
                delays_double_up_to_the_lock_and_the_lock_ends,
                what_was_long_ago_is_forgotten_before_the_lock,
                a_delay_is_never_longer_than_the_lock,
                what_is_given_back_may_be_taken_again_and_nothing_goes_below_none,
                buckets_do_not_know_each_other,
                a_clock_that_is_behind_neither_allows_more_nor_waits_longer_than_the_lock,
                of_two_hundred_at_once_no_more_than_the_rule_says_are_allowed,
            }
        })+
    };
}
contract_for! {
    memory: Arc::new(MemoryCounters::default()),
    redis: Arc::new(RedisCounters::connect(&servers::redis(), key()).unwrap()),
}

fn key() -> MacKey {
    MacKey::from_bytes(&secret::random())
}

#[tokio::test]
async fn keys_in_redis_name_nobody_and_expire() {
    let redis = OwnRedis::start();
    let counters = RedisCounters::connect(&redis.url(), key()).unwrap();
    counters.take("victim@people.example", &Rule::window(3, HOUR), at(0.)).await.unwrap();
    counters.take("192.0.2.1", &Rule::lock(1, 3, QUARTER, HOUR), at(0.)).await.unwrap();
    let keys: Vec<String> = redis.run(&["KEYS", "*"]).await;
    assert_eq!(keys.len(), 2);
    for key in keys {
        assert!(key.starts_with("n:l:") && !key.contains("victim") && !key.contains("192"), "{key}");
        let left: i64 = redis.run(&["PTTL", &key]).await;
        assert!((3_590_000..=3_600_000).contains(&left), "{left}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_each_process_goes_on_counting_for_itself() {
    let mut redis = OwnRedis::start();
    let rule = Rule::window(5, HOUR);
    let key = secret::random();
    let instance =
        || Limiter::shared(RedisCounters::connect(&redis.url(), MacKey::from_bytes(&key)).unwrap());
    let (one, other) = (instance(), instance());
    for _ in 0..3 {
        assert!(one.take("a", &rule, at(0.)).await.allowed);
    }
    assert_eq!(other.look("a").await.map(|count| count.taken), Some(3));
    redis.stop();
    let mut allowed = 0;
    for _ in 0..10 {
        allowed += u32::from(one.take("a", &rule, at(1.)).await.allowed);
    }
    assert_eq!(allowed, 2, "what was counted before Redis went counts on");
    assert!(other.take("a", &rule, at(1.)).await.allowed, "nobody is refused because Redis is away");
    assert_eq!(one.look("a").await.map(|count| count.taken), Some(5));
    redis.start_again();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(one.take("b", &rule, at(2.)).await.allowed);
    for _ in 0..50 {
        if other.look("b").await.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("they do not share what they count again");
}

#[tokio::test]
async fn counters_in_a_redis_that_is_not_there_say_so() {
    let nobody = format!("redis://127.0.0.1:{}", free_port());
    let counters = RedisCounters::connect(&nobody, key()).unwrap();
    assert!(counters.take("a", &Rule::window(1, HOUR), at(0.)).await.is_err());
    assert!(counters.look("a").await.is_err());
}
