//! The names of settings, and what each of them takes.
use super::{HOUR, Notify};
use crate::domain::session::LONGEST;

macro_rules! keys {
    ($($variant:ident => $name:literal),+ $(,)?) => {
        /// The name of one setting.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the names say it")]
        pub enum Key { $($variant),+ }

        impl Key {
            /// Every setting, in the order of the page.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in forms, in the database and in the audit log.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}
keys! {
    Signup => "signup.enabled",
    ReasonRequired => "signup.reason_required",
    VerifyEmail => "signup.verify_email",
    AllowedDomains => "signup.allowed_domains",
    BlockedDomains => "signup.blocked_domains",
    AutoApprovedDomains => "signup.auto_approved_domains",
    OpenPerAddress => "signup.open_per_address",
    MaxPending => "signup.max_pending",
    ExpireDays => "signup.expire_days",
    KeepDecidedDays => "signup.keep_decided_days",
    Notify => "signup.notify",
    MinLength => "password.min_length",
    Classes => "password.classes",
    Score => "password.score",
    Personal => "password.personal",
    Common => "password.common",
    History => "password.history",
    RotationDays => "password.rotation_days",
    MustChange => "password.must_change_after_reset",
    Idle => "sessions.idle_minutes",
    Absolute => "sessions.absolute_hours",
    AbsoluteSuperuser => "sessions.absolute_superuser_hours",
    DormantDays => "dormant.days",
    DormantAuto => "dormant.auto_deactivate",
    RetentionDays => "audit.retention_days",
    AdminAllow => "admin.allow",
}

impl Key {
    /// Reads [`Self::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.name() == name)
    }

    /// The key of the config file that fixes it, where there is one.
    pub const fn config_key(self) -> Option<&'static str> {
        Some(match self {
            Self::Signup => "signup.enabled",
            Self::ReasonRequired => "signup.reason_required",
            Self::VerifyEmail => "signup.verify_email",
            Self::OpenPerAddress => "signup.open_per_address",
            Self::MaxPending => "signup.max_pending",
            Self::MinLength => "password.min_length",
            Self::Idle => "sessions.idle",
            Self::Absolute => "sessions.absolute",
            Self::AbsoluteSuperuser => "sessions.absolute_superuser",
            Self::AdminAllow => "admin.allow",
            _ => return None,
        })
    }

    /// Whether only a superuser may change it: who reaches the admin section, who comes in without anybody who
    /// decides, what becomes of superusers' accounts, and how long it can be told who did what.
    pub const fn is_for_superusers(self) -> bool {
        matches!(self, Self::AutoApprovedDomains | Self::DormantAuto | Self::RetentionDays | Self::AdminAllow)
    }

    /// What it takes.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Signup
            | Self::ReasonRequired
            | Self::VerifyEmail
            | Self::Personal
            | Self::Common
            | Self::MustChange
            | Self::DormantAuto => Kind::Switch,
            Self::AllowedDomains | Self::BlockedDomains | Self::AutoApprovedDomains => Kind::Domains,
            Self::AdminAllow => Kind::Networks,
            Self::Notify => Kind::Choice(&Notify::WORDS),
            Self::OpenPerAddress => Kind::Number(0, 100_000),
            Self::MaxPending => Kind::Number(1, 1_000_000),
            Self::ExpireDays | Self::KeepDecidedDays | Self::RotationDays => Kind::Number(0, 3650),
            Self::MinLength => Kind::Number(8, 64),
            Self::Classes | Self::Score => Kind::Number(0, 4),
            Self::History => Kind::Number(0, 10),
            Self::Idle => Kind::Number(1, 7 * 24 * 60),
            Self::Absolute | Self::AbsoluteSuperuser => Kind::Number(1, (LONGEST.as_secs() / HOUR) as u32),
            Self::DormantDays => Kind::Number(1, 3650),
            Self::RetentionDays => Kind::Number(0, 36_500),
        }
    }
}

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `on` or `off`.
    Switch,
    /// A whole number from the first to the second.
    Number(u32, u32),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Networks, a line each.
    Networks,
    /// Domains of email addresses, a line each.
    Domains,
}
