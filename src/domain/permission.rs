//! Permissions and roles: what somebody may do, and by which ways they come by it.
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use super::user::Tier;

#[cfg(test)]
mod tests;
mod ways;

pub use ways::{Standing, WAYS_MAX, Way, inspect};

/// A permission's key, `scope.resource:action`: lower-case letters, digits and `-`, at most 100 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Permission(String);

impl Permission {
    /// Reads a key.
    pub fn parse(text: &str) -> Option<Self> {
        let (place, action) = text.split_once(':')?;
        let (scope, resource) = place.split_once('.')?;
        let good = text.len() <= 100 && is_word(scope) && is_word(action) && resource.split('.').all(is_word);
        good.then(|| Self(text.to_owned()))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one of the gateway's own scope, which the config file may not define.
    pub fn is_own(&self) -> bool {
        self.0.starts_with("admin.")
    }

    /// What stands before the action: `scope.resource`.
    pub fn resource(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lower-case letters and digits, `-` between them.
fn is_word(text: &str) -> bool {
    text.split('-')
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

macro_rules! rights {
    ($($(#[$doc:meta])* $variant:ident => $key:literal),+ $(,)?) => {
        /// The gateway's own permissions: what one may do in the admin section.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Right { $($(#[$doc])* $variant),+ }

        impl Right {
            /// Every one, in the order of pages.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its key.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key),+ }
            }
        }
    };
}

rights! {
    /// Look at users, decided applications and dormant accounts.
    UserRead => "admin.user:read",
    /// Decide on applications.
    UserApprove => "admin.user:approve",
    /// Change, deactivate and delete users, set passwords, assign roles that one holds.
    UserManage => "admin.user:manage",
    /// Look at roles and at what people may do.
    RoleRead => "admin.role:read",
    /// Change roles.
    RoleManage => "admin.role:manage",
    /// Look at who is signed in.
    SessionRead => "admin.session:read",
    /// End other people's sessions.
    SessionRevoke => "admin.session:revoke",
    /// Look at the audit log.
    AuditRead => "admin.audit:read",
    /// Export it.
    AuditExport => "admin.audit:export",
    /// Look at settings and providers.
    SettingsRead => "admin.settings:read",
    /// Change settings.
    SettingsManage => "admin.settings:manage",
}

impl Right {
    /// Those that include this one: whoever may change something may look at it.
    const fn included_in(self) -> &'static [Self] {
        match self {
            Self::UserRead => &[Self::UserApprove, Self::UserManage],
            Self::RoleRead => &[Self::RoleManage],
            Self::SessionRead => &[Self::SessionRevoke],
            Self::AuditRead => &[Self::AuditExport],
            Self::SettingsRead => &[Self::SettingsManage],
            _ => &[],
        }
    }
}

impl From<Right> for Permission {
    fn from(right: Right) -> Self {
        Self(right.key().to_owned())
    }
}

/// Every permission there is: the gateway's own, and those that the config file defines for upstreams with
/// the words that people read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue(Vec<(Permission, Option<String>)>);

impl Default for Catalogue {
    fn default() -> Self {
        Self(Right::ALL.iter().map(|right| (Permission::from(*right), None)).collect())
    }
}

impl Catalogue {
    /// Adds an upstream's.
    pub fn add(&mut self, permission: Permission, label: String) {
        self.0.push((permission, Some(label)));
    }

    /// Whether there is such a permission.
    pub fn contains(&self, permission: &Permission) -> bool {
        self.0.iter().any(|(known, _)| known == permission)
    }

    /// All of them, the gateway's own first; those have no label.
    pub fn iter(&self) -> impl Iterator<Item = (&Permission, Option<&str>)> {
        self.0.iter().map(|(permission, label)| (permission, label.as_deref()))
    }
}

/// What an action of the admin section asks of whoever wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// One of the gateway's own permissions.
    May(Right),
    /// One of these two.
    Either(Right, Right),
    /// Any of them.
    AnyRight,
    /// To be a superuser.
    Superuser,
}

/// A role's name, in kebab-case and at most 64 bytes; never changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct RoleName(String);

impl RoleName {
    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() <= 64 && is_word(text)).then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A bundle of permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// What people call it.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// What it gives by itself.
    pub permissions: BTreeSet<Permission>,
    /// Roles of which it has the permissions too, and so on.
    pub supervises: BTreeSet<RoleName>,
    /// Counts the changes.
    pub version: i64,
}

/// All roles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(pub BTreeMap<RoleName, Role>);

impl Roles {
    /// The role itself and all that it supervises, directly or not. Ends on any graph.
    pub fn below(&self, name: &RoleName) -> BTreeSet<RoleName> {
        let mut found = BTreeSet::new();
        let mut next = vec![name];
        while let Some(name) = next.pop() {
            if let Some((name, role)) = self.0.get_key_value(name)
                && found.insert(name.clone())
            {
                next.extend(&role.supervises);
            }
        }
        found
    }

    /// Whether `name` would supervise itself in the end if it supervised `other`.
    pub fn would_cycle(&self, name: &RoleName, other: &RoleName) -> bool {
        name == other || self.below(other).contains(name)
    }

    /// What a role gives in all.
    pub fn permissions(&self, name: &RoleName) -> BTreeSet<Permission> {
        let roles = self.below(name);
        roles.iter().filter_map(|name| self.0.get(name)).flat_map(|role| role.permissions.clone()).collect()
    }
}

/// Where a grant came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantSource {
    /// An administrator's hand.
    Manual,
    /// The decision on the application.
    Approval,
    /// The groups that this provider told.
    Provider(String),
}

impl GrantSource {
    /// The word in the database and in the audit log.
    pub fn word(&self) -> String {
        match self {
            Self::Manual => "manual".to_owned(),
            Self::Approval => "approval".to_owned(),
            Self::Provider(name) => format!("provider:{name}"),
        }
    }

    /// Reads [`Self::word`]; what nobody writes reads as an administrator's.
    pub fn parse(word: &str) -> Self {
        match word.split_once(':') {
            Some(("provider", name)) => Self::Provider(name.to_owned()),
            _ if word == "approval" => Self::Approval,
            _ => Self::Manual,
        }
    }
}

/// What was given to one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Roles, with where each came from; one role may come twice.
    pub roles: Vec<(RoleName, GrantSource)>,
    /// Single permissions.
    pub direct: Vec<(Permission, GrantSource)>,
    /// Permissions that are taken away, whoever gives them.
    pub denied: BTreeSet<Permission>,
}

/// What somebody may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effective {
    /// May everything.
    pub superuser: bool,
    /// Roles held by name.
    pub roles: BTreeSet<RoleName>,
    /// Roles held, and those that they supervise.
    pub reach: BTreeSet<RoleName>,
    /// (roles ∪ supervised roles ∪ grants) − denies.
    pub permissions: BTreeSet<Permission>,
    /// What is taken away, whatever includes it.
    pub denied: BTreeSet<Permission>,
}

impl Effective {
    /// What the tier and the grants come to.
    pub fn of(tier: Tier, grants: &Grants, roles: &Roles) -> Self {
        let held: BTreeSet<_> = grants.roles.iter().map(|(role, _)| role.clone()).collect();
        let reach: BTreeSet<_> = held.iter().flat_map(|role| roles.below(role)).collect();
        let by_role = reach.iter().filter_map(|name| roles.0.get(name)).flat_map(|role| &role.permissions);
        let direct = grants.direct.iter().map(|(permission, _)| permission);
        let permissions = by_role.chain(direct).filter(|it| !grants.denied.contains(*it)).cloned().collect();
        let denied = grants.denied.clone();
        Self { superuser: tier == Tier::Superuser, roles: held, reach, permissions, denied }
    }

    /// Whoever sits at the server's command line.
    pub fn all() -> Self {
        Self { superuser: true, ..Self::default() }
    }

    /// Whether this permission is among them.
    pub fn has(&self, permission: &Permission) -> bool {
        self.superuser || self.permissions.contains(permission)
    }

    /// Whether one of the gateway's own permissions is among them, or one that includes it.
    pub fn may(&self, right: Right) -> bool {
        let is_among =
            |set: &BTreeSet<Permission>, right: Right| set.iter().any(|it| it.as_str() == right.key());
        self.superuser
            || is_among(&self.permissions, right)
            || (!is_among(&self.denied, right)
                && right.included_in().iter().any(|other| is_among(&self.permissions, *other)))
    }

    /// Whether an action is open to them.
    pub fn meets(&self, need: Need) -> bool {
        match need {
            Need::May(right) => self.may(right),
            Need::Either(one, other) => self.may(one) || self.may(other),
            Need::AnyRight => Right::ALL.iter().any(|right| self.may(*right)),
            Need::Superuser => self.superuser,
        }
    }

    /// Whether they may hand this role to somebody, or take it back: they hold it, or one that supervises it, and everything
    /// that it gives.
    pub fn may_give(&self, role: &RoleName, roles: &Roles) -> bool {
        self.superuser || (self.reach.contains(role) && roles.permissions(role).iter().all(|it| self.has(it)))
    }

    /// Whether they may change the account of somebody: never a superuser's, nor that of somebody who may do
    /// in the admin section what they may not.
    pub fn may_change(&self, other: &Self) -> bool {
        let mut rights = Right::ALL.iter().filter(|right| other.may(**right));
        self.superuser || (!other.superuser && rights.all(|right| self.may(*right)))
    }
}
