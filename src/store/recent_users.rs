//! The table `users`: active accounts by when they last signed in, among which are all that are signed in.
use super::{Error, Tx, user_list::pattern, user_row::user_columns};
use crate::domain::{
    time::Time,
    user::{User, UserId},
};

/// Whom to look for.
pub struct Recent<'a> {
    /// Part of an email, a username or a display name, in any case of letters; or the whole address of the
    /// last sign-in.
    pub search: &'a str,
    /// Those who signed in then or later.
    pub since: Time,
}

/// When somebody last signed in, and the running number: where a page begins.
pub type Position = (Time, i64);

/// Up to `size` of them, the last one to sign in first, behind `after`.
pub async fn page(
    tx: &mut Tx,
    recent: &Recent<'_>,
    after: Option<Position>,
    size: i64,
) -> Result<Vec<User>, Error> {
    let (at, number) = after.unwrap_or((Time::from_micros(i64::MAX), i64::MAX));
    Ok(sql!(
        tx,
        User,
        fetch_all,
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE status = 'active' AND last_login_at >= $1 \
             AND (search_text LIKE $2 ESCAPE '!' OR last_login_address = $3) \
             AND (last_login_at, number) < ($4, $5) ORDER BY last_login_at DESC, number DESC LIMIT $6"
        ),
        recent.since,
        pattern(recent.search),
        recent.search,
        at,
        number,
        size,
    )?)
}

/// The same backwards: up to `size` of those right before `before`, still the last one to sign in first.
pub async fn page_before(
    tx: &mut Tx,
    recent: &Recent<'_>,
    (at, number): Position,
    size: i64,
) -> Result<Vec<User>, Error> {
    let mut users = sql!(
        tx,
        User,
        fetch_all,
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE status = 'active' AND last_login_at >= $1 \
             AND (search_text LIKE $2 ESCAPE '!' OR last_login_address = $3) \
             AND (last_login_at, number) > ($4, $5) ORDER BY last_login_at, number LIMIT $6"
        ),
        recent.since,
        pattern(recent.search),
        recent.search,
        at,
        number,
        size,
    )?;
    users.reverse();
    Ok(users)
}

/// Active superusers who signed in since then, at most `most`.
pub async fn superusers(tx: &mut Tx, since: Time, most: i64) -> Result<Vec<UserId>, Error> {
    Ok(sql!(
        tx,
        scalar UserId,
        fetch_all,
        "SELECT id FROM users WHERE tier = 'superuser' AND status = 'active' AND last_login_at >= $1 \
         ORDER BY last_login_at DESC LIMIT $2",
        since,
        most,
    )?)
}
