//! The request that a decision is about, from whichever door it came.
use std::net::IpAddr;

use http::{HeaderMap, HeaderName, Method, Uri};

use super::headers::fold;
use crate::domain::{
    access,
    host::{Host, Scheme},
    path::RequestPath,
};

mod client;
mod envoy;
mod forwarded;
mod nginx;
mod origin;

pub use client::{is_page_load, shows_pages};
pub(super) use origin::is_foreign;
pub use origin::is_foreign_socket;

// Looked up by every request: a name that is text is read anew each time.
pub(super) const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
pub(super) const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const X_ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
const X_ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

/// Longer values of what a proxy tells are refused.
const TOLD_MAX: usize = 8 * 1024;

/// The request that a decision is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// Its method, never TRACE or CONNECT.
    pub method: Method,
    /// The scheme that the browser used.
    pub scheme: Scheme,
    /// The host that the browser asked for.
    pub host: Host,
    /// The path in the form that is judged, and that our own proxy passes on.
    pub path: RequestPath,
    /// What follows the first question mark.
    pub query: Option<String>,
    /// The address that it came from, as far as trusted proxies tell.
    pub client: IpAddr,
}

/// Why a request cannot be judged; nothing may pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Original {
    /// A request that our own proxy received.
    ///
    /// # Errors
    /// When its target cannot be read in one way only.
    pub fn from_request(
        method: Method,
        uri: &Uri,
        scheme: Scheme,
        host: Host,
        client: IpAddr,
    ) -> Result<Self, Malformed> {
        let target = uri.path_and_query().ok_or_else(|| bad("the request names no path"))?;
        let (path, query) = path_and_query(target.as_str());
        let path = RequestPath::parse(path).map_err(|ambiguous| Malformed(ambiguous.to_string()))?;
        Self::new(method, scheme, host, path, query, client)
    }

    /// A request that another proxy would pass on with the very target that it received.
    ///
    /// # Errors
    /// When its target cannot be read in one way only.
    pub fn as_forwarded(
        method: Method,
        uri: &Uri,
        scheme: Scheme,
        host: Host,
        client: IpAddr,
    ) -> Result<Self, Malformed> {
        let target = uri.path_and_query().ok_or_else(|| bad("the request names no path"))?;
        Self::told(method, scheme, host, target.as_str(), client)
    }

    /// What rules look at of it.
    pub fn to_judge(&self) -> access::Request<'_> {
        access::Request { method: &self.method, path: &self.path, client: self.client }
    }

    /// The address in the scheme that browsers use for every upstream.
    pub fn address(&self, scheme: Scheme) -> String {
        format!("{}://{}{}", scheme.as_str(), self.host, self.target())
    }

    /// Path and query as the upstream gets them.
    pub fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.to_string(),
        }
    }

    /// What another proxy asks about, and passes on with the very target that it tells.
    fn told(
        method: Method,
        scheme: Scheme,
        host: Host,
        target: &str,
        client: IpAddr,
    ) -> Result<Self, Malformed> {
        let (path, query) = path_and_query(target);
        let path = RequestPath::as_sent(path).map_err(|ambiguous| Malformed(ambiguous.to_string()))?;
        Self::new(method, scheme, host, path, query, client)
    }

    fn new(
        method: Method,
        scheme: Scheme,
        host: Host,
        path: RequestPath,
        query: Option<&str>,
        client: IpAddr,
    ) -> Result<Self, Malformed> {
        if method == Method::TRACE || method == Method::CONNECT {
            return Err(Malformed(format!("{method} is never passed on")));
        }
        // Methods are compared by every letter (RFC 9110 §9.1), but some programs take `post` for POST.
        if method.as_str().bytes().any(|b| b.is_ascii_lowercase()) {
            return Err(bad("the method is not written in capitals"));
        }
        if query.is_some_and(|query| !query.bytes().all(|b| b.is_ascii_graphic() && b != b'#')) {
            return Err(bad("the query has characters that must be escaped"));
        }
        Ok(Self { method, scheme, host, path, query: query.map(str::to_owned), client })
    }
}

fn path_and_query(target: &str) -> (&str, Option<&str>) {
    target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)))
}

fn method(told: &str) -> Result<Method, Malformed> {
    Method::from_bytes(told.as_bytes()).map_err(|_| bad("the method is none"))
}

/// A header that is there once, in one spelling.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<&'h str, Malformed> {
    // What is folded keeps its length.
    let is_as_long = |key: &&HeaderName| key.as_str().len() == name.as_str().len();
    if headers.keys().filter(is_as_long).any(|key| key != name && fold(key.as_str()) == name.as_str()) {
        return Err(Malformed(format!("{name} came in two spellings")));
    }
    let mut values = headers.get_all(name).iter();
    let value =
        values.next().ok_or_else(|| Malformed(format!("{name} is missing; the proxy must set it")))?;
    if values.next().is_some() {
        return Err(Malformed(format!("{name} came twice")));
    }
    let bytes = value.as_bytes();
    if bytes.len() > TOLD_MAX || !bytes.iter().all(u8::is_ascii_graphic) {
        return Err(Malformed(format!("{name} is too long or has characters that must be escaped")));
    }
    std::str::from_utf8(bytes).map_err(|_| Malformed(format!("{name} is no text")))
}

fn bad(why: &str) -> Malformed {
    Malformed(why.to_owned())
}
