use maud::Markup;

use crate::When;

/// `/admin/users/{id}`
pub(crate) struct Edit {
    pub(crate) crumb: &'static str,
    pub(crate) title: fn(&str) -> String,
    pub(crate) meta_registered: fn(&When) -> Markup,
    pub(crate) profile: &'static str,
    pub(crate) managed: fn(&str) -> String,
    pub(crate) access: &'static str,
    pub(crate) tier_hint: &'static str,
    pub(crate) tier_fixed: &'static str,
    pub(crate) inactive_strong: fn(u64) -> String,
    pub(crate) inactive_rest: &'static str,
    pub(crate) superuser_strong: &'static str,
    pub(crate) superuser_rest: &'static str,
    pub(crate) waits_title: &'static str,
    pub(crate) waits: &'static str,
    pub(crate) activate: &'static str,
    pub(crate) no_identities: &'static str,
    pub(crate) sessions: &'static str,
    pub(crate) session_count: fn(u64) -> String,
    pub(crate) end_sessions: &'static str,
    pub(crate) change_password: &'static str,
    pub(crate) password_hint: &'static str,
    pub(crate) new_password: &'static str,
    pub(crate) delete_user: &'static str,
    pub(crate) delete_application: &'static str,
    pub(crate) save: &'static str,
    pub(crate) conflict_title: fn(Option<&str>) -> String,
    pub(crate) conflict: &'static str,
    pub(crate) conflict_caption: &'static str,
    pub(crate) field: &'static str,
    pub(crate) theirs: &'static str,
    pub(crate) yours: &'static str,
    pub(crate) roles: &'static str,
    pub(crate) permissions: &'static str,
    pub(crate) expires: &'static str,
}

/// `/admin/users/{id}/delete`
pub(crate) struct Delete {
    pub(crate) crumb: &'static str,
    pub(crate) title: fn(&str) -> String,
    pub(crate) better_title: &'static str,
    pub(crate) better: &'static str,
    pub(crate) permanently: fn(u64) -> Markup,
    pub(crate) kept: &'static str,
    pub(crate) bar: fn(&str) -> String,
    pub(crate) bar_hint: fn(&str) -> String,
    pub(crate) confirm: fn(&str) -> Markup,
    pub(crate) deactivate: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) reject_crumb: &'static str,
    pub(crate) reject_title: &'static str,
    pub(crate) reject: &'static str,
    pub(crate) applied: fn(&When) -> Markup,
    pub(crate) reject_button: &'static str,
    pub(crate) reject_many_title: fn(usize) -> String,
    pub(crate) reject_many: &'static str,
    pub(crate) reject_many_button: fn(usize) -> String,
}

/// A change that did not happen.
pub(crate) struct Refusals {
    pub(crate) title: &'static str,
    pub(crate) last_superuser_own: &'static str,
    pub(crate) last_superuser: fn(&str) -> String,
    pub(crate) superuser_only: fn(&str) -> String,
    pub(crate) own_account: &'static str,
    pub(crate) gone: &'static str,
    pub(crate) wrong_state: fn(&str) -> String,
    pub(crate) back: &'static str,
}
