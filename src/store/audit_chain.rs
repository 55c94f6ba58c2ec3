//! The tables `audit_chain` and `audit_unsealed`: the order in which audit events were sealed, and those that
//! wait for it.
use sqlx::{Database, Encode, Postgres, QueryBuilder, Sqlite, Type};
use uuid::Uuid;

use super::{Conn, Error, Tx, audit::Place};
use crate::domain::{
    chain::{Head, Link, Mac},
    time::Time,
};

/// An event that waits for its place.
#[derive(Clone, Debug, sqlx::FromRow)]
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
    /// When it happened.
    pub at: Time,
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

/// As [`try_lock`], but waits until no other one is.
pub async fn lock(tx: &mut Tx) -> Result<(), Error> {
    if let Conn::Postgres(conn) = tx.conn() {
        sqlx::query("SELECT pg_advisory_xact_lock(7305002)").execute(conn).await?;
    }
    Ok(())
}

/// Whether an event waits.
pub async fn any_waiting(tx: &mut Tx) -> Result<bool, Error> {
    let found = sql!(
        tx,
        scalar i32,
        fetch_optional,
        "SELECT 1 FROM audit_unsealed AS u JOIN audit_events AS e ON e.id = u.event_id \
         ORDER BY u.at, u.event_id LIMIT 1",
    )?;
    Ok(found.is_some())
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

/// The last row; none when there is none.
pub async fn last(tx: &mut Tx) -> Result<Option<Last>, Error> {
    Ok(sql!(
        tx,
        Last,
        fetch_optional,
        "SELECT c.position, c.mac, e.at FROM audit_chain AS c LEFT JOIN audit_events AS e ON e.id = c.event_id \
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

/// The events behind `after` in the order of time and id, and where they are, `size` at most.
pub async fn whereabouts(tx: &mut Tx, after: Place, size: i64) -> Result<Vec<Whereabouts>, Error> {
    Ok(sql!(
        tx,
        Whereabouts,
        fetch_all,
        "SELECT e.at, e.id, \
         EXISTS (SELECT 1 FROM audit_chain AS c WHERE c.event_id = e.id) AS sealed, \
         EXISTS (SELECT 1 FROM audit_unsealed AS u WHERE u.at = e.at AND u.event_id = e.id) AS waits \
         FROM audit_events AS e WHERE (e.at, e.id) > ($1, $2) ORDER BY e.at, e.id LIMIT $3",
        after.0,
        after.1,
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
