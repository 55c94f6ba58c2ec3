//! What a provider can do wrong, a row each, with what has to come of it.
use std::time::Duration;

use serde_json::{Value, json};

use super::{ACCESS_TOKEN, DISCOVERY, Key, SECRET, Tricks, Wire, at_hash};

/// One thing wrong.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// The check of the relying party without which it would succeed; nothing where more than one stands in its way.
    pub(crate) guard: &'static str,
    pub(crate) ends: Ends,
    pub(crate) spoil: Spoil,
}

/// What becomes of the sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Stopped for safety.
    BadAnswer,
    /// The provider does not answer, or not sensibly.
    Unavailable,
    /// Only an operator can help.
    Misconfigured,
    /// The provider, or the person there, said no.
    Denied,
}

type Spoil = Box<dyn Fn(&mut Tricks) + Send + Sync>;

const GUARDED_TWICE: &str = "";

fn row(
    name: &'static str,
    guard: &'static str,
    ends: Ends,
    spoil: impl Fn(&mut Tricks) + Send + Sync + 'static,
) -> Row {
    Row { name, guard, ends, spoil: Box::new(spoil) }
}

/// All rows of one kind: `id token`, `signature`, `response`, `browser`, `userinfo`, `discovery`, `transport`, `slow`.
pub(crate) fn group(kind: &str) -> Vec<Row> {
    match kind {
        "id token" => id_token(),
        "signature" => signature(),
        "response" => response(),
        "browser" => browser(),
        "userinfo" => userinfo(),
        "discovery" => discovery(),
        "transport" => transport(),
        "slow" => slow(),
        _ => panic!("there is no group {kind}"),
    }
}

fn id_token() -> Vec<Row> {
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
            t.claims["at_hash"] = json!(at_hash("another-token"))
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
            t.response["id_token"] = json!("e30.e30.e30.e30.e30")
        }),
        refused("ID token with CR LF", GUARDED_TWICE, |t| {
            let token = t.key.sign(&t.header, &t.claims);
            t.response["id_token"] = json!(token.replacen('.', ".\r\n", 1));
        }),
        refused("claims that are a list", GUARDED_TWICE, |t| t.claims = json!([t.claims])),
        refused("ID token is no text", GUARDED_TWICE, |t| t.response["id_token"] = json!({"a": 1})),
    ]
}

fn signature() -> Vec<Row> {
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

fn response() -> Vec<Row> {
    let refused = |name, guard, spoil: fn(&mut Tricks)| row(name, guard, Ends::BadAnswer, spoil);
    vec![
        refused("token_type mac", "TokenType", |t| t.response["token_type"] = json!("mac")),
        refused("token_type DPoP", "TokenType", |t| t.response["token_type"] = json!("DPoP")),
        refused("no token_type", GUARDED_TWICE, |t| {
            t.response.as_object_mut().unwrap().remove("token_type");
        }),
        refused("access token with CR LF", "AccessToken", |t| {
            t.response["access_token"] = json!("x\r\nHost: evil.example");
        }),
        refused("access token with CR LF that is used", GUARDED_TWICE, |t| {
            t.response["access_token"] = json!("x\r\nHost: evil.example");
            t.without("email");
        }),
        refused("access token with a space", "AccessToken", |t| t.response["access_token"] = json!("a b")),
        refused("empty access token", "AccessToken", |t| t.response["access_token"] = json!("")),
        refused("no access token", GUARDED_TWICE, |t| {
            t.response.as_object_mut().unwrap().remove("access_token");
        }),
        refused("no ID token", GUARDED_TWICE, |t| t.response["id_token"] = Value::Null),
        refused("token answer of rubbish", GUARDED_TWICE, |t| {
            t.at("/token", Wire::Says(200, "application/json", "{"))
        }),
        refused("token answer as a page", GUARDED_TWICE, |t| {
            t.at("/token", Wire::Says(200, "text/html", "<p>"))
        }),
        refused("empty token answer", GUARDED_TWICE, |t| {
            t.at("/token", Wire::Says(200, "application/json", ""))
        }),
        refused("code not taken", GUARDED_TWICE, |t| {
            t.at("/token", Wire::Says(400, "application/json", r#"{"error":"invalid_grant"}"#));
        }),
        row("client not known", GUARDED_TWICE, Ends::Misconfigured, |t| {
            t.at("/token", Wire::Says(401, "application/json", r#"{"error":"invalid_client"}"#));
        }),
        row("grant not allowed", GUARDED_TWICE, Ends::Misconfigured, |t| {
            t.at("/token", Wire::Says(400, "application/json", r#"{"error":"unsupported_grant_type"}"#));
        }),
    ]
}

fn browser() -> Vec<Row> {
    let refused = |name, guard, spoil: fn(&mut Tricks)| row(name, guard, Ends::BadAnswer, spoil);
    let error = |name, ends, error: &'static str| {
        row(name, GUARDED_TWICE, ends, move |t| {
            t.answer.as_object_mut().unwrap().remove("code");
            t.answer["error"] = json!(error);
        })
    };
    vec![
        refused("iss of another provider", "ResponseIssuer", |t| {
            t.answer["iss"] = json!("https://evil.example")
        }),
        refused("iss with a slash more", "ResponseIssuer", |t| {
            t.answer["iss"] = json!(format!("{}/", t.issuer))
        }),
        refused("other iss though not announced", "ResponseIssuer", |t| {
            t.metadata["authorization_response_iss_parameter_supported"] = json!(false);
            t.answer["iss"] = json!("https://evil.example");
        }),
        refused("no iss though announced", "AnnouncedIssuer", |t| {
            t.answer.as_object_mut().unwrap().remove("iss");
        }),
        refused("no code", GUARDED_TWICE, |t| {
            t.answer.as_object_mut().unwrap().remove("code");
        }),
        refused("empty code", GUARDED_TWICE, |t| t.answer["code"] = json!("")),
        refused("endless code", GUARDED_TWICE, |t| t.answer["code"] = json!("x".repeat(4097))),
        refused("a code of nobody's", GUARDED_TWICE, |t| t.answer["code"] = json!("x")),
        row("error beside a code", "ResponseError", Ends::Denied, |t| {
            t.answer["error"] = json!("access_denied")
        }),
        error("the person turned back", Ends::Denied, "access_denied"),
        error("an error of nobody's", Ends::Denied, "whatever"),
        error("an error with markup", Ends::Denied, "<script>alert(1)</script>"),
        error("an error with a line break", Ends::Denied, "a\nb"),
        error("the provider's fault", Ends::Unavailable, "server_error"),
        error("the provider is busy", Ends::Unavailable, "temporarily_unavailable"),
        error("a scope that is not allowed", Ends::Misconfigured, "invalid_scope"),
        error("a client that may not", Ends::Misconfigured, "unauthorized_client"),
    ]
}

fn userinfo() -> Vec<Row> {
    let refused = |name, guard, ends, spoil: fn(&mut Tricks)| {
        row(name, guard, ends, move |t| {
            t.without("email");
            spoil(t);
        })
    };
    vec![
        refused("userinfo of another person", "UserinfoSubject", Ends::BadAnswer, |t| {
            t.userinfo["sub"] = json!("other");
        }),
        refused("userinfo of nobody", "UserinfoSubject", Ends::BadAnswer, |t| {
            t.userinfo.as_object_mut().unwrap().remove("sub");
        }),
        refused("userinfo whose sub is no text", "UserinfoSubject", Ends::BadAnswer, |t| {
            t.userinfo["sub"] = json!([t.claims["sub"]]);
        }),
        refused("userinfo that is signed", GUARDED_TWICE, Ends::BadAnswer, |t| {
            t.at("/userinfo", Wire::Says(200, "application/jwt", "eyJ.eyJ.x"));
        }),
        refused("userinfo as a list", GUARDED_TWICE, Ends::BadAnswer, |t| t.userinfo = json!([t.userinfo])),
        refused("userinfo not allowed", GUARDED_TWICE, Ends::BadAnswer, |t| {
            t.at("/userinfo", Wire::Status(401))
        }),
        refused("userinfo is gone", GUARDED_TWICE, Ends::BadAnswer, |t| t.at("/userinfo", Wire::Status(404))),
    ]
}

fn discovery() -> Vec<Row> {
    let odd = |name, guard, spoil: fn(&mut Tricks)| row(name, guard, Ends::Misconfigured, spoil);
    let away = |name, guard, spoil: fn(&mut Tricks)| row(name, guard, Ends::Unavailable, spoil);
    // An address that leads here and is not known to be this machine's.
    let in_the_clear =
        |t: &Tricks, path: &str| json!(format!("{}{path}", t.issuer.replace("127.0.0.1", "0.0.0.0")));
    vec![
        odd("other issuer", "MetadataIssuer", |t| t.metadata["issuer"] = json!("https://idp.example.com")),
        odd("issuer with a slash more", "MetadataIssuer", |t| {
            t.metadata["issuer"] = json!(format!("{}/", t.issuer))
        }),
        row("token endpoint in the clear", "Endpoint", Ends::Misconfigured, move |t| {
            t.metadata["token_endpoint"] = in_the_clear(t, "/token");
        }),
        row("keys in the clear", "Endpoint", Ends::Misconfigured, move |t| {
            t.metadata["jwks_uri"] = in_the_clear(t, "/jwks");
        }),
        row("userinfo in the clear", "Endpoint", Ends::Misconfigured, move |t| {
            t.metadata["userinfo_endpoint"] = in_the_clear(t, "/userinfo");
        }),
        row("authorization endpoint in the clear", "Endpoint", Ends::Misconfigured, move |t| {
            t.metadata["authorization_endpoint"] = in_the_clear(t, "/authorize");
        }),
        odd("authorization endpoint is a script", GUARDED_TWICE, |t| {
            t.metadata["authorization_endpoint"] = json!("javascript:alert(1)");
        }),
        odd("keys in a file", GUARDED_TWICE, |t| t.metadata["jwks_uri"] = json!("file:///etc/passwd")),
        odd("algorithms that we do not take", GUARDED_TWICE, |t| {
            t.metadata["id_token_signing_alg_values_supported"] = json!(["HS256", "none", "ES512"]);
        }),
        away("no issuer", GUARDED_TWICE, |t| t.metadata["issuer"] = Value::Null),
        away("no token endpoint", GUARDED_TWICE, |t| t.metadata["token_endpoint"] = Value::Null),
        away("no address of keys", GUARDED_TWICE, |t| t.metadata["jwks_uri"] = json!("")),
        away("metadata of rubbish", GUARDED_TWICE, |t| {
            t.at(DISCOVERY, Wire::Says(200, "application/json", "{"))
        }),
        away("metadata as a page", GUARDED_TWICE, |t| t.at(DISCOVERY, Wire::Says(200, "text/html", "<p>"))),
        away("no metadata", GUARDED_TWICE, |t| t.at(DISCOVERY, Wire::Status(404))),
        away("keys of rubbish", GUARDED_TWICE, |t| t.keys = json!([])),
        away("keys as a page", GUARDED_TWICE, |t| t.at("/jwks", Wire::Says(200, "text/html", "<p>"))),
        away("no keys", GUARDED_TWICE, |t| t.keys = json!({"keys": []})),
        away("no key of use", GUARDED_TWICE, |t| {
            t.keys = json!({"keys": [Key::weak_rsa("r1").jwk, {"kty": "XX"}]})
        }),
    ]
}

/// The four places that the relying party asks.
const PLACES: [(&str, Place); 4] = [
    (
        DISCOVERY,
        [
            "metadata: 500",
            "metadata: 302",
            "metadata: 2 MiB",
            "metadata: no end",
            "metadata: reset",
            "metadata: half",
            "metadata: gzip bomb",
            "metadata: deep",
            "metadata: mumbled",
            "metadata: never",
            "metadata: dripping",
        ],
    ),
    (
        "/jwks",
        [
            "keys: 500",
            "keys: 302",
            "keys: 2 MiB",
            "keys: no end",
            "keys: reset",
            "keys: half",
            "keys: gzip bomb",
            "keys: deep",
            "keys: mumbled",
            "keys: never",
            "keys: dripping",
        ],
    ),
    (
        "/token",
        [
            "token: 500",
            "token: 307",
            "token: 2 MiB",
            "token: no end",
            "token: reset",
            "token: half",
            "token: gzip bomb",
            "token: deep",
            "token: mumbled",
            "token: never",
            "token: dripping",
        ],
    ),
    (
        "/userinfo",
        [
            "userinfo: 500",
            "userinfo: 307",
            "userinfo: 2 MiB",
            "userinfo: no end",
            "userinfo: reset",
            "userinfo: half",
            "userinfo: gzip bomb",
            "userinfo: deep",
            "userinfo: mumbled",
            "userinfo: never",
            "userinfo: dripping",
        ],
    ),
];

/// The names of its rows, in the order of [`wires`].
type Place = [&'static str; 11];

fn wires(path: &str) -> [(Wire, &'static str); 11] {
    let redirect = if path == "/token" || path == "/userinfo" { 307 } else { 302 };
    [
        (Wire::Status(500), GUARDED_TWICE),
        (Wire::Redirect(redirect), "Redirect"),
        (Wire::Large, "Size"),
        (Wire::Endless, GUARDED_TWICE),
        (Wire::Reset, GUARDED_TWICE),
        (Wire::Half, GUARDED_TWICE),
        (Wire::GzipBomb, GUARDED_TWICE),
        (Wire::Deep, GUARDED_TWICE),
        (Wire::Mumble, GUARDED_TWICE),
        (Wire::Never, GUARDED_TWICE),
        (Wire::Drip, GUARDED_TWICE),
    ]
}

/// How many of [`wires`] take as long as the other side is patient.
const SLOW: usize = 2;

fn all_wires() -> (Vec<Row>, Vec<Row>) {
    let (mut quick, mut slow) = (vec![], vec![]);
    for (path, names) in PLACES {
        let wires = wires(path);
        let until = wires.len() - SLOW;
        for (at, ((wire, guard), name)) in wires.into_iter().zip(names).enumerate() {
            // What arrived whole, but is no answer, is the answer of a provider that answers.
            let read = matches!(wire, Wire::GzipBomb | Wire::Deep) && matches!(path, "/token" | "/userinfo");
            let ends = if read { Ends::BadAnswer } else { Ends::Unavailable };
            let row = row(name, guard, ends, move |t| {
                if path == "/userinfo" {
                    t.without("email");
                }
                t.at(path, wire.clone());
            });
            if at < until { quick.push(row) } else { slow.push(row) }
        }
    }
    (quick, slow)
}

fn transport() -> Vec<Row> {
    all_wires().0
}

fn slow() -> Vec<Row> {
    let mut rows = all_wires().1;
    rows.push(row("token: twelve seconds late", "Time", Ends::Unavailable, |t| {
        t.at("/token", Wire::Late(Duration::from_secs(12)));
    }));
    rows
}

/// What a provider may do, though not all do.
pub(crate) fn accepted() -> Vec<(&'static str, fn(&mut Tricks))> {
    vec![
        ("nothing special", |_| {}),
        ("aud as a list", |t| t.claims["aud"] = json!(["narthex"])),
        ("our azp", |t| t.claims["azp"] = json!("narthex")),
        ("expired 59 seconds ago", |t| t.claims["exp"] = json!(t.now - 59)),
        ("issued in 60 seconds", |t| t.claims["iat"] = json!(t.now + 60)),
        ("nbf in 60 seconds", |t| t.claims["nbf"] = json!(t.now + 60)),
        ("right at_hash", |t| t.claims["at_hash"] = json!(at_hash(ACCESS_TOKEN))),
        ("no kid and one key", |t| t.header = json!({"alg": "EdDSA", "typ": "JWT"})),
        ("a P-256 key", |t| t.has_key(Key::p256("k2"))),
        ("typ in small letters", |t| t.header["typ"] = json!("application/jwt")),
        ("token_type in capitals", |t| t.response["token_type"] = json!("BEARER")),
        ("no expires_in", |t| {
            t.response.as_object_mut().unwrap().remove("expires_in");
        }),
        ("no iss, not announced", |t| {
            t.metadata["authorization_response_iss_parameter_supported"] = json!(false);
            t.answer.as_object_mut().unwrap().remove("iss");
        }),
        ("malformed and weak keys beside the good one", |t| {
            let bad = json!({"kty": "RSA", "kid": "k1", "n": "!!", "e": "AQAB"});
            let foreign = json!({"kty": "EC", "crv": "P-256", "kid": "k1", "x": "AA", "y": "AA"});
            t.keys = json!({"keys": [bad, foreign, {"kty": "XX"}, 7, Key::weak_rsa("k1").jwk, t.key.jwk]});
        }),
        ("another key of the same name and kind", |t| {
            t.keys = json!({"keys": [Key::ed25519("k1").jwk, t.key.jwk]});
        }),
        ("metadata without algorithms", |t| t.metadata["id_token_signing_alg_values_supported"] = json!([])),
        ("claims of other kinds than usual", |t| {
            t.claims["updated_at"] = json!("yesterday");
            t.claims["address"] = json!("Main Street");
            t.claims["locale"] = json!(["en"]);
        }),
        ("everything from userinfo", |t| {
            for claim in ["email", "email_verified", "name", "groups", "preferred_username"] {
                t.without(claim);
            }
        }),
        ("addresses wherever there is room for one", |t| {
            let trap = |name: &str| json!(format!("{}/trap/{name}", t.issuer));
            (t.header["jku"], t.header["x5u"]) = (trap("jku"), trap("x5u"));
            for claim in ["picture", "profile", "website"] {
                (t.claims[claim], t.userinfo[claim]) = (trap(claim), trap(claim));
            }
            t.claims["_claim_names"] = json!({"department": "src"});
            t.claims["_claim_sources"] = json!({"src": {"endpoint": trap("source"), "access_token": "x"}});
            for field in [
                "op_policy_uri",
                "op_tos_uri",
                "service_documentation",
                "registration_endpoint",
                "introspection_endpoint",
                "revocation_endpoint",
                "check_session_iframe",
            ] {
                t.metadata[field] = trap(field);
            }
            t.keys["keys"][0]["x5u"] = trap("key");
        }),
    ]
}
