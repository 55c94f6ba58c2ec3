//! Roles, permissions and where they come from.

use crate::admin::{Barred, Permission, Provenance};

/// Roles and permissions on several pages.
pub(crate) struct Rights {
    pub(crate) permission: &'static str,
    pub(crate) own_scope: &'static str,
    pub(crate) by_hand: &'static str,
    pub(crate) by_provider: fn(&str) -> String,
    pub(crate) by_approval: &'static str,
    pub(crate) not_held: &'static str,
    pub(crate) cycle: &'static str,
    pub(crate) inherited_from: fn(&str) -> String,
    pub(crate) user_read: &'static str,
    pub(crate) user_approve: &'static str,
    pub(crate) user_manage: &'static str,
    pub(crate) role_read: &'static str,
    pub(crate) role_manage: &'static str,
    pub(crate) session_read: &'static str,
    pub(crate) session_revoke: &'static str,
    pub(crate) audit_read: &'static str,
    pub(crate) audit_export: &'static str,
    pub(crate) settings_read: &'static str,
    pub(crate) settings_manage: &'static str,
}

impl Rights {
    /// The label of a permission: as configured, in words for the gateway's own, else its key.
    pub(crate) fn label<'a>(&self, permission: &'a Permission) -> &'a str {
        match (&permission.label, permission.key.as_str()) {
            (Some(label), _) => label,
            (None, "admin.user:read") => self.user_read,
            (None, "admin.user:approve") => self.user_approve,
            (None, "admin.user:manage") => self.user_manage,
            (None, "admin.role:read") => self.role_read,
            (None, "admin.role:manage") => self.role_manage,
            (None, "admin.session:read") => self.session_read,
            (None, "admin.session:revoke") => self.session_revoke,
            (None, "admin.audit:read") => self.audit_read,
            (None, "admin.audit:export") => self.audit_export,
            (None, "admin.settings:read") => self.settings_read,
            (None, "admin.settings:manage") => self.settings_manage,
            (None, key) => key,
        }
    }

    /// What the permissions of a scope belong to.
    pub(crate) fn scope<'a>(&self, permission: &'a Permission) -> &'a str {
        match permission.key.split_once('.') {
            Some(("admin", _)) => self.own_scope,
            Some((scope, _)) => scope,
            None => permission.key.as_str(),
        }
    }

    pub(crate) fn provenance(&self, from: &Provenance) -> String {
        match from {
            Provenance::Manual => self.by_hand.to_owned(),
            Provenance::Provider(name) => (self.by_provider)(name),
            Provenance::Approval => self.by_approval.to_owned(),
        }
    }

    pub(crate) const fn barred(&self, why: Barred) -> &'static str {
        match why {
            Barred::NotHeld => self.not_held,
            Barred::Cycle => self.cycle,
        }
    }
}

/// `/admin/roles`
pub(crate) struct Matrix {
    pub(crate) lead: &'static str,
    pub(crate) title: &'static str,
    pub(crate) when: &'static str,
    pub(crate) caption: &'static str,
    pub(crate) people: fn(u64) -> String,
    pub(crate) always: &'static str,
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
    pub(crate) inherited: &'static str,
    pub(crate) cell: fn(role: &str, label: &str) -> String,
    pub(crate) only_yours: &'static str,
    pub(crate) discard: &'static str,
    pub(crate) new: &'static str,
    pub(crate) count: fn(u64) -> String,
    pub(crate) empty_title: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) not_saved: &'static str,
    pub(crate) not_held: fn(role: &str, key: &str) -> String,
    pub(crate) changed: fn(role: &str, by: Option<&str>) -> String,
    pub(crate) gone: fn(role: &str) -> String,
}

/// `/admin/roles/new` and `/admin/roles/{name}`
pub(crate) struct Role {
    pub(crate) name: &'static str,
    pub(crate) name_hint: &'static str,
    pub(crate) display_name_hint: &'static str,
    pub(crate) description: &'static str,
    pub(crate) description_hint: &'static str,
    pub(crate) permissions: &'static str,
    pub(crate) no_permissions: &'static str,
    pub(crate) supervises: &'static str,
    pub(crate) supervises_hint: &'static str,
    pub(crate) no_others: &'static str,
    pub(crate) supervises_none: &'static str,
    pub(crate) create: &'static str,
    pub(crate) looking: &'static str,
    pub(crate) conflict_title: fn(Option<&str>) -> String,
    pub(crate) conflict: &'static str,
    pub(crate) people: &'static str,
    pub(crate) people_caption: &'static str,
    pub(crate) from: &'static str,
    pub(crate) remove: &'static str,
    pub(crate) nobody_title: &'static str,
    pub(crate) nobody: &'static str,
    pub(crate) people_count: fn(n: u64, text: &str) -> String,
    pub(crate) add: &'static str,
    pub(crate) add_label: &'static str,
    pub(crate) add_hint: &'static str,
    pub(crate) add_button: &'static str,
    pub(crate) add_problem: &'static str,
    pub(crate) line: fn(number: usize, text: &str) -> String,
    pub(crate) unknown: &'static str,
    pub(crate) already_holds: &'static str,
    pub(crate) may_more: &'static str,
    pub(crate) superuser_only: &'static str,
    pub(crate) pending: &'static str,
    pub(crate) line_not_held: &'static str,
    pub(crate) twice: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) delete_text: &'static str,
    pub(crate) held: fn(u64) -> String,
    pub(crate) delete_not_held: &'static str,
}

/// `/admin/roles/inspect`
pub(crate) struct Inspect {
    pub(crate) lead: &'static str,
    pub(crate) field: &'static str,
    pub(crate) show: &'static str,
    pub(crate) not_asked_title: &'static str,
    pub(crate) not_asked: &'static str,
    pub(crate) nobody_title: fn(&str) -> String,
    pub(crate) nobody: &'static str,
    pub(crate) open: &'static str,
    pub(crate) roles: &'static str,
    pub(crate) no_roles: &'static str,
    pub(crate) effective: &'static str,
    pub(crate) caption: fn(&str) -> String,
    pub(crate) state: &'static str,
    pub(crate) comes_from: &'static str,
    pub(crate) held: &'static str,
    pub(crate) denied: &'static str,
    pub(crate) would: &'static str,
    pub(crate) nothing_gives: &'static str,
    pub(crate) superuser: &'static str,
    pub(crate) role: fn(&str) -> String,
    pub(crate) supervises: fn(&str) -> String,
    pub(crate) direct: &'static str,
    pub(crate) count: fn(held: u64, all: u64) -> String,
    pub(crate) none_title: &'static str,
    pub(crate) none: &'static str,
    pub(crate) asleep_pending: &'static str,
    pub(crate) asleep_inactive: &'static str,
}
