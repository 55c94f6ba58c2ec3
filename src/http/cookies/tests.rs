use proptest::prelude::*;

use super::*;

fn https(domain: Option<&str>) -> Cookies {
    Cookies { secure: true, domain: domain.map(str::to_owned), said: Arc::default() }
}

fn http() -> Cookies {
    Cookies { secure: false, domain: None, said: Arc::default() }
}

fn sent(lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(COOKIE, HeaderValue::from_str(line).unwrap());
    }
    headers
}

fn texts(lines: &[HeaderValue]) -> Vec<&str> {
    lines.iter().map(|line| line.to_str().unwrap()).collect()
}

#[test]
fn a_37_each_cookie_is_as_narrow_as_it_can_be() {
    let token = SessionToken::generate();
    let (both, id) = (token.cookie(), token.id.expose());
    assert_eq!(
        texts(&https(None).set(&token)),
        [format!("__Host-narthex={both}; Path=/; Secure; HttpOnly; SameSite=Lax")]
    );
    assert_eq!(
        texts(&https(Some("example.com")).set(&token)),
        [
            format!("__Host-narthex={both}; Path=/; Secure; HttpOnly; SameSite=Lax"),
            format!("__Secure-narthex={id}; Path=/; Domain=example.com; Secure; HttpOnly; SameSite=Lax"),
        ]
    );
    assert_eq!(texts(&http().set(&token)), [format!("narthex={both}; Path=/; HttpOnly; SameSite=Lax")]);
    assert_eq!(
        texts(&https(Some("example.com")).clear()),
        [
            "__Host-narthex=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
            "__Secure-narthex=; Path=/; Domain=example.com; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
        ]
    );
}

#[test]
fn our_own_pages_take_exactly_one_whole_cookie() {
    let (token, other) = (SessionToken::generate(), SessionToken::generate());
    let (both, id) = (token.cookie(), token.id.expose());
    let own = |line: &str| https(Some("example.com")).own(&sent(&[line]));
    assert_eq!(own(&format!("a=b; __Host-narthex={both} ;c=d")), Some(token.clone()));
    for bad in [
        String::new(),
        "__Host-narthex=".to_owned(),
        format!("__Host-narthex={id}"),
        format!("__Secure-narthex={id}"),
        format!("__Secure-narthex={both}"),
        format!("narthex={both}"),
        format!("__host-narthex={both}"),
        format!("__Host-narthex=\"{both}\""),
        format!("__Host-narthex={both}; __Host-narthex={both}"),
        format!("__Host-narthex={both}; __Host-narthex={}", other.cookie()),
        format!("__Host-narthex=x; __Host-narthex={both}"),
        format!("a=\"__Host-narthex={both}\""),
    ] {
        assert_eq!(own(&bad), None, "{bad}");
    }
    let twice = sent(&[&format!("__Host-narthex={both}"), &format!("__Host-narthex={both}")]);
    assert_eq!(https(None).own(&twice), None);
}

#[test]
fn a_12_the_gate_looks_up_five_sessions_at_most() {
    let own = SessionToken::generate();
    let wide: Vec<_> = (0..100).map(|_| SessionToken::generate().id).collect();
    let line: Vec<_> = wide.iter().map(|id| format!("__Secure-narthex={}", id.expose())).collect();
    let line = format!("{}; __Host-narthex={}", line.join("; "), own.cookie());
    let cookies = https(Some("example.com"));
    let found = cookies.gate(&sent(&[&line]));
    assert_eq!(found, [vec![own.id], wide[..4].to_vec()].concat());
    assert_eq!(
        https(None).gate(&sent(&[&line])),
        std::slice::from_ref(&own.id),
        "there is no wide cookie without a domain"
    );

    let both = format!("__Host-narthex={}; __Secure-narthex={}", own.cookie(), own.id.expose());
    assert_eq!(cookies.gate(&sent(&[&both])), std::slice::from_ref(&own.id), "one session is looked up once");

    let padding = "x".repeat(HEADER_MAX);
    assert_eq!(cookies.gate(&sent(&[&format!("__Host-narthex={}; a={padding}", own.cookie())])), []);
    for bad in ["", "=", ";;;", "__Secure-narthex", "__Secure-narthex=;", "__Secure-narthex=a.b", "\u{80}"] {
        assert_eq!(cookies.gate(&sent(&[bad])), [], "{bad}");
    }
}

#[test]
fn any_cookie_of_ours_counts_for_forged_forms() {
    for ours in ["__Host-narthex=x", "a=b; narthex", "__Secure-narthex=", "__Host-narthex-flow-x=1"] {
        assert!(https(None).has_any(&sent(&[ours])), "{ours}");
    }
    assert!(!https(None).has_any(&sent(&["a=narthex; nar=1"])));
}

#[test]
fn a_13_upstreams_see_none_of_ours() {
    let cleaned = |lines: &[&str]| {
        https(None)
            .without_ours(&sent(lines))
            .map(|value| String::from_utf8(value.as_bytes().to_vec()).unwrap())
    };
    assert_eq!(cleaned(&["a=b; __Host-narthex=x.y; c=d=e;; f"]).as_deref(), Some("a=b; c=d=e; f"));
    assert_eq!(cleaned(&["a=b", "__Secure-narthex=x", "c=d"]).as_deref(), Some("a=b; c=d"));
    assert_eq!(
        cleaned(&["__HOST-Narthex=x; NARTHEX=y; narthex-gate=z; =narthex=q; narthex-flow-1=2; narthex"]),
        None
    );
    assert_eq!(cleaned(&["narthexa=1; xnarthex=2"]).as_deref(), Some("narthexa=1; xnarthex=2"));
    assert_eq!(cleaned(&[]), None);
    let mut raw = HeaderMap::new();
    raw.append(COOKIE, HeaderValue::from_bytes(b"a=\xFF; narthex=\xFF").unwrap());
    assert_eq!(
        https(None).without_ours(&raw).unwrap().as_bytes(),
        b"a=\xFF",
        "what is no text is cleaned too"
    );
    let padding = "x".repeat(2 * HEADER_MAX);
    assert_eq!(cleaned(&[&format!("__Host-narthex=x; a={padding}")]), Some(format!("a={padding}")));
}

#[test]
fn upstreams_write_none_of_ours() {
    let writes = |line| https(None).writes_ours(&HeaderValue::from_static(line));
    for ours in [
        "__Host-narthex=x; Path=/; Secure",
        "narthex=x",
        " __Secure-Narthex =x; Domain=example.com",
        "narthex-gate=",
        "=__Host-narthex=x",
        "narthex",
        "__Host-narthex-lang=ko",
    ] {
        assert!(writes(ours), "{ours}");
    }
    for theirs in ["session=narthex", "a=b; narthex=c", "", "=", "my-narthex=x"] {
        assert!(!writes(theirs), "{theirs}");
    }
}

#[test]
fn the_five_newest_sign_ins_are_kept() {
    let cookies = https(None);
    let id = |n: u32| format!("{n:032x}");
    let lines = cookies.set_flow(&HeaderMap::new(), &id(1), "sealed");
    let expected =
        format!("__Host-narthex-flow-{}=sealed; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax", id(1));
    assert_eq!(texts(&lines), [expected]);

    let there: Vec<_> = [3, 7, 1, 6, 2, 5].map(|n| format!("__Host-narthex-flow-{}=v{n}", id(n))).into();
    let headers = sent(&[&there.join("; "), "__Host-narthex-flow-x=1"]);
    let lines = cookies.set_flow(&headers, &id(8), "new");
    let cleared: Vec<_> = texts(&lines).into_iter().filter(|line| line.contains("Max-Age=0")).collect();
    assert_eq!(cleared.len(), 2, "of eight, five stay: the new one and 7, 6, 5, 3");
    assert!(cleared[0].contains(&id(2)) && cleared[1].contains(&id(1)));

    assert_eq!(cookies.flow(&headers, &id(7)).as_deref(), Some("v7"));
    for wrong in [id(9), "x".to_owned(), String::new(), format!("{}=", id(7))] {
        assert_eq!(cookies.flow(&headers, &wrong), None);
    }
    let twice = format!("__Host-narthex-flow-{0}=a; __Host-narthex-flow-{0}=b", id(7));
    assert_eq!(cookies.flow(&sent(&[&twice]), &id(7)), None);
    assert!(cookies.own(&sent(&[&twice])).is_none(), "a sign-in under way is no session");
}

#[test]
fn language_and_flash_come_back() {
    for cookies in [https(None), http()] {
        let mut headers = HeaderMap::new();
        for line in [cookies.set_lang("ko"), cookies.set_flash("sealed")] {
            let pair = line.to_str().unwrap().split(';').next().unwrap().to_owned();
            headers.append(COOKIE, HeaderValue::try_from(pair).unwrap());
        }
        assert_eq!(
            (cookies.lang(&headers), cookies.flash(&headers).as_deref()),
            (Some("ko"), Some("sealed"))
        );
        assert!(cookies.clear_flash().to_str().unwrap().contains("Max-Age=0"));
    }
    assert_eq!(http().lang(&sent(&["narthex-lang=<script>"])), None);
}

proptest! {
    #[test]
    fn what_is_cleaned_holds_none_of_ours_and_all_else(pairs in prop::collection::vec("(__Host-|__secure-|)(narthex|NARTHEX|wiki)(-x|)=[a-z]{0,3}|[a-z ]{0,3}", 0..8), ) {
        let headers = sent(&[&pairs.join(";")]);
        let cleaned = https(None).without_ours(&headers);
        let kept = cleaned.as_ref().map_or("", |value| value.to_str().unwrap());
        prop_assert!(!kept.to_lowercase().contains("narthex"));
        let theirs = pairs.iter().map(|pair| pair.trim()).filter(|pair| !pair.is_empty() && !pair.to_lowercase().contains("narthex"));
        prop_assert_eq!(kept, theirs.collect::<Vec<_>>().join("; "));
    }

    #[test]
    fn a_session_survives_its_cookies(domain in prop::option::of(Just("example.com"))) {
        let (cookies, token) = (https(domain), SessionToken::generate());
        let mut headers = HeaderMap::new();
        for line in cookies.set(&token) {
            prop_assert!(cookies.writes_ours(&line));
            headers.append(COOKIE, line.to_str().unwrap().split(';').next().unwrap().parse().unwrap());
        }
        prop_assert_eq!(cookies.own(&headers), Some(token.clone()));
        prop_assert_eq!(cookies.gate(&headers), vec![token.id]);
    }

    #[test]
    fn a_12_whatever_else_is_sent_the_session_is_read_whole_or_not_at_all(
        lines in prop::collection::vec(prop::collection::vec(junk(), 0..6), 1..4),
        place in any::<prop::sample::Index>(),
        is_there in any::<bool>(),
    ) {
        let (cookies, token) = (https(Some("example.com")), SessionToken::generate());
        let (own, wide) = (format!("__Host-narthex={}", token.cookie()), format!("__Secure-narthex={}", token.id.expose()));
        let mut headers = HeaderMap::new();
        let chosen = place.index(lines.len());
        for (index, mut line) in lines.into_iter().enumerate() {
            if is_there && index == chosen {
                line.insert(place.index(line.len() + 1), own.clone().into_bytes());
                line.push(wide.clone().into_bytes());
            }
            if let Ok(value) = HeaderValue::from_bytes(&line.join(&b"; "[..])) {
                headers.append(COOKIE, value);
            }
        }
        let found = cookies.own(&headers);
        prop_assert!(found.is_none() || (is_there && found.as_ref() == Some(&token)));
        prop_assert!(cookies.gate(&headers).len() <= 1 + WIDE_MAX);
        let cleaned = cookies.without_ours(&headers);
        let cleaned = cleaned.as_ref().map_or(&b""[..], HeaderValue::as_bytes);
        let secret = token.id.expose().as_bytes();
        prop_assert!(!cleaned.windows(secret.len()).any(|part| part == secret), "{:?}", headers);
        prop_assert!(!cleaned.to_ascii_lowercase().starts_with(b"__host-narthex="));
    }
}

/// What a browser may be made to send beside our cookies: anything without a semicolon.
fn junk() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::collection::vec(
        (0x20_u8..=0xFF).prop_filter("sent as one", |b| *b != b';' && *b != 0x7F),
        0..12,
    );
    let known = prop::sample::select(
        [
            "a=\"",
            "\"",
            "a=b",
            "=",
            "__Host-narthex",
            "__Host-narthex=",
            "__Secure-narthex=x",
            "__host-narthex=x.y",
            "$Version=1",
            "a=b,",
        ]
        .as_slice(),
    );
    prop_oneof![bytes, known.prop_map(|text| text.as_bytes().to_vec())]
}

#[test]
fn a_12_cookies_of_others_in_any_encoding_sign_nobody_out() {
    let cookies = https(Some("example.com"));
    let token = SessionToken::generate();
    let line = format!("a=\u{e9}; __Host-narthex={}; __Secure-narthex={}", token.cookie(), token.id.expose());
    let latin_1: Vec<u8> = line.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let mut headers = HeaderMap::new();
    headers.insert(COOKIE, HeaderValue::from_bytes(&latin_1).unwrap());
    assert_eq!(cookies.own(&headers), Some(token.clone()));
    assert_eq!(cookies.gate(&headers).len(), 1);
    headers.append(COOKIE, HeaderValue::from_bytes(b"__Host-narthex=\xe9").unwrap());
    assert_eq!(cookies.own(&headers), None, "two are none, whatever is in the other one");
    assert_eq!(cookies.gate(&headers).len(), 1);
}

#[test]
fn a_13_wide_cookies_that_are_none_do_not_count() {
    let cookies = https(Some("example.com"));
    let ids: Vec<_> = (0..5).map(|_| SessionToken::generate().id).collect();
    let wide = |id: &SessionId| format!("__Secure-narthex={}", id.expose());
    let planted = ["__Secure-narthex=x; __Secure-narthex=; __Secure-narthex"; 20].join("; ");
    let twice = [wide(&ids[0]), wide(&ids[0]), wide(&ids[0]), wide(&ids[0]), wide(&ids[1])].join("; ");
    assert_eq!(cookies.gate(&sent(&[&planted, &twice])), ids[..2]);
    let all: Vec<_> = ids.iter().map(wide).collect();
    assert_eq!(cookies.gate(&sent(&[&all.join("; ")])), ids[..4]);
}

#[test]
fn cookies_that_are_too_long_are_spoken_of_once_a_minute() {
    let cookies = http();
    let now = Instant::now();
    assert!(is_too_long(&sent(&[&"a".repeat(HEADER_MAX), "b"])) && !is_too_long(&sent(&["a"])));
    let long = format!("narthex={}; a={}", SessionToken::generate().cookie(), "a".repeat(HEADER_MAX));
    assert!(cookies.gate(&sent(&[&long])).is_empty() && !cookies.may_speak(now));
    let cookies = http();
    assert!(cookies.may_speak(now) && !cookies.clone().may_speak(now + Duration::from_secs(59)));
    assert!(cookies.may_speak(now + SAID_EVERY));
}
