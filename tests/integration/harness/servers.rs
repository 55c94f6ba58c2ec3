//! The private Redis and PostgreSQL that `tests/run` starts.
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use url::Url;

/// Where Redis is.
pub(crate) fn redis() -> String {
    started("NARTHEX_TEST_REDIS")
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
