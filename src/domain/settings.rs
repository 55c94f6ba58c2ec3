//! What administrators may change while the gateway runs: every setting with its bounds and its default.
use std::{fmt, time::Duration};

use ipnet::IpNet;

use super::{
    password::PasswordPolicy,
    session::{LONGEST, Lifetimes},
};

/// Every setting, in force together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether strangers may apply.
    pub signup: bool,
    /// Whether they must say why.
    pub reason_required: bool,
    /// What a new password must be like, and how long it lasts.
    pub password: PasswordPolicy,
    /// Whether a password that an administrator sets must be changed at the next sign-in, unless the
    /// administrator says otherwise.
    pub must_change_after_reset: bool,
    /// How long sessions last.
    pub lifetimes: Lifetimes,
    /// Days without a sign-in after which an account is dormant.
    pub dormant_days: u32,
    /// Whether dormant accounts are deactivated by themselves.
    pub dormant_auto: bool,
    /// Days that audit events are kept; 0 for ever.
    pub retention_days: u32,
    /// Networks that may see `/admin`; empty means any.
    pub admin_allow: Vec<IpNet>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            signup: true,
            reason_required: false,
            password: PasswordPolicy::default(),
            must_change_after_reset: true,
            lifetimes: Lifetimes::default(),
            dormant_days: 90,
            dormant_auto: false,
            retention_days: 0,
            admin_allow: vec![],
        }
    }
}

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
            Self::MinLength => "password.min_length",
            Self::Idle => "sessions.idle",
            Self::Absolute => "sessions.absolute",
            Self::AbsoluteSuperuser => "sessions.absolute_superuser",
            Self::AdminAllow => "admin.allow",
            _ => return None,
        })
    }

    /// Whether only a superuser may change it: who reaches the admin section, what becomes of superusers'
    /// accounts, and how long it can be told who did what.
    pub const fn is_for_superusers(self) -> bool {
        matches!(self, Self::DormantAuto | Self::RetentionDays | Self::AdminAllow)
    }

    /// The smallest and the largest number that it takes, where it takes one.
    pub const fn bounds(self) -> Option<(u32, u32)> {
        Some(match self {
            Self::MinLength => (8, 64),
            Self::Classes | Self::Score => (0, 4),
            Self::History => (0, 10),
            Self::RotationDays => (0, 3650),
            Self::Idle => (1, 7 * 24 * 60),
            Self::Absolute | Self::AbsoluteSuperuser => (1, (LONGEST.as_secs() / HOUR) as u32),
            Self::DormantDays => (1, 3650),
            Self::RetentionDays => (0, 36_500),
            Self::Signup
            | Self::ReasonRequired
            | Self::Personal
            | Self::Common
            | Self::MustChange
            | Self::DormantAuto
            | Self::AdminAllow => return None,
        })
    }
}

/// Why a text is no value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// No whole number between these.
    Number(u32, u32),
    /// Neither `on` nor `off`.
    Switch,
    /// This is no network.
    Network(String),
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(least, most) => write!(f, "must be a whole number from {least} to {most}"),
            Self::Switch => f.write_str("must be on or off"),
            Self::Network(text) => write!(f, "`{text}` is no network such as 10.0.0.0/8"),
        }
    }
}

impl Settings {
    /// A setting as it is written in the form: `on` or `off`, a number, networks a line each.
    pub fn get(&self, key: Key) -> String {
        let switch = |on: bool| if on { "on" } else { "off" }.to_owned();
        let in_units = |time: Duration, unit: u64| time.as_secs().div_ceil(unit).to_string();
        match key {
            Key::Signup => switch(self.signup),
            Key::ReasonRequired => switch(self.reason_required),
            Key::MinLength => self.password.min_length.to_string(),
            Key::Classes => self.password.classes.to_string(),
            Key::Score => self.password.score.to_string(),
            Key::Personal => switch(self.password.personal),
            Key::Common => switch(self.password.common),
            Key::History => self.password.history.to_string(),
            Key::RotationDays => self.password.rotation_days.to_string(),
            Key::MustChange => switch(self.must_change_after_reset),
            Key::Idle => in_units(self.lifetimes.idle, MINUTE),
            Key::Absolute => in_units(self.lifetimes.standard, HOUR),
            Key::AbsoluteSuperuser => in_units(self.lifetimes.superuser, HOUR),
            Key::DormantDays => self.dormant_days.to_string(),
            Key::DormantAuto => switch(self.dormant_auto),
            Key::RetentionDays => self.retention_days.to_string(),
            Key::AdminAllow => {
                self.admin_allow.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// Reads what [`Self::get`] writes.
    ///
    /// # Errors
    /// When the text is none that the setting takes; nothing is changed then.
    pub fn set(&mut self, key: Key, text: &str) -> Result<(), Invalid> {
        let (least, most) = key.bounds().unwrap_or((0, 0));
        let number = || {
            let number = text.trim().parse::<u32>().ok().filter(|number| (least..=most).contains(number));
            number.ok_or(Invalid::Number(least, most))
        };
        let units = |unit: u64| number().map(|number| Duration::from_secs(u64::from(number) * unit));
        match key {
            Key::Signup => self.signup = switch(text)?,
            Key::ReasonRequired => self.reason_required = switch(text)?,
            Key::MinLength => self.password.min_length = number()? as usize,
            Key::Classes => self.password.classes = number()?,
            Key::Score => self.password.score = number()?,
            Key::Personal => self.password.personal = switch(text)?,
            Key::Common => self.password.common = switch(text)?,
            Key::History => self.password.history = number()?,
            Key::RotationDays => self.password.rotation_days = number()?,
            Key::MustChange => self.must_change_after_reset = switch(text)?,
            Key::Idle => self.lifetimes.idle = units(MINUTE)?,
            Key::Absolute => self.lifetimes.standard = units(HOUR)?,
            Key::AbsoluteSuperuser => self.lifetimes.superuser = units(HOUR)?,
            Key::DormantDays => self.dormant_days = number()?,
            Key::DormantAuto => self.dormant_auto = switch(text)?,
            Key::RetentionDays => self.retention_days = number()?,
            Key::AdminAllow => self.admin_allow = networks(text)?,
        }
        Ok(())
    }

    /// What is in force: the defaults, over them what administrators have changed, over that what the config
    /// file fixes. A kept value that can no longer be read counts as not kept.
    pub fn resolve<'a>(stored: impl Iterator<Item = (&'a str, &'a str)>, fixed: &Fixed) -> Self {
        let mut settings = Self::default();
        for (name, value) in stored {
            if let Some(key) = Key::parse(name) {
                let _else_the_default_stays = settings.set(key, value);
            }
        }
        fixed.apply(&mut settings);
        settings
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;

fn switch(text: &str) -> Result<bool, Invalid> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Invalid::Switch),
    }
}

/// Networks or single addresses, a line each or with commas.
fn networks(text: &str) -> Result<Vec<IpNet>, Invalid> {
    let items = text.split(['\n', ',']).map(str::trim).filter(|item| !item.is_empty());
    let network = |item: &str| {
        let network =
            item.parse().ok().or_else(|| item.parse().ok().map(|address: std::net::IpAddr| address.into()));
        network.map(|network: IpNet| network.trunc()).ok_or_else(|| Invalid::Network(item.to_owned()))
    };
    items.map(network).collect()
}

/// What the config file says of settings; administrators cannot change that.
#[derive(Clone, Debug, Default)]
pub struct Fixed {
    /// `signup.enabled`
    pub signup: Option<bool>,
    /// `signup.reason_required`
    pub reason_required: Option<bool>,
    /// `password.min_length`
    pub min_length: Option<usize>,
    /// `sessions.idle`
    pub idle: Option<Duration>,
    /// `sessions.absolute`
    pub absolute: Option<Duration>,
    /// `sessions.absolute_superuser`
    pub absolute_superuser: Option<Duration>,
    /// `admin.allow`
    pub admin_allow: Option<Vec<IpNet>>,
}

impl Fixed {
    /// Whether the config file says what this setting is.
    pub fn has(&self, key: Key) -> bool {
        match key {
            Key::Signup => self.signup.is_some(),
            Key::ReasonRequired => self.reason_required.is_some(),
            Key::MinLength => self.min_length.is_some(),
            Key::Idle => self.idle.is_some(),
            Key::Absolute => self.absolute.is_some(),
            Key::AbsoluteSuperuser => self.absolute_superuser.is_some(),
            Key::AdminAllow => self.admin_allow.is_some(),
            _ => false,
        }
    }

    fn apply(&self, settings: &mut Settings) {
        fn over<T: Clone>(place: &mut T, fixed: Option<&T>) {
            if let Some(value) = fixed {
                place.clone_from(value);
            }
        }
        over(&mut settings.signup, self.signup.as_ref());
        over(&mut settings.reason_required, self.reason_required.as_ref());
        over(&mut settings.password.min_length, self.min_length.as_ref());
        over(&mut settings.lifetimes.idle, self.idle.as_ref());
        over(&mut settings.lifetimes.standard, self.absolute.as_ref());
        over(&mut settings.lifetimes.superuser, self.absolute_superuser.as_ref());
        over(&mut settings.admin_allow, self.admin_allow.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_read_as_it_is_written() {
        let defaults = Settings::default();
        for key in Key::ALL {
            let mut settings = defaults.clone();
            settings.set(*key, &defaults.get(*key)).unwrap();
            assert_eq!(settings, defaults, "{}", key.name());
            assert_eq!(Key::parse(key.name()), Some(*key));
            let other = match (key.bounds(), defaults.get(*key).as_str()) {
                (Some((least, most)), now) => if now == least.to_string() { most } else { least }.to_string(),
                (None, "on") => "off".to_owned(),
                (None, "off") => "on".to_owned(),
                _ => "10.0.0.0/8\n2001:db8::/32".to_owned(),
            };
            settings.set(*key, &other).unwrap();
            assert_ne!(settings, defaults, "{}", key.name());
            assert_eq!(settings.get(*key), other, "{}", key.name());
        }
    }

    #[test]
    fn what_is_out_of_bounds_changes_nothing() {
        for (key, text) in [
            (Key::MinLength, "7"),
            (Key::MinLength, "65"),
            (Key::MinLength, "-1"),
            (Key::MinLength, ""),
            (Key::Idle, "0"),
            (Key::Signup, "yes"),
            (Key::AdminAllow, "10.0.0.0/8, everywhere"),
        ] {
            let mut settings = Settings::default();
            assert!(settings.set(key, text).is_err(), "{text}");
            assert_eq!(settings, Settings::default());
        }
    }

    #[test]
    fn the_file_wins_over_the_database_and_that_over_the_default() {
        let fixed = Fixed { min_length: Some(20), ..Fixed::default() };
        let stored = [
            ("password.min_length", "8"),
            ("dormant.days", "30"),
            ("dormant.days2", "1"),
            ("password.score", "9"),
        ];
        let settings = Settings::resolve(stored.into_iter(), &fixed);
        assert_eq!((settings.password.min_length, settings.dormant_days), (20, 30));
        assert_eq!(settings.password.score, Settings::default().password.score);
        assert!(fixed.has(Key::MinLength) && !fixed.has(Key::Idle));
    }
}
