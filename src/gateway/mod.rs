//! The one decision behind every door: session, then principal, then policy. And our own reverse proxy.
use std::collections::{HashMap, HashSet};

use http::HeaderName;

use crate::{
    config::{Config, HeaderNames, Upstream},
    domain::{
        access::{AMBIGUOUS, Decision, Missing, Who, decide},
        host::{Host, Scheme},
        path::RequestPath,
        principal::Principal,
        return_to::{Hosts, ReturnTo},
        session::{Lifetimes, SessionId},
        time::Time,
    },
    session::{self, SessionStore},
    store::{self, Db},
};

mod headers;
mod original;
mod principal;
mod proxy;
mod streams;

pub use original::{Malformed, Original, is_page_load, shows_pages};
pub use principal::{RoleCache, principal};
pub use proxy::{Download, Failure, Forward};
pub use streams::{EVERY, Passing};

/// What a decision is made from besides the rules.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    /// Accounts and revocations.
    pub db: &'a Db,
    /// Sessions.
    pub sessions: &'a dyn SessionStore,
    /// How long they last.
    pub lifetimes: Lifetimes,
    /// Roles, remembered.
    pub roles: &'a RoleCache,
    /// Whether somebody does something, so that their session lasts longer.
    pub is_use: bool,
}

/// Why no decision could be made. Whoever asks lets nobody pass.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The session store does not answer.
    #[error(transparent)]
    Session(#[from] session::Error),
}

/// What becomes of a request.
#[derive(Debug)]
pub enum Outcome<'g> {
    /// It may pass, on behalf of this person or, where it is public, of nobody.
    Allowed {
        /// Whoever is signed in.
        principal: Option<Box<Principal>>,
        /// Where it goes.
        upstream: &'g Upstream,
    },
    /// Nobody is signed in.
    SignIn,
    /// Somebody is, and has to choose a new password first.
    ChangePassword,
    /// This person may not pass.
    Denied {
        /// Who it is.
        principal: Box<Principal>,
        /// What they lack.
        missing: Missing,
    },
    /// No upstream has this host.
    UnknownHost,
    /// Its path may be read in two ways; says why.
    BadRequest(&'static str),
}

/// The upstreams, their rules, and the way to them.
#[derive(Debug)]
pub struct Gate {
    hosts: Hosts,
    upstreams: HashMap<Host, Upstream>,
    names: HeaderNames,
    proxy: proxy::Proxy,
}

impl Gate {
    /// Builds the gate.
    ///
    /// # Errors
    /// A sentence that names the setting, when one of upstreams, rules or header names cannot be meant.
    pub fn new(config: &Config) -> Result<Self, String> {
        let public = &config.public_url;
        let (scheme, own) =
            Host::of_url(public).ok_or_else(|| format!("public_url: `{public}` is no http or https URL"))?;
        let mut upstreams = HashMap::new();
        for upstream in &config.upstreams {
            let host = checked(upstream, scheme, &own)?;
            if let Some(other) = upstreams.insert(host, upstream.clone()) {
                let (name, host) = (&upstream.name, &upstream.host);
                let other = other.name;
                return Err(format!(
                    "upstream `{name}`: the host `{host}` is already that of `{other}`; keep one of them"
                ));
            }
        }
        check_names(&config.headers)?;
        let hosts = Hosts::new(public, upstreams.keys().cloned())
            .ok_or_else(|| format!("public_url: `{public}` has no host"))?;
        let proxy = proxy::Proxy::new(&config.upstreams)?;
        Ok(Self { hosts, upstreams, names: config.headers.clone(), proxy })
    }

    /// The hosts that people may be sent to.
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// The upstream that browsers reach under this host.
    pub fn upstream(&self, host: &Host) -> Option<&Upstream> {
        self.upstreams.get(host)
    }

    /// What somebody lacks to go to this page of an upstream.
    pub fn missing(&self, place: &ReturnTo, principal: &Principal) -> Option<Missing> {
        let host = Host::parse(place.host()?, self.hosts.scheme())?;
        let (_, path) = place.as_str().split_once("://")?.1.split_once('/')?;
        let path = path.split(['?', '#']).next()?;
        let path = RequestPath::parse(&format!("/{path}")).ok()?;
        let who = Who::of(&principal.user, &principal.may);
        match decide(&self.upstream(&host)?.rules, &path, Some(&who)) {
            Decision::Deny(missing) => Some(missing),
            _ => None,
        }
    }

    /// Decides about a request; every door ends here. `ids` are the sessions that the browser brings, of
    /// which the first that stands counts.
    ///
    /// # Errors
    /// When sessions or accounts cannot be read: nothing is decided, and nothing may pass.
    pub async fn authorize(
        &self,
        parts: &Parts<'_>,
        original: &Original,
        ids: &[SessionId],
        now: Time,
    ) -> Result<Outcome<'_>, Error> {
        let Some(upstream) = self.upstream(&original.host) else { return Ok(Outcome::UnknownHost) };
        let principal = principal::first(parts, ids, now).await?.map(Box::new);
        let (principal, restricted) = match principal {
            Some(principal) if principal.session.restricted.is_some() => (None, true),
            principal => (principal, false),
        };
        let who = principal.as_ref().map(|principal| Who::of(&principal.user, &principal.may));
        Ok(match (decide(&upstream.rules, &original.path, who.as_ref()), principal) {
            (Decision::Allow, principal) => Outcome::Allowed { principal, upstream },
            (Decision::SignIn, _) if restricted => Outcome::ChangePassword,
            (Decision::Deny(missing), Some(principal)) => Outcome::Denied { principal, missing },
            (Decision::SignIn | Decision::Deny(_), _) => Outcome::SignIn,
            (Decision::Ambiguous, _) => Outcome::BadRequest(AMBIGUOUS),
        })
    }

    /// The page to come back to after signing in; `None` when it cannot be written as one of ours.
    pub fn return_to(&self, original: &Original) -> Option<ReturnTo> {
        ReturnTo::accept(&original.address(self.hosts.scheme()), &self.hosts)
    }

    /// The identity headers for an upstream: always every one, empty when there is nothing to say.
    pub fn identity(&self, principal: Option<&Principal>) -> [(HeaderName, http::HeaderValue); 5] {
        headers::identity(&self.names, principal)
    }

    /// Sends a request that was allowed to its upstream. Every second until the answer begins, `still` is asked
    /// whether it would still be let through, and told whether bytes have flowed; from then on
    /// [`Gate::look_after_streams`] looks after it.
    ///
    /// # Errors
    /// When the upstream does not answer, or the request is not one that is passed on.
    pub async fn forward<B, S>(
        &self,
        request: http::Request<B>,
        forward: Forward<'_>,
        still: impl Fn(bool) -> S,
    ) -> Result<http::Response<Download>, Failure>
    where
        B: hyper::body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        S: Future<Output = bool>,
    {
        self.proxy.forward(request, forward, &self.names, self.hosts.scheme(), still).await
    }
}

fn checked(upstream: &Upstream, scheme: Scheme, own: &Host) -> Result<Host, String> {
    let Upstream { name, host, url, rules, .. } = upstream;
    let parsed = Host::parse(host, scheme).ok_or_else(|| {
        format!("upstream `{name}`: `{host}` is no host; write what browsers use, such as `wiki.example.com`")
    })?;
    if parsed == *own {
        return Err(format!(
            "upstream `{name}`: `{host}` is the host of public_url, where the gateway's own pages are; give it another"
        ));
    }
    if let Some(url) = url
        && (Host::of_url(url).is_none()
            || url.path() != "/"
            || url.query().is_some()
            || !url.username().is_empty())
    {
        return Err(format!(
            "upstream `{name}`: url must be scheme, host and port only, such as `http://10.0.0.5:8080`; \
             paths are passed on as they come"
        ));
    }
    for rule in rules {
        let path = &rule.path.0;
        if !rule.path.is_normal() {
            return Err(format!(
                "upstream `{name}`: the rule for `{path}` could never match; write the path as it is compared: \
                 from the first slash, without empty or dot segments, escapes in capitals and only where needed"
            ));
        }
    }
    Ok(parsed)
}

/// Headers that carry something else than an identity.
const TAKEN: [HeaderName; 12] = [
    http::header::HOST,
    http::header::COOKIE,
    http::header::SET_COOKIE,
    http::header::CONNECTION,
    http::header::CONTENT_LENGTH,
    http::header::CONTENT_TYPE,
    http::header::TRANSFER_ENCODING,
    http::header::UPGRADE,
    http::header::TE,
    http::header::LOCATION,
    http::header::CACHE_CONTROL,
    http::header::RETRY_AFTER,
];

fn check_names(names: &HeaderNames) -> Result<(), String> {
    let mut seen = HashSet::new();
    for (key, name) in headers::named(names) {
        let forwarded = proxy::is_told_by_us(&headers::fold(name.as_str()));
        if TAKEN.contains(name) || forwarded {
            return Err(format!("headers.{key}: `{name}` means something else already; choose another name"));
        }
        if !seen.insert(headers::fold(name.as_str())) {
            return Err(format!("headers.{key}: `{name}` is used twice; give each its own name"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
