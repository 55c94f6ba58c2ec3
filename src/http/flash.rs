//! What happened is told once, on the next page: carried there by a sealed cookie, so that nothing is kept
//! here and nobody can make a page say what did not happen.
use axum::http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use templates::account::Done;
use templates::admin::{Decision, Failed, Flash as View, RoleDifference, Unreviewed, dormant::Verdict};

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
    Unlocked(String),
    SignedOut(String, u64),
    Deleted(String),
    Rejected(Vec<String>),
    NothingSelected,
    TooManySelected(u64),
    Unblocked(String),
    Applied { email: String, stage: Applied },
    AlreadyDone { user: String, activated: bool },
    Bulk { activate: bool, done: Vec<String>, failed: Vec<(String, Why)> },
    Gone,
    NoAccountSelected,
    SettingsSaved(usize),
    RolesSaved(Vec<Difference>),
    RoleCreated(String),
    RoleDeleted(String),
    PeopleAdded(String, Vec<String>),
    PersonRemoved(String, String),
    PasswordChanged,
    PasswordReset,
    IdentityLinked(String),
    IdentityUnlinked(String),
    SessionRevoked(String),
    SessionOver(String),
    OwnSession,
    NobodySelected,
    ForcedOut { done: Vec<(String, u64)>, failed: Vec<(String, Why)> },
    MailRetried(u64),
    MailNotWaiting,
    Reviewed { keep: bool, done: Vec<String>, failed: Vec<(String, Left)> },
}

/// How far somebody's application has come.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum Applied {
    Sent,
    Confirmed,
    Active,
}

/// What became different in a role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Difference {
    pub(super) role: String,
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
}

/// Why a dormant account was left as it was.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum Left {
    LastSuperuser,
    NotAllowed,
    NotDormant,
    Inactive,
    Gone,
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

impl Sealed {
    fn read(app: &App, headers: &HeaderMap, now: Time) -> Option<Self> {
        let text = app.master.open(PURPOSE, &app.cookies.flash(headers)?)?;
        let sealed: Self = serde_json::from_slice(&text).ok()?;
        (now.since(sealed.at).as_secs() < 60).then_some(sealed)
    }
}

impl Flash {
    /// The cookie that carries it.
    pub(super) fn cookie(mut self, app: &App, now: Time) -> HeaderValue {
        self.shorten();
        let text = serde_json::to_vec(&Sealed { at: now, flash: self }).unwrap_or_default();
        app.cookies.set_flash(&app.master.seal(PURPOSE, &text))
    }

    /// What the browser brings for a page of the admin section, if it is from the last minute.
    pub(super) fn take(app: &App, headers: &HeaderMap, now: Time) -> Option<View> {
        Self::read(app, headers, now)?.view()
    }

    fn read(app: &App, headers: &HeaderMap, now: Time) -> Option<Self> {
        Some(Sealed::read(app, headers, now)?.flash)
    }

    fn shorten(&mut self) {
        match self {
            Self::Activated(names) | Self::Rejected(names) | Self::PeopleAdded(_, names) => {
                fit(names, NAMES_MAX, String::len);
            }
            Self::Bulk { done, failed, .. } => {
                fit(done, NAMES_MAX / 2, String::len);
                fit(failed, NAMES_MAX / 2, |(name, _)| name.len());
            }
            Self::Reviewed { done, failed, .. } => {
                fit(done, NAMES_MAX / 2, String::len);
                fit(failed, NAMES_MAX / 2, |(name, _)| name.len());
            }
            Self::RolesSaved(roles) => {
                let length = |keys: &[String]| keys.iter().map(|key| key.len() + 3).sum::<usize>();
                fit(roles, NAMES_MAX, |role| role.role.len() + length(&role.added) + length(&role.removed));
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

/// What the browser brings word of, from the last minute, that its person did to their account.
pub(super) fn done(app: &App, headers: &HeaderMap, now: Time) -> Option<Done> {
    Some(match Flash::read(app, headers, now)? {
        Flash::PasswordChanged => Done::PasswordChanged,
        Flash::IdentityLinked(provider) => Done::Linked(provider),
        Flash::IdentityUnlinked(provider) => Done::Unlinked(provider),
        _ => return None,
    })
}

/// With which address the browser's person has applied within the last minute, when, and how far that has come.
pub(super) fn applied(app: &App, headers: &HeaderMap, now: Time) -> Option<(String, Time, Applied)> {
    match Sealed::read(app, headers, now)? {
        Sealed { at, flash: Flash::Applied { email, stage } } => Some((email, at, stage)),
        _ => None,
    }
}

/// The same for a new password by a mailed link.
pub(super) fn password_reset(app: &App, headers: &HeaderMap, now: Time) -> bool {
    matches!(Flash::read(app, headers, now), Some(Flash::PasswordReset))
}

impl Flash {
    fn view(self) -> Option<View> {
        let decision = |activate| if activate { Decision::Activated } else { Decision::Rejected };
        Some(match self {
            Self::Activated(names) => View::Activated { names },
            Self::Saved(user) => View::Saved { user },
            Self::Deactivated(user, sessions) => View::Deactivated { user, sessions },
            Self::Unlocked(user) => View::Unlocked { user },
            Self::Reactivated(user) => View::Reactivated { user },
            Self::SignedOut(user, sessions) => View::SignedOut { user, sessions },
            Self::Deleted(user) => View::Deleted { user },
            Self::Rejected(names) => View::ApplicationsDeleted { names },
            Self::NothingSelected => View::NothingSelected,
            Self::TooManySelected(max) => View::TooManySelected { max },
            Self::Unblocked(email) => View::Unblocked { email },
            Self::AlreadyDone { user, activated } => {
                View::AlreadyDone { user, what: decision(activated), by: None }
            }
            Self::Bulk { activate, done, failed } => {
                View::Bulk { what: decision(activate), done, failed: rows(failed) }
            }
            Self::SessionRevoked(user) => View::SessionRevoked { user },
            Self::SessionOver(user) => View::SessionOver { user },
            Self::OwnSession => View::OwnSession,
            Self::NobodySelected => View::NobodySelected,
            Self::ForcedOut { done, failed } => View::ForcedOut { done, failed: rows(failed) },
            Self::Gone => View::Gone,
            Self::PasswordChanged
            | Self::PasswordReset
            | Self::IdentityLinked(_)
            | Self::IdentityUnlinked(_)
            | Self::Applied { .. } => return None,
            Self::NoAccountSelected => View::NoAccountSelected,
            Self::SettingsSaved(changed) => View::SettingsSaved { changed },
            Self::RolesSaved(roles) => {
                let difference =
                    |Difference { role, added, removed }| RoleDifference { role, added, removed };
                View::RolesSaved { roles: roles.into_iter().map(difference).collect() }
            }
            Self::MailRetried(mails) => View::MailRetried { mails },
            Self::MailNotWaiting => View::MailNotWaiting,
            Self::RoleCreated(role) => View::RoleCreated { role },
            Self::RoleDeleted(role) => View::RoleDeleted { role },
            Self::PeopleAdded(role, names) => View::PeopleAdded { role, names },
            Self::PersonRemoved(role, user) => View::PersonRemoved { role, user },
            Self::Reviewed { keep, done, failed } => {
                let failed = failed.into_iter().map(|(name, why)| (name, why.into())).collect();
                View::Reviewed {
                    verdict: if keep { Verdict::Keep } else { Verdict::Deactivate },
                    done,
                    failed,
                }
            }
        })
    }
}

impl From<Left> for Unreviewed {
    fn from(why: Left) -> Self {
        match why {
            Left::LastSuperuser => Self::LastSuperuser,
            Left::NotAllowed => Self::SuperuserOnly,
            Left::NotDormant => Self::NotDormant,
            Left::Inactive => Self::AlreadyInactive,
            Left::Gone => Self::Gone,
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
