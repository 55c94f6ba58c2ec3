//! Forgotten passwords: the mailed link, what an administrator sets, and whoever would like to have either.
use std::time::Duration;

use narthex::{
    accounts::{By, administration},
    domain::{
        audit::{Entry, Event},
        language::Language,
        link::{LinkId, Purpose},
        notice::Notice,
        secret,
        user::{DisplayName, Email, Source, Status, Tier, User, UserId, Username},
    },
    store::{
        mail_tokens::{self, MailedLink},
        users::{self, NewUser},
    },
};
use sqlx::{Executor as _, Row as _};

use crate::harness::{
    Ask, Browser, Gateway, PASSWORD, Page, Person, Stack, both_stacks,
    gateway::{Setup, sign_in, standing_clock},
};

both_stacks!(
    a_forgotten_password_is_replaced_by_a_mailed_link,
    where_nobody_signs_in_with_a_password_none_is_forgotten,
    a_56_asking_for_a_link_tells_nothing_of_the_address,
    the_password_of_now_is_not_chosen_again,
    a_66_a_link_is_good_once_until_its_time_and_only_the_newest,
    a_66_a_link_is_void_once_the_password_or_the_address_has_changed,
    a_66_a_link_is_that_of_one_account_byte_for_byte,
    a_66_nothing_that_is_stored_opens_the_page,
    a_66_of_many_who_use_one_link_at_once_one_is_served,
    a_67_the_link_alone_decides_and_only_one_for_this_purpose,
    a_68_the_mail_goes_to_the_one_address_that_is_stored,
    a_69_who_may_not_sign_in_with_a_password_gets_no_way_to_one,
    a_70_a_mail_knows_nothing_of_the_host_that_was_asked_for,
    a_71_mails_to_one_address_and_from_one_client_are_limited,
    a_72_looking_at_a_link_uses_nothing_up,
);

const HALF_HOUR: Duration = Duration::from_secs(30 * 60);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const NEW: &str = "lantern-otter-eleven-maps";

async fn standing(stack: &Stack) -> Gateway {
    Setup::on(stack).clock(standing_clock()).start().await
}

async fn forget(gateway: &Gateway, email: &str) -> Page {
    gateway.browser().post("/forgot-password", &[("email", email)]).await
}

/// The links that were mailed to somebody, oldest first.
async fn links(gateway: &Gateway, email: &str) -> Vec<String> {
    let link = |notice: Notice| match notice {
        Notice::ResetPassword { link, .. } => Some(gateway.link(link, Purpose::ResetPassword)),
        _ => None,
    };
    gateway.mails_to(email).await.into_iter().filter_map(link).collect()
}

/// Asks for a link and reads it in the mail.
async fn link(gateway: &Gateway, person: &Person) -> String {
    // Mails of one moment are in no order.
    gateway.later(SECOND);
    forget(gateway, person.email()).await.is(303);
    links(gateway, person.email()).await.pop().expect("a link was mailed")
}

fn token(link: &str) -> &str {
    link.split_once("token=").unwrap().1
}

async fn choose(browser: &mut Browser, token: &str, password: &str) -> Page {
    browser.post("/reset-password", &[("token", token), ("new_password", password)]).await
}

/// The link opens nothing, looked at or used, and the password is as it was.
async fn is_void(gateway: &Gateway, link: &str, why: &str) {
    let page = gateway.browser().get(link).await;
    assert_eq!(page.status, 410, "{why}: {}", page.text());
    assert!(page.links().iter().any(|it| it == "/forgot-password"), "{why}");
    let page = choose(&mut gateway.browser(), token(link), NEW).await;
    assert_eq!(page.status, 410, "{why}: {}", page.text());
}

async fn entries(gateway: &Gateway, event: Event) -> Vec<Entry> {
    gateway.events().await.into_iter().filter(|entry| entry.event == event).collect()
}

async fn the_password_of_now_is_not_chosen_again(stack: Stack) {
    let gateway = standing(&stack).await;
    let boss = gateway.superuser("boss").await;
    crate::applications::set(&gateway, &boss, &[("password.history", "0")]).await;
    let carol = gateway.standard("carol").await;
    let link = link(&gateway, &carol).await;
    choose(&mut gateway.browser(), token(&link), &carol.password).await.is(422);
    choose(&mut gateway.browser(), token(&link), NEW).await.is(303);
    gateway.stop().await;
}

async fn a_forgotten_password_is_replaced_by_a_mailed_link(stack: Stack) {
    let gateway = standing(&stack).await;
    let carol = gateway.standard("carol").await;
    // One that an administrator has set, so that it would have to be changed.
    let mut admin = gateway.signed_in(&gateway.superuser("boss").await).await;
    let set = [("new_password", "one-time-otter-lamp"), ("must_change", "1")];
    admin.post(&carol.admin_path("/password"), &set).await.is(303);
    let mut restricted = gateway.browser();
    sign_in(&mut restricted, "carol", "one-time-otter-lamp").await.is(303);

    let mut browser = gateway.browser();
    assert!(browser.get("/login").await.is(200).links().iter().any(|link| link == "/forgot-password"));
    let form = browser.get("/forgot-password").await.is(200).form("/forgot-password");
    gateway.later(SECOND);
    let asked = browser.submit(&form.with("email", carol.email())).await.is(303);
    assert!(browser.follow(asked).await.is(200).says("a mail with a link is on its way"));
    let notices = gateway.mails_to(carol.email()).await;
    let [Notice::PasswordReset { .. }, Notice::ResetPassword { name, username, link }] = &notices[..] else {
        panic!("{notices:?}")
    };
    assert_eq!((name.as_str(), username.as_str()), ("Name of carol", "carol"));
    let link = gateway.link(*link, Purpose::ResetPassword);

    let page = browser.get(&link).await.is(200);
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "same-origin", "no other place learns the link");
    let form = page.form("/reset-password");
    assert_eq!((form.value("username"), form.value("token")), (Some("carol"), Some(token(&link))));
    let page = browser.submit(&form.clone().with("new_password", "too short")).await.is(422);
    assert!(page.says("at least 15 characters"), "{}", page.text());
    browser.submit(&form.clone().with("new_password", "carol-and-her-kettle")).await.is(422);
    let page = browser.submit(&form.clone().with("new_password", "one-time-otter-lamp")).await.is(422);
    assert!(page.says("other than the last one"), "{}", page.text());
    // What was refused has used nothing up.
    gateway.later(SECOND);
    let done = browser.submit(&form.with("new_password", NEW)).await.is(303);
    assert!(done.location().starts_with("/login"), "{}", done.location());
    assert!(browser.follow(done).await.is(200).says("Your password was changed"));
    assert!(!browser.get("/login").await.is(200).says("Your password was changed"), "it is said once");
    browser.get("/account").await.is(303);

    assert!(restricted.get("/account/password").await.is(303).location().starts_with("/login"), "it is over");
    sign_in(&mut gateway.browser(), "carol", "one-time-otter-lamp").await.is(401);
    let page = sign_in(&mut browser, "carol", NEW).await.is(303);
    assert!(page.location().starts_with("/continue"), "nothing has to be changed: {}", page.location());
    let account = gateway.account(&carol).await.unwrap();
    assert_eq!(account.unlocked_at, gateway.clock.now(), "whoever reads the mailbox is no guesser");
    assert!(matches!(
        gateway.told(carol.email()).await.last(),
        Some(Notice::PasswordChanged { seen, .. }) if seen.address == "127.0.0.1" && seen.at == gateway.clock.now()
    ));
    let asked = entries(&gateway, Event::PasswordResetRequested).await;
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].actor.user_id(), asked[0].detail.as_deref()), (None, None));
    assert_eq!(asked[0].target.as_ref().map(|target| target.id), Some(carol.user.id));
    let reset = entries(&gateway, Event::PasswordReset).await.pop().unwrap();
    assert_eq!((reset.actor.user_id(), reset.detail.as_deref()), (Some(carol.user.id), Some("by_mail")));
    gateway.stop().await;
}

async fn where_nobody_signs_in_with_a_password_none_is_forgotten(stack: Stack) {
    let gateway = Setup::on(&stack).with("[login]\nlocal = false").start().await;
    let carol = gateway.standard("carol").await;
    let mut browser = gateway.browser();
    let page = browser.get("/login?local=1").await.is(200);
    assert!(!page.links().iter().any(|link| link.contains("forgot")));
    for path in ["/forgot-password", "/forgot-password/sent", "/reset-password?token=x"] {
        browser.get(path).await.is(404);
    }
    browser.post("/forgot-password", &[("email", carol.email())]).await.is(404);
    choose(&mut browser, "x", NEW).await.is(404);
    assert_eq!(gateway.mails_to(carol.email()).await, []);
    gateway.stop().await;
}

/// Everybody who gets no link, by the word that the audit log has for it.
async fn others(gateway: &Gateway) -> Vec<(&'static str, String)> {
    let db = &gateway.db;
    let waiting = gateway.applicant("waiting").await;
    let inactive = gateway.standard("inactive").await;
    administration::deactivate(db, &By::cli(), inactive.user.id, gateway.clock.now()).await.unwrap();
    let over = gateway.standard("over").await;
    let mut tx = db.write().await.unwrap();
    users::set_expiry(&mut tx, over.user.id, gateway.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let employee = employee(gateway).await;
    vec![
        ("address_unknown", "nobody@people.example".to_owned()),
        ("pending", waiting.email().to_owned()),
        ("inactive", inactive.email().to_owned()),
        ("expired", over.email().to_owned()),
        ("no_password", employee.email.to_string()),
    ]
}

/// Somebody who signs in at a provider and nowhere else.
async fn employee(gateway: &Gateway) -> User {
    let number = users::next_number(&gateway.db).await.unwrap();
    let new = NewUser {
        id: UserId(secret::new_id(gateway.clock.now())),
        number,
        username: &Username::parse("employee").unwrap(),
        email: &Email::parse("employee@corp.example").unwrap(),
        email_trusted: true,
        display_name: &DisplayName::parse("An Employee").unwrap(),
        status: Status::Active,
        tier: Tier::Standard,
        source: Source::Sso,
        password_hash: None,
        reason: None,
        language: Language::En,
        registered_at: gateway.clock.now(),
    };
    let mut tx = gateway.db.write().await.unwrap();
    assert!(users::insert(&mut tx, &new).await.unwrap());
    tx.commit().await.unwrap();
    gateway.by_email("employee@corp.example").await.unwrap()
}

/// All that a stranger sees of an answer.
fn seen(page: &Page) -> (u16, Vec<(String, String)>, String) {
    let told = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let mut headers: Vec<_> = page.headers.iter().map(told).collect();
    headers.retain(|(name, _)| name != "x-request-id" && name != "date");
    headers.sort();
    (page.status.as_u16(), headers, page.body.clone())
}

async fn a_56_asking_for_a_link_tells_nothing_of_the_address(stack: Stack) {
    let gateway = standing(&stack).await;
    gateway.superuser("boss").await;
    let known = gateway.standard("known").await;
    let others = others(&gateway).await;
    let hashes = || gateway.running.app.hasher.computed();
    let before = hashes();
    let mut answers = vec![];
    let emails = [known.email()].into_iter().chain(others.iter().map(|(_, email)| email.as_str()));
    for email in emails {
        let mut browser = gateway.browser();
        let asked = browser.post("/forgot-password", &[("email", email)]).await;
        let next = browser.follow(asked.clone()).await.is(200);
        assert!(!next.body.contains(email));
        answers.push((
            email.to_owned(),
            seen(&asked),
            next.text().split("Reference").next().unwrap().to_owned(),
        ));
    }
    for (email, asked, next) in &answers {
        assert_eq!(asked.0, 303, "{email}");
        assert_eq!((asked, next), (&answers[0].1, &answers[0].2), "{email}");
    }
    assert_eq!(hashes(), before, "no password is looked at");
    let written = rows(&stack, "SELECT purpose FROM mail_tokens").await.len();
    assert_eq!(written, answers.len(), "a row for everybody");
    assert_eq!(links(&gateway, known.email()).await.len(), 1);
    let asked = entries(&gateway, Event::PasswordResetRequested).await;
    let mut told: Vec<_> = asked.iter().map(|entry| entry.detail.as_deref().unwrap_or_default()).collect();
    let mut expected: Vec<_> = [""].into_iter().chain(others.iter().map(|(word, _)| *word)).collect();
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected, "administrators see what was behind it");
    gateway.stop().await;
}

async fn a_66_a_link_is_good_once_until_its_time_and_only_the_newest(stack: Stack) {
    let gateway = standing(&stack).await;
    let carol = gateway.standard("carol").await;
    let used = link(&gateway, &carol).await;
    choose(&mut gateway.browser(), token(&used), "first-pebble-lantern").await.is(303);
    is_void(&gateway, &used, "used before").await;

    let old = link(&gateway, &carol).await;
    gateway.later(HALF_HOUR - MINUTE);
    gateway.browser().get(&old).await.is(200);
    gateway.later(MINUTE);
    is_void(&gateway, &old, "after its time").await;

    let (older, newer) = (link(&gateway, &carol).await, link(&gateway, &carol).await);
    assert_ne!(older, newer);
    is_void(&gateway, &older, "there is a newer one").await;
    sign_in(&mut gateway.browser(), "carol", "first-pebble-lantern").await.is(303);
    choose(&mut gateway.browser(), token(&newer), NEW).await.is(303);
    sign_in(&mut gateway.browser(), "carol", NEW).await.is(303);
    gateway.stop().await;
}

async fn a_66_a_link_is_void_once_the_password_or_the_address_has_changed(stack: Stack) {
    let gateway = standing(&stack).await;
    let mut admin = gateway.signed_in(&gateway.superuser("boss").await).await;
    let carol = gateway.standard("carol").await;
    let mut browser = gateway.signed_in(&carol).await;
    let before = link(&gateway, &carol).await;
    let typed = [("current_password", carol.password.as_str()), ("new_password", "first-pebble-lantern")];
    browser.post("/account/password", &typed).await.is(303);
    is_void(&gateway, &before, "the owner has changed the password").await;

    let before = link(&gateway, &carol).await;
    let set = [("new_password", "second-pebble-lantern"), ("must_change", "0")];
    admin.post(&carol.admin_path("/password"), &set).await.is(303);
    is_void(&gateway, &before, "an administrator has set the password").await;

    let before = link(&gateway, &carol).await;
    for email in ["carol@elsewhere.example", carol.email()] {
        let form = admin.get(&carol.admin_path("")).await.is(200).form(&carol.admin_path(""));
        admin.submit(&form.with("email", email)).await.is(303);
        is_void(&gateway, &before, "the address has changed, and back again").await;
    }
    sign_in(&mut gateway.browser(), "carol", "second-pebble-lantern").await.is(303);
    let changed = |notice: &Notice| matches!(notice, Notice::EmailChanged { .. });
    let told = async |email: &str| gateway.mails_to(email).await.iter().filter(|it| changed(it)).count();
    assert_eq!(
        (told(carol.email()).await, told("carol@elsewhere.example").await),
        (2, 2),
        "both are told of both"
    );
    gateway.stop().await;
}

async fn a_66_a_link_is_that_of_one_account_byte_for_byte(stack: Stack) {
    let gateway = standing(&stack).await;
    let (carol, dave) = (gateway.standard("carol").await, gateway.standard("dave").await);
    let (hers, his) = (link(&gateway, &carol).await, link(&gateway, &dave).await);
    let good = token(&hers);
    let swapped: String = good
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    // The name of one link under the proof of another.
    let mixed = format!("{}{}", &good[..20], &token(&his)[20..]);
    let forged = [
        &good[..good.len() - 1],
        &good[..22],
        "",
        &good.to_lowercase(),
        &good.to_uppercase(),
        &swapped,
        &mixed,
        &format!("{good}A"),
        &format!("{good}="),
        &format!(" {good}"),
    ];
    for forged in forged {
        let page = choose(&mut gateway.browser(), forged, NEW).await;
        assert_eq!(page.status, 410, "{forged}");
        let opened = format!("/reset-password?token={}", forged.replace(' ', "%20"));
        gateway.browser().get(&opened).await.is(410);
    }
    // Whom the form says it is about changes nothing.
    let fields = [("token", good), ("username", "dave"), ("email", dave.email()), ("new_password", NEW)];
    gateway.browser().post("/reset-password", &fields).await.is(303);
    sign_in(&mut gateway.browser(), "dave", &dave.password).await.is(303);
    sign_in(&mut gateway.browser(), "dave", NEW).await.is(401);
    sign_in(&mut gateway.browser(), "carol", NEW).await.is(303);
    gateway.browser().get(&his).await.is(200);
    gateway.stop().await;
}

async fn a_66_nothing_that_is_stored_opens_the_page(stack: Stack) {
    let gateway = standing(&stack).await;
    let carol = gateway.standard("carol").await;
    let link = link(&gateway, &carol).await;
    let token = token(&link);
    let mut stored: Vec<u8> = vec![];
    if stack.database_url().starts_with("sqlite") {
        for entry in std::fs::read_dir(stack.folder()).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with("narthex.db") {
                stored.extend(std::fs::read(path).unwrap());
            }
        }
    } else {
        for table in [
            "SELECT t::text FROM mail_tokens AS t",
            "SELECT t::text FROM outbox AS t",
            "SELECT t::text FROM audit_events AS t",
            "SELECT t::text FROM users AS t",
        ] {
            stored.extend(rows(&stack, table).await.join("\n").into_bytes());
        }
    }
    let holds = |text: &[u8]| stored.windows(text.len()).any(|window| window == text);
    assert!(holds(b"reset_password") && holds(carol.email().as_bytes()), "that is where to look");
    assert!(!holds(token.as_bytes()));
    // The proof, without the name in front of it.
    let bytes = secret::from_base64url(token).unwrap();
    let proof = &bytes[16..];
    assert!(!holds(proof) && !holds(secret::base64url(proof).as_bytes()));
    let hex: String = proof.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!holds(hex.as_bytes()) && !holds(&token.as_bytes()[token.len() - 20..]));
    gateway.stop().await;
}

async fn a_66_of_many_who_use_one_link_at_once_one_is_served(stack: Stack) {
    let gateway = standing(&stack).await;
    let carol = gateway.standard("carol").await;
    let link = link(&gateway, &carol).await;
    let mut tries = tokio::task::JoinSet::new();
    for number in 0..12 {
        let (mut browser, token) = (gateway.browser(), token(&link).to_owned());
        tries.spawn(async move {
            let password = format!("{NEW}-{number}");
            choose(&mut browser, &token, &password).await.status.as_u16()
        });
    }
    let mut done = tries.join_all().await;
    done.sort_unstable();
    assert_eq!(done.iter().filter(|status| **status == 303).count(), 1, "{done:?}");
    assert!(done.iter().all(|status| [303, 410].contains(status)), "{done:?}");
    assert_eq!(gateway.count_events(Event::PasswordReset, Some(&carol.user)).await, 1);
    gateway.stop().await;
}

async fn a_67_the_link_alone_decides_and_only_one_for_this_purpose(stack: Stack) {
    let gateway = standing(&stack).await;
    let (carol, dave) = (gateway.standard("carol").await, gateway.standard("dave").await);
    // Without the mail: neither a new browser nor one that has asked, nor one that is signed in.
    let mut asking = gateway.browser();
    asking.post("/forgot-password", &[("email", carol.email())]).await.is(303);
    let mut signed_in = gateway.signed_in(&dave).await;
    for browser in [&mut gateway.browser(), &mut asking, &mut signed_in] {
        browser.get("/reset-password").await.is(410);
        browser.post("/reset-password", &[("new_password", NEW)]).await.is(410);
        let fields = [("email", carol.email()), ("username", "carol"), ("new_password", NEW)];
        browser.post("/reset-password", &fields).await.is(410);
        choose(browser, &secret::random_token(), NEW).await.is(410);
    }
    // A link for another purpose, and the row behind it under this one's name.
    let id = LinkId::draw();
    let row = MailedLink {
        subject: carol.user.id.0,
        email_key: carol.email().to_owned(),
        expires_at: gateway.clock.now() + HALF_HOUR,
    };
    let mut tx = gateway.db.write().await.unwrap();
    mail_tokens::put(&mut tx, id, Purpose::VerifyEmail, &row).await.unwrap();
    tx.commit().await.unwrap();
    let verify = gateway.link(id, Purpose::VerifyEmail);
    choose(&mut gateway.browser(), token(&verify), NEW).await.is(410);
    choose(&mut gateway.browser(), token(&gateway.link(id, Purpose::ResetPassword)), NEW).await.is(410);
    sign_in(&mut gateway.browser(), "carol", &carol.password).await.is(303);

    // With it: without having opened the page, where somebody else is signed in; who stays signed in.
    let link = links(&gateway, carol.email()).await.pop().unwrap();
    choose(&mut signed_in, token(&link), NEW).await.is(303);
    assert!(signed_in.get("/account").await.is(200).says("dave"));
    sign_in(&mut gateway.browser(), "carol", NEW).await.is(303);
    sign_in(&mut gateway.browser(), "dave", &dave.password).await.is(303);
    gateway.stop().await;
}

async fn a_68_the_mail_goes_to_the_one_address_that_is_stored(stack: Stack) {
    let gateway = standing(&stack).await;
    let carol = gateway.standard("Carol").await;
    let stored = carol.email().to_owned();
    let (thief, both) = ("thief@evil.example", format!("{stored},thief@evil.example"));
    let mut browser = gateway.browser();
    for (fields, status) in [
        (vec![("email", stored.as_str()), ("email", thief)], 400),
        (vec![("email", thief), ("email", stored.as_str())], 400),
        (vec![("email[]", stored.as_str()), ("email[]", thief)], 422),
        (vec![("email[0]", stored.as_str()), ("email[1]", thief)], 422),
        (vec![("email", both.as_str())], 422),
        (vec![("email", &format!("{stored} {thief}"))], 422),
        (vec![("email", &format!("{stored};{thief}"))], 422),
        (vec![("email", &format!("{stored}\r\nBcc: {thief}"))], 422),
        (vec![("email", &format!("{stored}\nTo: {thief}"))], 422),
        (vec![("email", &format!("{stored}%0d%0aBcc:{thief}"))], 422),
        (vec![("email", &format!("\"{thief}\" <{stored}>"))], 422),
        (vec![("email", &format!("{stored}\0"))], 422),
        (vec![("email", "")], 422),
        (vec![("email", "carol")], 422),
        (vec![], 422),
    ] {
        let page = browser.post("/forgot-password", &fields).await;
        assert_eq!(page.status, status, "{fields:?}");
    }
    let json = format!("{{\"email\":[\"{stored}\",\"{thief}\"]}}");
    let ask = Ask::new("POST", "/forgot-password").body(json);
    browser.send(ask.header("content-type", "application/json")).await.is(400);
    assert_eq!(rows(&stack, "SELECT recipient FROM outbox").await, [] as [&str; 0], "nobody was written to");

    // However it is typed, it is the stored spelling that is written to; what else is sent means nothing.
    let fields = [("email", " CAROL@people.EXAMPLE "), ("to", thief), ("cc", thief)];
    browser.post("/forgot-password", &fields).await.is(303);
    assert_eq!(rows(&stack, "SELECT recipient FROM outbox").await, [stored.as_str()]);
    gateway.stop().await;
}

async fn a_69_who_may_not_sign_in_with_a_password_gets_no_way_to_one(stack: Stack) {
    let gateway = standing(&stack).await;
    gateway.superuser("boss").await;
    let (db, by, now) = (&gateway.db, By::cli(), gateway.clock.now());
    let carol = gateway.standard("carol").await;
    let hers = link(&gateway, &carol).await;
    administration::deactivate(db, &by, carol.user.id, now).await.unwrap();
    is_void(&gateway, &hers, "locked out since").await;
    assert_eq!(gateway.account(&carol).await.unwrap().status, Status::Inactive);
    let dave = gateway.standard("dave").await;
    let his = link(&gateway, &dave).await;
    let mut tx = db.write().await.unwrap();
    users::set_expiry(&mut tx, dave.user.id, now).await.unwrap();
    tx.commit().await.unwrap();
    is_void(&gateway, &his, "the account's time is over").await;

    for (why, email) in others(&gateway).await {
        forget(&gateway, &email).await.is(303);
        assert_eq!(links(&gateway, &email).await, [] as [&str; 0], "{why}");
        let Some(user) = gateway.by_email(&email).await else { continue };
        // Nor does a link help that should not be there.
        let id = LinkId::draw();
        let row = MailedLink { subject: user.id.0, email_key: user.email.key(), expires_at: now + HALF_HOUR };
        let mut tx = db.write().await.unwrap();
        mail_tokens::put(&mut tx, id, Purpose::ResetPassword, &row).await.unwrap();
        tx.commit().await.unwrap();
        is_void(&gateway, &gateway.link(id, Purpose::ResetPassword), why).await;
        let after = gateway.by_email(&email).await.unwrap();
        assert_eq!((after.status, after.has_password), (user.status, user.has_password), "{why}");
        assert_eq!(after.password_changed_at, user.password_changed_at, "{why}");
    }
    gateway.stop().await;
}

async fn a_70_a_mail_knows_nothing_of_the_host_that_was_asked_for(stack: Stack) {
    let gateway = standing(&stack).await;
    let carol = gateway.standard("carol").await;
    let ask = || Ask::post("/forgot-password", &[("email", carol.email())]).bare();
    let mut browser = gateway.browser();
    browser.send(ask().header("host", "evil.example")).await.is(421);
    assert_eq!(links(&gateway, carol.email()).await, [] as [&str; 0], "no page of ours is there");
    for (name, value) in [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("forwarded", "host=evil.example"),
        ("x-original-host", "evil.example"),
    ] {
        browser.send(ask().header(name, value)).await.is(303);
    }
    let written = rows(&stack, "SELECT notice FROM outbox").await;
    assert_eq!(written.len(), 4);
    assert!(written.iter().all(|notice| !notice.contains("evil") && !notice.contains("http")), "{written:?}");
    gateway.stop().await;
}

async fn a_71_mails_to_one_address_and_from_one_client_are_limited(stack: Stack) {
    let gateway = standing(&stack).await;
    let (carol, dave) = (gateway.standard("carol").await, gateway.standard("dave").await);
    let first = seen(&forget(&gateway, carol.email()).await);
    for _ in 0..29 {
        gateway.later(SECOND);
        assert_eq!(seen(&forget(&gateway, carol.email()).await), first, "nobody sees that there is a limit");
    }
    assert_eq!(links(&gateway, carol.email()).await.len(), 5, "to one address");
    let written = gateway.events().await.len();
    for email in [carol.email(), dave.email(), "nobody@people.example"] {
        forget(&gateway, email).await.is(429);
    }
    assert_eq!(gateway.events().await.len(), written, "from one client: nothing is written");
    let newest = links(&gateway, carol.email()).await.pop().unwrap();
    gateway.browser().get(&newest).await.is(200);
    assert_eq!(links(&gateway, dave.email()).await.len(), 0);
    let mut elsewhere = gateway.browser().at_address("127.0.0.77");
    elsewhere.post("/forgot-password", &[("email", dave.email())]).await.is(303);
    assert_eq!(links(&gateway, dave.email()).await.len(), 1, "others are not concerned");
    let throttled = entries(&gateway, Event::PasswordResetRequested).await;
    let throttled = throttled.iter().filter(|entry| entry.detail.as_deref() == Some("throttled")).count();
    assert_eq!(throttled, 25);
    gateway.later(Duration::from_secs(3600));
    forget(&gateway, carol.email()).await.is(303);
    assert_eq!(links(&gateway, carol.email()).await.len(), 6);
    gateway.stop().await;
}

async fn a_72_looking_at_a_link_uses_nothing_up(stack: Stack) {
    let gateway = standing(&stack).await;
    let carol = gateway.standard("carol").await;
    let link = link(&gateway, &carol).await;
    let before = gateway.account(&carol).await.unwrap();
    for _ in 0..3 {
        let mut scanner = gateway.browser().always("user-agent", "MailScanner/1.0");
        scanner.get(&link).await.is(200);
        scanner.send(Ask::new("HEAD", &link).bare()).await.is(200);
        scanner.get(&format!("{link}&lang=ko")).await.is(200);
        let with_password = format!("{link}&new_password={NEW}");
        scanner.get(&with_password).await.is(200);
    }
    let after = gateway.account(&carol).await.unwrap();
    assert_eq!((after.version, after.session_epoch), (before.version, before.session_epoch));
    sign_in(&mut gateway.browser(), "carol", &carol.password).await.is(303);
    choose(&mut gateway.browser(), token(&link), NEW).await.is(303);
    sign_in(&mut gateway.browser(), "carol", NEW).await.is(303);
    assert_ne!(NEW, PASSWORD);
    gateway.stop().await;
}

/// The first column of a table, as text, past everything of ours.
async fn rows(stack: &Stack, query: &'static str) -> Vec<String> {
    let url = stack.database_url();
    if url.starts_with("sqlite") {
        let pool = sqlx::SqlitePool::connect(url).await.unwrap();
        let rows = pool.fetch_all(query).await.unwrap();
        pool.close().await;
        return rows.iter().map(|row| row.get(0)).collect();
    }
    let pool = sqlx::PgPool::connect(url).await.unwrap();
    let rows = pool.fetch_all(query).await.unwrap();
    pool.close().await;
    rows.iter().map(|row| row.get(0)).collect()
}
