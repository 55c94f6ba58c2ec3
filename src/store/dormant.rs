//! The table `users`: active accounts whose people have been away for long.
use super::{Error, Tx, users::user_columns};
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
