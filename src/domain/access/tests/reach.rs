//! Rules that never decide, and requests about which the others do.
use super::*;

fn why(rules: &[Rule]) -> Vec<Option<Unreachable>> {
    (0..rules.len()).map(|index| unreachable(rules, index)).collect()
}

#[test]
fn rules_that_never_decide_are_found() {
    use Unreachable::{Methods, Shadowed, Twice};
    let any = |path| rule(path, any_account());
    assert_eq!(why(&[any("/a/"), any("/"), any("/a/b")]), [None, None, Some(Shadowed(vec![0]))]);
    assert_eq!(why(&[any("/a/"), rule("/a", Allows::Public)]), [None, Some(Twice(0))]);
    assert_eq!(why(&[any("/a"), any("/ab"), any("/a/b/..c")]), [None, None, Some(Shadowed(vec![0]))]);
    assert_eq!(why(&[from(&["10.0.0.0/8"], any("/")), any("/")]), [None, Some(Twice(0))]);
    assert_eq!(why(&[any("/A"), any("/a/b")]), [None, Some(Shadowed(vec![0]))]);
    let by = |methods: &[&str], path| about(methods, any(path));
    assert_eq!(why(&[by(&["GET"], "/"), any("/")]), [None, None]);
    assert_eq!(why(&[any("/"), by(&["GET"], "/x")]), [None, Some(Shadowed(vec![0]))]);
    assert_eq!(
        why(&[
            by(&["GET"], "/"),
            by(&["POST"], "/a"),
            by(&["POST", "GET"], "/a/b"),
            by(&["GET", "PUT"], "/a")
        ]),
        [None, None, Some(Shadowed(vec![0, 1])), None]
    );
    assert_eq!(why(&[by(&["POST", "GET"], "/"), by(&["GET", "POST"], "/")]), [None, Some(Twice(0))]);
    assert_eq!(why(&[by(&["TRACE", "CONNECT"], "/"), any("/")]), [Some(Methods), None]);
    assert_eq!(why(&[by(&["GET"], "/"), by(&["GET", "TRACE"], "/a")]), [None, Some(Shadowed(vec![0]))]);
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "OPTIONS", "TRACE"];

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let path = "(/|(/(a|b|A|%C3%A9)){1,3}/?)";
    let methods = prop::collection::vec(prop::sample::select(METHODS.as_slice()), 0..4);
    let one = (path, methods).prop_map(|(path, methods)| about(&methods, rule(&path, any_account())));
    prop::collection::vec(one, 1..7)
}

/// Which rule decides, if one does.
fn decides(rules: &[Rule], method: &str, raw: &str) -> Option<usize> {
    let (method, path) = (method.parse().unwrap(), RequestPath::parse(raw).ok()?);
    let request = Request { method: &method, path: &path, client: CLIENT };
    let judged = judge_request(rules, &request, Some(Tier::Standard));
    first(rules, &request).filter(|_| judged == Decision::Allow)
}

proptest! {
    #[test]
    fn no_request_reaches_what_is_found_unreachable(
        rules in rules(),
        method in "(GET|HEAD|POST|PUT|OPTIONS|PATCH)",
        raw in "(/|(/(a|b|c|A|a;b|a;|b%3Ba|%c3%a9)){1,4}/?)",
    ) {
        if let Some(index) = decides(&rules, &method, &raw) {
            prop_assert_eq!(unreachable(&rules, index), None, "{} {} reaches rule {}", method, raw, index + 1);
        }
    }

    #[test]
    fn every_other_rule_has_a_request_that_it_decides(rules in rules()) {
        for index in 0..rules.len() {
            let raw = &rules[index].path.0;
            let reached = METHODS.iter().filter(|method| **method != "TRACE").chain(&["PATCH"])
                .any(|method| decides(&rules, method, raw) == Some(index));
            prop_assert_eq!(unreachable(&rules, index).is_none(), reached, "rule {} of {:?}", index + 1, rules);
        }
    }
}
