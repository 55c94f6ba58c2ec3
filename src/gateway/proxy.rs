//! Our own reverse proxy: HTTP/1.1, streaming both ways. It forwards what was judged, and nothing that a
//! client says about who it is.
use std::{
    error::Error as StdError,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, Version, header};
use http_body_util::{BodyExt as _, combinators::UnsyncBoxBody};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use super::{
    Original,
    headers::{fold, remove_where, strip, strip_methods},
};
use crate::{
    config::{HeaderNames, Upstream},
    domain::host::Scheme,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than what servers commonly keep an idle connection for, so that they seldom close one under us.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Headers about one connection only (RFC 9110 §7.6.1), and `Expect`, which was answered here.
const HOP_BY_HOP: [HeaderName; 10] = [
    header::CONNECTION,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::EXPECT,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// What goes with a request that was allowed.
pub struct Forward<'a> {
    /// Where it goes.
    pub upstream: &'a Upstream,
    /// What was judged; its path and query are what the upstream gets.
    pub original: &'a Original,
    /// The identity headers.
    pub identity: Arc<HeaderMap>,
    /// The client's cookies without ours.
    pub cookie: Option<HeaderValue>,
}

/// Why an upstream's answer is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The request's body is larger than `max_body`.
    #[error("the request is larger than this application takes")]
    TooLarge,
    /// No connection, or it broke.
    #[error("the application does not answer")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
    /// No answer within `timeout`.
    #[error("the application takes too long to answer")]
    TimedOut,
    /// A WebSocket.
    #[error("WebSocket connections are not passed on")]
    Upgrade,
    /// `Expect` with anything but `100-continue`.
    #[error("the request expects what nobody here can do")]
    Expectation,
    /// The configuration names no place to send requests to, or not one that can be asked.
    #[error("the application is not reached through this gateway")]
    NoAddress,
}

type BoxError = Box<dyn StdError + Send + Sync>;
type Client1 = Client<HttpsConnector<HttpConnector>, Limited>;

/// The connections to upstreams.
#[derive(Debug)]
pub(super) struct Proxy {
    client: Client1,
}

impl Proxy {
    /// `to_tls`: whether any upstream is asked by https; only then the machine's certificates are read.
    pub(super) fn new(to_tls: bool) -> Result<Self, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = HttpsConnectorBuilder::new();
        let builder = if to_tls {
            builder.with_provider_and_native_roots(provider).map_err(|error| {
                format!(
                    "the machine's certificates cannot be read, and an upstream has an https url: {error}"
                )
            })?
        } else {
            let config =
                rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
            let config = config.map_err(|error| format!("TLS cannot be set up: {error}"))?;
            let roots = rustls::RootCertStore::empty();
            builder.with_tls_config(config.with_root_certificates(roots).with_no_client_auth())
        };
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let connector = builder.https_or_http().enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(connector);
        Ok(Self { client })
    }

    pub(super) async fn forward<B>(
        &self,
        request: Request<B>,
        forward: Forward<'_>,
        names: &HeaderNames,
        scheme: Scheme,
    ) -> Result<Response<Incoming>, Failure>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (parts, body) = request.into_parts();
        refuse_what_cannot_pass(&parts.headers)?;
        let limit = forward.upstream.max_body;
        if body.size_hint().lower() > limit {
            return Err(Failure::TooLarge);
        }
        let (body, upload) = Limited::new(body, limit);
        let mut outgoing = Request::new(body);
        *outgoing.method_mut() = forward.original.method.clone();
        *outgoing.uri_mut() = target(&forward)?;
        *outgoing.version_mut() = Version::HTTP_11;
        let timeout = forward.upstream.timeout;
        *outgoing.headers_mut() = outgoing_headers(parts.headers, forward, names, scheme);
        let mut response = self.answer(outgoing, &upload, timeout).await?;
        drop_hop_by_hop(response.headers_mut());
        Ok(response)
    }

    /// Waits until the answer begins: `timeout` from the last progress of the upload.
    async fn answer(
        &self,
        request: Request<Limited>,
        upload: &Upload,
        timeout: Duration,
    ) -> Result<Response<Incoming>, Failure> {
        let mut answer = std::pin::pin!(self.client.request(request));
        loop {
            let sent = upload.sent.load(Ordering::Relaxed);
            match tokio::time::timeout(timeout, &mut answer).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(_)) if upload.exceeded.load(Ordering::Relaxed) => return Err(Failure::TooLarge),
                Ok(Err(error)) => return Err(Failure::Unreachable(error.into())),
                Err(_) if upload.sent.load(Ordering::Relaxed) == sent => return Err(Failure::TimedOut),
                Err(_) => {}
            }
        }
    }
}

/// Whether a header (by its folded name) is ours alone to set, because upstreams believe it.
pub(super) fn is_told_by_us(folded: &str) -> bool {
    folded.starts_with("x-forwarded-")
        || folded.starts_with("x-original-")
        || matches!(
            folded,
            "forwarded"
                | "x-real-ip"
                | "x-rewrite-url"
                | "x-client-ip"
                | "x-cluster-client-ip"
                | "true-client-ip"
        )
}

fn refuse_what_cannot_pass(headers: &HeaderMap) -> Result<(), Failure> {
    let lower = |value: &HeaderValue| value.to_str().unwrap_or_default().to_ascii_lowercase();
    if headers.get_all(header::UPGRADE).iter().any(|value| lower(value).contains("websocket")) {
        return Err(Failure::Upgrade);
    }
    if headers.get_all(header::EXPECT).iter().any(|value| lower(value) != "100-continue") {
        return Err(Failure::Expectation);
    }
    Ok(())
}

fn target(forward: &Forward<'_>) -> Result<Uri, Failure> {
    let base = forward.upstream.url.as_ref().ok_or(Failure::NoAddress)?;
    let origin = &base[..url::Position::BeforePath];
    format!("{origin}{}", forward.original.target()).parse().map_err(|_| Failure::NoAddress)
}

/// What the client asked to be dropped goes first and what upstreams believe goes next; only then comes what
/// we say, so that no client can have it dropped or doubled.
fn outgoing_headers(
    mut headers: HeaderMap,
    forward: Forward<'_>,
    names: &HeaderNames,
    scheme: Scheme,
) -> HeaderMap {
    drop_hop_by_hop(&mut headers);
    strip(&mut headers, names);
    remove_where(&mut headers, is_told_by_us);
    if forward.upstream.rules.iter().any(|rule| !rule.methods.is_empty()) {
        strip_methods(&mut headers);
    }
    // The length is that of the body as it is sent; hyper writes it.
    for name in [header::COOKIE, header::HOST, header::CONTENT_LENGTH] {
        let folded = fold(name.as_str());
        remove_where(&mut headers, |it| it == folded);
    }
    let host = HeaderValue::from_str(forward.original.host.as_str()).expect("a host is plain ASCII");
    headers.insert("x-forwarded-host", host.clone());
    headers.insert(header::HOST, host);
    headers.insert("x-forwarded-proto", HeaderValue::from_static(scheme.as_str()));
    let client = forward.original.client.to_string();
    headers.insert("x-forwarded-for", HeaderValue::try_from(client).expect("an address is plain ASCII"));
    if let Some(cookie) = forward.cookie {
        headers.insert(header::COOKIE, cookie);
    }
    headers.extend(HeaderMap::clone(&forward.identity));
    headers
}

fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in listed.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// How far a request's body has come.
#[derive(Default)]
struct Upload {
    sent: AtomicU64,
    exceeded: AtomicBool,
}

/// A request's body that ends with an error after so many bytes.
struct Limited {
    body: UnsyncBoxBody<Bytes, BoxError>,
    left: u64,
    upload: Arc<Upload>,
}

impl Limited {
    fn new<B>(body: B, limit: u64) -> (Self, Arc<Upload>)
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let upload = Arc::new(Upload::default());
        let body = body.map_err(Into::into).boxed_unsync();
        (Self { body, left: limit, upload: Arc::clone(&upload) }, upload)
    }
}

impl Body for Limited {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, |data| data.remaining() as u64);
            let Some(left) = self.left.checked_sub(length) else {
                self.upload.exceeded.store(true, Ordering::Relaxed);
                return Poll::Ready(Some(Err("the body is larger than max_body".into())));
            };
            self.left = left;
            self.upload.sent.fetch_add(1, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
