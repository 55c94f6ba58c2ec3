//! Metadata and keys that are not what they should be, and answers that are none, at each place that is asked.
use std::time::Duration;

use serde_json::{Value, json};

use super::{
    super::{DISCOVERY, Key, Tricks, Wire},
    Ends, GUARDED_TWICE, Row, row,
};

pub(super) fn discovery() -> Vec<Row> {
    let odd = |name, guard, spoil: fn(&mut Tricks)| row(name, guard, Ends::Misconfigured, spoil);
    let away = |name, guard, spoil: fn(&mut Tricks)| row(name, guard, Ends::Unavailable, spoil);
    // An address that leads here and is not known to be this machine's.
    let in_the_clear =
        |t: &Tricks, path: &str| json!(format!("{}{path}", t.issuer.replace("127.0.0.1", "0.0.0.0")));
    vec![
        odd("other issuer", "MetadataIssuer", |t| t.metadata["issuer"] = json!("https://idp.example.com")),
        odd("issuer with a slash more", "MetadataIssuer", |t| {
            t.metadata["issuer"] = json!(format!("{}/", t.issuer));
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
            t.at(DISCOVERY, Wire::Says(200, "application/json", "{"));
        }),
        away("metadata as a page", GUARDED_TWICE, |t| t.at(DISCOVERY, Wire::Says(200, "text/html", "<p>"))),
        away("no metadata", GUARDED_TWICE, |t| t.at(DISCOVERY, Wire::Status(404))),
        away("keys of rubbish", GUARDED_TWICE, |t| t.keys = json!([])),
        away("keys as a page", GUARDED_TWICE, |t| t.at("/jwks", Wire::Says(200, "text/html", "<p>"))),
        away("no keys", GUARDED_TWICE, |t| t.keys = json!({"keys": []})),
        away("no key of use", GUARDED_TWICE, |t| {
            t.keys = json!({"keys": [Key::weak_rsa("r1").jwk, {"kty": "XX"}]});
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

pub(super) fn transport() -> Vec<Row> {
    all_wires().0
}

pub(super) fn slow() -> Vec<Row> {
    let mut rows = all_wires().1;
    rows.push(row("token: twelve seconds late", "Time", Ends::Unavailable, |t| {
        t.at("/token", Wire::Late(Duration::from_secs(12)));
    }));
    rows
}
