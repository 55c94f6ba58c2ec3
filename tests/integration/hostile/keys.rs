//! Keys that sign tokens, good ones and others.
use std::sync::OnceLock;

use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use narthex::domain::secret::{base64url, random, system_random};
use ring::signature;
use rsa::{pkcs1::EncodeRsaPrivateKey as _, traits::PublicKeyParts as _};
use serde_json::{Value, json};

/// A key, with what is published of it.
#[derive(Clone)]
pub(crate) struct Key {
    /// What tokens signed with it say of themselves.
    pub(crate) alg: &'static str,
    pub(crate) jwk: Value,
    signing: Option<(Algorithm, EncodingKey)>,
}

impl Key {
    pub(crate) fn ed25519(kid: &str) -> Self {
        // PKCS #8 of RFC 8410 §7, without the public key.
        const HEAD: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        let seed = random::<32>();
        let der = [HEAD.as_slice(), &seed].concat();
        let pair = signature::Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        let x = base64url(signature::KeyPair::public_key(&pair).as_ref());
        Self {
            alg: "EdDSA",
            jwk: json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "use": "sig", "x": x}),
            signing: Some((Algorithm::EdDSA, EncodingKey::from_ed_der(&der))),
        }
    }

    pub(crate) fn p256(kid: &str) -> Self {
        let kind = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let der = signature::EcdsaKeyPair::generate_pkcs8(kind, &system_random()).unwrap();
        let pair = signature::EcdsaKeyPair::from_pkcs8(kind, der.as_ref(), &system_random()).unwrap();
        let point = signature::KeyPair::public_key(&pair).as_ref().to_vec();
        let (x, y) = (base64url(&point[1..33]), base64url(&point[33..]));
        Self {
            alg: "ES256",
            jwk: json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": x, "y": y}),
            signing: Some((Algorithm::ES256, EncodingKey::from_ec_der(der.as_ref()))),
        }
    }

    pub(crate) fn rsa(kid: &str) -> Self {
        static KEY: OnceLock<rsa::RsaPrivateKey> = OnceLock::new();
        Self::of_rsa(kid, KEY.get_or_init(|| new_rsa(2048)))
    }

    /// One that is too short.
    pub(crate) fn weak_rsa(kid: &str) -> Self {
        static KEY: OnceLock<rsa::RsaPrivateKey> = OnceLock::new();
        Self::of_rsa(kid, KEY.get_or_init(|| new_rsa(1024)))
    }

    fn of_rsa(kid: &str, key: &rsa::RsaPrivateKey) -> Self {
        let (n, e) = (base64url(&key.n().to_bytes_be()), base64url(&key.e().to_bytes_be()));
        let der = key.to_pkcs1_der().unwrap();
        Self {
            alg: "RS256",
            jwk: json!({"kty": "RSA", "kid": kid, "use": "sig", "n": n, "e": e}),
            signing: Some((Algorithm::RS256, EncodingKey::from_rsa_der(der.as_bytes()))),
        }
    }

    /// The same key for another algorithm of its kind.
    pub(crate) fn by(self, alg: &'static str) -> Self {
        let algorithm = alg.parse().unwrap();
        Self { alg, signing: self.signing.map(|(_, key)| (algorithm, key)), ..self }
    }

    pub(crate) fn hmac(secret: &str) -> Self {
        Self {
            alg: "HS256",
            jwk: json!({"kty": "oct", "kid": "shared", "k": base64url(secret.as_bytes())}),
            signing: Some((Algorithm::HS256, EncodingKey::from_secret(secret.as_bytes()))),
        }
    }

    pub(crate) fn none() -> Self {
        Self { alg: "none", jwk: Value::Null, signing: None }
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = match &self.signing {
            Some((algorithm, key)) => crypto::sign(message.as_bytes(), key, *algorithm).unwrap(),
            None => String::new(),
        };
        format!("{message}.{signature}")
    }
}

fn new_rsa(bits: usize) -> rsa::RsaPrivateKey {
    rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, bits).unwrap()
}
