//! Whoever is signed in shows their password again, before something that a stolen session must not do.
use super::{
    actor,
    guess::{self, Guess},
    hashing::{Busy, Hasher},
};
use crate::{
    domain::{audit::Origin, password::Password, time::Time, user::User},
    store::{self, Db, passwords},
};

/// Why a password was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Unproven {
    /// It is not that, its time is over, there is none, or too many were tried.
    #[error("the current password is not right")]
    Wrong,
    /// Too many hashes wait.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Looks whether `typed` is the account's password. What hangs on it has to hold on to the account's `session_epoch`,
/// which any change of the password moves on.
///
/// # Errors
/// See [`Unproven`]; a wrong one is recorded, and counted as a failed sign-in.
pub async fn prove(
    db: &Db,
    hasher: &Hasher,
    (user, typed): (&User, &str),
    guess: Guess,
    origin: &Origin,
    now: Time,
) -> Result<(), Unproven> {
    let hash = passwords::hash(&mut db.read().await?, user.id).await?;
    // A password whose time is over is none.
    let looked_at = !guess.is_throttled() && !user.has_lapsed_password(now);
    let stored = hash.as_deref().filter(|_| looked_at);
    if hasher.verify(Password::typed(typed), stored).await? {
        return Ok(());
    }
    let mut tx = db.write().await?;
    let failure = (guess, "wrong_current_password");
    guess::note_failure(&mut tx, Some(user), actor(user), failure, origin, now).await?;
    tx.commit().await?;
    Err(Unproven::Wrong)
}
