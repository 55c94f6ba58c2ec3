use super::roles::catalogue;
use super::{HOSTILE, LONG, Set};
use crate::admin::Provenance;
use crate::admin::inspect::{self, Found, Inspect, Line, Path, Report};
use crate::{Href, Status, Tier};

pub(super) fn add(set: &mut Set) {
    let inspect = |user: &str, found| Inspect { admin: set.admin(), user: user.to_owned(), found };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let by_role = |chain: &[&str], from| Path::Role { chain: names(chain), from };
    let mut keys = catalogue().into_iter();
    let mut line = |denied, paths| keys.next().map(|permission| Line { permission, denied, paths });
    let lines = [
        line(false, vec![by_role(&["Auditor"], Provenance::Manual)]),
        line(
            false,
            vec![
                by_role(&["User Manager"], Provenance::Provider("Aldergate SSO".to_owned())),
                by_role(&["System Administrator", "User Manager"], Provenance::Approval),
                Path::Direct { from: Provenance::Manual },
            ],
        ),
        line(true, vec![by_role(&["System Administrator", HOSTILE, LONG], Provenance::Manual)]),
        line(true, vec![]),
    ];
    let report = Report {
        username: "amelia.chen".to_owned(),
        display_name: "Amelia Chen".to_owned(),
        number: 1281,
        status: Status::Active,
        tier: Tier::Standard,
        roles: names(&["Auditor", "System Administrator"]),
        edit: Some(Href::local("/admin/users/01935e2a-0000-7000-8000-000000001281")),
        lines: lines.into_iter().flatten().collect(),
        catalogue: 14,
    };
    let whole = |permission| Line { permission, denied: false, paths: vec![Path::Superuser] };
    let superuser = Report {
        username: LONG.to_owned(),
        display_name: HOSTILE.to_owned(),
        number: 1284,
        status: Status::Inactive,
        tier: Tier::Superuser,
        roles: vec![],
        edit: None,
        lines: catalogue().into_iter().map(whole).collect(),
        catalogue: 14,
    };
    let nothing = Report {
        username: "contact2991".to_owned(),
        display_name: "asdf".to_owned(),
        number: 1287,
        status: Status::Pending,
        tier: Tier::Standard,
        roles: vec![],
        edit: None,
        lines: vec![],
        catalogue: 14,
    };
    let states = [
        ("inspect", inspect("amelia.chen", Found::Person(report))),
        ("inspect-superuser", inspect(LONG, Found::Person(superuser))),
        ("inspect-nothing", inspect("contact2991", Found::Person(nothing))),
        ("inspect-start", inspect("", Found::NotAsked)),
        ("inspect-nobody", inspect(HOSTILE, Found::Nobody)),
    ];
    for (name, view) in states {
        set.page(name, inspect::page(&view));
    }
}
