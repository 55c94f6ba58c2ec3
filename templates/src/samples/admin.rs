use super::forms::RULES;
use super::people::{applicants, long_rows, rows};
use super::roles::catalogue;
use super::{HOSTILE, LONG, Set};
use crate::admin::delete::{self, Application, Applications, Delete, Selected};
use crate::admin::edit::{
    self, Conflict, Difference, Direct, Edit, Field, PermissionChoice, ReadOnly, RoleChoice, User, Values,
};
use crate::admin::users::{self, Queue, Table, Totals, Users};
use crate::admin::{
    self, Barred, Decision, Failed, Filter, Flash, Permission, Provenance, Refusal, Refused, Sort, SortKey,
    SourceFilter,
};
use crate::{AdminFrame, Href, Identity, Menu, Problem, Source, Status, Tier};

pub(super) fn add(set: &mut Set) {
    lists(set);
    flashes(set);
    edits(set);
    deletions(set);
}

fn list(set: &Set) -> Users {
    Users {
        admin: set.admin(),
        flash: None,
        totals: Totals {
            total: 1284,
            sso: 868,
            local: 416,
            pending: 4,
            oldest_days: Some(3),
            active: 1219,
            inactive: 61,
            dormant: Some(9),
            dormant_days: 90,
        },
        filter: Filter::none(),
        queue: Some(Queue { rows: applicants(set), total: 4, can_decide: true }),
        table: Table {
            rows: rows(set),
            total: 1284,
            previous: None,
            next: Some(Filter::none().href([("after", "1229")])),
            in_other_statuses: None,
        },
        roles: [("user-manager", "User Manager"), ("auditor", "Auditor")]
            .map(|(name, shown)| (name.to_owned(), shown.to_owned()))
            .into(),
        export: Some(Href::local("/admin/users.csv")),
    }
}

fn lists(set: &mut Set) {
    set.page("users", users::page(&list(set)));
    let mut selected = list(set);
    for applicant in selected.queue.iter_mut().flat_map(|queue| &mut queue.rows).take(2) {
        applicant.selected = true;
    }
    set.page("users-selected", users::page(&selected));
    let filter = Filter {
        q: "zhang".to_owned(),
        status: Some(Status::Inactive),
        tier: Some(Tier::Standard),
        role: Some("auditor".to_owned()),
        source: Some(SourceFilter::Sso),
        sort: Sort { key: SortKey::LastLogin, descending: false },
    };
    let table = |rows, total| Table { rows, total, previous: None, next: None, in_other_statuses: Some(3) };
    let nobody = Users { filter: filter.clone(), queue: None, table: table(vec![], 0), ..list(set) };
    set.page("users-noresults", users::page(&nobody));
    let last = Table { previous: Some(filter.href([("after", "9")])), ..table(long_rows(set), 1_000_003) };
    let mut waiting = applicants(set);
    for applicant in &mut waiting {
        applicant.username = LONG.to_owned();
        applicant.email = format!("{LONG}@{LONG}.example");
        applicant.display_name = HOSTILE.to_owned();
        applicant.reason = Some(HOSTILE.repeat(8));
    }
    waiting.truncate(1);
    let long = Users {
        filter: Filter { q: HOSTILE.to_owned(), ..filter },
        queue: Some(Queue { rows: waiting, total: 214, can_decide: true }),
        table: last,
        ..list(set)
    };
    set.page("users-long", users::page(&long));
    let one = Users {
        admin: AdminFrame { pending: 0, ..set.admin() },
        totals: Totals { total: 1, local: 1, active: 1, ..Totals::default() },
        queue: Some(Queue { rows: vec![], total: 0, can_decide: true }),
        table: table(rows(set).into_iter().skip(1).take(1).collect(), 1),
        ..list(set)
    };
    set.page("users-one", users::page(&one));
    let mut looking = list(set);
    looking.admin.tier = Tier::Standard;
    looking.admin.menu = Menu { users: true, ..Menu::default() };
    (looking.totals.dormant, looking.export) = (None, None);
    if let Some(queue) = &mut looking.queue {
        queue.can_decide = false;
    }
    for row in &mut looking.table.rows {
        (row.can_view, row.can_edit, row.can_delete) = (true, false, false);
    }
    set.page("users-looking", users::page(&looking));
}

fn flashes(set: &mut Set) {
    let user = || "amelia.chen".to_owned();
    let names = || ["maya.okafor", "jh.yoon", "t.lindqvist"].map(str::to_owned).to_vec();
    let failed =
        || vec![("contact2991".to_owned(), Failed::AlreadyDecided), (HOSTILE.to_owned(), Failed::Gone)];
    let all = [
        ("activated", Flash::Activated { names: names() }),
        ("activated-one", Flash::Activated { names: vec![user()] }),
        ("saved", Flash::Saved { user: user() }),
        ("deactivated", Flash::Deactivated { user: user(), sessions: 2 }),
        ("reactivated", Flash::Reactivated { user: user() }),
        ("signed-out", Flash::SignedOut { user: user(), sessions: 1 }),
        ("deleted", Flash::Deleted { user: user() }),
        ("application-deleted", Flash::ApplicationsDeleted { names: vec![user()] }),
        ("applications-deleted", Flash::ApplicationsDeleted { names: names() }),
        ("nothing-selected", Flash::NothingSelected),
        (
            "already",
            Flash::AlreadyDone { user: user(), what: Decision::Activated, by: Some("daniel.reyes".into()) },
        ),
        ("already-rejected", Flash::AlreadyDone { user: user(), what: Decision::Rejected, by: None }),
        ("bulk", Flash::Bulk { what: Decision::Activated, done: names(), failed: failed() }),
        ("bulk-rejected", Flash::Bulk { what: Decision::Rejected, done: vec![], failed: failed() }),
        ("gone", Flash::Gone),
    ];
    for (name, flash) in all {
        let page = Users { flash: Some(flash), ..list(set) };
        set.page(&format!("users-{name}"), users::page(&page));
    }
}

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
        can_end_sessions: true,
        can_delete: true,
        password_rules: Some(RULES.into()),
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
    }];
    view.managed_by = Some("Aldergate SSO".to_owned());
    view.password_rules = None;
    view
}

fn edits(set: &mut Set) {
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
    let mut looking = Edit { read_only: Some(ReadOnly::LookOnly), can_delete: false, ..local_user(set) };
    looking.values.expires = "2026-12-31".to_owned();
    looking.can_end_sessions = false;
    set.page("user-looking", edit::page(&looking));
    set.fragment("user-looking-fragment", edit::fragment(&looking));
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

fn deletions(set: &mut Set) {
    let deletion = |problem: Option<Problem>, bar: Option<&str>| Delete {
        admin: set.admin(),
        id: "01935e2a-0000-7000-8000-000000001270".to_owned(),
        number: 1270,
        username: "lucas.ferreira".to_owned(),
        display_name: "Lucas Ferreira".to_owned(),
        email: "lucas@ferreira-consulting.example".to_owned(),
        sessions: 2,
        bar: bar.map(str::to_owned),
        bar_checked: true,
        typed: String::new(),
        can_deactivate: true,
        problem,
    };
    let (plain, barring) = (deletion(None, None), deletion(None, Some("Aldergate SSO")));
    let mismatch = Problem::ConfirmMismatch { username: "lucas.ferreira".to_owned() };
    let wrong = Delete { typed: HOSTILE.to_owned(), can_deactivate: false, ..deletion(Some(mismatch), None) };
    set.page("user-delete", delete::page(&plain));
    set.page("user-delete-bar", delete::page(&barring));
    set.page("user-delete-error", delete::page(&wrong));
    set.fragment("user-delete-fragment", delete::fragment(&barring));
    let application = Application {
        admin: set.admin(),
        id: "01935e2a-0000-7000-8000-000000001287".to_owned(),
        username: "contact2991".to_owned(),
        email: "contact2991@mailbox.example".to_owned(),
        applied: set.at(11, 18, 3, 7),
    };
    set.page("application-delete", delete::application(&application));
    set.fragment("application-delete-fragment", delete::application_fragment(&application));
    let selected = applicants(set)
        .into_iter()
        .map(|one| Selected {
            id: one.id,
            username: one.username,
            display_name: one.display_name,
            email: one.email,
        })
        .collect();
    set.page("applications-delete", delete::applications(&Applications { admin: set.admin(), selected }));
    let username = || LONG.to_owned();
    let refusals = [
        ("refused-last", Refusal::LastSuperuser { username: username(), own: false }),
        ("refused-last-own", Refusal::LastSuperuser { username: username(), own: true }),
        ("refused-superuser", Refusal::SuperuserOnly { username: username() }),
        ("refused-own", Refusal::OwnAccount),
        ("refused-gone", Refusal::Gone),
        ("refused-state", Refusal::WrongState { username: username() }),
    ];
    for (name, why) in refusals {
        let back = Href::local("/admin/users");
        set.page(name, admin::refused(&Refused { admin: set.admin(), why, back }));
    }
}
