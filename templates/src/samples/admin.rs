use super::people::{applicants, long_rows, rows};
use super::{HOSTILE, LONG, Set};
use crate::admin::delete::{self, Application, Applications, Delete, Selected};
use crate::admin::users::{self, Queue, Table, Totals, Users};
use crate::admin::{self, Decision, Failed, Filter, Flash, Refusal, Refused, Sort, SortKey, SourceFilter};
use crate::{AdminFrame, Href, Menu, Problem, Status, Tier};

pub(super) fn add(set: &mut Set) {
    lists(set);
    flashes(set);
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
        applicant.rejected = Some((set.at(9, 2, 10, 0), None));
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
        ("unlocked", Flash::Unlocked { user: user() }),
        ("signed-out", Flash::SignedOut { user: user(), sessions: 1 }),
        ("deleted", Flash::Deleted { user: user() }),
        ("application-deleted", Flash::ApplicationsDeleted { names: vec![user()] }),
        ("applications-deleted", Flash::ApplicationsDeleted { names: names() }),
        ("nothing-selected", Flash::NothingSelected),
        ("too-many-selected", Flash::TooManySelected { max: 200 }),
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
        message: String::new(),
        problem: None,
    };
    let too_long = Application {
        admin: set.admin(),
        id: application.id.clone(),
        username: LONG.to_owned(),
        email: application.email.clone(),
        applied: set.at(11, 18, 3, 7),
        message: format!("\n</textarea>{HOSTILE}"),
        problem: Some(Problem::MessageTooLong { max: 1000 }),
    };
    set.page("application-delete-error", delete::application(&too_long));
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
    let many = Applications { admin: set.admin(), message: String::new(), problem: None, selected };
    set.page("applications-delete", delete::applications(&many));
    let username = || LONG.to_owned();
    let refusals = [
        ("refused-last", Refusal::LastSuperuser { username: username(), own: false }),
        ("refused-last-own", Refusal::LastSuperuser { username: username(), own: true }),
        ("refused-superuser", Refusal::SuperuserOnly { username: username() }),
        ("refused-own", Refusal::OwnAccount),
        ("refused-only-way-in", Refusal::OnlyWayIn { username: username() }),
        ("refused-gone", Refusal::Gone),
        ("refused-state", Refusal::WrongState { username: username() }),
    ];
    for (name, why) in refusals {
        let back = Href::local("/admin/users");
        set.page(name, admin::refused(&Refused { admin: set.admin(), why, back }));
    }
}
