//! Discovery, keys over time, and what our requests look like.
use std::{collections::HashMap, time::Duration};

use futures_util::future::join_all;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::{
    Hostile, NOW, honest,
    hostile::{DISCOVERY, Key, SECRET, Tricks, Wire},
    later, login, provider, provider_config, provider_with, visit,
};
use crate::{
    config::{self, AssertionAudience, ClientAuth, ResponseMode},
    domain::secret::{base64url, from_base64url, random, sha256},
    oidc::{ErrorKind, Prompt, Provider},
};

#[tokio::test]
async fn the_authorization_request_has_pkce_state_and_nonce() {
    let hostile = Hostile::start().await;
    hostile.plays(honest(&hostile));
    let provider = provider_with(&hostile, |c| c.response_mode = ResponseMode::FormPost);
    let begun = provider.begin("a-state", Prompt::Unasked, NOW).await.unwrap();
    let query: HashMap<_, _> = begun.url.query_pairs().into_owned().collect();
    let has = |name: &str| query.get(name).map(String::as_str);
    assert!(begun.url.as_str().starts_with(&format!("{}/authorize?tenant=1&", hostile.issuer)));
    assert_eq!(has("response_type"), Some("code"));
    assert_eq!(has("response_mode"), Some("form_post"));
    assert_eq!(has("client_id"), Some("narthex"));
    assert_eq!(has("redirect_uri"), Some("https://auth.example.com/oidc/corp/callback"));
    assert_eq!(has("scope"), Some("openid profile email"));
    assert_eq!(has("state"), Some("a-state"));
    assert_eq!(has("nonce"), Some(&*begun.nonce));
    assert_eq!(has("code_challenge_method"), Some("S256"));
    assert_eq!(has("code_challenge"), Some(&*base64url(&sha256(begun.verifier.as_bytes()))));
    assert_eq!(has("prompt"), None);
    assert!(begun.nonce.len() == 43 && begun.verifier.len() == 43);

    let again = super::provider(&hostile).begin("a-state", Prompt::Login, NOW).await.unwrap();
    assert!(again.url.query_pairs().any(|(name, value)| name == "prompt" && value == "login"));
    assert!(!again.url.query_pairs().any(|(name, _)| name == "response_mode"), "query is what is usual");
    assert!(again.nonce != begun.nonce && again.verifier != begun.verifier);
}

/// What the token endpoint was told: the Authorization header, and the form.
async fn redeemed(
    hostile: &Hostile,
    change: impl FnOnce(&mut config::Provider),
) -> (Option<String>, HashMap<String, String>) {
    let provider = provider_with(hostile, change);
    login(hostile, &provider, honest(hostile), NOW).await.unwrap();
    let asked = hostile.asked("/token").pop().unwrap();
    assert_eq!(asked.fields["grant_type"], "authorization_code");
    assert_eq!(asked.fields["redirect_uri"], "https://auth.example.com/oidc/corp/callback");
    assert_eq!(asked.fields["code_verifier"].len(), 43);
    (asked.authorization, asked.fields)
}

#[tokio::test]
async fn the_code_is_redeemed_with_the_verifier_and_the_configured_client_authentication() {
    let hostile = Hostile::start().await;
    let redeem = async |auth| {
        let (header, form) = redeemed(&hostile, |c| {
            c.client_auth = auth;
            c.client_secret = c.client_secret.take().filter(|_| auth != ClientAuth::None);
        })
        .await;
        assert!(!form.contains_key("client_assertion"));
        (header, form.get("client_id").cloned(), form.get("client_secret").cloned())
    };
    let us = Some("narthex".to_owned());
    // RFC 6749 §2.3.1: both are form-encoded first. This is `narthex:a+secret%3A+%2B%25%2F`.
    let basic = "Basic bmFydGhleDphK3NlY3JldCUzQSslMkIlMjUlMkY=".to_owned();
    assert_eq!(redeem(ClientAuth::Basic).await, (Some(basic), None, None));
    assert_eq!(redeem(ClientAuth::Post).await, (None, us.clone(), Some(SECRET.to_owned())));
    assert_eq!(redeem(ClientAuth::None).await, (None, us, None));
}

#[tokio::test]
async fn a_client_with_a_key_signs_for_the_audience_that_the_configuration_names() {
    let hostile = Hostile::start().await;
    let pem = pem();
    for (audience, expected) in [
        (AssertionAudience::TokenEndpoint, format!("{}/token", hostile.issuer)),
        (AssertionAudience::Issuer, hostile.issuer.clone()),
    ] {
        let (header, form) = redeemed(&hostile, |c| {
            (c.client_auth, c.client_secret) = (ClientAuth::PrivateKeyJwt, None);
            (c.client_key, c.client_assertion_audience) = (Some(SecretString::from(pem.clone())), audience);
        })
        .await;
        assert_eq!((header, form.get("client_secret")), (None, None));
        assert_eq!(form["client_id"], "narthex");
        assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        let claims = form["client_assertion"].split('.').nth(1).and_then(from_base64url).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["aud"], expected.as_str());
    }
}

/// An Ed25519 key as OpenSSL writes it.
fn pem() -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let der = [head.as_slice(), &random::<32>()].concat();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", STANDARD.encode(der))
}

#[tokio::test]
async fn f_17_a_provider_that_is_down_is_asked_again_later_and_not_by_everybody() {
    let hostile = Hostile::start().await;
    let provider = provider(&hostile);
    assert!(provider.answers(NOW), "nobody knows better");
    let (one, other) =
        tokio::join!(provider.begin("s", Prompt::Unasked, NOW), provider.begin("s", Prompt::Unasked, NOW));
    for begun in [one.err(), other.err(), provider.begin("s", Prompt::Unasked, later(2)).await.err()] {
        assert_eq!(begun.unwrap().kind(), ErrorKind::Unavailable);
    }
    assert_eq!(hostile.asked(DISCOVERY).len(), 1, "the failure is remembered");
    assert!(provider.check(NOW).await.is_err());
    assert_eq!(hostile.asked(DISCOVERY).len(), 2, "check always asks");
    assert!(!provider.answers(later(600)));
    let state = provider.state(later(5));
    assert!(state.found.is_none() && state.last_success.is_none());
    let (at, error) = state.last_error.unwrap();
    assert!(at >= NOW && error.starts_with("provider `corp`: "), "{error}");

    hostile.plays(honest(&hostile));
    provider.keep_up(later(10)).await;
    assert!(provider.answers(later(10)), "it is back, and nobody had to sign in to see it");
    assert!(login(&hostile, &provider, honest(&hostile), later(10)).await.is_ok());
    let found = provider.check(later(10)).await.unwrap();
    assert_eq!(
        (found.keys.len(), found.keys[0].kid.as_deref(), found.keys[0].kind),
        (1, Some("k1"), "Ed25519")
    );
    assert_eq!(found.end_session_endpoint.unwrap().path(), "/end");
    assert!(found.backchannel_logout_supported && found.names_itself);
    let state = provider.state(later(11));
    assert_eq!(
        (state.answers, state.last_success, state.found.unwrap().at),
        (true, Some(later(10)), later(10))
    );
}

#[tokio::test]
async fn f_16_a_sign_in_without_an_answer_speaks_for_a_minute_and_a_browser_for_nobody() {
    let hostile = Hostile::start().await;
    let provider = provider(&hostile);
    let mut tricks = honest(&hostile);
    tricks.answer["error"] = json!("temporarily_unavailable");
    assert!(login(&hostile, &provider, tricks, NOW).await.is_err());
    assert!(provider.answers(NOW), "anybody can send this");
    let mut tricks = honest(&hostile);
    tricks.at("/token", Wire::Status(503));
    assert!(login(&hostile, &provider, tricks, NOW).await.is_err());
    assert!(!provider.answers(later(59)) && provider.answers(later(60)));
    assert!(login(&hostile, &provider, honest(&hostile), later(1)).await.is_ok());
    assert!(provider.answers(later(1)));
}

#[tokio::test]
async fn f_16_no_more_than_a_few_dozen_requests_are_with_a_provider_that_hangs() {
    let hostile = Hostile::start().await;
    let provider = provider(&hostile);
    let mut tricks = honest(&hostile);
    tricks.at("/token", Wire::Never);
    hostile.plays(tricks);
    let begun = provider.begin("s", Prompt::Unasked, NOW).await.unwrap();
    let answer = visit(&begun).await;
    let all = join_all((0..400).map(|_| provider.finish(&answer, &begun.nonce, &begun.verifier, NOW)));
    let others = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(hostile.asked("/token").len(), 64);
        assert!(
            provider.begin("s", Prompt::Unasked, NOW).await.is_ok(),
            "whoever begins waits for none of them"
        );
    };
    tokio::select! {
        _ = all => panic!("most of them wait"),
        () = others => {}
    }
    // Nobody waits any more: the places are free again.
    assert!(login(&hostile, &provider, honest(&hostile), NOW).await.is_ok());
}

#[tokio::test]
async fn a_place_to_sign_out_that_is_no_safe_link_is_none() {
    let hostile = Hostile::start().await;
    for unsafe_one in ["javascript:alert(1)", "http://idp.example.com/end", "/end", ""] {
        let mut tricks = honest(&hostile);
        tricks.metadata["end_session_endpoint"] = json!(unsafe_one);
        hostile.plays(tricks);
        let found = provider(&hostile).check(NOW).await.unwrap();
        assert!(found.end_session_endpoint.is_none(), "{unsafe_one}");
    }
}

#[tokio::test]
async fn everybody_waits_for_one_discovery() {
    let hostile = Hostile::start().await;
    hostile.plays(honest(&hostile));
    let provider = provider(&hostile);
    let begun = join_all((0..20).map(|_| provider.begin("s", Prompt::Unasked, NOW))).await;
    assert!(begun.iter().all(Result::is_ok));
    assert_eq!((hostile.asked(DISCOVERY).len(), hostile.asked("/jwks").len()), (1, 1));
}

/// Honest, with another key.
fn rotated(hostile: &Hostile, key: Key) -> Tricks {
    let mut tricks = honest(hostile);
    tricks.has_key(key);
    tricks
}

#[tokio::test]
async fn f_18_new_keys_are_found_at_once() {
    let hostile = Hostile::start().await;
    let provider = provider(&hostile);
    assert!(login(&hostile, &provider, honest(&hostile), NOW).await.is_ok());
    assert!(login(&hostile, &provider, rotated(&hostile, Key::ed25519("k2")), NOW).await.is_ok(), "rotated");
    assert_eq!(hostile.asked("/jwks").len(), 2);
    assert_eq!(provider.state(NOW).found.unwrap().keys[0].kid.as_deref(), Some("k2"));
    // The same kid, or none, does not hide a new key either.
    let same = rotated(&hostile, Key::ed25519("k2"));
    assert!(login(&hostile, &provider, same, later(10)).await.is_ok());
    let mut nameless = rotated(&hostile, Key::ed25519("k3"));
    nameless.header = json!({"alg": "EdDSA"});
    assert!(login(&hostile, &provider, nameless, later(20)).await.is_ok());
}

#[tokio::test]
async fn f_18_rotation_serves_everybody_who_waits() {
    let hostile = Hostile::start().await;
    let provider = provider(&hostile);
    assert!(login(&hostile, &provider, honest(&hostile), NOW).await.is_ok());
    hostile.plays(rotated(&hostile, Key::ed25519("k2")));
    let sign_in = async |_: usize| {
        let begun = provider.begin("s", Prompt::Unasked, NOW).await.unwrap();
        let answer = visit(&begun).await;
        provider.finish(&answer, &begun.nonce, &begun.verifier, NOW).await
    };
    let all = join_all((0..10).map(sign_in)).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(hostile.asked("/jwks").len(), 2);
}

#[tokio::test]
async fn f_18_rotation_while_the_keys_cannot_be_read_is_over_when_they_can() {
    let hostile = Hostile::start().await;
    let provider = provider(&hostile);
    assert!(login(&hostile, &provider, honest(&hostile), NOW).await.is_ok());
    for (second, wire) in
        [(0, Wire::Status(503)), (10, Wire::Says(200, "application/json", r#"{"keys":[]}"#))]
    {
        let mut tricks = rotated(&hostile, Key::ed25519("k2"));
        tricks.at("/jwks", wire);
        let failed = login(&hostile, &provider, tricks, later(second)).await.unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::Unavailable);
    }
    // The old one was kept meanwhile: an empty set replaces nothing.
    assert!(login(&hostile, &provider, honest(&hostile), later(11)).await.is_ok());
    assert!(login(&hostile, &provider, rotated(&hostile, Key::ed25519("k2")), later(20)).await.is_ok());
}

#[tokio::test]
async fn a_34_bad_tokens_do_not_make_us_ask_for_keys_again_and_again() {
    let hostile = Hostile::start().await;
    let provider = provider(&hostile);
    let bad = async |now| {
        let mut tricks = honest(&hostile);
        tricks.header["kid"] = json!("k9");
        let refused = login(&hostile, &provider, tricks, now).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::BadAnswer);
    };
    for second in 0..10 {
        bad(later(second)).await;
        bad(later(second)).await;
    }
    assert_eq!(hostile.asked("/jwks").len(), 2, "the first time, and once for the missing key");
    bad(later(10)).await;
    assert_eq!(hostile.asked("/jwks").len(), 3);
    assert!(login(&hostile, &provider, honest(&hostile), later(11)).await.is_ok());
}

#[tokio::test]
async fn f_18_keys_are_renewed_by_age_and_outlive_a_provider_that_is_down() {
    const HOUR: u64 = 3600;
    let hostile = Hostile::start().await;
    let provider = provider(&hostile);
    let sign_in = async |after: u64, spoil: fn(&mut Tricks)| {
        let mut tricks = hostile.honest(later(after).seconds());
        spoil(&mut tricks);
        login(&hostile, &provider, tricks, later(after)).await
    };
    assert!(sign_in(0, |_| {}).await.is_ok());
    assert!(sign_in(HOUR - 1, |_| {}).await.is_ok());
    assert_eq!(hostile.asked("/jwks").len(), 1);
    assert!(sign_in(HOUR, |_| {}).await.is_ok());
    assert_eq!(hostile.asked("/jwks").len(), 2, "an hour is over");

    let empty: fn(&mut Tricks) = |t| t.keys = json!({"keys": []});
    assert!(sign_in(3 * HOUR, empty).await.is_ok(), "an empty set replaces nothing");
    assert!(sign_in(4 * HOUR, |t| t.at("/jwks", Wire::Status(500))).await.is_ok());
    assert_eq!(sign_in(25 * HOUR, empty).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(sign_in(25 * HOUR + 5, |_| {}).await.is_ok());
}

#[test]
fn a_configuration_that_contradicts_itself_is_refused() {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let make = |change: fn(&mut config::Provider)| {
        let mut config = provider_config("https://idp.example.com");
        change(&mut config);
        Provider::new(config, &Url::parse("https://auth.example.com").unwrap())
    };
    let good = make(|_| {}).unwrap();
    assert_eq!((good.name(), good.label()), ("corp", "Example SSO"));
    assert!(good.public_key().is_none());
    for spoil in [
        (|c| c.issuer = "http://idp.example.com".into()) as fn(&mut config::Provider),
        |c| c.client_secret = None,
        |c| c.client_auth = ClientAuth::None,
        |c| c.client_auth = ClientAuth::PrivateKeyJwt,
        |c| (c.client_auth, c.client_secret) = (ClientAuth::PrivateKeyJwt, None),
        |c| {
            (c.client_auth, c.client_secret) = (ClientAuth::PrivateKeyJwt, None);
            c.client_key = Some(SecretString::from("no key"));
        },
        |c| c.algorithms.clear(),
    ] {
        let Err(error) = make(spoil) else { panic!("was accepted") };
        assert_eq!(error.kind(), ErrorKind::Misconfigured);
        assert!(error.to_string().starts_with("provider `corp`: "), "{error}");
        assert!(!error.to_string().contains("no key"), "{error}");
    }
}
