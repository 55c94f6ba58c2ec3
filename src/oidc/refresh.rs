//! Asking a provider about somebody again (OpenID Connect Core 1.0 §12, RFC 6749 §6).
use std::sync::Arc;

use oauth2::{RefreshToken, RequestTokenError, TokenResponse as _, basic::BasicErrorResponseType};
use serde_json::Value;

use super::{
    Error,
    check::Check,
    claims::{self, Claims},
    discovery::Known,
    error::refused_code,
    http::within,
    id_token::Nonce,
    jws,
    provider::{Granted, PATIENCE, Provider, is_usable},
};
use crate::domain::{identity::Profile, renewal::Renewal, time::Time};

/// What came of asking.
pub struct Asked {
    /// How to ask next time, when the provider gave another refresh token: the one before is used up, whatever else
    /// it answered.
    pub rotated: Option<Renewal>,
    /// Who the person is by now; nothing when the provider vouches for them and says no more.
    pub answer: Result<Option<Profile>, RefreshError>,
}

/// Why a provider does not vouch for somebody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// It says that what it gave is not good any more (`invalid_grant`).
    #[error("the provider does not take the refresh token any more")]
    Ended,
    /// It tells of somebody else.
    #[error("the refreshed ID token has another {0} than the one of the sign-in")]
    OtherPerson(&'static str),
    /// There is no answer, or none that can be believed: it may vouch or not.
    #[error(transparent)]
    Unclear(Error),
}

impl From<Error> for RefreshError {
    fn from(error: Error) -> Self {
        Self::Unclear(error)
    }
}

impl Provider {
    /// Asks whether the provider still vouches for somebody, ten seconds at most.
    pub async fn refresh(&self, renewal: &Renewal, now: Time) -> Asked {
        let mut rotated = None;
        let answer = within(PATIENCE, self.ask_again(renewal, &mut rotated, now));
        let late = || Err(Error::Unavailable("it did not answer in time".into()).into());
        let answer = answer.await.unwrap_or_else(late).map_err(|error| match error {
            RefreshError::Unclear(error) => RefreshError::Unclear(error.of(&self.config.name)),
            plain => plain,
        });
        self.health.note_again(&self.config.name, &answer, now);
        Asked { rotated, answer }
    }

    async fn ask_again(
        &self,
        renewal: &Renewal,
        rotated: &mut Option<Renewal>,
        now: Time,
    ) -> Result<Option<Profile>, RefreshError> {
        let known = self.discovery.current(now).await?;
        let (client, token) = (self.client(&known), RefreshToken::new(renewal.token.clone()));
        let mut request = client.exchange_refresh_token(&token);
        for (name, value) in self.proof(&known, now) {
            request = request.add_extra_param(name, value);
        }
        let granted = request.request_async(&self.http).await.map_err(|error| match &error {
            RequestTokenError::ServerResponse(said)
                if *said.error() == BasicErrorResponseType::InvalidGrant =>
            {
                RefreshError::Ended
            }
            _ => refused_code(error).into(),
        })?;
        let token = granted.refresh_token().map(|token| token.secret().clone());
        *rotated =
            token.filter(|token| *token != renewal.token).map(|token| Renewal { token, ..renewal.clone() });
        is_usable(&granted).map_err(Error::from)?;
        self.renewed_profile(&granted, known, renewal, now).await
    }

    /// What the refreshed ID token says (OpenID Connect Core 1.0 §12.2), and userinfo where that is silent.
    async fn renewed_profile(
        &self,
        granted: &Granted,
        known: Arc<Known>,
        renewal: &Renewal,
        now: Time,
    ) -> Result<Option<Profile>, RefreshError> {
        let (known, claims) = match &granted.extra_fields().id_token {
            Some(token) => {
                // It came from the provider itself, and nothing of it is used before it is verified.
                let said = jws::unverified(token).unwrap_or_default();
                for (claim, expected) in [("iss", &renewal.issuer), ("sub", &renewal.subject)] {
                    // One that is not there is no proof of anything, and is refused below.
                    let same = said.get(claim).and_then(Value::as_str).is_none_or(|says| says == expected);
                    if Check::RefreshedPerson.is_broken(same) {
                        return Err(RefreshError::OtherPerson(claim));
                    }
                }
                self.believed(granted, known, Nonce::ThisIfAny(&renewal.nonce), now).await?
            }
            None => (known, Claims::new()),
        };
        let userinfo = self.more_claims(&known, &claims, granted, &renewal.subject).await?;
        let silent = claims.is_empty() && userinfo.is_empty();
        Ok((!silent).then(|| claims::profile(renewal.identity(), &claims, &userinfo, &self.config)))
    }
}
