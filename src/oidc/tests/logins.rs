//! What a sign-in must not get away with, and what it may do.
use futures_util::future::join_all;
use serde_json::json;

use super::{
    Hostile, NOW, honest,
    hostile::{ACCESS_TOKEN, Ends, Key, Row, SECRET, accepted, group},
    later, login, provider, provider_with,
};
use crate::{
    config::Algorithm,
    domain::identity::EmailClaim,
    oidc::{Error, ErrorKind},
};

/// Runs each row of a group against a relying party of its own; then the good login works.
async fn all_refused(kind: &str) {
    let hostile = Hostile::start().await;
    let mut faults = Vec::new();
    for row in group(kind) {
        faults.extend(fault(&hostile, &row).await);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What of a row is not as it should be.
async fn fault(hostile: &Hostile, row: &Row) -> Vec<String> {
    let (provider, name, mut faults) = (provider(hostile), row.name, vec![]);
    let mut tricks = honest(hostile);
    (row.spoil)(&mut tricks);
    match login(hostile, &provider, tricks, NOW).await {
        Ok(_) => faults.push(format!("{name}: was taken")),
        Err(error) => {
            if ends(error.kind()) != row.ends {
                faults.push(format!("{name}: {error:?}"));
            }
            let text = error.to_string();
            if [ACCESS_TOKEN, SECRET, "eyJ"].iter().any(|secret| text.contains(secret)) {
                faults.push(format!("{name}: tells a secret: {text}"));
            }
        }
    }
    if !hostile.strays().is_empty() {
        faults.push(format!("{name}: asked for {:?}", hostile.strays()));
    }
    // When what was discovered is too old to be used.
    let tomorrow = later(25 * 3600);
    if let Err(error) = login(hostile, &provider, hostile.honest(tomorrow.seconds()), tomorrow).await {
        faults.push(format!("{name}: the good login after it fails: {error}"));
    }
    faults
}

fn ends(kind: ErrorKind) -> Ends {
    match kind {
        ErrorKind::BadAnswer => Ends::BadAnswer,
        ErrorKind::Unavailable => Ends::Unavailable,
        ErrorKind::Misconfigured => Ends::Misconfigured,
        ErrorKind::Denied => Ends::Denied,
    }
}

#[tokio::test]
async fn a_25_id_tokens_with_wrong_claims_are_refused() {
    all_refused("id token").await;
}

#[tokio::test]
async fn a_25_id_tokens_with_wrong_signatures_are_refused() {
    all_refused("signature").await;
}

#[tokio::test]
async fn a_25_wrong_token_answers_are_refused() {
    all_refused("response").await;
}

#[tokio::test]
async fn a_25_wrong_answers_by_the_browser_are_refused() {
    all_refused("browser").await;
}

#[tokio::test]
async fn a_25_wrong_userinfo_is_refused() {
    all_refused("userinfo").await;
}

#[tokio::test]
async fn a_25_wrong_metadata_and_keys_are_refused() {
    all_refused("discovery").await;
}

#[tokio::test]
async fn a_32_a_33_answers_that_are_none_are_refused() {
    all_refused("transport").await;
}

/// Takes as long as we are patient, in real time.
#[tokio::test]
async fn a_32_a_provider_that_is_slow_is_given_up() {
    let began = std::time::Instant::now();
    let rows = group("slow");
    let given_up = rows.iter().map(|row| async move { fault(&Hostile::start().await, row).await });
    let faults = join_all(given_up).await.concat();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(began.elapsed().as_secs() < 15, "ten seconds in all");
}

#[tokio::test]
async fn a_38_what_a_provider_may_do_is_accepted_and_no_address_in_it_is_asked() {
    let hostile = Hostile::start().await;
    for (row, change) in accepted() {
        let mut tricks = honest(&hostile);
        change(&mut tricks);
        let profile = login(&hostile, &provider(&hostile), tricks, NOW).await;
        let profile = profile.unwrap_or_else(|err| panic!("{row}: {err}"));
        assert_eq!(profile.identity.issuer, hostile.issuer, "{row}");
        assert_eq!(profile.identity.subject, "248289761001", "{row}");
        assert_eq!(profile.username.as_deref(), Some("mina.park"), "{row}");
        assert!(matches!(profile.email, EmailClaim::Counts(_)), "{row}");
    }
    assert!(hostile.strays().is_empty(), "{:?}", hostile.strays());
    assert_eq!(hostile.asked("/userinfo").len(), 1, "the other ID tokens had everything");
}

#[tokio::test]
async fn each_algorithm_is_accepted_where_it_is_allowed() {
    let hostile = Hostile::start().await;
    for (name, key) in [
        ("RS256", Key::rsa("r1")),
        ("RS384", Key::rsa("r1").by("RS384")),
        ("RS512", Key::rsa("r1").by("RS512")),
        ("PS256", Key::rsa("r1").by("PS256")),
        ("ES256", Key::p256("p1")),
        ("EdDSA", Key::ed25519("e1")),
    ] {
        let algorithm = super::super::keys::named(name).unwrap();
        let only = provider_with(&hostile, |c| c.algorithms = vec![algorithm]);
        let mut tricks = honest(&hostile);
        tricks.metadata["id_token_signing_alg_values_supported"] = json!([]);
        tricks.has_key(key);
        assert!(login(&hostile, &only, tricks.clone(), NOW).await.is_ok(), "{name}");
        let other = if algorithm == Algorithm::ES384 { Algorithm::ES256 } else { Algorithm::ES384 };
        let without = provider_with(&hostile, |c| c.algorithms = vec![other]);
        let refused = login(&hostile, &without, tricks, NOW).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::BadAnswer, "{name}");
    }
}

#[tokio::test]
async fn userinfo_fills_what_the_token_leaves_out() {
    let hostile = Hostile::start().await;
    let mut tricks = honest(&hostile);
    for claim in ["email", "email_verified", "name", "groups"] {
        tricks.without(claim);
    }
    tricks.userinfo["preferred_username"] = json!("somebody-else");
    tricks.userinfo["groups"] = json!("staff");
    let profile = login(&hostile, &provider(&hostile), tricks, NOW).await.unwrap();
    assert!(matches!(profile.email, EmailClaim::Counts(email) if email.as_str() == "mina.park@corp.example"));
    assert_eq!(profile.name.as_deref(), Some("Mina Park"));
    assert_eq!(profile.username.as_deref(), Some("mina.park"));
    assert_eq!(profile.groups, Some(vec!["staff".to_owned()]));
    let asked = hostile.asked("/userinfo");
    assert_eq!(asked[0].authorization.as_deref(), Some("Bearer an-access-token"));
}

#[tokio::test]
async fn a_46_a_boolean_in_text_neither_counts_nor_keeps_people_out() {
    let hostile = Hostile::start().await;
    for odd in [json!("true"), json!(1), json!([true])] {
        let mut tricks = honest(&hostile);
        tricks.claims["email_verified"] = odd;
        let profile = login(&hostile, &provider(&hostile), tricks, NOW).await.unwrap();
        assert_eq!(profile.email, EmailClaim::Unverified);
    }
}

#[tokio::test]
async fn a_31_only_plain_error_codes_are_repeated() {
    let hostile = Hostile::start().await;
    for (sent, shown) in [
        ("access_denied", "access_denied"),
        ("<script>alert(1)</script>", "unknown"),
        ("", "unknown"),
        ("a\nb", "unknown"),
        (&*"x".repeat(65), "unknown"),
    ] {
        let mut tricks = honest(&hostile);
        tricks.answer["error"] = json!(sent);
        let denied = login(&hostile, &provider(&hostile), tricks, NOW).await.unwrap_err();
        assert_eq!(denied, Error::Denied { code: shown.into() });
    }
    assert!(hostile.asked("/token").is_empty(), "no code is redeemed beside an error");
}
