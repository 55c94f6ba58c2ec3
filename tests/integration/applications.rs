//! Applications on record: decided, taken back, forgotten, limited, and told of.
use std::time::Duration;

use narthex::{
    accounts::{By, approval, queue},
    domain::{
        application::State,
        audit::{Actor, Entry, Event},
        link::{LinkId, Purpose},
        notice::Notice,
        settings::{Notify, Settings},
        user::{Status, Tier},
    },
    store::applications::{self, Filter, From},
};

use crate::{
    delegation::{grant, make_role},
    harness::{
        Browser, Gateway, PASSWORD, Page, Person, Stack, both_stacks,
        gateway::{Setup, sign_in, sign_up, standing_clock},
    },
};

both_stacks!(
    the_whole_life_of_an_outsider,
    every_decision_is_on_record_with_who_when_and_why,
    decided_applications_are_searched_filtered_and_paged,
    an_address_is_blocked_with_a_rejection_and_unblocked,
    many_are_rejected_with_one_message_and_no_more_than_are_taken_at_once,
    an_application_is_taken_back_by_whoever_has_its_password,
    applications_that_nobody_decides_on_are_closed_once,
    decided_applications_are_forgotten_in_time,
    those_who_decide_are_told_once_however_many_come,
    only_those_who_may_decide_are_told,
    domains_are_allowed_blocked_and_named,
    a_55_a_flood_from_one_place_is_limited_and_the_queue_stays_usable,
);

const DAY: Duration = Duration::from_secs(86_400);

/// Changes settings by the form.
pub(crate) async fn set(gateway: &Gateway, boss: &Person, settings: &[(&str, &str)]) {
    let mut admin = gateway.signed_in(boss).await;
    let mut form = admin.get("/admin/settings").await.is(200).form("/admin/settings");
    for (name, value) in settings {
        form = form.with(name, value);
    }
    let saved = admin.submit(&form).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
}

/// The last link that was mailed to confirm an address.
pub(crate) async fn verify_link(gateway: &Gateway, email: &str) -> String {
    let mails = gateway.mails_to(email).await;
    let link = |notice: &Notice| match notice {
        Notice::VerifyEmail { link, .. } => Some(*link),
        _ => None,
    };
    let link: LinkId = mails.iter().rev().find_map(link).unwrap_or_else(|| panic!("no link: {mails:?}"));
    gateway.link(link, Purpose::VerifyEmail)
}

/// Applies again: the person in the queue.
async fn apply(gateway: &Gateway, name: &str, reason: &str) -> Person {
    let email = format!("{name}@outside.example");
    let fields =
        [("email", email.as_str()), ("display_name", name), ("password", PASSWORD), ("reason", reason)];
    gateway.browser().post("/signup", &fields).await.is(303);
    let user = gateway.by_email(&email).await.expect("the application is in the queue");
    Person { user, password: PASSWORD.to_owned() }
}

/// What the page of decided applications says, from its first row on.
async fn decided(admin: &mut Browser, query: &str) -> Page {
    admin.get(&format!("/admin/applications{query}")).await.is(200)
}

/// How many rows a page of decided applications has.
fn rows(page: &Page) -> usize {
    page.body.matches("<th class=\"who\" scope=\"row\">").count()
}

/// Where a page of decided applications goes on.
fn step(page: &Page, word: &str) -> String {
    let mut links = page.links().into_iter().filter(|link| link.ends_with("#decided"));
    links.find(|link| link.contains(word)).unwrap_or_else(|| panic!("no {word}: {:?}", page.links()))
}

fn next(page: &Page) -> String {
    step(page, "after=")
}

/// Goes as far as an applicant can who has the right password.
async fn take_back(browser: &mut Browser, email: &str) -> Page {
    let waits = sign_in(browser, email, PASSWORD).await.is(403);
    assert!(waits.says("You signed up on"), "{}", waits.text());
    let question = browser.submit(&waits.form("/signup/withdraw")).await.is(200);
    assert!(question.says("Withdraw your application?") && question.says(email), "{}", question.text());
    browser.submit(&question.form("/signup/withdraw")).await
}

async fn the_whole_life_of_an_outsider(stack: Stack) {
    let setup = Setup::on(&stack).with("[signup]\nverify_email = true").clock(standing_clock());
    let gateway = setup.start().await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let (email, mut maya) = ("maya@outside.example", gateway.browser());

    // Applies; nobody sees it before the address is confirmed.
    let sent = sign_up(&mut maya, email, "Maya Okafor", PASSWORD).await.is(303);
    let next = maya.follow(sent).await.is(200);
    assert!(next.says("Confirm your address") && next.says(email), "{}", next.text());
    sign_in(&mut gateway.browser(), email, PASSWORD).await.is(401);
    assert!(gateway.by_email(email).await.is_none());
    let link = verify_link(&gateway, email).await;
    let question = maya.get(&link).await.is(200);
    let waits = maya.submit(&question.form("/verify-email").with("password", PASSWORD)).await.is(303);
    assert!(maya.follow(waits).await.is(200).says("Your address is confirmed"));
    let list = admin.get("/admin/users").await.is(200);
    assert!(list.says("Maya Okafor") && !list.says("Rejected on"), "{}", list.text());
    queue::tell(&gateway.db, &gateway.running.app.settings(), gateway.clock.now()).await.unwrap();
    let told =
        Notice::NewApplications { name: "Name of boss".into(), count: 1, who: vec!["Maya Okafor".into()] };
    assert_eq!(gateway.mails_to(boss.email()).await, [told]);

    // Is turned down with a word.
    gateway.later(Duration::from_secs(1));
    let first = gateway.by_email(email).await.unwrap();
    let question = admin.get(&format!("/admin/users/{}/delete", first.id)).await.is(200);
    admin.submit(&question.form("/delete").with("message", "Please name a sponsor.")).await.is(303);
    let why = Notice::Rejected {
        name: "Maya Okafor".into(),
        message: Some("Please name a sponsor.".into()),
        blocked: false,
    };
    assert_eq!(gateway.mails_to(email).await.last(), Some(&why));
    sign_in(&mut gateway.browser(), email, PASSWORD).await.is(401);

    // Applies again; who decides sees that, and why it was so. She changes her mind.
    gateway.later(Duration::from_secs(3600));
    sign_up(&mut maya, email, "Maya Okafor", PASSWORD).await.is(303);
    let link = verify_link(&gateway, email).await;
    let question = maya.get(&link).await.is(200);
    maya.submit(&question.form("/verify-email").with("password", PASSWORD)).await.is(303);
    let mut admin = gateway.signed_in(&boss).await;
    let list = admin.get("/admin/users").await.is(200);
    assert!(list.says("Rejected on") && list.says("Please name a sponsor."), "{}", list.text());
    let second = gateway.by_email(email).await.unwrap();
    let page = admin.get(&format!("/admin/users/{}", second.id)).await.is(200);
    assert!(page.says("Rejected on") && page.says("Please name a sponsor."), "{}", page.text());
    gateway.later(Duration::from_secs(1));
    let gone = take_back(&mut maya, email).await.is(303);
    assert!(maya.follow(gone).await.is(200).says("Your application is withdrawn"));
    assert!(gateway.by_email(email).await.is_none());
    assert_eq!(gateway.mails_to(email).await.last(), Some(&Notice::Withdrawn { name: "Maya Okafor".into() }));

    // And again; is admitted and signs in.
    gateway.later(Duration::from_secs(3600));
    sign_up(&mut maya, email, "Maya Okafor", PASSWORD).await.is(303);
    let link = verify_link(&gateway, email).await;
    let question = maya.get(&link).await.is(200);
    maya.submit(&question.form("/verify-email").with("password", PASSWORD)).await.is(303);
    gateway.later(Duration::from_secs(1));
    let third = gateway.by_email(email).await.unwrap();
    assert!(third.email_trusted, "she has shown that she reads it");
    let mut admin = gateway.signed_in(&boss).await;
    admin.post(&format!("/admin/users/{}/activate", third.id), &[]).await.is(303);
    let in_at_last =
        Notice::Approved { name: "Maya Okafor".into(), username: "maya.okafor".into(), password: true };
    assert_eq!(gateway.mails_to(email).await.last(), Some(&in_at_last));
    sign_in(&mut maya, email, PASSWORD).await.is(303);

    let page = decided(&mut admin, "?q=maya").await;
    assert_eq!(rows(&page), 3);
    for word in ["Approved", "Withdrawn", "Rejected", "Please name a sponsor.", "boss", "by the applicant"] {
        assert!(page.says(word), "{word}: {}", page.text());
    }
    for (event, whom) in [
        (Event::AccountRejected, &first),
        (Event::AccountWithdrawn, &second),
        (Event::AccountVerified, &third),
        (Event::AccountActivated, &third),
    ] {
        assert_eq!(gateway.count_events(event, Some(whom)).await, 1, "{event:?}");
    }
    gateway.stop().await;
}

async fn every_decision_is_on_record_with_who_when_and_why(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let (up, down) = (apply(&gateway, "up", "the harvest").await, apply(&gateway, "down", "").await);
    apply(&gateway, "back", "").await;
    let by_hand = apply(&gateway, "by-hand", "").await;
    let applied = gateway.clock.now();
    gateway.later(Duration::from_secs(60));
    admin.post(&up.admin_path("/activate"), &[]).await.is(303);
    admin.post(&down.admin_path("/delete"), &[("message", " No\u{0}t now. ")]).await.is(303);
    take_back(&mut gateway.browser(), "back@outside.example").await.is(303);
    let mails = gateway.mails_to("back@outside.example").await;
    assert!(
        !mails.iter().any(|mail| matches!(mail, Notice::Withdrawn { .. })),
        "never shown to be theirs: {mails:?}"
    );
    let (by, admission) = (By::cli(), approval::Admission::default());
    approval::activate(&gateway.db, &by, by_hand.user.id, &admission, gateway.clock.now()).await.unwrap();

    let mut tx = gateway.db.read().await.unwrap();
    let all = applications::page(&mut tx, &Filter::default(), From::Newest, 10).await.unwrap().applications;
    drop(tx);
    let one = |name: &str| all.iter().find(|one| one.display_name == name).unwrap();
    for (name, state, by, message) in [
        ("up", State::Approved, Some("boss"), None),
        ("down", State::Rejected, Some("boss"), Some("Not now.")),
        ("back", State::Withdrawn, None, None),
        ("by-hand", State::Approved, Some("narthex user"), None),
    ] {
        let found = one(name);
        assert_eq!(
            (found.state, found.decided_by.as_deref(), found.message.as_deref()),
            (state, by, message)
        );
        assert_eq!((found.applied_at, found.decided_at), (applied, gateway.clock.now()), "{name}");
        assert_eq!(
            (found.email.as_str(), found.address.as_str()),
            (format!("{name}@outside.example").as_str(), "127.0.0.1")
        );
    }
    assert_eq!(one("up").reason.as_deref(), Some("the harvest"));
    assert_eq!((one("up").user_id, one("up").number), (up.user.id, up.user.number));
    let page = decided(&mut admin, "").await;
    assert_eq!(rows(&page), 4);
    assert!(page.says("the harvest") && page.says("Not now."), "{}", page.text());
    assert!(page.links().contains(&up.admin_path("")), "an account that there is can be opened");

    // Who decided, and what, also stands in the audit log; the same application is not decided twice.
    let log = gateway.events().await;
    let entry = log.iter().find(|entry| entry.event == Event::AccountRejected).unwrap();
    assert_eq!(entry.changes[0].to, "Not now.");
    admin.post(&up.admin_path("/activate"), &[]).await.is(303);
    assert_eq!(gateway.count_events(Event::AccountActivated, Some(&up.user)).await, 1);
    assert_eq!(rows(&decided(&mut admin, "").await), 4);
    let long = "x".repeat(1001);
    let other = apply(&gateway, "other", "").await;
    let wrong = admin.post(&other.admin_path("/delete"), &[("message", &long)]).await.is(422);
    assert!(wrong.says("at most 1000") && wrong.body.contains(&long), "{}", wrong.text());
    assert!(gateway.account(&other).await.is_some());
    gateway.stop().await;
}

async fn decided_applications_are_searched_filtered_and_paged(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    assert!(decided(&mut admin, "").await.says("Nothing has been decided yet"));
    for n in 0..112 {
        let person = apply(&gateway, &format!("person{n}"), "").await;
        let (by, id, now) = (By::cli(), person.user.id, gateway.clock.now());
        let how = approval::Rejection::default();
        if n % 2 == 0 {
            approval::reject(&gateway.db, &by, id, how, now).await.unwrap();
        } else {
            approval::activate(&gateway.db, &by, id, &approval::Admission::default(), now).await.unwrap();
        }
    }
    let first = decided(&mut admin, "").await;
    let second = admin.get(&next(&first)).await.is(200);
    let third = admin.get(&next(&second)).await.is(200);
    assert_eq!([rows(&first), rows(&second), rows(&third)], [50, 50, 12]);
    assert!(first.says("person111") && second.says("person61") && third.says("person0"));
    assert!(!third.links().iter().any(|link| link.contains("after=") && link.ends_with("#decided")));
    let back = admin.get(&step(&third, "before=")).await.is(200);
    assert_eq!((rows(&back), back.says("person61"), back.says("person0")), (50, true, false));
    let rejected = decided(&mut admin, "?state=rejected").await;
    assert!(rows(&rejected) == 50 && !rejected.says("person111") && rejected.says("person110"));
    let rest = admin.get(&next(&rejected)).await.is(200);
    assert_eq!(rows(&rest), 6, "the filter goes along");
    assert_eq!(rows(&decided(&mut admin, "?q=PERSON11").await), 3);
    assert_eq!(rows(&decided(&mut admin, "?q=person11%40&state=approved").await), 1);
    assert!(decided(&mut admin, "?q=%25").await.says("No applications match"), "no wildcard");
    for nonsense in ["?state=open&after=x", "?after=%27", "?before=0", "?state=%00"] {
        assert_eq!(rows(&decided(&mut admin, nonsense).await), 50, "{nonsense}");
    }
    assert!(admin.get("/admin/users").await.links().iter().any(|link| link == "/admin/applications"));
    let korean = admin.get("/admin/applications?lang=ko").await.is(200);
    assert!(korean.says("처리됨") && korean.says("거절"), "{}", korean.text());
    gateway.stop().await;
}

async fn an_address_is_blocked_with_a_rejection_and_unblocked(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let spammer = apply(&gateway, "spammer", "").await;
    let question = admin.get(&spammer.admin_path("/delete")).await.is(200);
    assert!(question.says("Block new applications from spammer@outside.example"), "{}", question.text());
    admin.submit(&question.form("/delete").with("block", "1")).await.is(303);
    let mails = gateway.mails_to(spammer.email()).await.len();
    let honest = sign_up(&mut gateway.browser(), "honest@outside.example", "Honest", PASSWORD).await;
    let again = sign_up(&mut gateway.browser(), "Spammer@OUTSIDE.example", "Spammer", PASSWORD).await;
    assert_eq!((again.status, again.location()), (honest.status, honest.location()), "nothing tells it");
    assert!(gateway.by_email(spammer.email()).await.is_none());
    assert_eq!(gateway.mails_to(spammer.email()).await.len(), mails, "no mail either");
    let page = decided(&mut admin, "").await;
    assert!(page.says("Blocked addresses") && page.says("blocked by boss"), "{}", page.text());
    let form = page.form("/admin/applications/unblock");
    assert_eq!(form.value("email"), Some("spammer@outside.example"));

    let looker = gateway.standard("looker").await;
    grant(&gateway, &looker, "admin.user:read").await;
    let mut hers = gateway.signed_in(&looker).await;
    let seen = decided(&mut hers, "").await;
    assert!(seen.says("spammer@outside.example") && !seen.body.contains("unblock\""), "{}", seen.body);
    hers.submit(&form).await.is(404);

    let done = admin.submit(&form).await.is(303);
    assert!(admin.follow(done).await.says("spammer@outside.example unblocked"));
    admin.submit(&form).await.is(303);
    sign_up(&mut gateway.browser(), spammer.email(), "Spammer", PASSWORD).await.is(303);
    assert!(gateway.by_email(spammer.email()).await.is_some());
    assert_eq!(gateway.count_events(Event::AddressBlocked, Some(&spammer.user)).await, 1);
    assert_eq!(gateway.count_events(Event::AddressUnblocked, None).await, 1, "the second changed nothing");
    gateway.stop().await;
}

async fn many_are_rejected_with_one_message_and_no_more_than_are_taken_at_once(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let mut people = vec![];
    for n in 0..3 {
        people.push(apply(&gateway, &format!("person{n}"), "").await);
    }
    let ids: Vec<String> = people.iter().map(|person| person.user.id.to_string()).collect();
    let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    fields.push(("action", "reject"));
    let question = admin.post("/admin/users/bulk", &fields).await.is(200);
    assert_eq!(gateway.by_email(people[0].email()).await.map(|user| user.status), Some(Status::Pending));
    let form = question.form("/admin/users/bulk").with("message", "The event is over.");
    let long = form.clone().with("message", &"x".repeat(1001));
    let wrong = admin.submit(&long).await.is(422);
    assert!(wrong.says("at most 1000") && wrong.says("person2"), "{}", wrong.text());
    admin.submit(&form).await.is(303);
    for person in &people {
        let message = Some("The event is over.".to_owned());
        let notice = Notice::Rejected { name: person.user.display_name.to_string(), message, blocked: false };
        assert_eq!(gateway.mails_to(person.email()).await.last(), Some(&notice));
    }
    let page = decided(&mut admin, "?state=rejected").await;
    assert_eq!((rows(&page), page.body.matches("The event is over.").count()), (3, 3));

    let many: Vec<String> = (0..201).map(|_| crate::harness::new_id().to_string()).collect();
    let waits = apply(&gateway, "waits", "").await.user;
    let waiting = waits.id.to_string();
    let mut fields: Vec<(&str, &str)> = many.iter().map(|id| ("id", id.as_str())).collect();
    fields.extend([("id", waiting.as_str()), ("action", "activate")]);
    let told = admin.post("/admin/users/bulk", &fields).await.is(303);
    let told = admin.follow(told).await.is(200);
    assert!(told.says("Select at most 200 applications at a time."), "{}", told.text());
    assert_eq!(
        gateway.by_email(waits.email.as_str()).await.unwrap().status,
        Status::Pending,
        "none was changed"
    );
    gateway.stop().await;
}

async fn an_application_is_taken_back_by_whoever_has_its_password(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let boss = gateway.superuser("boss").await;
    let ticket = async |person: &Person| {
        let waits = sign_in(&mut gateway.browser(), person.email(), PASSWORD).await.is(403);
        waits.form("/signup/withdraw").value("token").unwrap().to_owned()
    };
    let confirm = async |token: &str| {
        gateway.browser().post("/signup/withdraw", &[("token", token), ("confirmed", "1")]).await
    };
    let there = async |person: &Person| gateway.account(person).await.is_some();

    let jiho = apply(&gateway, "jiho", "").await;
    let wrong = sign_in(&mut gateway.browser(), jiho.email(), "not the password").await.is(401);
    assert!(!wrong.body.contains("withdraw"), "only with the right password");
    let token = ticket(&jiho).await;
    gateway.browser().get(&format!("/signup/withdraw?token={token}&confirmed=1")).await.is(405);
    let cut = &token[..token.len() - 1];
    let mut turned = token.clone().into_bytes();
    turned[30] = if turned[30] == b'A' { b'B' } else { b'A' };
    let turned = String::from_utf8(turned).unwrap();
    let sealed_for_else = gateway.running.app.master.seal("flash", br#"{"id":"","epoch":0,"at":0}"#);
    for forged in ["", "x", cut, &turned, &sealed_for_else, &jiho.user.id.to_string()] {
        confirm(forged).await.is(410);
    }
    assert!(there(&jiho).await);
    gateway.browser().post("/signup/withdraw", &[("token", &token)]).await.is(200);
    assert!(there(&jiho).await, "it asks first");
    gateway.later(Duration::from_secs(600));
    assert!(confirm(&token).await.is(410).says("too old"));
    assert!(there(&jiho).await);
    let token = ticket(&jiho).await;
    confirm(&token).await.is(303);
    assert!(!there(&jiho).await);
    confirm(&token).await.is(410);
    let again = apply(&gateway, "jiho", "").await;
    confirm(&token).await.is(410);
    assert!(there(&again).await, "a ticket is for one application");

    // Whoever was admitted meanwhile does not lose the account by it.
    let admitted = apply(&gateway, "admitted", "").await;
    let token = ticket(&admitted).await;
    let mut admin = gateway.signed_in(&boss).await;
    admin.post(&admitted.admin_path("/activate"), &[]).await.is(303);
    confirm(&token).await.is(410);
    gateway.browser().post("/signup/withdraw", &[("token", &token)]).await.is(410);
    assert!(there(&admitted).await);

    // Of many at once one does it.
    let raced = apply(&gateway, "raced", "").await;
    let token = ticket(&raced).await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (mut browser, token) = (gateway.browser(), token.clone());
        tries.spawn(async move {
            let fields = [("token", token.as_str()), ("confirmed", "1")];
            browser.post("/signup/withdraw", &fields).await.status.as_u16()
        });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    assert_eq!(gateway.count_events(Event::AccountWithdrawn, Some(&raced.user)).await, 1);
    let log = gateway.events().await;
    let of_raced = |entry: &&Entry| entry.target.as_ref().is_some_and(|target| target.id == raced.user.id);
    let entry = log.iter().filter(of_raced).find(|entry| entry.event == Event::AccountWithdrawn).unwrap();
    assert_eq!(entry.actor, Actor::User { id: raced.user.id, name: "raced".into() });
    gateway.stop().await;
}

async fn applications_that_nobody_decides_on_are_closed_once(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    gateway.superuser("boss").await;
    let old = apply(&gateway, "old", "").await;
    let begun = gateway.clock.now();
    let settings = Settings { expire_days: 30, ..Settings::default() };
    let never = Settings { expire_days: 0, ..Settings::default() };
    gateway.later(DAY);
    let younger = apply(&gateway, "younger", "").await;
    let db = &gateway.db;
    assert_eq!(queue::expire(db, &settings, begun + DAY * 30).await.unwrap(), 0, "not a day too early");
    assert_eq!(queue::expire(db, &never, begun + DAY * 3000).await.unwrap(), 0);
    let now = begun + DAY * 30 + Duration::from_secs(1);
    let mut jobs = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (db, settings) = (gateway.db.clone(), settings.clone());
        jobs.spawn(async move { queue::expire(&db, &settings, now).await.unwrap() });
    }
    assert_eq!(jobs.join_all().await.iter().sum::<u64>(), 1, "once, however many instances there are");
    assert!(gateway.account(&old).await.is_none() && gateway.account(&younger).await.is_some());
    let mails = gateway.mails_to(old.email()).await;
    assert_eq!(mails.last(), Some(&Notice::ApplicationExpired { name: "old".into(), days: 30 }));
    assert_eq!(mails.len(), 2, "{mails:?}");
    let log = gateway.events().await;
    let closed: Vec<_> = log.iter().filter(|it| it.event == Event::AccountApplicationExpired).collect();
    assert_eq!((closed.len(), &closed[0].actor), (1, &Actor::System));
    assert_eq!(closed[0].target.as_ref().map(|target| target.id), Some(old.user.id));
    let mut tx = db.read().await.unwrap();
    let page = applications::page(&mut tx, &Filter::default(), From::Newest, 9).await.unwrap();
    assert_eq!((page.applications.len(), page.applications[0].state), (1, State::Expired));
    assert_eq!(page.applications[0].decided_at, now);
    drop(tx);
    apply(&gateway, "old", "").await;

    // More than one transaction takes.
    for n in 0..120 {
        apply(&gateway, &format!("many{n}"), "").await;
    }
    assert_eq!(queue::expire(db, &settings, begun + DAY * 99).await.unwrap(), 122);
    assert_eq!(gateway.accounts().await, 1);
    gateway.stop().await;
}

async fn decided_applications_are_forgotten_in_time(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    gateway.superuser("boss").await;
    let (db, now) = (&gateway.db, gateway.clock.now());
    let gone = apply(&gateway, "gone", "").await;
    approval::reject(db, &By::cli(), gone.user.id, approval::Rejection::default(), now).await.unwrap();
    apply(&gateway, "waits", "").await;
    let settings = Settings { keep_decided_days: 30, ..Settings::default() };
    assert_eq!(queue::forget_before(&Settings { keep_decided_days: 0, ..settings.clone() }, now), None);
    let forgotten = async |at| {
        let mut tx = db.write().await.unwrap();
        let before = queue::forget_before(&settings, at).unwrap();
        let gone = applications::purge(&mut tx, before).await.unwrap();
        tx.commit().await.unwrap();
        gone
    };
    assert_eq!(forgotten(now + DAY * 30).await, 0);
    assert_eq!(forgotten(now + DAY * 31).await, 1);
    assert_eq!(forgotten(now + DAY * 3000).await, 0, "what waits stays");
    gateway.stop().await;
}

async fn those_who_decide_are_told_once_however_many_come(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let boss = gateway.superuser("boss").await;
    let tell = async |notify: Notify| {
        let settings = Settings { notify, ..Settings::default() };
        let mut jobs = tokio::task::JoinSet::new();
        for _ in 0..5 {
            let (db, settings, now) = (gateway.db.clone(), settings.clone(), gateway.clock.now());
            jobs.spawn(async move { queue::tell(&db, &settings, now).await.unwrap() });
        }
        jobs.join_all().await.iter().sum::<u64>()
    };
    let told = async || gateway.mails_to(boss.email()).await;
    let news = |count, who: &[&str]| Notice::NewApplications {
        name: "Name of boss".into(),
        count,
        who: who.iter().map(|name| (*name).to_owned()).collect(),
    };
    // The gateway's own job is at work, too: off, so that only this story tells anybody.
    set(&gateway, &boss, &[("signup.notify", "off")]).await;
    for n in 0..40 {
        apply(&gateway, &format!("p{n:02}"), "").await;
        gateway.later(Duration::from_millis(1));
    }
    let taken_back = apply(&gateway, "taken-back", "").await;
    take_back(&mut gateway.browser(), taken_back.email()).await.is(303);
    assert_eq!(tell(Notify::Off).await, 0);
    assert_eq!(told().await, []);
    assert_eq!(tell(Notify::AtOnce).await, 1, "of five instances one");
    assert_eq!(told().await, [news(40, &["p00", "p01", "p02", "p03", "p04"])]);
    gateway.later(DAY);
    assert_eq!(tell(Notify::AtOnce).await, 0, "nothing new");

    apply(&gateway, "late", "").await;
    assert_eq!(tell(Notify::AtOnce).await, 1, "the last time is long ago");
    apply(&gateway, "later", "").await;
    gateway.later(Duration::from_secs(299));
    assert_eq!(tell(Notify::AtOnce).await, 0, "a flood is some mails, not one each");
    gateway.later(Duration::from_secs(1));
    assert_eq!(tell(Notify::Hourly).await, 0);
    assert_eq!(tell(Notify::AtOnce).await, 1);
    apply(&gateway, "latest", "").await;
    gateway.later(Duration::from_secs(3600));
    assert_eq!(tell(Notify::Daily).await, 0);
    assert_eq!(tell(Notify::Hourly).await, 1);
    apply(&gateway, "last", "").await;
    gateway.later(DAY);
    assert_eq!(tell(Notify::Daily).await, 1);
    let rest = ["late", "later", "latest", "last"].map(|name| news(1, &[name]));
    assert_eq!(told().await[1..], rest);
    gateway.stop().await;
}

async fn only_those_who_may_decide_are_told(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let boss = gateway.superuser("boss").await;
    set(&gateway, &boss, &[("signup.notify", "off")]).await;
    make_role(&gateway, "doorkeeper", &["admin.user:approve"], &[]).await;
    make_role(&gateway, "head", &[], &["doorkeeper"]).await;
    make_role(&gateway, "reader", &["admin.user:read", "admin.user:manage"], &[]).await;
    let mut admin = gateway.signed_in(&boss).await;
    let mut give = async |role: &str, name: &str| {
        let page = format!("/admin/roles/{role}/people");
        admin.post(&page, &[("people", name)]).await.is(303);
    };
    let mut people = vec![];
    for name in ["by-role", "supervising", "by-grant", "denied", "reading", "nobody", "away", "expired"] {
        people.push(gateway.standard(name).await);
    }
    for (role, name) in [
        ("doorkeeper", "by-role"),
        ("head", "supervising"),
        ("doorkeeper", "denied"),
        ("reader", "reading"),
        ("doorkeeper", "away"),
        ("doorkeeper", "expired"),
    ] {
        give(role, name).await;
    }
    let person = |name: &str| people.iter().find(|person| person.username() == name).unwrap();
    grant(&gateway, person("by-grant"), "admin.user:approve").await;
    let mut tx = gateway.db.write().await.unwrap();
    let approve = narthex::domain::permission::Permission::parse("admin.user:approve").unwrap();
    let now = gateway.clock.now();
    narthex::store::grants::set_permission(&mut tx, person("denied").user.id, &approve, true, now)
        .await
        .unwrap();
    narthex::store::users::set_expiry(&mut tx, person("expired").user.id, now).await.unwrap();
    tx.commit().await.unwrap();
    admin.post(&person("away").admin_path("/deactivate"), &[]).await.is(303);
    let other = gateway.add("other-boss", Tier::Superuser).await;
    apply(&gateway, "someone", "").await;

    assert_eq!(queue::tell(&gateway.db, &Settings::default(), now).await.unwrap(), 5);
    let told = async |person: &Person| gateway.told(person.email()).await.len();
    for person in [&boss, &other, person("by-role"), person("supervising"), person("by-grant")] {
        assert_eq!(told(person).await, 1, "{}", person.username());
    }
    for name in ["denied", "reading", "nobody", "expired"] {
        assert_eq!(told(person(name)).await, 0, "{name}");
    }
    let news = |notice: &Notice| matches!(notice, Notice::NewApplications { .. });
    assert!(!gateway.mails_to(person("away").email()).await.iter().any(news));
    gateway.stop().await;
}

async fn domains_are_allowed_blocked_and_named(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let (allowed, blocked) = ("partner.example\n.partner.example", "spam.partner.example");
    set(&gateway, &boss, &[("signup.allowed_domains", allowed), ("signup.blocked_domains", blocked)]).await;
    for (email, status) in [
        ("a@partner.example", 303),
        ("a@Team.PARTNER.example", 303),
        ("a@spam.partner.example", 422),
        ("a@notpartner.example", 422),
        ("a@partner.example.evil.example", 422),
    ] {
        let page = sign_up(&mut gateway.browser(), email, "A", PASSWORD).await;
        assert_eq!(page.status, status, "{email}");
        assert_eq!(gateway.by_email(email).await.is_some(), status == 303, "{email}");
        if status == 422 {
            let domain = email.split('@').next_back().unwrap();
            assert!(page.says(&format!("Addresses of {domain} cannot sign up here")), "{}", page.text());
            assert_eq!(page.form("/signup").value("email"), Some(email));
        }
    }
    let mut admin = gateway.signed_in(&boss).await;
    let form = admin.get("/admin/settings").await.form("/admin/settings");
    let wrong = admin.submit(&form.clone().with("signup.blocked_domains", "spam example")).await.is(422);
    assert!(wrong.says("“spam example” is not a domain"), "{}", wrong.text());
    let wrong = admin.submit(&form.with("signup.notify", "sometimes")).await.is(422);
    assert!(wrong.says("Choose one of the values"), "{}", wrong.text());
    gateway.stop().await;
}

async fn a_55_a_flood_from_one_place_is_limited_and_the_queue_stays_usable(stack: Stack) {
    let limits = "[signup]\nper_address = 60\nopen_per_address = 40\nmax_pending = 150";
    let gateway = Setup::on(&stack).with(limits).start().await;
    let boss = gateway.superuser("boss").await;
    // Five thousand from one address, twenty at a time.
    let mut flood = tokio::task::JoinSet::new();
    for worker in 0..20 {
        let mut browser = gateway.browser().at_address("127.0.0.2");
        flood.spawn(async move {
            let mut taken = 0;
            for n in 0..250 {
                let email = format!("bot{worker}-{n}@bots.example");
                let fields = [("email", email.as_str()), ("display_name", "Bot"), ("password", PASSWORD)];
                let page = browser.post("/signup", &fields).await;
                assert!(matches!(page.status.as_u16(), 303 | 429), "{}", page.status);
                taken += usize::from(page.status == 303);
            }
            taken
        });
    }
    assert_eq!(flood.join_all().await.iter().sum::<usize>(), 40, "as many as may wait from one place");
    assert_eq!(gateway.accounts().await, 41);

    // Everybody else is served, and whoever decides sees them first and clears the rest away.
    let mut honest = gateway.browser().at_address("127.0.0.3");
    sign_up(&mut honest, "maya@outside.example", "Maya Okafor", PASSWORD).await.is(303);
    let mut admin = gateway.signed_in(&boss).await;
    let list = admin.get("/admin/users").await.is(200);
    assert!(list.says("Maya Okafor") && list.says("41"), "{}", list.text());
    queue::tell(&gateway.db, &Settings::default(), gateway.clock.now() + Duration::from_secs(301))
        .await
        .unwrap();
    assert!(gateway.mails_to(boss.email()).await.len() <= 3, "some mails, not one each");
    let bots = admin.get("/admin/users?q=bots.example&select=all").await.is(200);
    let question = admin.submit(&bots.form("/admin/users/bulk").with("action", "reject")).await.is(200);
    admin.submit(&question.form("/admin/users/bulk")).await.is(303);
    assert_eq!(gateway.accounts().await, 2, "the bots are gone, she is not");
    assert_eq!(gateway.by_email("maya@outside.example").await.unwrap().status, Status::Pending);
    assert_eq!(rows(&decided(&mut admin, "?q=bots").await), 40);

    // From many places: no more than may wait in all.
    let mut taken = 0;
    for n in 0..160 {
        let mut browser = gateway.browser().at_address(&format!("127.0.1.{n}"));
        let email = format!("net{n}@bots.example");
        let fields = [("email", email.as_str()), ("display_name", "Bot"), ("password", PASSWORD)];
        taken += usize::from(browser.post("/signup", &fields).await.status == 303);
    }
    assert_eq!(taken, 149);
    set(&gateway, &boss, &[("signup.blocked_domains", "bots.example")]).await;
    sign_up(&mut gateway.browser(), "more@bots.example", "Bot", PASSWORD).await.is(422);
    gateway.stop().await;
}
