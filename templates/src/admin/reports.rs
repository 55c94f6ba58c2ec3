//! What happened to several roles or accounts at once, one by one.

use maud::{Markup, html};

use super::dormant::Verdict;
use crate::components::{Tone, flash};
use crate::messages::Flashes;

/// What became different in a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleDifference {
    /// Its display name.
    pub role: String,
    /// Keys of permissions that it grants now, names of roles that it supervises now.
    pub added: Vec<String>,
    /// Those that it does not any more.
    pub removed: Vec<String>,
}

/// Why one dormant account was left as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreviewed {
    /// The last active superuser stays.
    LastSuperuser,
    /// Only superusers may change a superuser.
    SuperuserOnly,
    /// The person has signed in meanwhile.
    NotDormant,
    /// Somebody else deactivated it already.
    AlreadyInactive,
    /// Somebody deleted it meanwhile.
    Gone,
}

/// What became different in each role.
pub(super) fn differences(words: &Flashes, roles: &[RoleDifference]) -> Markup {
    let list = |word: &str, keys: &[String]| {
        html! {
            @if !keys.is_empty() {
                " " (word) " "
                @for (at, key) in keys.iter().enumerate() { @if at > 0 { ", " } code { (key) } }
            }
        }
    };
    html! {
        ul {
            @for one in roles {
                li {
                    strong { (one.role) } ":"
                    (list(words.role_added, &one.added))
                    @if !one.added.is_empty() && !one.removed.is_empty() { "; " }
                    (list(words.role_removed, &one.removed))
                }
            }
        }
        p { (words.next_request) }
    }
}

/// A review that failed for some, those first.
pub(super) fn reviewed(
    words: &Flashes,
    verdict: Verdict,
    done: &[String],
    failed: &[(String, Unreviewed)],
) -> Markup {
    let (title, row) = match verdict {
        Verdict::Keep => ((words.bulk_kept)(done.len(), failed.len()), words.row_kept),
        Verdict::Deactivate => ((words.bulk_deactivated)(done.len(), failed.len()), words.row_deactivated),
    };
    let rows = html! {
        ul {
            @for (user, why) in failed {
                li {
                    strong { (user) } ": "
                    @match why {
                        Unreviewed::LastSuperuser => (words.row_last_superuser),
                        Unreviewed::SuperuserOnly => (words.row_superuser_only),
                        Unreviewed::NotDormant => (words.row_not_dormant),
                        Unreviewed::AlreadyInactive => (words.row_already_inactive),
                        Unreviewed::Gone => (words.row_account_gone),
                    }
                }
            }
            @for user in done { li { strong { (user) } ": " (row) } }
        }
    };
    flash(Tone::Warn, &title, &rows)
}
