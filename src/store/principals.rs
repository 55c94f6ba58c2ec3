//! What the gate's principals are made of, for several sessions at once.
use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    sync::Arc,
};

use sqlx::AssertSqlSafe;

use super::{Error, Tx, grants, user_row::user_columns};
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
    accounts: HashMap<UserId, (Arc<User>, Grants)>,
    ended: HashSet<String>,
    vouched: HashMap<String, Vouched>,
    /// The version of the roles (see [`super::roles::version`]).
    pub roles: i64,
}

impl Found {
    /// The account behind a session that was asked for, and what was given to it; none when there is no such
    /// account, or the session was revoked (by itself, or by its provider's session).
    pub fn behind(&self, session: &Session) -> Option<(&Arc<User>, &Grants)> {
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

/// An account, with what was given to it and what all of the reading share.
#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    user: User,
    /// Lines of kind, name and source.
    given: Option<String>,
    /// Lines of keys.
    ended: Option<String>,
    /// Lines of session, when to ask and when it ends.
    vouched: Option<String>,
    roles: Option<i64>,
}

/// What stands behind these sessions, in one round trip however many they are: this is the gate's cold path.
pub async fn behind(tx: &mut Tx, sessions: &[Arc<Session>]) -> Result<Found, Error> {
    let users: Vec<UserId> = sessions.iter().map(|session| session.user_id).collect();
    let keys: Vec<String> = sessions.iter().flat_map(|session| session.revocations()).collect();
    let mut found = Found::default();
    if sessions.is_empty() {
        return Ok(found);
    }
    let keys_at = places(2, keys.len());
    // Nobody else pays for what only single sign-on needs.
    let vouched = match sessions.iter().any(|session| session.provider.is_some()) {
        true => format!(
            "(SELECT string_agg(session || ' ' || ask_at || ' ' || ends_at, $1) FROM provider_sessions \
             WHERE ask_at > 0 AND session IN ({keys_at}))"
        ),
        false => "NULL".to_owned(),
    };
    // No name holds a space or a line's end, and `string_agg` is known to both databases.
    let text = format!(
        "SELECT {}, \
         (SELECT string_agg(line, $1) FROM ( \
             SELECT 'role ' || role || ' ' || source AS line FROM user_roles WHERE user_id = users.id \
             UNION ALL SELECT CASE WHEN denied THEN 'deny ' ELSE 'grant ' END || permission || ' ' || source \
             FROM user_permissions WHERE user_id = users.id) AS lines) AS given, \
         (SELECT string_agg(key, $1) FROM revocations WHERE key IN ({})) AS ended, \
         {vouched} AS vouched, \
         (SELECT value FROM counters WHERE name = 'roles') AS roles \
         FROM users WHERE id IN ({})",
        user_columns!(),
        keys_at,
        places(2 + power(keys.len()), users.len()),
    );
    let rows: Vec<Row> = sql!(@on tx, conn => {
        let query = sqlx::query_as(AssertSqlSafe(text)).bind("\n");
        let query = padded(&keys).fold(query, sqlx::query::QueryAs::bind);
        padded(&users).fold(query, |query, user| query.bind(*user)).fetch_all(conn).await
    })?;
    for Row { user, given, ended, vouched, roles } in rows {
        let mut grants = Grants::default();
        for line in given.iter().flat_map(|given| given.lines()) {
            let mut words = line.splitn(3, ' ');
            if let (Some(kind), Some(name), Some(source)) = (words.next(), words.next(), words.next()) {
                grants::add(&mut grants, kind, name, source);
            }
        }
        found.ended.extend(ended.iter().flat_map(|ended| ended.lines()).map(str::to_owned));
        found.vouched.extend(vouched.iter().flat_map(|vouched| vouched.lines()).filter_map(read_vouched));
        found.roles = roles.unwrap_or_default();
        found.accounts.insert(user.id, (Arc::new(user), grants));
    }
    Ok(found)
}

fn read_vouched(line: &str) -> Option<(String, Vouched)> {
    let mut words = line.split(' ');
    let session = words.next()?.to_owned();
    let mut time = || Some(Time::from_micros(words.next()?.parse().ok()?));
    Some((session, Vouched { ask_at: time()?, ends_at: time()?.happened() }))
}

/// How many values are sent for so many: the next power of two, so that there are few different statements,
/// which the database has all prepared.
fn power(many: usize) -> usize {
    many.next_power_of_two()
}

fn places(first: usize, many: usize) -> String {
    let mut places = String::with_capacity(5 * power(many));
    for at in first..first + power(many) {
        let comma = if at == first { "" } else { ", " };
        write!(places, "{comma}${at}").expect("memory takes any text");
    }
    places
}

/// The values, the last of them as often as it takes.
fn padded<T>(values: &[T]) -> impl Iterator<Item = &T> {
    let last = values.last().into_iter();
    values.iter().chain(last.cycle()).take(power(values.len()))
}
