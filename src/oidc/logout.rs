//! Signing out at a provider: our link to it (OpenID Connect RP-Initiated Logout 1.0), and its word to us that a
//! session has ended there (OpenID Connect Back-Channel Logout 1.0).
use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use super::{
    Error,
    claims::Claims,
    id_token::{SKEW, is_identifier},
    provider::{Provider, bad},
};
use crate::domain::{secret::random_token, time::Time};

/// A page does not wait longer for a provider that is not known yet.
const PATIENCE: Duration = Duration::from_secs(2);
/// A longer address is more than servers commonly take, in bytes.
const LONGEST_LINK: usize = 6 * 1024;
/// The longest logout token in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;
/// A logout token is acted upon within this time of being issued, however long it says that it may be.
const ACTED_UPON: Duration = Duration::from_secs(300);
/// Only recommended (Back-Channel Logout 1.0 §2.4), but not to be anything else.
const TYP: &[&str] = &["logout+jwt", "jwt"];
/// The member of `events` that makes a token a logout token (Back-Channel Logout 1.0 §2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What has ended at a provider; proven to come from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutToken {
    /// Who says so.
    pub issuer: String,
    /// Names the token: it is acted upon once.
    pub jti: String,
    /// The provider's session that has ended.
    pub sid: Option<String>,
    /// Whose.
    pub sub: Option<String>,
    /// After this nobody would accept it any more.
    pub until: Time,
}

impl Provider {
    /// Where people are sent back to who sign out at the provider, too; to be registered there.
    pub fn signed_out_uri(&self) -> Url {
        self.of_ours("/signed-out")
    }

    /// Where the provider tells us that somebody has signed out; to be registered there.
    pub fn backchannel_uri(&self) -> Url {
        self.of_ours(&format!("/oidc/{}/backchannel-logout", self.config.name))
    }

    fn of_ours(&self, path: &str) -> Url {
        let mut url = self.redirect_uri.clone();
        url.set_path(path);
        url
    }

    /// The address at which people sign out at the provider, if it has one and is known at once. `hint` is the ID
    /// token of their sign-in; one that does not fit is left out.
    pub async fn end_session(&self, hint: Option<&str>, now: Time) -> Option<Url> {
        let known = timeout(PATIENCE, self.discovery.current(now)).await.ok()?.ok()?;
        let mut url = known.metadata.end_session_endpoint()?;
        url.set_fragment(None);
        url.query_pairs_mut()
            .append_pair("client_id", &self.config.client_id)
            .append_pair("post_logout_redirect_uri", self.signed_out_uri().as_str())
            .append_pair("state", &random_token());
        let plain = url.clone();
        if let Some(hint) = hint {
            url.query_pairs_mut().append_pair("id_token_hint", hint);
        }
        Some(if url.as_str().len() <= LONGEST_LINK { url } else { plain })
    }

    /// Reads a logout token that somebody sent, and proves that it is the provider's (Back-Channel Logout 1.0 §2.6).
    pub async fn logout_token(&self, token: &str, now: Time) -> Result<LogoutToken, Error> {
        self.in_time(async {
            if token.len() > LONGEST_TOKEN {
                return bad("it is too long");
            }
            let known = self.discovery.current(now).await?;
            let (_, opened) = self.open(token, TYP, known, now).await?;
            read(&opened.claims, &self.config.issuer, &self.config.client_id, now)
        })
        .await
        .map_err(|error| match error {
            Error::BadAnswer(reason) => Error::BadAnswer(format!("a logout token is not accepted: {reason}")),
            other => other,
        })
    }
}

/// What a logout token says, if it may say so to us now (Back-Channel Logout 1.0 §2.4, §2.6).
fn read(claims: &Claims, issuer: &str, client_id: &str, now: Time) -> Result<LogoutToken, Error> {
    if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
        return bad("its iss is not the provider's");
    }
    let audience: BTreeSet<&str> = match claims.get("aud") {
        Some(Value::String(one)) => [one.as_str()].into(),
        Some(Value::Array(all)) => all.iter().map(|one| one.as_str().unwrap_or_default()).collect(),
        _ => BTreeSet::new(),
    };
    if audience != BTreeSet::from([client_id]) {
        return bad("its aud is not this client alone");
    }
    let until = acted_upon_until(claims, now)?;
    let event = claims.get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return bad("its events hold no back-channel logout");
    }
    // That keeps an ID token from being taken for one, and one for an ID token.
    if claims.contains_key("nonce") {
        return bad("it has a nonce");
    }
    let identifier = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if is_identifier(text) => Ok(Some(text.clone())),
        Some(_) => bad(format!("its {name} is empty, longer than 255 bytes, or no text")),
    };
    let (sid, sub) = (identifier("sid")?, identifier("sub")?);
    if sid.is_none() && sub.is_none() {
        return bad("it has neither sid nor sub");
    }
    let Some(jti) = identifier("jti")? else { return bad("it has no jti") };
    Ok(LogoutToken { issuer: issuer.to_owned(), jti, sid, sub, until })
}

/// Until when it may be acted upon, skew included.
fn acted_upon_until(claims: &Claims, now: Time) -> Result<Time, Error> {
    let time = |name: &str| claims.get(name).map(|it| it.as_f64().and_then(of_seconds).ok_or(()));
    let times = (time("iat").transpose(), time("exp").transpose(), time("nbf").transpose());
    let (Ok(Some(issued)), Ok(Some(expires)), Ok(begins)) = times else {
        return bad("its iat, exp or nbf is missing or no time");
    };
    if issued > now + SKEW || begins.is_some_and(|begins| begins > now + SKEW) {
        return bad("it is from the future");
    }
    let until = expires.min(issued + ACTED_UPON) + SKEW;
    if now >= until { bad("it is too old") } else { Ok(until) }
}

/// A NumericDate (RFC 7519 §2); none that could not be meant.
fn of_seconds(seconds: f64) -> Option<Time> {
    /// The year 9999.
    const LAST: f64 = 253_402_300_799.0;
    (0.0..=LAST).contains(&seconds).then(|| Time::from_micros((seconds * 1e6) as i64))
}
