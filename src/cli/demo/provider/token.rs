//! The token endpoint.
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use axum::{
    Form, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use openidconnect::{
    AccessToken, AdditionalClaims, Audience, AuthorizationCode, EmptyExtraTokenFields, EndUserEmail,
    EndUserName, EndUserUsername, IdToken, IdTokenClaims, IdTokenFields, IssuerUrl, JsonWebTokenError,
    LocalizedClaim, Nonce, StandardClaims, StandardTokenResponse, SubjectIdentifier,
    core::{CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreTokenType},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::form_urlencoded;

use super::{Employee, Grant, Shared};
use crate::domain::{
    secret::{base64url, random_token, same, sha256},
    time::Time,
};

/// How long an ID token is good.
const TOKEN_LIFETIME: Duration = Duration::from_secs(300);

/// A token request (RFC 6749 §4.1.3, RFC 7636 §4.5).
#[derive(Deserialize)]
pub(super) struct Redeemed {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

pub(super) async fn redeem(
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
    match tokens(&shared, grant, &AuthorizationCode::new(request.code), now) {
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
    code: &AuthorizationCode,
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
        IdToken::new(claims, &shared.key, CoreJwsSigningAlgorithm::EdDsa, Some(&access), Some(code))?;
    let fields = IdTokenFields::new(Some(signed), EmptyExtraTokenFields {});
    let mut tokens = Tokens::new(access, CoreTokenType::Bearer, fields);
    tokens.set_expires_in(Some(&TOKEN_LIFETIME));
    Ok(tokens)
}

fn failure(status: StatusCode, error: &str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(json!({ "error": error }))).into_response()
}
