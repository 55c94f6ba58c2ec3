//! The names of settings, and which of them belong together.

/// A setting's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Whether strangers may apply for an account: a switch.
    SignupEnabled,
    /// Whether they have to say why: a switch.
    SignupReasonRequired,
    /// Whether an application counts only once the address is confirmed: a switch.
    SignupVerifyEmail,
    /// Domains whose addresses may apply, one a line.
    SignupAllowedDomains,
    /// Domains whose addresses may not, one a line.
    SignupBlockedDomains,
    /// Domains whose confirmed addresses are let in at once, one a line.
    SignupAutoApprovedDomains,
    /// Applications from one address that may wait: a number, 0 for any.
    SignupOpenPerAddress,
    /// Applications that may wait in all: a number.
    SignupMaxPending,
    /// Closed after so many days: a number, 0 for never.
    SignupExpireDays,
    /// Decided ones are kept for so many days: a number, 0 for ever.
    SignupKeepDecidedDays,
    /// When those who decide are told: a word.
    SignupNotify,
    /// Characters at least: a number.
    PasswordMinLength,
    /// Of how many classes: 0, 2, 3 or 4.
    PasswordClasses,
    /// How hard to guess: 0 to 4.
    PasswordScore,
    /// Not username, email or display name: a switch.
    PasswordPersonal,
    /// Not on the list of common ones: a switch.
    PasswordCommon,
    /// Not one of the last so many: a number, 0 for off.
    PasswordHistory,
    /// Has to be changed after so many days: a number, 0 for off.
    PasswordRotationDays,
    /// Has to be changed after an administrator set it: a switch.
    PasswordMustChangeAfterReset,
    /// Ends after so many minutes of nothing: a number.
    SessionsIdleMinutes,
    /// Ends after so many hours: a number.
    SessionsAbsoluteHours,
    /// The same for superusers: a number.
    SessionsAbsoluteSuperuserHours,
    /// Dormant after so many days: a number.
    DormantDays,
    /// Whether dormant accounts are deactivated without anybody: a switch.
    DormantAutoDeactivate,
    /// Entries are kept for so many days: a number, 0 for ever.
    AuditRetentionDays,
    /// Networks that the admin section opens for, one a line.
    AdminAllow,
}

impl Key {
    /// Every one of them, in the order of the page.
    pub const ALL: [Self; 26] = [
        Self::SignupEnabled,
        Self::SignupReasonRequired,
        Self::SignupVerifyEmail,
        Self::SignupAllowedDomains,
        Self::SignupBlockedDomains,
        Self::SignupAutoApprovedDomains,
        Self::SignupOpenPerAddress,
        Self::SignupMaxPending,
        Self::SignupExpireDays,
        Self::SignupKeepDecidedDays,
        Self::SignupNotify,
        Self::PasswordMinLength,
        Self::PasswordClasses,
        Self::PasswordScore,
        Self::PasswordPersonal,
        Self::PasswordCommon,
        Self::PasswordHistory,
        Self::PasswordRotationDays,
        Self::PasswordMustChangeAfterReset,
        Self::SessionsIdleMinutes,
        Self::SessionsAbsoluteHours,
        Self::SessionsAbsoluteSuperuserHours,
        Self::DormantDays,
        Self::DormantAutoDeactivate,
        Self::AuditRetentionDays,
        Self::AdminAllow,
    ];

    /// The name of the field, which is also the setting's own.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignupEnabled => "signup.enabled",
            Self::SignupReasonRequired => "signup.reason_required",
            Self::SignupVerifyEmail => "signup.verify_email",
            Self::SignupAllowedDomains => "signup.allowed_domains",
            Self::SignupBlockedDomains => "signup.blocked_domains",
            Self::SignupAutoApprovedDomains => "signup.auto_approved_domains",
            Self::SignupOpenPerAddress => "signup.open_per_address",
            Self::SignupMaxPending => "signup.max_pending",
            Self::SignupExpireDays => "signup.expire_days",
            Self::SignupKeepDecidedDays => "signup.keep_decided_days",
            Self::SignupNotify => "signup.notify",
            Self::PasswordMinLength => "password.min_length",
            Self::PasswordClasses => "password.classes",
            Self::PasswordScore => "password.score",
            Self::PasswordPersonal => "password.personal",
            Self::PasswordCommon => "password.common",
            Self::PasswordHistory => "password.history",
            Self::PasswordRotationDays => "password.rotation_days",
            Self::PasswordMustChangeAfterReset => "password.must_change_after_reset",
            Self::SessionsIdleMinutes => "sessions.idle_minutes",
            Self::SessionsAbsoluteHours => "sessions.absolute_hours",
            Self::SessionsAbsoluteSuperuserHours => "sessions.absolute_superuser_hours",
            Self::DormantDays => "dormant.days",
            Self::DormantAutoDeactivate => "dormant.auto_deactivate",
            Self::AuditRetentionDays => "audit.retention_days",
            Self::AdminAllow => "admin.allow",
        }
    }

    /// The card it stands in.
    pub(crate) const fn card(self) -> Card {
        match self {
            Self::SignupEnabled
            | Self::SignupReasonRequired
            | Self::SignupVerifyEmail
            | Self::SignupAllowedDomains
            | Self::SignupBlockedDomains
            | Self::SignupAutoApprovedDomains
            | Self::SignupOpenPerAddress
            | Self::SignupMaxPending
            | Self::SignupExpireDays
            | Self::SignupKeepDecidedDays
            | Self::SignupNotify => Card::Signup,
            Self::PasswordMinLength
            | Self::PasswordClasses
            | Self::PasswordScore
            | Self::PasswordPersonal
            | Self::PasswordCommon
            | Self::PasswordHistory
            | Self::PasswordRotationDays
            | Self::PasswordMustChangeAfterReset => Card::Password,
            Self::SessionsIdleMinutes
            | Self::SessionsAbsoluteHours
            | Self::SessionsAbsoluteSuperuserHours => Card::Sessions,
            Self::DormantDays | Self::DormantAutoDeactivate => Card::Dormant,
            Self::AuditRetentionDays => Card::Audit,
            Self::AdminAllow => Card::Admin,
        }
    }

    /// The id of its field.
    pub(super) fn id(self) -> String {
        self.name().replace(['.', '_'], "-")
    }
}

/// Settings that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Card {
    Signup,
    Password,
    Sessions,
    Dormant,
    Audit,
    Admin,
}

impl Card {
    pub(super) const ALL: [Self; 6] =
        [Self::Signup, Self::Password, Self::Sessions, Self::Dormant, Self::Audit, Self::Admin];

    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Signup => "signup",
            Self::Password => "password",
            Self::Sessions => "sessions",
            Self::Dormant => "dormant",
            Self::Audit => "audit",
            Self::Admin => "admin",
        }
    }
}
