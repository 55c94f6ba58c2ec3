use super::{HOSTILE, LONG, Set};
use crate::admin::sessions::{self, Person, Sessions, Totals};
use crate::admin::{Failed, Flash};
use crate::{Device, Href, Session, Tier};

pub(super) fn add(set: &mut Set) {
    set.page("sessions", sessions::page(&full(set)));
    let mut one = full(set);
    one.people.truncate(1);
    one.totals = Totals { users: 1, sessions: 1, superusers: 1 };
    one.next = None;
    set.page("sessions-one", sessions::page(&one));
    let empty = Sessions { people: vec![], totals: Totals::default(), next: None, ..full(set) };
    set.page("sessions-empty", sessions::page(&empty));
    let q = "zhang".to_owned();
    set.page("sessions-noresults", sessions::page(&Sessions { q, people: vec![], next: None, ..full(set) }));
    let further = Sessions { people: vec![], ..full(set) };
    set.page("sessions-further", sessions::page(&further));
    set.page("sessions-reader", sessions::page(&reader(set)));
    set.page("sessions-long", sessions::page(&long(set)));
    let user = || "amelia.chen".to_owned();
    let flashes = [
        ("revoked", Flash::SessionRevoked { user: user() }),
        ("over", Flash::SessionOver { user: user() }),
        ("own", Flash::OwnSession),
        ("nobody-selected", Flash::NobodySelected),
        (
            "forced-out",
            Flash::ForcedOut { done: vec![(user(), 1), ("jiho.kim".to_owned(), 3)], failed: vec![] },
        ),
        (
            "forced-out-some",
            Flash::ForcedOut {
                done: vec![(user(), 2)],
                failed: vec![
                    (HOSTILE.to_owned(), Failed::Gone),
                    ("soyeon.park".to_owned(), Failed::Own),
                    ("daniel.reyes".to_owned(), Failed::NotAllowed),
                ],
            },
        ),
    ];
    for (name, flash) in flashes {
        set.page(&format!("sessions-{name}"), sessions::page(&Sessions { flash: Some(flash), ..full(set) }));
    }
}

/// Where somebody is signed in, this session first.
pub(super) fn own(set: &Set) -> Vec<Session> {
    let mut own = vec![
        session(set, 0, "Firefox", "Windows", false, None),
        session(set, 1, "Chrome", "Android", true, Some("Aldergate SSO")),
    ];
    own[0].is_this = true;
    own
}

fn full(set: &Set) -> Sessions {
    let mut you = person(set, 1284, "soyeon.park", "Soyeon Park", Tier::Superuser);
    (you.is_you, you.can_end) = (true, false);
    you.sessions = own(set);
    let mut jiho = person(set, 1279, "jiho.kim", "김지호", Tier::Standard);
    jiho.sessions = vec![session(set, 2, "Edge", "Windows", false, Some("Aldergate SSO"))];
    let mut daniel = person(set, 1283, "daniel.reyes", "Daniel Reyes", Tier::Superuser);
    daniel.sessions = vec![
        session(set, 3, "Safari", "macOS", false, Some("Aldergate SSO")),
        session(set, 4, "Safari", "iPhone", true, Some("Aldergate SSO")),
        Session { device: Device::Raw(String::new()), ..session(set, 5, "", "", false, None) },
    ];
    let mut lucas = person(set, 1270, "lucas.ferreira", "Lucas Ferreira", Tier::Standard);
    lucas.sessions = vec![session(set, 6, "Chrome", "Android", true, None)];
    Sessions {
        admin: set.admin(),
        flash: None,
        totals: Totals { users: 214, sessions: 341, superusers: 2 },
        q: String::new(),
        people: vec![you, jiho, daniel, lucas],
        previous: None,
        next: Some(Href::local("/admin/sessions?after=1_x")),
        can_view: true,
    }
}

/// For somebody who may look at sessions and at nothing else.
fn reader(set: &Set) -> Sessions {
    let mut view = Sessions { can_view: false, ..full(set) };
    for person in &mut view.people {
        (person.can_end, person.can_revoke) = (false, false);
    }
    view
}

fn long(set: &Set) -> Sessions {
    let mut person = person(set, 1_000_001, LONG, HOSTILE, Tier::Superuser);
    person.last_login_ip = Some("2001:0db8:85a3:0000:0000:8a2e:0370:7334".to_owned());
    person.sessions = vec![Session {
        device: Device::Raw(HOSTILE.repeat(4)),
        address: "2001:0db8:85a3:0000:0000:8a2e:0370:7334".to_owned(),
        provider: Some(LONG.to_owned()),
        ..session(set, 7, "", "", false, None)
    }];
    person.more = 1204;
    let previous = Some(Href::local("/admin/sessions?before=1_x"));
    Sessions { q: HOSTILE.to_owned(), people: vec![person], previous, next: None, ..full(set) }
}

fn person(set: &Set, number: u32, username: &str, name: &str, tier: Tier) -> Person {
    Person {
        id: format!("01935e2a-0000-7000-8000-00000{number:07}"),
        username: username.to_owned(),
        display_name: name.to_owned(),
        tier,
        last_seen: set.at(11, 21, 13, 58),
        last_login: Some(set.at(11, 21, 8, 31)),
        last_login_ip: Some(format!("10.31.{}.144", number % 200)),
        sessions: vec![],
        more: 0,
        can_end: true,
        can_revoke: true,
        is_you: false,
    }
}

fn session(set: &Set, at: u32, browser: &str, system: &str, mobile: bool, provider: Option<&str>) -> Session {
    Session {
        handle: format!("q8Zk2vYd{at}nLr5sT1wXeGg"),
        device: Device::Known { browser: browser.to_owned(), system: system.to_owned(), mobile },
        address: format!("10.20.4.{}", 17 + at),
        provider: provider.map(str::to_owned),
        signed_in: set.at(11, 20, 7, 2 + at),
        last_seen: set.at(11, 21, 13, 58 - at),
        is_this: false,
    }
}
