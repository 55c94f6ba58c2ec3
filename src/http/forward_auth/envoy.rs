//! `/verify/envoy/…`: what Envoy's `ext_authz` filter asks with `path_prefix: /verify/envoy`. Any method may
//! come, and every answer but 200 goes to the client as it is.
use std::net::IpAddr;

use axum::{http::request::Parts, response::Response};

use super::{decide, redirect};
use crate::{gateway::Original, state::App};

/// How the path begins of everything that Envoy asks.
pub(super) const BEFORE: &str = "/verify/envoy/";

/// What is before the request's own path.
const PREFIX: &str = "/verify/envoy";

pub(super) async fn verify(app: &App, parts: &Parts, client: IpAddr) -> Response {
    let Parts { method, uri, headers, .. } = parts;
    let told = Original::from_envoy(method.clone(), uri, headers, PREFIX, client);
    redirect::answer(app, headers, decide(app, told, headers).await)
}
