//! `/admin/roles`: which role gives which permission.
use std::collections::BTreeSet;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Href,
    admin::roles::{Cell, Column, Problem, Roles as Page, Row, page},
};

use super::{back_to, by, frame, view};
use crate::{
    accounts::roles_admin::{self, RoleEdit, RoleRefusal},
    domain::{
        permission::{Permission, Right, Role, RoleName, Roles},
        principal::Principal,
    },
    http::{
        Error, Visit,
        extract::{Admin, Fields, Query},
        flash::{Difference, Flash},
        with_cookies,
    },
    state::App,
    store::{grants, roles, users},
};

/// Roles that stand side by side.
const COLUMNS: usize = 12;
const HERE: &str = "/admin/roles";

/// Which roles.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    after: String,
    before: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Admin(actor): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let mut view = matrix(&app, &visit, &actor, &asked, None).await?;
    view.flash = Flash::take(&app, &headers, visit.now);
    let told = view.flash.is_some().then(|| app.cookies.clear_flash());
    Ok(with_cookies(page(&view).into_response(), told))
}

pub(super) async fn save(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    fields: Fields,
) -> Result<Response, Error> {
    let all = roles::all(&mut app.db.read().await?).await?;
    let edits = read(&app, &actor, &all, &fields);
    let names: Vec<_> = edits.iter().map(|(name, _)| name.clone()).collect();
    let refusal = match roles_admin::change(&app.db, &by(&visit, &actor), &edits, visit.now).await {
        Ok(()) => {
            let changed = edits.iter().filter_map(|(name, edit)| difference(&all, name, edit)).collect();
            return Ok(back_to(HERE, &app, &visit, Flash::RolesSaved(changed)));
        }
        Err(RoleRefusal::NotAllowed) => return Err(Error::NotFound),
        Err(RoleRefusal::Store(error)) => return Err(error.into()),
        Err(refusal) => refusal,
    };
    let (status, problem) = match refusal {
        RoleRefusal::Conflict(name) => {
            (StatusCode::CONFLICT, Problem::Changed { role: view::role(&all, &name), by: None })
        }
        RoleRefusal::NotFound(name) => (StatusCode::CONFLICT, Problem::Gone { role: name.to_string() }),
        RoleRefusal::NotHeld(permission) => {
            let by_it = |(name, edit): &&(RoleName, RoleEdit)| {
                all.0.get(name).is_some_and(|role| {
                    role.permissions
                        .symmetric_difference(&edit.permissions)
                        .any(|it| it.as_str() == permission)
                })
            };
            let role = edits.iter().find(by_it).map(|(name, _)| view::role(&all, name)).unwrap_or_default();
            (StatusCode::UNPROCESSABLE_ENTITY, Problem::NotHeld { role, permission })
        }
        _ => return Err(Error::BadRequest),
    };
    let first = names.first().map(ToString::to_string).unwrap_or_default();
    let asked = Asked { after: just_before(&all, &first), before: String::new() };
    let mut view = matrix(&app, &visit, &actor, &asked, Some(&edits)).await?;
    view.problems = vec![problem];
    Ok((status, page(&view)).into_response())
}

/// Each role that the form showed, as the ticked boxes make it; what the actor may not tick stays.
fn read(app: &App, actor: &Principal, all: &Roles, fields: &Fields) -> Vec<(RoleName, RoleEdit)> {
    let ticked = |name: &RoleName| {
        let own = fields.all("p").filter_map(|pair| pair.split_once(':'));
        own.filter(|(role, _)| *role == name.as_str())
            .filter_map(|(_, key)| Permission::parse(key))
            .filter(|permission| app.config.permissions.contains(permission))
            .collect::<BTreeSet<_>>()
    };
    let shown = fields.all("shown").filter_map(RoleName::parse);
    let edit = |name: RoleName| {
        let role = all.0.get(&name).cloned().unwrap_or_default();
        let offered = |it: &Permission| actor.may.has(it) && app.config.permissions.contains(it);
        let kept = role.permissions.iter().filter(|it| !offered(it)).cloned();
        let permissions = kept.chain(ticked(&name)).collect();
        let version = fields.first(&format!("version-{name}")).parse().unwrap_or(-1);
        let Role { display_name, description, supervises, .. } = role;
        (name, RoleEdit { version, display_name, description, permissions, supervises })
    };
    shown.map(edit).collect()
}

/// What an edit makes different, if anything.
pub(super) fn difference(all: &Roles, name: &RoleName, edit: &RoleEdit) -> Option<Difference> {
    let role = all.0.get(name)?;
    let gone =
        |before: Vec<String>, after: &[String]| before.into_iter().filter(|it| !after.contains(it)).collect();
    let texts = |permissions: &BTreeSet<Permission>, roles: &BTreeSet<RoleName>| {
        let keys = permissions.iter().map(ToString::to_string);
        keys.chain(roles.iter().map(ToString::to_string)).collect::<Vec<_>>()
    };
    let before = texts(&role.permissions, &role.supervises);
    let after = texts(&edit.permissions, &edit.supervises);
    let changed = Difference {
        role: edit.display_name.clone(),
        added: gone(after.clone(), &before),
        removed: gone(before, &after),
    };
    let renamed = role.display_name != edit.display_name || role.description != edit.description;
    (renamed || !changed.added.is_empty() || !changed.removed.is_empty()).then_some(changed)
}

async fn matrix(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    asked: &Asked,
    typed: Option<&[(RoleName, RoleEdit)]>,
) -> Result<Page, Error> {
    let mut tx = app.db.read().await?;
    let all = roles::all(&mut tx).await?;
    let counts = grants::counts(&mut tx).await?;
    let superusers = users::count_superusers(&mut tx).await?;
    drop(tx);
    let names: Vec<_> = all.0.keys().collect();
    let start = match (asked.before.as_str(), asked.after.as_str()) {
        ("", after) => names.partition_point(|name| name.as_str() <= after),
        (before, _) => names.partition_point(|name| name.as_str() < before).saturating_sub(COLUMNS),
    };
    let here: Vec<_> = names.iter().skip(start).take(COLUMNS).map(|name| (*name).clone()).collect();
    let link = |key, name: Option<&RoleName>| name.map(|name| Href::query(HERE, [(key, name.as_str())]));
    let column = |name: &RoleName| Column {
        name: name.to_string(),
        display_name: view::role(&all, name),
        people: view::figure(counts.get(name).copied().unwrap_or(0)),
        version: all.0.get(name).map_or(0, |role| role.version).to_string(),
    };
    let given: Vec<_> = here.iter().map(|name| all.permissions(name)).collect();
    let cell = |(name, given): (&RoleName, &BTreeSet<Permission>), permission: &Permission| {
        let role = all.0.get(name);
        let stored = role.is_some_and(|role| role.permissions.contains(permission));
        let edit = typed.and_then(|typed| typed.iter().find(|(it, _)| it == name));
        Cell {
            checked: edit.map_or(stored, |(_, edit)| edit.permissions.contains(permission)),
            enabled: actor.may.has(permission),
            inherited: !stored && given.contains(permission),
        }
    };
    let row = |(permission, label): (&Permission, Option<&str>)| Row {
        permission: view::permission(permission, label),
        cells: here.iter().zip(&given).map(|column| cell(column, permission)).collect(),
    };
    Ok(Page {
        admin: frame(app, visit, actor).await?,
        flash: None,
        problems: vec![],
        editable: actor.may.may(Right::RoleManage),
        superusers: view::figure(superusers),
        columns: here.iter().map(column).collect(),
        rows: app.config.permissions.iter().map(row).collect(),
        total: names.len() as u64,
        previous: if start > 0 { link("before", here.first()) } else { None },
        next: if start + here.len() < names.len() { link("after", here.last()) } else { None },
    })
}

/// The name behind which the page with `first` begins.
fn just_before(all: &Roles, first: &str) -> String {
    let before = all.0.keys().rev().find(|name| name.as_str() < first);
    before.map(ToString::to_string).unwrap_or_default()
}
