//! Readers of single values. A failure is the end of a sentence that begins with the key: it says what the
//! value must be, and how to write it; it never repeats the value, which may be a secret.
use std::{net::IpAddr, net::SocketAddr, ops::RangeInclusive, time::Duration};

use ipnet::{IpNet, Ipv4Net};
use lettre::message::Mailbox;
use url::{Host, Url};

use super::source::{Node, Value};

pub(super) type Read<T> = Result<T, String>;

pub(super) fn text(node: &Node) -> Read<String> {
    match &node.value {
        Value::Text(text) => Ok(text.clone()),
        _ => Err("must be a text; put it in quotes".to_owned()),
    }
}

pub(super) fn boolean(node: &Node) -> Read<bool> {
    match &node.value {
        Value::Boolean(truth) => Ok(*truth),
        Value::Text(text) if node.is_variable() && text == "true" => Ok(true),
        Value::Text(text) if node.is_variable() && text == "false" => Ok(false),
        _ => Err("must be true or false, without quotes".to_owned()),
    }
}

/// A number within bounds.
pub(super) fn number<T: TryFrom<i64>>(bounds: RangeInclusive<i64>) -> impl FnOnce(&Node) -> Read<T> {
    move |node| {
        let number = match &node.value {
            Value::Integer(number) => Some(*number),
            Value::Text(text) if node.is_variable() => text.parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| bounds.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            format!("must be a whole number from {} to {}, without quotes", bounds.start(), bounds.end())
        })
    }
}

/// A list of texts; in the environment, a text with commas.
pub(super) fn texts(node: &Node) -> Read<Vec<String>> {
    match &node.value {
        Value::List(items) => items.iter().map(text).collect(),
        Value::Text(text) if node.is_variable() => {
            Ok(text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect())
        }
        _ => Err("must be a list of texts; write it like [\"a\", \"b\"]".to_owned()),
    }
    .map_err(|_: String| "must be a list of texts; write it like [\"a\", \"b\"]".to_owned())
}

/// One of several words, each of which stands for something.
pub(super) fn word<T: Copy>(words: &'static [(&'static str, T)]) -> impl Fn(&Node) -> Read<T> {
    move |node| pick(words, &text(node)?)
}

/// Several such words.
pub(super) fn words<T: Copy>(words: &'static [(&'static str, T)]) -> impl Fn(&Node) -> Read<Vec<T>> {
    move |node| texts(node)?.iter().map(|text| pick(words, text)).collect()
}

fn pick<T: Copy>(words: &[(&str, T)], text: &str) -> Read<T> {
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
    found.ok_or_else(|| {
        let known: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        format!("takes these words only: {}", known.join(", "))
    })
}

const UNITS_OF_TIME: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// `0s` to `most`.
pub(super) fn span(most: Duration) -> impl FnOnce(&Node) -> Read<Duration> {
    move |node| {
        let millis = text(node).ok().and_then(|text| amounts(&text, &UNITS_OF_TIME));
        let span = millis.map(Duration::from_millis).filter(|span| *span <= most);
        span.ok_or_else(|| {
            format!("must be a duration of at most {} s; write it like \"0s\" or \"500ms\"", most.as_secs())
        })
    }
}

/// `90s`, `15m`, `1h30m`, `7d`; never nothing.
pub(super) fn duration(node: &Node) -> Read<Duration> {
    let wrong =
        || "must be a duration above zero; write it like \"90s\", \"15m\", \"1h30m\" or \"7d\"".to_owned();
    let text = text(node).map_err(|_| wrong())?;
    let millis = amounts(&text, &UNITS_OF_TIME)
        .filter(|millis| (1..=MILLIS_MAX).contains(millis))
        .ok_or_else(wrong)?;
    Ok(Duration::from_millis(millis))
}

/// A hundred years: more is a slip of the finger.
const MILLIS_MAX: u64 = 100 * 366 * 86_400_000;

/// `512KiB`, `100MiB`, `2GiB`.
pub(super) fn size(node: &Node) -> Read<u64> {
    const UNITS: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    let wrong = || "must be a size; write it like \"512KiB\", \"100MiB\" or \"2GiB\"".to_owned();
    let text = text(node).map_err(|_| wrong())?;
    amounts(&text, &UNITS).ok_or_else(wrong)
}

/// The sum of numbers with units, each unit at most once and spelt as it is.
fn amounts(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let mut sum = 0_u64;
    let mut rest = text;
    let mut seen = vec![];
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let (_, worth) = units.iter().find(|(name, _)| *name == unit.trim())?;
        if seen.contains(worth) {
            return None;
        }
        seen.push(*worth);
        sum = sum.checked_add(number.parse::<u64>().ok()?.checked_mul(*worth)?)?;
        rest = after;
    }
    (!seen.is_empty()).then_some(sum)
}

pub(super) fn address(node: &Node) -> Read<SocketAddr> {
    let wrong =
        || "must be an address with a port; write it like \"127.0.0.1:8080\" or \"[::]:8080\"".to_owned();
    text(node).ok().and_then(|text| text.parse().ok()).ok_or_else(wrong)
}

/// Networks, or single addresses; those of IPv4 also where they are written within IPv6 (RFC 4291 §2.5.5.2),
/// because addresses are compared in their short form.
pub(super) fn networks(node: &Node) -> Read<Vec<IpNet>> {
    let network = |text: &String| text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok();
    let short = |network: IpNet| match network {
        IpNet::V6(net) if net.prefix_len() >= 96 => match net.addr().to_ipv4_mapped() {
            Some(address) => Ipv4Net::new(address, net.prefix_len() - 96).map_or(network, IpNet::V4),
            None => network,
        },
        _ => network,
    };
    let networks = texts(node)?.iter().map(|text| network(text).map(short)).collect::<Option<Vec<IpNet>>>();
    networks.ok_or_else(|| {
        "must be a list of addresses and networks; write it like [\"127.0.0.1\", \"10.0.0.0/8\", \"fd00::/8\"]"
            .to_owned()
    })
}

/// A URL with a host, without user, query or fragment; https, or http on this machine only.
pub(super) fn secure_url(node: &Node) -> Read<Url> {
    let text = text(node)?;
    let wrong = || "must be a URL; write it like \"https://idp.example.com\"".to_owned();
    let url = Url::parse(&text).ok().filter(Url::has_host).ok_or_else(wrong)?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(
                "must begin with https://; http:// is for this machine only (127.0.0.1, [::1], localhost)"
                    .to_owned(),
            );
        }
        _ => return Err(wrong()),
    }
    bare(&url)?;
    Ok(url)
}

/// The root of a web server: http or https, no path, user, query or fragment.
pub(super) fn server_url(node: &Node) -> Read<Url> {
    let wrong = || "must be a URL without a path; write it like \"http://10.0.0.5:8080\"".to_owned();
    let url = Url::parse(&text(node)?).ok().filter(Url::has_host).ok_or_else(wrong)?;
    if !matches!(url.scheme(), "http" | "https") || url.path() != "/" {
        return Err(wrong());
    }
    bare(&url)?;
    Ok(url)
}

fn bare(url: &Url) -> Read<()> {
    let nothing_more = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let wrong = "must have no user, no `?` and no `#` in its URL; leave them out";
    nothing_more.then_some(()).ok_or_else(|| wrong.to_owned())
}

/// Whether a URL names this machine by itself.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a host, as it stands in the config file, is this machine.
pub(super) fn is_loopback_host(host: &str) -> bool {
    let name = host == "localhost" || host.ends_with(".localhost");
    name || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Somebody with an email address.
pub(super) fn mailbox(node: &Node) -> Read<Mailbox> {
    let wrong = || "must be an email address, with a name or without; write it like \"narthex <no-reply@example.com>\"";
    let mailbox = text(node)?.parse::<Mailbox>().map_err(|_| wrong().to_owned())?;
    let name = mailbox.name.as_deref().unwrap_or_default();
    if name.contains(char::is_control) || !mailbox.email.to_string().is_ascii() {
        return Err(wrong().to_owned());
    }
    Ok(mailbox)
}

/// The content of a file of certificates.
pub(super) fn certificates(node: &Node) -> Read<String> {
    let file = text(node)?;
    let pem = std::fs::read_to_string(&file).map_err(|error| {
        format!("names {file}, which cannot be read ({error}); make it readable for narthex")
    })?;
    match pem.contains("-----BEGIN CERTIFICATE-----") {
        true => Ok(pem),
        false => Err(format!("names {file}, which holds no certificate; write it there as PEM")),
    }
}

/// What stands in URLs and logs: lower-case letters, digits and `-`.
pub(super) fn name(node: &Node) -> Read<String> {
    let name = text(node)?;
    let good = (1..=32).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    good.then_some(name).ok_or_else(|| {
        "must be 1 to 32 lower-case letters, digits and `-`, not at its ends; write it like \"corp\""
            .to_owned()
    })
}

pub(super) fn header(node: &Node) -> Read<http::HeaderName> {
    let wrong = || "must be the name of a header; write it like \"Remote-User\"".to_owned();
    text(node)?.parse().map_err(|_| wrong())
}
