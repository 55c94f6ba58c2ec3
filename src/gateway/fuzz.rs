//! Headers of hostile clients, told by programs that fold their names.
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::headers::{named, strip};
use crate::config::Config;

/// How CGI (RFC 3875 §4.1.18), and what came after it, names a header; some fold more than `-`.
fn variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// Names that differ from this one in case and in what stands between its words.
fn spelling(name: &'static str) -> impl Strategy<Value = String> {
    let marks = prop::sample::select(b"-_.!~*+'`|^$&#%".to_vec());
    prop::collection::vec((any::<bool>(), marks), name.len()).prop_map(|choices| {
        let letter = |(c, (upper, mark)): (char, (bool, u8))| match (c.is_ascii_alphanumeric(), upper) {
            (true, true) => c.to_ascii_uppercase(),
            (true, false) => c,
            (false, _) => char::from(mark),
        };
        name.chars().zip(choices).map(letter).collect()
    })
}

const OURS: [&str; 6] = [
    "remote-user",
    "remote-email",
    "remote-name",
    "remote-groups",
    "x-narthex-subject",
    "x-narthex-assertion",
];
const METHODS: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

fn sent(names: &[String]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in names {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name.clone(), HeaderValue::from_static("forged"));
        headers.append(name, HeaderValue::from_static("twice"));
    }
    headers
}

proptest! {
    #[test]
    fn a_02_no_spelling_of_ours_is_left_and_nothing_else_is_taken(
        ours in prop::collection::vec(prop::sample::select(OURS.as_slice()).prop_flat_map(spelling), 0..8),
        methods in prop::collection::vec(prop::sample::select(METHODS.as_slice()).prop_flat_map(spelling), 0..4),
        others in prop::collection::vec("[a-zA-Z0-9!#$%&'*+.^_`|~-]{1,20}", 0..8),
    ) {
        let names = Config::default().headers;
        let known: Vec<_> = named(&names).iter().map(|(_, name)| variable(name.as_str())).collect();
        prop_assert!(known.iter().all(|name| OURS.iter().any(|ours| variable(ours) == *name)));
        let mut headers = sent(&[ours, methods, others.clone()].concat());
        strip(&mut headers, &names, true, |_| false);
        let forbidden: Vec<_> = OURS.iter().chain(&METHODS).map(|name| variable(name)).collect();
        let is_left = |name: &str| forbidden.contains(&variable(name));
        prop_assert!(!headers.keys().any(|name| is_left(name.as_str())), "{:?}", headers);
        let stay: std::collections::HashSet<_> =
            others.iter().filter(|name| !is_left(name)).map(|name| name.to_ascii_lowercase()).collect();
        let left: std::collections::HashSet<_> = headers.keys().map(|name| name.as_str().to_owned()).collect();
        prop_assert_eq!(left, stay);
    }
}
