//! Files that are sent as they are read, however large they are.
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::header,
    response::{IntoResponse, Response},
};
use hyper::body::Frame;
use tokio::sync::mpsc;

use crate::{domain::time::Time, store};

/// How many pieces are read ahead of a browser that takes its time.
const AHEAD: usize = 2;

/// What a file is read from.
pub(super) trait Source: Send + 'static {
    /// The next piece; none when the file is complete.
    fn next(&mut self) -> impl Future<Output = Result<Option<String>, store::Error>> + Send;
}

/// A file's name with the day on which it was taken.
pub(super) fn name(of: &str, now: Time, end: &str) -> String {
    format!("{of}-{}.{end}", &now.rfc3339()[..10])
}

/// Sends a file of this media type under this name.
pub(super) fn answer(kind: &'static str, name: &str, source: impl Source) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Body::new(Pieces::of(source))).into_response()
}

/// A body whose pieces come from a task; it ends with the body, and an error cuts the answer off, so that
/// nobody takes half a file for the whole. Only an end that was sent is one: a task that died sends none.
struct Pieces {
    pieces: mpsc::Receiver<io::Result<Option<Bytes>>>,
    ended: bool,
}

impl Pieces {
    fn of(mut source: impl Source) -> Self {
        let (sender, pieces) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            loop {
                let piece = match source.next().await {
                    Ok(piece) => Ok(piece.map(Bytes::from)),
                    Err(error) => {
                        tracing::error!(error = &error as &dyn std::error::Error, "an export was cut off");
                        Err(io::Error::other(error))
                    }
                };
                let last = !matches!(piece, Ok(Some(_)));
                if sender.send(piece).await.is_err() || last {
                    return;
                }
            }
        });
        Self { pieces, ended: false }
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let Poll::Ready(piece) = self.pieces.poll_recv(context) else { return Poll::Pending };
        let piece = piece.unwrap_or_else(|| Err(io::Error::other("what the file is read from has died")));
        self.ended = !matches!(piece, Ok(Some(_)));
        Poll::Ready(piece.transpose().map(|piece| piece.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Dying(Option<String>, bool);

    impl Source for Dying {
        async fn next(&mut self) -> Result<Option<String>, store::Error> {
            let piece = self.0.take();
            assert!(piece.is_some() || !self.1, "it dies");
            Ok(piece)
        }
    }

    #[tokio::test]
    async fn a_file_whose_source_has_died_is_no_whole_file() {
        let read = |dies| {
            let body = Body::new(Pieces::of(Dying(Some("half".to_owned()), dies)));
            axum::body::to_bytes(body, usize::MAX)
        };
        assert_eq!(read(false).await.unwrap(), "half");
        assert!(read(true).await.is_err());
    }
}
