//! People are told of sign-ins from where they have never been.
use std::time::Duration;

use narthex::{
    accounts::arrival,
    domain::{audit::Origin, known::DeviceId, notice::Notice},
    store::known_places,
};

use crate::harness::{
    Browser, Gateway, Issuer, Stack, both_stacks,
    gateway::{Setup, sign_in, standing_clock},
};

both_stacks!(
    a_new_browser_is_told_of_and_a_known_one_is_not,
    a_known_browser_in_a_new_network_is_told_of_once_a_day,
    single_sign_on_counts_as_well,
    no_more_than_twenty_are_remembered_and_none_for_ever,
    whoever_was_away_for_a_year_is_told_and_nobody_more_than_three_times_a_day,
    a_browser_has_another_name_after_each_sign_in,
);

const DAY: Duration = Duration::from_secs(86_400);

/// How many mails have told of a new sign-in, and where the last came from.
async fn told(gateway: &Gateway, email: &str) -> (usize, String) {
    let mails = gateway.mails_to(email).await;
    let seen = mails.iter().filter_map(|mail| match mail {
        Notice::NewSignIn { seen, .. } => Some(seen.address.clone()),
        _ => None,
    });
    let seen: Vec<_> = seen.collect();
    (seen.len(), seen.last().cloned().unwrap_or_default())
}

async fn a_new_browser_is_told_of_and_a_known_one_is_not(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let carol = gateway.standard("carol").await;
    let count = async || told(&gateway, carol.email()).await.0;
    let mut first = gateway.signed_in(&carol).await;
    assert_eq!(count().await, 0, "the first time of all");
    first.post("/logout", &[]).await.is(303);
    sign_in(&mut first, "carol", &carol.password).await.is(303);
    first.post("/logout", &[]).await.is(303);
    sign_in(&mut first, "carol", "a wrong password").await.is(401);
    assert_eq!(count().await, 0, "the same browser");
    let mut second = gateway.signed_in(&carol).await;
    assert_eq!(count().await, 1);
    second.post("/logout", &[]).await.is(303);
    sign_in(&mut second, "carol", &carol.password).await.is(303);
    assert_eq!(count().await, 1);
    second.post("/logout", &[]).await.is(303);
    // Somebody else at the same machine is new there, and has nothing to do with the first.
    let dave = gateway.standard("dave").await;
    gateway.signed_in(&dave).await;
    sign_in(&mut second, "dave", &dave.password).await.is(303);
    assert_eq!((told(&gateway, dave.email()).await.0, count().await), (1, 1));
    gateway.stop().await;
}

async fn a_known_browser_in_a_new_network_is_told_of_once_a_day(stack: Stack) {
    let setup = Setup::on(&stack).with("trusted_proxies = ['127.0.0.1']").clock(standing_clock());
    let gateway = setup.start().await;
    let carol = gateway.standard("carol").await;
    let mut browser = gateway.browser();
    let from = async |browser: &mut Browser, address: &str| {
        let mut there = browser.clone().always("x-forwarded-for", address);
        sign_in(&mut there, "carol", &carol.password).await;
        there.post("/logout", &[]).await.is(303);
        told(&gateway, carol.email()).await
    };
    assert_eq!(from(&mut browser, "192.0.2.1").await.0, 0);
    gateway.later(DAY);
    assert_eq!(from(&mut browser, "192.0.77.1").await.0, 0, "the same /16");
    assert_eq!(from(&mut browser, "198.51.100.1").await, (1, "198.51.100.1".into()));
    assert_eq!(from(&mut browser, "203.0.113.1").await.0, 1, "once a day");
    gateway.later(DAY);
    assert_eq!(from(&mut browser, "203.0.113.9").await.0, 1, "known by now");
    assert_eq!(from(&mut browser, "2001:db8::1").await, (2, "2001:db8::1".into()));
    gateway.later(DAY);
    assert_eq!(from(&mut browser, "2001:db8:9::1").await.0, 2, "the same /32");
    gateway.stop().await;
}

async fn single_sign_on_counts_as_well(stack: Stack) {
    let issuer = Issuer::start().await;
    let setup = Setup::on(&stack).with(&issuer.config("corp", "")).provider_port(issuer.port);
    let gateway = setup.start().await;
    gateway.superuser("boss").await;
    issuer.is_employee("emma");
    let mut browser = gateway.browser();
    browser.visit("/oidc/corp").await.is(200);
    browser.visit("/oidc/corp").await.is(200);
    assert_eq!(told(&gateway, "emma@corp.example").await.0, 0);
    gateway.browser().visit("/oidc/corp").await.is(200);
    assert_eq!(told(&gateway, "emma@corp.example").await.0, 1);
    gateway.stop().await;
}

async fn no_more_than_twenty_are_remembered_and_none_for_ever(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let carol = gateway.standard("carol").await;
    let origin = |n: u32| Origin { address: format!("10.{n}.0.1"), ..Origin::default() };
    let now = gateway.clock.now();
    for n in 0..30 {
        let at = now + Duration::from_secs(n.into());
        arrival::note(&gateway.db, &carol.user, (None, &DeviceId::draw()), &origin(n), at).await.unwrap();
    }
    let known = known_places::of_user(&mut gateway.db.read().await.unwrap(), carol.user.id).await.unwrap();
    assert_eq!(known.len(), 40, "twenty browsers and twenty networks");
    assert!(known.iter().all(|known| known.last_seen >= now + Duration::from_secs(10)), "the latest");
    let mut tx = gateway.db.write().await.unwrap();
    let end = now + arrival::REMEMBERED + DAY;
    assert_eq!(known_places::purge(&mut tx, end - arrival::REMEMBERED).await.unwrap(), 40);
    tx.commit().await.unwrap();
    // Somebody who was deleted in this very moment is not an error.
    let nobody = narthex::domain::user::User {
        id: narthex::domain::user::UserId(crate::harness::new_id()),
        ..carol.user.clone()
    };
    arrival::note(&gateway.db, &nobody, (None, &DeviceId::draw()), &origin(1), now).await.unwrap();
    gateway.stop().await;
}

async fn whoever_was_away_for_a_year_is_told_and_nobody_more_than_three_times_a_day(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let carol = gateway.standard("carol").await;
    gateway.signed_in(&carol).await;
    gateway.later(arrival::REMEMBERED + DAY);
    let mut tx = gateway.db.write().await.unwrap();
    known_places::purge(&mut tx, gateway.clock.now() - arrival::REMEMBERED).await.unwrap();
    assert_eq!(known_places::of_user(&mut tx, carol.user.id).await.unwrap(), vec![]);
    tx.commit().await.unwrap();
    for told_by_now in [1, 2, 3, 3, 3] {
        gateway.signed_in(&carol).await;
        assert_eq!(told(&gateway, carol.email()).await.0, told_by_now);
        gateway.later(Duration::from_secs(60));
    }
    gateway.later(DAY);
    gateway.signed_in(&carol).await;
    assert_eq!(told(&gateway, carol.email()).await.0, 4);
    gateway.stop().await;
}

async fn a_browser_has_another_name_after_each_sign_in(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (carol, dave) = (gateway.standard("carol").await, gateway.standard("dave").await);
    let mut home = gateway.signed_in(&carol).await;
    home.post("/logout", &[]).await.is(303);
    let mut copy = home.copy();
    let name = |browser: &Browser| browser.cookies().find("narthex-device").unwrap().value.clone();
    // Somebody else signs in there, and carol is known there still.
    sign_in(&mut home, "dave", &dave.password).await.is(303);
    assert_ne!(name(&home), name(&copy));
    home.post("/logout", &[]).await.is(303);
    sign_in(&mut home, "carol", &carol.password).await.is(303);
    assert_eq!(told(&gateway, carol.email()).await.0, 0);
    sign_in(&mut copy, "carol", &carol.password).await.is(303);
    assert_eq!(told(&gateway, carol.email()).await.0, 1, "the copy of the cookie is worth nothing");
    gateway.stop().await;
}
