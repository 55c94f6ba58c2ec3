//! `/admin/audit`: what happened, newest first.
use std::time::Duration;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Href,
    admin::audit::{
        Actor as ActorView, Audit, Change as ChangeView, Entry as EntryView, Outcome, Person, Sealed, page,
    },
};
use uuid::Uuid;

use super::{frame, view};
use crate::{
    accounts::chain,
    domain::{
        audit::{Actor, Entry, Event},
        chain::Mac,
        permission::Right,
        time::Time,
        user::UserId,
    },
    http::{
        Error, Visit,
        extract::{Admin, Query},
        redirect,
    },
    state::App,
    store::{
        Tx,
        audit::{self, From, Place, Row},
    },
};

pub(super) mod export;
mod filter;
mod proof;

const PAGE: i64 = 50;
/// A check that takes longer goes on while the page says so.
const CHECK_WITHIN: Duration = Duration::from_secs(10);

/// Where in the log; what cannot be read is its newest end.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    before: String,
    after: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Query(asked): Query<Asked>,
    Query(filters): Query<filter::Asked>,
) -> Result<Response, Error> {
    let admin = frame(&app, &visit, &actor).await?;
    let filters = filters.read(&app).await?;
    let mut view = Audit {
        chain: proof::chain(&app, &visit).await?,
        events: Event::ALL.iter().map(|event| event.name()).collect(),
        filter: filters.shown,
        admin,
        entries: vec![],
        newer: None,
        older: None,
        can_export: actor.may.may(Right::AuditExport),
    };
    // A name that nobody has matches nothing.
    if view.filter.unknown.is_none() {
        let (rows, newer, older) = rows(&mut app.db.read().await?, &filters.filter, &asked).await?;
        let link = |name, row: Option<&Row>| Some(view.filter.href(&[(name, &written(row?.place()))]));
        let newer = link("after", rows.first().filter(|_| newer));
        let older = link("before", rows.last().filter(|_| older));
        (view.newer, view.older) = (newer, older);
        view.entries = rows.into_iter().map(|row| entry(&visit, row)).collect();
    }
    Ok(page(&view).into_response())
}

/// Looks at the whole log now, and shows what was found.
pub(super) async fn verify(State(app): State<App>, visit: Visit, _: Admin) -> Result<Response, Error> {
    let checking = tokio::spawn(async move {
        let Ok(_checking) = app.audit_check.try_lock() else { return Ok(()) };
        chain::verify::check(&app.db, &app.master, &app.config.data_dir, visit.now).await.map(drop)
    });
    if let Ok(Ok(Err(error))) = tokio::time::timeout(CHECK_WITHIN, checking).await {
        return Err(error.into());
    }
    Ok(redirect("/admin/audit"))
}

/// The rows of a page, and whether there are newer and older ones.
async fn rows(tx: &mut Tx, filter: &audit::Filter, asked: &Asked) -> Result<(Vec<Row>, bool, bool), Error> {
    let from = match (place(&asked.before), place(&asked.after)) {
        (_, Some(after)) => From::After(after),
        (Some(before), None) => From::Before(before),
        (None, None) => From::Newest,
    };
    let mut rows = audit::page(tx, filter, from, PAGE + 1).await?;
    let more = rows.len() > PAGE as usize;
    if let From::After(_) = from {
        if more {
            rows.remove(0);
        }
        return Ok((rows, more, true));
    }
    rows.truncate(PAGE as usize);
    Ok((rows, from != From::Newest, more))
}

fn written((at, id): Place) -> String {
    format!("{}_{id}", at.micros())
}

fn place(text: &str) -> Option<Place> {
    let (at, id) = text.split_once('_')?;
    Some((Time::from_micros(at.parse().ok()?), id.parse().ok()?))
}

fn entry(visit: &Visit, row: Row) -> EntryView {
    let sealed = row.position.map(|position| {
        let mac = |bytes: &Option<Vec<u8>>| {
            bytes.as_deref().and_then(Mac::read).map(|mac| mac.to_string()).unwrap_or_default()
        };
        Sealed { position: view::figure(position), mac: mac(&row.mac), previous: mac(&row.previous) }
    });
    let read = row.read();
    let shown = EntryView {
        at: view::when(visit.lang, row.at),
        event: row.event,
        actor: ActorView::System,
        target: None,
        changes: vec![],
        ip: None,
        result: Outcome::Done,
        request: None,
        user_agent: None,
        sealed,
        unreadable: read.is_none(),
    };
    match read {
        Some(entry) => told(visit, entry, shown),
        None => shown,
    }
}

fn told(visit: &Visit, entry: Entry, shown: EntryView) -> EntryView {
    let text = |text: String| Some(text).filter(|text| !text.is_empty());
    let mut changes: Vec<_> = entry
        .changes
        .into_iter()
        .map(|change| ChangeView { field: change.field, old: text(change.from), new: text(change.to) })
        .collect();
    if let Some(detail) = entry.detail {
        let field = match entry.event {
            Event::LoginSucceeded => "method",
            Event::RoleCreated | Event::RoleChanged | Event::RoleDeleted => "role",
            _ => "reason",
        };
        changes.push(ChangeView { field: field.to_owned(), old: None, new: Some(detail) });
    }
    let person = |id: UserId, name: String| Person { name, entries: of(id) };
    EntryView {
        at: view::when(visit.lang, entry.at),
        event: entry.event.name().to_owned(),
        actor: match entry.actor {
            Actor::User { id, name } => ActorView::Person(person(id, name)),
            Actor::Stranger => ActorView::Stranger,
            Actor::Cli | Actor::System => ActorView::System,
        },
        target: entry.target.map(|target| person(target.id, target.name)),
        changes,
        ip: text(entry.origin.address),
        result: match entry.event {
            Event::LoginFailed => Outcome::Failed,
            Event::LoginRefused | Event::AccountLinkRefused => Outcome::Refused,
            _ => Outcome::Done,
        },
        request: text(entry.origin.request_id),
        user_agent: text(entry.origin.user_agent),
        ..shown
    }
}

/// A person's history: what they did and what happened to them.
fn of(id: UserId) -> Href {
    Href::query("/admin/audit", [("user", id.to_string().as_str())])
}

/// One entry.
fn only(id: Uuid) -> Href {
    Href::query("/admin/audit", [("entry", id.to_string().as_str())])
}
