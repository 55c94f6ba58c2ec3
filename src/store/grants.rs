//! The tables `user_roles` and `user_permissions`: what was given to whom.
use std::collections::HashMap;

use sqlx::AssertSqlSafe;

use super::{Error, Tx, placeholders, user_row::user_columns};
use crate::domain::{
    permission::{GrantSource, Grants, Permission, RoleName},
    time::Time,
    user::{User, UserId},
};

/// What was given to somebody, and the version of the roles (see [`super::roles::version`]). One round trip:
/// this is the gate's cold path.
pub async fn of_user(tx: &mut Tx, user: UserId) -> Result<(Grants, i64), Error> {
    let rows = sql!(
        tx,
        (String, String, String, i64),
        fetch_all,
        "SELECT 'version', '', '', value FROM counters WHERE name = 'roles' \
         UNION ALL SELECT 'role', role, source, 0 FROM user_roles WHERE user_id = $1 \
         UNION ALL SELECT CASE WHEN denied THEN 'deny' ELSE 'grant' END, permission, source, 0 \
         FROM user_permissions WHERE user_id = $1 ORDER BY 2, 3",
        user,
    )?;
    let (mut grants, mut version) = (Grants::default(), 0);
    for (kind, name, source, value) in rows {
        match kind.as_str() {
            "version" => version = value,
            _ => add(&mut grants, &kind, &name, &source),
        }
    }
    Ok((grants, version))
}

/// What was given to several people, in one query; nobody without grants is in it.
pub async fn of_users(tx: &mut Tx, users: &[UserId]) -> Result<HashMap<UserId, Grants>, Error> {
    let mut found: HashMap<UserId, Grants> = HashMap::new();
    if users.is_empty() {
        return Ok(found);
    }
    let places = placeholders(users.len());
    let text = format!(
        "SELECT user_id, 'role', role, source FROM user_roles WHERE user_id IN ({places}) \
         UNION ALL SELECT user_id, CASE WHEN denied THEN 'deny' ELSE 'grant' END, permission, source \
         FROM user_permissions WHERE user_id IN ({places}) ORDER BY 3, 4"
    );
    let rows = sql!(tx, (UserId, String, String, String), each users, AssertSqlSafe(text.as_str()))?;
    for (user, kind, name, source) in rows {
        add(found.entry(user).or_default(), &kind, &name, &source);
    }
    Ok(found)
}

/// Reads one row of what was given; a name that nobody writes is left out.
pub(super) fn add(grants: &mut Grants, kind: &str, name: &str, source: &str) {
    let source = GrantSource::parse(source);
    match kind {
        "role" => grants.roles.extend(RoleName::parse(name).map(|name| (name, source))),
        "deny" => grants.denied.extend(Permission::parse(name)),
        _ => grants.direct.extend(Permission::parse(name).map(|name| (name, source))),
    }
}

/// The roles of several people, by name.
pub async fn roles_of(tx: &mut Tx, users: &[UserId]) -> Result<HashMap<UserId, Vec<RoleName>>, Error> {
    let mut found: HashMap<UserId, Vec<RoleName>> = HashMap::new();
    if users.is_empty() {
        return Ok(found);
    }
    let places: Vec<_> = (1..=users.len()).map(|n| format!("${n}")).collect();
    let text = format!(
        "SELECT DISTINCT user_id, role FROM user_roles WHERE user_id IN ({}) ORDER BY role",
        places.join(", ")
    );
    let rows: Vec<(UserId, RoleName)> = sql!(@on tx, conn => {
        let mut query = sqlx::query_as(AssertSqlSafe(text.as_str()));
        for user in users {
            query = query.bind(*user);
        }
        query.fetch_all(conn).await
    })?;
    for (user, role) in rows {
        found.entry(user).or_default().push(role);
    }
    Ok(found)
}

/// Gives somebody a role; `false` when they have it from this source already.
pub async fn add_role(
    tx: &mut Tx,
    user: UserId,
    role: &RoleName,
    source: &GrantSource,
    now: Time,
) -> Result<bool, Error> {
    tx.changes_principals();
    let added = sql!(
        tx,
        execute,
        "INSERT INTO user_roles (user_id, role, source, granted_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        user,
        role,
        source.word(),
        now,
    )?;
    Ok(added == 1)
}

/// Takes back a role that came from this source; `false` when there was none.
pub async fn remove_role(
    tx: &mut Tx,
    user: UserId,
    role: &RoleName,
    source: &GrantSource,
) -> Result<bool, Error> {
    tx.changes_principals();
    let removed = sql!(
        tx,
        execute,
        "DELETE FROM user_roles WHERE user_id = $1 AND role = $2 AND source = $3",
        user,
        role,
        source.word(),
    )?;
    Ok(removed == 1)
}

/// The providers that have given somebody a role or the tier.
pub async fn provider_sources(tx: &mut Tx, user: UserId) -> Result<Vec<GrantSource>, Error> {
    let words = sql!(
        tx,
        scalar String,
        fetch_all,
        "SELECT source FROM user_roles WHERE user_id = $1 AND source LIKE 'provider:%' \
         UNION SELECT tier_source FROM users WHERE id = $1 AND tier_source LIKE 'provider:%' ORDER BY 1",
        user,
    )?;
    Ok(words.iter().map(|word| GrantSource::parse(word)).collect())
}

/// All providers that have given somebody a role or the tier, by name, with how many people have one of them.
pub async fn all_provider_sources(tx: &mut Tx) -> Result<Vec<(String, i64)>, Error> {
    let rows = sql!(
        tx,
        (String, i64),
        fetch_all,
        "SELECT source, count(DISTINCT user_id) FROM (\
         SELECT source, user_id FROM user_roles WHERE source LIKE 'provider:%' \
         UNION ALL SELECT tier_source, id FROM users WHERE tier_source LIKE 'provider:%') AS given \
         GROUP BY source ORDER BY source",
    )?;
    let name = |(word, people): (String, i64)| match GrantSource::parse(&word) {
        GrantSource::Provider(name) => Some((name, people)),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(name).collect())
}

/// What came to somebody from one source comes from another one from now on, the tier too.
pub async fn move_source(
    tx: &mut Tx,
    user: UserId,
    from: &GrantSource,
    to: &GrantSource,
) -> Result<(), Error> {
    tx.changes_principals();
    let (from, to) = (from.word(), to.word());
    sql!(
        tx,
        execute,
        "DELETE FROM user_roles WHERE user_id = $1 AND source = $2 \
         AND role IN (SELECT role FROM user_roles WHERE user_id = $1 AND source = $3)",
        user,
        &from,
        &to,
    )?;
    sql!(
        tx,
        execute,
        "UPDATE user_roles SET source = $3 WHERE user_id = $1 AND source = $2",
        user,
        &from,
        &to,
    )?;
    sql!(
        tx,
        execute,
        "UPDATE users SET tier_source = $3 WHERE id = $1 AND tier_source = $2",
        user,
        &from,
        &to,
    )?;
    Ok(())
}

/// Gives or takes away a single permission by an administrator's hand, in place of what was there.
pub async fn set_permission(
    tx: &mut Tx,
    user: UserId,
    permission: &Permission,
    denied: bool,
    now: Time,
) -> Result<(), Error> {
    tx.changes_principals();
    sql!(
        tx,
        execute,
        "INSERT INTO user_permissions (user_id, permission, source, denied, granted_at) \
         VALUES ($1, $2, 'manual', $3, $4) \
         ON CONFLICT (user_id, permission, source) DO UPDATE SET denied = $3, granted_at = $4",
        user,
        permission,
        denied,
        now,
    )?;
    Ok(())
}

/// Leaves a single permission to the roles again.
pub async fn clear_permission(tx: &mut Tx, user: UserId, permission: &Permission) -> Result<(), Error> {
    tx.changes_principals();
    sql!(
        tx,
        execute,
        "DELETE FROM user_permissions WHERE user_id = $1 AND permission = $2 AND source = 'manual'",
        user,
        permission,
    )?;
    Ok(())
}

/// Usable accounts to whom a permission is open, as superusers, by one of `roles` or directly, and from whom it is
/// not taken away: superusers first, no more than `size`.
pub async fn who_may(
    tx: &mut Tx,
    permission: &Permission,
    roles: &[RoleName],
    now: Time,
    size: i64,
) -> Result<Vec<User>, Error> {
    let by_role = match roles.len() {
        0 => String::new(),
        many => {
            let places = (2..many + 2).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
            format!("OR id IN (SELECT user_id FROM user_roles WHERE role IN ({places}))")
        }
    };
    let text = format!(
        "SELECT {} FROM users WHERE status = 'active' AND (expires_at = 0 OR expires_at > {}) \
         AND (tier = 'superuser' OR ((id IN (SELECT user_id FROM user_permissions WHERE permission = $1 AND NOT denied) \
         {by_role}) AND id NOT IN (SELECT user_id FROM user_permissions WHERE permission = $1 AND denied))) \
         ORDER BY CASE WHEN tier = 'superuser' THEN 0 ELSE 1 END, number LIMIT {size}",
        user_columns!(),
        now.micros(),
    );
    let names: Vec<&str> =
        std::iter::once(permission.as_str()).chain(roles.iter().map(RoleName::as_str)).collect();
    Ok(sql!(tx, User, each names, AssertSqlSafe(text.as_str()))?)
}

/// How many people hold each role that anybody holds.
pub async fn counts(tx: &mut Tx) -> Result<HashMap<RoleName, i64>, Error> {
    let rows = sql!(
        tx,
        (RoleName, i64),
        fetch_all,
        "SELECT role, count(DISTINCT user_id) FROM user_roles GROUP BY role",
    )?;
    Ok(rows.into_iter().collect())
}

/// How many people hold a role.
pub async fn count(tx: &mut Tx, role: &RoleName) -> Result<i64, Error> {
    let text = "SELECT count(DISTINCT user_id) FROM user_roles WHERE role = $1";
    Ok(sql!(tx, scalar i64, fetch_one, text, role)?)
}

/// People who hold a role, by id, from behind `after` on, with where each got it.
pub async fn holders(
    tx: &mut Tx,
    role: &RoleName,
    after: UserId,
    size: i64,
) -> Result<Vec<(User, Vec<GrantSource>)>, Error> {
    let users = sql!(
        tx,
        User,
        fetch_all,
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE id IN (SELECT DISTINCT user_id FROM user_roles WHERE role = $1 AND user_id > $2 \
             ORDER BY user_id LIMIT $3) ORDER BY users.id"
        ),
        role,
        after,
        size,
    )?;
    let Some(last) = users.last().map(|user| user.id) else { return Ok(vec![]) };
    let sources = sql!(
        tx,
        (UserId, String),
        fetch_all,
        "SELECT user_id, source FROM user_roles WHERE role = $1 AND user_id > $2 AND user_id <= $3 ORDER BY source",
        role,
        after,
        last,
    )?;
    let of = |user: &User| {
        let own = sources.iter().filter(|(id, _)| *id == user.id);
        own.map(|(_, source)| GrantSource::parse(source)).collect()
    };
    Ok(users
        .into_iter()
        .map(|user| {
            let sources = of(&user);
            (user, sources)
        })
        .collect())
}
