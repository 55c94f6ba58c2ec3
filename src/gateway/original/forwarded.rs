//! What Traefik and Caddy tell.
use std::net::IpAddr;

use http::HeaderMap;

use super::{
    Malformed, Original, X_FORWARDED_HOST, X_FORWARDED_METHOD, X_FORWARDED_PROTO, X_FORWARDED_URI, bad,
    method, single,
};
use crate::domain::host::{Host, Scheme};

impl Original {
    /// What Traefik and Caddy tell: `X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri`, one line each, and no
    /// other header that a program could take for one of them.
    ///
    /// # Errors
    /// When one is missing, doubled, or cannot be read in one way only.
    pub fn from_forwarded(headers: &HeaderMap, client: IpAddr) -> Result<Self, Malformed> {
        let method = method(single(headers, &X_FORWARDED_METHOD)?)?;
        let scheme = scheme(single(headers, &X_FORWARDED_PROTO)?)?;
        let host = Host::parse(single(headers, &X_FORWARDED_HOST)?, scheme)
            .ok_or_else(|| bad("X-Forwarded-Host is no host"))?;
        Self::told(method, scheme, host, single(headers, &X_FORWARDED_URI)?, client)
    }
}

/// Some proxies name a WebSocket's own schemes.
pub(super) fn scheme(told: &str) -> Result<Scheme, Malformed> {
    let scheme = match told {
        "ws" => Some(Scheme::Http),
        "wss" => Some(Scheme::Https),
        told => Scheme::parse(told),
    };
    scheme.ok_or_else(|| bad("X-Forwarded-Proto is neither http nor https"))
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    const WHOLE: [(&str, &str); 4] = [
        ("x-forwarded-method", "PUT"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "Wiki.example.com:443"),
        ("x-forwarded-uri", "/a/%7Eb?c=/d"),
    ];

    fn told<'a>(lines: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Original, Malformed> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        Original::from_forwarded(&headers, IpAddr::from([192, 0, 2, 7]))
    }

    /// The whole request with one header told in another way.
    fn with(name: &str, value: &str) -> Result<Original, Malformed> {
        told(WHOLE.iter().map(|line| if line.0 == name { (name, value) } else { *line }))
    }

    #[test]
    fn four_headers_tell_the_whole_request() {
        let original = told(WHOLE).unwrap();
        assert_eq!(original.method, "PUT");
        assert_eq!(original.address(Scheme::Https), "https://wiki.example.com/a/~b?c=/d");
        assert_eq!(with("x-forwarded-proto", "wss").unwrap().scheme, Scheme::Https);
        assert_eq!(with("x-forwarded-uri", "/").unwrap().target(), "/");
    }

    #[test]
    fn a_06_what_is_said_twice_or_in_two_spellings_is_refused() {
        for (name, value) in WHOLE {
            assert!(told(WHOLE.into_iter().filter(|line| line.0 != name)).is_err(), "without {name}");
            assert!(told(WHOLE.into_iter().chain([(name, value)])).is_err(), "{name} twice");
            let spellings = [name.replace('-', "_"), name.replacen('-', "_", 1), name.replace('-', ".")];
            for other in &spellings {
                assert!(told(WHOLE.into_iter().chain([(other.as_str(), value)])).is_err(), "{other}");
            }
        }
    }

    #[test]
    fn another_family_is_not_read() {
        let others = [("x-original-url", "https://wiki.example.com/"), ("x-original-method", "GET")];
        assert!(told(others).is_err());
        assert_eq!(told(WHOLE.into_iter().chain(others)), told(WHOLE));
    }

    #[test]
    fn a_07_what_is_malformed_is_refused() {
        let long = format!("/{}", "a".repeat(64 * 1024));
        for (name, value) in [
            ("x-forwarded-uri", ""),
            ("x-forwarded-uri", "*"),
            ("x-forwarded-uri", "a"),
            ("x-forwarded-uri", "?x"),
            ("x-forwarded-uri", "https://wiki.example.com/"),
            ("x-forwarded-uri", "//wiki.example.com/"),
            ("x-forwarded-uri", "/a/../b"),
            ("x-forwarded-uri", "/a%2fb"),
            ("x-forwarded-uri", "/%zz"),
            ("x-forwarded-uri", "/a b"),
            ("x-forwarded-uri", "/#a"),
            ("x-forwarded-uri", "/?a#b"),
            ("x-forwarded-uri", &long),
            ("x-forwarded-host", ""),
            ("x-forwarded-host", "wiki.example.com, evil.example"),
            ("x-forwarded-host", "wiki.example.com/"),
            ("x-forwarded-host", "user@wiki.example.com"),
            ("x-forwarded-proto", ""),
            ("x-forwarded-proto", "ftp"),
            ("x-forwarded-proto", "https,http"),
            ("x-forwarded-method", ""),
            ("x-forwarded-method", "TRACE"),
            ("x-forwarded-method", "CONNECT"),
            ("x-forwarded-method", "get"),
            ("x-forwarded-method", "G T"),
        ] {
            assert!(with(name, value).is_err(), "{name}: {value}");
        }
    }
}
