//! A provider on loopback that answers as a test tells it to, and notes what it was asked.
#![expect(clippy::disallowed_methods, reason = "keys of a provider that lives for one test")]
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use ring::{rand::SystemRandom, signature};
use rsa::{pkcs1::EncodeRsaPrivateKey as _, traits::PublicKeyParts as _};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::domain::secret::{base64url, random};

/// What an endpoint does.
#[derive(Clone)]
pub(super) enum Reply {
    Json(Value),
    Raw(u16, &'static str, &'static str),
    Redirect(u16),
    Endless,
    Never,
}

/// The endpoints' answers.
#[derive(Clone)]
pub(super) struct Replies {
    pub(super) discovery: Reply,
    pub(super) jwks: Reply,
    pub(super) token: Reply,
    pub(super) userinfo: Reply,
}

/// A request that came in.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) authorization: Option<String>,
    pub(super) body: String,
}

#[derive(Clone)]
struct Shared {
    replies: Arc<Mutex<Replies>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

pub(super) struct Fake {
    pub(super) issuer: String,
    shared: Shared,
    server: JoinHandle<()>,
}

impl Fake {
    pub(super) async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let nothing = Reply::Raw(500, "text/plain", "not told what to answer");
        let shared = Shared {
            replies: Arc::new(Mutex::new(Replies {
                discovery: nothing.clone(),
                jwks: nothing.clone(),
                token: nothing.clone(),
                userinfo: nothing,
            })),
            asked: Arc::default(),
        };
        let app = Router::new().fallback(answer).with_state(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { issuer, shared, server }
    }

    pub(super) fn answer_with(&self, replies: Replies) {
        *self.shared.replies.lock().unwrap() = replies;
    }

    /// Requests for `path` so far.
    pub(super) fn asked(&self, path: &str) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().iter().filter(|asked| asked.path == path).cloned().collect()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(shared): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let authorization = request.headers().get(header::AUTHORIZATION);
    let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
    let body = axum::body::to_bytes(request.into_body(), 1 << 16).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    shared.asked.lock().unwrap().push(Asked { path: path.clone(), authorization, body });
    let replies = shared.replies.lock().unwrap().clone();
    let reply = match path.as_str() {
        "/.well-known/openid-configuration" => replies.discovery,
        "/jwks" => replies.jwks,
        "/token" => replies.token,
        "/userinfo" => replies.userinfo,
        _ => Reply::Raw(404, "text/plain", "nothing here"),
    };
    match reply {
        Reply::Json(value) => axum::Json(value).into_response(),
        Reply::Raw(status, kind, body) => {
            (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, kind)], body).into_response()
        }
        Reply::Redirect(status) => {
            (StatusCode::from_u16(status).unwrap(), Redirect::to("/elsewhere")).into_response()
        }
        Reply::Endless => {
            let chunk = || Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 1 << 15]));
            let body = Body::from_stream(futures_util::stream::repeat_with(chunk));
            ([(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Reply::Never => std::future::pending().await,
    }
}

/// A key that signs ID tokens.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) alg: &'static str,
    pub(super) jwk: Value,
    signing: Option<(Algorithm, EncodingKey)>,
}

impl Key {
    pub(super) fn ed25519(kid: &str) -> Self {
        // PKCS #8 of RFC 8410 §7, without the public key.
        const HEAD: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        let seed = random::<32>();
        let der = [HEAD.as_slice(), &seed].concat();
        let pair = signature::Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        let x = base64url(signature::KeyPair::public_key(&pair).as_ref());
        Self {
            alg: "EdDSA",
            jwk: json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "use": "sig", "x": x}),
            signing: Some((Algorithm::EdDSA, EncodingKey::from_ed_der(&der))),
        }
    }

    pub(super) fn p256(kid: &str) -> Self {
        let kind = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let der = signature::EcdsaKeyPair::generate_pkcs8(kind, &SystemRandom::new()).unwrap();
        let pair = signature::EcdsaKeyPair::from_pkcs8(kind, der.as_ref(), &SystemRandom::new()).unwrap();
        let point = signature::KeyPair::public_key(&pair).as_ref().to_vec();
        let (x, y) = (base64url(&point[1..33]), base64url(&point[33..]));
        Self {
            alg: "ES256",
            jwk: json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": x, "y": y}),
            signing: Some((Algorithm::ES256, EncodingKey::from_ec_der(der.as_ref()))),
        }
    }

    pub(super) fn rsa(kid: &str, bits: usize) -> Self {
        let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, bits).unwrap();
        let (n, e) = (base64url(&key.n().to_bytes_be()), base64url(&key.e().to_bytes_be()));
        let der = key.to_pkcs1_der().unwrap();
        Self {
            alg: "RS256",
            jwk: json!({"kty": "RSA", "kid": kid, "use": "sig", "n": n, "e": e}),
            signing: Some((Algorithm::RS256, EncodingKey::from_rsa_der(der.as_bytes()))),
        }
    }

    /// The same key for RSASSA-PSS.
    pub(super) fn pss(self) -> Self {
        let signing = self.signing.map(|(_, key)| (Algorithm::PS256, key));
        Self { alg: "PS256", signing, ..self }
    }

    pub(super) fn hmac(secret: &str) -> Self {
        Self {
            alg: "HS256",
            jwk: json!({"kty": "oct", "k": base64url(secret.as_bytes())}),
            signing: Some((Algorithm::HS256, EncodingKey::from_secret(secret.as_bytes()))),
        }
    }

    pub(super) fn none() -> Self {
        Self { alg: "none", jwk: Value::Null, signing: None }
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = match &self.signing {
            Some((algorithm, key)) => crypto::sign(message.as_bytes(), key, *algorithm).unwrap(),
            None => String::new(),
        };
        format!("{message}.{signature}")
    }
}
