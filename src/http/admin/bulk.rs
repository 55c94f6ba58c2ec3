//! Several applications decided at once, each in a transaction of its own, with a report.
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use templates::{
    Problem,
    admin::delete::{Applications, Selected, applications},
};

use super::{back, by, delete::message, find, frame, user_id};
use crate::{
    accounts::{
        Refusal,
        approval::{self, Admission, Rejection},
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
        return Ok(back(&app, &visit, Flash::TooManySelected(MOST as u64)));
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
        "activate" => run(&app, &visit, &actor, Decision::Activate, selected, failed).await,
        "reject" if fields.first("confirmed") == "1" => match message(&fields) {
            Ok(message) => run(&app, &visit, &actor, Decision::Reject(message), selected, failed).await,
            Err(problem) => {
                let answer = confirm(&app, &visit, &actor, selected, &fields, Some(problem)).await?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, answer).into_response())
            }
        },
        "reject" => confirm(&app, &visit, &actor, selected, &fields, None).await,
        _ => Err(Error::BadRequest),
    }
}

/// What is done with each.
enum Decision {
    Activate,
    /// With what all of them are told.
    Reject(Option<String>),
}

async fn run(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    decision: Decision,
    selected: Vec<User>,
    mut failed: Vec<(String, Why)>,
) -> Result<Response, Error> {
    let mut done = vec![];
    for user in selected {
        let by = by(visit, actor);
        let result = match &decision {
            Decision::Activate => {
                approval::activate(&app.db, &by, user.id, &Admission::default(), visit.now).await
            }
            Decision::Reject(message) => {
                let how = Rejection { message: message.as_deref(), block: false };
                approval::reject(&app.db, &by, user.id, how, visit.now).await
            }
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
    let activate = matches!(decision, Decision::Activate);
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
    fields: &Fields,
    problem: Option<Problem>,
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
    let message = fields.first("message").to_owned();
    let view = Applications { admin: frame(app, visit, actor).await?, message, problem, selected };
    Ok(applications(&view).into_response())
}
