//! A sign-in under way. Nothing of it is kept here: the `state` carries the one half, sealed, and a
//! short-lived cookie of its own the other.
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{
    secret::{MasterKey, new_id},
    time::Time,
};

/// How long somebody may take at the provider.
pub const FLOW_LIFETIME: Duration = Duration::from_secs(600);

/// What travels through the provider as `state`: sealed, so that only we can make or read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Names the flow's cookie: 32 hexadecimal digits that sort by the time of the beginning. Not a secret.
    pub id: String,
    /// The provider's name in the config file.
    pub provider: String,
    /// Where the person wanted to go.
    pub rd: String,
    /// The handle of the session that links an identity to its account; nothing where somebody signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// What the person is to do at the provider.
    #[serde(default)]
    pub prompt: Prompt,
    /// When the answer is no longer taken.
    pub expires_at: Time,
}

/// What somebody is to do at the provider before they come back (OpenID Connect Core 1.0 §3.1.2.1, `prompt`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Whatever the provider wants: mostly nothing, where they are signed in there.
    #[default]
    Unasked,
    /// Choose with which account. Not every provider knows this one.
    SelectAccount,
    /// Show again who they are.
    Login,
}

impl Prompt {
    /// The value of the parameter; none to leave it out.
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Unasked => None,
            Self::SelectAccount => Some("select_account"),
            Self::Login => Some("login"),
        }
    }
}

/// Why a `state` is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// It is ours, but too old.
    #[error("the sign-in took longer than ten minutes")]
    Expired(Flow),
    /// It is not ours.
    #[error("the `state` was not made by this gateway, or under another master key")]
    Invalid,
}

impl Flow {
    /// A new flow that must come back within [`FLOW_LIFETIME`].
    pub fn begin(provider: impl Into<String>, rd: impl Into<String>, now: Time) -> Self {
        Self {
            id: new_id(now).simple().to_string(),
            provider: provider.into(),
            rd: rd.into(),
            link: None,
            prompt: Prompt::Unasked,
            expires_at: now + FLOW_LIFETIME,
        }
    }

    /// The `state` for the authorization request.
    pub fn seal(&self, key: &MasterKey) -> String {
        key.seal(STATE, &to_json(self))
    }

    /// Reads a `state`; whether its cookie is there too is another question.
    pub fn open(state: &str, key: &MasterKey, now: Time) -> Result<Self, FlowError> {
        let plain = key.open(STATE, state).ok_or(FlowError::Invalid)?;
        let flow: Self = serde_json::from_slice(&plain).map_err(|_| FlowError::Invalid)?;
        if now < flow.expires_at { Ok(flow) } else { Err(FlowError::Expired(flow)) }
    }
}

/// What the browser keeps in the flow's cookie while it is at the provider.
#[derive(Clone, PartialEq, Eq)]
pub struct FlowSecrets {
    /// Must stand in the ID token.
    pub nonce: String,
    /// The PKCE code verifier.
    pub verifier: String,
}

impl FlowSecrets {
    /// The value for the cookie of the flow `flow_id`; opens for no other flow, and not after `expires`.
    pub fn seal(&self, flow_id: &str, expires: Time, key: &MasterKey) -> String {
        let sealed = Sealed { nonce: self.nonce.clone(), verifier: self.verifier.clone(), expires };
        key.seal(&cookie_purpose(flow_id), &to_json(&sealed))
    }

    /// Reads the cookie of the flow `flow_id`; `None` for everything that is not exactly its own.
    pub fn open(flow_id: &str, sealed: &str, key: &MasterKey, now: Time) -> Option<Self> {
        let plain = key.open(&cookie_purpose(flow_id), sealed)?;
        let Sealed { nonce, verifier, expires } = serde_json::from_slice(&plain).ok()?;
        (now < expires).then_some(Self { nonce, verifier })
    }
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    nonce: String,
    verifier: String,
    expires: Time,
}

const STATE: &str = "oidc-state";

fn cookie_purpose(flow_id: &str) -> String {
    format!("oidc-flow:{flow_id}")
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("strings and numbers always have a JSON form")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_micros(1_800_000_000_000_000);

    fn secrets() -> FlowSecrets {
        FlowSecrets { nonce: "n".into(), verifier: "v".into() }
    }

    #[test]
    fn a_state_opens_with_the_key_that_sealed_it_for_ten_minutes() {
        let key = MasterKey::generate();
        let flow = Flow::begin("corp", "/wiki", NOW);
        let state = flow.seal(&key);
        let last = NOW + Duration::from_millis(599_999);
        assert_eq!(Flow::open(&state, &key, last), Ok(flow.clone()));
        assert_eq!(Flow::open(&state, &key, NOW + FLOW_LIFETIME), Err(FlowError::Expired(flow)));
        assert_eq!(Flow::open(&state, &MasterKey::generate(), NOW), Err(FlowError::Invalid));
        assert_eq!(Flow::open("", &key, NOW), Err(FlowError::Invalid));
    }

    #[test]
    fn the_secrets_open_for_their_own_flow_only() {
        let key = MasterKey::generate();
        let (one, other) = (Flow::begin("corp", "/", NOW), Flow::begin("corp", "/", NOW));
        let sealed = secrets().seal(&one.id, one.expires_at, &key);
        assert!(FlowSecrets::open(&one.id, &sealed, &key, NOW) == Some(secrets()));
        assert!(FlowSecrets::open(&other.id, &sealed, &key, NOW).is_none(), "another flow");
        assert!(FlowSecrets::open(&one.id, &sealed, &key, one.expires_at).is_none(), "too late");
        assert!(FlowSecrets::open(&one.id, &one.seal(&key), &key, NOW).is_none(), "a state is no cookie");
        assert_eq!(Flow::open(&sealed, &key, NOW), Err(FlowError::Invalid), "a cookie is no state");
    }

    #[test]
    fn flows_sort_by_their_beginning() {
        let older = Flow::begin("corp", "/", NOW);
        let newer = Flow::begin("corp", "/", NOW + Duration::from_millis(1));
        assert!(older.id < newer.id);
        assert!(older.id.len() == 32 && older.id.bytes().all(|b| b.is_ascii_hexdigit()));
    }
}
