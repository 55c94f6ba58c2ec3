//! A client that behaves like a browser: cookies, `Origin`, `Sec-Fetch-*`, forms; redirects when asked to.
use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpSocket;
use url::Url;

use super::{
    html::{Form, Page},
    jar::Jar,
};

/// A browser. Clones share their cookies, like tabs.
#[derive(Clone)]
pub(crate) struct Browser {
    /// What the address bar shows, or where it would begin.
    pub(crate) at: Url,
    /// Whoever answers for hosts that are nowhere else: the gateway, or a proxy in front of it.
    edge: SocketAddr,
    /// Loopback ports that are what they say.
    direct: Vec<u16>,
    jar: Arc<Mutex<Jar>>,
    always: HeaderMap,
    address: Option<IpAddr>,
    /// Whether a page has been shown.
    opened: bool,
}

/// A request in the making, for what a click cannot do.
#[derive(Clone)]
pub(crate) struct Ask {
    method: Method,
    target: String,
    headers: HeaderMap,
    bare: bool,
    body: Bytes,
}

impl Ask {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Self { method, target: target.to_owned(), headers: HeaderMap::new(), bare: false, body: Bytes::new() }
    }

    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A form as a browser sends it.
    pub(crate) fn post(target: &str, fields: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let ask = Self { body: form.finish().into(), ..Self::new("POST", target) };
        ask.header("content-type", "application/x-www-form-urlencoded")
    }

    /// With this header, in place of the browser's own of that name.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).unwrap();
        self.headers.append(name, HeaderValue::from_str(value).unwrap());
        self
    }

    /// The same somewhere else.
    pub(crate) fn to(self, target: &str) -> Self {
        Self { target: target.to_owned(), ..self }
    }

    /// The same by another method.
    pub(crate) fn by(self, method: &str) -> Self {
        Self { method: Method::from_bytes(method.as_bytes()).unwrap(), ..self }
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Without `Origin`, `Referer` and `Sec-Fetch-*`: a program, or a very old browser.
    pub(crate) fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    pub(crate) fn json(self) -> Self {
        self.header("accept", "application/json")
    }
}

impl Browser {
    /// A new browser that begins at `home`; `edge` answers for every host, whatever its name.
    pub(crate) fn new(home: &Url, edge: SocketAddr) -> Self {
        Self {
            at: home.clone(),
            edge,
            direct: vec![],
            jar: Arc::default(),
            always: HeaderMap::new(),
            address: None,
            opened: false,
        }
    }

    /// Comes from another loopback address.
    pub(crate) fn at_address(mut self, address: &str) -> Self {
        self.address = Some(address.parse().unwrap());
        self
    }

    /// Calls this loopback port itself, whatever is in front of the gateway.
    pub(crate) fn knows(mut self, port: u16) -> Self {
        self.direct.push(port);
        self
    }

    /// Sends this header every time.
    pub(crate) fn always(mut self, name: &str, value: &str) -> Self {
        self.always.insert(HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
        self
    }

    /// The cookies.
    pub(crate) fn cookies(&self) -> Jar {
        self.jar.lock().unwrap().clone()
    }

    /// Changes the cookies by hand.
    pub(crate) fn change_cookies(&self, change: impl FnOnce(&mut Jar)) {
        change(&mut self.jar.lock().unwrap());
    }

    /// Another browser with the same cookies, copied.
    pub(crate) fn copy(&self) -> Self {
        Self { jar: Arc::new(Mutex::new(self.cookies())), ..self.clone() }
    }

    /// Opens an address; redirects are not followed.
    pub(crate) async fn get(&mut self, target: &str) -> Page {
        self.send(Ask::get(target)).await
    }

    /// Opens an address and goes where it leads.
    pub(crate) async fn visit(&mut self, target: &str) -> Page {
        let page = self.get(target).await;
        self.follow(page).await
    }

    /// Sends a form; redirects are not followed.
    pub(crate) async fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Page {
        self.send(Ask::post(target, fields)).await
    }

    /// Sends a form that a page showed.
    pub(crate) async fn submit(&mut self, form: &Form) -> Page {
        let fields: Vec<_> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if form.method == "post" {
            return self.post(&form.action, &fields).await;
        }
        let mut url = self.at.join(&form.action).unwrap();
        url.query_pairs_mut().clear().extend_pairs(&fields);
        self.get(url.as_str()).await
    }

    /// Goes where redirects lead; more than ten are a loop.
    pub(crate) async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..10 {
            if !page.status.is_redirection() || page.location().is_empty() {
                return page;
            }
            let next = page.url.join(page.location()).unwrap();
            page = self.get(next.as_str()).await;
        }
        panic!("a redirect loop at {}", page.url);
    }

    /// Sends anything.
    pub(crate) async fn send(&mut self, ask: Ask) -> Page {
        self.attempt(ask).await.expect("there is an answer")
    }

    /// Sends anything; nothing when the other side hangs up before it has answered.
    pub(crate) async fn attempt(&mut self, ask: Ask) -> Option<Page> {
        let url = self.at.join(&ask.target).unwrap();
        let request = self.request(&url, ask);
        let (parts, body) = exchange(self.connect_to(&url), self.address, request).await.ok()?;
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.jar.lock().unwrap().take(&url, cookie.to_str().unwrap());
        }
        if !parts.status.is_redirection() {
            self.at = url.clone();
            self.opened = true;
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        Some(Page { url, status: parts.status, headers: parts.headers, body })
    }

    fn connect_to(&self, url: &Url) -> SocketAddr {
        let port = url.port_or_known_default().unwrap();
        if self.direct.contains(&port) { SocketAddr::from(([127, 0, 0, 1], port)) } else { self.edge }
    }

    fn request(&self, url: &Url, ask: Ask) -> Request<Full<Bytes>> {
        let mut headers = HeaderMap::new();
        let mut set = |name: &'static str, value: &str| {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        };
        set("host", &authority(url));
        set("user-agent", "Mozilla/5.0 (test) Browser/1");
        set("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
        set("accept-language", "en");
        if !ask.bare {
            set("sec-fetch-dest", "document");
            set("sec-fetch-mode", "navigate");
            set("sec-fetch-site", if self.opened { site(&self.at, url) } else { "none" });
            if ask.method != Method::GET && ask.method != Method::HEAD {
                set("origin", &self.at.origin().ascii_serialization());
                set("sec-fetch-site", site(&self.at, url));
            }
        }
        if let Some(cookies) = self.cookies().header(url) {
            set("cookie", &cookies);
        }
        headers.extend(self.always.clone());
        for name in ask.headers.keys() {
            headers.remove(name);
        }
        headers.extend(ask.headers);
        let path = url.path();
        let target = url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
        let mut request = Request::new(Full::new(ask.body));
        *request.method_mut() = ask.method;
        *request.uri_mut() = target.parse().unwrap();
        *request.headers_mut() = headers;
        request
    }
}

/// One request on a connection of its own.
async fn exchange(
    to: SocketAddr,
    from: Option<IpAddr>,
    request: Request<Full<Bytes>>,
) -> Result<(http::response::Parts, Bytes), hyper::Error> {
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.unwrap();
    if let Some(from) = from {
        socket.bind(SocketAddr::new(from, 0)).unwrap();
    }
    let stream = socket.connect(to).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request).await?;
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    drop(sender);
    connection.abort();
    Ok((parts, body))
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What `Sec-Fetch-Site` says of a request from one page to another address.
fn site(from: &Url, to: &Url) -> &'static str {
    if from.origin() == to.origin() {
        return "same-origin";
    }
    let registrable = |url: &Url| {
        let host = url.host_str().unwrap_or_default().to_owned();
        let labels: Vec<_> = host.rsplit('.').take(2).collect();
        if host.parse::<IpAddr>().is_ok() { host } else { labels.join(".") }
    };
    if from.scheme() == to.scheme() && registrable(from) == registrable(to) {
        "same-site"
    } else {
        "cross-site"
    }
}
