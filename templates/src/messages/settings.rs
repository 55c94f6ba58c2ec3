//! Settings, dormant accounts and one's own password.

use maud::Markup;

use crate::When;
use crate::admin::settings::Key;
use crate::admin::{Card, dormant::Verdict};

/// `/admin/settings`
pub(crate) struct Settings {
    pub(crate) lead: &'static str,
    pub(crate) sections: &'static str,
    pub(crate) cards: fn(Card) -> &'static str,
    /// The name of a setting and what it does.
    pub(crate) keys: fn(Key) -> (&'static str, &'static str),
    pub(crate) unit: fn(Key) -> &'static str,
    /// A number that cannot be changed.
    pub(crate) measured: fn(Key, &str) -> String,
    pub(crate) option: fn(Key, u8) -> String,
    /// The words for a word.
    pub(crate) choice: for<'a> fn(Key, &'a str) -> &'a str,
    pub(crate) range: fn(min: &str, max: &str) -> String,
    pub(crate) on: &'static str,
    pub(crate) off: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) default: fn(&str) -> String,
    pub(crate) fixed: fn(&str) -> Markup,
    pub(crate) changed: fn(by: &str, at: &When) -> Markup,
    pub(crate) written: &'static str,
    pub(crate) save: &'static str,
    pub(crate) looking: &'static str,
    pub(crate) conflict_title: fn(Option<&str>) -> String,
    pub(crate) conflict: &'static str,
    pub(crate) out_of_range: fn(min: &str, max: &str) -> String,
    pub(crate) no_such_choice: &'static str,
    pub(crate) idle_beyond_absolute: &'static str,
    pub(crate) superuser_beyond_absolute: &'static str,
    pub(crate) not_a_network: fn(&str) -> String,
    pub(crate) not_a_domain: fn(&str) -> String,
    pub(crate) shuts_you_out: fn(&str) -> String,
    pub(crate) too_long: fn(&str) -> String,
}

/// `/admin/dormant`
pub(crate) struct Dormant {
    pub(crate) lead: fn(u64) -> String,
    pub(crate) due: fn(&When) -> Markup,
    pub(crate) overdue: fn(&When) -> Markup,
    pub(crate) to_decide: fn(u64) -> String,
    pub(crate) last: fn(at: &When, by: Option<&str>, deactivated: u64, kept: u64) -> Markup,
    pub(crate) never_reviewed: &'static str,
    pub(crate) automatic: fn(u64) -> String,
    pub(crate) title: &'static str,
    pub(crate) caption: &'static str,
    pub(crate) select_all: &'static str,
    pub(crate) keep_selected: &'static str,
    pub(crate) deactivate_selected: &'static str,
    pub(crate) keep: &'static str,
    pub(crate) deactivate: &'static str,
    pub(crate) dormant_for: &'static str,
    pub(crate) days: fn(u64) -> String,
    pub(crate) never: fn(&When) -> Markup,
    pub(crate) roles: &'static str,
    pub(crate) none: &'static str,
    pub(crate) count: fn(u64) -> String,
    pub(crate) empty_title: &'static str,
    pub(crate) empty: fn(u64) -> String,
    pub(crate) question: fn(Verdict, usize) -> String,
    pub(crate) answer: fn(Verdict, usize) -> String,
    pub(crate) consequence: fn(Verdict) -> &'static str,
    pub(crate) last_login: fn(Option<&When>) -> Markup,
    pub(crate) tell: &'static str,
    pub(crate) sessions: fn(u64) -> String,
}

/// `/account/password`
pub(crate) struct Password {
    pub(crate) title: &'static str,
    pub(crate) must_title: &'static str,
    pub(crate) set_by_administrator: &'static str,
    pub(crate) too_old: fn(u64) -> String,
    pub(crate) current: &'static str,
    pub(crate) new: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) save: &'static str,
    pub(crate) not_now: &'static str,
    pub(crate) changed_title: &'static str,
    pub(crate) changed: &'static str,
}
