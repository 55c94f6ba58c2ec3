//! What `tests/bench/gate/run` measures: a gateway with sessions, and what it is compared with. See README.md
//! beside this file.
//!
//! - `bench-gate serve <config> <people> <file>`: a gateway with so many people, each with a session; their
//!   cookies go into the file, a line each.
//! - `bench-gate bare <address>`: axum with nothing around it: `/` (5 bytes), `/empty`, `/1k`, `/1m`, `/ws` (holds
//!   on).
//! - `bench-gate idle <address> <host> <cookie> <many>`: so many WebSockets that say nothing, until it is ended.
#![expect(clippy::unwrap_used, reason = "a measurement may panic")]
use std::{
    fs::File,
    io::{BufWriter, Write as _},
    net::SocketAddr,
    sync::LazyLock,
    time::Duration,
};

use axum::{Router, body::Body, extract::Request, response::Response, routing::get};
use bytes::Bytes;
use http::{StatusCode, header};
use narthex::{
    clock::Clock,
    config::Config,
    domain::{
        audit::Origin,
        language::Language,
        secret,
        session::{Session, SessionToken},
        user::{DisplayName, Email, Source, Status, Tier, UserId, Username},
    },
    server::{self, EndOfProcess, Running},
    store::users::{self, NewUser},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

static KIB: LazyLock<Bytes> = LazyLock::new(|| vec![b'x'; 1024].into());
static MIB: LazyLock<Bytes> = LazyLock::new(|| vec![b'x'; 1024 * 1024].into());

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve", config, people, file] => serve(config, people.parse().unwrap(), file).await,
        ["bare", address] => bare(address.parse().unwrap()).await,
        ["idle", address, host, cookie, many] => {
            idle(address.parse().unwrap(), host, cookie, many.parse().unwrap()).await;
        }
        _ => panic!("see the head of this file"),
    }
}

async fn serve(config: &str, people: i64, file: &str) {
    let _first = rustls::crypto::ring::default_provider().install_default();
    let end = EndOfProcess::catch().unwrap();
    let config = Config::from_text(&std::fs::read_to_string(config).unwrap()).unwrap();
    let running = server::start(config, Clock::System).await.unwrap();
    let ids = join(&running, people).await;
    println!("before {}", resident());
    sign_in(&running, &ids, file).await;
    println!("after {}", resident());
    println!("ready");
    running.until_told(end).await;
}

/// People, written past everything that asks who they are.
async fn join(running: &Running, people: i64) -> Vec<UserId> {
    let (db, now) = (&running.app.db, running.app.clock.now());
    let numbers: Vec<i64> = (1..=people).collect();
    let mut ids = vec![];
    for chunk in numbers.chunks(2000) {
        let mut tx = db.write().await.unwrap();
        for number in chunk {
            let id = UserId(secret::new_id(now));
            let (username, email) = (format!("person-{number}"), format!("person-{number}@people.example"));
            let new = NewUser {
                id,
                number: 1000 + number,
                username: &Username::parse(&username).unwrap(),
                email: &Email::parse(&email).unwrap(),
                email_trusted: true,
                display_name: &DisplayName::parse(&format!("Person Number {number}")).unwrap(),
                status: Status::Active,
                tier: Tier::Standard,
                source: Source::Local,
                password_hash: None,
                reason: None,
                registered_at: now,
                language: Language::En,
            };
            assert!(users::insert(&mut tx, &new).await.unwrap());
            ids.push(id);
        }
        tx.commit().await.unwrap();
    }
    ids
}

/// A session for each of them, whose cookies are written into `file`: kept here, they would count as the gateway's.
async fn sign_in(running: &Running, people: &[UserId], file: &str) {
    let (app, now) = (&running.app, running.app.clock.now());
    let lifetimes = app.settings().lifetimes;
    let origin = Origin {
        address: "203.0.113.77".to_owned(),
        user_agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0"
            .into(),
        ..Origin::default()
    };
    let mut cookies = BufWriter::new(File::create(file).unwrap());
    for chunk in people.chunks(500) {
        let mut tx = app.db.read().await.unwrap();
        for user in users::among(&mut tx, chunk).await.unwrap() {
            let token = SessionToken::generate();
            let session = Session::begin(&token, &user, None, &origin, now);
            app.sessions.insert(token.id.digest(), &session, &lifetimes).await.unwrap();
            writeln!(cookies, "{}", token.cookie()).unwrap();
        }
    }
    cookies.flush().unwrap();
}

/// Resident memory in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn bare(address: SocketAddr) {
    let router = Router::new()
        .route("/", get(async || "hello"))
        .route("/empty", get(async || ()))
        .route("/1k", get(async || KIB.clone()))
        .route("/1m", get(async || MIB.clone()))
        .route("/ws", get(hold));
    let listener = TcpListener::bind(address).await.unwrap();
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| stream.set_nodelay(true).unwrap());
    axum::serve(listener, router).await.unwrap();
}

/// A WebSocket that says nothing.
async fn hold(request: Request) -> Response {
    let upgrade = hyper::upgrade::on(request);
    tokio::spawn(async move {
        let mut stream = hyper_util::rt::TokioIo::new(upgrade.await.unwrap());
        let mut byte = [0];
        while stream.read(&mut byte).await.is_ok_and(|read| read > 0) {}
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        .body(Body::empty())
        .unwrap()
}

async fn idle(address: SocketAddr, host: &str, cookie: &str, many: usize) {
    let mut open = vec![];
    for _ in 0..many {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let ask = format!(
            "GET /ws HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut head = [0; 1024];
        let length = stream.read(&mut head).await.unwrap();
        let head = String::from_utf8_lossy(&head[..length]);
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        open.push(stream);
    }
    println!("ready");
    tokio::time::sleep(Duration::from_secs(3600)).await;
}
