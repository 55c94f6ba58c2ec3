//! Somebody takes a copy of the audit log, oldest entry first, in pages: it may have any size.
use std::time::Duration;

use uuid::Uuid;

use crate::{
    accounts::{By, Record, Refusal, acting},
    domain::{
        audit::{Actor, Change, Event},
        csv,
        permission::{Need, Right},
        secret::new_id,
        time::Time,
    },
    store::{
        self, Db,
        audit::{self, Filter, Place, Row},
    },
};

const PAGE: i64 = 500;

/// How a copy is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Each entry's text as it is sealed, one a line.
    Jsonl,
    /// A table for spreadsheets.
    Csv,
}

impl Format {
    /// The format of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Jsonl, Self::Csv].into_iter().find(|format| format.name() == name)
    }

    /// Its name, which is also the end of file names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// A copy in the making.
pub struct Export {
    db: Db,
    filter: Filter,
    format: Format,
    after: Option<Place>,
    /// The event of the export itself, which does not belong to it.
    own: Uuid,
}

/// Records who takes what, and begins. The record comes first: nothing leaves without it. What happens later is
/// not part of the copy, however long it takes.
///
/// # Errors
/// [`Refusal::NotAllowed`], or when the database does not answer.
pub async fn begin(db: &Db, by: &By, filter: Filter, format: Format, now: Time) -> Result<Export, Refusal> {
    let mut tx = db.write().await?;
    let actor = acting(&mut tx, by, Need::May(Right::AuditExport), now).await?.actor;
    let end = now + Duration::from_micros(1);
    let bounded = Filter { until: Some(filter.until.map_or(end, |until| until.min(end))), ..filter };
    let count = audit::count(&mut tx, &bounded).await?;
    let own = new_id(now);
    let record = Record::new(Event::AuditExported, actor, &by.origin);
    let record = record.change("format", "", format.name()).change("filter", "", in_words(&filter));
    record.change("entries", "", count).write_as(own, &mut tx, now).await?;
    tx.commit().await?;
    Ok(Export { db: db.clone(), filter: bounded, format, after: None, own })
}

impl Export {
    /// The next piece of the copy; none when it is complete.
    ///
    /// # Errors
    /// When the database does not answer: the copy is not complete then.
    pub async fn next(&mut self) -> Result<Option<String>, store::Error> {
        let mut piece = String::new();
        let first = (Time::from_micros(i64::MIN), Uuid::nil());
        if self.after.is_none() && self.format == Format::Csv {
            csv::line(&mut piece, COLUMNS);
        }
        let after = self.after.unwrap_or(first);
        let rows = audit::newer(&mut self.db.read().await?, &self.filter, after, PAGE).await?;
        self.after = Some(rows.last().map_or(after, Row::place));
        for row in rows.iter().filter(|row| row.id != self.own) {
            self.write(&mut piece, row);
        }
        let more = !piece.is_empty() || !rows.is_empty();
        Ok(more.then_some(piece))
    }

    fn write(&self, out: &mut String, row: &Row) {
        match self.format {
            Format::Jsonl => {
                out.push_str(&row.entry);
                out.push('\n');
            }
            Format::Csv => table_row(out, row),
        }
    }
}

const COLUMNS: [&str; 13] = [
    "time",
    "event",
    "actor",
    "actor_id",
    "target",
    "target_id",
    "address",
    "user_agent",
    "request_id",
    "changes",
    "detail",
    "id",
    "entry",
];

fn table_row(out: &mut String, row: &Row) {
    let (at, id, position) = (row.at.rfc3339(), row.id.to_string(), row.position);
    let position = position.map(|position| position.to_string()).unwrap_or_default();
    let Some(entry) = row.read() else {
        let cells = [&at, &row.event, "", "", "", "", "", "", "", &row.entry, "", &id, &position];
        return csv::line(out, cells);
    };
    let (actor, actor_id) = match entry.actor {
        Actor::User { id, name } => (name, id.to_string()),
        Actor::Cli => ("(command line)".to_owned(), String::new()),
        Actor::System => ("(narthex)".to_owned(), String::new()),
        Actor::Stranger => ("(not signed in)".to_owned(), String::new()),
    };
    let (target, target_id) = entry.target.map(|it| (it.name, it.id.to_string())).unwrap_or_default();
    let change = |Change { field, from, to }: &Change| format!("{field}: {from} → {to}");
    let changes = entry.changes.iter().map(change).collect::<Vec<_>>().join("\n");
    let origin = &entry.origin;
    let detail = entry.detail.unwrap_or_default();
    csv::line(
        out,
        [
            &at,
            &row.event,
            &actor,
            &actor_id,
            &target,
            &target_id,
            &origin.address,
            &origin.user_agent,
            &origin.request_id,
            &changes,
            &detail,
            &id,
            &position,
        ]
        .map(String::as_str),
    );
}

/// The filter as it is recorded.
fn in_words(filter: &Filter) -> String {
    let parts = [
        ("entry", filter.entry.map(|id| id.to_string())),
        ("event", filter.event.map(|event| event.name().to_owned())),
        ("actor", filter.actor.map(|id| id.to_string())),
        ("target", filter.target.map(|id| id.to_string())),
        ("user", filter.user.map(|id| id.to_string())),
        ("from", filter.from.map(Time::rfc3339)),
        ("until", filter.until.map(Time::rfc3339)),
    ];
    let said: Vec<_> =
        parts.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?))).collect();
    if said.is_empty() { "none".to_owned() } else { said.join(" ") }
}
