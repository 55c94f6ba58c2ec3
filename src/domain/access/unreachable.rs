//! Rules that decide about no request: slips of whoever wrote them, and mostly not harmless ones.
use http::Method;

use super::Rule;

/// Why a rule never decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// It is about none but methods that are never passed on.
    Methods,
    /// The rule at this place, before it, is about the very same requests.
    Twice(usize),
    /// The rules at these places, before it, decide about every request that it is about.
    Shadowed(Vec<usize>),
}

/// Methods that no door lets through, whatever the rules say.
pub fn never_passed(method: &Method) -> bool {
    matches!(*method, Method::TRACE | Method::CONNECT)
}

/// Why the rule at this place never decides; `None` when there are requests about which it does.
pub fn unreachable(rules: &[Rule], index: usize) -> Option<Unreachable> {
    let rule = &rules[index];
    let mut passed = rule.methods.iter().filter(|method| !never_passed(method)).peekable();
    if passed.peek().is_none() && !rule.methods.is_empty() {
        return Some(Unreachable::Methods);
    }
    let above = || rules[..index].iter().enumerate().filter(|(_, earlier)| earlier.path.contains(&rule.path));
    if let Some((place, earlier)) = above().find(|(_, earlier)| is_about_all_of(earlier, rule)) {
        let same = rule.path.contains(&earlier.path) && is_about_all_of(rule, earlier);
        return Some(if same { Unreachable::Twice(place) } else { Unreachable::Shadowed(vec![place]) });
    }
    if rule.methods.is_empty() {
        return None;
    }
    let taken =
        |method| above().find(|(_, earlier)| earlier.methods.contains(method)).map(|(place, _)| place);
    let mut places = passed.map(taken).collect::<Option<Vec<_>>>()?;
    places.sort_unstable();
    places.dedup();
    Some(Unreachable::Shadowed(places))
}

/// Whether every method that `rule` is about, and that is passed on, is one that `earlier` is about.
fn is_about_all_of(earlier: &Rule, rule: &Rule) -> bool {
    let takes = |method: &Method| never_passed(method) || earlier.methods.contains(method);
    earlier.methods.is_empty() || (!rule.methods.is_empty() && rule.methods.iter().all(takes))
}
