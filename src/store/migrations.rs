//! The schema: made and brought up to date under a lock, all in one transaction, so that instances may start
//! at the same time and a migration that fails leaves nothing behind.
use std::collections::BTreeSet;

use sqlx::migrate::{MigrateError, Migrator};

use super::{Conn, Db, Tx};

/// Why the schema cannot be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A newer program was here.
    #[error(
        "a newer narthex has changed this database (it has migration {found}, this program knows up to {known}); \
         start that version again, or restore the backup from before"
    )]
    Newer {
        /// The newest migration in the database that we do not know.
        found: i64,
        /// Our newest.
        known: i64,
    },
    /// The text of a migration is not what was applied.
    #[error(
        "migration {0} in this database is not the one that this program has; use an unchanged release of narthex"
    )]
    Changed(i64),
    /// A migration did not go through.
    #[error("the database could not be brought up to date, and is as it was")]
    Failed(#[source] MigrateError),
    /// The database.
    #[error(transparent)]
    Store(#[from] super::Error),
}

/// How a database's schema stands to this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// How many migrations it has.
    pub applied: usize,
    /// How many are to come.
    pub pending: usize,
}

/// Brings the schema up to date; whoever comes second waits and finds it done.
///
/// # Errors
/// See [`Error`].
pub async fn migrate(db: &Db) -> Result<Schema, Error> {
    let mut tx = db.write().await?;
    lock(&mut tx).await?;
    let before = schema_in(&mut tx).await?;
    let mut migrator = migrator();
    // The lock of our own ends with the transaction, also when the connection goes back to its pool.
    migrator.set_locking(false);
    let done = match tx.conn() {
        Conn::Sqlite(conn) => migrator.run_direct(None, conn, false).await,
        Conn::Postgres(conn) => migrator.run_direct(None, conn, false).await,
    };
    done.map_err(|error| match error {
        MigrateError::VersionMismatch(version) => Error::Changed(version),
        other => Error::Failed(other),
    })?;
    tx.commit().await?;
    Ok(before)
}

/// Looks at the schema and changes nothing.
///
/// # Errors
/// [`Error::Newer`], or when the database does not answer.
pub async fn schema(db: &Db) -> Result<Schema, Error> {
    schema_in(&mut db.read().await?).await
}

fn migrator() -> Migrator {
    sqlx::migrate!("./migrations")
}

async fn schema_in(tx: &mut Tx) -> Result<Schema, Error> {
    let applied: BTreeSet<i64> = applied(tx).await?.into_iter().collect();
    let known: BTreeSet<i64> = migrator().iter().map(|migration| migration.version).collect();
    if let Some(found) = applied.difference(&known).max() {
        return Err(Error::Newer { found: *found, known: known.last().copied().unwrap_or_default() });
    }
    Ok(Schema { applied: applied.len(), pending: known.len() - applied.len() })
}

/// Versions of the migrations that the database has; none when it is empty.
async fn applied(tx: &mut Tx) -> Result<Vec<i64>, super::Error> {
    let table = match tx.conn() {
        Conn::Sqlite(conn) => {
            sqlx::query_scalar::<_, i64>("SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'")
                .fetch_optional(conn)
                .await?
        }
        Conn::Postgres(conn) => {
            sqlx::query_scalar("SELECT 1::bigint WHERE to_regclass('_sqlx_migrations') IS NOT NULL")
                .fetch_optional(conn)
                .await?
        }
    };
    if table.is_none() {
        return Ok(vec![]);
    }
    Ok(sql!(tx, scalar i64, fetch_all, "SELECT version FROM _sqlx_migrations ORDER BY version")?)
}

/// SQLite's write transaction is a lock by itself. Waiting, and a migration of a large table, may take longer
/// than other statements may.
async fn lock(tx: &mut Tx) -> Result<(), super::Error> {
    if let Conn::Postgres(conn) = tx.conn() {
        for statement in [
            "SET LOCAL lock_timeout = '10min'",
            "SET LOCAL statement_timeout = 0",
            "SELECT pg_advisory_xact_lock(7305000)",
        ] {
            sqlx::query(statement).execute(&mut *conn).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::facts;

    async fn empty() -> (tempfile::TempDir, Db) {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite://{}", folder.path().join("n.db").display())).await.unwrap();
        (folder, db)
    }

    #[tokio::test]
    async fn whoever_comes_second_finds_it_done() {
        let (folder, db) = empty().await;
        let url = format!("sqlite://{}", folder.path().join("n.db").display());
        let other = Db::connect(&url).await.unwrap();
        let (one, two) = tokio::join!(migrate(&db), migrate(&other));
        let mut applied = [one.unwrap().applied, two.unwrap().applied];
        applied.sort_unstable();
        assert_eq!(applied, [0, migrator().iter().count()]);
        assert_eq!(schema(&db).await.unwrap().pending, 0);
        assert!(facts::get(&mut db.read().await.unwrap(), "nothing").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn looking_changes_nothing() {
        let (_folder, db) = empty().await;
        let seen = schema(&db).await.unwrap();
        assert_eq!((seen.applied, seen.pending), (0, migrator().iter().count()));
        assert!(facts::get(&mut db.read().await.unwrap(), "nothing").await.is_err(), "there is no table yet");
    }

    #[tokio::test]
    async fn a_newer_schema_is_refused() {
        let (_folder, db) = empty().await;
        migrate(&db).await.unwrap();
        let mut tx = db.write().await.unwrap();
        sql!(
            tx,
            execute,
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'from tomorrow', TRUE, '', 0)",
        )
        .unwrap();
        tx.commit().await.unwrap();
        for error in [migrate(&db).await.unwrap_err(), schema(&db).await.unwrap_err()] {
            assert!(
                error
                    .to_string()
                    .starts_with("a newer narthex has changed this database (it has migration 9999, ")
            );
        }
    }
}
