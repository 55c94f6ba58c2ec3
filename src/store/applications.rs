//! The table `applications`: every one that reached the queue, and what became of it.
use std::collections::HashMap;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Error, Tx, placeholders, user_list::pattern};
use crate::domain::{
    application::{Application, Rejection, State},
    time::Time,
    user::{User, UserId},
};

macro_rules! columns {
    () => {
        "id, user_id, number, email, username, display_name, reason, applied_at, address, state, decided_at, \
         decided_by, message"
    };
}

/// An application that comes.
pub struct NewApplication<'a> {
    /// Its id.
    pub id: Uuid,
    /// The account that waits.
    pub user_id: UserId,
    /// When it was sent.
    pub applied_at: Time,
    /// From which address.
    pub address: &'a str,
    /// Of which network that is.
    pub network: &'a str,
}

/// What becomes of an application.
pub struct Decision<'a> {
    /// What.
    pub state: State,
    /// When.
    pub at: Time,
    /// By whom, as they are called.
    pub by: Option<&'a str>,
    /// What the applicant is told.
    pub message: Option<&'a str>,
}

/// Puts an application on record, as the account that waits says it.
pub async fn insert(tx: &mut Tx, new: &NewApplication<'_>) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO applications (id, user_id, number, email, email_key, username, display_name, search_text, reason, \
         applied_at, address, network, state) \
         SELECT $1, id, number, email, email_key, username, display_name, search_text, reason, $3, $4, $5, 'open' \
         FROM users WHERE id = $2",
        new.id,
        new.user_id,
        new.applied_at,
        new.address,
        new.network,
    )?;
    Ok(())
}

/// Closes the open application of an account, with its names as they are by now; `false` when there is none.
pub async fn decide(tx: &mut Tx, user: &User, decision: &Decision<'_>) -> Result<bool, Error> {
    let decided = sql!(
        tx,
        execute,
        "UPDATE applications SET state = $2, decided_at = $3, decided_by = $4, message = $5, email = $6, \
         email_key = $7, username = $8, display_name = $9, search_text = $10 WHERE user_id = $1 AND state = 'open'",
        user.id,
        decision.state,
        decision.at,
        decision.by,
        decision.message,
        &user.email,
        user.email.key(),
        &user.username,
        &user.display_name,
        format!("{}\n{}\n{}", user.username, user.email, user.display_name).to_lowercase(),
    )?;
    Ok(decided == 1)
}

/// How many wait that came from a network.
pub async fn count_open_from(tx: &mut Tx, network: &str) -> Result<i64, Error> {
    let text = "SELECT count(*) FROM applications WHERE network = $1 AND state = 'open'";
    Ok(sql!(tx, scalar i64, fetch_one, text, network)?)
}

/// The accounts of those that wait since before then, the oldest first.
pub async fn waiting_since(tx: &mut Tx, before: Time, size: i64) -> Result<Vec<UserId>, Error> {
    Ok(sql!(
        tx,
        scalar UserId,
        fetch_all,
        "SELECT user_id FROM applications WHERE state = 'open' AND applied_at < $1 ORDER BY applied_at, id LIMIT $2",
        before,
        size,
    )?)
}

/// Closes what waits without an account, which only somebody at the database can have brought about.
pub async fn close_orphan(tx: &mut Tx, user: UserId, at: Time) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "UPDATE applications SET state = 'expired', decided_at = $2 WHERE user_id = $1 AND state = 'open'",
        user,
        at,
    )?;
    Ok(())
}

/// How many wait of which nobody was told.
pub async fn count_untold(tx: &mut Tx) -> Result<i64, Error> {
    let text = "SELECT count(*) FROM applications WHERE state = 'open' AND told_at = 0";
    Ok(sql!(tx, scalar i64, fetch_one, text)?)
}

/// Notes that those who decide are told at `now`: of how many, and the first few by name.
pub async fn note_told(tx: &mut Tx, now: Time, few: i64) -> Result<(u64, Vec<String>), Error> {
    let text = "UPDATE applications SET told_at = $1 WHERE state = 'open' AND told_at = 0";
    let count = sql!(tx, execute, text, now)?;
    let names = sql!(
        tx,
        scalar String,
        fetch_all,
        "SELECT display_name FROM applications WHERE state = 'open' AND told_at = $1 ORDER BY applied_at, id LIMIT $2",
        now,
        few,
    )?;
    Ok((count, names))
}

/// The last rejection of each of these addresses (as they are compared) that was turned down before.
pub async fn rejections(tx: &mut Tx, emails: &[String]) -> Result<HashMap<String, Rejection>, Error> {
    if emails.is_empty() {
        return Ok(HashMap::new());
    }
    let text = format!(
        "SELECT email_key, decided_at, message FROM applications WHERE state = 'rejected' AND email_key IN ({}) \
         ORDER BY decided_at, id",
        placeholders(emails.len())
    );
    let rows = sql!(tx, (String, Time, Option<String>), each emails, AssertSqlSafe(text.as_str()))?;
    Ok(rows.into_iter().map(|(email, at, message)| (email, Rejection { at, message })).collect())
}

/// Which decided applications.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of an email, a username or a display name, in any case of letters.
    pub search: String,
    /// Only those of which this became.
    pub state: Option<State>,
}

/// Where a page begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The newest.
    Newest,
    /// Those that were decided before this one.
    After(Uuid),
    /// Those that were decided after this one.
    Before(Uuid),
}

/// One page of decided applications.
pub struct Page {
    /// The applications, the last decided first.
    pub applications: Vec<Application>,
    /// Whether newer ones come before.
    pub has_previous: bool,
    /// Whether older ones follow.
    pub has_next: bool,
}

/// Up to `size` decided applications. A page that begins at one that is gone is the first page.
pub async fn page(tx: &mut Tx, filter: &Filter, from: From, size: usize) -> Result<Page, Error> {
    let place = match from {
        From::Newest => None,
        From::After(id) | From::Before(id) => {
            let text = "SELECT decided_at FROM applications WHERE id = $1 AND decided_at > 0";
            sql!(tx, scalar Time, fetch_optional, text, id)?.map(|at| (at, id))
        }
    };
    let backwards = place.is_some() && matches!(from, From::Before(_));
    let (beyond, order) = if backwards { (">", "ASC") } else { ("<", "DESC") };
    let text = format!(
        "SELECT {} FROM applications WHERE {} AND (decided_at, id) {beyond} ($3, $4) \
         ORDER BY decided_at {order}, id {order} LIMIT $5",
        columns!(),
        conditions(filter)
    );
    let (at, id) = place.unwrap_or((Time::from_micros(i64::MAX), Uuid::max()));
    let (search, state) = (pattern(&filter.search), filter.state.map_or("", State::as_str));
    let many = i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1);
    let mut applications =
        sql!(tx, Application, fetch_all, AssertSqlSafe(text.as_str()), search, state, at, id, many)?;
    let more = applications.len() > size;
    applications.truncate(size);
    if backwards {
        applications.reverse();
        return Ok(Page { applications, has_previous: more, has_next: true });
    }
    Ok(Page { applications, has_previous: place.is_some(), has_next: more })
}

/// How many decided applications there are in all.
pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<i64, Error> {
    let text = format!("SELECT count(*) FROM applications WHERE {}", conditions(filter));
    let (search, state) = (pattern(&filter.search), filter.state.map_or("", State::as_str));
    Ok(sql!(tx, scalar i64, fetch_one, AssertSqlSafe(text.as_str()), search, state)?)
}

/// The conditions that are asked for, so that an index can serve each; the others name their argument only.
fn conditions(filter: &Filter) -> String {
    let search = if filter.search.is_empty() { "$1 = $1" } else { "search_text LIKE $1 ESCAPE '!'" };
    let state = if filter.state.is_some() { "state = $2" } else { "$2 = $2" };
    format!("decided_at > 0 AND {search} AND {state}")
}

/// Empties the decided applications of a person of all that tells who it was; that there was one, and what became of
/// it, stays.
pub async fn blank(tx: &mut Tx, user: &User) -> Result<u64, Error> {
    let text = "UPDATE applications SET email = '', email_key = '', username = '', display_name = '', \
                search_text = '', reason = NULL, address = '', network = '', message = NULL \
                WHERE (user_id = $1 OR email_key = $2) AND decided_at > 0";
    Ok(sql!(tx, execute, text, user.id, user.email.key())?)
}

/// Forgets what was decided before then; how many that were.
pub async fn purge(tx: &mut Tx, before: Time) -> Result<u64, Error> {
    let text = "DELETE FROM applications WHERE decided_at > 0 AND decided_at < $1";
    Ok(sql!(tx, execute, text, before)?)
}
