//! Who is signed in, and what a form says.
use std::net::IpAddr;

use axum::{
    extract::{self, FromRequest, FromRequestParts, RawForm, Request, State},
    http::{StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use ipnet::IpNet;
use serde::de::DeserializeOwned;

use super::{Error, Visit};
use crate::{
    domain::{permission::Need, principal::Principal},
    state::App,
};

/// Somebody signed in with both parts of the cookie, read afresh from the database. Nobody: to the
/// sign-in page.
pub(super) struct SignedIn(pub(super) Principal);

/// Somebody signed in, or nobody.
pub(super) struct MaybeSignedIn(pub(super) Option<Principal>);

/// Somebody signed in, also where they have to choose a new password first.
pub(super) struct AnySession(pub(super) Principal);

/// Somebody to whom the route's need is open; put there by the guard of the admin section alone.
pub(super) struct Admin(pub(super) Principal);

/// What the query says.
pub(super) struct Query<T>(pub(super) T);

/// The fields of a form of at most 64 KiB.
pub(super) struct Form<T>(pub(super) T);

/// The fields of a form, in order, repeated ones included.
pub(super) struct Fields(pub(super) Vec<(String, String)>);

impl FromRequestParts<App> for MaybeSignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let Some(token) = app.cookies.own(&parts.headers) else { return Ok(Self(None)) };
        Ok(Self(app.principal(&token, visit.now).await?))
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let AnySession(principal) = AnySession::from_request_parts(parts, app).await?;
        if principal.session.restricted.is_some() {
            Err(Error::ChangePasswordFirst)
        } else {
            Ok(Self(principal))
        }
    }
}

impl FromRequestParts<App> for AnySession {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let MaybeSignedIn(principal) = MaybeSignedIn::from_request_parts(parts, app).await?;
        principal.map(Self).ok_or(Error::SignInFirst)
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let admitted = parts.extensions.remove::<Admitted>();
        admitted
            .map(|Admitted(principal)| Self(principal))
            .ok_or(Error::Internal("a route of /admin has no guard"))
    }
}

/// Whom the guard let in.
#[derive(Clone)]
struct Admitted(Principal);

/// Lets in whoever meets the need, from an address that may see the admin section. Everybody else who is
/// signed in finds no such page.
pub(super) async fn guard(
    State((app, need)): State<(App, Need)>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let (mut parts, body) = request.into_parts();
    let visit = Visit::from_request_parts(&mut parts, &app).await?;
    let address = visit.origin.address.parse::<IpAddr>().ok();
    if !address.is_some_and(|address| may_come_from(&app.settings().admin_allow, address)) {
        return Err(Error::NotFound);
    }
    let SignedIn(principal) = SignedIn::from_request_parts(&mut parts, &app).await?;
    if !principal.may.meets(need) {
        return Err(Error::NotFound);
    }
    parts.extensions.insert(Admitted(principal));
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// Whether the admin section may be seen from this address.
pub(super) fn may_come_from(allowed: &[IpNet], address: IpAddr) -> bool {
    allowed.is_empty() || allowed.iter().any(|network| network.contains(&address))
}

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let query = extract::Query::from_request_parts(parts, app).await;
        query.map(|extract::Query(query)| Self(query)).map_err(|_| Error::BadRequest)
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let axum::Form(form) = axum::Form::from_request(request, app)
            .await
            .map_err(|rejection| unreadable(&rejection.into_response()))?;
        Ok(Self(form))
    }
}

impl FromRequest<App> for Fields {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let RawForm(body) = RawForm::from_request(request, app)
            .await
            .map_err(|rejection| unreadable(&rejection.into_response()))?;
        Ok(Self(url::form_urlencoded::parse(&body).into_owned().collect()))
    }
}

impl Fields {
    /// The first value of a field; empty when it is not there.
    pub(super) fn first(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

fn unreadable(answer: &Response) -> Error {
    match answer.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        _ => Error::BadRequest,
    }
}
