//! The table `known_places`: browsers and networks that people have signed in with.
use super::{Error, Tx};
use crate::domain::{known::Kind, time::Time, user::UserId};

/// Where somebody has been before.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Known {
    /// What it is.
    pub kind: Kind,
    /// Which.
    pub place: String,
    /// When somebody first signed in there.
    pub first_seen: Time,
    /// And last.
    pub last_seen: Time,
}

/// All that somebody is known by.
pub async fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<Known>, Error> {
    Ok(sql!(
        tx,
        Known,
        fetch_all,
        "SELECT kind, place, first_seen, last_seen FROM known_places WHERE user_id = $1 ORDER BY last_seen, place",
        user,
    )?)
}

/// This one place, if somebody ever signed in there.
pub async fn find(tx: &mut Tx, user: UserId, kind: Kind, place: &str) -> Result<Option<Known>, Error> {
    Ok(sql!(
        tx,
        Known,
        fetch_optional,
        "SELECT kind, place, first_seen, last_seen FROM known_places WHERE user_id = $1 AND kind = $2 AND place = $3",
        user,
        kind,
        place,
    )?)
}

/// Notes that somebody has signed in there; nothing, when the account is gone.
pub async fn see(tx: &mut Tx, user: UserId, kind: Kind, place: &str, now: Time) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO known_places (user_id, kind, place, first_seen, last_seen) \
         SELECT id, $2, $3, $4, $4 FROM users WHERE id = $1 \
         ON CONFLICT (user_id, kind, place) DO UPDATE SET last_seen = excluded.last_seen",
        user,
        kind,
        place,
        now,
    )?;
    Ok(())
}

/// Gives a browser another name, for everybody who is known by it.
pub async fn rename_device(tx: &mut Tx, old: &str, new: &str) -> Result<(), Error> {
    sql!(tx, execute, "UPDATE known_places SET place = $2 WHERE kind = 'device' AND place = $1", old, new)?;
    Ok(())
}

/// Keeps the `most` that were seen last.
pub async fn trim(tx: &mut Tx, user: UserId, kind: Kind, most: i64) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "DELETE FROM known_places WHERE user_id = $1 AND kind = $2 AND place NOT IN \
         (SELECT place FROM known_places WHERE user_id = $1 AND kind = $2 ORDER BY last_seen DESC, place LIMIT $3)",
        user,
        kind,
        most,
    )?;
    Ok(())
}

/// Forgets what was not seen since `since`.
pub async fn purge(tx: &mut Tx, since: Time) -> Result<u64, Error> {
    Ok(sql!(tx, execute, "DELETE FROM known_places WHERE last_seen < $1", since)?)
}
