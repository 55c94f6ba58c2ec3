//! The request that a decision is about, from whichever door it came.
use std::net::IpAddr;

use http::{HeaderMap, HeaderName, Method, Uri, header};

use super::headers::fold;
use crate::domain::{
    access,
    host::{Host, Scheme},
    path::RequestPath,
};

/// Longer values of `X-Original-URL` are refused.
const URL_MAX: usize = 8 * 1024;

/// The request that a decision is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// Its method, never TRACE or CONNECT.
    pub method: Method,
    /// The scheme that the browser used.
    pub scheme: Scheme,
    /// The host that the browser asked for.
    pub host: Host,
    /// The path in the form that is judged and passed on.
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
    /// What nginx tells: `X-Original-URL` and `X-Original-Method`, one line each, and no other header that a
    /// program could take for one of them.
    ///
    /// # Errors
    /// When one is missing, doubled, or cannot be read in one way only.
    pub fn from_nginx(headers: &HeaderMap, client: IpAddr) -> Result<Self, Malformed> {
        let method = single(headers, "x-original-method")?;
        let method =
            Method::from_bytes(method.as_bytes()).map_err(|_| bad("X-Original-Method is no method"))?;
        let url = single(headers, "x-original-url")?;
        let (scheme, rest) = url.split_once("://").ok_or_else(|| bad("X-Original-URL is no absolute URL"))?;
        let scheme = Scheme::parse(scheme).ok_or_else(|| bad("X-Original-URL is neither http nor https"))?;
        let path_begins = rest.find('/').ok_or_else(|| bad("X-Original-URL has no path"))?;
        let (authority, target) = rest.split_at(path_begins);
        let host = Host::parse(authority, scheme)
            .ok_or_else(|| bad("X-Original-URL has no host that can be one"))?;
        Self::new(method, scheme, host, target, client)
    }

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
        Self::new(method, scheme, host, target.as_str(), client)
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

    fn new(
        method: Method,
        scheme: Scheme,
        host: Host,
        target: &str,
        client: IpAddr,
    ) -> Result<Self, Malformed> {
        if method == Method::TRACE || method == Method::CONNECT {
            return Err(Malformed(format!("{method} is never passed on")));
        }
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let path = RequestPath::parse(path).map_err(|ambiguous| Malformed(ambiguous.to_string()))?;
        if query.is_some_and(|query| !query.bytes().all(|b| b.is_ascii_graphic() && b != b'#')) {
            return Err(bad("the query has characters that must be escaped"));
        }
        Ok(Self { method, scheme, host, path, query: query.map(str::to_owned), client })
    }
}

/// Whether a person waits for a page: only then a redirect to the sign-in page helps.
pub fn is_page_load(method: &Method, headers: &HeaderMap) -> bool {
    let says = |name: HeaderName, what: &str| {
        headers
            .get_all(name)
            .iter()
            .any(|value| value.to_str().is_ok_and(|value| value.to_ascii_lowercase().contains(what)))
    };
    let asks_quietly = says(HeaderName::from_static("x-requested-with"), "xmlhttprequest")
        || headers.contains_key(header::UPGRADE);
    if !matches!(*method, Method::GET | Method::HEAD) || asks_quietly {
        return false;
    }
    match headers.get("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => says(header::ACCEPT, "text/html"),
    }
}

fn single<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, Malformed> {
    if headers.keys().any(|key| key.as_str() != name && fold(key.as_str()) == name) {
        return Err(Malformed(format!("{name} came in two spellings")));
    }
    let mut values = headers.get_all(name).iter();
    let value =
        values.next().ok_or_else(|| Malformed(format!("{name} is missing; the proxy must set it")))?;
    if values.next().is_some() {
        return Err(Malformed(format!("{name} came twice")));
    }
    let bytes = value.as_bytes();
    if bytes.len() > URL_MAX || !bytes.iter().all(u8::is_ascii_graphic) {
        return Err(Malformed(format!("{name} is too long or has characters that must be escaped")));
    }
    std::str::from_utf8(bytes).map_err(|_| Malformed(format!("{name} is no text")))
}

fn bad(why: &str) -> Malformed {
    Malformed(why.to_owned())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn told(lines: &[(&'static str, &[u8])]) -> Result<Original, Malformed> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        Original::from_nginx(&headers, IpAddr::from([192, 0, 2, 7]))
    }

    fn url(url: &str) -> Result<Original, Malformed> {
        told(&[("x-original-url", url.as_bytes()), ("x-original-method", b"GET")])
    }

    #[test]
    fn nginx_tells_the_whole_request() {
        let original = url("https://Wiki.example.com:443/%61/b?x=/../%zz").unwrap();
        assert_eq!(original.host.as_str(), "wiki.example.com");
        assert_eq!(original.path.as_str(), "/a/b");
        assert_eq!(original.query.as_deref(), Some("x=/../%zz"));
        assert_eq!(original.target(), "/a/b?x=/../%zz");
        assert_eq!(
            url("http://wiki.example.com/").unwrap().address(Scheme::Https),
            "https://wiki.example.com/"
        );
    }

    #[test]
    fn a_06_what_is_said_twice_is_refused() {
        let (name, value) = ("x-original-url", b"https://wiki.example.com/".as_slice());
        let method = ("x-original-method", b"GET".as_slice());
        assert!(told(&[(name, value), method]).is_ok());
        assert!(told(&[(name, value), (name, value), method]).is_err());
        assert!(told(&[(name, value), method, method]).is_err());
        for other in ["x_original_url", "x-original_url", "x_original_method", "x.original.url"] {
            assert!(told(&[(name, value), method, (other, value)]).is_err(), "{other}");
        }
        assert!(told(&[("x_original_url", value), method]).is_err());
        assert!(told(&[(name, value)]).is_err());
        assert!(told(&[method]).is_err());
        assert!(told(&[("x-forwarded-uri", b"/"), ("x-forwarded-method", b"GET")]).is_err());
    }

    #[test]
    fn a_07_what_is_malformed_is_refused() {
        let long = format!("https://wiki.example.com/{}", "a".repeat(64 * 1024));
        for bad in [
            "",
            "/",
            "/path",
            "wiki.example.com/",
            "https://",
            "https:///",
            "https://wiki.example.com",
            "https://wiki.example.com?x",
            "https://wiki.example.com*",
            "https://wiki.example.com/%zz",
            "https://wiki.example.com/%",
            "https://wiki.example.com/a b",
            "https://wiki.example.com/a\t",
            "https://wiki.example.com/?a b",
            "https://wiki.example.com/#x",
            "https://wiki.example.com/?x#y",
            "https://wiki.example.com//x",
            "https://wiki.example.com/%2e%2e/x",
            "https://wiki.example.com/%00",
            "https://user@wiki.example.com/",
            "https://user:pw@wiki.example.com/",
            "https://wiki.example.com:x/",
            "https://wiki.example.com:70000/",
            "https://wiki.example.com\\@evil.example/",
            "https://wíki.example.com/",
            "ftp://wiki.example.com/",
            "ws://wiki.example.com/",
            "javascript:alert(1)",
            &long,
        ] {
            assert!(url(bad).is_err(), "{bad}");
        }
        assert!(
            told(&[("x-original-url", b"https://wiki.example.com/\xFF"), ("x-original-method", b"GET")])
                .is_err()
        );
        for method in [&b"TRACE"[..], b"CONNECT", b"", b"G T", b"G\xFF"] {
            assert!(
                told(&[("x-original-url", b"https://wiki.example.com/"), ("x-original-method", method)])
                    .is_err(),
                "{method:?}"
            );
        }
    }

    #[test]
    fn only_page_loads_are_sent_to_sign_in() {
        let load = |method: Method, lines: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            lines
                .iter()
                .for_each(|(name, value)| drop(headers.insert(*name, HeaderValue::from_static(value))));
            is_page_load(&method, &headers)
        };
        let html = ("accept", "text/html,*/*;q=0.8");
        assert!(load(Method::GET, &[html]));
        assert!(load(Method::HEAD, &[html]));
        assert!(load(Method::GET, &[("sec-fetch-mode", "navigate")]));
        assert!(!load(Method::POST, &[html]));
        assert!(!load(Method::GET, &[]));
        assert!(!load(Method::GET, &[("accept", "*/*")]));
        assert!(!load(Method::GET, &[html, ("sec-fetch-mode", "cors")]));
        assert!(!load(Method::GET, &[html, ("x-requested-with", "XMLHttpRequest")]));
        assert!(!load(Method::GET, &[html, ("upgrade", "websocket")]));
    }

    proptest! {
        #[test]
        fn a_request_that_is_judged_is_told_again_as_it_was(path in "(/[a-z%2e;.]{0,5}){1,4}", query in "(\\?[!-~]{0,6})?") {
            if let Ok(original) = url(&format!("https://wiki.example.com{path}{query}")) {
                let again = url(&original.address(Scheme::Https));
                prop_assert_eq!(again, Ok(original));
            }
        }
    }
}
