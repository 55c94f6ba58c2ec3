//! What an ID token must say (OpenID Connect Core 1.0 §3.1.3.7), once its signature is verified.
use std::time::Duration;

use ring::digest::{SHA256, SHA384, SHA512, digest};
use serde_json::Value;

use super::{
    check::{Broken, Check},
    claims::Claims,
    jws::Opened,
};
use crate::{
    config::Algorithm,
    domain::{
        secret::{base64url, same},
        time::Time,
    },
};

/// How far the provider's clock may be from ours.
pub(super) const SKEW: Duration = Duration::from_secs(60);

/// What `typ` may say of one. Some providers write nothing, as RFC 7519 §5.1 advises, others `JWT`.
pub(super) const TYP: &[&str] = &["jwt"];

/// To whom and to what the token is an answer.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    /// What it has to say of the nonce of the authorization request.
    pub(super) nonce: Nonce<'a>,
    /// The token that came with it.
    pub(super) access_token: &'a str,
    pub(super) now: Time,
}

/// What a token has to say of the nonce of a sign-in.
#[derive(Clone, Copy)]
pub(super) enum Nonce<'n> {
    /// This one: it answers that sign-in.
    This(&'n str),
    /// This one or nothing: it was refreshed (Core §12.2).
    ThisIfAny(&'n str),
}

impl Nonce<'_> {
    fn is_met_by(self, says: Option<&Value>) -> bool {
        match (self, says) {
            (Self::ThisIfAny(_), None) => true,
            (Self::This(nonce) | Self::ThisIfAny(nonce), says) => {
                says.and_then(Value::as_str).is_some_and(|says| is_same(says, nonce))
            }
        }
    }
}

/// Checks everything that it says about itself.
pub(super) fn check(token: &Opened, expected: &Expected<'_>) -> Result<(), Broken> {
    let claims = &token.claims;
    addressed_to(claims, expected.issuer, expected.client_id)?;
    in_time(claims, expected.now)?;
    Check::Nonce.demand(expected.nonce.is_met_by(claims.get("nonce")))?;
    if let Some(hash) = claims.get("at_hash") {
        let right = access_token_hash(token.algorithm, expected.access_token);
        Check::AccessTokenHash.demand(hash.as_str().is_some_and(|hash| is_same(hash, &right)))?;
    }
    Check::Subject.demand(text(claims, "sub").is_some_and(is_identifier))?;
    let sid = claims.get("sid");
    Check::SessionId.demand(sid.is_none_or(|sid| sid.as_str().is_some_and(is_identifier)))
}

/// Whether a token of `issuer` is for `client_id`, and for nobody else.
pub(super) fn addressed_to(claims: &Claims, issuer: &str, client_id: &str) -> Result<(), Broken> {
    Check::Issuer.demand(text(claims, "iss") == Some(issuer))?;
    let audience: Vec<_> = match claims.get("aud") {
        Some(Value::Array(all)) => all.iter().map(Value::as_str).collect(),
        Some(one) => vec![one.as_str()],
        None => vec![],
    };
    Check::Audience.demand(audience.contains(&Some(client_id)))?;
    let alone = audience.len() < 2 || audience.iter().all(|each| *each == Some(client_id));
    Check::OtherAudience.demand(alone)?;
    Check::AuthorizedParty.demand(claims.get("azp").is_none_or(|azp| azp.as_str() == Some(client_id)))
}

fn in_time(claims: &Claims, now: Time) -> Result<(), Broken> {
    let seconds = |claim: &str| claims.get(claim).and_then(Value::as_f64);
    let at = |time: Time| time.micros() as f64 / 1e6;
    Check::Expiry.demand(seconds("exp").is_some_and(|exp| exp > at(now - SKEW)))?;
    Check::IssuedAt.demand(seconds("iat").is_some_and(|iat| iat <= at(now + SKEW)))?;
    let begun = |nbf: &Value| nbf.as_f64().is_some_and(|nbf| nbf <= at(now + SKEW));
    Check::NotBefore.demand(claims.get("nbf").is_none_or(begun))
}

/// Core §3.1.3.6: the left half of the hash that the signature's algorithm has. Ed25519's is SHA-512 (RFC 8032 §5.1).
fn access_token_hash(algorithm: Algorithm, access_token: &str) -> String {
    let hash = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => &SHA256,
        Algorithm::RS384 | Algorithm::ES384 => &SHA384,
        Algorithm::RS512 | Algorithm::EdDSA => &SHA512,
    };
    let hash = digest(hash, access_token.as_bytes());
    base64url(&hash.as_ref()[..hash.as_ref().len() / 2])
}

/// A subject or session identifier that can be kept.
pub(super) fn is_identifier(text: &str) -> bool {
    (1..=255).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn text<'c>(claims: &'c Claims, claim: &str) -> Option<&'c str> {
    claims.get(claim).and_then(Value::as_str)
}

fn is_same(one: &str, other: &str) -> bool {
    same(one.as_bytes(), other.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_an_access_token_follows_the_signature() {
        // Core, appendix A.3 has this pair, under RS256.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(access_token_hash(Algorithm::RS256, token), "77QmUPtjPfzWtF2AnpK9RQ");
        for (algorithm, length) in [(Algorithm::ES384, 32), (Algorithm::RS512, 43), (Algorithm::EdDSA, 43)] {
            assert_eq!(access_token_hash(algorithm, token).len(), length);
        }
    }
}
