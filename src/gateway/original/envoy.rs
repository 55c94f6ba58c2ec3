//! What Envoy's `ext_authz` filter sends: the request itself, without its body, below a prefix.
use std::net::IpAddr;

use http::{HeaderMap, Method, Uri, header};

use super::{Malformed, Original, X_FORWARDED_PROTO, bad, forwarded::scheme, single};
use crate::domain::host::Host;

impl Original {
    /// A request that Envoy sent to us with `prefix` before its path: method, target and `Host` are its own,
    /// the scheme is in `X-Forwarded-Proto`.
    ///
    /// # Errors
    /// When something is missing, doubled, or cannot be read in one way only.
    pub fn from_envoy(
        method: Method,
        uri: &Uri,
        headers: &HeaderMap,
        prefix: &str,
        client: IpAddr,
    ) -> Result<Self, Malformed> {
        let scheme = scheme(single(headers, &X_FORWARDED_PROTO)?)?;
        let host =
            Host::parse(single(headers, &header::HOST)?, scheme).ok_or_else(|| bad("Host is no host"))?;
        let target = uri.path_and_query().and_then(|target| target.as_str().strip_prefix(prefix));
        let target = target.ok_or_else(|| bad("the request names no path"))?;
        Self::told(method, scheme, host, target, client)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(method: &str, target: &str, lines: &[(&'static str, &str)]) -> Result<Original, Malformed> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let client = IpAddr::from([192, 0, 2, 7]);
        Original::from_envoy(method, &target.parse().unwrap(), &headers, "/verify/envoy", client)
    }

    #[test]
    fn the_request_is_what_follows_the_prefix() {
        let lines = [("host", "Wiki.example.com:443"), ("x-forwarded-proto", "https")];
        for (target, own) in [
            ("/verify/envoy/", "/"),
            ("/verify/envoy/a/b?c=%zz", "/a/b?c=%zz"),
            ("/verify/envoy/verify/envoy/", "/verify/envoy/"),
            ("http://wiki.example.com/verify/envoy/a", "/a"),
        ] {
            let original = asked("POST", target, &lines).unwrap();
            assert_eq!((original.target().as_str(), original.method.as_str()), (own, "POST"), "{target}");
            assert_eq!(original.host.as_str(), "wiki.example.com");
        }
        for target in [
            "/verify/envoy",
            "/verify/envoyx",
            "/verify/envoy?a",
            "/verify/envoy//a",
            "/verify/envoy/../a",
            "/x",
        ] {
            assert!(asked("GET", target, &lines).is_err(), "{target}");
        }
        assert!(asked("TRACE", "/verify/envoy/a", &lines).is_err());
    }

    #[test]
    fn a_06_host_and_scheme_are_told_once() {
        let (host, scheme) = (("host", "wiki.example.com"), ("x-forwarded-proto", "https"));
        let root = "/verify/envoy/";
        assert!(asked("GET", root, &[host, scheme]).is_ok());
        assert!(asked("GET", root, &[host]).is_err());
        assert!(asked("GET", root, &[scheme]).is_err());
        assert!(asked("GET", root, &[host, host, scheme]).is_err());
        assert!(asked("GET", root, &[host, scheme, scheme]).is_err());
        assert!(asked("GET", root, &[host, scheme, ("x_forwarded_proto", "http")]).is_err());
        let told = [
            ("x-forwarded-uri", "/public"),
            ("x-original-url", "https://x/"),
            ("x-envoy-original-path", "/"),
        ];
        let all: Vec<_> = [host, scheme].into_iter().chain(told).collect();
        assert_eq!(asked("GET", root, &all), asked("GET", root, &[host, scheme]), "no other header is read");
    }
}
