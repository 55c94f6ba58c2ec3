//! What happened is told once, on the next page: carried there by a sealed cookie, so that nothing is kept
//! here and nobody can make a page say what did not happen.
use axum::http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use templates::admin::{Decision, Failed, Flash as View};

use crate::{domain::time::Time, state::App};

const PURPOSE: &str = "flash";
/// Names beyond so many bytes are left out, so that browsers keep the cookie.
const NAMES_MAX: usize = 2000;

/// What happened.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Flash {
    Activated(Vec<String>),
    Saved(String),
    Deactivated(String, u64),
    Reactivated(String),
    SignedOut(String, u64),
    Deleted(String),
    Rejected(Vec<String>),
    NothingSelected,
    AlreadyDone { user: String, activated: bool },
    Bulk { activate: bool, done: Vec<String>, failed: Vec<(String, Why)> },
    Gone,
    SessionRevoked(String),
    SessionOver(String),
    OwnSession,
    NobodySelected,
    ForcedOut { done: Vec<(String, u64)>, failed: Vec<(String, Why)> },
}

/// Why one row of a bulk action did not work.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum Why {
    AlreadyDecided,
    Gone,
    NotAllowed,
    Own,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    at: Time,
    flash: Flash,
}

impl Flash {
    /// The cookie that carries it.
    pub(super) fn cookie(mut self, app: &App, now: Time) -> HeaderValue {
        self.shorten();
        let text = serde_json::to_vec(&Sealed { at: now, flash: self }).unwrap_or_default();
        app.cookies.set_flash(&app.master.seal(PURPOSE, &text))
    }

    /// What the browser brings, if it is from the last minute.
    pub(super) fn take(app: &App, headers: &HeaderMap, now: Time) -> Option<View> {
        let text = app.master.open(PURPOSE, &app.cookies.flash(headers)?)?;
        let sealed: Sealed = serde_json::from_slice(&text).ok()?;
        (now.since(sealed.at).as_secs() < 60).then(|| sealed.flash.into())
    }

    fn shorten(&mut self) {
        match self {
            Self::Activated(names) | Self::Rejected(names) => fit(names, NAMES_MAX, String::len),
            Self::Bulk { done, failed, .. } => {
                fit(done, NAMES_MAX / 2, String::len);
                fit(failed, NAMES_MAX / 2, |(name, _)| name.len());
            }
            Self::ForcedOut { done, failed } => {
                fit(done, NAMES_MAX / 2, |(name, _)| name.len());
                fit(failed, NAMES_MAX / 2, |(name, _)| name.len());
            }
            _ => {}
        }
    }
}

fn fit<T>(items: &mut Vec<T>, mut room: usize, length: impl Fn(&T) -> usize) {
    let fitting = items.iter().take_while(|item| match room.checked_sub(length(item) + 20) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    });
    let fitting = fitting.count();
    items.truncate(fitting);
}

impl From<Flash> for View {
    fn from(flash: Flash) -> Self {
        let decision = |activate| if activate { Decision::Activated } else { Decision::Rejected };
        match flash {
            Flash::Activated(names) => Self::Activated { names },
            Flash::Saved(user) => Self::Saved { user },
            Flash::Deactivated(user, sessions) => Self::Deactivated { user, sessions },
            Flash::Reactivated(user) => Self::Reactivated { user },
            Flash::SignedOut(user, sessions) => Self::SignedOut { user, sessions },
            Flash::Deleted(user) => Self::Deleted { user },
            Flash::Rejected(names) => Self::ApplicationsDeleted { names },
            Flash::NothingSelected => Self::NothingSelected,
            Flash::AlreadyDone { user, activated } => {
                Self::AlreadyDone { user, what: decision(activated), by: None }
            }
            Flash::Bulk { activate, done, failed } => {
                Self::Bulk { what: decision(activate), done, failed: rows(failed) }
            }
            Flash::Gone => Self::Gone,
            Flash::SessionRevoked(user) => Self::SessionRevoked { user },
            Flash::SessionOver(user) => Self::SessionOver { user },
            Flash::OwnSession => Self::OwnSession,
            Flash::NobodySelected => Self::NobodySelected,
            Flash::ForcedOut { done, failed } => Self::ForcedOut { done, failed: rows(failed) },
        }
    }
}

fn rows(failed: Vec<(String, Why)>) -> Vec<(String, Failed)> {
    failed.into_iter().map(|(name, why)| (name, why.into())).collect()
}

impl From<Why> for Failed {
    fn from(why: Why) -> Self {
        match why {
            Why::AlreadyDecided => Self::AlreadyDecided,
            Why::Gone => Self::Gone,
            Why::NotAllowed => Self::NotAllowed,
            Why::Own => Self::Own,
        }
    }
}
