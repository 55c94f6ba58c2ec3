//! One decision behind every door: whoever is not let in at one is let in at none.
use std::{net::SocketAddr, time::Duration};

use narthex::{
    domain::{
        audit::Origin,
        session::{Restriction, Session, SessionToken},
        time::Time,
        user::{Status, Tier, User},
    },
    store::{Tx, passwords, revocations, users},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::harness::{Gateway, Stack, Upstream, both_stacks, gateway::Setup};

both_stacks!(every_state_is_refused_at_every_door, who_was_demoted_is_signed_in_and_refused);

const HOUR: Duration = Duration::from_secs(3600);

/// Every way to ask, each for something that superusers may.
const DOORS: [(&str, &str); 8] = [
    (
        "nginx",
        "GET /verify HTTP/1.1\r\nhost: narthex.internal\r\nx-original-url: http://wiki.localhost/boss/x\r\nx-original-method: GET",
    ),
    (
        "redirect",
        "GET /verify?mode=redirect HTTP/1.1\r\nhost: narthex.internal\r\nx-forwarded-proto: http\r\n\
         x-forwarded-method: GET\r\nx-forwarded-host: wiki.localhost\r\nx-forwarded-uri: /boss/x",
    ),
    ("envoy", "GET /verify/envoy/boss/x HTTP/1.1\r\nhost: wiki.localhost\r\nx-forwarded-proto: http"),
    ("proxy", "GET /boss/x HTTP/1.1\r\nhost: app.localhost"),
    ("proxy, a form", "POST /boss/x HTTP/1.1\r\nhost: app.localhost\r\ncontent-length: 0"),
    (
        "proxy, a WebSocket",
        "GET /boss/ws HTTP/1.1\r\nhost: app.localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    ),
    ("account", "GET /account HTTP/1.1\r\nhost: {own}"),
    ("admin", "GET /admin/users HTTP/1.1\r\nhost: {own}"),
];

/// A gateway with an application that another proxy forwards to, and one that it forwards to itself.
async fn start(stack: &Stack, app: SocketAddr) -> Gateway {
    let rules = "[[upstream.rule]]\npath = '/boss/'\ntier = 'superuser'\n";
    let settings = format!(
        "trusted_proxies = ['127.0.0.1']\n[[upstream]]\nname = 'wiki'\nhost = 'wiki.localhost'\n{rules}\
         [[upstream]]\nname = 'app'\nhost = 'app.localhost'\nurl = 'http://{app}'\n{rules}"
    );
    Setup::on(stack).with(&settings).start().await
}

/// The status at a door.
async fn ask(gateway: &Gateway, door: &str, cookie: Option<&str>) -> u16 {
    let head = door.replace("{own}", &gateway.address.to_string());
    let cookie = cookie.map(|cookie| format!("\r\ncookie: narthex={cookie}")).unwrap_or_default();
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    stream.write_all(format!("{head}{cookie}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = [0; 16];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap().parse().unwrap()
}

fn is_let_in(status: u16) -> bool {
    matches!(status, 101 | 200)
}

/// Somebody's session as the store holds it, of their present epoch; the cookie that opens it.
async fn session(
    gateway: &Gateway,
    user: &User,
    change: impl FnOnce(&mut Session, Time),
) -> (String, Session) {
    let app = &gateway.running.app;
    let (now, token) = (app.clock.now(), SessionToken::generate());
    let provider = Some(("corp", Some("their-session")));
    let mut session = Session::begin(&token, user, provider, &Origin::default(), now);
    change(&mut session, now);
    app.sessions.insert(token.id.digest(), &session, &app.settings().lifetimes).await.unwrap();
    (token.cookie(), session)
}

/// What the gateway itself writes.
async fn write(gateway: &Gateway, change: impl AsyncFnOnce(&mut Tx)) {
    let mut tx = gateway.running.app.db.write().await.unwrap();
    change(&mut tx).await;
    tx.commit().await.unwrap();
}

async fn refused_everywhere(gateway: &Gateway, app: &Upstream, state: &str, cookie: Option<&str>) {
    let reached = app.requests().len();
    for (name, door) in DOORS {
        let status = ask(gateway, door, cookie).await;
        assert!(matches!(status, 303 | 401 | 403 | 404), "{state} at {name}: {status}");
    }
    assert_eq!(app.requests().len(), reached, "{state}: the application learned of it");
}

async fn every_state_is_refused_at_every_door(stack: Stack) {
    let app = Upstream::start().await;
    let gateway = start(&stack, app.address).await;
    let mut people = 0;
    let mut somebody = async || {
        people += 1;
        gateway.superuser(&format!("boss{people}")).await.user
    };
    somebody().await;
    refused_everywhere(&gateway, &app, "anonymous", None).await;
    refused_everywhere(&gateway, &app, "unknown", Some(&SessionToken::generate().cookie())).await;

    // A session of the present epoch each, so that it is the account that refuses.
    for status in [Status::Pending, Status::Inactive] {
        let user = somebody().await;
        let now = gateway.clock.now();
        write(&gateway, async |tx| {
            assert!(users::change_status(tx, user.id, Status::Active, status, now).await.unwrap());
        })
        .await;
        let user = users::find(&mut gateway.db.read().await.unwrap(), user.id).await.unwrap().unwrap();
        let (cookie, _) = session(&gateway, &user, |_, _| {}).await;
        refused_everywhere(&gateway, &app, status.as_str(), Some(&cookie)).await;
    }

    for state in [
        "expired",
        "deleted",
        "demoted",
        "signed out everywhere",
        "password changed",
        "session ended",
        "ended at the provider",
    ] {
        let user = somebody().await;
        let (cookie, held) = session(&gateway, &user, |_, _| {}).await;
        for (name, door) in DOORS {
            let status = ask(&gateway, door, Some(&cookie)).await;
            assert!(is_let_in(status), "before they were {state}, at {name}: {status}");
        }
        let (id, now) = (user.id, gateway.clock.now());
        write(&gateway, async |tx| match state {
            "expired" => users::set_expiry(tx, id, now - HOUR).await.unwrap(),
            "deleted" => assert!(users::delete(tx, id, Status::Active).await.unwrap()),
            "demoted" => users::set_tier(tx, id, Tier::Standard).await.unwrap(),
            "signed out everywhere" => users::end_sessions(tx, id).await.unwrap(),
            "password changed" => passwords::set(tx, id, "another", None, now).await.unwrap(),
            "session ended" => {
                assert!(revocations::insert(tx, &held.revocation(), now + HOUR).await.unwrap());
            }
            _ => {
                let key = held.provider_revocation().unwrap();
                assert!(revocations::insert(tx, &key, now + HOUR).await.unwrap());
            }
        })
        .await;
        refused_everywhere(&gateway, &app, state, Some(&cookie)).await;
        write(&gateway, async |tx| {
            revocations::purge(tx, now + 2 * HOUR).await.unwrap();
        })
        .await;
    }

    let user = somebody().await;
    let (cookie, _) = session(&gateway, &user, |it, _| it.restricted = Some(Restriction::MustChange)).await;
    refused_everywhere(&gateway, &app, "restricted", Some(&cookie)).await;
    let (cookie, _) = session(&gateway, &user, |it, now| it.seen_at = now - HOUR).await;
    refused_everywhere(&gateway, &app, "idle", Some(&cookie)).await;
    let (cookie, _) = session(&gateway, &user, |it, now| it.created_at = now - 12 * HOUR).await;
    refused_everywhere(&gateway, &app, "too old", Some(&cookie)).await;
    gateway.stop().await;
}

async fn who_was_demoted_is_signed_in_and_refused(stack: Stack) {
    let app = Upstream::start().await;
    let gateway = start(&stack, app.address).await;
    gateway.superuser("boss").await;
    let carol = gateway.standard("carol").await.user;
    let (cookie, _) = session(&gateway, &carol, |_, _| {}).await;
    for (name, door) in DOORS {
        let status = ask(&gateway, door, Some(&cookie)).await;
        let wanted = match name {
            "account" => 200,
            "admin" => 404,
            _ => 403,
        };
        assert_eq!(status, wanted, "{name}");
    }
    assert!(app.requests().is_empty());
    gateway.stop().await;
}
