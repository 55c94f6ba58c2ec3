//! What many requests, at once or one after the other, may not do.
use narthex::{
    accounts::{By, administration, setup},
    domain::{audit::Event, user::Tier},
};
use url::Url;

use crate::harness::{
    Gateway, Stack, both_stacks,
    gateway::{Setup, sign_in},
    issuer::Issuer,
};

both_stacks!(
    forty_looks_at_the_list_at_once_are_all_answered,
    returns_from_a_provider_that_come_to_nothing_are_limited,
    setup_is_over_once_anybody_is_an_active_superuser,
    a_browser_that_goes_round_in_circles_is_stopped,
    a_way_in_with_a_password_is_always_left,
);

async fn forty_looks_at_the_list_at_once_are_all_answered(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let browser = gateway.signed_in(&boss).await;
    let mut looks = tokio::task::JoinSet::new();
    for index in 0..40 {
        let mut browser = browser.copy();
        let page = ["/admin/users", "/admin/audit", "/account"][index % 3];
        looks.spawn(async move { browser.get(page).await.status.as_u16() });
    }
    // More than there are connections: nobody may hold one while waiting for another.
    while let Some(status) = looks.join_next().await {
        assert_eq!(status.unwrap(), 200);
    }
    gateway.stop().await;
}

async fn returns_from_a_provider_that_come_to_nothing_are_limited(stack: Stack) {
    let issuer = Issuer::start().await;
    let settings = issuer.config("corp", "");
    let setup = Setup::on(&stack).with(&settings).with("[login]\naddress_failures = 5");
    let gateway = setup.provider_port(issuer.port).start().await;
    let mut answers = vec![];
    for _ in 0..8 {
        let mut browser = gateway.browser();
        let begun = browser.get("/oidc/corp").await.is(303);
        let begun = Url::parse(begun.location()).unwrap();
        let (_, state) = begun.query_pairs().find(|(name, _)| name == "state").unwrap();
        let back = format!("/oidc/corp/callback?state={state}&error=access_denied");
        answers.push(browser.get(&back).await.status.as_u16());
    }
    assert_eq!(answers, [403, 403, 403, 403, 403, 429, 429, 429]);
    assert_eq!(gateway.count_events(Event::LoginFailed, None).await, 5);
    gateway.stop().await;
}

async fn setup_is_over_once_anybody_is_an_active_superuser(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (db, now, by) = (&gateway.db, gateway.clock.now(), By::cli());
    let token = async || setup::token(&gateway.db, &gateway.running.app.master).await.unwrap();
    let person = gateway.standard("someone").await.user.id;
    administration::deactivate(db, &by, person, now).await.unwrap();
    administration::set_tier(db, &by, person, Tier::Superuser, now).await.unwrap();
    assert!(token().await.is_some(), "nobody can administer anything yet");
    administration::reactivate(db, &by, person, now).await.unwrap();
    assert!(token().await.is_none());
    gateway.stop().await;
}

async fn a_browser_that_goes_round_in_circles_is_stopped(stack: Stack) {
    let upstream =
        "[[upstream]]\nname = 'far'\nhost = '127.0.0.1:9'\n[[upstream.rule]]\npath = '/'\ntier = 'any'";
    let gateway = Setup::on(&stack).with(upstream).start().await;
    let mut browser = gateway.browser();
    for _ in 0..5 {
        let page = browser.get("/continue?rd=http://127.0.0.1:9/page").await.is(200);
        assert_eq!(page.link("127.0.0.1:9"), "http://127.0.0.1:9/page");
    }
    let stopped = browser.get("/continue?rd=http://127.0.0.1:9/page").await;
    assert_eq!(stopped.status.as_u16(), 508);
    assert!(!stopped.body.contains("http-equiv"), "it goes nowhere by itself");
    gateway.stop().await;
}

async fn a_way_in_with_a_password_is_always_left(stack: Stack) {
    let gateway = Setup::on(&stack).with("[login]\nlocal = false").start().await;
    let boss = gateway.superuser("boss").await;
    let mut browser = gateway.browser();
    assert!(browser.get("/login").await.is(200).forms().is_empty());
    assert!(!browser.get("/login?local=1").await.is(200).forms().is_empty());
    sign_in(&mut browser, boss.username(), &boss.password).await.is(303);
    gateway.stop().await;
}
