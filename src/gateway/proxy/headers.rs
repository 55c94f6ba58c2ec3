//! What of a request's headers the upstream gets, and of an answer's the client.
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use hyper::body::Body;

use super::Forward;
use crate::{
    config::HeaderNames,
    domain::host::Scheme,
    gateway::{
        headers::strip,
        original::{X_FORWARDED_HOST, X_FORWARDED_PROTO},
    },
};

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

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Whether a header (by its folded name) is ours alone to set, because upstreams believe it.
pub(in crate::gateway) fn is_told_by_us(folded: &str) -> bool {
    folded.starts_with("x-forwarded-")
        || folded.starts_with("x-original-")
        || matches!(
            folded,
            "forwarded"
                | "forwarded-for"
                | "x-forwarded"
                | "x-real-ip"
                | "x-client-ip"
                | "x-cluster-client-ip"
                | "client-ip"
                | "true-client-ip"
                | "cf-connecting-ip"
                | "fastly-client-ip"
                | "x-host"
                | "x-http-host-override"
                | "x-rewrite-url"
                | "x-url-scheme"
                | "front-end-https"
                // As CGI's HTTP_PROXY it would choose the way that an application's own requests take.
                | "proxy"
        )
}

/// What the client asked to be dropped goes, and what upstreams believe; only then comes what we say, so that no client
/// can have it dropped or doubled.
pub(super) fn outgoing(
    mut headers: HeaderMap,
    forward: Forward<'_>,
    names: &HeaderNames,
    scheme: Scheme,
) -> HeaderMap {
    for name in listed(&headers) {
        headers.remove(name);
    }
    let methods = forward.upstream.rules.iter().any(|rule| !rule.methods.is_empty());
    // The length is that of the body as it is sent; hyper writes it.
    strip(&mut headers, names, methods, |folded| {
        is_told_by_us(folded)
            || matches!(folded, "cookie" | "host" | "content-length")
            || HOP_BY_HOP.iter().any(|name| name.as_str() == folded)
    });
    let original = &forward.passing.original;
    headers.reserve(forward.identity.len() + 5);
    let host = HeaderValue::from_str(original.host.as_str()).expect("a host is plain ASCII");
    headers.insert(X_FORWARDED_HOST, host.clone());
    headers.insert(header::HOST, host);
    headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(scheme.as_str()));
    let client = original.client.to_string();
    headers.insert(X_FORWARDED_FOR, HeaderValue::try_from(client).expect("an address is plain ASCII"));
    if let Some(cookie) = forward.cookie {
        headers.insert(header::COOKIE, cookie);
    }
    for (name, value) in forward.identity.iter() {
        headers.insert(name.clone(), value.clone());
    }
    headers
}

/// Says how long the body is where hyper would not: it takes GET and HEAD to have none, and tells nothing of an empty
/// one, which some servers want to know of where the method means one (RFC 9110 §8.6).
pub(super) fn frame<B: Body>(request: &mut Request<B>) {
    if request.body().is_end_stream() {
        if matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH) {
            request.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
    } else if request.body().size_hint().exact().is_none() {
        request.headers_mut().insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
}

/// What concerns the connection to the upstream only goes; so does what would end more than the upstream's own.
/// `private`: the answer may tell about a person, so that no cache hands it to another (RFC 9111 §5.2.2.7); what
/// the application says itself of caching stays.
pub(super) fn incoming(headers: &mut HeaderMap, private: bool) {
    // Chunks count (RFC 9112 §6.3); another length would end the answer where it is not over.
    if headers.contains_key(header::TRANSFER_ENCODING) {
        headers.remove(header::CONTENT_LENGTH);
    }
    drop_hop_by_hop(headers);
    spare_our_cookies(headers);
    if private {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private"));
        let varies =
            list(headers, &header::VARY).any(|name| name == "*" || name.eq_ignore_ascii_case("cookie"));
        if !varies {
            headers.append(header::VARY, HeaderValue::from_static("Cookie"));
        }
    }
}

/// `Clear-Site-Data` empties a host's own caches and storage, but the cookies of all hosts beside it, ours among
/// them: an application's sign-out would be a sign-out from everything.
fn spare_our_cookies(headers: &mut HeaderMap) {
    if !headers.contains_key(CLEAR_SITE_DATA) {
        return;
    }
    let kept: Vec<_> = list(headers, &CLEAR_SITE_DATA)
        .flat_map(|kind| if kind == "\"*\"" { vec!["\"cache\"", "\"storage\""] } else { vec![kind] })
        .filter(|kind| !kind.eq_ignore_ascii_case("\"cookies\""))
        .collect();
    match HeaderValue::try_from(kept.join(", ")) {
        Ok(kept) if !kept.is_empty() => headers.insert(CLEAR_SITE_DATA, kept),
        _ => headers.remove(CLEAR_SITE_DATA),
    };
}

fn drop_hop_by_hop(headers: &mut HeaderMap) {
    for name in listed(headers).iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// What the connection's other headers are, by its own word (RFC 9110 §7.6.1).
fn listed(headers: &HeaderMap) -> Vec<HeaderName> {
    list(headers, &header::CONNECTION).filter_map(|name| name.parse().ok()).collect()
}

/// The members of a list in all lines of a header (RFC 9110 §5.6.1).
pub(super) fn list<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|member| !member.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::headers::fold;

    fn answered(lines: &[(&'static str, &'static str)], private: bool) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        incoming(&mut headers, private);
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }

    #[test]
    fn a_22_no_shared_cache_keeps_what_was_for_one_person() {
        assert!(answered(&[], false).is_empty());
        assert_eq!(answered(&[], true), ["cache-control: private", "vary: Cookie"]);
        let own = [("cache-control", "public, max-age=60"), ("vary", "accept, COOKIE")];
        assert_eq!(answered(&own, true), ["cache-control: public, max-age=60", "vary: accept, COOKIE"]);
        let other = answered(&[("cache-control", "no-store"), ("vary", "accept")], true);
        assert_eq!(other, ["cache-control: no-store", "vary: accept", "vary: Cookie"]);
        assert_eq!(answered(&[("cache-control", "a"), ("vary", "*")], true), ["cache-control: a", "vary: *"]);
    }

    #[test]
    fn an_application_clears_its_own_data_but_not_our_cookies() {
        let cleared = |value| answered(&[("clear-site-data", value)], false);
        assert!(cleared("\"cookies\"").is_empty());
        assert_eq!(cleared("\"cache\", \"cookies\""), ["clear-site-data: \"cache\""]);
        assert_eq!(cleared("\"*\""), ["clear-site-data: \"cache\", \"storage\""]);
    }

    #[test]
    fn what_concerns_one_connection_goes() {
        let lines = [
            ("connection", "close, X-Hop,, x-other"),
            ("x-hop", "1"),
            ("x-other", "1"),
            ("trailer", "x-sum"),
            ("upgrade", "h2c"),
            ("etag", "e"),
        ];
        assert_eq!(answered(&lines, false), ["etag: e"]);
    }

    #[test]
    fn only_we_tell_where_a_request_comes_from() {
        for name in
            ["X-Forwarded-For", "x_forwarded_proto", "X-Original-URL", "Forwarded", "X_Real.IP", "Proxy"]
        {
            assert!(is_told_by_us(&fold(name)), "{name}");
        }
        assert!(!is_told_by_us("x-request-id"));
    }
}
