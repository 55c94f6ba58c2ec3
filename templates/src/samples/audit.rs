use super::{HOSTILE, Set};
use crate::Href;
use crate::admin::audit::{self, Actor, Audit, Change, Entry, Outcome};

const EVENTS: [&str; 20] = [
    "account.tier_changed",
    "login.succeeded",
    "account.activated",
    "account.edited",
    "login.failed",
    "account.signed_up",
    "account.deactivated",
    "account.rejected",
    "account.provisioned",
    "account.linked",
    "account.superseded",
    "account.reactivated",
    "account.deleted",
    "password.changed",
    "password.reset",
    "login.refused",
    "session.ended",
    "settings.changed",
    "audit.exported",
    "role.made_later",
];

pub(super) fn add(set: &mut Set) {
    let change = |field: &str, old: Option<&str>, new: Option<&str>| Change {
        field: field.to_owned(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    };
    let changes = |event: &str| match event {
        "account.tier_changed" => vec![change("tier", Some("standard"), Some("superuser"))],
        "login.succeeded" => vec![change("method", None, Some("password"))],
        "account.activated" => vec![change("status", Some("pending"), Some("active"))],
        "account.edited" => vec![
            change("display_name", Some("T. Nakamura"), Some(HOSTILE)),
            change("email", Some(""), Some("t.nakamura@partner.example")),
        ],
        "login.failed" => vec![change("reason", None, Some("wrong_password"))],
        "account.deactivated" => {
            vec![change("status", Some("active"), Some("inactive")), change("sessions", None, Some("2"))]
        }
        "account.deleted" => vec![change("username", Some("a.b"), None)],
        "password.changed" => vec![change("password", None, None)],
        _ => vec![],
    };
    let entry = |(at, event): (usize, &&str)| Entry {
        at: set.at(11, 21, 14, u32::try_from(59 - at).unwrap_or_default()),
        event: (*event).to_owned(),
        actor: match *event {
            "login.failed" | "account.signed_up" => Actor::Stranger,
            "settings.changed" => Actor::System,
            _ => Actor::Person("soyeon.park".to_owned()),
        },
        target: (*event != "audit.exported").then(|| "amelia.chen".to_owned()),
        changes: changes(event),
        ip: (*event != "settings.changed").then(|| "10.20.4.17".to_owned()),
        result: match *event {
            "login.failed" => Outcome::Failed,
            "login.refused" => Outcome::Refused,
            _ => Outcome::Done,
        },
        request: Some("01JD7Q3M8ZC4".to_owned()),
        user_agent: (at % 2 == 0)
            .then(|| "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned()),
    };
    let full = Audit {
        admin: set.admin(),
        entries: EVENTS.iter().enumerate().map(entry).collect(),
        total: 18_402,
        newer: None,
        older: Some(Href::local("/admin/audit?before=18382")),
    };
    let empty = Audit { admin: set.admin(), entries: vec![], total: 0, newer: None, older: None };
    set.page("audit", audit::page(&full));
    set.page("audit-empty", audit::page(&empty));
}
