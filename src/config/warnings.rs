//! What a configuration may say, although it will not work, or not well.
use std::time::Duration;

use url::Url;

use super::{Config, MailTransport, Upstream, value::is_loopback};
use crate::domain::access::{Unreachable, never_passed, unreachable};

impl Config {
    /// What is allowed but will not work, or not well: a sentence each. `serve` logs them, `check` fails.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = vec![];
        let domain = self.sessions.cookie_domain.as_deref();
        for upstream in &self.upstreams {
            let name = &upstream.name;
            if upstream.url.is_none() && self.trusted_proxies.is_empty() {
                warnings.push(format!(
                    "upstream \"{name}\" has no url, so another proxy must ask /verify, but trusted_proxies is empty \
                     and every question gets 403; list the proxy's address there, or give the upstream a url"
                ));
            }
            let url = Url::parse(&format!("http://{}/", upstream.host));
            let host = url.as_ref().ok().and_then(Url::host_str).unwrap_or_default();
            let sees_the_cookie = Some(host) == self.public_url.host_str()
                || domain.is_some_and(|domain| {
                    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
                });
            if !sees_the_cookie {
                warnings.push(format!(
                    "upstream \"{name}\" at {host} never gets the session's cookie, so nobody comes in; set \
                     cookie_domain in [sessions] to the domain that it shares with public_url"
                ));
            }
            warnings.extend(useless_rules(upstream));
            if upstream.rules.is_empty() {
                warnings.push(format!(
                    "upstream \"{name}\" has no [[upstream.rule]], so nobody comes in; add one with path = \"/\" and \
                     tier = \"any\""
                ));
            }
        }
        let bound = self.gateway.cache_ttl + self.gateway.stale_if_error;
        if bound > Duration::from_secs(1) {
            warnings.push(format!(
                "cache_ttl and stale_if_error in [gateway] let somebody pass for up to {} s after they were locked \
                 out through another instance; leave both out for one second at most",
                bound.as_secs_f64()
            ));
        }
        if matches!(self.mail.transport, MailTransport::File) && !is_loopback(&self.public_url) {
            warnings.push(
                "mail is written into files, so nobody is told anything and forgotten passwords stay forgotten; set \
                 transport = \"smtp\" and host in [mail]"
                    .to_owned(),
            );
        }
        if u64::from(self.password.memory_kib) * u64::from(self.password.iterations) < 19_456 * 2 {
            warnings.push(
                "memory_kib and iterations in [password] are weaker than what OWASP asks for; leave them out"
                    .to_owned(),
            );
        }
        warnings
    }
}

/// A sentence for each rule that never decides, and each method that no rule can be about.
fn useless_rules(upstream: &Upstream) -> Vec<String> {
    let Upstream { name, rules, .. } = upstream;
    let mut sentences = vec![];
    for (index, rule) in rules.iter().enumerate() {
        let said = format!("upstream \"{name}\": rule {} for \"{}\"", index + 1, rule.path.0);
        if let Some(why) = unreachable(rules, index) {
            let (why, advice) = because(&why, upstream);
            sentences.push(format!("{said} can never match, because {why}; {advice}"));
            continue;
        }
        for method in rule.methods.iter().filter(|method| never_passed(method)) {
            sentences.push(format!("{said} names {method}, which is never passed on; leave it out"));
        }
    }
    sentences
}

/// Why a rule can never match, and what to do.
fn because(why: &Unreachable, upstream: &Upstream) -> (String, &'static str) {
    match why {
        Unreachable::Methods => {
            ("TRACE and CONNECT are never passed on".to_owned(), "name other methods, or remove it")
        }
        Unreachable::Twice(place) => {
            (format!("rule {} is about the same requests", place + 1), "keep one of the two")
        }
        Unreachable::Shadowed(places) => {
            let rules: Vec<_> = places
                .iter()
                .map(|place| format!("rule {} for \"{}\"", place + 1, upstream.rules[*place].path.0))
                .collect();
            let decide = if let [_] = places[..] { "decides" } else { "decide" };
            (format!("{} {decide} about all of it first", rules.join(" and ")), "move it up, or remove it")
        }
    }
}
