//! Signing out here, and then at the provider, too (OpenID Connect RP-Initiated Logout 1.0).
use std::{collections::HashMap, time::Duration};

use narthex::domain::audit::Event;
use serde_json::{Value, json};
use url::Url;

use crate::{
    certified::{Provider, sign_in_as},
    harness::{
        Browser, Gateway, Idp, Page, Stack, both_stacks,
        gateway::{Setup, standing_clock},
    },
};

both_stacks!(
    rp_init_logout_is_a_link_on_the_page_after_signing_out,
    rp_init_logout_other_state_and_no_state_are_all_the_same,
    there_is_no_link_where_there_is_nowhere_to_sign_out,
    what_does_not_fit_into_an_address_is_left_out,
    every_way_to_sign_oneself_out_shows_the_link,
    one_signs_out_at_a_certified_provider_and_everywhere_with_that,
    a_certified_provider_tells_of_a_person_without_naming_a_session,
);

async fn start(stack: &Stack, more: &str) -> (Gateway, Idp) {
    let clock = standing_clock();
    let idp = Idp::start(&clock).await;
    let setup = Setup::on(stack).with(&idp.config("corp", more)).clock(clock).provider_port(idp.port);
    (setup.start().await, idp)
}

async fn enter(gateway: &Gateway, idp: &Idp) -> Browser {
    idp.is_employee("emma", Some("one"));
    let mut browser = gateway.browser();
    assert_eq!(browser.visit("/oidc/corp").await.is(200).url.path(), "/account");
    browser
}

async fn sign_out(browser: &mut Browser) -> Page {
    let page = browser.post("/logout", &[]).await.is(303);
    browser.follow(page).await.is(200)
}

/// The link to the provider, taken apart; nothing without one.
fn there(page: &Page, idp: &Idp) -> Option<(Url, HashMap<String, String>)> {
    assert_eq!(page.url.path(), "/signed-out");
    let link = page.links().into_iter().find(|link| link.starts_with(idp.issuer()))?;
    let url = Url::parse(&link).unwrap();
    let asked = url.query_pairs().into_owned().collect();
    Some((url, asked))
}

async fn rp_init_logout_is_a_link_on_the_page_after_signing_out(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    let mut emma = enter(&gateway, &idp).await;
    let cookie = emma.cookies().find("narthex").unwrap().value.clone();
    assert_eq!(cookie.len(), 43 + 1 + 43, "nothing of the provider's is in it");
    let page = sign_out(&mut emma).await;
    assert!(page.says("Sign out of corp, too"));
    let (url, asked) = there(&page, &idp).unwrap();
    assert_eq!(url.path(), "/end");
    let mut names: Vec<_> = asked.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["client_id", "id_token_hint", "post_logout_redirect_uri", "state", "tenant"]);
    assert_eq!((asked["client_id"].as_str(), asked["tenant"].as_str()), ("narthex", "1"));
    assert_eq!(asked["post_logout_redirect_uri"], gateway.public.join("/signed-out").unwrap().as_str());
    let payload = asked["id_token_hint"].split('.').nth(1).unwrap();
    let payload = narthex::domain::secret::from_base64url(payload).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("subject-of-emma"), &json!("narthex")));
    // The session is over here, whether anybody follows the link or not; what the page rests on says nothing.
    emma.get("/account").await.is(303);
    let farewell = emma.cookies().find("narthex-farewell").unwrap().clone();
    assert!(farewell.http_only && farewell.value.len() < 400 && !farewell.value.contains("eyJ"));
    assert_eq!(emma.cookies().all().iter().filter(|kept| kept.name == "narthex").count(), 0);
    let user = gateway.by_email("emma@corp.example").await.unwrap();
    assert_eq!(gateway.count_events(Event::SessionEnded, Some(&user)).await, 1);
    // In Korean, and another state each time.
    let again = emma.get("/signed-out?lang=ko").await.is(200);
    assert!(again.says("corp에서도 로그아웃"));
    assert_ne!(there(&again, &idp).unwrap().1["state"], asked["state"]);
    // Another browser sees nothing, and after five minutes nobody does.
    let mut stranger = gateway.browser();
    assert!(there(&stranger.get("/signed-out").await, &idp).is_none());
    gateway.later(Duration::from_secs(301));
    assert!(there(&emma.get("/signed-out").await, &idp).is_none());
    gateway.stop().await;
}

async fn rp_init_logout_other_state_and_no_state_are_all_the_same(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    let mut emma = enter(&gateway, &idp).await;
    let (_, asked) = there(&sign_out(&mut emma).await, &idp).unwrap();
    let mine = format!("/signed-out?state={}", asked["state"]);
    for back in [
        mine.as_str(),
        "/signed-out?state=",
        "/signed-out?state=another",
        "/signed-out?state=a&state=b",
        "/signed-out?state=%3Cscript%3Ealert(1)%3C/script%3E&post_logout_redirect_uri=https://evil.example",
        "/signed-out?state=%ff&rd=https://evil.example&error=x",
    ] {
        for browser in [&mut emma.copy(), &mut gateway.browser()] {
            let page = browser.get(back).await.is(200);
            assert!(page.says("You are signed out"), "{back}");
            assert!(there(&page, &idp).is_none(), "who comes back has been there: {back}");
            assert!(
                !page.body.contains("<script>alert") && !page.body.contains("href=\"https://evil"),
                "{back}"
            );
            assert!(there(&browser.get("/signed-out").await, &idp).is_none(), "nor is it offered again");
            assert!(browser.cookies().find("narthex-farewell").is_none());
        }
    }
    // Not every provider sends one back; and who has not been there may go.
    for path in ["/signed-out", "/signed-out?states=1", "/signed-out?lang=en"] {
        assert!(there(&emma.get(path).await.is(200), &idp).is_some(), "{path}");
    }
    gateway.stop().await;
}

async fn there_is_no_link_where_there_is_nowhere_to_sign_out(stack: Stack) {
    let clock = standing_clock();
    let idp = Idp::start(&clock).await;
    for wrong in [
        Value::Null,
        json!(""),
        json!("/end"),
        json!("javascript:alert(1)"),
        json!("http://idp.example.com/end"),
        json!("ftp://127.0.0.1/end"),
    ] {
        idp.publishes("end_session_endpoint", wrong.clone());
        let setup = Setup::on(&stack).with(&idp.config("corp", "")).clock(clock.clone());
        let gateway = setup.provider_port(idp.port).start().await;
        let mut emma = enter(&gateway, &idp).await;
        let page = sign_out(&mut emma).await;
        assert!(page.says("You are signed out") && !page.body.contains("javascript:"), "{wrong}");
        let links = page.links();
        assert!(links.iter().all(|link| link.starts_with('/')), "{wrong}: {links:?}");
        gateway.stop().await;
    }
    // Nor for somebody with a password, also in the browser of somebody without.
    idp.publishes("end_session_endpoint", json!(format!("{}/end?tenant=1", idp.issuer())));
    let setup = Setup::on(&stack).with(&idp.config("corp", "")).clock(clock);
    let gateway = setup.provider_port(idp.port).start().await;
    let carol = gateway.standard("carol").await;
    let mut browser = enter(&gateway, &idp).await;
    assert!(there(&sign_out(&mut browser).await, &idp).is_some());
    crate::harness::gateway::sign_in(&mut browser, carol.username(), &carol.password).await.is(303);
    assert!(there(&sign_out(&mut browser).await, &idp).is_none());
    gateway.stop().await;
}

async fn what_does_not_fit_into_an_address_is_left_out(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    for (groups, hinted) in [(50, true), (1000, false)] {
        let groups: Vec<_> = (0..groups).map(|number| format!("group-{number}")).collect();
        idp.is(json!({
            "sub": "subject-of-emma", "email": "emma@corp.example", "email_verified": true, "groups": groups,
        }));
        let mut emma = gateway.browser();
        emma.visit("/oidc/corp").await.is(200);
        let (url, asked) = there(&sign_out(&mut emma).await, &idp).unwrap();
        assert_eq!(asked.contains_key("id_token_hint"), hinted);
        assert!(url.as_str().len() <= 6 * 1024 && asked["client_id"] == "narthex");
    }
    gateway.stop().await;
}

async fn every_way_to_sign_oneself_out_shows_the_link(stack: Stack) {
    let (gateway, idp) = start(&stack, "").await;
    for way in ["everywhere", "this session"] {
        let mut emma = enter(&gateway, &idp).await;
        let path = match way {
            "everywhere" => "/account/sign-out-everywhere".to_owned(),
            _ => {
                let user = gateway.by_email("emma@corp.example").await.unwrap();
                let app = &gateway.running.app;
                let sessions = app.sessions.of_user(user.id, gateway.clock.now()).await.unwrap();
                format!("/account/sessions/{}/end", sessions[0].1.handle)
            }
        };
        let page = emma.post(&path, &[]).await.is(303);
        let page = emma.follow(page).await.is(200);
        let (_, asked) = there(&page, &idp).unwrap_or_else(|| panic!("{way}"));
        assert!(asked.contains_key("id_token_hint"), "{way}");
    }
    gateway.stop().await;
}

/// A gateway that the certified provider knows with all its addresses.
async fn known(stack: &Stack, provider: &Provider, session_required: bool) -> Gateway {
    let gateway = provider.gateway(stack, "").await;
    let ours = |path: &str| gateway.public.join(path).unwrap().to_string();
    let client = json!({
        "post_logout_redirect_uris": [ours("/signed-out")],
        "backchannel_logout_uri": ours("/oidc/corp/backchannel-logout"),
        "backchannel_logout_session_required": session_required,
    });
    provider.control(&gateway, "client", client).await;
    gateway
}

/// Follows the link on our page, says yes there, and comes back.
async fn sign_out_there(browser: &mut Browser, provider: &Provider, page: &Page) -> Page {
    let asked = browser.visit(&page.link(&provider.issuer)).await.is(200);
    let mut form = asked.form("/session/end/confirm");
    form.fields.push(("logout".to_owned(), "yes".to_owned()));
    let page = browser.submit(&form).await.is(303);
    browser.follow(page).await.is(200)
}

async fn one_signs_out_at_a_certified_provider_and_everywhere_with_that(stack: Stack) {
    let provider = Provider::start(&[]);
    let gateway = known(&stack, &provider, true).await;
    let mut mina = gateway.browser();
    sign_in_as(&mut mina, "mina.park").await.is(200);
    // A second session of ours from the same one at the provider, and one from another.
    let mut laptop = mina.copy();
    laptop.change_cookies(|jar| {
        let url = gateway.public.clone();
        jar.take(&url, "narthex=; Path=/; Max-Age=0");
    });
    laptop.visit("/oidc/corp").await.is(200);
    laptop.get("/account").await.is(200);
    let mut phone = gateway.browser();
    sign_in_as(&mut phone, "mina.park").await.is(200);
    let mut jonas = gateway.browser();
    sign_in_as(&mut jonas, "jonas.weber").await.is(200);

    let page = mina.post("/logout", &[]).await.is(303);
    let page = mina.follow(page).await.is(200);
    laptop.get("/account").await.is(200);
    let back = sign_out_there(&mut mina, &provider, &page).await;
    assert_eq!(back.url.path(), "/signed-out");
    assert!(back.url.query().unwrap_or_default().starts_with("state="));
    assert!(back.links().iter().all(|link| !link.starts_with(&provider.issuer)), "she comes from there");
    laptop.get("/account").await.is(303);
    phone.get("/account").await.is(200);
    jonas.get("/account").await.is(200);
    let events = gateway.events().await;
    let by_provider = events.iter().filter(|entry| entry.detail.as_deref() == Some("provider_logout"));
    assert_eq!(by_provider.count(), 1);
    // There one has to say again who one is.
    let there = mina.visit("/oidc/corp").await.is(200);
    assert!(there.url.path().starts_with("/interaction/"));
    gateway.stop().await;
}

async fn a_certified_provider_tells_of_a_person_without_naming_a_session(stack: Stack) {
    let provider = Provider::start(&[]);
    let gateway = known(&stack, &provider, false).await;
    let mut mina = gateway.browser();
    sign_in_as(&mut mina, "mina.park").await.is(200);
    let mut phone = gateway.browser();
    sign_in_as(&mut phone, "mina.park").await.is(200);
    let mut jonas = gateway.browser();
    sign_in_as(&mut jonas, "jonas.weber").await.is(200);
    let page = mina.post("/logout", &[]).await.is(303);
    let page = mina.follow(page).await.is(200);
    sign_out_there(&mut mina, &provider, &page).await;
    phone.get("/account").await.is(303);
    jonas.get("/account").await.is(200);
    gateway.stop().await;
}
