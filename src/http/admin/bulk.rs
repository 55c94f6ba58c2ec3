//! Several applications decided at once, each in a transaction of its own, with a report.
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use templates::admin::delete::{Applications, Selected, applications};

use super::{back, by, find, frame, user_id};
use crate::{
    accounts::{
        Refusal,
        approval::{self, Admission},
    },
    domain::{
        principal::Principal,
        user::{Status, User},
    },
    http::{
        Error, Visit,
        extract::{Admin, Fields},
        flash::{Flash, Why},
    },
    state::App,
};

/// More than this many at once are too many to look at.
const MOST: usize = 200;

pub(super) async fn decide(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    fields: Fields,
) -> Result<Response, Error> {
    let ids: Vec<&str> = fields.all("id").collect();
    if ids.len() > MOST {
        return Err(Error::TooLarge);
    }
    let mut selected = vec![];
    let mut failed = vec![];
    for id in ids {
        match find(&app, user_id(id)?).await? {
            Some(user) => selected.push(user),
            None => failed.push((id.to_owned(), Why::Gone)),
        }
    }
    match fields.first("action") {
        _ if selected.is_empty() && failed.is_empty() => Ok(back(&app, &visit, Flash::NothingSelected)),
        "activate" => run(&app, &visit, &actor, true, selected, failed).await,
        "reject" if fields.first("confirmed") == "1" => {
            run(&app, &visit, &actor, false, selected, failed).await
        }
        "reject" => confirm(&app, &visit, &actor, selected).await,
        _ => Err(Error::BadRequest),
    }
}

async fn run(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    activate: bool,
    selected: Vec<User>,
    mut failed: Vec<(String, Why)>,
) -> Result<Response, Error> {
    let mut done = vec![];
    for user in selected {
        let by = by(visit, actor);
        let result = if activate {
            approval::activate(&app.db, &by, user.id, &Admission::default(), visit.now).await
        } else {
            approval::reject(&app.db, &by, user.id, visit.now).await
        };
        let name = user.username.to_string();
        match result {
            Ok(_) => done.push(name),
            Err(Refusal::Store(error)) => return Err(error.into()),
            Err(Refusal::NotFound) => failed.push((name, Why::Gone)),
            Err(Refusal::NotAllowed) => failed.push((name, Why::NotAllowed)),
            Err(_) => failed.push((name, Why::AlreadyDecided)),
        }
    }
    let flash = match (failed.is_empty(), activate) {
        (true, true) => Flash::Activated(done),
        (true, false) => Flash::Rejected(done),
        (false, activate) => Flash::Bulk { activate, done, failed },
    };
    Ok(back(app, visit, flash))
}

async fn confirm(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    selected: Vec<User>,
) -> Result<Response, Error> {
    let waiting = selected.into_iter().filter(|user| user.status == Status::Pending);
    let selected: Vec<_> = waiting
        .map(|user| Selected {
            id: user.id.to_string(),
            username: user.username.to_string(),
            display_name: user.display_name.to_string(),
            email: user.email.to_string(),
        })
        .collect();
    if selected.is_empty() {
        return Ok(back(app, visit, Flash::Gone));
    }
    Ok(applications(&Applications { admin: frame(app, visit, actor).await?, selected }).into_response())
}
