//! A client's connection, which ends when its client takes nothing any more or must not get what is under way.
use std::{
    future::Future as _,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Sleep,
};

use crate::gateway::HangUp;

/// For so long a client may take nothing of what is sent to it.
const TAKEN_WITHIN: Duration = Duration::from_secs(30);

/// The bytes of a client. There is a timer only while they cannot be sent.
#[derive(Debug)]
pub(super) struct ClientStream {
    stream: TcpStream,
    hang_up: HangUp,
    within: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl ClientStream {
    /// `hang_up`: by which others end it.
    pub(super) fn new(stream: TcpStream, hang_up: HangUp) -> Self {
        Self { stream, hang_up, within: TAKEN_WITHIN, stalled: None }
    }

    /// An error once nothing could be written for too long.
    fn patiently<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let within = self.within;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(within)));
        ready!(stalled.as_mut().poll(context));
        self.hang_up.tell();
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")))
    }
}

impl Drop for ClientStream {
    /// What the system holds for a client that was hung up on goes too.
    fn drop(&mut self) {
        if self.hang_up.is_told() {
            let _closes_anyway = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.patiently(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.patiently(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    /// A client, and its connection as the server has it.
    async fn connected() -> (TcpStream, ClientStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (client, accepted) =
            tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let mut stream = ClientStream::new(accepted.unwrap().0, HangUp::default());
        stream.within = Duration::from_millis(300);
        (client.unwrap(), stream)
    }

    async fn flood(stream: &mut ClientStream, rounds: usize) -> io::Result<()> {
        let chunk = vec![0; 1 << 20];
        for _ in 0..rounds {
            stream.write_all(&chunk).await?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn who_takes_nothing_is_let_go() {
        let (mut client, mut stream) = connected().await;
        let flooded = tokio::time::timeout(Duration::from_secs(10), flood(&mut stream, usize::MAX)).await;
        assert_eq!(flooded.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(stream);
        let mut left = vec![];
        let reset = client.read_to_end(&mut left).await;
        assert_eq!(reset.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }

    #[tokio::test]
    async fn who_is_slow_is_waited_for() {
        let (mut client, mut stream) = connected().await;
        let slowly = async {
            let mut buffer = vec![0; 1 << 20];
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                client.read_exact(&mut buffer).await.unwrap();
            }
            client.read_to_end(&mut vec![]).await.unwrap()
        };
        let flooded = async {
            flood(&mut stream, 16).await.unwrap();
            stream.shutdown().await.unwrap();
        };
        let (left, ()) = tokio::join!(slowly, flooded);
        assert_eq!(left, 6 << 20);
    }
}
