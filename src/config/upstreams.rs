//! The keys of `[[upstream]]`, and what they must agree with.
use std::time::Duration;

use url::Url;

use super::{
    Upstream,
    keys::unique,
    section::Section,
    source::Node,
    value::{Read, boolean, duration, name, server_url, size, text, word},
};
use crate::domain::{
    access::{Allows, PathPrefix, Rule},
    host::{Host, Scheme},
    user::Tier,
};

pub(super) fn read(root: &mut Section<'_>, public_url: &Url) -> Vec<Upstream> {
    let sections = root.tables("upstream");
    let upstreams: Vec<_> =
        sections.into_iter().filter_map(|section| upstream(section, public_url)).collect();
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

fn upstream(mut section: Section<'_>, public_url: &Url) -> Option<Upstream> {
    let name = section.require("name", "\"wiki\"", name);
    let host = section.require("host", "\"wiki.example.com\"", |node| host(node, public_url.scheme()));
    let url = section.get("url", server_url);
    let timeout = section.get("timeout", duration).unwrap_or(Duration::from_secs(60));
    let max_body = section.get("max_body", size).unwrap_or(100 << 20);
    let own = Host::of_url(public_url).map(|(_, own)| own.to_string());
    if host.is_some() && host == own {
        section.wrong(
            "host",
            "is the host of public_url, where /admin is; an application there could act as any superuser who \
             opens it: give it a host of its own",
        );
    }
    let rules = section.tables("rule").into_iter().filter_map(rule).collect();
    section.finish();
    Some(Upstream { name: name?, host: host?, url, timeout, max_body, rules })
}

/// What browsers send as Host.
fn host(node: &Node, scheme: &str) -> Read<String> {
    let wrong =
        "must be a host as browsers send it; write it like \"wiki.example.com\" or \"wiki.example.com:8443\"";
    let host = Host::parse(&text(node)?, Scheme::parse(scheme).unwrap_or(Scheme::Https));
    host.map(|host| host.to_string()).ok_or_else(|| wrong.to_owned())
}

fn rule(mut section: Section<'_>) -> Option<Rule> {
    let path = section.require("path", "\"/\"", path);
    let tier = section.get(
        "tier",
        word(&[
            ("any", Allows::AnyAccount),
            ("standard", Allows::Tier(Tier::Standard)),
            ("superuser", Allows::Tier(Tier::Superuser)),
        ]),
    );
    let public = section.get("public", boolean).unwrap_or(false);
    let allows = match (tier, public) {
        (Some(allows), false) => Some(allows),
        (None, true) => Some(Allows::Public),
        (Some(_), true) => {
            section.wrong("public", "and `upstream.rule.tier` are both there; keep one");
            None
        }
        (None, false) => {
            if !section.is_there("tier") {
                section.wrong(
                    "tier",
                    "is missing; add tier = \"any\" for every account, \"superuser\" for those only, or public = true \
                     for everybody",
                );
            }
            None
        }
    };
    section.finish();
    Some(Rule { path: path?, allows: allows? })
}

/// A path in the form that requests have when rules are compared.
fn path(node: &Node) -> Read<PathPrefix> {
    let path = PathPrefix(text(node)?);
    let wrong = "must be a path as it is compared, from the first `/`, without empty segments, `.`, `..`, `?` and `#`; \
                 write it like \"/admin/\"";
    if path.is_normal() { Ok(path) } else { Err(wrong.to_owned()) }
}
