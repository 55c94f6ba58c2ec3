//! The certified OpenID Provider from npm signs people in here: what it sends was not made by us.
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use narthex::domain::{
    audit::Event,
    user::{Source, Status, Tier},
};
use serde_json::{Value, json};

use crate::{
    harness::{
        Ask, Browser, Gateway, Page, Stack, both_stacks,
        gateway::{Setup, standing_clock},
    },
    sso_mapping::{held, make_role},
};

both_stacks!(
    an_employee_signs_in_at_a_certified_provider,
    two_employees_are_two_accounts,
    what_the_provider_does_not_vouch_for_is_refused,
    a_wrong_client_secret_lets_nobody_in_and_is_told_to_nobody,
    groups_of_a_certified_provider_give_and_take,
    an_identity_at_a_certified_provider_is_linked_and_unlinked,
    a_certified_provider_takes_every_way_to_prove_who_we_are_and_every_algorithm,
    an_answer_that_is_posted_comes_in_by_one_door,
    f_18_a_certified_provider_changes_its_keys,
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
        self.gateway_of(Setup::on(stack), more).await
    }

    async fn gateway_of(&self, setup: Setup, more: &str) -> Gateway {
        let secret = format!("client_id = 'narthex'\nclient_secret = '{}'\n{more}", self.secret);
        let setup = setup.with(&self.section("corp", &secret)).provider_port(self.port);
        let gateway = setup.start().await;
        let redirect = gateway.public.join("/oidc/corp/callback").unwrap();
        self.control(&gateway, "client", json!({ "redirect_uris": [redirect.as_str()] })).await;
        gateway
    }

    /// A `[[provider]]` for it.
    fn section(&self, name: &str, more: &str) -> String {
        format!("[[provider]]\nname = '{name}'\nissuer = '{}'\n{more}\n", self.issuer)
    }

    pub(crate) async fn control(&self, gateway: &Gateway, what: &str, body: Value) -> Page {
        let mut browser = gateway.browser();
        let ask = Ask::new("POST", &format!("{}/control/{what}", self.issuer));
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
    sign_in_by("corp", browser, account).await
}

async fn sign_in_by(provider: &str, browser: &mut Browser, account: &str) -> Page {
    let login = browser.visit("/account").await.is(200);
    let there = browser.visit(&login.link(&format!("/oidc/{provider}?"))).await.is(200);
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

    // Signed out here, still signed in there: asked with whom to come back, though the provider knows no choice of
    // accounts and is asked for a sign-in instead.
    browser.post("/logout", &[]).await.is(303);
    let login = browser.visit("/account").await.is(200);
    let page = browser.visit(&login.link("/oidc/corp")).await.is(200);
    assert!(page.url.path().starts_with("/interaction/"), "{}", page.url);
    // Whoever goes to the provider once more is not asked again: one click, no question, the same account.
    let again = gateway.public.join(&login.link("/oidc/corp")).unwrap();
    let page = browser.visit(again.as_str()).await.is(200);
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

/// A way to be known at the provider: its name here, what the config file says, and what is registered there.
struct Way {
    name: &'static str,
    config: String,
    registered: Value,
}

fn way(name: &'static str, config: &str, registered: Value) -> Way {
    Way { name, config: format!("client_id = 'client {name}: 100%'\n{config}"), registered }
}

/// A private key as OpenSSL makes it.
fn key_file(stack: &Stack, name: &str, kind: &[&str]) -> String {
    let file = stack.folder().join(name).display().to_string();
    let made = Command::new("openssl").arg("genpkey").args(kind).args(["-out", &file]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    file
}

/// Several providers at once, too: each has its own redirect URI, and one person is one account.
async fn a_certified_provider_takes_every_way_to_prove_who_we_are_and_every_algorithm(stack: Stack) {
    const SECRET: &str = "s:e+c r/e%t?&=";
    let provider = Provider::start(&[]);
    let secret = |auth: &str| format!("client_secret = '{SECRET}'\nclient_auth = '{auth}'");
    let registered = |auth: &str| json!({ "client_secret": SECRET, "token_endpoint_auth_method": auth });
    let key = |name: &str, kind: &[&str], more: &str| {
        let file = key_file(&stack, name, kind);
        format!("client_auth = 'private_key_jwt'\nclient_key_file = '{file}'\n{more}")
    };
    let keyed = || json!({ "client_secret": null, "token_endpoint_auth_method": "private_key_jwt" });
    let (rsa, p256) = (["-algorithm", "RSA"], ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    let ed = ["-algorithm", "ED25519"];
    let public = json!({ "client_secret": null, "token_endpoint_auth_method": "none" });
    let mut ways = vec![
        way("basic", &secret("client_secret_basic"), registered("client_secret_basic")),
        way("post", &secret("client_secret_post"), registered("client_secret_post")),
        way("public", "client_auth = 'none'", public.clone()),
        way("rsa-key", &key("rsa.pem", &rsa, ""), keyed()),
        way("p256-key", &key("p256.pem", &p256, ""), keyed()),
        way("ed-key", &key("ed.pem", &ed, "client_assertion_audience = 'issuer'"), keyed()),
    ];
    for (name, algorithm) in [("rs256", "RS256"), ("ps256", "PS256"), ("es256", "ES256"), ("eddsa", "EdDSA")]
    {
        let mut registered = public.clone();
        registered["id_token_signed_response_alg"] = json!(algorithm);
        ways.push(way(name, &format!("client_auth = 'none'\nalgorithms = ['{algorithm}']"), registered));
    }
    let mut strict = public;
    strict["id_token_signed_response_alg"] = json!("ES256");
    ways.push(way("strict", "client_auth = 'none'\nalgorithms = ['PS256']", strict));

    let mut setup = Setup::on(&stack).provider_port(provider.port);
    for way in &ways {
        setup = setup.with(&provider.section(way.name, &way.config));
    }
    let gateway = setup.start().await;
    for Way { name, mut registered, .. } in ways {
        registered["client_id"] = json!(format!("client {name}: 100%"));
        let callback = gateway.public.join(&format!("/oidc/{name}/callback")).unwrap();
        registered["redirect_uris"] = json!([callback.as_str()]);
        let ours = gateway.browser().get(&format!("/oidc/{name}/jwks.json")).await;
        if registered["token_endpoint_auth_method"] == "private_key_jwt" {
            let ours: Value = serde_json::from_str(&ours.is(200).body).unwrap();
            assert!(ours["keys"][0].get("d").is_none(), "{ours}");
            registered["jwks"] = ours;
        } else {
            ours.is(404);
        }
        provider.control(&gateway, "client", registered).await;
        let page = sign_in_by(name, &mut gateway.browser(), "mina.park").await;
        if name == "strict" {
            assert_eq!(
                page.status, 400,
                "the provider signs by an algorithm that is not allowed for this client"
            );
        } else {
            assert_eq!((page.status.as_u16(), page.url.path()), (200, "/account"), "{name}: {}", page.text());
        }
    }
    assert_eq!(gateway.accounts().await, 1);
    gateway.stop().await;
}

async fn an_answer_that_is_posted_comes_in_by_one_door(stack: Stack) {
    let provider = Provider::start(&[]);
    let other = provider.section("query", "client_id = 'nobody'\nclient_auth = 'none'");
    let setup = Setup::on(&stack).with(&other);
    let gateway = provider.gateway_of(setup, "response_mode = 'form_post'").await;
    let mut browser = gateway.browser();
    let page = sign_in_as(&mut browser, "mina.park").await.is(200);
    let form = page.form("/oidc/corp/callback");
    let posted: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert!(["code", "state", "iss"].iter().all(|name| posted.iter().any(|(field, _)| field == name)));

    // Lax cookies stay behind when another site posts; the page may also be so strict that it has no origin.
    let foreign = |ask: Ask| ask.header("sec-fetch-site", "cross-site").header("origin", "null");
    let more = [posted.as_slice(), &[("rd", "https://evil.example"), ("session_state", "x")]].concat();
    let answer = gateway.browser().send(foreign(Ask::post("/oidc/corp/callback", &more))).await.is(303);
    assert!(answer.headers.get("set-cookie").is_none() && answer.header("cache-control") == "no-store");
    let back = gateway.public.join(answer.location()).unwrap();
    assert_eq!((back.path(), back.query_pairs().count()), ("/oidc/corp/callback", 3));
    gateway.browser().get(back.as_str()).await.is(400);
    assert_eq!(gateway.accounts().await, 0, "no cookie, no sign-in");
    let page = browser.visit(back.as_str()).await.is(200);
    assert_eq!(page.url.path(), "/account");

    // The same form opens no other door, with the cookies that it would not even have.
    for door in [
        "/login",
        "/logout",
        "/account/password",
        "/account/sign-out-everywhere",
        "/signup",
        "/admin/users/bulk",
    ] {
        browser.send(foreign(Ask::post(door, &posted))).await.is(403);
    }
    for nothing in ["/oidc/query/callback", "/oidc/nobody/callback"] {
        browser.send(foreign(Ask::post(nothing, &posted))).await.is(404);
    }
    for elsewhere in ["/oidc/corp", "/oidc/corp/jwks.json"] {
        let page = browser.send(foreign(Ask::post(elsewhere, &posted))).await;
        assert!(page.status.is_client_error(), "{elsewhere}: {}", page.status);
    }
    for method in ["PUT", "PATCH", "DELETE"] {
        let page = browser.send(foreign(Ask::post("/oidc/corp/callback", &posted).by(method))).await;
        assert!(page.status.is_client_error(), "{method}: {}", page.status);
    }
    let twice = [("state", "a"), ("state", "b"), ("code", "c")];
    browser.send(foreign(Ask::post("/oidc/corp/callback", &twice))).await.is(400);
    browser.send(foreign(Ask::post("/oidc/corp/callback", &[("error", "access_denied")]))).await.is(303);
    browser.get("/account").await.is(200);
    gateway.stop().await;
}

async fn f_18_a_certified_provider_changes_its_keys(stack: Stack) {
    let provider = Provider::start(&[]);
    let gateway = provider.gateway_of(Setup::on(&stack).clock(standing_clock()), "").await;
    sign_in_as(&mut gateway.browser(), "mina.park").await.is(200);

    // Before somebody signs in.
    provider.control(&gateway, "keys", json!({})).await;
    sign_in_as(&mut gateway.browser(), "mina.park").await.is(200);

    // Between the code and the token, before the pause between two searches is over and after it.
    for (pause, status) in [(0, 400), (11, 200)] {
        gateway.later(Duration::from_secs(pause));
        let mut browser = gateway.browser();
        let back = coming_back(&mut browser).await;
        provider.control(&gateway, "keys", json!({})).await;
        let page = browser.visit(&back).await;
        assert_eq!(page.status, status, "{}", page.text());
    }

    // While the keys cannot be read.
    gateway.later(Duration::from_secs(11));
    provider.control(&gateway, "jwks", json!({ "down": true })).await;
    sign_in_as(&mut gateway.browser(), "mina.park").await.is(200);
    provider.control(&gateway, "keys", json!({})).await;
    sign_in_as(&mut gateway.browser(), "mina.park").await.is(502);
    provider.control(&gateway, "jwks", json!({ "down": false })).await;
    gateway.later(Duration::from_secs(11));
    sign_in_as(&mut gateway.browser(), "mina.park").await.is(200);
    assert_eq!(gateway.accounts().await, 1);
    gateway.stop().await;
}

/// The address by which somebody comes back from the provider, before they do.
async fn coming_back(browser: &mut Browser) -> String {
    let login = browser.visit("/account").await.is(200);
    let there = browser.visit(&login.link("/oidc/corp?")).await.is(200);
    let mut page = browser.get(&there.link("account=mina.park")).await;
    while !page.location().contains("/oidc/corp/callback") {
        let next = page.url.join(page.location()).unwrap();
        page = browser.get(next.as_str()).await.is(303);
    }
    page.location().to_owned()
}
