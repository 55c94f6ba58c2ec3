//! `/admin/mail`: what waits to be sent, what could not be, what was.
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use templates::{
    Href,
    admin::mail::{Mail, Row, State as StateView, Totals, Way, page},
    email::Kind,
};
use uuid::Uuid;

use super::{back_to, by, frame, view};
use crate::{
    accounts::{
        Refusal,
        delivering::{self, Letter},
    },
    domain::{notice::Notice, permission::Right, time::Time},
    http::{
        Error, Visit,
        extract::{Admin, Query},
        flash::Flash,
        with_cookies,
    },
    mail,
    state::App,
    store::outbox::{self, From, State as Kept},
};

pub(super) const HERE: &str = "/admin/mail";
const PAGE: usize = 50;

/// What the address asks for; what cannot be read asks for nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    state: String,
    after: String,
    before: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Admin(actor): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let mut tx = app.db.read().await?;
    let (waiting, failed, sent) = outbox::counts(&mut tx).await?;
    let totals =
        Totals { waiting: view::figure(waiting), failed: view::figure(failed), sent: view::figure(sent) };
    // What is wrong is shown first.
    let first = if failed > 0 { StateView::Failed } else { StateView::Waiting };
    let state = StateView::ALL.into_iter().find(|state| state.name() == asked.state).unwrap_or(first);
    let (from, back) = match (place(&asked.after), place(&asked.before)) {
        (Some((at, id)), _) => (From::Before(at, id), false),
        (None, Some((at, id))) => (From::After(at, id), true),
        (None, None) => (From::Newest, false),
    };
    let mut rows = outbox::page(&mut tx, kept(state), from, PAGE as i64 + 1).await?;
    drop(tx);
    let more = rows.len() > PAGE;
    match back {
        true if more => drop(rows.remove(0)),
        _ => rows.truncate(PAGE),
    }
    let at = |row: &outbox::Row| format!("{}_{}", row.created_at.micros(), row.id);
    let link = |name, row: Option<&outbox::Row>| {
        row.map(|row| Href::query(HERE, [("state", state.name()), (name, at(row).as_str())]))
    };
    let begun = !matches!(from, From::Newest);
    let view = Mail {
        admin: frame(&app, &visit, &actor).await?,
        flash: Flash::take(&app, &headers, visit.now),
        way: way(&app),
        state,
        totals,
        previous: link("before", rows.first().filter(|_| if back { more } else { begun })),
        next: link("after", rows.last().filter(|_| back || more)),
        rows: rows.into_iter().map(|mail| row(&visit, state, mail, actor.may.may(Right::UserRead))).collect(),
        can_retry: actor.may.may(Right::SettingsManage),
    };
    let told = view.flash.is_some().then(|| app.cookies.clear_flash());
    Ok(with_cookies(page(&view).into_response(), told))
}

fn place(text: &str) -> Option<(Time, Uuid)> {
    let (at, id) = text.split_once('_')?;
    Some((Time::from_micros(at.parse().ok()?), id.parse().ok()?))
}

const fn kept(state: StateView) -> Kept {
    match state {
        StateView::Waiting => Kept::Waiting,
        StateView::Failed => Kept::Failed,
        StateView::Sent => Kept::Sent,
    }
}

fn way(app: &App) -> Way {
    match app.mailer.way() {
        mail::Way::Folder(folder) => Way::Folder(folder.display().to_string()),
        mail::Way::Server(server) => Way::Server { name: server.name(), encrypted: server.is_encrypted() },
    }
}

/// One mail. Whoever may not read people sees to which domain it goes, not to whom.
fn row(visit: &Visit, state: StateView, mut mail: outbox::Row, reads_people: bool) -> Row {
    let kind = Letter::read(&mail).map_or(Kind::Unreadable, |letter| kind(&letter.notice));
    if !reads_people {
        let domain = mail.recipient.rsplit_once('@').map_or("", |(_, domain)| domain);
        let masked = format!("…@{domain}");
        mail.error = mail.error.map(|error| error.replace(&mail.recipient, &masked));
        mail.recipient = masked;
    }
    let then = match state {
        StateView::Waiting => (mail.taken_until <= visit.now).then_some(mail.due_at),
        StateView::Failed => Some(mail.failed_at),
        StateView::Sent => Some(mail.sent_at),
    };
    Row {
        kind,
        id: mail.id.to_string(),
        written: view::when(visit.lang, mail.created_at),
        recipient: mail.recipient,
        attempts: view::figure(mail.attempts),
        then: then.map(|at| view::when(visit.lang, at)),
        error: mail.error,
    }
}

const fn kind(notice: &Notice) -> Kind {
    match notice {
        Notice::VerifyEmail { .. } => Kind::VerifyEmail,
        Notice::AddressKnown { .. } => Kind::AddressKnown,
        Notice::ApplicationReceived { .. } => Kind::ApplicationReceived,
        Notice::NewApplications { .. } => Kind::NewApplications,
        Notice::Approved { .. } => Kind::Approved,
        Notice::Rejected { .. } => Kind::Rejected,
        Notice::Withdrawn { .. } => Kind::Withdrawn,
        Notice::ApplicationExpired { .. } => Kind::ApplicationExpired,
        Notice::ResetPassword { .. } => Kind::ResetPassword,
        Notice::PasswordReset { .. } => Kind::PasswordReset,
        Notice::PasswordChanged { .. } => Kind::PasswordChanged,
        Notice::EmailChanged { .. } => Kind::EmailChanged,
        Notice::IdentityLinked { .. } => Kind::IdentityLinked,
        Notice::IdentityUnlinked { .. } => Kind::IdentityUnlinked,
        Notice::NewSignIn { .. } => Kind::NewSignIn,
        Notice::Locked { .. } => Kind::Locked,
        Notice::ExpiresSoon { .. } => Kind::ExpiresSoon,
        Notice::DormantSoon { .. } => Kind::DormantSoon,
        Notice::Deactivated { .. } => Kind::Deactivated,
    }
}

pub(super) async fn retry(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let retried = delivering::retry(&app.db, &by(&visit, &actor), id, visit.now).await.map_err(refused)?;
    let flash = if retried { Flash::MailRetried(1) } else { Flash::MailNotWaiting };
    Ok(back_to(HERE, &app, &visit, flash))
}

pub(super) async fn retry_failed(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
) -> Result<Response, Error> {
    let by = by(&visit, &actor);
    let mails = delivering::retry_failed(&app.db, &by, visit.now).await.map_err(refused)?;
    let flash = if mails > 0 { Flash::MailRetried(mails) } else { Flash::MailNotWaiting };
    Ok(back_to(HERE, &app, &visit, flash))
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Store(error) => error.into(),
        // It was open to them a moment ago.
        _ => Error::NotFound,
    }
}
