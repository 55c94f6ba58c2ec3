//! `/admin/users/export`: the list of users in its present filter, as a table.
use axum::{extract::State, response::Response};

use super::{by, list::Asked};
use crate::{
    accounts::{
        Refusal,
        exporting::{self, Export},
    },
    http::{
        Error, Visit, download,
        extract::{Admin, Query},
    },
    state::App,
    store,
};

pub(super) async fn users(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let export = exporting::users(&app.db, &by(&visit, &actor), asked.list(), visit.now).await;
    let export = export.map_err(|refusal| match refusal {
        Refusal::Store(error) => error.into(),
        // Not allowed any more, since a moment ago.
        _ => Error::NotFound,
    })?;
    Ok(download::answer("text/csv; charset=utf-8", &download::name("users", visit.now, "csv"), export))
}

impl download::Source for Export {
    async fn next(&mut self) -> Result<Option<String>, store::Error> {
        Self::next(self).await
    }
}
