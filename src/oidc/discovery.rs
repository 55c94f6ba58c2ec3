//! What a provider publishes about itself (OpenID Connect Discovery 1.0): asked at first use, kept, asked
//! again by age and when a key is missing. One request at a time, however many people wait for it.
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use serde::Deserialize;
use tokio::{
    sync::{Mutex, MutexGuard},
    time::Instant,
};
use url::Url;

use super::{
    Error,
    check::Check,
    http::{Http, within},
    keys::{self, Key},
};
use crate::{config, domain::time::Time};

/// Metadata and keys younger than this are used as they are.
const FRESH: Duration = Duration::from_secs(3600);
/// While the provider does not answer, older ones are used up to this age.
const USABLE: Duration = Duration::from_secs(24 * 3600);
/// Between a failure and the next attempt.
const PAUSE: Duration = Duration::from_secs(3);
/// Between two searches for a missing key.
const KEY_PAUSE: Duration = Duration::from_secs(10);
/// For metadata and keys together; less than a sign-in may take, so that a failure is remembered.
const PATIENCE: Duration = Duration::from_secs(8);
/// A provider that stays away is spoken of in the log so often at most.
const SAID_EVERY: Duration = Duration::from_secs(60);
/// How far apart the clocks of requests that wait for each other may be.
const OVERLAP: Duration = Duration::from_secs(60);

/// The part of the metadata that concerns us.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) jwks_uri: Url,
    pub(super) userinfo_endpoint: Option<Url>,
    /// Where people sign out there (RP-Initiated Logout 1.0 §2.1); one that is no safe link is as good as none.
    end_session_endpoint: Option<String>,
    #[serde(default)]
    pub(super) backchannel_logout_supported: bool,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    id_token_signing_alg_values_supported: Vec<String>,
}

/// A provider as it showed itself at one time.
pub(super) struct Known {
    pub(super) metadata: Metadata,
    /// What ID tokens may be signed with: what we allow and the provider has.
    pub(super) algorithms: Vec<config::Algorithm>,
    pub(super) keys: Vec<Key>,
    pub(super) since: Time,
}

impl Metadata {
    /// Where people sign out there, if it is a safe link.
    pub(super) fn end_session_endpoint(&self) -> Option<Url> {
        let plain = self.issuer.starts_with("http:");
        Url::parse(self.end_session_endpoint.as_deref()?).ok().filter(|url| is_safe(url, plain))
    }
}

/// Keeps what is known of one provider.
pub(super) struct Discovery {
    http: Http,
    issuer: String,
    algorithms: Vec<config::Algorithm>,
    known: RwLock<Option<Arc<Known>>>,
    failed: RwLock<Option<(Time, Error)>>,
    turn: Mutex<Turn>,
}

/// Whoever holds it may ask the provider; the others wait, and see what came of it.
#[derive(Default)]
struct Turn {
    searched: Option<Time>,
    said: Option<Time>,
}

impl Discovery {
    /// Nothing is asked yet.
    pub(super) fn new(http: Http, config: &config::Provider) -> Result<Self, Error> {
        if config.algorithms.is_empty() {
            return Err(Error::Misconfigured(
                "`algorithms` is empty; name at least one, such as RS256".into(),
            ));
        }
        Ok(Self {
            http,
            issuer: issuer(&config.issuer)?,
            algorithms: config.algorithms.clone(),
            known: RwLock::default(),
            failed: RwLock::default(),
            turn: Mutex::default(),
        })
    }

    /// What is known, from the provider when there is nothing fresh.
    pub(super) async fn current(&self, now: Time) -> Result<Arc<Known>, Error> {
        let kept = self.at_hand(now);
        if let Some(known) = self.kept(now, FRESH) {
            return Ok(known);
        }
        let mut turn = match (self.turn.try_lock(), &kept) {
            (Ok(turn), _) => turn,
            (Err(_), Some(known)) => return Ok(known.clone()),
            (Err(_), None) => self.turn.lock().await,
        };
        if let Some(known) = self.kept(now, FRESH) {
            return Ok(known);
        }
        match (self.renew(&mut turn, now).await, kept) {
            (Err(_), Some(kept)) => Ok(kept),
            (known, _) => known,
        }
    }

    /// What is known and may be used; nothing is asked.
    pub(super) fn at_hand(&self, now: Time) -> Option<Arc<Known>> {
        self.kept(now, USABLE)
    }

    /// What is known after a token came that no key of `seen` verifies: the provider may have changed its keys, or their
    /// address, just now. `None` when there is nothing newer, or when it was looked for a moment ago.
    pub(super) async fn newer(&self, seen: &Arc<Known>, now: Time) -> Result<Option<Arc<Known>>, Error> {
        let mut turn = self.turn.lock().await;
        if let Some(known) = self.latest().filter(|known| !Arc::ptr_eq(known, seen)) {
            return Ok(Some(known));
        }
        if turn.searched.is_some_and(|at| recent(at, now, KEY_PAUSE)) {
            return Ok(None);
        }
        turn.searched = Some(now);
        let found = self.ask(now).await?;
        let changed = found.keys != seen.keys || found.algorithms != seen.algorithms;
        if changed {
            tracing::info!(
                issuer = self.issuer,
                keys = found.keys.len(),
                "an OpenID Provider has changed its keys"
            );
        }
        let found = self.keep(found);
        Ok(changed.then_some(found))
    }

    /// What is known, of whatever age; nothing is asked.
    pub(super) fn latest(&self) -> Option<Arc<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When the last discovery failed, and why; nothing after one that did not.
    pub(super) fn failed(&self) -> Option<(Time, Error)> {
        self.failed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the provider, whatever is known or failed before.
    pub(super) async fn ask(&self, now: Time) -> Result<Known, Error> {
        in_time(async {
            let metadata = self.metadata().await?;
            let algorithms = self.algorithms(&metadata)?;
            let keys = self.keys(&metadata).await?;
            Ok(Known { metadata, algorithms, keys, since: now })
        })
        .await
    }

    async fn renew(&self, turn: &mut MutexGuard<'_, Turn>, now: Time) -> Result<Arc<Known>, Error> {
        if let Some((at, error)) = self.failed()
            && recent(at, now, PAUSE)
        {
            return Err(error);
        }
        let began = Instant::now();
        match self.ask(now).await {
            Ok(known) => {
                if turn.said.take().is_some() {
                    tracing::info!(issuer = self.issuer, "an OpenID Provider answers again");
                }
                self.set_failed(None);
                Ok(self.keep(known))
            }
            Err(error) => {
                if turn.said.is_none_or(|at| !recent(at, now, SAID_EVERY)) {
                    tracing::warn!(issuer = self.issuer, %error, "an OpenID Provider cannot be discovered");
                    turn.said = Some(now);
                }
                self.set_failed(Some((now + began.elapsed(), error.clone())));
                Err(error)
            }
        }
    }

    fn set_failed(&self, failed: Option<(Time, Error)>) {
        *self.failed.write().unwrap_or_else(PoisonError::into_inner) = failed;
    }

    fn kept(&self, now: Time, age: Duration) -> Option<Arc<Known>> {
        self.latest().filter(|known| recent(known.since, now, age))
    }

    fn keep(&self, known: Known) -> Arc<Known> {
        let known = Arc::new(known);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        known
    }

    async fn metadata(&self) -> Result<Metadata, Error> {
        let place = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let url = Url::parse(&place).map_err(|err| Error::Misconfigured(format!("issuer: {err}")))?;
        let body = self.get(&url).await?;
        let metadata: Metadata = serde_json::from_slice(&body).map_err(|err| {
            Error::Unavailable(format!("what stands at {place} is no OpenID Provider's metadata: {err}"))
        })?;
        if Check::MetadataIssuer.is_broken(metadata.issuer == self.issuer) {
            return Err(Error::Misconfigured(format!(
                "the provider calls itself {:?}, the configuration has issuer = {:?}: they must be the same to \
                 the letter, a closing slash included; correct `issuer`",
                metadata.issuer, self.issuer
            )));
        }
        let plain = self.issuer.starts_with("http:");
        let required = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        let unsafe_one = required
            .into_iter()
            .chain(&metadata.userinfo_endpoint)
            .find(|url| Check::Endpoint.is_broken(is_safe(url, plain)));
        if let Some(url) = unsafe_one.cloned() {
            return Err(Error::Misconfigured(format!(
                "the provider names the endpoint {url}, which is not an https address; only a provider on \
                 this machine may do without"
            )));
        }
        Ok(metadata)
    }

    /// What we allow, without what the provider says it does not use.
    fn algorithms(&self, metadata: &Metadata) -> Result<Vec<config::Algorithm>, Error> {
        let theirs = &metadata.id_token_signing_alg_values_supported;
        let has = |ours: &config::Algorithm| {
            theirs.is_empty() || theirs.iter().any(|name| name == keys::name(*ours))
        };
        let both: Vec<_> = self.algorithms.iter().copied().filter(has).collect();
        if both.is_empty() {
            return Err(Error::Misconfigured(format!(
                "the provider signs ID tokens with {}, of which `algorithms` allows none; add one that this \
                 gateway knows, or set another for this client at the provider",
                theirs.join(", ")
            )));
        }
        Ok(both)
    }

    async fn keys(&self, metadata: &Metadata) -> Result<Vec<Key>, Error> {
        let place = &metadata.jwks_uri;
        let keys = keys::usable(&self.get(place).await?)
            .ok_or_else(|| Error::Unavailable(format!("what stands at {place} is no JWK set")))?;
        if keys.is_empty() {
            return Err(Error::Unavailable(format!(
                "{place} has no usable key: wanted are RSA keys of 2048 to 4096 bits, P-256, P-384 or Ed25519"
            )));
        }
        Ok(keys)
    }

    async fn get(&self, url: &Url) -> Result<Vec<u8>, Error> {
        let answer = self.http.get(url, None).await?;
        if answer.status() != http::StatusCode::OK {
            return Err(Error::Unavailable(format!(
                "{url} answers {}; check that `issuer` is right",
                answer.status()
            )));
        }
        Ok(answer.into_body())
    }
}

async fn in_time<T>(asking: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    within(PATIENCE, asking).await.unwrap_or_else(|| {
        Err(Error::Unavailable(format!("it did not answer within {} seconds", PATIENCE.as_secs())))
    })
}

/// Whether `then` is less than `span` ago. A clock that was set back makes nothing recent.
pub(super) fn recent(then: Time, now: Time, span: Duration) -> bool {
    now.since(then) < span && then.since(now) < OVERLAP
}

/// Checks a configured issuer (OpenID Connect Discovery 1.0 §3): https, or http on this machine.
fn issuer(text: &str) -> Result<String, Error> {
    let wrong = |why: &str| Err(Error::Misconfigured(format!("issuer = {text:?} {why}")));
    let Ok(url) = Url::parse(text) else { return wrong("is not a URL; give the provider's, with https://") };
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return wrong("must have neither a query, nor a fragment, nor a user name");
    }
    if !is_safe(&url, true) {
        return wrong("must begin with https://; http:// is accepted for loopback addresses only");
    }
    Ok(text.to_owned())
}

fn is_safe(url: &Url, plain: bool) -> bool {
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    url.scheme() == "https" || (plain && loopback && url.scheme() == "http")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_without_tls_are_on_this_machine() {
        for good in [
            "https://idp.example.com",
            "https://idp.example.com/realms/x/",
            "http://localhost:4000",
            "http://127.0.0.1:4000",
            "http://[::1]:4000",
        ] {
            assert_eq!(issuer(good).as_deref(), Ok(good));
        }
        for bad in [
            "idp.example.com",
            "http://idp.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://10.0.0.1",
            "ftp://localhost",
            "https://idp.example.com/?x=1",
            "https://idp.example.com/#x",
            "https://me@idp.example.com",
        ] {
            assert!(issuer(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_clock_set_back_makes_nothing_recent() {
        let at = Time::from_micros(1_800_000_000_000_000);
        assert!(recent(at, at + Duration::from_secs(9), KEY_PAUSE));
        assert!(!recent(at, at + KEY_PAUSE, KEY_PAUSE));
        assert!(recent(at, at - Duration::from_secs(1), KEY_PAUSE));
        assert!(!recent(at, at - OVERLAP, KEY_PAUSE));
    }
}
