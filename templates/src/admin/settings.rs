//! `/admin/settings`

use maud::{Markup, html};

use super::Flash;
use crate::layout::{Admin, Entry};
use crate::{AdminFrame, When};

/// What administrators decide. One form that posts every line under [`Key::name`] (a switch as `1`, or not
/// at all) and `version` to `/admin/settings`. A line that the configuration fixes is not sent.
pub struct Settings {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What happened before.
    pub flash: Option<Flash>,
    /// Whether the viewer may change settings; otherwise they are only shown.
    pub editable: bool,
    /// The hidden field `version`.
    pub version: String,
    /// Somebody else saved settings meanwhile; shown with 409.
    pub conflict: Option<Conflict>,
    /// The settings, in any order; each stands in the card of its key.
    pub lines: Vec<Line>,
}

/// Two people changed settings.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Who was faster, when it is known.
    pub by: Option<String>,
}

/// One setting.
#[derive(Clone, Debug)]
pub struct Line {
    /// Which.
    pub key: Key,
    /// What it is: as stored at first, as typed after a problem.
    pub value: Value,
    /// The key of the configuration file that fixes it.
    pub fixed_by: Option<String>,
    /// What is wrong with it; shown with 422.
    pub problem: Option<Problem>,
    /// Who changed it last, and when.
    pub changed: Option<(String, When)>,
}

/// What a setting holds and how it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// On or off.
    Switch(bool),
    /// A whole number, in the unit of its key.
    Number {
        /// As stored or typed.
        value: String,
        /// The least that is accepted.
        min: u64,
        /// The most that is accepted.
        max: u64,
    },
    /// One of several numbers, which the key gives words to.
    Choice {
        /// Which.
        value: u8,
        /// All of them.
        options: Vec<u8>,
    },
    /// A line of text.
    Text(String),
    /// Several lines of text.
    Lines(String),
}

/// A setting's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Whether strangers may apply for an account: a switch.
    SignupEnabled,
    /// Whether they have to say why: a switch.
    SignupReasonRequired,
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
    pub const ALL: [Self; 17] = [
        Self::SignupEnabled,
        Self::SignupReasonRequired,
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
}

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Not a whole number between the two that are accepted.
    OutOfRange {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// Not one of the choices.
    NoSuchChoice,
    /// Sessions would idle for longer than they last.
    IdleBeyondAbsolute,
    /// Superusers' sessions would last longer than everybody's.
    SuperuserBeyondAbsolute,
    /// Not a network.
    NotANetwork {
        /// The line as it was typed.
        line: String,
    },
    /// The viewer's own address would be outside.
    ShutsYouOut {
        /// The address they come from now.
        address: String,
    },
    /// More text than is accepted.
    TooLong {
        /// How many characters are.
        max: u64,
    },
}

/// Draws the page.
pub fn page(view: &Settings) -> Markup {
    let all = view.admin.frame.lang.words();
    let title = all.common.settings;
    Admin {
        admin: &view.admin,
        title,
        error: view.conflict.is_some() || view.lines.iter().any(|line| line.problem.is_some()),
        entry: Entry::Settings,
        narrow: true,
        main: html! { h1 { (title) } },
        dialog: None,
    }
    .draw()
}
