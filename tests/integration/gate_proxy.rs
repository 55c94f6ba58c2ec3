//! The gate in front of our own reverse proxy.
use std::{convert::Infallible, net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{any, get},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

use crate::harness::{
    Ask, Browser, Gateway, Person, Stack, Upstream, both_stacks, free_port, gateway::Setup, raw, raw_status,
};

both_stacks!(
    a_02_no_spelling_of_an_identity_reaches_the_application,
    a_04_no_client_can_have_our_headers_dropped,
    a_05_the_request_line_alone_is_judged,
    a_09_the_judged_path_is_the_forwarded_one,
    a_10_every_method_is_judged_alike,
    a_16_ambiguous_framing_never_reaches_the_application,
    a_17_a_refusal_never_connects,
    a_18_each_host_is_judged_by_its_own_rules,
    answers_stream_and_keep_their_headers,
    bodies_are_limited_and_streamed,
    an_application_that_is_away_or_slow_is_told_apart,
);

pub(crate) const WIKI: &str = "https://wiki.example.test";

struct Door {
    gateway: Gateway,
    wiki: Upstream,
    carol: Person,
}

/// One application at `wiki`, with `more` settings: a public part, one for superusers, and the rest.
pub(crate) fn settings(wiki: SocketAddr, more: &str) -> String {
    format!(
        "public_url = 'https://auth.example.test'\n[sessions]\ncookie_domain = 'example.test'\n\
         [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\nurl = 'http://{wiki}'\n{more}\n\
         [[upstream.rule]]\npath = '/public'\npublic = true\n\
         [[upstream.rule]]\npath = '/secret'\ntier = 'superuser'\n\
         [[upstream.rule]]\npath = '/'\ntier = 'any'\n\
         [[upstream]]\nname = 'open'\nhost = 'open.example.test'\nurl = 'http://127.0.0.1:9'\n\
         [[upstream.rule]]\npath = '/'\npublic = true\n"
    )
}

impl Door {
    async fn start(stack: &Stack) -> Self {
        let wiki = Upstream::start().await;
        let gateway = Setup::on(stack).with(&settings(wiki.address, "max_body = '1KiB'")).start().await;
        let carol = gateway.standard("carol").await;
        Self { gateway, wiki, carol }
    }

    async fn signed_in(&self) -> Browser {
        self.gateway.signed_in(&self.carol).await
    }

    /// The status of a request that is sent as it is written here.
    fn raw(&self, request: &str) -> u16 {
        raw_status(&raw(self.gateway.address, request.as_bytes()))
    }
}

/// A gateway in front of an application of our own making.
async fn in_front_of(stack: &Stack, app: Router, more: &str) -> (Gateway, Browser) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let gateway = Setup::on(stack).with(&settings(address, more)).start().await;
    let carol = gateway.standard("carol").await;
    let browser = gateway.signed_in(&carol).await;
    (gateway, browser)
}

fn page(path: &str) -> Ask {
    Ask::get(&format!("{WIKI}{path}"))
}

fn data(path: &str) -> Ask {
    page(path).bare().header("accept", "application/json")
}

async fn a_02_no_spelling_of_an_identity_reaches_the_application(stack: Stack) {
    let door = Door::start(&stack).await;
    let spellings = [
        "Remote-User",
        "remote_user",
        "REMOTE.USER",
        "Remote_Email",
        "remote-groups",
        "Remote_Groups",
        "x_narthex-subject",
        "X-Narthex-Subject",
        "X-Narthex_Assertion",
    ];
    let forge = |ask: Ask| {
        spellings.iter().fold(ask, |ask, name| ask.header(name, "forged").header(name, "forged, root"))
    };
    let mut carol = door.signed_in().await;
    carol.send(forge(page("/page"))).await.is(200);
    let seen = door.wiki.last();
    assert!(!format!("{:?}", seen.headers).contains("forged"), "{:?}", seen.headers);
    assert_eq!((seen.only("remote-user"), seen.only("remote-email")), ("carol", "carol@people.example"));
    assert_eq!(seen.only("x-narthex-subject"), door.carol.user.id.to_string());

    door.gateway.browser().send(forge(page("/public"))).await.is(200);
    let seen = door.wiki.last();
    assert!(!format!("{:?}", seen.headers).contains("forged"), "{:?}", seen.headers);
    for name in [
        "remote-user",
        "remote-email",
        "remote-name",
        "remote-groups",
        "x-narthex-subject",
        "x-narthex-assertion",
    ] {
        assert_eq!(seen.only(name), "", "{name}: there, and empty");
    }
    door.gateway.stop().await;
}

async fn a_04_no_client_can_have_our_headers_dropped(stack: Stack) {
    let door = Door::start(&stack).await;
    let mut carol = door.signed_in().await;
    let ask = page("/page")
        .header("connection", "close, Remote-User, x-narthex-subject, X-Narthex-Assertion, Cookie, Host, X-Forwarded-For, x-own")
        .header("x-own", "1")
        .header("keep-alive", "timeout=5")
        .header("te", "trailers")
        .header("proxy-authorization", "Basic x")
        .header("x-forwarded-for", "10.9.9.9")
        .header("x-forwarded-proto", "http")
        .header("x-forwarded-host", "evil.example")
        .header("x-real-ip", "10.9.9.9")
        .header("client-ip", "10.9.9.9")
        .header("cf-connecting-ip", "10.9.9.9")
        .header("fastly_client_ip", "10.9.9.9")
        .header("forwarded-for", "10.9.9.9")
        .header("x-forwarded", "for=10.9.9.9")
        .header("proxy", "http://10.9.9.9")
        .header("x-host", "evil.example")
        .header("x-http-host-override", "evil.example")
        .header("x-url-scheme", "http")
        .header("front-end-https", "off")
        .header("transfer_encoding", "chunked")
        .header("Proxy_Connection", "close")
        .header(
            "cookie",
            &format!("theme=dark; {}", carol.cookies().header(&WIKI.parse().unwrap()).unwrap()),
        );
    carol.send(ask).await.is(200);
    let seen = door.wiki.last();
    assert_eq!((seen.only("remote-user"), seen.only("host")), ("carol", "wiki.example.test"));
    assert!(seen.only("x-narthex-assertion").starts_with("ey"));
    assert_eq!(seen.only("cookie"), "theme=dark");
    assert_eq!((seen.only("x-forwarded-for"), seen.only("x-forwarded-proto")), ("127.0.0.1", "https"));
    assert_eq!(seen.only("x-forwarded-host"), "wiki.example.test");
    for gone in ["connection", "x-own", "keep-alive", "te", "proxy-authorization", "x-real-ip"] {
        assert!(seen.headers.get(gone).is_none(), "{gone} in {:?}", seen.headers);
    }
    for gone in ["10.9.9.9", "evil.example", "x-url-scheme", "front-end-https", "r_encoding", "y_connection"]
    {
        assert!(!format!("{:?}", seen.headers).contains(gone), "{gone} in {:?}", seen.headers);
    }
    door.gateway.stop().await;
}

async fn a_05_the_request_line_alone_is_judged(stack: Stack) {
    let door = Door::start(&stack).await;
    for name in ["x-original-url", "x-original-uri", "x-rewrite-url", "x-forwarded-uri", "x-forwarded-path"] {
        door.gateway.browser().send(data("/page").header(name, "/public")).await.is(401);
        door.gateway.browser().send(page("/public").header(name, "/secret")).await.is(200);
        assert!(
            door.wiki.last().headers.get(name).is_none(),
            "{name} would lead some applications elsewhere"
        );
    }
    for (name, value) in [("x-forwarded-host", "open.example.test"), ("forwarded", "host=open.example.test")]
    {
        door.gateway.browser().send(data("/page").header(name, value)).await.is(401);
    }
    door.gateway.stop().await;
}

async fn a_09_the_judged_path_is_the_forwarded_one(stack: Stack) {
    let door = Door::start(&stack).await;
    for target in [
        "/public/../secret",
        "/public/%2e%2e/secret",
        "/public/..%2fsecret",
        "/public%2f..%2fsecret",
        "/public//secret",
        "//secret",
        "/public;/../secret",
        "/public/..;/secret",
        "/public\\..\\secret",
        "/public/%5c..%5csecret",
        "/public/%252e%252e/secret",
        "/public%00",
        "/public;x/secret",
        "/public/%zz",
        "/PUBLIC",
        "*",
    ] {
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: wiki.example.test\r\nConnection: close\r\n\r\n");
        assert_eq!(door.raw(&request), 400, "{target}");
    }
    for target in ["/private?x=/public", "/private#/public", "/publicly", "/private?/public"] {
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: wiki.example.test\r\nConnection: close\r\n\r\n");
        assert_eq!(door.raw(&request), 401, "{target}");
    }
    assert_eq!(door.wiki.connections(), 0);
    let mut carol = door.signed_in().await;
    carol.send(data("/%73ecret")).await.is(403);
    carol.send(data("/%70age/%7ex%2a?q=%zz&a=b%20c")).await.is(200);
    assert_eq!(door.wiki.last().target, "/page/~x%2A?q=%zz&a=b%20c");
    door.gateway.stop().await;
}

async fn a_10_every_method_is_judged_alike(stack: Stack) {
    let door = Door::start(&stack).await;
    let mut carol = door.signed_in().await;
    for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"] {
        let ask = || Ask::new(method, &format!("{WIKI}/page")).bare().header("accept", "*/*");
        door.gateway.browser().send(ask()).await.is(401);
        carol.send(ask()).await.is(200);
        assert_eq!(door.wiki.last().method, method);
    }
    for method in ["TRACE", "CONNECT", "get"] {
        let request =
            format!("{method} /public HTTP/1.1\r\nHost: wiki.example.test\r\nConnection: close\r\n\r\n");
        assert!(matches!(door.raw(&request), 400 | 405), "{method}");
    }
    let seen = door.wiki.requests().len();
    let upgrade = data("/page").header("connection", "upgrade").header("upgrade", "websocket");
    door.gateway.browser().send(upgrade.clone()).await.is(401);
    carol.send(upgrade).await.is(400);
    carol.send(data("/page").header("expect", "the-unexpected")).await.is(400);
    assert_eq!(door.wiki.requests().len(), seen);
    let plain = data("/page").header("connection", "upgrade, http2-settings").header("upgrade", "h2c");
    carol.send(plain.header("http2-settings", "AAMAAABkAAQAAP__")).await.is(200);
    assert!(door.wiki.last().headers.get("upgrade").is_none());
    door.gateway.stop().await;
}

async fn a_16_ambiguous_framing_never_reaches_the_application(stack: Stack) {
    let door = Door::start(&stack).await;
    let hidden = "GET /public/hidden HTTP/1.1\r\nHost: wiki.example.test\r\n\r\n";
    for framing in [
        format!("Content-Length: 0\r\nContent-Length: {}\r\n\r\n{hidden}", hidden.len()),
        format!("Content-Length: {}\r\nTransfer-Encoding: xchunked\r\n\r\n{hidden}", hidden.len()),
        format!("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{hidden}"),
        format!("Content-Length: +{}\r\n\r\n{hidden}", hidden.len()),
    ] {
        let request = format!("POST /public/x HTTP/1.1\r\nHost: wiki.example.test\r\n{framing}");
        assert_eq!(door.raw(&request), 400, "{framing}");
    }
    assert_eq!(door.wiki.requests().len(), 0);
    // Both at once: chunks count, and what follows them is the next request, for us as for the application.
    let both = "POST /public/x HTTP/1.1\r\nHost: wiki.example.test\r\nConnection: close\r\nContent-Length: 3\r\n\
        Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let status = door.raw(both);
    assert!(matches!(status, 200 | 400), "{status}");
    assert!(door.wiki.requests().iter().all(|seen| &seen.body[..] == b"hello"));
    door.gateway.stop().await;
}

async fn a_17_a_refusal_never_connects(stack: Stack) {
    let door = Door::start(&stack).await;
    let redirect = door.gateway.browser().send(page("/page?a=b&c")).await.is(303);
    let login = "https://auth.example.test/login?rd=https%3A//wiki.example.test/page%3Fa%3Db%26c";
    assert_eq!(redirect.location(), login);
    let bare = door.gateway.browser().send(data("/page")).await.is(401);
    let post = door.gateway.browser().post(&format!("{WIKI}/page"), &[("a", "b")]).await.is(401);
    let mut carol = door.signed_in().await;
    let denied = carol.send(page("/secret/x")).await.is(403);
    assert!(denied.text().contains("Only superusers can open it"), "{}", denied.text());
    let forbidden = carol.send(data("/secret")).await.is(403);
    for answer in [redirect, bare, post, denied, forbidden] {
        assert!(!answer.body.contains("protected"), "{}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(door.wiki.connections(), 0);
    door.gateway.stop().await;
}

async fn a_18_each_host_is_judged_by_its_own_rules(stack: Stack) {
    let door = Door::start(&stack).await;
    let get = |line: &str, hosts: &str| {
        door.raw(&format!("GET {line} HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n"))
    };
    for host in ["wiki.example.test", "WIKI.example.test", "wiki.example.test.", "wiki.example.test:443"] {
        assert_eq!(get("/page", &format!("Host: {host}\r\n")), 401, "{host}");
        assert_eq!(get("/public", &format!("Host: {host}\r\n")), 200, "{host}");
    }
    for host in [
        "127.0.0.1",
        "x.wiki.example.test",
        "wiki.example.test:8443",
        "wiki.example.test.evil.example",
        "evil.example",
    ] {
        assert_eq!(get("/public", &format!("Host: {host}\r\n")), 421, "{host}");
    }
    let wiki = "Host: wiki.example.test\r\n";
    let open = "Host: open.example.test\r\n";
    for hosts in
        ["", "Host:\r\n", "Host: wiki example\r\n", "Host: a@wiki.example.test\r\n", &format!("{wiki}{open}")]
    {
        assert_eq!(get("/public", hosts), 400, "{hosts}");
    }
    assert_eq!(get("http://wiki.example.test/page", open), 400);
    assert_eq!(get("http://open.example.test/page", wiki), 400);
    assert_eq!(get("http://wiki.example.test/page", wiki), 401);
    // Every path of an upstream's host is the upstream's, also those that are ours elsewhere.
    for path in ["/verify", "/login", "/admin/users", "/livez", "/.well-known/jwks.json"] {
        assert_eq!(get(path, wiki), 401, "{path}");
    }
    door.gateway.stop().await;
}

async fn answers_stream_and_keep_their_headers(stack: Stack) {
    let go_on = std::sync::Arc::new(Notify::new());
    let app = Router::new()
        .route(
            "/stream",
            get(async |State(go_on): State<std::sync::Arc<Notify>>| {
                let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"data: first\n\n"))]);
                let second = stream::once(async move {
                    go_on.notified().await;
                    Ok(Bytes::from_static(b"data: second\n\n"))
                });
                ([("content-type", "text/event-stream")], Body::from_stream(first.chain(second)))
            }),
        )
        .route(
            "/cookies",
            get(async || {
                let mut headers = HeaderMap::new();
                for line in [
                    "session=1",
                    "__Host-narthex=x; Path=/; Secure",
                    "narthex=x",
                    "__Host-narthex=x; Domain=example.test; Path=/; Secure",
                    "__Secure-narthex=x; Domain=example.test; Path=/; Secure; HttpOnly; SameSite=None",
                    "Narthex-Gate = x; Max-Age=0",
                    "__host-narthex-flow-1=x",
                    " narthex-lang=x",
                    "__secure-NARTHEX=x",
                    "theme=dark",
                    "=narthex=x",
                ] {
                    headers.append("set-cookie", line.parse().unwrap());
                }
                headers.insert("connection", "x-hop".parse().unwrap());
                headers.insert("x-hop", "1".parse().unwrap());
                headers.insert("etag", "\"1\"".parse().unwrap());
                (StatusCode::IM_A_TEAPOT, headers, "short and stout")
            }),
        )
        .with_state(std::sync::Arc::clone(&go_on));
    let (gateway, mut carol) = in_front_of(&stack, app, "").await;

    let answer = carol.send(data("/cookies")).await.is(418);
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["session=1", "theme=dark"]);
    assert_eq!((answer.header("cache-control"), answer.header("vary")), ("private", "Cookie"), "A-22");
    assert_eq!(
        (answer.header("etag"), answer.header("x-hop"), answer.body.as_str()),
        ("\"1\"", "", "short and stout")
    );
    let head = carol.send(Ask::new("HEAD", &format!("{WIKI}/cookies")).bare()).await.is(418);
    assert_eq!((head.header("content-length"), head.body.as_str()), ("15", ""));

    let cookie = carol.cookies().header(&WIKI.parse().unwrap()).unwrap();
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    let request = format!(
        "GET /stream HTTP/1.1\r\nHost: wiki.example.test\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut seen = String::new();
    while !seen.contains("first") {
        let mut buffer = [0; 1024];
        let count = stream.read(&mut buffer).await.unwrap();
        assert_ne!(count, 0, "the stream ended early: {seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    assert!(!seen.contains("second"), "the first event came before the second was there");
    go_on.notify_one();
    stream.read_to_string(&mut seen).await.unwrap();
    assert!(seen.contains("second"), "{seen}");
    gateway.stop().await;
}

async fn bodies_are_limited_and_streamed(stack: Stack) {
    let app = Router::new().fallback(any(async |body: Body| -> Response {
        match body.collect().await {
            Ok(whole) => whole.to_bytes().len().to_string().into_response(),
            Err(_) => StatusCode::BAD_REQUEST.into_response(),
        }
    }));
    let (gateway, mut carol) = in_front_of(&stack, app, "max_body = '1KiB'").await;
    let post = |length: usize| Ask::new("POST", &format!("{WIKI}/page")).bare().body(vec![b'x'; length]);
    for length in [0, 1, 1024] {
        assert_eq!(carol.send(post(length)).await.is(200).body, length.to_string());
    }
    carol.send(post(1025)).await.is(413);

    let cookie = carol.cookies().header(&WIKI.parse().unwrap()).unwrap();
    let chunked = |chunks: usize| {
        let head = format!(
            "POST /page HTTP/1.1\r\nHost: wiki.example.test\r\nCookie: {cookie}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        let chunk = format!("100\r\n{}\r\n", "x".repeat(256));
        raw_status(&raw(gateway.address, format!("{head}{}0\r\n\r\n", chunk.repeat(chunks)).as_bytes()))
    };
    assert_eq!((chunked(4), chunked(5)), (200, 413));

    let expecting = format!(
        "POST /page HTTP/1.1\r\nHost: wiki.example.test\r\nCookie: {cookie}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"
    );
    let answer = raw(gateway.address, expecting.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 100 ") && answer.contains("HTTP/1.1 200 "), "{answer}");
    gateway.stop().await;
}

async fn an_application_that_is_away_or_slow_is_told_apart(stack: Stack) {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let gateway = Setup::on(&stack).with(&settings(nowhere, "")).start().await;
    let away = gateway.browser().send(page("/public")).await.is(502);
    assert!(away.text().contains("The application does not answer"), "{}", away.text());
    assert!(away.header("content-security-policy").contains("style-src https://auth.example.test;"));
    assert!(!away.header("x-request-id").is_empty() && away.body.contains(away.header("x-request-id")));
    let korean = gateway.browser().send(page("/public").header("accept-language", "ko")).await.is(502);
    assert!(korean.text().contains("애플리케이션이 응답하지 않습니다"), "{}", korean.text());
    let program = gateway.browser().send(data("/public")).await.is(502);
    assert!(program.body.contains("\"error\":\"bad gateway\""), "{}", program.body);
    gateway.stop().await;

    let app = Router::new().fallback(any(async || {
        tokio::time::sleep(Duration::from_secs(60)).await;
        "too late"
    }));
    let (gateway, mut carol) = in_front_of(&stack, app, "timeout = '1s'").await;
    carol.send(page("/page")).await.is(504);
    gateway.stop().await;
}
