//! Verifying an address, taking an application back, and what was decided.

use maud::Markup;

use crate::When;
use crate::admin::applications::Outcome;

/// `/verify-email`
pub(crate) struct Verify {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) lead_at_once: &'static str,
    pub(crate) applied: &'static str,
    pub(crate) password_hint: &'static str,
    pub(crate) confirm: &'static str,
    pub(crate) not_you_title: &'static str,
    pub(crate) not_you: &'static str,
    pub(crate) gone_title: &'static str,
    pub(crate) gone: &'static str,
    pub(crate) known_title: &'static str,
    pub(crate) known: &'static str,
    pub(crate) full_title: &'static str,
    pub(crate) full: &'static str,
    pub(crate) apply_again: &'static str,
}

/// `/signup/withdraw`
pub(crate) struct Withdraw {
    pub(crate) title: &'static str,
    pub(crate) applied: fn(email: &str, at: &When) -> Markup,
    pub(crate) consequence: &'static str,
    pub(crate) withdraw: &'static str,
    pub(crate) keep: &'static str,
    pub(crate) done_title: &'static str,
    pub(crate) done: &'static str,
    pub(crate) apply_again: &'static str,
    pub(crate) over_title: &'static str,
    pub(crate) over: &'static str,
}

/// `/admin/applications`
pub(crate) struct Applications {
    pub(crate) crumb: &'static str,
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) waiting: &'static str,
    pub(crate) decided: &'static str,
    pub(crate) caption: &'static str,
    pub(crate) applied: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) any_outcome: &'static str,
    pub(crate) word: fn(Outcome) -> &'static str,
    pub(crate) decided_on: &'static str,
    pub(crate) message: &'static str,
    pub(crate) by_applicant: &'static str,
    pub(crate) by_system: &'static str,
    pub(crate) no_match: &'static str,
    pub(crate) empty_title: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) blocked: &'static str,
    pub(crate) blocked_hint: &'static str,
    pub(crate) blocked_since: fn(by: &str, at: &When) -> Markup,
    pub(crate) blocked_more: &'static str,
    pub(crate) unblock: &'static str,
    pub(crate) rejected_on: fn(&When) -> Markup,
    pub(crate) rejected_told: &'static str,
    pub(crate) rejected_untold: &'static str,
}
