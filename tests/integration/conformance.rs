//! The test plans of the OpenID Foundation for relying parties (response type `code`), module by module, each with
//! what shows that it is met. The suite itself needs its own server and is not run here.
use std::{collections::BTreeSet, fs, path::Path};

use crate::hostile::{accepted, group};

/// What shows that a module is met.
enum Shown {
    /// A row of the hostile provider, through the whole gateway: in a group that a test plays.
    Refused(&'static str, &'static str),
    /// A row of what it may do.
    Accepted(&'static str),
    /// A row of `logout_back_channel.rs`: a logout token that is answered by 400.
    NoLogout(&'static str),
    /// A test of its own.
    Test(&'static str),
}

use Shown::{Accepted, NoLogout, Refused, Test};

/// By which tests the groups of rows are played, over both kinds of answers where a plan asks for that.
const PLAYED: [(&str, &str); 5] = [
    ("browser", "a_25_wrong_answers_by_the_browser_let_nobody_in"),
    ("id token", "a_25_id_tokens_with_wrong_claims_let_nobody_in"),
    ("signature", "a_25_id_tokens_with_wrong_signatures_let_nobody_in"),
    ("userinfo", "a_25_wrong_userinfo_lets_nobody_in"),
    ("discovery", "a_25_wrong_metadata_and_keys_let_nobody_in"),
];

/// All accepted rows are played here.
const ACCEPTED_IN: &str = "a_38_honest_providers_let_people_in_and_no_address_is_asked";

/// `oidcc-client-basic-certification-test-plan`; with `response_mode=form_post` it is the Form Post plan.
const BASIC: [(&str, &[Shown]); 14] = [
    ("oidcc-client-test", &[Test("an_employee_signs_in_at_a_certified_provider")]),
    ("oidcc-client-test-invalid-iss", &[Refused("id token", "wrong iss")]),
    ("oidcc-client-test-missing-sub", &[Refused("id token", "no sub"), Refused("id token", "empty sub")]),
    ("oidcc-client-test-invalid-aud", &[Refused("id token", "wrong aud"), Refused("id token", "second aud")]),
    ("oidcc-client-test-missing-iat", &[Refused("id token", "no iat")]),
    ("oidcc-client-test-kid-absent-single-jwks", &[Accepted("no kid and one key")]),
    ("oidcc-client-test-kid-absent-multiple-jwks", &[Refused("signature", "no kid and two keys")]),
    (
        "oidcc-client-test-idtoken-sig-rs256",
        &[Test("a_certified_provider_takes_every_way_to_prove_who_we_are_and_every_algorithm")],
    ),
    (
        "oidcc-client-test-idtoken-sig-none",
        &[Refused("signature", "alg none"), Refused("signature", "alg none without kid")],
    ),
    ("oidcc-client-test-invalid-sig-rs256", &[Refused("signature", "a wrong RS256 signature")]),
    ("oidcc-client-test-userinfo-invalid-sub", &[Refused("userinfo", "userinfo of another person")]),
    (
        "oidcc-client-test-nonce-invalid",
        &[Refused("id token", "wrong nonce"), Refused("id token", "no nonce")],
    ),
    ("oidcc-client-test-scope-userinfo-claims", &[Accepted("everything from userinfo")]),
    (
        "oidcc-client-test-client-secret-basic",
        &[
            Test("a_certified_provider_takes_every_way_to_prove_who_we_are_and_every_algorithm"),
            Test("the_code_is_redeemed_with_the_verifier_and_the_configured_client_authentication"),
        ],
    ),
];

/// What the Form Post plan adds: every module of the Basic plan again, its answer posted.
const FORM_POST: [&str; 2] =
    ["an_answer_that_is_posted_comes_in_by_one_door", "a_25_whatever_is_posted_is_checked_as_well"];

/// `oidcc-client-config-certification-test-plan`
const CONFIG: [(&str, &[Shown]); 6] = [
    ("oidcc-client-test-discovery-openid-config", &[Test("an_employee_signs_in_at_a_certified_provider")]),
    ("oidcc-client-test-discovery-jwks-uri-keys", &[Test("an_employee_signs_in_at_a_certified_provider")]),
    ("oidcc-client-test-discovery-issuer-mismatch", &[Refused("discovery", "other issuer")]),
    ("oidcc-client-test-idtoken-sig-none", &[Refused("signature", "alg none")]),
    (
        "oidcc-client-test-signing-key-rotation-just-before-signing",
        &[Test("f_18_a_certified_provider_changes_its_keys")],
    ),
    ("oidcc-client-test-signing-key-rotation", &[Test("f_18_a_certified_provider_changes_its_keys")]),
];

/// `oidcc-client-back-channel-logout-rp-basic`
const BACK_CHANNEL: [(&str, &[Shown]); 8] = [
    (
        "oidcc-client-test-rp-backchannel-rpinitlogout",
        &[
            Test("a_35_no_logout_token_but_a_right_one_ends_anything"),
            Test("one_signs_out_at_a_certified_provider_and_everywhere_with_that"),
        ],
    ),
    (
        "oidcc-client-test-rp-backchannel-rpinitlogout-alg-none",
        &[NoLogout("alg none"), NoLogout("alg none with a signature")],
    ),
    (
        "oidcc-client-test-rp-backchannel-rpinitlogout-no-event",
        &[NoLogout("events missing"), NoLogout("events empty")],
    ),
    ("oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce", &[NoLogout("a nonce")]),
    (
        "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg",
        &[NoLogout("an algorithm that is not allowed"), NoLogout("HS256 by the client secret")],
    ),
    ("oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud", &[NoLogout("aud of another")]),
    ("oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event", &[NoLogout("another event")]),
    ("oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss", &[NoLogout("iss of another")]),
];

/// `oidcc-client-logout-rp-basic`
const RP_INITIATED: [(&str, &[Shown]); 3] = [
    (
        "oidcc-client-test-rp-init-logout",
        &[
            Test("rp_init_logout_is_a_link_on_the_page_after_signing_out"),
            Test("one_signs_out_at_a_certified_provider_and_everywhere_with_that"),
        ],
    ),
    (
        "oidcc-client-test-rp-init-logout-other-state",
        &[Test("rp_init_logout_other_state_and_no_state_are_all_the_same")],
    ),
    (
        "oidcc-client-test-rp-init-logout-no-state",
        &[Test("rp_init_logout_other_state_and_no_state_are_all_the_same")],
    ),
];

/// From the FAPI 2.0 client plans, which narthex is not certified by: what they ask of every client.
const BEYOND: [(&str, &[Shown]); 15] = [
    ("invalid iss of the authorization response", &[Refused("browser", "iss of another provider")]),
    ("no iss of the authorization response", &[Refused("browser", "no iss though announced")]),
    ("missing state, wrong state", &[Test("a_26_an_answer_without_its_own_state_is_refused")]),
    ("missing exp", &[Refused("id token", "no exp")]),
    ("missing aud", &[Refused("id token", "no aud")]),
    ("missing iss", &[Refused("id token", "no iss")]),
    ("missing nonce", &[Refused("id token", "no nonce")]),
    ("expired exp", &[Refused("id token", "expired a minute ago")]),
    ("invalid secondary aud", &[Refused("id token", "second aud")]),
    ("null alg", &[Refused("signature", "alg is null")]),
    ("alternate alg", &[Refused("signature", "an algorithm that is not allowed here")]),
    ("valid aud as array", &[Accepted("aud as a list")]),
    ("token type in other letters", &[Accepted("token_type in capitals")]),
    ("token response without expires_in", &[Accepted("no expires_in")]),
    (
        "private_key_jwt",
        &[Test("a_certified_provider_takes_every_way_to_prove_who_we_are_and_every_algorithm")],
    ),
];

#[test]
fn every_module_of_the_plans_is_shown_by_something_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    for folder in ["tests/integration", "src"] {
        read(&root.join(folder), &mut code);
    }
    let exists = |test: &str| code.contains(&format!("fn {test}("));
    let accepted: BTreeSet<_> = accepted().into_iter().map(|(name, _)| name).collect();
    let mut missing = vec![];
    let logout = fs::read_to_string(root.join("tests/integration/logout_back_channel.rs")).unwrap();
    let logout = |row: &str| logout.contains(&format!("(\"{row}\","));
    let plans = BASIC.iter().chain(&CONFIG).chain(&BACK_CHANNEL).chain(&RP_INITIATED).chain(&BEYOND);
    for (module, shown) in plans {
        assert!(!shown.is_empty(), "{module}");
        for shown in *shown {
            let (name, there) = match shown {
                Test(test) => (test, exists(test)),
                NoLogout(row) => (row, logout(row)),
                Accepted(row) => (row, accepted.contains(row)),
                Refused(kind, row) => {
                    let played = PLAYED.iter().any(|(played, test)| played == kind && exists(test));
                    (row, played && group(kind).iter().any(|each| each.name == *row))
                }
            };
            if !there {
                missing.push(format!("{module}: {name}"));
            }
        }
    }
    missing.extend(
        FORM_POST.iter().chain(&[ACCEPTED_IN]).filter(|test| !exists(test)).map(|test| (*test).to_owned()),
    );
    assert!(missing.is_empty(), "there are no such tests:\n{}", missing.join("\n"));
}

fn read(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, code);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("conformance.rs") {
            code.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}
