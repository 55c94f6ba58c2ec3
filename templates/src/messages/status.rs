use maud::Markup;

/// `/account`
pub(crate) struct Account {
    pub(crate) title: &'static str,
    pub(crate) profile: &'static str,
    pub(crate) number: &'static str,
    pub(crate) login_id: &'static str,
    pub(crate) signs_in_with: &'static str,
    pub(crate) ways_in: &'static str,
    pub(crate) local_password: &'static str,
    pub(crate) from: &'static str,
    pub(crate) sessions: &'static str,
    pub(crate) sessions_text: &'static str,
    pub(crate) everywhere: &'static str,
}

/// A title and what to do.
pub(crate) type Told = (&'static str, &'static str);

/// Every failed status, and `/denied`.
pub(crate) struct Errors {
    pub(crate) code: fn(u16) -> String,
    pub(crate) bad_request: Told,
    pub(crate) signed_out: Told,
    pub(crate) form_expired: Told,
    pub(crate) forbidden: Told,
    pub(crate) not_found: Told,
    pub(crate) method_not_allowed: Told,
    pub(crate) not_arrived: Told,
    pub(crate) too_large: Told,
    pub(crate) misdirected: Told,
    pub(crate) too_many_requests: Told,
    pub(crate) internal: Told,
    pub(crate) bad_gateway: Told,
    pub(crate) unavailable: Told,
    pub(crate) gateway_timeout: Told,
    pub(crate) sign_in_loop: Told,
    pub(crate) go_to_account: &'static str,
    pub(crate) denied_title: &'static str,
    pub(crate) signed_in_as: fn(&str) -> Markup,
    pub(crate) place: fn(&str) -> Markup,
    pub(crate) missing_superuser: &'static str,
    pub(crate) missing_roles: fn(&str) -> String,
    pub(crate) missing_permission: fn(&str) -> String,
    pub(crate) missing_network: fn(&str) -> String,
    pub(crate) missing_method: fn(&str) -> String,
    pub(crate) missing_rule: &'static str,
    pub(crate) sign_in_as_other: &'static str,
}
