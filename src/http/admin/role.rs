//! `/admin/roles/{name}`: one role, and the people who hold it.
use std::collections::BTreeSet;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Problem,
    admin::role::{Add, Conflict, Role as Page, page},
};

use super::{
    back_to, by,
    decisions::refuse,
    role_form::{self, Shown, Typed},
    roles::difference,
    user_id, view,
};
use crate::{
    accounts::{
        Refusal, granting,
        roles_admin::{self, RoleEdit, RoleRefusal},
    },
    domain::{
        permission::{Permission, Role, RoleName, Roles},
        principal::Principal,
    },
    http::{
        Error, Visit,
        extract::{Admin, Fields, Query},
        flash::Flash,
        with_cookies,
    },
    state::App,
    store::roles,
};

/// Where in the list of people.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    after: String,
}

pub(super) async fn blank(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
) -> Result<Response, Error> {
    let all = roles::all(&mut app.db.read().await?).await?;
    let shown = Shown { name: None, typed: Typed::default(), after: None };
    Ok(page(&role_form::draw(&app, &visit, &actor, &all, shown).await?).into_response())
}

pub(super) async fn create(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    fields: Fields,
) -> Result<Response, Error> {
    let all = roles::all(&mut app.db.read().await?).await?;
    let typed = Typed::of(&fields);
    let problems = match role_form::read(&app, &all, None, &typed) {
        Ok((name, edit)) => {
            match roles_admin::create(&app.db, &by(&visit, &actor), &name, &edit, visit.now).await {
                Ok(()) => {
                    let flash = Flash::RoleCreated(edit.display_name);
                    return Ok(back_to(&address(&name), &app, &visit, flash));
                }
                Err(refusal) => vec![problem(&all, refusal)?],
            }
        }
        Err(problems) => problems,
    };
    let shown = Shown { name: None, typed, after: None };
    let view = Page { problems, ..role_form::draw(&app, &visit, &actor, &all, shown).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&view)).into_response())
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Admin(actor): Admin,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let (name, all) = find(&app, &name).await?;
    let shown =
        Shown { typed: Typed::stored(&all.0[&name]), name: Some(name), after: user_id(&asked.after).ok() };
    let mut view = role_form::draw(&app, &visit, &actor, &all, shown).await?;
    view.flash = Flash::take(&app, &headers, visit.now);
    let told = view.flash.is_some().then(|| app.cookies.clear_flash());
    Ok(with_cookies(page(&view).into_response(), told))
}

pub(super) async fn save(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Response, Error> {
    let (name, all) = find(&app, &name).await?;
    let typed = Typed::of(&fields);
    let read = role_form::read(&app, &all, Some(&name), &typed);
    let (status, problems, conflict) = match read {
        Err(problems) => (StatusCode::UNPROCESSABLE_ENTITY, problems, None),
        Ok((_, edit)) => {
            let edits = [(name.clone(), edit)];
            match roles_admin::change(&app.db, &by(&visit, &actor), &edits, visit.now).await {
                Ok(()) => {
                    let changed = difference(&all, &name, &edits[0].1).into_iter().collect();
                    return Ok(back_to(&address(&name), &app, &visit, Flash::RolesSaved(changed)));
                }
                Err(RoleRefusal::Conflict(_)) => (StatusCode::CONFLICT, vec![], Some(Conflict { by: None })),
                Err(refusal) => (StatusCode::UNPROCESSABLE_ENTITY, vec![problem(&all, refusal)?], None),
            }
        }
    };
    let shown = Shown { name: Some(name), typed, after: None };
    let view = Page { problems, conflict, ..role_form::draw(&app, &visit, &actor, &all, shown).await? };
    Ok((status, page(&view)).into_response())
}

pub(super) async fn delete(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(name): Path<String>,
) -> Result<Response, Error> {
    let (name, all) = find(&app, &name).await?;
    match roles_admin::delete(&app.db, &by(&visit, &actor), &name, visit.now).await {
        Ok(()) => Ok(back_to("/admin/roles", &app, &visit, Flash::RoleDeleted(view::role(&all, &name)))),
        Err(RoleRefusal::NotAllowed | RoleRefusal::NotFound(_)) => Err(Error::NotFound),
        Err(RoleRefusal::Store(error)) => Err(error.into()),
        // The page itself says why it cannot be deleted.
        Err(_) => again(&app, &visit, &actor, &all, name, None).await,
    }
}

pub(super) async fn add_people(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Response, Error> {
    let (name, all) = find(&app, &name).await?;
    let typed = fields.first("people");
    let people = match role_form::people(&app, &actor, &all, &name, typed).await? {
        Ok(people) => people,
        Err(problems) => {
            let add = Add { typed: typed.to_owned(), problems };
            return again(&app, &visit, &actor, &all, name, Some(add)).await;
        }
    };
    let ids: Vec<_> = people.iter().map(|user| user.id).collect();
    match granting::give_role(&app.db, &by(&visit, &actor), &ids, &name, visit.now).await {
        Ok(people) => {
            let names = people.iter().map(|user| user.username.to_string()).collect();
            Ok(back_to(&address(&name), &app, &visit, Flash::PeopleAdded(view::role(&all, &name), names)))
        }
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

pub(super) async fn remove_person(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Response, Error> {
    let (name, all) = find(&app, &name).await?;
    let id = user_id(fields.first("user"))?;
    match granting::take_role(&app.db, &by(&visit, &actor), id, &name, visit.now).await {
        Ok(user) => {
            let flash = Flash::PersonRemoved(view::role(&all, &name), user.username.to_string());
            Ok(back_to(&address(&name), &app, &visit, flash))
        }
        Err(Refusal::NotHeld(_)) => Err(Error::NotFound),
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

/// The role's page as it is stored, with what was wrong with the people who were to get it.
async fn again(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    all: &Roles,
    name: RoleName,
    add: Option<Add>,
) -> Result<Response, Error> {
    let shown = Shown { typed: Typed::stored(&all.0[&name]), name: Some(name), after: None };
    let mut view = role_form::draw(app, visit, actor, all, shown).await?;
    let status = if add.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::CONFLICT };
    view.add = add.or(view.add);
    Ok((status, page(&view)).into_response())
}

fn address(name: &RoleName) -> String {
    format!("/admin/roles/{name}")
}

async fn find(app: &App, name: &str) -> Result<(RoleName, Roles), Error> {
    let name = RoleName::parse(name).ok_or(Error::NotFound)?;
    let all = roles::all(&mut app.db.read().await?).await?;
    if all.0.contains_key(&name) { Ok((name, all)) } else { Err(Error::NotFound) }
}

fn problem(all: &Roles, refusal: RoleRefusal) -> Result<Problem, Error> {
    Ok(match refusal {
        RoleRefusal::NotAllowed | RoleRefusal::NotFound(_) => return Err(Error::NotFound),
        RoleRefusal::Store(error) => return Err(error.into()),
        RoleRefusal::NameTaken(_) => Problem::RoleNameTaken,
        RoleRefusal::Cycle(other) => Problem::RoleCycle { role: view::role(all, &other) },
        RoleRefusal::NotHeld(what) => match RoleName::parse(&what) {
            Some(name) if Permission::parse(&what).is_none() => {
                Problem::RoleNotHeld { role: view::role(all, &name) }
            }
            _ => Problem::PermissionNotHeld { permission: what },
        },
        RoleRefusal::InUse(_) | RoleRefusal::Conflict(_) => return Err(Error::BadRequest),
    })
}

/// What an edit of a role begins with: everything as it is stored.
pub(super) fn stored(role: &Role) -> RoleEdit {
    RoleEdit {
        version: role.version,
        display_name: role.display_name.clone(),
        description: role.description.clone(),
        permissions: BTreeSet::clone(&role.permissions),
        supervises: BTreeSet::clone(&role.supervises),
    }
}
