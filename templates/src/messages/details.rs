//! Why or how something in the audit log happened.

/// The words for the details that entries carry as codes.
pub(crate) struct Details {
    pub(crate) wrong_password: &'static str,
    pub(crate) throttled: &'static str,
    pub(crate) pending: &'static str,
    pub(crate) inactive: &'static str,
    pub(crate) changed_meanwhile: &'static str,
    pub(crate) address_known: &'static str,
    pub(crate) command_line: &'static str,
    pub(crate) setup: &'static str,
    pub(crate) all: &'static str,
    pub(crate) signed_out: &'static str,
    pub(crate) revoked: &'static str,
    pub(crate) elsewhere: &'static str,
    pub(crate) identity_barred: &'static str,
    pub(crate) email_missing: &'static str,
    pub(crate) email_unverified: &'static str,
    pub(crate) email_skipped: &'static str,
    pub(crate) domain_not_allowed: &'static str,
    pub(crate) group_not_allowed: &'static str,
    pub(crate) not_provisioned: &'static str,
    pub(crate) email_belongs_to_another: &'static str,
    pub(crate) email_belongs_to_superuser: &'static str,
    pub(crate) barred: &'static str,
    pub(crate) denied_by_provider: &'static str,
    pub(crate) provider_unavailable: &'static str,
    pub(crate) bad_answer: &'static str,
    pub(crate) misconfigured: &'static str,
}

impl Details {
    /// The words for a code; the code itself where it is not known.
    pub(crate) fn word<'a>(&self, code: &'a str) -> &'a str {
        match code {
            "wrong_password" => self.wrong_password,
            "throttled" => self.throttled,
            "pending" => self.pending,
            "inactive" => self.inactive,
            "changed_meanwhile" => self.changed_meanwhile,
            "address_known" => self.address_known,
            "command_line" => self.command_line,
            "setup" => self.setup,
            "all" => self.all,
            "signed_out" => self.signed_out,
            "revoked" => self.revoked,
            "elsewhere" => self.elsewhere,
            "identity_barred" => self.identity_barred,
            "email_missing" => self.email_missing,
            "email_unverified" => self.email_unverified,
            "email_skipped" => self.email_skipped,
            "domain_not_allowed" => self.domain_not_allowed,
            "group_not_allowed" => self.group_not_allowed,
            "not_provisioned" => self.not_provisioned,
            "email_belongs_to_another" => self.email_belongs_to_another,
            "email_belongs_to_superuser" => self.email_belongs_to_superuser,
            "barred" => self.barred,
            "denied_by_provider" => self.denied_by_provider,
            "provider_unavailable" => self.provider_unavailable,
            "bad_answer" => self.bad_answer,
            "misconfigured" => self.misconfigured,
            other => other,
        }
    }
}
