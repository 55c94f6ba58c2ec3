//! The table `audit_events`: insert-only, but for what is too old to be kept. Its chain is in
//! [`super::audit_chain`].
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, FromRow, Type};
use uuid::Uuid;

use super::{Conn, Error, Tx, lenient};
use crate::domain::{
    audit::{Entry, Event},
    time::Time,
    user::UserId,
};

/// Which entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this one.
    pub entry: Option<Uuid>,
    /// Only this kind.
    pub event: Option<Event>,
    /// Only what this account did.
    pub actor: Option<UserId>,
    /// Only what happened to this account.
    pub target: Option<UserId>,
    /// Only what this account did or what happened to it.
    pub user: Option<UserId>,
    /// Not what happened before.
    pub from: Option<Time>,
    /// Only what happened before.
    pub until: Option<Time>,
}

/// An entry's place in the order of the log.
pub type Place = (Time, Uuid);

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The newest one.
    Newest,
    /// Those just older than this one.
    Before(Place),
    /// Those just newer than this one.
    After(Place),
}

/// An entry as it stands in the table, and its place in the chain.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: Time,
    /// Its event's name.
    pub event: String,
    /// Its text.
    pub entry: String,
    /// Its place in the chain; none while it waits for one.
    pub position: Option<i64>,
    /// The mac before.
    pub previous: Option<Vec<u8>>,
    /// Its mac.
    pub mac: Option<Vec<u8>>,
}

impl<'r, R: sqlx::Row> FromRow<'r, R> for Row
where
    &'static str: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    Uuid: Decode<'r, R::Database> + Type<R::Database>,
    Time: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            at: row.try_get("at")?,
            event: lenient(row, "event", String::new()),
            entry: lenient(row, "entry", String::new()),
            position: row.try_get("position")?,
            previous: lenient(row, "previous", None),
            mac: lenient(row, "mac", None),
        })
    }
}

impl Row {
    /// Its place in the order of the log.
    pub fn place(&self) -> Place {
        (self.at, self.id)
    }

    /// What the text says; nothing when somebody has written there what is no entry.
    pub fn read(&self) -> Option<Entry> {
        serde_json::from_str(&self.entry).ok()
    }
}

/// Writes an entry, which then waits for its place in the chain.
pub async fn insert(tx: &mut Tx, entry: &Entry) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO audit_events (id, at, event, actor_id, target_id, entry) VALUES ($1, $2, $3, $4, $5, $6)",
        entry.id,
        entry.at,
        entry.event.name(),
        entry.actor.user_id(),
        entry.target.as_ref().map(|target| target.id),
        entry.canonical(),
    )?;
    sql!(tx, execute, "INSERT INTO audit_unsealed (at, event_id) VALUES ($1, $2)", entry.at, entry.id)?;
    Ok(())
}

/// A page of the log, newest first.
pub async fn page(tx: &mut Tx, filter: &Filter, from: From, size: i64) -> Result<Vec<Row>, Error> {
    match from {
        From::Newest => older(tx, filter, (Time::from_micros(i64::MAX), Uuid::max()), size).await,
        From::Before(place) => older(tx, filter, place, size).await,
        From::After(place) => {
            let mut rows = newer(tx, filter, place, size).await?;
            rows.reverse();
            Ok(rows)
        }
    }
}

async fn older(tx: &mut Tx, filter: &Filter, before: Place, size: i64) -> Result<Vec<Row>, Error> {
    let end = filter.until.map_or(before, |until| before.min((until, Uuid::nil())));
    let start = filter.from.unwrap_or(Time::from_micros(i64::MIN));
    let text = select(filter, "(at, id) < ($6, $7) AND at >= $8", "DESC");
    rows(tx, &text, filter, end, start, size).await
}

/// The entries just newer than `after`, oldest first.
pub async fn newer(tx: &mut Tx, filter: &Filter, after: Place, size: i64) -> Result<Vec<Row>, Error> {
    let start = filter.from.map_or(after, |from| after.max((just_before(from), Uuid::max())));
    let end = filter.until.unwrap_or(Time::from_micros(i64::MAX));
    let text = select(filter, "(at, id) > ($6, $7) AND at < $8", "ASC");
    rows(tx, &text, filter, start, end, size).await
}

async fn rows(
    tx: &mut Tx,
    text: &str,
    filter: &Filter,
    place: Place,
    bound: Time,
    size: i64,
) -> Result<Vec<Row>, Error> {
    let (entry, event, actor, target, user) = arguments(filter);
    // What somebody has written into SQLite that is no time or no id has no place: a check tells of it.
    let text = match tx.conn() {
        Conn::Sqlite(_) => {
            text.replace("{shape}", "typeof(at) = 'integer' AND typeof(id) = 'blob' AND length(id) = 16")
        }
        Conn::Postgres(_) => text.replace("{shape}", "TRUE"),
    };
    Ok(sql!(
        tx,
        Row,
        fetch_all,
        AssertSqlSafe(text.as_str()),
        entry,
        event,
        actor,
        target,
        user,
        place.0,
        place.1,
        bound,
        size
    )?)
}

/// How many entries there are.
pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<i64, Error> {
    let who = if filter.user.is_some() { "(actor_id = $5 OR target_id = $5)" } else { "$5 = $5" };
    let text = format!(
        "SELECT count(*) FROM audit_events WHERE {} AND {who} AND at >= $6 AND at < $7",
        conditions(filter)
    );
    let (entry, event, actor, target, user) = arguments(filter);
    let from = filter.from.unwrap_or(Time::from_micros(i64::MIN));
    let until = filter.until.unwrap_or(Time::from_micros(i64::MAX));
    Ok(sql!(
        tx,
        scalar i64,
        fetch_one,
        AssertSqlSafe(text.as_str()),
        entry,
        event,
        actor,
        target,
        user,
        from,
        until
    )?)
}

/// The text of a page. What an account did and what happened to it are looked for one by one, each by its index.
fn select(filter: &Filter, range: &str, order: &str) -> String {
    let part = |who: &str| {
        format!(
            "SELECT id, at, event, entry FROM audit_events WHERE {} AND {who} AND {range} AND {{shape}} \
             ORDER BY at {order}, id {order} LIMIT $9",
            conditions(filter)
        )
    };
    let picked = match filter.user {
        None => part("$5 = $5"),
        Some(_) => format!(
            "SELECT * FROM (SELECT * FROM ({}) AS did UNION SELECT * FROM ({}) AS had) AS both_of_them \
             ORDER BY at {order}, id {order} LIMIT $9",
            part("actor_id = $5"),
            part("target_id = $5")
        ),
    };
    format!(
        "SELECT e.id, e.at, e.event, e.entry, c.position, c.previous, c.mac FROM ({picked}) AS e \
         LEFT JOIN audit_chain AS c ON c.event_id = e.id ORDER BY e.at {order}, e.id {order}"
    )
}

/// The conditions that are asked for, so that an index can serve each; the others name their argument only.
fn conditions(filter: &Filter) -> String {
    let entry = if filter.entry.is_some() { "id = $1" } else { "$1 = $1" };
    let event = if filter.event.is_some() { "event = $2" } else { "$2 = $2" };
    let actor = if filter.actor.is_some() { "actor_id = $3" } else { "$3 = $3" };
    let target = if filter.target.is_some() { "target_id = $4" } else { "$4 = $4" };
    format!("{entry} AND {event} AND {actor} AND {target}")
}

fn arguments(filter: &Filter) -> (Uuid, &'static str, UserId, UserId, UserId) {
    let nobody = UserId(Uuid::nil());
    (
        filter.entry.unwrap_or_default(),
        filter.event.map_or("", Event::name),
        filter.actor.unwrap_or(nobody),
        filter.target.unwrap_or(nobody),
        filter.user.unwrap_or(nobody),
    )
}

fn just_before(time: Time) -> Time {
    Time::from_micros(time.micros().saturating_sub(1))
}
