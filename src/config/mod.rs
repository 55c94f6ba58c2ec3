//! Every setting: type, default, meaning. The only reader of the environment.
//!
//! A setting comes from, in this order: an environment variable (`NARTHEX_LISTEN`, `NARTHEX_DATABASE__URL`,
//! `NARTHEX_PROVIDER__CORP__CLIENT_SECRET`: two underscores for each dot, a list with commas), the config
//! file, its default. What nobody knows is refused, and everything that is wrong is told at once.
use std::{
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

use crate::domain::{permission::Catalogue, settings::Fixed};

mod keys;
mod mapping;
mod provider;
mod providers;
mod section;
mod source;
mod upstream;
mod upstreams;
mod value;
mod warnings;

#[cfg(test)]
mod tests;

pub use mapping::{GroupsAbsent, Mapping, Required};
pub use provider::{
    Algorithm, AssertionAudience, ClientAuth, EmailVerified, Provider, Provision, ResponseMode,
};
use section::{Problems, Section};
pub use upstream::{HeaderEncoding, HeaderNames, Tells, Upstream};

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

/// Why a configuration cannot be used: what is wrong, where, and what to do, ready to print.
#[derive(Debug, thiserror::Error)]
pub struct Error(pub String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
