//! Our own reverse proxy: HTTP/1.1, streaming both ways, and WebSocket. It forwards what was judged, and nothing that
//! a client says about who it is.
use std::{
    collections::HashMap,
    error::Error as StdError,
    pin::pin,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, Version, header};
use hyper::body::Body;

use super::streams::{EVERY, Passing, Streams};
use crate::{
    config::{HeaderNames, Upstream},
    domain::host::Scheme,
};

mod download;
mod frames;
mod headers;
mod pool;
mod tunnel;
mod upload;
mod websocket;

pub use download::Download;
pub(super) use headers::is_told_by_us;
pub use pool::ALIVE_WITHIN;
use pool::Place;
use upload::{Progress, Upload};
use websocket::Handshake;

type BoxError = Box<dyn StdError + Send + Sync>;

/// What goes with a request that was allowed.
pub struct Forward<'a> {
    /// Where it goes.
    pub upstream: &'a Upstream,
    /// What was judged; its path and query are what the upstream gets.
    pub passing: &'a Arc<Passing>,
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
    /// The rest of the request's body did not come within `timeout`.
    #[error("the request does not arrive")]
    Stalled,
    /// No connection, it broke, or what came over it is no HTTP.
    #[error("the application does not answer")]
    Unreachable(#[source] BoxError),
    /// No answer within `timeout`.
    #[error("the application takes too long to answer")]
    TimedOut,
    /// Whoever asked is not signed in any more.
    #[error("the request was cut off, because its session is over")]
    SignedOut,
    /// Whoever asked may not do so any more.
    #[error("the request was cut off, because it is not allowed any more")]
    Denied,
    /// What the upstream was told of whoever asked is not so any more.
    #[error("the request was cut off, because what the application was told of the person has changed")]
    Changed,
    /// Whether it may go on cannot be found out.
    #[error("the request was cut off, because it could not be judged again")]
    Undecided(#[source] super::Error),
    /// A WebSocket that is not asked for as RFC 6455 has it.
    #[error("the WebSocket handshake is incomplete")]
    Handshake,
    /// A WebSocket that a page of another site asks for.
    #[error("the WebSocket is asked for by a page of another origin")]
    ForeignOrigin,
    /// `Expect` with anything but `100-continue`.
    #[error("the request expects what nobody here can do")]
    Expectation,
    /// The normal form of the target is longer than any address.
    #[error("the address is longer than what can be passed on")]
    TargetTooLong,
    /// The configuration names no place to send requests to, or not one that can be asked.
    #[error("the application is not reached through this gateway")]
    NoAddress,
}

/// The ways to upstreams, and what is under way on them.
#[derive(Debug)]
pub(super) struct Proxy {
    /// By the upstreams' names.
    places: HashMap<String, Arc<Place>>,
    pub(super) streams: Arc<Streams>,
}

impl Proxy {
    pub(super) fn new(upstreams: &[Upstream]) -> Result<Self, String> {
        let reached = || upstreams.iter().filter_map(|it| Some((&it.name, it.url.as_ref()?)));
        let connector = pool::connector(reached().any(|(_, url)| url.scheme() == "https"))?;
        let place = |(name, url): (&String, &url::Url)| {
            let to: Uri = url.as_str().parse().map_err(|_| format!("upstream `{name}`: url is no URL"))?;
            Ok((name.clone(), Arc::new(Place::new(to, connector.clone()))))
        };
        Ok(Self { places: reached().map(place).collect::<Result<_, String>>()?, streams: Arc::default() })
    }

    /// Lets go of connections that nobody needs.
    pub(super) fn tidy(&self) {
        self.places.values().for_each(|place| place.tidy());
    }

    /// Sends a request to its upstream and waits until the answer begins. `still` is asked every second meanwhile.
    pub(super) async fn forward<B, S>(
        &self,
        mut request: Request<B>,
        forward: Forward<'_>,
        names: &HeaderNames,
        scheme: Scheme,
        still: impl Fn(bool) -> S,
    ) -> Result<Response<Download>, Failure>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
        S: Future<Output = Result<(), Failure>>,
    {
        let place = self.places.get(&forward.upstream.name).ok_or(Failure::NoAddress)?;
        let client = hyper::upgrade::on(&mut request);
        let (parts, body) = request.into_parts();
        let expected = parts.headers.get_all(header::EXPECT).iter();
        if expected.into_iter().any(|it| !it.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
            return Err(Failure::Expectation);
        }
        let handshake = Handshake::asked(&parts, !body.is_end_stream())?;
        if handshake.is_some() {
            websocket::check_origin(&parts.headers, &forward)?;
        }
        let (limit, timeout) = (forward.upstream.max_body, forward.upstream.timeout);
        if body.size_hint().lower() > limit {
            return Err(Failure::TooLarge);
        }
        let passing = Arc::clone(forward.passing);
        let progress = Arc::<Progress>::default();
        let mut outgoing = Request::new(Upload::new(body, limit, &passing, &progress));
        *outgoing.method_mut() = parts.method;
        *outgoing.uri_mut() = passing.original.target().parse().map_err(|_| Failure::TargetTooLong)?;
        *outgoing.version_mut() = Version::HTTP_11;
        let private = passing.is_personal();
        *outgoing.headers_mut() = headers::outgoing(parts.headers, forward, names, scheme);
        headers::frame(&mut outgoing);
        if handshake.is_some() {
            Handshake::write(outgoing.headers_mut());
        }
        let answer = Waiting { passing: &passing, progress: &progress, timeout };
        let (mut answer, link) = answer.wait(place.ask(outgoing), still).await?;

        let switched = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
        let switches = handshake.is_some_and(|handshake| handshake.is_met_by(&answer));
        if switched && !switches {
            return Err(Failure::Unreachable("it switches to a protocol that was not agreed on".into()));
        }
        // An answer of HTTP/1.0 may end where its connection does; to the client its end is shown.
        *answer.version_mut() = Version::HTTP_11;
        headers::incoming(answer.headers_mut(), private);
        if switches {
            Handshake::write(answer.headers_mut());
            tunnel::open(client, link, passing, Arc::clone(&self.streams));
            return Ok(answer.map(|_| Download::empty()));
        }
        let patience = (!is_event_stream(&answer)).then_some(timeout);
        Ok(answer.map(|body| Download::new(body, link, place, &self.streams, passing, patience)))
    }
}

fn is_event_stream<B>(answer: &Response<B>) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    kind.get(..17).is_some_and(|kind| kind.eq_ignore_ascii_case(b"text/event-stream"))
}

/// Until an answer begins.
struct Waiting<'a> {
    passing: &'a Passing,
    progress: &'a Progress,
    timeout: Duration,
}

impl Waiting<'_> {
    /// Waits for `timeout` from the last progress of the upload.
    async fn wait<T, S: Future<Output = Result<(), Failure>>>(
        self,
        answer: impl Future<Output = Result<T, Failure>>,
        still: impl Fn(bool) -> S,
    ) -> Result<T, Failure> {
        let mut answer = pin!(answer);
        let mut quiet = Duration::ZERO;
        loop {
            let step = EVERY.min(self.timeout.saturating_sub(quiet));
            match tokio::time::timeout(step, &mut answer).await {
                Ok(Err(_)) if self.progress.exceeded.load(Relaxed) => return Err(Failure::TooLarge),
                Ok(answer) => return answer,
                Err(_) => {}
            }
            quiet = if self.passing.has_moved() { Duration::ZERO } else { quiet + step };
            if quiet >= self.timeout {
                let waits = self.progress.waits.load(Relaxed);
                return Err(if waits { Failure::Stalled } else { Failure::TimedOut });
            }
            Box::pin(still(self.passing.was_used())).await?;
        }
    }
}
