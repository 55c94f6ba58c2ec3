//! An OpenID Provider that says whatever a story wants it to say, and counts what it is asked. The certified
//! one is in `tests/provider`; this one can lie.
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router,
    extract::{Form, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use narthex::{
    clock::Clock,
    domain::secret::{base64url, random, random_token, sha256},
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A provider on a loopback port; ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) port: u16,
    parts: Arc<Parts>,
}

struct Parts {
    issuer: String,
    key: Ed25519KeyPair,
    /// Who is signed in there.
    person: Mutex<Value>,
    codes: Mutex<HashMap<String, Code>>,
    redeemed: AtomicUsize,
    down: AtomicBool,
}

struct Code {
    nonce: String,
    challenge: String,
    person: Value,
    used: bool,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        Self::start_at(0).await
    }

    /// At a port that was chosen before; 0 for any.
    pub(crate) async fn start_at(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let parts = Arc::new(Parts {
            issuer: format!("http://127.0.0.1:{port}"),
            key: Ed25519KeyPair::from_seed_unchecked(&random::<32>()).unwrap(),
            person: Mutex::new(Value::Null),
            codes: Mutex::default(),
            redeemed: AtomicUsize::new(0),
            down: AtomicBool::new(false),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .with_state(Arc::clone(&parts));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { port, parts }
    }

    /// The `[[provider]]` of a gateway's configuration for this one.
    pub(crate) fn config(&self, name: &str, more: &str) -> String {
        format!(
            "[[provider]]\nname = '{name}'\nlabel = 'Continue with {name}'\nissuer = '{}'\nclient_id = 'narthex'\n\
             client_secret = 'secret of {name}'\n{more}\n",
            self.parts.issuer,
        )
    }

    /// From now on this person is signed in here: claims beside the protocol's own.
    pub(crate) fn is(&self, claims: Value) {
        *self.parts.person.lock().unwrap() = claims;
    }

    /// An ordinary employee.
    pub(crate) fn is_employee(&self, name: &str) {
        self.is(json!({
            "sub": format!("subject-of-{name}"),
            "email": format!("{name}@corp.example"),
            "email_verified": true,
            "preferred_username": name,
            "name": format!("Employee {name}"),
        }));
    }

    /// From now on it turns no code into a token.
    pub(crate) fn goes_down(&self) {
        self.parts.down.store(true, Ordering::SeqCst);
    }

    /// How many codes were turned into tokens.
    pub(crate) fn redeemed(&self) -> usize {
        self.parts.redeemed.load(Ordering::SeqCst)
    }
}

impl Parts {
    fn sign(&self, claims: &Value) -> String {
        let header = base64url(br#"{"alg":"EdDSA","kid":"one"}"#);
        let text = format!("{header}.{}", base64url(claims.to_string().as_bytes()));
        let signature = base64url(self.key.sign(text.as_bytes()).as_ref());
        format!("{text}.{signature}")
    }
}

async fn discovery(State(parts): State<Arc<Parts>>) -> Json<Value> {
    let issuer = &parts.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(State(parts): State<Arc<Parts>>) -> Json<Value> {
    let x = base64url(parts.key.public_key().as_ref());
    Json(
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "one", "x": x }] }),
    )
}

async fn authorize(
    State(parts): State<Arc<Parts>>,
    Query(asked): Query<HashMap<String, String>>,
) -> Redirect {
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["code_challenge_method"], "S256");
    let code = random_token();
    let person = parts.person.lock().unwrap().clone();
    let known = Code {
        nonce: asked["nonce"].clone(),
        challenge: asked["code_challenge"].clone(),
        person,
        used: false,
    };
    parts.codes.lock().unwrap().insert(code.clone(), known);
    let mut back = url::Url::parse(&asked["redirect_uri"]).unwrap();
    let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", &parts.issuer)];
    back.query_pairs_mut().extend_pairs(answer);
    Redirect::to(back.as_str())
}

async fn token(State(parts): State<Arc<Parts>>, Form(sent): Form<HashMap<String, String>>) -> Response {
    let refused = || (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    if parts.down.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let mut codes = parts.codes.lock().unwrap();
    let Some(code) = codes.get_mut(&sent["code"]) else { return refused() };
    let proven = base64url(&sha256(sent["code_verifier"].as_bytes())) == code.challenge;
    if code.used || !proven {
        return refused();
    }
    code.used = true;
    parts.redeemed.fetch_add(1, Ordering::SeqCst);
    let now = Clock::System.now().seconds();
    let mut claims =
        json!({ "iss": parts.issuer, "aud": "narthex", "iat": now, "exp": now + 300, "nonce": code.nonce });
    for (name, value) in code.person.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let token = parts.sign(&claims);
    let answer =
        json!({ "access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": token });
    Json(answer).into_response()
}
