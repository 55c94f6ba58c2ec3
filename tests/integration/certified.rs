//! The certified OpenID Provider from npm signs people in here: what it sends was not made by us.
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use narthex::domain::{
    audit::Event,
    user::{Source, Status, Tier},
};
use serde_json::{Value, json};

use crate::{
    harness::{Browser, Gateway, Page, Stack, both_stacks, gateway::Setup},
    sso_mapping::{held, make_role},
};

both_stacks!(
    an_employee_signs_in_at_a_certified_provider,
    two_employees_are_two_accounts,
    what_the_provider_does_not_vouch_for_is_refused,
    a_wrong_client_secret_lets_nobody_in_and_is_told_to_nobody,
    groups_of_a_certified_provider_give_and_take,
    an_identity_at_a_certified_provider_is_linked_and_unlinked,
);

/// `tests/provider/server.mjs`; ends with this value.
pub(crate) struct Provider {
    process: Child,
    pub(crate) issuer: String,
    port: u16,
    secret: String,
}

impl Provider {
    /// Started with these options.
    pub(crate) fn start(options: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider");
        let mut process = Command::new("node")
            .arg(folder.join("server.mjs"))
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is installed");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value =
            serde_json::from_str(&line).expect("run `npm ci` in tests/provider, or start tests/run");
        Self {
            process,
            issuer: told["issuer"].as_str().unwrap().to_owned(),
            port: told["port"].as_u64().unwrap().try_into().unwrap(),
            secret: told["client_secret"].as_str().unwrap().to_owned(),
        }
    }

    /// A gateway that knows this provider, and that this provider knows.
    pub(crate) async fn gateway(&self, stack: &Stack, more: &str) -> Gateway {
        let provider = format!(
            "[[provider]]\nname = 'corp'\nissuer = '{}'\nclient_id = 'narthex'\nclient_secret = '{}'\n{more}",
            self.issuer, self.secret,
        );
        let gateway = Setup::on(stack).with(&provider).provider_port(self.port).start().await;
        let redirect = gateway.public.join("/oidc/corp/callback").unwrap();
        self.control(&gateway, "client", json!({ "redirect_uris": [redirect.as_str()] })).await;
        gateway
    }

    pub(crate) async fn control(&self, gateway: &Gateway, what: &str, body: Value) -> Page {
        let mut browser = gateway.browser();
        let ask = crate::harness::Ask::new("POST", &format!("{}/control/{what}", self.issuer));
        browser.send(ask.header("content-type", "application/json").body(body.to_string())).await.is(200)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _already_gone = self.process.kill();
        let _already_gone = self.process.wait();
    }
}

/// Begins at our sign-in page and says at the provider who one is.
pub(crate) async fn sign_in_as(browser: &mut Browser, account: &str) -> Page {
    let login = browser.visit("/account").await.is(200);
    let there = browser.visit(&login.link("/oidc/corp")).await.is(200);
    assert!(there.url.path().starts_with("/interaction/"), "{}", there.url);
    let choice = there.link(&format!("account={account}"));
    browser.visit(&choice).await
}

async fn an_employee_signs_in_at_a_certified_provider(stack: Stack) {
    let provider = Provider::start(&[]);
    let gateway = provider.gateway(&stack, "").await;
    let mut browser = gateway.browser();
    let page = sign_in_as(&mut browser, "mina.park").await.is(200);
    assert_eq!(page.url.path(), "/account");
    assert!(page.says("Mina Park"));
    let mina = gateway.by_email("mina.park@corp.example").await.unwrap();
    assert_eq!(
        (mina.status, mina.source, mina.username.as_str()),
        (Status::Active, Source::Sso, "mina.park")
    );

    // Signed out here, still signed in there: one click, no question, the same account.
    browser.post("/logout", &[]).await.is(303);
    let login = browser.visit("/account").await.is(200);
    let page = browser.visit(&login.link("/oidc/corp")).await.is(200);
    assert_eq!(page.url.path(), "/account");
    assert_eq!(gateway.accounts().await, 1);
    assert_eq!(gateway.count_events(Event::LoginSucceeded, Some(&mina)).await, 2);
    gateway.stop().await;
}

async fn two_employees_are_two_accounts(stack: Stack) {
    let provider = Provider::start(&["--claims-in-id-token"]);
    let gateway = provider.gateway(&stack, "allowed_groups = ['engineering']").await;
    sign_in_as(&mut gateway.browser(), "mina.park").await.is(200);
    let page = sign_in_as(&mut gateway.browser(), "jonas.weber").await.is(403);
    assert!(page.body.contains("<h1"), "finance is not admitted");
    let newcomer = json!({ "name": "min.a", "claims": {
        "email": "min.a@corp.example", "email_verified": true, "preferred_username": "mina.park",
        "name": "Another Mina", "groups": ["engineering"],
    } });
    provider.control(&gateway, "account", newcomer).await;
    sign_in_as(&mut gateway.browser(), "min.a").await.is(200);
    let (one, two) =
        (gateway.by_email("mina.park@corp.example").await, gateway.by_email("min.a@corp.example").await);
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.username.as_str(), two.username.as_str()), ("mina.park", "mina.park-2"));
    gateway.stop().await;
}

async fn what_the_provider_does_not_vouch_for_is_refused(stack: Stack) {
    let provider = Provider::start(&[]);
    let gateway = provider.gateway(&stack, "").await;
    for (account, detail) in [("una.verified", "email_unverified"), ("noel.nomail", "email_missing")] {
        sign_in_as(&mut gateway.browser(), account).await.is(403);
        let events = gateway.events().await;
        let refused = events.iter().rfind(|entry| entry.event == Event::LoginRefused).unwrap();
        assert_eq!(refused.detail.as_deref(), Some(detail));
    }
    assert_eq!(gateway.accounts().await, 0);
    gateway.stop().await;
}

async fn a_wrong_client_secret_lets_nobody_in_and_is_told_to_nobody(stack: Stack) {
    let mut provider = Provider::start(&[]);
    let right = std::mem::replace(&mut provider.secret, "not the secret".to_owned());
    let gateway = provider.gateway(&stack, "client_auth = 'client_secret_post'").await;
    let page = sign_in_as(&mut gateway.browser(), "mina.park").await.is(502);
    assert!(page.url.path().starts_with("/oidc/corp/callback"));
    assert!(page.body.contains("<h1") && !page.body.contains(&provider.secret));
    assert_eq!(gateway.accounts().await, 0);
    gateway.stop().await;

    // Posting the right one is as good as sending it in a header.
    provider.secret = right;
    let gateway = provider.gateway(&stack, "client_auth = 'client_secret_post'").await;
    sign_in_as(&mut gateway.browser(), "mina.park").await.is(200);
    gateway.stop().await;
}

async fn groups_of_a_certified_provider_give_and_take(stack: Stack) {
    // Claims come from userinfo here: all but `sub` are missing in the ID token.
    let provider = Provider::start(&[]);
    let more = "roles = { engineering = ['dev'] }\nsuperuser_groups = ['admins']\nrequired_claims = { groups = 'staff' }";
    let gateway = provider.gateway(&stack, more).await;
    gateway.superuser("boss").await;
    make_role(&gateway, "dev").await;
    sign_in_as(&mut gateway.browser(), "mina.park").await.is(200);
    let mina = gateway.by_email("mina.park@corp.example").await.unwrap();
    assert_eq!(
        (held(&gateway, &mina).await, mina.tier),
        (vec!["dev provider:corp".to_owned()], Tier::Standard)
    );
    for (groups, roles, tier) in [
        (json!(["admins", "staff"]), 0, Tier::Superuser),
        (json!(["Admins", "engineering", "staff"]), 1, Tier::Standard),
        (json!(["staff"]), 0, Tier::Standard),
    ] {
        let claims = json!({
            "email": "mina.park@corp.example", "email_verified": true, "preferred_username": "mina.park",
            "name": "Mina Park", "groups": groups,
        });
        provider.control(&gateway, "account", json!({ "name": "mina.park", "claims": claims })).await;
        sign_in_as(&mut gateway.browser(), "mina.park").await.is(200);
        let now = gateway.by_email("mina.park@corp.example").await.unwrap();
        assert_eq!((held(&gateway, &now).await.len(), now.tier, now.id), (roles, tier, mina.id), "{groups}");
    }
    let outside = json!({ "name": "mina.park", "claims": { "email": "mina.park@corp.example", "email_verified": true } });
    provider.control(&gateway, "account", outside).await;
    let page = sign_in_as(&mut gateway.browser(), "mina.park").await.is(403);
    assert!(page.says("You are not admitted here"), "{}", page.text());
    gateway.stop().await;
}

async fn an_identity_at_a_certified_provider_is_linked_and_unlinked(stack: Stack) {
    let provider = Provider::start(&[]);
    let gateway = provider.gateway(&stack, "").await;
    let boss = gateway.superuser("boss").await;
    let mut browser = gateway.signed_in(&boss).await;
    let link = browser.get("/account").await.link("/account/identities/link/corp");
    let form = browser.get(&link).await.form(&link).with("current_password", &boss.password);
    let shown = browser.submit(&form).await.is(303);
    let onward = browser.follow(shown).await.is(200);
    let there = browser.visit(&onward.link("/go?proof=")).await.is(200);
    assert!(there.url.path().starts_with("/interaction/"), "{}", there.url);
    let page = browser.visit(&there.link("account=mina.park")).await.is(200);
    assert!(page.url.path() == "/account" && page.says("Identity linked"), "{}", page.text());
    let mut elsewhere = gateway.browser();
    let page = sign_in_as(&mut elsewhere, "mina.park").await.is(200);
    assert!(page.says("Name of boss"), "{}", page.text());
    elsewhere.get("/admin/users").await.is(200);

    let carol = gateway.standard("carol").await;
    let mut hers = gateway.signed_in(&carol).await;
    let page = links_as(&mut hers, &carol.password, "mina.park").await.is(403);
    assert!(page.says("belongs to another account"), "{}", page.text());
    let mut hers = gateway.signed_in(&carol).await;
    let page = links_as(&mut hers, &carol.password, "jonas.weber").await.is(200);
    assert!(page.says("Identity linked"), "{}", page.text());

    // Signed in there already, whoever links is asked again who they are.
    let dora = gateway.standard("dora").await;
    let mut doras = gateway.browser();
    sign_in_as(&mut doras, "mina.park").await.is(200);
    let fields = [("login", "dora"), ("password", dora.password.as_str()), ("rd", "")];
    doras.post("/login", &fields).await.is(303);
    links_as(&mut doras, &dora.password, "mina.park").await.is(403);

    let unlink = browser.get("/account").await.link("/unlink");
    let form = browser.get(&unlink).await.form("/unlink").with("current_password", &boss.password);
    browser.submit(&form).await.is(303);
    elsewhere.get("/account").await.is(303);
    let page = sign_in_as(&mut gateway.browser(), "mina.park").await.is(200);
    assert!(page.says("Mina Park"), "somebody of her own from now on");
    assert_eq!(gateway.accounts().await, 4);
    gateway.stop().await;
}

async fn links_as(browser: &mut Browser, password: &str, account: &str) -> Page {
    let link = "/account/identities/link/corp";
    let shown = browser.post(link, &[("current_password", password)]).await.is(303);
    let onward = browser.follow(shown).await.is(200);
    let there = browser.visit(&onward.link("/go?proof=")).await.is(200);
    assert!(there.url.path().starts_with("/interaction/"), "{}", there.url);
    browser.visit(&there.link(&format!("account={account}"))).await
}
