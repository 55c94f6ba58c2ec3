//! Settings, password policy, dormant accounts, expiry dates: what the organisation decides, and how soon it
//! is so everywhere.
use std::time::Duration;

use narthex::{
    accounts::dormant,
    domain::{
        audit::Event,
        notice::Notice,
        settings::Settings,
        time::Time,
        user::{Status, User},
    },
    store::users,
};

use super::delegation::grant;
use crate::harness::{
    Ask, Browser, Gateway, PASSWORD, Page, Person, Stack, Upstream, both_stacks,
    gateway::{Setup, sign_in, standing_clock},
};

both_stacks!(
    settings_are_changed_checked_and_recorded,
    settings_are_in_force_on_every_instance_within_seconds,
    what_the_config_file_says_is_fixed,
    a_setting_can_be_saved_whatever_the_config_file_fixes,
    two_who_save_settings_do_not_overwrite_each_other,
    nobody_locks_themselves_out_of_the_admin_section,
    the_password_policy_holds_wherever_a_password_is_chosen,
    a_79_a_password_set_by_an_administrator_must_be_changed,
    a_password_that_is_too_old_is_changed_at_the_next_sign_in,
    ones_own_password_is_changed_and_other_sessions_end,
    a_61_guessing_the_current_password_counts_as_guessing_at_sign_in,
    an_account_past_its_day_is_out_everywhere,
    the_last_superuser_gets_no_expiry_date,
    dormant_accounts_are_reviewed,
    dormant_accounts_are_deactivated_once_however_many_instances_there_are,
);

const DAY: Duration = Duration::from_secs(86_400);

async fn save(browser: &mut Browser, fields: &[(&str, &str)]) -> Page {
    let page = browser.get("/admin/settings").await.is(200);
    let mut form = page.form("/admin/settings");
    for (name, value) in fields {
        form.fields.retain(|(it, _)| it != name);
        form.fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    browser.submit(&form).await
}

async fn admin(gateway: &Gateway) -> Browser {
    let boss = gateway.superuser("boss").await;
    gateway.signed_in(&boss).await
}

async fn settings_are_changed_checked_and_recorded(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let mut admin = admin(&gateway).await;
    let page = save(&mut admin, &[("dormant.days", "30"), ("signup.enabled", "0")]).await.is(303);
    let page = admin.follow(page).await.is(200);
    assert_eq!(page.form("/admin/settings").value("dormant.days"), Some("30"));
    assert!(page.says("boss"), "who changed it last");
    gateway.browser().get("/signup").await.is(404);
    let entry =
        gateway.events().await.into_iter().find(|entry| entry.event == Event::SettingsChanged).unwrap();
    let told: Vec<_> =
        entry.changes.iter().map(|it| format!("{}: {} > {}", it.field, it.from, it.to)).collect();
    assert_eq!(told, ["signup.enabled: on > off", "dormant.days: 90 > 30"]);

    for (name, value) in [
        ("dormant.days", "0"),
        ("password.min_length", "7"),
        ("password.rotation_days", "soon"),
        ("password.score", "9"),
        ("sessions.idle_minutes", "100000"),
        ("sessions.absolute_superuser_hours", "25"),
        ("admin.allow", "the office"),
    ] {
        let page = save(&mut admin, &[(name, value), ("dormant.auto_deactivate", "1")]).await.is(422);
        assert!(page.body.contains(value), "{name}: what was typed is not lost");
    }
    assert_eq!(
        gateway.count_events(Event::SettingsChanged, None).await,
        1,
        "nothing of a wrong form is saved"
    );
    save(&mut admin, &[]).await.is(303);
    assert_eq!(gateway.count_events(Event::SettingsChanged, None).await, 1, "nothing was different");
    gateway.stop().await;
}

async fn settings_are_in_force_on_every_instance_within_seconds(stack: Stack) {
    let one = Gateway::start(&stack).await;
    let two = Gateway::start(&stack).await;
    let mut admin = admin(&one).await;
    two.browser().get("/signup").await.is(200);
    save(&mut admin, &[("signup.enabled", "0")]).await.is(303);
    one.browser().get("/signup").await.is(404);
    let mut status = 0;
    for _ in 0..50 {
        status = two.browser().get("/signup").await.status.as_u16();
        if status == 404 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(status, 404, "the other instance follows");
    one.stop().await;
    two.stop().await;
}

async fn what_the_config_file_says_is_fixed(stack: Stack) {
    let gateway =
        Setup::on(&stack).with("[signup]\nenabled = true\n[sessions]\nidle = \"30m\"").start().await;
    let mut admin = admin(&gateway).await;
    let page = admin.get("/admin/settings").await.is(200);
    assert!(page.says("signup.enabled") && page.says("sessions.idle"), "{}", page.text());
    assert_eq!(page.form("/admin/settings").value("signup.enabled"), None, "it is not sent");
    save(&mut admin, &[("signup.enabled", "0"), ("sessions.idle_minutes", "5")]).await.is(303);
    gateway.browser().get("/signup").await.is(200);
    assert_eq!(gateway.running.app.settings().lifetimes.idle, Duration::from_secs(1800));
    gateway.stop().await;
}

async fn a_setting_can_be_saved_whatever_the_config_file_fixes(stack: Stack) {
    let fixed = "[sessions]\nabsolute = \"8h\"";
    let gateway = Setup::on(&stack).with(fixed).start().await;
    let mut admin = admin(&gateway).await;
    save(&mut admin, &[("dormant.days", "30")]).await.is(303);
    save(&mut admin, &[("sessions.absolute_superuser_hours", "9")]).await.is(422);
    save(&mut admin, &[("sessions.absolute_superuser_hours", "7")]).await.is(303);
    gateway.stop().await;
}

async fn two_who_save_settings_do_not_overwrite_each_other(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let mut admin = admin(&gateway).await;
    let form = admin.get("/admin/settings").await.is(200).form("/admin/settings");
    admin.submit(&form.clone().with("dormant.days", "30")).await.is(303);
    admin.submit(&form.with("dormant.days", "60")).await.is(409);
    assert_eq!(gateway.running.app.settings().dormant_days, 30);
    gateway.stop().await;
}

async fn nobody_locks_themselves_out_of_the_admin_section(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let mut admin = admin(&gateway).await;
    let page = save(&mut admin, &[("admin.allow", "10.0.0.0/8")]).await.is(422);
    assert!(page.says("127.0.0.1"), "{}", page.text());
    save(&mut admin, &[("admin.allow", "10.0.0.0/8\n127.0.0.1")]).await.is(303);
    admin.get("/admin/users").await.is(200);
    admin.copy().at_address("127.0.0.9").get("/admin/users").await.is(404);
    gateway.stop().await;
}

async fn the_password_policy_holds_wherever_a_password_is_chosen(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let mut admin = admin(&gateway).await;
    let carol = gateway.standard("carol").await;
    save(&mut admin, &[("password.classes", "4"), ("password.min_length", "20")]).await.is(303);
    let weak = "kettle-sparrow-ninety";
    let form = admin.get("/signup").await.is(200);
    assert!(form.says("20"), "the page tells the policy");
    let fields = [("email", "new@outside.example"), ("display_name", "New"), ("password", weak)];
    gateway.browser().post("/signup", &fields).await.is(422);
    admin.post(&carol.admin_path("/password"), &[("new_password", weak)]).await.is(422);
    let mut browser = gateway.signed_in(&carol).await;
    let own = [("current_password", carol.password.as_str()), ("new_password", weak)];
    browser.post("/account/password", &own).await.is(422);
    let good = "Kettle-sparrow-ninety-9";
    let own = [("current_password", carol.password.as_str()), ("new_password", good)];
    browser.post("/account/password", &own).await.is(303);
    gateway.stop().await;
}

/// An upstream on a host of its own, where a signed-in person may go.
async fn with_wiki(stack: &Stack, lifetimes: &str) -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    let settings = format!(
        "public_url = 'https://auth.example.test'\n[sessions]\ncookie_domain = 'example.test'\n{lifetimes}\n\
         [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\nurl = 'http://{}'\n\
         [[upstream.rule]]\npath = '/'\ntier = 'any'\n",
        upstream.address
    );
    (Setup::on(stack).with(&settings).clock(standing_clock()).start().await, upstream)
}

const WIKI: &str = "https://wiki.example.test/page";
const AUTH: &str = "https://auth.example.test";

async fn a_79_a_password_set_by_an_administrator_must_be_changed(stack: Stack) {
    let (gateway, upstream) = with_wiki(&stack, "").await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let carol = gateway.standard("carol").await;
    let mut old = gateway.signed_in(&carol).await;
    let form = admin.get(&carol.admin_path("")).await.is(200).form(&carol.admin_path(""));
    assert!(
        form.fields.iter().any(|(name, value)| name == "must_change" && value == "1"),
        "ticked by default"
    );
    admin.submit(&form.with("new_password", "one-time-otter-lamp")).await.is(303);
    assert!(old.get("/account").await.is(303).location().starts_with("/login"), "old sessions are over");

    let mut browser = gateway.browser();
    let page = sign_in(&mut browser, "carol", "one-time-otter-lamp").await.is(303);
    assert!(page.location().starts_with("/account/password"), "{}", page.location());
    // The session is worth nothing but a new password.
    let away = browser.get(WIKI).await.is(303);
    assert_eq!(
        away.location(),
        "https://auth.example.test/account/password?rd=https%3A//wiki.example.test/page"
    );
    browser
        .send(Ask::get(WIKI).header("accept", "application/json").header("sec-fetch-mode", "cors"))
        .await
        .is(401);
    assert!(upstream.requests().is_empty());
    for path in ["/account", "/admin/users"] {
        let page = browser.get(&format!("{AUTH}{path}")).await.is(303);
        assert!(page.location().starts_with("/account/password?rd="), "{path}: {}", page.location());
    }
    browser.send(Ask::get(&format!("{AUTH}/account")).json()).await.is(403);
    assert!(browser.get(&format!("{AUTH}/login")).await.is(303).location().starts_with("/account/password"));

    let page = browser.get(away.location()).await.is(200);
    let form = page.form("/account/password");
    assert_eq!(form.value("rd"), Some(WIKI));
    let typed = form.with("current_password", "one-time-otter-lamp");
    browser.submit(&typed.clone().with("new_password", "one-time-otter-lamp")).await.is(422);
    browser
        .submit(&typed.clone().with("current_password", "wrong").with("new_password", PASSWORD))
        .await
        .is(422);
    let done = browser.submit(&typed.with("new_password", PASSWORD)).await.is(303);
    assert!(done.location().starts_with("/continue?rd="), "{}", done.location());
    browser.get(WIKI).await.is(200);
    browser.get(&format!("{AUTH}/account")).await.is(200);
    assert_eq!(gateway.count_events(Event::PasswordReset, Some(&carol.user)).await, 1);
    assert_eq!(gateway.count_events(Event::PasswordChanged, Some(&carol.user)).await, 1);
    gateway.stop().await;
}

async fn a_password_that_is_too_old_is_changed_at_the_next_sign_in(stack: Stack) {
    let (gateway, _upstream) =
        with_wiki(&stack, "idle = '90d'\nabsolute = '90d'\nabsolute_superuser = '90d'").await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let carol = gateway.standard("carol").await;
    let mut before = gateway.signed_in(&carol).await;
    save(&mut admin, &[("password.rotation_days", "30")]).await.is(303);
    gateway.later(DAY * 31);
    before.get(WIKI).await.is(200);
    let mut browser = gateway.browser();
    let page = sign_in(&mut browser, "carol", &carol.password).await.is(303);
    let page = browser.follow(page).await.is(200);
    assert!(page.says("30 days"), "{}", page.text());
    assert!(browser.get(WIKI).await.is(303).location().contains("/account/password?rd="));
    let typed = [("current_password", carol.password.as_str()), ("new_password", PASSWORD)];
    browser.post(&format!("{AUTH}/account/password"), &typed).await.is(303);
    browser.get(WIKI).await.is(200);
    gateway.stop().await;
}

async fn ones_own_password_is_changed_and_other_sessions_end(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let mut admin = admin(&gateway).await;
    save(&mut admin, &[("password.history", "3")]).await.is(303);
    let carol = gateway.standard("carol").await;
    let (mut browser, mut other) = (gateway.signed_in(&carol).await, gateway.signed_in(&carol).await);
    assert!(browser.visit("/account").await.links().iter().any(|link| link == "/account/password"));
    let passwords =
        [carol.password.as_str(), "first-pebble-lantern", "second-pebble-lantern", "third-pebble-lantern"];
    for pair in passwords.windows(2) {
        let typed = [("current_password", pair[0]), ("new_password", pair[1])];
        let done = browser.post("/account/password", &typed).await.is(303);
        assert!(browser.follow(done).await.is(200).says("carol"));
    }
    other.get("/account").await.is(303);
    for (old, status) in [(passwords[3], 422), (passwords[2], 422), (passwords[1], 422), (passwords[0], 303)]
    {
        let typed = [("current_password", passwords[3]), ("new_password", old)];
        let page = browser.post("/account/password", &typed).await;
        assert_eq!(page.status, status, "{old}: {}", page.text());
    }
    sign_in(&mut gateway.browser(), "carol", passwords[3]).await.is(401);
    sign_in(&mut gateway.browser(), "carol", passwords[0]).await.is(303);
    gateway.browser().get("/account/password").await.is(303);
    save(&mut admin, &[("password.history", "0")]).await.is(303);
    let same = [("current_password", passwords[0]), ("new_password", passwords[0])];
    browser.post("/account/password", &same).await.is(422);
    gateway.stop().await;
}

async fn a_61_guessing_the_current_password_counts_as_guessing_at_sign_in(stack: Stack) {
    let gateway = Setup::on(&stack).with("[login]\naccount_failures = 3").start().await;
    let carol = gateway.standard("carol").await;
    let mut browser = gateway.signed_in(&carol).await;
    // Three of them as a browser that is known for the account, then three as anybody's.
    for _ in 0..6 {
        let typed = [("current_password", "a-wrong-guess"), ("new_password", PASSWORD)];
        browser.post("/account/password", &typed).await.is(422);
    }
    let right = [("current_password", carol.password.as_str()), ("new_password", PASSWORD)];
    browser.post("/account/password", &right).await.is(422);
    sign_in(&mut gateway.browser(), "carol", &carol.password).await.is(401);
    let fields = [("login", "carol"), ("password", carol.password.as_str())];
    browser.copy().post("/login", &fields).await.is(401);
    gateway.stop().await;
}

async fn an_account_past_its_day_is_out_everywhere(stack: Stack) {
    let (gateway, _upstream) =
        with_wiki(&stack, "idle = '9d'\nabsolute = '9d'\nabsolute_superuser = '9d'").await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let carol = gateway.standard("carol").await;
    let mut browser = gateway.signed_in(&carol).await;
    let tomorrow = (gateway.clock.now() + DAY).rfc3339()[..10].to_owned();
    let form = admin.get(&carol.admin_path("")).await.is(200).form(&carol.admin_path(""));
    admin.submit(&form.clone().with("expires", "yesterday")).await.is(422);
    admin.submit(&form.with("expires", &tomorrow)).await.is(303);
    let page = admin.get(&carol.admin_path("")).await;
    assert_eq!(page.form(&carol.admin_path("")).value("expires"), Some(tomorrow.as_str()));
    browser.get(WIKI).await.is(200);
    gateway.later(DAY);
    assert!(browser.get(WIKI).await.is(303).location().starts_with("https://auth.example.test/login"));
    browser.get(&format!("{AUTH}/account")).await.is(303);
    let page = sign_in(&mut gateway.browser(), "carol", &carol.password).await.is(403);
    assert!(page.says("inactive"), "{}", page.text());
    assert_eq!(gateway.account(&carol).await.unwrap().status, Status::Active, "nothing is written");
    assert_eq!(gateway.count_events(Event::AccountExpirySet, Some(&carol.user)).await, 1);

    let form = admin.get(&carol.admin_path("")).await.is(200).form(&carol.admin_path(""));
    admin.submit(&form.with("expires", "")).await.is(303);
    sign_in(&mut gateway.browser(), "carol", &carol.password).await.is(303);
    gateway.stop().await;
}

async fn the_last_superuser_gets_no_expiry_date(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let expiring =
        |person: &User| vec![("version", person.version.to_string()), ("expires", "2999-01-01".to_owned())];
    let post = |fields: Vec<(&'static str, String)>| fields;
    let fields = post(expiring(&gateway.account(&boss).await.unwrap()));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = admin.post(&boss.admin_path(""), &fields).await.is(422);
    assert!(page.says("last active superuser"), "{}", page.text());
    let other = gateway.superuser("other").await;
    let now = gateway.account(&other).await.unwrap();
    let fields = expiring(&now);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    admin.post(&other.admin_path(""), &fields).await.is(303);
    // One who will go does not count as the one who stays.
    admin.post(&boss.admin_path("/deactivate"), &[]).await.is(409);
    admin.post(&boss.admin_path("/tier"), &[("tier", "standard")]).await.is(409);
    assert_eq!(gateway.superusers().await, 1);
    gateway.stop().await;
}

/// Makes somebody look as if they had been away since then.
async fn away_since(gateway: &Gateway, person: &Person, time: Time) {
    let mut tx = gateway.db.write().await.unwrap();
    assert!(users::note_login(&mut tx, person.user.id, 0, time, "192.0.2.1").await.unwrap());
    tx.commit().await.unwrap();
}

async fn dormant_accounts_are_reviewed(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let now = gateway.clock.now();
    let mut people = vec![];
    for (name, days) in [("fresh", 10), ("nearly", 89), ("carol", 91), ("dave", 100), ("erin", 300)] {
        let person = gateway.standard(name).await;
        away_since(&gateway, &person, now - DAY * days).await;
        people.push(person);
    }
    let other = gateway.superuser("other").await;
    away_since(&gateway, &other, now - DAY * 200).await;
    let page = admin.get("/admin/dormant").await.is(200);
    for (name, there) in
        [("fresh", false), ("nearly", false), ("carol", true), ("dave", true), ("erin", true)]
    {
        assert_eq!(page.says(name), there, "{name}: {}", page.text());
    }
    let [_, _, carol, dave, erin] = &people[..] else { panic!("five") };
    let id = |person: &Person| person.user.id.to_string();
    admin.post("/admin/dormant", &[("action", "keep")]).await.is(303);
    // Both ways ask first.
    let question = admin.post("/admin/dormant", &[("keep", &id(carol))]).await.is(200);
    assert!(question.says("carol") && gateway.count_events(Event::AccountKept, None).await == 0);
    admin.submit(&question.form("/admin/dormant")).await.is(303);
    let broken = [("action", "deactivate"), ("confirmed", "1"), ("id", &id(erin)), ("id", "x")];
    admin.post("/admin/dormant", &broken).await.is(404);
    assert_eq!(gateway.account(erin).await.unwrap().status, Status::Active, "all or none are read");
    let both = [("action", "deactivate"), ("id", &id(dave)), ("id", &id(erin))]
        .map(|(name, value)| (name, value.to_owned()));
    let both: Vec<_> = both.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let question = admin.post("/admin/dormant", &both).await.is(200);
    assert!(question.says("dave") && question.says("erin"));
    let mut sessions = gateway.signed_in(dave).await;
    let done = admin.submit(&question.form("/admin/dormant")).await.is(303);
    let page = admin.follow(done).await.is(200);
    assert!(page.says("dave"), "dave has signed in meanwhile and is told as left: {}", page.text());
    sessions.get("/account").await.is(200);
    assert_eq!(gateway.account(dave).await.unwrap().status, Status::Active);
    assert_eq!(gateway.account(erin).await.unwrap().status, Status::Inactive);
    assert!(page.says("boss"), "who reviewed last");
    assert!(!admin.get("/admin/dormant").await.says("carol"), "kept until the next quarter");
    gateway.later(DAY * 92);
    let mut admin = gateway.signed_in(&boss).await;
    assert!(admin.get("/admin/dormant").await.says("carol"));

    let helper = gateway.standard("helper").await;
    grant(&gateway, &helper, "admin.user:read").await;
    let mut looking = gateway.signed_in(&helper).await;
    let page = looking.get("/admin/dormant").await.is(200);
    assert!(page.forms().iter().all(|form| form.action != "/admin/dormant"), "only looking");
    gateway.stop().await;
}

async fn dormant_accounts_are_deactivated_once_however_many_instances_there_are(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let boss = gateway.superuser("boss").await;
    let now = gateway.clock.now() + DAY * 2;
    let mut people = vec![];
    for index in 0..12 {
        let person = gateway.standard(&format!("sleeper{index}")).await;
        away_since(&gateway, &person, now - DAY * 100).await;
        people.push(person);
    }
    away_since(&gateway, &boss, now - DAY * 400).await;
    let settings = Settings { dormant_auto: true, ..Settings::default() };
    let off = Settings::default();
    let job = async |now: Time| {
        let mut jobs = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (db, settings) = (gateway.db.clone(), settings.clone());
            jobs.spawn(async move { dormant::deactivate_all(&db, &settings, now).await.unwrap() });
        }
        let mut done = jobs.join_all().await;
        done.sort_unstable();
        done
    };
    let warned = async || {
        let mut warnings = vec![];
        for person in &people {
            warnings.extend(gateway.mails_to(person.email()).await);
        }
        warnings.retain(|mail| matches!(mail, Notice::DormantSoon { .. }));
        warnings
    };
    assert_eq!(job(now).await, [0; 8], "nobody was warned");
    let warnings = warned().await;
    assert!(
        warnings.len() == 12
            && warnings
                .iter()
                .all(|mail| matches!(mail, Notice::DormantSoon { at, .. } if *at == now + DAY * 7)),
        "{warnings:?}"
    );
    assert_eq!(job(now + DAY * 5).await, [0; 8], "a week has not passed");
    assert_eq!(warned().await.len(), 12, "once");
    let awake = gateway.standard("awake").await;
    away_since(&gateway, &awake, now - DAY * 80).await;
    assert_eq!(job(now + DAY * 6).await, [0; 8]);
    let mails = gateway.mails_to(awake.email()).await;
    assert!(matches!(&mails[..], [Notice::DormantSoon { at, .. }] if *at == now + DAY * 13), "{mails:?}");
    let now = now + DAY * 7;
    away_since(&gateway, &awake, now).await;
    assert_eq!(job(now).await, [0, 0, 0, 0, 0, 0, 0, 12], "one of them does it, whole");
    assert!(matches!(gateway.mails_to(people[0].email()).await.last(), Some(Notice::Deactivated { .. })));
    assert_eq!(gateway.account(&awake).await.unwrap().status, Status::Active, "a sign-in is an answer");
    assert_eq!(gateway.count_events(Event::AccountDeactivated, None).await, 12);
    assert_eq!(gateway.account(&boss).await.unwrap().status, Status::Active, "the last superuser stays");
    assert_eq!(
        dormant::deactivate_all(&gateway.db, &settings, now + DAY / 2).await.unwrap(),
        0,
        "once a day"
    );
    let person = gateway.standard("later").await;
    away_since(&gateway, &person, now - DAY * 100).await;
    assert_eq!(
        dormant::deactivate_all(&gateway.db, &off, now + DAY * 2).await.unwrap(),
        0,
        "off unless asked for"
    );
    assert_eq!(dormant::deactivate_all(&gateway.db, &settings, now + DAY * 4).await.unwrap(), 0);
    assert_eq!(
        dormant::deactivate_all(&gateway.db, &settings, now + DAY * 11).await.unwrap(),
        1,
        "off between warning and deed"
    );
    gateway.stop().await;
}
