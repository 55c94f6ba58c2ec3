//! Who is signed in, and what a form says.
use std::net::IpAddr;

use axum::{
    extract::{self, FromRequest, FromRequestParts, RawForm, Request},
    http::{StatusCode, request::Parts},
    response::{IntoResponse as _, Response},
};
use serde::de::DeserializeOwned;

use super::{Error, Visit};
use crate::{
    domain::{principal::Principal, user::Tier},
    state::App,
};

/// Somebody signed in with both parts of the cookie, read afresh from the database. Nobody: to the
/// sign-in page.
pub(super) struct SignedIn(pub(super) Principal);

/// Somebody signed in, or nobody.
pub(super) struct MaybeSignedIn(pub(super) Option<Principal>);

/// A superuser, at an address that may see the admin section. Everybody else finds no such page.
pub(super) struct Superuser(pub(super) Principal);

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
        let MaybeSignedIn(principal) = MaybeSignedIn::from_request_parts(parts, app).await?;
        principal.map(Self).ok_or(Error::SignInFirst)
    }
}

impl FromRequestParts<App> for Superuser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let allowed = &app.config.admin_allow;
        let address = visit.origin.address.parse::<IpAddr>().ok();
        if !allowed.is_empty()
            && !address.is_some_and(|it| allowed.iter().any(|network| network.contains(&it)))
        {
            return Err(Error::NotFound);
        }
        let SignedIn(principal) = SignedIn::from_request_parts(parts, app).await?;
        if principal.user.tier == Tier::Superuser { Ok(Self(principal)) } else { Err(Error::NotFound) }
    }
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
