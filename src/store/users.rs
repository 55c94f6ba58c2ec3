//! The table `users`: single accounts. Lists of them are in [`super::user_list`].
use sqlx::AssertSqlSafe;

use super::{Conn, Db, Error, Tx, mail_tokens, placeholders, user_row::user_columns};
use crate::domain::{
    language::Language,
    permission::GrantSource,
    session::Session,
    time::Time,
    user::{DisplayName, Email, Source, Status, Tier, User, UserId, Username},
};

/// An account that is to be made.
pub struct NewUser<'a> {
    /// Its id.
    pub id: UserId,
    /// Its number, from [`next_number`].
    pub number: i64,
    /// Its login name.
    pub username: &'a Username,
    /// Its address.
    pub email: &'a Email,
    /// Whether the address may be told to upstreams.
    pub email_trusted: bool,
    /// The person's name.
    pub display_name: &'a DisplayName,
    /// Its status.
    pub status: Status,
    /// Its tier.
    pub tier: Tier,
    /// By which door it comes.
    pub source: Source,
    /// PHC string, for local accounts.
    pub password_hash: Option<&'a str>,
    /// Why an applicant wants in.
    pub reason: Option<&'a str>,
    /// In which language the person is written to.
    pub language: Language,
    /// Now.
    pub registered_at: Time,
}

/// The account with this id.
pub async fn find(tx: &mut Tx, id: UserId) -> Result<Option<User>, Error> {
    Ok(sql!(tx, User, fetch_optional, concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1"), id)?)
}

/// Those of these accounts that are there, in any order.
pub async fn among(tx: &mut Tx, ids: &[UserId]) -> Result<Vec<User>, Error> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let text = format!("SELECT {} FROM users WHERE id IN ({})", user_columns!(), placeholders(ids.len()));
    Ok(sql!(tx, User, each ids, AssertSqlSafe(text.as_str()))?)
}

/// The account with this running number.
pub async fn find_by_number(tx: &mut Tx, number: i64) -> Result<Option<User>, Error> {
    Ok(sql!(
        tx,
        User,
        fetch_optional,
        concat!("SELECT ", user_columns!(), " FROM users WHERE number = $1"),
        number
    )?)
}

/// The account that holds this address, in any case of letters.
pub async fn find_by_email(tx: &mut Tx, email: &Email) -> Result<Option<User>, Error> {
    Ok(sql!(
        tx,
        User,
        fetch_optional,
        concat!("SELECT ", user_columns!(), " FROM users WHERE email_key = $1"),
        email.key()
    )?)
}

/// The account with this login name.
pub async fn find_by_username(tx: &mut Tx, username: &Username) -> Result<Option<User>, Error> {
    Ok(sql!(
        tx,
        User,
        fetch_optional,
        concat!("SELECT ", user_columns!(), " FROM users WHERE username = $1"),
        username
    )?)
}

/// The account behind a session, unless the session was revoked (by itself, or by its provider's session).
pub async fn find_for_session(tx: &mut Tx, session: &Session) -> Result<Option<User>, Error> {
    let by_provider = session.provider_revocation().unwrap_or_default();
    Ok(sql!(
        tx,
        User,
        fetch_optional,
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM revocations WHERE key IN ($2, $3))"
        ),
        session.user_id,
        session.revocation(),
        by_provider,
    )?)
}

/// The next running number, in a transaction of its own: whoever held the counter until the account is made
/// could wait for another who waits for it. A number that is not used in the end is never given again.
pub async fn next_number(db: &Db) -> Result<i64, Error> {
    let mut tx = db.write().await?;
    let number = sql!(
        tx,
        scalar i64,
        fetch_one,
        "UPDATE counters SET value = value + 1 WHERE name = 'user_number' RETURNING value",
    )?;
    tx.commit().await?;
    Ok(number)
}

/// Makes an account; `false` when its username, one that looks like it, or its address is taken.
pub async fn insert(tx: &mut Tx, user: &NewUser<'_>) -> Result<bool, Error> {
    let inserted = sql!(
        tx,
        execute,
        "INSERT INTO users (id, number, username, username_skeleton, email, email_key, email_trusted, display_name, \
         search_text, status, tier, source, password_hash, reason, registered_at, idle_since, password_changed_at, \
         language) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, \
         CASE WHEN $13 IS NULL THEN 0 ELSE $15 END, $16) ON CONFLICT DO NOTHING",
        user.id,
        user.number,
        user.username,
        user.username.skeleton(),
        user.email,
        user.email.key(),
        user.email_trusted,
        user.display_name,
        search_text(user.username, user.email, user.display_name),
        user.status,
        user.tier,
        user.source,
        user.password_hash,
        user.reason,
        user.registered_at,
        user.language,
    )?;
    Ok(inserted == 1)
}

/// Whether a name, or one that looks like it, is taken by somebody but `except`.
pub async fn name_is_taken(tx: &mut Tx, username: &Username, except: Option<UserId>) -> Result<bool, Error> {
    let owner = sql!(
        tx,
        scalar UserId,
        fetch_optional,
        "SELECT id FROM users WHERE username_skeleton = $1",
        username.skeleton()
    )?;
    Ok(owner.is_some_and(|id| Some(id) != except))
}

/// Makes this transaction the only one that changes who the superusers are, until it ends.
pub async fn lock_superusers(tx: &mut Tx) -> Result<(), Error> {
    if let Conn::Postgres(conn) = tx.conn() {
        sqlx::query("SELECT pg_advisory_xact_lock(7305001)").execute(conn).await?;
    }
    Ok(())
}

/// How many people can administer the system without an end. Meaningful under [`lock_superusers`] only.
pub async fn count_lasting_superusers(tx: &mut Tx) -> Result<i64, Error> {
    Ok(sql!(
        tx,
        scalar i64,
        fetch_one,
        "SELECT count(*) FROM users WHERE tier = 'superuser' AND status = 'active' AND expires_at = 0",
    )?)
}

/// How many superusers there are, whatever their status.
pub async fn count_superusers(tx: &mut Tx) -> Result<i64, Error> {
    Ok(sql!(tx, scalar i64, fetch_one, "SELECT count(*) FROM users WHERE tier = 'superuser'")?)
}

/// How many applications wait.
pub async fn count_pending(tx: &mut Tx) -> Result<i64, Error> {
    Ok(sql!(tx, scalar i64, fetch_one, "SELECT count(*) FROM users WHERE status = 'pending'")?)
}

/// Moves an account from one status to another and ends its sessions; `false` when it was not in `from`.
/// Whether somebody is away counts anew.
pub async fn change_status(
    tx: &mut Tx,
    id: UserId,
    from: Status,
    to: Status,
    now: Time,
) -> Result<bool, Error> {
    tx.changes_principals();
    let changed = sql!(
        tx,
        execute,
        "UPDATE users SET status = $3, session_epoch = session_epoch + 1, version = version + 1, \
         idle_since = CASE WHEN $3 = 'active' THEN $4 ELSE idle_since END WHERE id = $1 AND status = $2",
        id,
        from,
        to,
        now,
    )?;
    Ok(changed == 1)
}

/// An administrator has looked at the address and let the person in.
pub async fn trust_email(tx: &mut Tx, id: UserId) -> Result<(), Error> {
    tx.changes_principals();
    sql!(tx, execute, "UPDATE users SET email_trusted = TRUE WHERE id = $1", id)?;
    Ok(())
}

/// Whoever has the account, or a provider, has shown that the address is theirs.
pub async fn prove_email(tx: &mut Tx, id: UserId) -> Result<(), Error> {
    sql!(tx, execute, "UPDATE users SET email_proven = TRUE WHERE id = $1", id)?;
    Ok(())
}

/// Whether the address was shown to be the owner's ([`prove_email`]), and not only typed by an administrator.
pub async fn email_is_proven(tx: &mut Tx, id: UserId) -> Result<bool, Error> {
    let proven = sql!(
        tx,
        scalar i64,
        fetch_one,
        "SELECT count(*) FROM users WHERE id = $1 AND email_proven = TRUE",
        id,
    )?;
    Ok(proven > 0)
}

/// Sets the tier by an administrator's hand and ends the person's sessions.
pub async fn set_tier(tx: &mut Tx, id: UserId, tier: Tier) -> Result<(), Error> {
    set_tier_from(tx, id, tier, &GrantSource::Manual).await
}

/// Sets the tier, noting from where it comes, and ends the person's sessions.
pub async fn set_tier_from(tx: &mut Tx, id: UserId, tier: Tier, source: &GrantSource) -> Result<(), Error> {
    tx.changes_principals();
    sql!(
        tx,
        execute,
        "UPDATE users SET tier = $2, tier_source = $3, session_epoch = session_epoch + 1, version = version + 1 \
         WHERE id = $1",
        id,
        tier,
        source.word(),
    )?;
    Ok(())
}

/// From where somebody's tier came; none when the account is gone.
pub async fn tier_source(tx: &mut Tx, id: UserId) -> Result<Option<GrantSource>, Error> {
    let word = sql!(tx, scalar String, fetch_optional, "SELECT tier_source FROM users WHERE id = $1", id)?;
    Ok(word.map(|word| GrantSource::parse(&word)))
}

/// Sets when the account's time is over; [`Time::NEVER`] for never.
pub async fn set_expiry(tx: &mut Tx, id: UserId, expires_at: Time) -> Result<(), Error> {
    tx.changes_principals();
    sql!(
        tx,
        execute,
        "UPDATE users SET expires_at = $2, version = version + 1 WHERE id = $1",
        id,
        expires_at,
    )?;
    Ok(())
}

/// Counts a change of something that is kept in other tables.
pub async fn touch_version(tx: &mut Tx, id: UserId) -> Result<(), Error> {
    sql!(tx, execute, "UPDATE users SET version = version + 1 WHERE id = $1", id)?;
    Ok(())
}

/// Ends all sessions of a person.
pub async fn end_sessions(tx: &mut Tx, id: UserId) -> Result<(), Error> {
    tx.changes_principals();
    sql!(tx, execute, "UPDATE users SET session_epoch = session_epoch + 1 WHERE id = $1", id)?;
    Ok(())
}

/// Ends all sessions of a person, if the account is still active under `epoch`: the epoch from now on.
pub async fn next_epoch(tx: &mut Tx, id: UserId, epoch: i64) -> Result<Option<i64>, Error> {
    tx.changes_principals();
    Ok(sql!(
        tx,
        scalar i64,
        fetch_optional,
        "UPDATE users SET session_epoch = session_epoch + 1 \
         WHERE id = $1 AND session_epoch = $2 AND status = 'active' RETURNING session_epoch",
        id,
        epoch,
    )?)
}

/// Writes name, username and address, and takes back links that were mailed to another address, which has yet to be
/// shown to be the owner's ([`prove_email`]); `false` when somebody took one of them in this very moment, after which
/// the transaction is of no further use.
pub async fn set_profile(
    tx: &mut Tx,
    id: UserId,
    username: &Username,
    email: &Email,
    email_trusted: bool,
    display_name: &DisplayName,
) -> Result<bool, Error> {
    tx.changes_principals();
    let written = sql!(
        tx,
        execute,
        "UPDATE users SET username = $2, username_skeleton = $3, email = $4, email_key = $5, email_trusted = $6, \
         email_proven = (email_proven AND email_key = $5), display_name = $7, search_text = $8, version = version + 1 WHERE id = $1",
        id,
        username,
        username.skeleton(),
        email,
        email.key(),
        email_trusted,
        display_name,
        search_text(username, email, display_name),
    );
    match written {
        Ok(_) => {
            mail_tokens::take_back_from_others(tx, id.0, &email.key()).await?;
            Ok(true)
        }
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Notes a sign-in, if the account is still active under `epoch` and its time is not over; `false` when it is
/// not.
pub async fn note_login(
    tx: &mut Tx,
    id: UserId,
    epoch: i64,
    now: Time,
    address: &str,
) -> Result<bool, Error> {
    let noted = sql!(
        tx,
        execute,
        "UPDATE users SET last_login_at = $3, last_login_address = $4, idle_since = $3 \
         WHERE id = $1 AND session_epoch = $2 AND status = 'active' AND (expires_at = 0 OR expires_at > $3)",
        id,
        epoch,
        now,
        address,
    )?;
    Ok(noted == 1)
}

/// From now on the person is written to in this language.
pub async fn set_language(tx: &mut Tx, id: UserId, language: Language) -> Result<(), Error> {
    sql!(tx, execute, "UPDATE users SET language = $2 WHERE id = $1", id, language)?;
    Ok(())
}

/// Notes that failed sign-ins until now do not count.
pub async fn unlock(tx: &mut Tx, id: UserId, now: Time) -> Result<(), Error> {
    sql!(tx, execute, "UPDATE users SET unlocked_at = $2 WHERE id = $1", id, now)?;
    Ok(())
}

/// Removes an account for good; `false` when it was not there in this status.
pub async fn delete(tx: &mut Tx, id: UserId, status: Status) -> Result<bool, Error> {
    tx.changes_principals();
    Ok(sql!(tx, execute, "DELETE FROM users WHERE id = $1 AND status = $2", id, status)? == 1)
}

/// What the search box looks in: lower case, a line each.
fn search_text(username: &Username, email: &Email, display_name: &DisplayName) -> String {
    format!("{username}\n{email}\n{display_name}").to_lowercase()
}
