//! What a provider says of somebody when it is asked again, with one thing wrong each, and whether the check that
//! refuses it is needed. What becomes of the session is shown through the whole gateway, by `revalidation`.
use serde_json::json;

use super::{
    Check, Hostile, NOW, OFF,
    hostile::{NONCE_BEFORE, Tricks},
    provider,
};
use crate::{domain::renewal::Renewal, oidc::RefreshError};

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

#[tokio::test]
async fn f_19_what_is_wrong_when_asked_again_is_refused_by_the_check_that_is_there_for_it() {
    let hostile = Hostile::start().await;
    let provider = provider(&hostile);
    let honest = super::honest(&hostile);
    let renewal = Renewal {
        token: "a-refresh-token".to_owned(),
        issuer: hostile.issuer.clone(),
        subject: honest.claims["sub"].as_str().unwrap().to_owned(),
        nonce: NONCE_BEFORE.to_owned(),
    };
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
