//! The keys that assertions are signed with: made once, followed by others without a gap, gone at once when they must.
use std::time::Duration;

use narthex::{
    accounts::{
        By,
        signing::{self, Error, Succession},
    },
    clock::Clock,
    domain::{
        audit::{Actor, Event},
        secret::MasterKey,
        signing::{AHEAD, BEHIND, EVERY},
        time::Time,
    },
    store::{
        Db, migrations,
        signing_keys::{self, Stored},
    },
};
use serde_json::Value;

use super::cli::Place;
use crate::harness::{Ask, Gateway, Stack, both_stacks, gateway::Setup, raw, raw_status};

both_stacks!(
    any_number_who_start_at_once_make_one_key,
    the_next_key_follows_by_itself_and_once,
    a_key_is_rotated_by_hand_with_overlap_or_at_once,
    verifiers_find_public_keys_only_under_every_host,
    without_a_key_nobody_who_is_known_passes,
    keys_are_listed_and_rotated_at_the_command_line,
);

const SETTINGS: &str = "trusted_proxies = ['127.0.0.1']\n[[upstream]]\nname = 'wiki'\nhost = 'wiki.localhost'\n\
    [[upstream.rule]]\npath = '/public/'\npublic = true\n[[upstream.rule]]\npath = '/'\ntier = 'any'\n";

pub(crate) fn master(stack: &Stack) -> MasterKey {
    MasterKey::from_text(&std::fs::read_to_string(stack.folder().join("master.key")).unwrap()).unwrap()
}

async fn connect(stack: &Stack) -> Db {
    Db::connect(stack.database_url()).await.unwrap()
}

async fn keys(db: &Db) -> Vec<Stored> {
    signing_keys::all(&mut db.read().await.unwrap()).await.unwrap()
}

/// The names of the keys that a gateway publishes.
pub(crate) async fn published(gateway: &Gateway) -> Vec<String> {
    let page = gateway.browser().get("/.well-known/jwks.json").await.is(200);
    let set: Value = serde_json::from_str(&page.body).unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// Waits until a gateway publishes these.
pub(crate) async fn publishes(gateway: &Gateway, kids: &[&str]) {
    for _ in 0..100 {
        if published(gateway).await == kids {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{:?} instead of {kids:?}", published(gateway).await);
}

async fn any_number_who_start_at_once_make_one_key(stack: Stack) {
    let (db, key) = (connect(&stack).await, master(&stack));
    migrations::migrate(&db).await.unwrap();
    let (one, two, three) = (connect(&stack).await, connect(&stack).await, connect(&stack).await);
    let now = Clock::System.now();
    let begun = tokio::join!(
        signing::begin(&one, &key, now),
        signing::begin(&two, &key, now),
        signing::begin(&three, &key, now),
    );
    begun.0.and(begun.1).and(begun.2).unwrap();
    let made = keys(&db).await;
    assert_eq!((made.len(), made[0].signs_from), (1, now));
    signing::begin(&db, &key, now).await.unwrap();
    assert_eq!(keys(&db).await, made);

    let due = now + EVERY;
    let kept = tokio::join!(
        signing::keep_up(&one, &key, due),
        signing::keep_up(&two, &key, due),
        signing::keep_up(&three, &key, due),
    );
    let made = [kept.0, kept.1, kept.2].into_iter().filter_map(Result::unwrap).count();
    assert_eq!((made, keys(&db).await.len()), (1, 2), "a month later, too");
    for db in [db, one, two, three] {
        db.close().await;
    }
}

async fn the_next_key_follows_by_itself_and_once(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (db, key, now) = (&gateway.db, master(&stack), gateway.clock.now());
    let first = keys(db).await.remove(0);
    let keep_up = async |now: Time| signing::keep_up(db, &key, now).await.unwrap();
    assert_eq!(keep_up(now + EVERY - Duration::from_secs(60)).await, None);
    let due = now + EVERY;
    let second = keep_up(due).await.unwrap();
    assert_eq!((second.made_at, second.signs_from), (due, due + AHEAD));
    assert_eq!(keys(db).await, [first.clone(), second.clone()]);
    assert_eq!(keep_up(due + AHEAD + BEHIND - Duration::from_secs(1)).await, None);
    assert_eq!(keys(db).await.len(), 2, "what the first has signed still counts");
    assert_eq!(keep_up(due + AHEAD + BEHIND).await, None);
    assert_eq!(keys(db).await, std::slice::from_ref(&second));

    let told: Vec<_> =
        gateway.events().await.into_iter().filter(|it| it.event == Event::KeysRotated).collect();
    assert_eq!((told.len(), &told[0].actor), (1, &Actor::System), "the first key follows nothing");
    assert_eq!((&told[0].changes[0].from, &told[0].changes[0].to), (&first.kid, &second.kid));
    assert!(!format!("{told:?}").contains(&second.sealed));
    gateway.stop().await;
}

async fn a_key_is_rotated_by_hand_with_overlap_or_at_once(stack: Stack) {
    let (gateway, other) = (Gateway::start(&stack).await, Gateway::start(&stack).await);
    let (boss, carol) = (gateway.superuser("boss").await, gateway.standard("carol").await);
    let (key, now) = (master(&stack), gateway.clock.now());
    let rotate = async |by: &By, how| signing::rotate(&gateway.db, &key, by, how, now).await;
    let first = published(&gateway).await.remove(0);
    assert_eq!(published(&other).await, [first.as_str()]);

    let by = By::user(carol.user.id, Default::default());
    for how in [Succession::Overlapping, Succession::AtOnce] {
        assert!(matches!(rotate(&by, how).await, Err(Error::Refused(_))), "{how:?} is for superusers");
    }
    let by = By::user(boss.user.id, Default::default());
    let second = rotate(&by, Succession::Overlapping).await.unwrap();
    assert_eq!(second.signs_from, now + AHEAD);
    for each in [&gateway, &other] {
        publishes(each, &[&first, &second.kid]).await;
    }
    let refused = rotate(&By::cli(), Succession::Overlapping).await.unwrap_err();
    assert!(refused.to_string().contains(&second.kid), "{refused}");

    let later = now + Duration::from_millis(5);
    let third = signing::rotate(&gateway.db, &key, &By::cli(), Succession::AtOnce, later).await.unwrap();
    assert_eq!(third.signs_from, later);
    for each in [&gateway, &other] {
        publishes(each, &[&third.kid]).await;
    }
    let told: Vec<_> =
        gateway.events().await.into_iter().filter(|it| it.event == Event::KeysRotated).collect();
    assert_eq!(told.len(), 2, "what was refused did not happen");
    assert_eq!((told[0].actor.user_id(), told[0].detail.as_deref()), (Some(boss.user.id), None));
    assert_eq!((&told[1].actor, told[1].detail.as_deref()), (&Actor::Cli, Some("at_once")));
    other.stop().await;
    gateway.stop().await;
}

async fn verifiers_find_public_keys_only_under_every_host(stack: Stack) {
    let gateway = Setup::on(&stack).with(SETTINGS).start().await;
    let page = gateway.browser().get("/.well-known/jwks.json").await.is(200);
    assert_eq!(page.header("content-type"), "application/jwk-set+json");
    assert_eq!(page.header("cache-control"), "public, max-age=300");
    assert_eq!((page.header("access-control-allow-origin"), page.header("set-cookie")), ("*", ""));
    let set: Value = serde_json::from_str(&page.body).unwrap();
    let key = set["keys"][0].as_object().unwrap();
    let names: Vec<_> = key.keys().map(String::as_str).collect();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"], "and nothing private");
    for host in ["narthex.internal:8080", "wiki.localhost", "10.0.0.1"] {
        let request =
            format!("GET /.well-known/jwks.json HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(raw_status(&raw(gateway.address, request.as_bytes())), 200, "{host}");
    }
    gateway.stop().await;
}

async fn without_a_key_nobody_who_is_known_passes(stack: Stack) {
    let gateway = Setup::on(&stack).with(SETTINGS).start().await;
    let carol = gateway.standard("carol").await;
    let browser = gateway.signed_in(&carol).await;
    let cookie = browser.cookies().header(&gateway.public).unwrap();
    let ask = |path: &str| {
        let ask = Ask::get("/verify").header("x-original-method", "GET").header("cookie", &cookie);
        ask.header("x-original-url", &format!("http://wiki.localhost{path}"))
    };
    assert!(
        gateway.browser().send(ask("/page")).await.is(200).header("x-narthex-assertion").starts_with("ey")
    );

    let mut tx = gateway.db.write().await.unwrap();
    signing_keys::changed(&mut tx).await.unwrap();
    signing_keys::delete_before(&mut tx, i64::MAX).await.unwrap();
    tx.commit().await.unwrap();
    for _ in 0..100 {
        if gateway.browser().send(ask("/page")).await.status == 503 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(gateway.browser().send(ask("/page")).await.is(503).header("retry-after"), "5");
    assert_eq!(
        gateway.browser().get("/.well-known/jwks.json").await.is(503).header("cache-control"),
        "no-store"
    );
    gateway.browser().send(ask("/public/x")).await.is(503);
    let nobody = Ask::get("/verify").header("x-original-method", "GET");
    let nobody = nobody.header("x-original-url", "http://wiki.localhost/public/x");
    assert_eq!(gateway.browser().send(nobody).await.is(200).header("x-narthex-assertion"), "");

    let made = signing::keep_up(&gateway.db, &master(&stack), gateway.clock.now()).await.unwrap().unwrap();
    publishes_after_trouble(&gateway, &made.kid).await;
    gateway.browser().send(ask("/page")).await.is(200);
    gateway.stop().await;
}

/// The only key there is signs at once, whatever its time.
async fn publishes_after_trouble(gateway: &Gateway, kid: &str) {
    for _ in 0..100 {
        let page = gateway.browser().get("/.well-known/jwks.json").await;
        if page.status == 200 {
            assert!(page.body.contains(kid), "{}", page.body);
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no key is published");
}

async fn keys_are_listed_and_rotated_at_the_command_line(stack: Stack) {
    let place = Place::new(&stack, "");
    assert_eq!(place.run(&["keys", "list", "--json"]).is(0).out, "[]");
    assert!(place.run(&["keys", "list"]).is(0).out.contains("`narthex serve` makes the first one"));
    let gateway = Gateway::start(&stack).await;
    let first = published(&gateway).await.remove(0);

    let made = place.run(&["keys", "rotate", "--json"]).is(0).json();
    let second = made["kid"].as_str().unwrap();
    publishes(&gateway, &[&first, second]).await;
    let list = place.run(&["keys", "list", "--json"]).is(0).json();
    assert_eq!((&list[0]["kid"], &list[0]["state"]), (&first.as_str().into(), &"signs".into()));
    assert_eq!((&list[1]["kid"], &list[1]["state"]), (&second.into(), &"waits".into()));
    assert!(list[0]["ends_at"].as_str() > list[1]["signs_from"].as_str(), "{list}");
    assert_eq!(list[1]["signs_from"], made["signs_from"]);
    let refused = place.run(&["keys", "rotate"]).is(1).err;
    assert!(refused.starts_with(&format!("narthex: key {second} is published already")), "{refused}");
    assert!(place.run(&["check"]).is(0).out.contains("2 published at /.well-known/jwks.json"));

    let said = place.run(&["keys", "rotate", "--at-once"]).is(0).out;
    let third = said.split(' ').next().unwrap();
    assert_eq!(said, format!("{third} signs now, and all other keys are gone"));
    publishes(&gateway, &[third]).await;
    let table = place.run(&["keys", "list"]).is(0).out;
    assert!(table.starts_with("KEY") && table.lines().count() == 2 && table.contains(third), "{table}");
    let sealed = keys(&gateway.db).await.remove(0).sealed;
    assert!(!list.to_string().contains(&sealed) && !table.contains(&sealed));
    gateway.stop().await;
}
