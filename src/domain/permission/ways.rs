//! By which ways somebody comes by what they may do: for people who look, never for decisions.
use std::collections::{BTreeMap, BTreeSet};

use super::{GrantSource, Grants, Permission, RoleName, Roles, Tier};

/// One way by which somebody comes by a permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// By their tier.
    Superuser,
    /// By itself.
    Direct(GrantSource),
    /// By a role that they hold, and those between it and the one that has the permission, which is last.
    Roles(Vec<RoleName>, GrantSource),
}

/// A permission that somebody has, or would have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Taken away again, which wins over every way but the tier.
    pub denied: bool,
    /// Every way, at most [`WAYS_MAX`].
    pub ways: Vec<Way>,
}

impl Standing {
    /// Whether the permission is there in the end.
    pub fn holds(&self) -> bool {
        self.ways.contains(&Way::Superuser) || (!self.denied && !self.ways.is_empty())
    }
}

/// Ways that are told of one permission; tangled roles can have thousands.
pub const WAYS_MAX: usize = 50;

/// Every permission that somebody has or would have, and by which ways. `known` is the catalogue, of which a
/// superuser has all.
pub fn inspect<'a>(
    tier: Tier,
    grants: &Grants,
    roles: &Roles,
    known: impl Iterator<Item = &'a Permission>,
) -> BTreeMap<Permission, Standing> {
    let mut found: BTreeMap<Permission, Standing> = BTreeMap::new();
    let mut add = |permission: &Permission, way: Way| {
        let ways = &mut found.entry(permission.clone()).or_default().ways;
        if ways.len() < WAYS_MAX && !ways.contains(&way) {
            ways.push(way);
        }
    };
    if tier == Tier::Superuser {
        known.for_each(|permission| add(permission, Way::Superuser));
    }
    for (permission, source) in &grants.direct {
        add(permission, Way::Direct(source.clone()));
    }
    for (role, source) in &grants.roles {
        for chain in shortest(roles, role) {
            let giver = chain.last().and_then(|name| roles.0.get(name));
            for permission in giver.iter().flat_map(|role| &role.permissions) {
                add(permission, Way::Roles(chain.clone(), source.clone()));
            }
        }
        walk(roles, &mut vec![role.clone()], &mut 0, &mut |permission, chain| {
            add(permission, Way::Roles(chain.to_vec(), source.clone()));
        });
    }
    for permission in &grants.denied {
        found.entry(permission.clone()).or_default().denied = true;
    }
    found
}

/// The shortest chain from a role to each that it reaches, so that no giver goes untold.
fn shortest(roles: &Roles, from: &RoleName) -> Vec<Vec<RoleName>> {
    let mut chains: Vec<Vec<RoleName>> = vec![vec![from.clone()]];
    let mut seen: BTreeSet<&RoleName> = [from].into();
    let mut at = 0;
    while let Some(chain) = chains.get(at).cloned() {
        let below = chain.last().and_then(|name| roles.0.get(name)).map(|role| &role.supervises);
        for name in below.into_iter().flatten() {
            if seen.insert(name) {
                chains.push([chain.as_slice(), std::slice::from_ref(name)].concat());
            }
        }
        at += 1;
    }
    chains
}

/// Steps that are taken through the roles below one, however tangled they are.
const STEPS_MAX: usize = 10_000;

/// Goes down every chain of supervision from the last role of `chain`.
fn walk(
    roles: &Roles,
    chain: &mut Vec<RoleName>,
    steps: &mut usize,
    tell: &mut dyn FnMut(&Permission, &[RoleName]),
) {
    *steps += 1;
    let Some(role) = chain.last().and_then(|name| roles.0.get(name)) else { return };
    for permission in &role.permissions {
        tell(permission, chain);
    }
    for below in &role.supervises {
        if *steps < STEPS_MAX && !chain.contains(below) {
            chain.push(below.clone());
            walk(roles, chain, steps, tell);
            chain.pop();
        }
    }
}
