//! A request's body on its way to the upstream.
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, combinators::UnsyncBoxBody};
use hyper::body::{Body, Frame, SizeHint};

use super::BoxError;
use crate::gateway::streams::Passing;

/// What became of an upload, for whoever waits for the answer to it.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// More came than the upstream takes.
    pub(super) exceeded: AtomicBool,
    /// It is the client that is waited for.
    pub(super) waits: AtomicBool,
}

/// A body that ends with an error after so many bytes. Trailers are left out: they were never judged.
#[derive(Debug)]
pub(super) struct Upload(Option<Rest>);

#[derive(Debug)]
struct Rest {
    body: UnsyncBoxBody<Bytes, BoxError>,
    left: u64,
    passing: Arc<Passing>,
    progress: Arc<Progress>,
}

impl Upload {
    pub(super) const fn empty() -> Self {
        Self(None)
    }

    pub(super) fn new<B>(body: B, limit: u64, passing: &Arc<Passing>, progress: &Arc<Progress>) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if body.is_end_stream() {
            return Self::empty();
        }
        let (passing, progress) = (Arc::clone(passing), Arc::clone(progress));
        Self(Some(Rest { body: body.map_err(Into::into).boxed_unsync(), left: limit, passing, progress }))
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some(rest) = &mut self.0 else { return Poll::Ready(None) };
        let polled = Pin::new(&mut rest.body).poll_frame(context);
        rest.progress.waits.store(polled.is_pending(), Relaxed);
        let frame = match ready!(polled) {
            Some(Ok(frame)) => frame,
            other => return Poll::Ready(other),
        };
        let Some(data) = frame.data_ref() else { return Poll::Ready(None) };
        let Some(left) = rest.left.checked_sub(data.len() as u64) else {
            rest.progress.exceeded.store(true, Relaxed);
            return Poll::Ready(Some(Err("the body is larger than max_body".into())));
        };
        rest.left = left;
        rest.passing.is_used();
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|rest| rest.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(|| SizeHint::with_exact(0), |rest| rest.body.size_hint())
    }
}
