//! The keys of `[[upstream]]`, and what they must agree with.
use std::time::Duration;

use http::Method;
use ipnet::IpNet;
use url::Url;

use super::{
    Tells, Upstream,
    keys::unique,
    section::Section,
    source::Node,
    value::{self, Read, boolean, duration, name, server_url, size, text, texts, word},
};
use crate::domain::{
    access::{Allows, Asked, PathPrefix, Rule},
    host::{Host, Pattern, Scheme},
    permission::{Catalogue, Permission, RoleName},
    user::Tier,
};

pub(super) fn read(root: &mut Section<'_>, public_url: &Url, known: &Catalogue) -> Vec<Upstream> {
    let sections = root.tables("upstream");
    let upstreams: Vec<_> =
        sections.into_iter().filter_map(|section| upstream(section, public_url, known)).collect();
    unique(root, "upstream", upstreams.iter().map(|upstream| &upstream.name));
    let mut hosts = vec![];
    for host in upstreams.iter().map(|upstream| &upstream.host) {
        if hosts.contains(&host) {
            root.wrong("upstream", &format!("is there twice with the host \"{host}\"; give each its own"));
        }
        hosts.push(host);
    }
    upstreams
}

fn upstream(mut section: Section<'_>, public_url: &Url, known: &Catalogue) -> Option<Upstream> {
    let name = section.require("name", "\"wiki\"", name);
    let host = section.require("host", "\"wiki.example.com\"", |node| host(node, public_url.scheme()));
    let url = section.get("url", server_url);
    let timeout = section.get("timeout", duration).unwrap_or(Duration::from_secs(60));
    let max_body = section.get("max_body", size).unwrap_or(100 << 20);
    let tells = tells(&mut section, known);
    let origins = section.get("origins", origins).unwrap_or_default();
    let own = Host::of_url(public_url).map(|(_, own)| own.to_string());
    if host.is_some() && host == own {
        section.wrong(
            "host",
            "is the host of public_url, where /admin is; an application there could act as any superuser who \
             opens it: give it a host of its own",
        );
    }
    let rules = section.tables("rule").into_iter().filter_map(|section| rule(section, known)).collect();
    section.finish();
    Some(Upstream { name: name?, host: host?, url, timeout, max_body, tells, origins, rules })
}

/// Every role unless chosen, no permission unless chosen.
fn tells(section: &mut Section<'_>, known: &Catalogue) -> Tells {
    Tells {
        assertion: section.get("assertion", boolean).unwrap_or(true),
        roles: section.get("roles", role_beginnings).unwrap_or_else(|| vec![String::new()]),
        permissions: section.get("permissions", |node| told(node, known)).unwrap_or_default(),
    }
}

fn role_beginnings(node: &Node) -> Read<Vec<String>> {
    let texts = texts(node)?;
    let good =
        |text: &String| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let wrong =
        "must be a list of beginnings of role names; write it like [\"wiki-\"], or [\"\"] for all roles";
    if texts.iter().all(good) { Ok(texts) } else { Err(wrong.to_owned()) }
}

/// The permissions that begin so; a beginning that none has is a slip of the finger.
fn told(node: &Node, known: &Catalogue) -> Read<Vec<Permission>> {
    let texts = texts(node)?;
    let begins = |permission: &Permission, text: &String| permission.as_str().starts_with(text.as_str());
    let is_of_one = |text: &String| known.iter().any(|(permission, _)| begins(permission, text));
    let wrong = "must be a list of beginnings of permissions that [permissions] defines; write it like [\"main.\"], \
                 or [\"\"] for all permissions";
    if !texts.iter().all(is_of_one) {
        return Err(wrong.to_owned());
    }
    let permissions = known.iter().map(|(permission, _)| permission);
    Ok(permissions.filter(|permission| texts.iter().any(|text| begins(permission, text))).cloned().collect())
}

/// What browsers send as Host.
fn host(node: &Node, scheme: &str) -> Read<String> {
    let wrong = "must be a host as browsers send it; write it like \"wiki.example.com\" or \"wiki.example.com:8443\", or \
                 like \"*.apps.example.com\" for all that are one label below";
    let pattern = Pattern::parse(&text(node)?, Scheme::parse(scheme).unwrap_or(Scheme::Https));
    pattern.map(|pattern| pattern.to_string()).ok_or_else(|| wrong.to_owned())
}

/// What browsers send as Origin.
fn origins(node: &Node) -> Read<Vec<String>> {
    let wrong = "must be a list of origins; write it like [\"https://app.example.com\"]";
    let origin = |text: &String| {
        let url = Url::parse(text).ok()?;
        let origin = url.origin().ascii_serialization();
        (Host::of_url(&url).is_some() && url.as_str().trim_end_matches('/') == origin).then_some(origin)
    };
    let origins: Option<Vec<_>> = texts(node)?.iter().map(origin).collect();
    origins.ok_or_else(|| wrong.to_owned())
}

fn rule(mut section: Section<'_>, known: &Catalogue) -> Option<Rule> {
    let path = section.require("path", "\"/\"", path);
    let methods = section.get("methods", methods);
    let networks = section.get("networks", networks);
    let tier = section.get(
        "tier",
        word(&[("any", None), ("standard", Some(Tier::Standard)), ("superuser", Some(Tier::Superuser))]),
    );
    let roles = section.get("roles", roles);
    let permissions = section.get("permissions", |node| permissions(node, known));
    let public = section.get("public", boolean).unwrap_or(false);
    let asks = ["tier", "roles", "permissions"].into_iter().find(|key| section.is_there(key));
    let allows = match (asks, public) {
        (None, true) => Some(Allows::Public),
        (Some(key), true) => {
            section.wrong("public", &format!("and `upstream.rule.{key}` are both there; keep one"));
            None
        }
        (Some(_), false) => Some(Allows::Account(Asked {
            tier: tier.flatten(),
            roles: roles.unwrap_or_default(),
            permissions: permissions.unwrap_or_default(),
        })),
        (None, false) => {
            section.wrong(
                "tier",
                "is missing; add tier = \"any\" for every account, \"superuser\" for those only, roles or \
                 permissions, or public = true for everybody",
            );
            None
        }
    };
    section.finish();
    Some(Rule {
        path: path?,
        methods: methods.unwrap_or_default(),
        networks: networks.unwrap_or_default(),
        allows: allows?,
    })
}

/// `[permissions]`: what upstreams ask for, with the words that people read.
pub(super) fn catalogue(section: Section<'_>) -> Catalogue {
    let mut catalogue = Catalogue::default();
    for (key, node, place) in section.into_entries() {
        let wrong = match Permission::parse(&key) {
            None => Some("must be like \"scope.resource:action\" in lower case"),
            Some(permission) if permission.is_own() => {
                Some("begins with `admin.`, which is narthex's own; choose another")
            }
            Some(permission) => match text(&node) {
                Ok(label) => {
                    catalogue.add(permission, label);
                    None
                }
                Err(_) => Some("must be a text in quotes that says what it allows"),
            },
        };
        if let Some(wrong) = wrong {
            place.add(&key, wrong);
        }
    }
    catalogue
}

/// Methods, GET standing for HEAD too.
fn methods(node: &Node) -> Read<Vec<Method>> {
    let wrong = "must be a list of methods in capitals; write it like [\"GET\", \"POST\"]";
    let is_plain = |text: &&String| text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
    let method =
        |text: &String| Some(text).filter(is_plain).and_then(|text| Method::from_bytes(text.as_bytes()).ok());
    let methods: Option<Vec<_>> = texts(node)?.iter().map(method).collect();
    let mut methods = methods.filter(|methods| !methods.is_empty()).ok_or_else(|| wrong.to_owned())?;
    if methods.contains(&Method::HEAD) && !methods.contains(&Method::GET) {
        return Err("has HEAD, but not GET, and the two are judged alike; write \"GET\" for both".to_owned());
    }
    methods.retain(|method| *method != Method::HEAD);
    Ok(methods)
}

/// Where requests may come from.
fn networks(node: &Node) -> Read<Vec<IpNet>> {
    let wrong = "is empty, so that nobody could pass; write it like [\"10.0.0.0/8\"], or leave it out";
    Some(value::networks(node)?).filter(|networks| !networks.is_empty()).ok_or_else(|| wrong.to_owned())
}

/// Role names.
fn roles(node: &Node) -> Read<Vec<RoleName>> {
    let wrong = "must be a list of role names; write it like [\"wiki-admin\"]";
    let roles: Option<Vec<_>> = texts(node)?.iter().map(|text| RoleName::parse(text)).collect();
    roles.filter(|roles| !roles.is_empty()).ok_or_else(|| wrong.to_owned())
}

/// Permissions that are defined.
fn permissions(node: &Node, known: &Catalogue) -> Read<Vec<Permission>> {
    let wrong =
        "must be a list of permissions that [permissions] defines; write it like [\"main.page:edit\"]";
    let find = |text: &String| Permission::parse(text).filter(|permission| known.contains(permission));
    let permissions: Option<Vec<_>> = texts(node)?.iter().map(find).collect();
    permissions.filter(|permissions| !permissions.is_empty()).ok_or_else(|| wrong.to_owned())
}

/// A path in the form that requests have when rules are compared.
fn path(node: &Node) -> Read<PathPrefix> {
    let path = PathPrefix(text(node)?);
    let wrong = "must be a path as it is compared, from the first `/`, without empty segments, `.`, `..`, `;`, `?` and `#`; \
                 write it like \"/admin/\"";
    if path.is_normal() { Ok(path) } else { Err(wrong.to_owned()) }
}
