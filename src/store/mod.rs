//! The database: one SQL text, on SQLite or PostgreSQL. No rules and no clock in here.
use std::{
    str::FromStr as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection,
    SqlitePool, Transaction,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

/// Runs one query on whichever database `$on` is: `sql!(on, User, fetch_optional, "…", args…)`; with as many
/// arguments as there are, for [`placeholders`]: `sql!(on, User, each args, "…")`.
macro_rules! sql {
    (@on $on:expr, $conn:ident => $run:expr) => {
        match $on.conn() {
            $crate::store::Conn::Sqlite($conn) => $run,
            $crate::store::Conn::Postgres($conn) => $run,
        }
    };
    ($on:expr, execute, $sql:expr $(, $arg:expr)* $(,)?) => {
        sql!(@on $on, c => sqlx::query($sql)$(.bind($arg))*.execute(c).await.map(|done| done.rows_affected()))
    };
    ($on:expr, scalar $T:ty, $fetch:ident, $sql:expr $(, $arg:expr)* $(,)?) => {
        sql!(@on $on, c => sqlx::query_scalar::<_, $T>($sql)$(.bind($arg))*.$fetch(c).await)
    };
    ($on:expr, $T:ty, each $values:expr, $sql:expr) => {
        sql!(@on $on, c => {
            let query = sqlx::query_as::<_, $T>($sql);
            $values.iter().fold(query, |query, value| query.bind(value)).fetch_all(c).await
        })
    };
    ($on:expr, $T:ty, $fetch:ident, $sql:expr $(, $arg:expr)* $(,)?) => {
        sql!(@on $on, c => sqlx::query_as::<_, $T>($sql)$(.bind($arg))*.$fetch(c).await)
    };
}

pub mod applications;
pub mod audit;
pub mod audit_chain;
pub mod blocked_emails;
pub mod counters;
pub mod dormant;
pub mod facts;
pub mod grants;
pub mod identities;
pub mod known_places;
pub mod mail_tokens;
pub mod migrations;
pub mod outbox;
pub mod passwords;
pub mod principals;
pub mod provider_sessions;
pub mod provider_warnings;
pub mod recent_users;
pub mod revocations;
pub mod roles;
pub mod settings;
pub mod signing_keys;
pub mod signups;
pub mod sync_warnings;
pub mod user_list;
mod user_row;
pub mod users;

/// A column whose value may be of a kind that is never written, which SQLite allows: `spoilt` stands for it then.
fn lenient<'r, R: sqlx::Row, T>(row: &'r R, name: &'static str, spoilt: T) -> T
where
    &'static str: sqlx::ColumnIndex<R>,
    T: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    row.try_get(name).unwrap_or(spoilt)
}

/// The database that holds accounts and the audit log. A clone is the same database.
#[derive(Clone)]
pub struct Db {
    /// Connections to it.
    pub pools: Pools,
    /// How often what principals are made of was changed over this handle.
    generation: Arc<AtomicU64>,
}

/// Connections to the database.
#[derive(Clone)]
pub enum Pools {
    /// One file, in this process.
    Sqlite {
        /// Many readers.
        read: SqlitePool,
        /// One writer, because SQLite has one.
        write: SqlitePool,
    },
    /// A server.
    Postgres(PgPool),
}

/// What queries run on: a transaction from [`Db::write`], or a bare connection from [`Db::read`].
pub struct Tx {
    on: On,
    generation: Arc<AtomicU64>,
    changes_principals: bool,
}

enum On {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
    SqliteRead(PoolConnection<Sqlite>),
    PostgresRead(PoolConnection<Postgres>),
}

impl On {
    async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
            Self::SqliteRead(_) | Self::PostgresRead(_) => Ok(()),
        }
    }
}

pub(crate) enum Conn<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// The database did not do what it was asked; the cause says why.
#[derive(Debug, thiserror::Error)]
#[error("the database does not answer as it should")]
pub struct Error(#[from] pub sqlx::Error);

impl Error {
    /// Whether what was written names something that is not there, or what was removed is still named.
    pub fn is_foreign_key(&self) -> bool {
        matches!(&self.0, sqlx::Error::Database(error) if error.is_foreign_key_violation())
    }
}

impl Db {
    /// Opens `sqlite://path` (made if missing) or `postgres://…`; does not migrate.
    ///
    /// # Errors
    /// When the URL cannot be read or the database does not answer within ten seconds.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let patience = Duration::from_secs(10);
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(url)?.application_name("narthex").options([
                ("statement_timeout", "30s"),
                ("lock_timeout", "10s"),
                ("idle_in_transaction_session_timeout", "30s"),
            ]);
            // A pool goes on trying and in the end tells nothing but that time is over; one connection by itself
            // tells why.
            let first = tokio::time::timeout(patience, options.connect());
            first.await.map_err(|_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))??.close().await?;
            let pool = PgPoolOptions::new().max_connections(20).acquire_timeout(patience);
            // Asked before each use, a connection would cost a round trip more for every request of the gate.
            let pool = pool.test_before_acquire(false).before_acquire(|connection, about| {
                Box::pin(async move {
                    if about.idle_for > ASK_AFTER {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            });
            return Ok(Self::of(Pools::Postgres(pool.connect_lazy_with(options))));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(patience);
        let write = SqlitePoolOptions::new().max_connections(1).acquire_timeout(patience);
        let write = unlocked(write, options.clone(), patience).await?;
        let read = SqlitePoolOptions::new().max_connections(8).acquire_timeout(patience);
        let options = options.read_only(true).create_if_missing(false);
        let read = unlocked(read, options, patience).await?;
        Ok(Self::of(Pools::Sqlite { read, write }))
    }

    fn of(pools: Pools) -> Self {
        Self { pools, generation: Arc::default() }
    }

    /// How often what principals are made of was changed over this handle or a clone of it. What was read
    /// under another generation may be old.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    fn tx(&self, on: On) -> Tx {
        Tx { on, generation: Arc::clone(&self.generation), changes_principals: false }
    }

    /// A connection for single reads.
    ///
    /// # Errors
    /// When none is to be had.
    pub async fn read(&self) -> Result<Tx, Error> {
        Ok(self.tx(match &self.pools {
            Pools::Sqlite { read, .. } => On::SqliteRead(read.acquire().await?),
            Pools::Postgres(pool) => On::PostgresRead(pool.acquire().await?),
        }))
    }

    /// A transaction to write in. SQLite lets in one writer at a time, and makes it wait here.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn write(&self) -> Result<Tx, Error> {
        Ok(self.tx(match &self.pools {
            Pools::Sqlite { write, .. } => On::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => On::Postgres(pool.begin().await?),
        }))
    }

    /// Answers when the database does.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        let mut tx = self.read().await?;
        sql!(tx, scalar i32, fetch_one, "SELECT 1")?;
        Ok(())
    }

    /// Lets every connection go.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match &mut self.on {
            On::Sqlite(tx) => Conn::Sqlite(tx),
            On::Postgres(tx) => Conn::Postgres(tx),
            On::SqliteRead(conn) => Conn::Sqlite(conn),
            On::PostgresRead(conn) => Conn::Postgres(conn),
        }
    }

    /// Says that this transaction changes what a principal is made of: an account, what was given to it, or
    /// which of its sessions have ended. What is remembered of them is old once it commits.
    fn changes_principals(&mut self) {
        self.changes_principals = true;
    }

    /// Keeps the changes; a transaction dropped without this leaves none.
    ///
    /// # Errors
    /// When the database could not keep them, or could not say that it has.
    pub async fn commit(self) -> Result<(), Error> {
        let Self { on, generation, changes_principals } = self;
        if !changes_principals {
            return Ok(on.commit().await?);
        }
        // A task of its own: whoever waits may hang up, and the database commits all the same.
        let commit = tokio::spawn(async move {
            let done = on.commit().await;
            // Also when the answer was lost: the changes may have been kept.
            generation.fetch_add(1, Ordering::AcqRel);
            done
        });
        Ok(commit.await.map_err(|_| sqlx::Error::WorkerCrashed)??)
    }

    /// Lets the connection go for good, without a word to a database that does not answer.
    pub fn abandon(mut self) {
        match &mut self.on {
            On::SqliteRead(conn) => conn.close_on_drop(),
            On::PostgresRead(conn) => conn.close_on_drop(),
            On::Sqlite(_) | On::Postgres(_) => {}
        }
    }
}

/// Opens a SQLite file again while another process has it locked: where that one has just made it and turns its journal
/// into a WAL, SQLite does not wait by itself.
async fn unlocked(
    pool: SqlitePoolOptions,
    options: SqliteConnectOptions,
    patience: Duration,
) -> Result<SqlitePool, sqlx::Error> {
    /// `SQLITE_BUSY`
    const BUSY: &str = "5";
    let began = std::time::Instant::now();
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Err(sqlx::Error::Database(error))
                if error.code().as_deref() == Some(BUSY) && began.elapsed() < patience =>
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            opened => return opened,
        }
    }
}

/// A connection that was used this recently is not asked whether it still stands.
const ASK_AFTER: Duration = Duration::from_secs(1);

/// `$1, $2, …` for a list of so many.
fn placeholders(many: usize) -> String {
    (1..=many).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ")
}
