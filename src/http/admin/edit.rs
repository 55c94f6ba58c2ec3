//! `/admin/users/{id}`: the edit form, as a page and as the content of a dialog.
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use templates::{
    Problem,
    admin::{
        edit::{Conflict, fragment, page},
        one_time::{self, OneTime},
    },
};

use super::{
    back, by, changeable,
    decisions::refuse,
    edit_form::{Typed, differences, form, read},
    find, frame, session_count, tidy_sessions, user_id, view, wants_fragment,
};
use crate::{
    accounts::{
        Refusal,
        administration::{self, NewPassword, ONE_TIME_LIFETIME},
        editing::{self, Edit},
    },
    domain::{
        password::Password,
        permission::{Permission, RoleName},
        principal::Principal,
        user::{Status, Tier, User},
    },
    http::{
        Error, Visit,
        extract::{Admin, Fields},
        flash::Flash,
    },
    state::App,
    store::roles,
};

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Admin(actor): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let Some(user) = find(&app, user_id(&id)?).await? else {
        return refuse(&app, &visit, &actor, Refusal::NotFound).await;
    };
    let view = form(&app, &visit, &actor, &user, None, vec![], None).await?;
    Ok(if wants_fragment(&headers) { fragment(&view) } else { page(&view) }.into_response())
}

pub(super) async fn save(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Admin(actor): Admin,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Error> {
    let id = user_id(&id)?;
    let Some(user) = find(&app, id).await? else {
        return refuse(&app, &visit, &actor, Refusal::NotFound).await;
    };
    changeable(&app, &actor, &user).await?;
    let typed = Typed::of(&fields);
    let again = Again { app: &app, visit: &visit, headers: &headers, actor: &actor, typed: &typed };
    let (edit, password) = match read(&app, &user, &typed) {
        Ok(read) => read,
        Err(problems) => return again.with(&user, problems, None).await,
    };
    let password = match password {
        Some(password) => {
            let must_change = typed.must_change.unwrap_or(app.settings().must_change_after_reset);
            Some(NewPassword { hash: app.hasher.hash(&password).await?, must_change })
        }
        None => None,
    };
    let edit = Edit { password, ..edit };
    let sessions = session_count(&app, &visit, &user).await;
    let own = id == actor.user.id;
    let problem = match editing::edit(&app.db, &by(&visit, &actor), id, &edit, visit.now).await {
        Ok(before) => return Ok(saved(&app, &visit, &before, &edit, sessions).await),
        Err(Refusal::Conflict(now)) => {
            let fields = differences(&app, &now, &typed).await?;
            let conflict = Some(Conflict { by: None, fields });
            return again.with(&now, vec![], conflict).await;
        }
        Err(Refusal::EmailTaken) => Problem::EmailTaken,
        Err(Refusal::UsernameTaken) => Problem::UsernameTaken,
        Err(Refusal::LastSuperuser(username)) if edit.tier == Some(Tier::Standard) => {
            Problem::LastSuperuserTier { username, own }
        }
        Err(Refusal::LastSuperuser(username)) => Problem::LastSuperuserStatus { username, own },
        Err(Refusal::NotHeld(what)) => not_held(&app, &what).await?,
        Err(Refusal::NoRole(name)) => Problem::RoleNotHeld { role: name.to_string() },
        Err(refusal) => return refuse(&app, &visit, &actor, refusal).await,
    };
    again.with(&user, vec![problem], None).await
}

async fn saved(app: &App, visit: &Visit, before: &User, edit: &Edit, sessions: u64) -> Response {
    let deactivated = before.status == Status::Active && edit.status == Some(Status::Inactive);
    if deactivated || edit.password.is_some() || edit.tier.is_some_and(|tier| tier != before.tier) {
        tidy_sessions(app, visit, before.id).await;
    }
    let name = edit.username.to_string();
    back(app, visit, if deactivated { Flash::Deactivated(name, sessions) } else { Flash::Saved(name) })
}

/// What somebody wanted to hand on without holding it: a role, or a single permission.
async fn not_held(app: &App, what: &str) -> Result<Problem, Error> {
    let permission = what.to_owned();
    Ok(match (RoleName::parse(what), Permission::parse(what)) {
        (Some(name), None) => {
            let roles = roles::all(&mut app.db.read().await?).await?;
            Problem::RoleNotHeld { role: view::role(&roles, &name) }
        }
        _ => Problem::PermissionNotHeld { permission },
    })
}

pub(super) async fn set_password(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Error> {
    let id = user_id(&id)?;
    let Some(user) = find(&app, id).await? else {
        return refuse(&app, &visit, &actor, Refusal::NotFound).await;
    };
    changeable(&app, &actor, &user).await?;
    if fields.first("generate") == "1" {
        return generate(&app, &visit, &actor, &user).await;
    }
    let settings = app.settings();
    let personal = view::personal(&app, &user);
    let password = match Password::choose(fields.first("new_password"), &settings.password, &personal) {
        Ok(password) => password,
        Err(error) => {
            let problem = view::password_problem(error);
            let view = form(&app, &visit, &actor, &user, None, vec![problem], None).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&view)).into_response());
        }
    };
    let hash = app.hasher.hash(&password).await?;
    let must_change = match fields.all("must_change").last() {
        Some(word) => word == "1",
        None => settings.must_change_after_reset,
    };
    let password = NewPassword { hash, must_change };
    match administration::reset_password(&app.db, &by(&visit, &actor), id, &password, visit.now).await {
        Ok(user) => {
            tidy_sessions(&app, &visit, id).await;
            Ok(back(&app, &visit, Flash::Saved(user.username.to_string())))
        }
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

/// Sets a password that nobody chose and shows it, this once: it is in no address, no cookie and no log.
async fn generate(app: &App, visit: &Visit, actor: &Principal, user: &User) -> Result<Response, Error> {
    let text = Password::generate(&app.settings().password);
    let password = Password::typed(&text).expect("a generated password is a password");
    let new = NewPassword { hash: app.hasher.hash(&password).await?, must_change: true };
    let by = by(visit, actor);
    match administration::reset_password(&app.db, &by, user.id, &new, visit.now).await {
        Ok(user) => {
            tidy_sessions(app, visit, user.id).await;
            let view = OneTime {
                admin: frame(app, visit, actor).await?,
                id: user.id.to_string(),
                number: view::figure(user.number),
                username: user.username.to_string(),
                display_name: user.display_name.to_string(),
                password: text.to_string(),
                until: view::when(visit.lang, visit.now + ONE_TIME_LIFETIME),
            };
            Ok(one_time::page(&view).into_response())
        }
        Err(refusal) => refuse(app, visit, actor, refusal).await,
    }
}

/// The form once more, with what was typed.
struct Again<'a> {
    app: &'a App,
    visit: &'a Visit,
    headers: &'a HeaderMap,
    actor: &'a Principal,
    typed: &'a Typed,
}

impl Again<'_> {
    async fn with(
        &self,
        user: &User,
        problems: Vec<Problem>,
        conflict: Option<Conflict>,
    ) -> Result<Response, Error> {
        let view = form(self.app, self.visit, self.actor, user, Some(self.typed), problems, conflict).await?;
        let drawn = if wants_fragment(self.headers) { fragment(&view) } else { page(&view) };
        Ok((StatusCode::UNPROCESSABLE_ENTITY, drawn).into_response())
    }
}
