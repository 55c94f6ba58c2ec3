//! What requests share; no logic.
use std::{ops::Deref, sync::Arc};

use crate::{
    accounts::hashing::Hasher,
    clock::Clock,
    config::Config,
    domain::{principal::Principal, secret::MasterKey, session::SessionToken, time::Time},
    gateway::{self, Gate},
    http::{Cookies, Limits},
    oidc::Provider,
    session::SessionStore,
    store::Db,
};

/// A handle on everything that requests share; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What requests share.
pub struct Parts {
    /// Every setting.
    pub config: Config,
    /// Accounts and the audit log.
    pub db: Db,
    /// Sessions.
    pub sessions: Box<dyn SessionStore>,
    /// The time.
    pub clock: Clock,
    /// What is sealed is sealed with it.
    pub master: MasterKey,
    /// Hashes passwords.
    pub hasher: Hasher,
    /// Counts failures.
    pub limits: Limits,
    /// In the order of the sign-in page.
    pub providers: Vec<Provider>,
    /// Decides who passes.
    pub gate: Gate,
    /// Reads and writes our cookies.
    pub cookies: Cookies,
    /// Held by the check of the audit log that is at work.
    pub audit_check: tokio::sync::Mutex<()>,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// What the gate decides from.
    pub fn gate_parts(&self) -> gateway::Parts<'_> {
        gateway::Parts {
            db: &self.db,
            sessions: self.sessions.as_ref(),
            lifetimes: &self.config.sessions.lifetimes,
        }
    }

    /// Who holds both parts of a session's secret, if that session stands.
    ///
    /// # Errors
    /// When the session store or the database does not answer.
    pub async fn principal(
        &self,
        token: &SessionToken,
        now: Time,
    ) -> Result<Option<Principal>, gateway::Error> {
        gateway::principal(&self.gate_parts(), token, now).await
    }

    /// The provider of this name.
    pub fn provider(&self, name: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.name() == name)
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
