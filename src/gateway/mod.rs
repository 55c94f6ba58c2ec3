//! The one decision behind every door: session, then principal, then policy. And our own reverse proxy.
use std::collections::{HashMap, HashSet};

use http::HeaderName;

use crate::{
    config::{Config, HeaderNames, Upstream},
    domain::{
        access::{Decision, Missing, decide},
        host::{Host, Scheme},
        path::RequestPath,
        principal::Principal,
        return_to::{Hosts, ReturnTo},
        session::{Lifetimes, SessionId},
        time::Time,
        user::Tier,
    },
    session::{self, SessionStore},
    store::{self, Db},
};

mod headers;
mod original;
mod principal;
mod proxy;

pub use original::{Malformed, Original, is_page_load};
pub use principal::principal;
pub use proxy::{Failure, Forward};

/// What a decision is made from besides the rules.
pub struct Parts<'a> {
    /// Accounts and revocations.
    pub db: &'a Db,
    /// Sessions.
    pub sessions: &'a dyn SessionStore,
    /// How long they last.
    pub lifetimes: &'a Lifetimes,
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
        let to_tls =
            config.upstreams.iter().filter_map(|it| it.url.as_ref()).any(|url| url.scheme() == "https");
        let proxy = proxy::Proxy::new(to_tls)?;
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

    /// Whether only superusers may go to this page of an upstream.
    pub fn wants_superuser(&self, place: &ReturnTo) -> bool {
        let judged = || {
            let host = Host::parse(place.host()?, self.hosts.scheme())?;
            let (_, path) = place.as_str().split_once("://")?.1.split_once('/')?;
            let path = path.split(['?', '#']).next()?;
            let path = RequestPath::parse(&format!("/{path}")).ok()?;
            Some(decide(&self.upstream(&host)?.rules, &path, Some(Tier::Standard)))
        };
        judged() == Some(Decision::Deny(Missing::Tier(Tier::Superuser)))
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
        let tier = principal.as_ref().map(|principal| principal.user.tier);
        Ok(match (decide(&upstream.rules, &original.path, tier), principal) {
            (Decision::Allow, principal) => Outcome::Allowed { principal, upstream },
            (Decision::Deny(missing), Some(principal)) => Outcome::Denied { principal, missing },
            (Decision::SignIn | Decision::Deny(_), _) => Outcome::SignIn,
            (Decision::Ambiguous, _) => {
                Outcome::BadRequest("the path has ;parameters where other rules would apply without them")
            }
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

    /// Sends a request that was allowed to its upstream.
    ///
    /// # Errors
    /// When the upstream does not answer, or the request is not one that is passed on.
    pub async fn forward<B>(
        &self,
        request: http::Request<B>,
        forward: Forward<'_>,
    ) -> Result<http::Response<hyper::body::Incoming>, Failure>
    where
        B: hyper::body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.proxy.forward(request, forward, &self.names, self.hosts.scheme()).await
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
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;

    use super::*;
    use crate::domain::{
        session::{Session, SessionDigest, SessionToken},
        user::UserId,
    };

    const WIKI: &str = "public_url = 'https://auth.example.com'\n[[upstream]]\nname = 'wiki'\nhost = 'wiki.example.com'\n\
        [[upstream.rule]]\npath = '/public'\npublic = true\n\
        [[upstream.rule]]\npath = '/secret'\ntier = 'superuser'\n\
        [[upstream.rule]]\npath = '/'\ntier = 'any'\n";

    fn config() -> Config {
        Config::from_text(WIKI).unwrap()
    }

    fn refused(change: impl FnOnce(&mut Config)) -> String {
        let mut config = config();
        change(&mut config);
        Gate::new(&config).unwrap_err()
    }

    /// Finds nothing, or fails; counts the questions.
    struct Counting {
        fails: bool,
        asked: AtomicUsize,
    }

    #[async_trait]
    impl SessionStore for Counting {
        async fn insert(&self, _: SessionDigest, _: &Session, _: &Lifetimes) -> Result<(), session::Error> {
            unreachable!("the gate begins no session")
        }
        async fn find(&self, _: SessionDigest, _: Time) -> Result<Option<Session>, session::Error> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if self.fails { Err(session::Error("away".to_owned())) } else { Ok(None) }
        }
        async fn touch(
            &self,
            _: SessionDigest,
            _: &Session,
            _: &Lifetimes,
            _: Time,
        ) -> Result<(), session::Error> {
            unreachable!("there is no session")
        }
        async fn remove(&self, _: SessionDigest, _: UserId) -> Result<(), session::Error> {
            unreachable!("the gate ends no session")
        }
        async fn of_user(&self, _: UserId, _: Time) -> Result<Vec<(SessionDigest, Session)>, session::Error> {
            unreachable!("the gate lists no sessions")
        }
        async fn purge(&self, _: Time) -> Result<(), session::Error> {
            Ok(())
        }
        async fn ping(&self) -> Result<(), session::Error> {
            Ok(())
        }
    }

    /// What becomes of a request with so many session ids; how often the store was asked.
    async fn judge(host: &str, path: &str, ids: usize, fails: bool) -> (String, usize) {
        let gate = Gate::new(&config()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite://{}", folder.path().join("x.db").display())).await.unwrap();
        let (sessions, lifetimes) = (Counting { fails, asked: AtomicUsize::new(0) }, Lifetimes::default());
        let parts = Parts { db: &db, sessions: &sessions, lifetimes: &lifetimes };
        let original = Original {
            method: http::Method::GET,
            scheme: Scheme::Https,
            host: Host::parse(host, Scheme::Https).unwrap(),
            path: RequestPath::parse(path).unwrap(),
            query: None,
        };
        let ids: Vec<_> = (0..ids).map(|_| SessionToken::generate().id).collect();
        let outcome = match gate.authorize(&parts, &original, &ids, Time::from_micros(1)).await {
            Ok(Outcome::Allowed { principal: None, .. }) => "allowed".to_owned(),
            Ok(Outcome::Allowed { .. } | Outcome::Denied { .. }) => unreachable!("nobody is signed in"),
            Ok(Outcome::SignIn) => "sign in".to_owned(),
            Ok(Outcome::UnknownHost) => "unknown host".to_owned(),
            Ok(Outcome::BadRequest(_)) => "bad request".to_owned(),
            Err(error) => error.to_string(),
        };
        db.close().await;
        (outcome, sessions.asked.into_inner())
    }

    #[tokio::test]
    async fn strangers_pass_where_it_is_public_and_nowhere_else() {
        let judge = |host, path| judge(host, path, 0, false);
        assert_eq!(judge("wiki.example.com", "/public/x").await.0, "allowed");
        assert_eq!(judge("wiki.example.com", "/x").await.0, "sign in");
        assert_eq!(judge("wiki.example.com", "/secret").await.0, "sign in");
        assert_eq!(judge("wiki.example.com", "/public;x/y").await.0, "bad request");
        assert_eq!(judge("other.example.com", "/public").await.0, "unknown host");
        assert_eq!(judge("auth.example.com", "/public").await.0, "unknown host");
    }

    #[tokio::test]
    async fn f_03_nobody_passes_while_sessions_cannot_be_read() {
        let away = "the session store does not answer: away".to_owned();
        assert_eq!(judge("wiki.example.com", "/x", 1, true).await, (away.clone(), 1));
        assert_eq!(judge("wiki.example.com", "/public", 1, true).await, (away, 1));
        assert_eq!(judge("other.example.com", "/x", 1, true).await, ("unknown host".to_owned(), 0));
    }

    #[tokio::test]
    async fn a_12_the_store_is_asked_five_times_at_most() {
        assert_eq!(judge("wiki.example.com", "/x", 100, false).await, ("sign in".to_owned(), 5));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_at_start() {
        let second = config().upstreams[0].clone();
        for (said, wanted) in [
            (
                refused(|it| it.upstreams[0].host = "Auth.Example.com:443".to_owned()),
                "the host of public_url",
            ),
            (refused(|it| it.upstreams[0].host = "https://wiki.example.com".to_owned()), "is no host"),
            (refused(|it| it.upstreams.push(second)), "already that of `wiki`"),
            (refused(|it| it.upstreams[0].rules[0].path.0 = "/a//b".to_owned()), "could never match"),
            (
                refused(|it| it.upstreams[0].url = "http://10.0.0.1/x".parse().ok()),
                "scheme, host and port only",
            ),
            (refused(|it| it.upstreams[0].url = "ftp://10.0.0.1".parse().ok()), "scheme, host and port only"),
            (refused(|it| it.public_url = "mailto:x@example.com".parse().unwrap()), "no http or https URL"),
            (
                refused(|it| it.headers.user = http::header::COOKIE),
                "headers.user: `cookie` means something else",
            ),
            (refused(|it| it.headers.name = "x-forwarded-for".parse().unwrap()), "headers.name"),
            (refused(|it| it.headers.groups = "remote_user".parse().unwrap()), "`remote_user` is used twice"),
        ] {
            assert!(said.contains(wanted), "{said:?} does not say {wanted:?}");
        }
    }

    #[test]
    fn a_page_for_superusers_is_known() {
        let gate = Gate::new(&config()).unwrap();
        let wants = |rd: &str| gate.wants_superuser(&ReturnTo::parse(rd, gate.hosts()));
        assert!(wants("https://wiki.example.com/secret/x?y"));
        for other in [
            "https://wiki.example.com/",
            "https://wiki.example.com/public",
            "/secret",
            "https://evil.example/secret",
        ] {
            assert!(!wants(other), "{other}");
        }
    }
}
