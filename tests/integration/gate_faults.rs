//! What the gate does while what it rests on is away, and that it recovers by itself.
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use url::Url;

use crate::harness::{
    Ask, Browser, Gateway, Page, Stack,
    gateway::{Setup, sign_in},
    servers::OwnRedis,
};

const SETTINGS: &str = "public_url = 'https://auth.example.test'\ntrusted_proxies = ['127.0.0.1']\n\
    [sessions]\ncookie_domain = 'example.test'\n\
    [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\n\
    [[upstream.rule]]\npath = '/public/'\npublic = true\n[[upstream.rule]]\npath = '/'\ntier = 'any'\n";

/// What nginx is told about a page that a browser asks for.
async fn verify(gateway: &Gateway, browser: &Browser, path: &str) -> Page {
    let url = format!("https://wiki.example.test{path}");
    let cookie = browser.cookies().header(&Url::parse(&url).unwrap());
    let ask = Ask::get("https://narthex.internal/verify").bare().header("accept", "application/json");
    let ask = ask.header("x-original-url", &url).header("x-original-method", "GET");
    let ask = cookie.iter().fold(ask, |ask, cookie| ask.header("cookie", cookie));
    gateway.browser().send(ask).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_03_without_redis_nobody_is_let_in_and_nobody_has_to_start_anything_again() {
    let stack = Stack::servers().await;
    let mut redis = OwnRedis::start();
    let redis_url = format!("[sessions]\nredis_url = '{}'", redis.url());
    let gateway = Setup::on(&stack).with(SETTINGS).with(&redis_url).start().await;
    let carol = gateway.standard("carol").await;
    let browser = gateway.signed_in(&carol).await;
    verify(&gateway, &browser, "/x").await.is(200);

    redis.stop();
    tokio::time::sleep(Duration::from_secs(1)).await;
    for path in ["/x", "/public/x"] {
        let away = verify(&gateway, &browser, path).await.is(503);
        assert_eq!((away.header("retry-after"), away.body.as_str()), ("5", ""));
        assert_eq!(away.header("location"), "", "never to a sign-in page");
    }
    verify(&gateway, &gateway.browser(), "/x").await.is(401);
    verify(&gateway, &gateway.browser(), "/public/x").await.is(200);

    redis.start_again();
    let begun = Instant::now();
    while verify(&gateway, &browser, "/x").await.status == 503 {
        assert!(begun.elapsed() < Duration::from_secs(10), "it does not recover");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    verify(&gateway, &browser, "/x").await.is(401);
    let mut browser = gateway.browser();
    sign_in(&mut browser, carol.username(), &carol.password).await.is(303);
    verify(&gateway, &browser, "/x").await.is(200);
    gateway.stop().await;
}

/// Stands between narthex and PostgreSQL. Connections made before [`Wire::cut`] are dead ever after, and neither side
/// is told, as after a failover.
struct Wire {
    address: SocketAddr,
    /// Of which age connections have to be.
    age: Arc<AtomicU64>,
}

impl Wire {
    async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Self { address: listener.local_addr().unwrap(), age: Arc::default() };
        let age = Arc::clone(&wire.age);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(&target).await.unwrap();
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                let born = age.load(Ordering::SeqCst);
                tokio::spawn(carry(from_client, to_server, Arc::clone(&age), born));
                tokio::spawn(carry(from_server, to_client, Arc::clone(&age), born));
            }
        });
        wire
    }

    fn cut(&self) {
        self.age.fetch_add(1, Ordering::SeqCst);
    }
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    age: Arc<AtomicU64>,
    born: u64,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if age.load(Ordering::SeqCst) != born {
            std::future::pending::<()>().await;
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_08_connections_to_the_database_that_died_silently_are_given_up() {
    let stack = Stack::servers().await;
    let mut url = Url::parse(stack.database_url()).unwrap();
    let wire = Wire::to(format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())).await;
    url.set_port(Some(wire.address.port())).unwrap();
    let settings = format!("{SETTINGS}[gateway]\ncache_ttl = '0s'\n");
    let gateway = Setup::on(&stack).with(&settings).with(&format!("[database]\nurl = '{url}'")).start().await;
    let carol = gateway.standard("carol").await;
    let browser = gateway.signed_in(&carol).await;
    verify(&gateway, &browser, "/x").await.is(200);

    wire.cut();
    let begun = Instant::now();
    verify(&gateway, &browser, "/x").await.is(503);
    while verify(&gateway, &browser, "/x").await.status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not recover by itself");
    }
}
