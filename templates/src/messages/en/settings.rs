use maud::html;

use super::some;
use crate::admin::settings::Key;
use crate::admin::{Card, dormant::Verdict};
use crate::messages::{Dormant, Password, Settings};
use crate::when::count;

pub(super) const SETTINGS: Settings = Settings {
    lead: "What holds for everybody. Keys set in the configuration file are read-only here.",
    sections: "Settings sections",
    cards: |card| match card {
        Card::Signup => "Sign-up",
        Card::Password => "Password policy",
        Card::Sessions => "Sessions",
        Card::Dormant => "Dormant accounts",
        Card::Audit => "Audit log",
        Card::Admin => "Admin access",
    },
    keys: |key| match key {
        Key::SignupEnabled => {
            ("Allow sign-up", "Shows the Sign up link on the login page. New accounts wait for approval.")
        }
        Key::SignupReasonRequired => (
            "Require a reason",
            "Applicants have to say why they need an account. Otherwise they may leave it empty.",
        ),
        Key::SignupVerifyEmail => (
            "Confirm addresses",
            "Applicants are mailed a link. Their application reaches the queue once they have confirmed the address.",
        ),
        Key::SignupAllowedDomains => (
            "Allowed domains",
            "Only addresses of these domains can sign up. One per line: example.com is that domain alone, .example.com every one below it. Empty allows any.",
        ),
        Key::SignupBlockedDomains => (
            "Blocked domains",
            "Addresses of these domains cannot sign up, allowed or not. One per line, as above.",
        ),
        Key::SignupAutoApprovedDomains => (
            "Domains approved automatically",
            "Whoever confirms an address of these domains gets a standard account without any role at once. Has no effect while addresses are not confirmed.",
        ),
        Key::SignupOpenPerAddress => (
            "Waiting applications per IP address",
            "Further ones are refused until some are decided. An IPv6 network of /64 counts as one address. 0 allows any number.",
        ),
        Key::SignupMaxPending => ("Waiting applications in all", "Sign-up is closed while so many wait."),
        Key::SignupExpireDays => (
            "Close undecided applications after",
            "The applicant is told and may apply again. 0 never closes them.",
        ),
        Key::SignupKeepDecidedDays => {
            ("Keep decided applications for", "The audit log is not affected. 0 keeps them for ever.")
        }
        Key::SignupNotify => (
            "Tell approvers of new applications",
            "By mail to everybody who may approve, one mail for all that came since the last.",
        ),
        Key::PasswordMinLength => (
            "Minimum length",
            "Longer is better than more complex. 15 or more is recommended for a password alone.",
        ),
        Key::PasswordClasses => {
            ("Character classes required", "Of lower case, upper case, digits and symbols.")
        }
        Key::PasswordScore => (
            "Hard to guess",
            "Estimates how long guessing would take, keyboard patterns, names and dates included.",
        ),
        Key::PasswordPersonal => (
            "Reject names and addresses",
            "A password may not contain the person’s username, email or display name.",
        ),
        Key::PasswordCommon => (
            "Reject commonly used passwords",
            "Checks a list that ships with narthex. Nothing leaves this server.",
        ),
        Key::PasswordHistory => {
            ("Remember previous passwords", "Users cannot choose one of these again. 0 remembers none.")
        }
        Key::PasswordRotationDays => (
            "Rotation period",
            "0 turns rotation off. It is off by default because current guidance (NIST SP 800-63B) advises against it: whoever has to change passwords on a schedule chooses weaker ones.",
        ),
        Key::PasswordMustChangeAfterReset => (
            "Change after a reset",
            "A password that an administrator set has to be changed at the next sign-in.",
        ),
        Key::SessionsIdleMinutes => ("Sign out after inactivity", "Counted from the last request."),
        Key::SessionsAbsoluteHours => ("Sign out at the latest after", "Even when the user stays active."),
        Key::SessionsAbsoluteSuperuserHours => {
            ("Sign superusers out at the latest after", "No longer than everybody else.")
        }
        Key::DormantDays => (
            "Count an account as dormant after",
            "Since the last sign-in, or since registration if there was none.",
        ),
        Key::DormantAutoDeactivate => (
            "Deactivate dormant accounts automatically",
            "Otherwise somebody decides on each under Dormant Accounts. Superusers are never deactivated by themselves.",
        ),
        Key::AuditRetentionDays => ("Keep entries for", "0 keeps them for ever."),
        Key::AdminAllow => (
            "Networks",
            "The admin section opens from these networks only, one a line, such as 10.0.0.0/8. Empty means from anywhere. The address you come from now must stay inside.",
        ),
    },
    unit,
    measured: |key, value| match (key, value) {
        (Key::PasswordRotationDays, "0") => "Off".to_owned(),
        (Key::PasswordHistory, "0") => "None".to_owned(),
        (Key::SignupExpireDays, "0") => "Never".to_owned(),
        (Key::SignupOpenPerAddress, "0") => "Any number".to_owned(),
        (Key::AuditRetentionDays | Key::SignupKeepDecidedDays, "0") => "For ever".to_owned(),
        (_, "1") => format!("1 {}", unit(key).trim_end_matches('s')),
        _ => format!("{value} {}", unit(key)),
    },
    option: |key, value| match (key, value) {
        (Key::PasswordClasses, 0) => "None".to_owned(),
        (Key::PasswordClasses, 4) => "All 4".to_owned(),
        (Key::PasswordClasses, n) => format!("{n} of 4"),
        (Key::PasswordScore, 0) => "Not checked".to_owned(),
        (Key::PasswordScore, 1) => "At least weak".to_owned(),
        (Key::PasswordScore, 2) => "At least fair".to_owned(),
        (Key::PasswordScore, 3) => "At least good".to_owned(),
        (Key::PasswordScore, 4) => "Strong".to_owned(),
        (_, n) => n.to_string(),
    },
    choice: |key, word| match (key, word) {
        (Key::SignupNotify, "off") => "Never",
        (Key::SignupNotify, "at_once") => "At once, at most every 5 minutes",
        (Key::SignupNotify, "hourly") => "At most once an hour",
        (Key::SignupNotify, "daily") => "At most once a day",
        (_, word) => word,
    },
    range: |min, max| format!("From {min} to {max}."),
    on: "On",
    off: "Off",
    empty: "Nothing set",
    default: |value| format!("Default: {value}."),
    fixed: |key| html! { "Set in " code { "narthex.toml" } " as " code { (key) } ". Restart to change." },
    changed: |by, at| html! { "Changed by " (by) ", " (at) },
    written: "Changes are written to the audit log.",
    save: "Save settings",
    looking: "You can look at the settings but not change them.",
    conflict_title: |by| match by {
        Some(by) => format!("{by} changed settings while you were editing"),
        None => "Somebody changed settings while you were editing".to_owned(),
    },
    conflict: "Nothing of yours was saved. Your values are still in the form below: check them and save again.",
    out_of_range: |min, max| format!("Enter a whole number from {min} to {max}"),
    no_such_choice: "Choose one of the values of the list",
    idle_beyond_absolute: "Sessions end before this: enter less than the latest time",
    superuser_beyond_absolute: "Enter no more than the hours for everybody",
    not_a_network: |line| {
        format!("“{line}” is not a network or address, such as 10.0.0.0/8 or 2001:db8::/32")
    },
    not_a_domain: |line| format!("“{line}” is not a domain, such as example.com or .example.com"),
    shuts_you_out: |address| {
        format!("You come from {address}, which is outside these networks. You would shut yourself out.")
    },
    too_long: |max| format!("Enter at most {max} characters"),
};

const fn unit(key: Key) -> &'static str {
    match key {
        Key::PasswordMinLength => "characters",
        Key::PasswordHistory => "passwords",
        Key::SignupOpenPerAddress | Key::SignupMaxPending => "applications",
        Key::SessionsIdleMinutes => "minutes",
        Key::SessionsAbsoluteHours | Key::SessionsAbsoluteSuperuserHours => "hours",
        Key::SignupExpireDays
        | Key::SignupKeepDecidedDays
        | Key::PasswordRotationDays
        | Key::DormantDays
        | Key::AuditRetentionDays => "days",
        _ => "",
    }
}

pub(super) const DORMANT: Dormant = Dormant {
    lead: |days| format!("Active accounts without a sign-in for more than {}.", some(days, "day", "days")),
    due: |at| html! { "Quarterly review: due " (at) },
    overdue: |at| html! { "Quarterly review: was due " (at) },
    to_decide: |n| format!("{} to decide on.", some(n, "account", "accounts")),
    last: |at, by, deactivated, kept| {
        html! {
            "Last review: " (at) @if let Some(by) = by { " by " (by) } ", "
            (count(deactivated)) " deactivated, " (count(kept)) " kept."
        }
    },
    never_reviewed: "There has been no review yet.",
    automatic: |days| {
        format!(
            "Automatic deactivation is on: an account is deactivated after {} without a sign-in, and not before its owner was warned by email. Superusers are left to people. Keep exempts it until the next review.",
            some(days, "day", "days")
        )
    },
    title: "To review",
    caption: "Dormant accounts, longest first",
    select_all: "Select all accounts on this page",
    keep_selected: "Keep selected",
    deactivate_selected: "Deactivate selected",
    keep: "Keep",
    deactivate: "Deactivate",
    dormant_for: "Dormant for",
    days: |n| some(n, "day", "days"),
    never: |at| html! { "Never, registered " (at) },
    roles: "Roles",
    none: "None",
    count: |n| some(n, "account", "accounts"),
    empty_title: "No dormant accounts",
    empty: |days| {
        format!(
            "Everybody with an active account has signed in within {}, or was kept in this review.",
            some(days, "day", "days")
        )
    },
    question: |verdict, n| format!("{}?", answer(verdict, n)),
    answer,
    consequence: |verdict| match verdict {
        Verdict::Keep => "They stay active and are not listed again before the next review.",
        Verdict::Deactivate => "They cannot sign in until you reactivate them. Their data is kept.",
    },
    last_login: |at| match at {
        Some(at) => html! { "last login " (at) },
        None => html! { "never signed in" },
    },
    tell: "Tell them by email how to regain access",
    sessions: |n| some(n, "session ends", "sessions end"),
};

fn answer(verdict: Verdict, n: usize) -> String {
    let accounts = some(n as u64, "account", "accounts");
    match verdict {
        Verdict::Keep => format!("Keep {accounts}"),
        Verdict::Deactivate => format!("Deactivate {accounts}"),
    }
}

pub(super) const PASSWORD: Password = Password {
    title: "Change password",
    must_title: "Choose a new password before you go on",
    set_by_administrator: "An administrator set your present password. Only you should know the next one.",
    too_old: |days| {
        format!(
            "Your present password is older than {}, which is as old as one may be here.",
            some(days, "day", "days")
        )
    },
    current: "Present password",
    new: "New password",
    lead: "Changing it signs you out everywhere else.",
    save: "Change password",
    not_now: "Cancel",
    changed_title: "Your password was changed",
    changed: "You were signed out everywhere else.",
};
