//! Requests byte by byte: what two programs could read in two ways reaches no application.
use crate::{
    gate_proxy::settings,
    harness::{
        Gateway, Stack, both_stacks,
        gateway::Setup,
        wire::{Log, Scripted, Wire},
    },
};

both_stacks!(
    a_03_no_line_of_an_identity_gets_through,
    a_16_framing_is_read_in_one_way_only,
    a_16_what_follows_a_request_is_judged_by_itself,
    a_16_a_body_arrives_whatever_the_method,
    a_09_what_grows_too_long_is_refused,
    a_16_lines_end_as_they_should,
    a_19_nothing_of_ours_is_shown_on_an_application,
);

struct Door {
    gateway: Gateway,
    wiki: Scripted,
}

impl Door {
    async fn start(stack: &Stack) -> Self {
        let wiki = Scripted::start(remembers).await;
        let gateway = Setup::on(stack).with(&settings(wiki.address, "")).start().await;
        Self { gateway, wiki }
    }

    /// Sends these bytes and reads what comes until the gateway closes.
    async fn raw(&self, bytes: &str) -> String {
        Wire::with(self.gateway.address, bytes).await.rest().await
    }

    async fn status(&self, bytes: &str) -> String {
        self.raw(bytes).await.split(' ').nth(1).unwrap_or("none").to_owned()
    }
}

/// Keeps every byte that comes on each connection, and answers each head with its number.
async fn remembers(mut wire: Wire, log: Log) {
    loop {
        let head = wire.head().await;
        let body = if head.contains("\r\ntransfer-encoding: chunked\r\n") {
            wire.until("0\r\n\r\n").await
        } else {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            wire.bytes(length.map_or(0, |length| length.parse().unwrap())).await
        };
        log.add(format!("{head}{body}"));
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nseen").await;
    }
}

fn post(framing: &str, body: &str) -> String {
    format!("POST /public/x HTTP/1.1\r\nHost: wiki.example.test\r\nConnection: close\r\n{framing}\r\n{body}")
}

async fn a_03_no_line_of_an_identity_gets_through(stack: Stack) {
    let door = Door::start(&stack).await;
    let get = |lines: &str| {
        format!("GET /public HTTP/1.1\r\nHost: wiki.example.test\r\nConnection: close\r\n{lines}\r\n")
    };
    for lines in [
        "Remote-User: forged\r\nRemote-User: forged\r\n",
        "Remote-User: forged, root\r\n",
        "REMOTE_USER: forged\r\nremote-USER: forged\r\nRemote.User: forged\r\n",
        "Remote-Groups:forged\r\nRemote-Groups:\tforged\t\r\n",
        "X-Narthex-Assertion: forged\r\nX_Narthex_Assertion: forged\r\n",
    ] {
        assert_eq!(door.status(&get(lines)).await, "200", "{lines}");
        let head = door.wiki.log().pop().unwrap();
        assert!(!head.contains("forged"), "{lines}: {head}");
        for name in ["remote-user", "remote-email", "remote-name", "remote-groups", "x-narthex-subject"] {
            assert_eq!(head.matches(&format!("\r\n{name}: \r\n")).count(), 1, "{name}: {head}");
        }
    }
    let seen = door.wiki.log().len();
    for lines in [
        "X: a\r\n Remote-User: forged\r\n",
        "X: a\r\n\tforged\r\n",
        " Remote-User: forged\r\n",
        "Remote-User : forged\r\n",
        "Remote-User\t: forged\r\n",
        "Remote-User\0: forged\r\n",
        "Remote-User\r: forged\r\n",
        ": forged\r\n",
        "Remote-User forged\r\n",
        "X: a\rRemote-User: forged\r\n",
        "X: a\0\r\n",
    ] {
        assert_eq!(door.status(&get(lines)).await, "400", "{lines:?}");
    }
    assert_eq!(door.wiki.log().len(), seen);
    door.gateway.stop().await;
}

async fn a_16_framing_is_read_in_one_way_only(stack: Stack) {
    let door = Door::start(&stack).await;
    let hidden = "GET /public/hidden HTTP/1.1\r\nHost: wiki.example.test\r\n\r\n";
    let length = hidden.len();
    for framing in [
        format!("Content-Length: 0\r\nContent-Length: {length}\r\n"),
        format!("Content-Length: 0, {length}\r\n"),
        format!("Content-Length: +{length}\r\n"),
        format!("Content-Length: -{length}\r\n"),
        format!("Content-Length: 0x{length}\r\n"),
        "Content-Length: 1e1\r\n".to_owned(),
        "Content-Length: 99999999999999999999999\r\n".to_owned(),
        "Content-Length:\r\n".to_owned(),
        "Content-Length : 5\r\n".to_owned(),
        format!("Content-Length: {length}\r\nTransfer-Encoding: xchunked\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: identity\r\n"),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n".to_owned(),
        "Transfer-Encoding: chunked, identity\r\n".to_owned(),
        "Transfer-Encoding: chunked;q=1\r\n".to_owned(),
        "Transfer-Encoding: \"chunked\"\r\n".to_owned(),
        "Transfer-Encoding: chunked\0\r\n".to_owned(),
        "Transfer-Encoding : chunked\r\n".to_owned(),
        "Transfer-Encoding:\r\n chunked\r\n".to_owned(),
        "Transfer-Encoding: identity\r\n".to_owned(),
        "Transfer-Encoding: gzip\r\n".to_owned(),
        "Transfer-Encoding: gzip, chunked\r\n".to_owned(),
        "Transfer-Encoding: chunked, chunked\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n".to_owned(),
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n".to_owned(),
    ] {
        let status = door.status(&post(&framing, &format!("0\r\n\r\n{hidden}"))).await;
        assert_eq!(status, "400", "{framing}");
    }
    assert_eq!(door.wiki.log().len(), 0);
    for chunks in [
        "5\r\nhello\r\n0\r\n",
        "g\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "5 5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhelloX\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "5;x=\ny\r\nhello\r\n0\r\n\r\n",
    ] {
        let mut wire = Wire::with(
            door.gateway.address,
            &post("Transfer-Encoding: chunked\r\n", &format!("{chunks}{hidden}")),
        )
        .await;
        wire.finish().await;
        let answer = wire.rest().await;
        assert!(!answer.contains(" 200 "), "{chunks:?}: {answer}");
    }
    assert!(door.wiki.log().is_empty(), "{:?}", door.wiki.log());
    // What is well framed arrives with a framing of our own, without extensions and trailers.
    let body = "5;ext=\"a\"\r\nhello\r\n0\r\nRemote-User: forged\r\nX-Sum: 1\r\n\r\n";
    let answer = door.status(&post("Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n", body)).await;
    assert_eq!(answer, "200");
    let seen = door.wiki.log().pop().unwrap();
    assert!(seen.ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "{seen}");
    assert!(!seen.contains("forged") && !seen.contains("railer"), "{seen}");
    door.gateway.stop().await;
}

async fn a_16_what_follows_a_request_is_judged_by_itself(stack: Stack) {
    let door = Door::start(&stack).await;
    let hidden = "GET /secret/hidden HTTP/1.1\r\nHost: wiki.example.test\r\n\r\n";
    let keeps = |framing: &str, body: &str| {
        format!("POST /public/x HTTP/1.1\r\nHost: wiki.example.test\r\n{framing}\r\n{body}")
    };
    // Both lengths at once: chunks count (RFC 9112 §6.3), and nothing more is read from that connection (§6.1).
    for order in [0, 1] {
        let mut lines = [
            format!("Content-Length: {}\r\n", 5 + hidden.len()),
            "Transfer-Encoding: chunked\r\n".to_owned(),
        ];
        lines.rotate_left(order);
        let answer = door.raw(&keeps(&lines.concat(), &format!("0\r\n\r\n{hidden}"))).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    }
    // Pipelined requests are each judged, and what is no request ends the connection.
    let pipelined = format!("{}{hidden}", keeps("Content-Length: 2\r\n", "ok"));
    let mut wire = Wire::with(door.gateway.address, &pipelined).await;
    assert!(wire.head().await.starts_with("HTTP/1.1 200 "));
    wire.until("seen").await;
    assert!(wire.head().await.starts_with("HTTP/1.1 401 "));
    drop(wire);
    let leftover = door.raw(&keeps("Content-Length: 2\r\n", "okleft over\r\n\r\n")).await;
    assert_eq!(leftover.matches("HTTP/1.1 200 ").count(), 1, "{leftover}");
    assert_eq!(leftover.matches("HTTP/1.1 400 ").count(), 1, "{leftover}");
    let seen = door.wiki.log();
    assert!(seen.iter().all(|request| request.starts_with("POST /public/x ")), "{seen:?}");
    assert_eq!(seen.len(), 4, "one for each, never a second: {seen:?}");
    door.gateway.stop().await;
}

async fn a_16_a_body_arrives_whatever_the_method(stack: Stack) {
    let door = Door::start(&stack).await;
    let ask = |method: &str, framing: &str, body: &str| post(framing, body).replacen("POST", method, 1);
    let chunked = "Transfer-Encoding: chunked\r\n";
    for method in ["GET", "HEAD", "OPTIONS", "DELETE", "POST", "PUT", "PROPFIND"] {
        let chunks = ask(method, chunked, "5\r\nhello\r\n0\r\n\r\n");
        assert_eq!(door.status(&chunks).await, "200", "{method}");
        let seen = door.wiki.log().pop().unwrap();
        assert!(seen.ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "{method}: {seen}");
        assert_eq!(door.status(&ask(method, "Content-Length: 5\r\n", "hello")).await, "200", "{method}");
        let seen = door.wiki.log().pop().unwrap();
        assert!(seen.contains("\r\ncontent-length: 5\r\n") && seen.ends_with("\r\n\r\nhello"), "{seen}");
        for empty in ["", "Content-Length: 0\r\n"] {
            assert_eq!(door.status(&ask(method, empty, "")).await, "200", "{method}");
            let seen = door.wiki.log().pop().unwrap();
            let told = seen.contains("\r\ncontent-length: 0\r\n");
            assert_eq!(told, matches!(method, "POST" | "PUT"), "{seen}");
            assert!(!seen.contains("transfer-encoding"), "{seen}");
        }
    }
    door.gateway.stop().await;
    let gateway = Setup::on(&stack).with(&settings(door.wiki.address, "max_body = '4B'")).start().await;
    let seen = door.wiki.log().len();
    for framing in [(chunked, "5\r\nhello\r\n0\r\n\r\n"), ("Content-Length: 5\r\n", "hello")] {
        for method in ["GET", "POST"] {
            let ask = ask(method, framing.0, framing.1);
            let answer = Wire::with(gateway.address, &ask).await.rest().await;
            assert!(answer.starts_with("HTTP/1.1 413 "), "{ask}: {answer}");
        }
    }
    assert_eq!(door.wiki.log().len(), seen);
    gateway.stop().await;
}

async fn a_09_what_grows_too_long_is_refused(stack: Stack) {
    let door = Door::start(&stack).await;
    let get = |path: &str| {
        format!("GET /public/{path} HTTP/1.1\r\nHost: wiki.example.test\r\nConnection: close\r\n\r\n")
    };
    // Each is written as three characters in the form that is judged and passed on.
    assert_eq!(door.status(&get(&"{".repeat(10_000))).await, "200");
    assert_eq!(door.status(&get(&"{".repeat(25_000))).await, "400");
    assert_eq!(door.wiki.connections(), 1);
    door.gateway.stop().await;
}

async fn a_16_lines_end_as_they_should(stack: Stack) {
    let door = Door::start(&stack).await;
    for request in [
        "GET /public\r\n\r\n",
        "GET /public HTTP/0.9\r\n\r\n",
        "GET /public HTTP/2.0\r\nHost: wiki.example.test\r\n\r\n",
        "GET  /public HTTP/1.1\r\nHost: wiki.example.test\r\n\r\n",
        "GET /public  HTTP/1.1\r\nHost: wiki.example.test\r\n\r\n",
        "GET\t/public\tHTTP/1.1\r\nHost: wiki.example.test\r\n\r\n",
        "GET /public HTTP/1.1 \r\nHost: wiki.example.test\r\n\r\n",
        "GET /pub lic HTTP/1.1\r\nHost: wiki.example.test\r\n\r\n",
        "GET /public HTTP/1.1\r\nHost: wiki.example.test\r\nX\r\n\r\n",
        "GET http://open.example.test/public HTTP/1.1\r\nHost: wiki.example.test\r\n\r\n",
        "GET http://wiki.example.test@evil.example/public HTTP/1.1\r\nHost: wiki.example.test\r\n\r\n",
        "GET public HTTP/1.1\r\nHost: wiki.example.test\r\n\r\n",
        "GET /public HTTP/1.0\r\n\r\n",
    ] {
        let answer = door.raw(request).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.0 400 "),
            "{request:?}: {answer}"
        );
    }
    assert_eq!(door.wiki.connections(), 0);
    // A bare line feed ends a line for us (RFC 9112 §2.2 lets it), and the application sees a plain one.
    let bare =
        "GET /public HTTP/1.1\nHost: wiki.example.test\nConnection: close\nX: 1\nRemote-User: forged\n\n";
    assert_eq!(door.status(bare).await, "200");
    let head = door.wiki.log().pop().unwrap();
    assert!(head.contains("\r\nx: 1\r\n") && !head.contains("forged"), "{head:?}");
    assert!(!head.replace("\r\n", "").contains(['\r', '\n']), "{head:?}");
    let old = door.raw("GET /public HTTP/1.0\r\nHost: wiki.example.test\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200 ") && old.ends_with("seen"), "{old}");
    assert!(door.wiki.log().pop().unwrap().starts_with("GET /public HTTP/1.1\r\n"));
    door.gateway.stop().await;
}

async fn a_19_nothing_of_ours_is_shown_on_an_application(stack: Stack) {
    let door = Door::start(&stack).await;
    for path in ["/metrics", "/debug", "/admin", "/admin/users", "/livez", "/readyz", "/verify", "/setup"] {
        let get = |host: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(door.status(&get("wiki.example.test")).await, "401", "{path}");
        let stranger = door.status(&get("unknown.example.test")).await;
        let known = match path {
            "/livez" | "/readyz" => "200",
            "/verify" => "403",
            _ => "421",
        };
        assert_eq!(stranger, known, "{path}");
    }
    for path in ["/metrics", "/debug"] {
        let own = format!("GET {path} HTTP/1.1\r\nHost: auth.example.test\r\nConnection: close\r\n\r\n");
        assert_eq!(door.status(&own).await, "404", "{path}");
    }
    assert_eq!(door.wiki.connections(), 0);
    door.gateway.stop().await;
}
