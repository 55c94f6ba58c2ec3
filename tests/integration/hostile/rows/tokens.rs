//! ID tokens that are not what they should be, and signatures that are none.
use serde_json::{Value, json};

use super::{
    super::{Key, SECRET, Tricks, at_hash},
    Ends, GUARDED_TWICE, Row, row,
};

pub(super) fn id_token() -> Vec<Row> {
    let refused = |name, guard, spoil: fn(&mut Tricks)| row(name, guard, Ends::BadAnswer, spoil);
    vec![
        refused("wrong iss", "Issuer", |t| t.claims["iss"] = json!("https://evil.example")),
        refused("iss with a slash more", "Issuer", |t| t.claims["iss"] = json!(format!("{}/", t.issuer))),
        refused("no iss", "Issuer", |t| t.without("iss")),
        refused("wrong aud", "Audience", |t| t.claims["aud"] = json!("other")),
        refused("aud is another client's list", "Audience", |t| t.claims["aud"] = json!(["other"])),
        refused("no aud", "Audience", |t| t.without("aud")),
        refused("second aud", "OtherAudience", |t| t.claims["aud"] = json!(["narthex", "other"])),
        refused("aud with a number", "OtherAudience", |t| t.claims["aud"] = json!(["narthex", 1])),
        refused("other azp", "AuthorizedParty", |t| t.claims["azp"] = json!("other")),
        refused("azp is no text", "AuthorizedParty", |t| t.claims["azp"] = json!(["narthex"])),
        refused("wrong nonce", "Nonce", |t| t.claims["nonce"] = json!("other")),
        refused("no nonce", "Nonce", |t| t.without("nonce")),
        refused("expired a minute ago", "Expiry", |t| t.claims["exp"] = json!(t.now - 60)),
        refused("no exp", "Expiry", |t| t.without("exp")),
        refused("exp is a text", "Expiry", |t| t.claims["exp"] = json!("never")),
        refused("issued tomorrow", "IssuedAt", |t| t.claims["iat"] = json!(t.now + 86400)),
        refused("issued in 61 seconds", "IssuedAt", |t| t.claims["iat"] = json!(t.now + 61)),
        refused("no iat", "IssuedAt", |t| t.without("iat")),
        refused("nbf in 61 seconds", "NotBefore", |t| t.claims["nbf"] = json!(t.now + 61)),
        refused("nbf is no number", "NotBefore", |t| t.claims["nbf"] = json!("soon")),
        refused("wrong at_hash", "AccessTokenHash", |t| {
            t.claims["at_hash"] = json!(at_hash("another-token"));
        }),
        refused("at_hash is no text", "AccessTokenHash", |t| t.claims["at_hash"] = json!(1)),
        refused("empty sub", "Subject", |t| t.claims["sub"] = json!("")),
        refused("no sub", "Subject", |t| t.without("sub")),
        refused("sub with NUL", "Subject", |t| t.claims["sub"] = json!("a\0b")),
        refused("sub with CR LF", "Subject", |t| t.claims["sub"] = json!("a\r\nb")),
        refused("sub of 256 bytes", "Subject", |t| t.claims["sub"] = json!("x".repeat(256))),
        refused("sub is a number", "Subject", |t| t.claims["sub"] = json!(1)),
        refused("sid with CR", "SessionId", |t| t.claims["sid"] = json!("a\rb")),
        refused("sid is a number", "SessionId", |t| t.claims["sid"] = json!(1)),
        refused("ID token of rubbish", GUARDED_TWICE, |t| t.response["id_token"] = json!("a.b.c")),
        refused("ID token in two parts", GUARDED_TWICE, |t| t.response["id_token"] = json!("e30.e30")),
        refused("ID token encrypted", GUARDED_TWICE, |t| {
            t.response["id_token"] = json!("e30.e30.e30.e30.e30");
        }),
        refused("ID token with CR LF", GUARDED_TWICE, |t| {
            let token = t.key.sign(&t.header, &t.claims);
            t.response["id_token"] = json!(token.replacen('.', ".\r\n", 1));
        }),
        refused("claims that are a list", GUARDED_TWICE, |t| t.claims = json!([t.claims])),
        refused("ID token is no text", GUARDED_TWICE, |t| t.response["id_token"] = json!({"a": 1})),
    ]
}

pub(super) fn signature() -> Vec<Row> {
    let refused = |name, guard, spoil: fn(&mut Tricks)| row(name, guard, Ends::BadAnswer, spoil);
    vec![
        refused("alg none", GUARDED_TWICE, |t| t.signed_with(Key::none())),
        refused("alg none without kid", GUARDED_TWICE, |t| {
            t.signed_with(Key::none());
            t.header = json!({"alg": "none"});
        }),
        refused("alg None in capitals", GUARDED_TWICE, |t| {
            t.signed_with(Key::none());
            t.header = json!({"alg": "NONE"});
        }),
        refused("no alg", GUARDED_TWICE, |t| t.header = json!({"kid": "k1"})),
        refused("alg is null", GUARDED_TWICE, |t| t.header["alg"] = Value::Null),
        refused("HS256 with the client secret", GUARDED_TWICE, |t| t.signed_with(Key::hmac(SECRET))),
        refused("HS256 with a published key", GUARDED_TWICE, |t| t.has_key_too(Key::hmac("published"))),
        refused("HS256 with the public key", GUARDED_TWICE, |t| {
            let public = t.key.jwk["x"].as_str().unwrap().to_owned();
            t.signed_with(Key::hmac(&public));
        }),
        refused("an algorithm that is not allowed here", "Algorithm", |t| {
            t.has_key_too(Key::rsa("r1").by("RS384"));
        }),
        refused("an algorithm that the provider does not announce", "Algorithm", |t| {
            t.metadata["id_token_signing_alg_values_supported"] = json!(["ES256", "PS256"]);
        }),
        refused("another key of the same kid", "Signature", |t| t.key = Key::ed25519("k1")),
        refused("a wrong RS256 signature", "Signature", |t| {
            t.has_key_too(Key::rsa("r1"));
            t.key = Key::rsa("r1").by("PS256");
        }),
        refused("unknown kid", "Signature", |t| t.header["kid"] = json!("k9")),
        refused("kid is a path", "Signature", |t| t.header["kid"] = json!("../../../dev/null")),
        refused("signature of another token", GUARDED_TWICE, |t| {
            let other = t.key.sign(&t.header, &json!({"sub": "other"}));
            let mine = Key::none().sign(&t.header, &t.claims);
            t.response["id_token"] = json!(format!("{mine}{}", other.rsplit('.').next().unwrap()));
        }),
        refused("kid is a number", GUARDED_TWICE, |t| t.header["kid"] = json!(1)),
        refused("no kid and two keys", GUARDED_TWICE, |t| {
            t.has_key_too(Key::ed25519("k2"));
            t.header = json!({"alg": "EdDSA"});
        }),
        refused("an RSA key under the name of another algorithm", GUARDED_TWICE, |t| {
            t.has_key_too(Key::rsa("r1"));
            t.header["alg"] = json!("ES256");
        }),
        refused("a key that is for another algorithm", GUARDED_TWICE, |t| {
            let mut key = Key::rsa("r1");
            key.jwk["alg"] = json!("RS512");
            t.has_key_too(key);
        }),
        refused("RSA of 1024 bits", "KeyStrength", |t| t.has_key_too(Key::weak_rsa("short"))),
        refused("a key for encryption", "KeyUse", |t| {
            let mut key = Key::ed25519("enc");
            key.jwk["use"] = json!("enc");
            t.has_key_too(key);
        }),
        refused("a key that may not verify", "KeyUse", |t| {
            let mut key = Key::ed25519("ops");
            key.jwk["key_ops"] = json!(["deriveKey"]);
            t.has_key_too(key);
        }),
        refused("a logout token's typ", "Typ", |t| t.header["typ"] = json!("logout+jwt")),
        refused("an access token's typ", "Typ", |t| t.header["typ"] = json!("application/at+jwt")),
        refused("typ is no text", "Typ", |t| t.header["typ"] = json!(["JWT"])),
        refused("a critical header", "Critical", |t| t.header["crit"] = json!(["exp"])),
        refused("a key in the header", "Signature", |t| {
            t.key = Key::ed25519("k1");
            t.header["jwk"] = t.key.jwk.clone();
        }),
        refused("the address of a key in the header", "Signature", |t| {
            t.key = Key::ed25519("k1");
            t.header["jku"] = json!(format!("{}/trap/jku", t.issuer));
            t.header["x5u"] = json!(format!("{}/trap/x5u", t.issuer));
        }),
    ]
}
