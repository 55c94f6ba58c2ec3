//! How single sign-on feels: going straight to a provider, signing out of it, many tabs, and no circles.
use crate::harness::{Browser, Gateway, Issuer, Page, Stack, both_stacks, gateway::Setup};

both_stacks!(
    the_sign_in_page_goes_straight_to_a_provider_and_shows_itself_when_asked,
    whoever_has_just_signed_out_chooses_with_whom_to_come_back,
    a_provider_that_has_nobody_choose_has_them_sign_in,
    a_browser_that_keeps_no_session_is_told_so_and_goes_in_no_circle,
    many_tabs_all_end_well,
);

async fn start(stack: &Stack) -> (Gateway, Issuer) {
    let issuer = Issuer::start().await;
    let setup = Setup::on(stack).with("[login]\nauto_redirect = 'corp'").with(&issuer.config("corp", ""));
    let gateway = setup.provider_port(issuer.port).start().await;
    gateway.superuser("boss").await;
    issuer.is_employee("emma");
    (gateway, issuer)
}

async fn the_sign_in_page_goes_straight_to_a_provider_and_shows_itself_when_asked(stack: Stack) {
    let (gateway, _issuer) = start(&stack).await;
    let mut browser = gateway.browser();
    let page = browser.visit("/account").await.is(200);
    assert_eq!(page.url.path(), "/account");
    assert!(page.says("Employee emma"));
    let mut elsewhere = gateway.browser();
    let login = elsewhere.get("/login?local=1").await.is(200);
    assert!(login.says("Continue with corp") && login.forms().iter().any(|form| form.action == "/login"));
    gateway.stop().await;
}

/// What the provider was asked for when the button was clicked.
async fn asked(browser: &mut Browser, login: &Page) -> url::Url {
    let there = browser.get(&login.link("/oidc/corp")).await.is(303);
    url::Url::parse(there.location()).unwrap()
}

fn prompt(asked: &url::Url) -> Option<String> {
    asked.query_pairs().find(|(name, _)| name == "prompt").map(|(_, value)| value.into_owned())
}

async fn whoever_has_just_signed_out_chooses_with_whom_to_come_back(stack: Stack) {
    let (gateway, _issuer) = start(&stack).await;
    let mut browser = gateway.browser();
    browser.visit("/account").await.is(200);
    browser.post("/logout", &[]).await.is(303);
    // The page is there for whoever wants somebody else to sign in, or a password.
    let login = browser.visit("/login").await.is(200);
    assert_eq!(login.url.path(), "/login");
    let first = asked(&mut browser, &login).await;
    assert_eq!(prompt(&first).as_deref(), Some("select_account"));
    // Once: then it is as before.
    assert_eq!(prompt(&asked(&mut browser, &login).await), None);
    let page = browser.visit(first.as_str()).await.is(200);
    assert_eq!(page.url.path(), "/account");

    // Nobody has signed out who signed in with a password, or five minutes ago.
    let mut other = gateway.browser();
    assert_eq!(prompt(&asked(&mut other, &login).await), None);
    gateway.stop().await;
}

async fn a_provider_that_has_nobody_choose_has_them_sign_in(stack: Stack) {
    let (gateway, _issuer) = start(&stack).await;
    for (error, again) in
        [("invalid_request", true), ("account_selection_required", true), ("access_denied", false)]
    {
        let mut browser = gateway.browser();
        browser.visit("/account").await.is(200);
        browser.post("/logout", &[]).await.is(303);
        let login = browser.visit("/login").await.is(200);
        let there = asked(&mut browser, &login).await;
        let state = there.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let issuer = gateway.running.app.provider("corp").unwrap().config().issuer.clone();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("error", error), ("state", &state), ("iss", &issuer)])
            .finish();
        let back = format!("/oidc/corp/callback?{query}");
        let page = browser.get(&back).await;
        if again {
            assert_eq!(page.status, 303, "{error}");
            let second = url::Url::parse(page.location()).unwrap();
            assert_eq!(prompt(&second).as_deref(), Some("login"), "{error}");
            // The same answer once more ends on a page.
            let state = second.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("error", error), ("state", &state), ("iss", &issuer)])
                .finish();
            let page = browser.get(&format!("/oidc/corp/callback?{query}")).await;
            assert!(
                page.status.is_client_error() || page.status.is_server_error(),
                "{error}: {}",
                page.status
            );
        } else {
            assert_eq!(page.status, 403, "{error}");
        }
    }
    gateway.stop().await;
}

async fn a_browser_that_keeps_no_session_is_told_so_and_goes_in_no_circle(stack: Stack) {
    let (gateway, issuer) = start(&stack).await;
    let mut browser = gateway.browser();
    let mut rounds = 0;
    let page = loop {
        // As a browser that throws the session away, whatever else it keeps.
        let page = browser.visit("/login").await;
        browser.change_cookies(|jar| jar.forget("narthex"));
        rounds += 1;
        if page.status != 200 || rounds > 20 {
            break page;
        }
    };
    assert_eq!((page.status.as_u16(), page.url.path()), (508, "/login"), "after {rounds} rounds");
    assert!(page.body.contains("<h1") && rounds <= 6, "{rounds}");
    assert!(issuer.redeemed() <= 6);
    // A person who asks for the page gets it.
    browser.get("/login?local=1").await.is(200);
    gateway.stop().await;
}

async fn many_tabs_all_end_well(stack: Stack) {
    let (gateway, _issuer) = start(&stack).await;
    let browser = gateway.browser();
    // Twenty tabs that were restored at once, in one browser.
    let tabs = (0..20).map(|_| {
        let mut tab = browser.clone();
        async move {
            let page = tab.visit("/account").await;
            // Five flows are kept at once: a tab whose flow gave way, and that is back before any other has signed in,
            // begins again by the link on its page.
            if page.status != 400 {
                return page;
            }
            tab.visit(&page.link("/oidc/corp?")).await
        }
    });
    for page in futures_util::future::join_all(tabs).await {
        assert_eq!((page.status.as_u16(), page.url.path()), (200, "/account"), "{}", page.url);
    }
    assert_eq!(gateway.accounts().await, 2);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_14_a_sign_in_that_begins_at_one_instance_ends_at_another() {
    let stack = Stack::servers().await;
    let issuer = Issuer::start().await;
    let setup = || {
        let setup =
            Setup::on(&stack).with("public_url = 'http://127.0.0.1:9'").with(&issuer.config("corp", ""));
        setup.provider_port(issuer.port)
    };
    let (a, b) = (setup().start().await, setup().start().await);
    issuer.is_employee("emma");
    let mut at_a = a.browser();
    let login = at_a.visit("/login").await.is(200);
    let there = at_a.get(&login.link("/oidc/corp")).await.is(303);
    let back = at_a.get(there.location()).await.is(303);
    let mut at_b = b.browser();
    at_b.change_cookies(|jar| *jar = at_a.cookies());
    let page = at_b.visit(back.location()).await.is(200);
    assert!(page.url.path() == "/account" && page.says("Employee emma"), "{}", page.text());
    // And is one at both, until it ends at either.
    at_a.change_cookies(|jar| *jar = at_b.cookies());
    at_a.get("/account").await.is(200);
    at_a.post("/logout", &[]).await.is(303);
    at_b.get("/account").await.is(303);
    a.stop().await;
    b.stop().await;
}
