//! A place to go after sign-in, proven to be ours.
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Position, Url};

use super::{
    host::{Host, Pattern, Scheme},
    path::RequestPath,
};

/// Longer addresses than this are not returned to.
pub const RETURN_TO_MAX: usize = 2048;

/// The hosts that people may be sent to: our own, and the upstreams', all by the scheme of our public URL.
#[derive(Clone, Debug)]
pub struct Hosts {
    public_url: Url,
    scheme: Scheme,
    own: Host,
    upstreams: Vec<Pattern>,
}

impl Hosts {
    /// Our own host and those of upstreams; `None` when `public_url` is no http or https URL with a host.
    pub fn new(public_url: &Url, upstreams: impl IntoIterator<Item = Pattern>) -> Option<Self> {
        let (scheme, own) = Host::of_url(public_url)?;
        let public_url = Url::parse(&format!("{}://{own}/", scheme.as_str())).ok()?;
        Some(Self { public_url, scheme, own, upstreams: upstreams.into_iter().collect() })
    }

    /// The scheme that browsers use for every host here.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host of our own pages.
    pub fn own(&self) -> &Host {
        &self.own
    }

    /// Our own scheme and host, without a slash at the end.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme.as_str(), self.own)
    }
}

/// A place to go after sign-in, proven to be ours: a path here, or a page of an upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo {
    href: String,
    upstream: Option<String>,
}

impl ReturnTo {
    /// Reads an address as a stranger may have written it; whatever is not plainly ours becomes `/`.
    pub fn parse(raw: &str, hosts: &Hosts) -> Self {
        Self::accept(raw, hosts).unwrap_or_else(Self::home)
    }

    /// The page to go to when there is no better one: `/`.
    pub fn home() -> Self {
        Self { href: "/".to_owned(), upstream: None }
    }

    /// Reads an address; `None` unless it is plainly ours. Two locks: the text must begin exactly like an
    /// address of ours, and the parser that browsers have must find it on that host.
    pub fn accept(raw: &str, hosts: &Hosts) -> Option<Self> {
        let plain = raw.len() <= RETURN_TO_MAX && raw.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        plain.then_some(())?;
        let (wanted, rest) = split_origin(raw, hosts)?;
        let path_ends = rest.find(['?', '#']).unwrap_or(rest.len());
        let (path, tail) = rest.split_at(path_ends);
        let path = if path.is_empty() && !raw.starts_with('/') { "/" } else { path };
        let path = RequestPath::parse(path).ok()?;
        starts_with_a_name(&path).then_some(())?;

        let absolute = format!("{}://{wanted}{path}{tail}", hosts.scheme.as_str());
        let url = hosts.public_url.join(&absolute).ok()?;
        let (scheme, host) = Host::of_url(&url)?;
        let proven = scheme == hosts.scheme
            && host == wanted
            && url.username().is_empty()
            && url.password().is_none()
            && url.path() == path.as_str();
        proven.then_some(())?;
        Some(if host == hosts.own {
            Self { href: url[Position::BeforePath..].to_owned(), upstream: None }
        } else {
            Self { href: url.into(), upstream: Some(host.as_str().to_owned()) }
        })
    }

    /// What goes into `Location` or `href`: a path of ours, or the whole URL of an upstream's page. ASCII.
    pub fn as_str(&self) -> &str {
        &self.href
    }

    /// The upstream's host, for display; `None` for our own pages.
    pub fn host(&self) -> Option<&str> {
        self.upstream.as_deref()
    }

    /// Whether the place is a page of ours.
    pub fn is_local_path(&self) -> bool {
        self.upstream.is_none()
    }

    /// The address as the value of a query parameter.
    pub fn as_query_value(&self) -> String {
        query_value(&self.href)
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.href)
    }
}

/// A text as the value of a query parameter.
pub fn query_value(text: &str) -> String {
    utf8_percent_encode(text, QUERY_VALUE).to_string()
}

const QUERY_VALUE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The host of ours that the text names, and what follows it.
fn split_origin<'a>(raw: &'a str, hosts: &Hosts) -> Option<(Host, &'a str)> {
    if raw.starts_with('/') {
        return Some((hosts.own.clone(), raw));
    }
    let (scheme, rest) = raw.split_once("://")?;
    (Scheme::parse(scheme)? == hosts.scheme).then_some(())?;
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let named = Host::parse(authority, hosts.scheme)?;
    let is_ours = named == hosts.own || hosts.upstreams.iter().any(|pattern| pattern.has(&named));
    is_ours.then_some((named, rest))
}

/// A path whose first segment is only white space may end as `//` where somebody decodes and trims it.
fn starts_with_a_name(path: &RequestPath) -> bool {
    let rest = path.as_str().trim_start_matches('/');
    let decoded = percent_encoding::percent_decode_str(rest).decode_utf8_lossy();
    rest.is_empty()
        || !decoded.starts_with(|c: char| c.is_whitespace() || c == '/' || c == '\\' || c.is_control())
}

#[cfg(test)]
mod tests;
