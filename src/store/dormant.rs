//! The table `users`: active accounts whose people have been away for long.
use super::{Error, Tx, user_row::user_columns};
use crate::domain::{
    time::Time,
    user::{User, UserId},
};

/// Active accounts that were idle before `idle_before` and are not kept at `now`: the longest away first,
/// from behind the account that was last away at `after.0` with the number `after.1`.
pub async fn page(
    tx: &mut Tx,
    idle_before: Time,
    now: Time,
    after: (Time, i64),
    size: i64,
) -> Result<Vec<User>, Error> {
    Ok(sql!(
        tx,
        User,
        fetch_all,
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE status = 'active' AND idle_since < $1 AND kept_until <= $2 \
             AND (idle_since, number) > ($3, $4) ORDER BY idle_since, number LIMIT $5"
        ),
        idle_before,
        now,
        after.0,
        after.1,
        size,
    )?)
}

/// How many there are in all.
pub async fn count(tx: &mut Tx, idle_before: Time, now: Time) -> Result<i64, Error> {
    Ok(sql!(
        tx,
        scalar i64,
        fetch_one,
        "SELECT count(*) FROM users WHERE status = 'active' AND idle_since < $1 AND kept_until <= $2",
        idle_before,
        now,
    )?)
}

/// Leaves an active account alone until `until`; `false` when it is not active.
pub async fn keep(tx: &mut Tx, id: UserId, until: Time) -> Result<bool, Error> {
    let kept =
        sql!(tx, execute, "UPDATE users SET kept_until = $2 WHERE id = $1 AND status = 'active'", id, until)?;
    Ok(kept == 1)
}

/// Active accounts of standard users that were idle before `idle_before`, are not kept at `now` and whose people
/// were not warned since: the longest away first.
pub async fn to_warn(tx: &mut Tx, idle_before: Time, now: Time, size: i64) -> Result<Vec<User>, Error> {
    Ok(sql!(
        tx,
        User,
        fetch_all,
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE status = 'active' AND tier = 'standard' AND idle_since < $1 AND kept_until <= $2 \
             AND (expires_at = 0 OR expires_at > $2) AND (dormancy_told <= idle_since OR dormancy_told < kept_until) \
             ORDER BY idle_since, number LIMIT $3"
        ),
        idle_before,
        now,
        size,
    )?)
}

/// Writes down that somebody was warned, if they were not and have not signed in meanwhile; and whether so.
pub async fn note_warned(tx: &mut Tx, user: &User, now: Time) -> Result<bool, Error> {
    let noted = sql!(
        tx,
        execute,
        "UPDATE users SET dormancy_told = $3 WHERE id = $1 AND status = 'active' AND idle_since = $2 \
         AND (dormancy_told <= idle_since OR dormancy_told < kept_until)",
        user.id,
        user.idle_since,
        now,
    )?;
    Ok(noted == 1)
}

/// The same accounts as [`page`], of standard users who were warned of it before `warned_before`.
pub async fn warned(
    tx: &mut Tx,
    idle_before: Time,
    now: Time,
    warned_before: Time,
    after: (Time, i64),
    size: i64,
) -> Result<Vec<User>, Error> {
    Ok(sql!(
        tx,
        User,
        fetch_all,
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE status = 'active' AND tier = 'standard' AND idle_since < $1 AND kept_until <= $2 \
             AND dormancy_told > idle_since AND dormancy_told >= kept_until AND dormancy_told <= $3 \
             AND (idle_since, number) > ($4, $5) ORDER BY idle_since, number LIMIT $6"
        ),
        idle_before,
        now,
        warned_before,
        after.0,
        after.1,
        size,
    )?)
}

/// Active accounts whose time is over by `before`, and whose people were not told of that date.
pub async fn to_tell_of_expiry(tx: &mut Tx, now: Time, before: Time, size: i64) -> Result<Vec<User>, Error> {
    Ok(sql!(
        tx,
        User,
        fetch_all,
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE expires_at > 0 AND expires_at > $1 AND expires_at <= $2 AND status = 'active' \
             AND expiry_told <> expires_at ORDER BY expires_at, number LIMIT $3"
        ),
        now,
        before,
        size,
    )?)
}

/// Writes down that somebody was told of this expiry date, if it still is the date; and whether so.
pub async fn note_told_of_expiry(tx: &mut Tx, user: &User) -> Result<bool, Error> {
    let noted = sql!(
        tx,
        execute,
        "UPDATE users SET expiry_told = expires_at WHERE id = $1 AND status = 'active' AND expires_at = $2 \
         AND expiry_told <> expires_at",
        user.id,
        user.expires_at,
    )?;
    Ok(noted == 1)
}
