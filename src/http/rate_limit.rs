//! How often something may fail or be asked for: per account and per address.
//!
//! An attempt is counted before it is evaluated and given back when it succeeds, so that of any number of
//! attempts at once no more than the limit are looked at. Where the counters are is told in [`crate::limits`].
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    accounts::guess::{Buckets, Guess, of_everybody},
    config::Config,
    domain::{
        application::network,
        time::Time,
        user::{Email, User},
    },
    limits::{Limiter, Rule, Taken},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Mails for one purpose that strangers have sent to one address.
const MAILS_PER_RECIPIENT: Rule = Rule::window(5, HOUR);
/// Mails that one client address has sent.
const MAILS_PER_ADDRESS: Rule = Rule::window(30, HOUR);
/// Passwords that one client address has measured while they were typed.
const MEASURES_PER_ADDRESS: Rule = Rule::window(300, MINUTE);
/// Logout tokens from one client address that were no good; a provider's own are given back.
const LOGOUTS_PER_ADDRESS: Rule = Rule::window(300, MINUTE);
/// Mails that tell somebody of locks.
const LOCKS_TOLD: Rule = Rule::window(3, DAY);
/// So often it is logged that a client address is refused.
const TELL_EVERY: Duration = MINUTE;

/// Every limit there is.
pub struct Limits {
    counters: Limiter,
    account: Rule,
    address: Rule,
    signups: Rule,
    quiet_until: Mutex<Option<Instant>>,
}

/// What a stranger has a mail sent for. Each purpose has limits of its own, so that asking for one keeps nobody
/// from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailFor {
    /// A forgotten password.
    Reset,
    /// An application.
    SignUp,
}

/// An attempt to show a password, as it was counted.
pub struct Attempt {
    bucket: String,
    address: Option<String>,
    /// What may be done with it.
    pub guess: Guess,
}

/// An account at which nobody can try a password now, but from browsers that are known for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Until when.
    pub until: Time,
    /// After how many failures.
    pub failures: u32,
}

impl Limits {
    /// The limits of the configuration.
    pub fn new(config: &Config, counters: Limiter) -> Self {
        let login = &config.login;
        let (failures, window) = (login.account_failures, login.failure_window);
        Self {
            counters,
            account: Rule::lock(login.free_failures, failures, window, login.lock),
            address: Rule::window(login.address_failures, window),
            signups: Rule::window(config.signup.per_address, HOUR),
            quiet_until: Mutex::default(),
        }
    }

    /// Counts an attempt to show a password. From a browser that is known for the account it counts there and
    /// nowhere else, until it was wrong there too often.
    ///
    /// # Errors
    /// When this address has failed too often, with any account: how long it has to wait.
    pub async fn begin_login(&self, buckets: Buckets, address: &str, now: Time) -> Result<Attempt, Duration> {
        let own = match buckets.device {
            Some(bucket) => Some((self.counters.take(&bucket, &self.account, now).await, bucket)),
            None => None,
        };
        if let Some((taken, bucket)) = own.as_ref().filter(|(taken, _)| taken.allowed) {
            let guess = self.guess(*taken, true, &buckets.account, now).await;
            return Ok(Attempt { bucket: bucket.clone(), address: None, guess });
        }
        let address = self.begin("login", address, &self.address, now).await?;
        // Whoever only has to wait a few seconds there does not go round that way.
        if let Some((_, bucket)) = own.filter(|(taken, _)| taken.count < self.account.most) {
            return Ok(Attempt { bucket, address: Some(address), guess: Guess::Throttled });
        }
        let taken = self.counters.take(&buckets.account, &self.account, now).await;
        let guess = self.guess(taken, false, &buckets.account, now).await;
        Ok(Attempt { bucket: buckets.account, address: Some(address), guess })
    }

    async fn guess(&self, taken: Taken, own_device: bool, account: &str, now: Time) -> Guess {
        match taken {
            Taken { allowed: false, .. } => Guess::Throttled,
            Taken { count, .. } if count < self.account.most => Guess::Free,
            _ => {
                let told = of_telling(account);
                let tell = !own_device && self.counters.take(&told, &LOCKS_TOLD, now).await.allowed;
                Guess::Last { lock: self.account.hold, own_device, tell }
            }
        }
    }

    /// The attempt was right: failures before it are forgotten, the address gets this one back.
    pub async fn login_succeeded(&self, attempt: &Attempt) {
        self.counters.clear(&attempt.bucket).await;
        self.give_back(attempt.address.as_deref()).await;
        self.not_told(attempt).await;
    }

    /// The attempt was not evaluated after all, because too many people were signing in.
    pub async fn login_not_evaluated(&self, attempt: &Attempt) {
        if !attempt.guess.is_throttled() {
            self.counters.give_back(&attempt.bucket).await;
            self.give_back(attempt.address.as_deref()).await;
            self.not_told(attempt).await;
        }
    }

    /// There is no lock after all, so nobody was told of one.
    async fn not_told(&self, attempt: &Attempt) {
        if let Guess::Last { tell: true, .. } = attempt.guess {
            self.counters.give_back(&of_telling(&attempt.bucket)).await;
        }
    }

    /// Whether an account is locked for strangers.
    pub async fn locked(&self, user: &User, now: Time) -> Option<Locked> {
        let count = self.counters.look(&of_everybody(user)).await?;
        self.account.full_until(count, now).map(|until| Locked { until, failures: count.taken })
    }

    /// Counts a return from a provider.
    ///
    /// # Errors
    /// When too many from this address came to nothing: how long it has to wait.
    pub async fn begin_callback(&self, address: &str, now: Time) -> Result<(), Duration> {
        self.begin("callback", address, &self.address, now).await.map(drop)
    }

    /// The return from a provider was a sign-in, or the provider could not be asked.
    pub async fn callback_not_failed(&self, address: &str) {
        self.give_back(Some(&of_address("callback", address))).await;
    }

    /// Counts a logout token that a provider, or somebody else, has sent.
    ///
    /// # Errors
    /// When too many from this address were no good: for how long it is trusted with nothing that costs us something.
    pub async fn begin_logout(&self, address: &str, now: Time) -> Result<(), Duration> {
        self.begin("logout", address, &LOGOUTS_PER_ADDRESS, now).await.map(drop)
    }

    /// The logout token that was counted was good.
    pub async fn logout_succeeded(&self, address: &str) {
        self.give_back(Some(&of_address("logout", address))).await;
    }

    /// Counts the use of a link with a token in it.
    ///
    /// # Errors
    /// When too many from this address were no good: how long it has to wait.
    pub async fn begin_link(&self, address: &str, now: Time) -> Result<(), Duration> {
        self.begin("link", address, &self.address, now).await.map(drop)
    }

    /// The link was good.
    pub async fn link_succeeded(&self, address: &str) {
        self.give_back(Some(&of_address("link", address))).await;
    }

    /// Counts a mail that a stranger at `address` wants sent to `recipient`; `false` when the recipient has had too
    /// many of these within the hour: none must be sent, and nobody must see that.
    ///
    /// # Errors
    /// When `address` has had too many sent, to anybody: how long it has to wait. That says nothing of any account,
    /// so it is told, before anything is written.
    pub async fn begin_mail(
        &self,
        what: MailFor,
        recipient: &Email,
        address: &str,
        now: Time,
    ) -> Result<bool, Duration> {
        let recipients = match what {
            MailFor::Reset => {
                self.begin("mail-reset", address, &MAILS_PER_ADDRESS, now).await?;
                "mail-to-reset"
            }
            // Applications from one address are counted by themselves: [`Self::begin_signup`].
            MailFor::SignUp => "mail-to-signup",
        };
        let recipient = format!("{recipients}:{}", recipient.key());
        Ok(self.counters.take(&recipient, &MAILS_PER_RECIPIENT, now).await.allowed)
    }

    /// Counts a look at how strong a password is.
    ///
    /// # Errors
    /// When this address has had too many within the minute: how long it has to wait.
    pub async fn begin_measure(&self, address: &str, now: Time) -> Result<(), Duration> {
        self.begin("measure", address, &MEASURES_PER_ADDRESS, now).await.map(drop)
    }

    /// Counts an application; `false` when this address has sent too many within the hour.
    pub async fn begin_signup(&self, address: &str, now: Time) -> bool {
        self.begin("signup", address, &self.signups, now).await.is_ok()
    }

    /// Counts one of `what` from this address, and says in which bucket.
    async fn begin(&self, what: &str, address: &str, rule: &Rule, now: Time) -> Result<String, Duration> {
        let bucket = of_address(what, address);
        match self.counters.take(&bucket, rule, now).await {
            Taken { allowed: true, .. } => Ok(bucket),
            Taken { wait, .. } => {
                self.log(what, address, wait);
                Err(wait)
            }
        }
    }

    /// Says that an address is refused, once a minute whatever happens.
    fn log(&self, what: &str, address: &str, wait: Duration) {
        let mut quiet_until = self.quiet_until.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if quiet_until.is_none_or(|until| now >= until) {
            *quiet_until = Some(now + TELL_EVERY);
            let seconds = wait.as_secs();
            tracing::warn!(
                what,
                address,
                seconds,
                "an address has tried too often and is refused for a while"
            );
        }
    }

    async fn give_back(&self, bucket: Option<&str>) {
        if let Some(bucket) = bucket {
            self.counters.give_back(bucket).await;
        }
    }
}

/// The bucket in which mails about locks of an account are counted.
fn of_telling(account: &str) -> String {
    format!("told:{account}")
}

fn of_address(what: &str, address: &str) -> String {
    format!("{what}:{}", network(address))
}
