//! One click, one change: activate, deactivate, reactivate, unlock, tier, sign out, unlink.
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Href,
    admin::{self, Refused, refused},
};

use super::{LIST, back, by, edit_form::beginning, find, frame, session_count, tidy_sessions, user_id, view};
use crate::{
    accounts::{
        Refusal, administration,
        approval::{self, Admission},
        sso::{Unlink, unlink_for},
    },
    domain::{
        permission::RoleName,
        principal::Principal,
        user::{Status, Tier, UserId},
    },
    http::{
        Error, Visit,
        extract::{Admin, Fields, Form},
        flash::Flash,
    },
    state::App,
    store::identities,
};

/// The form with the tier.
#[derive(Deserialize)]
pub(super) struct TierForm {
    #[serde(default)]
    tier: String,
}

/// From the list by one click; from the person's page with the roles and the end that were chosen there.
pub(super) async fn activate(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Error> {
    let admission = Admission {
        roles: fields.all("role").filter_map(RoleName::parse).collect(),
        expires_at: beginning(fields.first("expires")).ok_or(Error::BadRequest)?,
    };
    match approval::activate(&app.db, &by(&visit, &actor), user_id(&id)?, &admission, visit.now).await {
        Ok(user) => Ok(back(&app, &visit, Flash::Activated(vec![user.username.to_string()]))),
        Err(Refusal::NotFound) => Ok(back(&app, &visit, Flash::Gone)),
        Err(Refusal::AlreadyDone(user)) if user.status == Status::Active => {
            let user = user.username.to_string();
            Ok(back(&app, &visit, Flash::AlreadyDone { user, activated: true }))
        }
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

pub(super) async fn deactivate(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let id = user_id(&id)?;
    let sessions = sessions_before(&app, &visit, id).await?;
    match administration::deactivate(&app.db, &by(&visit, &actor), id, visit.now).await {
        Ok(user) => {
            tidy_sessions(&app, &visit, id).await;
            Ok(back(&app, &visit, Flash::Deactivated(user.username.to_string(), sessions)))
        }
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

pub(super) async fn reactivate(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    match administration::reactivate(&app.db, &by(&visit, &actor), user_id(&id)?, visit.now).await {
        Ok(user) => Ok(back(&app, &visit, Flash::Reactivated(user.username.to_string()))),
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

pub(super) async fn unlock(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    match administration::unlock(&app.db, &by(&visit, &actor), user_id(&id)?, visit.now).await {
        Ok(user) => Ok(back(&app, &visit, Flash::Unlocked(user.username.to_string()))),
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

pub(super) async fn set_tier(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(id): Path<String>,
    Form(form): Form<TierForm>,
) -> Result<Response, Error> {
    let tier = Tier::parse(&form.tier).ok_or(Error::BadRequest)?;
    let id = user_id(&id)?;
    match administration::set_tier(&app.db, &by(&visit, &actor), id, tier, visit.now).await {
        Ok(user) => {
            if user.tier != tier {
                tidy_sessions(&app, &visit, id).await;
            }
            Ok(back(&app, &visit, Flash::Saved(user.username.to_string())))
        }
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

pub(super) async fn sign_out(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let id = user_id(&id)?;
    let sessions = sessions_before(&app, &visit, id).await?;
    match administration::sign_out(&app.db, &by(&visit, &actor), id, visit.now).await {
        Ok(user) => {
            tidy_sessions(&app, &visit, id).await;
            Ok(back(&app, &visit, Flash::SignedOut(user.username.to_string(), sessions)))
        }
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

/// Takes an identity away, the field `identity` says which.
pub(super) async fn unlink(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Error> {
    let id = user_id(&id)?;
    let handle = fields.first("identity");
    let linked = identities::of_user(&mut app.db.read().await?, id).await?;
    let linked = linked.into_iter().find(|it| it.handle() == handle);
    let known_as = linked.map(|it| view::provider_label(&app, &it.provider)).unwrap_or_default();
    let asked = Unlink { handle, known_as: &known_as };
    match unlink_for(&app.db, &app.master, &by(&visit, &actor), id, &asked, visit.now).await {
        Ok(user) => {
            tidy_sessions(&app, &visit, id).await;
            Ok(back(&app, &visit, Flash::Saved(user.username.to_string())))
        }
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

async fn sessions_before(app: &App, visit: &Visit, id: UserId) -> Result<u64, Error> {
    match find(app, id).await? {
        Some(user) => Ok(session_count(app, visit, &user).await),
        None => Ok(0),
    }
}

/// The page for a change that was refused where there is no form to show it in.
pub(super) async fn refuse(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    refusal: Refusal,
) -> Result<Response, Error> {
    let own = |name: &str| actor.user.username.as_str() == name;
    let why = match refusal {
        Refusal::Store(error) => return Err(error.into()),
        Refusal::NotAllowed => return Err(Error::NotFound),
        Refusal::NotFound => admin::Refusal::Gone,
        Refusal::LastSuperuser(username) => admin::Refusal::LastSuperuser { own: own(&username), username },
        Refusal::AlreadyDone(user) | Refusal::Conflict(user) => {
            admin::Refusal::WrongState { username: user.username.to_string() }
        }
        Refusal::OnlyWayIn(username) => admin::Refusal::OnlyWayIn { username },
        Refusal::NoPassword(username) => admin::Refusal::WrongState { username },
        Refusal::EmailTaken
        | Refusal::UsernameTaken
        | Refusal::NotConfirmed
        | Refusal::Outdated
        | Refusal::NoRole(_)
        | Refusal::NotHeld(_) => return Err(Error::BadRequest),
    };
    let view = Refused { admin: frame(app, visit, actor).await?, why, back: Href::local(LIST) };
    Ok((StatusCode::CONFLICT, refused(&view)).into_response())
}
