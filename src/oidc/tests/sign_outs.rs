//! Logout tokens with one thing wrong each, and whether the check that refuses it is needed: with it switched off the
//! token is taken. How the endpoint answers is shown through the whole gateway, by `logout_back_channel`.
use serde_json::{Value, json};

use super::{
    Check, Hostile, NOW, OFF,
    hostile::{CLIENT, DISCOVERY},
    provider,
};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

type Spoil = fn(&mut Value, &mut Value);

const ROWS: [(Check, &str, Spoil); 17] = [
    (Check::Issuer, "iss of another", |_, claims| claims["iss"] = json!("http://127.0.0.1:1")),
    (Check::Audience, "aud of another", |_, claims| claims["aud"] = json!("other")),
    (Check::OtherAudience, "aud of another, too", |_, claims| claims["aud"] = json!([CLIENT, "other"])),
    (Check::AuthorizedParty, "azp of another", |_, claims| claims["azp"] = json!("other")),
    (Check::LogoutTime, "no iat", |_, claims| without(claims, "iat")),
    (Check::LogoutTime, "no exp", |_, claims| without(claims, "exp")),
    (Check::LogoutTime, "over", |_, claims| claims["exp"] = json!(NOW.seconds() - 61)),
    (Check::LogoutTime, "from the future", |_, claims| claims["iat"] = json!(NOW.seconds() + 62)),
    (Check::LogoutTime, "valid for a day, and an hour old", |_, claims| {
        claims["iat"] = json!(NOW.seconds() - 3600);
        claims["exp"] = json!(NOW.seconds() + 86_400);
    }),
    (Check::LogoutEvent, "no events", |_, claims| without(claims, "events")),
    (Check::LogoutEvent, "another event", |_, claims| claims["events"] = json!({ "other": {} })),
    (Check::LogoutNonce, "a nonce", |_, claims| claims["nonce"] = json!("n")),
    (Check::LogoutSubject, "neither sid nor sub", |_, claims| without(claims, "sid")),
    (Check::LogoutNames, "sid is no text", |_, claims| claims["sid"] = json!(1)),
    (Check::LogoutId, "no jti", |_, claims| without(claims, "jti")),
    (Check::Typ, "typ of an access token", |header, _| header["typ"] = json!("at+jwt")),
    (Check::Critical, "crit", |header, _| header["crit"] = json!(["exp"])),
];

fn without(claims: &mut Value, claim: &str) {
    claims.as_object_mut().unwrap().remove(claim);
}

fn token(hostile: &Hostile, spoil: Spoil) -> String {
    let now = NOW.seconds();
    let mut header = json!({ "alg": hostile.key.alg, "kid": hostile.key.jwk["kid"], "typ": "logout+jwt" });
    let mut claims = json!({
        "iss": hostile.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": "one", "sid": "a-session",
        "events": { EVENT: {} },
    });
    spoil(&mut header, &mut claims);
    hostile.key.sign(&header, &claims)
}

#[tokio::test]
async fn a_35_a_logout_token_is_refused_by_the_check_that_is_there_for_it() {
    let hostile = Hostile::start().await;
    hostile.plays(super::honest(&hostile));
    let provider = provider(&hostile);
    let read = provider.logout_token(&token(&hostile, |_, _| {}), NOW).await.unwrap();
    assert_eq!((read.jti.as_str(), read.sid.as_deref(), read.sub), ("one", Some("a-session"), None));
    let mut faults = vec![];
    for (check, what, spoil) in ROWS {
        let token = token(&hostile, spoil);
        if provider.logout_token(&token, NOW).await.is_ok() {
            faults.push(format!("{what}: taken"));
        }
        OFF.set(Some(check));
        if let Err(error) = provider.logout_token(&token, NOW).await {
            faults.push(format!("{what}: without {check:?} it is still refused: {error}"));
        }
        OFF.set(None);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn a_35_by_the_keys_at_hand_nothing_is_asked() {
    let hostile = Hostile::start().await;
    hostile.plays(super::honest(&hostile));
    let provider = provider(&hostile);
    let good = token(&hostile, |_, _| {});
    assert!(provider.logout_token_at_hand(&good, NOW).is_err(), "none are known yet");
    assert!(hostile.asked(DISCOVERY).is_empty());
    provider.keep_up(NOW).await;
    assert_eq!(provider.logout_token_at_hand(&good, NOW).unwrap().jti, "one");
    for (_, what, spoil) in ROWS {
        assert!(provider.logout_token_at_hand(&token(&hostile, spoil), NOW).is_err(), "{what}");
    }
    let unknown = token(&hostile, |header, _| header["kid"] = json!("unknown"));
    assert!(provider.logout_token_at_hand(&unknown, NOW).is_err());
    assert!(provider.logout_token_at_hand(&"x".repeat(20_000), NOW).is_err());
    assert_eq!(hostile.asked(DISCOVERY).len(), 1);
}
