//! Ending sessions on `/admin/sessions`: one session, all of a person, all of several people.
use axum::{
    extract::{Path, State},
    response::Response,
};
use templates::Href;

use super::{SESSIONS, by, decisions::refuse, find, sessions::search, user_id};
use crate::{
    accounts::{Refusal, administration},
    domain::{
        principal::Principal,
        user::{User, UserId},
    },
    http::{
        Error, Visit,
        extract::{Admin, Fields},
        flash::{Flash, Why},
        redirect,
        sessions::{self, forget, standing},
        with_cookies,
    },
    state::App,
    store::users,
};

/// More than this many at once are too many to look at.
const MOST: usize = 200;

pub(super) async fn revoke(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path((id, handle)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Error> {
    if *handle == *actor.session.handle {
        return Ok(back(&app, &visit, &fields, Flash::OwnSession));
    }
    let Some(user) = find(&app, user_id(&id)?).await? else {
        return Ok(back(&app, &visit, &fields, Flash::Gone));
    };
    let name = user.username.to_string();
    let Some((digest, session)) = sessions::find(&app, &visit, &user, &handle).await? else {
        return Ok(back(&app, &visit, &fields, Flash::SessionOver(name)));
    };
    let lifetimes = &app.settings().lifetimes;
    match administration::end_session(&app.db, &by(&visit, &actor), &session, lifetimes, visit.now).await {
        Ok(_) => {
            forget(&app, &[(digest, user.id)]).await;
            Ok(back(&app, &visit, &fields, Flash::SessionRevoked(name)))
        }
        Err(Refusal::NotFound) => Ok(back(&app, &visit, &fields, Flash::Gone)),
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

pub(super) async fn force_out(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Error> {
    let id = user_id(&id)?;
    if id == actor.user.id {
        return Ok(back(&app, &visit, &fields, Flash::OwnSession));
    }
    let Some(user) = find(&app, id).await? else { return Ok(back(&app, &visit, &fields, Flash::Gone)) };
    let outcome = end_all(&app, &visit, &actor, vec![user]).await?.pop();
    let flash = match outcome {
        Some((name, Ok(ended))) => Flash::SignedOut(name, ended),
        Some((_, Err(Refusal::NotFound))) | None => Flash::Gone,
        Some((_, Err(refusal))) => return refuse(&app, &visit, &actor, refusal).await,
    };
    Ok(back(&app, &visit, &fields, flash))
}

pub(super) async fn force_out_selected(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    fields: Fields,
) -> Result<Response, Error> {
    let ids = fields.all("id").map(user_id).collect::<Result<Vec<UserId>, Error>>()?;
    if ids.len() > MOST {
        return Err(Error::TooLarge);
    }
    if ids.is_empty() {
        return Ok(back(&app, &visit, &fields, Flash::NobodySelected));
    }
    let selected = users::among(&mut app.db.read().await?, &ids).await?;
    let there = |id: &UserId| selected.iter().any(|user| user.id == *id);
    let gone = ids.iter().filter(|id| !there(id)).map(|id| (id.to_string(), Why::Gone));
    let (mut done, mut failed) = (vec![], gone.collect::<Vec<_>>());
    let (own, others): (Vec<_>, Vec<_>) = selected.into_iter().partition(|user| user.id == actor.user.id);
    failed.extend(own.into_iter().map(|user| (user.username.to_string(), Why::Own)));
    for (name, outcome) in end_all(&app, &visit, &actor, others).await? {
        match outcome {
            Ok(ended) => done.push((name, ended)),
            Err(Refusal::Store(error)) => return Err(error.into()),
            Err(Refusal::NotFound) => failed.push((name, Why::Gone)),
            Err(_) => failed.push((name, Why::NotAllowed)),
        }
    }
    Ok(back(&app, &visit, &fields, Flash::ForcedOut { done, failed }))
}

/// Ends all sessions of each of these people, in a transaction each: how many that were, or why not. Once the
/// database has it they are over; the store is tidied if it answers.
async fn end_all(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    people: Vec<User>,
) -> Result<Vec<(String, Result<u64, Refusal>)>, Error> {
    // The numbers are for reading only: without the store there are none, and people are signed out all the same.
    let sessions = standing(app, visit, &people).await.unwrap_or_else(|_| vec![vec![]; people.len()]);
    let (mut outcomes, mut over) = (vec![], vec![]);
    for (user, sessions) in people.into_iter().zip(sessions) {
        let outcome = administration::sign_out(&app.db, &by(visit, actor), user.id, visit.now).await;
        if outcome.is_ok() {
            over.extend(sessions.iter().map(|(digest, _)| (*digest, user.id)));
        }
        outcomes.push((user.username.to_string(), outcome.map(|_| sessions.len() as u64)));
    }
    forget(app, &over).await;
    Ok(outcomes)
}

/// Back to the list, as it was searched, which says what happened.
fn back(app: &App, visit: &Visit, fields: &Fields, flash: Flash) -> Response {
    let list = Href::query(SESSIONS, [("q", search(fields.first("q")).as_str())]);
    with_cookies(redirect(list.as_str()), [flash.cookie(app, visit.now)])
}
