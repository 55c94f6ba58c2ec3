//! Which page opens a WebSocket.
use http::{HeaderMap, HeaderName, header};

use super::{Original, SEC_FETCH_MODE};
use crate::domain::host::Scheme;

/// Whether a request opens a WebSocket for a page of another site, which would do so with our cookies and read what
/// comes back, as nothing else on the web lets it (RFC 6455 §10.2). Every browser says which page it is. `scheme` is the
/// one that browsers use; pages of the origins in `known` may.
pub fn is_foreign_socket(headers: &HeaderMap, original: &Original, scheme: Scheme, known: &[String]) -> bool {
    opens_a_socket(headers) && is_foreign(headers, original, scheme, known)
}

fn opens_a_socket(headers: &HeaderMap) -> bool {
    let is_websocket = |name: HeaderName| {
        let mut lines = headers.get_all(name).iter();
        lines.any(|line| {
            let mut members = line.as_bytes().split(|b| *b == b',');
            members.any(|member| member.trim_ascii().eq_ignore_ascii_case(b"websocket"))
        })
    };
    headers.contains_key(header::SEC_WEBSOCKET_KEY)
        || is_websocket(SEC_FETCH_MODE)
        || is_websocket(header::UPGRADE)
}

/// Whether a request names another origin than the application's own and those known to it; two are foreign.
pub(in crate::gateway) fn is_foreign(
    headers: &HeaderMap,
    original: &Original,
    scheme: Scheme,
    known: &[String],
) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return false };
    let (Ok(origin), None) = (origin.to_str(), origins.next()) else { return true };
    let host = origin.strip_prefix(scheme.as_str()).and_then(|rest| rest.strip_prefix("://"));
    host != Some(original.host.as_str()) && !known.iter().any(|known| known == origin)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use http::{HeaderValue, Method};

    use super::*;
    use crate::domain::host::Host;

    fn is_foreign(lines: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let host = Host::parse("wiki.example.com", Scheme::Https).unwrap();
        let client = IpAddr::from([192, 0, 2, 7]);
        let uri = "/socket".parse().unwrap();
        let original = Original::from_request(Method::GET, &uri, Scheme::Http, host, client).unwrap();
        is_foreign_socket(&headers, &original, Scheme::Https, &["https://app.example.com".to_owned()])
    }

    #[test]
    fn a_15_pages_of_other_sites_open_no_socket() {
        let (own, other) = (("origin", "https://wiki.example.com"), ("origin", "https://evil.example"));
        for socket in [
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-fetch-mode", "websocket"),
            ("upgrade", "h2c, WebSocket"),
        ] {
            assert!(!is_foreign(&[socket]), "programs say no origin");
            assert!(!is_foreign(&[socket, own]));
            assert!(!is_foreign(&[socket, ("origin", "https://app.example.com")]));
            for origin in [
                "https://evil.example",
                "http://wiki.example.com",
                "null",
                "",
                "https://wiki.example.com.evil.example",
            ] {
                assert!(is_foreign(&[socket, ("origin", origin)]), "{origin}");
            }
            assert!(is_foreign(&[socket, own, own]) && is_foreign(&[socket, own, other]));
        }
        assert!(!is_foreign(&[other]), "scripts of other sites are the application's to answer");
        assert!(!is_foreign(&[other, ("sec-fetch-mode", "cors"), ("upgrade", "h2c")]));
    }
}
