//! On what a story runs.
use std::{path::Path, sync::Arc};

use tempfile::TempDir;

use super::servers;

/// A database and a place for sessions that nobody else uses, and a folder; all gone when the last clone is.
#[derive(Clone)]
pub(crate) struct Stack(Arc<Parts>);

struct Parts {
    folder: TempDir,
    database_url: String,
    redis_url: Option<String>,
}

impl Stack {
    /// SQLite, and sessions in the process.
    pub(crate) fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = format!("sqlite://{}", folder.path().join("narthex.db").display());
        Self::new(folder, database_url, None)
    }

    /// PostgreSQL and Redis. Redis is shared by all tests: session ids and user ids are unique anyway.
    pub(crate) async fn servers() -> Self {
        let redis_url = servers::redis();
        Self::new(tempfile::tempdir().unwrap(), servers::create_database().await, Some(redis_url))
    }

    fn new(folder: TempDir, database_url: String, redis_url: Option<String>) -> Self {
        let key = narthex::domain::secret::MasterKey::generate();
        std::fs::write(folder.path().join("master.key"), key.to_text().as_bytes()).unwrap();
        Self(Arc::new(Parts { folder, database_url, redis_url }))
    }

    /// A folder that lives as long as the stack.
    pub(crate) fn folder(&self) -> &Path {
        self.0.folder.path()
    }

    /// The database.
    pub(crate) fn database_url(&self) -> &str {
        &self.0.database_url
    }

    /// The part of the configuration that names these.
    pub(crate) fn config(&self) -> toml::Table {
        let folder = self.folder().display();
        let mut text = format!(
            "data_dir = '{folder}'\nmaster_key_file = '{folder}/master.key'\n[database]\nurl = '{}'\n",
            self.database_url(),
        );
        if let Some(redis) = &self.0.redis_url {
            text += &format!("[sessions]\nstore = 'redis'\nredis_url = '{redis}'\n");
        }
        text.parse().unwrap()
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        if self.redis_url.is_none() {
            return;
        }
        // Its own thread: whoever drops this may be inside a runtime, where blocking is not allowed.
        let url = self.database_url.clone();
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(servers::drop_database(&url));
        });
        let _left_behind = cleaning.join();
    }
}
