use maud::Markup;

use crate::When;

/// `/login`
pub(crate) struct Login {
    pub(crate) title: fn(&str) -> String,
    pub(crate) to_continue: fn(&str) -> Markup,
    pub(crate) or_local: &'static str,
    pub(crate) login: &'static str,
    pub(crate) no_account: &'static str,
    pub(crate) failed_title: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) locks: fn(failures: u64, minutes: u64) -> String,
    pub(crate) pending_title: &'static str,
    pub(crate) pending: fn(&When) -> Markup,
    pub(crate) withdraw: &'static str,
    pub(crate) inactive_title: &'static str,
    pub(crate) inactive: &'static str,
    pub(crate) regain: fn(&Markup) -> Markup,
    pub(crate) received_title: &'static str,
    pub(crate) received: &'static str,
    pub(crate) busy_title: &'static str,
    pub(crate) busy: &'static str,
    pub(crate) idle_title: &'static str,
    pub(crate) idle: &'static str,
}

/// `/continue` and `/signed-out`
pub(crate) struct Onward {
    pub(crate) continue_title: &'static str,
    pub(crate) continuing: fn(&str) -> Markup,
    pub(crate) continue_to: fn(&str) -> String,
    pub(crate) signed_out_title: &'static str,
    pub(crate) signed_out: &'static str,
    pub(crate) sign_in_again: &'static str,
}

/// What a refused single sign-on ends on.
pub(crate) struct Sso {
    pub(crate) sign_in_with_password: &'static str,
    pub(crate) start_again: &'static str,
    pub(crate) denied_title: fn(&str) -> String,
    pub(crate) denied: fn(&str) -> String,
    pub(crate) unavailable_title: fn(&str) -> String,
    pub(crate) unavailable: &'static str,
    pub(crate) bad_response_title: &'static str,
    pub(crate) bad_response: fn(&str) -> String,
    pub(crate) expired_title: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) email_missing_title: fn(&str) -> String,
    pub(crate) email_missing: fn(claim: &str, scope: &str) -> Markup,
    pub(crate) email_unverified_title: &'static str,
    pub(crate) email_unverified: fn(&str) -> String,
    pub(crate) domain_title: fn(&str) -> String,
    pub(crate) domain: fn(&str) -> String,
    pub(crate) group_title: &'static str,
    pub(crate) group: fn(&str) -> String,
    pub(crate) not_provisioned_title: &'static str,
    pub(crate) not_provisioned: fn(&str) -> String,
    pub(crate) collision_title: &'static str,
    pub(crate) collision: &'static str,
    pub(crate) superuser_collision: &'static str,
    pub(crate) barred_title: &'static str,
    pub(crate) barred: fn(&str) -> String,
}

/// `/signup` and `/signup/received`
pub(crate) struct Signup {
    pub(crate) title: &'static str,
    pub(crate) reviewed: &'static str,
    pub(crate) staff: fn(&str) -> String,
    pub(crate) use_sso: &'static str,
    pub(crate) email_hint: &'static str,
    pub(crate) username_hint: &'static str,
    pub(crate) reason_hint: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) have_account: &'static str,
    pub(crate) received_title: &'static str,
    pub(crate) sent: fn(&When) -> Markup,
    pub(crate) applied: &'static str,
    pub(crate) done: &'static str,
    pub(crate) applied_as: fn(&str) -> String,
    pub(crate) applied_plain: &'static str,
    pub(crate) confirm_title: &'static str,
    pub(crate) confirm_step: &'static str,
    pub(crate) confirm: &'static str,
    pub(crate) confirmed_title: &'static str,
    pub(crate) confirmed_step: &'static str,
    pub(crate) confirmed: &'static str,
    pub(crate) active_title: &'static str,
    pub(crate) sign_in_now: &'static str,
    pub(crate) review_title: &'static str,
    pub(crate) review: &'static str,
    pub(crate) sign_in_title: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) not_yours: &'static str,
    pub(crate) apply_again: &'static str,
    pub(crate) disabled_title: &'static str,
    pub(crate) disabled: &'static str,
    pub(crate) no_superuser_title: &'static str,
    pub(crate) no_superuser: &'static str,
    pub(crate) too_many_title: &'static str,
    pub(crate) too_many: &'static str,
}

/// `/setup`
pub(crate) struct Setup {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) username_hint: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) done_title: &'static str,
    pub(crate) done: fn(&str) -> Markup,
    pub(crate) already_title: &'static str,
    pub(crate) already: &'static str,
    pub(crate) invalid_title: &'static str,
    pub(crate) invalid: &'static str,
}
