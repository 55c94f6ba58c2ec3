//! Which request is judged: the very one that the application gets.
use super::{Front, behind_every_proxy, data, page};
use crate::harness::{Ask, raw, raw_status};

behind_every_proxy!(
    a_05_what_strangers_say_of_the_request_is_ignored,
    a_07_what_cannot_be_read_never_passes,
    a_08_only_the_path_chooses_the_rule,
    a_09_the_path_that_is_judged_is_the_path_that_is_served,
    a_10_every_method_is_judged_alike,
    a_11_no_program_passes_by_its_name,
    a_18_hosts_that_nobody_named_are_refused,
);

impl Front {
    /// The status of a request that is sent as it is written, of nobody or with the cookie of `wide`.
    fn raw(&self, request_line: &str, host: &str, wide: Option<&str>) -> u16 {
        let cookie = wide.map(|wide| format!("Cookie: __Secure-narthex={wide}\r\n")).unwrap_or_default();
        let request = format!("{request_line} HTTP/1.1\r\nHost: {host}\r\n{cookie}Connection: close\r\n\r\n");
        raw_status(&raw(self.proxy.address, request.as_bytes()))
    }
}

async fn a_05_what_strangers_say_of_the_request_is_ignored(front: Front) {
    for (name, value) in [
        ("x-original-url", "https://wiki.example.test/public/x"),
        ("x-original-uri", "/public/x"),
        ("x-original-method", "OPTIONS"),
        ("x-rewrite-url", "/public/x"),
        ("x-forwarded-uri", "/public/x"),
        ("x-forwarded-method", "OPTIONS"),
        ("x-forwarded-host", "open.example.test"),
        ("x-forwarded-prefix", "/public"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1;host=open.example.test"),
    ] {
        let mut stranger = front.stranger();
        stranger.send(data("/page").header(name, value)).await.is(401);
        stranger.send(page("/page").header(name, value)).await.is(303);
        assert_eq!(front.wiki.connections(), 0, "{name}");
    }
    let told = page("/public/x").header("x-rewrite-url", "/secret").header("x-original-url", "/secret");
    front
        .stranger()
        .send(told.header("x-forwarded-prefix", "/secret").header("forwarded", "x=y"))
        .await
        .is(200);
    let seen = front.wiki.last();
    for name in ["x-rewrite-url", "x-original-url", "forwarded"] {
        assert!(!seen.headers.contains_key(name), "{name} in {:?}", seen.headers);
    }

    // The gateway itself believes nobody but its proxy.
    for family in ["/verify", "/verify?mode=redirect", "/verify/envoy/public/x"] {
        let elsewhere = front.gateway.browser().at_address("127.0.0.2");
        let ask = Ask::get(&format!("https://wiki.example.test{family}"))
            .header("x-original-url", "https://wiki.example.test/public/x")
            .header("x-original-method", "GET")
            .header("x-forwarded-method", "GET")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", "wiki.example.test")
            .header("x-forwarded-uri", "/public/x");
        let refused =
            elsewhere.clone().send(ask.clone().header("x-forwarded-for", "127.0.0.1")).await.is(403);
        assert_eq!((refused.body.as_str(), refused.location()), ("", ""), "{family}");
        front.gateway.browser().send(ask).await.is(200);
    }
    front.stop().await;
}

async fn a_07_what_cannot_be_read_never_passes(front: Front) {
    let carol = front.signed_in(&front.carol).await;
    let wide = Front::wide(&carol);
    let long = format!("/{}", "a".repeat(64 * 1024));
    for target in ["/%zz", "/%", "/a b", "/\u{1}", "/%00", "/%0d%0a", "*", "page", &long] {
        let status = front.raw(&format!("GET {target}"), "wiki.example.test", Some(&wide));
        assert!(matches!(status, 400..=499), "{target:.20}: {status}");
    }
    assert_eq!(front.wiki.connections(), 0);
    front.stop().await;
}

async fn a_08_only_the_path_chooses_the_rule(front: Front) {
    for target in ["/private?x=/public/", "/private?/public/", "/private%23/public/", "/private%3F/public/x"]
    {
        assert_eq!(front.raw(&format!("GET {target}"), "wiki.example.test", None), 401, "{target}");
    }
    let fragment = front.raw("GET /private#/public/", "wiki.example.test", None);
    assert!(matches!(fragment, 400 | 401), "{fragment}");
    assert_eq!(front.wiki.connections(), 0);
    front.stop().await;
}

async fn a_09_the_path_that_is_judged_is_the_path_that_is_served(front: Front) {
    for target in [
        "/public/../secret/x",
        "/public/%2e%2e/secret/x",
        "/public/..%2fsecret",
        "/public//secret",
        "//secret/x",
        "/public;/../secret",
        "/public/..;/secret",
        "/public/%5c..%5csecret",
        "/public/\\..\\secret",
        "/public/%252e%252e/secret",
        "/public/%00",
        "/public;x/secret",
        "/public/%zz",
        // For an application that does not decode, or takes capitals for small letters, another rule would apply.
        "/%70ublic/x",
        "/PUBLIC/x",
    ] {
        assert_eq!(front.raw(&format!("GET {target}"), "wiki.example.test", None), 400, "{target}");
    }
    assert_eq!(front.wiki.connections(), 0);
    let mut carol = front.signed_in(&front.carol).await;
    let wide = Front::wide(&carol);
    for target in [
        "/secret",
        "/secret/x",
        "/%73ecret/x",
        "/SECRET/x",
        "/secret/x?/public/",
        "/secret;x/",
        "/%2573ecret",
    ] {
        let status = front.raw(&format!("GET {target}"), "wiki.example.test", Some(&wide));
        assert!(matches!(status, 400 | 403), "{target}: {status}");
    }
    assert_eq!(front.wiki.connections(), 0);
    carol.send(page("/public/%7Ex/caf%c3%a9;v=1?a=%2f..")).await.is(200);
    let seen = front.wiki.last().target;
    assert_eq!(seen, "/public/%7Ex/caf%c3%a9;v=1?a=%2f..", "what was judged, byte for byte");
    front.stop().await;
}

async fn a_10_every_method_is_judged_alike(front: Front) {
    for method in ["HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PROPFIND"] {
        assert_eq!(front.raw(&format!("{method} /page"), "wiki.example.test", None), 401, "{method}");
        let preflight = Ask::new(method, "https://wiki.example.test/public/x").bare();
        front.stranger().send(preflight).await.is(200);
        assert_eq!(front.wiki.last().method.as_str(), method);
    }
    let before = front.wiki.requests().len();
    for method in ["TRACE", "CONNECT", "get", "Post"] {
        let status = front.raw(&format!("{method} /public/x"), "wiki.example.test", None);
        assert!(matches!(status, 400 | 405), "{method}: {status}");
    }
    assert_eq!(front.wiki.requests().len(), before);
    let methods = ["x-http-method-override", "x-http-method", "x-method-override", "x_http_method_override"];
    let ask = methods.iter().fold(page("/public/x"), |ask, name| ask.header(name, "DELETE"));
    front.stranger().send(ask).await.is(200);
    assert!(!format!("{:?}", front.wiki.last().headers).contains("DELETE"), "{:?}", front.wiki.last());
    front.stop().await;
}

async fn a_11_no_program_passes_by_its_name(front: Front) {
    for agent in ["kube-probe/1.30", "GoogleHC/1.0", "ELB-HealthChecker/2.0"] {
        front.stranger().send(data("/page").header("user-agent", agent)).await.is(401);
    }
    assert_eq!(front.wiki.connections(), 0);
    front.stop().await;
}

async fn a_18_hosts_that_nobody_named_are_refused(front: Front) {
    for host in [
        "127.0.0.1",
        "evil.example",
        "example.test",
        "x.wiki.example.test",
        "wiki.example.test.evil.example",
        "open.example.test",
    ] {
        assert_eq!(front.raw("GET /public/x", host, None), 421, "{host}");
    }
    assert_eq!(front.wiki.connections(), 0);
    // Another application's rules are never asked for, whatever the Host header says.
    let two = front.raw("GET http://wiki.example.test/page", "open.example.test", None);
    assert!(matches!(two, 400 | 401 | 421), "{two}");
    assert_eq!(front.raw("GET /page", "WIKI.example.test", None), 401);
    for port in ["80", "6666"] {
        assert_eq!(front.raw("GET /public/x", &format!("WIKI.example.test:{port}"), None), 200);
        let seen = front.wiki.last();
        for name in ["host", "x-forwarded-host"] {
            assert_eq!(seen.only(name).to_lowercase(), "wiki.example.test", "no port that a client made up");
        }
    }
    // Browsers do not get to ask what proxies ask.
    for path in ["/verify", "/verify?mode=redirect", "/verify/envoy/x", "/%76erify", "/verify/"] {
        let status = front.raw(&format!("GET {path}"), "auth.example.test", None);
        assert!(matches!(status, 404 | 303), "{path}: {status}");
    }
    assert_eq!(front.raw("GET /login", "auth.example.test", None), 200);
    front.stop().await;
}
