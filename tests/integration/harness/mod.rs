//! What stories are told with.
use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

pub(crate) mod browser;
pub(crate) mod front;
pub(crate) mod gateway;
pub(crate) mod html;
pub(crate) mod idp;
pub(crate) mod issuer;
pub(crate) mod jar;
pub(crate) mod servers;
pub(crate) mod smtp;
pub(crate) mod stack;
pub(crate) mod upstream;
pub(crate) mod verifiers;
pub(crate) mod wire;

pub(crate) use browser::{Ask, Browser};
pub(crate) use gateway::{Gateway, Person};
pub(crate) use html::Page;
pub(crate) use idp::Idp;
pub(crate) use issuer::Issuer;
pub(crate) use stack::Stack;
pub(crate) use upstream::Upstream;

/// A password that the default policy takes.
pub(crate) const PASSWORD: &str = "kettle-sparrow-ninety";

/// Makes each story two tests: `mod embedded` and `mod servers`.
macro_rules! both_stacks {
    ($($story:ident),+ $(,)?) => {
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() { super::$story(crate::harness::Stack::embedded()).await; })+
        }
        mod servers {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() { super::$story(crate::harness::Stack::servers().await).await; })+
        }
    };
}
pub(crate) use both_stacks;

/// A loopback port that nobody listens on at this moment, and that no connection gets for its own end: those come
/// from above 32767, and one that has just ended would keep a server from listening.
pub(crate) fn free_port() -> u16 {
    loop {
        let port = 10_000 + u16::from_be_bytes(narthex::domain::secret::random()) % 22_000;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// An id that nothing else has.
pub(crate) fn new_id() -> uuid::Uuid {
    narthex::domain::secret::new_id(narthex::clock::Clock::System.now())
}

/// Sends bytes as they are and reads what comes back until the other side closes (ten seconds at most).
pub(crate) fn raw(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    // The server may answer and close before it has read everything.
    let _cut_short = stream.write_all(request);
    let mut answer = vec![];
    let _closed_hard = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of an answer that [`raw`] read; 0 when there was none.
pub(crate) fn raw_status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}
