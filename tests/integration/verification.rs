//! Addresses are verified by whoever reads their mail, with a click, and by nobody and nothing else.
use std::time::Duration;

use narthex::{
    domain::{
        application::State,
        audit::{Actor, Entry, Event},
        link::{LinkId, Purpose},
        notice::Notice,
        user::{Email, Status, Tier},
    },
    store::{
        applications::{self, Filter, From},
        blocked_emails, signups,
    },
};

use crate::{
    applications::{set, verify_link},
    harness::{
        Ask, Gateway, PASSWORD, Page, Stack, both_stacks,
        gateway::{Setup, sign_in, sign_up, standing_clock},
    },
};

both_stacks!(
    an_application_reaches_the_queue_with_a_click_only,
    nobody_takes_over_the_application_of_another,
    a_link_is_no_place_to_guess_passwords,
    a_link_works_once_in_its_time_and_as_it_was_written,
    of_many_clicks_at_once_one_counts,
    an_address_that_has_an_account_by_now_is_told_to_sign_in,
    verified_addresses_of_some_domains_are_let_in_at_once,
    a_full_queue_leaves_the_link_good,
    what_waits_to_be_verified_is_limited_and_forgotten,
    what_a_link_may_do_is_looked_at_again,
    without_verification_the_owner_of_an_address_is_told,
    a_54_a_form_cannot_say_that_it_is_verified,
    a_56_nothing_tells_a_known_address_where_addresses_are_verified,
    a_57_an_application_that_is_not_verified_is_nobody_at_sign_in,
    a_70_a_link_is_made_from_nothing_that_a_request_says,
    a_71_a_flood_of_sign_ups_is_a_handful_of_mails,
    a_72_a_scanner_that_opens_the_link_confirms_nothing,
);

const DAY: Duration = Duration::from_secs(86_400);
const ON: &str = "[signup]\nverify_email = true\n";

async fn start(stack: &Stack, more: &str) -> Gateway {
    Setup::on(stack).with(ON).with(more).clock(standing_clock()).start().await
}

/// Presses the button on the page of a link.
async fn click(gateway: &Gateway, link: &str) -> Page {
    let mut browser = gateway.browser();
    let question = browser.get(link).await.is(200);
    browser.submit(&question.form("/verify-email").with("password", PASSWORD)).await
}

/// Sends what the button would, without looking at the page.
async fn post(gateway: &Gateway, link: &str) -> Page {
    let (path, token) = link.split_once("?token=").unwrap();
    gateway.browser().post(path, &[("token", token), ("password", PASSWORD)]).await
}

/// How many wait for their link to be clicked.
async fn held(gateway: &Gateway) -> i64 {
    signups::count(&mut gateway.db.read().await.unwrap(), gateway.clock.now()).await.unwrap()
}

async fn an_application_reaches_the_queue_with_a_click_only(stack: Stack) {
    let gateway = start(&stack, "").await;
    let boss = gateway.superuser("boss").await;
    let mut maya = gateway.browser();
    let fields = [
        ("email", "Maya@Outside.example"),
        ("display_name", "Maya Okafor"),
        ("username", "maya"),
        ("password", PASSWORD),
        ("reason", "the harvest"),
    ];
    let before = gateway.events().await.len();
    let sent = maya.post("/signup", &fields).await.is(303);
    assert_eq!(sent.location(), "/signup/received");
    let next = maya.follow(sent).await.is(200);
    assert!(next.says("Confirm your address") && next.says("with Maya@Outside.example"), "{}", next.text());
    assert_eq!((gateway.accounts().await, held(&gateway).await), (1, 1));
    assert_eq!(gateway.events().await.len(), before, "nobody has applied yet");
    let mut admin = gateway.signed_in(&boss).await;
    assert!(!admin.get("/admin/users").await.says("Maya Okafor"));

    gateway.later(Duration::from_secs(600));
    let link = verify_link(&gateway, "maya@outside.example").await;
    let question = gateway.browser().get(&link).await.is(200);
    for word in ["Maya@Outside.example", "Maya Okafor", "You did not apply?", "Confirm this address"] {
        assert!(question.says(word), "{word}: {}", question.text());
    }
    assert_eq!(question.header("cache-control"), "no-store");
    assert!(!question.header("referrer-policy").contains("unsafe"), "{}", question.header("referrer-policy"));
    let korean = gateway.browser().get(&format!("{link}&lang=ko")).await.is(200);
    assert!(korean.says("이 주소 확인"), "{}", korean.text());
    let done = click(&gateway, &link).await.is(303);
    assert_eq!(done.location(), "/signup/received");
    let user = gateway.by_email("maya@outside.example").await.unwrap();
    assert_eq!((user.status, user.tier, user.email_trusted), (Status::Pending, Tier::Standard, true));
    assert_eq!((user.username.as_str(), user.reason.as_deref()), ("maya", Some("the harvest")));
    assert_eq!(user.registered_at, gateway.clock.now());
    assert_eq!(held(&gateway).await, 0);
    let mails = gateway.mails_to("maya@outside.example").await;
    assert_eq!(mails.last(), Some(&Notice::ApplicationReceived { name: "Maya Okafor".into() }));
    for event in [Event::AccountSignedUp, Event::AccountVerified] {
        assert_eq!(gateway.count_events(event, Some(&user)).await, 1, "{event:?}");
    }
    assert!(sign_in(&mut maya, "maya", PASSWORD).await.is(403).says("awaits approval"));
    gateway.stop().await;
}

async fn nobody_takes_over_the_application_of_another(stack: Stack) {
    let gateway = start(&stack, "").await;
    gateway.superuser("boss").await;
    let email = "victim@outside.example";
    let theirs = "the-attackers-own-one";
    // Before and after the owner, somebody else applies with the address.
    sign_up(&mut gateway.browser(), email, "Mallory", theirs).await.is(303);
    let first = verify_link(&gateway, email).await;
    gateway.later(Duration::from_secs(1));
    sign_up(&mut gateway.browser(), email, "Victor", PASSWORD).await.is(303);
    let own = verify_link(&gateway, email).await;
    gateway.later(Duration::from_secs(1));
    sign_up(&mut gateway.browser(), email, "Mallory", theirs).await.is(303);
    let last = verify_link(&gateway, email).await;
    assert!(own != first && own != last);
    assert_eq!(held(&gateway).await, 3, "they stand side by side");
    assert!(gateway.browser().get(&own).await.is(200).says("Victor"), "the page says whose it is");
    // Whose address it is does not know the password of the others, and makes none of them an account by mistake.
    for other in [&first, &last] {
        let page = click(&gateway, other).await.is(422);
        assert!(page.says("not the password that was chosen"), "{}", page.text());
        gateway.browser().get(other).await.is(200);
    }
    assert_eq!((gateway.accounts().await, held(&gateway).await), (1, 3), "nothing has come of it");
    click(&gateway, &own).await.is(303);
    let user = gateway.by_email(email).await.unwrap();
    assert_eq!(user.display_name.as_str(), "Victor");
    assert_eq!(held(&gateway).await, 0, "the others are forgotten");
    for other in [&first, &last] {
        gateway.browser().get(other).await.is(409);
        post(&gateway, other).await.is(409);
    }
    sign_in(&mut gateway.browser(), email, theirs).await.is(401);
    sign_in(&mut gateway.browser(), email, PASSWORD).await.is(403);
    assert_eq!(gateway.accounts().await, 2);
    gateway.stop().await;
}

async fn a_link_is_no_place_to_guess_passwords(stack: Stack) {
    let gateway = start(&stack, "").await;
    gateway.superuser("boss").await;
    let email = "maya@outside.example";
    sign_up(&mut gateway.browser(), email, "Maya", PASSWORD).await.is(303);
    let link = verify_link(&gateway, email).await;
    let (path, token) = link.split_once("?token=").unwrap();
    for n in 0..12 {
        let mut browser = gateway.browser().at_address(&format!("127.0.{n}.1"));
        let page =
            browser.post(path, &[("token", token), ("password", &format!("a guess, number {n}"))]).await;
        assert!(!page.is(422).body.contains("a guess"));
    }
    gateway.browser().at_address("127.1.0.1").post(path, &[("token", token)]).await.is(422);
    let mut late = gateway.browser().at_address("127.1.1.1");
    late.post(path, &[("token", token), ("password", PASSWORD)]).await.is(422);
    assert_eq!(gateway.accounts().await, 1, "not even the right one is looked at any more");
    gateway.later(Duration::from_secs(3600));
    late.post(path, &[("token", token), ("password", PASSWORD)]).await.is(303);
    assert!(gateway.by_email(email).await.is_some());
    gateway.stop().await;
}

async fn a_link_works_once_in_its_time_and_as_it_was_written(stack: Stack) {
    let gateway = start(&stack, "").await;
    gateway.superuser("boss").await;
    let email = "maya@outside.example";
    sign_up(&mut gateway.browser(), email, "Maya", PASSWORD).await.is(303);
    let link = verify_link(&gateway, email).await;
    let swapped: String = link
        .chars()
        .enumerate()
        .map(|(at, c)| match c {
            c if at < 30 => c,
            c if c.is_ascii_lowercase() => c.to_ascii_uppercase(),
            c => c.to_ascii_lowercase(),
        })
        .collect();
    let elsewhere = gateway.link(LinkId::draw(), Purpose::VerifyEmail);
    let other_purpose =
        gateway.link(LinkId::draw(), Purpose::ResetPassword).replace("/reset-password", "/verify-email");
    for wrong in [
        "/verify-email?token=",
        "/verify-email?token=%00",
        &link[..link.len() - 1],
        &format!("{link}A"),
        &swapped,
        &elsewhere,
        &other_purpose,
    ] {
        let page = gateway.browser().get(wrong).await.is(410);
        assert!(
            page.says("no longer works") && page.links().contains(&"/signup".to_owned()),
            "{}",
            page.text()
        );
        post(&gateway, wrong).await.is(410);
    }
    gateway.browser().get("/verify-email").await.is(410);
    assert_eq!(gateway.accounts().await, 1);

    gateway.later(DAY);
    gateway.browser().get(&link).await.is(410);
    post(&gateway, &link).await.is(410);
    assert_eq!(gateway.accounts().await, 1, "too late");
    sign_up(&mut gateway.browser(), email, "Maya", PASSWORD).await.is(303);
    let link = verify_link(&gateway, email).await;
    gateway.later(DAY - Duration::from_secs(1));
    click(&gateway, &link).await.is(303);
    post(&gateway, &link).await.is(410);
    gateway.browser().get(&link).await.is(410);
    assert_eq!(gateway.accounts().await, 2, "once");
    gateway.stop().await;
}

async fn of_many_clicks_at_once_one_counts(stack: Stack) {
    let gateway = start(&stack, "").await;
    gateway.superuser("boss").await;
    let email = "maya@outside.example";
    let mut links = vec![];
    for _ in 0..4 {
        sign_up(&mut gateway.browser(), email, "Maya", PASSWORD).await.is(303);
        links.push(verify_link(&gateway, email).await);
        gateway.later(Duration::from_secs(1));
    }
    let mut clicks = tokio::task::JoinSet::new();
    for link in links.iter().cycle().take(20) {
        let (mut browser, token) = (gateway.browser(), link.split_once('=').unwrap().1.to_owned());
        clicks.spawn(async move {
            browser
                .post("/verify-email", &[("token", token.as_str()), ("password", PASSWORD)])
                .await
                .status
                .as_u16()
        });
    }
    let answers = clicks.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| matches!(status, 303 | 409 | 410)), "{answers:?}");
    assert_eq!(gateway.accounts().await, 2);
    assert_eq!(gateway.count_events(Event::AccountSignedUp, None).await, 1);
    gateway.stop().await;
}

async fn an_address_that_has_an_account_by_now_is_told_to_sign_in(stack: Stack) {
    let gateway = start(&stack, "").await;
    gateway.superuser("boss").await;
    sign_up(&mut gateway.browser(), "carol@people.example", "Carol", PASSWORD).await.is(303);
    let link = verify_link(&gateway, "carol@people.example").await;
    let carol = gateway.standard("carol").await;
    let page = gateway.browser().get(&link).await.is(409);
    assert!(page.says("You have an account already") && page.links().contains(&"/login".to_owned()));
    post(&gateway, &link).await.is(409);
    sign_in(&mut gateway.browser(), "carol", PASSWORD).await.is(401);
    sign_in(&mut gateway.browser(), "carol", &carol.password).await.is(303);
    gateway.stop().await;
}

async fn verified_addresses_of_some_domains_are_let_in_at_once(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let boss = gateway.superuser("boss").await;
    let approved = ("signup.auto_approved_domains", ".partner.example");
    set(&gateway, &boss, &[approved]).await;
    // Anybody can write down an address: while nobody shows that they read it, nothing is approved by it.
    sign_up(&mut gateway.browser(), "a@team.partner.example", "A", PASSWORD).await.is(303);
    assert_eq!(gateway.by_email("a@team.partner.example").await.unwrap().status, Status::Pending);

    set(&gateway, &boss, &[("signup.verify_email", "1")]).await;
    for (email, status) in [
        ("b@team.partner.example", Status::Active),
        ("c@partner.example", Status::Pending),
        ("d@team.partner.example.evil.example", Status::Pending),
    ] {
        sign_up(&mut gateway.browser(), email, "Somebody", PASSWORD).await.is(303);
        assert!(gateway.by_email(email).await.is_none(), "not before the click");
        let link = verify_link(&gateway, email).await;
        let mut browser = gateway.browser();
        let question = browser.get(&link).await.is(200);
        assert_eq!(question.says("administrator"), status != Status::Active, "{}", question.text());
        let form = question.form("/verify-email").with("password", PASSWORD);
        let done = browser.submit(&form).await.is(303);
        let said = browser.follow(done).await.is(200);
        let user = gateway.by_email(email).await.unwrap();
        assert_eq!((user.status, user.tier), (status, Tier::Standard), "{email}");
        assert_eq!(said.says("Your account is ready"), status == Status::Active, "{}", said.text());
        assert_eq!(said.says("application is on its way"), status != Status::Active, "{}", said.text());
    }
    let user = gateway.by_email("b@team.partner.example").await.unwrap();
    sign_in(&mut gateway.browser(), "b@team.partner.example", PASSWORD).await.is(303);
    let log = gateway.events().await;
    let by_itself = |entry: &&Entry| entry.event == Event::AccountActivated && entry.actor == Actor::System;
    let entry = log.iter().find(by_itself).unwrap();
    assert_eq!((&entry.actor, entry.detail.as_deref()), (&Actor::System, Some("team.partner.example")));
    assert_eq!(entry.target.as_ref().map(|target| target.id), Some(user.id));
    let mails = gateway.mails_to("b@team.partner.example").await;
    let notice =
        Notice::Approved { name: "Somebody".into(), username: user.username.to_string(), password: true };
    assert!(mails.contains(&notice), "{mails:?}");
    let mut tx = gateway.db.read().await.unwrap();
    let (held, _) = narthex::store::grants::of_user(&mut tx, user.id).await.unwrap();
    assert!(held.roles.is_empty() && held.direct.is_empty());
    let page = applications::page(&mut tx, &Filter::default(), From::Newest, 9).await.unwrap().applications;
    assert_eq!((page.len(), page[0].state, page[0].decided_by.as_deref()), (1, State::Approved, None));
    drop(tx);

    // Who comes in without anybody who decides is for superusers to say.
    let helper = gateway.standard("helper").await;
    crate::delegation::grant(&gateway, &helper, "admin.settings:manage").await;
    let mut hers = gateway.signed_in(&helper).await;
    let form = hers.get("/admin/settings").await.is(200).form("/admin/settings");
    assert_eq!(form.value("signup.auto_approved_domains"), None);
    hers.submit(&form.with("signup.auto_approved_domains", "evil.example")).await.is(404);
    gateway.stop().await;
}

async fn a_full_queue_leaves_the_link_good(stack: Stack) {
    let gateway = start(&stack, "[signup]\nmax_pending = 1").await;
    let boss = gateway.superuser("boss").await;
    let mut links = vec![];
    for name in ["one", "two"] {
        let email = format!("{name}@outside.example");
        sign_up(&mut gateway.browser(), &email, name, PASSWORD).await.is(303);
        links.push(verify_link(&gateway, &email).await);
    }
    click(&gateway, &links[0]).await.is(303);
    assert!(click(&gateway, &links[1]).await.is(429).says("Yours is kept"));
    assert!(gateway.by_email("two@outside.example").await.is_none());
    let one = gateway.by_email("one@outside.example").await.unwrap();
    let mut admin = gateway.signed_in(&boss).await;
    admin.post(&format!("/admin/users/{}/delete", one.id), &[]).await.is(303);
    click(&gateway, &links[1]).await.is(303);
    assert!(gateway.by_email("two@outside.example").await.is_some());
    gateway.stop().await;
}

async fn what_waits_to_be_verified_is_limited_and_forgotten(stack: Stack) {
    let gateway = start(&stack, "[signup]\nopen_per_address = 3").await;
    gateway.superuser("boss").await;
    let mut answers = vec![];
    for n in 0..5 {
        let email = format!("p{n}@outside.example");
        answers.push(sign_up(&mut gateway.browser(), &email, "P", PASSWORD).await.status.as_u16());
    }
    assert_eq!(answers, [303, 303, 303, 429, 429]);
    let mut elsewhere = gateway.browser().at_address("127.0.0.2");
    sign_up(&mut elsewhere, "q@outside.example", "Q", PASSWORD).await.is(303);
    // What is verified counts on, from where it was sent.
    let link = verify_link(&gateway, "p0@outside.example").await;
    click(&gateway, &link).await.is(303);
    sign_up(&mut gateway.browser(), "p5@outside.example", "P", PASSWORD).await.is(429);
    gateway.later(DAY);
    assert_eq!(held(&gateway).await, 0);
    let mut tx = gateway.db.write().await.unwrap();
    assert_eq!(signups::purge(&mut tx, gateway.clock.now()).await.unwrap(), 3, "what is over goes");
    tx.commit().await.unwrap();
    sign_up(&mut gateway.browser(), "p5@outside.example", "P", PASSWORD).await.is(303);
    gateway.stop().await;
}

async fn what_a_link_may_do_is_looked_at_again(stack: Stack) {
    let gateway = start(&stack, "").await;
    let boss = gateway.superuser("boss").await;
    let mut links = vec![];
    for email in ["a@one.example", "b@two.example", "c@three.example"] {
        sign_up(&mut gateway.browser(), email, "Somebody", PASSWORD).await.is(303);
        links.push(verify_link(&gateway, email).await);
    }
    set(&gateway, &boss, &[("signup.blocked_domains", "one.example")]).await;
    post(&gateway, &links[0]).await.is(410);
    let blocked = Email::parse("B@two.example").unwrap();
    let mut tx = gateway.db.write().await.unwrap();
    assert!(blocked_emails::put(&mut tx, &blocked, gateway.clock.now(), "boss").await.unwrap());
    tx.commit().await.unwrap();
    post(&gateway, &links[1]).await.is(410);
    // A blocked address is not even written to, and gets the same answer.
    let mails = gateway.mails_to("b@two.example").await.len();
    sign_up(&mut gateway.browser(), "b@two.example", "Somebody", PASSWORD).await.is(303);
    assert_eq!(gateway.mails_to("b@two.example").await.len(), mails);
    set(&gateway, &boss, &[("signup.enabled", "0")]).await;
    gateway.browser().get(&links[2]).await.is(404);
    post(&gateway, &links[2]).await.is(404);
    assert_eq!(gateway.accounts().await, 1);
    set(&gateway, &boss, &[("signup.enabled", "1")]).await;
    click(&gateway, &links[2]).await.is(303);
    gateway.stop().await;
}

async fn without_verification_the_owner_of_an_address_is_told(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    gateway.superuser("boss").await;
    let known = gateway.standard("known").await;
    let before = gateway.accounts().await;
    let mut browser = gateway.browser();
    let sent = sign_up(&mut browser, "KNOWN@people.example", "Mallory", PASSWORD).await.is(303);
    assert!(browser.follow(sent).await.is(200).says("Application received"));
    assert_eq!(gateway.accounts().await, before);
    let told = Notice::AddressKnown { name: "Name of known".into() };
    assert_eq!(gateway.mails_to(known.email()).await, [told]);
    sign_up(&mut gateway.browser(), "new@outside.example", "New", PASSWORD).await.is(303);
    let told = Notice::ApplicationReceived { name: "New".into() };
    assert_eq!(gateway.mails_to("new@outside.example").await, [told]);
    gateway.stop().await;
}

async fn a_54_a_form_cannot_say_that_it_is_verified(stack: Stack) {
    let gateway = start(&stack, "").await;
    gateway.superuser("boss").await;
    let fields = [
        ("email", "eve@outside.example"),
        ("display_name", "Eve"),
        ("password", PASSWORD),
        ("verified", "1"),
        ("email_trusted", "true"),
        ("token", "x"),
        ("status", "active"),
        ("tier", "superuser"),
        ("role", "admin"),
        ("expires_at", "9999999999999999"),
        ("id", "1"),
    ];
    gateway.browser().post("/signup", &fields).await.is(303);
    assert!(gateway.by_email("eve@outside.example").await.is_none());
    let link = verify_link(&gateway, "eve@outside.example").await;
    let token = link.split_once('=').unwrap().1;
    let fields = [
        ("token", token),
        ("password", PASSWORD),
        ("email", "boss@people.example"),
        ("status", "active"),
        ("tier", "superuser"),
    ];
    gateway.browser().post("/verify-email", &fields).await.is(303);
    let eve = gateway.by_email("eve@outside.example").await.unwrap();
    assert_eq!((eve.status, eve.tier, eve.session_epoch), (Status::Pending, Tier::Standard, 0));
    gateway.stop().await;
}

async fn a_56_nothing_tells_a_known_address_where_addresses_are_verified(stack: Stack) {
    let gateway = start(&stack, "").await;
    gateway.superuser("boss").await;
    let known = gateway.standard("known").await;
    sign_up(&mut gateway.browser(), "waits@outside.example", "Waits", PASSWORD).await.is(303);
    let link = verify_link(&gateway, "waits@outside.example").await;
    click(&gateway, &link).await.is(303);

    let mut seen = vec![];
    for email in [known.email(), "waits@outside.example", "stranger@outside.example"] {
        let (hashes, rows) = (gateway.running.app.hasher.computed(), held(&gateway).await);
        let (mails, events) = (gateway.mails_to(email).await.len(), gateway.events().await.len());
        let mut browser = gateway.browser();
        let page =
            browser.post("/signup", &[("email", email), ("display_name", "X"), ("password", PASSWORD)]).await;
        let cookies =
            page.headers.get_all("set-cookie").iter().map(|value| value.len() - email.len() * 4 / 3);
        let (status, to, cookies) = (page.status, page.location().to_owned(), cookies.collect::<Vec<_>>());
        let next = browser.follow(page).await.is(200).text().replace(email, "…");
        let work = (
            gateway.running.app.hasher.computed() - hashes,
            held(&gateway).await - rows,
            gateway.mails_to(email).await.len() - mails,
            gateway.events().await.len() - events,
        );
        assert_eq!(work, (1, 1, 1, 0), "the same work for {email}");
        // The language of the page apart, which names its address.
        seen.push((status, to, cookies.len(), next));
        // With the chosen password nothing can be told either.
        let answer = sign_in(&mut gateway.browser(), email, "another-password-altogether").await;
        assert_eq!(answer.status, 401);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    let told = Notice::AddressKnown { name: "Name of known".into() };
    assert_eq!(gateway.mails_to(known.email()).await, [told], "no link");
    gateway.stop().await;
}

async fn a_57_an_application_that_is_not_verified_is_nobody_at_sign_in(stack: Stack) {
    let gateway = start(&stack, "").await;
    gateway.superuser("boss").await;
    sign_up(&mut gateway.browser(), "new@outside.example", "New", PASSWORD).await.is(303);
    let known = gateway.standard("known").await;
    sign_up(&mut gateway.browser(), known.email(), "New", PASSWORD).await.is(303);
    let mut seen = vec![];
    for email in ["new@outside.example", known.email()] {
        let page = sign_in(&mut gateway.browser(), email, PASSWORD).await.is(401);
        assert!(page.says("incorrect") && !page.says("approval"), "{}", page.text());
        seen.push(page.text().replace(email, "…"));
    }
    assert_eq!(seen[0], seen[1], "signing in afterwards does not tell a known address from a new one");
    gateway.stop().await;
}

async fn a_70_a_link_is_made_from_nothing_that_a_request_says(stack: Stack) {
    let gateway = start(&stack, "").await;
    gateway.superuser("boss").await;
    let fields = [("email", "maya@outside.example"), ("display_name", "Maya"), ("password", PASSWORD)];
    let poisoned = Ask::post("/signup", &fields)
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "http")
        .header("forwarded", "host=evil.example")
        .header("x-original-url", "https://evil.example/");
    let answer = gateway.browser().send(poisoned).await.is(303);
    assert_eq!(answer.location(), "/signup/received");
    let mails = gateway.mails_to("maya@outside.example").await;
    assert!(!format!("{mails:?}").contains("evil"), "{mails:?}");
    assert!(
        matches!(mails.as_slice(), [Notice::VerifyEmail { .. }]),
        "a name and the number of a link: {mails:?}"
    );
    click(&gateway, &verify_link(&gateway, "maya@outside.example").await).await.is(303);
    let elsewhere = Ask::post("/signup", &fields).header("host", "evil.example");
    let answer = gateway.browser().send(elsewhere).await;
    assert_ne!(answer.status, 303, "on another host there is no sign-up");
    gateway.stop().await;
}

async fn a_71_a_flood_of_sign_ups_is_a_handful_of_mails(stack: Stack) {
    let gateway = start(&stack, "[signup]\nper_address = 30").await;
    gateway.superuser("boss").await;
    let victim = "victim@outside.example";
    let mut answers = std::collections::BTreeSet::new();
    for n in 0..200 {
        let mut browser = gateway.browser().at_address(&format!("127.0.{}.1", n % 100));
        let email = if n % 2 == 0 { victim } else { "Victim@OUTSIDE.example" };
        let page = sign_up(&mut browser, email, "Victim", PASSWORD).await;
        answers.insert((page.status.as_u16(), page.location().to_owned()));
    }
    assert_eq!(answers.len(), 1, "all get the same answer: {answers:?}");
    assert_eq!(gateway.mails_to(victim).await.len(), 5, "to one address");
    assert_eq!(held(&gateway).await, 5, "what nobody could verify is not kept");

    let mut mailed = 0;
    for n in 0..60 {
        let email = format!("p{n}@outside.example");
        let mut browser = gateway.browser().at_address("127.9.9.9");
        let status = sign_up(&mut browser, &email, "P", PASSWORD).await.status;
        assert_eq!(status, if n < 30 { 303 } else { 429 }, "nobody is promised a mail that does not come");
        mailed += gateway.mails_to(&email).await.len();
    }
    assert_eq!(mailed, 30, "from one address");
    let known = gateway.standard("known").await;
    for n in 0..20 {
        let mut browser = gateway.browser().at_address(&format!("127.1.{n}.1"));
        sign_up(&mut browser, known.email(), "P", PASSWORD).await.is(303);
    }
    assert_eq!(gateway.mails_to(known.email()).await.len(), 5);
    gateway.later(Duration::from_secs(3600));
    sign_up(&mut gateway.browser(), victim, "Victim", PASSWORD).await.is(303);
    assert_eq!(gateway.mails_to(victim).await.len(), 6);
    gateway.stop().await;
}

async fn a_72_a_scanner_that_opens_the_link_confirms_nothing(stack: Stack) {
    let gateway = start(&stack, "").await;
    gateway.superuser("boss").await;
    let email = "maya@outside.example";
    sign_up(&mut gateway.browser(), email, "Maya", PASSWORD).await.is(303);
    let link = verify_link(&gateway, email).await;
    let before = gateway.events().await.len();
    for _ in 0..3 {
        for method in ["GET", "HEAD", "OPTIONS"] {
            let page = gateway.browser().send(Ask::new(method, &link).bare()).await;
            assert!(page.status.as_u16() == 200 || method == "OPTIONS", "{method} {}", page.status);
        }
        let page = gateway.browser().get(&link).await.is(200);
        assert!(!page.body.contains("http-equiv"), "nothing goes on by itself");
        // And whatever it links to.
        for target in page.links() {
            if target.starts_with('/') {
                gateway.browser().get(&target).await;
            }
        }
    }
    assert!(gateway.by_email(email).await.is_none());
    assert_eq!((held(&gateway).await, gateway.events().await.len()), (1, before));
    click(&gateway, &link).await.is(303);
    assert!(gateway.by_email(email).await.is_some());
    gateway.stop().await;
}
