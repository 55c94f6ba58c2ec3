//! `narthex session …`: who is signed in where, at the command line of the server.
use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde::Serialize;

use super::{
    Common,
    user::{Who, columns},
};
use crate::{
    accounts::{By, administration, settings},
    clock::Clock,
    config::{Config, SessionStoreKind},
    domain::{
        device::Device,
        session::{Lifetimes, Session, SessionDigest},
        time::Time,
        user::User,
    },
    server::open,
    session::{Kept, SessionStore},
    store::{Db, users},
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Show somebody's sessions.
    List(Who),
    /// End all sessions of somebody, or one of them.
    Revoke {
        #[command(flatten)]
        who: Who,
        /// Only this one: its handle, as `list` shows it.
        #[arg(long, value_name = "HANDLE", allow_hyphen_values = true)]
        session: Option<String>,
    },
}

pub(super) async fn run(common: &Common, command: Command) -> anyhow::Result<()> {
    let (config, db) = common.open().await?;
    let now = Clock::System.now();
    match command {
        Command::List(who) => {
            let user = who.find(&db).await?;
            let sessions = standing(&config, &db, store(&config)?.as_ref(), &user, now).await?;
            let shown: Vec<_> = sessions.iter().map(|(_, session)| Shown::of(session)).collect();
            common.answer(&shown, table(&shown));
        }
        Command::Revoke { who, session: None } => {
            let user = who.find(&db).await?;
            // Read before: what begins afterwards is none of these.
            let (store, mut sessions) = (store(&config).ok(), vec![]);
            if let Some(store) = &store {
                sessions = store.of_user(user.id, now).await.unwrap_or_default();
            }
            administration::sign_out(&db, &By::cli(), user.id, now).await?;
            if let Some(store) = &store {
                forget(store.as_ref(), &sessions).await;
            }
            let what = format!("{} (number {}) is signed out everywhere", user.username, user.number);
            common.answer(&Revoked { user: user.username.as_str(), session: None }, what);
        }
        Command::Revoke { who, session: Some(handle) } => {
            let user = who.find(&db).await?;
            let store = store(&config)?;
            let sessions = standing(&config, &db, store.as_ref(), &user, now).await?;
            let found = sessions.into_iter().find(|(_, session)| *session.handle == *handle);
            let (digest, session) = found.with_context(|| {
                format!("{} has no session {handle}; `narthex session list` shows all", user.username)
            })?;
            administration::end_session(&db, &By::cli(), &session, &lifetimes(&config, &db).await?, now)
                .await?;
            forget(store.as_ref(), &[(digest, session)]).await;
            let what = format!("{} (number {}) is signed out there", user.username, user.number);
            common.answer(&Revoked { user: user.username.as_str(), session: Some(&handle) }, what);
        }
    }
    db.close().await;
    Ok(())
}

/// Where sessions are kept, if that is anywhere but in the running server.
fn store(config: &Config) -> anyhow::Result<std::sync::Arc<dyn SessionStore>> {
    if matches!(config.sessions.store, SessionStoreKind::Memory) {
        bail!(
            "[sessions] store = \"memory\": the sessions are in the running server and nobody else sees them. \
             Open /admin/sessions there, or end all of somebody's with `narthex session revoke USER`, \
             which works at once"
        );
    }
    open::sessions(config)
}

/// How long sessions last at this moment.
async fn lifetimes(config: &Config, db: &Db) -> anyhow::Result<Lifetimes> {
    Ok(settings::load(&mut db.read().await?, &config.fixed).await?.0.lifetimes)
}

/// The sessions of this account that stand, newest first.
async fn standing(
    config: &Config,
    db: &Db,
    store: &dyn SessionStore,
    user: &User,
    now: Time,
) -> anyhow::Result<Vec<Kept>> {
    let kept = store.of_user(user.id, now).await?;
    let lifetimes = lifetimes(config, db).await?;
    let mut standing = vec![];
    for (digest, session) in kept {
        let account = users::find_for_session(&mut db.read().await?, &session).await?;
        if account.is_some_and(|user| session.stands(&user, &lifetimes, now)) {
            standing.push((digest, session));
        }
    }
    Ok(standing)
}

/// Tidies away sessions that are over already.
async fn forget(store: &dyn SessionStore, sessions: &[Kept]) {
    let over: Vec<(SessionDigest, _)> =
        sessions.iter().map(|(digest, session)| (*digest, session.user_id)).collect();
    if let Err(error) = store.remove_all(&over).await {
        tracing::warn!(%error, "ended sessions stay in the store until they expire");
    }
}

/// What was ended, as machines see it.
#[derive(Serialize)]
struct Revoked<'a> {
    user: &'a str,
    session: Option<&'a str>,
}

/// A session as machines see it.
#[derive(Serialize)]
struct Shown<'a> {
    handle: &'a str,
    signed_in: String,
    last_seen: String,
    address: &'a str,
    provider: Option<&'a str>,
    user_agent: &'a str,
}

impl<'a> Shown<'a> {
    fn of(session: &'a Session) -> Self {
        Self {
            handle: &session.handle,
            signed_in: session.created_at.rfc3339(),
            last_seen: session.seen_at.rfc3339(),
            address: &session.address,
            provider: session.provider.as_deref(),
            user_agent: &session.user_agent,
        }
    }

    /// What the person sits in front of. A user agent may hold anything; a terminal gets what can be seen.
    fn device(&self) -> String {
        match Device::read(self.user_agent) {
            Some(device) => format!("{} on {}", device.browser, device.system),
            None => self.user_agent.chars().filter(|c| !c.is_control()).take(60).collect(),
        }
    }
}

fn table(sessions: &[Shown<'_>]) -> String {
    let mut rows =
        vec![["HANDLE", "DEVICE", "ADDRESS", "WITH", "SIGNED IN", "LAST SEEN"].map(str::to_owned).to_vec()];
    rows.extend(sessions.iter().map(|session| {
        let with = session.provider.unwrap_or("password");
        let (signed_in, last_seen) = (&session.signed_in[..19], &session.last_seen[..19]);
        [session.handle, &session.device(), session.address, with, signed_in, last_seen]
            .map(str::to_owned)
            .to_vec()
    }));
    columns(&rows)
}
