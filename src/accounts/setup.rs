//! The first superuser, and accounts made at the command line.
use super::{Agent, By, Record, Refusal, actor as acting};
use crate::{
    domain::{
        audit::{Actor, Event, Origin},
        secret::{MasterKey, base64url, new_id, random_token, same},
        time::Time,
        user::{DisplayName, Email, Source, Status, Tier, User, UserId, Username},
    },
    store::{
        self, Db, facts,
        users::{self, NewUser},
    },
};

/// The fact that there has been a superuser; never taken back.
pub(super) const DONE: &str = "setup_done";
const SETUP_ID: &str = "setup_id";

/// An account as somebody wants it made.
pub struct NewAccount {
    /// The login name; taken as it is, or refused.
    pub username: Username,
    /// The address.
    pub email: Email,
    /// The name.
    pub display_name: DisplayName,
    /// PHC string.
    pub password_hash: String,
    /// The tier.
    pub tier: Tier,
}

/// The token of the setup link: the same on every instance and at every start. `None` once there has been a
/// superuser.
///
/// # Errors
/// When the database does not answer.
pub async fn token(db: &Db, key: &MasterKey) -> Result<Option<String>, store::Error> {
    let mut tx = db.read().await?;
    if facts::get(&mut tx, DONE).await?.is_some() {
        return Ok(None);
    }
    if let Some(id) = facts::get(&mut tx, SETUP_ID).await? {
        return Ok(Some(base64url(&key.mac("setup", id.as_bytes()))));
    }
    drop(tx);
    let mut tx = db.write().await?;
    facts::put_new(&mut tx, SETUP_ID, &random_token()).await?;
    let id = facts::get(&mut tx, SETUP_ID).await?.unwrap_or_default();
    tx.commit().await?;
    Ok(Some(base64url(&key.mac("setup", id.as_bytes()))))
}

/// Whether a setup link is good at this moment.
///
/// # Errors
/// When the database does not answer.
pub async fn accepts(db: &Db, key: &MasterKey, offered: &str) -> Result<bool, store::Error> {
    Ok(token(db, key).await?.is_some_and(|token| same(token.as_bytes(), offered.as_bytes())))
}

/// Makes the first superuser by the setup link. Of any number who try at once, one succeeds.
///
/// # Errors
/// [`Refusal::NotAllowed`] when the link is not, or no longer, good.
pub async fn first_superuser(
    db: &Db,
    key: &MasterKey,
    offered: &str,
    account: &NewAccount,
    origin: &Origin,
    now: Time,
) -> Result<User, Refusal> {
    if !accepts(db, key, offered).await? {
        return Err(Refusal::NotAllowed);
    }
    insert(db, account, Actor::Stranger, origin, true, now).await
}

/// Makes an active account at the command line.
///
/// # Errors
/// [`Refusal::UsernameTaken`], [`Refusal::EmailTaken`].
pub async fn add_user(db: &Db, account: &NewAccount, by: &By, now: Time) -> Result<User, Refusal> {
    if by.agent != Agent::Cli {
        return Err(Refusal::NotAllowed);
    }
    insert(db, account, Actor::Cli, &by.origin, false, now).await
}

async fn insert(
    db: &Db,
    account: &NewAccount,
    actor: Actor,
    origin: &Origin,
    must_be_first: bool,
    now: Time,
) -> Result<User, Refusal> {
    let number = users::next_number(db).await?;
    let mut tx = db.write().await?;
    users::lock_superusers(&mut tx).await?;
    if must_be_first && facts::get(&mut tx, DONE).await?.is_some() {
        return Err(Refusal::NotAllowed);
    }
    let new = NewUser {
        id: UserId(new_id(now)),
        number,
        username: &account.username,
        email: &account.email,
        email_trusted: true,
        display_name: &account.display_name,
        status: Status::Active,
        tier: account.tier,
        source: Source::Local,
        password_hash: Some(&account.password_hash),
        reason: None,
        language: origin.language,
        registered_at: now,
    };
    if users::find_by_email(&mut tx, new.email).await?.is_some() {
        return Err(Refusal::EmailTaken);
    }
    if !users::insert(&mut tx, &new).await? {
        return Err(Refusal::UsernameTaken);
    }
    if account.tier == Tier::Superuser {
        facts::put_new(&mut tx, DONE, "there has been a superuser").await?;
    }
    let user = users::find(&mut tx, new.id).await?.ok_or(Refusal::NotFound)?;
    let actor = if must_be_first { acting(&user) } else { actor };
    let record =
        Record::new(Event::AccountActivated, actor, origin).about(&user).change("tier", "", account.tier);
    record.detail(if must_be_first { "setup" } else { "command_line" }).write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(user)
}
