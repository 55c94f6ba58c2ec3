//! Requests made of hostile pieces, through every door that tells of one: nothing panics, and what was judged is
//! what is forwarded, in whichever of the known ways the application reads it. `PROPTEST_CASES` makes more of them.
use std::net::{IpAddr, Ipv4Addr};

use http::{HeaderMap, HeaderValue, Method, Uri};
use narthex::{
    config::Config,
    domain::{
        access::{Allows, Decision, PathPrefix, Rule, decide, first},
        host::{Host, Scheme},
        return_to::ReturnTo,
    },
    gateway::{Gate, Malformed, Original},
};
use proptest::{prelude::*, sample};

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

fn cases(at_least: u32) -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig { cases: config.cases.max(at_least), failure_persistence: None, ..config }
}

// --- what is asked -------------------------------------------------------------------------------------

/// A path with a query, of pieces that programs are known to read differently.
fn target() -> impl Strategy<Value = String> {
    let plain = sample::select(
        ["admin", "Admin", "x", "public", "a", "b", "caf%C3%A9", "a%20b", "100%25", "...", ".well"]
            .as_slice(),
    );
    let same =
        sample::select(["%61dmin", "%41", "%2d", "%C3%a9", "%7E", "%32", "%65", "%5B", "|"].as_slice());
    let parameter = sample::select([";", ";x", ";x=1", "%3B", "%3b", "%3Bx"].as_slice());
    let hostile = sample::select(
        [
            "..", ".", "%2e", "%2E%2e", "%2f", "%5c", "\\", "//", "%00", "%0a", "%25", "%252e", "%252f",
            "%zz", "#", "%ff", "\u{e9}",
        ]
        .as_slice(),
    );
    let slash = Just("/");
    let known = prop_oneof![8 => plain, 10 => slash, 3 => same, 2 => parameter, 1 => hostile];
    let piece = prop_oneof![30 => known.prop_map(str::to_owned), 1 => "[!-~]", 1 => "\\PC"];
    let path = prop::collection::vec(piece, 0..10).prop_map(|pieces| format!("/{}", pieces.concat()));
    (path, prop_oneof![3 => Just(String::new()), 1 => "\\?[!-~]{0,8}"])
        .prop_map(|(path, query)| path + &query)
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let paths = [
        "/",
        "/admin/",
        "/admin",
        "/admin/x",
        "/public",
        "/a/b",
        "/a%20b/",
        "/caf%C3%A9",
        "/x/admin",
        "/100%25",
    ];
    let methods: [&[Method]; 4] = [&[], &[Method::GET], &[Method::POST], &[Method::GET, Method::POST]];
    let rule = (sample::select(paths.to_vec()), sample::select(methods.map(<[Method]>::to_vec).to_vec()))
        .prop_map(|(path, methods)| Rule {
            path: PathPrefix(path.to_owned()),
            methods,
            networks: vec![],
            allows: Allows::Public,
        });
    prop::collection::vec(rule, 1..6)
}

fn method() -> impl Strategy<Value = Method> {
    sample::select(vec![Method::GET, Method::HEAD, Method::POST, Method::PUT])
}

/// The same request through every door that takes it, with what the application is sent.
fn originals(method: &Method, target: &str) -> Vec<(Original, String)> {
    let host = "wiki.example.com";
    let wiki = Host::parse(host, Scheme::Https).unwrap();
    let url = format!("https://{host}{target}");
    let ours = |uri: &str| {
        let uri = uri.parse::<Uri>().ok()?;
        let original =
            Original::from_request(method.clone(), &uri, Scheme::Https, wiki.clone(), CLIENT).ok()?;
        let target = original.target();
        Some((original, target))
    };
    let forwarded = [
        ("x-forwarded-method", method.as_str()),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", host),
        ("x-forwarded-uri", target),
    ];
    let forwarded = headers(forwarded.map(|(name, value)| (name, value.as_bytes())));
    let envoy = |headers: &HeaderMap| {
        let uri = format!("/verify/envoy{target}").parse::<Uri>().ok()?;
        Original::from_envoy(method.clone(), &uri, headers, "/verify/envoy", CLIENT).ok()
    };
    let theirs = [
        told_by_nginx(url.as_bytes(), method.as_str().as_bytes()).and_then(Result::ok),
        forwarded.and_then(|headers| Original::from_forwarded(&headers, CLIENT).ok()),
        headers([("host", host.as_bytes()), ("x-forwarded-proto", b"https")]).as_ref().and_then(envoy),
    ];
    // Our own proxy sends what was judged, the others what they were sent. Envoy refuses fragments itself.
    let sent = target.split('#').next().unwrap();
    let theirs = theirs.into_iter().flatten().map(|original| (original, sent.to_owned()));
    theirs.chain([ours(target), ours(&url)].into_iter().flatten()).collect()
}

fn told_by_nginx(url: &[u8], method: &[u8]) -> Option<Result<Original, Malformed>> {
    let headers = headers([("x-original-url", url), ("x-original-method", method)])?;
    Some(Original::from_nginx(&headers, CLIENT))
}

fn headers<const N: usize>(lines: [(&'static str, &[u8]); N]) -> Option<HeaderMap> {
    lines
        .into_iter()
        .map(|(name, value)| Some((name.parse().unwrap(), HeaderValue::from_bytes(value).ok()?)))
        .collect()
}

// --- how applications read it --------------------------------------------------------------------------

/// One way to read a path. Shares no code with the gateway.
#[derive(Clone, Copy, Debug)]
struct Reader {
    /// Cuts `;parameters`: never, before it decodes, before it decodes and escaped ones too, afterwards.
    cuts: u8,
    /// How often it decodes escapes.
    decodes: u8,
    /// Takes a backslash for a slash.
    backslashes: bool,
    /// Takes several slashes for one.
    merges: bool,
    /// Goes up at `..`.
    climbs: bool,
    /// Takes capitals for small letters.
    folds: bool,
}

fn readers() -> impl Iterator<Item = Reader> {
    (0..4).flat_map(|cuts| (0..3).map(move |decodes| (cuts, decodes))).flat_map(|(cuts, decodes)| {
        (0..16).map(move |bits| Reader {
            cuts,
            decodes,
            backslashes: bits & 1 > 0,
            merges: bits & 2 > 0,
            climbs: bits & 4 > 0,
            folds: bits & 8 > 0,
        })
    })
}

impl Reader {
    fn read(self, target: &str) -> Vec<Vec<u8>> {
        let mut path = target.split('?').next().unwrap().as_bytes().to_vec();
        if self.cuts == 1 || self.cuts == 2 {
            path = cut(&path, self.cuts == 2);
        }
        for _ in 0..self.decodes {
            path = decoded(&path);
        }
        if self.decodes == 0 {
            path = with_capital_escapes(path);
        }
        if self.cuts == 3 {
            path = cut(&path, false);
        }
        if self.backslashes {
            path.iter_mut().filter(|byte| **byte == b'\\').for_each(|byte| *byte = b'/');
        }
        let mut segments = vec![];
        for segment in path.split(|byte| *byte == b'/').skip(1) {
            match segment {
                b"" if self.merges => {}
                b"." if self.climbs => {}
                b".." if self.climbs => drop(segments.pop()),
                segment => segments.push(segment.to_vec()),
            }
        }
        segments
    }

    /// The place of the rule that is about what it reads.
    fn rule(self, rules: &[Rule], method: &Method, target: &str) -> Option<usize> {
        let fold = |text: Vec<u8>| if self.folds { text.to_ascii_lowercase() } else { text };
        let asked: Vec<_> = self.read(target).into_iter().map(fold).collect();
        let method = if method == Method::HEAD { &Method::GET } else { method };
        rules.iter().position(|rule| {
            let mut path = rule.path.0.trim_end_matches('/').as_bytes().to_vec();
            if self.decodes > 0 {
                path = decoded(&path);
            }
            let segments = path.split(|byte| *byte == b'/').skip(1).map(<[u8]>::to_vec).map(fold);
            let segments: Vec<_> = segments.collect();
            asked.starts_with(&segments) && (rule.methods.is_empty() || rule.methods.contains(method))
        })
    }
}

fn cut(path: &[u8], escaped: bool) -> Vec<u8> {
    let ends = |rest: &[u8]| {
        rest.first() == Some(&b';')
            || (escaped && rest.get(..3).is_some_and(|it| it.eq_ignore_ascii_case(b"%3b")))
    };
    let segments = path.split(|byte| *byte == b'/').map(|segment| {
        let end = (0..segment.len()).find(|at| ends(&segment[*at..])).unwrap_or(segment.len());
        &segment[..end]
    });
    segments.collect::<Vec<_>>().join(&b'/')
}

/// Whoever compares escapes as they are writes them as RFC 3986 §6.2.2.1 has it, or finds nothing.
fn with_capital_escapes(mut text: Vec<u8>) -> Vec<u8> {
    for at in 0..text.len() {
        if (1..=2).any(|back| at >= back && text[at - back] == b'%') {
            text[at] = text[at].to_ascii_uppercase();
        }
    }
    text
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut bytes, mut at) = (vec![], 0);
    while let Some(byte) = text.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap());
                at += 3;
            }
            _ => {
                bytes.push(*byte);
                at += 1;
            }
        }
    }
    bytes
}

// --- what holds ----------------------------------------------------------------------------------------

#[test]
fn a_reader_reads_as_it_says() {
    let reader = Reader { cuts: 1, decodes: 1, backslashes: true, merges: true, climbs: true, folds: false };
    let segments = |target: &str| {
        let read = reader.read(target);
        read.iter().map(|segment| String::from_utf8_lossy(segment).into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(segments("/a;x//%62/..\\c?d"), ["a", "c"]);
    assert_eq!(Reader { cuts: 2, decodes: 2, ..reader }.read("/a%3Bx/%2561"), [b"a", b"a"]);
    assert_eq!(Reader { cuts: 3, ..reader }.read("/a%3bx"), [b"a"]);
    assert_eq!(Reader { cuts: 0, decodes: 0, ..reader }.read("/%61;"), [b"%61;"]);
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn a_09_what_is_judged_is_what_is_forwarded(rules in rules(), method in method(), target in target()) {
        for (original, sent) in originals(&method, &target) {
            if decide(&rules, &original.to_judge(), None) == Decision::Ambiguous {
                continue;
            }
            let judged = first(&rules, &original.to_judge());
            for reader in readers() {
                prop_assert_eq!(reader.rule(&rules, &method, &sent), judged, "{} as {:?}", sent, reader);
            }
            prop_assert_eq!(original.query.as_deref(), sent.split_once('?').map(|it| it.1));
        }
    }

    #[test]
    fn every_door_takes_a_request_for_the_same(method in method(), target in target()) {
        let doors = originals(&method, &target);
        for (original, _) in &doors {
            prop_assert_eq!((&original.host, original.path.as_str()), (&doors[0].0.host, doors[0].0.path.as_str()));
            let again = originals(&method, &original.target());
            prop_assert!(!again.is_empty(), "{}", target);
            for (again, _) in again {
                prop_assert_eq!(again.target(), original.target(), "{}", target);
            }
        }
    }

    #[test]
    fn a_07_whatever_bytes_are_told_nothing_panics(
        url in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "(https?|HTTPS|ws|)(://|:/|:|)[!-~]{0,30}".prop_map(String::into_bytes),
            ("[.@:\\[\\]a-z0-9\\-]{0,12}", target()).prop_map(|(host, target)| format!("https://{host}{target}").into_bytes()),
        ],
        method in prop_oneof![prop::collection::vec(any::<u8>(), 0..8), "[A-Za-z]{1,8}".prop_map(String::into_bytes)],
    ) {
        for (name, other) in [("x-forwarded-uri", "x-forwarded-host"), ("x-forwarded-host", "x-forwarded-uri")] {
            let lines = [(name, &url[..]), (other, &url[..]), ("x-forwarded-method", &method[..]), ("x-forwarded-proto", b"https")];
            if let Some(headers) = headers(lines) {
                prop_assert!(Original::from_forwarded(&headers, CLIENT).is_err(), "no host is a path too");
            }
        }
        let Some(Ok(original)) = told_by_nginx(&url, &method) else { return Ok(()) };
        prop_assert_eq!(original.method.as_str().as_bytes(), method);
        // A host of digits only is none for everybody.
        if let Ok(address) = url::Url::parse(&original.address(Scheme::Https)) {
            prop_assert_eq!(address.path(), original.path.as_str());
            prop_assert!(address.username().is_empty() && address.password().is_none());
        }
    }

    #[test]
    fn people_come_back_to_what_they_asked_for(target in target()) {
        let text = "public_url = 'https://auth.example.com'\n[[upstream]]\nname = 'wiki'\nhost = 'wiki.example.com'\n";
        let gate = Gate::new(&Config::from_text(text).unwrap()).unwrap();
        let query = |original: &Original| original.query.as_ref().map(|query| decoded(query.as_bytes()));
        for (original, _) in originals(&Method::GET, &target) {
            let told = gate.return_to(&original).map(|rd| String::from_utf8(decoded(rd.as_bytes())).unwrap());
            if let Some(rd) = told.and_then(|rd| ReturnTo::accept(&rd, gate.hosts())) {
                let again = told_by_nginx(rd.as_str().as_bytes(), b"GET").unwrap().unwrap();
                prop_assert_eq!((&again.host, again.path.as_str()), (&original.host, original.path.as_str()), "{}", rd.as_str());
                prop_assert_eq!(query(&again), query(&original), "{}", rd.as_str());
            }
        }
    }
}
