//! Roles and single permissions are given to people and taken back.
use super::{
    Acting, By, Record, Refusal, acting,
    administration::{begin, changeable},
};
use crate::{
    domain::{
        audit::Event,
        permission::{GrantSource, Grants, Need, Permission, Right, RoleName, Roles},
        time::Time,
        user::{User, UserId},
    },
    store::{Db, Tx, grants, roles, users},
};

/// What an account is to hold by an administrator's hand; what is not said stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Whether these roles are held; what came from elsewhere stays besides.
    pub roles: Vec<(RoleName, bool)>,
    /// Single permissions: given, denied, or left to the roles.
    pub permissions: Vec<(Permission, Direct)>,
}

/// What becomes of a single permission of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direct {
    /// As the roles say.
    Inherit,
    /// Given.
    Grant,
    /// Taken away, whatever the roles say.
    Deny,
}

impl Direct {
    /// What an administrator has said of a permission so far.
    pub fn of(held: &Grants, permission: &Permission) -> Self {
        let manual =
            |(it, source): &(Permission, GrantSource)| it == permission && *source == GrantSource::Manual;
        match (held.denied.contains(permission), held.direct.iter().any(manual)) {
            (true, _) => Self::Deny,
            (false, true) => Self::Grant,
            (false, false) => Self::Inherit,
        }
    }

    /// The word in forms and in the audit log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Inherit => "inherit",
            Self::Grant => "grant",
            Self::Deny => "deny",
        }
    }

    /// Reads [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Inherit, Self::Grant, Self::Deny].into_iter().find(|it| it.word() == word)
    }
}

/// Gives several people a role: all of them, or nobody.
///
/// # Errors
/// [`Refusal::NotHeld`] when whoever acts may not hand it on, [`Refusal::NotAllowed`] when they may not change one
/// of the accounts.
pub async fn give_role(
    db: &Db,
    by: &By,
    ids: &[UserId],
    role: &RoleName,
    now: Time,
) -> Result<Vec<User>, Refusal> {
    let mut tx = db.write().await?;
    users::lock_superusers(&mut tx).await?;
    let acting = acting(&mut tx, by, Need::May(Right::UserManage), now).await?;
    let all = roles::all(&mut tx).await?;
    let mut people = vec![];
    for id in ids {
        let user = changeable(&mut tx, by, &acting, *id).await?;
        add(&mut tx, by, &acting, &user, role, &all, GrantSource::Manual, now).await?;
        people.push(user);
    }
    tx.commit().await?;
    Ok(people)
}

/// Takes a role back that an administrator gave.
///
/// # Errors
/// When the account is gone or whoever acts may not.
pub async fn take_role(db: &Db, by: &By, id: UserId, role: &RoleName, now: Time) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, id, Need::May(Right::UserManage), now).await?;
    let all = roles::all(&mut tx).await?;
    remove(&mut tx, by, &acting, &user, role, &all, now).await?;
    tx.commit().await?;
    Ok(user)
}

/// Brings what somebody holds in line with what is wanted; an event for each difference.
pub(super) async fn change(
    tx: &mut Tx,
    by: &By,
    acting: &Acting,
    user: &User,
    wanted: &Wanted,
    now: Time,
) -> Result<(), Refusal> {
    if wanted.roles.is_empty() && wanted.permissions.is_empty() {
        return Ok(());
    }
    let (held, _) = grants::of_user(tx, user.id).await?;
    let all = roles::all(tx).await?;
    for (role, wanted) in &wanted.roles {
        let by_hand = held.roles.iter().any(|(it, source)| it == role && *source == GrantSource::Manual);
        match (by_hand, wanted) {
            (false, true) => add(tx, by, acting, user, role, &all, GrantSource::Manual, now).await?,
            (true, false) => remove(tx, by, acting, user, role, &all, now).await?,
            _ => {}
        }
    }
    for (permission, to) in &wanted.permissions {
        let from = Direct::of(&held, permission);
        if from != *to {
            set_direct(tx, by, acting, user, permission, from, *to, now).await?;
        }
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "one role for one person, from where, and who does it")]
pub(super) async fn add(
    tx: &mut Tx,
    by: &By,
    acting: &Acting,
    user: &User,
    role: &RoleName,
    all: &Roles,
    source: GrantSource,
    now: Time,
) -> Result<(), Refusal> {
    if !all.0.contains_key(role) {
        return Err(Refusal::NoRole(role.clone()));
    }
    if !acting.may.may_give(role, all) {
        return Err(Refusal::NotHeld(role.to_string()));
    }
    let added = match grants::add_role(tx, user.id, role, &source, now).await {
        // Somebody deleted it at this very moment.
        Err(error) if error.is_foreign_key() => return Err(Refusal::NoRole(role.clone())),
        added => added?,
    };
    if added {
        users::touch_version(tx, user.id).await?;
        let record = Record::new(Event::RoleGranted, acting.actor.clone(), &by.origin).about(user);
        record.change("role", "", role).detail(&source.word()).write(tx, now).await?;
    }
    Ok(())
}

async fn remove(
    tx: &mut Tx,
    by: &By,
    acting: &Acting,
    user: &User,
    role: &RoleName,
    all: &Roles,
    now: Time,
) -> Result<(), Refusal> {
    if !acting.may.may_give(role, all) {
        return Err(Refusal::NotHeld(role.to_string()));
    }
    if grants::remove_role(tx, user.id, role, &GrantSource::Manual).await? {
        users::touch_version(tx, user.id).await?;
        let record = Record::new(Event::RoleRevoked, acting.actor.clone(), &by.origin).about(user);
        record.change("role", role, "").detail("manual").write(tx, now).await?;
    }
    Ok(())
}

/// Whoever changes what somebody has of a permission must hold it.
#[expect(clippy::too_many_arguments, reason = "one change of one permission of one person, and who does it")]
async fn set_direct(
    tx: &mut Tx,
    by: &By,
    acting: &Acting,
    user: &User,
    permission: &Permission,
    from: Direct,
    to: Direct,
    now: Time,
) -> Result<(), Refusal> {
    if !acting.may.has(permission) {
        return Err(Refusal::NotHeld(permission.to_string()));
    }
    match to {
        Direct::Inherit => grants::clear_permission(tx, user.id, permission).await?,
        Direct::Grant => grants::set_permission(tx, user.id, permission, false, now).await?,
        Direct::Deny => grants::set_permission(tx, user.id, permission, true, now).await?,
    }
    users::touch_version(tx, user.id).await?;
    let record = Record::new(Event::PermissionChanged, acting.actor.clone(), &by.origin).about(user);
    Ok(record.change(permission.as_str(), from.word(), to.word()).write(tx, now).await?)
}
