//! WebSockets reach the application once they are judged, and no other protocol is switched to.
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use super::{Front, Kind, Proxy, behind_every_proxy};
use crate::harness::raw_status;

behind_every_proxy!(a_15_websockets_are_judged_and_then_reach_the_application);

const OWN: &str = "https://wiki.example.test";

/// An application that switches protocols when it is asked to, and repeats what it is sent from then on.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || serve(stream.unwrap()));
        }
    });
    address
}

fn serve(mut stream: TcpStream) {
    let head = read_head(&mut stream).to_lowercase();
    if !head.contains("\r\nupgrade:") {
        let told = format!("no upgrade of {}", head.lines().next().unwrap_or_default());
        let length = told.len();
        let answer =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{told}");
        stream.write_all(answer.as_bytes()).unwrap();
        return;
    }
    let told = |name: &str| -> Vec<String> {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|line| line.0 == name).map(|line| line.1.trim().to_owned()).collect()
    };
    let (user, protocols) = (told("remote-user").join(","), told("upgrade").join(","));
    let first = protocols.split(',').next().unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: {first}\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Seen-User: {user}\r\n\
         X-Seen-Upgrade: {protocols}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).unwrap();
    let mut buffer = [0; 64];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        stream.write_all(&buffer[..read]).unwrap();
    }
}

fn read_head(stream: &mut TcpStream) -> String {
    let mut head = vec![];
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if !matches!(stream.read(&mut byte), Ok(1)) {
            break;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Asks for other protocols, each in a line of its own; the connection and the answer's head.
fn switch(to: SocketAddr, protocols: &[&str], origin: &str, cookie: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let upgrade: String = protocols.iter().map(|protocol| format!("Upgrade: {protocol}\r\n")).collect();
    let request = format!(
        "GET /page HTTP/1.1\r\nHost: wiki.example.test\r\nConnection: keep-alive, Upgrade, remote-user\r\n\
         {upgrade}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Origin: {origin}\r\nRemote-User: forged\r\n{cookie}\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let head = read_head(&mut stream);
    (stream, head)
}

async fn a_15_websockets_are_judged_and_then_reach_the_application(front: Front) {
    let kind: Kind = front.proxy.kind;
    let folder = tempfile::tempdir().unwrap();
    let proxy = Proxy::start(kind, folder.path(), front.gateway.address, echo()).await;
    let carol = front.signed_in(&front.carol).await;
    let cookie = format!("Cookie: __Secure-narthex={}\r\n", Front::wide(&carol));

    let (_refused, head) = switch(proxy.address, &["websocket"], OWN, "");
    assert_eq!(raw_status(&head), 401, "{head}");
    assert!(!head.to_lowercase().contains("location:"), "{head}");

    let (mut open, head) = switch(proxy.address, &["websocket"], OWN, &cookie);
    assert_eq!(raw_status(&head), 101, "{head}");
    assert!(head.to_lowercase().contains("x-seen-user: carol"), "{head}");
    for word in [b"one", b"two"] {
        open.write_all(word).unwrap();
        let mut back = [0; 3];
        open.read_exact(&mut back).unwrap();
        assert_eq!(&back, word);
    }

    for protocol in ["h2c", "websocket, h2c", "tls/1.0"] {
        let (mut stream, head) = switch(proxy.address, &[protocol], OWN, &cookie);
        assert_eq!(raw_status(&head), 200, "{protocol}: {head}");
        let mut body = [0; 28];
        stream.read_exact(&mut body).unwrap();
        assert_eq!(&body, b"no upgrade of get /page http", "{protocol}");
    }
    for origin in ["https://evil.example", "http://wiki.example.test", "null"] {
        let (_refused, head) = switch(proxy.address, &["websocket"], origin, &cookie);
        assert_eq!(raw_status(&head), 403, "{origin}: {head}");
    }
    for protocols in [["h2c", "websocket"], ["websocket", "h2c"], ["websocket", "WebSocket"]] {
        let (_stream, head) = switch(proxy.address, &protocols, OWN, &cookie);
        let head = head.to_lowercase();
        let only_websocket = head.contains("x-seen-upgrade: websocket\r\n");
        assert!(raw_status(&head) == 200 || only_websocket, "{protocols:?}: {head}");
    }
    drop(proxy);
    front.stop().await;
}
