use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::*;
use crate::{
    domain::{
        audit::Origin,
        language::Language,
        permission::Effective,
        session::{Session, SessionDigest, SessionToken},
        user::{DisplayName, Email, Source, Status, Tier, User, UserId, Username},
    },
    session::{Kept, Place, Totals},
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
    async fn find_all(
        &self,
        digests: &[SessionDigest],
        _: Time,
    ) -> Result<Vec<Option<Arc<Session>>>, session::Error> {
        assert_eq!(digests.len(), 1, "nobody else asks");
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.fails { Err(session::Error("away".to_owned())) } else { Ok(vec![None]) }
    }
    async fn touch_all(&self, _: &[session::Used], _: &Lifetimes) -> Result<(), session::Error> {
        unreachable!("there is no session")
    }
    async fn remove_all(&self, _: &[(SessionDigest, UserId)]) -> Result<(), session::Error> {
        unreachable!("the gate ends no session")
    }
    async fn of_users(&self, _: &[UserId], _: Time) -> Result<Vec<Vec<Kept>>, session::Error> {
        unreachable!("the gate lists no sessions")
    }
    async fn online(
        &self,
        _: Option<Place>,
        _: usize,
        _: &Lifetimes,
        _: Time,
    ) -> Result<Vec<(UserId, Time)>, session::Error> {
        unreachable!("the gate lists nobody")
    }
    async fn last_seen(
        &self,
        _: &[UserId],
        _: &Lifetimes,
        _: Time,
    ) -> Result<Vec<Option<Time>>, session::Error> {
        unreachable!("the gate lists nobody")
    }
    async fn totals(&self, _: &Lifetimes, _: Time) -> Result<Totals, session::Error> {
        unreachable!("the gate counts nobody")
    }
    async fn purge(&self, _: &Lifetimes, _: Time) -> Result<(), session::Error> {
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
    let (counting, lifetimes) =
        (Arc::new(Counting { fails, asked: AtomicUsize::new(0) }), Lifetimes::default());
    let sessions: Arc<dyn SessionStore> = Arc::clone(&counting) as _;
    let cache = Arc::new(Cache::new(std::time::Duration::ZERO, std::time::Duration::ZERO));
    let (loader, uses) = (Loader::new(&db, &sessions), Uses::new(&sessions, &cache));
    let parts = Parts {
        db: &db,
        sessions: sessions.as_ref(),
        lifetimes,
        loader: &loader,
        cache: &cache,
        due: &Due::default(),
        uses: &uses,
        is_use: true,
        not_before: None,
    };
    let original = Original {
        method: Method::GET,
        scheme: Scheme::Https,
        host: Host::parse(host, Scheme::Https).unwrap(),
        path: RequestPath::parse(path).unwrap(),
        query: None,
        client: IpAddr::from([192, 0, 2, 7]),
    };
    let ids: Vec<_> = (0..ids).map(|_| SessionToken::generate().id).collect();
    let outcome = match gate.authorize(&parts, &original, &ids, Time::from_micros(1)).await {
        Ok(Outcome::Allowed { principal: None, .. }) => "allowed".to_owned(),
        Ok(Outcome::Allowed { .. } | Outcome::Denied { .. }) => unreachable!("nobody is signed in"),
        Ok(Outcome::SignIn | Outcome::ChangePassword) => "sign in".to_owned(),
        Ok(Outcome::UnknownHost) => "unknown host".to_owned(),
        Ok(Outcome::BadRequest(_)) => "bad request".to_owned(),
        Err(error) => error.to_string(),
    };
    db.close().await;
    (outcome, counting.asked.load(Ordering::SeqCst))
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
fn a_18_a_named_host_is_its_own_before_a_star_counts() {
    let star = WIKI.replace("wiki'", "apps'").replace("wiki.example.com", "*.example.com");
    let star = star.split_once('\n').unwrap().1;
    let gate = Gate::new(&Config::from_text(&format!("{WIKI}{star}")).unwrap()).unwrap();
    let name = |host: &str| {
        let host = Host::parse(host, Scheme::Https).unwrap();
        gate.upstream(&host).map(|upstream| upstream.name.as_str())
    };
    assert_eq!(name("wiki.example.com"), Some("wiki"));
    assert_eq!(name("Notes.example.com.:443"), Some("apps"));
    for host in [
        "auth.example.com",
        "example.com",
        "a.b.example.com",
        "notes.example.com:8443",
        "evilexample.com",
        "localhost",
        "[::1]",
        "127.0.0.1",
    ] {
        assert_eq!(name(host), None, "{host}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_at_start() {
    let second = config().upstreams[0].clone();
    for (said, wanted) in [
        (refused(|it| it.upstreams[0].host = "Auth.Example.com:443".to_owned()), "the host of public_url"),
        (refused(|it| it.upstreams[0].host = "https://wiki.example.com".to_owned()), "is no host"),
        (refused(|it| it.upstreams.push(second)), "already that of `wiki`"),
        (refused(|it| it.upstreams[0].rules[0].path.0 = "/a//b".to_owned()), "could never match"),
        (refused(|it| it.upstreams[0].url = "http://10.0.0.1/x".parse().ok()), "scheme, host and port only"),
        (refused(|it| it.upstreams[0].url = "ftp://10.0.0.1".parse().ok()), "scheme, host and port only"),
        (refused(|it| it.public_url = "mailto:x@example.com".parse().unwrap()), "no http or https URL"),
        (refused(|it| it.headers.user = http::header::COOKIE), "headers.user: `cookie` means something else"),
        (
            refused(|it| it.headers.assertion = http::header::COOKIE),
            "headers.assertion: `cookie` means something else",
        ),
        (refused(|it| it.headers.name = "x-forwarded-for".parse().unwrap()), "headers.name"),
        (refused(|it| it.headers.groups = "remote_user".parse().unwrap()), "`remote_user` is used twice"),
    ] {
        assert!(said.contains(wanted), "{said:?} does not say {wanted:?}");
    }
}

#[test]
fn what_somebody_lacks_is_known() {
    let gate = Gate::new(&config()).unwrap();
    let somebody = a_principal();
    let client = IpAddr::from([192, 0, 2, 7]);
    let look = |rd: &str| gate.look(&ReturnTo::parse(rd, gate.hosts()), &Method::GET, client, &somebody);
    let deny = |missing| Some(Decision::Deny(missing));
    assert_eq!(look("https://wiki.example.com/secret/x?y"), deny(Missing::Tier(Tier::Superuser)));
    assert_eq!(look("https://wiki.example.com/public"), Some(Decision::Allow));
    assert_eq!(look("https://wiki.example.com/Secret/x"), Some(Decision::Ambiguous));
    for other in ["/secret", "https://evil.example/secret"] {
        assert_eq!(look(other), None, "{other}");
    }
}

/// Carol, who may do nothing in particular.
pub(super) fn a_principal() -> Principal {
    Principal { user: a_user().into(), may: Effective::default(), session: a_session().into(), vouched: None }
}

fn a_user() -> User {
    User {
        id: UserId(uuid::Uuid::nil()),
        number: 1,
        username: Username::parse("carol").unwrap(),
        email: Email::parse("carol@example.com").unwrap(),
        email_trusted: true,
        display_name: DisplayName::parse("Carol").unwrap(),
        status: Status::Active,
        tier: Tier::Standard,
        source: Source::Local,
        has_password: true,
        reason: None,
        session_epoch: 0,
        version: 0,
        last_login_at: Time::NEVER,
        last_login_address: None,
        registered_at: Time::NEVER,
        expires_at: Time::NEVER,
        password_changed_at: Time::NEVER,
        must_change_password: false,
        idle_since: Time::NEVER,
        kept_until: Time::NEVER,
        language: Language::En,
        password_expires_at: Time::NEVER,
        unlocked_at: Time::NEVER,
    }
}

fn a_session() -> Session {
    Session::begin(&SessionToken::generate(), &a_user(), None, &Origin::default(), Time::from_micros(1))
}
