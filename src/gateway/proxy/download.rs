//! An answer's body on its way to the client. Whoever reads it drives the connection that it comes from.
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::{
    BoxError,
    pool::{Link, Place},
};
use crate::gateway::streams::{Passing, Streams};

/// An answer that is known to be no longer than this is not looked after, unless it keeps us waiting.
const SHORT: u64 = 16 * 1024;

/// The body of an upstream's answer. Cut or broken off, it ends with an error, so that no client takes what it has
/// for the whole.
pub struct Download(Option<From>);

struct From {
    body: Incoming,
    /// Given back as soon as the answer is read.
    link: Option<Box<Link>>,
    place: Arc<Place>,
    streams: Arc<Streams>,
    passing: Arc<Passing>,
    patience: Option<Duration>,
    watched: bool,
}

impl Download {
    /// Nothing at all.
    pub(super) const fn empty() -> Self {
        Self(None)
    }

    /// `patience`: how long the upstream may leave it lying.
    pub(super) fn new(
        body: Incoming,
        link: Box<Link>,
        place: &Arc<Place>,
        streams: &Arc<Streams>,
        passing: Arc<Passing>,
        patience: Option<Duration>,
    ) -> Self {
        let (place, streams) = (Arc::clone(place), Arc::clone(streams));
        let mut from = From { body, link: Some(link), place, streams, passing, patience, watched: false };
        if from.body.is_end_stream() {
            from.ends();
        } else if from.body.size_hint().upper().is_none_or(|length| length > SHORT) {
            from.watch();
        }
        Self(Some(from))
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.0.as_mut().map_or(Poll::Ready(None), |from| from.poll(context))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|from| from.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(|| SizeHint::with_exact(0), |from| from.body.size_hint())
    }
}

impl From {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.watched && self.passing.is_cut(context) {
            self.link = None;
            return Poll::Ready(Some(Err("the answer was cut".into())));
        }
        let mut polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_pending()
            && let Some(link) = &mut self.link
        {
            let open = link.drive(context);
            polled = Pin::new(&mut self.body).poll_frame(context);
            if polled.is_pending() && !open {
                return Poll::Ready(Some(Err("the upstream has closed the connection".into())));
            }
        }
        match polled {
            Poll::Pending => {
                if !self.watched {
                    self.watch();
                    self.passing.is_cut(context);
                }
                Poll::Pending
            }
            Poll::Ready(Some(Ok(frame))) if frame.is_data() => {
                self.passing.moves();
                if self.body.is_end_stream() {
                    self.ends();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            // Trailers are left out, as the header that announces them is.
            Poll::Ready(Some(Ok(_)) | None) => {
                self.ends();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => {
                self.link = None;
                Poll::Ready(Some(Err(error.into())))
            }
        }
    }

    fn watch(&mut self) {
        self.watched = true;
        self.streams.watch(&self.passing, self.patience);
    }

    /// The answer is whole. An upload that is still under way goes on, as it would without us in between.
    fn ends(&mut self) {
        let Some(mut link) = self.link.take() else { return };
        if link.is_free() {
            self.place.rest(link);
        } else if !link.is_over() {
            if !self.watched {
                self.watch();
            }
            let passing = Arc::clone(&self.passing);
            tokio::spawn(std::future::poll_fn(move |context| {
                let goes_on = !passing.is_cut(context) && link.drive(context) && !link.is_free();
                if goes_on { Poll::Pending } else { Poll::Ready(()) }
            }));
        }
    }
}
