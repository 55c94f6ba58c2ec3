//! A provider says that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0): what is believed, and
//! which sessions end.
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use narthex::{
    domain::{
        audit::{Event, Origin},
        identity::Identity,
        secret::base64url,
        session::{Session, SessionToken},
    },
    store::identities,
};
use serde_json::{Value, json};

use crate::harness::{
    Ask, Browser, Gateway, Idp, Page, Stack, both_stacks,
    gateway::{Setup, sign_in, standing_clock},
    idp::{message, sign_as_stranger, sign_hs256},
};

both_stacks!(
    a_35_no_logout_token_but_a_right_one_ends_anything,
    a_35_what_is_no_logout_token_at_all_is_refused_alike,
    a_35_by_sub_all_of_the_persons_sessions_end,
    a_35_by_sub_a_sign_in_that_is_under_way_ends_too,
    a_35_with_sid_and_sub_only_that_session_ends,
    a_35_a_session_is_named_to_the_letter,
    a_35_a_key_that_was_changed_just_now_is_fetched,
    who_sends_too_much_rubbish_is_not_listened_to_for_a_while,
);

const SETTINGS: &str = "trusted_proxies = ['127.0.0.1']\n\
    [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\n[[upstream.rule]]\npath = '/'\ntier = 'any'\n";

async fn start(stack: &Stack) -> (Gateway, Idp) {
    let clock = standing_clock();
    let idp = Idp::start(&clock).await;
    let setup = Setup::on(stack).with(SETTINGS).with(&idp.config("corp", "")).clock(clock);
    (setup.provider_port(idp.port).start().await, idp)
}

/// Somebody signed in at the provider, in this session there.
async fn enter(gateway: &Gateway, idp: &Idp, name: &str, sid: Option<&str>) -> Browser {
    idp.is_employee(name, sid);
    let mut browser = gateway.browser();
    assert_eq!(browser.visit("/oidc/corp").await.is(200).url.path(), "/account");
    browser
}

/// Whether the gate lets this browser in.
async fn passes(browser: &mut Browser) -> bool {
    let ask = Ask::get("/verify").header("x-original-url", "http://wiki.example.test/page");
    let answer = browser.send(ask.header("x-original-method", "GET").header("accept", "*/*")).await;
    assert!(matches!(answer.status.as_u16(), 200 | 401), "{}", answer.status);
    answer.status == 200
}

/// What a provider sends: a form, with nothing that a browser sends beside it.
fn form(token: &str) -> Ask {
    Ask::post("/oidc/corp/backchannel-logout", &[("logout_token", token)]).bare()
}

async fn send(gateway: &Gateway, token: &str) -> Page {
    let page = gateway.browser().send(form(token)).await;
    assert_eq!(page.header("cache-control"), "no-store");
    page
}

/// Claims or header of a right token, and what is changed of it.
type Change = fn(&mut Value, &mut Value);

/// Everything that may be wrong with a token that the provider's own key has signed.
const WRONG: [(&str, Change); 29] = [
    ("iss missing", |_, claims| drop_it(claims, "iss")),
    ("iss of another", |_, claims| claims["iss"] = json!("http://127.0.0.1:1")),
    ("iss with a slash", |_, claims| claims["iss"] = json!(format!("{}/", claims["iss"].as_str().unwrap()))),
    ("aud missing", |_, claims| drop_it(claims, "aud")),
    ("aud of another", |_, claims| claims["aud"] = json!("other")),
    ("aud of another, too", |_, claims| claims["aud"] = json!(["narthex", "other"])),
    ("aud empty", |_, claims| claims["aud"] = json!([])),
    ("iat missing", |_, claims| drop_it(claims, "iat")),
    ("iat no number", |_, claims| claims["iat"] = json!("now")),
    ("iat in the future", |_, claims| claims["iat"] = json!(seconds(claims, "iat") + 120)),
    ("iat long ago", |_, claims| {
        claims["iat"] = json!(seconds(claims, "iat") - 400);
        claims["exp"] = json!(seconds(claims, "exp") + 86_400);
    }),
    ("exp missing", |_, claims| drop_it(claims, "exp")),
    ("exp over", |_, claims| claims["exp"] = json!(seconds(claims, "iat") - 61)),
    ("nbf in the future", |_, claims| claims["nbf"] = json!(seconds(claims, "iat") + 120)),
    ("events missing", |_, claims| drop_it(claims, "events")),
    ("events empty", |_, claims| claims["events"] = json!({})),
    ("another event", |_, claims| claims["events"] = json!({ "http://schemas.openid.net/event/other": {} })),
    ("an event that is no object", |_, claims| claims["events"][EVENT] = json!(true)),
    ("events that are a list", |_, claims| claims["events"] = json!([EVENT])),
    ("a nonce", |_, claims| claims["nonce"] = json!("n")),
    ("a nonce that is nothing", |_, claims| claims["nonce"] = Value::Null),
    ("neither sid nor sub", |_, claims| drop_it(claims, "sid")),
    ("sid empty", |_, claims| claims["sid"] = json!("")),
    ("sid no text", |_, claims| claims["sid"] = json!(1)),
    ("sub no text", |_, claims| claims["sub"] = json!(["subject-of-emma"])),
    ("jti missing", |_, claims| drop_it(claims, "jti")),
    ("jti empty", |_, claims| claims["jti"] = json!("")),
    ("typ of an access token", |header, _| header["typ"] = json!("at+jwt")),
    ("crit", |header, _| header["crit"] = json!(["exp"])),
];

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn drop_it(claims: &mut Value, name: &str) {
    claims.as_object_mut().unwrap().remove(name);
}

fn seconds(claims: &Value, name: &str) -> i64 {
    claims[name].as_i64().unwrap()
}

async fn a_35_no_logout_token_but_a_right_one_ends_anything(stack: Stack) {
    let (gateway, idp) = start(&stack).await;
    let mut emma = enter(&gateway, &idp, "emma", Some("one")).await;
    let mut noah = enter(&gateway, &idp, "noah", Some("two")).await;
    let right = || (idp.header("logout+jwt"), idp.logout_claims(&json!({ "sid": "one" })));

    for (what, change) in WRONG {
        let (mut header, mut claims) = right();
        change(&mut header, &mut claims);
        let page = send(&gateway, &idp.sign(&header, &claims)).await;
        assert_eq!(page.status, 400, "{what}");
        assert!(passes(&mut emma).await, "{what}");
    }
    // What another hand has signed, or none.
    let (header, claims) = right();
    let with = |alg: &str| json!({ "alg": alg, "kid": "one", "typ": "logout+jwt" });
    let signed = idp.sign(&header, &claims);
    let (head, _) = signed.rsplit_once('.').unwrap();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(&[9; 32]) });
    let mut carried = header.clone();
    carried["jwk"] = jwk;
    for (what, token) in [
        ("alg none", format!("{}.", message(&with("none"), &claims))),
        ("alg none with a signature", idp.sign(&with("none"), &claims)),
        ("HS256 by the client secret", sign_hs256(b"secret", &with("HS256"), &claims)),
        ("HS256 by the public key", sign_hs256(&idp.public_key(), &with("HS256"), &claims)),
        ("an algorithm that is not allowed", idp.sign(&with("RS512"), &claims)),
        ("an algorithm of another key", idp.sign(&with("RS256"), &claims)),
        ("an algorithm in other letters", idp.sign(&with("eddsa"), &claims)),
        ("no algorithm", idp.sign(&json!({ "kid": "one" }), &claims)),
        ("another's key", sign_as_stranger(&header, &claims)),
        ("another's key that it brings along", sign_as_stranger(&carried, &claims)),
        ("a kid that nobody has", idp.sign(&json!({ "alg": "EdDSA", "kid": "none" }), &claims)),
        ("no signature", format!("{head}.")),
        ("half a signature", signed[..signed.len() - 20].to_owned()),
        (
            "other claims",
            signed.replace(
                &message(&header, &claims),
                &message(&header, &idp.logout_claims(&json!({ "sid": "one" }))),
            ),
        ),
    ] {
        assert_eq!(send(&gateway, &token).await.status, 400, "{what}");
        assert!(passes(&mut emma).await, "{what}");
    }

    // One that is right, and right once.
    let page = send(&gateway, &signed).await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, ""));
    assert!(!passes(&mut emma).await && passes(&mut noah).await);
    emma.get("/account").await.is(303);
    assert_eq!(send(&gateway, &signed).await.status, 400, "a second time");
    let mut again = enter(&gateway, &idp, "emma", Some("three")).await;
    assert_eq!(send(&gateway, &signed).await.status, 400);
    assert!(passes(&mut again).await);
    let user = gateway.by_email("emma@corp.example").await.unwrap();
    let events = gateway.events().await;
    let ended: Vec<_> = events.iter().filter(|entry| entry.event == Event::SessionEnded).collect();
    assert_eq!(ended.len(), 1, "only what ended");
    assert_eq!(ended[0].target.as_ref().unwrap().id, user.id);
    assert_eq!(ended[0].detail.as_deref(), Some("provider_logout"));
    // Other ways to write a right one.
    for (header, more) in [
        (json!({ "alg": "EdDSA" }), json!({ "sid": "three", "aud": ["narthex"] })),
        (idp.header("JWT"), json!({ "sid": "nobody has it" })),
        (idp.header("application/LOGOUT+JWT"), json!({ "sub": "nobody is it", "extra": [1] })),
    ] {
        let claims = idp.logout_claims(&more);
        assert_eq!(send(&gateway, &idp.sign(&header, &claims)).await.status, 200, "{header} {more}");
    }
    assert!(!passes(&mut again).await && passes(&mut noah).await);
    gateway.stop().await;
}

async fn a_35_what_is_no_logout_token_at_all_is_refused_alike(stack: Stack) {
    let (gateway, idp) = start(&stack).await;
    let mut emma = enter(&gateway, &idp, "emma", Some("one")).await;
    let claims = idp.logout_claims(&json!({ "sid": "one" }));
    let good = idp.sign(&idp.header("logout+jwt"), &claims);
    let path = "/oidc/corp/backchannel-logout";
    let kind = "application/x-www-form-urlencoded";
    let plain = |body: String| Ask::new("POST", path).bare().header("content-type", kind).body(body);
    let large = format!("logout_token={good}&x={}", "x".repeat(70_000));
    for (what, ask) in [
        ("nothing", plain(String::new())),
        ("no token", plain("logout_token=".into())),
        ("words", plain("logout_token=a.b.c".into())),
        ("one part", plain("logout_token=abc".into())),
        ("five parts", plain("logout_token=a.b.c.d.e".into())),
        ("two of them", plain(format!("logout_token={good}&logout_token={good}"))),
        ("in the address", Ask::new("POST", &format!("{path}?logout_token={good}")).bare()),
        (
            "JSON",
            plain(json!({ "logout_token": good }).to_string()).header("content-type", "application/json"),
        ),
        ("JSON that calls itself a form", plain(json!({ "logout_token": good }).to_string())),
        ("too large", plain(large)),
        ("another provider", form(&good).to("/oidc/none/backchannel-logout")),
        ("a provider that is no text", form(&good).to("/oidc/%ff/backchannel-logout")),
    ] {
        let page = gateway.browser().send(ask).await;
        assert_eq!(page.status, 400, "{what}");
        assert_eq!(page.header("cache-control"), "no-store", "{what}");
        assert!(passes(&mut emma).await, "{what}");
    }
    gateway.browser().get(path).await.is(405);
    // Cookies and a foreign origin, which would end the matter anywhere else, are nothing to this route.
    let page = emma.send(form(&good).header("origin", "https://idp.example.com")).await;
    assert_eq!(page.status, 200);
    assert!(!passes(&mut emma).await);
    gateway.stop().await;
}

async fn a_35_by_sub_all_of_the_persons_sessions_end(stack: Stack) {
    let clock = standing_clock();
    let (idp, other) = (Idp::start(&clock).await, Idp::start(&clock).await);
    let setup = Setup::on(&stack).with(SETTINGS).with(&idp.config("corp", ""));
    let setup = setup.with(&other.config("other", "")).clock(clock);
    let gateway = setup.provider_port(idp.port).provider_port(other.port).start().await;
    // Somebody with a password, and with an identity at the provider.
    let carol = gateway.standard("carol").await;
    let carols =
        json!({ "sub": "subject-of-carol", "email": carol.email(), "email_verified": true, "sid": "c" });
    let mut tx = gateway.db.write().await.unwrap();
    let issuer = gateway.running.app.config.providers[0].issuer.clone();
    let identity = Identity { issuer, subject: "subject-of-carol".to_owned() };
    identities::link(&mut tx, &identity, carol.user.id, "corp", gateway.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    idp.is(carols);
    let mut by_provider = gateway.browser();
    by_provider.visit("/oidc/corp").await.is(200);
    let mut by_password = gateway.signed_in(&carol).await;
    let mut laptop = enter(&gateway, &idp, "emma", Some("one")).await;
    let mut phone = enter(&gateway, &idp, "emma", None).await;
    // Who has the same name elsewhere is somebody else.
    let homonym = json!({ "sub": "subject-of-emma", "email": "emma@other.example", "email_verified": true });
    other.is(homonym);
    let mut elsewhere = gateway.browser();
    elsewhere.visit("/oidc/other").await.is(200);

    let say = async |sub: &str| {
        let claims = idp.logout_claims(&json!({ "sub": sub }));
        send(&gateway, &idp.sign(&idp.header("logout+jwt"), &claims)).await.is(200)
    };
    say("subject-of-emma").await;
    assert!(!passes(&mut laptop).await && !passes(&mut phone).await);
    assert!(passes(&mut elsewhere).await && passes(&mut by_provider).await && passes(&mut by_password).await);
    say("subject-of-carol").await;
    assert!(!passes(&mut by_provider).await);
    assert!(!passes(&mut by_password).await, "all of her sessions end, whatever they began with");
    let user = gateway.by_email("emma@corp.example").await.unwrap();
    assert_eq!(gateway.count_events(Event::SessionEnded, Some(&user)).await, 1);
    // Signing in again is nobody's business but hers.
    assert!(passes(&mut enter(&gateway, &idp, "emma", Some("four")).await).await);
    sign_in(&mut gateway.browser(), carol.username(), &carol.password).await.is(303);
    gateway.stop().await;
}

async fn a_35_by_sub_a_sign_in_that_is_under_way_ends_too(stack: Stack) {
    let (gateway, idp) = start(&stack).await;
    let before = enter(&gateway, &idp, "emma", Some("one")).await;
    // The sign-in has read the account; its session begins only after the provider has spoken.
    let user = gateway.by_email("emma@corp.example").await.unwrap();
    let claims = idp.logout_claims(&json!({ "sub": "subject-of-emma" }));
    send(&gateway, &idp.sign(&idp.header("logout+jwt"), &claims)).await.is(200);
    let (app, token) = (&gateway.running.app, SessionToken::generate());
    let origin = Origin::default();
    let session = Session::begin(&token, &user, Some(("corp", None)), &origin, gateway.clock.now());
    app.sessions.insert(token.id.digest(), &session, &app.settings().lifetimes).await.unwrap();
    let mut late = before.copy();
    late.change_cookies(|jar| {
        for cookie in app.cookies.set(&token) {
            jar.take(&gateway.public, cookie.to_str().unwrap());
        }
    });
    assert!(!passes(&mut late).await);
    late.get("/account").await.is(303);
    // One that reads the account afterwards stands.
    assert!(passes(&mut enter(&gateway, &idp, "emma", None).await).await);
    gateway.stop().await;
}

async fn a_35_with_sid_and_sub_only_that_session_ends(stack: Stack) {
    let (gateway, idp) = start(&stack).await;
    let mut one = enter(&gateway, &idp, "emma", Some("one")).await;
    let mut two = enter(&gateway, &idp, "emma", Some("two")).await;
    let mut nameless = enter(&gateway, &idp, "emma", None).await;
    let mut noah = enter(&gateway, &idp, "noah", None).await;
    let claims = idp.logout_claims(&json!({ "sid": "one", "sub": "subject-of-emma" }));
    send(&gateway, &idp.sign(&idp.header("logout+jwt"), &claims)).await.is(200);
    assert!(!passes(&mut one).await && passes(&mut two).await && passes(&mut noah).await);
    assert!(!passes(&mut nameless).await, "it may be that one: the provider never named it");
    // A sign-in that is under way while its session ends there comes too late.
    let claims = idp.logout_claims(&json!({ "sid": "late" }));
    send(&gateway, &idp.sign(&idp.header("logout+jwt"), &claims)).await.is(200);
    idp.is_employee("emma", Some("late"));
    let mut late = gateway.browser();
    let page = late.visit("/oidc/corp").await;
    assert_eq!(page.url.path(), "/login", "{}", page.text());
    assert!(!passes(&mut late).await);
    gateway.stop().await;
}

async fn a_35_a_session_is_named_to_the_letter(stack: Stack) {
    let (gateway, idp) = start(&stack).await;
    let names = ["one", " one", "one\u{a0}", "  ", "ONE"];
    let mut browsers = vec![];
    for name in names {
        browsers.push(enter(&gateway, &idp, "emma", Some(name)).await);
    }
    for (ended, name) in names.into_iter().enumerate() {
        let claims = idp.logout_claims(&json!({ "sid": name }));
        send(&gateway, &idp.sign(&idp.header("logout+jwt"), &claims)).await.is(200);
        for (index, browser) in browsers.iter_mut().enumerate() {
            assert_eq!(passes(browser).await, index > ended, "{name:?} has ended: {:?}", names[index]);
        }
    }
    gateway.stop().await;
}

async fn a_35_a_key_that_was_changed_just_now_is_fetched(stack: Stack) {
    let (gateway, idp) = start(&stack).await;
    let mut emma = enter(&gateway, &idp, "emma", Some("one")).await;
    idp.changes_key("two");
    let claims = idp.logout_claims(&json!({ "sid": "one" }));
    send(&gateway, &idp.sign(&idp.header("logout+jwt"), &claims)).await.is(200);
    assert!(!passes(&mut emma).await);
    gateway.stop().await;
}

async fn who_sends_too_much_rubbish_is_not_listened_to_for_a_while(stack: Stack) {
    let (gateway, idp) = start(&stack).await;
    let mut emma = enter(&gateway, &idp, "emma", Some("one")).await;
    let token = || idp.sign(&idp.header("logout+jwt"), &idp.logout_claims(&json!({ "sid": "one" })));
    let rubbish = sign_as_stranger(&idp.header("logout+jwt"), &json!({ "iss": "x" }));
    for _ in 0..300 {
        send(&gateway, &rubbish).await.is(400);
    }
    // A good one is a good one, whoever sent what beside it.
    let good = token();
    send(&gateway, &good).await.is(200);
    assert!(!passes(&mut emma).await);
    send(&gateway, &rubbish).await.is(400);
    send(&gateway, &good).await.is(400);
    // But nobody looks for the keys of what may be rubbish.
    idp.changes_key("two");
    gateway.later(Duration::from_secs(10));
    send(&gateway, &token()).await.is(400);
    let page = gateway.browser().at_address("127.0.0.2").send(form(&token())).await;
    assert_eq!(page.status, 200, "another address is not to blame");
    send(&gateway, &token()).await.is(200);
    gateway.stop().await;
}

/// What the gateway writes to its log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// On one thread, which is the only one whose log is kept.
#[tokio::test]
async fn strangers_do_not_fill_the_log_where_nothing_is_shared() {
    strangers_do_not_fill_the_log(Stack::embedded()).await;
}

#[tokio::test]
async fn strangers_do_not_fill_the_log_with_servers() {
    strangers_do_not_fill_the_log(Stack::servers().await).await;
}

async fn strangers_do_not_fill_the_log(stack: Stack) {
    let (gateway, _idp) = start(&stack).await;
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_ansi(false);
    let _kept = tracing::subscriber::set_default(log.with_writer(move || writer.clone()).finish());
    let refused = || {
        let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(log.lines().all(|line| line.len() < 1000) && !log.contains("nobody"), "{log}");
        log.matches("a back-channel logout was refused").count()
    };
    let long = format!("/oidc/nobody{}/backchannel-logout", "x".repeat(3000));
    for path in ["/oidc/nobody/backchannel-logout", &long] {
        assert_eq!(gateway.browser().send(form("x").to(path)).await.status, 400);
    }
    assert_eq!(refused(), 0, "whoever asks for nothing that is there");
    for _ in 0..400 {
        send(&gateway, "nobody.x.y").await.is(400);
    }
    assert_eq!(refused(), 298, "until it was enough from there");
    gateway.stop().await;
}

/// With what is remembered for a second, as by default.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_35_on_every_instance_within_a_second_and_on_all_of_them_once() {
    let stack = Stack::servers().await;
    let clock = standing_clock();
    let idp = Idp::start(&clock).await;
    let public = "public_url = 'http://127.0.0.1:9'\n";
    let setup = || {
        let setup = Setup::on(&stack).with(&format!("{public}{SETTINGS}")).with(&idp.config("corp", ""));
        setup.clock(clock.clone()).provider_port(idp.port)
    };
    let (a, b) = (setup().start().await, setup().start().await);
    let mut emma = enter(&a, &idp, "emma", Some("one")).await;
    let mut noah = enter(&a, &idp, "noah", Some("two")).await;
    let at_b = |browser: &Browser| {
        let moved = b.browser();
        moved.change_cookies(|jar| *jar = browser.cookies());
        moved
    };
    let (mut emma_b, mut noah_b) = (at_b(&emma), at_b(&noah));
    assert!(passes(&mut emma).await && passes(&mut emma_b).await && passes(&mut noah_b).await);
    let claims = idp.logout_claims(&json!({ "sid": "one" }));
    let token = idp.sign(&idp.header("logout+jwt"), &claims);
    // Twenty at once, at both: it is acted upon once.
    let mut sending = tokio::task::JoinSet::new();
    for number in 0..20 {
        let mut browser = if number % 2 == 0 { a.browser() } else { b.browser() };
        let ask = form(&token);
        sending.spawn(async move { browser.send(ask).await.status.as_u16() });
    }
    let mut answers = sending.join_all().await;
    answers.sort_unstable();
    assert_eq!((answers[0], &answers[1..]), (200, &[400; 19][..]));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!passes(&mut emma).await && !passes(&mut emma_b).await);
    assert!(passes(&mut noah).await && passes(&mut noah_b).await);
    a.stop().await;
    b.stop().await;
}
