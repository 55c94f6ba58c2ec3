//! The relying party: signs people in at OpenID Providers (OpenID Connect Core 1.0, authorization code flow
//! with PKCE and nonce). Network only: it knows neither the database nor cookies.
//!
//! A sign-in is [`Flow::begin`] and [`Provider::begin`], then, when the browser is back, [`Flow::open`],
//! [`FlowSecrets::open`] and [`Provider::finish`], which verifies everything and tells who it is.
//!
//! What must hold of the answer has a name each in `check`; [`State`] tells how a provider is doing.
mod check;
mod claims;
mod client_key;
mod crowd;
mod discovery;
mod error;
mod flow;
mod health;
mod http;
mod id_token;
mod jws;
mod keys;
mod logout;
mod provider;
mod refresh;
#[cfg(test)]
mod tests;

pub use claims::{Claims, unverified};
pub use error::{Error, ErrorKind};
pub use flow::{FLOW_LIFETIME, Flow, FlowError, FlowSecrets, Prompt};
pub use health::{Found, FoundKey, State};
pub use logout::LogoutToken;
pub use provider::Provider;
pub use refresh::{Asked, RefreshError};
use url::Url;

use crate::domain::{identity::Profile, renewal::Tokens};

/// Where to send the browser, and what to keep for its return.
pub struct Begun {
    /// The provider's authorization endpoint with our request in the query.
    pub url: Url,
    /// Binds the ID token to this flow; a secret between the browser's cookie and the provider.
    pub nonce: String,
    /// The PKCE code verifier (RFC 7636); a secret of ours until the code is redeemed.
    pub verifier: String,
}

/// Who came back from a provider, verified.
#[derive(Debug)]
pub struct Arrived {
    /// Who it is.
    pub profile: Profile,
    /// What the provider gave for later.
    pub tokens: Tokens,
}

/// What the provider sent back through the browser: the query of the callback. None of it is believed.
#[derive(Default)]
pub struct Answer {
    /// The authorization code.
    pub code: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code (RFC 6749 §4.1.2.1); looked at before everything else.
    pub error: Option<String>,
}
