//! What applications are told: as much as was chosen, in headers and in an assertion that they can verify with the lines
//! that `config/applications.md` shows.
use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use narthex::{
    accounts::{
        By,
        signing::{self, Succession},
    },
    clock::Clock,
    domain::{
        signing::{AHEAD, BEHIND, LIFETIME},
        user::DisplayName,
    },
    store::users,
};
use serde_json::{Value, json};

use super::{
    delegation::{grant, make_role},
    signing_keys::{master, published, publishes},
};
use crate::harness::{
    Ask, Browser, Gateway, Person, Stack, Upstream, both_stacks,
    gateway::Setup,
    verifiers::{Answer, InRust, Program},
};

both_stacks!(
    a_14_an_assertion_is_good_for_one_application_for_a_minute_and_as_it_was_signed,
    a_14_a_key_that_another_has_followed_counts_until_it_retires,
    a_21_no_name_becomes_a_header_or_a_group,
    an_application_is_told_what_was_chosen_for_it,
);

/// Each assertion is made when it is asked for.
const UPSTREAMS: &str = "trusted_proxies = ['127.0.0.1']\n[gateway]\ncache_ttl = '0s'\n\
    [[upstream]]\nname = 'wiki'\nhost = 'wiki.localhost'\n[[upstream.rule]]\npath = '/'\ntier = 'any'\n\
    [[upstream]]\nname = 'shop'\nhost = 'shop.localhost'\n[[upstream.rule]]\npath = '/'\ntier = 'any'\n";

/// Somebody who is signed in at a gateway that other proxies ask.
struct Front {
    gateway: Gateway,
    carol: Person,
    cookie: String,
}

impl Front {
    async fn start(stack: &Stack, clock: Clock) -> Self {
        let gateway = Setup::on(stack).with(UPSTREAMS).clock(clock).start().await;
        let carol = gateway.standard("carol").await;
        let browser = gateway.signed_in(&carol).await;
        let cookie = browser.cookies().header(&gateway.public).unwrap();
        Self { gateway, carol, cookie }
    }

    fn issuer(&self) -> String {
        self.gateway.public.origin().ascii_serialization()
    }

    /// What an application would get now.
    async fn assertion(&self, upstream: &str) -> String {
        let ask = Ask::get("/verify").header("x-original-method", "GET").header("cookie", &self.cookie);
        let ask = ask.header("x-original-url", &format!("http://{upstream}.localhost/"));
        self.gateway.browser().send(ask).await.is(200).header("x-narthex-assertion").to_owned()
    }

    /// Each of the page's verifiers, as if it had just been started.
    async fn verifiers(&self) -> (Program, Program, InRust) {
        let issuer = self.issuer();
        (Program::python(&issuer), Program::node(&issuer), InRust::start(&issuer).await)
    }
}

/// The header and the claims of a token.
fn parts(token: &str) -> [Value; 2] {
    let mut parts = token.split('.').map(|part| BASE64.decode(part).unwrap());
    let mut part = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    [part(), part()]
}

/// A token of these parts, signed by whoever makes it.
fn forged(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let text = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
    let signature = BASE64.encode(sign(text.as_bytes()));
    format!("{text}.{signature}")
}

async fn a_14_an_assertion_is_good_for_one_application_for_a_minute_and_as_it_was_signed(stack: Stack) {
    let clock = Clock::manual(Clock::System.now() - LIFETIME * 3);
    let front = Front::start(&stack, clock.clone()).await;
    let expired = front.assertion("wiki").await;
    clock.advance(LIFETIME * 3);
    let (good, for_another) = (front.assertion("wiki").await, front.assertion("shop").await);

    let [header, claims] = parts(&good);
    assert_eq!((&claims["aud"], &parts(&for_another)[1]["aud"]), (&json!("wiki"), &json!("shop")));
    let (text, signature) = good.rsplit_once('.').unwrap();
    let with = |header: &Value, key: &str, value: Value| {
        let mut changed = header.clone();
        changed[key] = value;
        changed
    };
    let set = front.gateway.browser().get("/.well-known/jwks.json").await.is(200).body;
    let jwk = serde_json::from_str::<Value>(&set).unwrap()["keys"][0].clone();
    let point = [BASE64.decode(jwk["x"].as_str().unwrap()), BASE64.decode(jwk["y"].as_str().unwrap())]
        .map(Result::unwrap)
        .concat();
    let hmac = |key: &[u8], text: &[u8]| {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
        ring::hmac::sign(&key, text).as_ref().to_vec()
    };
    let hs256 = with(&header, "alg", json!("HS256"));
    let superuser = with(&claims, "tier", json!("superuser"));
    let stolen = BASE64.decode(signature).unwrap();
    let none = with(&header, "alg", json!("none"));
    let refused = [
        ("for another application", for_another),
        ("expired", expired),
        ("alg none", forged(&none, &claims, |_| vec![])),
        (
            "alg none with the signature",
            format!("{}.{}", forged(&none, &claims, |_| vec![]).rsplit_once('.').unwrap().0, signature),
        ),
        ("HMAC under the public key", forged(&hs256, &claims, |text| hmac(jwk.to_string().as_bytes(), text))),
        (
            "HMAC under the public point",
            forged(&hs256, &claims, |text| hmac(&[&[4], &point[..]].concat(), text)),
        ),
        ("other claims", forged(&header, &superuser, |_| stolen.clone())),
        ("another signature", format!("{text}.{}", BASE64.encode([0; 64]))),
        ("no signature", format!("{text}.")),
        ("another key's name", forged(&with(&header, "kid", json!("other")), &claims, |_| stolen.clone())),
        ("no key's name", forged(&json!({ "alg": "ES256", "typ": "JWT" }), &claims, |_| stolen.clone())),
        ("nothing", String::new()),
    ];
    let (mut python, mut node, rust) = front.verifiers().await;
    for (which, mut ask) in [
        ("python", Box::new(|token: &str| python.ask(token)) as Box<dyn FnMut(&str) -> Answer>),
        ("node", Box::new(|token: &str| node.ask(token))),
        ("rust", Box::new(|token: &str| rust.ask(token))),
    ] {
        let person = ask(&good).unwrap_or_else(|why| panic!("{which} refuses a good one: {why}"));
        assert_eq!((&person["sub"], &person["name"]), (&claims["sub"], &json!("Name of carol")), "{which}");
        assert_eq!(person["email"], "carol@people.example", "{which}");
        for (what, token) in &refused {
            assert!(ask(token).is_err(), "{which} accepts one that is wrong: {what}");
        }
        assert!(ask(&good).is_ok(), "{which} goes on");
    }
    assert_eq!(claims["sub"], front.carol.user.id.to_string());
    front.gateway.stop().await;
}

async fn a_14_a_key_that_another_has_followed_counts_until_it_retires(stack: Stack) {
    // The gateway's clock is ahead of nobody's: verifiers have the machine's.
    let clock = Clock::manual(Clock::System.now() - AHEAD);
    let front = Front::start(&stack, clock.clone()).await;
    let first = published(&front.gateway).await.remove(0);
    let (key, by, now) = (master(&stack), By::cli(), clock.now());
    let made = signing::rotate(&front.gateway.db, &key, &by, Succession::Overlapping, now).await;
    let second = made.unwrap().kid;
    publishes(&front.gateway, &[&first, &second]).await;

    clock.advance(AHEAD - std::time::Duration::from_secs(1));
    let old = front.assertion("wiki").await;
    clock.advance(std::time::Duration::from_secs(1));
    let new = front.assertion("wiki").await;
    assert_eq!((&parts(&old)[0]["kid"], &parts(&new)[0]["kid"]), (&json!(first), &json!(second)));
    let (mut python, mut node, rust) = front.verifiers().await;
    for answer in [&old, &new].map(|token| [python.ask(token), node.ask(token), rust.ask(token)]).concat() {
        answer.unwrap_or_else(|why| panic!("refused while both keys count: {why}"));
    }

    clock.advance(BEHIND);
    assert_eq!(published(&front.gateway).await, [second]);
    let (mut python, mut node, rust) = front.verifiers().await;
    for answer in [python.ask(&new), node.ask(&new), rust.ask(&new)] {
        answer.unwrap_or_else(|why| panic!("refused with the key that signs: {why}"));
    }
    let reasons = [python.ask(&old), node.ask(&old), rust.ask(&old)].map(Result::unwrap_err);
    assert_eq!(
        reasons,
        ["PyJWKClientError", "ERR_JWKS_NO_MATCHING_KEY", "InvalidToken"],
        "the key is retired"
    );
    front.gateway.stop().await;
}

const WIKI: &str = "https://wiki.example.test/";

/// A gateway that forwards by itself.
async fn forwarding(stack: &Stack, upstream: &Upstream, more: &str) -> Gateway {
    let settings = format!(
        "public_url = 'https://auth.example.test'\n[sessions]\ncookie_domain = 'example.test'\n\
         [permissions]\n'wiki.page:edit' = 'Edit'\n'wiki.page:read' = 'Read'\n'shop.cart:fill' = 'Fill'\n{more}\n\
         [[upstream.rule]]\npath = '/'\ntier = 'any'\n"
    );
    let address = upstream.address;
    let settings =
        settings.replace("UPSTREAM", &format!("host = 'wiki.example.test'\nurl = 'http://{address}'"));
    Setup::on(stack).with(&settings).start().await
}

async fn a_21_no_name_becomes_a_header_or_a_group(stack: Stack) {
    let name = "윤 지호, wiki-admin; 100%\u{85}";
    for (encoding, expected) in [
        ("percent", "%EC%9C%A4 %EC%A7%80%ED%98%B8, wiki-admin; 100%25".as_bytes()),
        ("utf-8", "윤 지호, wiki-admin; 100%".as_bytes()),
    ] {
        let wiki = Upstream::start().await;
        let more = format!("[headers]\nencoding = '{encoding}'\n[[upstream]]\nname = 'wiki'\nUPSTREAM");
        let gateway = forwarding(&stack, &wiki, &more).await;
        let person = gateway.standard(&format!("carol-{encoding}")).await;
        rename(&gateway, &person, name).await;
        let mut browser = gateway.signed_in(&person).await;
        browser.get(WIKI).await.is(200);
        let seen = wiki.last();
        let told: Vec<_> =
            seen.headers.get_all("remote-name").iter().map(http::HeaderValue::as_bytes).collect();
        assert_eq!(told, [expected], "{encoding}");
        assert_eq!(seen.only("remote-groups"), "");
        let [_, claims] = parts(seen.only("x-narthex-assertion"));
        assert_eq!(claims["name"], "윤 지호, wiki-admin; 100%");
        gateway.stop().await;
    }
}

async fn rename(gateway: &Gateway, person: &Person, name: &str) {
    let (user, name) = (&person.user, DisplayName::parse(name).unwrap());
    let mut tx = gateway.db.write().await.unwrap();
    users::set_profile(&mut tx, user.id, &user.username, &user.email, true, &name).await.unwrap();
    tx.commit().await.unwrap();
}

async fn an_application_is_told_what_was_chosen_for_it(stack: Stack) {
    let wiki = Upstream::start().await;
    let chosen = "[headers]\nassertion = 'X-App-Token'\n[[upstream]]\nname = 'wiki'\nUPSTREAM\n\
        roles = ['wiki-']\npermissions = ['wiki.']";
    let gateway = forwarding(&stack, &wiki, chosen).await;
    make_role(&gateway, "wiki-author", &["wiki.page:edit"], &[]).await;
    make_role(&gateway, "shop-clerk", &["shop.cart:fill"], &[]).await;
    let (carol, boss) = (gateway.standard("carol").await, gateway.superuser("boss").await);
    grant(&gateway, &carol, "shop.cart:fill").await;
    let mut admin = gateway.signed_in(&boss).await;
    for role in ["wiki-author", "shop-clerk"] {
        admin.post(&format!("/admin/roles/{role}/people"), &[("people", "carol")]).await.is(303);
    }
    let ask = || Ask::get(WIKI).header("x-app-token", "forged").header("X_App.Token", "forged");
    let told = async |browser: &mut Browser| {
        browser.send(ask()).await.is(200);
        assert!(!format!("{:?}", wiki.last().headers).contains("forged"));
        parts(wiki.last().only("x-app-token"))[1].clone()
    };
    let claims = told(&mut gateway.signed_in(&carol).await).await;
    assert_eq!(
        (&claims["roles"], &claims["permissions"]),
        (&json!(["wiki-author"]), &json!(["wiki.page:edit"]))
    );
    assert_eq!(wiki.last().only("remote-groups"), "wiki-author");
    let sid = claims["sid"].as_str().unwrap();
    let as_cookie =
        |name: &str, value: &str| Ask::get(WIKI).bare().header("cookie", &format!("{name}={value}"));
    for name in ["__Host-narthex", "__Secure-narthex"] {
        let refused = gateway.browser().send(as_cookie(name, sid)).await.is(303);
        assert!(refused.location().contains("/login?rd="), "{}", refused.location());
    }
    let claims = told(&mut admin).await;
    assert_eq!((&claims["tier"], &claims["roles"]), (&json!("superuser"), &json!([])));
    assert_eq!(
        claims["permissions"],
        json!(["wiki.page:edit", "wiki.page:read"]),
        "superusers hold all of them"
    );
    gateway.stop().await;

    let without = "[[upstream]]\nname = 'wiki'\nUPSTREAM\nassertion = false\nroles = []";
    let gateway = forwarding(&stack, &wiki, without).await;
    gateway.signed_in(&carol).await.get(WIKI).await.is(200);
    let seen = wiki.last();
    assert_eq!((seen.only("x-narthex-assertion"), seen.only("remote-groups")), ("", ""));
    assert_eq!(seen.only("remote-user"), "carol");
    gateway.stop().await;
}

#[test]
fn the_page_shows_the_lines_that_are_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("config/applications.md")).unwrap();
    let lines = fs::read_to_string(root.join("tests/verifiers/verify.rs")).unwrap();
    assert!(
        page.contains(&format!("```rust\n{lines}```\n")),
        "put tests/verifiers/verify.rs into the page as it is"
    );
}
