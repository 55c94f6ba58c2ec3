use proptest::prelude::*;

use super::*;

fn permission(n: usize) -> Permission {
    Permission::parse(&format!("main.thing-{n}:do")).unwrap()
}

fn role(n: usize) -> RoleName {
    RoleName::parse(&format!("role-{n}")).unwrap()
}

#[test]
fn keys_are_read_as_they_are_written_and_nothing_else_is() {
    for good in ["admin.user:read", "main.agentflow:manage", "a.b.c:d", "a-1.b-2:c-3"] {
        assert_eq!(Permission::parse(good).unwrap().as_str(), good);
    }
    for bad in [
        "", "a", "a:b", "a.b", "a.b:", ".b:c", "a.:c", "A.b:c", "a.b:c d", "a.b:c:d", "a..b:c", "a.b-:c",
        "a.b:*",
    ] {
        assert!(Permission::parse(bad).is_none(), "{bad}");
    }
    assert!(Permission::parse(&format!("a.{}:b", "x".repeat(100))).is_none());
    for right in Right::ALL {
        assert!(Permission::parse(right.key()).is_some_and(|it| it.is_own()), "{right:?}");
    }
    for bad in ["", "-a", "a-", "A", "a_b", "a b", "a--b"] {
        assert!(RoleName::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn a_superuser_has_all_whatever_is_denied() {
    let grants = Grants { denied: [permission(1)].into(), ..Grants::default() };
    let all = Effective::of(Tier::Superuser, &grants, &Roles::default());
    assert!(all.has(&permission(1)) && all.meets(Need::Superuser));
    let known = [permission(1)];
    assert!(inspect(Tier::Superuser, &grants, &Roles::default(), known.iter())[&permission(1)].holds());
}

#[test]
fn nobody_gives_a_role_that_they_do_not_hold_or_that_gives_more_than_they_have() {
    let roles = Roles(
        [
            (role(1), Role { supervises: [role(2)].into(), ..Role::default() }),
            (role(2), Role { permissions: [permission(2)].into(), ..Role::default() }),
            (role(3), Role::default()),
        ]
        .into(),
    );
    let holder = Grants { roles: vec![(role(1), GrantSource::Manual)], ..Grants::default() };
    let free = Effective::of(Tier::Standard, &holder, &roles);
    assert!(free.may_give(&role(1), &roles) && free.may_give(&role(2), &roles));
    assert!(!free.may_give(&role(3), &roles));
    let held_back = Grants { denied: [permission(2)].into(), ..holder };
    let less = Effective::of(Tier::Standard, &held_back, &roles);
    assert!(!less.may_give(&role(1), &roles) && !less.may_give(&role(2), &roles));
}

#[test]
fn nobody_changes_whoever_may_more() {
    let with = |rights: &[Right]| Effective {
        permissions: rights.iter().map(|right| Permission::from(*right)).collect(),
        ..Effective::default()
    };
    let (few, more) = (with(&[Right::UserManage]), with(&[Right::UserManage, Right::AuditRead]));
    assert!(more.may_change(&few) && few.may_change(&few) && few.may_change(&Effective::default()));
    assert!(!few.may_change(&more));
    assert!(!more.may_change(&Effective::all()) && Effective::all().may_change(&Effective::all()));
}

#[test]
fn no_giver_goes_untold_however_tangled_the_roles_are() {
    let name = |layer: usize, side: usize| RoleName::parse(&format!("layer-{layer}-{side}")).unwrap();
    let mut roles = Roles::default();
    for layer in 0..20 {
        for side in 0..2 {
            let below =
                if layer < 19 { [name(layer + 1, 0), name(layer + 1, 1)].into() } else { BTreeSet::new() };
            roles.0.insert(name(layer, side), Role { supervises: below, ..Role::default() });
        }
    }
    let late = RoleName::parse("zz-late").unwrap();
    roles.0.insert(late.clone(), Role { permissions: [permission(1)].into(), ..Role::default() });
    roles.0.get_mut(&name(0, 0)).unwrap().supervises.insert(late);
    let grants = Grants { roles: vec![(name(0, 0), GrantSource::Manual)], ..Grants::default() };
    assert!(Effective::of(Tier::Standard, &grants, &roles).has(&permission(1)));
    assert!(inspect(Tier::Standard, &grants, &roles, [].into_iter())[&permission(1)].holds());
}

const MOST: usize = 7;

prop_compose! {
    /// Any graph of roles, cycles included, and any grants.
    fn a_world()(
        gives in prop::collection::vec(prop::collection::btree_set(0..MOST, 0..3), MOST),
        above in prop::collection::vec(prop::collection::btree_set(0..MOST, 0..3), MOST),
        held in prop::collection::vec(0..MOST, 0..4),
        direct in prop::collection::vec(0..MOST, 0..3),
        denied in prop::collection::btree_set(0..MOST, 0..3),
    ) -> (Roles, Grants) {
        let roles = (0..MOST).map(|n| (role(n), Role {
            permissions: gives[n].iter().map(|n| permission(*n)).collect(),
            supervises: above[n].iter().map(|n| role(*n)).collect(),
            ..Role::default()
        }));
        let grants = Grants {
            roles: held.iter().map(|n| (role(*n), GrantSource::Manual)).collect(),
            direct: direct.iter().map(|n| (permission(*n), GrantSource::Approval)).collect(),
            denied: denied.iter().map(|n| permission(*n)).collect(),
        };
        (Roles(roles.collect()), grants)
    }
}

/// Whether `from` supervises `to` in at most as many steps as there are roles: by trying all, with a table.
fn reachable(roles: &Roles) -> [[bool; MOST]; MOST] {
    let mut table = [[false; MOST]; MOST];
    for (from, row) in table.iter_mut().enumerate() {
        row[from] = true;
        for (to, cell) in row.iter_mut().enumerate() {
            *cell |= roles.0[&role(from)].supervises.contains(&role(to));
        }
    }
    for via in 0..MOST {
        for from in 0..MOST {
            for to in 0..MOST {
                table[from][to] |= table[from][via] && table[via][to];
            }
        }
    }
    table
}

proptest! {
    #[test]
    fn effective_permissions_are_those_of_the_naive_model((roles, grants) in a_world()) {
        let table = reachable(&roles);
        let effective = Effective::of(Tier::Standard, &grants, &roles);
        let ways = inspect(Tier::Standard, &grants, &roles, [].into_iter());
        for n in 0..MOST {
            let wanted = permission(n);
            let by_role = (0..MOST).any(|held| grants.roles.iter().any(|(name, _)| *name == role(held))
                && (0..MOST).any(|giver| table[held][giver] && roles.0[&role(giver)].permissions.contains(&wanted)));
            let given = by_role || grants.direct.iter().any(|(it, _)| *it == wanted);
            let has = given && !grants.denied.contains(&wanted);
            prop_assert_eq!(effective.has(&wanted), has);
            prop_assert_eq!(ways.get(&wanted).is_some_and(Standing::holds), has);
            prop_assert_eq!(ways.get(&wanted).is_some_and(|it| !it.ways.is_empty()), given);
        }
        for (permission, standing) in &ways {
            for way in &standing.ways {
                if let Way::Roles(chain, _) = way {
                    prop_assert!(roles.0[chain.last().unwrap()].permissions.contains(permission));
                    prop_assert!(chain.windows(2).all(|pair| roles.0[&pair[0]].supervises.contains(&pair[1])));
                }
            }
        }
    }

    #[test]
    fn a_supervision_is_refused_exactly_when_it_would_close_a_circle((roles, _) in a_world(), a in 0..MOST, b in 0..MOST) {
        prop_assert_eq!(roles.would_cycle(&role(a), &role(b)), a == b || reachable(&roles)[b][a]);
    }
}
