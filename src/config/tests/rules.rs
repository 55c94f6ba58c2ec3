//! What is said of rules that can never match.
use super::*;

/// What `check` and the log say of these rules of an upstream that is fine otherwise.
fn told(rules: &[&str]) -> Vec<String> {
    let head = "public_url = \"https://auth.example.com\"\n[sessions]\ncookie_domain = \"example.com\"\n\
        [mail]\ntransport = \"smtp\"\nhost = \"smtp.example.com\"\nfrom = \"no-reply@example.com\"\n";
    let rules: String = rules.iter().flat_map(|rule| ["[[upstream.rule]]\n", rule, "\n"]).collect();
    Config::from_text(&format!("{head}{WIKI}{rules}")).unwrap().warnings()
}

#[test]
fn a_rule_that_can_never_match_is_told_with_what_to_do() {
    let (all, admin) = ("path = '/'\ntier = 'any'", "path = '/admin/'\nroles = ['wiki-admin']");
    let public = "path = '/admin'\npublic = true";
    let get = "path = '/'\ntier = 'any'\nmethods = ['GET', 'HEAD']";
    let post = "path = '/admin/'\ntier = 'any'\nmethods = ['POST']";
    let both = "path = '/admin/x'\ntier = 'any'\nmethods = ['POST', 'GET']";
    let trace = "path = '/x'\ntier = 'any'\nmethods = ['TRACE']";
    for (rules, sentences) in [
        (vec![admin, all], vec![]),
        (vec![get, post, all], vec![]),
        (
            vec![all, admin],
            vec![
                "upstream \"wiki\": rule 2 for \"/admin/\" can never match, because rule 1 for \"/\" decides about all \
                 of it first; move it up, or remove it",
            ],
        ),
        (
            vec![admin, public, all],
            vec![
                "upstream \"wiki\": rule 2 for \"/admin\" can never match, because rule 1 is about the same requests; \
                 keep one of the two",
            ],
        ),
        (
            vec![get, post, both, all],
            vec![
                "upstream \"wiki\": rule 3 for \"/admin/x\" can never match, because rule 1 for \"/\" and rule 2 for \
                 \"/admin/\" decide about all of it first; move it up, or remove it",
            ],
        ),
        (
            vec![trace, "path = '/'\ntier = 'any'\nmethods = ['CONNECT', 'GET', 'TRACE']"],
            vec![
                "upstream \"wiki\": rule 1 for \"/x\" can never match, because TRACE and CONNECT are never passed on; \
                 name other methods, or remove it",
                "upstream \"wiki\": rule 2 for \"/\" names CONNECT, which is never passed on; leave it out",
                "upstream \"wiki\": rule 2 for \"/\" names TRACE, which is never passed on; leave it out",
            ],
        ),
    ] {
        assert_eq!(told(&rules), sentences, "{rules:?}");
    }
}

#[test]
fn networks_are_compared_in_their_short_form() {
    let networks = "networks = ['::ffff:10.0.0.0/104', '::ffff:192.0.2.7', 'fd00::/8', '::/0', '10.1.2.3/8']";
    let text = format!("{WIKI}[[upstream.rule]]\npath = '/'\npublic = true\n{networks}");
    let rule = &Config::from_text(&text).unwrap().upstreams[0].rules[0];
    let networks: Vec<_> = rule.networks.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8", "::/0", "10.1.2.3/8"]);
    for (client, admitted) in [
        ("10.9.9.9", true),
        ("::ffff:10.9.9.9", true),
        ("192.0.2.7", true),
        ("192.0.2.8", false),
        ("2001:db8::1", true),
    ] {
        assert_eq!(rule.admits(client.parse().unwrap()), admitted, "{client}");
    }
}
