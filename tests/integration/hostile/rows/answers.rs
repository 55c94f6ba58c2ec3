//! Answers of the token endpoint, of the browser and of userinfo that are not what they should be.
use serde_json::{Value, json};

use super::{
    super::{Tricks, Wire},
    Ends, GUARDED_TWICE, Row, row,
};

pub(super) fn response() -> Vec<Row> {
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
            t.at("/token", Wire::Says(200, "application/json", "{"));
        }),
        refused("token answer as a page", GUARDED_TWICE, |t| {
            t.at("/token", Wire::Says(200, "text/html", "<p>"));
        }),
        refused("empty token answer", GUARDED_TWICE, |t| {
            t.at("/token", Wire::Says(200, "application/json", ""));
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

pub(super) fn browser() -> Vec<Row> {
    let refused = |name, guard, spoil: fn(&mut Tricks)| row(name, guard, Ends::BadAnswer, spoil);
    let error = |name, ends, error: &'static str| {
        row(name, GUARDED_TWICE, ends, move |t| {
            t.answer.as_object_mut().unwrap().remove("code");
            t.answer["error"] = json!(error);
        })
    };
    vec![
        refused("iss of another provider", "ResponseIssuer", |t| {
            t.answer["iss"] = json!("https://evil.example");
        }),
        refused("iss with a slash more", "ResponseIssuer", |t| {
            t.answer["iss"] = json!(format!("{}/", t.issuer));
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
            t.answer["error"] = json!("access_denied");
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

pub(super) fn userinfo() -> Vec<Row> {
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
            t.at("/userinfo", Wire::Status(401));
        }),
        refused("userinfo is gone", GUARDED_TWICE, Ends::BadAnswer, |t| t.at("/userinfo", Wire::Status(404))),
    ]
}
