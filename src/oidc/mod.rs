//! The relying party: signs people in at OpenID Providers (OpenID Connect Core 1.0, authorization code flow
//! with PKCE and nonce). Network only: it knows neither the database nor cookies.
//!
//! A sign-in is [`Flow::begin`] and [`Provider::begin`], then, when the browser is back, [`Flow::open`],
//! [`FlowSecrets::open`] and [`Provider::finish`], which verifies everything and tells who it is.
mod claims;
mod discovery;
mod flow;
mod http;
mod id_token;
mod keys;
mod provider;
#[cfg(test)]
mod tests;

pub use flow::{FLOW_LIFETIME, Flow, FlowError, FlowSecrets};
pub use provider::Provider;
use url::Url;

/// Where to send the browser, and what to keep for its return.
pub struct Begun {
    /// The provider's authorization endpoint with our request in the query.
    pub url: Url,
    /// Binds the ID token to this flow; a secret between the browser's cookie and the provider.
    pub nonce: String,
    /// The PKCE code verifier (RFC 7636); a secret of ours until the code is redeemed.
    pub verifier: String,
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

/// Why somebody could not be signed in at a provider. The text is for the log and the operator: what is
/// wrong and what to do; it holds no secret and no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The provider does not answer, or not sensibly. Trying again later may help.
    #[error("{0}")]
    Unavailable(String),
    /// The provider answered that the sign-in is refused, or that the person turned back.
    #[error("the provider refused the sign-in with the error `{code}`; its own log knows more")]
    Denied {
        /// The provider's error code, such as `access_denied`; `unknown` for what is not plainly one.
        code: String,
    },
    /// The answer failed a check. Starting again may help; when it does not, somebody plays tricks or the
    /// provider is broken.
    #[error("{0}")]
    BadAnswer(String),
    /// The provider and our configuration do not fit together; only an operator can help.
    #[error("{0}")]
    Misconfigured(String),
}

/// What a page has to know of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// See [`Error::Unavailable`].
    Unavailable,
    /// See [`Error::Denied`].
    Denied,
    /// See [`Error::BadAnswer`].
    BadAnswer,
    /// See [`Error::Misconfigured`].
    Misconfigured,
}

impl Error {
    /// Which page to show.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Denied { .. } => ErrorKind::Denied,
            Self::BadAnswer(_) => ErrorKind::BadAnswer,
            Self::Misconfigured(_) => ErrorKind::Misconfigured,
        }
    }

    /// The same, with the name of the provider that it is about; in one line that a log can hold.
    fn of(self, provider: &str) -> Self {
        let about = |reason: String| {
            let reason: String = reason.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect();
            format!("provider `{provider}`: {reason}")
        };
        match self {
            Self::Unavailable(reason) => Self::Unavailable(about(reason)),
            Self::BadAnswer(reason) => Self::BadAnswer(about(reason)),
            Self::Misconfigured(reason) => Self::Misconfigured(about(reason)),
            denied @ Self::Denied { .. } => denied,
        }
    }
}

/// In characters: parts of a reason come from the provider.
const LONGEST_REASON: usize = 500;
