use maud::Markup;

use crate::When;

/// `/forgot-password` and `/reset-password`
pub(crate) struct Recovery {
    pub(crate) forgot: &'static str,
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) sso: &'static str,
    pub(crate) send: &'static str,
    pub(crate) remembered: &'static str,
    pub(crate) sent_title: &'static str,
    pub(crate) sent: &'static str,
    pub(crate) sent_again: &'static str,
    pub(crate) not_there: &'static str,
    pub(crate) another: &'static str,
    pub(crate) reset_title: &'static str,
    pub(crate) reset_for: fn(&str) -> Markup,
    pub(crate) reset_ends: &'static str,
    pub(crate) new: &'static str,
    pub(crate) save: &'static str,
    pub(crate) void_title: &'static str,
    pub(crate) void: &'static str,
    pub(crate) again: &'static str,
    pub(crate) done_title: &'static str,
    pub(crate) done: &'static str,
}

/// The meter under a new password.
pub(crate) struct Strength {
    pub(crate) label: &'static str,
    pub(crate) weak: &'static str,
    pub(crate) fair: &'static str,
    pub(crate) good: &'static str,
    pub(crate) strong: &'static str,
}

/// A password that an administrator has generated.
pub(crate) struct OneTime {
    pub(crate) crumb: &'static str,
    pub(crate) title: fn(&str) -> String,
    pub(crate) saved_title: &'static str,
    pub(crate) saved: &'static str,
    pub(crate) label: &'static str,
    pub(crate) copy: &'static str,
    pub(crate) copied: &'static str,
    pub(crate) until: fn(&When) -> Markup,
    pub(crate) once: &'static str,
    pub(crate) done: &'static str,
    pub(crate) generate: &'static str,
    pub(crate) generate_hint: &'static str,
    pub(crate) lifetime: &'static str,
    pub(crate) running: fn(&When) -> Markup,
    pub(crate) lapsed: fn(&When) -> Markup,
}
