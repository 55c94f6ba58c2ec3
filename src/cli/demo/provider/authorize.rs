//! The authorization endpoint: a page on which somebody chooses who to be.
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Query, RawQuery, State, rejection::QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;

use super::{EMPLOYEES, Grant, Shared};
use crate::domain::secret::random_token;

/// How long a code is good.
const CODE_LIFETIME: Duration = Duration::from_secs(60);

/// An authorization request (OpenID Connect Core 1.0 §3.1.2.1, RFC 7636 §4.3).
#[derive(Deserialize)]
pub(super) struct Asked {
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
pub(super) async fn ask(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    asked: Result<Query<Asked>, QueryRejection>,
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
pub(super) struct Chosen {
    employee: String,
}

/// Sends whoever has chosen back to the client with a code.
pub(super) async fn go_on(
    State(shared): State<Arc<Shared>>,
    asked: Result<Query<Asked>, QueryRejection>,
    chosen: Result<Query<Chosen>, QueryRejection>,
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

pub(super) const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
