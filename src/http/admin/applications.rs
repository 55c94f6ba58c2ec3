//! `/admin/applications`: what was decided, and addresses that may not apply.
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Href,
    admin::applications::{Applications, Blocked, Filter as Shown, Outcome, Row, page},
};
use uuid::Uuid;

use super::{back_to, by, decisions::refuse, frame, view};
use crate::{
    accounts::approval,
    domain::{
        application::{Application, State as Became},
        permission::Right,
        user::Email,
    },
    http::{
        Error, Visit,
        extract::{Admin, Form, Query},
        flash::Flash,
        with_cookies,
    },
    state::App,
    store::{
        applications::{self, Filter, From},
        blocked_emails,
    },
};

const HERE: &str = "/admin/applications";
const PAGE: usize = 50;
const BLOCKED: i64 = 50;
const SEARCH_MAX: usize = 200;

/// What the address asks for; words that are not known ask for nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    state: String,
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
    let search: String = asked.q.trim().chars().filter(|c| *c != '\0').take(SEARCH_MAX).collect();
    let filter = Filter { search, state: Became::parse_decided(&asked.state) };
    let id = |text: &str| text.parse::<Uuid>().ok();
    let from = id(&asked.after).map(From::After).or_else(|| id(&asked.before).map(From::Before));
    let admin = frame(&app, &visit, &actor).await?;
    let mut tx = app.db.read().await?;
    let found = applications::page(&mut tx, &filter, from.unwrap_or(From::Newest), PAGE).await?;
    let total = applications::count(&mut tx, &filter).await?;
    let (blocked, blocked_total) = blocked_emails::list(&mut tx, &filter.search, BLOCKED).await?;
    drop(tx);
    let shown = Shown { q: filter.search, state: filter.state.and_then(outcome) };
    let link = |name, one: Option<&Application>| -> Option<Href> {
        one.map(|one| shown.href([(name, one.id.to_string().as_str())]))
    };
    let view = Applications {
        admin,
        flash: Flash::take(&app, &headers, visit.now),
        previous: if found.has_previous { link("before", found.applications.first()) } else { None },
        next: if found.has_next { link("after", found.applications.last()) } else { None },
        rows: found.applications.into_iter().filter_map(|one| row(&visit, one)).collect(),
        total: view::figure(total),
        filter: shown,
        blocked: blocked
            .into_iter()
            .map(|one| Blocked {
                email: one.email,
                since: view::when(visit.lang, one.blocked_at),
                by: one.blocked_by,
            })
            .collect(),
        blocked_total: view::figure(blocked_total),
        can_decide: actor.may.may(Right::UserApprove),
    };
    let told = view.flash.is_some().then(|| app.cookies.clear_flash());
    Ok(with_cookies(page(&view).into_response(), told))
}

/// Which address may apply again.
#[derive(Deserialize)]
pub(super) struct Unblock {
    #[serde(default)]
    email: String,
}

pub(super) async fn unblock(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Form(sent): Form<Unblock>,
) -> Result<Response, Error> {
    let email = Email::parse(&sent.email).ok_or(Error::BadRequest)?;
    match approval::unblock(&app.db, &by(&visit, &actor), &email, visit.now).await {
        Ok(()) => Ok(back_to(HERE, &app, &visit, Flash::Unblocked(email.to_string()))),
        Err(refusal) => refuse(&app, &visit, &actor, refusal).await,
    }
}

fn row(visit: &Visit, one: Application) -> Option<Row> {
    let outcome = outcome(one.state)?;
    Some(Row {
        account: (outcome == Outcome::Approved).then(|| one.user_id.to_string()),
        number: view::figure(one.number),
        username: one.username,
        display_name: one.display_name,
        email: one.email,
        applied: view::when(visit.lang, one.applied_at),
        reason: one.reason,
        outcome,
        decided: view::when(visit.lang, one.decided_at),
        by: one.decided_by,
        message: one.message,
    })
}

fn outcome(state: Became) -> Option<Outcome> {
    Some(match state {
        Became::Open => return None,
        Became::Approved => Outcome::Approved,
        Became::Rejected => Outcome::Rejected,
        Became::Withdrawn => Outcome::Withdrawn,
        Became::Expired => Outcome::Expired,
        Became::Superseded => Outcome::Superseded,
    })
}
