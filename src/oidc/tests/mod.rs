//! The relying party against a provider that does one thing wrong at a time.
mod fake;
mod logins;
mod provider;

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use self::fake::{Fake, Key, Replies, Reply};
use super::{Answer, Error, Provider};
use crate::{
    config::{self, Algorithm, ClientAuth, EmailVerified, Provision},
    domain::{identity::Profile, secret::base64url, time::Time},
};

const NOW: Time = Time::from_micros(1_800_000_000_000_000);
const SECRET: &str = "a secret: +%/";
const ACCESS_TOKEN: &str = "an-access-token";

/// A provider's section of the config file.
pub(super) fn provider_config(issuer: &str) -> config::Provider {
    config::Provider {
        name: "corp".into(),
        label: "Example SSO".into(),
        issuer: issuer.into(),
        client_id: "narthex".into(),
        client_secret: Some(SecretString::from(SECRET)),
        client_auth: ClientAuth::Basic,
        algorithms: vec![Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA],
        scopes: ["openid", "profile", "email"].map(String::from).to_vec(),
        provision: Provision::Active,
        email_verified: EmailVerified::Required,
        allowed_domains: Vec::new(),
        allowed_groups: Vec::new(),
        required_claims: std::collections::BTreeMap::new(),
        links_verified_email: false,
        username_claim: "preferred_username".into(),
        name_claim: "name".into(),
        groups_claim: "groups".into(),
        mapping: config::Mapping::default(),
    }
}

fn provider(fake: &Fake) -> Provider {
    provider_with(fake, |_| {})
}

fn provider_with(fake: &Fake, change: impl FnOnce(&mut config::Provider)) -> Provider {
    let mut config = provider_config(&fake.issuer);
    change(&mut config);
    Provider::new(config, &Url::parse("https://auth.example.com").unwrap()).unwrap()
}

/// A sign-in as it should be; a test spoils one thing of it. A nonce of `$nonce` becomes the right one.
struct Login {
    key: Key,
    header: Value,
    claims: Value,
    response: Value,
    replies: Replies,
    answer: Answer,
}

impl Login {
    fn good(fake: &Fake, key: &Key) -> Self {
        let issuer = &fake.issuer;
        let seconds = NOW.seconds();
        let unset = Reply::Json(Value::Null);
        Self {
            key: key.clone(),
            header: json!({"alg": key.alg, "kid": key.jwk["kid"]}),
            claims: json!({
                "iss": issuer, "aud": "narthex", "sub": "248289761001", "nonce": "$nonce",
                "iat": seconds, "exp": seconds + 300,
                "email": "mina.park@corp.example", "email_verified": true,
                "preferred_username": "mina.park", "name": "Mina Park", "groups": ["staff"],
            }),
            response: json!({"access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 300}),
            replies: Replies {
                discovery: Reply::Json(json!({
                    "issuer": issuer,
                    "authorization_endpoint": format!("{issuer}/authorize?tenant=1"),
                    "token_endpoint": format!("{issuer}/token"),
                    "jwks_uri": format!("{issuer}/jwks"),
                    "userinfo_endpoint": format!("{issuer}/userinfo"),
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "HS256", "none"],
                    "authorization_response_iss_parameter_supported": true,
                })),
                jwks: Reply::Json(json!({"keys": [key.jwk]})),
                token: unset.clone(),
                userinfo: unset,
            },
            answer: Answer { code: Some("a-code".into()), iss: Some(issuer.clone()), error: None },
        }
    }

    fn metadata(&mut self, name: &str, value: Value) {
        let Reply::Json(metadata) = &mut self.replies.discovery else { panic!("no metadata") };
        metadata[name] = value;
    }

    fn without_claim(&mut self, name: &str) {
        self.claims.as_object_mut().unwrap().remove(name);
    }

    async fn run(mut self, fake: &Fake, provider: &Provider, now: Time) -> Result<Profile, Error> {
        fake.answer_with(self.replies.clone());
        let begun = provider.begin("a-state", false, now).await?;
        if self.claims["nonce"] == "$nonce" {
            self.claims["nonce"] = json!(begun.nonce);
        }
        if matches!(&self.replies.token, Reply::Json(Value::Null)) {
            if self.response.get("id_token").is_none() {
                self.response["id_token"] = json!(self.key.sign(&self.header, &self.claims));
            }
            self.replies.token = Reply::Json(self.response);
        }
        fake.answer_with(self.replies);
        provider.finish(&self.answer, &begun.nonce, &begun.verifier, now).await
    }
}

/// `at_hash` of an access token under SHA-512, as EdDSA has it.
fn at_hash(token: &str) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA512, token.as_bytes());
    base64url(&hash.as_ref()[..32])
}

fn later(seconds: u64) -> Time {
    NOW + Duration::from_secs(seconds)
}
