//! The tables `audit_chain` and `audit_unsealed`: the order in which audit events were sealed, and those that
//! wait for it.
use sqlx::{ColumnIndex, Database, Decode, Encode, FromRow, Postgres, QueryBuilder, Row, Sqlite, Type};
use uuid::Uuid;

use super::{Conn, Error, Tx, audit::Place, lenient};
use crate::domain::{
    chain::{Head, Link, Mac},
    time::Time,
    user::UserId,
};

/// An event that waits for its place.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// When it happened.
    pub at: Time,
    /// Its id.
    pub id: Uuid,
    /// Its text.
    pub entry: String,
    /// Whether it has a place already; then it does not wait at all.
    pub sealed: bool,
}

/// A new row of the chain.
#[derive(Clone, Copy, Debug)]
pub struct NewLink {
    /// The event's id.
    pub event_id: Uuid,
    /// The mac before.
    pub previous: Mac,
    /// Position and mac.
    pub head: Head,
}

/// The last row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Last {
    /// Its position.
    pub position: i64,
    /// Its mac.
    pub mac: Vec<u8>,
    /// When its event happened; none when that is gone.
    pub at: Option<Time>,
}

/// Whether an event is in the chain, or waits for it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Whereabouts {
    /// Its id.
    pub id: Uuid,
    /// It is in the chain.
    pub sealed: bool,
    /// It waits.
    pub waits: bool,
}

/// Makes this transaction the only one that writes the chain, until it ends; `false` when another one is.
pub async fn try_lock(tx: &mut Tx) -> Result<bool, Error> {
    match tx.conn() {
        Conn::Sqlite(_) => Ok(true),
        Conn::Postgres(conn) => {
            Ok(sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(7305002)").fetch_one(conn).await?)
        }
    }
}

/// The clock of the database's server; none for SQLite, which has no other clock than ours.
pub async fn clock(tx: &mut Tx) -> Result<Option<Time>, Error> {
    match tx.conn() {
        Conn::Sqlite(_) => Ok(None),
        Conn::Postgres(conn) => {
            let text = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";
            Ok(Some(sqlx::query_scalar(text).fetch_one(conn).await?))
        }
    }
}

/// How many events have columns of a kind that is never written, which only SQLite allows.
pub async fn count_misshapen(tx: &mut Tx) -> Result<i64, Error> {
    match tx.conn() {
        Conn::Sqlite(conn) => {
            let text = "SELECT count(*) FROM audit_events WHERE typeof(at) <> 'integer' OR typeof(id) <> 'blob' \
                        OR length(id) <> 16 OR typeof(event) <> 'text' OR typeof(entry) <> 'text'";
            Ok(sqlx::query_scalar(text).fetch_one(conn).await?)
        }
        Conn::Postgres(_) => Ok(0),
    }
}

/// When the first event that waits happened; none while none waits.
pub async fn waiting_since(tx: &mut Tx) -> Result<Option<Time>, Error> {
    Ok(sql!(
        tx,
        scalar Time,
        fetch_optional,
        "SELECT CAST(u.at AS BIGINT) FROM audit_unsealed AS u JOIN audit_events AS e ON e.id = u.event_id \
         ORDER BY u.at, u.event_id LIMIT 1",
    )?)
}

/// The events that wait, in the order of time and id, `size` at most.
pub async fn waiting(tx: &mut Tx, size: i64) -> Result<Vec<Waiting>, Error> {
    Ok(sql!(
        tx,
        Waiting,
        fetch_all,
        "SELECT u.at, u.event_id AS id, e.entry, c.position IS NOT NULL AS sealed FROM audit_unsealed AS u \
         JOIN audit_events AS e ON e.id = u.event_id LEFT JOIN audit_chain AS c ON c.event_id = u.event_id \
         ORDER BY u.at, u.event_id LIMIT $1",
        size,
    )?)
}

/// How many events wait.
pub async fn count_waiting(tx: &mut Tx) -> Result<i64, Error> {
    Ok(sql!(tx, scalar i64, fetch_one, "SELECT count(*) FROM audit_unsealed")?)
}

/// Events that wait and are gone, `size` at most.
pub async fn lost_waiting(tx: &mut Tx, size: i64) -> Result<Vec<Uuid>, Error> {
    Ok(sql!(
        tx,
        scalar Uuid,
        fetch_all,
        "SELECT event_id FROM audit_unsealed WHERE NOT EXISTS \
         (SELECT 1 FROM audit_events WHERE audit_events.id = audit_unsealed.event_id) ORDER BY at, event_id LIMIT $1",
        size,
    )?)
}

/// These events wait no more; a few thousand at most. Named one by one: after a large backlog no planner could
/// tell how few they are.
pub async fn end_waiting(tx: &mut Tx, places: &[Place]) -> Result<u64, Error> {
    if places.is_empty() {
        return Ok(0);
    }
    Ok(match tx.conn() {
        Conn::Sqlite(conn) => deletion::<Sqlite>(places).build().execute(conn).await?.rows_affected(),
        Conn::Postgres(conn) => deletion::<Postgres>(places).build().execute(conn).await?.rows_affected(),
    })
}

fn deletion<D: Database>(places: &[Place]) -> QueryBuilder<D>
where
    Time: for<'q> Encode<'q, D> + Type<D>,
    Uuid: for<'q> Encode<'q, D> + Type<D>,
{
    let mut text = QueryBuilder::new("DELETE FROM audit_unsealed WHERE (at, event_id) IN (");
    text.push_values(places, |mut row, (at, id)| {
        row.push_bind(*at).push_bind(*id);
    });
    text.push(")");
    text
}

/// Appends rows; a few thousand at most.
pub async fn append(tx: &mut Tx, links: &[NewLink]) -> Result<(), Error> {
    if links.is_empty() {
        return Ok(());
    }
    match tx.conn() {
        Conn::Sqlite(conn) => insertion::<Sqlite>(links).build().execute(conn).await?.rows_affected(),
        Conn::Postgres(conn) => insertion::<Postgres>(links).build().execute(conn).await?.rows_affected(),
    };
    Ok(())
}

fn insertion<D: Database>(links: &[NewLink]) -> QueryBuilder<D>
where
    i64: for<'q> Encode<'q, D> + Type<D>,
    Uuid: for<'q> Encode<'q, D> + Type<D>,
    Vec<u8>: for<'q> Encode<'q, D> + Type<D>,
{
    let mut text = QueryBuilder::new("INSERT INTO audit_chain (position, event_id, previous, mac) ");
    text.push_values(links, |mut row, link| {
        row.push_bind(link.head.position).push_bind(link.event_id);
        row.push_bind(link.previous.0.to_vec()).push_bind(link.head.mac.0.to_vec());
    });
    text
}

impl<'r, R: Row> FromRow<'r, R> for Waiting
where
    &'static str: ColumnIndex<R>,
    Uuid: Decode<'r, R::Database> + Type<R::Database>,
    Time: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            at: row.try_get("at")?,
            id: row.try_get("id")?,
            // It gets its place all the same, so that nobody can keep the ones behind it waiting.
            entry: lenient(row, "entry", String::new()),
            sealed: row.try_get("sealed")?,
        })
    }
}

impl<'r, R: Row> FromRow<'r, R> for Link
where
    &'static str: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    Uuid: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    Option<Time>: Decode<'r, R::Database> + Type<R::Database>,
    Option<UserId>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        let nobody = Some(UserId(Uuid::nil()));
        Ok(Self {
            position: row.try_get("position")?,
            event_id: lenient(row, "event_id", Uuid::nil()),
            previous: lenient(row, "previous", vec![]),
            mac: lenient(row, "mac", vec![]),
            entry: lenient(row, "entry", Some(String::new())),
            at: lenient(row, "at", None),
            event: lenient(row, "event", None),
            actor_id: lenient(row, "actor_id", nobody),
            target_id: lenient(row, "target_id", nobody),
        })
    }
}

/// The last row; none when there is none.
pub async fn last(tx: &mut Tx) -> Result<Option<Last>, Error> {
    Ok(sql!(
        tx,
        Last,
        fetch_optional,
        "SELECT c.position, c.mac, CAST(e.at AS BIGINT) AS at FROM audit_chain AS c LEFT JOIN audit_events AS e ON e.id = c.event_id \
         ORDER BY c.position DESC LIMIT 1",
    )?)
}

/// The mac at a position.
pub async fn mac_at(tx: &mut Tx, position: i64) -> Result<Option<Vec<u8>>, Error> {
    Ok(sql!(
        tx,
        scalar Vec<u8>,
        fetch_optional,
        "SELECT mac FROM audit_chain WHERE position = $1",
        position,
    )?)
}

/// The rows behind `after` up to and with `up_to`, with their events, in order, `size` at most.
pub async fn links(tx: &mut Tx, after: i64, up_to: i64, size: i64) -> Result<Vec<Link>, Error> {
    Ok(sql!(
        tx,
        Link,
        fetch_all,
        "SELECT c.position, c.event_id, c.previous, c.mac, e.entry, e.at, e.event, e.actor_id, e.target_id \
         FROM (SELECT * FROM audit_chain WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3) AS c \
         LEFT JOIN audit_events AS e ON e.id = c.event_id ORDER BY c.position",
        after,
        up_to,
        size,
    )?)
}

/// The events from the id `from` on in the order of ids, and where they are, `size` at most. They are picked first, so
/// that no planner looks the whole chain up for them.
pub async fn whereabouts(tx: &mut Tx, from: Uuid, size: i64) -> Result<Vec<Whereabouts>, Error> {
    Ok(sql!(
        tx,
        Whereabouts,
        fetch_all,
        "SELECT e.id, \
         EXISTS (SELECT 1 FROM audit_chain AS c WHERE c.event_id = e.id) AS sealed, \
         EXISTS (SELECT 1 FROM audit_unsealed AS u WHERE u.at = e.at AND u.event_id = e.id) AS waits \
         FROM (SELECT id, at FROM audit_events WHERE id >= $1 ORDER BY id LIMIT $2) AS e ORDER BY e.id",
        from,
        size,
    )?)
}

/// Removes everything up to and with a position, events and rows; how many rows.
pub async fn delete_up_to(tx: &mut Tx, position: i64) -> Result<u64, Error> {
    sql!(
        tx,
        execute,
        "DELETE FROM audit_events WHERE id IN (SELECT event_id FROM audit_chain WHERE position <= $1)",
        position,
    )?;
    Ok(sql!(tx, execute, "DELETE FROM audit_chain WHERE position <= $1", position)?)
}
