use super::forms::RULES;
use super::{HOSTILE, LONG, Set};
use crate::admin::dormant::{self, Confirm, Dormant, LastReview, Review, Row, Selected, Verdict};
use crate::admin::settings::{self, Conflict, Key, Line, Problem, Settings, Value};
use crate::admin::{Flash, Unreviewed};
use crate::password::{self, ChangePassword, Must};
use crate::{Href, PasswordRule, Source, Tier};

pub(super) fn add(set: &mut Set) {
    all_settings(set);
    dormants(set);
    passwords(set);
}

fn value(key: Key) -> Value {
    let number = |value: u64, min, max| Value::Number { value: value.to_string(), min, max };
    match key {
        Key::SignupReasonRequired | Key::DormantAutoDeactivate => Value::Switch(false),
        Key::SignupEnabled
        | Key::PasswordPersonal
        | Key::PasswordCommon
        | Key::PasswordMustChangeAfterReset => Value::Switch(true),
        Key::SignupVerifyEmail => Value::Switch(true),
        Key::SignupAllowedDomains => Value::Lines(String::new()),
        Key::SignupBlockedDomains => Value::Lines("mailbox.example\n.mailbox.example".to_owned()),
        Key::SignupAutoApprovedDomains => Value::Lines("fieldnotes.example".to_owned()),
        Key::SignupOpenPerAddress => number(20, 0, 100_000),
        Key::SignupMaxPending => number(1000, 1, 1_000_000),
        Key::SignupExpireDays => number(90, 0, 3650),
        Key::SignupKeepDecidedDays => number(365, 0, 3650),
        Key::SignupNotify => {
            Value::Word { value: "at_once".to_owned(), options: &["off", "at_once", "hourly", "daily"] }
        }
        Key::PasswordMinLength => number(15, 8, 128),
        Key::PasswordClasses => Value::Choice { value: 0, options: vec![0, 2, 3, 4] },
        Key::PasswordScore => Value::Choice { value: 3, options: vec![0, 1, 2, 3, 4] },
        Key::PasswordHistory => number(5, 0, 24),
        Key::PasswordRotationDays => number(0, 0, 3650),
        Key::SessionsIdleMinutes => number(60, 1, 10080),
        Key::SessionsAbsoluteHours => number(24, 1, 720),
        Key::SessionsAbsoluteSuperuserHours => number(12, 1, 720),
        Key::DormantDays => number(90, 1, 3650),
        Key::AuditRetentionDays => number(0, 0, 36500),
        Key::AdminAllow => Value::Lines("10.0.0.0/8\n2001:db8::/32".to_owned()),
    }
}

fn current(set: &Set) -> Settings {
    let line = |key| Line {
        key,
        value: value(key),
        fixed_by: (key == Key::SessionsIdleMinutes).then(|| "sessions.idle".to_owned()),
        superuser_only: false,
        default: match key {
            Key::PasswordMinLength => "15".to_owned(),
            _ => "1".to_owned(),
        },
        problem: None,
        changed: (key == Key::PasswordScore).then(|| ("daniel.reyes".to_owned(), set.at(9, 28, 10, 4))),
    };
    Settings {
        admin: set.admin(),
        flash: None,
        editable: true,
        version: "31".to_owned(),
        conflict: None,
        lines: Key::ALL.map(line).into(),
    }
}

fn all_settings(set: &mut Set) {
    set.page("settings", settings::page(&current(set)));
    let looking = Settings { editable: false, ..current(set) };
    set.page("settings-looking", settings::page(&looking));
    for (name, changed) in [("settings-saved", 2), ("settings-unchanged", 0)] {
        let saved = Settings { flash: Some(Flash::SettingsSaved { changed }), ..current(set) };
        set.page(name, settings::page(&saved));
    }
    let conflict = Some(Conflict { by: Some("daniel.reyes".to_owned()) });
    set.page("settings-conflict", settings::page(&Settings { conflict, ..current(set) }));
    let mut wrong = current(set);
    for line in &mut wrong.lines {
        line.problem = match line.key {
            Key::PasswordMinLength => Some(Problem::OutOfRange { min: 8, max: 128 }),
            Key::PasswordClasses => Some(Problem::NoSuchChoice),
            Key::SessionsAbsoluteHours => Some(Problem::IdleBeyondAbsolute),
            Key::SessionsAbsoluteSuperuserHours => Some(Problem::SuperuserBeyondAbsolute),
            Key::SignupAllowedDomains => Some(Problem::NotADomain { line: HOSTILE.to_owned() }),
            Key::AdminAllow => Some(Problem::NotANetwork { line: HOSTILE.to_owned() }),
            _ => None,
        };
        match line.key {
            Key::AdminAllow => line.value = Value::Lines(format!("\n</textarea>{HOSTILE}")),
            Key::PasswordMinLength => {
                line.value = Value::Number { value: HOSTILE.to_owned(), min: 8, max: 128 }
            }
            _ => {}
        }
    }
    set.page("settings-errors", settings::page(&wrong));
    let mut outside = current(set);
    for line in outside.lines.iter_mut().filter(|line| line.key == Key::AdminAllow) {
        line.problem = Some(Problem::ShutsYouOut { address: "198.51.100.23".to_owned() });
    }
    set.page("settings-outside", settings::page(&outside));
}

/// Username, display name, month and day of the last sign-in, days since, tier and roles.
type Unused<'a> = (&'a str, &'a str, Option<(u32, u32)>, u64, Tier, Vec<&'a str>);

fn dormant(set: &Set) -> Dormant {
    let people = [
        ("r.castellano", "Rita Castellano", Some((2, 4)), 290, Tier::Superuser, vec![]),
        ("yj.han", "한유진", Some((3, 19)), 247, Tier::Standard, vec!["Agent Developer", "Auditor"]),
        ("p.oduya", "Peter Oduya", None, 163, Tier::Standard, vec![]),
        (LONG, HOSTILE, Some((8, 20)), 93, Tier::Standard, vec![LONG]),
    ];
    let row = |(username, name, seen, days, tier, roles): Unused<'_>| Row {
        id: format!("01935e2a-0000-7000-8000-000000000{days}"),
        number: days,
        username: username.to_owned(),
        display_name: name.to_owned(),
        email: format!("{username}@aldergate.example"),
        source: Source::Local,
        tier,
        roles: roles.into_iter().map(str::to_owned).collect(),
        last_login: seen.map(|(month, day)| set.at(month, day, 9, 0)),
        days,
        registered: set.at(6, 11, 8, 0),
        can_view: true,
        can_decide: tier == Tier::Standard,
        selected: days == 247,
    };
    Dormant {
        admin: set.admin(),
        flash: None,
        days: 90,
        review: Review {
            due: set.at(12, 31, 0, 0),
            overdue: false,
            last: Some(LastReview {
                at: set.at(9, 28, 10, 4),
                by: Some("daniel.reyes".to_owned()),
                kept: 6,
                deactivated: 17,
            }),
        },
        automatic: false,
        editable: true,
        rows: people.map(row).into(),
        total: 22,
        previous: None,
        next: Some(Href::query("/admin/dormant", [("after", "93")])),
    }
}

fn dormants(set: &mut Set) {
    set.page("dormant", dormant::page(&dormant(set)));
    let review = |overdue, last| Review { due: set.at(9, 30, 0, 0), overdue, last };
    let empty = Dormant { rows: vec![], total: 0, next: None, review: review(false, None), ..dormant(set) };
    let looking = Dormant { editable: false, automatic: true, review: review(true, None), ..dormant(set) };
    set.page("dormant-empty", dormant::page(&empty));
    set.page("dormant-looking", dormant::page(&looking));
    let names = || vec!["yj.han".to_owned(), LONG.to_owned()];
    let failed = vec![
        ("r.castellano".to_owned(), Unreviewed::LastSuperuser),
        ("p.oduya".to_owned(), Unreviewed::NotDormant),
        ("k.lang".to_owned(), Unreviewed::AlreadyInactive),
        ("o.haddad".to_owned(), Unreviewed::SuperuserOnly),
        (HOSTILE.to_owned(), Unreviewed::Gone),
    ];
    let reviewed = |verdict, failed| Flash::Reviewed { verdict, done: names(), failed };
    let flashes = [
        ("dormant-kept", reviewed(Verdict::Keep, vec![])),
        ("dormant-deactivated", reviewed(Verdict::Deactivate, vec![])),
        ("dormant-failed", reviewed(Verdict::Deactivate, failed)),
        ("dormant-nothing-selected", Flash::NoAccountSelected),
    ];
    for (name, flash) in flashes {
        set.page(name, dormant::page(&Dormant { flash: Some(flash), ..dormant(set) }));
    }
    for (name, verdict) in [("dormant-confirm", Verdict::Deactivate), ("dormant-confirm-keep", Verdict::Keep)]
    {
        let one = |row: Row| Selected {
            id: row.id,
            username: row.username,
            display_name: row.display_name,
            sessions: row.days % 2,
            last_login: row.last_login,
        };
        let selected = dormant(set).rows.into_iter().map(one).collect();
        set.page(name, dormant::confirm(&Confirm { admin: set.admin(), verdict, selected }));
    }
}

fn passwords(set: &mut Set) {
    let form = |must, problems: Vec<crate::Problem>| ChangePassword {
        frame: set.frame(),
        must,
        rd: must.map(|_| "https://wiki.aldergate.example/".to_owned()),
        username: "lucas.ferreira".to_owned(),
        email: "lucas@ferreira-consulting.example".to_owned(),
        display_name: "Lucas Ferreira".to_owned(),
        password_rules: RULES
            .into_iter()
            .chain([PasswordRule::Classes(3), PasswordRule::Score(3), PasswordRule::NotReused(5)])
            .collect(),
        problems,
    };
    let reused = vec![crate::Problem::CurrentPasswordWrong, crate::Problem::PasswordReused { last: 5 }];
    let simple = vec![crate::Problem::PasswordClasses { classes: 3 }];
    let guessable = vec![crate::Problem::PasswordGuessable];
    let states = [
        ("password", form(None, vec![])),
        ("password-errors", form(None, reused)),
        ("password-must", form(Some(Must::SetByAdministrator), vec![])),
        ("password-must-errors", form(Some(Must::SetByAdministrator), simple)),
        ("password-old", form(Some(Must::TooOld { days: 90 }), guessable)),
    ];
    for (name, view) in states {
        set.page(name, password::page(&view));
    }
}
