use super::forms::RULES;
use super::roles::catalogue;
use super::{HOSTILE, LONG, Set};
use crate::admin::edit::{
    self, Conflict, Difference, Direct, Edit, Field, Locked, PermissionChoice, ReadOnly, RoleChoice, User,
    Values,
};
use crate::admin::{Barred, Permission, Provenance};
use crate::{Href, Identity, Problem, Source, Status, Tier, Unlink};

fn local_user(set: &Set) -> Edit {
    Edit {
        admin: set.admin(),
        user: User {
            id: "01935e2a-0000-7000-8000-000000001270".to_owned(),
            number: 1270,
            username: "lucas.ferreira".to_owned(),
            display_name: "Lucas Ferreira".to_owned(),
            registered: set.last_year(7, 29),
            source: Source::Local,
            status: Status::Active,
            reason: None,
            rejected: None,
            identities: vec![],
            sessions: 2,
        },
        values: Values {
            display_name: "Lucas Ferreira".to_owned(),
            email: "lucas@ferreira-consulting.example".to_owned(),
            username: "lucas.ferreira".to_owned(),
            status: Status::Active,
            tier: Tier::Standard,
            expires: String::new(),
            must_change: true,
        },
        version: "14".to_owned(),
        problems: vec![],
        conflict: None,
        managed_by: None,
        read_only: None,
        can_change_tier: true,
        can_decide: true,
        locked: None,
        can_end_sessions: true,
        can_delete: true,
        password_rules: Some(RULES.into()),
        one_time: Some((set.at(11, 22, 13, 58), false)),
        roles: role_choices(),
        permissions: catalogue().into_iter().enumerate().map(permission_choice).collect(),
        history: Some(Href::query("/admin/audit", [("target", "lucas.ferreira")])),
        inspect: Some(Href::query("/admin/roles/inspect", [("user", "lucas.ferreira")])),
    }
}

fn role_choices() -> Vec<RoleChoice> {
    let role = |name: &str, shown: &str, description: &str| RoleChoice {
        name: name.to_owned(),
        display_name: shown.to_owned(),
        description: description.to_owned(),
        checked: name == "user-manager",
        given_by: match name {
            "agent-developer" => Some(Provenance::Provider("Aldergate SSO".to_owned())),
            "member" => Some(Provenance::Approval),
            _ => None,
        },
        barred: (name == "system-administrator").then_some(Barred::NotHeld),
    };
    vec![
        role("system-administrator", "System Administrator", "Settings, identity providers, all sessions"),
        role("user-manager", "User Manager", "Approve, edit and deactivate users"),
        role("auditor", "Auditor", "Read the audit log and export it"),
        role("agent-developer", "Agent Developer", "Build and test agents"),
        role("member", "Member", ""),
    ]
}

fn permission_choice((at, permission): (usize, Permission)) -> PermissionChoice {
    let direct = match at {
        5 => Direct::Grant,
        8 => Direct::Deny,
        _ => Direct::Inherit,
    };
    PermissionChoice { permission, direct, barred: (at == 4).then_some(Barred::NotHeld) }
}

fn sso_user(set: &Set) -> Edit {
    let mut view = local_user(set);
    view.user.source = Source::Sso;
    view.user.identities = vec![Identity {
        provider: "Aldergate SSO".to_owned(),
        name: "amelia.chen@aldergate.example".to_owned(),
        linked: set.last_year(3, 18),
        unlink: Some(Unlink::By("n4bQgYhMfWWaLqgxVrQFaO".to_owned())),
    }];
    view.managed_by = Some("Aldergate SSO".to_owned());
    view.password_rules = None;
    view
}

pub(super) fn add(set: &mut Set) {
    set.page("user-edit-local", edit::page(&local_user(set)));
    set.fragment("user-edit-fragment", edit::fragment(&local_user(set)));
    let mut promoting = sso_user(set);
    promoting.values.tier = Tier::Superuser;
    promoting.values.status = Status::Inactive;
    set.page("user-edit", edit::page(&promoting));
    let mut guarded = sso_user(set);
    guarded.can_delete = false;
    let username = "soyeon.park".to_owned();
    guarded.problems = vec![
        Problem::LastSuperuserStatus { username: username.clone(), own: false },
        Problem::LastSuperuserTier { username, own: true },
    ];
    set.page("user-edit-guard", edit::page(&guarded));
    set.fragment("user-edit-guard-fragment", edit::fragment(&guarded));
    let mut wrong = local_user(set);
    wrong.can_change_tier = false;
    wrong.one_time = Some((set.at(11, 20, 9, 30), true));
    wrong.values.email = HOSTILE.to_owned();
    wrong.values.username = LONG.to_owned();
    wrong.problems = vec![
        Problem::DisplayNameMissing,
        Problem::EmailTaken,
        Problem::UsernameTaken,
        Problem::TierNotAllowed,
        Problem::PasswordTooLong { max: 128 },
    ];
    set.page("user-edit-errors", edit::page(&wrong));
    let mut beaten = local_user(set);
    let difference =
        |field, theirs: &str, yours: &str| Difference { field, theirs: theirs.into(), yours: yours.into() };
    beaten.values.display_name = HOSTILE.to_owned();
    beaten.values.tier = Tier::Superuser;
    beaten.conflict = Some(Conflict {
        by: Some("daniel.reyes".to_owned()),
        fields: vec![
            difference(Field::DisplayName, "Lucas Ferreira", HOSTILE),
            difference(Field::Status, "inactive", "active"),
            difference(Field::Tier, "standard", "superuser"),
        ],
    });
    set.page("user-edit-conflict", edit::page(&beaten));
    let problems = vec![
        Problem::ExpiresInvalid,
        Problem::RoleNotHeld { role: HOSTILE.to_owned() },
        Problem::PermissionNotHeld { permission: "admin.role:manage".to_owned() },
    ];
    set.page("user-edit-rights", edit::page(&Edit { problems, ..local_user(set) }));
    let locked = Some(Locked { until: set.at(11, 22, 14, 45), failures: 10 });
    set.page("user-edit-locked", edit::page(&Edit { locked: locked.clone(), ..local_user(set) }));
    let mut looking =
        Edit { locked, read_only: Some(ReadOnly::LookOnly), can_delete: false, ..local_user(set) };
    looking.values.expires = "2026-12-31".to_owned();
    looking.can_end_sessions = false;
    set.page("user-looking", edit::page(&looking));
    set.fragment("user-looking-fragment", edit::fragment(&looking));
    looking.locked = None;
    looking.read_only = Some(ReadOnly::SuperuserOnly);
    looking.values.tier = Tier::Superuser;
    (looking.roles, looking.permissions) = (vec![], vec![]);
    (looking.history, looking.inspect) = (None, None);
    looking.user.status = Status::Pending;
    set.page("user-looking-superuser", edit::page(&looking));
    let mut waiting = local_user(set);
    waiting.user.status = Status::Pending;
    waiting.user.sessions = 0;
    waiting.user.reason = Some(HOSTILE.to_owned());
    set.page("user-edit-pending", edit::page(&waiting));
    set.fragment("user-edit-pending-fragment", edit::fragment(&waiting));
}
