//! Why a sign-in at a provider fails, and who can do something about it.
use oauth2::basic::{BasicErrorResponseType, BasicRequestTokenError};

use super::{check::Broken, http::Unreachable};

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
    pub(super) fn of(self, provider: &str) -> Self {
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

impl From<Unreachable> for Error {
    fn from(err: Unreachable) -> Self {
        Self::Unavailable(err.to_string())
    }
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        Self::BadAnswer(broken.to_string())
    }
}

type TokenError = BasicRequestTokenError<Unreachable>;

/// What an authorization error (RFC 6749 §4.1.2.1) means for whoever reads it.
pub(super) fn refused_request(code: &str) -> Error {
    let code = plain_code(code);
    match code.as_str() {
        "server_error" | "temporarily_unavailable" => {
            Error::Unavailable(format!("it answers that it cannot now (`{code}`)"))
        }
        "invalid_request" | "invalid_scope" | "unauthorized_client" | "unsupported_response_type" => {
            Error::Misconfigured(format!(
                "it does not take our request (`{code}`); check `scopes`, and how this client is registered there"
            ))
        }
        _ => Error::Denied { code },
    }
}

/// Without the body that could not be read: it may hold tokens.
pub(super) fn refused_code(err: TokenError) -> Error {
    match err {
        TokenError::Request(err) => err.into(),
        TokenError::Parse(err, _) => {
            Error::BadAnswer(format!("the token endpoint's answer cannot be read at `{}`", err.path()))
        }
        TokenError::Other(reason) => Error::BadAnswer(format!("the token endpoint's answer: {reason}")),
        TokenError::ServerResponse(response) => match response.error() {
            BasicErrorResponseType::InvalidGrant => Error::BadAnswer(
                "the provider does not take the code (invalid_grant): it was used before or is too old"
                    .into(),
            ),
            BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
                Error::Misconfigured(
                    "the provider does not accept us; check client_id, client_auth, and the secret or the key".into(),
                )
            }
            other => Error::Misconfigured(format!(
                "the token endpoint answers `{}`; check how this client is registered at the provider",
                plain_code(other.as_ref())
            )),
        },
    }
}

/// An error code as RFC 6749 has it, for the log; anything could stand in its place.
fn plain_code(code: &str) -> String {
    let plain = (1..=64).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if plain { code.to_owned() } else { "unknown".to_owned() }
}
