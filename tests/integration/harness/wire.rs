//! Connections on which every byte is ours: to the gateway as a client, and from it as an application.
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(10);

/// One connection.
pub(crate) struct Wire {
    stream: TcpStream,
    /// What came and was not asked for yet.
    seen: Vec<u8>,
}

impl Wire {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), seen: vec![] }
    }

    /// Opens a connection and sends this.
    pub(crate) async fn with(address: SocketAddr, bytes: &str) -> Self {
        let mut wire = Self::open(address).await;
        wire.send(bytes).await;
        wire
    }

    pub(crate) async fn send(&mut self, bytes: &str) {
        self.stream.write_all(bytes.as_bytes()).await.unwrap();
    }

    /// Has nothing more to say.
    pub(crate) async fn finish(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Ends the connection as a machine does that fails.
    pub(crate) fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }

    /// So many bytes.
    pub(crate) async fn bytes(&mut self, count: usize) -> String {
        while self.seen.len() < count {
            assert!(matches!(timeout(PATIENCE, self.read()).await, Ok(true)), "too few bytes");
        }
        String::from_utf8_lossy(&self.seen.drain(..count).collect::<Vec<_>>()).into_owned()
    }

    /// Sends until the other side takes no more, for a second, or closes; how many bytes it took.
    pub(crate) async fn flood(&mut self, chunk: &[u8], most: usize) -> usize {
        let mut sent = 0;
        while sent < most {
            match timeout(Duration::from_secs(1), self.stream.write(chunk)).await {
                Ok(Ok(count)) => sent += count,
                _ => break,
            }
        }
        sent
    }

    /// Everything up to `end`, with it.
    #[track_caller]
    pub(crate) fn until(&mut self, end: &str) -> impl Future<Output = String> {
        let caller = std::panic::Location::caller();
        async move {
            loop {
                let at = self.seen.windows(end.len()).position(|seen| seen == end.as_bytes());
                if let Some(at) = at {
                    let taken: Vec<u8> = self.seen.drain(..at + end.len()).collect();
                    return String::from_utf8_lossy(&taken).into_owned();
                }
                let more = timeout(PATIENCE, self.read()).await;
                let seen = String::from_utf8_lossy(&self.seen);
                assert!(matches!(more, Ok(true)), "no {end:?} at {caller} but {seen:?}");
            }
        }
    }

    /// The head of a request or an answer.
    #[track_caller]
    pub(crate) fn head(&mut self) -> impl Future<Output = String> {
        self.until("\r\n\r\n")
    }

    /// Everything until the other side closes.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> impl Future<Output = String> {
        let caller = std::panic::Location::caller();
        async move {
            let closed = timeout(PATIENCE, async { while self.read().await {} }).await;
            let seen = String::from_utf8_lossy(&std::mem::take(&mut self.seen)).into_owned();
            assert!(closed.is_ok(), "not closed at {caller}: {seen:?}");
            seen
        }
    }

    /// Whether the connection stands for as long as this, with nothing coming.
    pub(crate) async fn is_silent_for(&mut self, time: Duration) -> bool {
        self.seen.is_empty() && timeout(time, self.read()).await.is_err()
    }

    async fn read(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        let count = self.stream.read(&mut buffer).await.unwrap_or(0);
        self.seen.extend_from_slice(&buffer[..count]);
        count > 0
    }
}

/// An application that does on each connection what it was told; ends with the test's runtime.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    log: Log,
}

/// What an application wants remembered.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }
}

impl Scripted {
    pub(crate) async fn start<F>(script: impl Fn(Wire, Log) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, log) = (Arc::<AtomicUsize>::default(), Log::default());
        let (counter, lines) = (Arc::clone(&connections), log.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(script(Wire { stream, seen: vec![] }, lines.clone()));
            }
        });
        Self { address, connections, log }
    }

    /// How often somebody connected.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// What was remembered.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.0.lock().unwrap().clone()
    }
}
