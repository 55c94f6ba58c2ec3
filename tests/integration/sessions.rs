//! A session says who; the account says whether.
use std::time::Duration;

use narthex::domain::{
    audit::Event,
    session::{Session, SessionToken},
    user::Status,
};

use crate::harness::{
    Ask, Gateway, Stack, both_stacks,
    gateway::{Setup, sign_in, standing_clock},
};

both_stacks!(
    a_session_ends_without_a_request_for_an_hour,
    a_session_ends_after_its_whole_time_however_busy,
    a_superusers_session_ends_sooner,
    every_sign_in_makes_a_new_session_and_ends_the_old,
    signing_out_ends_this_session_signing_out_everywhere_all,
    deactivation_ends_everything_by_the_next_click,
    an_administrator_signs_somebody_out_everywhere,
    a_12_broken_and_many_cookies_are_nobodys,
    a_29_what_is_no_session_opens_nothing,
    a_30_a_planted_session_is_replaced_and_never_valid,
    f_10_a_session_that_the_store_still_holds_is_over_when_the_account_says_so,
    a_77_whoever_is_deactivated_is_out_on_every_instance_also_in_the_middle_of_signing_in,
);

const MINUTE: Duration = Duration::from_secs(60);

async fn a_session_ends_without_a_request_for_an_hour(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let carol = gateway.standard("carol").await;
    let mut browser = gateway.signed_in(&carol).await;
    for _ in 0..3 {
        gateway.later(59 * MINUTE);
        browser.get("/account").await.is(200);
    }
    gateway.later(60 * MINUTE);
    browser.get("/account").await.is(303);
    gateway.stop().await;
}

async fn a_session_ends_after_its_whole_time_however_busy(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let carol = gateway.standard("carol").await;
    let mut browser = gateway.signed_in(&carol).await;
    for _ in 0..47 {
        gateway.later(30 * MINUTE);
        browser.get("/account").await.is(200);
    }
    gateway.later(30 * MINUTE);
    browser.get("/account").await.is(303);
    gateway.stop().await;
}

async fn a_superusers_session_ends_sooner(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let boss = gateway.superuser("boss").await;
    let mut browser = gateway.signed_in(&boss).await;
    for _ in 0..23 {
        gateway.later(30 * MINUTE);
        browser.get("/admin/users").await.is(200);
    }
    gateway.later(30 * MINUTE);
    browser.get("/admin/users").await.is(303);
    gateway.stop().await;
}

async fn every_sign_in_makes_a_new_session_and_ends_the_old(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let carol = gateway.standard("carol").await;
    let mut browser = gateway.signed_in(&carol).await;
    let mut old = browser.copy();
    let before = browser.cookies().find("narthex").unwrap().clone();
    browser.post("/login", &[("login", "carol"), ("password", &carol.password)]).await.is(303);
    let after = browser.cookies().find("narthex").unwrap().clone();
    assert_ne!(before.value, after.value);
    assert!(after.http_only);
    assert_eq!(after.same_site, Some(cookie::SameSite::Lax));
    assert_eq!(after.path, "/");
    browser.get("/account").await.is(200);
    old.get("/account").await.is(303);
    gateway.stop().await;
}

async fn signing_out_ends_this_session_signing_out_everywhere_all(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let carol = gateway.standard("carol").await;
    let mut phone = gateway.signed_in(&carol).await;
    let mut desk = gateway.signed_in(&carol).await;
    let mut stolen = phone.copy();
    phone.post("/logout", &[]).await.is(303);
    assert!(phone.cookies().find("narthex").is_none(), "the cookie is gone");
    stolen.get("/account").await.is(303);
    desk.get("/account").await.is(200);
    let mut tablet = gateway.signed_in(&carol).await;
    tablet.post("/account/sign-out-everywhere", &[]).await.is(303);
    desk.get("/account").await.is(303);
    tablet.get("/account").await.is(303);
    gateway.browser().post("/logout", &[]).await.is(303);
    gateway.stop().await;
}

async fn deactivation_ends_everything_by_the_next_click(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let carol = gateway.standard("carol").await;
    let mut admin = gateway.signed_in(&boss).await;
    let mut browsers = vec![];
    for _ in 0..3 {
        browsers.push(gateway.signed_in(&carol).await);
    }
    admin.post(&carol.admin_path("/deactivate"), &[]).await.is(303);
    for browser in &mut browsers {
        browser.get("/account").await.is(303);
    }
    admin.post(&carol.admin_path("/reactivate"), &[]).await.is(303);
    for browser in &mut browsers {
        browser.get("/account").await.is(303);
    }
    sign_in(&mut browsers[0], "carol", &carol.password).await.is(303);
    gateway.stop().await;
}

async fn an_administrator_signs_somebody_out_everywhere(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let carol = gateway.standard("carol").await;
    let mut hers = gateway.signed_in(&carol).await;
    let mut admin = gateway.signed_in(&boss).await;
    admin.post(&carol.admin_path("/sign-out"), &[]).await.is(303);
    hers.get("/account").await.is(303);
    assert_eq!(gateway.count_events(Event::SessionEnded, Some(&carol.user)).await, 1);
    sign_in(&mut hers, "carol", &carol.password).await.is(303);
    gateway.stop().await;
}

async fn a_12_broken_and_many_cookies_are_nobodys(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let carol = gateway.standard("carol").await;
    let good = gateway.signed_in(&carol).await.cookies().find("narthex").unwrap().value.clone();
    let (id, key) = good.split_once('.').unwrap();
    let long = "x".repeat(7000);
    let hundred = (0..100).map(|n| format!("narthex={id}.{n:043}")).collect::<Vec<_>>().join("; ");
    for cookie in [
        "narthex=".to_owned(),
        "narthex".into(),
        "narthex=.".into(),
        format!("narthex={id}"),
        format!("narthex={id}."),
        format!("narthex={id}.{}", key.chars().rev().collect::<String>()),
        format!("narthex={key}.{id}"),
        format!("narthex={good}.{good}"),
        format!("narthex={long}"),
        format!("narthex=\"{good}"),
        "narthex=%00; ;;; =; narthex-gate=\u{7f}".replace('\u{7f}', "%7f"),
        hundred,
        (0..100).map(|n| format!("c{n}=v")).collect::<Vec<_>>().join("; "),
    ] {
        let mut browser = gateway.browser();
        browser.send(Ask::get("/account").header("cookie", &cookie)).await.is(303);
        let json = browser.send(Ask::get("/account").json().header("cookie", &cookie)).await;
        assert_eq!(json.status, 401, "{cookie}");
        browser.send(Ask::get("/login").header("cookie", &cookie)).await.is(200);
    }
    gateway
        .browser()
        .send(Ask::get("/account").header("cookie", &format!("a=b; narthex={good}")))
        .await
        .is(200);
    gateway.stop().await;
}

async fn a_29_what_is_no_session_opens_nothing(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let carol = gateway.standard("carol").await;
    let good = gateway.signed_in(&carol).await.cookies().find("narthex").unwrap().value.clone();
    let (id, _) = good.split_once('.').unwrap();
    let lifetimes = &gateway.running.app.settings().lifetimes;
    // What lies in the store, the handle, the digest, the account's id: names, not secrets.
    let sessions = gateway.running.app.sessions.of_user(carol.user.id, gateway.clock.now()).await.unwrap();
    let (digest, session) = &sessions[0];
    for name in [session.handle.to_string(), digest.text(), carol.user.id.to_string(), "seal".into()] {
        for cookie in
            [format!("narthex={name}.{name}"), format!("narthex={name}"), format!("narthex-gate={name}")]
        {
            gateway.browser().send(Ask::get("/account").header("cookie", &cookie)).await.is(303);
        }
    }
    // The gate's half opens no page of ours.
    for cookie in [format!("narthex-gate={id}"), format!("narthex={id}.{id}")] {
        gateway.browser().send(Ask::get("/account").header("cookie", &cookie)).await.is(303);
    }
    // And a session id is no state.
    let page = gateway.browser().get(&format!("/oidc/corp/callback?state={good}&code=x")).await;
    assert!(page.status.is_client_error());
    // A session for an account that is not there, or of another epoch, is nobody's.
    for change in [
        |session: Session| Session { epoch: session.epoch + 1, ..session },
        |session: Session| Session { epoch: session.epoch - 1, ..session },
        |session: Session| Session {
            user_id: narthex::domain::user::UserId(crate::harness::new_id()),
            ..session
        },
    ] {
        let token = SessionToken::generate();
        let forged =
            Session { key_hash: narthex::domain::secret::sha256(token.key.as_bytes()), ..session.clone() };
        gateway.running.app.sessions.insert(token.id.digest(), &change(forged), lifetimes).await.unwrap();
        let cookie = format!("narthex={}", token.cookie());
        gateway.browser().send(Ask::get("/account").header("cookie", &cookie)).await.is(303);
    }
    gateway.stop().await;
}

async fn a_30_a_planted_session_is_replaced_and_never_valid(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let carol = gateway.standard("carol").await;
    let mallory = gateway.standard("mallory").await;
    let planted = SessionToken::generate().cookie();
    let mut victim = gateway.browser();
    victim.change_cookies(|jar| jar.plant(&gateway.public, "narthex", &planted, None));
    sign_in(&mut victim, "carol", &carol.password).await.is(303);
    assert_ne!(victim.cookies().find("narthex").unwrap().value, planted);
    let cookie = format!("narthex={planted}");
    gateway.browser().send(Ask::get("/account").header("cookie", &cookie)).await.is(303);

    // Planted with a real session of the attacker's: it becomes nobody's, least of all the victim's.
    let mallorys = gateway.signed_in(&mallory).await;
    let real = mallorys.cookies().find("narthex").unwrap().value.clone();
    let mut victim = gateway.browser();
    victim.change_cookies(|jar| jar.plant(&gateway.public, "narthex", &real, None));
    victim.post("/login", &[("login", "carol"), ("password", &carol.password)]).await.is(303);
    assert!(victim.get("/account").await.is(200).says("carol"));
    mallorys.copy().get("/account").await.is(303);
    gateway.stop().await;
}

async fn f_10_a_session_that_the_store_still_holds_is_over_when_the_account_says_so(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    gateway.superuser("boss").await;
    let carol = gateway.standard("carol").await;
    let store = &gateway.running.app.sessions;
    let lifetimes = &gateway.running.app.settings().lifetimes;
    let now = gateway.clock.now();
    let mut browser = gateway.signed_in(&carol).await;
    let kept = store.of_user(carol.user.id, now).await.unwrap();
    let (digest, session) = kept[0].clone();

    // A crash right after the commit: the database knows, the store does not.
    let by = narthex::accounts::By::cli();
    narthex::accounts::administration::deactivate(&gateway.db, &by, carol.user.id, now).await.unwrap();
    assert!(store.find(digest, now).await.unwrap().is_some(), "the store still holds it");
    browser.get("/account").await.is(303);
    // Let in again, the old session stays over, also when it is written back.
    narthex::accounts::administration::reactivate(&gateway.db, &by, carol.user.id, now).await.unwrap();
    assert_eq!(gateway.account(&carol).await.unwrap().status, Status::Active);
    store.insert(digest, &session, lifetimes).await.unwrap();
    browser.get("/account").await.is(303);

    // One session signed out, then written back by a store that lost the deletion.
    let mut browser = gateway.signed_in(&carol).await;
    let kept = store.of_user(carol.user.id, now).await.unwrap();
    let (digest, session) = kept.into_iter().find(|(it, _)| *it != digest).unwrap();
    let mut copy = browser.copy();
    browser.post("/logout", &[]).await.is(303);
    store.insert(digest, &session, lifetimes).await.unwrap();
    copy.get("/account").await.is(303);
    gateway.stop().await;
}

async fn a_77_whoever_is_deactivated_is_out_on_every_instance_also_in_the_middle_of_signing_in(stack: Stack) {
    let one = Gateway::start(&stack).await;
    let two = Gateway::start(&stack).await;
    let boss = one.superuser("boss").await;
    let mut admin = one.signed_in(&boss).await;
    for round in 0..5 {
        let carol = one.standard(&format!("carol{round}")).await;
        let mut browsers = vec![one.signed_in(&carol).await, two.signed_in(&carol).await];
        for browser in &mut browsers {
            browser.get("/account").await.is(200);
        }
        let mut signing_in = tokio::task::JoinSet::new();
        for index in 0..8 {
            let mut browser = if index % 2 == 0 { one.browser() } else { two.browser() };
            let (name, password) = (carol.username().to_owned(), carol.password.clone());
            signing_in.spawn(async move {
                let page = sign_in(&mut browser, &name, &password).await;
                (browser, page.status.as_u16())
            });
        }
        admin.post(&carol.admin_path("/deactivate"), &[]).await.is(303);
        // From here on nobody is let in, however they came by their session and wherever they show it.
        for browser in &mut browsers {
            assert!(browser.get("/account").await.is(303).location().starts_with("/login"));
        }
        while let Some(done) = signing_in.join_next().await {
            let (mut browser, status) = done.unwrap();
            assert!(matches!(status, 303 | 401 | 403), "{status}");
            let page = browser.get("/account").await.is(303);
            assert!(page.location().starts_with("/login"), "a sign-in under way let somebody in");
        }
        sign_in(&mut two.browser(), carol.username(), &carol.password).await.is(403);
    }
    one.stop().await;
    two.stop().await;
}
