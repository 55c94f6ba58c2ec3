//! The headers that tell an upstream who somebody is.
use std::{borrow::Cow, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{
    assertion::NoKey,
    cache::{Known, lock},
    learned::{Fingerprint, Learned},
};
use crate::{
    config::{HeaderEncoding, HeaderNames, Upstream},
    domain::{signing::LIFETIME, time::Time},
};

/// Stripped under its own name even where the assertion has another.
const ASSERTION: &str = "x-narthex-assertion";

/// What is not sent as it is: everything outside 0x20–0x7E, and the percent sign itself.
const ESCAPED: &AsciiSet = &CONTROLS.add(b'%');

/// What one upstream was told of somebody, and when.
pub(super) struct Told {
    upstream: String,
    headers: Arc<HeaderMap>,
    /// Once it was asked for.
    fingerprint: Option<Fingerprint>,
    at: Time,
    /// The version of the keys, which may have been withdrawn since.
    keys: i64,
}

/// What was told a moment ago may be told again for so long: what is left of an assertion must be enough for the request to
/// arrive, wherever it waits.
const FRESH: Duration = Duration::from_secs(LIFETIME.as_secs() / 2);

/// For the identity, and what an answer says besides: a map that has to grow is written anew, for every request.
const ROOM: usize = 12;

/// The header names with the keys of their settings.
pub(super) fn named(names: &HeaderNames) -> [(&'static str, &HeaderName); 6] {
    [
        ("user", &names.user),
        ("email", &names.email),
        ("name", &names.name),
        ("groups", &names.groups),
        ("subject", &names.subject),
        ("assertion", &names.assertion),
    ]
}

/// What this upstream was told of somebody a moment ago, or is now.
pub(super) fn told(
    upstream: &Upstream,
    known: &Known,
    keys: i64,
    now: Time,
    tell: impl FnOnce() -> Result<HeaderMap, NoKey>,
) -> Result<Arc<HeaderMap>, NoKey> {
    let mut told = lock(&known.told);
    if let Some(told) = told.iter().find(|told| told.upstream == upstream.name)
        && told.keys == keys
        && told.at <= now
        && now.since(told.at) < FRESH
    {
        return Ok(Arc::clone(&told.headers));
    }
    let headers = Arc::new(tell()?);
    told.retain(|told| told.upstream != upstream.name);
    let upstream = upstream.name.clone();
    told.push(Told { upstream, headers: Arc::clone(&headers), fingerprint: None, at: now, keys });
    Ok(headers)
}

/// What this upstream learns of somebody, in short; known already where it was told a moment ago.
pub(super) fn fingerprint(upstream: &Upstream, known: &Known) -> Fingerprint {
    let made = || Learned::of(&upstream.tells, known).fingerprint(&known.session);
    let mut told = lock(&known.told);
    match told.iter_mut().find(|told| told.upstream == upstream.name) {
        Some(told) => *told.fingerprint.get_or_insert_with(made),
        None => made(),
    }
}

/// Every identity header, each once; empty when there is nothing to say.
pub(super) fn identity(
    names: &HeaderNames,
    encoding: HeaderEncoding,
    learned: Option<&Learned<'_>>,
    assertion: HeaderValue,
) -> HeaderMap {
    let user = learned.map(|learned| learned.user);
    let header =
        |name: &HeaderName, text: Option<&str>| (name.clone(), encoded(text.unwrap_or_default(), encoding));
    let roles = learned.and_then(|learned| learned.roles.as_ref()).map(|roles| roles.join(","));
    let mut headers = HeaderMap::with_capacity(ROOM);
    headers.extend([
        header(&names.user, user.map(|user| user.username.as_str())),
        header(&names.email, learned.and_then(|learned| learned.email)),
        header(&names.name, user.map(|user| user.display_name.as_str())),
        header(&names.groups, roles.as_deref()),
        header(&names.subject, user.map(|user| user.id.to_string()).as_deref()),
        (names.assertion.clone(), assertion),
    ]);
    headers
}

/// Removes whatever a client sent that an upstream could take for one of ours; with `methods` also what some programs
/// take for the method in place of the real one, by which was judged; and what else is meant by its folded name.
pub(super) fn strip(
    headers: &mut HeaderMap,
    names: &HeaderNames,
    methods: bool,
    is_meant: impl Fn(&str) -> bool,
) {
    let ours = named(names).map(|(_, name)| fold(name.as_str()));
    let goes = |name: &&HeaderName| {
        let folded = fold(name.as_str());
        folded == ASSERTION
            || ours.contains(&folded)
            || (methods && names_a_method(&folded))
            || is_meant(&folded)
    };
    let found: Vec<HeaderName> = headers.keys().filter(goes).cloned().collect();
    for name in found {
        headers.remove(name);
    }
}

fn names_a_method(folded: &str) -> bool {
    matches!(folded, "x-http-method-override" | "x-http-method" | "x-method-override")
}

/// A header's name as programs see it that hand headers on as variables (CGI, WSGI, PHP): case and
/// everything but letters and digits is lost.
pub(super) fn fold(name: &str) -> Cow<'_, str> {
    let folded = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.bytes().all(folded) {
        return Cow::Borrowed(name);
    }
    let fold = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    Cow::Owned(name.chars().map(fold).collect())
}

/// No control character is ever sent: one could end the header.
fn encoded(text: &str, encoding: HeaderEncoding) -> HeaderValue {
    if text.is_empty() {
        return HeaderValue::from_static("");
    }
    let value = match encoding {
        HeaderEncoding::Percent => {
            HeaderValue::try_from(Cow::from(utf8_percent_encode(text, ESCAPED)).into_owned())
        }
        HeaderEncoding::Utf8 => {
            HeaderValue::from_bytes(text.replace(char::is_control, "\u{FFFD}").as_bytes())
        }
    };
    value.expect("no control characters are left")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{config::Config, domain::permission::RoleName, gateway::tests::a_principal};

    fn names() -> HeaderNames {
        HeaderNames {
            user: HeaderName::from_static("remote-user"),
            email: HeaderName::from_static("remote-email"),
            name: HeaderName::from_static("remote-name"),
            groups: HeaderName::from_static("remote-groups"),
            subject: HeaderName::from_static("x-narthex-subject"),
            assertion: HeaderName::from_static("x-application-token"),
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
            "x_application.token",
            "remote-groups",
            "remote_email",
            "remote_name",
        ] {
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_static("forged"));
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_static("twice"));
        }
        headers.insert("remote-usher", HeaderValue::from_static("stays"));
        headers.insert("accept", HeaderValue::from_static("stays"));
        strip(&mut headers, &names(), false, |_| false);
        assert_eq!(headers.len(), 2, "{headers:?}");
    }

    #[test]
    fn nobody_has_every_header_and_each_is_empty() {
        let told = identity(&names(), HeaderEncoding::Percent, None, HeaderValue::from_static(""));
        assert!(told.values().all(HeaderValue::is_empty));
        let mut there: Vec<_> = told.keys().map(HeaderName::as_str).collect();
        there.sort_unstable();
        let all = [
            "remote-email",
            "remote-groups",
            "remote-name",
            "remote-user",
            "x-application-token",
            "x-narthex-subject",
        ];
        assert_eq!(there, all);
    }

    #[test]
    fn what_was_told_is_told_again_for_half_a_minute_and_to_the_same_application() {
        let known = Known::from(a_principal());
        let names = ["wiki", "shop"]
            .map(|name| format!("[[upstream]]\nname = '{name}'\nhost = '{name}.example.com'\n"));
        let upstreams = Config::from_text(&names.concat()).unwrap().upstreams;
        let at = |second: u64| Time::from_micros(1_000_000) + Duration::from_secs(second);
        let mut tellings = 0;
        let mut tell_under = |keys: i64, upstream: usize, second: u64| {
            let headers = told(&upstreams[upstream], &known, keys, at(second), || {
                tellings += 1;
                Ok(HeaderMap::from_iter([(HeaderName::from_static("x"), HeaderValue::from(tellings))]))
            });
            headers.unwrap()["x"].to_str().unwrap().to_owned()
        };
        let mut tell = |upstream, second| tell_under(1, upstream, second);
        assert_eq!([tell(0, 100), tell(0, 129), tell(1, 129)], ["1", "1", "2"]);
        assert_eq!([tell(0, 130), tell(0, 131), tell(1, 131)], ["3", "3", "2"]);
        assert_eq!([tell(0, 5), tell(0, 5)], ["4", "4"], "the clock was put back");
        assert_eq!(tell_under(2, 0, 5), "5", "the key was withdrawn");
        let failed = told(&upstreams[0], &known, 1, at(500), || Err(NoKey));
        assert!(failed.is_err(), "what is old is not told for want of something new");
    }

    #[test]
    fn a_21_a_name_never_becomes_a_second_header() {
        let value = |text| encoded(text, HeaderEncoding::Percent).to_str().unwrap().to_owned();
        assert_eq!(value("윤지호"), "%EC%9C%A4%EC%A7%80%ED%98%B8");
        assert_eq!(value("100% Ada"), "100%25 Ada");
        assert_eq!(value("a\r\nRemote-User: root\0\t\u{7f}"), "a%0D%0ARemote-User: root%00%09%7F");
        assert_eq!(value("Lovelace, Ada; root"), "Lovelace, Ada; root");
    }

    #[test]
    fn a_21_a_name_in_its_own_letters_never_becomes_a_second_header() {
        let value =
            |text| String::from_utf8(encoded(text, HeaderEncoding::Utf8).as_bytes().to_vec()).unwrap();
        assert_eq!(value("윤지호, 100%"), "윤지호, 100%");
        assert_eq!(
            value("a\r\nRemote-User: root\0\t\u{7f}\u{85}"),
            "a\u{FFFD}\u{FFFD}Remote-User: root\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"
        );
    }

    #[test]
    fn a_21_a_role_never_becomes_a_second_group() {
        for bad in ["a,b", "a;b", "a b", "a\r\nb", "a\0", "\u{c5}", "A", "a,", ""] {
            assert_eq!(RoleName::parse(bad), None, "{bad:?} would be told as it is");
        }
    }

    proptest! {
        #[test]
        fn any_text_arrives(text in "\\PC*|.*") {
            let value = encoded(&text, HeaderEncoding::Percent);
            prop_assert!(value.as_bytes().iter().all(|b| (0x20..=0x7E).contains(b)));
            let back = percent_encoding::percent_decode(value.as_bytes()).decode_utf8().unwrap();
            prop_assert_eq!(back, text);
        }

        #[test]
        fn any_text_arrives_as_it_is_but_for_control_characters(text in "\\PC*|.*") {
            let value = encoded(&text, HeaderEncoding::Utf8);
            let sent = std::str::from_utf8(value.as_bytes()).unwrap();
            prop_assert!(!sent.contains(char::is_control));
            let same = sent.chars().zip(text.chars()).all(|(sent, c)| sent == c || c.is_control());
            prop_assert!(same && sent.chars().count() == text.chars().count());
        }
    }
}
