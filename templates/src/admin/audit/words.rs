//! Words for events, fields and values.
use crate::components::{status_word, tier_word};
use crate::messages::{Audit as AuditWords, Words};
use crate::{Status, Tier};

pub(super) fn event_word(words: &AuditWords, name: &str) -> Option<&'static str> {
    let events = &words.events;
    Some(match name {
        "account.signed_up" => events.signed_up,
        "account.activated" => events.activated,
        "account.rejected" => events.rejected,
        "account.withdrawn" => events.withdrawn,
        "account.application_expired" => events.application_expired,
        "account.verified" => events.verified,
        "address.blocked" => events.address_blocked,
        "address.unblocked" => events.address_unblocked,
        "account.provisioned" => events.provisioned,
        "account.linked" => events.linked,
        "account.unlinked" => events.unlinked,
        "account.link_refused" => events.link_refused,
        "account.sync_warned" => events.sync_warned,
        "account.superseded" => events.superseded,
        "account.deactivated" => events.deactivated,
        "account.reactivated" => events.reactivated,
        "account.deleted" => events.deleted,
        "account.locked" => events.locked,
        "account.unlocked" => events.unlocked,
        "account.tier_changed" => events.tier_changed,
        "account.edited" => events.edited,
        "password.changed" => events.password_changed,
        "password.reset" => events.password_reset,
        "password.reset_requested" => events.password_reset_requested,
        "login.succeeded" => events.login_succeeded,
        "login.failed" => events.login_failed,
        "login.refused" => events.login_refused,
        "session.ended" => events.session_ended,
        "settings.changed" => events.settings_changed,
        "audit.exported" => events.audit_exported,
        "audit.pruned" => events.audit_pruned,
        "role.created" => events.role_created,
        "role.changed" => events.role_changed,
        "role.deleted" => events.role_deleted,
        "role.granted" => events.role_granted,
        "role.revoked" => events.role_revoked,
        "permission.changed" => events.permission_changed,
        "account.expiry_set" => events.expiry_set,
        "account.kept" => events.kept,
        "users.exported" => events.users_exported,
        "mail.failed" => events.mail_failed,
        "mail.retried" => events.mail_retried,
        "keys.rotated" => events.keys_rotated,
        _ => return None,
    })
}

pub(super) fn field_word<'a>(all: &Words, field: &'a str) -> &'a str {
    match field {
        "status" => all.common.status,
        "tier" => all.common.user_type,
        "email" => all.common.email,
        "display_name" => all.common.display_name,
        "username" => all.common.username,
        "password" => all.common.password,
        "method" => all.audit.fields.method,
        "provider" => all.audit.fields.provider,
        "claim" => all.audit.fields.claim,
        "issuer" => all.providers.issuer,
        "subject" => all.audit.fields.subject,
        "reason" => all.audit.fields.reason,
        "message" => all.audit.fields.message,
        "sessions" => all.audit.fields.sessions,
        "minutes" => all.audit.fields.minutes,
        "session" => all.audit.fields.session,
        "format" => all.audit.fields.format,
        "filter" => all.audit.fields.filter,
        "entries" => all.audit.entries,
        "up_to_entry" => all.audit.fields.up_to_entry,
        "older_than" => all.audit.fields.older_than,
        "role" => all.audit.fields.role,
        "permission" => all.audit.fields.permission,
        "supervises" => all.audit.fields.supervises,
        "description" => all.audit.fields.description,
        "expires_at" => all.audit.fields.expires,
        "users" => all.audit.fields.users,
        "mail" => all.mail.what,
        "recipient" => all.mail.recipient,
        "key" => all.audit.fields.key,
        "signs_from" => all.audit.fields.signs_from,
        other => other,
    }
}

pub(super) fn value_word<'a>(all: &Words, field: &str, value: &'a str) -> &'a str {
    match (field, value) {
        ("status", "pending") => status_word(all, Status::Pending),
        ("status", "active") => status_word(all, Status::Active),
        ("status", "inactive") => status_word(all, Status::Inactive),
        ("tier", "standard") => tier_word(all, Tier::Standard),
        ("tier", "superuser") => tier_word(all, Tier::Superuser),
        ("method", "password") => all.common.password,
        ("reason", code) => all.audit.details_known.word(code),
        (_, other) => other,
    }
}
