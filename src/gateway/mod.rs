//! The one decision behind every door: session, then principal, then policy. And our own reverse proxy.
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::Arc,
    time::Instant,
};

use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::{
    config::{Config, HeaderEncoding, HeaderNames, Upstream},
    domain::{
        access::{AMBIGUOUS, Decision, Missing, Request, Who, decide},
        host::{Host, Pattern, Scheme},
        path::RequestPath,
        principal::Principal,
        return_to::{Hosts, RETURN_TO_MAX, ReturnTo, query_value},
        session::{Lifetimes, SessionId},
        time::Time,
    },
    session::{self, SessionStore},
    store::{self, Db},
};

mod assertion;
mod cache;
mod due;
mod headers;
mod learned;
mod loader;
mod original;
mod principal;
mod proxy;
mod streams;
mod uses;

pub use assertion::{Keyring, NoKey};
pub use cache::{Cache, Known};
pub use due::Due;
pub use learned::Fingerprint;
pub use loader::Loader;
pub use original::{Malformed, Original, is_foreign_socket, is_page_load, shows_pages};
pub use principal::principal;
pub use proxy::{ALIVE_WITHIN, Download, Failure, Forward};
pub use streams::{EVERY, HangUp, Passing};
pub use uses::Uses;

use learned::Learned;

/// Where there is nothing to say.
const NOTHING: HeaderValue = HeaderValue::from_static("");

/// What a decision is made from besides the rules.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    /// Accounts and revocations.
    pub db: &'a Db,
    /// Sessions.
    pub sessions: &'a dyn SessionStore,
    /// How long they last.
    pub lifetimes: Lifetimes,
    /// Reads accounts.
    pub loader: &'a Loader,
    /// What was read a moment ago.
    pub cache: &'a Cache,
    /// Is told of sessions whose provider has to be asked again.
    pub due: &'a Due,
    /// Is told of sessions that were used.
    pub uses: &'a Uses,
    /// Whether somebody does something, so that their session lasts longer.
    pub is_use: bool,
    /// Nothing counts that was read before.
    pub not_before: Option<Instant>,
}

/// Why no decision could be made. Whoever asks lets nobody pass.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The database does not answer.
    #[error(transparent)]
    Store(Arc<store::Error>),
    /// The database does not answer in time.
    #[error("the database takes too long to answer")]
    TimedOut,
    /// The session store does not answer.
    #[error(transparent)]
    Session(#[from] session::Error),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(Arc::new(error))
    }
}

/// What becomes of a request.
#[derive(Debug)]
pub enum Outcome<'g> {
    /// It may pass, on behalf of this person or, where it is public, of nobody.
    Allowed {
        /// Whoever is signed in.
        principal: Option<Arc<Known>>,
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
        principal: Arc<Known>,
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
    /// Those that have all hosts one label below one.
    below: HashMap<Host, Upstream>,
    names: HeaderNames,
    encoding: HeaderEncoding,
    /// What upstreams are told of strangers.
    nobody: Arc<HeaderMap>,
    proxy: proxy::Proxy,
    quiet: learned::Quiet,
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
        let (mut upstreams, mut below, mut patterns) = (HashMap::new(), HashMap::new(), vec![]);
        for upstream in &config.upstreams {
            let pattern = checked(upstream, scheme, &own)?;
            patterns.push(pattern.clone());
            let before = match pattern {
                Pattern::One(host) => upstreams.insert(host, upstream.clone()),
                Pattern::Below(base) => below.insert(base, upstream.clone()),
            };
            if let Some(other) = before {
                let (name, host) = (&upstream.name, &upstream.host);
                let other = other.name;
                return Err(format!(
                    "upstream `{name}`: the host `{host}` is already that of `{other}`; keep one of them"
                ));
            }
        }
        check_names(&config.headers)?;
        let hosts =
            Hosts::new(public, patterns).ok_or_else(|| format!("public_url: `{public}` has no host"))?;
        let proxy = proxy::Proxy::new(&config.upstreams)?;
        let (names, encoding) = (config.headers.clone(), config.header_encoding);
        let nobody = headers::identity(&names, encoding, None, NOTHING);
        let (nobody, quiet) = (Arc::new(nobody), learned::Quiet::default());
        Ok(Self { hosts, upstreams, below, names, encoding, nobody, proxy, quiet })
    }

    /// The hosts that people may be sent to.
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// The upstream that browsers reach under this host: the one that names it, or the one that has all hosts
    /// beside it. Our own host is nobody else's.
    pub fn upstream(&self, host: &Host) -> Option<&Upstream> {
        let named = self.upstreams.get(host);
        if named.is_some() || self.below.is_empty() || host == self.hosts.own() {
            return named;
        }
        self.below.get(&host.parent()?)
    }

    /// What the rules say of somebody at `client` who asks for this page by `method`; `None` when it is no upstream's.
    pub fn look(
        &self,
        place: &ReturnTo,
        method: &Method,
        client: IpAddr,
        principal: &Principal,
    ) -> Option<Decision> {
        let host = Host::parse(place.host()?, self.hosts.scheme())?;
        let (_, path) = place.as_str().split_once("://")?.1.split_once('/')?;
        let path = path.split(['?', '#']).next()?;
        let rules = &self.upstream(&host)?.rules;
        let Ok(path) = RequestPath::parse(&format!("/{path}")) else { return Some(Decision::Ambiguous) };
        let who = Who::of(&principal.user, &principal.may);
        Some(decide(rules, &Request { method, path: &path, client }, Some(&who)))
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
        let principal = principal::first(parts, ids, now).await?;
        let (principal, restricted) = match principal {
            Some(principal) if principal.session.restricted.is_some() => (None, true),
            principal => (principal, false),
        };
        let who = principal.as_ref().map(|principal| Who::of(&principal.user, &principal.may));
        Ok(match (decide(&upstream.rules, &original.to_judge(), who.as_ref()), principal) {
            (Decision::Allow, principal) => Outcome::Allowed { principal, upstream },
            (Decision::SignIn, _) if restricted => Outcome::ChangePassword,
            (Decision::Deny(missing), Some(principal)) => Outcome::Denied { principal, missing },
            (Decision::SignIn | Decision::Deny(_), _) => Outcome::SignIn,
            (Decision::Ambiguous, _) => Outcome::BadRequest(AMBIGUOUS),
        })
    }

    /// The address to come back to after signing in, as it stands in `rd`; `None` when it is too long. Our own
    /// pages believe none of it before they have read it with [`ReturnTo::parse`].
    pub fn return_to(&self, original: &Original) -> Option<String> {
        let address = original.address(self.hosts.scheme());
        (address.len() <= RETURN_TO_MAX).then(|| query_value(&address))
    }

    /// The identity headers for an upstream: always every one, empty when there is nothing to say.
    ///
    /// # Errors
    /// When an assertion cannot be signed: nothing may pass.
    pub fn identity(
        &self,
        keyring: &Keyring,
        upstream: &Upstream,
        known: Option<&Known>,
        now: Time,
    ) -> Result<Arc<HeaderMap>, NoKey> {
        match known {
            Some(known) => headers::told(upstream, known, keyring.version(), now, || {
                self.tell(keyring, upstream, known, now)
            }),
            None => Ok(Arc::clone(&self.nobody)),
        }
    }

    /// What an upstream learns of somebody, in short; nothing of a stranger.
    pub fn fingerprint(&self, upstream: &Upstream, known: Option<&Known>) -> Option<Fingerprint> {
        known.map(|known| headers::fingerprint(upstream, known))
    }

    fn tell(
        &self,
        keyring: &Keyring,
        upstream: &Upstream,
        principal: &Principal,
        now: Time,
    ) -> Result<HeaderMap, NoKey> {
        let learned = Learned::of(&upstream.tells, principal);
        if !learned.is_whole() && self.quiet.may_speak(learned.user.id, now) {
            tracing::warn!(
                user = %learned.user.id,
                upstream = upstream.name,
                "somebody's roles or permissions are longer than 4 KiB and are left out; choose those that the \
                 application needs by `roles` and `permissions` in its [[upstream]]"
            );
        }
        let assertion = match upstream.tells.assertion {
            true => keyring.sign(upstream, principal, &learned, now)?,
            false => NOTHING,
        };
        Ok(headers::identity(&self.names, self.encoding, Some(&learned), assertion))
    }

    /// Sends a request that was allowed to its upstream. Every second until the answer begins, `still` is asked
    /// whether it would still be let through, and told whether the client has sent anything; from then on
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
        S: Future<Output = Result<(), Failure>>,
    {
        self.proxy.forward(request, forward, &self.names, self.hosts.scheme(), still).await
    }
}

fn checked(upstream: &Upstream, scheme: Scheme, own: &Host) -> Result<Pattern, String> {
    let Upstream { name, host, url, rules, .. } = upstream;
    let parsed = Pattern::parse(host, scheme).ok_or_else(|| {
        format!("upstream `{name}`: `{host}` is no host; write what browsers use, such as `wiki.example.com`")
    })?;
    if parsed == Pattern::One(own.clone()) {
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
                 from the first slash, without empty or dot segments and ;parameters, escapes in capitals and only where needed"
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
mod fuzz;
#[cfg(test)]
mod tests;
