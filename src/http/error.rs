//! Why a request was not served, and the page that says so.
use std::time::Duration;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;
use templates::{Frame, Href, Lang, errors::Failure};

use super::Visit;
use crate::{
    accounts::{chain, hashing::Busy},
    gateway, session,
    state::App,
    store,
};

/// Why a request was not served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in: to the sign-in page, and back here afterwards.
    #[error("sign in first")]
    SignInFirst,
    /// A new password comes before everything else.
    #[error("choose a new password first")]
    ChangePasswordFirst,
    /// There is no such page, or none for this person.
    #[error("no such page")]
    NotFound,
    /// The request cannot be read.
    #[error("the request cannot be read")]
    BadRequest,
    /// Its body is too large.
    #[error("the request is too large")]
    TooLarge,
    /// A form without a trustworthy origin.
    #[error("the form does not come from our own pages")]
    FormExpired,
    /// This address may not come here.
    #[error("this address may not come here")]
    Forbidden,
    /// Too many of them; again after this long.
    #[error("too many requests")]
    TooMany(Duration),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The session store does not answer.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// One of the two, on the way to whoever is signed in.
    #[error(transparent)]
    Gate(#[from] gateway::Error),
    /// The audit log cannot be looked at.
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// Too many passwords are being hashed.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// A mistake of ours.
    #[error("{0}")]
    Internal(&'static str),
}

impl Error {
    fn failure(&self) -> Failure {
        match self {
            Self::NotFound | Self::SignInFirst => Failure::NotFound,
            Self::ChangePasswordFirst => Failure::Forbidden,
            Self::BadRequest => Failure::BadRequest,
            Self::TooLarge => Failure::TooLarge,
            Self::FormExpired => Failure::FormExpired,
            Self::Forbidden => Failure::Forbidden,
            Self::TooMany(_) => Failure::TooManyRequests,
            Self::Store(_) | Self::Session(_) | Self::Gate(_) | Self::Chain(_) | Self::Busy(_) => {
                Failure::Unavailable
            }
            Self::Internal(_) => Failure::Internal,
        }
    }
}

/// Marks an answer whose page [`pages`] draws, because only there the language is known.
#[derive(Clone, Copy)]
struct Undrawn(Failure);

/// Marks an answer that becomes a redirect to this page, and from there back here.
#[derive(Clone, Copy)]
struct First(&'static str);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if matches!(
            self,
            Self::Store(_) | Self::Session(_) | Self::Gate(_) | Self::Chain(_) | Self::Internal(_)
        ) {
            tracing::error!(error = &self as &dyn std::error::Error, "a request failed");
        }
        let mut response = failed(self.failure());
        match self {
            Self::SignInFirst => {
                *response.status_mut() = StatusCode::UNAUTHORIZED;
                response.extensions_mut().insert(First("/login"));
            }
            Self::TooMany(wait) => {
                let seconds = wait.as_secs().saturating_add(1);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Self::ChangePasswordFirst => {
                response.extensions_mut().insert(First("/account/password"));
            }
            _ => {}
        }
        response
    }
}

/// An answer that [`pages`] will draw.
pub(super) fn failed(failure: Failure) -> Response {
    let status = StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = status.into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response.extensions_mut().insert(Undrawn(failure));
    response
}

/// Draws the page of every answer that failed without one: in the visitor's language, or as JSON.
pub(super) async fn pages(State(app): State<App>, visit: Visit, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Some(First(page)) = response.extensions().get()
        && !visit.json
    {
        return super::redirect(Href::query(page, [("rd", visit.to_come_back_to())]).as_str());
    }
    draw(response, visit.json, || visit.frame(&app))
}

/// Draws the page of a failed answer, if it has none.
pub(super) fn draw(response: Response, json: bool, frame: impl FnOnce() -> Frame) -> Response {
    let bare = response.status().is_client_error() || response.status().is_server_error();
    if !bare || response.headers().contains_key(header::CONTENT_TYPE) {
        return response;
    }
    let failure =
        response.extensions().get::<Undrawn>().map_or_else(|| of_status(response.status()), |it| it.0);
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let frame = frame();
    if json {
        let reason = parts.status.canonical_reason().unwrap_or("failed").to_lowercase();
        let body = Json(json!({ "error": reason, "request_id": frame.reference }));
        return (parts.status, parts.headers, body).into_response();
    }
    (parts.status, parts.headers, templates::errors::page(&frame, failure)).into_response()
}

fn of_status(status: StatusCode) -> Failure {
    match status {
        StatusCode::NOT_FOUND => Failure::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Failure::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge,
        StatusCode::FORBIDDEN => Failure::Forbidden,
        StatusCode::TOO_MANY_REQUESTS => Failure::TooManyRequests,
        StatusCode::BAD_GATEWAY => Failure::BadGateway,
        StatusCode::SERVICE_UNAVAILABLE => Failure::Unavailable,
        StatusCode::GATEWAY_TIMEOUT => Failure::GatewayTimeout,
        status if status.is_server_error() => Failure::Internal,
        _ => Failure::BadRequest,
    }
}

/// What is left to say after a panic: a page that needs nothing.
pub(super) fn panicked(_cause: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a request panicked");
    draw(failed(Failure::Internal), false, || Frame::bare(Lang::En, "-"))
}
