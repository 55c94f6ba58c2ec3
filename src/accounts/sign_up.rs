//! Outsiders apply.
use super::{Record, naming};
use crate::{
    domain::{
        audit::{Actor, Event, Origin},
        secret::new_id,
        time::Time,
        user::{DisplayName, Email, Source, Status, Tier, UserId, Username},
    },
    store::{
        self, Db,
        users::{self, NewUser},
    },
};

/// A filled-in sign-up form.
pub struct Application {
    /// The applicant's address.
    pub email: Email,
    /// The name to be shown.
    pub display_name: DisplayName,
    /// The wished-for login name.
    pub username: Option<Username>,
    /// PHC string of the chosen password.
    pub password_hash: String,
    /// Why they want in.
    pub reason: Option<String>,
}

/// Why nobody can apply at this moment.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// There is nobody who could decide.
    #[error("sign-up is closed until there is an active superuser")]
    NobodyDecides,
    /// Too many wait already.
    #[error("too many applications wait already")]
    Full,
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Whether there is somebody who could decide on an application.
///
/// # Errors
/// When the database does not answer.
pub async fn is_open(db: &Db) -> Result<bool, store::Error> {
    Ok(users::count_lasting_superusers(&mut db.read().await?).await? > 0)
}

/// Puts an application into the queue. When the address is known already nothing is made, and the answer is
/// the same: an event says so to administrators.
///
/// # Errors
/// When sign-up is closed, or the database does not answer.
pub async fn sign_up(
    db: &Db,
    application: &Application,
    max_pending: u32,
    origin: &Origin,
    now: Time,
) -> Result<(), SignUpError> {
    let number = users::next_number(db).await?;
    let mut tx = db.write().await?;
    if users::count_lasting_superusers(&mut tx).await? == 0 {
        return Err(SignUpError::NobodyDecides);
    }
    if users::count_pending(&mut tx).await? >= i64::from(max_pending) {
        return Err(SignUpError::Full);
    }
    let wished = application.username.as_ref().map(Username::as_str);
    let local_part = application.email.as_str().split('@').next();
    let wish = naming::first_wish([wished, Some(application.display_name.as_str()), local_part]);
    let new = NewUser {
        id: UserId(new_id(now)),
        number,
        username: &wish,
        email: &application.email,
        email_trusted: false,
        display_name: &application.display_name,
        status: Status::Pending,
        tier: Tier::Standard,
        source: Source::Local,
        password_hash: Some(&application.password_hash),
        reason: application.reason.as_deref(),
        language: origin.language,
        registered_at: now,
    };
    let made = naming::insert_under_free_name(&mut tx, &wish, &new).await?.is_some();
    let subject = if made {
        users::find(&mut tx, new.id).await?
    } else {
        users::find_by_email(&mut tx, &application.email).await?
    };
    let mut record = Record::new(Event::AccountSignedUp, Actor::Stranger, origin);
    record.detail = (!made).then_some("address_known");
    if let Some(user) = &subject {
        record = record.about(user);
    }
    record.write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(())
}
