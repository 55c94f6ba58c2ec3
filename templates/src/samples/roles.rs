use super::{HOSTILE, LONG, Set};
use crate::admin::role::{self, Add, Deletion, Holder, NotAdded, People, PermissionChoice, RoleChoice};
use crate::admin::roles::{self, Cell, Column, Problem, Roles, Row};
use crate::admin::{Barred, Flash, Permission, Provenance, RoleDifference};
use crate::{Href, Menu, Status, Tier};

pub(super) fn add(set: &mut Set) {
    matrices(set);
    single(set);
}

/// The gateway's own permissions and those of two upstreams.
pub(super) fn catalogue() -> Vec<Permission> {
    let own = [
        "admin.user:read",
        "admin.user:approve",
        "admin.user:manage",
        "admin.role:read",
        "admin.role:manage",
        "admin.session:read",
        "admin.session:revoke",
        "admin.audit:read",
        "admin.audit:export",
        "admin.settings:read",
        "admin.settings:manage",
    ];
    let theirs = [
        ("main.agentflow:manage", "Manage agentflows"),
        ("main.agentflow:view", "View agentflows"),
        ("wiki.page:edit", "Edit pages"),
    ];
    let permission =
        |key: &str, label: Option<&str>| Permission { key: key.to_owned(), label: label.map(str::to_owned) };
    let own = own.map(|key| permission(key, None)).into_iter();
    own.chain(theirs.map(|(key, label)| permission(key, Some(label)))).collect()
}

const ROLES: [(&str, &str, u64); 5] = [
    ("system-administrator", "System Administrator", 2),
    ("user-manager", "User Manager", 3),
    ("auditor", "Auditor", 4),
    ("agent-developer", "Agent Developer", 212),
    ("member", "Member", 1043),
];

fn matrix(set: &Set) -> Roles {
    let columns = ROLES.map(|(name, shown, people)| Column {
        name: name.to_owned(),
        display_name: shown.to_owned(),
        people,
        version: "7".to_owned(),
    });
    let cells = |at: usize| {
        let cell = |role: usize| Cell {
            checked: (at * 7 + role * 5) % 4 == role % 3,
            enabled: at != 4,
            inherited: role == 0 && at % 5 == 3,
        };
        (0..ROLES.len()).map(cell).collect()
    };
    let row = |(at, permission)| Row { permission, cells: cells(at) };
    Roles {
        admin: set.admin(),
        flash: None,
        problems: vec![],
        editable: true,
        superusers: 2,
        columns: columns.into(),
        rows: catalogue().into_iter().enumerate().map(row).collect(),
        total: 5,
        previous: None,
        next: None,
    }
}

fn matrices(set: &mut Set) {
    set.page("roles", roles::page(&matrix(set)));
    let mut looking = Roles { editable: false, ..matrix(set) };
    looking.admin.tier = Tier::Standard;
    looking.admin.menu = Menu { roles: true, ..Menu::default() };
    looking.admin.home = Href::local("/admin/roles");
    set.page("roles-looking", roles::page(&looking));
    let empty = Roles { columns: vec![], total: 0, ..matrix(set) };
    set.page("roles-empty", roles::page(&empty));
    let saved = vec![
        RoleDifference {
            role: "Auditor".to_owned(),
            added: vec!["admin.audit:export".to_owned(), "admin.session:read".to_owned()],
            removed: vec!["wiki.page:edit".to_owned()],
        },
        RoleDifference { role: HOSTILE.to_owned(), added: vec![], removed: vec![LONG.to_owned()] },
    ];
    let flashes = [
        ("roles-saved", Flash::RolesSaved { roles: saved }),
        ("roles-unchanged", Flash::RolesSaved { roles: vec![] }),
        ("roles-deleted", Flash::RoleDeleted { role: "Auditor".to_owned() }),
    ];
    for (name, flash) in flashes {
        set.page(name, roles::page(&Roles { flash: Some(flash), ..matrix(set) }));
    }
    let role = || HOSTILE.to_owned();
    let problems = vec![
        Problem::NotHeld { role: role(), permission: "admin.role:manage".to_owned() },
        Problem::Changed { role: role(), by: Some("daniel.reyes".to_owned()) },
        Problem::Changed { role: role(), by: None },
        Problem::Gone { role: role() },
    ];
    let mut long = Roles { problems, total: 31, ..matrix(set) };
    long.next = Some(Href::query("/admin/roles", [("after", "member")]));
    for (at, column) in long.columns.iter_mut().enumerate() {
        column.display_name = if at == 1 { HOSTILE } else { LONG }.to_owned();
    }
    let more: Vec<_> = (0..7).map(|at| format!("role-{at}")).collect();
    for name in more {
        long.columns.push(Column { display_name: name.clone(), name, people: 1, version: String::new() });
        for row in &mut long.rows {
            row.cells.push(Cell::default());
        }
    }
    set.page("roles-long", roles::page(&long));
}

fn auditor(set: &Set) -> role::Role {
    let permission = |(at, permission): (usize, Permission)| PermissionChoice {
        checked: permission.key.starts_with("admin.audit"),
        barred: (at == 4).then_some(Barred::NotHeld),
        inherited_from: if at == 0 {
            vec!["Member".to_owned(), "Agent Developer".to_owned()]
        } else {
            vec![]
        },
        permission,
    };
    let other = |(name, shown, _): (&str, &str, u64)| RoleChoice {
        name: name.to_owned(),
        display_name: shown.to_owned(),
        checked: name == "member",
        barred: match name {
            "system-administrator" => Some(Barred::Cycle),
            "user-manager" => Some(Barred::NotHeld),
            _ => None,
        },
    };
    let people = [
        ("daniel.reyes", "Daniel Reyes", Status::Active, vec![Provenance::Manual]),
        (
            "amelia.chen",
            "Amelia Chen",
            Status::Active,
            vec![Provenance::Provider("Aldergate SSO".to_owned())],
        ),
        ("d.brandt", "Dörte Brandt", Status::Inactive, vec![Provenance::Approval]),
        (LONG, HOSTILE, Status::Active, vec![Provenance::Manual, Provenance::Provider(HOSTILE.to_owned())]),
    ];
    let rows = people.map(|(username, name, status, from)| Holder {
        id: "01935e2a-0000-7000-8000-000000001270".to_owned(),
        username: username.to_owned(),
        display_name: name.to_owned(),
        status,
        can_view: true,
        can_remove: from.contains(&Provenance::Manual),
        from,
    });
    role::Role {
        admin: set.admin(),
        flash: None,
        name: Some("auditor".to_owned()),
        values: role::Values {
            name: "auditor".to_owned(),
            display_name: "Auditor".to_owned(),
            description: "Read the audit log and export it".to_owned(),
        },
        version: "7".to_owned(),
        problems: vec![],
        conflict: None,
        editable: true,
        permissions: catalogue().into_iter().enumerate().map(permission).collect(),
        supervises: ROLES.into_iter().filter(|(name, ..)| *name != "auditor").map(other).collect(),
        people: Some(People {
            rows: rows.into(),
            total: 31,
            previous: None,
            next: Some(Href::query("/admin/roles/auditor", [("after", "d.brandt")])),
        }),
        add: Some(Add::default()),
        delete: Some(Deletion::Held { people: 31 }),
    }
}

fn single(set: &mut Set) {
    set.page("role", role::page(&auditor(set)));
    let added = Flash::PeopleAdded {
        role: "Auditor".to_owned(),
        names: vec!["amelia.chen".to_owned(), LONG.to_owned()],
    };
    let removed = Flash::PersonRemoved { role: "Auditor".to_owned(), user: "amelia.chen".to_owned() };
    set.page("role-added", role::page(&role::Role { flash: Some(added), ..auditor(set) }));
    set.page("role-removed", role::page(&role::Role { flash: Some(removed), ..auditor(set) }));
    let nobody = People { rows: vec![], total: 0, previous: None, next: None };
    let unused = role::Role {
        flash: Some(Flash::RoleCreated { role: "Auditor".to_owned() }),
        people: Some(nobody),
        delete: Some(Deletion::Possible),
        ..auditor(set)
    };
    set.page("role-unused", role::page(&unused));
    let new = role::Role {
        name: None,
        values: role::Values::default(),
        version: String::new(),
        people: None,
        add: None,
        delete: None,
        ..auditor(set)
    };
    set.page("role-new", role::page(&new));
    let problems = vec![
        crate::Problem::RoleNameInvalid,
        crate::Problem::DisplayNameMissing,
        crate::Problem::DescriptionTooLong { max: 200 },
        crate::Problem::RoleCycle { role: HOSTILE.to_owned() },
        crate::Problem::PermissionNotHeld { permission: "admin.role:manage".to_owned() },
    ];
    let values =
        role::Values { name: LONG.to_owned(), display_name: String::new(), description: HOSTILE.repeat(4) };
    set.page("role-errors", role::page(&role::Role { values, problems, ..new }));
    let conflict = Some(role::Conflict { by: Some("daniel.reyes".to_owned()) });
    let line = |number, text: &str, why| role::Line { number, text: text.to_owned(), why };
    let add = Some(Add {
        typed: format!("nobody\namelia.chen\n{HOSTILE}"),
        problems: vec![
            line(1, "nobody", NotAdded::Unknown),
            line(2, "amelia.chen", NotAdded::AlreadyHolds),
            line(3, HOSTILE, NotAdded::SuperuserOnly),
            line(4, LONG, NotAdded::Pending),
            line(5, "a", NotAdded::NotHeld),
            line(6, "a", NotAdded::Twice),
        ],
    });
    set.page("role-conflict", role::page(&role::Role { conflict, ..auditor(set) }));
    set.page(
        "role-add-errors",
        role::page(&role::Role { add, delete: Some(Deletion::NotHeld), ..auditor(set) }),
    );
    let mut looking = role::Role { editable: false, add: None, delete: None, ..auditor(set) };
    for holder in looking.people.iter_mut().flat_map(|people| &mut people.rows) {
        (holder.can_view, holder.can_remove) = (false, false);
    }
    set.page("role-looking", role::page(&looking));
}
