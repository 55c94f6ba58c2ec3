use maud::{Markup, html};

use super::dormant::Verdict;
use super::reports::{RoleDifference, Unreviewed, differences, reviewed};
use crate::Lang;
use crate::components::{Tone, flash};
use crate::messages::{Flashes, Sessions};

/// What happened, told once above a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flash {
    /// Applicants can sign in now.
    Activated {
        /// Their usernames.
        names: Vec<String>,
    },
    /// A user was edited.
    Saved {
        /// The username.
        user: String,
    },
    /// A user was deactivated.
    Deactivated {
        /// The username.
        user: String,
        /// How many sessions that ended.
        sessions: u64,
    },
    /// A user was reactivated.
    Reactivated {
        /// The username.
        user: String,
    },
    /// An account was unlocked.
    Unlocked {
        /// Login ID.
        user: String,
    },
    /// A user's sessions were ended.
    SignedOut {
        /// The username.
        user: String,
        /// How many.
        sessions: u64,
    },
    /// A user was deleted.
    Deleted {
        /// The username as it was.
        user: String,
    },
    /// Applications were rejected.
    ApplicationsDeleted {
        /// The usernames as they were.
        names: Vec<String>,
    },
    /// A bulk action without a selection.
    NothingSelected,
    /// A bulk action on more than are taken at once.
    TooManySelected {
        /// How many are.
        max: u64,
    },
    /// An address may apply again.
    Unblocked {
        /// The address.
        email: String,
    },
    /// Somebody else was faster.
    AlreadyDone {
        /// The username.
        user: String,
        /// What they did.
        what: Decision,
        /// Who, when it is known.
        by: Option<String>,
    },
    /// A bulk action that failed for some.
    Bulk {
        /// What was asked for.
        what: Decision,
        /// For whom it worked.
        done: Vec<String>,
        /// For whom it did not, and why.
        failed: Vec<(String, Failed)>,
    },
    /// The user is no longer there.
    Gone,
    /// A bulk action on accounts without a selection.
    NoAccountSelected,
    /// Settings were saved.
    SettingsSaved {
        /// How many became different.
        changed: usize,
    },
    /// Roles were saved, one or several.
    RolesSaved {
        /// Those that became different.
        roles: Vec<RoleDifference>,
    },
    /// A role was made.
    RoleCreated {
        /// Its display name.
        role: String,
    },
    /// A role was deleted.
    RoleDeleted {
        /// Its display name as it was.
        role: String,
    },
    /// People were given a role.
    PeopleAdded {
        /// Its display name.
        role: String,
        /// Their usernames.
        names: Vec<String>,
    },
    /// A role was taken from somebody.
    PersonRemoved {
        /// Its display name.
        role: String,
        /// The username.
        user: String,
    },
    /// Mail is tried again.
    MailRetried {
        /// How many.
        mails: u64,
    },
    /// A mail that is not to be sent any more.
    MailNotWaiting,
    /// Dormant accounts were kept or deactivated.
    Reviewed {
        /// What was asked for.
        verdict: Verdict,
        /// For whom it worked.
        done: Vec<String>,
        /// For whom it did not, and why.
        failed: Vec<(String, Unreviewed)>,
    },
    /// One session was ended.
    SessionRevoked {
        /// Whose.
        user: String,
    },
    /// That session had ended before.
    SessionOver {
        /// Whose.
        user: String,
    },
    /// One's own session is not ended among the others.
    OwnSession,
    /// A bulk Force Logout without a selection.
    NobodySelected,
    /// Several people were signed out.
    ForcedOut {
        /// For whom it worked, and how many sessions ended.
        done: Vec<(String, u64)>,
        /// For whom it did not, and why.
        failed: Vec<(String, Failed)>,
    },
}

/// How an application is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Activated.
    Activated,
    /// Rejected and deleted.
    Rejected,
}

/// Why one row of a bulk action did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// Somebody else decided already.
    AlreadyDecided,
    /// The application is gone.
    Gone,
    /// The viewer may not decide it.
    NotAllowed,
    /// It is the viewer's own account.
    Own,
}

pub(super) fn draw(lang: Lang, happened: &Flash) -> Markup {
    let all = lang.words();
    let words = &all.flashes;
    let names = |names: &[String]| (all.common.list)(names);
    match happened {
        Flash::Activated { names: who } => {
            good(&(words.activated_title)(who.len()), &(words.activated)(&names(who), who.len() > 1))
        }
        Flash::Saved { user } => good(&(words.saved)(user), ""),
        Flash::Deactivated { user, sessions } => {
            let text = match sessions {
                0 => words.deactivated_text.to_owned(),
                n => format!("{} {}", (words.sessions_ended)(*n), words.deactivated_text),
            };
            good(&(words.deactivated)(user), &text)
        }
        Flash::Reactivated { user } => good(&(words.reactivated)(user), words.reactivated_text),
        Flash::Unlocked { user } => good(&(words.unlocked)(user), words.unlocked_text),
        Flash::SignedOut { user, sessions } => {
            good(&(words.signed_out)(user), &(words.sessions_ended)(*sessions))
        }
        Flash::Deleted { user } => good(&(words.deleted)(user), words.deleted_text),
        Flash::ApplicationsDeleted { names: who } => match who.as_slice() {
            [only] => good(&(words.application_deleted)(only), words.may_apply_again),
            _ => good(
                &(words.applications_deleted)(who.len()),
                &format!("{}. {}", names(who), words.may_apply_again),
            ),
        },
        Flash::NothingSelected => told(Tone::Bad, words.nothing_selected, words.nothing_selected_text),
        Flash::TooManySelected { max } => {
            told(Tone::Bad, &(words.too_many_selected)(*max), words.too_many_selected_text)
        }
        Flash::Unblocked { email } => good(&(words.unblocked)(email), words.may_apply_again),
        Flash::AlreadyDone { user, what, by } => {
            let title = match what {
                Decision::Activated => (words.already_activated)(user, by.as_deref()),
                Decision::Rejected => (words.already_rejected)(user, by.as_deref()),
            };
            told(Tone::Info, &title, "")
        }
        Flash::Bulk { what, done, failed } => bulk(words, *what, done, failed),
        Flash::Gone => told(Tone::Info, words.gone, words.gone_text),
        Flash::NoAccountSelected => told(Tone::Bad, words.no_account_selected, words.nothing_selected_text),
        Flash::SettingsSaved { changed: 0 } => told(Tone::Info, words.nothing_changed, ""),
        Flash::SettingsSaved { changed } => {
            good(&(words.settings_saved)(*changed), words.settings_saved_text)
        }
        Flash::RolesSaved { roles } if roles.is_empty() => told(Tone::Info, words.nothing_changed, ""),
        Flash::RolesSaved { roles } => {
            flash(Tone::Good, &(words.roles_saved)(roles.len()), &differences(words, roles))
        }
        Flash::RoleCreated { role } => good(&(words.role_created)(role), words.role_created_text),
        Flash::RoleDeleted { role } => good(&(words.role_deleted)(role), words.deleted_text),
        Flash::PeopleAdded { role, names: who } => {
            good(&(words.people_added)(who.len(), role), &format!("{}. {}", names(who), words.next_request))
        }
        Flash::PersonRemoved { role, user } => good(&(words.person_removed)(user, role), words.next_request),
        Flash::Reviewed { verdict, done, failed } if failed.is_empty() => match verdict {
            Verdict::Keep => good(&(words.kept)(done.len()), &(words.kept_text)(&names(done))),
            Verdict::Deactivate => {
                good(&(words.reviewed_out)(done.len()), &(words.reviewed_out_text)(&names(done)))
            }
        },
        Flash::Reviewed { verdict, done, failed } => reviewed(words, *verdict, done, failed),
        Flash::MailRetried { mails } => good(&(all.mail.retried)(*mails), all.mail.retried_text),
        Flash::MailNotWaiting => told(Tone::Info, all.mail.not_waiting, all.mail.not_waiting_text),
        Flash::SessionRevoked { user } => good(&(all.sessions.revoked)(user), all.sessions.revoked_text),
        Flash::SessionOver { user } => told(Tone::Info, &(all.sessions.already_over)(user), ""),
        Flash::OwnSession => told(Tone::Bad, all.sessions.own_title, all.sessions.own_text),
        Flash::NobodySelected => {
            told(Tone::Bad, all.sessions.nobody_selected, all.sessions.nobody_selected_text)
        }
        Flash::ForcedOut { done, failed } => forced_out(&all.sessions, done, failed),
    }
}

fn good(title: &str, text: &str) -> Markup {
    told(Tone::Good, title, text)
}

fn told(tone: Tone, title: &str, text: &str) -> Markup {
    flash(tone, title, &html! { @if !text.is_empty() { p { (text) } } })
}

/// A report row by row, the failures first.
fn bulk(words: &Flashes, what: Decision, done: &[String], failed: &[(String, Failed)]) -> Markup {
    let (title, row) = match what {
        Decision::Activated => ((words.bulk_activated)(done.len(), failed.len()), words.row_activated),
        Decision::Rejected => ((words.bulk_rejected)(done.len(), failed.len()), words.row_rejected),
    };
    let rows = html! {
        ul {
            @for (user, why) in failed {
                li {
                    strong { (user) } ": "
                    @match why {
                        Failed::AlreadyDecided => (words.row_already_decided),
                        Failed::Gone => (words.row_gone),
                        Failed::NotAllowed | Failed::Own => (words.row_not_allowed),
                    }
                }
            }
            @for user in done { li { strong { (user) } ": " (row) } }
        }
    };
    flash(if failed.is_empty() { Tone::Good } else { Tone::Warn }, &title, &rows)
}

/// The same for people who were signed out.
fn forced_out(words: &Sessions, done: &[(String, u64)], failed: &[(String, Failed)]) -> Markup {
    let title = (words.bulk_title)(done.len(), failed.len());
    let rows = html! {
        ul {
            @for (user, why) in failed {
                li {
                    strong { (user) } ": "
                    @match why {
                        Failed::Gone => (words.row_gone),
                        Failed::Own => (words.row_own),
                        Failed::NotAllowed | Failed::AlreadyDecided => (words.row_not_allowed),
                    }
                }
            }
            @for (user, sessions) in done { li { strong { (user) } ": " ((words.row_ended)(*sessions)) } }
        }
    };
    flash(if failed.is_empty() { Tone::Good } else { Tone::Warn }, &title, &rows)
}
