//! Keys that sign assertions (ES256, RFC 7518 §3.4), and when each is published, signs and goes.
use std::{fmt, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING as ES256, EcdsaKeyPair, KeyPair as _},
};
use serde::Serialize;

use super::{
    secret::{self, MasterKey, base64url, sha256},
    time::Time,
};

/// How long an assertion is good.
pub const LIFETIME: Duration = Duration::from_secs(60);
/// How long verifiers may keep the published keys without asking again.
pub const KEPT: Duration = Duration::from_secs(5 * 60);
/// A new key is published for this long before it signs, so that every verifier knows it by then, also those
/// that keep what they fetched for longer than they were told.
pub const AHEAD: Duration = Duration::from_secs(15 * 60);
/// A key stays published for this long after the next one signs.
pub const BEHIND: Duration = Duration::from_secs(15 * 60);
/// The next key is made when the newest has signed for this long.
pub const EVERY: Duration = Duration::from_secs(30 * 24 * 3600);

/// Which key signs, of keys in their order, each given as the time from which it does. The first one does at any
/// time: a clock that is behind must not leave us without a key.
pub fn signer(from: &[Time], now: Time) -> Option<usize> {
    let last = from.iter().rposition(|from| *from <= now);
    last.or((!from.is_empty()).then_some(0))
}

/// How many of the first ones are over: nothing that they signed is good any more, and nobody need know them.
pub fn over(from: &[Time], now: Time) -> usize {
    from.iter().skip(1).take_while(|next| **next + BEHIND <= now).count()
}

/// Whether it is time for the next one.
pub fn is_due(from: &[Time], now: Time) -> bool {
    from.last().is_none_or(|newest| now.since(*newest) >= EVERY)
}

const PURPOSE: &str = "signing_key";

/// A key as it is kept.
pub struct SealedKey {
    /// By what tokens name it.
    pub kid: String,
    /// Its private part under the master key.
    pub sealed: String,
}

impl SealedKey {
    /// A new one.
    pub fn generate(master: &MasterKey) -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ES256, &secret::system_random())
            .expect("the operating system always has random bytes");
        let sealed = master.seal(PURPOSE, pkcs8.as_ref());
        let key = SigningKey::from_pkcs8(pkcs8.as_ref()).expect("it was made a moment ago");
        Self { kid: key.jwk.kid, sealed }
    }
}

/// A key that signs.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    jwk: Jwk,
    /// The first part of every token.
    header: String,
}

impl SigningKey {
    /// Opens a key that was kept under this name; `None` when it was sealed with another master key, or is another
    /// one.
    pub fn open(master: &MasterKey, kid: &str, sealed: &str) -> Option<Self> {
        let pkcs8 = zeroize::Zeroizing::new(master.open(PURPOSE, sealed)?);
        Self::from_pkcs8(&pkcs8).filter(|key| key.jwk.kid == kid)
    }

    fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let random = secret::system_random();
        let pair = EcdsaKeyPair::from_pkcs8(&ES256, pkcs8, &random).ok()?;
        let jwk = Jwk::of(pair.public_key().as_ref())?;
        let header = base64url(format!(r#"{{"alg":"ES256","kid":"{}","typ":"JWT"}}"#, jwk.kid).as_bytes());
        Some(Self { pair, random, jwk, header })
    }

    /// What verifiers need to know of it.
    pub fn public(&self) -> &Jwk {
        &self.jwk
    }

    /// A token with these claims (RFC 7515 §7.1).
    pub fn sign(&self, claims: &impl Serialize) -> String {
        let claims = serde_json::to_vec(claims).expect("claims are text and numbers");
        let mut token = String::with_capacity(self.header.len() + claims.len() * 4 / 3 + 96);
        token.push_str(&self.header);
        token.push('.');
        BASE64.encode_string(claims, &mut token);
        let signature = self.pair.sign(&self.random, token.as_bytes());
        let signature = signature.expect("the operating system always has random bytes");
        token.push('.');
        BASE64.encode_string(signature, &mut token);
        token
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, …)", self.jwk.kid)
    }
}

/// The public part of a key (RFC 7517, RFC 7518 §6.2.1). There is no room in it for a private one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    y: String,
    alg: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
    kid: String,
}

impl Jwk {
    /// From an uncompressed point: 4, x, y.
    fn of(point: &[u8]) -> Option<Self> {
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(32)?;
        let (x, y) = (base64url(x), base64url(y));
        // RFC 7638 §3: the members that make the key, by their names, without white space.
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = base64url(&sha256(text.as_bytes()));
        Some(Self { kty: "EC", crv: "P-256", x, y, alg: "ES256", purpose: "sig", kid })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn made() -> (MasterKey, SealedKey) {
        let master = MasterKey::generate();
        let key = SealedKey::generate(&master);
        (master, key)
    }

    #[test]
    fn a_token_is_signed_with_the_key_that_is_published() {
        let (master, kept) = made();
        let key = SigningKey::open(&master, &kept.kid, &kept.sealed).unwrap();
        let token = key.sign(&json!({ "sub": "윤지호" }));
        let parts: Vec<_> = token.split('.').map(|part| secret::from_base64url(part).unwrap()).collect();
        let header: Value = serde_json::from_slice(&parts[0]).unwrap();
        assert_eq!(header, json!({ "alg": "ES256", "kid": kept.kid, "typ": "JWT" }));
        assert_eq!(serde_json::from_slice::<Value>(&parts[1]).unwrap(), json!({ "sub": "윤지호" }));
        assert_eq!((parts.len(), parts[2].len()), (3, 64), "r and s, not DER (RFC 7518 §3.4)");

        let jwk = serde_json::to_value(key.public()).unwrap();
        let names: Vec<_> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names.len(), 7);
        assert!(!names.contains(&"d"), "{jwk}");
        let decoding: jsonwebtoken::jwk::Jwk = serde_json::from_value(jwk).unwrap();
        assert_eq!(decoding.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap(), kept.kid);
        assert!(!format!("{key:?}").contains(&kept.sealed));
    }

    #[test]
    fn a_key_opens_with_its_own_master_key_and_under_its_own_name_only() {
        let (master, kept) = made();
        let other = SealedKey::generate(&master);
        assert!(SigningKey::open(&MasterKey::generate(), &kept.kid, &kept.sealed).is_none());
        assert!(SigningKey::open(&master, &other.kid, &kept.sealed).is_none());
        assert!(SigningKey::open(&master, &kept.kid, &master.seal(PURPOSE, b"nonsense")).is_none());
        assert!(SigningKey::open(&master, &kept.kid, &master.seal("another", b"")).is_none());
    }

    #[test]
    fn keys_follow_one_another_without_a_gap() {
        let at = |minutes: i64| Time::from_micros((1_000_000 + minutes * 60) * 1_000_000);
        assert_eq!((signer(&[], at(0)), over(&[], at(0)), is_due(&[], at(0))), (None, 0, true));
        let keys = [at(0), at(100)];
        for (minute, signs, gone) in
            [(-9, 0, 0), (0, 0, 0), (99, 0, 0), (100, 1, 0), (114, 1, 0), (115, 1, 1)]
        {
            assert_eq!((signer(&keys, at(minute)), over(&keys, at(minute))), (Some(signs), gone), "{minute}");
        }
        assert!(!is_due(&keys, at(101)) && !is_due(&keys, at(-5)));
        assert!(is_due(&keys, at(100) + EVERY));
    }

    #[test]
    fn verifiers_know_a_key_before_it_signs_and_for_as_long_as_it_counts() {
        let skew = Duration::from_secs(60);
        assert!(AHEAD > KEPT * 2 + skew);
        assert!(BEHIND > LIFETIME + KEPT + skew * 2);
        assert!(EVERY > AHEAD + BEHIND);
    }
}
