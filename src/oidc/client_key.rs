//! Our own key at a provider, for `client_auth = "private_key_jwt"` (OpenID Connect Core 1.0 §9, RFC 7523 §2.2).
use std::time::Duration;

use ring::{
    rsa::{KeyPair as RsaKeyPair, PublicKeyComponents},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING as ES256, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256,
    },
};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use serde_json::{Value, json};

use crate::domain::{
    secret::{base64url, random_token, sha256, system_random},
    time::Time,
};

/// How long an assertion is good; each is used once, at once.
const LIFETIME: Duration = Duration::from_secs(60);

/// The `client_assertion_type` (RFC 7523 §2.2).
pub(super) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A private key that proves who we are. It leaves no trace in `Debug`: there is none.
pub(super) struct ClientKey {
    pair: Pair,
    algorithm: &'static str,
    kid: String,
    public: Value,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl ClientKey {
    /// Reads a PKCS #8 key in PEM; its kind decides the algorithm: RS256, ES256 or EdDSA. Fails with a sentence that
    /// does not repeat it.
    pub(super) fn from_pem(pem: &str) -> Result<Self, String> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| {
            "holds no private key; it must have a block that begins with -----BEGIN PRIVATE KEY----- (convert another \
             one by `openssl pkcs8 -topk8 -nocrypt`)"
                .to_owned()
        })?;
        let der = der.secret_pkcs8_der();
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
            let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(pair.public());
            let (n, e) = (base64url(&n), base64url(&e));
            let text = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
            let public = json!({ "kty": "RSA", "n": n, "e": e });
            return Ok(Self::new(Pair::Rsa(Box::new(pair)), "RS256", &text, public));
        }
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ES256, der, &system_random()) {
            let point = pair.public_key().as_ref();
            let (x, y) = (base64url(&point[1..33]), base64url(&point[33..]));
            let text = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
            let public = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
            return Ok(Self::new(Pair::P256(pair), "ES256", &text, public));
        }
        // Without its public half, as OpenSSL writes it.
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            let x = base64url(pair.public_key().as_ref());
            let text = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
            let public = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
            return Ok(Self::new(Pair::Ed25519(pair), "EdDSA", &text, public));
        }
        Err("holds a key that is of no use here; wanted is RSA of 2048 to 4096 bits, P-256 or Ed25519"
            .to_owned())
    }

    /// `members` are those that make the key, by their names, without white space: RFC 7638 §3.
    fn new(pair: Pair, algorithm: &'static str, members: &str, mut public: Value) -> Self {
        let kid = base64url(&sha256(members.as_bytes()));
        public["kid"] = kid.as_str().into();
        public["alg"] = algorithm.into();
        public["use"] = "sig".into();
        Self { pair, algorithm, kid, public }
    }

    /// What the provider has to know of it: a JWK (RFC 7517).
    pub(super) fn public(&self) -> &Value {
        &self.public
    }

    /// A new proof that `client_id` is we, for `audience` alone.
    pub(super) fn assertion(&self, client_id: &str, audience: &str, now: Time) -> String {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let header = json!({ "alg": self.algorithm, "kid": self.kid, "typ": "JWT" });
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": audience, "jti": random_token(),
            "iat": now.seconds(), "exp": (now + LIFETIME).seconds(),
        });
        let message = format!("{}.{}", part(&header), part(&claims));
        let signature = self.pair.sign(message.as_bytes());
        format!("{message}.{}", base64url(&signature))
    }
}

impl Pair {
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        const RANDOM: &str = "the operating system always has random bytes";
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &system_random(), message, &mut signature).expect(RANDOM);
                signature
            }
            Self::P256(pair) => pair.sign(&system_random(), message).expect(RANDOM).as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use rsa::pkcs8::EncodePrivateKey as _;

    use super::*;

    const NOW: Time = Time::from_micros(1_800_000_000_000_000);

    /// One of each kind, made for this test.
    fn keys() -> Vec<String> {
        let p256 = EcdsaKeyPair::generate_pkcs8(&ES256, &system_random()).unwrap();
        let ed = Ed25519KeyPair::generate_pkcs8(&system_random()).unwrap();
        vec![rsa(2048), pem(p256.as_ref()), pem(ed.as_ref())]
    }

    fn rsa(bits: usize) -> String {
        let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, bits).unwrap();
        pem(key.to_pkcs8_der().unwrap().as_bytes())
    }

    fn pem(der: &[u8]) -> String {
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der))
    }

    #[test]
    fn an_assertion_says_who_we_are_once_for_a_minute() {
        use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::Jwk};
        for (pem, algorithm) in keys().iter().zip([Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA]) {
            let key = ClientKey::from_pem(pem).unwrap();
            let jwk: Jwk = serde_json::from_value(key.public().clone()).unwrap();
            assert_eq!(jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap(), key.kid);
            assert!(key.public().get("d").is_none(), "nothing private");
            let mut rules = Validation::new(algorithm);
            rules.validate_exp = false;
            rules.set_audience(&["https://idp.example.com/token"]);
            let read = |token: &str| {
                jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(&jwk).unwrap(), &rules).unwrap()
            };
            let (one, two) = (
                read(&key.assertion("narthex", "https://idp.example.com/token", NOW)),
                read(&key.assertion("narthex", "https://idp.example.com/token", NOW)),
            );
            assert_eq!(one.header.kid.as_deref(), Some(&*key.kid));
            assert_eq!(
                (one.claims["iss"].as_str(), one.claims["sub"].as_str()),
                (Some("narthex"), Some("narthex"))
            );
            assert_eq!(one.claims["exp"].as_i64().unwrap() - one.claims["iat"].as_i64().unwrap(), 60);
            assert_ne!(one.claims["jti"], two.claims["jti"]);
        }
    }

    #[test]
    fn what_is_no_such_key_is_refused_without_repeating_it() {
        let short = rsa(1024);
        let old = keys()[0].replace("PRIVATE KEY", "RSA PRIVATE KEY");
        for (text, says) in [
            ("hunter2", "holds no private key"),
            ("", "holds no private key"),
            (&*old, "holds no private key"),
            (&*short, "of no use here"),
        ] {
            let refused = ClientKey::from_pem(text).err().unwrap();
            assert!(refused.contains(says) && !refused.contains("hunter2"), "{refused}");
        }
    }
}
