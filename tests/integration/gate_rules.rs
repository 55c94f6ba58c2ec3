//! Rules by method and by network, at the door and at the command line.
use crate::{
    cli::Place,
    harness::{Ask, Stack, Upstream, both_stacks, gateway::Setup},
};

both_stacks!(
    rules_by_method_and_network_hold_at_the_door,
    a_10_no_header_makes_another_method_of_it,
    the_denied_page_says_which_network_or_method_it_takes,
    the_gates_answer_is_explained_for_a_method_and_an_address,
    check_finds_rules_that_can_never_match_and_roles_that_are_not_there,
);

const WIKI: &str = "https://wiki.example.test";

const RULES: &str = "[[upstream.rule]]\npath = '/api/'\nmethods = ['OPTIONS']\npublic = true\n\
    [[upstream.rule]]\npath = '/api/'\nmethods = ['GET', 'HEAD']\ntier = 'any'\n\
    [[upstream.rule]]\npath = '/api/'\ntier = 'superuser'\nmethods = ['POST', 'DELETE']\n\
    [[upstream.rule]]\npath = '/office/'\nnetworks = ['127.0.0.9', '10.0.0.0/8']\ntier = 'any'\n\
    [[upstream.rule]]\npath = '/kiosk/'\nnetworks = ['127.0.0.9']\npublic = true\n\
    [[upstream.rule]]\npath = '/app/'\ntier = 'any'\n";

fn settings(url: &str) -> String {
    format!(
        "public_url = 'https://auth.example.test'\ntrusted_proxies = ['127.0.0.7']\n[sessions]\ncookie_domain = 'example.test'\n\
         [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\nurl = '{url}'\n{RULES}"
    )
}

fn data(method: &str, path: &str) -> Ask {
    Ask::new(method, &format!("{WIKI}{path}")).bare().header("accept", "application/json")
}

async fn rules_by_method_and_network_hold_at_the_door(stack: Stack) {
    let wiki = Upstream::start().await;
    let gateway = Setup::on(&stack).with(&settings(&format!("http://{}", wiki.address))).start().await;
    let (carol, boss) = (gateway.standard("carol").await, gateway.superuser("boss").await);
    let (mut carol, mut boss) = (gateway.signed_in(&carol).await, gateway.signed_in(&boss).await);
    for (method, stranger, standard, superuser) in [
        ("OPTIONS", 200, 200, 200),
        ("GET", 401, 200, 200),
        ("HEAD", 401, 200, 200),
        ("POST", 401, 403, 200),
        ("DELETE", 401, 403, 200),
        ("PUT", 401, 403, 403),
        ("get", 400, 400, 400),
    ] {
        gateway.browser().send(data(method, "/api/x")).await.is(stranger);
        carol.send(data(method, "/api/x")).await.is(standard);
        boss.send(data(method, "/api/x")).await.is(superuser);
    }
    for (address, kiosk, office) in [("127.0.0.9", 200, 200), ("127.0.0.8", 401, 403)] {
        let mut stranger = gateway.browser().at_address(address);
        stranger.send(data("GET", "/kiosk/")).await.is(kiosk);
        stranger.send(data("GET", "/office/")).await.is(401);
        let mut boss = boss.copy().at_address(address);
        boss.send(data("GET", "/office/")).await.is(office);
        let claims = data("GET", "/office/").header("x-forwarded-for", "10.0.0.1");
        boss.send(claims).await.is(office);
    }
    let mut proxy = boss.copy().at_address("127.0.0.7");
    for (client, office) in [("10.0.0.1", 200), ("192.0.2.7", 403), ("10.0.0.1, 192.0.2.7", 403)] {
        proxy.send(data("GET", "/office/").header("x-forwarded-for", client)).await.is(office);
    }
    gateway.stop().await;
}

async fn a_10_no_header_makes_another_method_of_it(stack: Stack) {
    let wiki = Upstream::start().await;
    let url = format!("http://{}", wiki.address);
    let plain = format!(
        "[[upstream]]\nname = 'plain'\nhost = 'plain.example.test'\nurl = '{url}'\n\
         [[upstream.rule]]\npath = '/'\npublic = true\n"
    );
    let gateway = Setup::on(&stack).with(&(settings(&url) + &plain)).start().await;
    let carol = gateway.standard("carol").await;
    let mut carol = gateway.signed_in(&carol).await;
    let spellings =
        ["X-HTTP-Method-Override", "X_HTTP_Method_Override", "x-http-method", "X-Method-Override"];
    let forge = |ask: Ask| spellings.iter().fold(ask, |ask, name| ask.header(name, "DELETE"));
    carol.send(forge(data("GET", "/api/x"))).await.is(200);
    let seen = format!("{:?}", wiki.last().headers);
    assert!(!seen.contains("DELETE"), "{seen}");
    let elsewhere = Ask::get("https://plain.example.test/x").bare();
    carol.send(forge(elsewhere)).await.is(200);
    assert_eq!(wiki.last().only("x-http-method-override"), "DELETE", "no rule goes by the method there");
    gateway.stop().await;
}

async fn the_denied_page_says_which_network_or_method_it_takes(stack: Stack) {
    let wiki = Upstream::start().await;
    let gateway = Setup::on(&stack).with(&settings(&format!("http://{}", wiki.address))).start().await;
    let carol = gateway.standard("carol").await;
    let mut carol = gateway.signed_in(&carol).await.at_address("127.0.0.8");
    let page = carol.visit(&format!("{WIKI}/office/")).await.is(403);
    assert_eq!(page.url.path(), "/office/", "said where it was asked");
    assert!(
        page.text().contains("certain networks only, and 127.0.0.8 is in none of them"),
        "{}",
        page.text()
    );
    let mut proxy = carol.copy().at_address("127.0.0.7");
    let verify = proxy.send(
        Ask::get("https://auth.example.test/verify")
            .bare()
            .header("x-original-url", &format!("{WIKI}/api/x?a&b"))
            .header("x-original-method", "M&X"),
    );
    let refused = verify.await.is(403);
    let page = "https://auth.example.test/denied?rd=https%3A//wiki.example.test/api/x%3Fa%26b&method=M%26X";
    assert_eq!(refused.location(), page);
    assert!(carol.get(page).await.is(403).text().contains("Nobody may do there what you tried (M&X)"));
    let denied = |method: &str| format!("https://auth.example.test/denied?rd={WIKI}/api/x&method={method}");
    let page = carol.get(&denied("PUT")).await.is(403);
    assert!(page.text().contains("Nobody may do there what you tried (PUT)"), "{}", page.text());
    let page = carol.get(&denied("POST")).await.is(403);
    assert!(page.text().contains("Only superusers can open it"), "{}", page.text());
    let page = carol.get(&denied("%3Cb%3E")).await.is(403);
    assert!(!page.text().contains("<b>"), "{}", page.text());
    // Who may come in meanwhile is sent there; what no rule can be about is said to be that.
    let denied = |rd: &str| format!("https://auth.example.test/denied?rd={rd}");
    let onward = carol.get(&denied(&format!("{WIKI}/api/x"))).await.is(303);
    assert_eq!(onward.location(), "/continue?rd=https://wiki.example.test/api/x");
    carol.get(&denied(&format!("{WIKI}/API/x"))).await.is(400);
    for none in ["", "/login", "https://evil.example/"] {
        assert_eq!(carol.get(&denied(none)).await.is(303).location(), "/account", "{none}");
    }
    gateway.stop().await;
}

async fn the_gates_answer_is_explained_for_a_method_and_an_address(stack: Stack) {
    let place = Place::new(&stack, &settings("http://127.0.0.1:9"));
    for (name, more) in [("boss", "--superuser"), ("carol", "--json")] {
        let email = format!("{name}@people.example");
        place.run(&["user", "add", "--username", name, "--email", &email, "--generate", more]).is(0);
    }
    let explain = |user: &str, path: &str, more: &[&str]| {
        let url = format!("{WIKI}{path}");
        place.run(&[&["explain", user, &url], more].concat()).is(0)
    };
    for (user, path, more, answer, why) in [
        ("carol", "/api/x", &[][..], "allowed", "carol has what the rule asks for"),
        ("carol", "/api/x", &["--method", "HEAD"], "allowed", "carol has what the rule asks for"),
        ("carol", "/api/x", &["--method", "POST"], "denied", "carol is no superuser"),
        (
            "boss",
            "/api/x",
            &["--method", "PUT"],
            "denied",
            "no rule about this path is about PUT, so nobody may pass",
        ),
        ("boss", "/api/x", &["--method", "TRACE"], "bad_request", "TRACE is never passed on"),
        ("boss", "/office/", &["--from", "10.1.2.3"], "allowed", "boss has what the rule asks for"),
        ("boss", "/office/", &["--from", "::ffff:10.1.2.3"], "allowed", "boss has what the rule asks for"),
        (
            "boss",
            "/office/",
            &["--from", "192.0.2.7"],
            "denied",
            "192.0.2.7 is in none of the networks that the rule asks for",
        ),
        (
            "boss",
            "/office/",
            &[],
            "denied",
            "127.0.0.1 is in none of the networks that the rule asks for; say with --from where the request comes from",
        ),
        (
            "carol",
            "/kiosk/",
            &["--from", "127.0.0.9"],
            "allowed",
            "the rule is open to everybody, signed in or not",
        ),
    ] {
        let told = explain(user, path, &[more, &["--json"]].concat()).json();
        assert_eq!(
            (told["answer"].as_str(), told["why"].as_str()),
            (Some(answer), Some(why)),
            "{path} {more:?}"
        );
    }
    let text = explain("carol", "/kiosk/x", &["--method", "POST", "--from", "10.0.0.1"]).out;
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "carol asks for https://wiki.example.test/kiosk/x by POST from 10.0.0.1",
            "upstream wiki:",
            "1. /api/ (OPTIONS) is about another path; it asks for nothing: it is open to everybody",
            "2. /api/ (GET) is about another path; it asks for any account",
            "3. /api/ (POST, DELETE) is about another path; it asks for the tier superuser",
            "4. /office/ is about another path; it asks for any account and an address in 127.0.0.9/32 or 10.0.0.0/8",
            "5. /kiosk/ decides; it asks for an address in 127.0.0.9/32, and is open to everybody there",
            "The request is refused: 10.0.0.1 is in none of the networks that the rule asks for.",
        ]
    );
    let text = explain("carol", "/api/x", &["--method", "PATCH"]).out;
    assert!(text.contains("1. /api/ (OPTIONS) is about other methods; it asks for nothing"), "{text}");
    let slip = place.run(&["explain", "carol", WIKI, "--method", "post"]).is(2);
    assert!(slip.err.contains("write it in capitals, like POST"), "{}", slip.err);
}

async fn check_finds_rules_that_can_never_match_and_roles_that_are_not_there(stack: Stack) {
    let mail = "[mail]\ntransport = 'file'\n";
    let place = Place::new(
        &stack,
        &format!(
            "{mail}[[upstream]]\nname = 'wiki'\nhost = '127.0.0.1:2'\nurl = 'http://127.0.0.1:9'\n\
             [[upstream.rule]]\npath = '/'\ntier = 'any'\n\
             [[upstream.rule]]\npath = '/admin/'\nroles = ['wiki-admin', 'wiki-boss']\n"
        ),
    );
    place.run(&["migrate"]).is(0);
    let wrong = || -> Vec<String> {
        let out = place.run(&["check"]).is(1).out;
        out.lines().filter_map(|line| line.strip_prefix("WRONG  ")).map(str::to_owned).collect()
    };
    assert_eq!(
        wrong(),
        [
            "configuration  upstream \"wiki\": rule 2 for \"/admin/\" can never match, because rule 1 for \"/\" decides about \
             all of it first; move it up, or remove it",
            "roles          upstream \"wiki\": rule 2 for \"/admin/\" asks for the role wiki-admin, which is not there; make \
             it under Admin, Roles, or correct its name; upstream \"wiki\": rule 2 for \"/admin/\" asks for the role \
             wiki-boss, which is not there; make it under Admin, Roles, or correct its name",
        ]
    );
}
