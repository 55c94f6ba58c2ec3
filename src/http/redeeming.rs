//! A browser that comes back from a provider twice at the same moment, by a double click or a reload: the code is
//! redeemed once, and the other request goes on with the session that came of it.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use tokio::sync::OwnedMutexGuard;

use super::{
    Error, Visit,
    extract::{MaybeSignedIn, Query},
    onward::continue_url,
    redirect,
    sso::{self, Callback},
};
use crate::{
    domain::{return_to::ReturnTo, time::Time},
    oidc::{Flow, FlowSecrets},
    state::App,
};

/// So many flows are remembered; one beyond them goes on as if it came back once.
const MOST: usize = 10_000;

/// The flows that have come back to this process, until they would have ended anyway.
#[derive(Default)]
pub struct Redeeming(Mutex<HashMap<String, Return>>);

struct Return {
    until: Time,
    turn: Turn,
}

/// Whoever holds it redeems the code; it says whether that was done, and with success.
type Turn = Arc<tokio::sync::Mutex<bool>>;

impl Redeeming {
    /// Waits until nobody else redeems the code of this flow.
    async fn enter(&self, flow: &Flow, now: Time) -> OwnedMutexGuard<bool> {
        self.turn(flow, now).lock_owned().await
    }

    fn turn(&self, flow: &Flow, now: Time) -> Turn {
        let mut returns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = returns.get(&flow.id) {
            return Arc::clone(&known.turn);
        }
        if returns.len() >= MOST {
            returns.retain(|_, known| now < known.until);
        }
        let turn = Turn::default();
        if returns.len() < MOST {
            let first = Return { until: flow.expires_at, turn: Arc::clone(&turn) };
            returns.insert(flow.id.clone(), first);
        }
        turn
    }
}

/// What of the answer tells which flow it ends, and whether there is a code.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Back {
    state: String,
    error: Option<String>,
}

/// `GET …/callback`.
pub(super) async fn callback(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    signed_in: MaybeSignedIn,
    path: Path<String>,
    Query(back): Query<Back>,
    query: Query<Callback>,
) -> Result<Response, Error> {
    let Some(flow) = flow(&app, &visit, &headers, &back) else {
        return sso::callback(State(app), visit, headers, signed_in, path, query).await;
    };
    let mut done = app.redeeming.enter(&flow, visit.now).await;
    if *done {
        return Ok(redirect(&continue_url(&ReturnTo::parse(&flow.rd, app.gate.hosts()))));
    }
    let response = sso::callback(State(app.clone()), visit, headers, signed_in, path, query).await?;
    *done = response.status() == StatusCode::SEE_OTHER;
    Ok(response)
}

/// `HEAD …/callback`: whoever only looks does not redeem the code of somebody who comes after them.
pub(super) async fn look() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, POST")]).into_response()
}

/// The flow whose code this browser may redeem: it has its cookie.
fn flow(app: &App, visit: &Visit, headers: &HeaderMap, back: &Back) -> Option<Flow> {
    let flow = Flow::open(&back.state, &app.master, visit.now).ok().filter(|_| back.error.is_none())?;
    let cookie = app.cookies.flow(headers, &flow.id)?;
    FlowSecrets::open(&flow.id, &cookie, &app.master, visit.now).map(|_| flow)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_micros(1_800_000_000_000_000);

    #[test]
    fn flows_are_remembered_while_they_last_and_not_without_number() {
        let redeeming = Redeeming::default();
        let flow = |now| Flow::begin("corp", "/", now);
        let first = flow(NOW);
        let turn = redeeming.turn(&first, NOW);
        assert!(Arc::ptr_eq(&turn, &redeeming.turn(&first, NOW)));
        assert!(!Arc::ptr_eq(&turn, &redeeming.turn(&flow(NOW), NOW)));
        for _ in 0..MOST {
            redeeming.turn(&flow(NOW), NOW);
        }
        let beyond = flow(NOW);
        assert!(!Arc::ptr_eq(&redeeming.turn(&beyond, NOW), &redeeming.turn(&beyond, NOW)));
        assert_eq!(redeeming.0.lock().unwrap().len(), MOST);
        let later = first.expires_at;
        redeeming.turn(&flow(later), later);
        assert_eq!(redeeming.0.lock().unwrap().len(), 1);
    }
}
