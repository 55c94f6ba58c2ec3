//! Attempts to show a password: under what they are counted, and what a failed one leaves behind.
use std::time::Duration;

use super::{Record, letters};
use crate::{
    domain::{
        audit::{Actor, Event, Origin},
        known::{DeviceId, Kind},
        notice::Notice,
        time::Time,
        user::{Status, User},
    },
    store::{self, Tx, known_places},
};

/// Under what attempts are counted. Unlocking an account gives it new ones, on every instance and wherever they
/// are kept, because the time of it is part of the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// For everybody: the same for every spelling of one account's names.
    pub account: String,
    /// For a browser from which the account's owner has signed in with the password of now. What strangers do
    /// does not count in there, and whoever takes the browser's cookie has no more than this.
    pub device: Option<String>,
}

impl Buckets {
    /// For a name that no account has.
    pub fn of_nobody(name: &str) -> Self {
        Self { account: format!("name:{name}"), device: None }
    }

    /// For an account, tried from this browser.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(tx: &mut Tx, user: &User, device: Option<&DeviceId>) -> Result<Self, store::Error> {
        let account = of_everybody(user);
        let Some(place) = device.map(DeviceId::place) else { return Ok(Self { account, device: None }) };
        let known = known_places::find(tx, user.id, Kind::Device, &place).await?;
        let known = known.filter(|known| known.last_seen >= user.password_changed_at);
        // Not by its name, which every sign-in there changes, whoever signs in.
        let device = known.map(|known| format!("{account}:device:{}", known.first_seen.micros()));
        Ok(Self { account, device })
    }
}

/// The bucket in which strangers' attempts at an account are counted.
pub fn of_everybody(user: &User) -> String {
    format!("user:{}:{}", user.id, user.unlocked_at.micros())
}

/// How an attempt was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// One that may be evaluated.
    Free,
    /// The same, and the last one: if it fails, further ones are not looked at for a while.
    Last {
        /// For how long.
        lock: Duration,
        /// Whether only those from this browser, the owner's own.
        own_device: bool,
        /// Whether the owner is told by mail; otherwise they were told often enough today.
        tell: bool,
    },
    /// One too many, which is not looked at.
    Throttled,
}

impl Guess {
    /// Whether the password must not be looked at.
    pub fn is_throttled(self) -> bool {
        self == Self::Throttled
    }
}

/// Records an attempt that failed, and that the account is locked if it was the last one.
pub(super) async fn note_failure(
    tx: &mut Tx,
    user: Option<&User>,
    actor: Actor,
    (guess, wrong): (Guess, &'static str),
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    let mut record = Record::new(Event::LoginFailed, actor, origin);
    record.detail = Some(if guess.is_throttled() { "throttled" } else { wrong });
    if let Some(user) = user {
        record = record.about(user);
    }
    record.write(tx, now).await?;
    match user {
        Some(user) => note_lock(tx, user, guess, origin, now).await,
        None => Ok(()),
    }
}

/// Records that the account is locked, if this attempt was the last one, which came to nothing.
pub(super) async fn note_lock(
    tx: &mut Tx,
    user: &User,
    guess: Guess,
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    let Guess::Last { lock, own_device, tell } = guess else { return Ok(()) };
    let minutes = u32::try_from(lock.as_secs().div_ceil(60)).unwrap_or(u32::MAX);
    let record = Record::new(Event::AccountLocked, Actor::Stranger, origin).about(user);
    let mut record = record.change("minutes", "", minutes);
    record.detail = own_device.then_some("known_device");
    record.write(tx, now).await?;
    if tell && user.status == Status::Active && user.takes_password() {
        let (name, seen) = (user.display_name.to_string(), letters::seen(origin, now));
        letters::write(tx, user, &Notice::Locked { name, seen, minutes }, now).await?;
    }
    Ok(())
}
