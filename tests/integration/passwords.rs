//! Passwords that somebody else has set, how strong one is while it is typed, and hashes that have become too cheap.
use std::time::Duration;

use narthex::{
    domain::{
        audit::Event,
        notice::Notice,
        password::Password,
        settings::Settings,
        user::{Source, Tier},
    },
    store::passwords,
};
use serde_json::{Value, json};

use crate::harness::{
    Ask, Browser, Gateway, Issuer, PASSWORD, Page, Person, Stack, both_stacks,
    gateway::{Setup, sign_in, standing_clock},
};

both_stacks!(
    a_generated_password_is_shown_once_and_has_an_end,
    a_password_that_an_administrator_typed_has_an_end_where_it_must_be_changed,
    whoever_came_in_time_chooses_their_own_in_time,
    nobody_generates_a_password_where_there_is_none,
    a_provider_that_changes_an_address_has_both_told,
    the_meter_says_what_the_form_says,
    a_74_the_meter_answers_our_own_pages_only_and_not_for_ever,
    a_hash_that_has_become_too_cheap_is_made_anew_at_sign_in,
);

const DAY: Duration = Duration::from_secs(86_400);
const SECOND: Duration = Duration::from_secs(1);
const NEW: &str = "lantern-otter-eleven-maps";

async fn with_admin(stack: &Stack) -> (Gateway, Browser) {
    let lifetimes = "[sessions]\nidle = '9d'\nabsolute = '9d'\nabsolute_superuser = '9d'";
    let gateway = Setup::on(stack).with(lifetimes).clock(standing_clock()).start().await;
    let boss = gateway.superuser("boss").await;
    let admin = gateway.signed_in(&boss).await;
    (gateway, admin)
}

/// Generates a password as the page's button does.
async fn generate(admin: &mut Browser, person: &Person) -> (Page, String) {
    let path = person.admin_path("/password");
    let form = admin.get(&person.admin_path("")).await.is(200).form(&path);
    let page = admin.submit(&form).await.is(200);
    let shown = page.tags("input").into_iter().find(|tag| tag.attribute("id").as_deref() == Some("one-time"));
    let password = shown.and_then(|tag| tag.attribute("value")).expect("it is shown");
    (page, password)
}

async fn a_generated_password_is_shown_once_and_has_an_end(stack: Stack) {
    let (gateway, mut admin) = with_admin(&stack).await;
    let carol = gateway.standard("carol").await;
    let mut old = gateway.signed_in(&carol).await;
    let (page, password) = generate(&mut admin, &carol).await;
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("set-cookie"), "");
    assert_eq!(page.body.matches(&password).count(), 1);
    assert!(!page.url.as_str().contains(&password));
    let until = (gateway.clock.now() + DAY).rfc3339();
    assert!(page.body.contains(&until[..16]), "until when: {}", page.text());
    // 20 of 32 characters, and the policy's length.
    assert!(password.replace('-', "").len() >= 20 && password.len() >= 15, "{}", password.len());
    assert!(Password::choose(&password, &Settings::default().password, &[]).is_ok());
    let (_, another) = generate(&mut admin, &carol).await;
    assert_ne!(password, another);

    let edit = admin.get(&carol.admin_path("")).await.is(200);
    assert!(!edit.body.contains(&another) && edit.says("It is valid until"), "{}", edit.text());
    assert!(!admin.get("/admin/users").await.is(200).body.contains(&another));
    let log = serde_json::to_string(&gateway.events().await).unwrap();
    let mails = gateway.mails_to(carol.email()).await;
    let told = format!("{mails:?}");
    for password in [&password, &another] {
        assert!(!log.contains(password.as_str()) && !told.contains(password.as_str()));
    }
    assert!(matches!(&mails[..], [Notice::PasswordReset { .. }, Notice::PasswordReset { .. }]), "{mails:?}");
    assert!(old.get("/account").await.is(303).location().starts_with("/login"));
    sign_in(&mut gateway.browser(), "carol", &password).await.is(401);

    gateway.later(DAY - SECOND);
    let mut browser = gateway.browser();
    let page = sign_in(&mut browser, "carol", &another).await.is(303);
    assert!(page.location().starts_with("/account/password"), "{}", page.location());
    gateway.later(SECOND);
    has_lapsed(&gateway, "carol", &another).await;
    let edit = admin.get(&carol.admin_path("")).await.is(200);
    assert!(edit.says("nobody can sign in with it any more"), "{}", edit.text());
    gateway.stop().await;
}

/// The right password gets what a wrong one gets.
async fn has_lapsed(gateway: &Gateway, name: &str, password: &str) {
    let hashes = || gateway.running.app.hasher.computed();
    let before = gateway.count_events(Event::LoginRefused, None).await;
    let computed = hashes();
    let right = sign_in(&mut gateway.browser(), name, password).await.is(401);
    let of_right = hashes() - computed;
    let wrong = sign_in(&mut gateway.browser(), name, "not-a-password-of-theirs").await.is(401);
    assert_eq!(of_right, hashes() - computed - of_right);
    assert_eq!(right.body.replace(password, ""), wrong.body);
    let log = gateway.events().await;
    let refused = log.iter().rfind(|entry| entry.event == Event::LoginRefused).unwrap();
    assert_eq!(refused.detail.as_deref(), Some("password_expired"));
    assert_eq!(gateway.count_events(Event::LoginRefused, None).await, before + 1);
}

async fn a_password_that_an_administrator_typed_has_an_end_where_it_must_be_changed(stack: Stack) {
    let (gateway, mut admin) = with_admin(&stack).await;
    let (carol, dave) = (gateway.standard("carol").await, gateway.standard("dave").await);
    for (person, must_change) in [(&carol, "1"), (&dave, "0")] {
        let typed = [("new_password", "one-time-otter-lamp"), ("must_change", must_change)];
        admin.post(&person.admin_path("/password"), &typed).await.is(303);
    }
    gateway.later(DAY);
    has_lapsed(&gateway, "carol", "one-time-otter-lamp").await;
    sign_in(&mut gateway.browser(), "dave", "one-time-otter-lamp").await.is(303);
    // The form for everything says the same.
    let form = admin.get(&dave.admin_path("")).await.is(200).form(&dave.admin_path(""));
    admin.submit(&form.with("new_password", "another-otter-lamp").tick("must_change", "1")).await.is(303);
    sign_in(&mut gateway.browser(), "dave", "another-otter-lamp").await.is(303);
    gateway.later(DAY);
    has_lapsed(&gateway, "dave", "another-otter-lamp").await;
    assert_eq!(gateway.told(dave.email()).await.len(), 2);
    gateway.stop().await;
}

async fn whoever_came_in_time_chooses_their_own_in_time(stack: Stack) {
    let (gateway, mut admin) = with_admin(&stack).await;
    let dave = gateway.standard("dave").await;
    let (_, lapses) = generate(&mut admin, &dave).await;
    let mut late = gateway.browser();
    sign_in(&mut late, "dave", &lapses).await.is(303);
    let carol = gateway.standard("carol").await;
    let (_, password) = generate(&mut admin, &carol).await;
    let mut browser = gateway.browser();
    sign_in(&mut browser, "carol", &password).await.is(303);
    gateway.later(DAY - Duration::from_secs(1));
    let typed = [("current_password", password.as_str()), ("new_password", NEW)];
    browser.post("/account/password", &typed).await.is(303);
    browser.get("/account").await.is(200);
    gateway.later(DAY * 2);
    sign_in(&mut gateway.browser(), "carol", NEW).await.is(303);
    let account = gateway.account(&carol).await.unwrap();
    assert!(account.password_expires_at.happened().is_none() && !account.must_change_password);

    let typed = [("current_password", lapses.as_str()), ("new_password", NEW)];
    let page = late.post("/account/password", &typed).await.is(422);
    assert!(page.says("not your present password"), "{}", page.text());
    assert!(gateway.account(&dave).await.unwrap().must_change_password);
    gateway.stop().await;
}

async fn nobody_generates_a_password_where_there_is_none(stack: Stack) {
    let issuer = Issuer::start().await;
    let setup = Setup::on(&stack).with(&issuer.config("corp", ""));
    let gateway = setup.provider_port(issuer.port).start().await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    issuer.is_employee("emma");
    gateway.browser().visit("/oidc/corp").await.is(200);
    let emma = gateway.by_email("emma@corp.example").await.unwrap();
    assert_eq!((emma.source, emma.has_password), (Source::Sso, false));
    let path = format!("/admin/users/{}/password", emma.id);
    let page = admin.post(&path, &[("generate", "1")]).await.is(409);
    assert!(page.tags("input").is_empty(), "{}", page.text());
    let own = boss.admin_path("/password");
    admin.post(&own, &[("generate", "1")]).await.is(404);
    sign_in(&mut gateway.browser(), "boss", &boss.password).await.is(303);
    gateway.stop().await;
}

async fn a_provider_that_changes_an_address_has_both_told(stack: Stack) {
    let issuer = Issuer::start().await;
    let setup = Setup::on(&stack).with(&issuer.config("corp", ""));
    let gateway = setup.provider_port(issuer.port).start().await;
    gateway.superuser("boss").await;
    issuer.is_employee("emma");
    gateway.browser().visit("/oidc/corp").await.is(200);
    let emma = |email: &str| json!({ "sub": "subject-of-emma", "email": email, "email_verified": true, "name": "Employee emma" });
    // In other case it is the same address.
    for email in ["Emma@corp.example", "emma.weber@corp.example"] {
        issuer.is(emma(email));
        gateway.browser().visit("/oidc/corp").await.is(200);
    }
    let told = Notice::EmailChanged {
        name: "Employee emma".into(),
        old: "Emma@corp.example".into(),
        new: "emma.weber@corp.example".into(),
    };
    for email in ["emma@corp.example", "emma.weber@corp.example"] {
        assert_eq!(gateway.told(email).await, std::slice::from_ref(&told), "{email}");
    }
    gateway.stop().await;
}

async fn measure(browser: &mut Browser, fields: &[(&str, &str)]) -> Value {
    let page = browser.send(Ask::post("/password-strength", fields).json()).await.is(200);
    assert!(page.header("content-type").starts_with("application/json"));
    serde_json::from_str(&page.body).unwrap()
}

async fn the_meter_says_what_the_form_says(stack: Stack) {
    let (gateway, mut admin) = with_admin(&stack).await;
    let form = admin.get("/admin/settings").await.is(200).form("/admin/settings");
    admin.submit(&form.with("password.classes", "2").with("password.score", "3")).await.is(303);
    let mut browser = gateway.browser();
    let about =
        [("email", "maya@outside.example"), ("display_name", "Maya Okafor"), ("username", "m.okafor")];
    for password in [
        "",
        "a",
        "password",
        "maya okafor likes kettles",
        "aaaaaaaaaaaaaaaa",
        NEW,
        PASSWORD,
        &"x".repeat(129),
    ] {
        let typed = [about.as_slice(), &[("password", password)]].concat();
        let told = measure(&mut browser, &typed).await;
        let page = gateway.browser().post("/signup", &typed).await;
        assert_eq!(told["ok"], page.status == 303, "{password}: {told}");
        let said = told["problems"].as_array().unwrap();
        if told["ok"] == false {
            assert!(page.says(said[0].as_str().unwrap()), "{password}: {told}; {}", page.text());
            assert!(told["score"].as_u64().unwrap() < 2, "{password}: {told}");
        }
        let comes_back = password.len() > 8 && told.to_string().contains(password);
        assert!(!comes_back, "{told}");
    }
    let told = measure(&mut browser, &[("password", "maya"), ("email", "maya@outside.example")]).await;
    assert_eq!(told["unmet"], json!(["length", "classes", "personal", "common", "score"]), "{told}");
    assert_eq!(told["problems"].as_array().unwrap().len(), 4);
    assert_eq!(told["label"], "Weak");
    let good = measure(&mut browser, &[("password", NEW)]).await;
    assert_eq!((&good["score"], &good["label"], &good["ok"]), (&json!(4), &json!("Strong"), &json!(true)));
    let mut korean = gateway.browser().always("accept-language", "ko");
    assert_eq!(measure(&mut korean, &[("password", NEW)]).await["label"], "강함");
    // Every page where a password is chosen has the meter, hidden until the script has something to show.
    let carol = gateway.standard("carol").await;
    let mut hers = gateway.signed_in(&carol).await;
    let edit = admin.get(&carol.admin_path("")).await.is(200);
    for page in [browser.get("/signup").await.is(200), hers.get("/account/password").await.is(200), edit] {
        let meters: Vec<_> =
            page.tags("div").into_iter().filter(|tag| tag.attribute("data-strength").is_some()).collect();
        assert_eq!(meters.len(), 1, "{}", page.url);
        assert!(meters[0].attribute("hidden").is_some(), "{}", page.url);
    }
    gateway.stop().await;
}

async fn a_74_the_meter_answers_our_own_pages_only_and_not_for_ever(stack: Stack) {
    let (gateway, mut admin) = with_admin(&stack).await;
    let ask = || Ask::post("/password-strength", &[("password", NEW)]).json();
    let foreign = ask().header("origin", "https://evil.example").header("sec-fetch-site", "cross-site");
    admin.send(foreign).await.is(403);
    admin.send(ask().bare()).await.is(403);
    admin.get("/password-strength").await.is(405);
    let hashes = gateway.running.app.hasher.computed();
    let mut answers = vec![];
    for _ in 0..310 {
        answers.push(gateway.browser().send(ask()).await.status.as_u16());
    }
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 300);
    assert_eq!(answers[300..], [429; 10]);
    gateway.browser().at_address("127.0.0.66").send(ask()).await.is(200);
    gateway.later(Duration::from_secs(60));
    gateway.browser().send(ask()).await.is(200);
    assert_eq!(gateway.running.app.hasher.computed(), hashes);
    gateway.stop().await;
}

async fn a_hash_that_has_become_too_cheap_is_made_anew_at_sign_in(stack: Stack) {
    let cheap = Gateway::start(&stack).await;
    let carol = cheap.add("carol", Tier::Standard).await;
    let mut before = cheap.signed_in(&carol).await;
    let stored = async |gateway: &Gateway| {
        let mut tx = gateway.db.read().await.unwrap();
        passwords::hash(&mut tx, carol.user.id).await.unwrap().unwrap()
    };
    let old = stored(&cheap).await;
    assert!(old.contains("$m=64,t=1,p=1$"), "{old}");
    sign_in(&mut cheap.browser(), "carol", &carol.password).await.is(303);
    assert_eq!(stored(&cheap).await, old, "nothing has risen");

    let risen = Setup::on(&stack).with("[password]\niterations = 2").start().await;
    let hashes = || risen.running.app.hasher.computed();
    sign_in(&mut risen.browser(), "carol", "a-wrong-password").await.is(401);
    assert_eq!((hashes(), stored(&risen).await), (1, old.clone()), "not for a wrong one");
    let account = risen.account(&carol).await.unwrap();
    sign_in(&mut risen.browser(), "carol", &carol.password).await.is(303);
    let new = stored(&risen).await;
    assert_eq!(hashes(), 3);
    assert!(new.contains("$m=64,t=2,p=1$"), "{new}");
    let after = risen.account(&carol).await.unwrap();
    assert_eq!(
        (after.session_epoch, after.password_changed_at, after.version),
        (account.session_epoch, account.password_changed_at, account.version),
    );
    before.get("/account").await.is(200);
    sign_in(&mut risen.browser(), "carol", &carol.password).await.is(303);
    assert_eq!((hashes(), stored(&risen).await), (4, new.clone()), "once");
    sign_in(&mut cheap.browser(), "carol", &carol.password).await.is(303);
    assert_eq!(stored(&cheap).await, new, "never cheaper");
    cheap.stop().await;
    risen.stop().await;
}
