//! `/admin/users/{id}`: the edit form, as a page and as the content of a dialog.
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Problem,
    admin::edit::{Conflict, Difference, Edit as Page, Field, User as Shown, Values, fragment, page},
};

use super::{
    back, by, decisions::refuse, find, frame, session_count, tidy_sessions, user_id, view, wants_fragment,
};
use crate::{
    accounts::{
        Refusal, administration,
        editing::{self, Edit},
    },
    domain::{
        password::Password,
        principal::Principal,
        user::{DisplayName, Email, Source, Status, Tier, User},
    },
    http::{
        Error, Visit,
        extract::{Form, Superuser},
        flash::Flash,
    },
    state::App,
    store::identities,
};

/// What the form says. Fields that are not sent stay as they are.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    version: String,
    display_name: Option<String>,
    email: Option<String>,
    username: Option<String>,
    status: Option<String>,
    tier: Option<String>,
    #[serde(default)]
    new_password: String,
}

/// The form with a password alone.
#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    new_password: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Superuser(actor): Superuser,
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
    Superuser(actor): Superuser,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let id = user_id(&id)?;
    let Some(user) = find(&app, id).await? else {
        return refuse(&app, &visit, &actor, Refusal::NotFound).await;
    };
    let (edit, password) = match read(&app, &user, &typed) {
        Ok(read) => read,
        Err(problems) => return again(&app, &visit, &headers, &actor, &user, &typed, problems, None).await,
    };
    let password_hash = match password {
        Some(password) => Some(app.hasher.hash(&password).await?),
        None => None,
    };
    let edit = Edit { password_hash, ..edit };
    let sessions = session_count(&app, &visit, &user).await;
    let own = id == actor.user.id;
    let problem = match editing::edit(&app.db, &by(&visit, &actor), id, &edit, visit.now).await {
        Ok(before) => {
            let deactivated = before.status == Status::Active && edit.status == Some(Status::Inactive);
            if deactivated
                || edit.password_hash.is_some()
                || edit.tier.is_some_and(|tier| tier != before.tier)
            {
                tidy_sessions(&app, &visit, id).await;
            }
            let name = edit.username.to_string();
            let flash = if deactivated { Flash::Deactivated(name, sessions) } else { Flash::Saved(name) };
            return Ok(back(&app, &visit, flash));
        }
        Err(Refusal::Conflict(now)) => {
            let conflict = Some(Conflict { by: None, fields: differences(&now, &typed) });
            return again(&app, &visit, &headers, &actor, &now, &typed, vec![], conflict).await;
        }
        Err(Refusal::EmailTaken) => Problem::EmailTaken,
        Err(Refusal::UsernameTaken) => Problem::UsernameTaken,
        Err(Refusal::LastSuperuser(username)) if edit.tier == Some(Tier::Standard) => {
            Problem::LastSuperuserTier { username, own }
        }
        Err(Refusal::LastSuperuser(username)) => Problem::LastSuperuserStatus { username, own },
        Err(refusal) => return refuse(&app, &visit, &actor, refusal).await,
    };
    again(&app, &visit, &headers, &actor, &user, &typed, vec![problem], None).await
}

pub(super) async fn set_password(
    State(app): State<App>,
    visit: Visit,
    Superuser(actor): Superuser,
    Path(id): Path<String>,
    Form(typed): Form<PasswordForm>,
) -> Result<Response, Error> {
    let id = user_id(&id)?;
    let Some(user) = find(&app, id).await? else {
        return refuse(&app, &visit, &actor, Refusal::NotFound).await;
    };
    let password = match choose(&app, &user, &typed.new_password) {
        Ok(password) => password,
        Err(problem) => {
            let view = form(&app, &visit, &actor, &user, None, vec![problem], None).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&view)).into_response());
        }
    };
    let hash = app.hasher.hash(&password).await?;
    match administration::reset_password(&app.db, &by(&visit, &actor), id, &hash, visit.now).await {
        Ok(user) => {
            tidy_sessions(&app, &visit, id).await;
            Ok(back(&app, &visit, Flash::Saved(user.username.to_string())))
        }
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

fn choose(app: &App, user: &User, text: &str) -> Result<Password, Problem> {
    let personal = [
        user.username.as_str(),
        user.email.as_str(),
        user.display_name.as_str(),
        app.config.organisation.as_str(),
    ];
    Password::choose(text, app.config.password.min_length, &personal).map_err(view::password_problem)
}

/// Parses the form at the door; all problems at once.
fn read(app: &App, user: &User, typed: &Typed) -> Result<(Edit, Option<Password>), Vec<Problem>> {
    let mut problems = vec![];
    let display_name = match typed.display_name.as_deref().filter(|_| user.source == Source::Local) {
        None => Some(user.display_name.clone()),
        Some(text) => {
            DisplayName::parse(text).map_err(|error| problems.push(view::display_name_problem(error))).ok()
        }
    };
    let email = match typed.email.as_deref().filter(|_| user.source == Source::Local) {
        None => Some(user.email.clone()),
        Some(text) => Email::parse(text),
    };
    if email.is_none() {
        problems.push(Problem::EmailInvalid);
    }
    let username = match typed.username.as_deref() {
        None => Some(user.username.clone()),
        Some(text) => view::username(text).map_err(|problem| problems.push(problem)).ok(),
    };
    let password = match typed.new_password.as_str() {
        "" => None,
        text => choose(app, user, text).map_err(|problem| problems.push(problem)).ok(),
    };
    match (username, email, display_name) {
        (Some(username), Some(email), Some(display_name)) if problems.is_empty() => {
            let edit = Edit {
                version: typed.version.parse().unwrap_or(-1),
                username,
                email,
                display_name,
                status: typed
                    .status
                    .as_deref()
                    .and_then(Status::parse)
                    .filter(|_| user.status != Status::Pending),
                tier: typed.tier.as_deref().and_then(Tier::parse),
                password_hash: None,
            };
            Ok((edit, password))
        }
        _ => Err(problems),
    }
}

/// The form once more, with what was typed and what is wrong with it.
#[expect(clippy::too_many_arguments, reason = "each is a part of the page that is shown again")]
async fn again(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    actor: &Principal,
    user: &User,
    typed: &Typed,
    problems: Vec<Problem>,
    conflict: Option<Conflict>,
) -> Result<Response, Error> {
    let view = form(app, visit, actor, user, Some(typed), problems, conflict).await?;
    let drawn = if wants_fragment(headers) { fragment(&view) } else { page(&view) };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, drawn).into_response())
}

async fn form(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    user: &User,
    typed: Option<&Typed>,
    problems: Vec<Problem>,
    conflict: Option<Conflict>,
) -> Result<Page, Error> {
    let linked = identities::of_user(&mut app.db.read().await?, user.id).await?;
    let managed = (user.source == Source::Sso).then(|| linked.first()).flatten();
    let managed_by = managed.map(|linked| view::provider_label(app, &linked.provider));
    let has_password = user.source == Source::Local || user.has_password;
    Ok(Page {
        admin: frame(app, visit, actor).await?,
        values: values(user, typed),
        version: user.version.to_string(),
        problems,
        conflict,
        managed_by,
        can_change_tier: true,
        can_delete: user.id != actor.user.id,
        password_rules: has_password.then(|| view::password_rules(&app.config.password)),
        user: Shown {
            id: user.id.to_string(),
            number: view::figure(user.number),
            username: user.username.to_string(),
            display_name: user.display_name.to_string(),
            registered: view::when(visit.lang, user.registered_at),
            source: view::source(user),
            status: view::status(user.status),
            reason: user.reason.clone(),
            identities: view::identities(app, visit.lang, user, linked),
            sessions: session_count(app, visit, user).await,
        },
    })
}

fn values(user: &User, typed: Option<&Typed>) -> Values {
    let text = |typed: Option<&String>, stored: &str| typed.map_or_else(|| stored.to_owned(), Clone::clone);
    let status =
        typed.and_then(|typed| typed.status.as_deref()).and_then(Status::parse).unwrap_or(user.status);
    let tier = typed.and_then(|typed| typed.tier.as_deref()).and_then(Tier::parse).unwrap_or(user.tier);
    Values {
        display_name: text(typed.and_then(|typed| typed.display_name.as_ref()), user.display_name.as_str()),
        email: text(typed.and_then(|typed| typed.email.as_ref()), user.email.as_str()),
        username: text(typed.and_then(|typed| typed.username.as_ref()), user.username.as_str()),
        status: view::status(status),
        tier: view::tier(tier),
    }
}

/// Where what was typed differs from what somebody else has saved meanwhile.
fn differences(now: &User, typed: &Typed) -> Vec<Difference> {
    let pairs = [
        (Field::DisplayName, now.display_name.as_str(), typed.display_name.as_deref()),
        (Field::Email, now.email.as_str(), typed.email.as_deref()),
        (Field::Username, now.username.as_str(), typed.username.as_deref()),
        (Field::Status, now.status.as_str(), typed.status.as_deref()),
        (Field::Tier, now.tier.as_str(), typed.tier.as_deref()),
    ];
    let differing = pairs.into_iter().filter_map(|(field, theirs, yours)| {
        let yours = yours.filter(|yours| *yours != theirs)?;
        Some(Difference { field, theirs: theirs.to_owned(), yours: yours.to_owned() })
    });
    differing.collect()
}
