use super::{HOSTILE, Set};
use crate::errors::{self, Denied, Failure, Missing};
use crate::login::{self, Login, LoginNotice, ProviderLink};
use crate::onward::{self, Continue, ElsewhereToo, SignedOut};
use crate::sso::{self, Reason, Refused};
use crate::{Frame, Href};

pub(super) fn add(set: &mut Set) {
    logins(set);
    single_sign_on(set);
    onwards(set);
    failures(set);
}

fn login(set: &Set, notice: Option<LoginNotice>) -> Login {
    let provider = |label: &str, name: &str| ProviderLink {
        label: label.to_owned(),
        href: Href::query(&format!("/oidc/{name}"), [("rd", "https://wiki.aldergate.example/")]),
        answers: true,
    };
    Login {
        frame: set.frame(),
        host: Some("wiki.aldergate.example".to_owned()),
        rd: Some("https://wiki.aldergate.example/".to_owned()),
        providers: vec![
            provider("Continue with Aldergate SSO", "aldergate"),
            provider("Continue with Partner SSO", "partner"),
        ],
        local: true,
        login: if notice.is_some() { "maya.okafor".to_owned() } else { String::new() },
        forgot: true,
        signup: true,
        notice,
    }
}

fn logins(set: &mut Set) {
    let applied_on = set.at(11, 21, 9, 12);
    let provider = "Aldergate SSO".to_owned();
    let states = [
        ("login", None),
        ("login-error", Some(LoginNotice::WrongCredentials { failures: 10, minutes: 15 })),
        ("login-pending", Some(LoginNotice::Pending { applied_on, withdraw: "k3yq0u-8s1".to_owned() })),
        ("login-inactive", Some(LoginNotice::Inactive)),
        ("login-signed-up", Some(LoginNotice::ApplicationReceived)),
        ("login-busy", Some(LoginNotice::Busy)),
        ("login-idle", Some(LoginNotice::SignedOutIdle)),
        ("login-reset", Some(LoginNotice::PasswordReset)),
        ("login-sso-failed", Some(LoginNotice::SsoFailed { provider, reason: Reason::ProviderUnavailable })),
    ];
    for (name, notice) in states {
        set.page(name, login::page(&login(set, notice)));
    }
    let mut silent = login(set, None);
    silent.providers[1].answers = false;
    set.page("login-sso-silent", login::page(&silent));
    let local_only = Login { providers: vec![], host: None, rd: None, ..login(set, None) };
    set.page("login-local", login::page(&local_only));
    let sso_only = Login { local: false, forgot: false, signup: false, ..login(set, None) };
    set.page("login-sso", login::page(&sso_only));
    let hostile = Login {
        host: Some(HOSTILE.to_owned()),
        rd: Some(HOSTILE.to_owned()),
        login: HOSTILE.to_owned(),
        frame: Frame { organisation: HOSTILE.to_owned(), help: None, languages: None, ..set.frame() },
        ..login(set, Some(LoginNotice::Inactive))
    };
    set.page("login-hostile", login::page(&hostile));
}

fn single_sign_on(set: &mut Set) {
    let states = [
        ("sso-denied", Reason::Denied),
        ("sso-unavailable", Reason::ProviderUnavailable),
        ("sso-bad-response", Reason::BadResponse),
        ("sso-expired", Reason::FlowExpired),
        ("sso-email-missing", Reason::EmailMissing { claim: "email".to_owned(), scope: "email".to_owned() }),
        ("sso-email-unverified", Reason::EmailUnverified),
        ("sso-domain", Reason::DomainNotAllowed { domain: "mailbox.example".to_owned() }),
        ("sso-group", Reason::GroupNotAllowed),
        ("sso-groups-missing", Reason::GroupsMissing { claim: "realm_access.roles".to_owned() }),
        ("sso-claim", Reason::ClaimNotMet { claim: "department".to_owned() }),
        ("sso-not-provisioned", Reason::NotProvisioned),
        ("sso-pending", Reason::Pending { applied_on: set.at(11, 21, 9, 12) }),
        ("sso-inactive", Reason::Inactive),
        ("sso-collision", Reason::Collision),
        ("sso-superuser-collision", Reason::SuperuserCollision),
        ("sso-barred", Reason::Barred),
    ];
    for (name, reason) in states {
        set.page(name, sso::page(&refused(set, "Aldergate SSO", reason)));
    }
    for (name, reason) in [
        ("link-taken", Reason::Taken),
        ("link-second", Reason::SecondIdentity),
        ("link-elsewhere", Reason::LinkElsewhere),
        ("link-group", Reason::GroupNotAllowed),
    ] {
        let view = Refused { linking: true, ..refused(set, "Aldergate SSO", reason) };
        set.page(name, sso::page(&view));
    }
    let hostile = Reason::DomainNotAllowed { domain: HOSTILE.to_owned() };
    set.page("sso-hostile", sso::page(&refused(set, HOSTILE, hostile)));
}

fn refused(set: &Set, provider: &str, reason: Reason) -> Refused {
    Refused {
        frame: set.frame(),
        provider: provider.to_owned(),
        reason,
        again: Href::local("/oidc/aldergate?rd=%2F"),
        login: Href::local("/login?local=1"),
        linking: false,
    }
}

fn onwards(set: &mut Set) {
    let page = onward::continue_page(&Continue {
        frame: set.frame(),
        host: "wiki.aldergate.example".to_owned(),
        href: Href::local("/signed-out"),
    });
    set.page("continue", page);
    set.page("signed-out", onward::signed_out(&SignedOut { frame: set.frame(), elsewhere: None }));
    let href = Href::web("https://idp.aldergate.example/end?client_id=narthex");
    let there = href.map(|href| ElsewhereToo { provider: "Aldergate SSO".to_owned(), href });
    set.page("signed-out-elsewhere", onward::signed_out(&SignedOut { frame: set.frame(), elsewhere: there }));
}

fn failures(set: &mut Set) {
    let all = [
        ("error-400", Failure::BadRequest),
        ("error-401", Failure::SignedOut),
        ("error-403-form", Failure::FormExpired),
        ("error-403-forbidden", Failure::Forbidden),
        ("error-404", Failure::NotFound),
        ("error-405", Failure::MethodNotAllowed),
        ("error-408", Failure::NotArrived),
        ("error-413", Failure::TooLarge),
        ("error-421", Failure::Misdirected),
        ("error-429", Failure::TooManyRequests),
        ("error-500", Failure::Internal),
        ("error-502", Failure::BadGateway),
        ("error-503", Failure::Unavailable),
        ("error-504", Failure::GatewayTimeout),
        ("error-508", Failure::SignInLoop),
    ];
    for (name, failure) in all {
        set.page(name, errors::page(&set.frame(), failure));
    }
    set.page("error-bare", errors::page(&Frame::bare(set.lang, "01JD7Q3M8ZC4"), Failure::Unavailable));
    for (name, missing) in [
        ("error-403", Missing::Superuser),
        ("error-403-network", Missing::Network("203.0.113.7".to_owned())),
        ("error-403-method", Missing::Method("POST".to_owned())),
        ("error-403-rule", Missing::Rule),
    ] {
        let page = errors::denied(&Denied {
            frame: set.frame(),
            username: "lucas.ferreira".to_owned(),
            place: "wiki.aldergate.example/admin/".to_owned(),
            missing,
        });
        set.page(name, page);
    }
}
