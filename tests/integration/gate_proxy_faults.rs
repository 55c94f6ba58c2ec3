//! Applications that fail, and clients that send without end: nobody else notices.
use std::time::Duration;

use tokio::time::sleep;

use crate::{
    gate_proxy::{WIKI, settings},
    harness::{
        Ask, Gateway, Stack, both_stacks,
        gateway::Setup,
        wire::{Log, Scripted, Wire},
    },
};

both_stacks!(
    f_25_what_never_ends_needs_no_memory,
    f_25_a_request_that_stands_still_is_given_up,
    f_26_what_is_no_answer_is_a_502,
    f_26_what_does_not_come_is_a_504,
    f_26_what_breaks_off_never_looks_whole,
    f_26_an_old_answer_ends_with_its_connection,
    f_26_of_two_lengths_the_chunks_count,
    f_26_no_answer_is_taken_for_another,
    f_26_what_comes_before_the_answer_is_not_the_answer,
    f_26_a_kept_connection_that_closes_is_no_error,
);

async fn in_front_of(stack: &Stack, wiki: &Scripted, more: &str) -> Gateway {
    Setup::on(stack).with(&settings(wiki.address, more)).start().await
}

/// Sends a request without a session and keeps the connection.
async fn ask(gateway: &Gateway, line: &str, more: &str) -> Wire {
    let request = format!("{line} HTTP/1.1\r\nHost: wiki.example.test\r\n{more}\r\n");
    Wire::with(gateway.address, &request).await
}

/// The path without `/public`.
fn path(head: &str) -> String {
    head.split(' ').nth(1).unwrap_or_default().trim_start_matches("/public").to_owned()
}

async fn f_25_what_never_ends_needs_no_memory(stack: Stack) {
    let wiki = Scripted::start(async |mut wire: Wire, log: Log| {
        if path(&wire.head().await) == "/takes-nothing" {
            return sleep(Duration::from_secs(60)).await;
        }
        wire.send("HTTP/1.1 200 OK\r\n\r\n").await;
        let sent = wire.flood(&[b'x'; 65536], 1 << 30).await;
        log.add(format!("{sent}"));
    })
    .await;
    let gateway = in_front_of(&stack, &wiki, "max_body = '1GiB'").await;
    // Sockets hold some megabytes on their own; the rest would have to be ours.
    const BOUND: usize = 24 << 20;
    let mut upload = ask(&gateway, "POST /public/takes-nothing", "Transfer-Encoding: chunked\r\n").await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let sent = upload.flood(chunk.as_bytes(), 1 << 30).await;
    assert!(sent < BOUND, "{sent} bytes were taken that the application does not want");

    let download = ask(&gateway, "GET /public/endless", "").await;
    sleep(Duration::from_secs(3)).await;
    let sent: usize = wiki.log().pop().expect("the application was stopped").parse().unwrap();
    assert!(sent < BOUND, "{sent} bytes were taken that the client does not want");
    drop((upload, download));

    let huge = format!("X-Huge: {}\r\n", "x".repeat(64 * 1024));
    let mut wire = ask(&gateway, "GET /public", &huge).await;
    assert!(wire.head().await.starts_with("HTTP/1.1 431 "));
    gateway.stop().await;

    let gateway = in_front_of(&stack, &wiki, "max_body = '1MiB'").await;
    let mut endless = ask(&gateway, "POST /public/takes-nothing", "Transfer-Encoding: chunked\r\n").await;
    endless.flood(chunk.as_bytes(), 1 << 30).await;
    let answer = endless.rest().await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    gateway.stop().await;
}

async fn f_25_a_request_that_stands_still_is_given_up(stack: Stack) {
    let wiki = Scripted::start(async |mut wire: Wire, log: Log| {
        wire.head().await;
        let body = wire.rest().await;
        log.add(body);
    })
    .await;
    let gateway = in_front_of(&stack, &wiki, "timeout = '1s'").await;
    let mut wire = ask(&gateway, "POST /public/x", "Content-Length: 10\r\n").await;
    for _ in 0..3 {
        // Slow is not still.
        wire.send("x").await;
        sleep(Duration::from_millis(600)).await;
    }
    let answer = wire.rest().await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    sleep(Duration::from_millis(100)).await;
    assert_eq!(wiki.log(), ["xxx"]);
    gateway.stop().await;
}

async fn f_26_what_is_no_answer_is_a_502(stack: Stack) {
    let wiki = Scripted::start(async |mut wire: Wire, _| {
        let answer = match path(&wire.head().await).as_str() {
            "/nothing" => String::new(),
            "/garbage" => "SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned(),
            "/old" => "<html>protected</html>".to_owned(),
            "/half" => "HTTP/1.1 200 OK\r\nContent-".to_owned(),
            "/name" => "HTTP/1.1 200 OK\r\nBad Name: protected\r\n\r\n".to_owned(),
            "/value" => "HTTP/1.1 200 OK\r\nX: a\0protected\r\n\r\n".to_owned(),
            "/lengths" => {
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\nprotected".to_owned()
            }
            "/length" => "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nprotected".to_owned(),
            "/many" => format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: protected\r\n".repeat(1000)),
            "/huge" => format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "protected".repeat(100_000)),
            other => panic!("{other}"),
        };
        wire.flood(answer.as_bytes(), answer.len()).await;
    })
    .await;
    let gateway = in_front_of(&stack, &wiki, "").await;
    let kinds = ["nothing", "garbage", "old", "half", "name", "value", "lengths", "length", "many", "huge"];
    for kind in kinds {
        let mut wire = ask(&gateway, &format!("GET /public/{kind}"), "Connection: close\r\n").await;
        let answer = wire.rest().await;
        assert!(answer.starts_with("HTTP/1.1 502 ") && !answer.contains("protected"), "{kind}: {answer}");
    }
    assert_eq!(wiki.connections(), kinds.len(), "each had its own connection");
    gateway.stop().await;
}

async fn f_26_what_does_not_come_is_a_504(stack: Stack) {
    let wiki = Scripted::start(async |mut wire: Wire, _| match path(&wire.head().await).as_str() {
        "/silent" => sleep(Duration::from_secs(60)).await,
        "/early" => {
            for _ in 0..30 {
                wire.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n").await;
                sleep(Duration::from_millis(500)).await;
            }
        }
        _ => {
            wire.send("HTTP/1.1 200 OK\r\n").await;
            for _ in 0..30 {
                wire.send("X: x\r\n").await;
                sleep(Duration::from_millis(500)).await;
            }
        }
    })
    .await;
    let gateway = in_front_of(&stack, &wiki, "timeout = '1s'").await;
    for kind in ["silent", "early", "drips"] {
        let mut wire = ask(&gateway, &format!("GET /public/{kind}"), "Connection: close\r\n").await;
        let answer = wire.rest().await;
        assert!(answer.starts_with("HTTP/1.1 504 "), "{kind}: {answer}");
    }
    gateway.stop().await;
}

async fn f_26_what_breaks_off_never_looks_whole(stack: Stack) {
    let wiki = Scripted::start(async |mut wire: Wire, _| {
        let kind = path(&wire.head().await);
        if kind.ends_with("length") {
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegins").await;
        } else if kind.ends_with("chunks") {
            wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nbegins\r\n").await;
        } else if kind.ends_with("old") {
            wire.send("HTTP/1.0 200 OK\r\n\r\nbegins").await;
            // Its end is that of the connection: only what is reset is known to be broken off.
            sleep(Duration::from_millis(200)).await;
            if kind.starts_with("/closes") {
                return wire.reset();
            }
        } else {
            wire.send("HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream\r\n\r\nbegins").await;
        }
        if !kind.starts_with("/closes") {
            sleep(Duration::from_secs(5)).await;
        }
    })
    .await;
    let gateway = in_front_of(&stack, &wiki, "timeout = '1s'").await;
    let kinds = ["closes-length", "closes-chunks", "closes-old", "stops-length", "stops-chunks", "stops-old"];
    for kind in kinds {
        let mut wire = ask(&gateway, &format!("GET /public/{kind}"), "").await;
        let answer = wire.rest().await;
        assert!(!answer.contains("\r\n0\r\n"), "{kind}: {answer}");
        let whole = answer.contains("content-length: ") || answer.contains("transfer-encoding: chunked");
        assert!(whole || answer.is_empty(), "{kind}: where it ends is not told: {answer}");
        let length = answer.split("\r\n\r\n").nth(1).map_or(0, str::len);
        assert!(length < 100, "{kind}: {answer}");
        // What came before it broke off may be lost with it; what stood still has long been passed on.
        assert!(kind.starts_with("closes") || answer.contains("begins"), "{kind}: {answer}");
    }
    assert_eq!(wiki.connections(), kinds.len(), "none was used again");
    // An event stream may be silent for longer.
    let mut wire = ask(&gateway, "GET /public/events", "").await;
    wire.until("begins").await;
    wire.until("\r\n").await;
    assert!(wire.is_silent_for(Duration::from_secs(3)).await);
    gateway.stop().await;
}

async fn f_26_an_old_answer_ends_with_its_connection(stack: Stack) {
    let wiki = Scripted::start(async |mut wire: Wire, _| {
        wire.head().await;
        wire.send("HTTP/1.0 200 OK\r\n\r\nwhole").await;
    })
    .await;
    let gateway = in_front_of(&stack, &wiki, "").await;
    let answer = ask(&gateway, "GET /public/x", "Connection: close\r\n").await.rest().await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("5\r\nwhole\r\n0\r\n\r\n"), "{answer}");
    gateway.stop().await;
}

async fn f_26_of_two_lengths_the_chunks_count(stack: Stack) {
    let wiki = Scripted::start(async |mut wire: Wire, _| {
        wire.head().await;
        let lengths = "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n";
        wire.send(&format!("HTTP/1.1 200 OK\r\n{lengths}\r\n5\r\nwhole\r\n0\r\n\r\n")).await;
    })
    .await;
    let gateway = in_front_of(&stack, &wiki, "").await;
    let answer = ask(&gateway, "GET /public/x", "Connection: close\r\n").await.rest().await;
    let whole = answer.ends_with("\r\n\r\n5\r\nwhole\r\n0\r\n\r\n") && !answer.contains("content-length");
    assert!(whole || answer.starts_with("HTTP/1.1 502 "), "{answer}");
    gateway.stop().await;
}

async fn f_26_no_answer_is_taken_for_another(stack: Stack) {
    let wiki = Scripted::start(async |mut wire: Wire, log: Log| {
        let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
        loop {
            let kind = path(&wire.head().await);
            log.add(&kind);
            match kind.as_str() {
                "/plain" => wire.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood").await,
                "/twice" => {
                    wire.send(&format!("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood{poison}")).await;
                }
                "/nothing" => wire.send(&format!("HTTP/1.1 304 Not Modified\r\n\r\n{poison}")).await,
                _ => {
                    wire.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood").await;
                    sleep(Duration::from_millis(50)).await;
                    wire.send(poison).await;
                }
            }
        }
    })
    .await;
    let gateway = in_front_of(&stack, &wiki, "").await;
    for kind in ["twice", "nothing", "later"] {
        let mut first = ask(&gateway, &format!("GET /public/{kind}"), "Connection: close\r\n").await;
        assert!(!first.rest().await.contains("poison"), "{kind}");
        sleep(Duration::from_millis(100)).await;
        let mut second = ask(&gateway, "GET /public/plain", "Connection: close\r\n").await;
        assert!(second.rest().await.ends_with("good"), "{kind}");
    }
    // A client that leaves in the middle takes its connection with it.
    drop(ask(&gateway, "GET /public/plain", "").await);
    let mut next = ask(&gateway, "GET /public/plain", "Connection: close\r\n").await;
    assert!(next.rest().await.ends_with("good"));
    gateway.stop().await;
}

async fn f_26_what_comes_before_the_answer_is_not_the_answer(stack: Stack) {
    let wiki = Scripted::start(async |mut wire: Wire, log: Log| {
        log.add(wire.head().await);
        wire.send("HTTP/1.1 100 Continue\r\n\r\n").await;
        wire.send("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\nX-Early: 1\r\n\r\n").await;
        let body = wire.until(".").await;
        let answer = format!("HTTP/1.1 201 Created\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        wire.send(&answer).await;
    })
    .await;
    let gateway = in_front_of(&stack, &wiki, "").await;
    let expects = "Expect: 100-continue\r\nContent-Length: 6\r\nConnection: close\r\n";
    let mut wire = ask(&gateway, "POST /public/x", expects).await;
    assert_eq!(wire.head().await, "HTTP/1.1 100 Continue\r\n\r\n", "before anything was sent");
    wire.send("hello.").await;
    let answer = wire.rest().await;
    assert!(answer.starts_with("HTTP/1.1 201 ") && answer.ends_with("hello."), "{answer}");
    assert!(!answer.contains("early"), "{answer}");
    gateway.stop().await;
}

async fn f_26_a_kept_connection_that_closes_is_no_error(stack: Stack) {
    let wiki = Scripted::start(async |mut wire: Wire, log: Log| {
        wire.head().await;
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood").await;
        let again = wire.head().await;
        // Closes at the very moment when it is used.
        log.add(again.split(' ').next().unwrap());
    })
    .await;
    let gateway = in_front_of(&stack, &wiki, "").await;
    let mut browser = gateway.browser();
    let mut send = async |method: &str, body: &'static str| {
        let ask = Ask::new(method, &format!("{WIKI}/public/x")).bare().body(body);
        browser.send(ask).await.status.as_u16()
    };
    assert_eq!(send("GET", "").await, 200);
    for method in ["GET", "DELETE"] {
        assert_eq!(send(method, "").await, 200, "{method}");
    }
    assert_eq!(send("POST", "").await, 502, "it might have been done already");
    assert_eq!(send("GET", "").await, 200);
    assert_eq!(send("PUT", "x").await, 502, "what it sent is gone");
    assert_eq!(wiki.log(), ["GET", "DELETE", "POST", "PUT"]);
    gateway.stop().await;
}
