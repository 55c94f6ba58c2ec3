//! What the config file says of settings.
use std::time::Duration;

use ipnet::IpNet;

use super::{Key, Settings};

/// What the config file says of settings; administrators cannot change that.
#[derive(Clone, Debug, Default)]
pub struct Fixed {
    /// `signup.enabled`
    pub signup: Option<bool>,
    /// `signup.reason_required`
    pub reason_required: Option<bool>,
    /// `signup.verify_email`
    pub verify_email: Option<bool>,
    /// `signup.open_per_address`
    pub open_per_address: Option<u32>,
    /// `signup.max_pending`
    pub max_pending: Option<u32>,
    /// Not a key: whether mail reaches people, so that addresses are verified unless somebody says otherwise.
    pub mail_is_sent: bool,
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
            Key::VerifyEmail => self.verify_email.is_some(),
            Key::OpenPerAddress => self.open_per_address.is_some(),
            Key::MaxPending => self.max_pending.is_some(),
            Key::MinLength => self.min_length.is_some(),
            Key::Idle => self.idle.is_some(),
            Key::Absolute => self.absolute.is_some(),
            Key::AbsoluteSuperuser => self.absolute_superuser.is_some(),
            Key::AdminAllow => self.admin_allow.is_some(),
            _ => false,
        }
    }

    /// Lays them over what administrators have changed.
    pub(super) fn apply(&self, settings: &mut Settings) {
        fn over<T: Clone>(place: &mut T, fixed: Option<&T>) {
            if let Some(value) = fixed {
                place.clone_from(value);
            }
        }
        over(&mut settings.signup, self.signup.as_ref());
        over(&mut settings.reason_required, self.reason_required.as_ref());
        over(&mut settings.verify_email, self.verify_email.as_ref());
        over(&mut settings.open_per_address, self.open_per_address.as_ref());
        over(&mut settings.max_pending, self.max_pending.as_ref());
        over(&mut settings.password.min_length, self.min_length.as_ref());
        over(&mut settings.lifetimes.idle, self.idle.as_ref());
        over(&mut settings.lifetimes.standard, self.absolute.as_ref());
        over(&mut settings.lifetimes.superuser, self.absolute_superuser.as_ref());
        over(&mut settings.admin_allow, self.admin_allow.as_ref());
    }
}
