//! Signed tokens (RFC 7515 §7.1): ID tokens, and whatever else a provider signs.
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::{Map, Value};

use super::{
    Error,
    check::{Broken, Check},
    claims::Claims,
    discovery::Known,
    keys,
};
use crate::config::Algorithm;

/// What a token says, once it is proven that the provider has signed it. Whether it may say that, and to us, is
/// another question.
pub(super) struct Opened {
    /// All claims, as they stand there.
    pub(super) claims: Claims,
    /// By what it was signed.
    pub(super) algorithm: Algorithm,
}

/// Why a token is not believed.
#[derive(Debug)]
pub(super) enum Failure {
    /// No key and algorithm of ours verifies it; newer ones might.
    Signature(String),
    /// It says what it must not say.
    Content(String),
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        Self::Content(broken.to_string())
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let (Failure::Signature(reason) | Failure::Content(reason)) = failure;
        Self::BadAnswer(reason)
    }
}

/// Verifies a token with the keys and algorithms of `known`. `typ` are the kinds that it may say it is (RFC 8725
/// §3.11), in small letters; it need not say any. Keys in the token itself, or at addresses that it names, are never
/// looked at.
pub(super) fn open(token: &str, typ: &[&str], known: &Known) -> Result<Opened, Failure> {
    let rubbish = || Failure::Content("it is no signed token".to_owned());
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(rubbish());
    };
    let header: Map<String, Value> = object(header).ok_or_else(rubbish)?;
    let signature = BASE64.decode(signature).map_err(|_| rubbish())?;

    Check::Critical.demand(!header.contains_key("crit"))?;
    Check::Typ.demand(header.get("typ").is_none_or(|says| is_kind(says, typ)))?;
    let algorithm = header.get("alg").and_then(Value::as_str).and_then(keys::named);
    let Some(algorithm) = algorithm else {
        return Err(Failure::Content("its alg is none that is known here".to_owned()));
    };
    let unsigned = |broken: Broken| Failure::Signature(broken.to_string());
    Check::Algorithm.demand(known.algorithms.contains(&algorithm)).map_err(unsigned)?;

    let message = &token.as_bytes()[..token.rfind('.').unwrap_or_default()];
    let candidates = candidates(header.get("kid"), algorithm, known)?;
    let verified = candidates.iter().any(|key| key.verifies(algorithm, message, &signature));
    Check::Signature.demand(verified).map_err(unsigned)?;
    Ok(Opened { claims: object(payload).ok_or_else(rubbish)?, algorithm })
}

/// What a token says without any proof.
pub(super) fn unverified(token: &str) -> Option<Claims> {
    object(token.split('.').nth(1)?)
}

/// The keys that may have signed it: those that it names, or the only one of their kind.
fn candidates<'k>(
    kid: Option<&Value>,
    algorithm: Algorithm,
    known: &'k Known,
) -> Result<Vec<&'k keys::Key>, Failure> {
    let fitting: Vec<_> = known.keys.iter().filter(|key| key.fits(algorithm)).collect();
    match kid {
        Some(Value::String(kid)) => {
            Ok(fitting.into_iter().filter(|key| key.kid.as_ref() == Some(kid)).collect())
        }
        Some(_) => Err(Failure::Content("its kid is no text".to_owned())),
        None if fitting.len() > 1 => {
            Err(Failure::Signature("it does not say by which of the provider's keys it is signed".to_owned()))
        }
        None => Ok(fitting),
    }
}

/// RFC 7515 §4.1.9: `application/` may be left out, and letters may be large.
fn is_kind(says: &Value, allowed: &[&str]) -> bool {
    let says = says.as_str().unwrap_or_default().to_ascii_lowercase();
    allowed.contains(&says.strip_prefix("application/").unwrap_or(&says))
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&BASE64.decode(part).ok()?).ok()
}
