//! How a provider is doing, as far as we have seen: for the sign-in page and for administrators.
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use url::Url;

use super::{
    Error, RefreshError,
    discovery::{Discovery, Known, recent},
    keys::{self, Key},
};
use crate::domain::time::Time;

/// A sign-in that got no answer speaks for so long about the next ones.
const REMEMBERED: Duration = Duration::from_secs(60);

/// What is known of a provider at this moment.
#[derive(Clone, Debug)]
pub struct State {
    /// Whether sign-ins are likely to get an answer there.
    pub answers: bool,
    /// What it showed when it was discovered last; nothing before that.
    pub found: Option<Found>,
    /// When somebody signed in there last, since this process began.
    pub last_success: Option<Time>,
    /// What went wrong last at or with the provider, since this process began: when, and a sentence for the operator.
    pub last_error: Option<(Time, String)>,
}

/// What a provider publishes about itself (OpenID Connect Discovery 1.0 §3).
#[derive(Clone, Debug)]
pub struct Found {
    /// When it was asked; again each hour, and when a key is missing.
    pub at: Time,
    /// Its keys that may sign, as far as they are of use here.
    pub keys: Vec<FoundKey>,
    /// The algorithms that ID tokens may have: what the configuration allows and the provider announces.
    pub algorithms: Vec<&'static str>,
    /// Where people are sent to sign in.
    pub authorization_endpoint: Url,
    /// Where codes are redeemed.
    pub token_endpoint: Url,
    /// Where its keys are.
    pub jwks_uri: Url,
    /// Where more claims are, if anywhere.
    pub userinfo_endpoint: Option<Url>,
    /// Where people sign out there (RP-Initiated Logout 1.0), if anywhere.
    pub end_session_endpoint: Option<Url>,
    /// Whether it tells of sign-outs (Back-Channel Logout 1.0).
    pub backchannel_logout_supported: bool,
    /// Whether its answers say from whom they are (RFC 9207).
    pub names_itself: bool,
    /// How clients may prove who they are there; empty when it does not say.
    pub client_auth: Vec<String>,
}

/// A key of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundKey {
    /// By what tokens name it.
    pub kid: Option<String>,
    /// The algorithm that it is for, or its kind where it does not say.
    pub kind: &'static str,
}

impl Found {
    pub(super) fn of(known: &Known) -> Self {
        let metadata = &known.metadata;
        let key = |key: &Key| FoundKey { kid: key.kid.clone(), kind: key.label() };
        Self {
            at: known.since,
            keys: known.keys.iter().map(key).collect(),
            algorithms: known.algorithms.iter().map(|algorithm| keys::name(*algorithm)).collect(),
            authorization_endpoint: metadata.authorization_endpoint.clone(),
            token_endpoint: metadata.token_endpoint.clone(),
            jwks_uri: metadata.jwks_uri.clone(),
            userinfo_endpoint: metadata.userinfo_endpoint.clone(),
            end_session_endpoint: metadata.end_session_endpoint(),
            backchannel_logout_supported: metadata.backchannel_logout_supported,
            names_itself: metadata.authorization_response_iss_parameter_supported,
            client_auth: metadata.token_endpoint_auth_methods_supported.clone(),
        }
    }
}

/// What became of the requests so far.
#[derive(Default)]
pub(super) struct Health(Mutex<Seen>);

#[derive(Clone, Default)]
struct Seen {
    signed_in: Option<Time>,
    silent: Option<Time>,
    error: Option<(Time, String)>,
}

impl Health {
    /// Notes what came of a request that was really sent.
    pub(super) fn note<T>(&self, result: &Result<T, Error>, now: Time) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(_) => (seen.signed_in, seen.silent) = (Some(now), None),
            Err(error) => {
                seen.silent = matches!(error, Error::Unavailable(_)).then_some(now);
                seen.error = Some((now, error.to_string()));
            }
        }
    }

    /// Notes what came of asking about somebody again. That a provider does not vouch for them any more is an answer as
    /// good as any; none of them is a sign-in.
    pub(super) fn note_again<T>(&self, provider: &str, answer: &Result<T, RefreshError>, now: Time) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let error = match answer {
            Ok(_) | Err(RefreshError::Ended) => None,
            Err(RefreshError::Unclear(error)) => Some(error.clone()),
            Err(other) => Some(Error::BadAnswer(other.to_string()).of(provider)),
        };
        seen.silent = matches!(error, Some(Error::Unavailable(_))).then_some(now);
        if let Some(error) = error {
            seen.error = Some((now, error.to_string()));
        }
    }

    /// Whether a sign-in is likely to get an answer.
    pub(super) fn answers(&self, discovery: &Discovery, now: Time) -> bool {
        let seen = self.seen();
        let silent = seen.silent.is_some_and(|at| recent(at, now, REMEMBERED));
        let undiscovered =
            discovery.failed().is_some_and(|(at, _)| seen.signed_in.is_none_or(|last| last < at));
        !silent && !undiscovered
    }

    /// The whole picture; nothing is asked.
    pub(super) fn state(&self, provider: &str, discovery: &Discovery, now: Time) -> State {
        let Seen { signed_in, error, .. } = self.seen();
        let failed = discovery.failed().map(|(at, error)| (at, error.of(provider).to_string()));
        State {
            answers: self.answers(discovery, now),
            found: discovery.latest().map(|known| Found::of(&known)),
            last_success: signed_in,
            last_error: failed.into_iter().chain(error).max_by_key(|(at, _)| *at),
        }
    }

    fn seen(&self) -> Seen {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
