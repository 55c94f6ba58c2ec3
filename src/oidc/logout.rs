//! Signing out at a provider: our link to it (OpenID Connect RP-Initiated Logout 1.0), and its word to us that a
//! session has ended there (OpenID Connect Back-Channel Logout 1.0).
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use super::{
    Error,
    check::{Broken, Check},
    claims::Claims,
    id_token::{SKEW, addressed_to, is_identifier},
    jws,
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
            is_short(token)?;
            let known = self.discovery.current(now).await?;
            let (_, opened) = self.open(token, TYP, known, now).await?;
            Ok(read(&opened.claims, &self.config.issuer, &self.config.client_id, now)?)
        })
        .await
        .map_err(not_accepted)
    }

    /// The same by the keys that are known; nothing is asked.
    pub fn logout_token_at_hand(&self, token: &str, now: Time) -> Result<LogoutToken, Error> {
        let read = || {
            is_short(token)?;
            let unknown = || Error::Unavailable("its keys are not known yet".to_owned());
            let known = self.discovery.at_hand(now).ok_or_else(unknown)?;
            let opened = jws::open(token, TYP, &known)?;
            Ok(read(&opened.claims, &self.config.issuer, &self.config.client_id, now)?)
        };
        read().map_err(|error: Error| not_accepted(error.of(&self.config.name)))
    }
}

fn is_short(token: &str) -> Result<(), Error> {
    if token.len() > LONGEST_TOKEN { bad("it is too long") } else { Ok(()) }
}

fn not_accepted(error: Error) -> Error {
    match error {
        Error::BadAnswer(reason) => Error::BadAnswer(format!("a logout token is not accepted: {reason}")),
        other => other,
    }
}

/// What a logout token says, if it may say so to us now (Back-Channel Logout 1.0 §2.4, §2.6).
fn read(claims: &Claims, issuer: &str, client_id: &str, now: Time) -> Result<LogoutToken, Broken> {
    addressed_to(claims, issuer, client_id)?;
    let until = acted_upon_until(claims, now);
    Check::LogoutTime.demand(until.is_some_and(|until| now < until))?;
    let event = claims.get("events").and_then(|events| events.get(EVENT));
    Check::LogoutEvent.demand(event.is_some_and(Value::is_object))?;
    // That keeps an ID token from being taken for one, and one for an ID token.
    Check::LogoutNonce.demand(!claims.contains_key("nonce"))?;
    Check::LogoutSubject.demand(claims.contains_key("sid") || claims.contains_key("sub"))?;
    let identifier = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| is_identifier(text));
    let is_readable = |name: &str| !claims.contains_key(name) || identifier(name).is_some();
    Check::LogoutNames.demand(is_readable("sid") && is_readable("sub"))?;
    let jti = identifier("jti");
    Check::LogoutId.demand(jti.is_some())?;
    Ok(LogoutToken {
        issuer: issuer.to_owned(),
        jti: jti.unwrap_or_default().to_owned(),
        sid: identifier("sid").map(str::to_owned),
        sub: identifier("sub").map(str::to_owned),
        until: until.unwrap_or(now),
    })
}

/// Until when it may be acted upon, skew included; never when it is from the future, or does not say.
fn acted_upon_until(claims: &Claims, now: Time) -> Option<Time> {
    let time = |name: &str| claims.get(name).and_then(Value::as_f64).and_then(of_seconds);
    let (issued, expires) = (time("iat")?, time("exp")?);
    let begins = if claims.contains_key("nbf") { time("nbf")? } else { issued };
    (issued.max(begins) <= now + SKEW).then(|| expires.min(issued + ACTED_UPON) + SKEW)
}

/// A NumericDate (RFC 7519 §2); none that could not be meant.
fn of_seconds(seconds: f64) -> Option<Time> {
    /// The year 9999.
    const LAST: f64 = 253_402_300_799.0;
    (0.0..=LAST).contains(&seconds).then(|| Time::from_micros((seconds * 1e6) as i64))
}
