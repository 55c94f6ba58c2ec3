//! `/admin/roles/inspect`: what somebody may do, and by which ways they come by it.
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Href,
    admin::inspect::{Found, Inspect, Line, Path, Report, page},
};

use super::{frame, view};
use crate::{
    accounts::administration,
    domain::{
        permission::{Permission, Right, Roles, Standing, Way, inspect},
        principal::Principal,
        user::User,
    },
    http::{
        Error, Visit,
        extract::{Admin, Query},
    },
    state::App,
    store::{grants, roles},
};

/// Whom the page is about.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    user: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let typed: String = asked.user.trim().chars().take(254).collect();
    let found = match administration::find(&app.db, &typed).await? {
        _ if typed.is_empty() => Found::NotAsked,
        None => Found::Nobody,
        Some(user) => Found::Person(report(&app, &actor, &user).await?),
    };
    let view = Inspect { admin: frame(&app, &visit, &actor).await?, user: typed, found };
    Ok(page(&view).into_response())
}

async fn report(app: &App, actor: &Principal, user: &User) -> Result<Report, Error> {
    let mut tx = app.db.read().await?;
    let (held, _) = grants::of_user(&mut tx, user.id).await?;
    let all = roles::all(&mut tx).await?;
    drop(tx);
    let catalogue = &app.config.permissions;
    let standings = inspect(user.tier, &held, &all, catalogue.iter().map(|(permission, _)| permission));
    let line = |(permission, label): (&Permission, Option<&str>)| {
        let Standing { denied, ways } = standings.get(permission)?.clone();
        let superuser = ways.contains(&Way::Superuser);
        Some(Line {
            permission: view::permission(permission, label),
            denied: denied && !superuser,
            paths: ways.into_iter().map(|way| path(app, &all, way)).collect(),
        })
    };
    let mut names: Vec<_> = held.roles.iter().map(|(role, _)| view::role(&all, role)).collect();
    names.dedup();
    Ok(Report {
        username: user.username.to_string(),
        display_name: user.display_name.to_string(),
        number: view::figure(user.number),
        status: view::status(user.status),
        tier: view::tier(user.tier),
        roles: names,
        edit: actor.may.may(Right::UserRead).then(|| Href::local(format!("/admin/users/{}", user.id))),
        lines: catalogue.iter().filter_map(line).collect(),
        catalogue: catalogue.iter().count() as u64,
    })
}

fn path(app: &App, all: &Roles, way: Way) -> Path {
    match way {
        Way::Superuser => Path::Superuser,
        Way::Direct(source) => Path::Direct { from: view::provenance(app, &source) },
        Way::Roles(chain, source) => Path::Role {
            chain: chain.iter().map(|name| view::role(all, name)).collect(),
            from: view::provenance(app, &source),
        },
    }
}
