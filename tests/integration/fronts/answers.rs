//! What people and programs get who may not pass.
use super::{Front, WIKI, behind_every_proxy, data, page};
use crate::harness::{Ask, Browser, gateway::sign_in};

behind_every_proxy!(
    a_17_a_refusal_holds_nothing_of_the_application,
    a_20_nobody_passes_while_the_gateway_is_away,
    a_22_nothing_of_ours_is_kept_by_anybody,
    every_kind_of_client_is_told_in_its_own_way,
    a_deactivated_account_is_out_at_once,
);

async fn a_17_a_refusal_holds_nothing_of_the_application(front: Front) {
    let mut stranger = front.stranger();
    let redirect = stranger.send(page("/page?a=b&c")).await.is(303);
    let login = "https://auth.example.test/login?rd=https%3A//wiki.example.test/page%3Fa%3Db%26c";
    assert_eq!(redirect.location(), login);
    let post = Ask::post(&format!("{WIKI}/page"), &[("a", "b")]);
    let bare = [stranger.send(data("/page")).await.is(401), stranger.send(post).await.is(401)];
    let mut carol = front.signed_in(&front.carol).await;
    let forbidden = carol.send(data("/secret/x")).await.is(403);
    for answer in bare.iter().chain([&redirect, &forbidden]) {
        assert!(!answer.body.contains("protected"), "{}", answer.body);
    }
    let denied = carol.send(page("/secret/x")).await;
    let shown = match front.proxy.kind.sends_to_denied() {
        true => {
            let ours = "https://auth.example.test/denied?rd=https%3A//wiki.example.test/secret/x";
            assert_eq!(denied.location(), ours);
            carol.follow(denied.is(303)).await
        }
        false => denied,
    };
    let shown = shown.is(403);
    for words in ["carol", "Only superusers", "wiki.example.test/secret/x"] {
        assert!(shown.says(words), "{words}: {}", shown.text());
    }
    assert_eq!(front.wiki.connections(), 0);
    let root = front.gateway.superuser("root").await;
    front.signed_in(&root).await.get(&format!("{WIKI}/secret/x")).await.is(200);
    front.stop().await;
}

async fn a_20_nobody_passes_while_the_gateway_is_away(front: Front) {
    let Front { gateway, wiki, proxy, carol } = front;
    let mut browser = Browser::new(&gateway.public, proxy.address);
    sign_in(&mut browser, carol.username(), &carol.password).await.is(303);
    gateway.stop().await;
    for ask in [page("/page"), data("/public/x")] {
        let away = browser.send(ask).await.is(503);
        assert_eq!((away.header("retry-after"), away.header("cache-control")), ("5", "no-store"));
        assert!(!away.body.contains("protected"), "{}", away.body);
    }
    assert_eq!(wiki.connections(), 0);
}

async fn a_22_nothing_of_ours_is_kept_by_anybody(front: Front) {
    let mut stranger = front.stranger();
    let mut carol = front.signed_in(&front.carol).await;
    for answer in [
        stranger.send(page("/page")).await.is(303),
        stranger.send(data("/page")).await.is(401),
        carol.send(page("/secret/x")).await,
        carol.send(data("/secret/x")).await.is(403),
    ] {
        assert_eq!(answer.header("cache-control"), "no-store", "{}", answer.status);
        assert!(!answer.headers.contains_key("set-cookie"), "{:?}", answer.headers);
        assert!(!answer.headers.contains_key("remote-user"), "{:?}", answer.headers);
    }
    front.stop().await;
}

async fn every_kind_of_client_is_told_in_its_own_way(front: Front) {
    let mut stranger = front.stranger();
    let fetch = page("/page").header("sec-fetch-mode", "cors").header("sec-fetch-dest", "empty");
    let quiet = page("/page").bare().header("x-requested-with", "XMLHttpRequest");
    let api = page("/page").bare().header("accept", "*/*");
    let preflight = Ask::new("OPTIONS", &format!("{WIKI}/page"))
        .bare()
        .header("accept", "*/*")
        .header("origin", "https://other.example.test")
        .header("access-control-request-method", "PUT");
    let form = Ask::post(&format!("{WIKI}/page"), &[("a", "b")]);
    let programs = [fetch, quiet, api, preflight.clone(), form];
    for ask in programs {
        let told = stranger.send(ask).await.is(401);
        assert_eq!(told.location(), "");
    }
    assert!(stranger.send(page("/page").bare()).await.is(303).location().contains("/login?rd="));
    assert_eq!(front.wiki.connections(), 0);
    // No cookies come with a preflight: it passes where everybody does.
    let public = Ask::new("OPTIONS", &format!("{WIKI}/public/x")).bare().header("accept", "*/*");
    let public = public.header("origin", "https://other.example.test");
    stranger.send(public.header("access-control-request-method", "PUT")).await.is(200);
    front.stop().await;
}

async fn a_deactivated_account_is_out_at_once(front: Front) {
    let root = front.gateway.superuser("root").await;
    let mut carol = front.signed_in(&front.carol).await;
    carol.send(data("/page")).await.is(200);
    front.signed_in(&root).await.post(&front.carol.admin_path("/deactivate"), &[]).await.is(303);
    carol.send(data("/page")).await.is(401);
    front.stop().await;
}
