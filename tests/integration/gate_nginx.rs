//! The gate behind a real nginx, which runs the shipped `config/nginx.conf`.
use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::net::TcpStream;
use url::Url;

use crate::harness::{
    Ask, Browser, Gateway, Page, Person, Stack, Upstream, both_stacks, free_port, gateway::Setup, raw,
    raw_status,
};

both_stacks!(
    a_01_the_application_learns_who_it_is_and_nothing_forged,
    a_05_what_strangers_say_of_the_request_is_ignored,
    a_06_what_the_proxy_says_twice_is_refused,
    a_07_what_cannot_be_read_never_passes,
    a_09_the_path_that_is_judged_is_the_path_that_is_served,
    a_12_bad_cookies_are_nobodys,
    a_13_the_application_never_sees_our_cookies,
    a_17_a_refusal_holds_nothing_of_the_application,
    a_18_hosts_that_nobody_named_are_refused,
    a_20_nobody_passes_while_the_gateway_is_away,
    the_answers_of_verify_are_empty_and_whole,
    a_deactivated_account_is_out_at_once,
);

const WIKI: &str = "https://wiki.example.test";

const SETTINGS: &str = "public_url = 'https://auth.example.test'\ntrusted_proxies = ['127.0.0.1']\n\
    [sessions]\ncookie_domain = 'example.test'\n\
    [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\n\
    [[upstream.rule]]\npath = '/public/'\npublic = true\n\
    [[upstream.rule]]\npath = '/secret/'\ntier = 'superuser'\n\
    [[upstream.rule]]\npath = '/'\ntier = 'any'\n\
    [[upstream]]\nname = 'open'\nhost = 'open.example.test'\n\
    [[upstream.rule]]\npath = '/'\npublic = true\n";

/// The gateway, an application, and nginx in front of both.
struct Front {
    gateway: Gateway,
    wiki: Upstream,
    nginx: Nginx,
    carol: Person,
}

struct Nginx {
    process: Child,
    address: SocketAddr,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _waited = self.process.wait();
    }
}

impl Nginx {
    async fn start(folder: &Path, gateway: SocketAddr, wiki: SocketAddr) -> Self {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/nginx.conf");
        let text = fs::read_to_string(shipped).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let text = text
            .replace("127.0.0.1:8080", &gateway.to_string())
            .replace("127.0.0.1:9000", &wiki.to_string())
            .replace("wiki.example.com", "wiki.example.test")
            .replace("auth.example.com", "auth.example.test")
            .replace("listen 80", &format!("listen {address}"));
        let folder = folder.join("nginx");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("nginx.conf"), text).unwrap();
        let process = spawn("nginx", &folder).or_else(|_| spawn("/usr/sbin/nginx", &folder));
        let process = process.expect("nginx is installed; tests/run sees to it");
        let nginx = Self { process, address };
        for _ in 0..500 {
            if TcpStream::connect(address).await.is_ok() {
                return nginx;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nginx does not listen at {address}");
    }
}

/// One process, so that ending it ends all of it.
fn spawn(program: &str, folder: &Path) -> std::io::Result<Child> {
    Command::new(program)
        .args(["-e", "stderr", "-g", "daemon off; master_process off;", "-p"])
        .arg(folder)
        .args(["-c", "nginx.conf"])
        .stderr(Stdio::inherit())
        .spawn()
}

impl Front {
    async fn start(stack: &Stack) -> Self {
        let gateway = Setup::on(stack).with(SETTINGS).start().await;
        let wiki = Upstream::start().await;
        let nginx = Nginx::start(stack.folder(), gateway.address, wiki.address).await;
        let carol = gateway.standard("carol").await;
        Self { gateway, wiki, nginx, carol }
    }

    fn stranger(&self) -> Browser {
        Browser::new(&self.gateway.public, self.nginx.address)
    }

    async fn signed_in(&self, person: &Person) -> Browser {
        let mut browser = self.stranger();
        crate::harness::gateway::sign_in(&mut browser, person.username(), &person.password).await.is(303);
        browser
    }

    /// Asks `/verify` as nginx would.
    async fn verify(&self, browser: &Browser, url: &str, more: &[(&str, &str)]) -> Page {
        let ask = Ask::get("https://narthex.internal/verify")
            .header("x-original-url", url)
            .header("x-original-method", "GET");
        let ask = more.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
        self.ask_gateway(browser, ask).await
    }

    async fn ask_gateway(&self, browser: &Browser, ask: Ask) -> Page {
        let cookie = browser.cookies().header(&Url::parse(WIKI).unwrap());
        let ask = cookie.iter().fold(ask, |ask, cookie| ask.header("cookie", cookie));
        self.gateway.browser().send(ask).await
    }

    async fn stop(self) {
        drop(self.nginx);
        self.gateway.stop().await;
    }
}

fn page(path: &str) -> Ask {
    Ask::get(&format!("{WIKI}{path}"))
}

/// What a script asks.
fn data(path: &str) -> Ask {
    page(path).bare().header("accept", "application/json")
}

async fn a_01_the_application_learns_who_it_is_and_nothing_forged(stack: Stack) {
    let front = Front::start(&stack).await;
    let forge = |ask: Ask| {
        let names = [
            "Remote-User",
            "remote_user",
            "Remote-Email",
            "Remote-Groups",
            "X-Narthex-Subject",
            "X_Narthex_Subject",
            "X-Narthex-Assertion",
            "X-Original-URL",
        ];
        names
            .iter()
            .fold(ask, |ask, name| ask.header(name, "forged"))
            .header("connection", "close, remote-user, cookie")
    };
    let mut carol = front.signed_in(&front.carol).await;
    carol.send(forge(page("/page?x=1"))).await.is(200);
    let seen = front.wiki.last();
    assert_eq!(seen.target, "/page?x=1");
    assert_eq!(seen.only("remote-user"), "carol");
    assert_eq!(seen.only("remote-email"), "carol@people.example");
    assert_eq!(seen.only("remote-name"), "Name of carol");
    assert_eq!(seen.only("x-narthex-subject"), front.carol.user.id.to_string());
    assert!(seen.only("x-narthex-assertion").starts_with("ey"), "{:?}", seen.headers);
    assert_eq!(seen.only("host"), "wiki.example.test");
    assert!(!format!("{:?}", seen.headers).contains("forged"), "{:?}", seen.headers);

    front.stranger().send(forge(page("/public/x"))).await.is(200);
    let seen = front.wiki.last();
    assert!(!format!("{:?}", seen.headers).contains("forged"), "{:?}", seen.headers);
    for name in ["remote-user", "remote-email", "remote-groups", "x-narthex-subject", "x-narthex-assertion"] {
        assert!(seen.headers.get(name).is_none(), "{name} in {:?}", seen.headers);
    }
    carol.get(&format!("{WIKI}/public/x")).await.is(200);
    assert_eq!(front.wiki.last().only("remote-user"), "carol", "known where it is public, too");
    front.stop().await;
}

async fn a_05_what_strangers_say_of_the_request_is_ignored(stack: Stack) {
    let front = Front::start(&stack).await;
    let public = format!("{WIKI}/public/x");
    for (name, value) in [
        ("x-original-url", public.as_str()),
        ("x-original-uri", "/public/x"),
        ("x-original-method", "OPTIONS"),
        ("x-rewrite-url", "/public/x"),
        ("x-forwarded-uri", "/public/x"),
        ("x-forwarded-host", "open.example.test"),
        ("x-forwarded-prefix", "/public"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "for=127.0.0.1;host=open.example.test"),
        ("user-agent", "kube-probe/1.30"),
        ("x-http-method-override", "OPTIONS"),
    ] {
        let mut stranger = front.stranger();
        stranger.send(data("/page").header(name, value)).await.is(401);
        stranger.send(page("/page").header(name, value)).await.is(303);
    }
    assert_eq!(front.wiki.connections(), 0);

    // The gateway itself believes nobody but its proxy.
    let elsewhere = front.gateway.browser().at_address("127.0.0.2");
    let ask = Ask::get("https://narthex.internal/verify");
    let ask = ask.header("x-original-url", &public).header("x-original-method", "GET");
    let refused = elsewhere.clone().send(ask.header("x-forwarded-for", "127.0.0.1")).await.is(403);
    assert_eq!((refused.body.as_str(), refused.location()), ("", ""));
    front.stop().await;
}

async fn a_06_what_the_proxy_says_twice_is_refused(stack: Stack) {
    let front = Front::start(&stack).await;
    let stranger = front.stranger();
    let public = format!("{WIKI}/public/x");
    front.verify(&stranger, &public, &[]).await.is(200);
    for (name, value) in [
        ("x-original-url", public.as_str()),
        ("x-original-method", "GET"),
        ("x_original_url", public.as_str()),
        ("x-original_url", public.as_str()),
        ("x_original_method", "GET"),
    ] {
        let refused = front.verify(&stranger, &public, &[(name, value)]).await.is(400);
        assert_eq!(refused.body, "");
    }
    front.stop().await;
}

async fn a_07_what_cannot_be_read_never_passes(stack: Stack) {
    let front = Front::start(&stack).await;
    let carol = front.signed_in(&front.carol).await;
    let open = "https://open.example.test";
    let long = format!("{open}/{}", "a".repeat(64 * 1024));
    for url in [
        "",
        "/",
        "/public/x",
        "open.example.test/",
        "https://",
        "https:///",
        open,
        "https://open.example.test/%zz",
        "https://open.example.test/a b",
        "https://open.example.test/%00",
        "ftp://open.example.test/",
        "https://user@open.example.test/",
        "https://open.example.test:99999/",
        "https://open.example.test//x",
        "https://open.example.test/#x",
        &long,
    ] {
        let answer = front.verify(&carol, url, &[]).await;
        assert!(matches!(answer.status.as_u16(), 400 | 431), "{url}: {}", answer.status);
    }
    let ask = |target: &str| Ask::get(&format!("https://narthex.internal{target}"));
    let whole = |ask: Ask| {
        ask.header("x-original-url", "https://open.example.test/").header("x-original-method", "GET")
    };
    front.ask_gateway(&carol, ask("/verify")).await.is(400);
    front
        .ask_gateway(
            &carol,
            ask("/verify").header("x-forwarded-uri", "/").header("x-forwarded-method", "GET"),
        )
        .await
        .is(400);
    front
        .ask_gateway(&carol, ask("/verify").header("x-original-url", "https://open.example.test/"))
        .await
        .is(400);
    front.ask_gateway(&carol, whole(ask("/verify"))).await.is(200);
    front.ask_gateway(&carol, whole(ask("/verify?mode=redirect"))).await.is(400);
    front.ask_gateway(&carol, whole(ask("/verify/envoy/x"))).await.is(404);
    for bytes in [&b"https://open.example.test/\xff"[..], b"https://open.example.test/\x00"] {
        let head = b"GET /verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Original-Method: GET\r\nX-Original-URL: ";
        let answer = raw(front.gateway.address, &[&head[..], bytes, b"\r\n\r\n"].concat());
        assert_eq!(raw_status(&answer), 400, "{answer}");
    }
    front.stop().await;
}

async fn a_09_the_path_that_is_judged_is_the_path_that_is_served(stack: Stack) {
    let front = Front::start(&stack).await;
    for target in [
        "/public/../secret/x",
        "/public/%2e%2e/secret/x",
        "/public/..%2fsecret",
        "/public//secret",
        "//secret/x",
        "/public;/../secret",
        "/public/..;/secret",
        "/public/%5c..%5csecret",
        "/public/%252e%252e/secret",
        "/public/%00",
        "/public;x/secret",
        "/public/%zz",
    ] {
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: wiki.example.test\r\nConnection: close\r\n\r\n");
        let answer = raw(front.nginx.address, request.as_bytes());
        assert_eq!(raw_status(&answer), 400, "{target}: {answer}");
    }
    assert_eq!(front.wiki.connections(), 0);
    let mut carol = front.signed_in(&front.carol).await;
    for target in ["/secret", "/secret/x", "/%73ecret/x", "/secret/x?/public/", "/secret;x/"] {
        let answer = carol.send(data(target)).await;
        assert!(matches!(answer.status.as_u16(), 400 | 403), "{target}: {}", answer.status);
    }
    assert_eq!(front.wiki.connections(), 0);
    carol.send(page("/%70ublic/%7Ex")).await.is(200);
    assert_eq!(front.wiki.last().target, "/%70ublic/%7Ex", "nginx passes on the bytes it was asked with");
    front.stop().await;
}

async fn a_12_bad_cookies_are_nobodys(stack: Stack) {
    let front = Front::start(&stack).await;
    let carol = front.signed_in(&front.carol).await;
    let jar = carol.cookies();
    let own = jar.find("__Host-narthex").unwrap().value.clone();
    let wide = jar.find("__Secure-narthex").unwrap().value.clone();
    let hundred: Vec<_> = (0..100).map(|n| format!("__Secure-narthex={n:A>43}")).collect();
    for cookie in [
        "__Secure-narthex=".to_owned(),
        "__Secure-narthex".to_owned(),
        "=; ;; =x;__Secure-narthex==".to_owned(),
        format!("__Secure-narthex={own}"),
        format!("__Secure-narthex={wide}x"),
        format!("__Host-narthex={wide}"),
        format!("__Host-narthex={own}; __Host-narthex={own}"),
        format!("narthex={own}"),
        format!("__Secure-narthex={}", "A".repeat(6000)),
        hundred.join("; "),
        format!("{}; __Secure-narthex={wide}", hundred.join("; ")),
    ] {
        front.stranger().send(data("/page").header("cookie", &cookie)).await.is(401);
        front.stranger().send(page("/page").header("cookie", &cookie)).await.is(303);
    }
    let four = format!("{}; __Secure-narthex={wide}", hundred[..3].join("; "));
    front.stranger().send(data("/page").header("cookie", &four)).await.is(200);
    front.stop().await;
}

async fn a_13_the_application_never_sees_our_cookies(stack: Stack) {
    let front = Front::start(&stack).await;
    let carol = front.signed_in(&front.carol).await;
    let wide = carol.cookies().find("__Secure-narthex").unwrap().value.clone();
    let own = carol.cookies().find("__Host-narthex").unwrap().value.clone();
    let mut stranger = front.stranger();
    let line = format!("theme=dark; __Secure-narthex={wide}; __Host-narthex={own}; NARTHEX={own}; lang=ko");
    stranger.send(page("/page").header("cookie", &line)).await.is(200);
    assert_eq!(front.wiki.last().only("cookie"), "theme=dark; lang=ko");
    stranger.send(page("/page").header("cookie", &format!("__Secure-narthex={wide}"))).await.is(200);
    assert!(front.wiki.last().headers.get("cookie").is_none());

    // Whoever steals the wide cookie passes the gate and opens no page of ours.
    let mut thief = front.stranger();
    let ours = Url::parse("https://auth.example.test/").unwrap();
    thief.change_cookies(|jar| jar.plant(&ours, "__Secure-narthex", &wide, Some("example.test")));
    thief.get(&format!("{WIKI}/page")).await.is(200);
    thief.get("https://auth.example.test/account").await.is(303);
    front.stop().await;
}

async fn a_17_a_refusal_holds_nothing_of_the_application(stack: Stack) {
    let front = Front::start(&stack).await;
    let mut stranger = front.stranger();
    let redirect = stranger.send(page("/page?a=b&c")).await.is(303);
    let login = "https://auth.example.test/login?rd=https%3A//wiki.example.test/page%3Fa%3Db%26c";
    assert_eq!(redirect.location(), login);
    let post = Ask::post(&format!("{WIKI}/page"), &[("a", "b")]);
    let bare = [stranger.send(data("/page")).await.is(401), stranger.send(post).await.is(401)];
    let mut carol = front.signed_in(&front.carol).await;
    let denied = carol.send(page("/secret/x")).await.is(303);
    assert_eq!(denied.location(), "https://auth.example.test/denied?rd=https%3A//wiki.example.test/secret/x");
    let forbidden = carol.send(data("/secret/x")).await.is(403);
    for answer in bare.iter().chain([&redirect, &denied, &forbidden]) {
        assert!(!answer.body.contains("protected"), "{}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(front.wiki.connections(), 0);
    assert!(carol.visit(&format!("{WIKI}/secret/x")).await.is(403).says("carol"));
    let root = front.gateway.superuser("root").await;
    front.signed_in(&root).await.get(&format!("{WIKI}/secret/x")).await.is(200);
    front.stop().await;
}

async fn a_18_hosts_that_nobody_named_are_refused(stack: Stack) {
    let front = Front::start(&stack).await;
    let get = |line: &str, host: &str| {
        let request = format!("GET {line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        raw_status(&raw(front.nginx.address, request.as_bytes()))
    };
    for host in [
        "127.0.0.1",
        "evil.example",
        "example.test",
        "x.wiki.example.test",
        "wiki.example.test.evil.example",
        "open.example.test",
    ] {
        assert_eq!(get("/public/x", host), 421, "{host}");
    }
    // Another application's rules are never asked for, whatever the Host header says.
    assert_eq!(get("http://wiki.example.test/page", "open.example.test"), 401);
    assert_eq!(get("/page", "WIKI.example.test."), 401);
    assert_eq!(get("/public/x", "WIKI.example.test:80"), 200);

    let stranger = front.stranger();
    for url in [
        "https://127.0.0.1/",
        "https://evil.example/public/",
        "https://wiki.example.test:8443/public/",
        "https://auth.example.test/login",
    ] {
        let refused = front.verify(&stranger, url, &[]).await.is(403);
        assert_eq!((refused.body.as_str(), refused.location()), ("", ""));
    }
    front.verify(&stranger, "https://WIKI.example.test.:443/public/", &[]).await.is(200);
    for host in ["127.0.0.1", "evil.example", "wiki.example.test", "auth.example.test:8443"] {
        let at = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        for path in ["/", "/login", "/admin/users"] {
            assert_eq!(raw_status(&raw(front.gateway.address, at(path).as_bytes())), 421, "{host}{path}");
        }
        assert_eq!(raw_status(&raw(front.gateway.address, at("/livez").as_bytes())), 200, "{host}");
    }
    front.stop().await;
}

async fn a_20_nobody_passes_while_the_gateway_is_away(stack: Stack) {
    let Front { gateway, wiki, nginx, carol } = Front::start(&stack).await;
    let mut browser = Browser::new(&gateway.public, nginx.address);
    crate::harness::gateway::sign_in(&mut browser, carol.username(), &carol.password).await.is(303);
    gateway.stop().await;
    for path in ["/page", "/public/x"] {
        let away = browser.send(page(path)).await.is(503);
        assert_eq!(away.header("retry-after"), "5");
    }
    assert_eq!(wiki.connections(), 0);
}

async fn the_answers_of_verify_are_empty_and_whole(stack: Stack) {
    let front = Front::start(&stack).await;
    let names = [
        "remote-user",
        "remote-email",
        "remote-name",
        "remote-groups",
        "x-narthex-subject",
        "x-narthex-assertion",
        "cookie",
    ];
    let carol = front.signed_in(&front.carol).await;
    let known = front.verify(&carol, &format!("{WIKI}/page"), &[]).await.is(200);
    assert_eq!(
        (known.header("remote-user"), known.header("remote-groups"), known.header("cookie")),
        ("carol", "", "")
    );
    let nobody =
        front.verify(&front.stranger(), &format!("{WIKI}/public/"), &[("cookie", "a=b")]).await.is(200);
    assert_eq!((nobody.header("remote-user"), nobody.header("cookie")), ("", "a=b"));
    for answer in [&known, &nobody] {
        names.iter().for_each(|name| assert_eq!(answer.headers.get_all(*name).iter().count(), 1, "{name}"));
    }
    let login = front.verify(&front.stranger(), &format!("{WIKI}/page"), &[]).await.is(401);
    assert!(login.location().starts_with("https://auth.example.test/login?rd="), "{}", login.location());
    let script =
        front.verify(&front.stranger(), &format!("{WIKI}/page"), &[("sec-fetch-mode", "cors")]).await.is(401);
    assert_eq!(script.location(), "");
    let denied = front.verify(&carol, &format!("{WIKI}/secret/"), &[]).await.is(403);
    assert!(denied.location().starts_with("https://auth.example.test/denied?rd="), "{}", denied.location());
    for answer in [known, nobody, login, script, denied] {
        assert_eq!((answer.body.as_str(), answer.header("content-length")), ("", "0"));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    front.stop().await;
}

async fn a_deactivated_account_is_out_at_once(stack: Stack) {
    let front = Front::start(&stack).await;
    let root = front.gateway.superuser("root").await;
    let mut carol = front.signed_in(&front.carol).await;
    carol.send(data("/page")).await.is(200);
    front.signed_in(&root).await.post(&front.carol.admin_path("/deactivate"), &[]).await.is(303);
    carol.send(data("/page")).await.is(401);
    front.stop().await;
}
