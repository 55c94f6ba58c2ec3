//! `/admin/audit/export`: the log as a file, sent as it is read, however large it is.
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use hyper::body::Frame;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::filter;
use crate::{
    accounts::{
        Refusal,
        chain::export::{self, Export, Format},
    },
    http::{
        Error, Visit,
        admin::by,
        extract::{Admin, Query},
    },
    state::App,
};

/// How many pieces are read ahead of a browser that takes its time.
const AHEAD: usize = 2;

/// As what.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http::admin) struct Asked {
    format: String,
}

pub(in crate::http::admin) async fn download(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Query(asked): Query<Asked>,
    Query(filters): Query<filter::Asked>,
) -> Result<Response, Error> {
    let format = Format::parse(&asked.format).ok_or(Error::BadRequest)?;
    let filters = filters.read(&app).await?;
    if filters.shown.unknown.is_some() {
        return Err(Error::BadRequest);
    }
    let export = export::begin(&app.db, &by(&visit, &actor), filters.filter, format, visit.now).await;
    let export = export.map_err(|refusal| match refusal {
        Refusal::Store(error) => error.into(),
        // Not allowed any more, since a moment ago.
        _ => Error::NotFound,
    })?;
    let kind = match format {
        Format::Jsonl => "application/jsonl; charset=utf-8",
        Format::Csv => "text/csv; charset=utf-8",
    };
    let day = &visit.now.rfc3339()[..10];
    let name = format!("attachment; filename=\"audit-{day}.{}\"", format.name());
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::new(Pieces::of(export))).into_response())
}

/// A body whose pieces come from a task; it ends with the body, and an error cuts the answer off, so that
/// nobody takes half a log for the whole.
struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

impl Pieces {
    fn of(mut export: Export) -> Self {
        let (sender, receiver) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            loop {
                let piece = match export.next().await {
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
