//! `/admin/sessions`: who is signed in, where, and since when.
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Href,
    admin::sessions::{Person, Sessions, Totals, page},
};

use super::{
    SESSIONS, frame,
    online::{self, since},
    view,
};
use crate::{
    domain::{
        permission::{Effective, Right},
        principal::Principal,
        user::User,
    },
    http::{
        Error, Visit,
        extract::{Admin, Query},
        flash::Flash,
        with_cookies,
    },
    session::Kept,
    state::App,
    store::{grants, recent_users, roles},
};

const SEARCH_MAX: usize = 200;
/// More sessions of one person are counted and not shown.
const SHOWN: usize = 20;
/// More superusers than these nobody has; beyond it the card is too low.
const SUPERUSERS: i64 = 5000;

/// What the address asks for; what cannot be read asks for nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
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
    let q = search(&asked.q);
    let found = if q.is_empty() {
        online::everybody(&app, &visit, &asked.after, &asked.before).await?
    } else {
        online::matching(&app, &visit, &q, &asked.after, &asked.before).await?
    };
    let link = |name, place: Option<String>| {
        place.map(|place| Href::query(SESSIONS, [("q", q.as_str()), (name, place.as_str())]))
    };
    let view = Sessions {
        admin: frame(&app, &visit, &actor).await?,
        flash: Flash::take(&app, &headers, visit.now),
        totals: totals(&app, &visit).await?,
        previous: link("before", found.previous),
        next: link("after", found.next),
        people: people(&app, &visit, &actor, found.people).await?,
        can_view: actor.may.may(Right::UserRead),
        q,
    };
    let told = view.flash.is_some().then(|| app.cookies.clear_flash());
    Ok(with_cookies(page(&view).into_response(), told))
}

/// What is searched for, as it was typed.
pub(super) fn search(typed: &str) -> String {
    typed.trim().chars().filter(|c| *c != '\0').take(SEARCH_MAX).collect()
}

async fn totals(app: &App, visit: &Visit) -> Result<Totals, Error> {
    let lifetimes = &app.settings().lifetimes;
    let totals = app.sessions.totals(lifetimes, visit.now).await?;
    let superusers =
        recent_users::superusers(&mut app.db.read().await?, since(lifetimes, visit.now), SUPERUSERS).await?;
    let seen = app.sessions.last_seen(&superusers, lifetimes, visit.now).await?;
    let superusers = seen.iter().flatten().count() as u64;
    Ok(Totals { users: totals.people, sessions: totals.sessions, superusers })
}

/// The rows, each with what the viewer may do there; a fixed number of queries.
async fn people(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    found: Vec<(User, Vec<Kept>)>,
) -> Result<Vec<Person>, Error> {
    let revokes = actor.may.may(Right::SessionRevoke);
    let ids: Vec<_> = found.iter().map(|(user, _)| user.id).collect();
    let mut tx = app.db.read().await?;
    let mut held = grants::of_users(&mut tx, &ids).await?;
    let all = roles::all(&mut tx).await?;
    drop(tx);
    let row = |(user, sessions): (User, Vec<Kept>)| {
        let theirs = Effective::of(user.tier, &held.remove(&user.id).unwrap_or_default(), &all);
        person(app, visit, actor, (user, sessions), revokes && actor.may.may_change(&theirs))
    };
    Ok(found.into_iter().map(row).collect())
}

fn person(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    (user, sessions): (User, Vec<Kept>),
    can_revoke: bool,
) -> Person {
    let is_you = user.id == actor.user.id;
    let seen = sessions.iter().map(|(_, session)| session.seen_at).max().unwrap_or_default();
    let shown = sessions.iter().take(SHOWN);
    Person {
        id: user.id.to_string(),
        username: user.username.to_string(),
        display_name: user.display_name.to_string(),
        tier: view::tier(user.tier),
        last_seen: view::when(visit.lang, seen),
        last_login: user.last_login_at.happened().map(|at| view::when(visit.lang, at)),
        last_login_ip: user.last_login_address,
        more: sessions.len().saturating_sub(SHOWN) as u64,
        sessions: shown.map(|(_, session)| view::session(app, visit.lang, session, &actor.session)).collect(),
        can_end: can_revoke && !is_you,
        can_revoke,
        is_you,
    }
}
