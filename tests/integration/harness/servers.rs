//! The private Redis and PostgreSQL that `tests/run` starts, and a Redis that a story starts for itself.
use std::{
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use url::Url;

/// Where Redis is.
pub(crate) fn redis() -> String {
    started("NARTHEX_TEST_REDIS")
}

/// A Redis of one's own, for what would disturb others; gone when this is.
pub(crate) struct OwnRedis {
    server: Child,
    port: u16,
    folder: TempDir,
}

impl OwnRedis {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = super::free_port();
        Self { server: begin(port, folder.path()), port, folder }
    }

    /// Ends it; what it held is gone.
    pub(crate) fn stop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Starts it again, empty, where it was.
    pub(crate) fn start_again(&mut self) {
        self.server = begin(self.port, self.folder.path());
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Runs one command by hand.
    pub(crate) async fn run<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        redis::cmd(command[0]).arg(&command[1..]).query_async(&mut connection).await.unwrap()
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        let _gone_already = self.server.kill();
        let _gone_already = self.server.wait();
    }
}

fn begin(port: u16, folder: &Path) -> Child {
    let mut server = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(["--loglevel", "warning", "--dir"])
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return server;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    server.kill().unwrap();
    server.wait().unwrap();
    panic!("Redis does not start");
}

/// Where PostgreSQL is: its administrator's URL.
pub(crate) fn postgres() -> String {
    started("NARTHEX_TEST_POSTGRES")
}

/// A new, empty database; its URL.
pub(crate) async fn create_database() -> String {
    let name = format!("t{}", super::new_id().simple());
    administer(format!("CREATE DATABASE {name}")).await;
    let mut url = Url::parse(&postgres()).unwrap();
    url.set_path(&name);
    url.into()
}

/// Removes a database, whoever still uses it.
pub(crate) async fn drop_database(url: &str) {
    let name = Url::parse(url).unwrap().path().trim_start_matches('/').to_owned();
    administer(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
}

async fn administer(sql: String) {
    let mut connection = PgConnection::connect(&postgres()).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "tests/run tells by the environment where its servers are")]
fn started(variable: &str) -> String {
    let value = std::env::var_os(variable).and_then(|value| value.into_string().ok());
    value.unwrap_or_else(|| {
        panic!("{variable} is not set: this test needs real servers; start them with tests/run")
    })
}
