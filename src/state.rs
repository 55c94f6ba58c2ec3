//! What requests share; no logic.
use std::{
    ops::Deref,
    sync::{Arc, PoisonError, RwLock},
};

use crate::{
    accounts::{hashing::Hasher, settings},
    clock::Clock,
    config::Config,
    domain::{
        principal::Principal,
        secret::MasterKey,
        session::SessionToken,
        settings::{Fixed, Settings},
        time::Time,
    },
    gateway::{self, Cache, Due, Gate, Keyring, Loader, Uses},
    http::{Cookies, Limits, Redeeming},
    mail::Mailer,
    oidc::Provider,
    session::SessionStore,
    store::{self, Db},
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
    pub sessions: Arc<dyn SessionStore>,
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
    /// What administrators may change, as it is in force.
    pub settings: LiveSettings,
    /// Reads the accounts behind sessions.
    pub loader: Loader,
    /// What the gate read a moment ago.
    pub cache: Arc<Cache>,
    /// Notes which sessions were used.
    pub uses: Uses,
    /// Sessions whose provider has to be asked again.
    pub due: Due,
    /// Sign-ins that have just come back from a provider.
    pub redeeming: Redeeming,
    /// Signs assertions.
    pub keyring: Keyring,
    /// Delivers mail.
    pub mailer: Mailer,
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
            lifetimes: self.settings().lifetimes,
            loader: &self.loader,
            cache: &self.cache,
            due: &self.due,
            uses: &self.uses,
            is_use: true,
            not_before: None,
        }
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.now()
    }

    /// Reads the settings again if they were changed, here or by another instance.
    ///
    /// # Errors
    /// When the database does not answer; what was in force stays.
    pub async fn refresh_settings(&self) -> Result<(), store::Error> {
        self.settings.refresh(&self.db, &self.config.fixed).await
    }

    /// Reads the signing keys again if they were changed, here or by another instance.
    ///
    /// # Errors
    /// When the database does not answer; those that were read before go on.
    pub async fn refresh_keys(&self) -> Result<(), store::Error> {
        self.keyring.refresh(&self.db, &self.master).await
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

/// Settings in force, with the version that they were read under.
pub struct LiveSettings(RwLock<(Arc<Settings>, i64)>);

impl LiveSettings {
    /// Reads them for the first time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(db: &Db, fixed: &Fixed) -> Result<Self, store::Error> {
        let (settings, version) = settings::load(&mut db.read().await?, fixed).await?;
        Ok(Self(RwLock::new((Arc::new(settings), version))))
    }

    fn now(&self) -> Arc<Settings> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).0)
    }

    async fn refresh(&self, db: &Db, fixed: &Fixed) -> Result<(), store::Error> {
        let mut tx = db.read().await?;
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).1;
        if store::settings::version(&mut tx).await? != known {
            let (settings, version) = settings::load(&mut tx, fixed).await?;
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = (Arc::new(settings), version);
        }
        Ok(())
    }
}
