//! Applicants show that they read the address with which they applied.
use super::{
    Record, actor,
    guess::{Buckets, Guess},
    hashing::Hasher,
    letters, queue,
    sign_up::{self, Applicant, Application, SignUpError},
};
use crate::{
    domain::{
        application::{State, network},
        audit::{Actor, Event, Origin},
        link::{LinkId, Purpose},
        notice::Notice,
        password::Password,
        secret::MasterKey,
        settings::Settings,
        time::Time,
        user::{Email, Status},
    },
    store::{
        self, Db, blocked_emails, mail_tokens,
        signups::{self, Signup},
        users,
    },
};

const PURPOSE: Purpose = Purpose::VerifyEmail;

/// What a link leads to.
#[derive(Debug)]
pub enum Found {
    /// An application that can be confirmed.
    Signup(Box<Signup>),
    /// The address has an account by now.
    Known,
    /// Nothing: used, too old, or not ours.
    Nothing,
}

/// What came of a confirmation.
#[derive(Debug)]
pub enum Confirmed {
    /// The application waits in the queue.
    Waits(Email),
    /// The applicant was let in at once.
    Active(Email),
    /// The address has an account by now.
    Known,
    /// The password is not the one that was chosen with the application, or too many were tried; the link stands.
    WrongPassword(Box<Signup>),
    /// The link is used, too old, or not ours.
    Nothing,
}

/// What the reader of a mail shows: that they have the link, and that the application is theirs. The link alone is
/// not enough, because anybody can apply with anybody's address and a password that they know.
pub struct Proof<'a> {
    /// The secret of the link.
    pub token: &'a str,
    /// The password of the application, as it was typed.
    pub password: &'a str,
    /// How this attempt at it was counted, in [`buckets`].
    pub guess: Guess,
}

/// Under what attempts at the password of an application are counted.
pub fn buckets(signup: &Signup) -> Buckets {
    Buckets::of_nobody(&format!("signup:{}", signup.id))
}

/// Looks where a link leads, and changes nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn look(db: &Db, key: &MasterKey, token: &str, now: Time) -> Result<Found, store::Error> {
    let Some(id) = LinkId::read(token, PURPOSE, key) else { return Ok(Found::Nothing) };
    let mut tx = db.read().await?;
    let Some(link) = mail_tokens::find(&mut tx, id, PURPOSE, now).await? else { return Ok(Found::Nothing) };
    if let Some(email) = Email::parse(&link.email_key)
        && users::find_by_email(&mut tx, &email).await?.is_some()
    {
        return Ok(Found::Known);
    }
    let signup = signups::find(&mut tx, link.subject, now).await?;
    let signup = signup.filter(|signup| signup.email.key() == link.email_key);
    Ok(signup.map_or(Found::Nothing, |signup| Found::Signup(Box::new(signup))))
}

/// Confirms an address: its application joins the queue, or is approved at once where the settings say so for its
/// domain; every other one of the address is forgotten. Of any number at once one does it.
///
/// # Errors
/// When sign-up is closed or too many hashes wait, and the link stays good; when the database does not answer.
pub async fn confirm(
    db: &Db,
    hasher: &Hasher,
    key: &MasterKey,
    proof: &Proof<'_>,
    settings: &Settings,
    origin: &Origin,
    now: Time,
) -> Result<Confirmed, SignUpError> {
    let Some(id) = LinkId::read(proof.token, PURPOSE, key) else { return Ok(Confirmed::Nothing) };
    let shown = match look(db, key, proof.token, now).await? {
        Found::Nothing => return Ok(Confirmed::Nothing),
        Found::Known => return Ok(Confirmed::Known),
        Found::Signup(signup) => signup,
    };
    let stored = Some(shown.password_hash.as_str()).filter(|_| !proof.guess.is_throttled());
    if !hasher.verify(Password::typed(proof.password), stored).await? {
        return Ok(Confirmed::WrongPassword(shown));
    }
    let number = users::next_number(db).await?;
    let mut tx = sign_up::begin(db).await?;
    let Some(link) = mail_tokens::take(&mut tx, id, PURPOSE, now).await? else {
        return Ok(Confirmed::Nothing);
    };
    let signup = signups::find(&mut tx, link.subject, now).await?;
    // The one whose password was shown.
    let Some(signup) = signup.filter(|signup| signup.id == shown.id) else { return Ok(Confirmed::Nothing) };
    signups::delete_of(&mut tx, &signup.email).await?;
    if blocked_emails::is_there(&mut tx, &signup.email).await? || !settings.takes(&signup.email) {
        tx.commit().await?;
        return Ok(Confirmed::Nothing);
    }
    let at_once = settings.approves(&signup.email);
    if !at_once {
        sign_up::room(&mut tx, settings, &network(&signup.address)).await?;
    }
    let Signup { email, display_name, username, password_hash, reason, .. } = signup;
    let application = Application { email, display_name, username, password_hash, reason };
    let applicant = Applicant {
        application: &application,
        number,
        language: signup.language,
        address: &signup.address,
        verified: true,
        status: if at_once { Status::Active } else { Status::Pending },
    };
    let Some(user) = sign_up::make(&mut tx, &applicant, now).await? else {
        tx.commit().await?;
        return Ok(Confirmed::Known);
    };
    Record::new(Event::AccountSignedUp, Actor::Stranger, origin).about(&user).write(&mut tx, now).await?;
    Record::new(Event::AccountVerified, actor(&user), origin).about(&user).write(&mut tx, now).await?;
    let email = application.email;
    if !at_once {
        sign_up::tell_applicant(&mut tx, &user, now).await?;
        tx.commit().await?;
        return Ok(Confirmed::Waits(email));
    }
    queue::close(&mut tx, &user, State::Approved, None, None, now).await?;
    let domain = email.domain();
    let record = Record::new(Event::AccountActivated, Actor::System, origin).about(&user);
    let record = record.change("status", Status::Pending, Status::Active).detail(&domain);
    record.write(&mut tx, now).await?;
    let (name, username) = (user.display_name.to_string(), user.username.to_string());
    letters::write(&mut tx, &user, &Notice::Approved { name, username, password: true }, now).await?;
    tx.commit().await?;
    Ok(Confirmed::Active(email))
}
