//! The provider on its loopback port. It writes its answers byte by byte, because no library lets it misbehave.
use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use narthex::domain::secret::{base64url, random_token, sha256};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

use super::{DISCOVERY, Key, NONCE_BEFORE, Tricks, Wire};

/// A provider; ends with this value.
pub(crate) struct Hostile {
    pub(crate) issuer: String,
    pub(crate) key: Key,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    tricks: Mutex<Option<Tricks>>,
    asked: Mutex<Vec<Asked>>,
    /// What belongs to each code: nonce and code challenge.
    codes: Mutex<HashMap<String, (String, String)>>,
}

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    /// Its fields, of the query or the form.
    pub(crate) fields: HashMap<String, String>,
}

impl Hostile {
    pub(crate) async fn start() -> Self {
        Self::start_on(0).await
    }

    /// On this port; 0 is any that is free.
    pub(crate) async fn start_on(port: u16) -> Self {
        let _already = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared::default());
        let server = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self { issuer, key: Key::ed25519("k1"), shared, server }
    }

    /// Nothing wrong, at this time.
    pub(crate) fn honest(&self, now: i64) -> Tricks {
        Tricks::none(&self.issuer, &self.key, now)
    }

    /// From now on it says this.
    pub(crate) fn plays(&self, tricks: Tricks) {
        *self.shared.tricks.lock().unwrap() = Some(tricks);
    }

    /// Requests for `path` so far.
    pub(crate) fn asked(&self, path: &str) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().iter().filter(|asked| asked.path == path).cloned().collect()
    }

    /// Addresses that nobody may have asked for: where redirects lead, and what claims and metadata name.
    pub(crate) fn strays(&self) -> Vec<String> {
        let known = [DISCOVERY, "/jwks", "/authorize", "/token", "/userinfo"];
        let asked = self.shared.asked.lock().unwrap();
        asked.iter().map(|asked| asked.path.clone()).filter(|path| !known.contains(&path.as_str())).collect()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let _hung_up = converse(stream, &shared).await;
        });
    }
}

async fn converse(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let asked = read(&mut stream).await?;
    let path = asked.path.clone();
    shared.asked.lock().unwrap().push(asked.clone());
    let Some(tricks) = shared.tricks.lock().unwrap().clone() else {
        return whole(&mut stream, &Reply::json(500, &Value::Null)).await;
    };
    let wire = tricks.wire.iter().rfind(|(at, _)| *at == path).map(|(_, wire)| wire.clone());
    let honest = shared.reply(&tricks, &asked);
    match wire {
        None => whole(&mut stream, &honest).await,
        Some(wire) => misbehave(&mut stream, wire, &path, honest).await,
    }
}

/// What is said where, if nothing is wrong with how it is sent.
struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Reply {
    fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type", kind.to_owned())], body: body.into() }
    }

    fn json(status: u16, value: &Value) -> Self {
        Self::new(status, "application/json", value.to_string())
    }
}

impl Shared {
    fn reply(&self, tricks: &Tricks, asked: &Asked) -> Reply {
        match asked.path.strip_prefix("/elsewhere").unwrap_or(&asked.path) {
            DISCOVERY => Reply::json(200, &tricks.metadata),
            "/jwks" => Reply::json(200, &tricks.keys),
            "/userinfo" => Reply::json(200, &tricks.userinfo),
            "/authorize" => self.authorize(tricks, &asked.fields),
            "/token" => self.token(tricks, &asked.fields),
            _ => Reply::new(404, "text/plain", "nothing here"),
        }
    }

    fn authorize(&self, tricks: &Tricks, asked: &HashMap<String, String>) -> Reply {
        let code = random_token();
        let kept = (asked["nonce"].clone(), asked["code_challenge"].clone());
        self.codes.lock().unwrap().insert(code.clone(), kept);
        let filled = tricks.answer.to_string().replace("$code", &code).replace("$state", &asked["state"]);
        let answer: HashMap<String, String> = serde_json::from_str(&filled).unwrap();
        if asked.get("response_mode").is_some_and(|mode| mode == "form_post") {
            let field = |(name, value): (&String, &String)| {
                let value = value.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
                format!(r#"<input type="hidden" name="{name}" value="{value}">"#)
            };
            let fields: String = answer.iter().map(field).collect();
            let page = format!(r#"<form method="post" action="{}">{fields}</form>"#, asked["redirect_uri"]);
            return Reply::new(200, "text/html; charset=utf-8", page);
        }
        let mut back = url::Url::parse(&asked["redirect_uri"]).unwrap();
        back.query_pairs_mut().extend_pairs(&answer);
        let mut reply = Reply::new(303, "text/plain", "");
        reply.headers.push(("location", back.to_string()));
        reply
    }

    fn token(&self, tricks: &Tricks, sent: &HashMap<String, String>) -> Reply {
        let codes = self.codes.lock().unwrap();
        let kept = sent.get("code").and_then(|code| codes.get(code));
        let proven = |challenge: &String| {
            sent.get("code_verifier")
                .is_some_and(|verifier| base64url(&sha256(verifier.as_bytes())) == *challenge)
        };
        let asked_again = sent.get("grant_type").is_some_and(|grant| grant == "refresh_token");
        let kept =
            kept.filter(|(_, challenge)| !tricks.pkce || proven(challenge)).map(|(nonce, _)| nonce.as_str());
        let Some(nonce) = kept.or(asked_again.then_some(NONCE_BEFORE)) else {
            return Reply::json(400, &serde_json::json!({"error": "invalid_grant"}));
        };
        let mut response = tricks.response.clone();
        if response.get("id_token").is_none() {
            let claims = tricks.claims.to_string().replace("$nonce", nonce);
            let token = tricks.key.sign(&tricks.header, &serde_json::from_str(&claims).unwrap());
            response["id_token"] = token.into();
        }
        Reply::json(200, &response)
    }
}

async fn misbehave(stream: &mut TcpStream, wire: Wire, path: &str, honest: Reply) -> io::Result<()> {
    const KIND: &str = "application/json";
    match wire {
        Wire::Status(status) => whole(stream, &Reply::new(status, KIND, "{}")).await,
        Wire::Says(status, kind, body) => whole(stream, &Reply::new(status, kind, body)).await,
        Wire::Redirect(status) => {
            let mut reply = Reply::new(status, KIND, "");
            reply.headers.push(("location", format!("/elsewhere{path}")));
            whole(stream, &reply).await
        }
        Wire::Large => {
            let mut body = vec![b' '; 2 << 20];
            body.extend(honest.body);
            whole(stream, &Reply { body, ..honest }).await
        }
        Wire::Late(by) => {
            sleep(by).await;
            whole(stream, &honest).await
        }
        Wire::Deep => whole(stream, &Reply::new(200, KIND, "[".repeat(200_000))).await,
        Wire::GzipBomb => {
            let mut reply = Reply::new(200, KIND, gzip_bomb());
            reply.headers.push(("content-encoding", "gzip".to_owned()));
            whole(stream, &reply).await
        }
        Wire::Mumble => stream.write_all(b"mumble\r\n\r\n").await,
        Wire::Never => until_the_other_hangs_up(stream).await,
        Wire::Reset => socket2::SockRef::from(&*stream).set_linger(Some(Duration::ZERO)),
        Wire::Half => {
            let length = honest.body.len();
            stream.write_all(head(&honest, length).as_bytes()).await?;
            stream.write_all(&honest.body[..length / 2]).await
        }
        Wire::Endless => {
            stream.write_all(head(&honest, usize::MAX / 2).as_bytes()).await?;
            loop {
                stream.write_all(&[b' '; 1 << 15]).await?;
            }
        }
        Wire::Drip => {
            stream.write_all(head(&honest, 1 << 19).as_bytes()).await?;
            loop {
                stream.write_all(b" ").await?;
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn until_the_other_hangs_up(stream: &mut TcpStream) -> io::Result<()> {
    while stream.read(&mut [0; 64]).await? > 0 {}
    Ok(())
}

async fn whole(stream: &mut TcpStream, reply: &Reply) -> io::Result<()> {
    let mut answer = head(reply, reply.body.len()).into_bytes();
    answer.extend(&reply.body);
    stream.write_all(&answer).await?;
    stream.shutdown().await
}

fn head(reply: &Reply, length: usize) -> String {
    let headers: String = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!(
        "HTTP/1.1 {} Said\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n",
        reply.status
    )
}

async fn read(stream: &mut TcpStream) -> io::Result<Asked> {
    let mut bytes = vec![];
    let (head, mut body) = loop {
        let mut chunk = [0; 4096];
        let n = stream.read(&mut chunk).await?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend(&chunk[..n]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&bytes[..end]).into_owned(), bytes.split_off(end + 4));
        }
    };
    let header = |name: &str| {
        head.lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned()))
    };
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while body.len() < length {
        stream.read_buf(&mut body).await?;
    }
    let target = head.split(' ').nth(1).unwrap_or("/");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut fields: HashMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    fields.extend(url::form_urlencoded::parse(&body).into_owned());
    Ok(Asked { path: path.to_owned(), authorization: header("authorization"), fields })
}

/// RFC 1951 §3.2.6: one block of fixed codes, a space and then "the last 258 bytes again" over and over.
fn gzip_bomb() -> Vec<u8> {
    let (mut out, mut bits, mut held) = (vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff], 0_u32, 0);
    let mut put = |code: u32, length: u32, most_first: bool| {
        for at in 0..length {
            let at = if most_first { length - 1 - at } else { at };
            bits |= ((code >> at) & 1) << held;
            held += 1;
            if held == 8 {
                out.push(bits.to_le_bytes()[0]);
                (bits, held) = (0, 0);
            }
        }
    };
    put(0b011, 3, false); // the last block, fixed codes
    put(0x30 + 0x20, 8, true); // a space
    for _ in 0..(100 << 20) / 258 {
        put(0b1100_0101, 8, true); // 258 bytes
        put(0, 5, true); // from one byte back
    }
    put(0, 7, true);
    put(0, 7, false);
    out.extend([0; 8]); // neither check sum nor length
    out
}
