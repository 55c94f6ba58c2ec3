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
/// nobody takes half a file for the whole.
struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

impl Pieces {
    fn of(mut source: impl Source) -> Self {
        let (sender, receiver) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            loop {
                let piece = match source.next().await {
                    Ok(Some(piece)) => Ok(piece.into()),
                    Ok(None) => return,
                    Err(error) => {
                        tracing::error!(error = &error as &dyn std::error::Error, "an export was cut off");
                        Err(io::Error::other(error))
                    }
                };
                let failed = piece.is_err();
                if sender.send(piece).await.is_err() || failed {
                    return;
                }
            }
        });
        Self(receiver)
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
