//! The keys that a provider signs with (RFC 7517), as far as we accept them.
use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use serde::Deserialize;
use serde_json::Value;

use crate::config::Algorithm;

/// RSA keys below this many bits are refused (RFC 7518 §3.3).
const RSA_BITS: usize = 2048;

/// The usable keys of a JWK set; entries that are malformed, too weak or not for signatures are passed over,
/// as a set may hold anything beside what concerns us. `None` when it is no JWK set.
pub(super) fn usable(jwks: &[u8]) -> Option<Vec<CoreJsonWebKey>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(jwks).ok()?;
    Some(set.keys.into_iter().filter(is_sound).filter_map(|key| serde_json::from_value(key).ok()).collect())
}

/// The library's name for an algorithm of the config file.
pub(super) fn signing_algorithm(algorithm: Algorithm) -> CoreJwsSigningAlgorithm {
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

/// The name of an algorithm in metadata and token headers (RFC 7518 §3.1).
pub(super) fn algorithm_name(algorithm: Algorithm) -> &'static str {
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

fn is_sound(key: &Value) -> bool {
    let text = |member: &str| key.get(member).and_then(Value::as_str);
    let number = |member: &str| text(member).and_then(|text| BASE64.decode(text).ok());
    if text("use").is_some_and(|usage| usage != "sig") {
        return false;
    }
    match text("kty") {
        Some("RSA") => {
            number("n").is_some_and(|n| bits(&n) >= RSA_BITS) && number("e").is_some_and(|e| bits(&e) > 1)
        }
        Some("EC") => number("x").is_some() && number("y").is_some(),
        Some("OKP") => number("x").is_some(),
        _ => false,
    }
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
        let set = serde_json::json!({"keys": [
            rsa(&[0x80; 256]),
            rsa(&padded),
            rsa(&short),
            rsa(&[0xff; 128]),
            {"kty": "RSA", "n": "!", "e": "AQAB"},
            {"kty": "RSA", "n": base64url(&[0x80; 256])},
            {"kty": "RSA", "n": base64url(&[0x80; 256]), "e": "AQAB", "use": "enc"},
            {"kty": "oct", "k": "c2VjcmV0"},
            {"kty": "OKP", "crv": "Ed25519", "x": base64url(&[1; 32]), "alg": "EdDSA"},
            {"kty": "OKP", "crv": "Ed25519", "x": base64url(&[1; 32]), "alg": "XX999"},
            {"kty": "EC", "crv": "P-256", "x": base64url(&[1; 32])},
            "no key",
        ]});
        assert_eq!(usable(set.to_string().as_bytes()).unwrap().len(), 3);
        assert!(usable(b"{}").is_none());
        assert!(usable(b"<html>").is_none());
    }
}
