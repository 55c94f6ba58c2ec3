//! Roles are made, changed and deleted. Nobody puts into a role what they do not hold themselves.
use std::collections::BTreeSet;

use super::{Acting, By, Record, acting};
use crate::{
    domain::{
        audit::Event,
        permission::{Need, Permission, Right, Role, RoleName, Roles},
        time::Time,
    },
    store::{self, Db, Tx, grants, roles},
};

/// What a role is to be.
#[derive(Clone, Debug)]
pub struct RoleEdit {
    /// Its version when the form was shown; not looked at for a new one.
    pub version: i64,
    /// What people call it.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// What it gives by itself.
    pub permissions: BTreeSet<Permission>,
    /// Whose permissions it has too.
    pub supervises: BTreeSet<RoleName>,
}

/// Why a change to a role was refused.
#[derive(Debug, thiserror::Error)]
pub enum RoleRefusal {
    /// Whoever asks lacks the right, perhaps since a moment ago.
    #[error("you may not do this")]
    NotAllowed,
    /// There is no such role.
    #[error("there is no role {0}")]
    NotFound(RoleName),
    /// Another role has this name.
    #[error("there is a role {0} already")]
    NameTaken(RoleName),
    /// It would supervise itself in the end.
    #[error("{0} supervises this role, directly or through others")]
    Cycle(RoleName),
    /// Whoever acts does not hold this.
    #[error("you do not hold {0} yourself")]
    NotHeld(String),
    /// So many people hold it.
    #[error("{0} people hold this role")]
    InUse(i64),
    /// Somebody changed it in the meantime.
    #[error("{0} was changed by somebody else in the meantime")]
    Conflict(RoleName),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

const MANAGE: Need = Need::May(Right::RoleManage);

/// Makes a role.
///
/// # Errors
/// See [`RoleRefusal`].
pub async fn create(
    db: &Db,
    by: &By,
    name: &RoleName,
    edit: &RoleEdit,
    now: Time,
) -> Result<(), RoleRefusal> {
    let (mut tx, acting, mut all) = begin(db, by, now).await?;
    if !roles::insert(&mut tx, name, &edit.display_name, &edit.description).await? {
        return Err(RoleRefusal::NameTaken(name.clone()));
    }
    all.0.insert(name.clone(), Role::default());
    let mut record = Record::new(Event::RoleCreated, acting.actor.clone(), &by.origin).detail(name.as_str());
    record = record.change("display_name", "", &edit.display_name);
    if !edit.description.is_empty() {
        record = record.change("description", "", &edit.description);
    }
    record = bring(&mut tx, &acting, name, &all, edit, record).await?;
    record.write(&mut tx, now).await?;
    Ok(tx.commit().await?)
}

/// Changes roles, all or none.
///
/// # Errors
/// See [`RoleRefusal`].
pub async fn change(db: &Db, by: &By, edits: &[(RoleName, RoleEdit)], now: Time) -> Result<(), RoleRefusal> {
    let (mut tx, acting, mut all) = begin(db, by, now).await?;
    for (name, edit) in edits {
        let role = all.0.get(name).ok_or_else(|| RoleRefusal::NotFound(name.clone()))?.clone();
        if role.version != edit.version {
            return Err(RoleRefusal::Conflict(name.clone()));
        }
        let mut record =
            Record::new(Event::RoleChanged, acting.actor.clone(), &by.origin).detail(name.as_str());
        for (field, from, to) in [
            ("display_name", &role.display_name, &edit.display_name),
            ("description", &role.description, &edit.description),
        ] {
            if from != to {
                record = record.change(field, from, to);
            }
        }
        record = bring(&mut tx, &acting, name, &all, edit, record).await?;
        if record.changes.is_empty() {
            continue;
        }
        roles::update(&mut tx, name, &edit.display_name, &edit.description).await?;
        record.write(&mut tx, now).await?;
        if let Some(role) = all.0.get_mut(name) {
            role.permissions.clone_from(&edit.permissions);
            role.supervises.clone_from(&edit.supervises);
        }
    }
    Ok(tx.commit().await?)
}

/// Removes a role that nobody holds.
///
/// # Errors
/// [`RoleRefusal::InUse`].
pub async fn delete(db: &Db, by: &By, name: &RoleName, now: Time) -> Result<(), RoleRefusal> {
    let (mut tx, acting, all) = begin(db, by, now).await?;
    let role = all.0.get(name).ok_or_else(|| RoleRefusal::NotFound(name.clone()))?;
    if let Some(other) = all.permissions(name).iter().find(|it| !acting.may.has(it)) {
        return Err(RoleRefusal::NotHeld(other.to_string()));
    }
    let above: Vec<_> = all.0.iter().filter(|(_, other)| other.supervises.contains(name)).collect();
    if !above.is_empty() && !acting.may.may_give(name, &all) {
        return Err(RoleRefusal::NotHeld(name.to_string()));
    }
    for (other, its) in above {
        roles::remove_supervised(&mut tx, other, name).await?;
        roles::update(&mut tx, other, &its.display_name, &its.description).await?;
        let record = Record::new(Event::RoleChanged, acting.actor.clone(), &by.origin).detail(other.as_str());
        record.change("supervises", name, "").write(&mut tx, now).await?;
    }
    match roles::delete(&mut tx, name).await {
        Ok(true) => {}
        Ok(false) => return Err(RoleRefusal::InUse(grants::count(&mut tx, name).await?)),
        // Somebody was given it at this very moment.
        Err(error) if error.is_foreign_key() => return Err(RoleRefusal::InUse(1)),
        Err(error) => return Err(error.into()),
    }
    let mut record = Record::new(Event::RoleDeleted, acting.actor, &by.origin).detail(name.as_str());
    record = record.change("display_name", &role.display_name, "");
    for permission in &role.permissions {
        record = record.change("permission", permission, "");
    }
    for other in &role.supervises {
        record = record.change("supervises", other, "");
    }
    record.write(&mut tx, now).await?;
    Ok(tx.commit().await?)
}

/// Opens the transaction: nobody else changes roles meanwhile.
async fn begin(db: &Db, by: &By, now: Time) -> Result<(Tx, Acting, Roles), RoleRefusal> {
    let mut tx = db.write().await?;
    roles::changed(&mut tx).await?;
    let acting = acting(&mut tx, by, MANAGE, now).await.map_err(|refusal| match refusal {
        super::Refusal::Store(error) => RoleRefusal::Store(error),
        _ => RoleRefusal::NotAllowed,
    })?;
    let all = roles::all(&mut tx).await?;
    Ok((tx, acting, all))
}

/// Brings permissions and supervision of a role in line, and notes each difference.
async fn bring<'a>(
    tx: &mut Tx,
    acting: &Acting,
    name: &RoleName,
    all: &Roles,
    edit: &RoleEdit,
    mut record: Record<'a>,
) -> Result<Record<'a>, RoleRefusal> {
    let role = all.0.get(name).cloned().unwrap_or_default();
    if let Some(other) =
        edit.permissions.symmetric_difference(&role.permissions).find(|it| !acting.may.has(it))
    {
        return Err(RoleRefusal::NotHeld(other.to_string()));
    }
    let changed = edit.supervises.symmetric_difference(&role.supervises);
    if let Some(other) = changed.into_iter().find(|it| !acting.may.may_give(it, all)) {
        return Err(RoleRefusal::NotHeld(other.to_string()));
    }
    for permission in edit.permissions.difference(&role.permissions) {
        roles::add_permission(tx, name, permission).await?;
        record = record.change("permission", "", permission);
    }
    for permission in role.permissions.difference(&edit.permissions) {
        roles::remove_permission(tx, name, permission).await?;
        record = record.change("permission", permission, "");
    }
    for other in role.supervises.difference(&edit.supervises) {
        roles::remove_supervised(tx, name, other).await?;
        record = record.change("supervises", other, "");
    }
    let mut after = all.clone();
    if let Some(role) = after.0.get_mut(name) {
        role.supervises.retain(|other| edit.supervises.contains(other));
    }
    for other in edit.supervises.difference(&role.supervises) {
        if !all.0.contains_key(other) {
            return Err(RoleRefusal::NotFound(other.clone()));
        }
        if after.would_cycle(name, other) {
            return Err(RoleRefusal::Cycle(other.clone()));
        }
        roles::add_supervised(tx, name, other).await?;
        record = record.change("supervises", "", other);
    }
    Ok(record)
}
