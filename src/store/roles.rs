//! The tables `roles`, `role_permissions` and `role_supervision`. Whatever changes them calls [`changed`].
use std::collections::{BTreeMap, BTreeSet};

use sqlx::AssertSqlSafe;

use super::{Error, Tx, counters, placeholders};
use crate::domain::permission::{Permission, Role, RoleName, Roles};

const VERSION: &str = "roles";
/// A query takes no more names than these; databases have a bound.
const AT_ONCE: usize = 500;

/// All roles, with what they give and supervise.
pub async fn all(tx: &mut Tx) -> Result<Roles, Error> {
    let mut roles: BTreeMap<RoleName, Role> = BTreeMap::new();
    for (name, display_name, description, version) in sql!(
        tx,
        (RoleName, String, String, i64),
        fetch_all,
        "SELECT name, display_name, description, version FROM roles",
    )? {
        roles.insert(name, Role { display_name, description, version, ..Role::default() });
    }
    for (role, permission) in
        sql!(tx, (RoleName, Permission), fetch_all, "SELECT role, permission FROM role_permissions")?
    {
        roles.entry(role).or_default().permissions.insert(permission);
    }
    for (role, supervised) in
        sql!(tx, (RoleName, RoleName), fetch_all, "SELECT role, supervised FROM role_supervision")?
    {
        roles.entry(role).or_default().supervises.insert(supervised);
    }
    Ok(Roles(roles))
}

/// Those of these names that are roles'.
pub async fn among(tx: &mut Tx, names: &[RoleName]) -> Result<BTreeSet<RoleName>, Error> {
    let mut found = BTreeSet::new();
    for names in names.chunks(AT_ONCE) {
        let text = format!("SELECT name FROM roles WHERE name IN ({})", placeholders(names.len()));
        let rows = sql!(tx, (RoleName,), each names, AssertSqlSafe(text.as_str()))?;
        found.extend(rows.into_iter().map(|(name,)| name));
    }
    Ok(found)
}

/// The number of changes so far: roles that were read under it are as they were.
pub async fn version(tx: &mut Tx) -> Result<i64, Error> {
    counters::get(tx, VERSION).await
}

/// Makes this transaction the only one that changes roles until it ends, and tells every instance that what
/// it remembers is old.
pub async fn changed(tx: &mut Tx) -> Result<(), Error> {
    tx.changes_principals();
    counters::increment(tx, VERSION).await
}

/// Makes a role; `false` when the name is taken.
pub async fn insert(
    tx: &mut Tx,
    name: &RoleName,
    display_name: &str,
    description: &str,
) -> Result<bool, Error> {
    let inserted = sql!(
        tx,
        execute,
        "INSERT INTO roles (name, display_name, description) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        name,
        display_name,
        description,
    )?;
    Ok(inserted == 1)
}

/// Writes what people read of a role, and counts the change.
pub async fn update(
    tx: &mut Tx,
    name: &RoleName,
    display_name: &str,
    description: &str,
) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "UPDATE roles SET display_name = $2, description = $3, version = version + 1 WHERE name = $1",
        name,
        display_name,
        description,
    )?;
    Ok(())
}

/// Adds a permission to a role.
pub async fn add_permission(tx: &mut Tx, role: &RoleName, permission: &Permission) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO role_permissions (role, permission) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        role,
        permission,
    )?;
    Ok(())
}

/// Takes a permission from a role.
pub async fn remove_permission(tx: &mut Tx, role: &RoleName, permission: &Permission) -> Result<(), Error> {
    sql!(tx, execute, "DELETE FROM role_permissions WHERE role = $1 AND permission = $2", role, permission)?;
    Ok(())
}

/// Puts one role above another.
pub async fn add_supervised(tx: &mut Tx, role: &RoleName, supervised: &RoleName) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO role_supervision (role, supervised) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        role,
        supervised,
    )?;
    Ok(())
}

/// And no longer.
pub async fn remove_supervised(tx: &mut Tx, role: &RoleName, supervised: &RoleName) -> Result<(), Error> {
    sql!(tx, execute, "DELETE FROM role_supervision WHERE role = $1 AND supervised = $2", role, supervised)?;
    Ok(())
}

/// Removes a role that nobody holds.
pub async fn delete(tx: &mut Tx, name: &RoleName) -> Result<bool, Error> {
    Ok(sql!(
        tx,
        execute,
        "DELETE FROM roles WHERE name = $1 AND NOT EXISTS (SELECT 1 FROM user_roles WHERE role = $1)",
        name,
    )? == 1)
}
