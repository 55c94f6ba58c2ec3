use super::{HOSTILE, LONG, Set};
use crate::Menu;
use crate::admin::providers::{self, Found, Key, Newcomers, Providers, Row, State, Tested, Warning};

pub(super) fn add(set: &mut Set) {
    set.page("providers", providers::page(&all(set)));
    let mut looking = all(set);
    looking.admin.menu = Menu { settings: true, providers: true, ..Menu::default() };
    looking.rows.truncate(1);
    looking.can_test = false;
    set.page("providers-looking", providers::page(&looking));
    let mut good = all(set);
    good.rows[0].tested = Some(Tested::Good {
        endpoints: vec![
            ("authorization_endpoint", "https://login.aldergate.example/realms/staff/auth".to_owned()),
            ("token_endpoint", "https://login.aldergate.example/realms/staff/token".to_owned()),
            ("jwks_uri", format!("https://login.aldergate.example/{LONG}/{LONG}")),
        ],
        algorithms: vec!["RS256".to_owned(), "EdDSA".to_owned()],
    });
    set.page("providers-test-passed", providers::page(&good));
    let mut bad = all(set);
    bad.rows[1].tested =
        Some(Tested::Bad("it did not answer within 10 seconds; check that this host reaches it".to_owned()));
    set.page("providers-test-failed", providers::page(&bad));
    set.page("providers-none", providers::page(&Providers { rows: vec![], ..all(set) }));
    let mut hostile = all(set);
    hostile.local = false;
    let row = &mut hostile.rows[1];
    (row.title, row.issuer) = (HOSTILE.to_owned(), format!("https://{LONG}.example/{LONG}"));
    row.mappings = vec![(LONG.to_owned(), vec![LONG.to_owned(), HOSTILE.to_owned()])];
    row.state = State::Failing { at: set.at(11, 21, 13, 55), error: HOSTILE.to_owned(), found: None };
    set.page("providers-hostile", providers::page(&hostile));
}

fn all(set: &Set) -> Providers {
    let found = |keys: Vec<Key>| Found {
        at: set.at(11, 21, 13, 2),
        keys,
        signed_in: Some(set.at(11, 21, 13, 54)),
        end_session: true,
        backchannel: true,
    };
    let key = |kind: &str, name: Option<&str>| Key { kind: kind.to_owned(), name: name.map(str::to_owned) };
    let row = |name: &str, title: &str, issuer: &str| Row {
        name: name.to_owned(),
        title: title.to_owned(),
        state: State::Unasked,
        tested: None,
        last_error: None,
        issuer: issuer.to_owned(),
        newcomers: Newcomers::Active,
        superuser_groups: vec![],
        mappings: vec![],
        linked: 0,
        redirect_uri: format!("https://auth.aldergate.example/oidc/{name}/callback"),
        signed_out_uri: "https://auth.aldergate.example/signed-out".to_owned(),
        logout_uri: format!("https://auth.aldergate.example/oidc/{name}/backchannel-logout"),
        warnings: vec![],
    };
    let warning = |word: &str, about: &str, username: Option<&str>| Warning {
        word: word.to_owned(),
        about: about.to_owned(),
        username: username.map(str::to_owned),
        at: set.at(11, 20, 9, 12),
    };
    let partner_error = "it did not answer within 8 seconds".to_owned();
    Providers {
        admin: set.admin(),
        local: true,
        can_test: true,
        rows: vec![
            Row {
                state: State::Ready(found(vec![key("RS256", Some("2026-09")), key("EdDSA", None)])),
                superuser_groups: vec!["narthex-admins".to_owned()],
                mappings: vec![
                    ("agents-dj".to_owned(), vec!["agent-developer".to_owned()]),
                    ("platform".to_owned(), vec!["wiki-admin".to_owned(), "viewer".to_owned()]),
                ],
                linked: 1854,
                last_error: Some((set.at(11, 21, 9, 2), "the token endpoint answers 500".to_owned())),
                warnings: vec![
                    warning("groups_absent", "groups", Some("jiho.kim")),
                    warning("role_missing", "wiki-admin", None),
                ],
                ..row("corp", "Aldergate SSO", "https://login.aldergate.example/realms/staff")
            },
            Row {
                state: State::Failing { at: set.at(11, 21, 13, 55), error: partner_error, found: None },
                newcomers: Newcomers::Pending,
                linked: 14,
                ..row("partner", "Partner SSO", "https://id.partner.example")
            },
            Row {
                state: State::Failing {
                    at: set.at(11, 21, 13, 55),
                    error: "the token endpoint answers 500".to_owned(),
                    found: Some(Found {
                        signed_in: None,
                        end_session: false,
                        backchannel: false,
                        ..found(vec![key("ES256", Some("a"))])
                    }),
                },
                newcomers: Newcomers::Refused,
                ..row("labs", "Labs", "https://labs.example")
            },
            row("fresh", "Fresh SSO", "https://fresh.example"),
        ],
    }
}
