//! The table `signups`: applications whose address is not verified yet.
use uuid::Uuid;

use super::{Error, Tx};
use crate::domain::{
    language::Language,
    time::Time,
    user::{DisplayName, Email, Username},
};

/// A sign-up that waits for the click on its link.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Signup {
    /// Its id, which its link is bound to.
    pub id: Uuid,
    /// The address that the link went to.
    pub email: Email,
    /// The name to be shown.
    pub display_name: DisplayName,
    /// The wished-for login name.
    pub username: Option<Username>,
    /// PHC string of the chosen password.
    pub password_hash: String,
    /// Why they want in.
    pub reason: Option<String>,
    /// In which language they are written to.
    pub language: Language,
    /// From which address it came.
    pub address: String,
    /// Of which network that is.
    pub network: String,
    /// When it came.
    pub created_at: Time,
    /// Until when it can be verified.
    pub expires_at: Time,
}

/// Keeps a sign-up.
pub async fn insert(tx: &mut Tx, signup: &Signup) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO signups (id, email, email_key, display_name, username, password_hash, reason, language, address, \
         network, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        signup.id,
        &signup.email,
        signup.email.key(),
        &signup.display_name,
        &signup.username,
        &signup.password_hash,
        &signup.reason,
        signup.language,
        &signup.address,
        &signup.network,
        signup.created_at,
        signup.expires_at,
    )?;
    Ok(())
}

/// A sign-up that can still be verified.
pub async fn find(tx: &mut Tx, id: Uuid, now: Time) -> Result<Option<Signup>, Error> {
    Ok(sql!(
        tx,
        Signup,
        fetch_optional,
        "SELECT id, email, display_name, username, password_hash, reason, language, address, network, created_at, \
         expires_at FROM signups WHERE id = $1 AND expires_at > $2",
        id,
        now,
    )?)
}

/// Forgets every sign-up of an address.
pub async fn delete_of(tx: &mut Tx, email: &Email) -> Result<(), Error> {
    sql!(tx, execute, "DELETE FROM signups WHERE email_key = $1", email.key())?;
    Ok(())
}

/// How many wait in all.
pub async fn count(tx: &mut Tx, now: Time) -> Result<i64, Error> {
    Ok(sql!(tx, scalar i64, fetch_one, "SELECT count(*) FROM signups WHERE expires_at > $1", now)?)
}

/// How many wait that came from a network.
pub async fn count_from(tx: &mut Tx, network: &str, now: Time) -> Result<i64, Error> {
    let text = "SELECT count(*) FROM signups WHERE network = $1 AND expires_at > $2";
    Ok(sql!(tx, scalar i64, fetch_one, text, network, now)?)
}

/// Forgets those whose time is over.
pub async fn purge(tx: &mut Tx, now: Time) -> Result<u64, Error> {
    Ok(sql!(tx, execute, "DELETE FROM signups WHERE expires_at <= $1", now)?)
}
