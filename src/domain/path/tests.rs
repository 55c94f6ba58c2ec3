use proptest::prelude::*;

use super::*;

fn normal(raw: &str) -> Option<String> {
    RequestPath::parse(raw).ok().map(|path| path.normal)
}

#[test]
fn what_means_the_same_becomes_the_same() {
    for (raw, path) in [
        ("/", "/"),
        ("/a/b/", "/a/b/"),
        ("/%61dmin", "/admin"),
        ("/%7Eada/%2d", "/~ada/-"),
        ("/a%20b", "/a%20b"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/a%2Bb+c", "/a%2Bb+c"),
        ("/a|b[0]{x}", "/a%7Cb%5B0%5D%7Bx%7D"),
        ("/100%25", "/100%25"),
        ("/...", "/..."),
        ("/.well-known/x", "/.well-known/x"),
        ("/a;v=1", "/a;v=1"),
    ] {
        assert_eq!(normal(raw).as_deref(), Some(path), "{raw}");
    }
}

#[test]
fn a_09_what_programs_read_differently_is_refused() {
    for raw in [
        "",
        "a",
        "*",
        "http://wiki.example.com/",
        "//private",
        "/a//b",
        "/public/../private",
        "/public/%2e%2e/private",
        "/public/.%2E/private",
        "/public/./x",
        "/..",
        "/.",
        "/public%2fprivate",
        "/public%2Fprivate",
        "/public%5cprivate",
        "/public\\private",
        "/public;/../private",
        "/public/..;/private",
        "/public/..;x=1/private",
        "/public/..%3b/private",
        "/public/%2e%2e;/private",
        "/public/..%20/private",
        "/public/..%3F/private",
        "/public/.%23",
        "/public%00",
        "/public%0a",
        "/public%7f",
        "/public\t",
        "/public private",
        "/%252e%252e/private",
        "/%252fprivate",
        "/%25%32%65%25%32%65/private",
        "/%252%65/private",
        "/%25%32e/private",
        "/%zz",
        "/%",
        "/%2",
        "/%2g",
        "/private#/public",
        "/x?y",
        "/é",
        "/%c0%ae%c0%ae/private",
        "/%ff",
    ] {
        assert_eq!(normal(raw), None, "{raw:?}");
    }
}

#[test]
fn parameters_are_cut_as_servlets_do() {
    assert_eq!(shortened("/admin/x"), [""; 0]);
    assert_eq!(shortened("/v1.2/a%C3%A9/"), [""; 0]);
    assert_eq!(shortened("/admin;a/x;b=c"), ["/admin/x"]);
    assert_eq!(shortened("/;a/admin"), ["/admin"]);
    assert_eq!(shortened("/admin%3Ba/x"), ["/admin/x"]);
    assert_eq!(shortened("/;"), ["/"]);
}

#[test]
fn a_09_what_upstreams_may_cut_off_is_another_reading() {
    assert_eq!(shortened("/admin%3F/x"), ["/admin"]);
    assert_eq!(shortened("/admin%23x"), ["/admin"]);
    assert_eq!(shortened("/admin./x%20.%20"), ["/admin/x"]);
    assert_eq!(shortened("/a.;b/c%3Fd"), ["/a./c%3Fd", "/a/c%3Fd", "/a.;b/c", "/a./c", "/a/c"]);
    assert_eq!(shortened("/%20/admin"), ["/admin"]);
    assert_eq!(shortened("/.../admin"), ["/admin"]);
}

#[test]
fn a_09_what_is_passed_on_as_it_was_sent_is_read_in_every_way() {
    let readings = |raw| -> Vec<String> {
        RequestPath::as_sent(raw).unwrap().other_readings().map(Cow::into_owned).collect()
    };
    assert_eq!(readings("/admin/%C3%A9"), [""; 0]);
    assert_eq!(readings("/caf%c3%a9/a"), [""; 0], "escapes in small letters are the same");
    assert_eq!(readings("/%61dmin/%7e"), ["/%61dmin/%7E"]);
    assert_eq!(readings("/a|b"), ["/a|b"]);
    assert_eq!(readings("/admin;a/x"), ["/admin/x"]);
    assert_eq!(readings("/%61dmin;a/x"), ["/%61dmin;a/x", "/admin/x", "/%61dmin/x"]);
    assert_eq!(
        RequestPath::parse("/%61dmin").unwrap().other_readings().count(),
        0,
        "we pass on what we judge"
    );
}

proptest! {
    #[test]
    fn the_normal_form_is_its_own(raw in "(/|%25|%3[0-9]|%6[1-6]|%2[0-9a-f]|%[4-7][0-9a-f]|[!-~]){0,12}") {
        if let Ok(path) = RequestPath::parse(&raw) {
            prop_assert_eq!(RequestPath::parse(path.as_str()), Ok(path.clone()));
            let decoded = percent_encoding::percent_decode_str(path.as_str()).decode_utf8().unwrap();
            prop_assert!(!decoded.split('/').any(|segment| segment == ".." || segment == "."));
            prop_assert!(!decoded.contains("//") && !decoded.contains('\\'));
        }
    }
}
