//! A sample OpenID Provider: whoever clicks on an employee is that employee. It lives on loopback only and
//! in the demo only; everything it promises, it keeps (PKCE, codes that are good once, signed ID tokens).
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use axum::{
    Form, Json, Router,
    extract::{Query, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use maud::{DOCTYPE, Markup, html};
use openidconnect::{
    AccessToken, AdditionalClaims, Audience, AuthorizationCode, EmptyExtraTokenFields, EndUserEmail,
    EndUserName, EndUserUsername, IdToken, IdTokenClaims, IdTokenFields, IssuerUrl, JsonWebKeyId,
    JsonWebTokenError, LocalizedClaim, Nonce, PrivateSigningKey as _, StandardClaims, StandardTokenResponse,
    SubjectIdentifier,
    core::{
        CoreEdDsaPrivateSigningKey, CoreGenderClaim, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::{Url, form_urlencoded};

use crate::{
    clock::Clock,
    domain::{
        secret::{base64url, random, random_token, same, sha256},
        time::Time,
    },
};

/// How long a code is good.
const CODE_LIFETIME: Duration = Duration::from_secs(60);
/// How long an ID token is good.
const TOKEN_LIFETIME: Duration = Duration::from_secs(300);

/// The provider, bound to its port.
pub(super) struct SampleProvider {
    listener: TcpListener,
    shared: Arc<Shared>,
}

struct Shared {
    issuer: String,
    client_id: String,
    client_secret: String,
    redirect_uri: Url,
    key: CoreEdDsaPrivateSigningKey,
    codes: Mutex<HashMap<String, Grant>>,
    clock: Clock,
}

/// What a code stands for.
struct Grant {
    employee: &'static Employee,
    nonce: Option<String>,
    challenge: String,
    expires_at: Time,
}

struct Employee {
    subject: &'static str,
    username: &'static str,
    name: &'static str,
    email: &'static str,
    groups: &'static [&'static str],
}

static EMPLOYEES: [Employee; 2] = [
    Employee {
        subject: "employee-1001",
        username: "mina.park",
        name: "Mina Park",
        email: "mina.park@corp.example",
        groups: &["engineering", "staff"],
    },
    Employee {
        subject: "employee-1002",
        username: "jonas.weber",
        name: "Jonas Weber",
        email: "jonas.weber@corp.example",
        groups: &["finance", "staff"],
    },
];

impl SampleProvider {
    /// Takes a port for one client. Fails for every address that another machine could reach.
    pub(super) async fn bind(
        address: SocketAddr,
        client_id: impl Into<String>,
        redirect_uri: Url,
    ) -> anyhow::Result<Self> {
        ensure!(
            address.ip().is_loopback(),
            "the sample provider lets in everybody who asks: it listens on this machine only, not on {address}"
        );
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("the sample provider cannot listen on {address}"))?;
        let shared = Arc::new(Shared {
            issuer: format!("http://{}", listener.local_addr()?),
            client_id: client_id.into(),
            client_secret: random_token(),
            redirect_uri,
            key: new_key()?,
            codes: Mutex::default(),
            clock: Clock::System,
        });
        Ok(Self { listener, shared })
    }

    /// Its issuer identifier.
    pub(super) fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// The secret of its one client, made for this run.
    pub(super) fn client_secret(&self) -> &str {
        &self.shared.client_secret
    }

    /// Serves until `end`.
    pub(super) async fn run(self, end: CancellationToken) {
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(keys))
            .route("/authorize", get(authorize))
            .route("/continue", get(go_on))
            .route("/token", post(token))
            .route("/sample.css", get(style))
            .with_state(self.shared);
        let served = axum::serve(self.listener, app).with_graceful_shutdown(end.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "the sample provider ended");
        }
    }
}

async fn metadata(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let issuer = &shared.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "email", "groups"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    Json(CoreJsonWebKeySet::new(vec![shared.key.as_verification_key()]))
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("sample.css"))
}

/// An authorization request (OpenID Connect Core 1.0 §3.1.2.1, RFC 7636 §4.3).
#[derive(Deserialize)]
struct Asked {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    code_challenge: String,
    code_challenge_method: String,
    state: Option<String>,
    nonce: Option<String>,
}

impl Asked {
    /// What is wrong with it, if anything.
    fn fault(&self, shared: &Shared) -> Option<&'static str> {
        let faults = [
            (self.client_id != shared.client_id, "client_id is not known here."),
            (self.redirect_uri != shared.redirect_uri.as_str(), "redirect_uri is not registered."),
            (self.response_type != "code", "response_type must be code."),
            (!self.scope.split(' ').any(|scope| scope == "openid"), "scope must contain openid."),
            (self.code_challenge_method != "S256", "code_challenge_method must be S256."),
        ];
        faults.into_iter().find_map(|(is_there, words)| is_there.then_some(words))
    }
}

/// Lets somebody choose who to be.
async fn authorize(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(Query(asked)) = asked else { return refusal("This is no request for a sign-in with PKCE.") };
    if let Some(fault) = asked.fault(&shared) {
        return refusal(fault);
    }
    let query = query.unwrap_or_default();
    page(
        StatusCode::OK,
        "Who are you?",
        &html! {
            p { "A sample provider in the place of your organisation's. It asks for no password." }
            ul {
                @for employee in &EMPLOYEES {
                    li {
                        a href={ "/continue?" (query) "&employee=" (employee.username) } { (employee.name) }
                        " " (employee.email)
                    }
                }
            }
        },
    )
}

#[derive(Deserialize)]
struct Chosen {
    employee: String,
}

/// Sends whoever has chosen back to the client with a code.
async fn go_on(
    State(shared): State<Arc<Shared>>,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
    chosen: Result<Query<Chosen>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let (Ok(Query(asked)), Ok(Query(chosen))) = (asked, chosen) else {
        return refusal("This is no request for a sign-in with PKCE.");
    };
    if let Some(fault) = asked.fault(&shared) {
        return refusal(fault);
    }
    let Some(employee) = EMPLOYEES.iter().find(|employee| employee.username == chosen.employee) else {
        return refusal("Nobody of this name works here.");
    };
    let (now, code) = (shared.clock.now(), random_token());
    let grant = Grant {
        employee,
        nonce: asked.nonce,
        challenge: asked.code_challenge,
        expires_at: now + CODE_LIFETIME,
    };
    let mut codes = shared.codes.lock().unwrap_or_else(PoisonError::into_inner);
    codes.retain(|_, grant| now < grant.expires_at);
    codes.insert(code.clone(), grant);

    let mut back = shared.redirect_uri.clone();
    back.query_pairs_mut().append_pair("code", &code).append_pair("iss", &shared.issuer);
    if let Some(state) = asked.state {
        back.query_pairs_mut().append_pair("state", &state);
    }
    Redirect::to(back.as_str()).into_response()
}

/// A token request (RFC 6749 §4.1.3, RFC 7636 §4.5).
#[derive(Deserialize)]
struct Redeemed {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(request): Form<Redeemed>,
) -> Response {
    if !is_our_client(&headers, &shared) {
        return failure(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    if request.grant_type != "authorization_code" {
        return failure(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let now = shared.clock.now();
    let grant = shared.codes.lock().unwrap_or_else(PoisonError::into_inner).remove(&request.code);
    let proven = |grant: &Grant| {
        now < grant.expires_at
            && request.redirect_uri == shared.redirect_uri.as_str()
            && base64url(&sha256(request.code_verifier.as_bytes())) == grant.challenge
    };
    let Some(grant) = grant.filter(proven) else {
        return failure(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    match tokens(&shared, grant, AuthorizationCode::new(request.code), now) {
        Ok(tokens) => ([(header::CACHE_CONTROL, "no-store")], Json(tokens)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the sample provider cannot sign");
            failure(StatusCode::INTERNAL_SERVER_ERROR, "server_error")
        }
    }
}

/// RFC 6749 §2.3.1: id and secret are form-encoded before they become Basic credentials.
fn is_our_client(headers: &HeaderMap, shared: &Shared) -> bool {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let ours = format!("{}:{}", encoded(&shared.client_id), encoded(&shared.client_secret));
    let theirs =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    theirs.and_then(|text| BASE64.decode(text).ok()).is_some_and(|theirs| same(&theirs, ours.as_bytes()))
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Groups {
    groups: Vec<String>,
}

impl AdditionalClaims for Groups {}

type Tokens = StandardTokenResponse<
    IdTokenFields<
        Groups,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

fn tokens(
    shared: &Shared,
    grant: Grant,
    code: AuthorizationCode,
    now: Time,
) -> Result<Tokens, JsonWebTokenError> {
    let Employee { subject, username, name, email, groups } = grant.employee;
    let mut called = LocalizedClaim::new();
    called.insert(None, EndUserName::new((*name).to_owned()));
    let claims = IdTokenClaims::new(
        IssuerUrl::new(shared.issuer.clone()).expect("an address and a port make a URL"),
        vec![Audience::new(shared.client_id.clone())],
        (now + TOKEN_LIFETIME).to_utc(),
        now.to_utc(),
        StandardClaims::new(SubjectIdentifier::new((*subject).to_owned()))
            .set_preferred_username(Some(EndUserUsername::new((*username).to_owned())))
            .set_name(Some(called))
            .set_email(Some(EndUserEmail::new((*email).to_owned())))
            .set_email_verified(Some(true)),
        Groups { groups: groups.iter().map(|group| (*group).to_owned()).collect() },
    )
    .set_nonce(grant.nonce.map(Nonce::new));
    let access = AccessToken::new(random_token());
    let signed =
        IdToken::new(claims, &shared.key, CoreJwsSigningAlgorithm::EdDsa, Some(&access), Some(&code))?;
    let fields = IdTokenFields::new(Some(signed), EmptyExtraTokenFields {});
    let mut tokens = Tokens::new(access, CoreTokenType::Bearer, fields);
    tokens.set_expires_in(Some(&TOKEN_LIFETIME));
    Ok(tokens)
}

/// A new Ed25519 key in the form that the library reads: PKCS #8 (RFC 8410 §7).
fn new_key() -> anyhow::Result<CoreEdDsaPrivateSigningKey> {
    const HEAD: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let der = BASE64.encode([HEAD.as_slice(), &random::<32>()].concat());
    let label = "PRIVATE KEY";
    let pem = format!("-----BEGIN {label}-----\n{der}\n-----END {label}-----\n");
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new("sample".into())))
        .map_err(|error| anyhow::anyhow!("no key for the sample provider: {error}"))
}

fn failure(status: StatusCode, error: &str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(json!({ "error": error }))).into_response()
}

fn refusal(fault: &str) -> Response {
    page(StatusCode::BAD_REQUEST, "This does not work", &html! { p { (fault) } })
}

fn page(status: StatusCode, title: &str, content: &Markup) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – Sample SSO" }
                link rel="stylesheet" href="/sample.css";
            }
            body { main { h1 { (title) } (content) } }
        }
    };
    (status, headers, page).into_response()
}

const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[cfg(test)]
#[path = "provider_tests.rs"]
mod tests;
