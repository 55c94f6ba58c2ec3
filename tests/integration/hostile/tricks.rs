//! Everything that a provider says in one sign-in, as it should be, for a row to spoil one thing of it.
use std::time::Duration;

use narthex::domain::secret::base64url;
use serde_json::{Value, json};

use super::Key;

pub(crate) const CLIENT: &str = "narthex";
pub(crate) const SECRET: &str = "a secret: +%/";
pub(crate) const ACCESS_TOKEN: &str = "an-access-token";
/// Of a sign-in before, about which it is asked again with a refresh token.
pub(crate) const NONCE_BEFORE: &str = "the-nonce-before";
pub(crate) const DISCOVERY: &str = "/.well-known/openid-configuration";

/// What is said where. `$nonce`, `$code` and `$state` stand for the right ones.
#[derive(Clone)]
pub(crate) struct Tricks {
    /// The time, in seconds.
    pub(crate) now: i64,
    pub(crate) issuer: String,
    /// Signs ID tokens.
    pub(crate) key: Key,
    /// The ID token's header and claims.
    pub(crate) header: Value,
    pub(crate) claims: Value,
    /// What comes with it; an `id_token` here is sent instead of a signed one.
    pub(crate) response: Value,
    pub(crate) metadata: Value,
    pub(crate) keys: Value,
    pub(crate) userinfo: Value,
    /// What the browser brings back.
    pub(crate) answer: Value,
    /// Whether it looks at the code verifier.
    pub(crate) pkce: bool,
    /// How the answers at some paths are sent.
    pub(crate) wire: Vec<(&'static str, Wire)>,
}

/// How an answer is sent.
#[derive(Clone)]
pub(crate) enum Wire {
    /// With this status and nothing in it.
    Status(u16),
    /// To where the honest answer is.
    Redirect(u16),
    /// This instead of it.
    Says(u16, &'static str, &'static str),
    /// With two mebibytes of white space before it.
    Large,
    /// White space that never ends.
    Endless,
    /// A byte now and then.
    Drip,
    /// Not at all; the connection stays.
    Never,
    /// As it should be, but so much later.
    Late(Duration),
    /// The connection is reset.
    Reset,
    /// Half of it.
    Half,
    /// 100 MiB of white space that were packed into some hundred KiB.
    GzipBomb,
    /// JSON lists in JSON lists, 200,000 deep.
    Deep,
    /// In no protocol that is known.
    Mumble,
}

impl Tricks {
    /// Nothing wrong.
    pub(crate) fn none(issuer: &str, key: &Key, now: i64) -> Self {
        Self {
            now,
            issuer: issuer.to_owned(),
            key: key.clone(),
            header: json!({"alg": key.alg, "kid": key.jwk["kid"]}),
            claims: json!({
                "iss": issuer, "aud": CLIENT, "sub": "248289761001", "nonce": "$nonce",
                "iat": now, "exp": now + 300,
                "email": "mina.park@corp.example", "email_verified": true,
                "preferred_username": "mina.park", "name": "Mina Park", "groups": ["staff"],
            }),
            response: json!({"access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 300}),
            metadata: json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize?tenant=1"),
                "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/jwks"),
                "userinfo_endpoint": format!("{issuer}/userinfo"),
                "end_session_endpoint": format!("{issuer}/end"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported":
                    ["RS256", "RS384", "PS256", "ES256", "EdDSA", "HS256", "none"],
                "authorization_response_iss_parameter_supported": true,
                "backchannel_logout_supported": true,
            }),
            keys: json!({"keys": [key.jwk]}),
            userinfo: json!({
                "sub": "248289761001", "email": "mina.park@corp.example", "email_verified": true,
                "preferred_username": "mina.park", "name": "Mina Park", "groups": ["staff"],
            }),
            answer: json!({"code": "$code", "state": "$state", "iss": issuer}),
            pkce: true,
            wire: vec![],
        }
    }

    /// Signed with this key, under its own name; it is not published.
    pub(crate) fn signed_with(&mut self, key: Key) {
        self.header["alg"] = key.alg.into();
        self.key = key;
    }

    /// The same, and it is the only one that is published.
    pub(crate) fn has_key(&mut self, key: Key) {
        self.header = json!({"alg": key.alg, "kid": key.jwk["kid"]});
        self.keys = json!({"keys": [key.jwk]});
        self.key = key;
    }

    /// The same, beside the one that is there.
    pub(crate) fn has_key_too(&mut self, key: Key) {
        let before = self.keys["keys"][0].clone();
        self.has_key(key);
        self.keys["keys"].as_array_mut().unwrap().push(before);
    }

    /// The ID token lacks a claim; without `email`, userinfo is asked.
    pub(crate) fn without(&mut self, claim: &str) {
        self.claims.as_object_mut().unwrap().remove(claim);
    }

    pub(crate) fn at(&mut self, path: &'static str, wire: Wire) {
        self.wire.push((path, wire));
    }
}

/// `at_hash` of an access token under SHA-512, as EdDSA has it.
pub(crate) fn at_hash(token: &str) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA512, token.as_bytes());
    base64url(&hash.as_ref()[..32])
}
