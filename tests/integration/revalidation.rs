//! A provider is asked again about whoever uses a session: what its answers do, that one question is asked at a time, and
//! that nobody waits for them.
use std::time::{Duration, Instant};

use narthex::{
    accounts::vouching,
    clock::Clock,
    domain::audit::Event,
    store::{Pools, provider_sessions},
};
use serde_json::{Value, json};

use crate::{
    certified::{Provider, sign_in_as},
    harness::{
        Ask, Browser, Gateway, Idp, Stack, both_stacks,
        gateway::{Setup, standing_clock},
        idp::{Mood, Spoil},
        wire::{Log, Scripted, Wire},
    },
};

both_stacks!(
    f_19_what_each_answer_does_to_the_session,
    f_19_what_is_revoked_ends_and_what_fails_lasts_until_the_bound,
    f_19_administrators_see_that_asking_again_fails,
    f_19_twenty_requests_at_once_ask_once_and_rotate_once,
    f_19_a_provider_that_hangs_holds_nobody_up,
    a_77_who_is_deactivated_while_a_refresh_runs_stays_out,
    a_53_what_the_provider_says_by_now_counts,
    what_lies_in_the_database_opens_nothing,
    without_a_refresh_token_or_without_the_setting_nobody_is_asked,
    a_certified_provider_is_asked_again_and_again,
    rows_go_with_their_sessions,
    an_open_stream_is_a_use_too,
    what_goes_on_under_another_secret_while_it_is_asked_about_is_asked_about_again,
    one_answer_that_failed_ends_nobody_who_is_away_meanwhile,
    a_question_that_had_no_turn_is_nobodys_fault,
);

const EVERY: Duration = Duration::from_secs(15 * 60);
const SETTINGS: &str = "trusted_proxies = ['127.0.0.1']\n[gateway]\ncache_ttl = '0s'\n\
    [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\n[[upstream.rule]]\npath = '/'\ntier = 'any'\n";

async fn start(stack: &Stack, more: &str) -> (Gateway, Idp) {
    let clock = standing_clock();
    let idp = Idp::start(&clock).await;
    let setup =
        Setup::on(stack).with(SETTINGS).with(&idp.config("corp", &format!("revalidate = '15m'\n{more}")));
    (setup.clock(clock).provider_port(idp.port).start().await, idp)
}

async fn enter(gateway: &Gateway, idp: &Idp, name: &str) -> Browser {
    idp.is_employee(name, None);
    let mut browser = gateway.browser();
    assert_eq!(browser.visit("/oidc/corp").await.is(200).url.path(), "/account");
    browser
}

async fn passes(browser: &mut Browser) -> bool {
    let ask = Ask::get("/verify").header("x-original-url", "http://wiki.example.test/page");
    let answer = browser.send(ask.header("x-original-method", "GET").header("accept", "*/*")).await;
    assert!(matches!(answer.status.as_u16(), 200 | 401), "{}", answer.status);
    answer.status == 200
}

/// Waits for what happens beside requests.
async fn soon(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is().await {
        assert!(began.elapsed() < Duration::from_secs(10), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Why sessions ended, oldest first.
async fn ends(gateway: &Gateway) -> Vec<String> {
    let events = gateway.events().await;
    let ended = events.iter().filter(|entry| entry.event == Event::SessionEnded);
    ended.map(|entry| entry.detail.clone().unwrap_or_default()).collect()
}

/// How often the rows of sessions say that an answer has come, or is not to be waited for.
async fn rows(gateway: &Gateway) -> Vec<(String, i64, i64)> {
    let sql = "SELECT session, ask_at, ends_at FROM provider_sessions ORDER BY session";
    match &gateway.db.pools {
        Pools::Sqlite { read, .. } => sqlx::query_as(sql).fetch_all(read).await.unwrap(),
        Pools::Postgres(pool) => sqlx::query_as(sql).fetch_all(pool).await.unwrap(),
    }
}

/// Waits until every answer is kept, by the clock that stands meanwhile. 0 is for those who are never asked about.
async fn answered(gateway: &Gateway) {
    let next = (gateway.clock.now() + EVERY).micros();
    let is_kept = |row: &(String, i64, i64)| row.1 == 0 || row.1 >= next;
    soon("the answers are kept", async || rows(gateway).await.iter().all(is_kept)).await;
}

/// Nothing: the provider answers as it should.
const AS_IT_IS: Spoil = |_, _| {};

/// What becomes of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// The provider has vouched for it.
    GoesOn,
    /// It goes on for a while, but nothing of the answer counts.
    Waits,
    /// It ends, for this reason.
    Ends(&'static str),
}

/// What is answered, and what becomes of the session then.
const ANSWERS: [(&str, Mood, Spoil, Then); 24] = [
    ("all is well", Mood::Good, AS_IT_IS, Then::GoesOn),
    ("no ID token", Mood::Good, |_, answer| answer["id_token"] = json!("none"), Then::GoesOn),
    (
        "another iss",
        Mood::Good,
        |claims, _| claims["iss"] = json!("https://evil.example"),
        Then::Ends("other_person"),
    ),
    ("no iss", Mood::Good, |claims, _| claims["iss"] = Value::Null, Then::Waits),
    (
        "another sub",
        Mood::Good,
        |claims, _| claims["sub"] = json!("subject-of-noah"),
        Then::Ends("other_person"),
    ),
    ("no sub", Mood::Good, |claims, _| claims["sub"] = Value::Null, Then::Waits),
    (
        "sub in other letters",
        Mood::Good,
        |claims, _| claims["sub"] = json!("Subject-of-emma"),
        Then::Ends("other_person"),
    ),
    ("another nonce", Mood::Good, |claims, _| claims["nonce"] = json!("another"), Then::Waits),
    ("another aud", Mood::Good, |claims, _| claims["aud"] = json!("another"), Then::Waits),
    ("expired", Mood::Good, |claims, _| claims["exp"] = json!(1), Then::Waits),
    ("issued tomorrow", Mood::Good, |claims, _| claims["iat"] = json!(4_000_000_000_i64), Then::Waits),
    ("forged", Mood::Good, |_, answer| answer["id_token"] = json!("forged"), Then::Waits),
    ("no token at all", Mood::Good, |_, answer| answer["access_token"] = Value::Null, Then::Waits),
    ("another token_type", Mood::Good, |_, answer| answer["token_type"] = json!("mac"), Then::Waits),
    (
        "a token with a line end",
        Mood::Good,
        |_, answer| answer["access_token"] = json!("a\r\nb"),
        Then::Waits,
    ),
    ("invalid_grant", Mood::Refuses(400, "invalid_grant"), AS_IT_IS, Then::Ends("provider_ended")),
    ("invalid_grant with 401", Mood::Refuses(401, "invalid_grant"), AS_IT_IS, Then::Ends("provider_ended")),
    ("invalid_client", Mood::Refuses(401, "invalid_client"), AS_IT_IS, Then::Waits),
    ("invalid_request", Mood::Refuses(400, "invalid_request"), AS_IT_IS, Then::Waits),
    ("500", Mood::Refuses(500, "server_error"), AS_IT_IS, Then::Waits),
    ("500 that says invalid_grant", Mood::Refuses(500, "invalid_grant"), AS_IT_IS, Then::Waits),
    ("503", Mood::Refuses(503, "x"), AS_IT_IS, Then::Waits),
    ("429", Mood::Refuses(429, "x"), AS_IT_IS, Then::Waits),
    ("rubbish", Mood::Says("<html>"), AS_IT_IS, Then::Waits),
];

async fn f_19_what_each_answer_does_to_the_session(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    let mut expected = vec![];
    for (what, mood, spoil, then) in ANSWERS {
        let mut emma = enter(&gateway, &idp, "emma").await;
        let (asked, _) = idp.asked();
        idp.mood(mood);
        idp.spoil(Some(spoil));
        gateway.later(EVERY - Duration::from_secs(1));
        assert!(passes(&mut emma).await, "{what}");
        assert_eq!(idp.asked().0, asked, "{what}: not yet");
        gateway.later(Duration::from_secs(1));
        assert!(passes(&mut emma).await, "{what}: it goes on while the provider is asked");
        soon(what, async || idp.asked().0 == asked + 1).await;
        if let Then::Ends(end) = then {
            soon(what, async || !passes(&mut emma).await).await;
            expected.push(end.to_owned());
        } else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert!(passes(&mut emma).await, "{what}");
            let waits = rows(&gateway).await.iter().any(|row| row.2 > 0);
            assert_eq!(waits, then == Then::Waits, "{what}");
        }
        assert_eq!(ends(&gateway).await, expected, "{what}");
        assert_eq!(idp.asked().0, asked + 1, "{what}: once");
        // And then all is well again.
        idp.mood(Mood::Good);
        idp.spoil(None);
        if !matches!(then, Then::Ends(_)) {
            emma.post("/logout", &[]).await.is(303);
            expected.push("signed_out".to_owned());
        }
    }
    let names: Vec<_> =
        gateway.events().await.into_iter().filter(|it| it.event == Event::AccountEdited).collect();
    assert!(names.is_empty(), "nothing of what is not believed was followed: {names:?}");
    gateway.stop().await;
}

async fn f_19_what_is_revoked_ends_and_what_fails_lasts_until_the_bound(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    let mut emma = enter(&gateway, &idp, "emma").await;
    let mut noah = enter(&gateway, &idp, "noah").await;
    idp.mood(Mood::Refuses(500, "server_error"));
    gateway.later(EVERY);
    assert!(passes(&mut emma).await && passes(&mut noah).await);
    let put_off = async |many: usize| {
        let next = (gateway.clock.now() + Duration::from_secs(60)).micros();
        rows(&gateway).await.iter().filter(|row| row.1 == next.min(row.2)).count() == many
    };
    soon("both are asked about", async || idp.asked().0 == 2 && put_off(2).await).await;
    // Every minute from then on, as long as somebody uses it.
    for minute in 1..30 {
        gateway.later(Duration::from_secs(60));
        let (asked, _) = idp.asked();
        assert!(passes(&mut emma).await, "minute {minute}");
        soon("again", async || idp.asked().0 > asked && put_off(1).await).await;
    }
    assert!(ends(&gateway).await.is_empty());
    // One whose provider is back in time goes on, the other ends with the thirtieth minute.
    gateway.later(Duration::from_secs(50));
    idp.mood(Mood::Good);
    assert!(passes(&mut noah).await);
    soon("noah is vouched for", async || rows(&gateway).await.iter().any(|row| row.2 == 0)).await;
    idp.mood(Mood::Refuses(500, "server_error"));
    gateway.later(Duration::from_secs(10));
    assert!(!passes(&mut emma).await, "at once, whoever writes it down");
    emma.get("/account").await.is(303);
    assert!(passes(&mut noah).await);
    soon("it is written down", async || ends(&gateway).await == ["provider_silent"]).await;
    idp.mood(Mood::Good);
    assert!(!passes(&mut emma).await, "and does not come back");

    gateway.later(EVERY);
    idp.revokes();
    passes(&mut noah).await;
    soon("what is revoked ends", async || !passes(&mut noah).await).await;
    assert_eq!(ends(&gateway).await, ["provider_silent", "provider_ended"]);
    assert!(rows(&gateway).await.is_empty(), "rows go with their sessions");
    gateway.stop().await;
}

async fn f_19_administrators_see_that_asking_again_fails(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    let boss = gateway.superuser("boss").await;
    let mut emma = enter(&gateway, &idp, "emma").await;
    let state = || gateway.running.app.provider("corp").unwrap().state(gateway.clock.now());
    assert!(state().last_error.is_none());
    let signed_in_at = state().last_success;
    idp.mood(Mood::Refuses(401, "invalid_client"));
    gateway.later(EVERY);
    passes(&mut emma).await;
    soon("it is told", async || state().last_error.is_some()).await;
    let (at, error) = state().last_error.unwrap();
    assert!(at == gateway.clock.now() && error.contains("the provider does not accept us"), "{error}");
    assert!(state().answers && state().last_success == signed_in_at, "people sign in there as before");
    let mut browser = gateway.signed_in(&boss).await;
    assert!(browser.visit("/admin/providers").await.is(200).says("the provider does not accept us"));
    gateway.stop().await;
}

async fn f_19_twenty_requests_at_once_ask_once_and_rotate_once(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    let emma = enter(&gateway, &idp, "emma").await;
    for round in 1..=3 {
        let before = idp.refresh_tokens();
        gateway.later(EVERY);
        let mut clicks = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let mut tab = emma.clone();
            clicks.spawn(async move { passes(&mut tab).await });
        }
        assert!(clicks.join_all().await.into_iter().all(|passed| passed));
        answered(&gateway).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(idp.asked(), (round, round), "one question, one grant");
        assert_ne!(idp.refresh_tokens(), before, "another refresh token");
    }
    assert!(passes(&mut emma.clone()).await);
    assert!(ends(&gateway).await.is_empty());
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_19_two_instances_ask_once_and_rotate_once() {
    let stack = Stack::servers().await;
    let clock = standing_clock();
    let idp = Idp::start(&clock).await;
    let setup = || {
        let setup = Setup::on(&stack).with("public_url = 'http://127.0.0.1:9'").with(SETTINGS);
        let setup = setup.with(&idp.config("corp", "revalidate = '15m'"));
        setup.clock(clock.clone()).provider_port(idp.port)
    };
    let (a, b) = (setup().start().await, setup().start().await);
    let emma = enter(&a, &idp, "emma").await;
    let mut moved = b.browser();
    moved.change_cookies(|jar| *jar = emma.cookies());
    for round in 1..=5 {
        clock.advance(EVERY);
        let mut clicks = tokio::task::JoinSet::new();
        for number in 0..20 {
            let mut tab = if number % 2 == 0 { emma.clone() } else { moved.clone() };
            clicks.spawn(async move { passes(&mut tab).await });
        }
        assert!(clicks.join_all().await.into_iter().all(|passed| passed));
        answered(&a).await;
        a.running.app.uses.noted().await;
        b.running.app.uses.noted().await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(idp.asked(), (round, round));
    }
    assert!(ends(&a).await.is_empty());
    // What ends on one ends on both.
    clock.advance(EVERY);
    idp.revokes();
    passes(&mut emma.clone()).await;
    soon("it ends", async || !passes(&mut moved).await).await;
    a.stop().await;
    b.stop().await;
}

async fn f_19_a_provider_that_hangs_holds_nobody_up(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    let mut emma = enter(&gateway, &idp, "emma").await;
    let mut noah = enter(&gateway, &idp, "noah").await;
    idp.mood(Mood::Hangs);
    gateway.later(EVERY);
    for _ in 0..20 {
        let began = Instant::now();
        assert!(passes(&mut emma).await && passes(&mut noah).await);
        emma.get("/account").await.is(200);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
    soon("both are asked about", async || idp.asked().0 == 2).await;
    // The question is not asked a second time while the first hangs.
    gateway.later(Duration::from_secs(44));
    passes(&mut emma).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(idp.asked().0, 2);
    idp.lets_go();
    answered(&gateway).await;
    assert!(passes(&mut emma).await && passes(&mut noah).await);
    gateway.stop().await;
}

async fn a_77_who_is_deactivated_while_a_refresh_runs_stays_out(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let mut emma = enter(&gateway, &idp, "emma").await;
    let mut noah = enter(&gateway, &idp, "noah").await;
    let user = gateway.by_email("emma@corp.example").await.unwrap();
    idp.mood(Mood::Hangs);
    gateway.later(EVERY);
    assert!(passes(&mut emma).await && passes(&mut noah).await);
    soon("both are asked about", async || idp.asked().0 == 2).await;
    admin.post(&format!("/admin/users/{}/deactivate", user.id), &[]).await.is(303);
    assert!(!passes(&mut emma).await, "at once");
    noah.post("/logout", &[]).await.is(303);
    let mut changed =
        json!({ "sub": "subject-of-emma", "email": "emma@corp.example", "email_verified": true });
    changed["name"] = json!("Emma Weber");
    idp.is(changed);
    idp.lets_go();
    soon("the provider has answered", async || idp.asked().1 == 2).await;
    soon("nothing is kept of it", async || rows(&gateway).await.iter().all(|row| row.1 == 0)).await;
    assert!(!passes(&mut emma).await && !passes(&mut noah).await);
    let after = gateway.by_email("emma@corp.example").await.unwrap();
    assert_eq!(
        (after.status, after.display_name),
        (narthex::domain::user::Status::Inactive, user.display_name)
    );
    gateway.stop().await;
}

async fn a_53_what_the_provider_says_by_now_counts(stack: Stack) {
    let (gateway, idp) = start(&stack, "allowed_groups = ['staff']").await;
    let mut emma = enter(&gateway, &idp, "emma").await;
    let changed = |name: &str, groups: Value| {
        json!({
            "sub": "subject-of-emma", "email": "emma@corp.example", "email_verified": true, "name": name,
            "preferred_username": "emma", "groups": groups,
        })
    };
    idp.is(changed("Emma Weber", json!(["staff", "new"])));
    gateway.later(EVERY);
    passes(&mut emma).await;
    soon("the name follows", async || emma.get("/account").await.says("Emma Weber")).await;
    // In no group that may come in: out, and the name stays.
    idp.is(changed("Emma Else", json!(["new"])));
    gateway.later(EVERY);
    passes(&mut emma).await;
    soon("she is not admitted any more", async || !passes(&mut emma).await).await;
    assert_eq!(ends(&gateway).await, ["group_not_allowed"]);
    let user = gateway.by_email("emma@corp.example").await.unwrap();
    assert_eq!(user.display_name.as_str(), "Emma Weber");
    // No groups at all are none.
    idp.is_employee("emma", None);
    let mut again = enter(&gateway, &idp, "emma").await;
    idp.is(changed("Emma", Value::Null));
    gateway.later(EVERY);
    passes(&mut again).await;
    soon("silence is no group", async || !passes(&mut again).await).await;
    gateway.stop().await;
}

async fn what_lies_in_the_database_opens_nothing(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    let mut emma = enter(&gateway, &idp, "emma").await;
    let tokens = idp.refresh_tokens();
    assert_eq!(tokens.len(), 1);
    let sql = "SELECT session, id_token, renewal FROM provider_sessions";
    let all: Vec<(String, String, String)> = match &gateway.db.pools {
        Pools::Sqlite { read, .. } => sqlx::query_as(sql).fetch_all(read).await.unwrap(),
        Pools::Postgres(pool) => sqlx::query_as(sql).fetch_all(pool).await.unwrap(),
    };
    let (session, id_token, renewal) = &all[0];
    for text in [id_token, renewal] {
        assert!(!text.contains(&tokens[0]) && !text.contains("eyJ") && !text.contains('.'), "{text}");
    }
    // The row of one session is none of another, whoever writes it there.
    let mut noah = enter(&gateway, &idp, "noah").await;
    let mut tx = gateway.db.write().await.unwrap();
    let noahs = all_but(&gateway, session).await;
    assert!(provider_sessions::rotate(&mut tx, &noahs, 0, renewal).await.unwrap());
    tx.commit().await.unwrap();
    gateway.later(EVERY);
    passes(&mut noah).await;
    soon("it cannot be read", async || !passes(&mut noah).await).await;
    assert_eq!(ends(&gateway).await, ["unreadable"]);
    assert!(passes(&mut emma).await);
    // Nothing of it is on any page.
    let page = emma.get("/account").await.is(200);
    assert!(!page.body.contains(&tokens[0]) && !page.body.contains(&**renewal) && !page.body.contains("eyJ"));
    gateway.stop().await;
}

async fn all_but(gateway: &Gateway, session: &str) -> String {
    rows(gateway).await.into_iter().map(|row| row.0).find(|other| other != session).unwrap()
}

async fn without_a_refresh_token_or_without_the_setting_nobody_is_asked(stack: Stack) {
    let clock = standing_clock();
    let idp = Idp::start(&clock).await;
    let setup = |more: &str| {
        let setup = Setup::on(&stack).with(SETTINGS).with(&idp.config("corp", more)).clock(clock.clone());
        setup.provider_port(idp.port)
    };
    let gateway = setup("revalidate = '0s'").start().await;
    let mut emma = enter(&gateway, &idp, "emma").await;
    gateway.later(EVERY * 3);
    assert!(passes(&mut emma).await);
    assert_eq!(rows(&gateway).await.iter().map(|row| row.1).collect::<Vec<_>>(), [0]);
    assert_eq!(idp.asked().0, 0);
    let page = emma.post("/logout", &[]).await.is(303);
    assert_eq!(page.location(), "/signed-out");
    gateway.stop().await;

    // What does not rotate is used again and again.
    let gateway = setup("revalidate = '15m'").start().await;
    let mut emma = enter(&gateway, &idp, "emma").await;
    idp.rotates_no_more();
    let token = idp.refresh_tokens();
    for round in 1..=3 {
        gateway.later(EVERY);
        assert!(passes(&mut emma).await);
        soon("it is asked again", async || idp.asked().1 == round).await;
        answered(&gateway).await;
    }
    assert_eq!(idp.refresh_tokens(), token);
    assert!(passes(&mut emma).await && ends(&gateway).await == ["signed_out"]);
    gateway.stop().await;
}

async fn rows_go_with_their_sessions(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let app = gateway.running.app.clone();
    let tidy = async |since: Duration| {
        let mut tx = app.db.write().await.unwrap();
        let now = app.clock.now();
        provider_sessions::purge(&mut tx, now - since, now).await.unwrap();
        tx.commit().await.unwrap();
        rows(&gateway).await.len()
    };
    let day = Duration::from_secs(86_400);
    let handle = async |name: &str| {
        let user = gateway.by_email(&format!("{name}@corp.example")).await.unwrap();
        let kept = app.sessions.of_user(user.id, app.clock.now()).await.unwrap();
        (user.id, kept[0].1.handle.clone())
    };
    // Signed out: what the page after that needs, for five minutes, and no way to ask.
    enter(&gateway, &idp, "emma").await.post("/logout", &[]).await.is(303);
    assert_eq!((tidy(day).await, rows(&gateway).await[0].1), (1, 0));
    gateway.later(Duration::from_secs(301));
    assert_eq!(tidy(day).await, 0);
    // Ended by somebody else, or together with the account's others.
    enter(&gateway, &idp, "emma").await;
    let (emma, session) = handle("emma").await;
    admin.post(&format!("/admin/sessions/{emma}/{session}/revoke"), &[]).await.is(303);
    enter(&gateway, &idp, "noah").await;
    let (noah, _) = handle("noah").await;
    admin.post(&format!("/admin/users/{noah}/deactivate"), &[]).await.is(303);
    assert_eq!(tidy(day).await, 0);
    // One that goes on under another secret keeps its row, and is asked about.
    let mut emma = enter(&gateway, &idp, "emma").await;
    emma.post("/account/sessions/end-others", &[]).await.is(303);
    assert_eq!(tidy(day).await, 1);
    let (asked, _) = idp.asked();
    gateway.later(EVERY);
    assert!(passes(&mut emma).await);
    soon("it is asked about", async || idp.asked().0 == asked + 1).await;
    answered(&gateway).await;
    // One whose provider is silent ends, though nobody uses it.
    idp.mood(Mood::Refuses(500, "server_error"));
    gateway.later(EVERY);
    assert!(passes(&mut emma).await);
    soon("it is asked about", async || rows(&gateway).await[0].2 > 0).await;
    gateway.later(EVERY * 2 - Duration::from_secs(1));
    assert_eq!(vouching::end_overdue(&app.db, app.clock.now()).await.unwrap(), 0);
    gateway.later(Duration::from_secs(1));
    assert_eq!(vouching::end_overdue(&app.db, app.clock.now()).await.unwrap(), 1);
    assert_eq!(ends(&gateway).await.last().unwrap(), "provider_silent");
    assert!(rows(&gateway).await.is_empty());
    // One that nobody uses any more, in the end.
    enter(&gateway, &idp, "emma").await;
    assert_eq!((tidy(day).await, tidy(Duration::ZERO).await), (1, 1));
    gateway.later(Duration::from_secs(1));
    assert_eq!(tidy(Duration::ZERO).await, 0);
    gateway.stop().await;
}

/// The session has another secret and another epoch when the answer comes, and is still the provider's to end.
async fn what_goes_on_under_another_secret_while_it_is_asked_about_is_asked_about_again(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    let mut emma = enter(&gateway, &idp, "emma").await;
    gateway.later(EVERY);
    idp.mood(Mood::Hangs);
    assert!(passes(&mut emma).await);
    soon("it is asked about", async || idp.asked().0 == 1).await;
    emma.post("/account/sessions/end-others", &[]).await.is(303);
    idp.mood(Mood::Good);
    idp.lets_go();
    answered(&gateway).await;
    assert!(passes(&mut emma).await);
    gateway.later(EVERY);
    idp.revokes();
    passes(&mut emma).await;
    soon("it ends", async || !passes(&mut emma).await).await;
    assert_eq!(ends(&gateway).await.last().unwrap(), "provider_ended");
    gateway.stop().await;
}

async fn one_answer_that_failed_ends_nobody_who_is_away_meanwhile(stack: Stack) {
    let clock = standing_clock();
    let idp = Idp::start(&clock).await;
    let setup = Setup::on(&stack).with(SETTINGS).with(&idp.config("corp", "revalidate = '3s'"));
    let gateway = setup.clock(clock).provider_port(idp.port).start().await;
    let mut emma = enter(&gateway, &idp, "emma").await;
    idp.mood(Mood::Refuses(503, "temporarily_unavailable"));
    gateway.later(Duration::from_secs(3));
    assert!(passes(&mut emma).await);
    soon("it has no answer", async || rows(&gateway).await[0].2 > 0).await;
    idp.mood(Mood::Good);
    gateway.later(Duration::from_secs(2));
    // Nobody uses the session.
    soon("it is vouched for again", async || rows(&gateway).await[0].2 == 0).await;
    gateway.later(Duration::from_secs(120));
    assert_eq!(vouching::end_overdue(&gateway.db, gateway.clock.now()).await.unwrap(), 0);
    assert!(passes(&mut emma).await);
    gateway.stop().await;
}

async fn a_question_that_had_no_turn_is_nobodys_fault(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    enter(&gateway, &idp, "emma").await;
    let app = gateway.running.app.clone();
    let emma = gateway.by_email("emma@corp.example").await.unwrap();
    let session = app.sessions.of_user(emma.id, app.clock.now()).await.unwrap()[0].1.clone();
    let claim = async || {
        let claimed = vouching::claim(&app.db, &app.master, &session, EVERY, app.clock.now()).await.unwrap();
        if let vouching::Due::Ask(question) = claimed { Some(question) } else { None }
    };
    assert!(claim().await.is_none(), "not yet");
    gateway.later(EVERY);
    let first = claim().await.unwrap();
    assert!(claim().await.is_none(), "it is somebody else's");
    vouching::give_back(&app.db, &first, app.clock.now()).await.unwrap();
    assert_eq!(rows(&gateway).await[0].2, 0, "it does not end for that");
    let second = claim().await.unwrap();
    // What the first hears by now is about what was used up.
    let ended = vouching::end_after(&app.db, &first, "provider_ended", app.clock.now()).await;
    assert!(!ended.unwrap() && rows(&gateway).await.len() == 1);
    vouching::put_off(&app.db, &second, EVERY, app.clock.now()).await.unwrap();
    assert!(rows(&gateway).await[0].2 > 0);
    let ended = vouching::end_after(&app.db, &second, "provider_ended", app.clock.now()).await;
    assert!(ended.unwrap() && rows(&gateway).await.is_empty());
    assert_eq!(ends(&gateway).await, ["provider_ended"]);
    gateway.stop().await;
}

async fn an_open_stream_is_a_use_too(stack: Stack) {
    let clock = standing_clock();
    let idp = Idp::start(&clock).await;
    let wiki = Scripted::start(async |mut wire: Wire, log: Log| {
        log.add(wire.head().await);
        wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n").await;
        wire.rest().await;
    });
    let wiki = wiki.await;
    let upstream = format!(
        "[[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\nurl = 'http://{}'\n\
         [[upstream.rule]]\npath = '/'\ntier = 'any'\n",
        wiki.address
    );
    let setup = Setup::on(&stack).with(&idp.config("corp", "revalidate = '15m'")).with(&upstream);
    let gateway = setup.clock(clock).provider_port(idp.port).start().await;
    let emma = enter(&gateway, &idp, "emma").await;
    let cookie = &emma.cookies().find("narthex").unwrap().value.clone();
    let request =
        format!("GET /events HTTP/1.1\r\nHost: wiki.example.test\r\nCookie: narthex={cookie}\r\n\r\n");
    let mut stream = Wire::with(gateway.address, &request).await;
    assert!(stream.until("data: 1").await.starts_with("HTTP/1.1 200"));
    gateway.later(EVERY);
    soon("it is asked about", async || idp.asked().1 == 1).await;
    answered(&gateway).await;
    idp.revokes();
    gateway.later(EVERY);
    let cut = tokio::time::timeout(Duration::from_secs(10), stream.rest()).await;
    assert!(cut.is_ok(), "the stream ends with the session");
    assert_eq!(ends(&gateway).await, ["provider_ended"]);
    gateway.stop().await;
}

async fn a_certified_provider_is_asked_again_and_again(stack: Stack) {
    let provider = Provider::start(&[]);
    let gateway = provider.gateway(&stack, "revalidate = '1s'").await;
    assert!(matches!(gateway.clock, Clock::System));
    let mut mina = gateway.browser();
    sign_in_as(&mut mina, "mina.park").await.is(200);
    let refreshes = async || {
        let page = provider.control(&gateway, "count", json!({})).await;
        serde_json::from_str::<Value>(&page.body).unwrap()["refreshes"].as_u64().unwrap()
    };
    // Each of them with the refresh token that the one before gave: it rotates them.
    let married = json!({ "name": "mina.park", "claims": {
        "email": "mina.park@corp.example", "email_verified": true, "preferred_username": "mina.park",
        "name": "Mina Weber", "groups": ["staff"],
    } });
    provider.control(&gateway, "account", married).await;
    soon("three times", async || {
        mina.get("/account").await.is(200);
        refreshes().await >= 3
    })
    .await;
    assert!(mina.get("/account").await.says("Mina Weber"), "what it says by now counts");
    assert!(ends(&gateway).await.is_empty());
    provider.control(&gateway, "revoke", json!({ "name": "mina.park" })).await;
    soon("what is revoked ends", async || mina.get("/account").await.status == 303).await;
    assert_eq!(ends(&gateway).await, ["provider_ended"]);
    gateway.stop().await;
}
