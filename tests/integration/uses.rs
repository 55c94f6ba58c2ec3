//! What the gate lets through is a use of the session.
use std::{sync::Arc, time::Duration};

use crate::harness::{
    Ask, Browser, Gateway, Person, Stack, both_stacks,
    gateway::{Setup, standing_clock},
};

both_stacks!(
    whoever_uses_applications_only_stays_signed_in,
    what_belongs_to_no_application_is_no_use,
    the_last_moments_use_counts_at_once,
    what_was_used_last_is_noted_before_the_process_ends,
);

const MINUTE: Duration = Duration::from_secs(60);
const SETTINGS: &str = "trusted_proxies = ['127.0.0.1']\n[gateway]\ncache_ttl = '60s'\n\
    [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\n[[upstream.rule]]\npath = '/'\ntier = 'any'\n";

async fn start(stack: &Stack) -> (Gateway, Person, Browser) {
    let gateway = Setup::on(stack).with(SETTINGS).clock(standing_clock()).start().await;
    let carol = gateway.standard("carol").await;
    let browser = gateway.signed_in(&carol).await;
    (gateway, carol, browser)
}

async fn asks(browser: &mut Browser, host: &str) -> u16 {
    let ask = Ask::get("/verify").header("x-original-url", &format!("http://{host}/page"));
    browser.send(ask.header("x-original-method", "GET").header("accept", "*/*")).await.status.as_u16()
}

async fn whoever_uses_applications_only_stays_signed_in(stack: Stack) {
    let (gateway, _, mut browser) = start(&stack).await;
    for _ in 0..4 {
        gateway.later(59 * MINUTE);
        assert_eq!(asks(&mut browser, "wiki.example.test").await, 200);
        gateway.running.app.uses.noted().await;
    }
    gateway.later(60 * MINUTE);
    assert_eq!(asks(&mut browser, "wiki.example.test").await, 401);
    gateway.stop().await;
}

async fn what_belongs_to_no_application_is_no_use(stack: Stack) {
    let (gateway, carol, mut browser) = start(&stack).await;
    let began = gateway.clock.now();
    gateway.later(30 * MINUTE);
    assert_eq!(asks(&mut browser, "nobody.example.test").await, 403);
    gateway.running.app.uses.noted().await;
    let kept = gateway.running.app.sessions.of_user(carol.user.id, gateway.clock.now()).await.unwrap();
    assert_eq!(kept[0].1.seen_at, began);
    gateway.stop().await;
}

async fn the_last_moments_use_counts_at_once(stack: Stack) {
    let (gateway, _, mut browser) = start(&stack).await;
    gateway.later(60 * MINUTE - Duration::from_secs(1));
    assert_eq!(asks(&mut browser, "wiki.example.test").await, 200);
    gateway.later(Duration::from_secs(1));
    assert_eq!(asks(&mut browser, "wiki.example.test").await, 200, "a picture on the page");
    gateway.stop().await;
}

async fn what_was_used_last_is_noted_before_the_process_ends(stack: Stack) {
    let (gateway, carol, mut browser) = start(&stack).await;
    gateway.later(30 * MINUTE);
    assert_eq!(asks(&mut browser, "wiki.example.test").await, 200);
    let (sessions, now) = (Arc::clone(&gateway.running.app.sessions), gateway.clock.now());
    gateway.stop().await;
    assert_eq!(sessions.of_user(carol.user.id, now).await.unwrap()[0].1.seen_at, now);
}
