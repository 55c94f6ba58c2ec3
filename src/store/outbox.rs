//! The table `outbox`: mail that is to be sent, and what became of it.
use uuid::Uuid;

use super::{Error, Tx, lenient};
use crate::domain::{
    language::Language,
    notice::Notice,
    time::Time,
    user::{Email, UserId},
};

/// A mail that is to be sent.
pub struct NewMail<'a> {
    /// Its id.
    pub id: Uuid,
    /// To whom.
    pub recipient: &'a Email,
    /// In which language.
    pub language: Language,
    /// The account that it concerns.
    pub user_id: Option<UserId>,
    /// What it says.
    pub notice: &'a Notice,
    /// Now; it is due at once.
    pub created_at: Time,
}

/// Puts a mail into the outbox.
pub async fn insert(tx: &mut Tx, mail: &NewMail<'_>) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO outbox (id, recipient, language, user_id, notice, urgent, created_at, tried_since, due_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)",
        mail.id,
        mail.recipient,
        mail.language,
        mail.user_id,
        serde_json::to_string(mail.notice).map_err(|error| sqlx::Error::Encode(error.into()))?,
        mail.notice.link().is_some(),
        mail.created_at,
    )?;
    Ok(())
}

/// A mail as it lies there. What was written by another version or another hand may not be readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// To whom.
    pub recipient: String,
    /// In which language, by its code.
    pub language: String,
    /// The account that it concerns.
    pub user_id: Option<UserId>,
    /// What it says, as JSON.
    pub notice: String,
    /// When it was written.
    pub created_at: Time,
    /// Since when it is tried.
    pub tried_since: Time,
    /// When it is tried next.
    pub due_at: Time,
    /// Until when an instance delivers it.
    pub taken_until: Time,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was sent.
    pub sent_at: Time,
    /// When it was given up.
    pub failed_at: Time,
    /// What went wrong last.
    pub error: Option<String>,
}

impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for Row
where
    &'static str: sqlx::ColumnIndex<R>,
    Uuid: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    UserId: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Time: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    /// One row that is spoilt must not hide the others.
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            recipient: lenient(row, "recipient", String::new()),
            language: lenient(row, "language", String::new()),
            user_id: lenient(row, "user_id", None),
            notice: lenient(row, "notice", String::new()),
            created_at: lenient(row, "created_at", Time::NEVER),
            tried_since: lenient(row, "tried_since", Time::NEVER),
            due_at: lenient(row, "due_at", Time::NEVER),
            taken_until: lenient(row, "taken_until", Time::NEVER),
            attempts: lenient(row, "attempts", 0),
            sent_at: lenient(row, "sent_at", Time::NEVER),
            failed_at: lenient(row, "failed_at", Time::NEVER),
            error: lenient(row, "error", None),
        })
    }
}

macro_rules! columns {
    () => {
        "id, recipient, language, user_id, notice, created_at, tried_since, due_at, taken_until, attempts, sent_at, \
         failed_at, error"
    };
}

/// Whether any mail is due.
pub async fn is_due(tx: &mut Tx, now: Time) -> Result<bool, Error> {
    let found = sql!(
        tx,
        scalar i64,
        fetch_optional,
        "SELECT CAST(1 AS BIGINT) FROM outbox WHERE sent_at = 0 AND failed_at = 0 AND due_at <= $1 AND taken_until <= $1 LIMIT 1",
        now,
    )?;
    Ok(found.is_some())
}

/// Takes up to `most` mails that are due, the urgent ones first and then the longest due: until `until` nobody else gets them.
pub async fn take(tx: &mut Tx, now: Time, until: Time, most: i64) -> Result<Vec<Row>, Error> {
    // PostgreSQL looks at the outer condition once more when another instance was faster.
    Ok(sql!(
        tx,
        Row,
        fetch_all,
        concat!(
            "UPDATE outbox SET taken_until = $2, attempts = attempts + 1 \
             WHERE sent_at = 0 AND failed_at = 0 AND due_at <= $1 AND taken_until <= $1 AND id IN \
             (SELECT id FROM outbox WHERE sent_at = 0 AND failed_at = 0 AND due_at <= $1 AND taken_until <= $1 \
              ORDER BY urgent DESC, due_at, id LIMIT $3) RETURNING ",
            columns!()
        ),
        now,
        until,
        most,
    )?)
}

/// Marks a mail as sent; whoever took it over meanwhile finds it so.
pub async fn note_sent(tx: &mut Tx, id: Uuid, now: Time) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "UPDATE outbox SET sent_at = $2, failed_at = 0, taken_until = 0, error = NULL WHERE id = $1 AND sent_at = 0",
        id,
        now,
    )?;
    Ok(())
}

/// Lets a mail wait until `due_at` after an attempt that failed, unless it was tried again since; and whether so.
pub async fn postpone(
    tx: &mut Tx,
    id: Uuid,
    attempts: i64,
    due_at: Time,
    error: &str,
) -> Result<bool, Error> {
    let done = sql!(
        tx,
        execute,
        "UPDATE outbox SET due_at = $3, taken_until = 0, error = $4 \
         WHERE id = $1 AND attempts = $2 AND sent_at = 0 AND failed_at = 0",
        id,
        attempts,
        due_at,
        error,
    )?;
    Ok(done == 1)
}

/// Gives a mail up, unless it was tried again since; and whether so.
pub async fn give_up(tx: &mut Tx, id: Uuid, attempts: i64, now: Time, error: &str) -> Result<bool, Error> {
    let done = sql!(
        tx,
        execute,
        "UPDATE outbox SET failed_at = $3, taken_until = 0, error = $4 \
         WHERE id = $1 AND attempts = $2 AND sent_at = 0 AND failed_at = 0",
        id,
        attempts,
        now,
        error,
    )?;
    Ok(done == 1)
}

/// Makes a mail due that waits or was given up, and begins its time anew; nothing when it was sent or somebody
/// delivers it.
pub async fn retry(tx: &mut Tx, id: Uuid, now: Time) -> Result<Option<Row>, Error> {
    Ok(sql!(
        tx,
        Row,
        fetch_optional,
        concat!(
            "UPDATE outbox SET due_at = $2, tried_since = $2, failed_at = 0, \
             attempts = CASE WHEN failed_at > 0 THEN 0 ELSE attempts END \
             WHERE id = $1 AND sent_at = 0 AND taken_until <= $2 RETURNING ",
            columns!()
        ),
        id,
        now,
    )?)
}

/// The same for all that were given up. Returns how many.
pub async fn retry_failed(tx: &mut Tx, now: Time) -> Result<u64, Error> {
    Ok(sql!(
        tx,
        execute,
        "UPDATE outbox SET due_at = $1, tried_since = $1, failed_at = 0, attempts = 0 \
         WHERE sent_at = 0 AND failed_at > 0",
        now,
    )?)
}

/// What has become of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is yet to be sent.
    Waiting,
    /// It was given up.
    Failed,
    /// It was sent.
    Sent,
}

/// Where a page of mails begins: behind a mail, on one of its sides.
#[derive(Clone, Copy, Debug)]
pub enum From {
    /// At the newest.
    Newest,
    /// With those that are older.
    Before(Time, Uuid),
    /// With those that are newer.
    After(Time, Uuid),
}

/// Some of them, always the newest first.
pub async fn page(tx: &mut Tx, state: State, from: From, size: i64) -> Result<Vec<Row>, Error> {
    macro_rules! of {
        ($condition:literal, $order:literal $(, $arg:expr)*) => {
            match state {
                State::Waiting => sql!(tx, Row, fetch_all, concat!("SELECT ", columns!(), " FROM outbox \
                    WHERE sent_at = 0 AND failed_at = 0 ", $condition, " ORDER BY ", $order, " LIMIT $1"), size $(, $arg)*),
                State::Failed => sql!(tx, Row, fetch_all, concat!("SELECT ", columns!(), " FROM outbox \
                    WHERE sent_at = 0 AND failed_at > 0 ", $condition, " ORDER BY ", $order, " LIMIT $1"), size $(, $arg)*),
                State::Sent => sql!(tx, Row, fetch_all, concat!("SELECT ", columns!(), " FROM outbox \
                    WHERE sent_at > 0 ", $condition, " ORDER BY ", $order, " LIMIT $1"), size $(, $arg)*),
            }
        };
    }
    let mut rows = match from {
        From::Newest => of!("", "created_at DESC, id DESC"),
        From::Before(at, id) => {
            of!("AND (created_at, id) < ($2, $3)", "created_at DESC, id DESC", at, id)
        }
        From::After(at, id) => of!("AND (created_at, id) > ($2, $3)", "created_at, id", at, id),
    }?;
    if matches!(from, From::After(..)) {
        rows.reverse();
    }
    Ok(rows)
}

/// How many wait, were given up, were sent.
pub async fn counts(tx: &mut Tx) -> Result<(i64, i64, i64), Error> {
    Ok(sql!(
        tx,
        (i64, i64, i64),
        fetch_one,
        "SELECT count(CASE WHEN sent_at = 0 AND failed_at = 0 THEN 1 END), \
         count(CASE WHEN sent_at = 0 AND failed_at > 0 THEN 1 END), count(CASE WHEN sent_at > 0 THEN 1 END) \
         FROM outbox",
    )?)
}

/// Forgets what was sent before `sent` and given up before `failed`.
pub async fn purge(tx: &mut Tx, sent: Time, failed: Time) -> Result<u64, Error> {
    Ok(sql!(
        tx,
        execute,
        "DELETE FROM outbox WHERE (sent_at > 0 AND sent_at < $1) OR (sent_at = 0 AND failed_at > 0 AND failed_at < $2)",
        sent,
        failed,
    )?)
}
