//! `narthex migrate`
use serde_json::json;

use super::Common;
use crate::{server::open, store::migrations};

pub(super) async fn run(common: &Common) -> anyhow::Result<()> {
    let config = common.load()?;
    open::make_database_file(&config)?;
    let db = open::connect(&config).await?;
    let before = migrations::migrate(&db).await?;
    db.close().await;
    let total = before.applied + before.pending;
    let text = match before.pending {
        0 => format!("the database was up to date: {total} migrations"),
        done => format!("the database is up to date: {done} of {total} migrations were new"),
    };
    common.answer(&json!({ "migrations": total, "new": before.pending }), text);
    Ok(())
}
