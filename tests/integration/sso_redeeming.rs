//! A code is redeemed once, by whoever comes back with it: not by a look, and not twice at the same moment.
use crate::{
    employee::{callback, start},
    harness::{Ask, Stack, both_stacks},
};

both_stacks!(
    a_look_at_the_callback_redeems_nothing,
    a_27_a_browser_that_comes_back_twice_at_once_is_signed_in
);

async fn a_look_at_the_callback_redeems_nothing(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    issuer.is_employee("emma");
    let mut browser = gateway.browser();
    let address = callback(&mut browser).await;
    let page = browser.send(Ask::new("HEAD", &address)).await.is(405);
    assert_eq!(page.header("allow"), "GET, POST");
    assert_eq!(issuer.redeemed(), 0);
    assert_eq!(browser.visit(&address).await.is(200).url.path(), "/account");
    assert_eq!(issuer.redeemed(), 1);
    gateway.stop().await;
}

async fn a_27_a_browser_that_comes_back_twice_at_once_is_signed_in(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    issuer.is_employee("emma");
    for round in 1..=3 {
        let mut browser = gateway.browser();
        let address = callback(&mut browser).await;
        let mut back = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let mut again = browser.clone();
            let address = address.clone();
            back.spawn(async move { again.get(&address).await });
        }
        for page in back.join_all().await {
            let to = page.is(303).location().to_owned();
            assert!(to == "/account" || to.starts_with("/continue") || to == "/", "{to}");
            assert_eq!(browser.visit(&to).await.is(200).url.path(), "/account");
        }
        assert_eq!(issuer.redeemed(), round);
    }
    // What came to nothing is not taken for a sign-in.
    issuer.is(serde_json::json!({ "sub": "subject-of-nobody" }));
    let mut browser = gateway.browser();
    let address = callback(&mut browser).await;
    browser.copy().get(&address).await.is(403);
    browser.get(&address).await.is(400);
    gateway.stop().await;
}
