//! The tables `identities`, `unlinked_identities` and `barred_identities`.
use std::collections::HashMap;

use super::{Error, Tx};
use crate::domain::{
    identity::{Identity, LinkedIdentity},
    time::Time,
    user::UserId,
};

/// Whose identity this is.
pub async fn owner(tx: &mut Tx, identity: &Identity) -> Result<Option<UserId>, Error> {
    Ok(sql!(
        tx,
        scalar UserId,
        fetch_optional,
        "SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2",
        &identity.issuer,
        &identity.subject,
    )?)
}

/// Whose identity this is, and the provider's name in the config file when it was last used.
pub async fn find(tx: &mut Tx, identity: &Identity) -> Result<Option<(UserId, String)>, Error> {
    Ok(sql!(
        tx,
        (UserId, String),
        fetch_optional,
        "SELECT user_id, provider FROM identities WHERE issuer = $1 AND subject = $2",
        &identity.issuer,
        &identity.subject,
    )?)
}

/// Notes the name under which the provider stands in the config file by now.
pub async fn set_provider(tx: &mut Tx, identity: &Identity, provider: &str) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "UPDATE identities SET provider = $3 WHERE issuer = $1 AND subject = $2",
        &identity.issuer,
        &identity.subject,
        provider,
    )?;
    Ok(())
}

/// Takes an identity from an account; `false` when it is not linked to it.
pub async fn unlink(tx: &mut Tx, identity: &Identity, user: UserId) -> Result<bool, Error> {
    tx.changes_principals();
    let unlinked = sql!(
        tx,
        execute,
        "DELETE FROM identities WHERE issuer = $1 AND subject = $2 AND user_id = $3",
        &identity.issuer,
        &identity.subject,
        user,
    )?;
    Ok(unlinked == 1)
}

/// Links an identity to an account; `false` when it is linked already.
pub async fn link(
    tx: &mut Tx,
    identity: &Identity,
    user: UserId,
    provider: &str,
    now: Time,
) -> Result<bool, Error> {
    let linked = sql!(
        tx,
        execute,
        "INSERT INTO identities (issuer, subject, user_id, provider, linked_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT DO NOTHING",
        &identity.issuer,
        &identity.subject,
        user,
        provider,
        now,
    )?;
    Ok(linked == 1)
}

/// An account's identities, oldest first.
pub async fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<LinkedIdentity>, Error> {
    Ok(sql!(
        tx,
        LinkedIdentity,
        fetch_all,
        "SELECT issuer, subject, provider, linked_at FROM identities WHERE user_id = $1 ORDER BY linked_at, subject",
        user,
    )?)
}

/// How many identities each provider, by its name in the config file, has vouched for.
pub async fn count_by_provider(tx: &mut Tx) -> Result<HashMap<String, i64>, Error> {
    let rows =
        sql!(tx, (String, i64), fetch_all, "SELECT provider, count(*) FROM identities GROUP BY provider")?;
    Ok(rows.into_iter().collect())
}

/// Remembers, by a keyed hash, that an identity was taken from an account.
pub async fn note_unlinked(tx: &mut Tx, user: UserId, hash: &str, now: Time) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO unlinked_identities (user_id, hash, unlinked_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        user,
        hash,
        now,
    )?;
    Ok(())
}

/// Whether an identity was taken from an account.
pub async fn was_unlinked(tx: &mut Tx, user: UserId, hash: &str) -> Result<bool, Error> {
    let found = sql!(
        tx,
        scalar i64,
        fetch_one,
        "SELECT count(*) FROM unlinked_identities WHERE user_id = $1 AND hash = $2",
        user,
        hash,
    )?;
    Ok(found > 0)
}

/// The account's owner has linked the identity again.
pub async fn forget_unlinked(tx: &mut Tx, user: UserId, hash: &str) -> Result<(), Error> {
    sql!(tx, execute, "DELETE FROM unlinked_identities WHERE user_id = $1 AND hash = $2", user, hash)?;
    Ok(())
}

/// Keeps an identity from coming back.
pub async fn bar(tx: &mut Tx, hash: &str, now: Time) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO barred_identities (hash, barred_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        hash,
        now,
    )?;
    Ok(())
}

/// Whether an identity may not come back.
pub async fn is_barred(tx: &mut Tx, hash: &str) -> Result<bool, Error> {
    Ok(sql!(tx, scalar i64, fetch_one, "SELECT count(*) FROM barred_identities WHERE hash = $1", hash)? > 0)
}
