//! Who may reach what behind the gate.
use super::{
    path::RequestPath,
    permission::{Effective, Permission, RoleName},
    user::{Tier, User},
};

/// One line of an upstream's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The rule is about this path and everything below it.
    pub path: PathPrefix,
    /// Whom it lets in.
    pub allows: Allows,
}

/// Whom a rule lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allows {
    /// Everybody, signed in or not; must be written out as `public = true`.
    Public,
    /// Signed-in accounts that have all of this; `tier = "any"` asks for nothing more.
    Account(Asked),
}

/// What a rule asks of an account. Superusers have every role and permission.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// This tier.
    pub tier: Option<Tier>,
    /// One of these roles, held by name; none where any will do.
    pub roles: Vec<RoleName>,
    /// All of these permissions.
    pub permissions: Vec<Permission>,
}

/// A path that begins with `/`, compared by whole segments, in normalised form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPrefix(pub String);

/// What the rules say of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may pass.
    Allow,
    /// Nobody is signed in, and somebody has to be.
    SignIn,
    /// Whoever is signed in may not pass.
    Deny(Missing),
    /// Upstreams that read the path in different ways would see different rules apply: with or without
    /// `;parameters`, escapes decoded or not, capitals and small letters as the same or not.
    Ambiguous,
}

/// Why a request is refused whose path is ambiguous.
pub const AMBIGUOUS: &str =
    "another rule would apply to the path without its ;parameters, in other capitals, or undecoded";

/// What a signed-in person lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No rule lets anybody in.
    Rule,
    /// The rule asks for this tier.
    Tier(Tier),
    /// The rule asks for one of these roles.
    Roles(Vec<RoleName>),
    /// The rule asks for this permission.
    Permission(Permission),
}

/// What is looked at of whoever is signed in.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    tier: Tier,
    may: &'a Effective,
}

impl<'a> Who<'a> {
    /// Somebody with what they may do.
    pub fn of(user: &User, may: &'a Effective) -> Self {
        Self { tier: user.tier, may }
    }
}

/// Judges a request by the first rule about its path; without one nobody passes. `who` is whoever is signed
/// in. Strangers are asked to sign in wherever it is not public, so that they do not learn the rules.
pub fn decide(rules: &[Rule], path: &RequestPath, who: Option<&Who<'_>>) -> Decision {
    let rule = first(rules, path);
    if is_ambiguous(rules, path, rule) {
        return Decision::Ambiguous;
    }
    match (rule.map(|index| &rules[index].allows), who) {
        (Some(Allows::Public), _) => Decision::Allow,
        (_, None) => Decision::SignIn,
        (Some(Allows::Account(asked)), Some(who)) => match asked.missing(who) {
            None => Decision::Allow,
            Some(missing) => Decision::Deny(missing),
        },
        (None, Some(_)) => Decision::Deny(Missing::Rule),
    }
}

impl Asked {
    /// The first thing that is not there.
    pub fn missing(&self, who: &Who<'_>) -> Option<Missing> {
        if let Some(tier) = self.tier.filter(|tier| *tier != who.tier) {
            return Some(Missing::Tier(tier));
        }
        let holds = |role: &RoleName| who.may.roles.contains(role);
        if !who.may.superuser && !self.roles.is_empty() && !self.roles.iter().any(holds) {
            return Some(Missing::Roles(self.roles.clone()));
        }
        let lacking = self.permissions.iter().find(|permission| !who.may.has(permission));
        lacking.map(|permission| Missing::Permission(permission.clone()))
    }
}

/// The rule that decides about a path, by its place.
pub fn first(rules: &[Rule], path: &RequestPath) -> Option<usize> {
    rules.iter().position(|rule| rule.path.covers(path))
}

/// Whether another rule than this one would decide for an upstream that reads the path in another way.
fn is_ambiguous(rules: &[Rule], path: &RequestPath, rule: Option<usize>) -> bool {
    let in_any_case = |path: &str| rules.iter().position(|rule| rule.path.covers_in_any_case(path));
    let exact = |path: &str| rules.iter().position(|rule| rule.path.covers_text(path));
    in_any_case(path.as_str()) != rule
        || path.other_readings().any(|reading| exact(&reading) != rule || in_any_case(&reading) != rule)
}

impl PathPrefix {
    /// Whether `path` is this one or lies below it; `/admin/` and `/admin` cover `/admin` and `/admin/x`,
    /// not `/adminx`.
    pub fn covers(&self, path: &RequestPath) -> bool {
        self.covers_text(path.as_str())
    }

    fn covers_text(&self, path: &str) -> bool {
        path.strip_prefix(self.trimmed()).is_some_and(ends_a_segment)
    }

    fn covers_in_any_case(&self, path: &str) -> bool {
        let prefix = self.trimmed();
        path.split_at_checked(prefix.len())
            .is_some_and(|(start, rest)| start.eq_ignore_ascii_case(prefix) && ends_a_segment(rest))
    }

    fn trimmed(&self) -> &str {
        self.0.strip_suffix('/').unwrap_or(&self.0)
    }

    /// Whether the prefix is written as [`RequestPath`] writes it; no other could ever match.
    pub fn is_normal(&self) -> bool {
        RequestPath::parse(&self.0).is_ok_and(|path| path.as_str() == self.0)
    }
}

fn ends_a_segment(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
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
        let may = Effective { superuser: tier == Some(Tier::Superuser), ..Effective::default() };
        decide(rules, path, tier.map(|tier| Who { tier, may: &may }).as_ref())
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
        let judge = |may: &Effective, tier| decide(&rules, &path("/x"), Some(&Who { tier, may }));
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
        assert_eq!(
            judge(&rules(), &path("/%61dmin"), superuser),
            Decision::Allow,
            "we pass on what we judge"
        );
        assert_eq!(judge(&[rule("/", any_account())], &sent("/%41"), superuser), Decision::Allow);
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
            if let Ok(path) = RequestPath::parse(&raw) && judge(&rules(), &path, None) == Decision::Allow {
                prop_assert!(path.as_str() == "/public" || path.as_str().starts_with("/public/"));
            }
        }
    }
}
