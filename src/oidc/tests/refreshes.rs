//! What a provider says of somebody when it is asked again, with one thing wrong each, and whether the check that
//! refuses it is needed. What becomes of the session is shown through the whole gateway, by `revalidation`.
use serde_json::json;

use super::{
    Check, Hostile, NOW, OFF,
    hostile::{NONCE_BEFORE, Tricks, Wire},
    later, provider,
};
use crate::{
    domain::{renewal::Renewal, time::Time},
    oidc::RefreshError,
};

type Spoil = fn(&mut Tricks);

const ROWS: [(Check, &str, Spoil); 7] = [
    (Check::RefreshedPerson, "sub of another", |tricks| tricks.claims["sub"] = json!("another")),
    (Check::Nonce, "another nonce", |tricks| tricks.claims["nonce"] = json!("another")),
    (Check::Audience, "aud of another", |tricks| tricks.claims["aud"] = json!("other")),
    (Check::Expiry, "over", |tricks| tricks.claims["exp"] = json!(NOW.seconds() - 61)),
    (Check::IssuedAt, "no iat", |tricks| tricks.without("iat")),
    (Check::TokenType, "another kind of access token", |tricks| tricks.response["token_type"] = json!("mac")),
    (Check::AccessToken, "an empty access token", |tricks| tricks.response["access_token"] = json!("")),
];

fn renewal(hostile: &Hostile) -> Renewal {
    Renewal {
        token: "a-refresh-token".to_owned(),
        issuer: hostile.issuer.clone(),
        subject: super::honest(hostile).claims["sub"].as_str().unwrap().to_owned(),
        nonce: NONCE_BEFORE.to_owned(),
    }
}

#[tokio::test]
async fn f_19_what_is_wrong_when_asked_again_is_refused_by_the_check_that_is_there_for_it() {
    let hostile = Hostile::start().await;
    let provider = provider(&hostile);
    let renewal = renewal(&hostile);
    let ask = async |spoil: Spoil| {
        let mut tricks = super::honest(&hostile);
        spoil(&mut tricks);
        hostile.plays(tricks);
        provider.refresh(&renewal, NOW).await.answer
    };
    assert!(ask(|_| {}).await.unwrap().is_some());
    assert!(ask(|tricks| tricks.without("nonce")).await.is_ok(), "it need not be there (Core §12.2)");
    let other = ask(|tricks| tricks.claims["iss"] = json!("http://127.0.0.1:1")).await;
    assert_eq!(other.unwrap_err(), RefreshError::OtherPerson("iss"));
    let mut faults = vec![];
    for (check, what, spoil) in ROWS {
        if ask(spoil).await.is_ok() {
            faults.push(format!("{what}: taken"));
        }
        OFF.set(Some(check));
        if let Err(error) = ask(spoil).await {
            faults.push(format!("{what}: without {check:?} it is still refused: {error}"));
        }
        OFF.set(None);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn f_19_what_goes_wrong_when_asked_again_is_seen_and_stands_in_nobodys_way() {
    let hostile = Hostile::start().await;
    let provider = provider(&hostile);
    let renewal = renewal(&hostile);
    let ask = async |spoil: Spoil, now: Time| {
        let mut tricks = super::honest(&hostile);
        spoil(&mut tricks);
        hostile.plays(tricks);
        provider.refresh(&renewal, now).await.answer.is_ok()
    };
    assert!(ask(|_| {}, NOW).await);
    let state = provider.state(NOW);
    assert!(state.last_error.is_none() && state.last_success.is_none(), "it is no sign-in");
    for (second, spoil, told) in [
        (1, (|tricks| tricks.claims["sub"] = json!("another")) as Spoil, "another sub than the one"),
        (2, |tricks| tricks.claims["aud"] = json!("other"), "aud does not name us"),
    ] {
        assert!(!ask(spoil, later(second)).await);
        let (at, error) = provider.state(later(second)).last_error.unwrap();
        assert_eq!(at, later(second));
        assert!(error.starts_with("provider `corp`: ") && error.contains(told), "{error}");
        assert!(provider.answers(later(second)), "{told}");
    }
    assert!(!ask(|tricks| tricks.at("/token", Wire::Status(503)), later(3)).await);
    assert_eq!(provider.state(later(3)).last_error.unwrap().0, later(3));
    assert!(!provider.answers(later(3)), "nor will it answer to others");
    assert!(ask(|_| {}, later(4)).await);
    assert!(provider.answers(later(4)));
}
