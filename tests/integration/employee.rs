//! The employees' door: single sign-on, provisioning, and what is tried there.
use narthex::{
    accounts::setup,
    domain::{
        audit::Event,
        user::{Source, Status, Tier, User},
    },
};
use serde_json::{Value, json};

use crate::harness::{
    Ask, Browser, Gateway, Issuer, PASSWORD, Page, Stack, both_stacks,
    gateway::{Setup, sign_in},
    jar::Kept,
};

both_stacks!(
    an_employee_comes_in_without_a_form_and_is_the_same_the_second_time,
    a_provider_that_is_down_stops_nobody_else,
    a_provider_that_goes_down_uses_no_attempts_up,
    name_and_address_follow_the_provider,
    a_refused_sign_in_ends_on_a_page_and_never_in_a_loop,
    a_26_a_callback_in_another_browser_is_refused_and_redeems_nothing,
    a_27_a_second_visit_and_twenty_tabs_end_well,
    a_29_a_flow_is_no_session_and_a_session_is_no_flow,
    a_40_nobody_becomes_a_superuser_by_their_address,
    a_41_one_subject_or_address_at_two_providers_is_two_people,
    a_44_a_squatters_application_gives_way_to_the_addresss_owner,
    a_45_who_is_locked_out_or_waits_stays_so_whatever_the_provider_says,
    a_46_only_the_boolean_true_verifies_an_address,
    a_48_claims_make_names_that_collide_with_nobody,
    a_50_of_twenty_first_sign_ins_at_once_one_account_is_made,
    a_51_the_first_superuser_is_raced_by_single_sign_on,
);

pub(crate) async fn start(stack: &Stack, more: &str) -> (Gateway, Issuer) {
    let issuer = Issuer::start().await;
    let setup = Setup::on(stack).with(&issuer.config("corp", more)).provider_port(issuer.port);
    let gateway = setup.start().await;
    gateway.superuser("boss").await;
    (gateway, issuer)
}

/// Clicks the provider's link and goes wherever that leads.
pub(crate) async fn enter(browser: &mut Browser) -> Page {
    enter_by(browser, "corp").await
}

pub(crate) async fn enter_by(browser: &mut Browser, provider: &str) -> Page {
    let login = browser.get("/login?local=1").await;
    if login.status == 303 {
        return browser.follow(login).await;
    }
    browser.visit(&login.link(&format!("/oidc/{provider}"))).await
}

pub(crate) async fn account(gateway: &Gateway, email: &str) -> User {
    gateway.by_email(email).await.unwrap_or_else(|| panic!("{email} has no account"))
}

async fn an_employee_comes_in_without_a_form_and_is_the_same_the_second_time(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    issuer.is_employee("emma");
    let mut browser = gateway.browser();
    let page = browser.visit("/account").await.is(200);
    assert_eq!(page.url.path(), "/login");
    assert!(page.says("Continue with corp"));
    let page = browser.visit(&page.link("/oidc/corp")).await.is(200);
    assert_eq!(page.url.path(), "/account");
    assert!(page.says("Employee emma"));
    let emma = account(&gateway, "emma@corp.example").await;
    assert_eq!((emma.status, emma.tier, emma.source), (Status::Active, Tier::Standard, Source::Sso));
    assert_eq!(emma.username.as_str(), "emma");
    assert!(emma.email_trusted && !emma.has_password);
    assert!(flow_cookies(&browser).is_empty(), "the flow's cookie is gone");

    let mut elsewhere = gateway.browser();
    assert_eq!(enter(&mut elsewhere).await.url.path(), "/account");
    let again = account(&gateway, "emma@corp.example").await;
    assert_eq!(again.id, emma.id);
    assert_eq!(gateway.accounts().await, 2);
    assert_eq!(gateway.count_events(Event::AccountProvisioned, Some(&emma)).await, 1);
    assert_eq!(gateway.count_events(Event::LoginSucceeded, Some(&emma)).await, 2);
    // There is no password to sign in with, and none to guess.
    sign_in(&mut gateway.browser(), "emma", "").await.is(401);
    sign_in(&mut gateway.browser(), "emma", PASSWORD).await.is(401);
    gateway.stop().await;
}

async fn a_provider_that_is_down_stops_nobody_else(stack: Stack) {
    let issuer = Issuer::start().await;
    let down = format!(
        "[[provider]]\nname = 'down'\nissuer = 'http://127.0.0.1:{}'\nclient_id = 'x'\nclient_secret = 'y'\n",
        crate::harness::free_port()
    );
    let setup = Setup::on(&stack).with(&down).with(&issuer.config("corp", "")).provider_port(issuer.port);
    let gateway = setup.start().await;
    let boss = gateway.superuser("boss").await;
    let mut browser = gateway.browser();
    let page = browser.visit("/oidc/down").await.is(502);
    assert!(page.body.contains("<h1"));
    gateway.signed_in(&boss).await;
    issuer.is_employee("emma");
    assert_eq!(enter(&mut browser).await.url.path(), "/account");
    gateway.browser().get("/readyz").await.is(200);
    gateway.stop().await;
}

async fn a_provider_that_goes_down_uses_no_attempts_up(stack: Stack) {
    let issuer = Issuer::start().await;
    let setup = Setup::on(&stack).with("[login]\naddress_failures = 2").with(&issuer.config("corp", ""));
    let gateway = setup.provider_port(issuer.port).start().await;
    issuer.is_employee("emma");
    let mut under_way = vec![];
    for _ in 0..4 {
        let mut browser = gateway.browser();
        let address = callback(&mut browser).await;
        under_way.push((browser, address));
    }
    issuer.goes_down();
    for (mut browser, address) in under_way {
        browser.get(&address).await.is(502);
    }
    gateway.stop().await;
}

async fn name_and_address_follow_the_provider(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    issuer.is_employee("emma");
    enter(&mut gateway.browser()).await.is(200);
    let emma = account(&gateway, "emma@corp.example").await;
    let married = json!({
        "sub": "subject-of-emma", "email": "emma.weber@corp.example", "email_verified": true,
        "preferred_username": "emma.weber", "name": "Emma Weber",
    });
    issuer.is(married.clone());
    enter(&mut gateway.browser()).await.is(200);
    let now = account(&gateway, "emma.weber@corp.example").await;
    assert_eq!((now.id, now.display_name.as_str()), (emma.id, "Emma Weber"));
    assert_eq!(now.username, emma.username, "a username stays");
    // An address that somebody else has is skipped; the sign-in goes on.
    let mut greedy = married;
    greedy["email"] = "boss@people.example".into();
    issuer.is(greedy);
    enter(&mut gateway.browser()).await.is(200);
    assert_eq!(account(&gateway, "emma.weber@corp.example").await.id, emma.id);
    assert_eq!(account(&gateway, "boss@people.example").await.tier, Tier::Superuser);
    gateway.stop().await;
}

async fn a_refused_sign_in_ends_on_a_page_and_never_in_a_loop(stack: Stack) {
    let rules = "allowed_domains = ['corp.example']\nallowed_groups = ['staff', 'Ärzte']";
    let issuer = Issuer::start().await;
    let setup = Setup::on(&stack).with(&issuer.config("corp", rules)).provider_port(issuer.port);
    let gateway = setup.with("[login]\nauto_redirect = 'corp'").start().await;
    gateway.superuser("boss").await;
    let person = |email: &str, groups: Value| {
        json!({
            "sub": "s", "email": email, "email_verified": true, "name": "N", "groups": groups,
        })
    };
    for (claims, why) in [
        (person("a@evil.example", json!(["staff"])), "domain_not_allowed"),
        (person("a@sub.corp.example", json!(["staff"])), "domain_not_allowed"),
        (person("a@corp.example.evil.example", json!(["staff"])), "domain_not_allowed"),
        (person("a@evil@corp.example", json!(["staff"])), "email_missing"),
        (person("a@corp.example", json!([])), "group_not_allowed"),
        (person("a@corp.example", json!(["STAFF", "staffs"])), "group_not_allowed"),
        (person("a@corp.example", Value::Null), "groups_missing"),
        (json!({ "sub": "s", "groups": ["staff"] }), "email_missing"),
    ] {
        issuer.is(claims.clone());
        let mut browser = gateway.browser();
        let page = browser.visit("/login").await.is(403);
        assert!(page.url.path().starts_with("/oidc/corp/callback"), "{claims}: {}", page.url);
        assert!(page.body.contains("<h1"));
        let refused =
            gateway.events().await.into_iter().rfind(|entry| entry.event == Event::LoginRefused).unwrap();
        assert_eq!(refused.detail.as_deref(), Some(why), "{claims}");
        assert!(browser.cookies().find("narthex").is_none());
    }
    assert_eq!(gateway.accounts().await, 1);
    issuer.is(person("a@corp.example", json!(["Ärzte"])));
    gateway.browser().visit("/login").await.is(200);
    // The form is always to be had.
    gateway.browser().get("/login?local=1").await.is(200);
    gateway.stop().await;
}

/// The address that the provider sends the browser back to, not gone to yet.
pub(crate) async fn callback(browser: &mut Browser) -> String {
    let begun = browser.get("/oidc/corp").await.is(303);
    let answered = browser.get(begun.location()).await.is(303);
    answered.location().to_owned()
}

fn flow_cookies(browser: &Browser) -> Vec<Kept> {
    let flow = |cookie: &Kept| cookie.name.starts_with("narthex-flow-");
    browser.cookies().all().iter().filter(|cookie| flow(cookie)).cloned().collect()
}

async fn a_26_a_callback_in_another_browser_is_refused_and_redeems_nothing(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    issuer.is_employee("mallory");
    let mut mallory = gateway.browser();
    let stolen = callback(&mut mallory).await;
    let mut victim = gateway.browser();
    let page = victim.get(&stolen).await.is(400);
    assert!(page.links().iter().any(|link| link.starts_with("/oidc/corp")), "a way to start again");
    // Also when the victim has a sign-in of their own under way.
    callback(&mut victim).await;
    victim.get(&stolen).await.is(400);
    assert!(victim.cookies().find("narthex").is_none());
    assert_eq!(issuer.redeemed(), 0);
    // Somebody signed in stays who they are.
    let carol = gateway.standard("carol").await;
    let mut carols = gateway.signed_in(&carol).await;
    carols.get(&stolen).await.is(303);
    assert!(carols.get("/account").await.says("carol"));
    assert_eq!(issuer.redeemed(), 0);
    for broken in [
        stolen.replace("state=", "state=x"),
        stolen.replace("state=", "other="),
        stolen.replace("/corp/", "/none/"),
    ] {
        let page = mallory.get(&broken).await;
        assert!(page.status.is_client_error(), "{broken}: {}", page.status);
    }
    let foreign = stolen.replace("iss=http%3A%2F%2F127.0.0.1", "iss=http%3A%2F%2Fevil.example");
    assert_ne!(foreign, stolen);
    let page = mallory.get(&foreign).await;
    assert!(!page.status.is_success() && !page.status.is_redirection(), "RFC 9207: {}", page.status);
    assert_eq!(issuer.redeemed(), 0);
    gateway.stop().await;
}

async fn a_27_a_second_visit_and_twenty_tabs_end_well(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    issuer.is_employee("emma");
    let mut browser = gateway.browser();
    let address = callback(&mut browser).await;
    browser.get(&address).await.is(303);
    let again = browser.visit(&address).await.is(200);
    assert_eq!(again.url.path(), "/account", "the second visit is harmless");
    assert_eq!(issuer.redeemed(), 1);

    // Twenty tabs begin one after the other and come back all at once.
    let mut tabs = gateway.browser();
    let mut addresses = vec![];
    for _ in 0..20 {
        addresses.push(callback(&mut tabs).await);
    }
    assert!(flow_cookies(&tabs).len() <= 5);
    let mut back = tokio::task::JoinSet::new();
    for address in addresses {
        let mut tab = tabs.clone();
        back.spawn(async move { tab.get(&address).await });
    }
    for page in back.join_all().await {
        let status = page.status.as_u16();
        assert!(matches!(status, 303 | 400), "{status}");
        assert!(status == 303 || page.links().iter().any(|link| link.starts_with("/oidc/corp")), "a way on");
    }
    tabs.get("/account").await.is(200);
    assert!(issuer.redeemed() <= 6, "{} codes were redeemed", issuer.redeemed());
    assert_eq!(gateway.accounts().await, 2);
    gateway.stop().await;
}

async fn a_29_a_flow_is_no_session_and_a_session_is_no_flow(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    issuer.is_employee("emma");
    let mut browser = gateway.browser();
    let address = callback(&mut browser).await;
    let flow = flow_cookies(&browser).remove(0);
    let url = url::Url::parse(&address).unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let id = flow.name.trim_start_matches("narthex-flow-").to_owned();
    for secret in [&flow.value, &state, &id] {
        for cookie in [
            format!("narthex={secret}"),
            format!("narthex={secret}.{secret}"),
            format!("narthex-gate={secret}"),
        ] {
            gateway.browser().send(Ask::get("/account").header("cookie", &cookie)).await.is(303);
        }
    }
    browser.get(&address).await.is(303);
    let session = browser.cookies().find("narthex").unwrap().value.clone();
    let (first, second) = session.split_once('.').unwrap();
    for value in [session.as_str(), first, second] {
        let page = gateway.browser().get(&format!("/oidc/corp/callback?code=x&state={value}")).await;
        assert!(page.status.is_client_error());
        let cookie = format!("{}={value}", flow.name);
        let page = gateway.browser().send(Ask::get(&address).header("cookie", &cookie)).await;
        assert!(page.status.is_client_error());
    }
    assert_eq!(issuer.redeemed(), 1);
    gateway.stop().await;
}

async fn a_40_nobody_becomes_a_superuser_by_their_address(stack: Stack) {
    for (round, more) in
        ["", "links_verified_email = true", "email_verified = 'trusted'"].into_iter().enumerate()
    {
        let (gateway, issuer) = start_again(&stack, more, round).await;
        let boss = account(&gateway, "boss@people.example").await;
        for verified in [json!(true), json!(false), Value::Null] {
            issuer.is(json!({
                "sub": "attacker", "email": "BOSS@people.example", "email_verified": verified,
                "preferred_username": "boss", "name": "Boss",
            }));
            let mut browser = gateway.browser();
            enter(&mut browser).await.is(403);
            browser.get("/admin/users").await.is(303);
        }
        let now = account(&gateway, "boss@people.example").await;
        assert_eq!(
            (now.id, now.session_epoch, now.last_login_at),
            (boss.id, boss.session_epoch, boss.last_login_at)
        );
        assert_eq!(gateway.accounts().await, 1, "no account is made either");
        gateway.stop().await;
    }
}

/// [`start`], on a stack that may have its superuser already.
async fn start_again(stack: &Stack, more: &str, round: usize) -> (Gateway, Issuer) {
    if round == 0 {
        return start(stack, more).await;
    }
    let issuer = Issuer::start().await;
    let setup = Setup::on(stack).with(&issuer.config("corp", more)).provider_port(issuer.port);
    (setup.start().await, issuer)
}

async fn a_41_one_subject_or_address_at_two_providers_is_two_people(stack: Stack) {
    let (one, two) = (Issuer::start().await, Issuer::start().await);
    let setup = Setup::on(&stack).with(&one.config("one", "")).with(&two.config("two", ""));
    let gateway = setup.provider_port(one.port).provider_port(two.port).start().await;
    gateway.superuser("boss").await;
    let person =
        |email: &str| json!({ "sub": "42", "email": email, "email_verified": true, "name": "Forty-Two" });
    one.is(person("a@one.example"));
    two.is(person("b@two.example"));
    enter_by(&mut gateway.browser(), "one").await.is(200);
    enter_by(&mut gateway.browser(), "two").await.is(200);
    let (a, b) = (account(&gateway, "a@one.example").await, account(&gateway, "b@two.example").await);
    assert_ne!(a.id, b.id, "the same subject");
    assert_ne!(a.username, b.username);

    // The same address, under another subject at the other provider.
    two.is(json!({ "sub": "43", "email": "a@one.example", "email_verified": true, "name": "Other" }));
    let mut browser = gateway.browser();
    let page = enter_by(&mut browser, "two").await.is(403);
    assert!(page.body.contains("<h1"));
    browser.get("/account").await.is(303);
    assert_eq!(gateway.accounts().await, 3);
    gateway.stop().await;
}

async fn a_44_a_squatters_application_gives_way_to_the_addresss_owner(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    let mut squatter = gateway.browser();
    let fields = [
        ("email", "Emma@Corp.example"),
        ("display_name", "Not Emma"),
        ("username", "emma"),
        ("password", PASSWORD),
    ];
    squatter.post("/signup", &fields).await.is(303);
    let squatted = account(&gateway, "emma@corp.example").await;
    issuer.is_employee("emma");
    assert_eq!(enter(&mut gateway.browser()).await.url.path(), "/account");
    let emma = account(&gateway, "emma@corp.example").await;
    assert_ne!(emma.id, squatted.id);
    assert_eq!(
        (emma.status, emma.source, emma.display_name.as_str()),
        (Status::Active, Source::Sso, "Employee emma")
    );
    assert!(!emma.has_password);
    for login in ["emma", "emma@corp.example", squatted.username.as_str()] {
        sign_in(&mut squatter, login, PASSWORD).await.is(401);
    }
    assert_eq!(gateway.count_events(Event::AccountSuperseded, Some(&squatted)).await, 1);
    assert_eq!(gateway.accounts().await, 2);

    // A provider that brings known people only supersedes nobody.
    let other = Issuer::start().await;
    let setup =
        Setup::on(&stack).with(&other.config("corp", "provision = 'existing'")).provider_port(other.port);
    let strict = setup.start().await;
    let waiting = strict.applicant("waiting").await;
    other.is(json!({ "sub": "w", "email": waiting.email(), "email_verified": true }));
    enter(&mut strict.browser()).await.is(403);
    assert_eq!(strict.account(&waiting).await.unwrap().status, Status::Pending);
    strict.stop().await;
    gateway.stop().await;
}

async fn a_45_who_is_locked_out_or_waits_stays_so_whatever_the_provider_says(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    let boss = crate::harness::Person {
        user: account(&gateway, "boss@people.example").await,
        password: format!("{PASSWORD}-4"),
    };
    let mut admin = gateway.signed_in(&boss).await;
    issuer.is_employee("emma");
    let mut emmas = gateway.browser();
    enter(&mut emmas).await.is(200);
    let emma = account(&gateway, "emma@corp.example").await;
    admin.post(&format!("/admin/users/{}/deactivate", emma.id), &[]).await.is(303);
    emmas.get("/account").await.is(303);
    let page = enter(&mut emmas).await.is(403);
    assert!(page.says("inactive"), "{}", page.text());
    assert_eq!(account(&gateway, "emma@corp.example").await.status, Status::Inactive);

    // The same address under a new subject inherits nothing.
    issuer.is(json!({ "sub": "new", "email": "emma@corp.example", "email_verified": true }));
    enter(&mut gateway.browser()).await.is(403);
    assert_eq!(account(&gateway, "emma@corp.example").await.status, Status::Inactive);

    // Deleted: provisioned anew, an empty account. Deleted and barred: not again.
    issuer.is_employee("emma");
    let delete = format!("/admin/users/{}/delete", emma.id);
    admin.post(&delete, &[("confirm", "emma")]).await.is(303);
    enter(&mut gateway.browser()).await.is(200);
    let again = account(&gateway, "emma@corp.example").await;
    assert_ne!(again.id, emma.id);
    let delete = format!("/admin/users/{}/delete", again.id);
    let question = admin.get(&delete).await.is(200);
    admin
        .submit(&question.form("/delete").with("confirm", again.username.as_str()).with("bar_identity", "1"))
        .await
        .is(303);
    enter(&mut gateway.browser()).await.is(403);
    assert!(gateway.by_email("emma@corp.example").await.is_none());

    // A provider whose people wait in the queue like everybody else.
    let other = Issuer::start().await;
    let setup =
        Setup::on(&stack).with(&other.config("corp", "provision = 'pending'")).provider_port(other.port);
    let slow = setup.start().await;
    other.is(json!({ "sub": "w", "email": "wait@corp.example", "email_verified": true, "name": "Wait" }));
    for _ in 0..2 {
        let page = enter(&mut slow.browser()).await.is(403);
        assert!(page.says("awaits approval"), "{}", page.text());
    }
    let waiting = account(&slow, "wait@corp.example").await;
    assert_eq!(waiting.status, Status::Pending);
    admin.post(&format!("/admin/users/{}/activate", waiting.id), &[]).await.is(303);
    enter(&mut slow.browser()).await.is(200);
    slow.stop().await;
    gateway.stop().await;
}

async fn a_46_only_the_boolean_true_verifies_an_address(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    for (index, verified) in
        [json!(false), Value::Null, json!("true"), json!("false"), json!(1), json!([true])]
            .into_iter()
            .enumerate()
    {
        let email = format!("v{index}@corp.example");
        issuer.is(json!({ "sub": index.to_string(), "email": email, "email_verified": verified }));
        // A number or a list makes the whole token unreadable.
        let page = enter(&mut gateway.browser()).await;
        assert!(matches!(page.status.as_u16(), 400 | 403), "{verified}: {}", page.status);
        assert!(gateway.by_email(&email).await.is_none(), "{verified}");
    }
    issuer.is(json!({ "sub": "absent", "email": "absent@corp.example" }));
    enter(&mut gateway.browser()).await.is(403);
    issuer.is(json!({ "sub": "yes", "email": "yes@corp.example", "email_verified": true }));
    enter(&mut gateway.browser()).await.is(200);
    assert_eq!(gateway.accounts().await, 2);
    gateway.stop().await;
}

async fn a_48_claims_make_names_that_collide_with_nobody(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    let long = "x".repeat(10_000);
    let mut skeletons = std::collections::BTreeSet::new();
    let names = [
        "boss",
        "BOSS",
        "\u{ff42}oss",
        "b\u{43e}ss",
        "boss\u{200b}",
        "\u{202e}ssob",
        "bo\0ss",
        "",
        "   ",
        "a\r\nSet-Cookie: x",
        &long,
        "윤지호",
        "🦀",
        "b@ss",
        "../../boss",
        "<script>",
    ];
    for (index, name) in names.iter().enumerate() {
        let email = format!("n{index}@corp.example");
        issuer.is(json!({
            "sub": index.to_string(), "email": email, "email_verified": true, "preferred_username": name, "name": name,
        }));
        enter(&mut gateway.browser()).await.is(200);
        let user = account(&gateway, &email).await;
        assert_ne!(user.username.as_str(), "boss", "{name:?}");
        assert!(
            user.username.as_str().chars().all(|c| c.is_alphanumeric() || ".-_".contains(c)),
            "{}",
            user.username
        );
        assert!(skeletons.insert(user.username.skeleton()), "{name:?} looks like somebody else");
        assert!(!user.display_name.as_str().is_empty());
        assert!(!user.display_name.as_str().chars().any(char::is_control));
    }
    for odd in [json!(["boss"]), json!({ "a": 1 }), json!(7), json!(true), Value::Null] {
        let email = format!("odd{}@corp.example", odd.to_string().len());
        issuer.is(json!({ "sub": email, "email": email, "email_verified": true, "preferred_username": odd, "name": odd }));
        let page = enter(&mut gateway.browser()).await;
        assert!(matches!(page.status.as_u16(), 200 | 400), "{odd}: {}", page.status);
    }
    gateway.stop().await;
}

async fn a_50_of_twenty_first_sign_ins_at_once_one_account_is_made(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    issuer.is_employee("emma");
    let mut race = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let mut browser = gateway.browser();
        let address = callback(&mut browser).await;
        race.spawn(async move { browser.visit(&address).await });
    }
    for page in race.join_all().await {
        assert_eq!((page.status.as_u16(), page.url.path()), (200, "/account"), "{}", page.text());
    }
    assert_eq!(gateway.accounts().await, 2);
    let emma = account(&gateway, "emma@corp.example").await;
    assert_eq!(gateway.count_events(Event::AccountProvisioned, None).await, 1);
    assert_eq!(gateway.count_events(Event::LoginSucceeded, Some(&emma)).await, 20);
    gateway.stop().await;
}

async fn a_51_the_first_superuser_is_raced_by_single_sign_on(stack: Stack) {
    let issuer = Issuer::start().await;
    let setup = Setup::on(&stack).with(&issuer.config("corp", "")).provider_port(issuer.port);
    let gateway = setup.start().await;
    let token = setup::token(&gateway.db, &gateway.running.app.master).await.unwrap().unwrap();
    let mut callbacks = vec![];
    for index in 0..25 {
        issuer.is_employee(&format!("emma{index}"));
        let mut browser = gateway.browser();
        let address = callback(&mut browser).await;
        callbacks.push((browser, address));
    }
    let mut race = tokio::task::JoinSet::new();
    for (index, (mut employee, address)) in callbacks.into_iter().enumerate() {
        race.spawn(async move { employee.visit(&address).await.status.as_u16() + 1000 });
        let (mut browser, token) = (gateway.browser(), token.clone());
        race.spawn(async move {
            let (name, email) = (format!("racer{index}"), format!("racer{index}@people.example"));
            let fields = [
                ("token", token.as_str()),
                ("username", &name),
                ("email", &email),
                ("display_name", "R"),
                ("password", PASSWORD),
            ];
            browser.post("/setup", &fields).await.status.as_u16()
        });
    }
    let answers = race.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert_eq!(
        answers.iter().filter(|status| **status == 1200).count(),
        25,
        "employees come in: {answers:?}"
    );
    assert_eq!(gateway.superusers().await, 1);
    assert_eq!(gateway.accounts().await, 26);
    gateway.stop().await;
}
