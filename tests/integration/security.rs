//! What every page carries, where forms may come from, and where sign-in may lead.
use crate::harness::{
    Ask, Gateway, PASSWORD, Stack, both_stacks,
    gateway::{Setup, sign_in},
};

both_stacks!(
    a_23_hostile_return_addresses_lead_home,
    a_24_only_hosts_that_are_written_out_are_gone_back_to,
    a_74_no_form_of_another_site_changes_anything,
    a_88_every_answer_carries_the_security_headers,
    errors_are_pages_and_json_is_answered_in_json,
    pages_are_in_korean_when_asked_for,
);

/// Addresses that must not be gone to, of the kinds that have fooled others.
const HOSTILE: [&str; 46] = [
    "https://evil.example",
    "http://evil.example/",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    "/%09/evil.example",
    "/%5cevil.example",
    "/%2f/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "ftp://127.0.0.1/",
    "https://wiki.example.test@evil.example",
    "https://wiki.example.test:x@evil.example",
    "https://evil.example#wiki.example.test",
    "https://evil.example?wiki.example.test",
    "https://evil.example\\.wiki.example.test",
    "https://wiki.example.test.evil.example",
    "https://evilwiki.example.test",
    "https://evil.example/wiki.example.test",
    "https://wiki.example.test%00.evil.example",
    "https://wiki.example.test%2eevil.example",
    "https://[::1]/",
    "https://wiki。example。test@evil.example",
    "/..//evil.example",
    "/./\\evil.example",
    "/.//evil.example",
    " //evil.example",
    "\u{a0}//evil.example",
    "\0//evil.example",
    "/\r\nLocation: https://evil.example",
    "https://wiki.example.test\r\nX: y",
    "?\\evil.example",
    "@evil.example",
];

async fn behind_tls(stack: &Stack) -> Gateway {
    let settings = "public_url = 'https://auth.example.test'\n[sessions]\ncookie_domain = 'example.test'\n\
        [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\nurl = 'http://127.0.0.1:9'\n\
        [[upstream.rule]]\npath = '/'\ntier = 'any'";
    Setup::on(stack).with(settings).start().await
}

async fn a_23_hostile_return_addresses_lead_home(stack: Stack) {
    let gateway = behind_tls(&stack).await;
    let carol = gateway.standard("carol").await;
    let mut signed_in = gateway.signed_in(&carol).await;
    let safe = |place: &str| {
        let place = gateway.public.join(place).unwrap();
        place.host_str() == Some("auth.example.test") && place.scheme() == "https"
    };
    for rd in HOSTILE {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let query = query.append_pair("rd", rd).finish();
        let login = gateway.browser().get(&format!("/login?{query}")).await.is(200);
        assert!(login.links().iter().all(|link| safe(link)), "{rd:?}: {:?}", login.links());
        let hidden = login.form("/login").value("rd").unwrap_or_default().to_owned();
        assert!(!hidden.contains("evil"), "{rd:?} is kept as {hidden:?}");

        let already = signed_in.get(&format!("/login?{query}")).await.is(303);
        let onward = signed_in.follow(already).await;
        assert!(safe(onward.url.as_str()), "{rd:?} leads to {}", onward.url);

        let fields = [("login", "carol"), ("password", carol.password.as_str()), ("rd", rd)];
        let posted = gateway.browser().post("/login", &fields).await.is(303);
        assert!(posted.location().starts_with("/continue"), "{rd:?}: {}", posted.location());
        let mut browser = signed_in.clone();
        let end = browser.follow(posted).await;
        assert!(safe(end.url.as_str()), "{rd:?}");
        assert!(!end.links().iter().any(|link| link.contains("evil")), "{rd:?}: {:?}", end.links());

        for path in ["/continue", "/denied"] {
            let page = signed_in.get(&format!("{path}?{query}")).await;
            assert!(
                page.location().is_empty() || safe(page.location()),
                "{path} {rd:?}: {}",
                page.location()
            );
            assert!(page.links().iter().all(|link| safe(link)), "{path} {rd:?}: {:?}", page.links());
            assert!(page.headers.get("refresh").is_none());
        }
        let out = gateway.browser().post(&format!("/logout?{query}"), &[("rd", rd)]).await.is(303);
        assert_eq!(out.location(), "/signed-out", "{rd:?}");
    }
    gateway.stop().await;
}

async fn a_24_only_hosts_that_are_written_out_are_gone_back_to(stack: Stack) {
    let gateway = behind_tls(&stack).await;
    let carol = gateway.standard("carol").await;
    let mut browser = gateway.signed_in(&carol).await;
    let mut leads_to = async |rd: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let query = query.append_pair("rd", rd).finish();
        let page = browser.get(&format!("/continue?{query}")).await;
        page.links().into_iter().find(|link| link.starts_with("http")).unwrap_or_default()
    };
    let good = "https://wiki.example.test/page?a=b&c=%20d";
    assert_eq!(leads_to(good).await, good);
    for bad in [
        "https://wiki.example.test.evil.example/",
        "https://evilwiki.example.test/",
        "https://wiki.example.test:8443/",
        "http://wiki.example.test/",
        "https://other.example.test/",
        "https://example.test/",
        "https://sub.wiki.example.test/",
        "https://wiki.example.tes/",
        "https://wiki.example.test.:443@evil.example/",
    ] {
        assert_eq!(leads_to(bad).await, "", "{bad}");
    }
    gateway.stop().await;
}

async fn a_74_no_form_of_another_site_changes_anything(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let carol = gateway.standard("carol").await;
    let waiting = gateway.applicant("waiting").await;
    let admin = gateway.signed_in(&boss).await;
    let changes = [
        (waiting.admin_path("/activate"), vec![]),
        (waiting.admin_path("/delete"), vec![]),
        (carol.admin_path("/deactivate"), vec![]),
        (carol.admin_path("/delete"), vec![("confirm", "carol")]),
        (carol.admin_path("/tier"), vec![("tier", "superuser")]),
        (carol.admin_path("/password"), vec![("new_password", PASSWORD)]),
        (carol.admin_path("/sign-out"), vec![]),
        (carol.admin_path(""), vec![("version", "0"), ("status", "inactive")]),
        ("/admin/users/bulk".to_owned(), vec![("action", "activate")]),
        ("/logout".to_owned(), vec![]),
        ("/account/sign-out-everywhere".to_owned(), vec![]),
    ];
    let state = async || {
        let accounts = [&boss, &carol, &waiting];
        let mut all = vec![];
        for person in accounts {
            let user = gateway.account(person).await.unwrap();
            all.push((user.status, user.tier, user.session_epoch, user.version));
        }
        (all, gateway.events().await.len())
    };
    let before = state().await;
    let origin = gateway.public.origin().ascii_serialization();
    for (path, fields) in &changes {
        let forged = [
            (
                "another site",
                Ask::post(path, fields)
                    .bare()
                    .header("origin", "https://evil.example")
                    .header("sec-fetch-site", "cross-site"),
            ),
            ("no Sec-Fetch-Site", Ask::post(path, fields).bare().header("origin", "https://evil.example")),
            ("Origin null", Ask::post(path, fields).bare().header("origin", "null")),
            (
                "a sibling",
                Ask::post(path, fields)
                    .bare()
                    .header("origin", "http://sibling.example.test")
                    .header("sec-fetch-site", "same-site"),
            ),
            (
                "another port",
                Ask::post(path, fields)
                    .bare()
                    .header("origin", "http://127.0.0.1:1")
                    .header("sec-fetch-site", "same-site"),
            ),
            ("no origin at all", Ask::post(path, fields).bare()),
            (
                "text/plain",
                Ask::post(path, fields)
                    .bare()
                    .header("origin", "https://evil.example")
                    .header("content-type", "text/plain"),
            ),
            ("a lying Referer", Ask::post(path, fields).bare().header("referer", &origin)),
        ];
        for (kind, ask) in forged {
            let page = admin.copy().send(ask).await;
            assert_eq!(page.status, 403, "{kind}: {path}");
        }
        for method in ["GET", "HEAD"] {
            let page = admin.copy().send(Ask::new(method, path)).await;
            assert!(!matches!(page.status.as_u16(), 303 | 500..), "{method} {path}: {}", page.status);
        }
    }
    assert_eq!(state().await, before, "nothing has changed");
    admin.copy().get("/admin/users").await.is(200);
    // A sign-in forged from elsewhere would put the victim into the attacker's account.
    let fields = [("login", "carol"), ("password", carol.password.as_str())];
    let ask = Ask::post("/login", &fields).bare().header("origin", "https://evil.example");
    gateway.browser().send(ask).await.is(403);
    // What product.md promises to programs.
    let ask = Ask::post("/login", &fields).bare().header("origin", &origin);
    gateway.browser().send(ask).await.is(303);
    gateway.stop().await;
}

async fn a_88_every_answer_carries_the_security_headers(stack: Stack) {
    for tls in [false, true] {
        let gateway = if tls { behind_tls(&stack).await } else { Gateway::start(&stack).await };
        let boss = gateway.superuser(if tls { "boss" } else { "first" }).await;
        let mut admin = gateway.signed_in(&boss).await;
        let mut stranger = gateway.browser();
        let mut pages = vec![];
        for path in [
            "/",
            "/login",
            "/signup",
            "/signup/received",
            "/signed-out",
            "/setup",
            "/account",
            "/nowhere",
            "/admin/users",
            "/continue",
            "/denied",
            "/oidc/none",
            "/login?rd=%FF",
        ] {
            pages.push(stranger.get(path).await);
        }
        for path in [
            "/account",
            "/admin/users",
            "/admin/audit",
            &boss.admin_path(""),
            &boss.admin_path("/delete"),
            "/admin/nothing",
            "/denied",
        ] {
            pages.push(admin.get(path).await);
        }
        pages.push(stranger.post("/login", &[("login", "x"), ("password", "y")]).await);
        pages.push(
            stranger.send(Ask::post("/login", &[]).bare().header("origin", "https://evil.example")).await,
        );
        pages.push(stranger.send(Ask::new("DELETE", "/login")).await);
        pages.push(
            stranger
                .send(
                    Ask::new("POST", "/signup")
                        .body("x".repeat(70_000))
                        .header("content-type", "application/x-www-form-urlencoded"),
                )
                .await,
        );
        pages.push(stranger.send(Ask::get("/account").json()).await);
        for page in &pages {
            let place = format!("{} {}", page.status, page.url);
            let policy = page.header("content-security-policy");
            for part in
                ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
            {
                assert!(policy.contains(part), "{part} at {place}: {policy:?}");
            }
            assert!(!policy.contains("unsafe"), "{place}");
            assert_eq!(page.header("x-content-type-options"), "nosniff", "{place}");
            assert!(!page.header("referrer-policy").is_empty(), "{place}");
            assert!(page.header("cache-control").contains("no-store"), "{place}");
            assert_eq!(page.header("strict-transport-security").is_empty(), !tls, "{place}");
            for leak in ["server", "x-powered-by"] {
                assert_eq!(page.header(leak), "", "{place}");
            }
            assert!(
                !page.body.contains("narthex/0") && !page.body.contains("narthex 0"),
                "a version at {place}"
            );
            assert!(
                !page.body.contains("<style") && !page.body.contains(" style="),
                "inline style at {place}"
            );
            assert!(
                page.tags("script").iter().all(|tag| tag.attribute("src").is_some()),
                "inline script at {place}"
            );
        }
        gateway.stop().await;
    }
}

async fn errors_are_pages_and_json_is_answered_in_json(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    for (ask, status) in [
        (Ask::get("/nowhere"), 404),
        (Ask::get("/admin/nowhere"), 404),
        (Ask::get("/admin/users/no-id"), 404),
        (Ask::get("/oidc/nobody"), 404),
        (Ask::new("PUT", "/login"), 405),
        (Ask::post("/admin/users/bulk", &[("action", "x"), ("id", "no-id")]), 404),
    ] {
        let page = admin.send(ask.clone()).await.is(status);
        assert!(page.header("content-type").starts_with("text/html"), "{}", page.url);
        assert!(page.body.contains("<h1"), "{}", page.url);
        let json = admin.send(ask.json()).await.is(status);
        let json: serde_json::Value = serde_json::from_str(&json.body).unwrap();
        assert!(json["request_id"].is_string() && json["error"].is_string(), "{json}");
    }
    gateway.stop().await;
}

async fn pages_are_in_korean_when_asked_for(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let mut korean = gateway.browser().always("accept-language", "ko-KR,ko;q=0.9,en;q=0.5");
    let page = korean.get("/login").await.is(200);
    assert_eq!(page.tags("html")[0].attribute("lang").as_deref(), Some("ko"));
    let mut english = gateway.browser();
    assert_eq!(english.get("/login").await.tags("html")[0].attribute("lang").as_deref(), Some("en"));
    let choice = english.get("/login").await.link("lang=ko");
    english.get(&choice).await.is(200);
    sign_in(&mut english, "boss", &boss.password).await.is(303);
    let page = english.get("/admin/users").await.is(200);
    assert_eq!(page.tags("html")[0].attribute("lang").as_deref(), Some("ko"), "the choice is kept");
    gateway.stop().await;
}
