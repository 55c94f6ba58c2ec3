//! What `[[upstream]]` says, and by which headers.
use std::time::Duration;

use url::Url;

use crate::domain::{access::Rule, permission::Permission};

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
