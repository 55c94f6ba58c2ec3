//! One configured OpenID Provider: the authorization request, and what becomes of the answer.
use std::{sync::Arc, time::Duration};

use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client as OAuth, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    StandardRevocableToken, StandardTokenResponse, TokenResponse as _, TokenUrl,
    basic::{
        BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
    },
};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{
    Answer, Arrived, Begun, Error, Found, Prompt, State,
    check::{Broken, Check},
    claims::{self, Claims},
    client_key::{ASSERTION_TYPE, ClientKey},
    crowd::Crowd,
    discovery::{Discovery, Known},
    error::{refused_code, refused_request},
    health::Health,
    http::{Http, within},
    id_token::{self, Expected, Nonce},
    jws::{self, Failure, Opened},
};
use crate::{
    config::{self, AssertionAudience, ClientAuth, ResponseMode},
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

/// One configured OpenID Provider. What it publishes is discovered in the background or at first use, cached and
/// refreshed.
pub struct Provider {
    pub(super) config: config::Provider,
    pub(super) redirect_uri: Url,
    client_key: Option<ClientKey>,
    pub(super) http: Http,
    pub(super) discovery: Discovery,
    crowd: Crowd,
    pub(super) health: Health,
}

pub(super) type Client = OAuth<
    BasicErrorResponse,
    Granted,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// What the token endpoint answers (Core §3.1.3.3).
pub(super) type Granted = StandardTokenResponse<IdToken, BasicTokenType>;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct IdToken {
    pub(super) id_token: Option<String>,
}

impl ExtraTokenFields for IdToken {}

impl Provider {
    /// Prepares the provider; asks the network nothing. Fails with [`Error::Misconfigured`].
    pub fn new(config: config::Provider, public_url: &Url) -> Result<Self, Error> {
        let wrong = |reason: String| Error::Misconfigured(reason).of(&config.name);
        let secret = matches!(config.client_auth, ClientAuth::Basic | ClientAuth::Post);
        if secret != config.client_secret.is_some() {
            return Err(wrong(
                "client_auth and client_secret contradict each other; give a secret, or set client_auth = \
                 \"none\" and no secret"
                    .into(),
            ));
        }
        let client_key = match (config.client_auth, &config.client_key) {
            (ClientAuth::PrivateKeyJwt, Some(pem)) => {
                let key = ClientKey::from_pem(pem.expose_secret());
                Some(key.map_err(|reason| wrong(format!("client_key_file {reason}")))?)
            }
            (ClientAuth::PrivateKeyJwt, None) => {
                return Err(wrong("client_auth = \"private_key_jwt\" needs client_key_file".into()));
            }
            _ => None,
        };
        let redirect_uri = public_url
            .join(&format!("/oidc/{}/callback", config.name))
            .map_err(|err| wrong(format!("public_url: {err}")))?;
        let http = Http::new().map_err(|err| wrong(err.to_string()))?;
        let discovery = Discovery::new(http.clone(), &config).map_err(|err| err.of(&config.name))?;
        let (crowd, health) = (Crowd::new(), Health::default());
        Ok(Self { config, redirect_uri, client_key, http, discovery, crowd, health })
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

    /// Our public key there, as a JWK, where we prove who we are by one; to be registered at the provider.
    pub fn public_key(&self) -> Option<&Value> {
        self.client_key.as_ref().map(ClientKey::public)
    }

    /// Whether a sign-in is likely to get an answer; nothing is asked.
    pub fn answers(&self, now: Time) -> bool {
        self.health.answers(&self.discovery, now)
    }

    /// What is known of it and how it is doing; nothing is asked.
    pub fn state(&self, now: Time) -> State {
        self.health.state(&self.config.name, &self.discovery, now)
    }

    /// Asks the provider for its metadata and keys, whatever is cached, and tells what was found; keeps nothing. For
    /// `narthex check` and for administrators.
    pub async fn check(&self, now: Time) -> Result<Found, Error> {
        self.in_time(self.discovery.ask(now)).await.map(|known| Found::of(&known))
    }

    /// Discovers it, unless something fresh is known. What goes wrong is in the log and in [`Self::state`].
    pub async fn keep_up(&self, now: Time) {
        let _known_or_told = self.in_time(self.discovery.current(now)).await;
    }

    /// Makes the authorization request. `state` is carried to the provider and back; `prompt` is what the person is
    /// to do there.
    pub async fn begin(&self, state: &str, prompt: Prompt, now: Time) -> Result<Begun, Error> {
        let known = self.in_time(self.discovery.current(now)).await?;
        let (nonce, verifier) = (random_token(), random_token());
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let state = CsrfToken::new(state.to_owned());
        let client = self.client(&known);
        let mut request = client
            .authorize_url(move || state)
            .set_pkce_challenge(challenge)
            .add_scopes(self.config.scopes.iter().cloned().map(Scope::new))
            .add_extra_param("nonce", nonce.clone());
        if self.config.response_mode == ResponseMode::FormPost {
            request = request.add_extra_param("response_mode", "form_post");
        }
        if let Some(prompt) = prompt.word() {
            request = request.add_extra_param("prompt", prompt);
        }
        let (url, _state) = request.url();
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
        // Until here nobody but the browser has said anything: it tells nothing of the provider's health.
        let code = code(answer).map_err(|err| err.of(&self.config.name))?;
        let redeem = async {
            let _place = self.crowd.enter().await?;
            self.redeem(code, answer.iss.as_deref(), nonce, verifier, now).await
        };
        let done = self.in_time(redeem).await;
        self.health.note(&done, now);
        done
    }

    async fn redeem(
        &self,
        code: &str,
        iss: Option<&str>,
        nonce: &str,
        verifier: &str,
        now: Time,
    ) -> Result<Arrived, Error> {
        let known = self.discovery.current(now).await?;
        self.check_issuer(iss, &known)?;
        let client = self.client(&known);
        let mut request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
        for (name, value) in self.proof(&known, now) {
            request = request.add_extra_param(name, value);
        }
        let granted = request.request_async(&self.http).await.map_err(refused_code)?;
        let (known, claims) = self.believed(&granted, known, Nonce::This(nonce), now).await?;
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
        let userinfo = self.more_claims(&known, &claims, &granted, &subject).await?;
        let identity = Identity { issuer: self.config.issuer.clone(), subject };
        let tokens = Tokens {
            id_token: granted.extra_fields().id_token.clone().unwrap_or_default(),
            renewal: granted.refresh_token().map(|token| Renewal {
                token: token.secret().clone(),
                issuer: identity.issuer.clone(),
                subject: identity.subject.clone(),
                nonce: nonce.to_owned(),
            }),
        };
        Ok(Arrived { profile: claims::profile(identity, &claims, &userinfo, &self.config), tokens })
    }

    /// The claims of the ID token that the token endpoint sent, once everything about it is right.
    pub(super) async fn believed(
        &self,
        granted: &Granted,
        known: Arc<Known>,
        nonce: Nonce<'_>,
        now: Time,
    ) -> Result<(Arc<Known>, Claims), Error> {
        is_usable(granted)?;
        let Some(token) = &granted.extra_fields().id_token else {
            return bad(
                "the token endpoint sent no ID token; check that the scope `openid` is allowed there",
            );
        };
        let (known, opened) = self.open(token, id_token::TYP, known, now).await.map_err(not_accepted)?;
        let (issuer, client_id) = (&*self.config.issuer, &*self.config.client_id);
        let access_token = granted.access_token().secret();
        let expected = Expected { issuer, client_id, nonce, access_token, now };
        id_token::check(&opened, &expected).map_err(|broken| not_accepted(broken.into()))?;
        Ok((known, opened.claims))
    }

    /// What userinfo tells of `subject` where `claims` leave something out; nothing where they do not.
    pub(super) async fn more_claims(
        &self,
        known: &Known,
        claims: &Claims,
        granted: &Granted,
        subject: &str,
    ) -> Result<Claims, Error> {
        match &known.metadata.userinfo_endpoint {
            Some(url) if !claims::are_complete(claims, &self.config) => {
                self.userinfo(url, granted.access_token().secret(), subject).await
            }
            _ => Ok(Claims::new()),
        }
    }

    /// RFC 9207 §2.4: who announces `iss` must send it, and whoever sends it must send the right one.
    fn check_issuer(&self, iss: Option<&str>, known: &Known) -> Result<(), Error> {
        let announced = known.metadata.authorization_response_iss_parameter_supported;
        Check::ResponseIssuer.demand(iss.is_none_or(|iss| iss == self.config.issuer))?;
        Ok(Check::AnnouncedIssuer.demand(iss.is_some() || !announced)?)
    }

    /// What a token that this provider signed says; with newer keys if those that we have do not verify it. `typ` are
    /// the kinds that it may be. To whom it speaks is not looked at.
    pub(super) async fn open(
        &self,
        token: &str,
        typ: &[&str],
        known: Arc<Known>,
        now: Time,
    ) -> Result<(Arc<Known>, Opened), Error> {
        let reason = match jws::open(token, typ, &known) {
            Ok(opened) => return Ok((known, opened)),
            Err(Failure::Content(reason)) => return bad(reason),
            Err(Failure::Signature(reason)) => reason,
        };
        let Some(newer) = self.discovery.newer(&known, now).await? else { return bad(reason) };
        match jws::open(token, typ, &newer) {
            Ok(opened) => Ok((newer, opened)),
            Err(Failure::Content(reason) | Failure::Signature(reason)) => bad(reason),
        }
    }

    /// OpenID Connect Core 1.0 §5.3. The `sub` must be the ID token's, or it tells of somebody else.
    async fn userinfo(&self, url: &Url, access_token: &str, subject: &str) -> Result<Claims, Error> {
        let answer = self.http.get(url, Some(access_token)).await?;
        if answer.status() != http::StatusCode::OK {
            return bad(format!("the userinfo endpoint answers {}", answer.status()));
        }
        let Ok(claims) = serde_json::from_slice::<Claims>(answer.body()) else {
            return bad(
                "the userinfo endpoint's answer is no JSON object (signed userinfo is not supported)",
            );
        };
        let same = claims.get("sub").and_then(Value::as_str) == Some(subject);
        Check::UserinfoSubject.demand(same)?;
        Ok(claims)
    }

    pub(super) fn client(&self, known: &Known) -> Client {
        let client = OAuth::new(ClientId::new(self.config.client_id.clone()))
            .set_auth_uri(AuthUrl::from_url(known.metadata.authorization_endpoint.clone()))
            .set_token_uri(TokenUrl::from_url(known.metadata.token_endpoint.clone()))
            .set_redirect_uri(RedirectUrl::from_url(self.redirect_uri.clone()))
            .set_auth_type(match self.config.client_auth {
                ClientAuth::Basic => AuthType::BasicAuth,
                ClientAuth::Post | ClientAuth::PrivateKeyJwt | ClientAuth::None => AuthType::RequestBody,
            });
        match &self.config.client_secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
            None => client,
        }
    }

    /// What a request to the token endpoint has to carry beside, so that the provider knows that it is ours.
    pub(super) fn proof(&self, known: &Known, now: Time) -> Vec<(&'static str, String)> {
        let Some(key) = &self.client_key else { return vec![] };
        let audience = match self.config.client_assertion_audience {
            AssertionAudience::TokenEndpoint => known.metadata.token_endpoint.as_str(),
            AssertionAudience::Issuer => &self.config.issuer,
        };
        let assertion = key.assertion(&self.config.client_id, audience, now);
        vec![("client_assertion_type", ASSERTION_TYPE.to_owned()), ("client_assertion", assertion)]
    }

    /// Takes no longer than we are patient.
    pub(super) async fn in_time<T>(&self, step: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let late = || Error::Unavailable(format!("it did not answer within {} seconds", PATIENCE.as_secs()));
        let done = within(PATIENCE, step).await.unwrap_or_else(|| Err(late()));
        done.map_err(|err| err.of(&self.config.name))
    }
}

/// The code that came with the browser; an error comes first, whatever stands beside it.
fn code(answer: &Answer) -> Result<&str, Error> {
    if let Some(error) = &answer.error
        && Check::ResponseError.is_broken(false)
    {
        return Err(refused_request(error));
    }
    match answer.code.as_deref() {
        Some(code) if (1..=LONGEST_CODE).contains(&code.len()) => Ok(code),
        _ => bad("the provider sent neither a code nor an error"),
    }
}

/// Whether an access token came that can be sent on (RFC 6750 §2.1); anything else could end the header that it is to
/// stand in.
pub(super) fn is_usable(granted: &Granted) -> Result<(), Broken> {
    Check::TokenType.demand(*granted.token_type() == BasicTokenType::Bearer)?;
    let token = granted.access_token().secret();
    Check::AccessToken.demand(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()))
}

fn not_accepted(error: Error) -> Error {
    match error {
        Error::BadAnswer(reason) => Error::BadAnswer(format!("the ID token is not accepted: {reason}")),
        other => other,
    }
}

pub(super) fn bad<T>(reason: impl Into<String>) -> Result<T, Error> {
    Err(Error::BadAnswer(reason.into()))
}
