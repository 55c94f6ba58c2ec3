//! Accepts connections and speaks HTTP/1.1 on them.
use std::{convert::Infallible, net::SocketAddr, pin::pin, time::Duration};

use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::client::ClientStream;
use crate::{
    gateway::{ALIVE_WITHIN, HangUp},
    http::Doors,
};

/// A request's head must be there by then; a connection that idles longer is closed.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// The largest head of a request; more is answered with 431.
const HEAD_MAX: usize = 32 * 1024;
/// What has begun may take so long after the end was told.
pub(super) const FINISH_WITHIN: Duration = Duration::from_secs(30);

/// Serves until `end`, then finishes what has begun.
pub(super) async fn serve(listener: TcpListener, doors: Doors, end: CancellationToken) {
    // Connections inherit it. A client that is gone without a word is noticed at the latest then.
    let _best_effort =
        SockRef::from(&listener).set_tcp_keepalive(&TcpKeepalive::new().with_time(ALIVE_WITHIN));
    let open = TaskTracker::new();
    loop {
        tokio::select! {
            () = end.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => begin(stream, peer, &doors, &open, end.child_token()),
                Err(error) => {
                    // Out of file descriptors, mostly: others have to end first.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop(listener);
    open.close();
    if tokio::time::timeout(FINISH_WITHIN, open.wait()).await.is_err() {
        tracing::warn!(
            "some requests did not end within {} seconds and were cut off",
            FINISH_WITHIN.as_secs()
        );
    }
}

fn begin(stream: TcpStream, peer: SocketAddr, doors: &Doors, open: &TaskTracker, end: CancellationToken) {
    let (doors, hang_up) = (doors.clone(), HangUp::default());
    let told = hang_up.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (doors, hang_up) = (doors.clone(), told.clone());
        async move { Ok::<_, Infallible>(doors.answer(peer, hang_up, request).await) }
    });
    // Small answers leave at once; a socket that cannot do that still works.
    let _best_effort = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_MAX)
        .max_header_size(HEAD_MAX)
        .serve_connection(TokioIo::new(ClientStream::new(stream, hang_up.clone())), service)
        .with_upgrades();
    open.spawn(async move {
        let mut connection = pin!(connection);
        let served = async {
            tokio::select! {
                biased;
                ended = connection.as_mut() => ended,
                () = end.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            }
        };
        // Whoever streams is asked for more only when the client takes what there is: it cannot be cut by an error.
        let ended = tokio::select! {
            biased;
            () = hang_up.told() => Ok(()),
            ended = served => ended,
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended before its time");
        }
    });
}
