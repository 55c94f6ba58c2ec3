mod admin;
mod applications;
mod common;
mod details;
mod edit;
mod gate;
mod letters;
mod linking;
mod mail;
mod providers;
mod recovery;
mod roles;
mod sessions;
mod settings;
mod status;

use super::Words;

pub(super) static WORDS: Words = Words {
    common: common::COMMON,
    problems: common::PROBLEMS,
    login: gate::LOGIN,
    onward: gate::ONWARD,
    sso: gate::SSO,
    signup: gate::SIGNUP,
    verify: applications::VERIFY,
    withdraw: applications::WITHDRAW,
    setup: gate::SETUP,
    account: status::ACCOUNT,
    errors: status::ERRORS,
    users: admin::USERS,
    applications: applications::APPLICATIONS,
    flashes: admin::FLASHES,
    edit: edit::EDIT,
    delete: edit::DELETE,
    refusals: edit::REFUSALS,
    sessions: sessions::SESSIONS,
    audit: admin::AUDIT,
    settings: settings::SETTINGS,
    dormant: settings::DORMANT,
    password: settings::PASSWORD,
    recovery: recovery::RECOVERY,
    strength: recovery::STRENGTH,
    one_time: recovery::ONE_TIME,
    rights: roles::RIGHTS,
    matrix: roles::MATRIX,
    role: roles::ROLE,
    inspect: roles::INSPECT,
    letters: letters::LETTERS,
    linking: linking::LINKING,
    mail: mail::MAIL,
    providers: providers::PROVIDERS,
};

/// `1 session`, `2 sessions`
fn some(n: u64, one: &str, many: &str) -> String {
    let digits = crate::when::count(n);
    format!("{digits} {}", if n == 1 { one } else { many })
}
