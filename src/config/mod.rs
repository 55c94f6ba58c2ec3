//! Every setting: type, default, meaning. The only reader of the environment.
//!
//! A setting comes from, in this order: an environment variable (`NARTHEX_LISTEN`, `NARTHEX_DATABASE__URL`,
//! `NARTHEX_PROVIDER__CORP__CLIENT_SECRET`: two underscores for each dot, a list with commas), the config
//! file, its default. What nobody knows is refused, and everything that is wrong is told at once.
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt, fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use ipnet::IpNet;
use lettre::message::Mailbox;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::domain::{
    access::Rule,
    permission::{Catalogue, Permission},
    settings::Fixed,
};

mod keys;
mod mapping;
mod providers;
mod section;
mod source;
mod upstreams;
mod value;
mod warnings;

#[cfg(test)]
mod tests;

pub use mapping::{GroupsAbsent, Mapping, Required};
use section::{Problems, Section};

/// Reads the configuration: `path`, or `./narthex.toml` if it is there, or the defaults; and the environment.
///
/// # Errors
/// Everything that is wrong, a line each: where, which key, what is wrong, what to do.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn load(path: Option<&Path>) -> Result<Config, Error> {
    let file = path.unwrap_or(Path::new("narthex.toml"));
    let text = match fs::read_to_string(file) {
        Ok(text) => Some(text),
        Err(error) if path.is_none() && error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            let advice = "name a readable file with --config, or leave --config out for the defaults";
            return Err(Error(format!("{}: cannot be read ({error}); {advice}", file.display())));
        }
    };
    let name = if text.is_some() { file.display().to_string() } else { "configuration".to_owned() };
    read(&text.unwrap_or_default(), &name, std::env::vars_os())
}

fn read(
    text: &str,
    file: &str,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Config, Error> {
    let mut tree = source::parse(text, file).map_err(|problem| Error(problem.to_string()))?;
    let problems = Problems::default();
    let log_filter = source::overlay(&mut tree, variables, &problems);
    let config = Config { log_filter, ..keys::read(Section::root(tree, &problems)) };
    let lines: Vec<_> = problems.into_sorted().iter().map(ToString::to_string).collect();
    if lines.is_empty() { Ok(config) } else { Err(Error(lines.join("\n"))) }
}

/// The whole configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the gateway listens.
    pub listen: SocketAddr,
    /// Where browsers reach it: scheme, host and port, no path.
    pub public_url: Url,
    /// What the organisation is called on pages.
    pub organisation: String,
    /// An email address or URL shown on pages to people who need help.
    pub help: Option<String>,
    /// Peers that may ask `/verify` and whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Where the gateway's own files go.
    pub data_dir: PathBuf,
    /// The file that holds the master key.
    pub master_key_file: Option<PathBuf>,
    /// `sqlite://path` or `postgres://…`.
    pub database_url: SecretString,
    /// Where sessions are kept.
    pub sessions: Sessions,
    /// What the gate remembers.
    pub gateway: GatewaySettings,
    /// The sign-in page.
    pub login: Login,
    /// Sign-up.
    pub signup: Signup,
    /// How passwords are hashed.
    pub password: PasswordSettings,
    /// OpenID Providers in the order of the sign-in page.
    pub providers: Vec<Provider>,
    /// Permissions that upstreams ask for, beside the gateway's own.
    pub permissions: Catalogue,
    /// What stands behind the gate.
    pub upstreams: Vec<Upstream>,
    /// Settings that administrators cannot change because they stand in the file.
    pub fixed: Fixed,
    /// Names of the identity headers.
    pub headers: HeaderNames,
    /// How what is not ASCII stands in them.
    pub header_encoding: HeaderEncoding,
    /// How people are told things.
    pub mail: Mail,
    /// `json` writes one object a line.
    pub log_json: bool,
    /// `NARTHEX_LOG`: what is logged, as in `debug` or `warn,narthex=debug`.
    pub log_filter: Option<String>,
}

impl Default for Config {
    /// What no file and no environment say.
    fn default() -> Self {
        Self::from_text("").expect("the defaults agree with each other")
    }
}

impl Config {
    /// Reads a configuration from its text alone.
    ///
    /// # Errors
    /// As [`load`].
    pub fn from_text(text: &str) -> Result<Self, Error> {
        read(text, "narthex.toml", std::iter::empty())
    }

    /// Whether other instances may share what this one knows.
    pub fn shares_state(&self) -> bool {
        matches!(self.sessions.store, SessionStoreKind::Redis(_)) || !self.on_sqlite()
    }

    /// Whether the database is a file of our own.
    pub fn on_sqlite(&self) -> bool {
        !self.database_url.expose_secret().starts_with("postgres")
    }
}

/// Where sessions are kept.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// In this process, or in Redis.
    pub store: SessionStoreKind,
    /// Set when other subdomains hold upstreams: `example.com`.
    pub cookie_domain: Option<String>,
}

/// Which session store.
#[derive(Clone, Debug)]
pub enum SessionStoreKind {
    /// In this process; gone when it ends.
    Memory,
    /// A Redis server, 6.2 or later.
    Redis(SecretString),
}

/// What the gate remembers.
#[derive(Clone, Debug)]
pub struct GatewaySettings {
    /// For how long a session that was read counts; a revocation holds on every instance within that time.
    pub cache_ttl: Duration,
    /// For how much longer it does while sessions or accounts cannot be read.
    pub stale_if_error: Duration,
}

/// The sign-in page.
#[derive(Clone, Debug)]
pub struct Login {
    /// Whether the form for local accounts is there.
    pub local: bool,
    /// A provider's name: `/login` goes straight there.
    pub auto_redirect: Option<String>,
    /// Failed sign-ins per account that need not wait for one another.
    pub free_failures: u32,
    /// Failed sign-ins per account before it is locked.
    pub account_failures: u32,
    /// For how long it is.
    pub lock: Duration,
    /// Failed sign-ins per address before further ones wait.
    pub address_failures: u32,
    /// How long failures count.
    pub failure_window: Duration,
}

/// Sign-up.
#[derive(Clone, Debug)]
pub struct Signup {
    /// Applications from one address in an hour.
    pub per_address: u32,
}

/// How passwords are hashed.
#[derive(Clone, Debug)]
pub struct PasswordSettings {
    /// argon2id memory in KiB.
    pub memory_kib: u32,
    /// argon2id passes.
    pub iterations: u32,
    /// Hashes at once.
    pub parallel: usize,
    /// Hashes that may wait; more get 503.
    pub queue: usize,
}

/// How people are told things.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Where mail goes.
    pub transport: MailTransport,
    /// From whom it is.
    pub from: Mailbox,
    /// How long one delivery may take.
    pub timeout: Duration,
}

/// Where mail goes.
#[derive(Clone, Debug)]
pub enum MailTransport {
    /// Into files below `data_dir`.
    File,
    /// To a mail server.
    Smtp(SmtpServer),
}

/// A mail server.
#[derive(Clone, Debug)]
pub struct SmtpServer {
    /// Its name, which its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: SmtpTls,
    /// As whom we sign in, where we do.
    pub login: Option<(String, SecretString)>,
    /// Certificates that are trusted beside the system's, as PEM.
    pub ca: Option<String>,
}

/// How the connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// STARTTLS, which the server has to offer.
    Starttls,
    /// From the first byte.
    Implicit,
    /// Not at all; to this machine only.
    None,
}

/// An OpenID Provider.
#[derive(Clone, Debug)]
pub struct Provider {
    /// In URLs: lower-case letters, digits and `-`.
    pub name: String,
    /// On the button.
    pub label: String,
    /// The issuer identifier; https, or http on loopback.
    pub issuer: String,
    /// Other names under which the same issuer stands in the file, with another client each.
    pub same_issuer: Vec<String>,
    /// Who we are there.
    pub client_id: String,
    /// Our secret, where `client_auth` shows one.
    pub client_secret: Option<SecretString>,
    /// Our private key there, as PEM, where `client_auth` is `private_key_jwt`.
    pub client_key: Option<SecretString>,
    /// For whom what we sign with it is.
    pub client_assertion_audience: AssertionAudience,
    /// How we prove it.
    pub client_auth: ClientAuth,
    /// Signature algorithms that ID tokens may have.
    pub algorithms: Vec<Algorithm>,
    /// How the browser brings the answer back.
    pub response_mode: ResponseMode,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// What becomes of people seen for the first time.
    pub provision: Provision,
    /// Which email claims count.
    pub email_verified: EmailVerified,
    /// Email domains that may come in; empty means all.
    pub allowed_domains: Vec<String>,
    /// Groups of which one must be held; empty means no matter.
    pub allowed_groups: Vec<String>,
    /// What claims must be for somebody to come in, by name or path.
    pub required_claims: BTreeMap<String, Required>,
    /// Whether a verified email links an existing standard account.
    pub links_verified_email: bool,
    /// The claim with the username.
    pub username_claim: String,
    /// The claim with the display name.
    pub name_claim: String,
    /// The claim with the groups.
    pub groups_claim: String,
    /// After how long the provider is asked again about whoever uses a session; `None` for never.
    pub revalidate: Option<Duration>,
    /// What groups give.
    pub mapping: Mapping,
}

impl Provider {
    /// What people call it: its button's label without the words that belong to the button.
    pub fn known_as(&self) -> &str {
        let words = ["Continue with ", "Sign in with ", "Log in with "];
        words.into_iter().find_map(|words| self.label.strip_prefix(words)).unwrap_or(&self.label)
    }
}

/// How a client proves who it is at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
    /// `private_key_jwt`
    PrivateKeyJwt,
    /// No secret; PKCE only.
    None,
}

/// For whom a `private_key_jwt` is (RFC 7523 §3 number 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssertionAudience {
    /// The address that it is sent to, as OpenID Connect Core 1.0 §9 advises.
    TokenEndpoint,
    /// The issuer, which some providers ask for.
    Issuer,
}

/// How a provider's answer comes back with the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of a redirect.
    Query,
    /// In a form that the provider's page posts (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

/// A signature algorithm for ID tokens (RFC 7518, RFC 8037).
#[expect(missing_docs, reason = "the names say it")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    ES256,
    ES384,
    EdDSA,
}

/// What becomes of somebody whom a provider sends for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provision {
    /// An active account.
    Active,
    /// An application in the queue.
    Pending,
    /// Nothing: only known people come in.
    Existing,
}

/// Which email claims count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailVerified {
    /// Those with `email_verified: true`.
    Required,
    /// All: the provider owns its addresses.
    Trusted,
}

/// An application behind the gate.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Its name in logs and assertions.
    pub name: String,
    /// The Host that browsers use, in lower case, with the port unless it is the scheme's own; or `*.` and one, for
    /// all that are one label below it.
    pub host: String,
    /// Where our own proxy sends requests; none where another proxy forwards.
    pub url: Option<Url>,
    /// How long it may take to begin its answer.
    pub timeout: Duration,
    /// The largest request body in bytes.
    pub max_body: u64,
    /// What it is told of people.
    pub tells: Tells,
    /// Other origins whose pages may open WebSockets, as browsers write them.
    pub origins: Vec<String>,
    /// Who may do what; the first that matches decides, nobody by default.
    pub rules: Vec<Rule>,
}

/// What an application is told of whoever comes.
#[derive(Clone, Debug)]
pub struct Tells {
    /// Whether it gets a signed assertion.
    pub assertion: bool,
    /// Beginnings of the names of roles that it is told of.
    pub roles: Vec<String>,
    /// Permissions that it is told of: those of the catalogue that were meant by their beginnings.
    pub permissions: Vec<Permission>,
}

/// Names of the headers that tell an upstream who somebody is.
#[derive(Clone, Debug)]
pub struct HeaderNames {
    /// `Remote-User`
    pub user: http::HeaderName,
    /// `Remote-Email`
    pub email: http::HeaderName,
    /// `Remote-Name`
    pub name: http::HeaderName,
    /// `Remote-Groups`
    pub groups: http::HeaderName,
    /// `X-Narthex-Subject`
    pub subject: http::HeaderName,
    /// `X-Narthex-Assertion`
    pub assertion: http::HeaderName,
}

/// How what is not visible ASCII stands in an identity header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderEncoding {
    /// As `%XX`, and `%` itself too.
    Percent,
    /// As the bytes of UTF-8.
    Utf8,
}

/// Why a configuration cannot be used: what is wrong, where, and what to do, ready to print.
#[derive(Debug, thiserror::Error)]
pub struct Error(pub String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
