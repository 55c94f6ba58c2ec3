//! Connections to one upstream. Each is driven by the request that uses it, so that no task has to wake another for
//! every answer; between requests it rests here.
use std::{
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response, Uri};
use hyper::{
    body::{Body as _, Incoming},
    client::conn::http1::{Builder, Connection, SendRequest},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::{client::legacy::connect::HttpConnector, rt::TokioIo};
use tokio::net::TcpStream;
use tower::ServiceExt as _;

use super::{BoxError, Failure, upload::Upload};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Shorter than what servers commonly keep an idle connection for, so that they seldom close one under us.
const REST_WITHIN: Duration = Duration::from_secs(30);
/// Another machine that is gone without a word is asked for a sign of life after so long a silence.
pub const ALIVE_WITHIN: Duration = Duration::from_secs(60);
/// Idle connections to one upstream.
const RESTING_MAX: usize = 128;
/// The largest head of an answer, and of what is read at once.
const BUFFER_MAX: usize = 256 * 1024;

/// A connection's bytes.
pub(super) type Io = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Opens connections, by TLS where the address says so.
pub(super) type Connector = HttpsConnector<HttpConnector>;

/// `to_tls`: whether any upstream is asked by https; only then the machine's certificates are read.
pub(super) fn connector(to_tls: bool) -> Result<Connector, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = HttpsConnectorBuilder::new();
    let builder = if to_tls {
        builder.with_provider_and_native_roots(provider).map_err(|error| {
            format!("the machine's certificates cannot be read, and an upstream has an https url: {error}")
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
    tcp.set_keepalive(Some(ALIVE_WITHIN));
    Ok(builder.https_or_http().enable_http1().wrap_connector(tcp))
}

/// An upstream's address, and the connections to it that rest.
#[derive(Debug)]
pub(super) struct Place {
    to: Uri,
    connector: Connector,
    resting: Mutex<Vec<(Instant, Box<Link>)>>,
}

impl Place {
    pub(super) fn new(to: Uri, connector: Connector) -> Self {
        Self { to, connector, resting: Mutex::default() }
    }

    /// Sends a request and waits until the answer begins. An upstream may close a resting connection at the very
    /// moment when it is used: then what can be repeated is, on a new one (RFC 9110 §9.2.2).
    pub(super) async fn ask(
        &self,
        mut request: Request<Upload>,
    ) -> Result<(Response<Incoming>, Box<Link>), Failure> {
        if let Some(mut link) = self.take() {
            let copy = repeatable(&request);
            match link.ask(request).await {
                Ok(answer) => return Ok((answer, link)),
                Err(Broken { unsent: Some(unsent), .. }) => request = *unsent,
                Err(broken) => match copy.filter(|_| broken.is_over) {
                    Some(copy) => request = copy,
                    None => return Err(Failure::Unreachable(broken.error)),
                },
            }
        }
        // Boxed, since few requests need it and its state would make that of each one large.
        let mut link = Box::pin(self.connect()).await?;
        let answer = link.ask(request).await.map_err(|broken| Failure::Unreachable(broken.error))?;
        Ok((answer, link))
    }

    /// Keeps a connection for the next request, if it is fit for one.
    pub(super) fn rest(&self, mut link: Box<Link>) {
        if link.is_free() {
            let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
            if resting.len() < RESTING_MAX {
                resting.push((Instant::now(), link));
            }
        }
    }

    /// Lets go of what has rested too long or was closed.
    pub(super) fn tidy(&self) {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain_mut(|(since, link)| since.elapsed() < REST_WITHIN && link.is_free());
    }

    fn take(&self) -> Option<Box<Link>> {
        loop {
            let (since, mut link) = self.resting.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() < REST_WITHIN && link.is_free() {
                return Some(link);
            }
        }
    }

    async fn connect(&self) -> Result<Box<Link>, Failure> {
        let io = tokio::time::timeout(CONNECT_WITHIN, self.connector.clone().oneshot(self.to.clone()));
        let io = io.await.map_err(|_| Failure::TimedOut)?.map_err(Failure::Unreachable)?;
        let shaken = Builder::new().max_buf_size(BUFFER_MAX).handshake(io).await;
        let (sender, connection) = shaken.map_err(|error| Failure::Unreachable(error.into()))?;
        Ok(Box::new(Link { sender, connection, over: false }))
    }
}

/// The same request again, if sending it twice does no harm.
fn repeatable(request: &Request<Upload>) -> Option<Request<Upload>> {
    (request.method().is_idempotent() && request.body().is_end_stream()).then_some(())?;
    let mut copy = Request::new(Upload::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

/// One connection.
#[derive(Debug)]
pub(super) struct Link {
    sender: SendRequest<Upload>,
    connection: Connection<Io, Upload>,
    over: bool,
}

/// No answer has begun.
struct Broken {
    error: BoxError,
    /// The connection ended, before any answer that could be read.
    is_over: bool,
    unsent: Option<Box<Request<Upload>>>,
}

impl Link {
    /// Reads and writes what can be; false when the connection has ended.
    pub(super) fn drive(&mut self, context: &mut Context<'_>) -> bool {
        if !self.over {
            // Whoever waits for an answer or a body is told of the error.
            self.over = self.connection.poll_without_shutdown(context).is_ready();
        }
        !self.over
    }

    /// Whether the connection has ended.
    pub(super) const fn is_over(&self) -> bool {
        self.over
    }

    /// Whether the connection is open, nothing is under way on it, and nothing came that nobody asked for. Wakes
    /// nobody.
    pub(super) fn is_free(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop())) && self.sender.is_ready()
    }

    /// The connection itself and what was read already, after the upstream has switched to another protocol.
    pub(super) async fn into_io(mut self: Box<Self>) -> (Io, Bytes) {
        std::future::poll_fn(|context| if self.drive(context) { Poll::Pending } else { Poll::Ready(()) })
            .await;
        let parts = self.connection.into_parts();
        (parts.io, parts.read_buf)
    }

    async fn ask(&mut self, request: Request<Upload>) -> Result<Response<Incoming>, Broken> {
        let mut answer = pin!(self.sender.try_send_request(request));
        let (connection, over) = (&mut self.connection, &mut self.over);
        let drive = |context: &mut Context<'_>| {
            if !*over {
                *over = connection.poll_without_shutdown(context).is_ready();
            }
            match answer.as_mut().poll(context) {
                Poll::Pending if *over => Poll::Ready(None),
                answer => answer.map(Some),
            }
        };
        match std::future::poll_fn(drive).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(mut error)) => Err(Broken {
                unsent: error.take_message().map(Box::new),
                is_over: !error.error().is_parse() && !error.error().is_user(),
                error: error.into_error().into(),
            }),
            None => Err(Broken { error: "the connection ended".into(), is_over: true, unsent: None }),
        }
    }
}
