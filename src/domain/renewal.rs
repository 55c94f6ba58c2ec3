//! What a provider gave together with a sign-in, for later: to be asked about the person again, and to be told of
//! their sign-out.
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{identity::Identity, secret::MasterKey, time::Time};

/// The longest ID token in bytes that is kept: a longer one would not fit into an address.
const LONGEST_HINT: usize = 6 * 1024;

/// What came with a sign-in beside the person's profile.
#[derive(Clone)]
pub struct Tokens {
    /// The ID token as it came. Signed, not secret, but about a person.
    pub id_token: String,
    /// How the provider can be asked again; nothing without a refresh token.
    pub renewal: Option<Renewal>,
}

/// By what a provider is asked about a person again, and what it may answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// The refresh token (RFC 6749 §1.5); a secret of ours.
    pub token: String,
    /// Who signed in.
    pub issuer: String,
    /// Their name there.
    pub subject: String,
    /// The nonce of the sign-in: a refreshed ID token has this one or none (OpenID Connect Core 1.0 §12.2).
    pub nonce: String,
}

impl Renewal {
    /// Who signed in.
    pub fn identity(&self) -> Identity {
        Identity { issuer: self.issuer.clone(), subject: self.subject.clone() }
    }

    /// For the database; opens for no other session. `session` is by what that is revoked.
    pub fn seal(&self, session: &str, key: &MasterKey) -> String {
        let plain = serde_json::to_vec(self).expect("texts always have a JSON form");
        key.seal(&purpose("oidc-renewal", session), &plain)
    }

    /// Reads [`Renewal::seal`]; nothing when it was made for another session, or under another master key.
    pub fn open(sealed: &str, session: &str, key: &MasterKey) -> Option<Self> {
        serde_json::from_slice(&key.open(&purpose("oidc-renewal", session), sealed)?).ok()
    }
}

impl Tokens {
    /// The ID token for the database, unless it is too long ever to be shown to the provider again.
    pub fn seal_hint(&self, session: &str, key: &MasterKey) -> Option<String> {
        let fits = (1..=LONGEST_HINT).contains(&self.id_token.len());
        fits.then(|| key.seal(&purpose("oidc-hint", session), self.id_token.as_bytes()))
    }
}

/// Reads [`Tokens::seal_hint`].
pub fn open_hint(sealed: &str, session: &str, key: &MasterKey) -> Option<String> {
    String::from_utf8(key.open(&purpose("oidc-hint", session), sealed)?).ok()
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(…)")
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewal(…)")
    }
}

fn purpose(of: &str, session: &str) -> String {
    format!("{of}:{session}")
}

/// Until when a session counts without its provider being asked again; as the database has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// From when on the provider has to be asked.
    pub ask_at: Time,
    /// From when on the session counts no longer, because the provider was asked and has not answered since.
    pub ends_at: Option<Time>,
}

impl Vouched {
    /// Whether the provider has to be asked.
    pub fn is_due(&self, now: Time) -> bool {
        now >= self.ask_at
    }

    /// Whether the provider has not answered for too long.
    pub fn is_over(&self, now: Time) -> bool {
        self.ends_at.is_some_and(|ends_at| now >= ends_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_for_one_session_opens_for_no_other() {
        let key = MasterKey::generate();
        let text = |text: &str| text.to_owned();
        let renewal = Renewal { token: text("t"), issuer: text("i"), subject: text("s"), nonce: text("n") };
        let sealed = renewal.seal("s:one", &key);
        assert!(Renewal::open(&sealed, "s:one", &key) == Some(renewal.clone()));
        assert!(Renewal::open(&sealed, "s:two", &key).is_none());
        assert!(Renewal::open(&sealed, "s:one", &MasterKey::generate()).is_none());
        assert!(open_hint(&sealed, "s:one", &key).is_none(), "a renewal is no hint");
        let tokens = |length: usize| Tokens { id_token: "x".repeat(length), renewal: None };
        let hint = tokens(LONGEST_HINT).seal_hint("s:one", &key).unwrap();
        assert_eq!(open_hint(&hint, "s:one", &key), Some("x".repeat(LONGEST_HINT)));
        assert!(open_hint(&hint, "s:two", &key).is_none());
        assert!(tokens(LONGEST_HINT + 1).seal_hint("s:one", &key).is_none());
        assert!(tokens(0).seal_hint("s:one", &key).is_none());
        assert!(!format!("{renewal:?}{:?}", tokens(3)).contains("xxx"));
    }
}
