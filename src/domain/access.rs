//! Who may reach what behind the gate.
use std::{borrow::Cow, net::IpAddr};

use http::Method;
use ipnet::IpNet;

use super::{
    path::RequestPath,
    permission::{Effective, Permission, RoleName},
    user::{Tier, User},
};

mod unreachable;

pub use unreachable::{Unreachable, never_passed, unreachable};

/// One line of an upstream's policy. Path and methods choose the rule that decides. What it asks beyond that
/// never sends a request on to a later rule, which may ask for less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The rule is about this path and everything below it.
    pub path: PathPrefix,
    /// It is about these methods only, or about every one when none is here. HEAD never is: it is judged as GET.
    pub methods: Vec<Method>,
    /// From where requests have to come; from anywhere when none is here.
    pub networks: Vec<IpNet>,
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

/// What rules look at of a request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its method, compared as it is written (RFC 9110 §9.1).
    pub method: &'a Method,
    /// Its path.
    pub path: &'a RequestPath,
    /// The address that it came from.
    pub client: IpAddr,
}

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
    /// `;parameters` and what else some cut off, escapes decoded or not, capitals and small letters as the same or not.
    Ambiguous,
}

/// Why a request is refused whose path is ambiguous.
pub const AMBIGUOUS: &str = "another rule would apply to the path without its ;parameters, what follows an escaped \
    ? or #, or dots and spaces at the end of a part, in other capitals, or undecoded";

/// What a signed-in person lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No rule is about the path.
    Rule,
    /// No rule about the path is about this method.
    Method(Method),
    /// The rule asks for this tier.
    Tier(Tier),
    /// The rule asks for one of these roles.
    Roles(Vec<RoleName>),
    /// The rule asks for this permission.
    Permission(Permission),
    /// The rule asks for another network than that of this address.
    Network(IpAddr),
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

/// Judges a request by the first rule about it; without one nobody passes. `who` is whoever is signed in.
/// Strangers are asked to sign in wherever it is not public, so that they do not learn the rules.
pub fn decide(rules: &[Rule], request: &Request<'_>, who: Option<&Who<'_>>) -> Decision {
    let rule = first(rules, request);
    if is_ambiguous(rules, request, rule) {
        return Decision::Ambiguous;
    }
    let rule = rule.map(|index| &rules[index]);
    let is_near = rule.is_none_or(|rule| rule.admits(request.client));
    match (rule.map(|rule| &rule.allows), who) {
        (Some(Allows::Public), _) if is_near => Decision::Allow,
        (_, None) => Decision::SignIn,
        (None, Some(_)) => Decision::Deny(nothing_about(rules, request)),
        (Some(allows), Some(who)) => match allows.missing(who) {
            Some(missing) => Decision::Deny(missing),
            None if is_near => Decision::Allow,
            None => Decision::Deny(Missing::Network(request.client)),
        },
    }
}

/// The rule that decides about a request, by its place.
pub fn first(rules: &[Rule], request: &Request<'_>) -> Option<usize> {
    rules.iter().position(|rule| rule.is_about(request))
}

/// Whether another rule than this one would decide for an upstream that reads the path in another way.
fn is_ambiguous(rules: &[Rule], request: &Request<'_>, rule: Option<usize>) -> bool {
    let place = |is_below: fn(&PathPrefix, &str) -> bool, path: &str| {
        rules.iter().position(|rule| rule.is_about_method(request.method) && is_below(&rule.path, path))
    };
    let in_any_case = |path: &str| place(PathPrefix::covers_in_any_case, path);
    let exact = |path: &str| place(PathPrefix::covers_text, path);
    let mut others = request.path.other_readings();
    in_any_case(request.path.as_str()) != rule
        || others.any(|reading| exact(&reading) != rule || in_any_case(&reading) != rule)
}

fn nothing_about(rules: &[Rule], request: &Request<'_>) -> Missing {
    match rules.iter().any(|rule| rule.path.covers(request.path)) {
        true => Missing::Method(request.method.clone()),
        false => Missing::Rule,
    }
}

impl Rule {
    /// Whether the rule is about a request, and so decides unless an earlier one does.
    pub fn is_about(&self, request: &Request<'_>) -> bool {
        self.is_about_method(request.method) && self.path.covers(request.path)
    }

    fn is_about_method(&self, method: &Method) -> bool {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        self.methods.is_empty() || self.methods.contains(method)
    }

    /// Whether requests may come from this address; `::ffff:10.0.0.1` is in 10.0.0.0/8.
    pub fn admits(&self, client: IpAddr) -> bool {
        let client = client.to_canonical();
        self.networks.is_empty() || self.networks.iter().any(|network| network.contains(&client))
    }
}

impl Allows {
    fn missing(&self, who: &Who<'_>) -> Option<Missing> {
        match self {
            Self::Public => None,
            Self::Account(asked) => asked.missing(who),
        }
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

impl PathPrefix {
    /// Whether `path` is this one or lies below it; `/admin/` and `/admin` cover `/admin` and `/admin/x`,
    /// not `/adminx`.
    pub fn covers(&self, path: &RequestPath) -> bool {
        self.covers_text(path.as_str())
    }

    /// Whether `other` is about nothing but what this one is about, or what would be ambiguous between them.
    pub fn contains(&self, other: &Self) -> bool {
        self.covers_in_any_case(other.trimmed())
    }

    fn covers_text(&self, path: &str) -> bool {
        path.strip_prefix(self.trimmed()).is_some_and(ends_a_segment)
    }

    fn covers_in_any_case(&self, path: &str) -> bool {
        let (path, prefix) = (with_plain_letters(path), with_plain_letters(self.trimmed()));
        path.split_at_checked(prefix.len())
            .is_some_and(|(start, rest)| start.eq_ignore_ascii_case(&prefix) && ends_a_segment(rest))
    }

    fn trimmed(&self) -> &str {
        self.0.strip_suffix('/').unwrap_or(&self.0)
    }

    /// Whether the prefix is written as [`RequestPath`] writes it, and has no `;parameters`: requests in which
    /// these would choose a rule are refused. No other prefix could ever match.
    pub fn is_normal(&self) -> bool {
        RequestPath::parse(&self.0)
            .is_ok_and(|path| path.as_str() == self.0 && path.other_readings().next().is_none())
    }
}

/// Letters outside ASCII of which the capital or small form is within it, escaped: the Kelvin sign, the long s, and
/// the Turkish i with and without its dot.
const NEARLY_ASCII: [(&str, &str); 4] =
    [("%E2%84%AA", "k"), ("%C5%BF", "s"), ("%C4%B0", "i"), ("%C4%B1", "i")];

fn with_plain_letters(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let replaced = |path: String, (escaped, letter): &(&str, &str)| path.replace(escaped, letter);
    Cow::Owned(NEARLY_ASCII.iter().fold(path.to_owned(), replaced))
}

fn ends_a_segment(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

#[cfg(test)]
mod tests;
