//! Who may reach what behind the gate.
use super::{path::RequestPath, user::Tier};

/// One line of an upstream's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The rule is about this path and everything below it.
    pub path: PathPrefix,
    /// Whom it lets in.
    pub allows: Allows,
}

/// Whom a rule lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allows {
    /// Everybody, signed in or not; must be written out as `public = true`.
    Public,
    /// Any signed-in account: `tier = "any"`.
    AnyAccount,
    /// Signed-in accounts of one tier.
    Tier(Tier),
}

/// A path that begins with `/`, compared by whole segments, in normalised form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPrefix(pub String);

/// What the rules say of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may pass.
    Allow,
    /// Nobody is signed in, and somebody has to be.
    SignIn,
    /// Whoever is signed in may not pass.
    Deny(Missing),
    /// Upstreams that know `;parameters` and those that do not would see different rules apply.
    Ambiguous,
}

/// What a signed-in person lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No rule lets anybody in.
    Rule,
    /// The rule asks for this tier.
    Tier(Tier),
}

/// Judges a request by the first rule about its path; without one nobody passes. `tier` is that of whoever
/// is signed in. Strangers are asked to sign in wherever it is not public, so that they do not learn the rules.
pub fn decide(rules: &[Rule], path: &RequestPath, tier: Option<Tier>) -> Decision {
    let rule = first(rules, path);
    if path.without_parameters().is_some_and(|bare| first(rules, &bare) != rule) {
        return Decision::Ambiguous;
    }
    match (rule.map(|index| rules[index].allows), tier) {
        (Some(Allows::Public), _) | (Some(Allows::AnyAccount), Some(_)) => Decision::Allow,
        (Some(Allows::Tier(wanted)), Some(tier)) if wanted == tier => Decision::Allow,
        (_, None) => Decision::SignIn,
        (Some(Allows::Tier(wanted)), Some(_)) => Decision::Deny(Missing::Tier(wanted)),
        (None, Some(_)) => Decision::Deny(Missing::Rule),
    }
}

fn first(rules: &[Rule], path: &RequestPath) -> Option<usize> {
    rules.iter().position(|rule| rule.path.covers(path))
}

impl PathPrefix {
    /// Whether `path` is this one or lies below it; `/admin/` and `/admin` cover `/admin` and `/admin/x`,
    /// not `/adminx`.
    pub fn covers(&self, path: &RequestPath) -> bool {
        let prefix = self.0.strip_suffix('/').unwrap_or(&self.0);
        path.as_str().strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether the prefix is written as [`RequestPath`] writes it; no other could ever match.
    pub fn is_normal(&self) -> bool {
        RequestPath::parse(&self.0).is_ok_and(|path| path.as_str() == self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(path: &str, allows: Allows) -> Rule {
        Rule { path: PathPrefix(path.to_owned()), allows }
    }

    fn rules() -> Vec<Rule> {
        vec![
            rule("/public/", Allows::Public),
            rule("/admin/", Allows::Tier(Tier::Superuser)),
            rule("/standard", Allows::Tier(Tier::Standard)),
            rule("/app", Allows::AnyAccount),
            rule("/public/late", Allows::Tier(Tier::Superuser)),
        ]
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
            ("/Public", None, SignIn),
        ] {
            assert_eq!(decide(&rules(), &path(raw), tier), decision, "{raw} {tier:?}");
        }
        assert_eq!(decide(&[], &path("/"), superuser), Deny(Missing::Rule));
        assert_eq!(decide(&[], &path("/"), None), SignIn);
    }

    #[test]
    fn a_08_parameters_never_choose_the_rule() {
        let superuser = Some(Tier::Superuser);
        for raw in ["/public;x/y", "/admin;x", "/;x/admin", "/admin%3Bx/y"] {
            assert_eq!(decide(&rules(), &path(raw), superuser), Decision::Ambiguous, "{raw}");
        }
        assert_eq!(decide(&rules(), &path("/public/y;x=1"), None), Decision::Allow);
        assert_eq!(decide(&[rule("/", Allows::AnyAccount)], &path("/a;b"), superuser), Decision::Allow);
    }

    #[test]
    fn a_prefix_is_written_in_normal_form() {
        for (text, normal) in
            [("/", true), ("/a/", true), ("a", false), ("/%61", false), ("/a//b", false), ("", false)]
        {
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
            if let Ok(path) = RequestPath::parse(&raw) && decide(&rules(), &path, None) == Decision::Allow {
                prop_assert!(path.as_str() == "/public" || path.as_str().starts_with("/public/"));
            }
        }
    }
}
