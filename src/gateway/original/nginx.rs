//! What nginx and HAProxy tell.
use std::net::IpAddr;

use http::HeaderMap;

use super::{Malformed, Original, X_ORIGINAL_METHOD, X_ORIGINAL_URL, bad, method, single};
use crate::domain::host::{Host, Scheme};

impl Original {
    /// What nginx tells: `X-Original-URL` and `X-Original-Method`, one line each, and no other header that a
    /// program could take for one of them.
    ///
    /// # Errors
    /// When one is missing, doubled, or cannot be read in one way only.
    pub fn from_nginx(headers: &HeaderMap, client: IpAddr) -> Result<Self, Malformed> {
        let method = method(single(headers, &X_ORIGINAL_METHOD)?)?;
        let url = single(headers, &X_ORIGINAL_URL)?;
        let (scheme, rest) = url.split_once("://").ok_or_else(|| bad("X-Original-URL is no absolute URL"))?;
        let scheme = Scheme::parse(scheme).ok_or_else(|| bad("X-Original-URL is neither http nor https"))?;
        let path_begins = rest.find('/').ok_or_else(|| bad("X-Original-URL has no path"))?;
        let (authority, target) = rest.split_at(path_begins);
        let host = Host::parse(authority, scheme)
            .ok_or_else(|| bad("X-Original-URL has no host that can be one"))?;
        Self::told(method, scheme, host, target, client)
    }
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
        assert_eq!(original.path.sent(), Some("/%61/b"), "nginx passes on what it was asked with");
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
        for method in [&b"TRACE"[..], b"CONNECT", b"", b"G T", b"G\xFF", b"get"] {
            assert!(
                told(&[("x-original-url", b"https://wiki.example.com/"), ("x-original-method", method)])
                    .is_err(),
                "{method:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_request_that_is_judged_is_told_again_as_it_was(path in "(/[a-z%2e;.]{0,5}){1,4}", query in "(\\?[!-~]{0,6})?") {
            if let Ok(original) = url(&format!("https://wiki.example.com{path}{query}")) {
                let again = url(&original.address(Scheme::Https)).unwrap();
                prop_assert_eq!(again.target(), original.target());
                prop_assert_eq!(again.path.sent(), None);
            }
        }
    }
}
