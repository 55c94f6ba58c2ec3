use proptest::prelude::*;

use super::*;

mod reach;

fn rule(path: &str, allows: Allows) -> Rule {
    Rule { path: PathPrefix(path.to_owned()), methods: vec![], networks: vec![], allows }
}

/// The same rule, about these methods only.
fn about(methods: &[&str], rule: Rule) -> Rule {
    let methods = methods.iter().map(|method| method.parse().unwrap()).collect();
    Rule { methods, ..rule }
}

/// The same rule, for requests from these networks only.
fn from(networks: &[&str], rule: Rule) -> Rule {
    let networks = networks.iter().map(|network| network.parse().unwrap()).collect();
    Rule { networks, ..rule }
}

const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

fn get(path: &RequestPath) -> Request<'_> {
    Request { method: &Method::GET, path, client: CLIENT }
}

fn rules() -> Vec<Rule> {
    vec![
        rule("/public/", Allows::Public),
        rule("/admin/", of_tier(Tier::Superuser)),
        rule("/standard", of_tier(Tier::Standard)),
        rule("/app", any_account()),
        rule("/public/late", of_tier(Tier::Superuser)),
    ]
}

fn any_account() -> Allows {
    Allows::Account(Asked::default())
}

fn of_tier(tier: Tier) -> Allows {
    Allows::Account(Asked { tier: Some(tier), ..Asked::default() })
}

/// What the rules say of somebody of this tier who holds nothing.
fn judge(rules: &[Rule], path: &RequestPath, tier: Option<Tier>) -> Decision {
    judge_request(rules, &get(path), tier)
}

fn judge_request(rules: &[Rule], request: &Request<'_>, tier: Option<Tier>) -> Decision {
    let may = Effective { superuser: tier == Some(Tier::Superuser), ..Effective::default() };
    decide(rules, request, tier.map(|tier| Who { tier, may: &may }).as_ref())
}

#[test]
fn a_rule_asks_for_one_of_its_roles_and_all_of_its_permissions() {
    let (editor, auditor) = (RoleName::parse("editor").unwrap(), RoleName::parse("auditor").unwrap());
    let (read, write) =
        (Permission::parse("main.page:read").unwrap(), Permission::parse("main.page:write").unwrap());
    let asked = Asked {
        tier: None,
        roles: vec![editor.clone(), auditor.clone()],
        permissions: vec![read.clone(), write.clone()],
    };
    let rules = [rule("/", Allows::Account(asked))];
    let judge = |may: &Effective, tier| decide(&rules, &get(&path("/x")), Some(&Who { tier, may }));
    let nobody = Effective::default();
    let denied = Decision::Deny(Missing::Roles(vec![editor.clone(), auditor]));
    assert_eq!(judge(&nobody, Tier::Standard), denied);
    let by_supervision = Effective { reach: [editor.clone()].into(), ..nobody.clone() };
    assert_eq!(judge(&by_supervision, Tier::Standard), denied, "a role is held by name");
    let half = Effective { roles: [editor.clone()].into(), permissions: [read.clone()].into(), ..nobody };
    assert_eq!(judge(&half, Tier::Standard), Decision::Deny(Missing::Permission(write.clone())));
    let whole = Effective { permissions: [read, write].into(), ..half };
    assert_eq!(judge(&whole, Tier::Standard), Decision::Allow);
    assert_eq!(judge(&Effective::all(), Tier::Superuser), Decision::Allow);
}

fn path(raw: &str) -> RequestPath {
    RequestPath::parse(raw).unwrap()
}

#[test]
fn the_first_rule_about_the_path_decides_and_nobody_passes_without_one() {
    use Decision::{Allow, Deny, SignIn};
    let (standard, superuser) = (Some(Tier::Standard), Some(Tier::Superuser));
    for (raw, tier, decision) in [
        ("/public", None, Allow),
        ("/public/a/b", None, Allow),
        ("/public/late", None, Allow),
        ("/publicly", None, SignIn),
        ("/publicly", superuser, Deny(Missing::Rule)),
        ("/admin", None, SignIn),
        ("/admin", standard, Deny(Missing::Tier(Tier::Superuser))),
        ("/admin/x", superuser, Allow),
        ("/adminx", superuser, Deny(Missing::Rule)),
        ("/standard/x", standard, Allow),
        ("/standard/x", superuser, Deny(Missing::Tier(Tier::Standard))),
        ("/app", None, SignIn),
        ("/app/", standard, Allow),
        ("/", superuser, Deny(Missing::Rule)),
    ] {
        assert_eq!(judge(&rules(), &path(raw), tier), decision, "{raw} {tier:?}");
    }
    assert_eq!(judge(&[], &path("/"), superuser), Deny(Missing::Rule));
    assert_eq!(judge(&[], &path("/"), None), SignIn);
}

#[test]
fn a_08_parameters_never_choose_the_rule() {
    let superuser = Some(Tier::Superuser);
    for raw in ["/public;x/y", "/admin;x", "/;x/admin", "/admin%3Bx/y"] {
        assert_eq!(judge(&rules(), &path(raw), superuser), Decision::Ambiguous, "{raw}");
    }
    assert_eq!(judge(&rules(), &path("/public/y;x=1"), None), Decision::Allow);
    assert_eq!(judge(&[rule("/", any_account())], &path("/a;b"), superuser), Decision::Allow);
}

#[test]
fn a_10_methods_choose_the_rule_and_head_is_get() {
    use Decision::{Allow, Deny, SignIn};
    let rules = [
        about(&["OPTIONS"], rule("/api/", Allows::Public)),
        about(&["GET", "PROPFIND"], rule("/api/", any_account())),
        about(&["POST"], rule("/api/notes/", any_account())),
        about(&["POST", "DELETE"], rule("/api/", of_tier(Tier::Superuser))),
        rule("/page", any_account()),
    ];
    let nobody = |method: &str| Deny(Missing::Method(method.parse().unwrap()));
    let superusers = || Deny(Missing::Tier(Tier::Superuser));
    for (method, raw, decision) in [
        ("GET", "/api/x", Allow),
        ("HEAD", "/api/x", Allow),
        ("PROPFIND", "/api/x", Allow),
        ("get", "/api/x", nobody("get")),
        ("Post", "/api/notes/1", nobody("Post")),
        ("POST", "/api/notes/1", Allow),
        ("POST", "/api/x", superusers()),
        ("DELETE", "/api/notes/1", superusers()),
        ("PATCH", "/api/x", nobody("PATCH")),
        ("PATCH", "/elsewhere", Deny(Missing::Rule)),
        ("OPTIONS", "/page", Allow),
        ("anything", "/page", Allow),
    ] {
        let (method, path) = (method.parse().unwrap(), path(raw));
        let request = Request { method: &method, path: &path, client: CLIENT };
        assert_eq!(judge_request(&rules, &request, Some(Tier::Standard)), decision, "{method} {raw}");
        let stranger = if method == "OPTIONS" && raw.starts_with("/api") { Allow } else { SignIn };
        assert_eq!(judge_request(&rules, &request, None), stranger, "{method} {raw}");
    }
    let preflight = Request { method: &Method::OPTIONS, path: &path("/api/x"), client: CLIENT };
    assert_eq!(judge_request(&rules, &preflight, None), Allow);
    let elsewhere = Request { path: &path("/page"), ..preflight };
    assert_eq!(judge_request(&rules, &elsewhere, None), SignIn, "public for OPTIONS only where it says so");
}

#[test]
fn a_rule_asks_for_a_network_and_hands_nobody_on_to_the_next() {
    use Decision::{Allow, Deny, SignIn};
    let rules = [
        from(&["10.0.0.0/8", "2001:db8::/32"], rule("/admin/", of_tier(Tier::Superuser))),
        from(&["10.0.0.0/8"], rule("/kiosk/", Allows::Public)),
        rule("/", any_account()),
    ];
    let (standard, superuser) = (Some(Tier::Standard), Some(Tier::Superuser));
    for (client, is_near) in [
        ("10.1.2.3", true),
        ("::ffff:10.1.2.3", true),
        ("11.1.2.3", false),
        ("::ffff:11.1.2.3", false),
        ("2001:db8::1", true),
        ("2001:db9::1", false),
        ("::", false),
    ] {
        let client: IpAddr = client.parse().unwrap();
        let judge = |raw, tier| {
            judge_request(&rules, &Request { method: &Method::GET, path: &path(raw), client }, tier)
        };
        let far = Deny(Missing::Network(client));
        assert_eq!(judge("/admin/x", superuser), if is_near { Allow } else { far.clone() }, "{client}");
        assert_eq!(judge("/admin/x", standard), Deny(Missing::Tier(Tier::Superuser)), "{client}");
        assert_eq!(judge("/admin/x", None), SignIn, "{client}");
        let is_near = is_near && client.to_canonical().is_ipv4();
        assert_eq!(judge("/kiosk/", None), if is_near { Allow } else { SignIn }, "{client}");
        assert_eq!(judge("/kiosk/", superuser), if is_near { Allow } else { far }, "{client}");
        assert_eq!(judge("/x", standard), Allow, "{client}");
    }
}

#[test]
fn a_08_parameters_choose_no_rule_by_method_either() {
    let rules = [about(&["POST"], rule("/admin", of_tier(Tier::Superuser))), rule("/", any_account())];
    let path = path("/admin;x");
    for (method, decision) in [(Method::POST, Decision::Ambiguous), (Method::GET, Decision::Allow)] {
        let request = Request { method: &method, path: &path, client: CLIENT };
        assert_eq!(judge_request(&rules, &request, Some(Tier::Standard)), decision, "{method}");
    }
}

#[test]
fn a_09_capitals_and_escapes_never_choose_the_rule() {
    let superuser = Some(Tier::Superuser);
    for raw in ["/Public", "/PUBLIC/x", "/Admin", "/aDMIN;x", "/APP"] {
        assert_eq!(judge(&rules(), &path(raw), superuser), Decision::Ambiguous, "{raw}");
    }
    let sent = |raw| RequestPath::as_sent(raw).unwrap();
    for raw in ["/%61dmin", "/publi%63/x", "/%70ublic", "/%41dmin", "/%61dmin;x"] {
        assert_eq!(judge(&rules(), &sent(raw), superuser), Decision::Ambiguous, "{raw}");
    }
    for raw in ["/public/%7Ex", "/public/X", "/public/a|b", "/public/%61dmin;x"] {
        assert_eq!(judge(&rules(), &sent(raw), None), Decision::Allow, "{raw}");
    }
    assert_eq!(judge(&rules(), &path("/%61dmin"), superuser), Decision::Allow, "we pass on what we judge");
    assert_eq!(judge(&[rule("/", any_account())], &sent("/%41"), superuser), Decision::Allow);
    let rules = [about(&["POST"], rule("/admin", of_tier(Tier::Superuser))), rule("/", any_account())];
    for (method, decision) in [(Method::POST, Decision::Ambiguous), (Method::GET, Decision::Allow)] {
        let request = Request { method: &method, path: &path("/Admin"), client: CLIENT };
        assert_eq!(judge_request(&rules, &request, superuser), decision, "{method}");
    }
}

#[test]
fn a_08_nothing_that_an_upstream_cuts_off_chooses_the_rule() {
    let superuser = Some(Tier::Superuser);
    for raw in [
        "/admin%3Fx",
        "/admin%23",
        "/public%3F/x",
        "/admin.",
        "/admin%20/x",
        "/%20/admin",
        "/admin.;x",
        "/APP.",
    ] {
        assert_eq!(judge(&rules(), &path(raw), superuser), Decision::Ambiguous, "{raw}");
    }
    for raw in ["/public/x%3Fy", "/public/v1./a%20b", "/public/what%20"] {
        assert_eq!(judge(&rules(), &path(raw), None), Decision::Allow, "{raw}");
    }
}

#[test]
fn a_09_letters_that_are_nearly_ascii_never_choose_the_rule() {
    let rules = [
        rule("/desk/", of_tier(Tier::Superuser)),
        rule("/admin", of_tier(Tier::Superuser)),
        rule("/", any_account()),
    ];
    for raw in ["/de%C5%BFk/x", "/des%E2%84%AA", "/adm%C4%B1n", "/adm%c4%b0n/", "/DE%C5%BFK"] {
        assert_eq!(judge(&rules, &path(raw), Some(Tier::Standard)), Decision::Ambiguous, "{raw}");
    }
    for raw in ["/caf%C3%A9", "/%C5%BF", "/desk%C5%BF"] {
        assert_eq!(judge(&rules, &path(raw), Some(Tier::Standard)), Decision::Allow, "{raw}");
    }
}

#[test]
fn a_prefix_is_written_in_normal_form() {
    for (text, normal) in [
        ("/", true),
        ("/a/", true),
        ("a", false),
        ("/%61", false),
        ("/a//b", false),
        ("", false),
        ("/a;b/c", false),
        ("/a%3Bb", false),
        ("/a%3Fb", false),
        ("/a.", false),
    ] {
        assert_eq!(PathPrefix(text.to_owned()).is_normal(), normal, "{text}");
    }
}

proptest! {
    #[test]
    fn a_prefix_covers_itself_and_what_is_below_and_no_sibling(segments in prop::collection::vec("[a-c]{1,3}", 1..4), tail in "[a-c]{1,3}") {
        let base = format!("/{}", segments.join("/"));
        for prefix in [PathPrefix(base.clone()), PathPrefix(format!("{base}/"))] {
            prop_assert!(prefix.covers(&path(&base)));
            let (below, beside) = (path(&format!("{base}/{tail}")), path(&format!("{base}{tail}")));
            prop_assert!(prefix.covers(&below));
            prop_assert!(!prefix.covers(&beside));
            prop_assert!(!prefix.covers(&path("/")));
        }
    }

    #[test]
    fn nobody_passes_signed_out_unless_the_first_rule_is_public(raw in "(/[a-z;%.]{1,8}){1,4}") {
        if let Ok(path) = RequestPath::parse(&raw) && judge(&rules(), &path, None) == Decision::Allow {
            prop_assert!(path.as_str() == "/public" || path.as_str().starts_with("/public/"));
        }
    }
}
