//! Headers after a body: an application could take them for headers of the request.
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{Front, Kind, Proxy, behind_every_proxy};
use crate::harness::{raw, raw_status};

behind_every_proxy!(a_01_no_identity_comes_after_the_body);

/// An application that keeps every byte it gets.
fn recorder() -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, kept) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(vec![])));
    let keep = Arc::clone(&kept);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                keep.lock().unwrap().extend_from_slice(&buffer[..read]);
            }
            let _gone =
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (address, kept)
}

async fn a_01_no_identity_comes_after_the_body(front: Front) {
    let kind: Kind = front.proxy.kind;
    let folder = tempfile::tempdir().unwrap();
    let (application, kept) = recorder();
    let proxy = Proxy::start(kind, folder.path(), front.gateway.address, application).await;
    for announced in ["Trailer: remote-user\r\n", "trailer: x-sum\r\nTrailer: Remote-User\r\n", ""] {
        // HAProxy before 3.2 cannot drop what is not announced, as its configuration says.
        if announced.is_empty() && kind == Kind::Haproxy {
            continue;
        }
        let request = format!(
            "POST /public/x HTTP/1.1\r\nHost: wiki.example.test\r\nTransfer-Encoding: chunked\r\n{announced}\
             Connection: close\r\n\r\n4\r\nbody\r\n0\r\nRemote-User: forged\r\n\r\n"
        );
        let address = proxy.address;
        let answer = tokio::task::spawn_blocking(move || raw(address, request.as_bytes())).await.unwrap();
        let seen = String::from_utf8(std::mem::take(&mut *kept.lock().unwrap())).unwrap();
        assert!(!seen.contains("forged"), "{announced}: {seen}");
        match raw_status(&answer) {
            200 => assert!(seen.contains("body"), "{announced}: {seen}"),
            status => assert_eq!((status, seen.as_str()), (400, ""), "{announced}"),
        }
    }
    drop(proxy);
    front.stop().await;
}
