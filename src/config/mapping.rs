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
