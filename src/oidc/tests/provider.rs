//! Discovery, keys over time, and what our requests look like.
use std::collections::HashMap;

use serde_json::json;
use url::Url;

use super::{Fake, Key, Login, NOW, Reply, SECRET, later, provider, provider_config, provider_with};
use crate::{
    config::{self, ClientAuth},
    domain::secret::{base64url, sha256},
    oidc::{ErrorKind, Provider},
};

const DISCOVERY: &str = "/.well-known/openid-configuration";

#[tokio::test]
async fn the_authorization_request_has_pkce_state_and_nonce() {
    let fake = Fake::start().await;
    fake.answer_with(Login::good(&fake, &Key::ed25519("k1")).replies);
    let provider = provider(&fake);
    let begun = provider.begin("a-state", false, NOW).await.unwrap();
    let query: HashMap<_, _> = begun.url.query_pairs().into_owned().collect();
    let has = |name: &str| query.get(name).map(String::as_str);
    assert!(begun.url.as_str().starts_with(&format!("{}/authorize?tenant=1&", fake.issuer)));
    assert_eq!(has("response_type"), Some("code"));
    assert_eq!(has("client_id"), Some("narthex"));
    assert_eq!(has("redirect_uri"), Some("https://auth.example.com/oidc/corp/callback"));
    assert_eq!(has("scope"), Some("openid profile email"));
    assert_eq!(has("state"), Some("a-state"));
    assert_eq!(has("nonce"), Some(&*begun.nonce));
    assert_eq!(has("code_challenge_method"), Some("S256"));
    assert_eq!(has("code_challenge"), Some(&*base64url(&sha256(begun.verifier.as_bytes()))));
    assert_eq!(has("prompt"), None);
    assert!(begun.nonce.len() == 43 && begun.verifier.len() == 43);

    let again = provider.begin("a-state", true, NOW).await.unwrap();
    assert!(again.url.query_pairs().any(|(name, value)| name == "prompt" && value == "login"));
    assert!(again.nonce != begun.nonce && again.verifier != begun.verifier);
}

#[tokio::test]
async fn the_code_is_redeemed_with_the_verifier_and_the_configured_client_authentication() {
    let fake = Fake::start().await;
    let key = Key::ed25519("k1");
    let redeem = async |auth| {
        let provider = provider_with(&fake, |c| {
            c.client_auth = auth;
            c.client_secret = c.client_secret.take().filter(|_| auth != ClientAuth::None);
        });
        Login::good(&fake, &key).run(&fake, &provider, NOW).await.unwrap();
        let asked = fake.asked("/token").pop().unwrap();
        let body: HashMap<_, _> = url::form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
        assert_eq!(body["grant_type"], "authorization_code");
        assert_eq!(body["code"], "a-code");
        assert_eq!(body["redirect_uri"], "https://auth.example.com/oidc/corp/callback");
        assert_eq!(body["code_verifier"].len(), 43);
        (asked.authorization, body.get("client_id").cloned(), body.get("client_secret").cloned())
    };
    let us = Some("narthex".to_owned());
    // RFC 6749 §2.3.1: both are form-encoded first. This is `narthex:a+secret%3A+%2B%25%2F`.
    let basic = "Basic bmFydGhleDphK3NlY3JldCUzQSslMkIlMjUlMkY=".to_owned();
    assert_eq!(redeem(ClientAuth::Basic).await, (Some(basic), None, None));
    assert_eq!(redeem(ClientAuth::Post).await, (None, us.clone(), Some(SECRET.to_owned())));
    assert_eq!(redeem(ClientAuth::None).await, (None, us, None));
}

#[tokio::test]
async fn f_17_a_provider_that_is_down_is_asked_again_later_and_not_by_everybody() {
    let fake = Fake::start().await;
    let provider = provider(&fake);
    let (one, other) = tokio::join!(provider.begin("s", false, NOW), provider.begin("s", false, NOW));
    for begun in [one.err(), other.err(), provider.begin("s", false, later(2)).await.err()] {
        assert_eq!(begun.unwrap().kind(), ErrorKind::Unavailable);
    }
    assert_eq!(fake.asked(DISCOVERY).len(), 1, "the failure is remembered");
    assert!(provider.check(NOW).await.is_err());
    assert_eq!(fake.asked(DISCOVERY).len(), 2, "check always asks");

    assert!(Login::good(&fake, &Key::ed25519("k1")).run(&fake, &provider, later(10)).await.is_ok());
    assert!(provider.check(later(10)).await.is_ok());
}

#[tokio::test]
async fn everybody_waits_for_one_discovery() {
    let fake = Fake::start().await;
    fake.answer_with(Login::good(&fake, &Key::ed25519("k1")).replies);
    let provider = provider(&fake);
    let begun = futures_util::future::join_all((0..20).map(|_| provider.begin("s", false, NOW))).await;
    assert!(begun.iter().all(Result::is_ok));
    assert_eq!((fake.asked(DISCOVERY).len(), fake.asked("/jwks").len()), (1, 1));
}

/// Takes as long as we are patient, in real time.
#[tokio::test]
async fn a_32_a_provider_that_never_answers_is_given_up() {
    let key = Key::ed25519("k1");
    let rows: [fn(&mut Login); 4] = [
        |l| l.replies.token = Reply::Never,
        |l| l.replies.userinfo = Reply::Never,
        |l| l.replies.discovery = Reply::Never,
        |l| l.replies.jwks = Reply::Never,
    ];
    let give_up = rows.map(|spoil| {
        let key = &key;
        async move {
            let fake = Fake::start().await;
            let provider = provider(&fake);
            let mut login = Login::good(&fake, key);
            login.without_claim("email");
            spoil(&mut login);
            let late = login.run(&fake, &provider, NOW).await.unwrap_err();
            assert_eq!(late.kind(), ErrorKind::Unavailable, "{late}");
            assert!(Login::good(&fake, key).run(&fake, &provider, later(20)).await.is_ok());
        }
    });
    futures_util::future::join_all(give_up).await;
}

#[tokio::test]
async fn f_18_new_keys_are_found_at_once() {
    let fake = Fake::start().await;
    let provider = provider(&fake);
    assert!(Login::good(&fake, &Key::ed25519("k1")).run(&fake, &provider, NOW).await.is_ok());
    assert!(Login::good(&fake, &Key::ed25519("k2")).run(&fake, &provider, NOW).await.is_ok(), "rotated");
    assert_eq!(fake.asked("/jwks").len(), 2);
    // The same kid, or none, does not hide a new key either.
    assert!(Login::good(&fake, &Key::ed25519("k2")).run(&fake, &provider, later(10)).await.is_ok());
    let mut login = Login::good(&fake, &Key::ed25519("k3"));
    login.header = json!({"alg": "EdDSA"});
    assert!(login.run(&fake, &provider, later(20)).await.is_ok());
}

#[tokio::test]
async fn f_18_rotation_serves_everybody_who_waits() {
    let fake = Fake::start().await;
    let provider = provider(&fake);
    assert!(Login::good(&fake, &Key::ed25519("k1")).run(&fake, &provider, NOW).await.is_ok());
    let begun = provider.begin("s", false, NOW).await.unwrap();
    let mut login = Login::good(&fake, &Key::ed25519("k2"));
    login.claims["nonce"] = json!(begun.nonce);
    login.response["id_token"] = json!(login.key.sign(&login.header, &login.claims));
    login.replies.token = Reply::Json(login.response);
    fake.answer_with(login.replies);
    let finish = |_| provider.finish(&login.answer, &begun.nonce, &begun.verifier, NOW);
    let all = futures_util::future::join_all((0..10).map(finish)).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(fake.asked("/jwks").len(), 2);
}

#[tokio::test]
async fn a_34_bad_tokens_do_not_make_us_ask_for_keys_again_and_again() {
    let fake = Fake::start().await;
    let provider = provider(&fake);
    let key = Key::ed25519("k1");
    let bad = async |now| {
        let mut login = Login::good(&fake, &key);
        login.header["kid"] = json!("k9");
        let refused = login.run(&fake, &provider, now).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::BadAnswer);
    };
    for second in 0..10 {
        bad(later(second)).await;
        bad(later(second)).await;
    }
    assert_eq!(fake.asked("/jwks").len(), 2, "the first time, and once for the missing key");
    bad(later(10)).await;
    assert_eq!(fake.asked("/jwks").len(), 3);
    assert!(Login::good(&fake, &key).run(&fake, &provider, later(11)).await.is_ok());
}

#[tokio::test]
async fn f_18_keys_are_renewed_by_age_and_outlive_a_provider_that_is_down() {
    const HOUR: u64 = 3600;
    let fake = Fake::start().await;
    let provider = provider(&fake);
    let key = Key::ed25519("k1");
    let login = async |after: u64, jwks: Option<Reply>| {
        let mut login = Login::good(&fake, &key);
        for claim in ["iat", "exp"] {
            login.claims[claim] = json!(later(after).seconds() + 10);
        }
        login.replies.jwks = jwks.unwrap_or(login.replies.jwks);
        login.run(&fake, &provider, later(after)).await
    };
    assert!(login(0, None).await.is_ok());
    assert!(login(HOUR - 1, None).await.is_ok());
    assert_eq!(fake.asked("/jwks").len(), 1);
    assert!(login(HOUR, None).await.is_ok());
    assert_eq!(fake.asked("/jwks").len(), 2, "an hour is over");

    let empty = || Some(Reply::Json(json!({"keys": []})));
    assert!(login(3 * HOUR, empty()).await.is_ok(), "an empty set replaces nothing");
    assert!(login(4 * HOUR, Some(Reply::Raw(500, "text/plain", ""))).await.is_ok());
    assert_eq!(login(25 * HOUR, empty()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(login(25 * HOUR + 5, None).await.is_ok());
}

#[test]
fn a_configuration_that_contradicts_itself_is_refused() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let make = |change: fn(&mut config::Provider)| {
        let mut config = provider_config("https://idp.example.com");
        change(&mut config);
        Provider::new(config, &Url::parse("https://auth.example.com").unwrap())
    };
    let good = make(|_| {}).unwrap();
    assert_eq!((good.name(), good.label()), ("corp", "Example SSO"));
    for spoil in [
        (|c| c.issuer = "http://idp.example.com".into()) as fn(&mut config::Provider),
        |c| c.client_secret = None,
        |c| c.client_auth = ClientAuth::None,
        |c| c.algorithms.clear(),
    ] {
        let Err(error) = make(spoil) else { panic!("was accepted") };
        assert_eq!(error.kind(), ErrorKind::Misconfigured);
        assert!(error.to_string().starts_with("provider `corp`: "), "{error}");
    }
}
