//! The headers that tell an upstream who somebody is.
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::cache::{Known, lock};
use crate::{
    config::{HeaderNames, Upstream},
    domain::{permission::RoleName, principal::Principal},
};

/// Reserved for the signed assertion.
const ASSERTION: &str = "x-narthex-assertion";

/// The longest list of roles that is sent, in bytes.
const GROUPS_MAX: usize = 4096;

/// What is not sent as it is: everything outside 0x20–0x7E, and the percent sign itself.
const ESCAPED: &AsciiSet = &CONTROLS.add(b'%');

/// What one upstream is told of somebody.
pub(super) struct Told {
    pub(super) upstream: String,
    pub(super) headers: Arc<HeaderMap>,
}

/// The header names with the keys of their settings.
pub(super) fn named(names: &HeaderNames) -> [(&'static str, &HeaderName); 5] {
    [
        ("user", &names.user),
        ("email", &names.email),
        ("name", &names.name),
        ("groups", &names.groups),
        ("subject", &names.subject),
    ]
}

/// Every identity header, each once; empty when there is nothing to say. An address that nobody vouched for
/// is not told.
pub(super) fn identity(names: &HeaderNames, principal: Option<&Principal>) -> [(HeaderName, HeaderValue); 5] {
    let user = principal.map(|principal| &principal.user);
    let email = user.filter(|user| user.email_trusted).map(|user| user.email.as_str());
    [
        (names.user.clone(), encoded(user.map(|user| user.username.as_str()))),
        (names.email.clone(), encoded(email)),
        (names.name.clone(), encoded(user.map(|user| user.display_name.as_str()))),
        (names.groups.clone(), encoded(groups(principal).as_deref())),
        (names.subject.clone(), encoded(user.map(|user| user.id.to_string()).as_deref())),
    ]
}

/// The names of the roles held, with commas; nothing when they would be too many.
fn groups(principal: Option<&Principal>) -> Option<String> {
    let names: Vec<_> = principal?.may.roles.iter().map(RoleName::as_str).collect();
    let text = names.join(",");
    if text.len() > GROUPS_MAX {
        tracing::warn!(user = %principal?.user.id, "the roles of this user do not fit into a header and are left out");
        return None;
    }
    Some(text)
}

/// The same for somebody who is known, remembered with them.
pub(super) fn told(names: &HeaderNames, upstream: &Upstream, known: &Known) -> Arc<HeaderMap> {
    let mut told = lock(&known.told);
    if let Some(told) = told.iter().find(|told| told.upstream == upstream.name) {
        return Arc::clone(&told.headers);
    }
    let headers = Arc::new(HeaderMap::from_iter(identity(names, Some(known))));
    told.push(Told { upstream: upstream.name.clone(), headers: Arc::clone(&headers) });
    headers
}

/// Removes whatever a client sent that an upstream could take for one of ours.
pub(super) fn strip(headers: &mut HeaderMap, names: &HeaderNames) {
    let ours: Vec<String> = named(names).iter().map(|(_, name)| fold(name.as_str())).collect();
    remove_where(headers, |folded| folded == ASSERTION || ours.iter().any(|our| our == folded));
}

/// Removes what some programs take for the method in place of the real one, by which was judged.
pub(super) fn strip_methods(headers: &mut HeaderMap) {
    let names = ["x-http-method-override", "x-http-method", "x-method-override"];
    remove_where(headers, |folded| names.contains(&folded));
}

/// Removes the headers of which the folded name is one of those meant.
pub(super) fn remove_where(headers: &mut HeaderMap, meant: impl Fn(&str) -> bool) {
    let found: Vec<HeaderName> = headers.keys().filter(|name| meant(&fold(name.as_str()))).cloned().collect();
    for name in found {
        headers.remove(name);
    }
}

/// A header's name as programs see it that hand headers on as variables (CGI, WSGI, PHP): case and
/// everything but letters and digits is lost.
pub(super) fn fold(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}

fn encoded(text: Option<&str>) -> HeaderValue {
    let text = utf8_percent_encode(text.unwrap_or_default(), ESCAPED).to_string();
    HeaderValue::try_from(text).expect("what is left are visible ASCII characters and spaces")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names() -> HeaderNames {
        HeaderNames {
            user: HeaderName::from_static("remote-user"),
            email: HeaderName::from_static("remote-email"),
            name: HeaderName::from_static("remote-name"),
            groups: HeaderName::from_static("remote-groups"),
            subject: HeaderName::from_static("x-narthex-subject"),
        }
    }

    #[test]
    fn a_02_every_spelling_is_stripped() {
        let mut headers = HeaderMap::new();
        for name in [
            "remote-user",
            "remote_user",
            "REMOTE-USER",
            "remote.user",
            "x-narthex_subject",
            "x_narthex_subject",
            "x_narthex-assertion",
            "x-narthex-assertion",
            "remote-groups",
            "remote_email",
            "remote_name",
        ] {
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_static("forged"));
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_static("twice"));
        }
        headers.insert("remote-usher", HeaderValue::from_static("stays"));
        headers.insert("accept", HeaderValue::from_static("stays"));
        strip(&mut headers, &names());
        assert_eq!(headers.len(), 2, "{headers:?}");
    }

    #[test]
    fn nobody_has_every_header_and_each_is_empty() {
        let told = identity(&names(), None);
        assert!(told.iter().all(|(_, value)| value.is_empty()));
        assert_eq!(
            told.map(|(name, _)| name.to_string()),
            ["remote-user", "remote-email", "remote-name", "remote-groups", "x-narthex-subject"]
        );
    }

    #[test]
    fn a_21_a_name_never_becomes_a_second_header() {
        let value = |text| encoded(Some(text)).to_str().unwrap().to_owned();
        assert_eq!(value("윤지호"), "%EC%9C%A4%EC%A7%80%ED%98%B8");
        assert_eq!(value("100% Ada"), "100%25 Ada");
        assert_eq!(value("a\r\nRemote-User: root\0\t\u{7f}"), "a%0D%0ARemote-User: root%00%09%7F");
    }

    proptest! {
        #[test]
        fn any_text_arrives(text in "\\PC*|.*") {
            let value = encoded(Some(&text));
            prop_assert!(value.as_bytes().iter().all(|b| (0x20..=0x7E).contains(b)));
            let back = percent_encoding::percent_decode(value.as_bytes()).decode_utf8().unwrap();
            prop_assert_eq!(back, text);
        }
    }
}
