//! What every handler knows of its request: the time, the language, from where it came.
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Once,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header, request::Parts},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;
use templates::{Frame, Href, Lang, Languages};

use super::{Error, view};
use crate::{
    domain::{
        audit::Origin,
        secret::{base64url, random},
        time::Time,
    },
    state::App,
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The longest part of a user agent that is kept.
const USER_AGENT_MAX: usize = 256;

/// One request, as far as every handler cares.
#[derive(Clone, Debug)]
pub struct Visit {
    /// When it came.
    pub now: Time,
    /// In which language it is answered.
    pub lang: Lang,
    /// From where it came.
    pub origin: Origin,
    /// Whether a program asks, not a person.
    pub json: bool,
    uri: Uri,
    read_only: bool,
}

impl Visit {
    /// What surrounds the page that answers it.
    pub fn frame(&self, app: &App) -> Frame {
        let languages = self
            .read_only
            .then(|| Languages { en: self.in_language(Lang::En), ko: self.in_language(Lang::Ko) });
        Frame {
            lang: self.lang,
            organisation: app.config.organisation.clone(),
            help: app.config.help.clone(),
            languages,
            reference: self.origin.request_id.clone(),
            origin: None,
        }
    }

    /// Where somebody goes who was sent away to sign in first: the page that was asked for. What was posted is
    /// not posted again, so instead of its address it is the beginning of its section.
    pub fn to_come_back_to(&self) -> &str {
        match self.uri.path_and_query() {
            Some(asked) if self.read_only => asked.as_str(),
            Some(asked) if asked.path().starts_with("/admin/") => "/admin",
            _ => "/",
        }
    }

    fn in_language(&self, lang: Lang) -> Href {
        let pairs = url::form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes());
        let kept: Vec<_> = pairs.filter(|(name, _)| name != "lang").collect();
        let kept = kept.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
        Href::query(self.uri.path(), kept.chain([("lang", lang.code())]))
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get::<Self>().cloned().ok_or(Error::Internal("the visit layer is missing"))
    }
}

/// Puts a [`Visit`] into every request, its id into every answer, and keeps a chosen language.
pub(super) async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip().to_canonical());
    let headers = request.headers();
    hint_at_proxy(&app, peer, headers);
    let chosen = chosen_language(request.uri());
    let lang = chosen.unwrap_or_else(|| language(&app, headers));
    let visit = Visit {
        now: app.clock.now(),
        lang,
        origin: Origin {
            address: client_address(peer, headers, &app.config.trusted_proxies).to_string(),
            user_agent: user_agent(headers),
            request_id: new_request_id(),
            language: view::language(lang),
        },
        json: wants_json(headers),
        uri: request.uri().clone(),
        read_only: matches!(*request.method(), Method::GET | Method::HEAD),
    };
    let id = HeaderValue::from_str(&visit.origin.request_id);
    request.extensions_mut().insert(visit);
    let mut response = next.run(request).await;
    if let Ok(id) = id {
        response.headers_mut().insert("x-request-id", id);
    }
    if let Some(lang) = chosen {
        response.headers_mut().append(header::SET_COOKIE, app.cookies.set_lang(lang.code()));
    }
    response
}

/// What people pass on when they ask for help.
pub(super) fn new_request_id() -> String {
    base64url(&random::<9>())
}

/// Says once in the log that the peer seems to be a proxy that is not known as one: all people behind it share one
/// address then, and the limits of one.
fn hint_at_proxy(app: &App, peer: IpAddr, headers: &HeaderMap) {
    static TOLD: Once = Once::new();
    let trusted = &app.config.trusted_proxies;
    if headers.contains_key(X_FORWARDED_FOR) && !trusted.iter().any(|network| network.contains(&peer)) {
        TOLD.call_once(|| {
            tracing::warn!(%peer, "X-Forwarded-For came from a peer that is not in trusted_proxies and does not count; if it is your proxy, add its address there");
        });
    }
}

/// The client's address: the peer's, unless the peer is a trusted proxy; then the nearest address in
/// `X-Forwarded-For` that is none. What cannot be read ends the search, it never widens it.
pub(crate) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut nearest = peer;
    if !is_trusted(&peer) {
        return peer;
    }
    for line in headers.get_all(X_FORWARDED_FOR).iter().rev() {
        let Ok(line) = line.to_str() else { return nearest };
        for hop in line.rsplit(',') {
            let Ok(address) = hop.trim().parse::<IpAddr>() else { return nearest };
            nearest = address.to_canonical();
            if !is_trusted(&nearest) {
                return nearest;
            }
        }
    }
    nearest
}

fn user_agent(headers: &HeaderMap) -> String {
    let text =
        headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let mut text = text.unwrap_or_default();
    text.truncate(text.floor_char_boundary(USER_AGENT_MAX));
    text
}

/// Whether a program reads the answer.
pub(super) fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("application/json") && !accept.contains("text/html")
}

fn chosen_language(uri: &Uri) -> Option<Lang> {
    let query = uri.query()?;
    let (_, code) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang")?;
    Lang::from_code(&code)
}

/// The language kept in a cookie, or the first of ours that the browser asks for.
fn language(app: &App, headers: &HeaderMap) -> Lang {
    if let Some(lang) = app.cookies.lang(headers).and_then(Lang::from_code) {
        return lang;
    }
    accepted_language(headers)
}

/// The first of our languages that the browser asks for.
pub(super) fn accepted_language(headers: &HeaderMap) -> Lang {
    let accept =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let codes = accept.split(',').filter_map(|range| range.split([';', '-']).next());
    codes.map(str::trim).find_map(|code| Lang::from_code(&code.to_ascii_lowercase())).unwrap_or(Lang::En)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn forwarded_addresses_are_believed_from_trusted_proxies_only() {
        assert_eq!(seen("192.0.2.9", &["203.0.113.1"]), "192.0.2.9");
        assert_eq!(seen("10.0.0.1", &["203.0.113.1"]), "203.0.113.1");
        assert_eq!(seen("10.0.0.1", &["6.6.6.6, 203.0.113.1, 10.0.0.2"]), "203.0.113.1");
        assert_eq!(seen("10.0.0.1", &["6.6.6.6", "203.0.113.1"]), "203.0.113.1");
        assert_eq!(seen("10.0.0.1", &["203.0.113.1, garbage"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &["::ffff:203.0.113.1"]), "203.0.113.1");
    }
}
