//! What an upstream learns of somebody: as much as was chosen for it, and no more than fits.
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{
    config::Tells,
    domain::{
        permission::{Permission, RoleName},
        principal::Principal,
        session::Session,
        time::Time,
        user::{User, UserId},
    },
};

/// The longest list that is told, in bytes: servers commonly take headers of 8 KiB, and an assertion grows by a third
/// when it is encoded.
const LIST_MAX: usize = 4096;

/// What an upstream learned of somebody, and by which session, in so few bytes that every open stream remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u64);

/// What an upstream learns.
pub(super) struct Learned<'p> {
    pub(super) user: &'p User,
    /// Once somebody vouched for it.
    pub(super) email: Option<&'p str>,
    /// Roles held by name, unless they are too many: part of them could be taken for all.
    pub(super) roles: Option<Vec<&'p str>>,
    /// Permissions, unless they are too many to go with the roles.
    pub(super) permissions: Option<Vec<&'p str>>,
}

impl<'p> Learned<'p> {
    pub(super) fn of(tells: &'p Tells, principal: &'p Principal) -> Self {
        let Principal { user, may, .. } = principal;
        let meant = |role: &&str| tells.roles.iter().any(|begins| role.starts_with(begins.as_str()));
        let roles: Vec<_> = may.roles.iter().map(RoleName::as_str).filter(meant).collect();
        let held = tells.permissions.iter().filter(|permission| may.has(permission));
        let permissions: Vec<_> = held.map(Permission::as_str).collect();
        let fit = length(&roles) <= LIST_MAX;
        let left = LIST_MAX.saturating_sub(if fit { length(&roles) } else { 0 });
        Self {
            user,
            email: user.email_trusted.then(|| user.email.as_str()),
            roles: fit.then_some(roles),
            permissions: (length(&permissions) <= left).then_some(permissions),
        }
    }

    pub(super) fn fingerprint(&self, session: &Session) -> Fingerprint {
        let Self { user, email, roles, permissions } = self;
        let mut hasher = DefaultHasher::new();
        (user.id, user.tier, &user.username, user.display_name.as_str(), email).hash(&mut hasher);
        (roles, permissions, &session.handle).hash(&mut hasher);
        Fingerprint(hasher.finish())
    }

    /// Whether nothing was left out.
    pub(super) fn is_whole(&self) -> bool {
        self.roles.is_some() && self.permissions.is_some()
    }
}

/// In bytes, with a comma between each two.
fn length(list: &[&str]) -> usize {
    list.iter().map(|text| text.len() + 1).sum::<usize>().saturating_sub(1)
}

const EVERY: Duration = Duration::from_secs(60);
const PEOPLE_MAX: usize = 1000;

/// Of whom the log was told that they have too much: once a minute each, not with every request.
#[derive(Debug, Default)]
pub(super) struct Quiet(Mutex<HashMap<UserId, Time>>);

impl Quiet {
    /// Whether it is time to say it again.
    pub(super) fn may_speak(&self, of: UserId, now: Time) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() >= PEOPLE_MAX {
            said.retain(|_, at| now.since(*at) < EVERY);
        }
        let lately = said.get(&of).is_some_and(|at| now.since(*at) < EVERY);
        if lately || said.len() >= PEOPLE_MAX {
            return false;
        }
        said.insert(of, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Config,
        domain::permission::{Effective, Right},
        gateway::tests::a_principal,
    };

    fn holding(roles: &[&str], permissions: &[&str], superuser: bool) -> Principal {
        let roles = roles.iter().map(|text| RoleName::parse(text).unwrap()).collect();
        let permissions = permissions.iter().map(|text| Permission::parse(text).unwrap()).collect();
        Principal {
            may: Effective { superuser, roles, permissions, ..Effective::default() },
            ..a_principal()
        }
    }

    fn tells(more: &str) -> Tells {
        let defined = "[permissions]\n'wiki.page:edit' = 'Edit'\n'wiki.page:read' = 'Read'\n'shop.cart:fill' = 'Fill'\n";
        let upstream = "[[upstream]]\nname = 'wiki'\nhost = 'wiki.example.com'\n";
        Config::from_text(&format!("{defined}{upstream}{more}")).unwrap().upstreams[0].tells.clone()
    }

    #[test]
    fn an_upstream_is_told_what_it_was_chosen_for() {
        let carol = holding(&["shop-clerk", "wiki-author"], &["wiki.page:edit", "gone.page:edit"], false);
        for (more, roles, permissions) in [
            ("", &["shop-clerk", "wiki-author"][..], &[][..]),
            ("roles = ['wiki-']\npermissions = ['wiki.']", &["wiki-author"], &["wiki.page:edit"]),
            ("roles = ['w', 'wiki-', 'x']", &["wiki-author"], &[]),
            ("roles = []\npermissions = ['shop.']", &[], &[]),
            ("permissions = ['']", &["shop-clerk", "wiki-author"], &["wiki.page:edit"]),
        ] {
            let tells = tells(more);
            let learned = Learned::of(&tells, &carol);
            assert_eq!(
                (learned.roles.unwrap(), learned.permissions.unwrap()),
                (roles.to_vec(), permissions.to_vec()),
                "{more}"
            );
        }
    }

    #[test]
    fn a_superuser_holds_every_permission_there_is() {
        let boss = holding(&[], &[], true);
        let wiki = tells("permissions = ['wiki.']");
        assert_eq!(Learned::of(&wiki, &boss).permissions.unwrap(), ["wiki.page:edit", "wiki.page:read"]);
        let all = tells("permissions = ['']");
        assert_eq!(Learned::of(&all, &boss).permissions.unwrap().len(), 3 + Right::ALL.len());
        let own = tells("permissions = ['admin.user:']");
        assert_eq!(Learned::of(&own, &boss).permissions.unwrap().len(), 3);
    }

    #[test]
    fn what_does_not_fit_is_left_out_whole() {
        // 64 bytes each, and a comma between: 62 leave room for the permission, 63 fit, 64 do not.
        let names: Vec<_> = (0..64).map(|n| format!("wiki-{n:059}")).collect();
        let held: Vec<_> = names.iter().map(String::as_str).collect();
        let tells = tells("permissions = ['wiki.']");
        for (count, roles, permissions) in [(62, true, true), (63, true, false), (64, false, true)] {
            let carol = holding(&held[..count], &["wiki.page:edit"], false);
            let learned = Learned::of(&tells, &carol);
            assert_eq!(
                (learned.roles.is_some(), learned.permissions.is_some()),
                (roles, permissions),
                "{count}"
            );
            assert_eq!(learned.is_whole(), count == 62);
            assert!(learned.roles.is_none_or(|told| told.len() == count), "all of them or none");
        }
    }

    #[test]
    fn the_log_is_told_once_a_minute_of_each() {
        let (quiet, ids) = (Quiet::default(), |n: u128| UserId(uuid::Uuid::from_u128(n)));
        let at = |second: u64| Time::from_micros(1_000_000) + Duration::from_secs(second);
        assert!(quiet.may_speak(ids(1), at(0)) && !quiet.may_speak(ids(1), at(59)));
        assert!(quiet.may_speak(ids(2), at(59)) && quiet.may_speak(ids(1), at(60)));
        for n in 0..5000 {
            quiet.may_speak(ids(n), at(60));
        }
        assert!(quiet.0.lock().unwrap().len() <= PEOPLE_MAX);
        assert!(quiet.may_speak(ids(6000), at(121)), "who was told of a minute ago makes room");
    }
}
