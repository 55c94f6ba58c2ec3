//! Counters in this process.
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{Count, Counters, Error, Rule, Taken};
use crate::domain::time::Time;

/// So many buckets of one kind are kept at most: a few megabytes.
const MOST: usize = 20_000;

/// Counters in this process. Their number is bounded: when there are too many of a kind (what stands before the
/// first colon of their names), those of it that are over go, and then the oldest. So whoever makes many of one
/// kind, as by coming from many addresses, has none of another forgotten.
#[derive(Default)]
pub struct MemoryCounters(Mutex<HashMap<String, Counts>>);

type Counts = HashMap<String, Entry>;

struct Entry {
    count: Count,
    until: Time,
}

impl MemoryCounters {
    /// See [`Counters::take`].
    pub fn take(&self, bucket: &str, rule: &Rule, now: Time) -> Taken {
        let mut kinds = self.lock();
        let counts = kinds.entry(kind(bucket).to_owned()).or_default();
        if counts.len() >= MOST && !counts.contains_key(bucket) {
            make_room(counts, now);
        }
        let (count, taken) = rule.take(counts.get(bucket).map(|entry| entry.count), now);
        if let Some(count) = count {
            counts.insert(bucket.to_owned(), Entry { count, until: count.at + rule.longest() });
        }
        taken
    }

    /// See [`Counters::give_back`].
    pub fn give_back(&self, bucket: &str) {
        if let Some(entry) = self.lock().get_mut(kind(bucket)).and_then(|counts| counts.get_mut(bucket)) {
            entry.count.taken = entry.count.taken.saturating_sub(1);
        }
    }

    /// See [`Counters::clear`].
    pub fn clear(&self, bucket: &str) {
        if let Some(counts) = self.lock().get_mut(kind(bucket)) {
            counts.remove(bucket);
        }
    }

    /// See [`Counters::look`].
    pub fn look(&self, bucket: &str) -> Option<Count> {
        self.lock().get(kind(bucket))?.get(bucket).map(|entry| entry.count)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Counts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn kind(bucket: &str) -> &str {
    bucket.split_once(':').map_or("", |(kind, _)| kind)
}

/// Leaves a tenth free, so that this is done seldom.
fn make_room(counts: &mut Counts, now: Time) {
    counts.retain(|_, entry| entry.until > now && entry.count.taken > 0);
    let surplus = counts.len().saturating_sub(MOST - MOST / 10);
    if surplus == 0 {
        return;
    }
    let mut ages: Vec<_> = counts.values().map(|entry| entry.count.at).collect();
    let (_, newest_to_go, _) = ages.select_nth_unstable(surplus - 1);
    let newest_to_go = *newest_to_go;
    counts.retain(|_, entry| entry.count.at > newest_to_go);
}

#[async_trait]
impl Counters for MemoryCounters {
    async fn take(&self, bucket: &str, rule: &Rule, now: Time) -> Result<Taken, Error> {
        Ok(self.take(bucket, rule, now))
    }

    async fn give_back(&self, bucket: &str) -> Result<(), Error> {
        self.give_back(bucket);
        Ok(())
    }

    async fn clear(&self, bucket: &str) -> Result<(), Error> {
        self.clear(bucket);
        Ok(())
    }

    async fn look(&self, bucket: &str) -> Result<Option<Count>, Error> {
        Ok(self.look(bucket))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn there_are_never_too_many_and_the_oldest_go_first() {
        let counters = MemoryCounters::default();
        let rule = Rule::window(1, Duration::from_secs(3600));
        let start = Time::from_micros(1_000_000);
        counters.take("user:locked", &rule, start);
        for n in 0..MOST as u64 + 1 {
            counters.take(&n.to_string(), &rule, start + Duration::from_millis(n));
        }
        assert!(counters.lock()[""].len() <= MOST);
        assert!(counters.look("user:locked").is_some(), "another kind");
        assert_eq!(counters.look("0"), None);
        assert!(
            counters.look(&MOST.to_string()).is_some() && counters.look(&(MOST - 1).to_string()).is_some()
        );
        let later = start + Duration::from_secs(9000);
        for n in 0..MOST {
            counters.take(&format!("later {n}"), &rule, later);
        }
        assert!(counters.look(&(MOST - 1).to_string()).is_none(), "what is over goes first");
        assert!(counters.look("later 0").is_some());
    }
}
