//! Verification of ID tokens (OpenID Connect Core 1.0 §3.1.3.7). The library checks signature, issuer,
//! audience, expiry and nonce; what it leaves to its caller is here.
use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IssuerUrl, JsonWebKeySet, Nonce,
    NonceVerifier,
    core::{CoreIdToken, CoreIdTokenVerifier},
};
use serde_json::Value;

use super::{claims::Claims, discovery::Known};
use crate::domain::time::Time;

/// How far the provider's clock may be from ours.
pub(super) const SKEW: Duration = Duration::from_secs(60);

/// What a token has to say of the nonce of the sign-in.
#[derive(Clone, Copy)]
pub(super) enum Expected<'n> {
    /// This one: it answers that sign-in.
    This(&'n str),
    /// This one or nothing: it was refreshed (OpenID Connect Core 1.0 §12.2).
    ThisIfAny(&'n str),
}

impl NonceVerifier for Expected<'_> {
    fn verify(self, nonce: Option<&Nonce>) -> Result<(), String> {
        match self {
            Self::ThisIfAny(_) if nonce.is_none() => Ok(()),
            Self::This(expected) | Self::ThisIfAny(expected) => {
                NonceVerifier::verify(&Nonce::new(expected.to_owned()), nonce)
            }
        }
    }
}

/// Why a token is not believed.
pub(super) enum Failure {
    /// No key of ours verifies it; newer keys might.
    Signature(String),
    /// It says what it must not say.
    Content(String),
}

/// All claims of `token` once it is proven to come from the provider `known`, for the client `client_id`,
/// in answer to the request with that `nonce`, and together with `access_token`.
pub(super) fn verify(
    token: &CoreIdToken,
    access_token: &AccessToken,
    known: &Known,
    client_id: &str,
    nonce: Expected<'_>,
    now: Time,
) -> Result<Claims, Failure> {
    let issuer = IssuerUrl::new(known.metadata.issuer.clone()).map_err(|err| content(&err))?;
    // A public client's verifier has no secret, so that no HMAC can ever be right.
    let verifier = CoreIdTokenVerifier::new_public_client(
        ClientId::new(client_id.to_owned()),
        issuer,
        JsonWebKeySet::new(known.keys.clone()),
    )
    .set_allowed_algs(known.algorithms.iter().cloned())
    .set_time_fn(move || (now - SKEW).to_utc())
    .set_issue_time_verifier_fn(move |issued| {
        if Time::from(issued) <= now + SKEW { Ok(()) } else { Err(format!("issued in the future: {issued}")) }
    });

    let claims = token.claims(&verifier, nonce).map_err(|err| match err {
        ClaimsVerificationError::SignatureVerification(err) => Failure::Signature(err.to_string()),
        other => Failure::Content(other.to_string()),
    })?;
    if let Some(hash) = claims.access_token_hash() {
        let key = token.signing_key(&verifier).map_err(|err| content(&err))?;
        let algorithm = token.signing_alg().map_err(|err| content(&err))?;
        if AccessTokenHash::from_token(access_token, algorithm, key).map_err(|err| content(&err))? != *hash {
            return Err(Failure::Content("at_hash does not fit the access token".into()));
        }
    }
    let claims = payload(&token.to_string()).ok_or_else(|| content(&"its payload is no JSON object"))?;
    check(&claims, client_id, now)?;
    Ok(claims)
}

/// What the library does not look at.
fn check(claims: &Claims, client_id: &str, now: Time) -> Result<(), Failure> {
    if !claims.get("sub").and_then(Value::as_str).is_some_and(is_identifier) {
        return Err(content(&"sub is empty, longer than 255 bytes, or holds control characters"));
    }
    if claims.get("sid").is_some_and(|sid| !sid.as_str().is_some_and(is_identifier)) {
        return Err(content(&"sid is empty, longer than 255 bytes, or holds control characters"));
    }
    if claims.get("azp").is_some_and(|azp| azp.as_str() != Some(client_id)) {
        return Err(content(&"azp names another client"));
    }
    let begins = claims.get("nbf").map(|nbf| nbf.as_f64().unwrap_or(f64::INFINITY));
    if begins.is_some_and(|seconds| seconds > (now + SKEW).micros() as f64 / 1e6) {
        return Err(content(&"nbf is in the future"));
    }
    Ok(())
}

/// A subject or session identifier that can be kept: OpenID Connect Core 1.0 §2 bounds `sub` at 255.
pub(super) fn is_identifier(text: &str) -> bool {
    (1..=255).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// All claims as they stand in the token. The library keeps only those that it knows, and takes the text
/// "true" for the boolean.
pub(super) fn payload(token: &str) -> Option<Claims> {
    serde_json::from_slice(&BASE64.decode(token.split('.').nth(1)?).ok()?).ok()
}

fn content(reason: &dyn ToString) -> Failure {
    Failure::Content(reason.to_string())
}
