//! How often something may fail: per account and per address, in this process.
//!
//! An attempt is counted before it is evaluated and given back when it succeeds, so that of any number of
//! attempts at once no more than the limit are looked at.
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    config::Config,
    domain::{time::Time, user::Email},
};

/// When so many are counted at once, those whose time is over are thrown out.
const SWEEP_AT: usize = 50_000;
/// Mails within an hour that strangers have sent to one address.
const MAILS_PER_RECIPIENT: u32 = 5;
/// Mails within an hour that one client address has sent.
const MAILS_PER_ADDRESS: u32 = 30;
/// Passwords within a minute that one client address has measured while they were typed.
const MEASURES_PER_ADDRESS: u32 = 300;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Every limit there is.
pub struct Limits {
    accounts: Window,
    addresses: Window,
    signups: Window,
    callbacks: Window,
    recipients: Window,
    senders: Window,
    measures: Window,
}

impl Limits {
    /// The limits of the configuration.
    pub fn new(config: &Config) -> Self {
        let login = &config.login;
        Self {
            accounts: Window::new(login.account_failures, login.failure_window),
            addresses: Window::new(login.address_failures, login.failure_window),
            signups: Window::new(config.signup.per_address, HOUR),
            callbacks: Window::new(login.address_failures, login.failure_window),
            recipients: Window::new(MAILS_PER_RECIPIENT, HOUR),
            senders: Window::new(MAILS_PER_ADDRESS, HOUR),
            measures: Window::new(MEASURES_PER_ADDRESS, MINUTE),
        }
    }

    /// Counts an attempt to sign in; `false` when there were too many failures and it must not be looked at.
    pub fn begin_login(&self, bucket: &str, address: &str, now: Time) -> bool {
        let address = network(address);
        if !self.addresses.take(&address, now) {
            return false;
        }
        self.accounts.take(bucket, now)
    }

    /// The attempt was right: the account's failures are forgotten, the address gets this one back.
    pub fn login_succeeded(&self, bucket: &str, address: &str) {
        self.accounts.clear(bucket);
        self.addresses.give_back(&network(address));
    }

    /// The attempt was not evaluated after all, because too many people were signing in.
    pub fn login_not_evaluated(&self, bucket: &str, address: &str) {
        self.accounts.give_back(bucket);
        self.addresses.give_back(&network(address));
    }

    /// Counts a return from a provider; `false` when too many from this address came to nothing.
    pub fn begin_callback(&self, address: &str, now: Time) -> bool {
        self.callbacks.take(&network(address), now)
    }

    /// The return from a provider was a sign-in.
    pub fn callback_succeeded(&self, address: &str) {
        self.callbacks.give_back(&network(address));
    }

    /// Counts a mail that a stranger at `address` wants sent to `recipient`; `false` when one of them has had
    /// too many within the hour, and none must be sent.
    pub async fn begin_mail(&self, recipient: &Email, address: &str, now: Time) -> bool {
        self.senders.take(&network(address), now) && self.recipients.take(&recipient.key(), now)
    }

    /// Counts a look at how strong a password is; `false` when this address has had too many within the minute.
    pub fn begin_measure(&self, address: &str, now: Time) -> bool {
        self.measures.take(&network(address), now)
    }

    /// Counts an application; `false` when this address has sent too many within the hour.
    pub fn begin_signup(&self, address: &str, now: Time) -> bool {
        self.signups.take(&network(address), now)
    }
}

/// Whoever has one IPv6 address has its whole /64.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(v6)) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).to_string(),
        Ok(v4) => v4.to_string(),
        Err(_) => address.to_owned(),
    }
}

/// So many within a time that begins with the first.
struct Window {
    limit: u32,
    length: Duration,
    counts: Mutex<HashMap<String, Count>>,
}

struct Count {
    since: Time,
    taken: u32,
}

impl Window {
    fn new(limit: u32, length: Duration) -> Self {
        Self { limit, length, counts: Mutex::default() }
    }

    fn take(&self, key: &str, now: Time) -> bool {
        let mut counts = self.lock();
        if counts.len() >= SWEEP_AT {
            counts.retain(|_, count| now.since(count.since) < self.length);
        }
        let count = counts.entry(key.to_owned()).or_insert(Count { since: now, taken: 0 });
        if now.since(count.since) >= self.length {
            *count = Count { since: now, taken: 0 };
        }
        let allowed = count.taken < self.limit;
        count.taken = count.taken.saturating_add(u32::from(allowed));
        allowed
    }

    fn give_back(&self, key: &str) {
        if let Some(count) = self.lock().get_mut(key) {
            count.taken = count.taken.saturating_sub(1);
        }
    }

    fn clear(&self, key: &str) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_limit_is_allowed_until_the_time_is_over() {
        let window = Window::new(3, HOUR);
        let now = Time::from_micros(1);
        let allowed = (0..50).filter(|_| window.take("a", now)).count();
        assert_eq!(allowed, 3);
        assert!(window.take("b", now), "others are not concerned");
        window.give_back("a");
        assert!(window.take("a", now));
        assert!(!window.take("a", now));
        assert!(window.take("a", now + HOUR));
        window.clear("a");
        assert_eq!((0..9).filter(|_| window.take("a", now)).count(), 3);
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
