//! The keys that a provider signs with (RFC 7517), as far as we accept them.
use std::ops::RangeInclusive;

use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use openidconnect::{
    JsonWebKey as _,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::check::Check;
use crate::config::Algorithm;

/// RSA keys of fewer bits are refused (RFC 7518 §3.3), and with more of them the library verifies nothing.
const RSA_BITS: RangeInclusive<usize> = 2048..=4096;
/// As many bits may the public exponent have, for the same reasons.
const EXPONENT_BITS: RangeInclusive<usize> = 2..=33;

/// A key that may verify signatures.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    /// By what tokens name it.
    pub(super) kid: Option<String>,
    /// The one algorithm that it is for, where it says so.
    algorithm: Option<Algorithm>,
    kind: Kind,
    /// What the library computes with.
    numbers: CoreJsonWebKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl Key {
    /// Whether tokens signed by `algorithm` may be signed with it.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        use Algorithm::{ES256, ES384, EdDSA, PS256, RS256, RS384, RS512};
        let kind = match algorithm {
            RS256 | RS384 | RS512 | PS256 => Kind::Rsa,
            ES256 => Kind::P256,
            ES384 => Kind::P384,
            EdDSA => Kind::Ed25519,
        };
        kind == self.kind && self.algorithm.is_none_or(|only| only == algorithm)
    }

    /// Whether it made this signature of this message.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.numbers.verify_signature(&signing_algorithm(algorithm), message, signature).is_ok()
    }

    /// What it is, for people: `RSA`, or the algorithm that it is for.
    pub(super) fn label(&self) -> &'static str {
        match (self.algorithm, self.kind) {
            (Some(algorithm), _) => name(algorithm),
            (None, Kind::Rsa) => "RSA",
            (None, Kind::P256) => "P-256",
            (None, Kind::P384) => "P-384",
            (None, Kind::Ed25519) => "Ed25519",
        }
    }
}

/// The usable keys of a JWK set; entries that are malformed, too weak or not for signatures are passed over,
/// as a set may hold anything beside what concerns us. `None` when it is no JWK set.
pub(super) fn usable(jwks: &[u8]) -> Option<Vec<Key>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(jwks).ok()?;
    Some(set.keys.iter().filter_map(Value::as_object).filter_map(read).collect())
}

/// The algorithm that metadata, keys and token headers call so (RFC 7518 §3.1, RFC 8037 §3.1).
pub(super) fn named(text: &str) -> Option<Algorithm> {
    ALGORITHMS.into_iter().find(|algorithm| name(*algorithm) == text)
}

const ALGORITHMS: [Algorithm; 7] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What an algorithm is called there.
pub(super) const fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::RS256 => "RS256",
        Algorithm::RS384 => "RS384",
        Algorithm::RS512 => "RS512",
        Algorithm::PS256 => "PS256",
        Algorithm::ES256 => "ES256",
        Algorithm::ES384 => "ES384",
        Algorithm::EdDSA => "EdDSA",
    }
}

const fn signing_algorithm(algorithm: Algorithm) -> CoreJwsSigningAlgorithm {
    match algorithm {
        Algorithm::RS256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        Algorithm::RS384 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
        Algorithm::RS512 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
        Algorithm::PS256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        Algorithm::ES256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        Algorithm::ES384 => CoreJwsSigningAlgorithm::EcdsaP384Sha384,
        Algorithm::EdDSA => CoreJwsSigningAlgorithm::EdDsa,
    }
}

fn read(jwk: &Map<String, Value>) -> Option<Key> {
    let text = |member: &str| jwk.get(member).and_then(Value::as_str);
    let number = |member: &str| text(member).and_then(|text| BASE64.decode(text).ok());
    Check::KeyUse.demand(is_for_signatures(jwk)).ok()?;
    let (kind, members): (_, &[&str]) = match (text("kty")?, text("crv")) {
        ("RSA", _) => {
            let (n, e) = (number("n")?, number("e")?);
            let fits = RSA_BITS.contains(&bits(&n)) && EXPONENT_BITS.contains(&bits(&e));
            Check::KeyStrength.demand(fits).ok()?;
            (Kind::Rsa, &["kty", "n", "e"])
        }
        ("EC", Some("P-256")) => (Kind::P256, &["kty", "crv", "x", "y"]),
        ("EC", Some("P-384")) => (Kind::P384, &["kty", "crv", "x", "y"]),
        ("OKP", Some("Ed25519")) => (Kind::Ed25519, &["kty", "crv", "x"]),
        _ => return None,
    };
    // Whoever says what it is for must say something that we know.
    let algorithm = match jwk.get("alg") {
        Some(alg) => Some(named(alg.as_str()?)?),
        None => None,
    };
    let mut numbers = Map::new();
    for member in members {
        numbers.insert((*member).to_owned(), jwk.get(*member).filter(|value| value.is_string())?.clone());
    }
    let numbers = serde_json::from_value(Value::Object(numbers)).ok()?;
    Some(Key { kid: text("kid").map(str::to_owned), algorithm, kind, numbers })
}

/// RFC 7517 §4.2 and §4.3; what says nothing may be used.
fn is_for_signatures(jwk: &Map<String, Value>) -> bool {
    let usage = jwk.get("use").is_none_or(|usage| usage == "sig");
    let operations = jwk.get("key_ops");
    usage
        && operations.is_none_or(|operations| {
            operations.as_array().is_some_and(|all| all.iter().any(|each| each == "verify"))
        })
}

/// The length of a big-endian number.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number[zeros..].first().map_or(0, |first| (number.len() - zeros) * 8 - first.leading_zeros() as usize)
}

/// Base64url with or without padding: some providers pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::base64url;

    #[test]
    fn weak_malformed_and_foreign_keys_are_passed_over() {
        let rsa = |n: &[u8]| serde_json::json!({"kty": "RSA", "n": base64url(n), "e": "AQAB"});
        let (mut short, mut padded) = (vec![0x7f; 256], vec![0x80; 257]);
        short[0] = 0x7f;
        padded[0] = 0;
        let ed = |more: Value| {
            let mut key = serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(&[1; 32])});
            key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            key
        };
        let set = serde_json::json!({"keys": [
            rsa(&[0x80; 256]),
            rsa(&padded),
            rsa(&[0xff; 512]),
            rsa(&short),
            rsa(&[0xff; 128]),
            rsa(&[0x80; 513]),
            rsa(&[&[1], &[0; 512][..]].concat()),
            {"kty": "RSA", "n": base64url(&[0x80; 256]), "e": base64url(&[1, 0, 0, 0, 0, 1])},
            {"kty": "RSA", "n": "!", "e": "AQAB"},
            {"kty": "RSA", "n": base64url(&[0x80; 256])},
            {"kty": "RSA", "n": base64url(&[0x80; 256]), "e": "AQAB", "use": "enc"},
            {"kty": "oct", "k": "c2VjcmV0"},
            ed(serde_json::json!({"alg": "EdDSA", "kid": "one", "key_ops": ["verify"], "x5u": "https://x.example"})),
            ed(serde_json::json!({"alg": "XX999"})),
            ed(serde_json::json!({"alg": 1})),
            ed(serde_json::json!({"use": ["sig"]})),
            ed(serde_json::json!({"key_ops": ["sign"]})),
            ed(serde_json::json!({"crv": "X25519"})),
            {"kty": "EC", "crv": "P-256", "x": base64url(&[1; 32])},
            {"kty": "EC", "crv": "P-521", "x": base64url(&[1; 66]), "y": base64url(&[1; 66])},
            "no key",
        ]});
        let keys = usable(set.to_string().as_bytes()).unwrap();
        assert_eq!(keys.iter().map(Key::label).collect::<Vec<_>>(), ["RSA", "RSA", "RSA", "EdDSA"]);
        assert_eq!(keys[3].kid.as_deref(), Some("one"));
        assert!(usable(b"{}").is_none());
        assert!(usable(b"<html>").is_none());
    }

    #[test]
    fn a_key_fits_its_own_kind_of_algorithm() {
        let jwk = serde_json::json!({"keys": [
            {"kty": "RSA", "n": base64url(&[0x80; 256]), "e": "AQAB"},
            {"kty": "RSA", "n": base64url(&[0x80; 256]), "e": "AQAB", "alg": "PS256"},
        ]});
        let keys = usable(jwk.to_string().as_bytes()).unwrap();
        let fitting =
            |key: &Key| ALGORITHMS.into_iter().filter(|alg| key.fits(*alg)).map(name).collect::<Vec<_>>();
        assert_eq!(fitting(&keys[0]), ["RS256", "RS384", "RS512", "PS256"]);
        assert_eq!(fitting(&keys[1]), ["PS256"]);
        assert_eq!(named("HS256"), None);
        assert_eq!(named("none"), None);
    }
}
