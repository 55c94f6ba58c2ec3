//! Outsiders apply.
use std::time::Duration;

use super::{Record, hashing::Busy, letters, naming, queue};
use crate::{
    domain::{
        application::network,
        audit::{Actor, Event, Origin},
        language::Language,
        link::Purpose,
        notice::Notice,
        secret::new_id,
        settings::Settings,
        time::Time,
        user::{DisplayName, Email, Source, Status, Tier, User, UserId, Username},
    },
    store::{
        self, Db, Tx, applications, blocked_emails, counters,
        signups::{self, Signup},
        users::{self, NewUser},
    },
};

/// So long the link works that is mailed to an applicant.
const LINK_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// More sign-ups than these do not wait for their link to be clicked.
const UNVERIFIED_MAX: i64 = 10_000;
const ONE_AT_A_TIME: &str = "signups";

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
    /// Too many wait already, in all or from this place.
    #[error("too many applications wait already")]
    Full,
    /// Too many hashes wait.
    #[error(transparent)]
    Busy(#[from] Busy),
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

/// Takes an application: into the queue, or where addresses are verified, until the link is clicked that is mailed
/// now. When the address is known already nothing comes of it, and the answer is the same. `may_mail` says whether
/// the address may be written to.
///
/// # Errors
/// When sign-up is closed, or the database does not answer.
pub async fn sign_up(
    db: &Db,
    application: &Application,
    settings: &Settings,
    may_mail: bool,
    origin: &Origin,
    now: Time,
) -> Result<(), SignUpError> {
    if settings.verify_email {
        hold(db, application, settings, may_mail, origin, now).await
    } else {
        apply(db, application, settings, may_mail, origin, now).await
    }
}

/// Keeps an application until its address is verified. For a known address the same is written, but nobody gets the
/// link.
async fn hold(
    db: &Db,
    application: &Application,
    settings: &Settings,
    may_mail: bool,
    origin: &Origin,
    now: Time,
) -> Result<(), SignUpError> {
    let network = network(&origin.address);
    let mut tx = begin(db).await?;
    room(&mut tx, settings, &network).await?;
    let held = signups::count_from(&mut tx, &network, now).await?;
    let open = applications::count_open_from(&mut tx, &network).await?;
    let most = i64::from(settings.open_per_address);
    if (most > 0 && held + open >= most) || signups::count(&mut tx, now).await? >= UNVERIFIED_MAX {
        return Err(SignUpError::Full);
    }
    if !may_mail {
        return Ok(());
    }
    let signup = Signup {
        id: new_id(now),
        email: application.email.clone(),
        display_name: application.display_name.clone(),
        username: application.username.clone(),
        password_hash: application.password_hash.clone(),
        reason: application.reason.clone(),
        language: origin.language,
        address: origin.address.clone(),
        network,
        created_at: now,
        expires_at: now + LINK_LIFETIME,
    };
    signups::insert(&mut tx, &signup).await?;
    let email = &application.email;
    let link = letters::link(&mut tx, Purpose::VerifyEmail, signup.id, email, LINK_LIFETIME, now).await?;
    let owner = users::find_by_email(&mut tx, email).await?;
    if !blocked_emails::is_there(&mut tx, email).await? {
        match owner {
            Some(user) => tell_owner(&mut tx, &user, now).await?,
            None => {
                let notice = Notice::VerifyEmail { name: application.display_name.to_string(), link };
                letters::write_to(&mut tx, email, origin.language, None, &notice, now).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Puts an application into the queue at once.
async fn apply(
    db: &Db,
    application: &Application,
    settings: &Settings,
    may_mail: bool,
    origin: &Origin,
    now: Time,
) -> Result<(), SignUpError> {
    let number = users::next_number(db).await?;
    let mut tx = begin(db).await?;
    room(&mut tx, settings, &network(&origin.address)).await?;
    let record = Record::new(Event::AccountSignedUp, Actor::Stranger, origin);
    if blocked_emails::is_there(&mut tx, &application.email).await? {
        let record = record.change("email", "", &application.email).detail("address_blocked");
        record.write(&mut tx, now).await?;
        return Ok(tx.commit().await?);
    }
    let applicant = Applicant {
        application,
        number,
        language: origin.language,
        address: &origin.address,
        verified: false,
        status: Status::Pending,
    };
    match make(&mut tx, &applicant, now).await? {
        Some(user) => {
            record.about(&user).write(&mut tx, now).await?;
            if may_mail {
                tell_applicant(&mut tx, &user, now).await?;
            }
        }
        None => {
            let mut record = record.detail("address_known");
            if let Some(user) = users::find_by_email(&mut tx, &application.email).await? {
                record = record.about(&user);
                if may_mail {
                    tell_owner(&mut tx, &user, now).await?;
                }
            }
            record.write(&mut tx, now).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Opens the transaction: one sign-up at a time, so that no limit is overrun, and only while somebody could decide.
pub(super) async fn begin(db: &Db) -> Result<Tx, SignUpError> {
    let mut tx = db.write().await?;
    counters::increment(&mut tx, ONE_AT_A_TIME).await?;
    match users::count_lasting_superusers(&mut tx).await? {
        0 => Err(SignUpError::NobodyDecides),
        _ => Ok(tx),
    }
}

/// Whether one more from this network may wait.
pub(super) async fn room(tx: &mut Tx, settings: &Settings, network: &str) -> Result<(), SignUpError> {
    let most = i64::from(settings.open_per_address);
    let crowded = most > 0 && applications::count_open_from(tx, network).await? >= most;
    if crowded || users::count_pending(tx).await? >= i64::from(settings.max_pending) {
        return Err(SignUpError::Full);
    }
    Ok(())
}

/// Somebody whose account is to be made.
pub(super) struct Applicant<'a> {
    /// What the form said.
    pub(super) application: &'a Application,
    /// The account's number.
    pub(super) number: i64,
    /// In which language they are written to.
    pub(super) language: Language,
    /// From which address the form came.
    pub(super) address: &'a str,
    /// Whether they have shown that they read the address.
    pub(super) verified: bool,
    /// What the account begins as.
    pub(super) status: Status,
}

/// Makes the account and puts the application on record; nothing when the address is known.
pub(super) async fn make(
    tx: &mut Tx,
    applicant: &Applicant<'_>,
    now: Time,
) -> Result<Option<User>, store::Error> {
    let application = applicant.application;
    let wished = application.username.as_ref().map(Username::as_str);
    let local_part = application.email.as_str().split('@').next();
    let wish = naming::first_wish([wished, Some(application.display_name.as_str()), local_part]);
    let new = NewUser {
        id: UserId(new_id(now)),
        number: applicant.number,
        username: &wish,
        email: &application.email,
        email_trusted: applicant.verified,
        display_name: &application.display_name,
        status: applicant.status,
        tier: Tier::Standard,
        source: Source::Local,
        password_hash: Some(&application.password_hash),
        reason: application.reason.as_deref(),
        language: applicant.language,
        registered_at: now,
    };
    if naming::insert_under_free_name(tx, &wish, &new).await?.is_none() {
        return Ok(None);
    }
    if applicant.verified {
        users::prove_email(tx, new.id).await?;
    }
    queue::enter(tx, new.id, applicant.address, now).await?;
    users::find(tx, new.id).await
}

pub(super) async fn tell_applicant(tx: &mut Tx, user: &User, now: Time) -> Result<(), store::Error> {
    let notice = Notice::ApplicationReceived { name: user.display_name.to_string() };
    letters::write(tx, user, &notice, now).await
}

async fn tell_owner(tx: &mut Tx, user: &User, now: Time) -> Result<(), store::Error> {
    letters::write(tx, user, &Notice::AddressKnown { name: user.display_name.to_string() }, now).await
}
