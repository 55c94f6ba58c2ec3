//! Bytes between a client and an upstream that have switched to WebSocket. While nothing is said, a tunnel holds
//! two sockets and no buffer: one that all tunnels of a thread share is read into when there is something.
use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{frames::Frames, pool::Link};
use crate::gateway::streams::{Passing, Streams};

const BUFFER: usize = 32 * 1024;

thread_local! {
    static SHARED: RefCell<Box<[u8]>> = RefCell::new(vec![0; BUFFER].into());
}

/// Joins both sides until one of them closes or the gate cuts them off. WebSocket has a handshake of its own to part
/// with (RFC 6455 §7), so that a side that is closed has nothing more to hear.
pub(super) fn open(client: OnUpgrade, upstream: Box<Link>, passing: Arc<Passing>, streams: Arc<Streams>) {
    tokio::spawn(async move {
        let Ok(client) = client.await else { return };
        let (upstream, first) = upstream.into_io().await;
        streams.watch(&passing, None);
        let (mut client, mut upstream) = (TokioIo::new(client), TokioIo::new(upstream));
        let mut frames = Frames::default();
        let (mut down, mut up) = (Way { left: first, ..Way::default() }, Way::default());
        poll_fn(|context| {
            if passing.is_cut(context) {
                return Poll::Ready(());
            }
            let hear = |bytes: &[u8]| {
                if frames.speak(bytes) {
                    passing.is_used();
                }
            };
            let up = up.copy(&mut client, &mut upstream, hear, context);
            let down = down.copy(&mut upstream, &mut client, |_| {}, context);
            if up.is_ready() || down.is_ready() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    });
}

/// One direction.
#[derive(Default)]
struct Way {
    /// What was read and could not be written yet.
    left: Bytes,
    flushed: bool,
    ended: bool,
}

impl Way {
    /// Copies what there is, and has `hear` hear it; ready when there will be nothing more.
    fn copy(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
        mut hear: impl FnMut(&[u8]),
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            while !self.left.is_empty() {
                let written = ready!(Pin::new(&mut *to).poll_write(context, &self.left))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.left.advance(written);
            }
            self.left = Bytes::new();
            if !self.flushed {
                ready!(Pin::new(&mut *to).poll_flush(context))?;
                self.flushed = true;
            }
            if self.ended {
                return Poll::Ready(Ok(()));
            }
            ready!(self.read(from, to, &mut hear, context))?;
        }
    }

    fn read(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
        hear: &mut impl FnMut(&[u8]),
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        SHARED.with_borrow_mut(|shared| {
            let mut buffer = ReadBuf::new(shared);
            ready!(Pin::new(from).poll_read(context, &mut buffer))?;
            let read = buffer.filled();
            hear(read);
            self.ended = read.is_empty();
            self.flushed = false;
            let written = match Pin::new(to).poll_write(context, read) {
                Poll::Ready(written) if !self.ended => written?,
                _ => 0,
            };
            self.left = Bytes::copy_from_slice(&read[written..]);
            Poll::Ready(Ok(()))
        })
    }
}
