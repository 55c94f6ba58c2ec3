//! What `[[provider]]` says.
use std::{collections::BTreeMap, time::Duration};

use secrecy::SecretString;

use super::{Mapping, Required};

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
