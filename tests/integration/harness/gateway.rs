//! The real server, in this process, on a free port.
use std::{net::SocketAddr, time::Duration};

use narthex::{
    accounts::{
        By,
        hashing::Hasher,
        setup::{self, NewAccount},
    },
    clock::Clock,
    config::Config,
    domain::{
        audit::{Entry, Event},
        link::{LinkId, Purpose},
        notice::Notice,
        password::Password,
        secret::MasterKey,
        time::Time,
        user::{DisplayName, Email, Tier, User, Username},
    },
    server::Running,
    store::{self, Db, Pools, users},
};
use url::Url;

use super::{Browser, PASSWORD, Page, Stack, free_port};

/// A gateway that is going to be started.
pub(crate) struct Setup {
    stack: Stack,
    config: toml::Table,
    clock: Clock,
    providers: Vec<u16>,
}

/// A gateway that runs.
pub(crate) struct Gateway {
    /// Where browsers reach it.
    pub(crate) public: Url,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its time.
    pub(crate) clock: Clock,
    /// Its database, over connections of our own.
    pub(crate) db: Db,
    /// The server.
    pub(crate) running: Running,
    providers: Vec<u16>,
    /// Last, so that it goes last.
    stack: Stack,
}

/// Somebody with an account and a password.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) password: String,
}

impl Person {
    pub(crate) fn username(&self) -> &str {
        self.user.username.as_str()
    }

    pub(crate) fn email(&self) -> &str {
        self.user.email.as_str()
    }

    /// A page of this person under `/admin/users`.
    pub(crate) fn admin_path(&self, end: &str) -> String {
        format!("/admin/users/{}{end}", self.user.id)
    }
}

impl Setup {
    pub(crate) fn on(stack: &Stack) -> Self {
        let mut setup = Self {
            stack: stack.clone(),
            config: toml::Table::new(),
            clock: Clock::System,
            providers: vec![],
        };
        merge(&mut setup.config, stack.config());
        // Hashes so cheap that a story is not spent on them; how many are computed stays the same. All browsers
        // have one address.
        let cheap = "[password]\nmemory_kib = 64\niterations = 1";
        setup.with(&format!(
            "{cheap}\n[login]\naddress_failures = 1000\n[signup]\nper_address = 1000\nopen_per_address = 0"
        ))
    }

    /// With these settings over what is there.
    pub(crate) fn with(mut self, settings: &str) -> Self {
        merge(&mut self.config, settings.parse().unwrap());
        self
    }

    /// With this time instead of the system's.
    pub(crate) fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Browsers call this loopback port itself.
    pub(crate) fn provider_port(mut self, port: u16) -> Self {
        self.providers.push(port);
        self
    }

    pub(crate) async fn start(self) -> Gateway {
        let _already = rustls::crypto::ring::default_provider().install_default();
        for _ in 0..5 {
            let mut config = self.config.clone();
            let port = free_port();
            config.insert("listen".into(), format!("127.0.0.1:{port}").into());
            config.entry("public_url").or_insert_with(|| format!("http://127.0.0.1:{port}").into());
            let config = Config::from_text(&config.to_string()).unwrap_or_else(|error| panic!("{error}"));
            let public = config.public_url.clone();
            match narthex::server::start(config, self.clock.clone()).await {
                Ok(running) => {
                    return Gateway {
                        public,
                        address: running.address,
                        clock: self.clock,
                        db: Db::connect(self.stack.database_url()).await.unwrap(),
                        running,
                        providers: self.providers,
                        stack: self.stack,
                    };
                }
                // Somebody else took the port in between.
                Err(error) if format!("{error:#}").contains("in use") => {}
                Err(error) => panic!("{error:#}"),
            }
        }
        panic!("no port is free");
    }
}

impl Gateway {
    /// With nothing but the defaults.
    pub(crate) async fn start(stack: &Stack) -> Self {
        Setup::on(stack).start().await
    }

    /// A new browser at the gateway's door.
    pub(crate) fn browser(&self) -> Browser {
        let browser = Browser::new(&self.public, self.address);
        self.providers.iter().fold(browser, |browser, port| browser.knows(*port))
    }

    /// An active account with a password, made at the command line.
    pub(crate) async fn add(&self, username: &str, tier: Tier) -> Person {
        let password = format!("{PASSWORD}-{}", username.len());
        let settings = Config::from_text("[password]\nmemory_kib = 64\niterations = 1").unwrap().password;
        let hasher = Hasher::new(&settings).unwrap();
        let account = NewAccount {
            username: Username::parse(username).unwrap(),
            email: Email::parse(&format!("{username}@people.example")).unwrap(),
            display_name: DisplayName::parse(&format!("Name of {username}")).unwrap(),
            password_hash: hasher.hash(&Password::typed(&password).unwrap()).await.unwrap(),
            tier,
        };
        let user = setup::add_user(&self.db, &account, &By::cli(), self.clock.now()).await.unwrap();
        Person { user, password }
    }

    pub(crate) async fn superuser(&self, username: &str) -> Person {
        self.add(username, Tier::Superuser).await
    }

    pub(crate) async fn standard(&self, username: &str) -> Person {
        self.add(username, Tier::Standard).await
    }

    /// A browser in which this person has signed in.
    pub(crate) async fn signed_in(&self, person: &Person) -> Browser {
        let mut browser = self.browser();
        let page = sign_in(&mut browser, person.username(), &person.password).await;
        assert_eq!(page.status, 303, "{}", page.text());
        browser
    }

    /// Somebody who has applied: the account in the queue.
    pub(crate) async fn applicant(&self, name: &str) -> Person {
        let email = format!("{name}@outside.example");
        let page = sign_up(&mut self.browser(), &email, name, PASSWORD).await;
        assert_eq!(page.status, 303, "{}", page.text());
        let user = self.by_email(&email).await.expect("the application is in the queue");
        Person { user, password: PASSWORD.to_owned() }
    }

    /// The account as it is now.
    pub(crate) async fn account(&self, person: &Person) -> Option<User> {
        users::find(&mut self.db.read().await.unwrap(), person.user.id).await.unwrap()
    }

    /// Whoever has this address.
    pub(crate) async fn by_email(&self, email: &str) -> Option<User> {
        let email = Email::parse(email).unwrap();
        users::find_by_email(&mut self.db.read().await.unwrap(), &email).await.unwrap()
    }

    /// How many accounts there are.
    pub(crate) async fn accounts(&self) -> i64 {
        let everybody = store::user_list::UserList::default();
        store::user_list::count(&mut self.db.read().await.unwrap(), &everybody).await.unwrap()
    }

    /// How many active superusers there are.
    pub(crate) async fn superusers(&self) -> i64 {
        users::count_lasting_superusers(&mut self.db.read().await.unwrap()).await.unwrap()
    }

    /// The audit log, oldest first.
    pub(crate) async fn events(&self) -> Vec<Entry> {
        let mut tx = self.db.read().await.unwrap();
        let (all, newest) = (store::audit::Filter::default(), store::audit::From::Newest);
        let rows = store::audit::page(&mut tx, &all, newest, 10_000).await.unwrap();
        rows.iter().rev().map(|row| row.read().expect("nobody has changed it")).collect()
    }

    /// How often something happened to somebody.
    pub(crate) async fn count_events(&self, event: Event, person: Option<&User>) -> usize {
        let about = |entry: &&Entry| {
            let target = entry.target.as_ref().map(|target| target.id);
            entry.event == event && person.is_none_or(|person| target == Some(person.id))
        };
        self.events().await.iter().filter(about).count()
    }

    /// What was written to somebody, oldest first.
    pub(crate) async fn mails_to(&self, email: &str) -> Vec<Notice> {
        mails_to(&self.db, email).await
    }

    /// The same, but for what everybody is told who signs in from somewhere new.
    pub(crate) async fn told(&self, email: &str) -> Vec<Notice> {
        let mut told = self.mails_to(email).await;
        told.retain(|notice| !matches!(notice, Notice::NewSignIn { .. }));
        told
    }

    /// The path and query of a link as it stands in a mail.
    pub(crate) fn link(&self, id: LinkId, purpose: Purpose) -> String {
        let key = std::fs::read_to_string(self.stack.folder().join("master.key")).unwrap();
        let key = MasterKey::from_text(&key).unwrap();
        format!("{}?token={}", purpose.path(), id.token(purpose, &key).as_str())
    }

    /// Moves a manual clock.
    pub(crate) fn later(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await;
        self.db.close().await;
    }
}

/// What was written to an address, sent or not, oldest first.
pub(crate) async fn mails_to(db: &Db, email: &str) -> Vec<Notice> {
    let sql = "SELECT notice FROM outbox WHERE lower(recipient) = $1 ORDER BY created_at, id";
    let email = email.to_lowercase();
    let rows: Vec<String> = match &db.pools {
        Pools::Sqlite { read, .. } => sqlx::query_scalar(sql).bind(email).fetch_all(read).await.unwrap(),
        Pools::Postgres(pool) => sqlx::query_scalar(sql).bind(email).fetch_all(pool).await.unwrap(),
    };
    rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

/// A clock that stands where the system's is now.
pub(crate) fn standing_clock() -> Clock {
    Clock::manual(Time::from_micros(Clock::System.now().micros()))
}

/// Fills in the sign-in form of this gateway.
pub(crate) async fn sign_in(browser: &mut Browser, login: &str, password: &str) -> Page {
    browser.get("/login?local=1").await.is(200);
    browser.post("/login", &[("login", login), ("password", password), ("rd", "")]).await
}

/// Fills in the sign-up form.
pub(crate) async fn sign_up(browser: &mut Browser, email: &str, name: &str, password: &str) -> Page {
    browser.get("/signup").await.is(200);
    let fields = [("email", email), ("display_name", name), ("password", password), ("reason", "")];
    browser.post("/signup", &fields).await
}

/// Lays one table over another; lists are replaced, except lists of tables, which grow.
fn merge(into: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => merge(old, new),
            (Some(toml::Value::Array(old)), toml::Value::Array(new))
                if new.iter().all(toml::Value::is_table) =>
            {
                old.extend(new);
            }
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}
