//! What of a `[[provider]]` says who may come in by claims, and what groups give.
use std::collections::BTreeMap;

use super::{
    section::Section,
    source::{Node, Value},
    value::{Read, text, texts, word},
};
use crate::domain::permission::RoleName;

/// What groups at a provider give here. Groups are compared as they are, byte for byte.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// What becomes of what the provider gave when it says nothing of groups.
    pub absent: GroupsAbsent,
    /// Whoever is in one of these is a superuser.
    pub superuser_groups: Vec<String>,
    /// Roles by group.
    pub roles: BTreeMap<String, Vec<RoleName>>,
}

impl Mapping {
    /// Whether groups give anything at all.
    pub fn is_used(&self) -> bool {
        !self.superuser_groups.is_empty() || self.roles.values().any(|roles| !roles.is_empty())
    }

    /// Every role that a group gives, once.
    pub fn all_roles(&self) -> impl Iterator<Item = &RoleName> {
        let mut roles: Vec<_> = self.roles.values().flatten().collect();
        roles.sort();
        roles.dedup();
        roles.into_iter()
    }
}

/// What silence about groups means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupsAbsent {
    /// No groups: what the provider gave is taken back.
    #[default]
    Drop,
    /// Nothing: what the provider gave stays.
    Keep,
}

/// What a claim has to be for somebody to come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Required {
    /// One of these texts, or a list that holds one of them.
    OneOf(Vec<String>),
    /// This boolean.
    Truth(bool),
}

const ABSENT: &[(&str, GroupsAbsent)] = &[("drop", GroupsAbsent::Drop), ("keep", GroupsAbsent::Keep)];

/// Reads `groups_absent`, `superuser_groups` and `roles`.
pub(super) fn mapping(section: &mut Section<'_>) -> Mapping {
    let absent = section.get("groups_absent", word(ABSENT)).unwrap_or_default();
    let superuser_groups = section.get("superuser_groups", texts).unwrap_or_default();
    let mut roles = BTreeMap::new();
    for (group, node, wrong) in section.table("roles").into_entries() {
        let names = texts(&node).map(|names| names.iter().map(|name| RoleName::parse(name)).collect());
        match names {
            Ok(Some(names)) => drop(roles.insert(group, names)),
            Ok(None) => wrong.add(
                &group,
                "must be a list of names of roles, in lower-case letters, digits and `-`; write it like [\"developer\"]",
            ),
            Err(_) => wrong.add(&group, "must be a list of names of roles; write it like [\"developer\"]"),
        }
    }
    Mapping { absent, superuser_groups, roles }
}

/// Reads `required_claims`.
pub(super) fn required(section: &mut Section<'_>) -> BTreeMap<String, Required> {
    let mut required = BTreeMap::new();
    for (claim, node, wrong) in section.table("required_claims").into_entries() {
        match one(&node) {
            Ok(value) => drop(required.insert(claim, value)),
            Err(sentence) => wrong.add(&claim, &sentence),
        }
    }
    required
}

fn one(node: &Node) -> Read<Required> {
    let wrong = || {
        "must be a text, a list of texts of which one will do, or true or false; write it like \"rd\""
            .to_owned()
    };
    match &node.value {
        Value::Boolean(truth) => Ok(Required::Truth(*truth)),
        Value::Text(_) => Ok(Required::OneOf(vec![text(node)?])),
        Value::List(_) => {
            let values = texts(node).map_err(|_| wrong())?;
            if values.is_empty() { Err(wrong()) } else { Ok(Required::OneOf(values)) }
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Provider};

    const BASE: &str =
        "[[provider]]\nname = 'corp'\nissuer = 'https://i.example'\nclient_id = 'n'\nclient_secret = 's'\n";

    fn provider(more: &str) -> Provider {
        Config::from_text(&format!("{BASE}{more}")).unwrap().providers.remove(0)
    }

    #[test]
    fn groups_give_what_is_written() {
        let mapping = provider(
            "roles = { 'CN=Eng, OU=x' = ['dev', 'ops'], qa = ['ops'] }\nsuperuser_groups = ['root']",
        )
        .mapping;
        let names: Vec<_> = mapping.all_roles().map(RoleName::as_str).collect();
        assert_eq!((names, mapping.roles["CN=Eng, OU=x"].len()), (vec!["dev", "ops"], 2));
        assert!(mapping.is_used() && mapping.absent == GroupsAbsent::Drop);
        assert!(!provider("").mapping.is_used() && !provider("roles = { qa = [] }").mapping.is_used());
        assert!(provider("superuser_groups = ['root']").mapping.is_used());
        assert_eq!(provider("groups_absent = 'keep'").mapping.absent, GroupsAbsent::Keep);
    }

    #[test]
    fn a_claim_may_have_to_be_one_of_several() {
        let required =
            provider("required_claims = { a = 'x', b = ['y', 'z'], \"c.d\" = true }").required_claims;
        assert_eq!(required["a"], Required::OneOf(vec!["x".into()]));
        assert_eq!(required["b"], Required::OneOf(vec!["y".into(), "z".into()]));
        assert_eq!(required["c.d"], Required::Truth(true));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (line, said) in [
            ("roles = { eng = 'dev' }", "`provider.roles.eng` must be a list of names of roles; write"),
            (
                "roles = { eng = ['Dev'] }",
                "`provider.roles.eng` must be a list of names of roles, in lower-case",
            ),
            ("roles = ['dev']", "`provider.roles` must be a section"),
            ("superuser_groups = 'root'", "`provider.superuser_groups` must be a list of texts"),
            ("groups_absent = 'no'", "`provider.groups_absent` takes these words only: \"drop\", \"keep\""),
            ("required_claims = { a = 1 }", "`provider.required_claims.a` must be a text, a list of texts"),
            ("required_claims = { a = [] }", "`provider.required_claims.a` must be a text, a list of texts"),
        ] {
            let error = Config::from_text(&format!("{BASE}{line}")).unwrap_err().to_string();
            assert!(error.starts_with(&format!("narthex.toml:6: {said}")), "{error}");
        }
    }
}
