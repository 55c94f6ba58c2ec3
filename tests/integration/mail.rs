//! Mail: written in the transaction that causes it, delivered later, once, whatever happens in between.
use std::{
    collections::HashMap,
    net::TcpListener,
    time::{Duration, Instant},
};

use narthex::{
    accounts::{
        By, administration, expiring,
        setup::{self, NewAccount},
    },
    domain::{
        audit::{Actor, Event},
        language::Language,
        link::{LinkId, Purpose},
        notice::{Notice, Seen},
        secret::new_id,
        time::Time,
        user::{DisplayName, Email, Status, Tier, Username},
    },
    store::{
        Db, mail_tokens,
        mail_tokens::MailedLink,
        outbox::{self, NewMail, Row, State},
        users,
    },
};

use crate::{
    audit::tamper,
    cli::Place,
    delegation::grant,
    harness::{
        Ask, Gateway, Stack, both_stacks, free_port,
        gateway::{Setup, standing_clock},
        smtp::{Arrived, Sink},
    },
};

both_stacks!(
    a_mail_arrives_over_starttls_after_signing_in_and_is_listed,
    every_notice_is_rendered_and_delivered,
    a_70_links_lead_to_the_public_url_whatever_host_was_asked,
    f_20_a_server_that_is_away_for_an_hour_loses_nothing,
    f_20_what_a_server_refuses_for_good_is_given_up_and_told,
    f_20_a_server_that_hangs_delays_mail_only,
    a_server_that_cannot_be_trusted_gets_no_mail,
    a_link_whose_time_is_over_is_not_sent,
    what_cannot_be_read_holds_up_nothing,
    f_11_a_kill_between_commit_and_delivery_loses_nothing,
    check_says_what_is_wrong_with_the_mail_server,
    somebody_deactivated_is_told,
    an_expiry_date_is_told_once,
);

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// Puts a mail into the outbox as an operation would.
async fn put(db: &Db, recipient: &str, notice: &Notice, now: Time) {
    let recipient = Email::parse(recipient).unwrap();
    let mail = NewMail {
        id: new_id(now),
        recipient: &recipient,
        language: Language::En,
        user_id: None,
        notice,
        created_at: now,
    };
    let mut tx = db.write().await.unwrap();
    outbox::insert(&mut tx, &mail).await.unwrap();
    tx.commit().await.unwrap();
}

fn hello() -> Notice {
    Notice::PasswordReset { name: "Maya".to_owned() }
}

async fn rows(db: &Db, state: State) -> Vec<Row> {
    outbox::page(&mut db.read().await.unwrap(), state, outbox::From::Newest, 1000).await.unwrap()
}

/// Waits until the outbox holds so many in this state.
async fn wait_for(db: &Db, state: State, many: usize) -> Vec<Row> {
    let begun = Instant::now();
    loop {
        let found = rows(db, state).await;
        if found.len() == many {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{many} {state:?} expected: {found:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until every mail that waits was tried so often.
async fn tried(db: &Db, attempts: i64) -> Vec<Row> {
    let begun = Instant::now();
    loop {
        let found = rows(db, State::Waiting).await;
        if found.iter().all(|row| row.attempts >= attempts && row.taken_until == Time::NEVER) {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{attempts} attempts expected: {found:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn copies(mails: &[Arrived]) -> HashMap<String, usize> {
    let mut copies = HashMap::new();
    for mail in mails {
        *copies.entry(mail.id.clone()).or_insert(0) += 1;
    }
    copies
}

async fn a_mail_arrives_over_starttls_after_signing_in_and_is_listed(stack: Stack) {
    let sink = Sink::start();
    let gateway = Setup::on(&stack).with(&sink.config()).start().await;
    let boss = gateway.superuser("boss").await;
    let carol = gateway.standard("carol").await;
    let mut admin = gateway.signed_in(&boss).await;
    admin.post(&carol.admin_path("/deactivate"), &[]).await.is(303);
    let told = |mails: &[Arrived]| mails.iter().find(|mail| mail.recipient == carol.email()).cloned();
    let begun = Instant::now();
    let mail = loop {
        if let Some(mail) = told(&sink.mails()) {
            break mail;
        }
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(mail.encrypted && mail.subject.contains("deactivated"), "{mail:?}");
    assert!(mail.text.contains("Name of carol") && mail.id.ends_with("@example.com"), "{mail:?}");
    wait_for(&gateway.db, State::Waiting, 0).await;

    let page = admin.get("/admin/mail?state=sent").await.is(200);
    for said in [carol.email(), "Account deactivated", "127.0.0.1:", "encrypted"] {
        assert!(page.says(said), "{said}: {}", page.text());
    }
    assert!(!page.says("Hello"), "what a mail says is not shown");
    assert!(admin.get("/admin/mail").await.is(200).says("No mail waits"));
    let looking = gateway.standard("looking").await;
    grant(&gateway, &looking, "admin.settings:read").await;
    let mut looking = gateway.signed_in(&looking).await;
    let page = looking.get("/admin/mail?state=sent").await.is(200);
    assert!(page.forms().iter().all(|form| !form.action.contains("retry")), "only looking");
    assert!(!page.says(carol.email()) && page.says("…@people.example"), "{}", page.text());
    gateway.stop().await;
}

fn every_notice(link: LinkId) -> Vec<Notice> {
    let name = || "한유진 http://evil.example\r\nBcc: x@evil.example".to_owned();
    let at = Time::from_micros(1_800_000_000_000_000);
    let seen =
        || Seen { at, address: "203.0.113.9".to_owned(), user_agent: "<b>http://evil.example".to_owned() };
    vec![
        Notice::VerifyEmail { name: name(), link },
        Notice::AddressKnown { name: name() },
        Notice::ApplicationReceived { name: name() },
        Notice::NewApplications { name: name(), count: 3, who: vec![name()] },
        Notice::Approved { name: name(), username: "maya".to_owned(), password: true },
        Notice::Rejected { name: name(), message: Some(name()), blocked: false },
        Notice::Withdrawn { name: name() },
        Notice::ApplicationExpired { name: name(), days: 30 },
        Notice::ResetPassword { name: name(), username: "maya".to_owned(), link },
        Notice::PasswordReset { name: name() },
        Notice::PasswordChanged { name: name(), seen: seen() },
        Notice::EmailChanged { name: name(), old: "a@b.example".to_owned(), new: "c@d.example".to_owned() },
        Notice::NewSignIn { name: name(), seen: seen() },
        Notice::Locked { name: name(), seen: seen(), minutes: 15 },
        Notice::ExpiresSoon { name: name(), at },
        Notice::DormantSoon { name: name(), at },
        Notice::Deactivated { name: name() },
    ]
}

async fn every_notice_is_rendered_and_delivered(stack: Stack) {
    let gateway = Setup::on(&stack).with("organisation = '한빛'").clock(standing_clock()).start().await;
    let now = gateway.clock.now();
    let link = LinkId::draw();
    let mut tx = gateway.db.write().await.unwrap();
    let kept =
        MailedLink { subject: new_id(now), email_key: "m@p.example".to_owned(), expires_at: now + DAY };
    mail_tokens::put(&mut tx, link, Purpose::ResetPassword, &kept).await.unwrap();
    let verify = LinkId::draw();
    mail_tokens::put(&mut tx, verify, Purpose::VerifyEmail, &kept).await.unwrap();
    tx.commit().await.unwrap();
    let mut notices = every_notice(link);
    notices[0] = Notice::VerifyEmail { name: String::new(), link: verify };
    for notice in &notices {
        put(&gateway.db, "m@p.example", notice, now).await;
    }
    let sent = wait_for(&gateway.db, State::Sent, notices.len()).await;
    for row in sent {
        let file = stack.folder().join(format!("mail/{}.eml", row.id));
        let raw = std::fs::read(&file).unwrap();
        let mail = mail_parser::MessageParser::default().parse(&raw).unwrap();
        assert!(mail.subject().unwrap().contains("한빛") && mail.bcc().is_none(), "{row:?}");
        let (html, text) = (mail.body_html(0).unwrap(), mail.body_text(0).unwrap());
        for part in [html.as_ref(), text.as_ref()] {
            assert!(!part.contains("evil.example") && !part.contains("http://evil"), "{part}");
            for (at, _) in part.match_indices("http://").chain(part.match_indices("https://")) {
                assert!(part[at..].starts_with(gateway.public.as_str()), "{}", &part[at..]);
            }
        }
        for (id, purpose) in [(link, Purpose::ResetPassword), (verify, Purpose::VerifyEmail)] {
            if row.notice.contains(&serde_json::to_string(&id).unwrap()) {
                assert!(
                    text.contains(&gateway.link(id, purpose)) && html.contains(&gateway.link(id, purpose))
                );
            }
        }
    }
    gateway.stop().await;
}

async fn a_70_links_lead_to_the_public_url_whatever_host_was_asked(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let applicant = gateway.applicant("maya").await;
    let mut admin = gateway.signed_in(&boss).await;
    let ask = Ask::post(&applicant.admin_path("/activate"), &[])
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=evil.example");
    admin.send(ask).await.is(303);
    put(
        &gateway.db,
        applicant.email(),
        &Notice::Approved { name: String::new(), username: "maya".to_owned(), password: true },
        gateway.clock.now(),
    )
    .await;
    wait_for(&gateway.db, State::Waiting, 0).await;
    let folder = stack.folder().join("mail");
    let mut links = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let raw = std::fs::read(entry.unwrap().path()).unwrap();
        let mail = mail_parser::MessageParser::default().parse(&raw).unwrap();
        let text = mail.body_text(0).unwrap();
        assert!(!text.contains("evil.example"), "{text}");
        for (at, _) in text.match_indices("http") {
            assert!(text[at..].starts_with(gateway.public.as_str()), "{text}");
            links += 1;
        }
    }
    assert!(links > 0);
    gateway.stop().await;
}

async fn f_20_a_server_that_is_away_for_an_hour_loses_nothing(stack: Stack) {
    let mut sink = Sink::start();
    sink.goes_away();
    let clock = standing_clock();
    let gateway = Setup::on(&stack).with(&sink.config()).clock(clock.clone()).start().await;
    let other = Setup::on(&stack).with(&sink.config()).clock(clock).start().await;
    for n in 0..50 {
        put(&gateway.db, &format!("p{n}@people.example"), &hello(), gateway.clock.now()).await;
    }
    let begun = gateway.clock.now();
    for attempt in 1..=6 {
        let waiting = tried(&gateway.db, attempt).await;
        assert_eq!(waiting.len(), 50, "nothing is lost");
        assert!(
            waiting.iter().all(|row| row.error.as_deref().unwrap().contains("no connection")),
            "{waiting:?}"
        );
        gateway.later(MINUTE * 2_u32.pow(u32::try_from(attempt).unwrap() - 1));
    }
    assert!(gateway.clock.now().since(begun) > Duration::from_secs(3600));
    sink.comes_back();
    gateway.later(MINUTE * 60);
    wait_for(&gateway.db, State::Sent, 50).await;
    let mails = sink.mails();
    assert_eq!((mails.len(), copies(&mails).len()), (50, 50), "each of them once, by two instances");
    assert_eq!(gateway.count_events(Event::MailFailed, None).await, 0);

    sink.goes_away();
    put(&gateway.db, "late@people.example", &hello(), gateway.clock.now()).await;
    tried(&gateway.db, 1).await;
    let hours = MINUTE * 120;
    gateway.later(DAY * 2 - hours);
    assert_eq!(tried(&gateway.db, 2).await.len(), 1, "not before its time");
    gateway.later(hours);
    let failed = wait_for(&gateway.db, State::Failed, 1).await;
    assert_eq!(failed[0].failed_at.since(failed[0].created_at), DAY * 2, "{failed:?}");
    assert_eq!(gateway.count_events(Event::MailFailed, None).await, 1);
    let event = gateway.events().await.into_iter().find(|entry| entry.event == Event::MailFailed).unwrap();
    assert_eq!((event.actor, event.detail.as_deref()), (Actor::System, Some("gave_up")));
    sink.comes_back();
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let page = admin.get("/admin/mail").await.is(200);
    assert!(page.says("late@people.example") && page.says("no connection"), "{}", page.text());
    let done = admin.post("/admin/mail/retry", &[]).await.is(303);
    assert!(admin.follow(done).await.says("1 mail will be tried again"));
    wait_for(&gateway.db, State::Failed, 0).await;
    sink.gets(51).await;
    assert_eq!(gateway.count_events(Event::MailRetried, None).await, 1);
    gateway.stop().await;
    other.stop().await;
}

async fn f_20_what_a_server_refuses_for_good_is_given_up_and_told(stack: Stack) {
    let sink = Sink::start();
    let gateway = Setup::on(&stack).with(&sink.config()).clock(standing_clock()).start().await;
    let now = gateway.clock.now();
    for recipient in ["refused@people.example", "later@people.example", "good@people.example"] {
        put(&gateway.db, recipient, &hello(), now).await;
    }
    sink.gets(1).await;
    let failed = wait_for(&gateway.db, State::Failed, 1).await;
    let error = failed[0].error.clone().unwrap();
    assert!(error.contains("refuses the recipient") && error.contains("No such user here"), "{error}");
    assert!(!error.contains(char::is_control), "{error:?}");
    let waiting = tried(&gateway.db, 1).await;
    assert!(waiting[0].error.as_deref().unwrap().contains("Greylisted"), "{waiting:?}");
    assert_eq!(waiting[0].due_at, now + MINUTE);

    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let page = admin.get("/admin/mail?state=failed").await.is(200);
    assert!(page.says("refused@people.example") && page.says("No such user here"), "{}", page.text());
    let path = format!("/admin/mail/{}/retry", failed[0].id);
    admin.post(&path, &[]).await.is(303);
    let begun = Instant::now();
    while gateway.count_events(Event::MailFailed, None).await < 2 {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is tried again, and refused again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    admin.post(&format!("/admin/mail/{}/retry", new_id(now)), &[]).await.is(303);
    admin.post("/admin/mail/nonsense/retry", &[]).await.is(404);
    assert_eq!(gateway.count_events(Event::MailRetried, None).await, 1);
    // Waiting mail is hurried too.
    admin.post(&format!("/admin/mail/{}/retry", waiting[0].id), &[]).await.is(303);
    tried(&gateway.db, 2).await;
    gateway.stop().await;
}

async fn f_20_a_server_that_hangs_delays_mail_only(stack: Stack) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let settings = format!(
        "[mail]\ntransport = 'smtp'\nfrom = 'a@b.example'\nhost = '127.0.0.1'\nport = {port}\ntls = 'none'\ntimeout = '2s'"
    );
    let gateway = Setup::on(&stack).with(&settings).clock(standing_clock()).start().await;
    let boss = gateway.superuser("boss").await;
    for n in 0..6 {
        put(&gateway.db, &format!("p{n}@people.example"), &hello(), gateway.clock.now()).await;
    }
    let begun = Instant::now();
    let mut admin = gateway.signed_in(&boss).await;
    admin.get("/admin/mail").await.is(200);
    assert!(begun.elapsed() < Duration::from_secs(2), "nobody waits for it");
    let waiting = tried(&gateway.db, 1).await;
    assert_eq!(waiting.len(), 6);
    assert!(
        waiting.iter().all(|row| row.error.as_deref().unwrap().contains("did not answer within 2 seconds"))
    );
    gateway.stop().await;
}

async fn a_server_that_cannot_be_trusted_gets_no_mail(stack: Stack) {
    let (good, stranger, clear, tls) =
        (Sink::start(), Sink::start(), Sink::of("clear", false), Sink::of("tls", false));
    let unknown =
        good.config().replace(&good.ca().display().to_string(), &stranger.ca().display().to_string());
    let cases = [
        (good.config().replace("hunter2", "wrong"), "does not let us in", "535"),
        (clear.config(), "cannot be encrypted", "STARTTLS"),
        (unknown, "cannot be encrypted", "certificate"),
    ];
    for (settings, start, words) in cases {
        let gateway = Setup::on(&stack).with(&settings).clock(standing_clock()).start().await;
        let many = rows(&gateway.db, State::Waiting).await.len();
        put(&gateway.db, "p@people.example", &hello(), gateway.clock.now()).await;
        tried(&gateway.db, 1).await;
        let waiting = rows(&gateway.db, State::Waiting).await;
        let error = waiting[0].error.clone().unwrap();
        assert!(error.contains(start) && error.to_lowercase().contains(&words.to_lowercase()), "{error}");
        assert!(!error.contains("hunter2") && waiting.len() == many + 1, "{error}");
        gateway.stop().await;
    }
    assert!(good.mails().is_empty() && clear.mails().is_empty());
    // The same three, and one more, once all is well; TLS from the first byte is as good.
    let gateway = Setup::on(&stack).with(&tls.config()).start().await;
    put(&gateway.db, "p@people.example", &hello(), gateway.clock.now()).await;
    assert!(tls.gets(1).await[0].subject.contains("password"));
    gateway.stop().await;
}

async fn a_link_whose_time_is_over_is_not_sent(stack: Stack) {
    let mut sink = Sink::start();
    sink.goes_away();
    let gateway = Setup::on(&stack).with(&sink.config()).clock(standing_clock()).start().await;
    let now = gateway.clock.now();
    let link = LinkId::draw();
    let mut tx = gateway.db.write().await.unwrap();
    let kept = MailedLink {
        subject: new_id(now),
        email_key: "m@p.example".to_owned(),
        expires_at: now + MINUTE / 2,
    };
    mail_tokens::put(&mut tx, link, Purpose::ResetPassword, &kept).await.unwrap();
    tx.commit().await.unwrap();
    put(
        &gateway.db,
        "m@p.example",
        &Notice::ResetPassword { name: String::new(), username: "m".to_owned(), link },
        now,
    )
    .await;
    tried(&gateway.db, 1).await;
    sink.comes_back();
    gateway.later(MINUTE);
    let failed = wait_for(&gateway.db, State::Failed, 1).await;
    assert!(failed[0].error.as_deref().unwrap().starts_with("too late"), "{failed:?}");
    assert!(sink.mails().is_empty());
    gateway.stop().await;
}

async fn what_cannot_be_read_holds_up_nothing(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let now = gateway.clock.now();
    let spoilt = [
        (
            "a@people.example",
            "UPDATE outbox SET notice = '{\"kind\":\"made_later\"}' WHERE recipient = 'a@people.example'",
        ),
        ("b@people.example", "UPDATE outbox SET notice = 'no json' WHERE recipient = 'b@people.example'"),
        ("c@people.example", "UPDATE outbox SET language = 'xx' WHERE recipient = 'c@people.example'"),
        ("d@people.example", "UPDATE outbox SET recipient = 'nobody' WHERE recipient = 'd@people.example'"),
    ];
    for (recipient, sql) in spoilt {
        // Not due yet, so that nobody is faster.
        put(&gateway.db, recipient, &hello(), now + DAY).await;
        tamper(&gateway, sql).await;
    }
    put(&gateway.db, "good@people.example", &hello(), now + DAY).await;
    gateway.later(DAY);
    let failed = wait_for(&gateway.db, State::Failed, 4).await;
    assert!(failed.iter().all(|row| row.error.as_deref().unwrap().contains("cannot be read")), "{failed:?}");
    wait_for(&gateway.db, State::Sent, 1).await;
    let boss = gateway.superuser("boss").await;
    let page = gateway.signed_in(&boss).await.get("/admin/mail").await.is(200);
    assert!(page.says("Cannot be read") && page.says("nobody"), "{}", page.text());
    gateway.stop().await;
}

/// Accounts made and deactivated behind the program's back, each with its mail.
async fn deactivated(db: &Db, many: usize) {
    let now = narthex::clock::Clock::System.now();
    for n in 0..many {
        let account = NewAccount {
            username: Username::parse(&format!("person{n}")).unwrap(),
            email: Email::parse(&format!("person{n}@people.example")).unwrap(),
            display_name: DisplayName::parse(&format!("Person {n}")).unwrap(),
            password_hash: "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$aGFzaA".to_owned(),
            tier: Tier::Standard,
        };
        let user = setup::add_user(db, &account, &By::cli(), now).await.unwrap();
        administration::deactivate(db, &By::cli(), user.id, now).await.unwrap();
    }
}

async fn f_11_a_kill_between_commit_and_delivery_loses_nothing(stack: Stack) {
    const MANY: usize = 24;
    let sink = Sink::slow();
    let port = free_port();
    let place = Place::new(&stack, &format!("public_url = 'http://127.0.0.1:{port}'\n{}", sink.config()));
    place.run(&["migrate"]).is(0);
    let db = Db::connect(stack.database_url()).await.unwrap();
    deactivated(&db, MANY).await;
    assert_eq!(rows(&db, State::Waiting).await.len(), MANY, "each with its account's change");
    let mut serving = place.serve(port);
    sink.gets(5).await;
    serving.child.kill().unwrap();
    serving.child.wait().unwrap();
    let before = sink.mails().len();
    assert!(before < MANY, "{before} had arrived when it was killed");
    let again = place.serve(port);
    wait_for(&db, State::Sent, MANY).await;
    let mails = sink.mails();
    let copies = copies(&mails);
    assert_eq!(copies.len(), MANY, "each arrives");
    assert!(copies.values().all(|copies| *copies <= 2), "{copies:?}");
    assert!(mails.len() <= MANY + 4, "twice only what was on its way: {}", mails.len());
    assert_eq!(again.told("-TERM"), Some(0));
    db.close().await;
}

async fn check_says_what_is_wrong_with_the_mail_server(stack: Stack) {
    let mut sink = Sink::start();
    let check = |settings: &str, code| {
        let place = Place::new(&stack, settings);
        let out = place.run(&["check"]).is(code).out;
        out.lines().find(|line| line.contains("  mail ")).unwrap_or_else(|| panic!("{out}")).to_owned()
    };
    let good = sink.config();
    assert!(check(&good, 0).contains("encrypted, and lets us in"), "{}", check(&good, 0));
    assert!(sink.mails().is_empty(), "nothing is sent");
    let wrong = check(&good.replace("hunter2", "wrong"), 1);
    assert!(
        wrong.starts_with("WRONG") && wrong.contains("see `username` and `password` in [mail]"),
        "{wrong}"
    );
    let strange = Sink::start();
    let ca = good.replace(&sink.ca().display().to_string(), &strange.ca().display().to_string());
    assert!(check(&ca, 1).contains("see `tls` and `ca_file` in [mail]"), "{}", check(&ca, 1));
    sink.goes_away();
    assert!(check(&good, 1).contains("see `host`, `port` and `tls` in [mail]"), "{}", check(&good, 1));
    assert!(check("", 0).contains("files into"), "{}", check("", 0));
}

async fn somebody_deactivated_is_told(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let told = |notices: Vec<Notice>| {
        notices.iter().filter(|notice| matches!(notice, Notice::Deactivated { .. })).count()
    };
    let carol = gateway.standard("carol").await;
    let form = admin.get(&carol.admin_path("")).await.is(200).form(&carol.admin_path(""));
    admin.submit(&form.with("status", "inactive")).await.is(303);
    assert_eq!(told(gateway.mails_to(carol.email()).await), 1);
    for (name, tell) in [("dave", true), ("erin", false)] {
        let person = gateway.standard(name).await;
        let mut tx = gateway.db.write().await.unwrap();
        let long_ago = gateway.clock.now() - DAY * 200;
        users::note_login(&mut tx, person.user.id, 0, long_ago, "192.0.2.1").await.unwrap();
        tx.commit().await.unwrap();
        let id = person.user.id.to_string();
        let question = admin.post("/admin/dormant", &[("deactivate", &id)]).await.is(200);
        let mut form = question.form("/admin/dormant");
        assert_eq!(form.value("mail"), Some("1"), "ticked by default");
        if !tell {
            form.fields.retain(|(field, _)| field != "mail");
        }
        admin.submit(&form).await.is(303);
        assert_eq!(gateway.account(&person).await.unwrap().status, Status::Inactive);
        assert_eq!(told(gateway.mails_to(person.email()).await), usize::from(tell), "{name}");
    }
    gateway.stop().await;
}

async fn an_expiry_date_is_told_once(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let carol = gateway.standard("carol").await;
    let expire = async |at: Time| {
        let mut tx = gateway.db.write().await.unwrap();
        users::set_expiry(&mut tx, carol.user.id, at).await.unwrap();
        tx.commit().await.unwrap();
    };
    let now = gateway.clock.now();
    let told = async || {
        let mails = gateway.mails_to(carol.email()).await;
        mails
            .into_iter()
            .filter_map(|mail| match mail {
                Notice::ExpiresSoon { at, .. } => Some(at),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    expire(now + DAY * 8).await;
    assert_eq!(expiring::tell(&gateway.db, now).await.unwrap(), 0);
    let mut jobs = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let db = gateway.db.clone();
        jobs.spawn(async move { expiring::tell(&db, now + DAY).await.unwrap() });
    }
    assert_eq!(jobs.join_all().await.iter().sum::<u64>(), 1, "of many instances one tells");
    assert_eq!(expiring::tell(&gateway.db, now + DAY * 2).await.unwrap(), 0, "once");
    expire(now + DAY * 9).await;
    assert_eq!(expiring::tell(&gateway.db, now + DAY * 3).await.unwrap(), 1, "a changed date is told anew");
    assert_eq!(told().await, [now + DAY * 8, now + DAY * 9]);
    expire(now + DAY * 4).await;
    assert_eq!(expiring::tell(&gateway.db, now + DAY * 5).await.unwrap(), 0, "not what is over");
    gateway.stop().await;
}
