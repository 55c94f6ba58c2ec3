//! Password hashing: argon2id (RFC 9106) on a bounded pool of memory that is used again and again.
//!
//! Fresh memory for each hash would be handed back to the system only much later, and a few hundred
//! sign-ins at once would take all there is. Here at most `parallel` hashes run, at most `queue` wait, and
//! whoever comes on top is told to come again.
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use tokio::sync::Semaphore;

use crate::{
    config::PasswordSettings,
    domain::{
        password::Password,
        secret::{random, same},
    },
};

const SALT: usize = 16;
const HASH: usize = 32;
/// A stored hash may not make us take more memory than this (1 GiB in KiB).
const MEMORY_MAX: u32 = 1 << 20;

/// Too many hashes wait already; come again in a few seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many people are signing in at this moment")]
pub struct Busy;

/// Hashes and verifies passwords.
pub struct Hasher {
    params: Params,
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    done: Arc<AtomicU64>,
}

impl Hasher {
    /// A pool as the configuration describes it.
    ///
    /// # Errors
    /// When argon2 does not take the parameters.
    pub fn new(settings: &PasswordSettings) -> Result<Self, argon2::Error> {
        Ok(Self {
            params: Params::new(settings.memory_kib, settings.iterations, 1, Some(HASH))?,
            running: Arc::new(Semaphore::new(settings.parallel.max(1))),
            waiting: AtomicUsize::new(0),
            most_waiting: settings.queue,
            memory: Arc::default(),
            done: Arc::default(),
        })
    }

    /// The PHC string of a password, with a new salt.
    ///
    /// # Errors
    /// [`Busy`] when too many wait.
    pub async fn hash(&self, password: &Password) -> Result<String, Busy> {
        let salt = random::<SALT>();
        let params = self.params.clone();
        let hash = self.run(params.clone(), password.clone(), salt.to_vec()).await?;
        let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
        Ok(format!("$argon2id$v=19$m={m},t={t},p={p}${}${}", BASE64.encode(salt), BASE64.encode(hash)))
    }

    /// Whether `password` is the one behind `stored`. Costs the same when there is no such password or no
    /// such account (`None`), so that time tells nothing.
    ///
    /// # Errors
    /// [`Busy`] when too many wait.
    pub async fn verify(&self, password: Option<Password>, stored: Option<&str>) -> Result<bool, Busy> {
        let known = stored.and_then(Stored::parse);
        let real = password.is_some() && known.is_some();
        let stored = known.unwrap_or_else(|| Stored {
            params: self.params.clone(),
            salt: vec![0; SALT],
            hash: vec![0; HASH],
        });
        let password = password.or_else(|| Password::typed("nobody")).expect("a short text is a password");
        let hash = self.run(stored.params, password, stored.salt).await?;
        Ok(same(&hash, &stored.hash) && real)
    }

    /// Whether a stored hash costs a guesser less than a new one would, whatever they have plenty of: memory, time
    /// or processors.
    pub fn needs_rehash(&self, stored: &str) -> bool {
        Stored::parse(stored).is_some_and(|Stored { params, .. }| {
            let costs = |of: &Params| [of.m_cost(), of.t_cost(), of.p_cost()];
            let (old, new) = (costs(&params), costs(&self.params));
            old != new && old.iter().zip(&new).all(|(old, new)| old <= new)
        })
    }

    /// How many hashes were computed since the start.
    pub fn computed(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }

    async fn run(&self, params: Params, password: Password, salt: Vec<u8>) -> Result<[u8; HASH], Busy> {
        let place = Place::take(&self.waiting, self.most_waiting + self.running.available_permits())?;
        let permit = Arc::clone(&self.running).acquire_owned().await.map_err(|_closed| Busy)?;
        drop(place);
        let (memory, done) = (Arc::clone(&self.memory), Arc::clone(&self.done));
        let task = tokio::task::spawn_blocking(move || {
            let mut blocks = lock(&memory).pop().unwrap_or_default();
            blocks.resize(params.block_count(), Block::new());
            let mut hash = [0; HASH];
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let result =
                argon2.hash_password_into_with_memory(password.as_bytes(), &salt, &mut hash, &mut blocks[..]);
            lock(&memory).push(blocks);
            done.fetch_add(1, Ordering::SeqCst);
            drop(permit);
            result.map(|()| hash)
        });
        let hash = task.await.expect("hashing does not panic");
        Ok(hash.expect("parameters, salt and length were checked when they were read"))
    }
}

/// A place in the queue, given back when it is dropped: also when whoever waits goes away.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, most: usize) -> Result<Self, Busy> {
        let place = waiting.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| (n < most).then_some(n + 1));
        place.map(|_| Self(waiting)).map_err(|_| Busy)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What a PHC string says.
struct Stored {
    params: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Stored {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("$argon2id$v=19$")?;
        let [costs, salt, hash] = rest.split('$').collect::<Vec<_>>().try_into().ok()?;
        let [m, t, p]: [&str; 3] = costs.split(',').collect::<Vec<_>>().try_into().ok()?;
        let memory: u32 = m.strip_prefix("m=")?.parse().ok().filter(|m| *m <= MEMORY_MAX)?;
        let iterations = t.strip_prefix("t=")?.parse().ok()?;
        let lanes = p.strip_prefix("p=")?.parse().ok()?;
        let params = Params::new(memory, iterations, lanes, Some(HASH)).ok()?;
        let (salt, hash) = (BASE64.decode(salt).ok()?, BASE64.decode(hash).ok()?);
        (salt.len() >= argon2::MIN_SALT_LEN && hash.len() == HASH).then_some(Self { params, salt, hash })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(parallel: usize, queue: usize) -> Hasher {
        let settings = PasswordSettings { memory_kib: 64, iterations: 1, parallel, queue };
        Hasher::new(&settings).unwrap()
    }

    fn typed(text: &str) -> Password {
        Password::typed(text).unwrap()
    }

    #[tokio::test]
    async fn the_right_password_and_no_other_verifies() {
        let hasher = hasher(2, 8);
        let hash = hasher.hash(&typed("a right password")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert!(hasher.verify(Some(typed("a right password")), Some(&hash)).await.unwrap());
        assert!(!hasher.verify(Some(typed("a wrong password")), Some(&hash)).await.unwrap());
        assert!(!hasher.verify(None, Some(&hash)).await.unwrap());
        assert!(!hasher.verify(Some(typed("nobody")), None).await.unwrap());
        assert!(!hasher.verify(None, None).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_still_verifies_and_nonsense_does_not() {
        let old = Hasher::new(&PasswordSettings { memory_kib: 128, iterations: 2, parallel: 1, queue: 1 });
        let hash = old.unwrap().hash(&typed("pass word")).await.unwrap();
        let hasher = hasher(1, 1);
        assert!(hasher.verify(Some(typed("pass word")), Some(&hash)).await.unwrap());
        for bad in
            ["", "plain", "$argon2id$v=19$m=4294967295,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$$"]
        {
            assert!(!hasher.verify(Some(typed("pass word")), Some(bad)).await.unwrap(), "{bad}");
        }
    }

    #[tokio::test]
    async fn only_a_cheaper_hash_is_hashed_anew() {
        let of = |memory_kib, iterations| {
            let settings = PasswordSettings { memory_kib, iterations, parallel: 1, queue: 1 };
            Hasher::new(&settings).unwrap()
        };
        let stored = of(64, 2).hash(&typed("pass word")).await.unwrap();
        for (memory, iterations, rises) in [
            (64, 2, false),
            (32, 2, false),
            (64, 1, false),
            (65, 2, true),
            (64, 3, true),
            (65, 3, true),
            (128, 1, false),
            (32, 9, false),
        ] {
            assert_eq!(of(memory, iterations).needs_rehash(&stored), rises, "{memory}, {iterations}");
        }
        assert!(!of(128, 3).needs_rehash("plain"), "nobody knows what that is");
    }

    #[tokio::test]
    async fn every_failure_computes_one_hash() {
        let hasher = hasher(1, 1);
        let stored = hasher.hash(&typed("some password")).await.unwrap();
        for (password, hash) in
            [(Some(typed("x")), Some(stored.as_str())), (Some(typed("x")), None), (None, None)]
        {
            let before = hasher.computed();
            hasher.verify(password, hash).await.unwrap();
            assert_eq!(hasher.computed(), before + 1);
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn beyond_the_queue_people_are_told_to_come_again_and_memory_is_bounded() {
        let hasher = Arc::new(hasher(2, 4));
        let tasks: Vec<_> = (0..200)
            .map(|_| {
                let hasher = Arc::clone(&hasher);
                tokio::spawn(async move { hasher.hash(&typed("some password")).await.is_ok() })
            })
            .collect();
        let mut served = 0;
        for task in tasks {
            served += u64::from(task.await.unwrap());
        }
        assert_eq!(hasher.computed(), served);
        assert!(served > 0);
        assert!(lock(&hasher.memory).len() <= 2);
        assert_eq!(hasher.waiting.load(Ordering::SeqCst), 0);
        assert!(hasher.hash(&typed("afterwards")).await.is_ok());
    }
}
