//! An OpenID Provider that gives refresh tokens and says when somebody has signed out; it rotates them as certified ones
//! do, counts what it is asked, and lies when it is told to. What it lies about at the sign-in is another's business
//! ([`super::Issuer`]).
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
use ring::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify};

/// A provider on a loopback port; ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Idp {
    pub(crate) port: u16,
    parts: Arc<Parts>,
}

/// What it does when it is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Answers.
    Good,
    /// Answers this status and an OAuth error.
    Refuses(u16, &'static str),
    /// Answers this text with 200.
    Says(&'static str),
    /// Does not answer before [`Idp::lets_go`], and then as it should.
    Hangs,
}

/// How a refreshed ID token, and what is around it, is spoilt: the claims, and the answer of the token endpoint.
pub(crate) type Spoil = fn(claims: &mut Value, answer: &mut Value);

struct Parts {
    issuer: String,
    clock: Clock,
    /// By the name under which it is published.
    key: Mutex<(String, Ed25519KeyPair)>,
    /// Whoever signs in now.
    person: Mutex<Value>,
    /// Everybody who ever did, by subject, as they are now.
    people: Mutex<HashMap<String, Value>>,
    codes: Mutex<HashMap<String, Grant>>,
    refresh_tokens: Mutex<HashMap<String, Grant>>,
    /// Those that were used up.
    used: Mutex<HashMap<String, Grant>>,
    mood: Mutex<Mood>,
    spoil: Mutex<Option<Spoil>>,
    metadata: Mutex<Value>,
    rotates: AtomicBool,
    asked: AtomicUsize,
    granted: AtomicUsize,
    let_go: Notify,
}

#[derive(Clone)]
struct Grant {
    nonce: String,
    challenge: String,
    sub: String,
}

impl Idp {
    /// With the gateway's time.
    pub(crate) async fn start(clock: &Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let parts = Arc::new(Parts {
            issuer: format!("http://127.0.0.1:{port}"),
            clock: clock.clone(),
            key: Mutex::new(new_key("one")),
            person: Mutex::default(),
            people: Mutex::default(),
            codes: Mutex::default(),
            refresh_tokens: Mutex::default(),
            used: Mutex::default(),
            mood: Mutex::new(Mood::Good),
            spoil: Mutex::default(),
            metadata: Mutex::new(json!({})),
            rotates: AtomicBool::new(true),
            asked: AtomicUsize::new(0),
            granted: AtomicUsize::new(0),
            let_go: Notify::new(),
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

    pub(crate) fn issuer(&self) -> &str {
        &self.parts.issuer
    }

    /// The `[[provider]]` of a gateway's configuration for this one.
    pub(crate) fn config(&self, name: &str, more: &str) -> String {
        format!(
            "[[provider]]\nname = '{name}'\nlabel = 'Continue with {name}'\nissuer = '{}'\nclient_id = 'narthex'\n\
             client_secret = 'secret'\n{more}\n",
            self.parts.issuer,
        )
    }

    /// From now on the metadata has this, too.
    pub(crate) fn publishes(&self, name: &str, value: Value) {
        self.parts.metadata.lock().unwrap()[name] = value;
    }

    /// From now on these claims, beside the protocol's own, are whoever signs in, and whoever has this subject.
    pub(crate) fn is(&self, claims: Value) {
        let sub = claims["sub"].as_str().unwrap().to_owned();
        self.parts.people.lock().unwrap().insert(sub, claims.clone());
        *self.parts.person.lock().unwrap() = claims;
    }

    /// An ordinary employee, in this session of the provider's if it names one.
    pub(crate) fn is_employee(&self, name: &str, sid: Option<&str>) {
        let mut claims = json!({
            "sub": format!("subject-of-{name}"),
            "email": format!("{name}@corp.example"),
            "email_verified": true,
            "preferred_username": name,
            "name": format!("Employee {name}"),
            "groups": ["staff"],
        });
        if let Some(sid) = sid {
            claims["sid"] = sid.into();
        }
        self.is(claims);
    }

    pub(crate) fn mood(&self, mood: Mood) {
        *self.parts.mood.lock().unwrap() = mood;
    }

    /// Answers what hangs.
    pub(crate) fn lets_go(&self) {
        self.mood(Mood::Good);
        self.parts.let_go.notify_waiters();
    }

    pub(crate) fn spoil(&self, spoil: Option<Spoil>) {
        *self.parts.spoil.lock().unwrap() = spoil;
    }

    /// Refresh tokens stay as they are from now on.
    pub(crate) fn rotates_no_more(&self) {
        self.parts.rotates.store(false, Ordering::SeqCst);
    }

    /// Takes none of the refresh tokens that it gave any more.
    pub(crate) fn revokes(&self) {
        self.parts.refresh_tokens.lock().unwrap().clear();
    }

    /// Signs with another key from now on, and has forgotten the one before.
    pub(crate) fn changes_key(&self, kid: &str) {
        *self.parts.key.lock().unwrap() = new_key(kid);
    }

    /// How often it was asked again, and how often it said yes.
    pub(crate) fn asked(&self) -> (usize, usize) {
        (self.parts.asked.load(Ordering::SeqCst), self.parts.granted.load(Ordering::SeqCst))
    }

    /// Refresh tokens that are good now.
    pub(crate) fn refresh_tokens(&self) -> Vec<String> {
        self.parts.refresh_tokens.lock().unwrap().keys().cloned().collect()
    }

    /// A good logout token's claims.
    pub(crate) fn logout_claims(&self, more: &Value) -> Value {
        let now = self.parts.clock.now().seconds();
        let mut claims = json!({
            "iss": self.parts.issuer, "aud": "narthex", "iat": now, "exp": now + 120, "jti": random_token(),
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    /// Signs this, by its key and whatever the header says.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        sign(&self.parts.key.lock().unwrap().1, header, claims)
    }

    /// The header of what it signs.
    pub(crate) fn header(&self, kind: &str) -> Value {
        json!({ "alg": "EdDSA", "kid": self.parts.key.lock().unwrap().0, "typ": kind })
    }

    /// Its public key as it stands in the key set.
    pub(crate) fn public_key(&self) -> Vec<u8> {
        self.parts.key.lock().unwrap().1.public_key().as_ref().to_vec()
    }
}

/// Signs by a key that nobody has published.
pub(crate) fn sign_as_stranger(header: &Value, claims: &Value) -> String {
    sign(&new_key("one").1, header, claims)
}

/// An HMAC in place of a signature.
pub(crate) fn sign_hs256(secret: &[u8], header: &Value, claims: &Value) -> String {
    let text = message(header, claims);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    format!("{text}.{}", base64url(hmac::sign(&key, text.as_bytes()).as_ref()))
}

/// What is signed.
pub(crate) fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

fn sign(key: &Ed25519KeyPair, header: &Value, claims: &Value) -> String {
    let text = message(header, claims);
    format!("{text}.{}", base64url(key.sign(text.as_bytes()).as_ref()))
}

fn new_key(kid: &str) -> (String, Ed25519KeyPair) {
    (kid.to_owned(), Ed25519KeyPair::from_seed_unchecked(&random::<32>()).unwrap())
}

async fn discovery(State(parts): State<Arc<Parts>>) -> Json<Value> {
    let issuer = &parts.issuer;
    let mut metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "end_session_endpoint": format!("{issuer}/end?tenant=1"),
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "authorization_response_iss_parameter_supported": true,
    });
    for (name, value) in parts.metadata.lock().unwrap().as_object().unwrap() {
        metadata[name] = value.clone();
    }
    Json(metadata)
}

async fn jwks(State(parts): State<Arc<Parts>>) -> Json<Value> {
    let key = parts.key.lock().unwrap();
    let x = base64url(key.1.public_key().as_ref());
    Json(json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": key.0, "x": x }] }))
}

async fn authorize(
    State(parts): State<Arc<Parts>>,
    Query(asked): Query<HashMap<String, String>>,
) -> Redirect {
    let code = random_token();
    let sub = parts.person.lock().unwrap()["sub"].as_str().unwrap().to_owned();
    let grant = Grant { nonce: asked["nonce"].clone(), challenge: asked["code_challenge"].clone(), sub };
    parts.codes.lock().unwrap().insert(code.clone(), grant);
    let mut back = url::Url::parse(&asked["redirect_uri"]).unwrap();
    let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", &parts.issuer)];
    back.query_pairs_mut().extend_pairs(answer);
    Redirect::to(back.as_str())
}

async fn token(State(parts): State<Arc<Parts>>, Form(sent): Form<HashMap<String, String>>) -> Response {
    if sent["grant_type"] == "refresh_token" {
        return refresh(&parts, &sent["refresh_token"]).await;
    }
    let grant = parts.codes.lock().unwrap().remove(&sent["code"]);
    let proven = |grant: &Grant| base64url(&sha256(sent["code_verifier"].as_bytes())) == grant.challenge;
    let Some(grant) = grant.filter(proven) else { return error(400, "invalid_grant") };
    let nonce = grant.nonce.clone();
    let mut claims = parts.claims(&grant.sub);
    claims["nonce"] = nonce.into();
    Json(parts.answer(grant, &claims)).into_response()
}

/// RFC 6749 §6; a token that was used up takes all others of its grant with it (RFC 9700 §4.14.2).
async fn refresh(parts: &Parts, token: &str) -> Response {
    parts.asked.fetch_add(1, Ordering::SeqCst);
    let mood = *parts.mood.lock().unwrap();
    match mood {
        Mood::Good => {}
        Mood::Refuses(status, code) => return error(status, code),
        Mood::Says(text) => return text.into_response(),
        Mood::Hangs => parts.let_go.notified().await,
    }
    if let Some(stolen) = parts.used.lock().unwrap().get(token) {
        parts.refresh_tokens.lock().unwrap().retain(|_, grant| grant.nonce != stolen.nonce);
    }
    let rotates = parts.rotates.load(Ordering::SeqCst);
    let grant = {
        let mut good = parts.refresh_tokens.lock().unwrap();
        let grant = if rotates { good.remove(token) } else { good.get(token).cloned() };
        let Some(grant) = grant else { return error(400, "invalid_grant") };
        grant
    };
    parts.granted.fetch_add(1, Ordering::SeqCst);
    let mut claims = parts.claims(&grant.sub);
    let mut answer = match rotates {
        true => {
            parts.used.lock().unwrap().insert(token.to_owned(), grant.clone());
            parts.answer(grant, &claims)
        }
        false => json!({ "access_token": "opaque", "token_type": "Bearer" }),
    };
    answer["id_token"] = Value::Null;
    if let Some(spoil) = *parts.spoil.lock().unwrap() {
        spoil(&mut claims, &mut answer);
    }
    if answer["id_token"].is_null() {
        let key = parts.key.lock().unwrap();
        answer["id_token"] = sign(&key.1, &json!({ "alg": "EdDSA", "kid": key.0 }), &claims).into();
    } else if answer["id_token"] == "none" {
        answer.as_object_mut().unwrap().remove("id_token");
    } else if answer["id_token"] == "forged" {
        answer["id_token"] = sign_as_stranger(&json!({ "alg": "EdDSA", "kid": "one" }), &claims).into();
    }
    Json(answer).into_response()
}

fn error(status: u16, code: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(json!({ "error": code }))).into_response()
}

impl Parts {
    fn claims(&self, sub: &str) -> Value {
        let now = self.clock.now().seconds();
        let mut claims = json!({ "iss": self.issuer, "aud": "narthex", "iat": now, "exp": now + 300 });
        for (name, value) in self.people.lock().unwrap()[sub].as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    fn answer(&self, grant: Grant, claims: &Value) -> Value {
        let refresh = random_token();
        self.refresh_tokens.lock().unwrap().insert(refresh.clone(), grant);
        let key = self.key.lock().unwrap();
        let id_token = sign(&key.1, &json!({ "alg": "EdDSA", "kid": key.0 }), claims);
        json!({
            "access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": id_token,
            "refresh_token": refresh,
        })
    }
}
