use proptest::prelude::*;

use super::*;

fn hosts() -> Hosts {
    let upstreams = ["wiki.corp.example", "git.corp.example:8443", "*.apps.corp.example"];
    let upstreams = upstreams.map(|host| Pattern::parse(host, Scheme::Https).unwrap());
    Hosts::new(&Url::parse("https://auth.corp.example").unwrap(), upstreams).unwrap()
}

fn go(raw: &str) -> String {
    ReturnTo::parse(raw, &hosts()).as_str().to_owned()
}

#[test]
fn our_own_places_are_kept() {
    for (raw, href) in [
        ("/", "/"),
        ("/account", "/account"),
        ("/admin/users?q=a%20b&status=active#row", "/admin/users?q=a%20b&status=active#row"),
        ("/a?next=//evil.example", "/a?next=//evil.example"),
        ("/?x", "/?x"),
        ("https://auth.corp.example", "/"),
        ("HTTPS://AUTH.corp.example:443/account", "/account"),
        ("https://wiki.corp.example", "https://wiki.corp.example/"),
        ("https://wiki.corp.example?x=1", "https://wiki.corp.example/?x=1"),
        ("https://wiki.corp.example./x", "https://wiki.corp.example/x"),
        (
            "https://wiki.corp.example/My%20page?q=%E2%82%AC",
            "https://wiki.corp.example/My%20page?q=%E2%82%AC",
        ),
        ("https://git.corp.example:8443/a/b.git", "https://git.corp.example:8443/a/b.git"),
        ("https://Notes.apps.corp.example:443/a", "https://notes.apps.corp.example/a"),
    ] {
        assert_eq!(go(raw), href, "{raw}");
    }
    let wiki = ReturnTo::parse("https://wiki.corp.example/x?a=b&c", &hosts());
    assert_eq!((wiki.host(), wiki.is_local_path()), (Some("wiki.corp.example"), false));
    assert_eq!(wiki.as_query_value(), "https%3A//wiki.corp.example/x%3Fa%3Db%26c");
    let here = ReturnTo::parse("/account", &hosts());
    assert_eq!((here.host(), here.is_local_path()), (None, true));
}

#[test]
fn a_23_hostile_addresses_fall_back() {
    let long = format!("/{}", "a".repeat(RETURN_TO_MAX));
    let ways_to_slash = [
        "//",
        "///",
        "////",
        "/\\",
        "\\/",
        "\\\\",
        "\\",
        "/\\/",
        "/\\\\",
        "/./",
        "/.//",
        "/..//",
        "/../",
        "/.\\",
        "/;//",
        "/a/..//",
        "/a//",
        "/%2f",
        "/%2F/",
        "/%5c",
        "/%5C/",
        "/%252f",
        "/%09/",
        "/%0a/",
        "/%0d/",
        "/%20/",
        "/%20//",
        "/%00/",
        "/%0d%0a/",
        "/%e3%80%80/",
        "/%c2%a0/",
        "/%E2%80%A8/",
        "/%c0%af",
        "/\t/",
        "/\n/",
        "/\r/",
        "/ /",
        "/\u{a0}/",
        "/\u{3000}/",
        "/\u{200b}/",
        "/\0/",
        "/\u{b}/",
        "/\u{c}/",
        "\t//",
        " //",
        "\u{feff}//",
        "%2f%2f",
        "%5c%5c",
        "/%2e%2e//",
        "/%2e//",
        "/.%2e/",
        "//;@",
        "//\\",
        "///\\;@",
        "/〱",
        "〵",
        "/〱〵",
        "／／",
        "/／",
        "．/",
        "h//",
        "//@",
        "//:@",
        "//:80@",
    ];
    for way in ways_to_slash {
        for target in [
            "evil.example",
            "evil.example/",
            "auth.corp.example@evil.example/%2f..",
            "1.2.3.4",
            "[::1]",
            "%65vil.example",
            "www.evil.example:80/x",
        ] {
            let raw = format!("{way}{target}");
            assert_eq!(go(&raw), "/", "{raw:?}");
        }
    }
    for raw in [
        "",
        " ",
        "account",
        "evil.example",
        "?x=//evil.example",
        "#x",
        "@evil.example",
        ".",
        "..",
        "*",
        "javascript:alert(1)",
        "JaVaScRiPt://auth.corp.example/%0aalert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:https://auth.corp.example/x",
        "file:///etc/passwd",
        "ftp://auth.corp.example/",
        "ws://auth.corp.example/",
        "view-source:https://auth.corp.example",
        "https:",
        "https:/",
        "https://",
        "https:///",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https:///auth.corp.example",
        "https:auth.corp.example",
        "https:\\\\auth.corp.example",
        "https://\\evil.example",
        "https://evil.example",
        "https://evil.example/https://auth.corp.example",
        "https://evil.example?auth.corp.example",
        "https://evil.example#auth.corp.example",
        "https://evil.example\\@auth.corp.example",
        "https://evil.example\\.auth.corp.example",
        "https://evil.example%2f@auth.corp.example",
        "https://evil.example;@auth.corp.example",
        "https://user@auth.corp.example/",
        "https://user:password@auth.corp.example/",
        "https://@auth.corp.example/",
        "https://:@auth.corp.example/",
        "https://auth.corp.example@evil.example",
        "https://auth.corp.example:443@evil.example",
        "https://auth.corp.example%00.evil.example",
        "https://auth.corp.example%2eevil.example",
        "https://auth.corp.example%09.evil.example",
        "https://auth.corp.example%23.evil.example",
        "https://auth%2ecorp%2eexample/",
        "https://auth.corp.example\t.evil.example",
        "https://auth.corp.example\n/x",
        "https://auth。corp。example/",
        "https://ａuth.corp.example/",
        "https://auth.corp.example:/",
        "https://auth.corp.example:0443/../",
        "https://auth.corp.example//evil.example",
        "https://auth.corp.example/../x",
        "https://auth.corp.example/\\evil.example",
        "https://auth.corp.example/a b",
        "https://wiki.corp.example/%2f",
        " https://wiki.corp.example/",
        "https://wiki.corp.example/ ",
        "\u{1}https://wiki.corp.example/",
        "https\n://wiki.corp.example/",
        "https://wiki.corp.example/\r\nSet-Cookie: a=b",
        "/x\r\nLocation: https://evil.example",
        "/x\u{0}",
        "/x\u{7f}",
        "/é",
        "/x?\\evil",
        "/x#\\evil",
        "/x?a=b\tc",
        &long,
    ] {
        assert_eq!(go(raw), "/", "{raw:?}");
    }
}

#[test]
fn a_24_only_hosts_that_are_written_out_are_ours() {
    for raw in [
        "https://corp.example/",
        "https://other.corp.example/",
        "https://x.wiki.corp.example/",
        "https://wiki.corp.example.evil.example/",
        "https://evilwiki.corp.example/",
        "https://wiki.corp.example-evil.example/",
        "https://wiki.corp.exampl/",
        "https://wiki.corp.example..evil.example/",
        "https://wiki.corp.example../",
        "https://wiki.corp.example:8443/",
        "https://wiki.corp.example:80/",
        "https://auth.corp.example:8443/",
        "https://git.corp.example/",
        "https://git.corp.example:443/",
        "https://git.corp.example:84430/",
        "http://wiki.corp.example/",
        "http://auth.corp.example/",
        "http://wiki.corp.example:443/",
        "//wiki.corp.example/",
        "//auth.corp.example/",
        "wiki.corp.example",
    ] {
        assert_eq!(go(raw), "/", "{raw:?}");
    }
}

#[test]
fn on_loopback_the_scheme_is_http_and_the_port_counts() {
    let upstream = Pattern::parse("localhost:8081", Scheme::Http).unwrap();
    let hosts = Hosts::new(&Url::parse("http://localhost:8080/").unwrap(), [upstream]).unwrap();
    let go = |raw| ReturnTo::parse(raw, &hosts).as_str().to_owned();
    assert_eq!(go("http://localhost:8081/x"), "http://localhost:8081/x");
    assert_eq!(go("http://localhost:8080/x"), "/x");
    for raw in [
        "http://localhost/x",
        "http://localhost:8082/x",
        "https://localhost:8081/x",
        "http://127.0.0.1:8080/x",
    ] {
        assert_eq!(go(raw), "/", "{raw}");
    }
    assert!(Hosts::new(&Url::parse("mailto:x@y.co").unwrap(), []).is_none());
}

#[test]
fn a_24_a_star_stands_for_one_label_and_nothing_else() {
    let notes = ReturnTo::parse("https://notes.apps.corp.example/x?y", &hosts());
    assert_eq!((notes.host(), notes.is_local_path()), (Some("notes.apps.corp.example"), false));
    for host in [
        "evilapps.corp.example",
        "a.b.apps.corp.example",
        "apps.corp.example",
        ".apps.corp.example",
        "*.apps.corp.example",
        "a@b.apps.corp.example",
        "a%2eapps.corp.example",
        "a%00.apps.corp.example",
        "a.apps.corp.example.evil.example",
        "a.apps.corp.example:8443",
        "a.apps.corp.example@evil.example",
        "a.apps.corp.example\\.evil.example",
        "evil.example/.apps.corp.example",
        "evil.example#.apps.corp.example",
        "evil.example?.apps.corp.example",
        "evil.example:80.apps.corp.example",
    ] {
        assert_eq!(go(&format!("https://{host}/x")), "/", "{host}");
        assert_eq!(go(&format!("http://{host}/x")), "/", "{host}");
    }
}

fn is_ours(href: &str) -> bool {
    let base = Url::parse("https://auth.corp.example/login?rd=x").unwrap();
    let url = base.join(href).unwrap();
    let origin = url.origin().ascii_serialization();
    let app = origin.strip_prefix("https://").and_then(|host| host.strip_suffix(".apps.corp.example"));
    let plain = |label: &str| label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let named = ["https://auth.corp.example", "https://wiki.corp.example", "https://git.corp.example:8443"];
    (named.contains(&origin.as_str()) || app.is_some_and(|label| !label.is_empty() && plain(label)))
        && url.username().is_empty()
        && url.password().is_none()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn a_23_a_browser_never_leaves_our_hosts(raw in "((https?|HTTPS|)(:|)[/\\\\]{0,3}|/)((auth|wiki|git|evil)|\\.?apps|[.@:/\\\\%\t;#?]|corp\\.example|:8443|%2f|%5c|%09|\\.\\.|[ -~]|\\PC){0,8}") {
        let place = ReturnTo::parse(&raw, &hosts());
        prop_assert!(is_ours(place.as_str()), "{} became {}", raw, place);
        prop_assert_eq!(ReturnTo::parse(place.as_str(), &hosts()), place.clone(), "accepted again as it is");
        prop_assert_eq!(place.is_local_path(), place.as_str().starts_with('/'));
    }

    #[test]
    fn plain_paths_are_kept(path in "(/[a-z0-9._~-]{1,6}){1,4}", query in "(\\?[a-z=&%]{0,8})?") {
        prop_assume!(!path.split('/').any(|segment| segment == "." || segment == ".."));
        let raw = format!("{path}{query}");
        prop_assert_eq!(go(&raw), raw.clone());
        let there = format!("https://wiki.corp.example{raw}");
        prop_assert_eq!(go(&there), there);
    }
}
