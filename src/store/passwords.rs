//! The hashes of passwords: that of now in the table `users`, those before in `password_history`.
use super::{Error, Tx, mail_tokens};
use crate::domain::{link::Purpose, time::Time, user::UserId};

/// An account's password hash, if it has one.
pub async fn hash(tx: &mut Tx, id: UserId) -> Result<Option<String>, Error> {
    let hash =
        sql!(tx, scalar Option<String>, fetch_optional, "SELECT password_hash FROM users WHERE id = $1", id)?;
    Ok(hash.flatten())
}

/// The hashes of a person's last `count` passwords, that of now first.
pub async fn past(tx: &mut Tx, id: UserId, count: i64) -> Result<Vec<String>, Error> {
    Ok(sql!(
        tx,
        scalar String,
        fetch_all,
        "SELECT hash FROM (SELECT password_hash AS hash, 9223372036854775807 AS retired_at FROM users \
         WHERE id = $1 AND password_hash IS NOT NULL \
         UNION ALL SELECT hash, retired_at FROM password_history WHERE user_id = $1) AS past \
         ORDER BY retired_at DESC LIMIT $2",
        id,
        count,
    )?)
}

/// Sets the password, keeps the old one's hash among those before, ends the person's sessions, takes back a link to
/// reset it and forgets failures to sign in with the one before. One with an end, `one_time_until`, has to be changed
/// at the next sign-in.
pub async fn set(
    tx: &mut Tx,
    id: UserId,
    hash: &str,
    one_time_until: Option<Time>,
    now: Time,
) -> Result<(), Error> {
    tx.changes_principals();
    sql!(
        tx,
        execute,
        "INSERT INTO password_history (user_id, hash, retired_at) \
         SELECT id, password_hash, $2 FROM users WHERE id = $1 AND password_hash IS NOT NULL ON CONFLICT DO NOTHING",
        id,
        now,
    )?;
    sql!(
        tx,
        execute,
        "UPDATE users SET password_hash = $2, must_change_password = $3, password_expires_at = $4, \
         password_changed_at = $5, unlocked_at = $5, session_epoch = session_epoch + 1, version = version + 1 \
         WHERE id = $1",
        id,
        hash,
        one_time_until.is_some(),
        one_time_until.unwrap_or(Time::NEVER),
        now,
    )?;
    mail_tokens::take_back(tx, Purpose::ResetPassword, id.0).await
}

/// Takes an account's password away, ends the person's sessions and takes back a link to reset it.
pub async fn remove(tx: &mut Tx, id: UserId) -> Result<(), Error> {
    tx.changes_principals();
    sql!(
        tx,
        execute,
        "UPDATE users SET password_hash = NULL, must_change_password = FALSE, password_expires_at = 0, \
         session_epoch = session_epoch + 1, version = version + 1 WHERE id = $1",
        id,
    )?;
    mail_tokens::take_back(tx, Purpose::ResetPassword, id.0).await
}

/// Writes another hash of the same password in place of `old`; nothing when the password has changed meanwhile.
pub async fn rehash(tx: &mut Tx, id: UserId, old: &str, new: &str) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        id,
        old,
        new
    )?;
    Ok(())
}

/// Forgets all but the newest `count` of a person's former passwords.
pub async fn forget(tx: &mut Tx, id: UserId, count: i64) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "DELETE FROM password_history WHERE user_id = $1 AND hash NOT IN (SELECT hash FROM password_history \
         WHERE user_id = $1 ORDER BY retired_at DESC LIMIT $2)",
        id,
        count,
    )?;
    Ok(())
}
