//! A provider that cheats: every row of [`crate::hostile`] against the whole gateway. Each ends on its page, with its
//! word in the audit log, with nothing created; and the next honest sign-in works.
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use narthex::domain::audit::Event;
use serde_json::json;

use crate::{
    harness::{
        Ask, Browser, Gateway, Page, Stack, both_stacks, free_port,
        gateway::{Setup, standing_clock},
    },
    hostile::{CLIENT, Ends, Hostile, Row, SECRET, Tricks, Wire, accepted, group},
};

both_stacks!(
    a_25_id_tokens_with_wrong_claims_let_nobody_in,
    a_25_id_tokens_with_wrong_signatures_let_nobody_in,
    a_25_wrong_token_answers_let_nobody_in,
    a_25_wrong_answers_by_the_browser_let_nobody_in,
    a_25_wrong_userinfo_lets_nobody_in,
    a_25_wrong_metadata_and_keys_let_nobody_in,
    a_25_whatever_is_posted_is_checked_as_well,
    a_26_an_answer_without_its_own_state_is_refused,
    a_28_a_stolen_code_is_of_no_use,
    a_31_what_a_provider_says_of_an_error_is_never_repeated,
    a_32_a_33_answers_that_are_none_let_nobody_in,
    a_32_providers_that_are_slow_are_given_up_and_work_again,
    a_34_twenty_unknown_keys_are_looked_for_once_and_a_new_one_is_found,
    a_38_honest_providers_let_people_in_and_no_address_is_asked,
    a_39_a_token_of_a_provider_opens_nothing_here,
    f_16_thirty_sign_ins_that_hang_are_not_felt_elsewhere,
    f_17_a_provider_that_was_down_at_the_start_is_used_when_it_is_up,
);

/// So much later nothing counts that was discovered before.
const NEXT_DAY: Duration = Duration::from_secs(25 * 3600);

/// A gateway on a clock of ours, and the one provider that it knows.
struct Stage {
    gateway: Gateway,
    hostile: Hostile,
}

impl Stage {
    async fn set(stack: &Stack, more: &str) -> Self {
        let hostile = Hostile::start().await;
        let clock = standing_clock();
        hostile.plays(hostile.honest(clock.now().seconds()));
        let setup = knowing(Setup::on(stack), &hostile, "corp", more).clock(clock);
        let gateway = setup.start().await;
        gateway.superuser("boss").await;
        let stage = Self { gateway, hostile };
        stage.enters(&mut stage.gateway.browser()).await;
        stage
    }

    /// Tomorrow the provider does this. It is told first, because it is asked in the background too.
    fn next_day(&self, spoil: impl FnOnce(&mut Tricks)) {
        let tomorrow = self.gateway.clock.now() + NEXT_DAY;
        let mut tricks = self.hostile.honest(tomorrow.seconds());
        spoil(&mut tricks);
        self.hostile.plays(tricks);
        self.gateway.later(NEXT_DAY);
    }

    /// An honest sign-in, by the same person each time.
    async fn enters(&self, browser: &mut Browser) {
        let page = go(browser, "corp").await.is(200);
        assert_eq!(page.url.path(), "/account", "{}", page.text());
        let mina = self.gateway.by_email("mina.park@corp.example").await.unwrap();
        assert_eq!((mina.username.as_str(), self.gateway.accounts().await), ("mina.park", 2));
    }

    async fn plays_all(&self, kind: &str) {
        let mut faults = vec![];
        for row in group(kind) {
            let fault = self.fault(kind, &row).await;
            faults.extend(fault.into_iter().map(|fault| format!("{} ({}): {fault}", row.name, row.guard)));
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert!(self.hostile.strays().is_empty(), "{:?}", self.hostile.strays());
    }

    /// What is not as it should be, of this row and of the honest sign-in after it.
    async fn fault(&self, kind: &str, row: &Row) -> Vec<String> {
        let (mut faults, before) = (vec![], self.failures().await);
        self.next_day(|tricks| (row.spoil)(tricks));
        let mut browser = self.gateway.browser();
        let page = go(&mut browser, "corp").await;
        let (status, word) = expected(row.ends);
        if page.status != status || !page.body.contains("<h1") {
            faults.push(format!("{} instead of {status}: {}", page.status, page.text()));
        }
        // Before anybody has come back there is no sign-in that could have failed.
        let early = kind == "discovery" || row.name.starts_with("metadata:") || row.name.starts_with("keys:");
        if page.url.path().ends_with("/callback") == early {
            faults.push(format!("ended at {}", page.url.path()));
        }
        let words = self.failures().await.split_off(before.len());
        if words != if early { vec![] } else { vec![word] } {
            faults.push(format!("the audit log says {words:?} instead of {word}"));
        }
        if browser.cookies().find("narthex").is_some() || self.gateway.accounts().await != 2 {
            faults.push("somebody came in".to_owned());
        }
        browser.get("/account").await.is(303);
        self.next_day(|_| {});
        self.enters(&mut self.gateway.browser()).await;
        faults
    }

    /// The words for what failed so far.
    async fn failures(&self) -> Vec<String> {
        let failed =
            self.gateway.events().await.into_iter().filter(|entry| entry.event == Event::LoginFailed);
        failed.map(|entry| entry.detail.unwrap_or_default()).collect()
    }

    async fn end(self) {
        self.gateway.stop().await;
    }
}

/// With a provider of this name.
fn knowing(setup: Setup, hostile: &Hostile, name: &str, more: &str) -> Setup {
    let issuer = &hostile.issuer;
    let port = issuer.rsplit(':').next().unwrap().parse().unwrap();
    let section = format!(
        "[[provider]]\nname = '{name}'\nissuer = '{issuer}'\nclient_id = '{CLIENT}'\nclient_secret = '{SECRET}'\n{more}\n"
    );
    setup.with(&section).provider_port(port)
}

/// From the button to where it ends; a form that the provider shows is sent as its page would.
async fn go(browser: &mut Browser, provider: &str) -> Page {
    let page = browser.visit(&format!("/oidc/{provider}")).await;
    let posted = page.forms().into_iter().find(|form| form.action.ends_with("/callback"));
    let Some(form) = posted else { return page };
    let page = browser.submit(&form).await;
    browser.follow(page).await
}

const fn expected(ends: Ends) -> (u16, &'static str) {
    match ends {
        Ends::BadAnswer => (400, "bad_answer"),
        Ends::Unavailable => (502, "provider_unavailable"),
        Ends::Misconfigured => (502, "misconfigured"),
        Ends::Denied => (403, "denied_by_provider"),
    }
}

async fn a_25_id_tokens_with_wrong_claims_let_nobody_in(stack: Stack) {
    let stage = Stage::set(&stack, "").await;
    stage.plays_all("id token").await;
    stage.end().await;
}

async fn a_25_id_tokens_with_wrong_signatures_let_nobody_in(stack: Stack) {
    let stage = Stage::set(&stack, "").await;
    stage.plays_all("signature").await;
    stage.end().await;
}

async fn a_25_wrong_token_answers_let_nobody_in(stack: Stack) {
    let stage = Stage::set(&stack, "").await;
    stage.plays_all("response").await;
    stage.end().await;
}

async fn a_25_wrong_answers_by_the_browser_let_nobody_in(stack: Stack) {
    let stage = Stage::set(&stack, "").await;
    stage.plays_all("browser").await;
    stage.end().await;
}

async fn a_25_wrong_userinfo_lets_nobody_in(stack: Stack) {
    let stage = Stage::set(&stack, "").await;
    stage.plays_all("userinfo").await;
    stage.end().await;
}

async fn a_25_wrong_metadata_and_keys_let_nobody_in(stack: Stack) {
    let stage = Stage::set(&stack, "").await;
    stage.plays_all("discovery").await;
    stage.end().await;
}

async fn a_32_a_33_answers_that_are_none_let_nobody_in(stack: Stack) {
    let stage = Stage::set(&stack, "").await;
    stage.plays_all("transport").await;
    stage.end().await;
}

/// The rows of the Form Post plan are those of the Basic plan.
async fn a_25_whatever_is_posted_is_checked_as_well(stack: Stack) {
    let stage = Stage::set(&stack, "response_mode = 'form_post'").await;
    let endless = stage.hostile.asked("/authorize").pop().unwrap();
    assert_eq!(endless.fields["response_mode"], "form_post");
    let mut faults = vec![];
    for kind in ["id token", "signature", "browser", "userinfo"] {
        // What is too long to be sent on ends before it comes back.
        for row in group(kind).into_iter().filter(|row| row.name != "endless code") {
            let fault = stage.fault(kind, &row).await;
            faults.extend(fault.into_iter().map(|fault| format!("{}: {fault}", row.name)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let long = "x".repeat(4097);
    let mut browser = stage.gateway.browser();
    browser.post("/oidc/corp/callback", &[("state", "s"), ("code", &long)]).await.is(400);
    stage.end().await;
}

/// And one that was begun at another provider: the second line against mix-up (RFC 9700 §4.4).
async fn a_26_an_answer_without_its_own_state_is_refused(stack: Stack) {
    let (one, two) = (Hostile::start().await, Hostile::start().await);
    let setup = knowing(knowing(Setup::on(&stack), &one, "corp", ""), &two, "two", "");
    for hostile in [&one, &two] {
        hostile.plays(hostile.honest(narthex::clock::Clock::System.now().seconds()));
    }
    let gateway = setup.start().await;
    let mut browser = gateway.browser();
    let back = coming_back(&mut browser).await;
    let state = back.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let query = back.query().unwrap();
    let first = if state.starts_with('A') { "B" } else { "A" };
    let other_state = query.replace(&state, &format!("{first}{}", &state[1..]));
    let without = query.replace(&format!("state={state}"), "state=");
    let twice = format!("{query}&state=x");
    for spoilt in [&other_state, &without, &twice] {
        assert_ne!(spoilt, query);
        browser.get(&format!("/oidc/corp/callback?{spoilt}")).await.is(400);
    }
    browser.get(&format!("/oidc/two/callback?{query}")).await.is(400);
    assert!(one.asked("/token").is_empty() && two.asked("/token").is_empty(), "no code was redeemed");
    browser.get("/account").await.is(303);
    assert_eq!(gateway.accounts().await, 0);
    // It is still good where it belongs.
    browser.visit(back.as_str()).await.is(200);
    gateway.stop().await;
}

async fn a_28_a_stolen_code_is_of_no_use(stack: Stack) {
    let stage = Stage::set(&stack, "").await;
    for pkce in [true, false] {
        let mut tricks = stage.hostile.honest(stage.gateway.clock.now().seconds());
        tricks.pkce = pkce;
        stage.hostile.plays(tricks);
        let (victims, mut attacker) = (stage.gateway.browser(), stage.gateway.browser());
        let stolen = coming_back(&mut victims.copy()).await;
        let own = coming_back(&mut attacker).await;
        let code = |url: &url::Url| {
            url.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned()).unwrap()
        };
        let mixed = own.as_str().replace(&code(&own), &code(&stolen));
        attacker.get(&mixed).await.is(400);
        attacker.get("/account").await.is(303);
    }
    assert_eq!(stage.failures().await, ["bad_answer", "bad_answer"]);
    stage.end().await;
}

/// The address by which a browser comes back, before it does.
async fn coming_back(browser: &mut Browser) -> url::Url {
    let there = browser.get("/oidc/corp").await.is(303);
    let back = browser.get(there.location()).await.is(303);
    back.location().parse().unwrap()
}

async fn a_31_what_a_provider_says_of_an_error_is_never_repeated(stack: Stack) {
    let stage = Stage::set(&stack, "").await;
    let mut tricks = stage.hostile.honest(stage.gateway.clock.now().seconds());
    tricks.answer = json!({
        "state": "$state", "iss": tricks.issuer, "error": "<script>alert(1)</script>",
        "error_description": "<img src=x onerror=alert(2)>", "error_uri": "javascript:alert(3)",
    });
    stage.hostile.plays(tricks);
    let page = go(&mut stage.gateway.browser(), "corp").await.is(403);
    for said in ["alert", "onerror", "javascript:"] {
        assert!(!page.body.contains(said), "{}", page.body);
    }
    assert!(page.links().iter().any(|link| link.starts_with("/oidc/corp")), "a way on");
    stage.end().await;
}

async fn a_32_providers_that_are_slow_are_given_up_and_work_again(stack: Stack) {
    let (rows, clock) = (group("slow"), standing_clock());
    let mut setup = Setup::on(&stack).clock(clock.clone());
    let mut hostiles = vec![];
    for (at, row) in rows.iter().enumerate() {
        let hostile = Hostile::start().await;
        let mut tricks = hostile.honest(clock.now().seconds());
        (row.spoil)(&mut tricks);
        // The same person comes from each of them.
        (tricks.claims["email"], tricks.userinfo["email"]) =
            (json!(null), json!(format!("mina{at}@corp.example")));
        hostile.plays(tricks);
        setup = knowing(setup, &hostile, &format!("p{at}"), "");
        hostiles.push(hostile);
    }
    let gateway = setup.start().await;
    gateway.superuser("boss").await;
    let began = Instant::now();
    let visits = rows.iter().enumerate().map(async |(at, row)| {
        let mut browser = gateway.browser();
        let page = go(&mut browser, &format!("p{at}")).await;
        assert_eq!(page.status, 502, "{}: {}", row.name, page.text());
        browser.get("/account").await.is(303);
    });
    join_all(visits).await;
    assert!(
        began.elapsed() < Duration::from_secs(25),
        "they wait for nobody but their own: {:?}",
        began.elapsed()
    );
    assert_eq!(gateway.accounts().await, 1);

    let tomorrow = clock.now() + NEXT_DAY;
    for (at, hostile) in hostiles.iter().enumerate() {
        let mut tricks = hostile.honest(tomorrow.seconds());
        tricks.claims["email"] = json!(format!("mina{at}@corp.example"));
        hostile.plays(tricks);
    }
    gateway.later(NEXT_DAY);
    // What hung in the background meanwhile may not have been given up yet.
    for at in 0..rows.len() {
        let mut browser = gateway.browser();
        let mut page = go(&mut browser, &format!("p{at}")).await;
        if page.status == 502 {
            gateway.later(Duration::from_secs(5));
            page = go(&mut browser, &format!("p{at}")).await;
        }
        assert_eq!((page.status.as_u16(), page.url.path()), (200, "/account"), "p{at}: {}", page.text());
    }
    assert_eq!(gateway.accounts().await, 1 + i64::try_from(rows.len()).unwrap());
    gateway.stop().await;
}

async fn a_34_twenty_unknown_keys_are_looked_for_once_and_a_new_one_is_found(stack: Stack) {
    let stage = Stage::set(&stack, "").await;
    let before = stage.hostile.asked("/jwks").len();
    let now = stage.gateway.clock.now().seconds();
    for at in 0..20 {
        let mut tricks = stage.hostile.honest(now);
        tricks.header["kid"] = json!(format!("unknown-{at}"));
        stage.hostile.plays(tricks);
        go(&mut stage.gateway.browser(), "corp").await.is(400);
    }
    assert_eq!(stage.hostile.asked("/jwks").len() - before, 1);
    stage.gateway.later(Duration::from_secs(11));
    let mut tricks = stage.hostile.honest(now);
    tricks.has_key(crate::hostile::Key::ed25519("new"));
    stage.hostile.plays(tricks);
    stage.enters(&mut stage.gateway.browser()).await;
    stage.end().await;
}

async fn a_38_honest_providers_let_people_in_and_no_address_is_asked(stack: Stack) {
    let stage = Stage::set(&stack, "").await;
    for (_, change) in accepted() {
        stage.next_day(change);
        stage.enters(&mut stage.gateway.browser()).await;
    }
    assert!(stage.hostile.strays().is_empty(), "{:?}", stage.hostile.strays());
    let asked = stage.hostile.asked("/userinfo");
    assert!(asked.iter().all(|asked| asked.authorization.as_deref() == Some("Bearer an-access-token")));
    stage.end().await;
}

async fn a_39_a_token_of_a_provider_opens_nothing_here(stack: Stack) {
    let stage = Stage::set(&stack, "").await;
    let now = stage.gateway.clock.now().seconds();
    for audience in [CLIENT, "another-client", stage.gateway.public.as_str()] {
        let mut tricks = stage.hostile.honest(now);
        tricks.claims["aud"] = json!(audience);
        for token in [&*tricks.key.sign(&tricks.header, &tricks.claims), "an-access-token"] {
            let bearer = Ask::get("/account").json().header("authorization", &format!("Bearer {token}"));
            stage.gateway.browser().send(bearer).await.is(401);
            for cookie in [
                format!("narthex={token}"),
                format!("narthex-gate={token}"),
                format!("narthex={token}.{token}"),
            ] {
                stage
                    .gateway
                    .browser()
                    .send(Ask::get("/account").json().header("cookie", &cookie))
                    .await
                    .is(401);
            }
            let path = format!("/oidc/corp/callback?id_token={token}&access_token={token}&state={token}");
            stage.gateway.browser().get(&path).await.is(400);
        }
    }
    stage.end().await;
}

async fn f_16_thirty_sign_ins_that_hang_are_not_felt_elsewhere(stack: Stack) {
    const WIKI: &str = "http://wiki.example.test/page";
    let hostile = Hostile::start().await;
    let now = || narthex::clock::Clock::System.now().seconds();
    hostile.plays(hostile.honest(now()));
    let setup = Setup::on(&stack).with(
        "trusted_proxies = ['127.0.0.1']\n[[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\n\
         [[upstream.rule]]\npath = '/'\ntier = 'any'",
    );
    let gateway = knowing(setup, &hostile, "corp", "").start().await;
    let boss = gateway.superuser("boss").await;
    let mut browser = gateway.signed_in(&boss).await;
    let mut employee = gateway.browser();
    go(&mut employee, "corp").await.is(200);

    let mut callbacks = vec![];
    for _ in 0..30 {
        let mut browser = gateway.browser();
        let back = coming_back(&mut browser).await;
        callbacks.push((browser, back));
    }
    let quiet = latencies(&gateway, &mut browser, WIKI).await;
    let mut tricks = hostile.honest(now());
    tricks.at("/token", Wire::Never);
    hostile.plays(tricks);
    let before = hostile.asked("/token").len();
    let hanging: Vec<_> = callbacks
        .into_iter()
        .map(|(mut browser, back)| {
            tokio::spawn(async move { browser.get(back.as_str()).await.status.as_u16() })
        })
        .collect();
    while hostile.asked("/token").len() < before + 30 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let busy = latencies(&gateway, &mut browser, WIKI).await;
    assert!(hanging.iter().all(|callback| !callback.is_finished()), "they hung all the while");
    // Medians, since other things happen on this machine too; a provider in the way would cost seconds.
    assert!(busy < quiet * 5 + Duration::from_millis(100), "{busy:?} instead of {quiet:?}");
    employee.get("/account").await.is(200);
    gateway.signed_in(&boss).await;

    for callback in hanging {
        assert_eq!(callback.await.unwrap(), 502);
    }
    let page = gateway.browser().get("/login?local=1").await.is(200);
    assert!(page.says("not answering"), "{}", page.text());
    hostile.plays(hostile.honest(now()));
    go(&mut gateway.browser(), "corp").await.is(200);
    assert!(!gateway.browser().get("/login?local=1").await.says("not answering"));
    gateway.stop().await;
}

/// How long the gate and the sign-in page take: the median of 40 requests each, together.
async fn latencies(gateway: &Gateway, browser: &mut Browser, url: &str) -> Duration {
    let mut all = vec![];
    for _ in 0..40 {
        let began = Instant::now();
        let ask = Ask::get("/verify").header("x-original-url", url).header("x-original-method", "GET");
        browser.send(ask).await.is(200);
        gateway.browser().get("/login?local=1").await.is(200);
        all.push(began.elapsed());
    }
    all.sort();
    all[all.len() / 2]
}

async fn f_17_a_provider_that_was_down_at_the_start_is_used_when_it_is_up(stack: Stack) {
    let port = free_port();
    let config = format!(
        "[[provider]]\nname = 'corp'\nissuer = 'http://127.0.0.1:{port}'\nclient_id = '{CLIENT}'\nclient_secret = '{SECRET}'"
    );
    let gateway = Setup::on(&stack).with(&config).provider_port(port).start().await;
    let boss = gateway.superuser("boss").await;
    let says_so = async || gateway.browser().get("/login?local=1").await.is(200).says("not answering");
    let until = async |expected: bool| {
        for _ in 0..100 {
            if says_so().await == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("the sign-in page never said {expected}");
    };
    until(true).await;
    gateway.signed_in(&boss).await;
    go(&mut gateway.browser(), "corp").await.is(502);
    let hostile = Hostile::start_on(port).await;
    hostile.plays(hostile.honest(gateway.clock.now().seconds()));
    until(false).await;
    go(&mut gateway.browser(), "corp").await.is(200);
    gateway.stop().await;
}
