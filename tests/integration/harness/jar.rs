//! Cookies as a browser keeps them (RFC 6265bis, as far as narthex and its tests use it).
use cookie::Cookie;
use url::Url;

/// A browser's cookies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar(Vec<Kept>);

/// A cookie, and where it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) path: String,
    pub(crate) http_only: bool,
    pub(crate) same_site: Option<cookie::SameSite>,
    domain: String,
    host_only: bool,
    secure: bool,
}

impl Jar {
    /// Takes a `Set-Cookie` of an answer from `url`, or ignores it as a browser does.
    pub(crate) fn take(&mut self, url: &Url, header: &str) {
        let Ok(cookie) = Cookie::parse(header.to_owned()) else { return };
        let host = url.host_str().unwrap();
        let secure = cookie.secure().unwrap_or(false);
        let safe = url.scheme() == "https" || matches!(host, "localhost" | "127.0.0.1");
        let domain = cookie.domain().map(str::to_lowercase);
        let path = cookie.path().unwrap_or("/").to_owned();
        let foreign = domain.as_deref().is_some_and(|domain| !within(host, domain));
        let prefixed = cookie.name().starts_with("__Host-") && (!secure || domain.is_some() || path != "/")
            || cookie.name().starts_with("__Secure-") && !secure;
        let prefix_without_tls = cookie.name().starts_with("__") && url.scheme() != "https";
        if foreign || prefixed || prefix_without_tls || (secure && !safe) {
            return;
        }
        let kept = Kept {
            name: cookie.name().to_owned(),
            value: cookie.value().to_owned(),
            http_only: cookie.http_only().unwrap_or(false),
            same_site: cookie.same_site(),
            host_only: domain.is_none(),
            domain: domain.unwrap_or_else(|| host.to_owned()),
            path,
            secure,
        };
        self.0.retain(|old| (&old.name, &old.domain, &old.path) != (&kept.name, &kept.domain, &kept.path));
        let over = cookie.max_age().is_some_and(|age| age.whole_seconds() <= 0)
            || cookie.expires_datetime().is_some_and(|at| at.unix_timestamp() <= 0);
        if !over {
            self.0.push(kept);
        }
    }

    /// Puts a cookie in by hand, for one host or, with `domain`, for all below it.
    pub(crate) fn plant(&mut self, url: &Url, name: &str, value: &str, domain: Option<&str>) {
        let host = url.host_str().unwrap();
        self.0.retain(|old| old.name != name || old.host_only != domain.is_none());
        self.0.push(Kept {
            name: name.to_owned(),
            value: value.to_owned(),
            path: "/".to_owned(),
            http_only: true,
            same_site: None,
            domain: domain.unwrap_or(host).to_owned(),
            host_only: domain.is_none(),
            secure: false,
        });
    }

    /// What is sent to `url`; none when there is nothing.
    pub(crate) fn header(&self, url: &Url) -> Option<String> {
        let host = url.host_str().unwrap();
        let safe = url.scheme() == "https" || matches!(host, "localhost" | "127.0.0.1");
        let sent = self.0.iter().filter(|kept| {
            let at_home = if kept.host_only { host == kept.domain } else { within(host, &kept.domain) };
            let below = url.path().starts_with(kept.path.as_str());
            at_home && below && (safe || !kept.secure)
        });
        let pairs: Vec<_> = sent.map(|kept| format!("{}={}", kept.name, kept.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The first cookie of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Kept> {
        self.0.iter().find(|kept| kept.name == name)
    }

    /// All of them.
    pub(crate) fn forget(&mut self, name: &str) {
        self.0.retain(|kept| kept.name != name);
    }

    pub(crate) fn all(&self) -> &[Kept] {
        &self.0
    }
}

fn within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

#[test]
fn the_jar_refuses_what_a_browser_refuses() {
    let https = Url::parse("https://auth.example.test/").unwrap();
    let kept = |url: &Url, header: &str| {
        let mut jar = Jar::default();
        jar.take(url, header);
        jar.all().len() == 1
    };
    assert!(kept(&https, "__Host-a=1; Secure; Path=/"));
    assert!(!kept(&https, "__Host-a=1; Path=/"), "not Secure");
    assert!(!kept(&https, "__Host-a=1; Secure; Path=/; Domain=example.test"), "with a domain");
    assert!(!kept(&Url::parse("http://127.0.0.1/").unwrap(), "__Host-a=1; Secure; Path=/"), "without TLS");
    assert!(!kept(&https, "a=1; Domain=other.test"), "somebody else's domain");

    let mut jar = Jar::default();
    jar.take(&https, "wide=1; Secure; Path=/; Domain=example.test");
    jar.take(&https, "own=2; Secure; Path=/");
    assert_eq!(jar.header(&Url::parse("https://wiki.example.test/").unwrap()).as_deref(), Some("wide=1"));
    assert_eq!(jar.header(&https).as_deref(), Some("wide=1; own=2"));
    jar.take(&https, "own=; Max-Age=0; Secure; Path=/");
    assert_eq!(jar.header(&https).as_deref(), Some("wide=1"));
}
