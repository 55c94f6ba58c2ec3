//! What is odd and yet right.
use serde_json::json;

use super::super::{ACCESS_TOKEN, Key, Tricks, at_hash};

/// Makes something of a sign-in unusual.
type Change = fn(&mut Tricks);

/// What a provider may do, though not all do.
pub(crate) fn accepted() -> Vec<(&'static str, Change)> {
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
