//! How far the log is proven, as the page shows it.
use std::time::Duration;

use templates::admin::audit::{Broken, Chain, Check, Fault as View, Wrong as WrongView};

use super::{only, view};
use crate::{
    accounts::chain::{self, verify::Checked},
    domain::chain::{Fault, Wrong},
    http::{Error, Visit},
    state::App,
    store::audit_chain,
};

/// Two checks have failed then.
const STALE_AFTER: Duration = Duration::from_secs(13 * 60 * 60);

pub(super) async fn chain(app: &App, visit: &Visit) -> Result<Chain, Error> {
    let last = audit_chain::last(&mut app.db.read().await?).await?;
    let pruned = match chain::pruned(&mut app.db.read().await?, &app.master).await {
        // The check says so; the entries can still be read.
        Err(chain::Error::Key) => 0,
        pruned => pruned?,
    };
    let waiting = audit_chain::waiting_since(&mut app.db.read().await?).await?;
    let checked = chain::verify::last(&app.db, &app.master).await?;
    let entries = last.as_ref().map_or(0, |last| last.position - pruned);
    Ok(Chain {
        entries: view::figure(entries),
        until: last.and_then(|last| last.at).map(|at| view::when(visit.lang, at)),
        check: checked.map(|checked| check(visit, checked)),
        running: app.audit_check.try_lock().is_err(),
        waiting: waiting
            .filter(|at| chain::seal::is_overdue(*at, visit.now))
            .map(|at| view::when(visit.lang, at)),
    })
}

fn check(visit: &Visit, checked: Checked) -> Check {
    let shown = checked.faults.len() as u64;
    let faults = checked.faults.into_iter().map(fault).collect();
    let broken = (checked.wrong > 0).then_some(Broken { faults, more: checked.wrong.saturating_sub(shown) });
    let stale = checked.at > visit.now || visit.now.since(checked.at) > STALE_AFTER;
    Check { at: view::when(visit.lang, checked.at), compared: checked.compared, stale, broken }
}

fn fault(Fault { position, event_id, what }: Fault) -> View {
    let gone = matches!(what, Wrong::EventGone | Wrong::LostWaiting);
    View {
        position: position.map(view::figure),
        entry: event_id.filter(|_| !gone).map(only),
        event: event_id.map(|id| id.to_string()),
        what: match what {
            Wrong::Changed => WrongView::Changed,
            Wrong::Columns(names) => WrongView::Columns(names.join(", ")),
            Wrong::EventGone => WrongView::EventGone,
            Wrong::RowsGone(last) => WrongView::RowsGone(view::figure(last)),
            Wrong::Displaced => WrongView::Displaced,
            Wrong::Pruned => WrongView::Pruned,
            Wrong::Misshapen => WrongView::Misshapen,
            Wrong::Unsealed => WrongView::Unsealed,
            Wrong::LostWaiting => WrongView::LostWaiting,
            Wrong::Checkpoint => WrongView::Checkpoint,
            Wrong::Key => WrongView::Key,
            Wrong::EndGone(end) => WrongView::EndGone(view::figure(end)),
            Wrong::HeadDiffers => WrongView::HeadDiffers,
            Wrong::HeadPruned(end) => WrongView::HeadPruned(view::figure(end)),
        },
    }
}
