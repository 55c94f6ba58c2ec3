//! People with a password sign in.
use unicode_normalization::UnicodeNormalization as _;

use super::{
    Record, actor,
    guess::{self, Buckets, Guess},
    hashing::{Busy, Hasher},
};
use crate::{
    domain::{
        audit::{Actor, Event, Origin},
        known::DeviceId,
        password::Password,
        time::Time,
        user::{Email, Status, User, Username},
    },
    store::{self, Db, passwords, users},
};

/// What was typed into the login field, and whose account that is.
pub struct Candidate {
    user: Option<User>,
    hash: Option<String>,
    buckets: Buckets,
}

impl Candidate {
    /// Under what failures are counted.
    pub fn buckets(&self) -> &Buckets {
        &self.buckets
    }
}

/// Why somebody was not signed in. What the account's state is, is only said to who has the password.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Wrong password, one whose time is over, no such account, no password at a provider's account, or too many
    /// failures: one answer.
    #[error("the username or password is incorrect")]
    Wrong,
    /// The right password of an application that waits.
    #[error("{} awaits approval", .0.username)]
    Pending(Box<User>),
    /// The right password of an account that is locked out.
    #[error("{} is inactive", .0.username)]
    Inactive(Box<User>),
    /// Too many sign-ins at once.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Reads `login` as a username or an email and finds the account; `device` is the browser that asks.
///
/// # Errors
/// When the database does not answer.
pub async fn look_up(db: &Db, login: &str, device: Option<&DeviceId>) -> Result<Candidate, store::Error> {
    let mut tx = db.read().await?;
    let (user, name) = if let Some(email) = Email::parse(login) {
        (users::find_by_email(&mut tx, &email).await?, email.key())
    } else if let Some(username) = Username::parse(login) {
        (users::find_by_username(&mut tx, &username).await?, username.skeleton())
    } else {
        (None, login.trim().chars().take(128).nfkc().collect::<String>().to_lowercase())
    };
    let hash = match &user {
        Some(user) => passwords::hash(&mut tx, user.id).await?,
        None => None,
    };
    let buckets = match &user {
        Some(user) => Buckets::of(&mut tx, user, device).await?,
        None => Buckets::of_nobody(&name),
    };
    Ok(Candidate { user, hash, buckets })
}

/// Checks the password and notes the result; one whose hash has become too cheap is hashed anew. With a throttled
/// `guess` nobody gets in and the password is not looked
/// at, with the same work and the same answer as for a wrong one.
///
/// # Errors
/// See [`SignInError`].
pub async fn by_password(
    db: &Db,
    hasher: &Hasher,
    candidate: Candidate,
    password: &str,
    guess: Guess,
    origin: &Origin,
    now: Time,
) -> Result<User, SignInError> {
    let Candidate { user, hash, .. } = candidate;
    let stored = if guess.is_throttled() { None } else { hash.as_deref() };
    let password = Password::typed(password);
    let right = hasher.verify(password.clone(), stored).await?;
    let rehashed = match (right, stored, &password) {
        // When too many wait it can be done another time.
        (true, Some(old), Some(password)) if hasher.needs_rehash(old) => {
            hasher.hash(password).await.ok().map(|new| (old, new))
        }
        _ => None,
    };
    let mut tx = db.write().await?;
    let Some(user) = user.as_ref().filter(|_| right) else {
        let failure = (guess, "wrong_password");
        guess::note_failure(&mut tx, user.as_ref(), Actor::Stranger, failure, origin, now).await?;
        tx.commit().await?;
        return Err(SignInError::Wrong);
    };
    if user.has_lapsed_password(now) {
        let record = Record::new(Event::LoginRefused, actor(user), origin).about(user);
        record.detail("password_expired").write(&mut tx, now).await?;
        guess::note_lock(&mut tx, user, guess, origin, now).await?;
        tx.commit().await?;
        return Err(SignInError::Wrong);
    }
    let noted = users::note_login(&mut tx, user.id, user.session_epoch, now, &origin.address).await?;
    if noted && user.language != origin.language {
        users::set_language(&mut tx, user.id, origin.language).await?;
    }
    if let Some((old, new)) = rehashed.filter(|_| noted) {
        passwords::rehash(&mut tx, user.id, old, &new).await?;
    }
    let fresh = if noted { Some(user.clone()) } else { users::find(&mut tx, user.id).await? };
    let Some(user) = fresh else {
        // Deleted while the password was being looked at.
        let record =
            Record::new(Event::LoginFailed, Actor::Stranger, origin).about(user).detail("changed_meanwhile");
        record.write(&mut tx, now).await?;
        tx.commit().await?;
        return Err(SignInError::Wrong);
    };
    let expired = user.is_expired(now);
    let (event, detail) = match user.status {
        Status::Active if noted => (Event::LoginSucceeded, "password"),
        Status::Active if expired => (Event::LoginRefused, "expired"),
        Status::Active => (Event::LoginRefused, "changed_meanwhile"),
        Status::Pending => (Event::LoginRefused, "pending"),
        Status::Inactive => (Event::LoginRefused, "inactive"),
    };
    let record = Record::new(event, actor(&user), origin).about(&user).detail(detail);
    record.write(&mut tx, now).await?;
    if user.status == Status::Active && !noted && !expired {
        guess::note_lock(&mut tx, &user, guess, origin, now).await?;
    }
    tx.commit().await?;
    match user.status {
        Status::Active if noted => Ok(user),
        Status::Active if expired => Err(SignInError::Inactive(Box::new(user))),
        Status::Active => Err(SignInError::Wrong),
        Status::Pending => Err(SignInError::Pending(Box::new(user))),
        Status::Inactive => Err(SignInError::Inactive(Box::new(user))),
    }
}
