//! `/admin/audit`: what happened, newest first.
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Href,
    admin::audit::{Actor as ActorView, Audit, Change as ChangeView, Entry as EntryView, Outcome, page},
};
use uuid::Uuid;

use super::{frame, view};
use crate::{
    domain::{
        audit::{Actor, Entry, Event},
        time::Time,
    },
    http::{
        Error, Visit,
        extract::{Admin, Query},
    },
    state::App,
    store::audit,
};

const PAGE: i64 = 50;

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
) -> Result<Response, Error> {
    let mut tx = app.db.read().await?;
    let (entries, newer, older) = match (position(&asked.before), position(&asked.after)) {
        (_, Some(after)) => {
            let mut entries = audit::page_after(&mut tx, after, PAGE + 1).await?;
            let more = entries.len() > PAGE as usize;
            if more {
                entries.remove(0);
            }
            (entries, more, true)
        }
        (before, None) => {
            let mut entries = audit::page(&mut tx, before, PAGE + 1).await?;
            let more = entries.len() > PAGE as usize;
            entries.truncate(PAGE as usize);
            (entries, before.is_some(), more)
        }
    };
    let total = audit::count(&mut tx).await?;
    drop(tx);
    let link = |name, entry: Option<&Entry>| {
        entry.map(|entry| Href::query("/admin/audit", [(name, place(entry).as_str())]))
    };
    let view = Audit {
        newer: if newer { link("after", entries.first()) } else { None },
        older: if older { link("before", entries.last()) } else { None },
        total: view::figure(total),
        admin: frame(&app, &visit, &actor).await?,
        entries: entries.into_iter().map(|entry| row(&visit, entry)).collect(),
    };
    Ok(page(&view).into_response())
}

fn place(entry: &Entry) -> String {
    format!("{}_{}", entry.at.micros(), entry.id)
}

fn position(text: &str) -> Option<(Time, Uuid)> {
    let (at, id) = text.split_once('_')?;
    Some((Time::from_micros(at.parse().ok()?), id.parse().ok()?))
}

fn row(visit: &Visit, entry: Entry) -> EntryView {
    let text = |text: String| Some(text).filter(|text| !text.is_empty());
    let mut changes: Vec<_> = entry
        .changes
        .into_iter()
        .map(|change| ChangeView { field: change.field, old: text(change.from), new: text(change.to) })
        .collect();
    if let Some(detail) = entry.detail {
        let signed_in = matches!(entry.event, Event::LoginSucceeded);
        let field = if signed_in { "method" } else { "reason" };
        changes.push(ChangeView { field: field.to_owned(), old: None, new: Some(detail) });
    }
    EntryView {
        at: view::when(visit.lang, entry.at),
        event: entry.event.name().to_owned(),
        actor: match entry.actor {
            Actor::User { name, .. } => ActorView::Person(name),
            Actor::Stranger => ActorView::Stranger,
            Actor::Cli | Actor::System => ActorView::System,
        },
        target: entry.target.map(|target| target.name),
        changes,
        ip: text(entry.origin.address),
        result: match entry.event {
            Event::LoginFailed => Outcome::Failed,
            Event::LoginRefused => Outcome::Refused,
            _ => Outcome::Done,
        },
        request: text(entry.origin.request_id),
        user_agent: text(entry.origin.user_agent),
    }
}
