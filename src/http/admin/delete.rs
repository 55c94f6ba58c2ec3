//! `/admin/users/{id}/delete`: asks first, then deletes; for an application, rejects.
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use templates::{
    Problem,
    admin::delete::{Application, Delete, application, application_fragment, fragment, page},
};

use super::{
    back, by, changeable, decisions::refuse, find, frame, session_count, tidy_sessions, user_id, view,
    wants_fragment,
};
use crate::{
    accounts::{
        Refusal,
        administration::{self, Deletion},
        approval::{self, Rejection},
    },
    domain::{
        permission::Right,
        principal::Principal,
        user::{Status, User},
    },
    http::{
        Error, Visit,
        extract::{Admin, Fields},
        flash::Flash,
    },
    state::App,
    store::identities,
};

/// The most characters that a message to an applicant has.
const MESSAGE_MAX: u32 = 1000;

pub(super) async fn ask(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Admin(actor): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let Some(user) = find(&app, user_id(&id)?).await? else {
        return refuse(&app, &visit, &actor, Refusal::NotFound).await;
    };
    let right = if user.status == Status::Pending { Right::UserApprove } else { Right::UserManage };
    if !actor.may.may(right) {
        return Err(Error::NotFound);
    }
    changeable(&app, &actor, &user).await?;
    let modal = wants_fragment(&headers);
    if user.status == Status::Pending {
        let view = rejection(&app, &visit, &actor, &user, "", None).await?;
        let drawn = if modal { application_fragment(&view) } else { application(&view) };
        return Ok(drawn.into_response());
    }
    let view = question(&app, &visit, &actor, &user, None).await?;
    Ok(if modal { fragment(&view) } else { page(&view) }.into_response())
}

pub(super) async fn delete(
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
    if user.status == Status::Pending {
        let message = match message(&fields) {
            Ok(message) => message,
            Err(problem) => {
                let typed = fields.first("message");
                let view = rejection(&app, &visit, &actor, &user, typed, Some(problem)).await?;
                let drawn =
                    if wants_fragment(&headers) { application_fragment(&view) } else { application(&view) };
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, drawn).into_response());
            }
        };
        let how = Rejection { message: message.as_deref(), block: fields.first("block") == "1" };
        return match approval::reject(&app.db, &by(&visit, &actor), id, how, visit.now).await {
            Ok(user) => Ok(back(&app, &visit, Flash::Rejected(vec![user.username.to_string()]))),
            Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
        };
    }
    let bar_with = (fields.first("bar_identity") == "1").then_some(&app.master);
    let how = Deletion { confirmation: fields.first("confirm"), bar_with };
    match administration::delete(&app.db, &by(&visit, &actor), id, &how, visit.now).await {
        Ok(user) => {
            tidy_sessions(&app, &visit, id).await;
            Ok(back(&app, &visit, Flash::Deleted(user.username.to_string())))
        }
        Err(Refusal::NotConfirmed) => {
            let view = question(&app, &visit, &actor, &user, Some(&fields)).await?;
            let drawn = if wants_fragment(&headers) { fragment(&view) } else { page(&view) };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, drawn).into_response())
        }
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

/// What the applicant is told.
pub(super) fn message(fields: &Fields) -> Result<Option<String>, Problem> {
    let message = fields.first("message").trim().replace('\0', "");
    match message.chars().count() {
        0 => Ok(None),
        n if n > MESSAGE_MAX as usize => Err(Problem::MessageTooLong { max: MESSAGE_MAX }),
        _ => Ok(Some(message)),
    }
}

async fn rejection(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    user: &User,
    typed: &str,
    problem: Option<Problem>,
) -> Result<Application, Error> {
    Ok(Application {
        admin: frame(app, visit, actor).await?,
        id: user.id.to_string(),
        username: user.username.to_string(),
        email: user.email.to_string(),
        applied: view::when(visit.lang, user.registered_at),
        message: typed.to_owned(),
        problem,
    })
}

async fn question(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    user: &User,
    sent: Option<&Fields>,
) -> Result<Delete, Error> {
    let linked = identities::of_user(&mut app.db.read().await?, user.id).await?;
    let mismatch = || Problem::ConfirmMismatch { username: user.username.to_string() };
    Ok(Delete {
        admin: frame(app, visit, actor).await?,
        id: user.id.to_string(),
        number: view::figure(user.number),
        username: user.username.to_string(),
        display_name: user.display_name.to_string(),
        email: user.email.to_string(),
        sessions: session_count(app, visit, user).await,
        bar: linked.first().map(|linked| view::provider_label(app, &linked.provider)),
        bar_checked: sent.is_some_and(|fields| fields.first("bar_identity") == "1"),
        typed: sent.map_or("", |fields| fields.first("confirm")).to_owned(),
        can_deactivate: user.status == Status::Active,
        problem: sent.map(|_| mismatch()),
    })
}
