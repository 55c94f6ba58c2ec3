//! The table `provider_warnings`: what of providers' claims could not be followed.
use super::{Error, Tx};
use crate::domain::time::Time;

/// Something of a provider's claims that could not be followed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ProviderWarning {
    /// The provider's name in the config file.
    pub provider: String,
    /// What it is, by the word in the audit log.
    pub warning: String,
    /// The claim or role that it is about; empty when there is none.
    pub about: String,
    /// Whom it befell last, by username as it was.
    pub username: String,
    /// When it was first seen.
    pub first_at: Time,
    /// When it was last seen, within a minute.
    pub last_at: Time,
}

/// So long the last sight of a warning is good enough, in microseconds.
const FRESH: i64 = 60_000_000;

/// Notes a warning. One that was noted within a minute is left as it is, so that many sign-ins at once do not wait
/// for one another.
pub async fn note(tx: &mut Tx, seen: &ProviderWarning) -> Result<(), Error> {
    sql!(
        tx,
        execute,
        "INSERT INTO provider_warnings (provider, warning, about, username, first_at, last_at) \
         VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (provider, warning, about) \
         DO UPDATE SET username = excluded.username, last_at = excluded.last_at \
         WHERE provider_warnings.last_at < excluded.last_at - $6",
        &seen.provider,
        &seen.warning,
        &seen.about,
        &seen.username,
        seen.last_at,
        FRESH,
    )?;
    Ok(())
}

/// What was noted of all providers since then, the latest first.
pub async fn since(tx: &mut Tx, since: Time) -> Result<Vec<ProviderWarning>, Error> {
    Ok(sql!(
        tx,
        ProviderWarning,
        fetch_all,
        "SELECT provider, warning, about, username, first_at, last_at FROM provider_warnings WHERE last_at >= $1 \
         ORDER BY last_at DESC, provider, warning, about",
        since,
    )?)
}

/// Forgets what was last seen before then.
pub async fn purge(tx: &mut Tx, before: Time) -> Result<u64, Error> {
    Ok(sql!(tx, execute, "DELETE FROM provider_warnings WHERE last_at < $1", before)?)
}
