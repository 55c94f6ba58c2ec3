//! A sample OpenID Provider: whoever clicks on an employee is that employee. It lives on loopback only and
//! in the demo only; everything it promises, it keeps (PKCE, codes that are good once, signed ID tokens).
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use anyhow::{Context as _, anyhow, ensure};
use axum::{
    Json, Router,
    extract::State,
    http::header,
    response::IntoResponse,
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey as _,
    core::{CoreEdDsaPrivateSigningKey, CoreJsonWebKeySet},
};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    clock::Clock,
    domain::{
        secret::{random, random_token},
        time::Time,
    },
};

mod authorize;
mod token;

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
            .route("/authorize", get(authorize::ask))
            .route("/continue", get(authorize::go_on))
            .route("/token", post(token::redeem))
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

/// A new Ed25519 key in the form that the library reads: PKCS #8 (RFC 8410 §7).
fn new_key() -> anyhow::Result<CoreEdDsaPrivateSigningKey> {
    const HEAD: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let der = BASE64.encode([HEAD.as_slice(), &random::<32>()].concat());
    let label = "PRIVATE KEY";
    let pem = format!("-----BEGIN {label}-----\n{der}\n-----END {label}-----\n");
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new("sample".into())))
        .map_err(|error| anyhow!("no key for the sample provider: {error}"))
}

#[cfg(test)]
mod tests;
