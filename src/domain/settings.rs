//! What administrators may change while the gateway runs: every setting with its bounds and its default.
use std::{fmt, time::Duration};

use ipnet::IpNet;

use super::{application::Domains, password::PasswordPolicy, session::Lifetimes, user::Email};

mod fixed;
mod key;

pub use fixed::Fixed;
pub use key::{Key, Kind};

/// Every setting, in force together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether strangers may apply.
    pub signup: bool,
    /// Whether they must say why.
    pub reason_required: bool,
    /// Whether an application counts only once the applicant has shown that they read the address.
    pub verify_email: bool,
    /// Addresses of these may apply; empty means any.
    pub allowed_domains: Vec<Domains>,
    /// Addresses of these may not.
    pub blocked_domains: Vec<Domains>,
    /// Whoever has shown that they read an address of these is let in by narthex itself.
    pub auto_approved_domains: Vec<Domains>,
    /// How many applications from one address may wait; 0 for any number.
    pub open_per_address: u32,
    /// How many applications may wait in all.
    pub max_pending: u32,
    /// Days after which an application that nobody decided on is closed; 0 for never.
    pub expire_days: u32,
    /// Days that decided applications are kept; 0 for ever.
    pub keep_decided_days: u32,
    /// When those who decide are told of new applications.
    pub notify: Notify,
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
            verify_email: false,
            allowed_domains: vec![],
            blocked_domains: vec![],
            auto_approved_domains: vec![],
            open_per_address: 20,
            max_pending: 1000,
            expire_days: 90,
            keep_decided_days: 365,
            notify: Notify::AtOnce,
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

/// When those who decide are told of new applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notify {
    /// Never.
    Off,
    /// Within seconds, but not again for some minutes.
    AtOnce,
    /// At most once an hour.
    Hourly,
    /// At most once a day.
    Daily,
}

impl Notify {
    const ALL: [Self; 4] = [Self::Off, Self::AtOnce, Self::Hourly, Self::Daily];
    const WORDS: [&str; 4] = ["off", "at_once", "hourly", "daily"];

    /// At least so long after the last time; `None` where nobody is told.
    pub const fn pause(self) -> Option<Duration> {
        match self {
            Self::Off => None,
            Self::AtOnce => Some(Duration::from_secs(5 * MINUTE)),
            Self::Hourly => Some(Duration::from_secs(HOUR)),
            Self::Daily => Some(Duration::from_secs(24 * HOUR)),
        }
    }
}

/// Why a text is no value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// No whole number between these.
    Number(u32, u32),
    /// Neither `on` nor `off`.
    Switch,
    /// Not one of the words that it takes.
    Choice,
    /// This is no network.
    Network(String),
    /// This is no domain.
    Domain(String),
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(least, most) => write!(f, "must be a whole number from {least} to {most}"),
            Self::Switch => f.write_str("must be on or off"),
            Self::Choice => f.write_str("must be one of the words that it takes"),
            Self::Domain(text) => write!(f, "`{text}` is no domain such as example.com or .example.com"),
            Self::Network(text) => write!(f, "`{text}` is no network such as 10.0.0.0/8"),
        }
    }
}

impl Settings {
    /// What is in force where nobody has changed anything: with mail that reaches people, addresses are verified.
    pub fn defaults(fixed: &Fixed) -> Self {
        Self { verify_email: fixed.mail_is_sent, ..Self::default() }
    }

    /// Whether addresses of this domain may apply.
    pub fn takes(&self, email: &Email) -> bool {
        let among = |domains: &[Domains]| domains.iter().any(|domains| domains.hold(email));
        (self.allowed_domains.is_empty() || among(&self.allowed_domains)) && !among(&self.blocked_domains)
    }

    /// Whether whoever reads this address is let in by narthex itself.
    pub fn approves(&self, email: &Email) -> bool {
        self.verify_email && self.auto_approved_domains.iter().any(|domains| domains.hold(email))
    }

    /// A setting as it is written in the form: `on` or `off`, a number, a word, networks or domains a line each.
    pub fn get(&self, key: Key) -> String {
        let switch = |on: bool| if on { "on" } else { "off" }.to_owned();
        let in_units = |time: Duration, unit: u64| time.as_secs().div_ceil(unit).to_string();
        match key {
            Key::Signup => switch(self.signup),
            Key::ReasonRequired => switch(self.reason_required),
            Key::VerifyEmail => switch(self.verify_email),
            Key::AllowedDomains => lines(&self.allowed_domains),
            Key::BlockedDomains => lines(&self.blocked_domains),
            Key::AutoApprovedDomains => lines(&self.auto_approved_domains),
            Key::OpenPerAddress => self.open_per_address.to_string(),
            Key::MaxPending => self.max_pending.to_string(),
            Key::ExpireDays => self.expire_days.to_string(),
            Key::KeepDecidedDays => self.keep_decided_days.to_string(),
            Key::Notify => Notify::WORDS[self.notify as usize].to_owned(),
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
            Key::AdminAllow => lines(&self.admin_allow),
        }
    }

    /// Reads what [`Self::get`] writes.
    ///
    /// # Errors
    /// When the text is none that the setting takes; nothing is changed then.
    pub fn set(&mut self, key: Key, text: &str) -> Result<(), Invalid> {
        let (least, most) = match key.kind() {
            Kind::Number(least, most) => (least, most),
            _ => (0, 0),
        };
        let number = || {
            let number = text.trim().parse::<u32>().ok().filter(|number| (least..=most).contains(number));
            number.ok_or(Invalid::Number(least, most))
        };
        let units = |unit: u64| number().map(|number| Duration::from_secs(u64::from(number) * unit));
        match key {
            Key::Signup => self.signup = switch(text)?,
            Key::ReasonRequired => self.reason_required = switch(text)?,
            Key::VerifyEmail => self.verify_email = switch(text)?,
            Key::AllowedDomains => self.allowed_domains = domains(text)?,
            Key::BlockedDomains => self.blocked_domains = domains(text)?,
            Key::AutoApprovedDomains => self.auto_approved_domains = domains(text)?,
            Key::OpenPerAddress => self.open_per_address = number()?,
            Key::MaxPending => self.max_pending = number()?,
            Key::ExpireDays => self.expire_days = number()?,
            Key::KeepDecidedDays => self.keep_decided_days = number()?,
            Key::Notify => {
                let place = Notify::WORDS.iter().position(|word| *word == text);
                self.notify = place.map(|place| Notify::ALL[place]).ok_or(Invalid::Choice)?;
            }
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
        let mut settings = Self::defaults(fixed);
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

fn lines<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// What stands in a line each, or with commas.
fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', ',']).map(str::trim).filter(|item| !item.is_empty())
}

fn domains(text: &str) -> Result<Vec<Domains>, Invalid> {
    items(text).map(|item| Domains::parse(item).ok_or_else(|| Invalid::Domain(item.to_owned()))).collect()
}

/// Networks or single addresses.
fn networks(text: &str) -> Result<Vec<IpNet>, Invalid> {
    let network = |item: &str| {
        let network =
            item.parse().ok().or_else(|| item.parse().ok().map(|address: std::net::IpAddr| address.into()));
        network.map(|network: IpNet| network.trunc()).ok_or_else(|| Invalid::Network(item.to_owned()))
    };
    items(text).map(network).collect()
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
            let now = defaults.get(*key);
            let other = match key.kind() {
                Kind::Number(least, most) => if now == least.to_string() { most } else { least }.to_string(),
                Kind::Switch => if now == "on" { "off" } else { "on" }.to_owned(),
                Kind::Choice(words) => words.iter().find(|word| **word != now).unwrap().to_string(),
                Kind::Networks => "10.0.0.0/8\n2001:db8::/32".to_owned(),
                Kind::Domains => "example.com\n.example.org".to_owned(),
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
            (Key::BlockedDomains, "example.com, somewhere"),
            (Key::Notify, "sometimes"),
            (Key::MaxPending, "0"),
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
        let sent = Fixed { mail_is_sent: true, ..Fixed::default() };
        assert!(Settings::resolve([].into_iter(), &sent).verify_email);
        assert!(!Settings::resolve([("signup.verify_email", "off")].into_iter(), &sent).verify_email);
        let fixed = Fixed { verify_email: Some(false), ..sent };
        assert!(!Settings::resolve([("signup.verify_email", "on")].into_iter(), &fixed).verify_email);
    }
}
