use super::{HOSTILE, LONG, Set};
use crate::account::{self, Account, Done, Linkable};
use crate::linking::{self, Prove, What};
use crate::setup::{self, Outcome, Setup};
use crate::signup::{self, Closed, Received, Signup, Stage};
use crate::{Href, Identity, PasswordRule, Problem, Source, Tier, Unlink};

pub(super) const RULES: [PasswordRule; 3] =
    [PasswordRule::MinLength(15), PasswordRule::NotPersonal, PasswordRule::NotCommon];

pub(super) fn add(set: &mut Set) {
    signups(set);
    setups(set);
    accounts(set);
}

fn form(set: &Set) -> Signup {
    Signup {
        frame: set.frame(),
        values: signup::Values::default(),
        problems: vec![],
        password_rules: RULES.into(),
        reason_required: false,
        sso: true,
    }
}

fn signups(set: &mut Set) {
    set.page("signup", signup::page(&form(set)));
    let values = signup::Values {
        email: "maya.okafor@fieldnotes".to_owned(),
        display_name: "Maya Okafor".to_owned(),
        username: "maya okafor".to_owned(),
        reason: "Contract data analyst for the Q1 logistics project. Sponsor: Daniel Reyes.".to_owned(),
    };
    let problems =
        vec![Problem::EmailInvalid, Problem::UsernameCharacters, Problem::PasswordTooShort { min: 15 }];
    let domain = Problem::EmailDomain { domain: "fieldnotes.example".to_owned() };
    let refused = Signup { values: values.clone(), problems: vec![domain], ..form(set) };
    set.page("signup-domain", signup::page(&refused));
    set.page("signup-errors", signup::page(&Signup { values, problems, ..form(set) }));
    let hostile = signup::Values {
        email: HOSTILE.to_owned(),
        display_name: HOSTILE.repeat(3),
        username: LONG.to_owned(),
        reason: format!("\n</textarea>{HOSTILE}"),
    };
    let problems = vec![
        Problem::DisplayNameTooLong { max: 120 },
        Problem::UsernameTooLong { max: 64 },
        Problem::PasswordPersonal,
        Problem::ReasonTooLong { max: 500 },
    ];
    let page = Signup {
        values: hostile,
        problems,
        reason_required: true,
        sso: false,
        password_rules: vec![PasswordRule::MinLength(12)],
        ..form(set)
    };
    set.page("signup-hostile", signup::page(&page));
    let email = Some("maya.okafor@fieldnotes.example".to_owned());
    let sent = Some(set.at(11, 21, 9, 12));
    for (name, stage) in [
        ("signup-received", Stage::Waits),
        ("signup-confirm", Stage::Confirm),
        ("signup-confirmed", Stage::Confirmed),
        ("signup-active", Stage::Active),
    ] {
        let (email, sent) = (email.clone(), sent.clone());
        set.page(name, signup::received(&Received { frame: set.frame(), email, sent, stage }));
    }
    let plain = Received { frame: set.frame(), email: None, sent: None, stage: Stage::Waits };
    set.page("signup-received-plain", signup::received(&plain));
    let states = [
        ("signup-closed", Closed::Disabled),
        ("signup-no-superuser", Closed::NoSuperuser),
        ("signup-too-many", Closed::TooMany),
    ];
    for (name, why) in states {
        set.page(name, signup::closed(&set.frame(), why));
    }
}

fn setups(set: &mut Set) {
    let form = |problems: Vec<Problem>| Setup {
        frame: set.frame(),
        token: "k3yq0u-8s1".to_owned(),
        values: setup::Values::default(),
        problems,
        password_rules: RULES.into(),
    };
    let (fresh, wrong) = (
        form(vec![]),
        form(vec![
            Problem::UsernameMissing,
            Problem::EmailInvalid,
            Problem::DisplayNameMissing,
            Problem::PasswordCommon,
        ]),
    );
    set.page("setup", setup::page(&fresh));
    set.page("setup-errors", setup::page(&wrong));
    let states = [
        ("setup-done", Outcome::Done { username: "soyeon.park".to_owned() }),
        ("setup-already", Outcome::AlreadyDone),
        ("setup-invalid", Outcome::InvalidLink),
    ];
    for (name, outcome) in states {
        set.page(name, setup::outcome(&set.frame(), &outcome));
    }
}

fn accounts(set: &mut Set) {
    let plain = Account {
        frame: set.frame(),
        number: 1270,
        username: "lucas.ferreira".to_owned(),
        display_name: "Lucas Ferreira".to_owned(),
        email: "lucas@ferreira-consulting.example".to_owned(),
        tier: Tier::Standard,
        source: Source::Local,
        registered: set.last_year(7, 29),
        last_login: Some(set.at(11, 18, 22, 14)),
        last_login_ip: Some("198.51.100.23".to_owned()),
        identities: vec![],
        can_change_password: true,
        linkable: vec![Linkable {
            provider: "Aldergate SSO".to_owned(),
            href: Href::local("/account/identities/link/aldergate"),
        }],
        done: None,
        sessions: super::sessions::own(set),
        admin: None,
    };
    set.page("account", account::page(&plain));
    let changed = Account { frame: set.frame(), done: Some(Done::PasswordChanged), ..plain };
    set.page("account-password-changed", account::page(&changed));
    let identity = Identity {
        provider: "Aldergate SSO".to_owned(),
        name: HOSTILE.to_owned(),
        linked: set.last_year(2, 3),
        unlink: Some(Unlink::At(Href::local("/account/identities/n4bQgYhMfWWaLqgxVrQFaO/unlink"))),
    };
    let superuser = Account {
        username: LONG.to_owned(),
        display_name: HOSTILE.to_owned(),
        tier: Tier::Superuser,
        source: Source::Both,
        last_login: None,
        identities: vec![identity],
        sessions: super::sessions::own(set).into_iter().take(1).collect(),
        admin: Some(Href::local("/admin/users")),
        linkable: vec![],
        done: Some(Done::Linked("Aldergate SSO".to_owned())),
        ..changed
    };
    set.page("account-superuser", account::page(&superuser));
    let unlinked =
        Account { done: Some(Done::Unlinked(HOSTILE.to_owned())), frame: set.frame(), ..superuser };
    set.page("account-unlinked", account::page(&unlinked));
    for (name, what, provider, problems) in [
        ("link", What::Link, "Aldergate SSO", vec![]),
        ("link-wrong", What::Link, HOSTILE, vec![Problem::CurrentPasswordWrong]),
        ("unlink", What::Unlink, "Aldergate SSO", vec![]),
    ] {
        let view = Prove {
            frame: set.frame(),
            what,
            provider: provider.to_owned(),
            username: "lucas.ferreira".to_owned(),
            action: Href::local("/account/identities/link/aldergate"),
            problems,
        };
        set.page(name, linking::prove(&view));
    }
    let onward = linking::Onward {
        frame: set.frame(),
        provider: "Aldergate SSO".to_owned(),
        href: Href::local("/account/identities/link/aldergate/go?proof=n4bQgYhMfWWa"),
    };
    set.page("continue-link", linking::onward(&onward));
}
