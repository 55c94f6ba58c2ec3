use super::{HOSTILE, LONG, Set};
use crate::admin::Flash;
use crate::admin::mail::{self, Mail, Row, State, Totals, Way};
use crate::email::Kind;
use crate::{Href, Menu};

pub(super) fn add(set: &mut Set) {
    set.page("mail", mail::page(&list(set, State::Failed)));
    set.page("mail-waiting", mail::page(&list(set, State::Waiting)));
    set.page("mail-sent", mail::page(&list(set, State::Sent)));
    let empty = Mail { rows: vec![], totals: Totals::default(), next: None, ..list(set, State::Failed) };
    set.page("mail-empty", mail::page(&empty));
    set.page("mail-empty-waiting", mail::page(&Mail { state: State::Waiting, ..empty }));
    let folder = Way::Folder("/var/lib/narthex/mail".to_owned());
    let mut looking =
        Mail { way: folder, rows: vec![], can_retry: false, next: None, ..list(set, State::Sent) };
    looking.totals.sent = 0;
    looking.admin.menu = Menu { settings: true, ..Menu::default() };
    set.page("mail-looking", mail::page(&looking));
    for (name, flash) in [
        ("mail-retried", Flash::MailRetried { mails: 1 }),
        ("mail-retried-all", Flash::MailRetried { mails: 12 }),
        ("mail-not-waiting", Flash::MailNotWaiting),
    ] {
        set.page(name, mail::page(&Mail { flash: Some(flash), ..list(set, State::Failed) }));
    }
}

fn list(set: &Set, state: State) -> Mail {
    let row = |at: u32, recipient: &str, kind, attempts, error: Option<&str>| Row {
        id: format!("01980f3e-0000-7000-8000-0000000000{at:02}"),
        written: set.at(11, 19, 9, at),
        recipient: recipient.to_owned(),
        kind,
        attempts,
        then: Some(set.at(11, 21, 9, at)),
        error: error.filter(|_| state != State::Sent).map(str::to_owned),
    };
    let refused = "the server refused the recipient: 550 5.1.1 No such user here";
    let mut rows = vec![
        row(41, "maya.okafor@partner.example", Kind::Approved, 57, Some("connection refused")),
        row(40, &format!("{LONG}@{LONG}.example"), Kind::NewApplications, 1, Some(refused)),
        row(12, "jiho.kim@aldergate.example", Kind::Unreadable, 1, Some(HOSTILE)),
        row(11, "t.lindqvist@partner.example", Kind::NewSignIn, 1, None),
    ];
    if state == State::Waiting {
        rows[3].then = None;
    }
    Mail {
        admin: set.admin(),
        flash: None,
        way: Way::Server { name: "smtp.aldergate.example:587".to_owned(), encrypted: true },
        state,
        totals: Totals { waiting: 4, failed: 12, sent: 1284 },
        rows,
        previous: None,
        next: Some(Href::query("/admin/mail", [("state", state.name()), ("after", "1_x")])),
        can_retry: true,
    }
}
