use super::forms::RULES;
use super::{HOSTILE, LONG, Set};
use crate::Problem;
use crate::admin::one_time::{self, OneTime};
use crate::recovery::{self, Forgot, Reset};

pub(super) fn add(set: &mut Set) {
    let asked = |email: &str, problems| Forgot {
        frame: set.frame(),
        email: email.to_owned(),
        problems,
        sso: email.is_empty(),
    };
    let (blank, wrong) = (asked("", vec![]), asked(HOSTILE, vec![Problem::EmailInvalid]));
    set.page("forgot", recovery::forgot(&blank));
    set.page("forgot-errors", recovery::forgot(&wrong));
    set.page("forgot-sent", recovery::sent(&set.frame()));
    set.page("reset-void", recovery::void(&set.frame()));
    let form = |username: &str, problems| Reset {
        frame: set.frame(),
        token: "k3yq0u-8s1".to_owned(),
        username: username.to_owned(),
        email: "lucas@ferreira-consulting.example".to_owned(),
        display_name: "Lucas Ferreira".to_owned(),
        password_rules: RULES.into(),
        problems,
    };
    let (fresh, wrong) =
        (form("lucas.ferreira", vec![]), form(LONG, vec![Problem::PasswordReused { last: 3 }]));
    set.page("reset", recovery::reset(&fresh));
    set.page("reset-errors", recovery::reset(&wrong));
    let shown = |username: &str, display_name: &str| OneTime {
        admin: set.admin(),
        id: "0192f0c1-0000-7000-8000-000000001270".to_owned(),
        number: 1270,
        username: username.to_owned(),
        display_name: display_name.to_owned(),
        password: "wq3nd-7hkxt-m2pze-9cfyu".to_owned(),
        until: set.at(11, 22, 13, 58),
    };
    let (plain, hostile) = (shown("lucas.ferreira", "Lucas Ferreira"), shown(LONG, HOSTILE));
    set.page("user-one-time", one_time::page(&plain));
    set.page("user-one-time-hostile", one_time::page(&hostile));
}
