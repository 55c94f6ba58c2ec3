//! From a configuration to a running server, and its orderly end.
use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    accounts::{hashing::Hasher, setup, signing},
    clock::Clock,
    config::Config,
    gateway::{self, Cache, Due, Gate, Keyring, Loader, Uses},
    housekeeping,
    http::{Cookies, Doors, Limits, Redeeming},
    mail::Mailer,
    oidc::Provider,
    state::{App, LiveSettings, Parts},
};

mod client;
mod listener;
pub mod open;

/// What hangs when all has ended is let go of by then.
const LET_GO_WITHIN: Duration = Duration::from_secs(3);

/// A server that accepts requests.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What its requests share.
    pub app: App,
    setup_link: Option<String>,
    end: CancellationToken,
    tasks: TaskTracker,
    streams: JoinHandle<()>,
}

/// Binds to the configured address, opens everything and begins to serve.
///
/// # Errors
/// When the address is taken, the database does not answer, its schema is newer, or the master key is not its
/// own: what is wrong, and what to do. Providers and Redis may be away.
pub async fn start(config: Config, clock: Clock) -> anyhow::Result<Running> {
    let listener = bind(config.listen).await?;
    start_on(config, clock, vec![listener]).await
}

/// Serves on listeners that are bound already; the first is the one whose address counts.
///
/// # Errors
/// As [`start`].
pub async fn start_on(config: Config, clock: Clock, listeners: Vec<TcpListener>) -> anyhow::Result<Running> {
    let first = listeners.first().ok_or_else(|| anyhow!("there is nothing to listen on"))?;
    let address = first.local_addr().context("the address that we listen on is not known")?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let app = assemble(config, clock).await?;
    let setup_link = setup::token(&app.db, &app.master).await?;
    let setup_link = setup_link.map(|token| format!("{}setup?token={token}", app.config.public_url));

    let (end, tasks) = (CancellationToken::new(), TaskTracker::new());
    tasks.spawn(housekeeping::run(app.clone(), end.clone()));
    let doors = Doors::new(app.clone());
    for listener in listeners {
        tasks.spawn(listener::serve(listener, doors.clone(), end.clone()));
    }
    tasks.close();
    let streams = tokio::spawn(look_after_streams(app.clone()));
    tracing::info!(%address, public_url = %app.config.public_url, "narthex serves");
    Ok(Running { address, app, setup_link, end, tasks, streams })
}

impl Running {
    /// Where the first superuser is made, while there has been none.
    pub fn setup_link(&self) -> Option<String> {
        self.setup_link.clone()
    }

    /// Accepts nothing more, ends what would not end by itself, finishes what has begun (for 30 seconds), notes which
    /// sessions were used, and lets the database go. A database that hangs holds nobody up.
    pub async fn stop(self) {
        self.end.cancel();
        self.app.gate.end_streams();
        let tasks = tokio::time::timeout(listener::FINISH_WITHIN + LET_GO_WITHIN, self.tasks.wait());
        if tasks.await.is_err() {
            tracing::warn!("what runs by the clock did not end in time and was left alone");
        }
        self.streams.abort();
        self.app.gate.cut_streams();
        let noted = tokio::time::timeout(LET_GO_WITHIN, self.app.uses.noted());
        let closed = tokio::time::timeout(LET_GO_WITHIN, self.app.db.close());
        let (noted, closed) = tokio::join!(noted, closed);
        if noted.is_err() {
            tracing::warn!("the session store did not take in time which sessions were used last");
        }
        if closed.is_err() {
            tracing::warn!("the database did not let its connections go in time");
        }
    }

    /// Serves until the process is told to end, then stops. Told a second time, the process ends at once.
    pub async fn until_told(self, mut end: EndOfProcess) {
        end.told().await;
        tracing::info!("narthex accepts nothing more and finishes what has begun");
        let impatient: JoinHandle<()> = tokio::spawn(async move {
            end.told().await;
            tracing::warn!("told to end a second time: narthex ends at once");
            std::process::exit(1);
        });
        self.stop().await;
        impatient.abort();
    }
}

/// SIGINT and SIGTERM, caught from the moment this is made: before there is anything to tidy up.
pub struct EndOfProcess {
    interrupt: Signal,
    terminate: Signal,
}

impl EndOfProcess {
    /// Catches both signals from now on.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn catch() -> anyhow::Result<Self> {
        let catch = |kind| signal(kind).context("signals cannot be caught here");
        Ok(Self { interrupt: catch(SignalKind::interrupt())?, terminate: catch(SignalKind::terminate())? })
    }

    /// Returns when the process is told to end.
    pub async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Goes on while the last requests are finished: what is open then may be cut as at any other time.
async fn look_after_streams(app: App) {
    let mut clock = interval(gateway::EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        app.gate.look_after_streams(&app.gate_parts(), app.clock.now()).await;
    }
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; end what listens there, or set another address in `listen`")
    })
}

async fn assemble(config: Config, clock: Clock) -> anyhow::Result<App> {
    let db = open::database(&config).await?;
    let master = open::master_key(&config, &db).await?;
    let sessions = open::sessions(&config)?;
    if let Err(error) = sessions.ping().await {
        tracing::warn!(
            reason = %error,
            "Redis does not answer; until it does nobody can sign in and the gate answers 503: see that it runs and \
             that redis_url in [sessions] is right"
        );
    }
    let settings = LiveSettings::load(&db, &config.fixed).await?;
    let gate = Gate::new(&config).map_err(anyhow::Error::msg)?;
    signing::begin(&db, &master, clock.now()).await?;
    let keyring = Keyring::load(&db, &master, gate.hosts().origin()).await?;
    let hasher =
        Hasher::new(&config.password).map_err(|error| anyhow!("[password]: argon2 says: {error}"))?;
    let providers = config.providers.iter().cloned();
    let providers = providers.map(|provider| Provider::new(provider, &config.public_url));
    let cache = Arc::new(Cache::new(config.gateway.cache_ttl, config.gateway.stale_if_error));
    Ok(App::new(Parts {
        providers: providers.collect::<Result<_, _>>()?,
        limits: Limits::new(&config, open::limiter(&config, &master)?),
        gate,
        keyring,
        cookies: Cookies::new(&config),
        loader: Loader::new(&db, &sessions),
        uses: Uses::new(&sessions, &cache),
        cache,
        due: Due::default(),
        redeeming: Redeeming::default(),
        settings,
        mailer: Mailer::new(&config).map_err(anyhow::Error::msg)?,
        audit_check: tokio::sync::Mutex::default(),
        hasher,
        sessions,
        master,
        clock,
        db,
        config,
    }))
}
