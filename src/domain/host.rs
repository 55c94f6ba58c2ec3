//! Hosts as they are compared: one spelling each.
use std::fmt;

use url::Url;

/// The two schemes that browsers reach us and upstreams by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Loopback only.
    Http,
    /// Everywhere else.
    Https,
}

impl Scheme {
    /// Reads a scheme in any case of letters.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Http, Self::Https].into_iter().find(|scheme| scheme.as_str().eq_ignore_ascii_case(text))
    }

    /// `http` or `https`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A host name or address, with the port unless it is the scheme's own: lower case, no trailing dot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host(String);

impl Host {
    /// Reads the value of a Host header, or the authority of a URL; `None` for what is no host (user
    /// information, escapes, characters outside ASCII, ports that are none).
    pub fn parse(text: &str, scheme: Scheme) -> Option<Self> {
        let (name, port) = split_port(text)?;
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let good = if let Some(address) = name.strip_prefix('[') {
            address.strip_suffix(']')?.parse::<std::net::Ipv6Addr>().is_ok()
        } else {
            is_name(&name)
        };
        if !good {
            return None;
        }
        Some(Self(match port.filter(|port| *port != scheme.port()) {
            Some(port) => format!("{name}:{port}"),
            None => name,
        }))
    }

    /// The host of an http or https URL, and its scheme.
    pub fn of_url(url: &Url) -> Option<(Scheme, Self)> {
        let scheme = Scheme::parse(url.scheme())?;
        let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
        Some((scheme, Self::parse(authority, scheme)?))
    }

    /// The host one label up, at the same port: `example.com` of `wiki.example.com`.
    pub fn parent(&self) -> Option<Self> {
        let (label, parent) = self.0.split_once('.')?;
        (!label.starts_with('[')).then(|| Self(parent.to_owned()))
    }

    /// The host as it is written in URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The hosts of one upstream: a single one, or `*.apps.example.com`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// This one.
    One(Host),
    /// All that are exactly one label below this one.
    Below(Host),
}

impl Pattern {
    /// Reads a host, or `*.` and a host with a dot inside; `None` for what is neither.
    pub fn parse(text: &str, scheme: Scheme) -> Option<Self> {
        let Some(base) = text.strip_prefix("*.") else { return Host::parse(text, scheme).map(Self::One) };
        let base = Host::parse(base, scheme)?;
        let (_, last) = base.0.split(':').next()?.rsplit_once('.')?;
        last.contains(|c: char| c.is_ascii_alphabetic()).then_some(Self::Below(base))
    }

    /// Whether a host is one of these.
    pub fn has(&self, host: &Host) -> bool {
        match self {
            Self::One(one) => one == host,
            Self::Below(base) => host.parent().as_ref() == Some(base),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(host) => write!(f, "{host}"),
            Self::Below(base) => write!(f, "*.{base}"),
        }
    }
}

fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let name_ends =
        if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':').unwrap_or(text.len()) };
    let (name, rest) = text.split_at(name_ends);
    if rest.is_empty() {
        return Some((name, None));
    }
    let digits = rest.strip_prefix(':')?;
    let plain = (1..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then_some(())?;
    Some((name, Some(digits.parse().ok()?)))
}

/// Labels of 1 to 63 bytes with dots between them, 253 bytes in all (RFC 1035 §2.3.4).
fn is_name(name: &str) -> bool {
    let is_label = |length: usize| (1..=63).contains(&length);
    let mut length = 0;
    for b in name.bytes() {
        length = match b {
            b'.' if is_label(length) => 0,
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => length + 1,
            _ => return false,
        };
    }
    is_label(length) && name.len() <= 253
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_18_a_host_has_one_spelling() {
        let host = |text| Host::parse(text, Scheme::Https).map(|host| host.0);
        for same in [
            "wiki.example.com",
            "WIKI.example.com",
            "wiki.example.com.",
            "wiki.example.com:443",
            "Wiki.Example.Com.:443",
        ] {
            assert_eq!(host(same).as_deref(), Some("wiki.example.com"), "{same}");
        }
        assert_eq!(host("wiki.example.com:8443").as_deref(), Some("wiki.example.com:8443"));
        assert_eq!(host("wiki.example.com:80").as_deref(), Some("wiki.example.com:80"));
        assert_eq!(host("127.0.0.1:8080").as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(host("[::1]:8080").as_deref(), Some("[::1]:8080"));
        for bad in [
            "",
            ".",
            "a..b",
            "wiki.example.com..",
            "wiki.example.com:",
            "wiki.example.com:0x1f",
            "wiki.example.com:99999",
            "wiki.example.com:+1",
            "wiki.example.com:000443",
            "user@wiki.example.com",
            "wiki.example.com/",
            "wiki.example.com,evil.example",
            "wiki%2eexample.com",
            "wiki example.com",
            "wíki.example.com",
            "[::1",
            "[wiki]",
            "::1",
            "*",
        ] {
            assert_eq!(host(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_24_a_star_stands_for_one_label() {
        let parse = |text| Pattern::parse(text, Scheme::Https);
        for (text, base) in [
            ("*.Apps.Example.com", "*.apps.example.com"),
            ("*.apps.example.com.:443", "*.apps.example.com"),
            ("*.apps.example.com:8443", "*.apps.example.com:8443"),
            ("wiki.example.com", "wiki.example.com"),
        ] {
            assert_eq!(parse(text).map(|pattern| pattern.to_string()).as_deref(), Some(base), "{text}");
        }
        for bad in ["*", "*.", "*.com", "*.localhost", "**.example.com", "*.*.example.com", "a.*.example.com"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
        for bad in ["*example.com", "*.0.0.1", "*.[::1]", "*.example.com/", "*.example.com:0x1f"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        let apps = parse("*.apps.example.com").unwrap();
        let has = |host| apps.has(&Host::parse(host, Scheme::Https).unwrap());
        for host in ["a.apps.example.com", "A.APPS.example.com.", "a-b_c.apps.example.com:443"] {
            assert!(has(host), "{host}");
        }
        for host in [
            "apps.example.com",
            "evilapps.example.com",
            "a.b.apps.example.com",
            "a.apps.example.com:8443",
            "a.apps.example.com.evil.example",
            "a.example.com",
            "[::1]",
            "[::ffff:1.2.3.4]",
        ] {
            assert!(!has(host), "{host}");
        }
    }
}
