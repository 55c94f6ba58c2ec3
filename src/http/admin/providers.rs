//! `/admin/providers`: how each identity provider is, and a test of it.
use std::{collections::HashMap, time::Duration};

use axum::{
    extract::{Path, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use templates::admin::providers::{Found, Key, Newcomers, Providers, Row, State, Tested, Warning, page};

use super::{frame, view};
use crate::{
    config::Provision,
    domain::{
        permission::{Right, RoleName},
        principal::Principal,
        time::Time,
    },
    http::{Error, Visit, extract::Admin},
    oidc::{self, Provider},
    state::App,
    store::{
        identities,
        provider_warnings::{self, ProviderWarning},
    },
};

pub(super) const HERE: &str = "/admin/providers";
/// What was last seen longer ago is no warning any more.
const WARNED_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// Of one provider.
const WARNINGS_MAX: usize = 20;

pub(super) async fn show(
    Shared(app): Shared<App>,
    visit: Visit,
    Admin(actor): Admin,
) -> Result<Response, Error> {
    Ok(page(&providers(&app, &visit, &actor, None).await?).into_response())
}

/// Asks the provider for what it publishes. The page that answers is not kept anywhere, so it comes at once and not
/// by way of a redirect, which another instance might answer.
pub(super) async fn test(
    Shared(app): Shared<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(name): Path<String>,
) -> Result<Response, Error> {
    let provider = app.provider(&name).ok_or(Error::NotFound)?;
    let (status, tested) = match provider.check(visit.now).await {
        Ok(found) => {
            // Whoever was away until now is in use from now on.
            provider.keep_up(visit.now).await;
            (StatusCode::OK, passed(&found))
        }
        Err(error) => (StatusCode::BAD_GATEWAY, Tested::Bad(error.to_string())),
    };
    let view = providers(&app, &visit, &actor, Some((&name, tested))).await?;
    Ok((status, page(&view)).into_response())
}

async fn providers(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    tested: Option<(&str, Tested)>,
) -> Result<Providers, Error> {
    let mut tx = app.db.read().await?;
    let linked = identities::count_by_provider(&mut tx).await?;
    let warnings = provider_warnings::since(&mut tx, visit.now - WARNED_FOR).await?;
    drop(tx);
    let mut rows: Vec<_> = app.providers.iter().map(|it| row(visit, it, &linked)).collect();
    for row in &mut rows {
        let own = warnings.iter().filter(|warning| warning.provider == row.name);
        row.warnings = own.take(WARNINGS_MAX).map(|it| warning(visit, actor, it)).collect();
    }
    if let Some((name, tested)) = tested
        && let Some(row) = rows.iter_mut().find(|row| row.name == name)
    {
        row.tested = Some(tested);
    }
    let can_test = actor.may.may(Right::SettingsManage);
    Ok(Providers { admin: frame(app, visit, actor).await?, rows, local: app.config.login.local, can_test })
}

fn row(visit: &Visit, provider: &Provider, linked: &HashMap<String, i64>) -> Row {
    let config = provider.config();
    let when = |at: Time| view::when(visit.lang, at);
    let oidc::State { answers, found, last_success, last_error } = provider.state(visit.now);
    let last_error = last_error.map(|(at, error)| (when(at), error));
    let found = found.map(|found| self::found(visit, found, last_success));
    let (state, last_error) = match (answers, found, last_error) {
        (true, Some(found), last_error) => (State::Ready(found), last_error),
        (false, found, Some((at, error))) => (State::Failing { at, error, found }, None),
        (_, _, last_error) => (State::Unasked, last_error),
    };
    Row {
        name: provider.name().to_owned(),
        title: view::provider_name(provider),
        state,
        tested: None,
        last_error,
        issuer: config.issuer.clone(),
        newcomers: match config.provision {
            Provision::Active => Newcomers::Active,
            Provision::Pending => Newcomers::Pending,
            Provision::Existing => Newcomers::Refused,
        },
        superuser_groups: config.mapping.superuser_groups.clone(),
        mappings: config.mapping.roles.iter().map(mapping).collect(),
        linked: view::figure(linked.get(provider.name()).copied().unwrap_or_default()),
        redirect_uri: provider.redirect_uri().to_string(),
        signed_out_uri: provider.signed_out_uri().to_string(),
        logout_uri: provider.backchannel_uri().to_string(),
        warnings: vec![],
    }
}

fn mapping((group, roles): (&String, &Vec<RoleName>)) -> (String, Vec<String>) {
    (group.clone(), roles.iter().map(ToString::to_string).collect())
}

/// Whom it befell is for those to know who may read people.
fn warning(visit: &Visit, actor: &Principal, seen: &ProviderWarning) -> Warning {
    Warning {
        word: seen.warning.clone(),
        about: seen.about.clone(),
        username: actor.may.may(Right::UserRead).then(|| seen.username.clone()),
        at: view::when(visit.lang, seen.last_at),
    }
}

fn found(visit: &Visit, found: oidc::Found, signed_in: Option<Time>) -> Found {
    let when = |at| view::when(visit.lang, at);
    Found {
        at: when(found.at),
        keys: found.keys.into_iter().map(|key| Key { kind: key.kind.to_owned(), name: key.kid }).collect(),
        signed_in: signed_in.map(when),
        end_session: found.end_session_endpoint.is_some(),
        backchannel: found.backchannel_logout_supported,
    }
}

fn passed(found: &oidc::Found) -> Tested {
    let endpoints = [
        ("authorization_endpoint", Some(&found.authorization_endpoint)),
        ("token_endpoint", Some(&found.token_endpoint)),
        ("jwks_uri", Some(&found.jwks_uri)),
        ("userinfo_endpoint", found.userinfo_endpoint.as_ref()),
        ("end_session_endpoint", found.end_session_endpoint.as_ref()),
    ];
    let endpoints = endpoints.into_iter().filter_map(|(name, url)| Some((name, url?.to_string()))).collect();
    let algorithms = found.algorithms.iter().map(|&name| name.to_owned()).collect();
    Tested::Good { endpoints, algorithms }
}
