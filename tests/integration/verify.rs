//! What `/verify` answers to each proxy, asked in its own words: nginx and HAProxy, Traefik and Caddy, Envoy.
use url::Url;

use crate::harness::{
    Ask, Browser, Gateway, Page, Person, Stack, both_stacks, gateway::Setup, raw, raw_status,
};

both_stacks!(
    nginx_gets_empty_answers,
    traefik_gets_what_the_client_is_shown,
    envoy_gets_what_the_client_is_shown,
    a_06_what_a_proxy_says_twice_is_refused,
    a_07_what_cannot_be_read_never_passes,
    a_15_pages_of_other_sites_open_no_websocket,
    a_18_hosts_that_are_no_upstreams_are_refused,
);

const WIKI: &str = "https://wiki.example.test";

/// The gateway, and somebody with a session.
struct Asked {
    gateway: Gateway,
    carol: Person,
}

/// What proxies ask.
#[derive(Clone, Copy, Debug)]
enum Family {
    Nginx,
    Traefik,
    Envoy,
}

const FAMILIES: [Family; 3] = [Family::Nginx, Family::Traefik, Family::Envoy];

impl Family {
    /// Where such a proxy asks about this request, and what it says of it.
    fn told(self, method: &str, host: &str, target: &str) -> (String, Vec<(&'static str, String)>) {
        let ask = |target: &str| format!("https://narthex.internal{target}");
        let own = |value: &str| value.to_owned();
        match self {
            Self::Nginx => (
                ask("/verify"),
                vec![
                    ("x-original-url", format!("https://{host}{target}")),
                    ("x-original-method", own(method)),
                    ("x-forwarded-for", own("192.0.2.7")),
                ],
            ),
            Self::Traefik => (
                ask("/verify?mode=redirect"),
                vec![
                    ("x-forwarded-method", own(method)),
                    ("x-forwarded-proto", own("https")),
                    ("x-forwarded-host", own(host)),
                    ("x-forwarded-uri", own(target)),
                    ("x-forwarded-for", own("192.0.2.7")),
                    ("user-agent", own("Go-http-client/1.1")),
                    ("accept-encoding", own("gzip")),
                ],
            ),
            Self::Envoy => (
                format!("https://{host}/verify/envoy{target}"),
                vec![
                    ("x-forwarded-proto", own("https")),
                    ("x-forwarded-for", own("192.0.2.7")),
                    ("x-envoy-internal", own("true")),
                    ("x-request-id", own("0b9c6f0e-6b1d-4c8f-9d3e-3c1f6c1b2a10")),
                    ("content-length", own("0")),
                ],
            ),
        }
    }

    /// The question about a page load, unless `more` says something else.
    fn about(self, method: &str, url: &str, more: &[(&str, &str)]) -> Ask {
        let url = Url::parse(url).unwrap();
        let host = url.host_str().unwrap();
        let target = &url[url::Position::BeforePath..];
        let (place, told) = self.told(method, host, target);
        let by = if matches!(self, Self::Envoy) { method } else { "GET" };
        let ask = told.iter().fold(Ask::new(by, &place).bare(), |ask, (name, value)| ask.header(name, value));
        let ask = ask.header("host", place.split('/').nth(2).unwrap());
        more.iter().fold(ask, |ask, (name, value)| ask.header(name, value))
    }
}

impl Asked {
    async fn start(stack: &Stack) -> Self {
        let settings = "public_url = 'https://auth.example.test'\ntrusted_proxies = ['127.0.0.1']\n\
            [sessions]\ncookie_domain = 'example.test'\n\
            [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\n\
            [[upstream.rule]]\npath = '/public/'\npublic = true\n\
            [[upstream.rule]]\npath = '/secret/'\ntier = 'superuser'\n\
            [[upstream.rule]]\npath = '/'\ntier = 'any'\n";
        let gateway = Setup::on(stack).with(settings).start().await;
        let carol = gateway.standard("carol").await;
        Self { gateway, carol }
    }

    /// The `Cookie` that carol's browser sends to applications.
    async fn cookie(&self) -> String {
        let browser = self.gateway.signed_in(&self.carol).await;
        browser.cookies().header(&Url::parse(WIKI).unwrap()).unwrap()
    }

    /// Asks as a proxy, which keeps no cookies of its own.
    async fn ask(&self, ask: Ask) -> Page {
        Browser::new(&self.gateway.public, self.gateway.address).send(ask).await
    }

    async fn verify(&self, family: Family, method: &str, path: &str, more: &[(&str, &str)]) -> Page {
        self.ask(family.about(method, &format!("{WIKI}{path}"), more)).await
    }

    /// What all proxies get that may let a request pass.
    async fn tells_everything(&self, family: Family) {
        let cookie = format!("a=b; {}", self.cookie().await);
        let known = self.verify(family, "GET", "/page", &[("cookie", &cookie)]).await.is(200);
        assert_eq!((known.header("remote-user"), known.header("cookie")), ("carol", "a=b"), "{family:?}");
        let nobody = self.verify(family, "OPTIONS", "/public/", &[]).await.is(200);
        assert_eq!((nobody.header("remote-user"), nobody.header("cookie")), ("", ""));
        for answer in [known, nobody] {
            assert_eq!((answer.body.as_str(), answer.header("content-length")), ("", "0"));
            for name in
                ["remote-user", "remote-email", "remote-name", "remote-groups", "x-narthex-subject", "cookie"]
            {
                assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{family:?}: {name}");
            }
        }
    }

    /// What Traefik, Caddy and Envoy hand to the client.
    async fn shows_why(&self, family: Family) {
        self.tells_everything(family).await;
        let login = self.verify(family, "GET", "/page?a=b", &[]).await.is(303);
        let place = "https://auth.example.test/login?rd=https%3A//wiki.example.test/page%3Fa%3Db";
        assert_eq!((login.location(), login.body.as_str()), (place, ""));
        assert_eq!(login.header("cache-control"), "no-store");

        let script = self.verify(family, "GET", "/page", &[("sec-fetch-mode", "cors")]).await.is(401);
        assert_eq!(script.location(), "");
        let json = self.verify(family, "GET", "/page", &[("accept", "application/json")]).await.is(401);
        assert!(json.body.starts_with("{\"error\":\"unauthorized\""), "{}", json.body);
        let form = self.verify(family, "POST", "/page", &[]).await.is(401);
        assert!(form.says("You are signed out"), "{}", form.text());
        let origin =
            [("origin", "https://x.example"), ("access-control-request-method", "PUT"), ("accept", "*/*")];
        let preflight = self.verify(family, "OPTIONS", "/page", &origin).await.is(401);
        assert_eq!(preflight.location(), "");

        let cookie = self.cookie().await;
        let cookie = ("cookie", cookie.as_str());
        let denied =
            self.verify(family, "GET", "/secret/x", &[cookie, ("accept-language", "ko,en")]).await.is(403);
        assert!(denied.says("carol") && denied.says("wiki.example.test/secret/x"), "{}", denied.text());
        assert!(denied.body.contains("<html lang=\"ko\">"), "{}", denied.body);
        self.is_shown_on_another_host(&denied).await;
        let told =
            self.verify(family, "GET", "/secret/x", &[cookie, ("accept", "application/json")]).await.is(403);
        assert!(told.body.contains("\"message\":\"Only superusers can open it."), "{}", told.body);

        let bad = self.verify(family, "GET", "/public;/x", &[]).await.is(400);
        assert!(bad.says("cannot be understood") && !bad.header("x-request-id").is_empty(), "{}", bad.text());
    }

    /// The page's style comes from our host, and may be used on others; nothing is asked of the application's.
    async fn is_shown_on_another_host(&self, page: &Page) {
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("style-src https://auth.example.test;") && !policy.contains("'self'"),
            "{policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cache-control"), "no-store");
        for tag in [page.tags("link"), page.tags("script"), page.tags("a")].concat() {
            let place = tag.attribute("href").or_else(|| tag.attribute("src")).unwrap();
            assert!(place.starts_with("https://auth.example.test/"), "{place}");
            if place.contains("/assets/") {
                let asset = self.gateway.browser().get(&place).await.is(200);
                assert_eq!(asset.header("cross-origin-resource-policy"), "cross-origin");
            }
        }
    }
}

async fn nginx_gets_empty_answers(stack: Stack) {
    let asked = Asked::start(&stack).await;
    asked.tells_everything(Family::Nginx).await;
    let cookie = asked.cookie().await;
    let cookie = ("cookie", cookie.as_str());
    let login = asked.verify(Family::Nginx, "GET", "/page", &[]).await.is(401);
    assert!(login.location().starts_with("https://auth.example.test/login?rd="), "{}", login.location());
    let script = asked.verify(Family::Nginx, "GET", "/page", &[("sec-fetch-mode", "cors")]).await.is(401);
    assert_eq!(script.location(), "");
    let denied = asked.verify(Family::Nginx, "GET", "/secret/", &[cookie]).await.is(403);
    assert!(denied.location().starts_with("https://auth.example.test/denied?rd="), "{}", denied.location());
    let bad = asked.verify(Family::Nginx, "GET", "/public;/x", &[]).await.is(400);
    for answer in [login, script, denied, bad] {
        assert_eq!((answer.body.as_str(), answer.header("content-length")), ("", "0"));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    asked.gateway.stop().await;
}

async fn traefik_gets_what_the_client_is_shown(stack: Stack) {
    let asked = Asked::start(&stack).await;
    asked.shows_why(Family::Traefik).await;
    // No other query than the one, and no other method than the proxy's own.
    let whole = || Family::Traefik.about("GET", &format!("{WIKI}/public/"), &[]);
    asked.ask(whole()).await.is(200);
    for query in [
        "mode=redirect&x",
        "mode=Redirect",
        "mode=",
        "mode",
        "",
        "x&mode=redirect",
        "mode=redirect&mode=redirect",
    ] {
        asked.ask(whole().to(&format!("https://narthex.internal/verify?{query}"))).await.is(400);
    }
    asked.ask(whole().by("POST")).await.is(405);
    asked.gateway.stop().await;
}

async fn envoy_gets_what_the_client_is_shown(stack: Stack) {
    let asked = Asked::start(&stack).await;
    asked.shows_why(Family::Envoy).await;
    let cookie = asked.cookie().await;
    for method in ["HEAD", "POST", "PUT", "DELETE", "PATCH", "PROPFIND", "OPTIONS"] {
        asked.verify(Family::Envoy, method, "/public/x", &[]).await.is(200);
        asked.verify(Family::Envoy, method, "/", &[("cookie", &cookie)]).await.is(200);
    }
    // The client's headers of other families are not read.
    let forged = [("x-forwarded-uri", "/public/x"), ("x-original-url", "https://wiki.example.test/public/x")];
    asked.verify(Family::Envoy, "GET", "/page", &forged).await.is(303);
    asked.gateway.stop().await;
}

async fn a_06_what_a_proxy_says_twice_is_refused(stack: Stack) {
    let asked = Asked::start(&stack).await;
    for family in FAMILIES {
        asked.verify(family, "GET", "/public/x", &[]).await.is(200);
        let (_, told) = family.told("GET", "wiki.example.test", "/public/x");
        let read =
            ["x-original", "x-forwarded-method", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-uri"];
        let read = told.iter().filter(|(name, _)| read.iter().any(|start| name.starts_with(start)));
        for (name, value) in read {
            for spelling in [(*name).to_owned(), name.replace('-', "_"), name.replacen('-', "_", 1)] {
                let refused = asked.verify(family, "GET", "/public/x", &[(&spelling, value)]).await.is(400);
                assert!(!refused.headers.contains_key("remote-user"), "{family:?} {spelling}");
            }
        }
    }
    asked.gateway.stop().await;
}

async fn a_07_what_cannot_be_read_never_passes(stack: Stack) {
    let asked = Asked::start(&stack).await;
    let address = asked.gateway.address;
    let long = format!("/public/{}", "a".repeat(64 * 1024));
    for target in [
        "",
        "public/x",
        "https://wiki.example.test/public/x",
        "/public/%zz",
        "/public/a b",
        "/public/%00",
        "//public/",
        "/public/#x",
        "/public/\u{ff}",
        &long,
    ] {
        let nginx = format!("X-Original-URL: https://wiki.example.test{target}\r\nX-Original-Method: GET");
        let forwarded = format!(
            "X-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: wiki.example.test\r\n\
             X-Forwarded-Uri: {target}"
        );
        for (place, told) in [("/verify", nginx), ("/verify?mode=redirect", forwarded)] {
            let request = format!("GET {place} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{told}\r\n\r\n");
            let status = raw_status(&raw(address, request.as_bytes()));
            assert!(matches!(status, 400 | 403 | 431), "{place} {target:.40}: {status}");
        }
    }
    for target in [
        "/verify/envoy",
        "/verify/envoy/public/%zz",
        "/verify/envoy//public/",
        "/verify/envoy/public/../x",
        "/verify/other",
        "/verify/",
    ] {
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: wiki.example.test\r\nConnection: close\r\nX-Forwarded-Proto: https\r\n\r\n"
        );
        let status = raw_status(&raw(address, request.as_bytes()));
        assert!(matches!(status, 400 | 404), "{target}: {status}");
    }
    // A family is not asked for by another's place.
    for (asks, tells) in [(Family::Nginx, Family::Traefik), (Family::Traefik, Family::Nginx)] {
        let (place, _) = asks.told("GET", "wiki.example.test", "/public/x");
        asked.ask(tells.about("GET", &format!("{WIKI}/public/x"), &[]).to(&place)).await.is(400);
    }
    asked.gateway.stop().await;
}

async fn a_15_pages_of_other_sites_open_no_websocket(stack: Stack) {
    let asked = Asked::start(&stack).await;
    let cookie = asked.cookie().await;
    for family in FAMILIES {
        for socket in [("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="), ("sec-fetch-mode", "websocket")] {
            for (origin, page, public) in
                [(WIKI, 200, 200), ("https://evil.example", 403, 403), ("null", 403, 403)]
            {
                let lines = [socket, ("origin", origin), ("cookie", &cookie)];
                let told = asked.verify(family, "GET", "/page", &lines).await.is(page);
                assert_eq!(told.location(), "", "{family:?} {origin}");
                asked.verify(family, "GET", "/public/", &lines[..2]).await.is(public);
            }
            asked.verify(family, "GET", "/page", &[socket, ("cookie", &cookie)]).await.is(200);
        }
        let script = [("origin", "https://evil.example"), ("sec-fetch-mode", "cors"), ("cookie", &cookie)];
        asked.verify(family, "GET", "/page", &script).await.is(200);
    }
    asked.gateway.stop().await;
}

async fn a_18_hosts_that_are_no_upstreams_are_refused(stack: Stack) {
    let asked = Asked::start(&stack).await;
    for family in FAMILIES {
        for url in [
            "https://127.0.0.1/",
            "https://evil.example/public/",
            "https://x.wiki.example.test/public/",
            "https://wiki.example.test.evil.example/public/",
        ] {
            let refused = asked.ask(family.about("GET", url, &[])).await.is(403);
            assert_eq!(refused.location(), "", "{family:?} {url}");
        }
    }
    let whole = |url: &str| Ask::get("https://narthex.internal/verify").bare().header("x-original-url", url);
    for (url, status) in [
        ("https://wiki.example.test:8443/public/", 403),
        ("https://auth.example.test/login", 403),
        ("https://WIKI.example.test.:443/public/", 200),
    ] {
        asked.ask(whole(url).header("x-original-method", "GET")).await.is(status);
    }
    // Our own pages are not to be had under other names.
    for host in ["127.0.0.1", "evil.example", "wiki.example.test", "auth.example.test:8443"] {
        let at = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        for path in ["/", "/login", "/admin/users"] {
            assert_eq!(raw_status(&raw(asked.gateway.address, at(path).as_bytes())), 421, "{host}{path}");
        }
        assert_eq!(raw_status(&raw(asked.gateway.address, at("/livez").as_bytes())), 200, "{host}");
    }
    asked.gateway.stop().await;
}
