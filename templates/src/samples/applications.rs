use super::{HOSTILE, LONG, Set};
use crate::Problem;
use crate::admin::Flash;
use crate::admin::applications::{self, Applications, Blocked, Filter, Outcome, Row};
use crate::verify::{self, Over, Verify};
use crate::withdraw::{self, Withdraw};

pub(super) fn add(set: &mut Set) {
    verifying(set);
    withdrawing(set);
    decided(set);
}

fn verifying(set: &mut Set) {
    let question = |email: &str, name: &str| Verify {
        frame: set.frame(),
        token: "k3yq0u-8s1".to_owned(),
        email: email.to_owned(),
        name: name.to_owned(),
        applied: set.at(11, 21, 9, 12),
        at_once: false,
        problems: vec![],
    };
    let (plain, hostile) =
        (question("maya.okafor@fieldnotes.example", "Maya Okafor"), question(HOSTILE, LONG));
    let at_once = Verify { at_once: true, ..question("maya.okafor@fieldnotes.example", "Maya Okafor") };
    set.page("verify", verify::page(&plain));
    set.page("verify-at-once", verify::page(&at_once));
    let wrong = Verify { problems: vec![Problem::ApplicationPasswordWrong], ..plain };
    set.page("verify-wrong", verify::page(&wrong));
    set.page("verify-hostile", verify::page(&hostile));
    set.page("verify-gone", verify::over(&set.frame(), Over::Gone));
    set.page("verify-known", verify::over(&set.frame(), Over::Known));
    set.page("verify-full", verify::over(&set.frame(), Over::Full));
}

fn withdrawing(set: &mut Set) {
    let question = Withdraw {
        frame: set.frame(),
        token: "k3yq0u-8s1".to_owned(),
        email: "maya.okafor@fieldnotes.example".to_owned(),
        applied: set.at(11, 21, 9, 12),
    };
    set.page("withdraw", withdraw::page(&question));
    set.page("withdrawn", withdraw::done(&set.frame()));
    set.page("withdraw-over", withdraw::over(&set.frame()));
}

fn rows(set: &Set) -> Vec<Row> {
    let one = |number: u64, username: &str, outcome, by: Option<&str>, message: Option<&str>| Row {
        account: (outcome == Outcome::Approved).then(|| format!("01935e2a-0000-7000-8000-00000000{number}")),
        number,
        username: username.to_owned(),
        display_name: username.to_owned(),
        email: format!("{username}@fieldnotes.example"),
        applied: set.at(11, 2, 9, 12),
        reason: message
            .map(|_| "Contract data analyst for the Q1 logistics project. Sponsor: Daniel Reyes.".to_owned()),
        outcome,
        decided: set.at(11, 20, 14, 3),
        by: by.map(str::to_owned),
        message: message.map(str::to_owned),
    };
    let mut rows = vec![
        one(1286, "p.oduya", Outcome::Approved, Some("daniel.reyes"), None),
        one(1280, "k.lang", Outcome::Rejected, Some("soyeon.park"), Some(HOSTILE)),
        one(1278, "yj.han", Outcome::Withdrawn, None, None),
        one(1277, "o.haddad", Outcome::Expired, None, None),
        one(1271, LONG, Outcome::Superseded, None, None),
    ];
    rows[4].display_name = HOSTILE.to_owned();
    rows
}

fn decided(set: &mut Set) {
    let list = |rows: Vec<Row>, filter: Filter| Applications {
        admin: set.admin(),
        flash: None,
        previous: None,
        next: (!rows.is_empty()).then(|| filter.href([("after", "1271")])),
        total: rows.len() as u64 * 31,
        rows,
        filter,
        blocked: vec![],
        blocked_total: 0,
        can_decide: true,
    };
    let blocked = vec![
        Blocked {
            email: "contact2991@mailbox.example".to_owned(),
            since: set.at(11, 3, 8, 0),
            by: "k.lang".to_owned(),
        },
        Blocked {
            email: format!("{LONG}@mailbox.example"),
            since: set.at(10, 3, 8, 0),
            by: HOSTILE.to_owned(),
        },
    ];
    let flash = Some(Flash::Unblocked { email: "a@mailbox.example".to_owned() });
    let all = Applications { flash, blocked, blocked_total: 120, ..list(rows(set), Filter::default()) };
    let looking = Applications { can_decide: false, flash: None, ..list(rows(set), Filter::default()) };
    let narrow = Filter { q: HOSTILE.to_owned(), state: Some(Outcome::Expired) };
    let (nothing, empty) = (list(vec![], narrow), list(vec![], Filter::default()));
    set.page("decided", applications::page(&all));
    set.page("decided-looking", applications::page(&looking));
    set.page("decided-noresults", applications::page(&nothing));
    set.page("decided-empty", applications::page(&empty));
}
