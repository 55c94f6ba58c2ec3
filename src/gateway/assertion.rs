//! The assertion: a token, signed by us, that tells one upstream who somebody is (RFC 7519, ES256).
use std::sync::{Arc, PoisonError, RwLock};

use http::HeaderValue;
use serde::Serialize;

use super::learned::Learned;
use crate::{
    config::Upstream,
    domain::{
        principal::Principal,
        secret::MasterKey,
        signing::{self, Jwk, LIFETIME, SigningKey},
        time::Time,
        user::{Tier, UserId},
    },
    store::{self, Db, signing_keys},
};

/// Nothing can be signed. Whoever should be told who somebody is gets no request then.
#[derive(Debug, thiserror::Error)]
#[error("there is no key to sign assertions with; `narthex keys rotate --at-once` makes one")]
pub struct NoKey;

/// The keys as they were last read.
#[derive(Debug)]
pub struct Keyring {
    issuer: String,
    keys: RwLock<Arc<Keys>>,
}

#[derive(Debug)]
struct Keys {
    version: i64,
    keys: Vec<SigningKey>,
    /// From when on each of them signs.
    from: Vec<Time>,
}

impl Keyring {
    /// Reads the keys for the first time. `issuer` is our own origin.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(db: &Db, master: &MasterKey, issuer: String) -> Result<Self, store::Error> {
        let keys = read(&mut db.read().await?, master).await?;
        Ok(Self { issuer, keys: RwLock::new(Arc::new(keys)) })
    }

    /// Reads them again if they were changed, here or by another instance.
    ///
    /// # Errors
    /// When the database does not answer; what was read before stays.
    pub async fn refresh(&self, db: &Db, master: &MasterKey) -> Result<(), store::Error> {
        let mut tx = db.read().await?;
        if signing_keys::version(&mut tx).await? != self.now().version {
            let keys = Arc::new(read(&mut tx, master).await?);
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        }
        Ok(())
    }

    /// The public parts that verifiers have to know at this moment.
    pub fn published(&self, now: Time) -> Vec<Jwk> {
        let keys = self.now();
        let over = signing::over(&keys.from, now);
        keys.keys.iter().skip(over).map(|key| key.public().clone()).collect()
    }

    /// A new assertion for an upstream, as the value of its header.
    pub(super) fn sign(
        &self,
        upstream: &Upstream,
        principal: &Principal,
        learned: &Learned<'_>,
        now: Time,
    ) -> Result<HeaderValue, NoKey> {
        let keys = self.now();
        let key = signing::signer(&keys.from, now).and_then(|at| keys.keys.get(at)).ok_or(NoKey)?;
        let token = key.sign(&Claims {
            iss: &self.issuer,
            aud: &upstream.name,
            sub: learned.user.id,
            preferred_username: learned.user.username.as_str(),
            email: learned.email,
            name: learned.user.display_name.as_str(),
            tier: learned.user.tier,
            roles: learned.roles.as_deref(),
            permissions: learned.permissions.as_deref(),
            amr: [if principal.session.provider.is_some() { "fed" } else { "pwd" }],
            sid: &principal.session.handle,
            iat: now.seconds(),
            exp: (now + LIFETIME).seconds(),
        });
        Ok(HeaderValue::try_from(token).expect("base64url and dots are plain ASCII"))
    }

    /// Changes whenever a key is made or withdrawn.
    pub(super) fn version(&self) -> i64 {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).version
    }

    fn now(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What cannot be opened is left out: signing goes on with the others.
async fn read(tx: &mut store::Tx, master: &MasterKey) -> Result<Keys, store::Error> {
    let version = signing_keys::version(tx).await?;
    let (mut keys, mut from) = (vec![], vec![]);
    for stored in signing_keys::all(tx).await? {
        match SigningKey::open(master, &stored.kid, &stored.sealed) {
            Some(key) => {
                keys.push(key);
                from.push(stored.signs_from);
            }
            None => tracing::error!(
                kid = stored.kid,
                "a signing key was changed in the database, or sealed with another master key, and is not used"
            ),
        }
    }
    Ok(Keys { version, keys, from })
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: UserId,
    preferred_username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    name: &'a str,
    tier: Tier,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<&'a [&'a str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<&'a [&'a str]>,
    amr: [&'a str; 1],
    sid: &'a str,
    iat: i64,
    exp: i64,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::{
        config::Config,
        domain::{
            secret::from_base64url,
            signing::{AHEAD, BEHIND, SealedKey},
        },
        gateway::tests::a_principal,
    };

    const WIKI: &str = "[[upstream]]\nname = 'wiki'\nhost = 'wiki.example.com'\n";

    fn at(second: u64) -> Time {
        Time::from_micros(1_800_000_000_000_000) + Duration::from_secs(second)
    }

    fn keyring(from: &[Time]) -> Keyring {
        let master = MasterKey::generate();
        let key = |_: &Time| {
            let kept = SealedKey::generate(&master);
            SigningKey::open(&master, &kept.kid, &kept.sealed).unwrap()
        };
        let keys = Keys { version: 1, keys: from.iter().map(key).collect(), from: from.to_vec() };
        Keyring { issuer: "https://auth.example.com".to_owned(), keys: RwLock::new(Arc::new(keys)) }
    }

    /// The header and the claims of a token about somebody.
    fn parts(keyring: &Keyring, principal: &Principal, now: Time) -> [Value; 2] {
        let upstream = &Config::from_text(WIKI).unwrap().upstreams[0];
        let learned = Learned::of(&upstream.tells, principal);
        let token = keyring.sign(upstream, principal, &learned, now).unwrap();
        let mut parts = token.to_str().unwrap().split('.');
        let mut part = || serde_json::from_slice(&from_base64url(parts.next().unwrap()).unwrap()).unwrap();
        [part(), part()]
    }

    #[test]
    fn an_assertion_says_who_it_is_to_one_upstream_for_a_minute() {
        let carol = a_principal();
        let [header, claims] = parts(&keyring(&[at(0)]), &carol, at(5));
        assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("JWT")));
        let expected = json!({
            "iss": "https://auth.example.com",
            "aud": "wiki",
            "sub": carol.user.id.to_string(),
            "preferred_username": "carol",
            "email": "carol@example.com",
            "name": "Carol",
            "tier": "standard",
            "roles": [],
            "permissions": [],
            "amr": ["pwd"],
            "sid": carol.session.handle,
            "iat": 1_800_000_005,
            "exp": 1_800_000_065,
        });
        assert_eq!(claims, expected);
    }

    #[test]
    fn an_address_that_nobody_vouched_for_is_not_told() {
        let mut carol = a_principal();
        Arc::make_mut(&mut carol.user).email_trusted = false;
        Arc::make_mut(&mut carol.session).provider = Some("corp".into());
        let [_, claims] = parts(&keyring(&[at(0)]), &carol, at(5));
        assert_eq!((claims.get("email"), &claims["amr"]), (None, &json!(["fed"])));
    }

    #[test]
    fn the_next_key_is_published_before_it_signs_and_the_last_one_while_it_counts() {
        let keyring = keyring(&[at(0), at(1000)]);
        let kid = |second| parts(&keyring, &a_principal(), at(second))[0]["kid"].clone();
        let published = |time: Time| serde_json::to_value(keyring.published(time)).unwrap();
        let (first, second) = (kid(999), kid(1000));
        assert_ne!(first, second);
        for time in [at(1000) - AHEAD, at(1000), at(1000) + BEHIND - Duration::from_secs(1)] {
            let keys = published(time);
            assert_eq!((&keys[0]["kid"], &keys[1]["kid"]), (&first, &second));
        }
        let keys = published(at(1000) + BEHIND);
        assert_eq!((&keys[0]["kid"], keys.as_array().unwrap().len()), (&second, 1));
    }

    #[test]
    fn without_a_key_nothing_is_said() {
        let (upstream, carol) = (&Config::from_text(WIKI).unwrap().upstreams[0], a_principal());
        let learned = Learned::of(&upstream.tells, &carol);
        let said = keyring(&[]).sign(upstream, &carol, &learned, at(0)).unwrap_err().to_string();
        assert!(said.contains("narthex keys rotate --at-once"), "{said}");
    }
}
