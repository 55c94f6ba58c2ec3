//! An application behind the gate that remembers what reached it.
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Router, body::Body, extract::State, response::Response};
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt as _;
use tokio::net::TcpListener;

/// A sample upstream; ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<Received>>,
    connections: AtomicUsize,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    /// A header that must be there exactly once.
    #[track_caller]
    pub(crate) fn only(&self, name: &str) -> &str {
        let all: Vec<_> = self.headers.get_all(name).iter().collect();
        assert_eq!(all.len(), 1, "{name} in {:?}", self.headers);
        all[0].to_str().unwrap()
    }
}

impl Upstream {
    /// Answers everything with `the protected page` and the requested path.
    pub(crate) async fn start() -> Self {
        let seen = Arc::<Seen>::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&seen));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let counted = axum::serve::ListenerExt::tap_io(listener, {
            let seen = Arc::clone(&seen);
            move |_| {
                seen.connections.fetch_add(1, Ordering::SeqCst);
            }
        });
        tokio::spawn(async move { axum::serve(counted, router).await.unwrap() });
        Self { address, seen }
    }

    /// Everything that arrived, in order.
    pub(crate) fn requests(&self) -> Vec<Received> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// The last that arrived.
    #[track_caller]
    pub(crate) fn last(&self) -> Received {
        self.requests().pop().expect("nothing has reached the upstream")
    }

    /// How often somebody connected.
    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }
}

async fn answer(State(seen): State<Arc<Seen>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let target = parts.uri.to_string();
    let text = format!("the protected page {target}");
    let received = Received { method: parts.method, target, headers: parts.headers, body };
    seen.requests.lock().unwrap().push(received);
    Response::new(Body::from(text))
}
