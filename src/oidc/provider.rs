//! One configured OpenID Provider: the authorization request, and what becomes of the answer.
use std::{sync::Arc, time::Duration};

use openidconnect::{
    AccessToken, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, IssuerUrl, JsonWebKeySet, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _, TokenUrl,
    core::{CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreTokenResponse, CoreTokenType},
};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use super::{
    Answer, Arrived, Begun, Error,
    claims::{self, Claims},
    discovery::{Discovery, Known},
    error::{refused_code, refused_request},
    http::Http,
    id_token::{self, Expected, Failure},
};
use crate::{
    config::{self, ClientAuth},
    domain::{
        identity::Identity,
        renewal::{Renewal, Tokens},
        secret::random_token,
        time::Time,
    },
};

/// For all requests of one step together; nobody waits longer for a provider.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// The longest authorization code in bytes that is worth sending on.
const LONGEST_CODE: usize = 4096;

/// One configured OpenID Provider. What it publishes is discovered at first use, cached and refreshed.
pub struct Provider {
    pub(super) config: config::Provider,
    pub(super) redirect_uri: Url,
    pub(super) http: Http,
    pub(super) discovery: Discovery,
}

pub(super) type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet, EndpointNotSet>;

impl Provider {
    /// Prepares the provider; asks the network nothing. Fails with [`Error::Misconfigured`].
    pub fn new(config: config::Provider, public_url: &Url) -> Result<Self, Error> {
        let wrong = |err: Error| err.of(&config.name);
        if (config.client_auth == ClientAuth::None) == config.client_secret.is_some() {
            return Err(wrong(Error::Misconfigured(
                "client_auth and client_secret contradict each other; give a secret, or set client_auth = \
                 \"none\" and no secret"
                    .into(),
            )));
        }
        let redirect_uri = public_url
            .join(&format!("/oidc/{}/callback", config.name))
            .map_err(|err| wrong(Error::Misconfigured(format!("public_url: {err}"))))?;
        let http = Http::new().map_err(|err| wrong(Error::Misconfigured(err.to_string())))?;
        let discovery = Discovery::new(http.clone(), &config).map_err(wrong)?;
        Ok(Self { config, redirect_uri, http, discovery })
    }

    /// Its name in URLs and the log.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// The words on its button.
    pub fn label(&self) -> &str {
        &self.config.label
    }

    /// Its section of the config file.
    pub fn config(&self) -> &config::Provider {
        &self.config
    }

    /// Where it sends people back to; to be registered there.
    pub fn redirect_uri(&self) -> &Url {
        &self.redirect_uri
    }

    /// Makes the authorization request. `state` is carried to the provider and back; with `prompt_login` the
    /// person must prove again who they are.
    pub async fn begin(&self, state: &str, prompt_login: bool, now: Time) -> Result<Begun, Error> {
        let known = self.in_time(self.discovery.current(now)).await?;
        let (nonce, verifier) = (random_token(), random_token());
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let sent = (CsrfToken::new(state.to_owned()), Nonce::new(nonce.clone()));
        let client = self.client(&known).map_err(|err| err.of(&self.config.name))?;
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || sent.0, move || sent.1)
            .set_pkce_challenge(challenge);
        // The library asks for `openid` itself.
        for scope in self.config.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        if prompt_login {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        let (url, ..) = request.url();
        Ok(Begun { url, nonce, verifier })
    }

    /// Redeems the answer's code and verifies everything that the provider tells. `nonce` and `verifier` are
    /// those of the flow that the browser has the cookie of.
    pub async fn finish(
        &self,
        answer: &Answer,
        nonce: &str,
        verifier: &str,
        now: Time,
    ) -> Result<Arrived, Error> {
        self.in_time(self.redeem(answer, nonce, verifier, now)).await
    }

    /// Asks the provider for its metadata and keys, whatever is cached: for `narthex check`.
    pub async fn check(&self, now: Time) -> Result<(), Error> {
        self.in_time(self.discovery.ask(now)).await.map(drop)
    }

    async fn redeem(
        &self,
        answer: &Answer,
        nonce: &str,
        verifier: &str,
        now: Time,
    ) -> Result<Arrived, Error> {
        if let Some(code) = &answer.error {
            return Err(refused_request(code));
        }
        let Some(code) = answer.code.as_deref().filter(|code| (1..=LONGEST_CODE).contains(&code.len()))
        else {
            return bad("the provider sent neither a code nor an error");
        };
        let known = self.discovery.current(now).await?;
        self.check_issuer(answer.iss.as_deref(), &known)?;
        let response = self
            .client(&known)?
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
            .request_async(&self.http)
            .await
            .map_err(refused_code)?;
        is_usable(&response)?;

        let (known, claims) = self.verified(&response, known, Expected::This(nonce), now).await?;
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
        let userinfo = match &known.metadata.userinfo_endpoint {
            Some(url) if !claims::are_complete(&claims, &self.config) => {
                self.userinfo(url, response.access_token(), &subject).await?
            }
            _ => Claims::new(),
        };
        let identity = Identity { issuer: known.metadata.issuer.clone(), subject };
        let tokens = Tokens {
            id_token: response.id_token().map(ToString::to_string).unwrap_or_default(),
            renewal: response.refresh_token().map(|token| Renewal {
                token: token.secret().clone(),
                issuer: identity.issuer.clone(),
                subject: identity.subject.clone(),
                nonce: nonce.to_owned(),
            }),
        };
        Ok(Arrived { profile: claims::profile(identity, &claims, &userinfo, &self.config), tokens })
    }

    /// RFC 9207 §2.4: who announces `iss` must send it, and whoever sends it must send the right one.
    fn check_issuer(&self, iss: Option<&str>, known: &Known) -> Result<(), Error> {
        match iss {
            Some(iss) if iss != known.metadata.issuer => {
                bad("the answer's iss names another provider (RFC 9207): somebody may be mixing up providers")
            }
            None if known.metadata.authorization_response_iss_parameter_supported => {
                bad("the answer has no iss, which this provider announces (RFC 9207)")
            }
            _ => Ok(()),
        }
    }

    /// The claims of the response's ID token; with newer keys if those that we have do not verify it.
    pub(super) async fn verified(
        &self,
        response: &CoreTokenResponse,
        known: Arc<Known>,
        nonce: Expected<'_>,
        now: Time,
    ) -> Result<(Arc<Known>, Claims), Error> {
        let Some(token) = response.id_token() else {
            return bad(
                "the token endpoint sent no ID token; check that the scope `openid` is allowed there",
            );
        };
        let verify = |known: &Known| {
            id_token::verify(token, response.access_token(), known, &self.config.client_id, nonce, now)
        };
        let refused = |reason: String| Error::BadAnswer(format!("the ID token is not accepted: {reason}"));
        let reason = match verify(&known) {
            Ok(claims) => return Ok((known, claims)),
            Err(Failure::Content(reason)) => return Err(refused(reason)),
            Err(Failure::Signature(reason)) => reason,
        };
        let Some(newer) = self.discovery.newer(&known, now).await? else { return Err(refused(reason)) };
        match verify(&newer) {
            Ok(claims) => Ok((newer, claims)),
            Err(Failure::Content(reason) | Failure::Signature(reason)) => Err(refused(reason)),
        }
    }

    /// OpenID Connect Core 1.0 §5.3. The `sub` must be the ID token's, or it tells of somebody else.
    pub(super) async fn userinfo(
        &self,
        url: &Url,
        token: &AccessToken,
        subject: &str,
    ) -> Result<Claims, Error> {
        let answer = self.http.get(url, Some(token.secret())).await?;
        if answer.status() != http::StatusCode::OK {
            return bad(format!("the userinfo endpoint answers {}", answer.status()));
        }
        let Ok(claims) = serde_json::from_slice::<Claims>(answer.body()) else {
            return bad(
                "the userinfo endpoint's answer is no JSON object (signed userinfo is not supported)",
            );
        };
        if claims.get("sub").and_then(Value::as_str) != Some(subject) {
            return bad("the userinfo endpoint tells of another person than the ID token");
        }
        Ok(claims)
    }

    pub(super) fn client(&self, known: &Known) -> Result<Client, Error> {
        let issuer = IssuerUrl::new(known.metadata.issuer.clone())
            .map_err(|err| Error::Misconfigured(format!("issuer: {err}")))?;
        let client_id = ClientId::new(self.config.client_id.clone());
        let client = CoreClient::new(client_id, issuer, JsonWebKeySet::default())
            .set_auth_uri(AuthUrl::from_url(known.metadata.authorization_endpoint.clone()))
            .set_token_uri(TokenUrl::from_url(known.metadata.token_endpoint.clone()))
            .set_redirect_uri(RedirectUrl::from_url(self.redirect_uri.clone()))
            .set_auth_type(match self.config.client_auth {
                ClientAuth::Basic => AuthType::BasicAuth,
                ClientAuth::Post | ClientAuth::None => AuthType::RequestBody,
            });
        Ok(match &self.config.client_secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
            None => client,
        })
    }

    pub(super) async fn in_time<T>(&self, step: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let late = || Error::Unavailable(format!("it did not answer within {} seconds", PATIENCE.as_secs()));
        timeout(PATIENCE, step).await.unwrap_or_else(|_| Err(late())).map_err(|err| err.of(&self.config.name))
    }
}

/// Whether an access token came that can be sent on.
pub(super) fn is_usable(response: &CoreTokenResponse) -> Result<(), Error> {
    if *response.token_type() != CoreTokenType::Bearer {
        return bad("the token endpoint's token_type is not Bearer");
    }
    // RFC 6750 §2.1; anything else could end the header that it is to stand in.
    if !response.access_token().secret().bytes().all(|byte| byte.is_ascii_graphic()) {
        return bad("the access token holds characters that no token may hold");
    }
    Ok(())
}

pub(super) fn bad<T>(reason: impl Into<String>) -> Result<T, Error> {
    Err(Error::BadAnswer(reason.into()))
}
