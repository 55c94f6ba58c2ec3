//! `/admin/dormant`: accounts whose people have been away for long.
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Href,
    admin::dormant::{
        Confirm, Dormant as Page, LastReview, Review, Row, Selected, Verdict as VerdictView, confirm, page,
    },
};

use super::{back_to, by, find, frame, session_count, tidy_sessions, user_id, view};
use crate::{
    accounts::{
        Refusal,
        dormant::{self as reviewing, Verdict},
    },
    domain::{
        permission::{Effective, Right, Roles},
        principal::Principal,
        time::Time,
        user::{Status, User, UserId},
    },
    http::{
        Error, Visit,
        extract::{Admin, Fields, Query},
        flash::{Flash, Left},
        with_cookies,
    },
    state::App,
    store::{dormant, grants, roles},
};

const HERE: &str = "/admin/dormant";
const PAGE: usize = 25;
/// More than this many at once are too many to look at.
const MOST: usize = 200;

/// Where in the list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    after: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Admin(actor): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let settings = app.settings();
    let before = reviewing::idle_before(&settings, visit.now);
    let after = position(&asked.after);
    let mut tx = app.db.read().await?;
    let from = after.unwrap_or((Time::NEVER, 0));
    let mut users = dormant::page(&mut tx, before, visit.now, from, PAGE as i64 + 1).await?;
    let total = view::figure(dormant::count(&mut tx, before, visit.now).await?);
    let more = users.len() > PAGE;
    users.truncate(PAGE);
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    let mut held = grants::of_users(&mut tx, &ids).await?;
    let all = roles::all(&mut tx).await?;
    drop(tx);
    let last = reviewing::reviewed(&app.db).await?;
    let (due, overdue) = reviewing::due(last.as_ref(), visit.now);
    let place = |user: &User| format!("{}_{}", user.idle_since.micros(), user.number);
    let next = users.last().filter(|_| more).map(|user| Href::query(HERE, [("after", place(user).as_str())]));
    let manages = actor.may.may(Right::UserManage);
    let row = |user: User| {
        let theirs = Effective::of(user.tier, &held.remove(&user.id).unwrap_or_default(), &all);
        row(&visit, &actor, &user, &theirs, &all)
    };
    let view = Page {
        rows: users.into_iter().map(row).collect(),
        admin: frame(&app, &visit, &actor).await?,
        flash: Flash::take(&app, &headers, visit.now),
        days: u64::from(settings.dormant_days),
        review: Review {
            due: view::when(visit.lang, due),
            overdue: overdue && total > 0,
            last: last.map(|last| LastReview {
                at: view::when(visit.lang, last.at),
                by: Some(last.by),
                kept: last.kept,
                deactivated: last.deactivated,
            }),
        },
        automatic: settings.dormant_auto,
        editable: manages,
        total,
        previous: after.is_some().then(|| Href::local(HERE)),
        next,
    };
    let told = view.flash.is_some().then(|| app.cookies.clear_flash());
    Ok(with_cookies(page(&view).into_response(), told))
}

fn row(visit: &Visit, actor: &Principal, user: &User, theirs: &Effective, all: &Roles) -> Row {
    let others = user.id != actor.user.id && actor.may.may_change(theirs);
    Row {
        roles: theirs.roles.iter().map(|name| view::role(all, name)).collect(),
        can_view: true,
        can_decide: actor.may.may(Right::UserManage) && (actor.may.superuser || others),
        days: visit.now.since(user.idle_since).as_secs() / 86_400,
        last_login: user.last_login_at.happened().map(|at| view::when(visit.lang, at)),
        registered: view::when(visit.lang, user.registered_at),
        tier: view::tier(user.tier),
        id: user.id.to_string(),
        number: view::figure(user.number),
        username: user.username.to_string(),
        display_name: user.display_name.to_string(),
        email: user.email.to_string(),
        source: view::source(user),
        selected: false,
    }
}

fn position(text: &str) -> Option<(Time, i64)> {
    let (at, number) = text.split_once('_')?;
    Some((Time::from_micros(at.parse().ok()?), number.parse().ok()?))
}

pub(super) async fn decide(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    fields: Fields,
) -> Result<Response, Error> {
    let one = |name: &str| fields.all(name).next().map(|id| vec![id.to_owned()]);
    let deactivate = Verdict::Deactivate { tell: fields.first("mail") == "1" };
    let (verdict, ids) = match (one("keep"), one("deactivate"), fields.first("action")) {
        (Some(ids), _, _) => (Verdict::Keep, ids),
        (None, Some(ids), _) => (deactivate, ids),
        (None, None, "keep") => (Verdict::Keep, fields.all("id").map(str::to_owned).collect()),
        (None, None, "deactivate") => (deactivate, fields.all("id").map(str::to_owned).collect()),
        _ => return Err(Error::BadRequest),
    };
    if ids.is_empty() {
        return Ok(back_to(HERE, &app, &visit, Flash::NoAccountSelected));
    }
    if ids.len() > MOST {
        return Err(Error::TooLarge);
    }
    let ids = ids.iter().map(|id| user_id(id)).collect::<Result<Vec<_>, _>>()?;
    if fields.first("confirmed") == "1" {
        carry_out(&app, &visit, &actor, verdict, &ids).await
    } else {
        ask(&app, &visit, &actor, verdict, &ids).await
    }
}

async fn ask(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    verdict: Verdict,
    ids: &[UserId],
) -> Result<Response, Error> {
    let mut selected = vec![];
    for id in ids {
        let Some(user) = find(app, *id).await? else { continue };
        selected.push(Selected {
            sessions: session_count(app, visit, &user).await,
            id: user.id.to_string(),
            username: user.username.to_string(),
            display_name: user.display_name.to_string(),
            last_login: user.last_login_at.happened().map(|at| view::when(visit.lang, at)),
        });
    }
    if selected.is_empty() {
        return Ok(back_to(HERE, app, visit, Flash::Gone));
    }
    let verdict = match verdict {
        Verdict::Keep => VerdictView::Keep,
        Verdict::Deactivate { .. } => VerdictView::Deactivate,
    };
    Ok(confirm(&Confirm { admin: frame(app, visit, actor).await?, verdict, selected }).into_response())
}

/// Each in a transaction of its own, with a report.
async fn carry_out(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    verdict: Verdict,
    ids: &[UserId],
) -> Result<Response, Error> {
    let before = reviewing::idle_before(&app.settings(), visit.now);
    let (mut done, mut failed) = (vec![], vec![]);
    for id in ids.iter().copied() {
        let named = find(app, id).await?.map_or_else(|| id.to_string(), |user| user.username.to_string());
        let why = match reviewing::decide(&app.db, &by(visit, actor), id, verdict, before, visit.now).await {
            Ok(user) => {
                if verdict != Verdict::Keep {
                    tidy_sessions(app, visit, id).await;
                }
                done.push(user.username.to_string());
                continue;
            }
            Err(Refusal::Store(error)) => return Err(error.into()),
            Err(Refusal::LastSuperuser(_)) => Left::LastSuperuser,
            Err(Refusal::NotFound) => Left::Gone,
            Err(Refusal::AlreadyDone(user)) if user.status == Status::Inactive => Left::Inactive,
            Err(Refusal::AlreadyDone(_)) => Left::NotDormant,
            Err(_) => Left::NotAllowed,
        };
        failed.push((named, why));
    }
    Ok(back_to(HERE, app, visit, Flash::Reviewed { keep: verdict == Verdict::Keep, done, failed }))
}
