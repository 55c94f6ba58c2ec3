//! Wrong passwords: who has to wait for how long, who is told, and who is not kept out.
use std::time::Duration;

use narthex::{
    accounts::{By, administration},
    domain::{
        audit::{Actor, Event},
        notice::Notice,
        user::Email,
    },
    http::MailFor::{Reset, SignUp},
};

use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::{cli::Place, outsider::visible};
use crate::harness::{
    Ask, Browser, Gateway, PASSWORD, Stack, both_stacks,
    gateway::{Setup, standing_clock},
    servers::OwnRedis,
};

both_stacks!(
    a_55_applications_of_one_address_or_in_all_are_bounded,
    a_58_two_instances_together_evaluate_no_more_than_the_limit,
    a_60_saying_that_one_comes_from_elsewhere_helps_nobody,
    a_60_addresses_of_one_ipv6_network_are_one,
    a_61_links_with_tokens_are_not_guessed_without_end,
    a_62_strangers_do_not_lock_anybody_out_of_a_browser_they_used_before,
    a_62_failures_slow_down_then_lock_then_are_forgotten,
    a_62_the_name_of_a_browser_is_worth_its_own_attempts_and_no_more,
    a_62_whoever_hangs_up_leaves_a_trace,
    a_63_without_redis_nobody_guesses_without_end_and_nobody_is_kept_out,
    a_71_strangers_have_few_mails_sent_whatever_they_try,
    an_administrator_or_the_command_line_unlocks,
    a_lock_is_told_to_the_owner_and_to_the_log_once,
    whoever_knows_the_password_of_now_is_not_locked_by_choosing_one_used_before,
    a_password_whose_time_is_over_locks_like_a_wrong_one,
);

const MINUTE: Duration = Duration::from_secs(60);
const LIMITS: &str = "[login]\nfree_failures = 3\naccount_failures = 5\naddress_failures = 1000";

async fn start(stack: &Stack) -> Gateway {
    Setup::on(stack).with(LIMITS).clock(standing_clock()).start().await
}

async fn attempt(browser: &mut Browser, login: &str, password: &str) -> u16 {
    browser.post("/login", &[("login", login), ("password", password)]).await.status.as_u16()
}

/// Fails so often from a new browser, a minute apart.
async fn fail(gateway: &Gateway, login: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(attempt(&mut gateway.browser(), login, "wrong").await, 401);
        gateway.later(MINUTE);
    }
}

/// How many attempts were evaluated, and how many were not looked at.
async fn looked_at(gateway: &Gateway) -> (usize, usize) {
    let events = gateway.events().await;
    let failed = |detail: &str| {
        let of_kind = |entry: &&narthex::domain::audit::Entry| {
            entry.event == Event::LoginFailed && entry.detail.as_deref() == Some(detail)
        };
        events.iter().filter(of_kind).count()
    };
    (failed("wrong_password"), failed("throttled"))
}

async fn a_55_applications_of_one_address_or_in_all_are_bounded(stack: Stack) {
    let setup = Setup::on(&stack).with("[signup]\nper_address = 10\nmax_pending = 25");
    let gateway = setup.clock(standing_clock()).start().await;
    let boss = gateway.superuser("boss").await;
    let hashes = || gateway.running.app.hasher.computed();
    let apply = async |address: u32, n: usize| {
        let email = format!("flood{address}-{n}@outside.example");
        let fields = [("email", email.as_str()), ("display_name", "Flood"), ("password", PASSWORD)];
        let mut browser = gateway.browser().at_address(&format!("127.0.1.{address}"));
        browser.post("/signup", &fields).await.status.as_u16()
    };
    let before = hashes();
    let mut answers = vec![];
    for n in 0..200 {
        answers.push(apply(1, n).await);
    }
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 10);
    assert!(answers[10..].iter().all(|status| *status == 429));
    assert_eq!(hashes() - before, 10, "what is refused costs no hash");
    for address in 2..7 {
        for n in 0..10 {
            apply(address, n).await;
        }
    }
    assert_eq!(gateway.accounts().await, 26, "the queue is full, and stays usable");
    let mut admin = gateway.signed_in(&boss).await;
    let page = admin.get("/admin/users").await.is(200);
    let user = gateway.by_email("flood1-0@outside.example").await.unwrap();
    assert!(page.body.contains(&user.id.to_string()));
    let id = user.id.to_string();
    let all = [("id", id.as_str()), ("action", "reject"), ("confirmed", "1")];
    admin.post("/admin/users/bulk", &all).await.is(303);
    assert_eq!(gateway.accounts().await, 25);
    gateway.stop().await;
}

async fn a_58_two_instances_together_evaluate_no_more_than_the_limit(stack: Stack) {
    let redis = OwnRedis::start();
    let shared = format!("{LIMITS}\n[sessions]\nstore = 'redis'\nredis_url = '{}'", redis.url());
    let clock = standing_clock();
    let one = Setup::on(&stack).with(&shared).clock(clock.clone()).start().await;
    let other = Setup::on(&stack).with(&shared).clock(clock).start().await;
    let victim = one.standard("victim").await;
    for (allowed, evaluated) in [(3, 3), (1, 4)] {
        let mut attempts = tokio::task::JoinSet::new();
        for n in 0..allowed + 50 {
            let mut browser = if n % 2 == 0 { one.browser() } else { other.browser() };
            let login = if n % 3 == 0 { victim.username() } else { victim.email() }.to_owned();
            attempts.spawn(async move { attempt(&mut browser, &login, &format!("guess {n}")).await });
        }
        assert!(attempts.join_all().await.iter().all(|status| *status == 401));
        assert_eq!(looked_at(&one).await.0, evaluated, "by both together");
        one.later(Duration::from_secs(1));
    }
    assert_eq!(
        attempt(&mut other.browser(), "victim", &victim.password).await,
        401,
        "a delay of two seconds"
    );
    one.later(Duration::from_secs(1));
    assert_eq!(attempt(&mut other.browser(), "victim", &victim.password).await, 303);
    for n in 0..3 {
        let gateway = if n % 2 == 0 { &one } else { &other };
        assert_eq!(attempt(&mut gateway.browser(), "victim", "wrong").await, 401);
    }
    assert_eq!(looked_at(&one).await.0, 7, "the right password has cleared it for both");
    one.stop().await;
    other.stop().await;
}

async fn a_60_saying_that_one_comes_from_elsewhere_helps_nobody(stack: Stack) {
    let gateway = Setup::on(&stack).with("[login]\naddress_failures = 5").start().await;
    let mut answers = vec![];
    for n in 0..9 {
        let ask = Ask::post("/login", &[("login", &format!("nobody{n}")), ("password", "x")]);
        let ask = ask.header("x-forwarded-for", ["192.0.2.1", "garbage", "", "2001:db8::1"][n % 4]);
        let ask = ask.header("forwarded", "for=192.0.2.7").header("x-real-ip", "192.0.2.8");
        answers.push(gateway.browser().send(ask).await.status.as_u16());
    }
    assert_eq!(answers, [401, 401, 401, 401, 401, 429, 429, 429, 429]);
    let before = gateway.running.app.hasher.computed();
    let page = gateway.browser().post("/login", &[("login", "a"), ("password", "b")]).await.is(429);
    assert!(
        (1..=901).contains(&page.header("retry-after").parse().unwrap()),
        "{}",
        page.header("retry-after")
    );
    assert!(page.says("Too many"), "{}", page.text());
    assert_eq!(gateway.running.app.hasher.computed(), before, "nothing is hashed");
    assert_eq!(attempt(&mut gateway.browser().at_address("127.0.0.2"), "a", "b").await, 401, "others go on");
    gateway.stop().await;
}

async fn a_60_addresses_of_one_ipv6_network_are_one(stack: Stack) {
    let settings = "trusted_proxies = ['127.0.0.1']\n[login]\naddress_failures = 3";
    let gateway = Setup::on(&stack).with(settings).start().await;
    let from = async |address: &str| {
        let mut browser = gateway.browser().always("x-forwarded-for", address);
        attempt(&mut browser, "nobody", "x").await
    };
    for n in 0..3 {
        assert_eq!(from(&format!("2001:db8:0:1::{n}")).await, 401);
    }
    assert_eq!(from("2001:db8:0:1:ffff::9").await, 429, "the same /64");
    assert_eq!(from("2001:db8:0:2::1").await, 401, "another");
    assert_eq!(from("::ffff:192.0.2.1").await, 401);
    // What cannot be read counts for the proxy itself, and is never waved through.
    for (n, garbage) in ["garbage", "192.0.2.1, garbage", "1.2.3", "[::1"].into_iter().enumerate() {
        assert_eq!(from(garbage).await, if n < 3 { 401 } else { 429 }, "{garbage}");
    }
    gateway.stop().await;
}

async fn a_61_links_with_tokens_are_not_guessed_without_end(stack: Stack) {
    let gateway = Setup::on(&stack).with("[login]\naddress_failures = 5").start().await;
    let token = gateway.running.setup_link().unwrap();
    let token = token.rsplit('=').next().unwrap();
    for _ in 0..20 {
        gateway.browser().get(&format!("/setup?token={token}")).await.is(200);
    }
    let mut answers = vec![];
    for n in 0..4 {
        answers.push(gateway.browser().get(&format!("/setup?token=guess{n}")).await.status.as_u16());
        let guess = [("token", "guess")];
        answers.push(gateway.browser().post("/setup", &guess).await.status.as_u16());
    }
    assert_eq!(answers, [403, 403, 403, 403, 403, 429, 429, 429]);
    gateway.stop().await;
}

async fn a_62_strangers_do_not_lock_anybody_out_of_a_browser_they_used_before(stack: Stack) {
    let gateway = start(&stack).await;
    let victim = gateway.standard("victim").await;
    let mut home = gateway.signed_in(&victim).await;
    home.post("/logout", &[]).await.is(303);
    assert!(home.cookies().find("narthex-device").is_some(), "it survives sign-out");
    for _ in 0..100 {
        assert_eq!(attempt(&mut gateway.browser(), "victim", "wrong").await, 401);
        gateway.later(Duration::from_secs(5));
    }
    assert_eq!(attempt(&mut gateway.browser(), "victim", &victim.password).await, 401, "not from elsewhere");
    assert_eq!(attempt(&mut home, "victim", &victim.password).await, 303, "at once from home");
    home.post("/logout", &[]).await.is(303);
    assert_eq!(
        attempt(&mut gateway.browser(), "victim", &victim.password).await,
        401,
        "which unlocks nothing"
    );
    gateway.later(15 * MINUTE);
    assert_eq!(attempt(&mut gateway.browser(), "victim", &victim.password).await, 303, "after a short time");
    gateway.stop().await;

    // Nor do they by failing so often that their address, which is the victim's too, has to wait.
    let gateway = Setup::on(&stack).with("[login]\naddress_failures = 5").start().await;
    for n in 0..8 {
        attempt(&mut gateway.browser(), &format!("nobody{n}"), "wrong").await;
    }
    assert_eq!(attempt(&mut gateway.browser(), "victim", &victim.password).await, 429);
    let mut cookies = gateway.browser();
    let device = home.cookies().find("narthex-device").unwrap().value.clone();
    let at = cookies.at.clone();
    cookies.change_cookies(|jar| jar.plant(&at, "narthex-device", &device, None));
    assert_eq!(attempt(&mut cookies, "victim", &victim.password).await, 303);
    gateway.stop().await;
}

async fn a_62_failures_slow_down_then_lock_then_are_forgotten(stack: Stack) {
    let gateway = start(&stack).await;
    let victim = gateway.standard("victim").await;
    let wrong = async || attempt(&mut gateway.browser(), "victim", "wrong").await;
    for _ in 0..3 {
        wrong().await;
    }
    for (wait, evaluated) in [(0, 3), (1, 4), (1, 4), (1, 5), (3, 5)] {
        gateway.later(Duration::from_secs(wait));
        wrong().await;
        assert_eq!(looked_at(&gateway).await.0, evaluated);
    }
    gateway.later(14 * MINUTE + Duration::from_secs(56));
    assert_eq!(attempt(&mut gateway.browser(), "victim", &victim.password).await, 401, "locked");
    gateway.later(Duration::from_secs(1));
    assert_eq!(attempt(&mut gateway.browser(), "victim", &victim.password).await, 303, "over");
    // The right password forgets the failures before it, time does it as well.
    for _ in 0..2 {
        fail(&gateway, "victim", 4).await;
        gateway.later(14 * MINUTE);
    }
    assert_eq!(looked_at(&gateway).await.0, 5 + 8);
    gateway.stop().await;
}

async fn a_62_the_name_of_a_browser_is_worth_its_own_attempts_and_no_more(stack: Stack) {
    let gateway = start(&stack).await;
    let (carol, dave) = (gateway.standard("carol").await, gateway.standard("dave").await);
    let hers = gateway.signed_in(&carol).await;
    let device = hers.cookies().find("narthex-device").unwrap().clone();
    assert!(device.http_only && device.same_site == Some(cookie::SameSite::Lax) && device.path == "/");
    let with = |value: &str| {
        let browser = gateway.browser();
        let at = browser.at.clone();
        browser.change_cookies(|jar| jar.plant(&at, "narthex-device", value, None));
        browser
    };
    with(&device.value).get("/account").await.is(303);
    // Whoever takes it has five attempts with it, then those that everybody has.
    for _ in 0..12 {
        attempt(&mut with(&device.value), "carol", "wrong").await;
        gateway.later(Duration::from_secs(30));
    }
    assert_eq!(looked_at(&gateway).await, (10, 2));
    assert_eq!(attempt(&mut with(&device.value), "carol", &carol.password).await, 401);
    assert_eq!(attempt(&mut gateway.browser(), "carol", &carol.password).await, 401);
    gateway.later(15 * MINUTE);
    // It is worth nothing at somebody else's account, and nothing when it is forged.
    fail(&gateway, "dave", 5).await;
    assert_eq!(attempt(&mut with(&device.value), "dave", &dave.password).await, 401);
    let other = gateway.signed_in(&carol).await.cookies().find("narthex-device").unwrap().value.clone();
    assert_ne!(other, device.value);
    fail(&gateway, "carol", 5).await;
    let mut forged = device.value.clone();
    forged.replace_range(10..11, if &forged[10..11] == "A" { "B" } else { "A" });
    for value in [forged.as_str(), "", "x", &"A".repeat(3000)] {
        assert_eq!(attempt(&mut with(value), "carol", &carol.password).await, 401, "{value}");
    }
    assert_eq!(attempt(&mut with(&other), "carol", &carol.password).await, 303);
    // Nor after somebody has set the password: whoever knew the old one may have signed in there.
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let new = [("new_password", "an-entirely-new-secret"), ("must_change", "0")];
    gateway.later(MINUTE);
    admin.post(&carol.admin_path("/password"), &new).await.is(303);
    fail(&gateway, "carol", 5).await;
    assert_eq!(attempt(&mut with(&other), "carol", new[0].1).await, 401, "strangers have locked it");
    // Failures with the password of before count no longer.
    let newer = [("new_password", "another-entirely-new-secret"), ("must_change", "0")];
    admin.post(&carol.admin_path("/password"), &newer).await.is(303);
    assert_eq!(attempt(&mut with(&other), "carol", newer[0].1).await, 303);
    gateway.stop().await;
}

async fn a_63_without_redis_nobody_guesses_without_end_and_nobody_is_kept_out(stack: Stack) {
    let mut redis = OwnRedis::start();
    let shared = format!("{LIMITS}\n[sessions]\nstore = 'redis'\nredis_url = '{}'", redis.url());
    let gateway = Setup::on(&stack).with(&shared).clock(standing_clock()).start().await;
    let victim = gateway.standard("victim").await;
    let other = gateway.standard("other").await;
    for _ in 0..2 {
        attempt(&mut gateway.browser(), "victim", "wrong").await;
    }
    redis.stop();
    for _ in 0..10 {
        assert_eq!(attempt(&mut gateway.browser(), "victim", "wrong").await, 401);
    }
    assert_eq!(looked_at(&gateway).await, (3, 9), "three are free, with Redis and without");
    assert_eq!(attempt(&mut gateway.browser(), "other", "wrong").await, 401);
    assert_eq!(looked_at(&gateway).await.0, 4, "others are looked at");
    // The right password is seen; only the session has nowhere to go.
    assert_eq!(attempt(&mut gateway.browser(), "other", &other.password).await, 503);
    redis.start_again();
    for _ in 0..100 {
        match attempt(&mut gateway.browser(), "other", &other.password).await {
            303 => break,
            status => assert_eq!(status, 503),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    gateway.later(15 * MINUTE);
    assert_eq!(attempt(&mut gateway.browser(), "victim", &victim.password).await, 303);
    gateway.stop().await;
}

async fn a_71_strangers_have_few_mails_sent_whatever_they_try(stack: Stack) {
    let gateway = start(&stack).await;
    let limits = &gateway.running.app.limits;
    let to = |text: &str| Email::parse(text).unwrap();
    let now = || gateway.clock.now();
    let mut sent = 0;
    for n in 0..1000 {
        let spelling = if n % 2 == 0 { "victim@people.example" } else { "VICTIM@People.Example" };
        let from = format!("192.0.{}.{}", n / 200, n % 200);
        sent += u32::from(limits.begin_mail(Reset, &to(spelling), &from, now()).await.unwrap());
    }
    assert_eq!(sent, 5, "to one address, from many");
    let other = limits.begin_mail(SignUp, &to("victim@people.example"), "192.0.9.1", now()).await;
    assert_eq!(other, Ok(true), "another purpose has limits of its own");
    let mut sent = 0;
    for n in 0..1000 {
        let victim = to(&format!("victim{n}@people.example"));
        sent += u32::from(limits.begin_mail(Reset, &victim, "2001:db8::1", now()).await.is_ok());
    }
    assert_eq!(sent, 30, "from one address, to many");
    gateway.later(60 * MINUTE);
    assert_eq!(limits.begin_mail(Reset, &to("victim@people.example"), "192.0.2.1", now()).await, Ok(true));
    gateway.stop().await;
}

async fn an_administrator_or_the_command_line_unlocks(stack: Stack) {
    let gateway = start(&stack).await;
    let victim = gateway.standard("victim").await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let form = victim.admin_path("/unlock");
    assert!(!admin.get(&victim.admin_path("")).await.is(200).body.contains(&form));
    fail(&gateway, "victim", 5).await;
    let page = admin.get(&victim.admin_path("")).await.is(200);
    assert!(page.says("after 5 failed sign-ins"), "{}", page.text());
    assert_eq!(attempt(&mut gateway.browser(), "victim", &victim.password).await, 401);
    let list = admin.post(&form, &[]).await.is(303);
    let list = admin.follow(list).await.is(200);
    assert!(list.says("victim unlocked"), "{}", list.text());
    assert_eq!(attempt(&mut gateway.browser(), "victim", &victim.password).await, 303);
    assert!(!admin.get(&victim.admin_path("")).await.is(200).says("failed sign-ins"));

    gateway.later(MINUTE);
    fail(&gateway, "victim", 5).await;
    assert_eq!(attempt(&mut gateway.browser(), "victim", &victim.password).await, 401);
    let told = Place::new(&stack, "").run(&["user", "unlock", "victim"]).is(0);
    assert!(told.out.contains("victim") && told.out.contains("is not locked any more"), "{}", told.out);
    assert_eq!(
        attempt(&mut gateway.browser(), "victim", &victim.password).await,
        303,
        "another process did it"
    );
    let log = gateway.events().await;
    let unlocked: Vec<_> = log.iter().filter(|entry| entry.event == Event::AccountUnlocked).collect();
    let actors: Vec<_> = unlocked.iter().map(|entry| &entry.actor).collect();
    let boss = Actor::User { id: boss.user.id, name: "boss".into() };
    assert!(actors.len() == 2 && actors.contains(&&boss) && actors.contains(&&Actor::Cli), "{actors:?}");
    assert!(unlocked.iter().all(|entry| entry.target.as_ref().unwrap().id == victim.user.id));
    gateway.stop().await;
}

async fn a_lock_is_told_to_the_owner_and_to_the_log_once(stack: Stack) {
    let gateway = start(&stack).await;
    let victim = gateway.standard("victim").await;
    let gone = gateway.standard("gone").await;
    administration::deactivate(&gateway.db, &By::cli(), gone.user.id, gateway.clock.now()).await.unwrap();
    let mails = async |email: &str| {
        let mails = gateway.mails_to(email).await;
        mails.into_iter().filter(|mail| matches!(mail, Notice::Locked { .. })).collect::<Vec<_>>()
    };
    fail(&gateway, "victim", 4).await;
    assert_eq!(mails(victim.email()).await, vec![]);
    let wrong = gateway.browser().post("/login", &[("login", "victim"), ("password", "x")]).await;
    assert!(wrong.says("After 5 failed attempts an account is locked for 15 minutes."), "{}", wrong.text());
    let (throttled, before) = (gateway.browser(), gateway.running.app.hasher.computed());
    let mut throttled = throttled;
    let answer = throttled.post("/login", &[("login", "victim"), ("password", &victim.password)]).await;
    assert_eq!(visible(&answer, "…"), visible(&wrong, "…"), "the same, whatever the password");
    assert_eq!(gateway.running.app.hasher.computed() - before, 1, "and the same work");
    fail(&gateway, "victim", 3).await;
    let told = mails(victim.email()).await;
    assert_eq!(told.len(), 1);
    let Notice::Locked { minutes, seen, .. } = &told[0] else { unreachable!() };
    assert_eq!((*minutes, seen.address.as_str()), (15, "127.0.0.1"));
    assert_eq!(gateway.count_events(Event::AccountLocked, Some(&victim.user)).await, 1);
    // Day and night: the log has every lock, the owner three mails a day.
    for _ in 0..9 {
        gateway.later(20 * MINUTE);
        fail(&gateway, "victim", 5).await;
    }
    assert_eq!(gateway.count_events(Event::AccountLocked, Some(&victim.user)).await, 10);
    assert_eq!(mails(victim.email()).await.len(), 3);
    let log = gateway.events().await;
    let locked = log.iter().find(|entry| entry.event == Event::AccountLocked).unwrap();
    assert_eq!((&locked.actor, locked.origin.address.as_str()), (&Actor::Stranger, "127.0.0.1"));
    fail(&gateway, "gone", 5).await;
    assert_eq!(mails(gone.email()).await, vec![], "whom it does not help is not told");
    assert_eq!(gateway.count_events(Event::AccountLocked, Some(&gone.user)).await, 1);
    gateway.stop().await;
}

async fn a_62_whoever_hangs_up_leaves_a_trace(stack: Stack) {
    let gateway = start(&stack).await;
    let victim = gateway.standard("victim").await;
    let origin = format!("http://{}", gateway.address);
    let body = "login=victim&password=wrong";
    for n in 1..=5 {
        let mut stream = TcpStream::connect(gateway.address).await.unwrap();
        let request = format!(
            "POST /login HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            gateway.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        // Long enough to be counted, not to be hashed.
        tokio::time::sleep(Duration::from_millis(8)).await;
        drop(stream);
        for _ in 0..200 {
            if looked_at(&gateway).await.0 == n {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(looked_at(&gateway).await.0, n);
        gateway.later(MINUTE);
    }
    assert_eq!(gateway.count_events(Event::AccountLocked, Some(&victim.user)).await, 1);
    gateway.stop().await;
}

async fn whoever_knows_the_password_of_now_is_not_locked_by_choosing_one_used_before(stack: Stack) {
    let gateway = start(&stack).await;
    let carol = gateway.standard("carol").await;
    let mut browser = gateway.signed_in(&carol).await;
    let same = [("current_password", carol.password.as_str()), ("new_password", carol.password.as_str())];
    for _ in 0..8 {
        let page = browser.post("/account/password", &same).await.is(422);
        assert!(page.body.contains("new_password"));
    }
    let other = [("current_password", carol.password.as_str()), ("new_password", "another kettle of fish")];
    browser.post("/account/password", &other).await.is(303);
    assert_eq!(gateway.count_events(Event::LoginFailed, None).await, 0);
    gateway.stop().await;
}

async fn a_password_whose_time_is_over_locks_like_a_wrong_one(stack: Stack) {
    let gateway = start(&stack).await;
    let (boss, carol) = (gateway.superuser("boss").await, gateway.standard("carol").await);
    let mut admin = gateway.signed_in(&boss).await;
    let typed = [("new_password", "kettle sparrow ninety"), ("must_change", "1")];
    admin.post(&carol.admin_path("/password"), &typed).await.is(303);
    gateway.later(MINUTE * 60 * 25);
    let events = async |event| gateway.count_events(event, Some(&carol.user)).await;
    for n in 0..5 {
        assert_eq!(events(Event::AccountLocked).await, 0, "{n}");
        assert_eq!(attempt(&mut gateway.browser(), "carol", "kettle sparrow ninety").await, 401);
        gateway.later(MINUTE);
    }
    assert_eq!((events(Event::LoginRefused).await, events(Event::AccountLocked).await), (5, 1));
    gateway.stop().await;
}
