use super::{HOSTILE, LONG, Set};
use crate::Href;
use crate::admin::audit::{
    self, Account, Actor, Audit, Broken, Chain, Change, Check, Entry, Fault, Filter, Outcome, Person, Sealed,
    Wrong,
};

const EVENTS: [&str; 30] = [
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
    "account.unlinked",
    "account.link_refused",
    "account.sync_warned",
    "account.superseded",
    "account.reactivated",
    "account.deleted",
    "password.changed",
    "password.reset",
    "password.reset_requested",
    "login.refused",
    "session.ended",
    "settings.changed",
    "audit.exported",
    "audit.pruned",
    "mail.failed",
    "mail.retried",
    "keys.rotated",
    "account.locked",
    "account.unlocked",
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
        "account.locked" => {
            vec![change("minutes", None, Some("15")), change("reason", None, Some("known_device"))]
        }
        "account.link_refused" => vec![change("reason", None, Some("identity_of_another"))],
        "account.sync_warned" => {
            vec![change("claim", None, Some("groups")), change("reason", None, Some("groups_absent"))]
        }
        "account.deleted" => vec![change("username", Some("a.b"), None)],
        "audit.exported" => {
            vec![change("format", None, Some("csv")), change("filter", None, Some("event=login.failed"))]
        }
        "keys.rotated" => {
            vec![
                change(
                    "key",
                    Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
                    Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
                ),
                change("signs_from", None, Some("2026-11-21T14:35:00.000000Z")),
            ]
        }
        "audit.pruned" => {
            vec![change("entries", None, Some("120")), change("up_to_entry", None, Some("120"))]
        }
        "password.changed" => vec![change("password", None, None)],
        _ => vec![],
    };
    let person = |name: &str| Person {
        name: name.to_owned(),
        entries: Href::query("/admin/audit", [("user", "01980f3e-0000-7000-8000-000000000001")]),
    };
    let entry = |(at, event): (usize, &&str)| Entry {
        at: set.at(11, 21, 14, u32::try_from(59 - at).unwrap_or_default()),
        event: (*event).to_owned(),
        actor: match *event {
            "login.failed" | "account.signed_up" => Actor::Stranger,
            "settings.changed" | "audit.pruned" | "mail.failed" | "keys.rotated" => Actor::System,
            _ => Actor::Person(person("soyeon.park")),
        },
        target: (!event.starts_with("audit.") && !event.starts_with("keys.")).then(|| person("amelia.chen")),
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
        sealed: (at > 0).then(|| Sealed {
            position: 18_402 - at as u64,
            mac: "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg".to_owned(),
            previous: "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU".to_owned(),
        }),
        unreadable: *event == "role.made_later",
    };
    let chain = |broken| Chain {
        entries: 18_402,
        until: Some(set.at(11, 21, 14, 2)),
        check: Some(Check { at: set.at(11, 21, 14, 0), compared: true, stale: false, broken }),
        running: false,
        waiting: None,
    };
    let view = |chain, filter| Audit {
        admin: set.admin(),
        chain,
        filter,
        events: EVENTS.to_vec(),
        entries: vec![],
        newer: None,
        older: None,
        can_export: true,
    };
    let full = Audit {
        entries: EVENTS.iter().enumerate().map(entry).collect(),
        older: Some(Href::local("/admin/audit?before=18382")),
        ..view(chain(None), Filter::default())
    };
    let unchecked = Chain { entries: 0, until: None, check: None, running: true, waiting: None };
    let narrow = Filter {
        event: "login.failed".to_owned(),
        actor: LONG.to_owned(),
        target: HOSTILE.to_owned(),
        from: "2026-11-14".to_owned(),
        to: "2026-11-21".to_owned(),
        user: Some(Account { id: "01980f3e".to_owned(), name: LONG.to_owned() }),
        entry: "01980f3e-0000-7000-8000-000000000001".to_owned(),
        unknown: Some(HOSTILE.to_owned()),
    };
    let broken = Broken { faults: faults(), more: 3 };
    let nowhere = Fault { position: None, event: None, what: Wrong::Checkpoint, entry: None };
    let no_key = Fault { position: None, event: None, what: Wrong::Key, entry: None };
    let nowhere = Broken { faults: vec![nowhere, no_key], more: 0 };
    let forged = Check { at: set.at(11, 21, 14, 0), compared: false, stale: false, broken: Some(nowhere) };
    let late = Check { at: set.at(11, 20, 14, 0), compared: true, stale: true, broken: None };
    let waiting = Some(set.at(11, 21, 13, 0));
    let stale = Chain { check: Some(late), waiting, ..chain(None) };
    let pages = [
        ("audit", full),
        ("audit-empty", view(unchecked, Filter::default())),
        ("audit-broken", view(chain(Some(broken)), narrow)),
        ("audit-stale", view(stale, Filter::default())),
        ("audit-forged", view(Chain { check: Some(forged), ..chain(None) }, Filter::default())),
    ];
    for (name, view) in pages.map(|(name, view)| (name, audit::page(&view))) {
        set.page(name, view);
    }
}

/// One of each.
fn faults() -> Vec<Fault> {
    let all = [
        Wrong::Changed,
        Wrong::Columns("at, actor_id".to_owned()),
        Wrong::EventGone,
        Wrong::RowsGone(17_930),
        Wrong::Displaced,
        Wrong::Pruned,
        Wrong::HeadDiffers,
        Wrong::EndGone(18_402),
        Wrong::HeadPruned(18_500),
        Wrong::Misshapen,
        Wrong::Unsealed,
        Wrong::LostWaiting,
    ];
    let fault = |(at, what): (u64, Wrong)| {
        let placed = !matches!(what, Wrong::Misshapen | Wrong::Unsealed | Wrong::LostWaiting);
        let named = !matches!(what, Wrong::RowsGone(_) | Wrong::EndGone(_));
        let gone = matches!(what, Wrong::EventGone | Wrong::LostWaiting) || !named;
        Fault {
            position: placed.then_some(17_918 + at),
            event: named.then(|| "01980f3e-0000-7000-8000-000000000001".to_owned()),
            what,
            entry: (!gone)
                .then(|| Href::query("/admin/audit", [("entry", "01980f3e-0000-7000-8000-000000000001")])),
        }
    };
    (0..).zip(all).map(fault).collect()
}
