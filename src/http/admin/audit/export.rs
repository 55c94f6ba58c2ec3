//! `/admin/audit/export`: the log as a file, sent as it is read, however large it is.
use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::filter;
use crate::{
    accounts::{
        Refusal,
        chain::export::{self, Export, Format},
    },
    http::{
        Error, Visit,
        admin::by,
        download,
        extract::{Admin, Query},
    },
    state::App,
    store,
};

/// As what.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http::admin) struct Asked {
    format: String,
}

pub(in crate::http::admin) async fn take(
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
    Ok(download::answer(kind, &download::name("audit", visit.now, format.name()), export))
}

impl download::Source for Export {
    async fn next(&mut self) -> Result<Option<String>, store::Error> {
        Self::next(self).await
    }
}
