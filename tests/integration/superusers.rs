//! There is always an active superuser, and there is one first superuser.
use narthex::{
    accounts::{By, administration, setup},
    domain::{
        audit::{Event, Origin},
        user::{Status, Tier},
    },
};

use crate::harness::{Gateway, PASSWORD, Person, Stack, both_stacks, gateway::sign_in};

both_stacks!(
    the_setup_link_makes_the_first_superuser_and_is_over,
    a_51_of_fifty_who_race_for_the_setup_link_one_wins,
    a_51_setup_stays_over_when_the_first_superuser_is_gone,
    a_75_two_superusers_who_turn_on_each_other_leave_one,
    a_75_the_last_superuser_cannot_be_lost_by_any_page,
);

/// The token of the setup link.
async fn token(gateway: &Gateway) -> String {
    setup::token(&gateway.db, &gateway.running.app.master).await.unwrap().expect("setup is not over")
}

fn form<'a>(token: &'a str, name: &'a str, email: &'a str) -> [(&'a str, &'a str); 5] {
    [("token", token), ("username", name), ("email", email), ("display_name", name), ("password", PASSWORD)]
}

async fn the_setup_link_makes_the_first_superuser_and_is_over(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let token = token(&gateway).await;
    let mut browser = gateway.browser();
    browser.get("/setup").await.is(403);
    browser.get("/setup?token=wrong").await.is(403);
    browser.post("/setup", &form("wrong", "first", "first@people.example")).await.is(403);
    let page = browser.get(&format!("/setup?token={token}")).await.is(200);
    assert_eq!(gateway.accounts().await, 0, "looking makes nothing");
    let filled = page.form("/setup").with("username", "first").with("email", "first@people.example");
    browser.submit(&filled.with("display_name", "First").with("password", PASSWORD)).await.is(200);
    sign_in(&mut browser, "first", PASSWORD).await.is(303);
    browser.get("/admin/users").await.is(200);

    gateway.browser().get(&format!("/setup?token={token}")).await.is(403);
    gateway.browser().post("/setup", &form(&token, "second", "second@people.example")).await.is(403);
    assert_eq!(gateway.superusers().await, 1);
    gateway.stop().await;
}

async fn a_51_of_fifty_who_race_for_the_setup_link_one_wins(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let token = token(&gateway).await;
    let mut race = tokio::task::JoinSet::new();
    for index in 0..50 {
        let (mut browser, token) = (gateway.browser(), token.clone());
        race.spawn(async move {
            let name = format!("racer{index}");
            browser
                .post("/setup", &form(&token, &name, &format!("{name}@people.example")))
                .await
                .status
                .as_u16()
        });
        let mut applicant = gateway.browser();
        race.spawn(async move {
            let email = format!("applicant{index}@outside.example");
            let fields = [("email", email.as_str()), ("display_name", "A"), ("password", PASSWORD)];
            applicant.post("/signup", &fields).await.status.as_u16() + 1000
        });
    }
    let answers = race.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| matches!(status, 200 | 403 | 503 | 1303 | 1503)), "{answers:?}");
    assert_eq!(gateway.superusers().await, 1);
    gateway.stop().await;
}

async fn a_51_setup_stays_over_when_the_first_superuser_is_gone(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let link = token(&gateway).await;
    let first = gateway.superuser("first").await;
    let second = gateway.superuser("second").await;
    let deletion = administration::Deletion { confirmation: "first", bar_with: None };
    administration::delete(&gateway.db, &By::cli(), first.user.id, &deletion, gateway.clock.now())
        .await
        .unwrap();
    assert_eq!(setup::token(&gateway.db, &gateway.running.app.master).await.unwrap(), None);
    gateway.browser().post("/setup", &form(&link, "again", "again@people.example")).await.is(403);
    let last = administration::Deletion { confirmation: "second", bar_with: None };
    let refused =
        administration::delete(&gateway.db, &By::cli(), second.user.id, &last, gateway.clock.now()).await;
    assert!(refused.is_err(), "not even the command line deletes the last one");
    assert_eq!(gateway.superusers().await, 1);
    gateway.stop().await;
}

/// A way to take the other's power away.
type Attack = fn(&Person) -> (String, Vec<(&'static str, String)>);

async fn a_75_two_superusers_who_turn_on_each_other_leave_one(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let attacks: [Attack; 4] = [
        |other| (other.admin_path("/deactivate"), vec![]),
        |other| (other.admin_path("/tier"), vec![("tier", "standard".into())]),
        |other| (other.admin_path("/delete"), vec![("confirm", other.username().into())]),
        |other| (other.admin_path(""), vec![("version", "0".into()), ("status", "inactive".into())]),
    ];
    for round in 0..50 {
        let (x, y) = (format!("x{round}"), format!("y{round}"));
        let (x, y) = (gateway.superuser(&x).await, gateway.superuser(&y).await);
        let (mut by_x, mut by_y) = (gateway.signed_in(&x).await, gateway.signed_in(&y).await);
        let attack = attacks[round % 4];
        let ((to_y, fields_y), (to_x, fields_x)) = (attack(&y), attack(&x));
        let strike = async |browser: &mut crate::harness::Browser, path: &str, fields: &[(&str, String)]| {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            browser.post(path, &fields).await.status
        };
        tokio::join!(strike(&mut by_x, &to_y, &fields_y), strike(&mut by_y, &to_x, &fields_x));
        assert_eq!(gateway.superusers().await, 1, "round {round}");
        // The one who is left leaves room for the next two, who are made first.
        let winner = if still_rules(&gateway, &x).await { x } else { y };
        let heir = gateway.superuser(&format!("heir{round}")).await;
        let now = gateway.clock.now();
        administration::set_tier(&gateway.db, &By::cli(), winner.user.id, Tier::Standard, now).await.unwrap();
        assert_eq!(gateway.superusers().await, 1);
        // Two superusers fight in the next round; the heir must not be a third who hides a loss.
        if round < 49 {
            let (id, now) = (heir.user.id, gateway.clock.now());
            assert!(
                administration::deactivate(&gateway.db, &By::cli(), id, now).await.is_err(),
                "the last one"
            );
            make_room(&gateway, &heir).await;
        }
    }
    gateway.stop().await;
}

async fn still_rules(gateway: &Gateway, person: &Person) -> bool {
    gateway.account(person).await.is_some_and(|user| user.is_lasting_superuser())
}

/// Takes a superuser out of the count behind the product's back.
async fn make_room(gateway: &Gateway, person: &Person) {
    let mut tx = gateway.db.write().await.unwrap();
    narthex::store::users::change_status(
        &mut tx,
        person.user.id,
        Status::Active,
        Status::Inactive,
        gateway.clock.now(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn a_75_the_last_superuser_cannot_be_lost_by_any_page(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let edit = admin.get(&boss.admin_path("")).await.is(200);
    let form = edit.forms().into_iter().find(|form| form.value("version").is_some()).unwrap();
    for form in [form.clone().with("tier", "standard"), form.clone().with("status", "inactive")] {
        let page = admin.submit(&form).await.is(422);
        assert!(page.says("last active superuser"), "{}", page.text());
    }
    for (end, fields) in [
        ("/deactivate", vec![]),
        ("/tier", vec![("tier", "standard")]),
        ("/delete", vec![("confirm", boss.username())]),
    ] {
        let page = admin.post(&boss.admin_path(end), &fields).await.is(409);
        assert!(page.says("last active superuser"), "{end}: {}", page.text());
    }
    let by = By::user(boss.user.id, Origin::default());
    let refused =
        administration::set_tier(&gateway.db, &by, boss.user.id, Tier::Standard, gateway.clock.now()).await;
    assert!(refused.is_err());
    assert_eq!(gateway.superusers().await, 1);
    admin.get("/admin/users").await.is(200);
    assert_eq!(gateway.count_events(Event::AccountTierChanged, None).await, 0);
    gateway.stop().await;
}
