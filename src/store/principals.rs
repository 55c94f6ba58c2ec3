//! What the gate's principals are made of, for several sessions at once.
use std::collections::{HashMap, HashSet};

use sqlx::AssertSqlSafe;

use super::{Error, Tx, grants, users::user_columns};
use crate::domain::{
    permission::Grants,
    renewal::Vouched,
    session::Session,
    time::Time,
    user::{User, UserId},
};

/// What stands behind some sessions.
#[derive(Default)]
pub struct Found {
    accounts: HashMap<UserId, (User, Grants)>,
    ended: HashSet<String>,
    vouched: HashMap<String, Vouched>,
    /// The version of the roles (see [`super::roles::version`]).
    pub roles: i64,
}

impl Found {
    /// The account behind a session that was asked for, and what was given to it; none when there is no such
    /// account, or the session was revoked (by itself, or by its provider's session).
    pub fn behind(&self, session: &Session) -> Option<(&User, &Grants)> {
        let ended = self.ended.contains(&session.revocation())
            || session.provider_revocation().is_some_and(|key| self.ended.contains(&key));
        let (user, grants) = self.accounts.get(&session.user_id).filter(|_| !ended)?;
        Some((user, grants))
    }

    /// Until when the session's provider vouches for it, where that is asked again.
    pub fn vouched(&self, session: &Session) -> Option<Vouched> {
        self.vouched.get(&session.revocation()).copied()
    }
}

/// What stands behind these sessions, in two round trips however many they are: this is the gate's cold path.
pub async fn behind(tx: &mut Tx, sessions: &[Session]) -> Result<Found, Error> {
    let users: Vec<UserId> = sessions.iter().map(|session| session.user_id).collect();
    let keys: Vec<String> = sessions.iter().flat_map(Session::revocations).collect();
    let mut found = Found::default();
    if sessions.is_empty() {
        return Ok(found);
    }
    let names = places(1, users.len());
    let text = format!("SELECT {} FROM users WHERE id IN ({names})", user_columns!());
    let accounts: Vec<User> = sql!(@on tx, conn => {
        let query = sqlx::query_as(AssertSqlSafe(text));
        padded(&users).fold(query, |query, user| query.bind(*user)).fetch_all(conn).await
    })?;
    found.accounts = accounts.into_iter().map(|user| (user.id, (user, Grants::default()))).collect();

    let ended_by = places(power(users.len()) + 1, keys.len());
    // Nobody else pays for what only single sign-on needs.
    let by_provider = sessions.iter().any(|session| session.provider.is_some());
    let vouched = by_provider.then(|| {
        format!(
            " UNION ALL SELECT NULL, 'vouched', session, CAST(ask_at AS TEXT), ends_at FROM provider_sessions \
             WHERE ask_at > 0 AND session IN ({ended_by})"
        )
    });
    let text = format!(
        "SELECT user_id, 'role', role, source, 0 FROM user_roles WHERE user_id IN ({names}) \
         UNION ALL SELECT user_id, CASE WHEN denied THEN 'deny' ELSE 'grant' END, permission, source, 0 \
         FROM user_permissions WHERE user_id IN ({names}) \
         UNION ALL SELECT NULL, 'ended', key, '', 0 FROM revocations WHERE key IN ({ended_by}) \
         UNION ALL SELECT NULL, 'roles', '', '', value FROM counters WHERE name = 'roles'{}",
        vouched.unwrap_or_default()
    );
    let rows: Vec<(Option<UserId>, String, String, String, i64)> = sql!(@on tx, conn => {
        let query = sqlx::query_as(AssertSqlSafe(text));
        let query = padded(&users).fold(query, |query, user| query.bind(*user));
        padded(&keys).fold(query, sqlx::query::QueryAs::bind).fetch_all(conn).await
    })?;
    for (user, kind, name, source, value) in rows {
        match (user, kind.as_str()) {
            (Some(user), kind) => {
                if let Some((_, grants)) = found.accounts.get_mut(&user) {
                    grants::add(grants, kind, &name, &source);
                }
            }
            (None, "ended") => drop(found.ended.insert(name)),
            (None, "vouched") => {
                let ask_at = Time::from_micros(source.parse().unwrap_or_default());
                let ends_at = Time::from_micros(value).happened();
                found.vouched.insert(name, Vouched { ask_at, ends_at });
            }
            (None, _) => found.roles = value,
        }
    }
    Ok(found)
}

/// How many values are sent for so many: the next power of two, so that there are few different statements,
/// which the database has all prepared.
fn power(many: usize) -> usize {
    many.next_power_of_two()
}

fn places(first: usize, many: usize) -> String {
    (first..first + power(many)).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ")
}

/// The values, the last of them as often as it takes.
fn padded<T>(values: &[T]) -> impl Iterator<Item = &T> {
    let last = values.last().into_iter();
    values.iter().chain(last.cycle()).take(power(values.len()))
}
