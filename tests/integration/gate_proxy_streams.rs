//! What our own proxy lets through is looked at for as long as it lasts.
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::{
    gate_proxy::{WIKI, settings},
    harness::{
        Browser, Gateway, Stack, both_stacks,
        gateway::Setup,
        wire::{Log, Scripted, Wire},
    },
};

both_stacks!(
    a_15_a_websocket_is_judged_like_everything,
    a_15_a_websocket_is_one_or_nothing,
    a_15_a_public_stream_ends_with_the_session_that_opened_it,
    a_77_whatever_is_open_ends_with_the_session,
    a_77_whoever_does_not_read_is_cut_like_everybody,
    f_03_nothing_stays_open_that_cannot_be_judged,
);

/// The example of RFC 6455 §1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

pub(crate) struct Door {
    pub(crate) gateway: Gateway,
    pub(crate) wiki: Scripted,
    pub(crate) carol: Browser,
}

impl Door {
    pub(crate) async fn start(stack: &Stack) -> Self {
        Self::of(Setup::on(stack), "origins = ['https://friend.example']").await
    }

    pub(crate) async fn of(setup: Setup, more: &str) -> Self {
        let wiki = Scripted::start(application).await;
        let gateway = setup.with(&settings(wiki.address, more)).start().await;
        let carol = gateway.standard("carol").await;
        let carol = gateway.signed_in(&carol).await;
        Self { gateway, wiki, carol }
    }

    /// Sends a request on carol's behalf.
    pub(crate) async fn ask(&self, line: &str, more: &str) -> Wire {
        let cookie = self.carol.cookies().header(&WIKI.parse().unwrap()).unwrap();
        self.stranger(line, &format!("Cookie: {cookie}\r\n{more}")).await
    }

    pub(crate) async fn stranger(&self, line: &str, more: &str) -> Wire {
        let request = format!("{line} HTTP/1.1\r\nHost: wiki.example.test\r\n{more}\r\n");
        Wire::with(self.gateway.address, &request).await
    }

    pub(crate) async fn websocket(&self, path: &str) -> Wire {
        let mut wire = self.ask(&format!("GET {path}"), &upgrade("")).await;
        let head = wire.head().await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        wire
    }

    pub(crate) async fn sign_out(&mut self) {
        self.carol.get("https://auth.example.test/account").await.is(200);
        self.carol.post("https://auth.example.test/logout", &[]).await.is(303);
    }
}

pub(crate) fn upgrade(more: &str) -> String {
    format!(
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{more}"
    )
}

/// Says everything back over a WebSocket; streams without end; takes without end.
async fn application(mut wire: Wire, log: Log) {
    let head = wire.head().await;
    log.add(head.clone());
    let path = head.split(' ').nth(1).unwrap();
    let switch = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    match path {
        "/ws" | "/public/ws" => {
            wire.send(&format!("{switch}Sec-WebSocket-Accept: {ACCEPT}\r\n\r\nwelcome.")).await;
            loop {
                let said = wire.until(".").await;
                wire.send(&said.to_uppercase()).await;
            }
        }
        "/pings" => {
            wire.send(&format!("{switch}Sec-WebSocket-Accept: {ACCEPT}\r\n\r\nwelcome.")).await;
            while wire.flood(&[0x89, 0], 2).await == 2 {
                sleep(Duration::from_millis(500)).await;
            }
        }
        "/slow" => {
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").await;
            sleep(Duration::from_secs(2)).await;
            wire.send("world").await;
        }
        "/elsewhere" => wire.send(&format!("{switch}Sec-WebSocket-Accept: nonsense\r\n\r\nsecret")).await,
        "/unasked" => wire.send(&format!("{switch}\r\nsecret")).await,
        "/too-old" => wire.send("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 3\r\n\r\nold").await,
        "/events" => {
            wire.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
            )
            .await;
            wire.send("7\r\ndata: 1\r\n").await;
        }
        "/download" => wire.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nbegins").await,
        "/endless" => {
            wire.send("HTTP/1.1 200 OK\r\n\r\n").await;
            wire.flood(&[b'x'; 65536], 1 << 30).await;
        }
        _ => {}
    }
    let upload = wire.rest().await;
    log.add(format!("{path} ended after {} bytes", upload.len()));
}

async fn a_15_a_websocket_is_judged_like_everything(stack: Stack) {
    let door = Door::start(&stack).await;
    let status = async |mut wire: Wire| wire.head().await.split(' ').nth(1).unwrap().to_owned();
    assert_eq!(status(door.stranger("GET /ws", &upgrade("")).await).await, "401");
    assert_eq!(status(door.ask("GET /secret/ws", &upgrade("")).await).await, "403");
    for foreign in [
        "https://evil.example",
        "https://evil.wiki.example.test",
        "https://wiki.example.test.evil.example",
        "https://wiki.example.test:8443",
        "http://wiki.example.test",
        "https://auth.example.test",
        "null",
        "",
        "https://wiki.example.test\r\nOrigin: https://wiki.example.test",
    ] {
        let wire = door.ask("GET /ws", &upgrade(&format!("Origin: {foreign}\r\n"))).await;
        assert_eq!(status(wire).await, "403", "{foreign}");
    }
    assert_eq!(door.wiki.connections(), 0);
    for own in ["Origin: https://wiki.example.test\r\n", "Origin: https://friend.example\r\n", ""] {
        assert_eq!(status(door.ask("GET /ws", &upgrade(own)).await).await, "101", "{own}");
    }
    let mut wire = door.websocket("/ws").await;
    wire.until("welcome.").await;
    for round in 0..3 {
        wire.send(&format!("ping {round}")).await;
        sleep(Duration::from_millis(20)).await;
        wire.send(".").await;
        assert_eq!(wire.until(".").await, format!("PING {round}."));
    }
    let long = format!("{}.", "x".repeat(1_000_000));
    wire.send(&long).await;
    assert_eq!(wire.until(".").await.len(), long.len());
    let head = door.wiki.log().pop().unwrap().to_lowercase();
    assert!(head.contains("\r\nremote-user: carol\r\n") && !head.contains("narthex="), "{head}");
    assert_eq!(head.matches("\r\nupgrade: websocket\r\n").count(), 1, "{head}");
    assert_eq!(head.matches("\r\nconnection: upgrade\r\n").count(), 1, "{head}");
    drop(wire);
    door.gateway.stop().await;
}

async fn a_15_a_websocket_is_one_or_nothing(stack: Stack) {
    let door = Door::start(&stack).await;
    let key = format!("Sec-WebSocket-Key: {KEY}\r\n");
    for (line, handshake) in [
        ("POST /ws", upgrade("")),
        ("GET /ws", upgrade("Content-Length: 3\r\n")),
        ("GET /ws", upgrade("Upgrade: h2c\r\n")),
        ("GET /ws", upgrade(&key)),
        ("GET /ws", format!("Connection: close\r\nUpgrade: websocket\r\n{key}")),
        ("GET /ws", "Connection: upgrade\r\nUpgrade: websocket\r\n".to_owned()),
        ("GET /ws", "Connection: upgrade\r\nUpgrade: websocket, h2c\r\nSec-WebSocket-Key: x\r\n".to_owned()),
    ] {
        let mut wire = door.ask(line, &handshake).await;
        let head = wire.head().await;
        assert!(head.starts_with("HTTP/1.1 400 "), "{line} {handshake}: {head}");
    }
    assert_eq!(door.wiki.connections(), 0);
    for path in ["/elsewhere", "/unasked"] {
        let mut wire = door.ask(&format!("GET {path}"), &upgrade("")).await;
        let head = wire.head().await;
        assert!(head.starts_with("HTTP/1.1 502 "), "{path}: {head}");
    }
    let mut wire = door.ask("GET /unasked", "Connection: close\r\n").await;
    let all = wire.rest().await;
    assert!(all.starts_with("HTTP/1.1 502 ") && !all.contains("secret"), "{all}");
    let mut wire = door.ask("GET /too-old", &upgrade("")).await;
    let head = wire.head().await;
    assert!(head.starts_with("HTTP/1.1 426 "), "{head}");
    wire.until("old").await;
    door.gateway.stop().await;
}

async fn a_77_whatever_is_open_ends_with_the_session(stack: Stack) {
    let mut door = Door::start(&stack).await;
    let mut websocket = door.websocket("/ws").await;
    websocket.until("welcome.").await;
    let mut events = door.ask("GET /events", "").await;
    events.until("data: 1").await;
    let mut download = door.ask("GET /download", "").await;
    download.until("begins").await;
    let mut upload = door.ask("POST /upload", "Content-Length: 1000\r\n").await;
    upload.send("part").await;
    let mut waiting = door.ask("GET /waits", "").await;
    // Streams for longer than they are judged anew.
    sleep(Duration::from_millis(2500)).await;
    websocket.send("still here.").await;
    assert_eq!(websocket.until(".").await, "STILL HERE.");
    assert!(waiting.is_silent_for(Duration::from_millis(10)).await);

    door.sign_out().await;
    let signed_out = std::time::Instant::now();
    assert_eq!(websocket.rest().await, "");
    let events = events.rest().await;
    assert!(!events.contains("0\r\n\r\n"), "a clean end: {events:?}");
    download.rest().await;
    for wire in [&mut upload, &mut waiting] {
        let answer = wire.head().await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
    assert!(signed_out.elapsed() < Duration::from_millis(2500), "{:?}", signed_out.elapsed());
    sleep(Duration::from_millis(100)).await;
    let log = door.wiki.log().join("\n");
    for path in ["/events", "/download", "/waits"] {
        assert!(log.contains(&format!("{path} ended after 0 bytes")), "{path}: {log}");
    }
    assert!(log.contains("/upload ended after 4 bytes"), "{log}");
    door.gateway.stop().await;
}

async fn a_77_whoever_does_not_read_is_cut_like_everybody(stack: Stack) {
    let mut door = Door::start(&stack).await;
    let mut silent = door.ask("GET /endless", "").await;
    // Until nobody on the way takes anything more.
    sleep(Duration::from_millis(2500)).await;
    door.sign_out().await;
    let ended = async {
        while !door.wiki.log().iter().any(|line| line.starts_with("/endless ended")) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(Duration::from_secs(2), ended).await.is_ok(), "the application still sends");
    let read = silent.rest().await.len();
    assert!(read < 24 << 20, "{read} bytes came: more than were on the way");
    door.gateway.stop().await;
}

async fn a_15_a_public_stream_ends_with_the_session_that_opened_it(stack: Stack) {
    let mut door = Door::start(&stack).await;
    let mut hers = door.websocket("/public/ws").await;
    hers.until("welcome.").await;
    let mut nobodys = door.stranger("GET /public/ws", &upgrade("")).await;
    nobodys.until("welcome.").await;
    door.sign_out().await;
    assert_eq!(hers.rest().await, "", "the application takes it for carol's");
    assert!(nobodys.is_silent_for(Duration::from_millis(1500)).await);
    door.gateway.stop().await;
}

async fn f_03_nothing_stays_open_that_cannot_be_judged(stack: Stack) {
    let door = Door::start(&stack).await;
    let mut websocket = door.websocket("/ws").await;
    websocket.until("welcome.").await;
    assert!(websocket.is_silent_for(Duration::from_millis(2100)).await);
    door.gateway.running.app.db.close().await;
    assert_eq!(websocket.rest().await, "");
    door.gateway.stop().await;
}
