//! What a sign-in must not get away with: a row each.
use serde_json::{Value, json};

use super::{ACCESS_TOKEN, Fake, Key, Login, NOW, Reply, SECRET, at_hash, later, provider, provider_with};
use crate::{
    domain::identity::EmailClaim,
    oidc::{Error, ErrorKind},
};

type Row = (&'static str, fn(&mut Login));

/// Runs each row against a provider of its own: refused with `kind`; then the good login works.
async fn all_refused(rows: &[Row], kind: ErrorKind) {
    let fake = Fake::start().await;
    let key = Key::ed25519("k1");
    let mut faults = Vec::new();
    for (row, spoil) in rows {
        let provider = provider(&fake);
        let mut login = Login::good(&fake, &key);
        spoil(&mut login);
        match login.run(&fake, &provider, NOW).await {
            Ok(_) => faults.push(format!("{row}: was taken")),
            Err(error) => {
                if error.kind() != kind {
                    faults.push(format!("{row}: {error:?}"));
                }
                let text = error.to_string();
                if [ACCESS_TOKEN, SECRET, "a-code", "eyJ"].iter().any(|secret| text.contains(secret)) {
                    faults.push(format!("{row}: tells a secret: {text}"));
                }
            }
        }
        if !fake.asked("/elsewhere").is_empty() {
            faults.push(format!("{row}: a redirect was followed"));
        }
        if let Err(error) = Login::good(&fake, &key).run(&fake, &provider, later(20)).await {
            faults.push(format!("{row}: the good login after it fails: {error}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn a_25_id_tokens_with_wrong_claims_are_refused() {
    let rows: &[Row] = &[
        ("wrong iss", |l| l.claims["iss"] = json!("https://evil.example")),
        ("iss with a slash more", |l| {
            l.claims["iss"] = json!(format!("{}/", l.claims["iss"].as_str().unwrap()));
        }),
        ("no iss", |l| l.without_claim("iss")),
        ("wrong aud", |l| l.claims["aud"] = json!("other")),
        ("second aud", |l| l.claims["aud"] = json!(["narthex", "other"])),
        ("no aud", |l| l.without_claim("aud")),
        ("wrong nonce", |l| l.claims["nonce"] = json!("other")),
        ("no nonce", |l| l.without_claim("nonce")),
        ("expired a minute ago", |l| l.claims["exp"] = json!(NOW.seconds() - 60)),
        ("no exp", |l| l.without_claim("exp")),
        ("issued tomorrow", |l| l.claims["iat"] = json!(NOW.seconds() + 86400)),
        ("issued in 61 seconds", |l| l.claims["iat"] = json!(NOW.seconds() + 61)),
        ("no iat", |l| l.without_claim("iat")),
        ("nbf in 61 seconds", |l| l.claims["nbf"] = json!(NOW.seconds() + 61)),
        ("nbf is no number", |l| l.claims["nbf"] = json!("soon")),
        ("other azp", |l| l.claims["azp"] = json!("other")),
        ("azp is no text", |l| l.claims["azp"] = json!(["narthex"])),
        ("wrong at_hash", |l| l.claims["at_hash"] = json!(at_hash("another-token"))),
        ("empty sub", |l| l.claims["sub"] = json!("")),
        ("no sub", |l| l.without_claim("sub")),
        ("sub with NUL", |l| l.claims["sub"] = json!("a\0b")),
        ("sub of 256 bytes", |l| l.claims["sub"] = json!("x".repeat(256))),
        ("sub is a number", |l| l.claims["sub"] = json!(1)),
        ("sid with CR", |l| l.claims["sid"] = json!("a\rb")),
        ("sid is a number", |l| l.claims["sid"] = json!(1)),
    ];
    all_refused(rows, ErrorKind::BadAnswer).await;
}

#[tokio::test]
async fn a_25_id_tokens_with_wrong_signatures_are_refused() {
    fn sign_with(login: &mut Login, key: Key) {
        login.header["alg"] = json!(key.alg);
        login.key = key;
    }
    let rows: &[Row] = &[
        ("alg none", |l| sign_with(l, Key::none())),
        ("alg none without kid", |l| {
            sign_with(l, Key::none());
            l.header = json!({"alg": "none"});
        }),
        ("HS256 with the client secret", |l| sign_with(l, Key::hmac(SECRET))),
        ("HS256 with a published key", |l| {
            let key = Key::hmac("published");
            l.header = json!({"alg": "HS256"});
            l.replies.jwks = Reply::Json(json!({"keys": [l.key.jwk, key.jwk]}));
            l.key = key;
        }),
        ("another key of the same kid", |l| l.key = Key::ed25519("k1")),
        ("unknown kid", |l| l.header["kid"] = json!("k9")),
        ("no kid and two keys", |l| {
            l.header = json!({"alg": "EdDSA"});
            l.replies.jwks = Reply::Json(json!({"keys": [Key::ed25519("k2").jwk, l.key.jwk]}));
        }),
        ("RSA of 1024 bits", |l| {
            let key = Key::rsa("short", 1024);
            l.header = json!({"alg": "RS256", "kid": "short"});
            l.replies.jwks = Reply::Json(json!({"keys": [l.key.jwk, key.jwk]}));
            l.key = key;
        }),
        ("key for encryption", |l| {
            let mut jwk = l.key.jwk.clone();
            jwk["use"] = json!("enc");
            l.replies.jwks = Reply::Json(json!({"keys": [Key::p256("k2").jwk, jwk]}));
        }),
        ("a logout token's typ", |l| l.header["typ"] = json!("logout+jwt")),
        ("a critical header", |l| l.header["crit"] = json!(["x"])),
        ("a key in the header", |l| {
            l.key = Key::ed25519("k1");
            l.header["jwk"] = l.key.jwk.clone();
        }),
    ];
    all_refused(rows, ErrorKind::BadAnswer).await;
}

#[tokio::test]
async fn a_25_wrong_token_and_userinfo_answers_are_refused() {
    let rows: &[Row] = &[
        ("token_type mac", |l| l.response["token_type"] = json!("mac")),
        ("no token_type", |l| drop(l.response.as_object_mut().unwrap().remove("token_type"))),
        ("access token with CR LF", |l| {
            l.response["access_token"] = json!("x\r\nHost: evil.example");
            l.without_claim("email");
        }),
        ("no ID token", |l| l.response["id_token"] = Value::Null),
        ("ID token of rubbish", |l| l.response["id_token"] = json!("a.b.c")),
        ("token answer of rubbish", |l| l.replies.token = Reply::Raw(200, "application/json", "{")),
        ("token answer as a page", |l| l.replies.token = Reply::Raw(200, "text/html", "<p>")),
        ("empty token answer", |l| l.replies.token = Reply::Raw(200, "application/json", "")),
        ("code not taken", |l| {
            l.replies.token = Reply::Raw(400, "application/json", r#"{"error":"invalid_grant"}"#);
        }),
        ("userinfo of another person", |l| {
            l.without_claim("email");
            l.replies.userinfo = Reply::Json(json!({"sub": "other", "email": "x@corp.example"}));
        }),
        ("userinfo of nobody", |l| {
            l.without_claim("email");
            l.replies.userinfo = Reply::Json(json!({"email": "x@corp.example"}));
        }),
        ("userinfo of rubbish", |l| {
            l.without_claim("email");
            l.replies.userinfo = Reply::Raw(200, "application/jwt", "eyJ.eyJ.x");
        }),
        ("userinfo not allowed", |l| {
            l.without_claim("email");
            l.replies.userinfo = Reply::Raw(401, "application/json", "{}");
        }),
    ];
    all_refused(rows, ErrorKind::BadAnswer).await;
}

#[tokio::test]
async fn a_25_wrong_answers_by_the_browser_are_refused() {
    let rows: &[Row] = &[
        ("iss of another provider", |l| l.answer.iss = Some("https://evil.example".into())),
        ("no iss though announced", |l| l.answer.iss = None),
        ("other iss though not announced", |l| {
            l.metadata("authorization_response_iss_parameter_supported", json!(false));
            l.answer.iss = Some("https://evil.example".into());
        }),
        ("no code", |l| l.answer.code = None),
        ("empty code", |l| l.answer.code = Some(String::new())),
        ("endless code", |l| l.answer.code = Some("x".repeat(4097))),
    ];
    all_refused(rows, ErrorKind::BadAnswer).await;
    let rows: &[Row] = &[
        ("error", |l| {
            l.answer.code = None;
            l.answer.error = Some("access_denied".into());
        }),
        ("error beside a code", |l| l.answer.error = Some("access_denied".into())),
        ("an error of nobody's", |l| l.answer.error = Some("whatever".into())),
    ];
    all_refused(rows, ErrorKind::Denied).await;
    let rows: &[Row] = &[
        ("the provider's fault", |l| l.answer.error = Some("server_error".into())),
        ("the provider is busy", |l| l.answer.error = Some("temporarily_unavailable".into())),
    ];
    all_refused(rows, ErrorKind::Unavailable).await;
    let rows: &[Row] = &[
        ("a scope that is not allowed", |l| l.answer.error = Some("invalid_scope".into())),
        ("a client that may not", |l| l.answer.error = Some("unauthorized_client".into())),
    ];
    all_refused(rows, ErrorKind::Misconfigured).await;
}

#[tokio::test]
async fn a_32_a_33_answers_that_are_none_are_refused() {
    let rows: &[Row] = &[
        ("token: 500", |l| l.replies.token = Reply::Raw(500, "text/plain", "")),
        ("token: 307", |l| l.replies.token = Reply::Redirect(307)),
        ("discovery: 500", |l| l.replies.discovery = Reply::Raw(500, "text/html", "<p>")),
        ("discovery: 404", |l| l.replies.discovery = Reply::Raw(404, "text/html", "<p>")),
        ("discovery: 302", |l| l.replies.discovery = Reply::Redirect(302)),
        ("discovery: rubbish", |l| l.replies.discovery = Reply::Raw(200, "application/json", "{")),
        ("discovery: no token endpoint", |l| l.metadata("token_endpoint", Value::Null)),
        ("keys: 500", |l| l.replies.jwks = Reply::Raw(500, "text/plain", "")),
        ("keys: 302", |l| l.replies.jwks = Reply::Redirect(302)),
        ("keys: rubbish", |l| l.replies.jwks = Reply::Raw(200, "application/json", "[]")),
        ("keys: none", |l| l.replies.jwks = Reply::Json(json!({"keys": []}))),
        ("userinfo: 500", |l| {
            l.without_claim("email");
            l.replies.userinfo = Reply::Raw(500, "text/plain", "");
        }),
        ("userinfo: 307", |l| {
            l.without_claim("email");
            l.replies.userinfo = Reply::Redirect(307);
        }),
    ];
    all_refused(rows, ErrorKind::Unavailable).await;
}

#[tokio::test]
async fn a_32_no_answer_is_read_beyond_a_mebibyte() {
    let fake = Fake::start().await;
    let key = Key::ed25519("k1");
    let rows: &[fn(&mut Login)] = &[
        |l| l.replies.discovery = Reply::Endless,
        |l| l.replies.jwks = Reply::Endless,
        |l| l.replies.token = Reply::Endless,
        |l| l.replies.userinfo = Reply::Endless,
    ];
    for spoil in rows {
        let provider = provider(&fake);
        let mut login = Login::good(&fake, &key);
        login.without_claim("email");
        spoil(&mut login);
        let error = login.run(&fake, &provider, NOW).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().ends_with("is larger than 1 MiB"), "{error}");
        assert!(Login::good(&fake, &key).run(&fake, &provider, later(20)).await.is_ok());
    }
}

#[tokio::test]
async fn what_only_an_operator_can_mend_is_called_so() {
    let rows: &[Row] = &[
        ("other issuer", |l| l.metadata("issuer", json!("https://idp.example.com"))),
        ("endpoint in the clear", |l| l.metadata("token_endpoint", json!("http://idp.example.com/token"))),
        ("userinfo in the clear", |l| l.metadata("userinfo_endpoint", json!("http://idp.example.com/me"))),
        ("algorithms that we do not take", |l| {
            l.metadata("id_token_signing_alg_values_supported", json!(["HS256", "ES512"]));
        }),
        ("client not known", |l| {
            l.replies.token = Reply::Raw(401, "application/json", r#"{"error":"invalid_client"}"#);
        }),
        ("grant not allowed", |l| {
            l.replies.token = Reply::Raw(400, "application/json", r#"{"error":"unsupported_grant_type"}"#);
        }),
    ];
    all_refused(rows, ErrorKind::Misconfigured).await;
}

#[tokio::test]
async fn what_a_provider_may_do_is_accepted() {
    let rows: &[Row] = &[
        ("nothing special", |_| {}),
        ("aud as a list", |l| l.claims["aud"] = json!(["narthex"])),
        ("our azp", |l| l.claims["azp"] = json!("narthex")),
        ("expired 59 seconds ago", |l| l.claims["exp"] = json!(NOW.seconds() - 59)),
        ("issued in 60 seconds", |l| l.claims["iat"] = json!(NOW.seconds() + 60)),
        ("nbf in 60 seconds", |l| l.claims["nbf"] = json!(NOW.seconds() + 60)),
        ("right at_hash", |l| l.claims["at_hash"] = json!(at_hash(ACCESS_TOKEN))),
        ("no kid and one key", |l| l.header = json!({"alg": "EdDSA", "typ": "JWT"})),
        ("token_type in capitals", |l| l.response["token_type"] = json!("BEARER")),
        ("no expires_in", |l| drop(l.response.as_object_mut().unwrap().remove("expires_in"))),
        ("no iss, not announced", |l| {
            l.metadata("authorization_response_iss_parameter_supported", json!(false));
            l.answer.iss = None;
        }),
        ("malformed and weak keys beside the good one", |l| {
            let bad = json!({"kty": "RSA", "kid": "k1", "n": "!!", "e": "AQAB"});
            l.replies.jwks = Reply::Json(json!({"keys": [bad, {"kty": "XX"}, 7, l.key.jwk]}));
        }),
        ("a P-256 key", |l| {
            l.key = Key::p256("k2");
            l.header = json!({"alg": "ES256", "kid": "k2"});
            l.replies.jwks = Reply::Json(json!({"keys": [l.key.jwk]}));
        }),
        ("metadata without algorithms", |l| l.metadata("id_token_signing_alg_values_supported", json!([]))),
    ];
    let fake = Fake::start().await;
    let key = Key::ed25519("k1");
    for (row, change) in rows {
        let mut login = Login::good(&fake, &key);
        change(&mut login);
        let profile = login.run(&fake, &provider(&fake), NOW).await;
        let profile = profile.unwrap_or_else(|err| panic!("{row}: {err}"));
        assert_eq!(profile.identity.issuer, fake.issuer, "{row}");
        assert_eq!(profile.identity.subject, "248289761001", "{row}");
        assert_eq!(profile.username.as_deref(), Some("mina.park"), "{row}");
    }
    assert!(fake.asked("/userinfo").is_empty(), "the ID tokens had everything");
}

#[tokio::test]
async fn rsa_signatures_are_accepted_where_they_are_allowed() {
    let fake = Fake::start().await;
    let key = Key::rsa("r1", 2048);
    let pss = key.clone().pss();
    for key in [&key, &pss] {
        assert!(Login::good(&fake, key).run(&fake, &provider(&fake), NOW).await.is_ok(), "{}", key.alg);
    }
    // The provider has both, we allow one.
    let strict = provider_with(&fake, |c| c.algorithms = vec![crate::config::Algorithm::PS256]);
    assert!(Login::good(&fake, &pss).run(&fake, &strict, NOW).await.is_ok());
    let refused = Login::good(&fake, &key).run(&fake, &strict, NOW).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::BadAnswer);
    // We allow both, the provider says that it has one.
    let mut login = Login::good(&fake, &key);
    login.metadata("id_token_signing_alg_values_supported", json!(["PS256"]));
    assert!(login.run(&fake, &provider(&fake), NOW).await.is_err());
}

#[tokio::test]
async fn userinfo_fills_what_the_token_leaves_out() {
    let fake = Fake::start().await;
    let mut login = Login::good(&fake, &Key::ed25519("k1"));
    for claim in ["email", "email_verified", "name", "groups"] {
        login.without_claim(claim);
    }
    login.replies.userinfo = Reply::Json(json!({
        "sub": "248289761001", "email": "mina.park@corp.example", "email_verified": true,
        "name": "Mina Park", "preferred_username": "somebody-else", "groups": "staff",
    }));
    let profile = login.run(&fake, &provider(&fake), NOW).await.unwrap();
    assert!(matches!(profile.email, EmailClaim::Counts(email) if email.as_str() == "mina.park@corp.example"));
    assert_eq!(profile.name.as_deref(), Some("Mina Park"));
    assert_eq!(profile.username.as_deref(), Some("mina.park"));
    assert_eq!(profile.groups, Some(vec!["staff".to_owned()]));
    let asked = fake.asked("/userinfo");
    assert_eq!(asked[0].authorization.as_deref(), Some("Bearer an-access-token"));
}

#[tokio::test]
async fn a_46_a_boolean_in_text_neither_counts_nor_keeps_people_out() {
    let fake = Fake::start().await;
    let mut login = Login::good(&fake, &Key::ed25519("k1"));
    login.claims["email_verified"] = json!("true");
    let profile = login.run(&fake, &provider(&fake), NOW).await.unwrap();
    assert_eq!(profile.email, EmailClaim::Unverified);
}

#[tokio::test]
async fn a_31_only_plain_error_codes_are_repeated() {
    let fake = Fake::start().await;
    let key = Key::ed25519("k1");
    for (sent, shown) in [
        ("access_denied", "access_denied"),
        ("<script>alert(1)</script>", "unknown"),
        ("", "unknown"),
        ("a\nb", "unknown"),
        (&*"x".repeat(65), "unknown"),
    ] {
        let mut login = Login::good(&fake, &key);
        login.answer.error = Some(sent.to_owned());
        let denied = login.run(&fake, &provider(&fake), NOW).await.unwrap_err();
        assert_eq!(denied, Error::Denied { code: shown.into() });
    }
    assert!(fake.asked("/token").is_empty(), "no code is redeemed beside an error");
}
