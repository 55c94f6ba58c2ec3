//! WebSockets over HTTP/1.1 (RFC 6455 §4): what may ask for one, and whether the upstream really has switched.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version, header, request::Parts};

use super::{Failure, Forward, headers::list};
use crate::gateway::original::is_foreign;

/// RFC 6455 §1.3
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What the upstream has to answer with.
pub(super) struct Handshake(String);

impl Handshake {
    /// Reads the request's wish. Any other protocol that it would like to speak is none of ours: it is answered in
    /// HTTP/1.1, as RFC 9110 §7.8 lets us.
    pub(super) fn asked(parts: &Parts, has_body: bool) -> Result<Option<Self>, Failure> {
        let headers = &parts.headers;
        if !list(headers, &header::UPGRADE).any(is_websocket) {
            return Ok(None);
        }
        let alone = list(headers, &header::UPGRADE).count() == 1;
        let connection = list(headers, &header::CONNECTION).any(|it| it.eq_ignore_ascii_case("upgrade"));
        let plain = parts.method == Method::GET && parts.version == Version::HTTP_11 && !has_body;
        let key = only(headers, header::SEC_WEBSOCKET_KEY);
        let key = key.filter(|key| STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16));
        match key {
            Some(key) if alone && connection && plain => Ok(Some(Self(accept(key.as_bytes())))),
            _ => Err(Failure::Handshake),
        }
    }

    /// What makes the upstream switch.
    pub(super) fn write(headers: &mut HeaderMap) {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    }

    /// Whether the upstream speaks WebSocket from now on (RFC 6455 §4.1): a 101 from something that does not would
    /// let a client talk to it past every judgement.
    pub(super) fn is_met_by<B>(&self, answer: &Response<B>) -> bool {
        let headers = answer.headers();
        answer.status() == StatusCode::SWITCHING_PROTOCOLS
            && only(headers, header::UPGRADE).is_some_and(is_websocket)
            && list(headers, &header::CONNECTION).any(|it| it.eq_ignore_ascii_case("upgrade"))
            && only(headers, header::SEC_WEBSOCKET_ACCEPT) == Some(&self.0)
    }
}

/// No page of another site may open a WebSocket.
pub(super) fn check_origin(headers: &HeaderMap, forward: &Forward<'_>) -> Result<(), Failure> {
    let original = &forward.passing.original;
    match is_foreign(headers, original, original.scheme, &forward.upstream.origins) {
        true => Err(Failure::ForeignOrigin),
        false => Ok(()),
    }
}

fn is_websocket(protocol: &str) -> bool {
    protocol.eq_ignore_ascii_case("websocket")
}

/// A header that is there once.
fn only(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next()?.to_str().ok()?;
    lines.next().is_none().then_some(line)
}

/// RFC 6455 §4.2.2: SHA-1 as a fingerprint, not for secrecy.
fn accept(key: &[u8]) -> String {
    let mut context = ring::digest::Context::new(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY);
    context.update(key);
    context.update(GUID);
    STANDARD.encode(context.finish())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    fn asked(method: &str, lines: &[(&'static str, &'static str)]) -> Result<Option<Handshake>, Failure> {
        let mut request = Request::builder().method(method);
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        Handshake::asked(&request.body(()).unwrap().into_parts().0, false)
    }

    #[test]
    fn a_handshake_is_whole_or_refused() {
        let whole =
            [("connection", "keep-alive, Upgrade"), ("upgrade", "WebSocket"), ("sec-websocket-key", KEY)];
        let shake = asked("GET", &whole).unwrap().unwrap();
        // The example of RFC 6455 §1.3.
        assert_eq!(shake.0, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert!(asked("GET", &[]).unwrap().is_none());
        assert!(asked("GET", &[("connection", "upgrade"), ("upgrade", "h2c")]).unwrap().is_none());
        for left_out in 0..3 {
            let mut less = whole.to_vec();
            less.remove(left_out);
            let asked = asked("GET", &less);
            assert!(if left_out == 1 { asked.unwrap().is_none() } else { asked.is_err() }, "{left_out}");
        }
        assert!(asked("POST", &whole).is_err());
        for more in [("upgrade", "h2c"), ("sec-websocket-key", KEY)] {
            assert!(asked("GET", &[&whole[..], &[more]].concat()).is_err(), "{more:?}");
        }
        assert!(asked("GET", &[whole[0], whole[1], ("sec-websocket-key", "c2hvcnQ=")]).is_err());
    }

    #[test]
    fn an_upstream_switches_to_websocket_or_not_at_all() {
        let shake = Handshake(accept(KEY.as_bytes()));
        let met = |status: u16, upgrade: &str, accept: &str| {
            let answer = Response::builder().status(status).header("connection", "Upgrade");
            let answer = answer.header("upgrade", upgrade).header("sec-websocket-accept", accept);
            shake.is_met_by(&answer.body(()).unwrap())
        };
        assert!(met(101, "websocket", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert!(!met(200, "websocket", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert!(!met(101, "h2c", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert!(!met(101, "websocket", "anything"));
    }
}
