//! The edit form is saved: one transaction, one event per aspect.
use super::{By, Record, Refusal, administration as change, keep_a_superuser};
use crate::{
    domain::{
        audit::Event,
        time::Time,
        user::{DisplayName, Email, Source, Status, Tier, User, UserId, Username},
    },
    store::{Db, Tx, users},
};

/// What the form asks for. What an account's provider manages stays as it is.
pub struct Edit {
    /// The account's version when the form was shown.
    pub version: i64,
    /// The login name.
    pub username: Username,
    /// The address.
    pub email: Email,
    /// The name.
    pub display_name: DisplayName,
    /// Active or inactive; applications are decided elsewhere.
    pub status: Option<Status>,
    /// The tier.
    pub tier: Option<Tier>,
    /// PHC string of a new password.
    pub password_hash: Option<String>,
}

/// Saves an edit; returns the account as it was.
///
/// # Errors
/// [`Refusal::Conflict`] when somebody else saved in the meantime, with their version; nothing is saved then,
/// nor when any one aspect is refused.
pub async fn edit(db: &Db, by: &By, id: UserId, edit: &Edit, now: Time) -> Result<User, Refusal> {
    let (mut tx, actor, user) = change::begin(db, by, id).await?;
    if user.version != edit.version {
        return Err(Refusal::Conflict(Box::new(user)));
    }
    set_profile(&mut tx, by, &actor, &user, edit, now).await?;
    if let Some(tier) = edit.tier {
        change::change_tier(&mut tx, by, actor.clone(), &user, tier, now).await?;
    }
    if let Some(status) = edit.status.filter(|status| *status != user.status && *status != Status::Pending) {
        if status == Status::Inactive && edit.tier != Some(Tier::Standard) {
            keep_a_superuser(&mut tx, &user).await?;
        }
        change::set_status(&mut tx, by, actor.clone(), &user, status, now).await?;
    }
    if let Some(hash) = &edit.password_hash {
        change::change_password(&mut tx, by, actor, &user, hash, now).await?;
    }
    tx.commit().await?;
    Ok(user)
}

async fn set_profile(
    tx: &mut Tx,
    by: &By,
    actor: &crate::domain::audit::Actor,
    user: &User,
    edit: &Edit,
    now: Time,
) -> Result<(), Refusal> {
    let managed = user.source == Source::Sso;
    let email = if managed { &user.email } else { &edit.email };
    let display_name = if managed { &user.display_name } else { &edit.display_name };
    if *email == user.email && *display_name == user.display_name && edit.username == user.username {
        return Ok(());
    }
    if edit.username != user.username && users::name_is_taken(tx, &edit.username, Some(user.id)).await? {
        return Err(Refusal::UsernameTaken);
    }
    let owner = users::find_by_email(tx, email).await?;
    if owner.is_some_and(|owner| owner.id != user.id) {
        return Err(Refusal::EmailTaken);
    }
    let trusted = user.email_trusted || *email != user.email;
    if !users::set_profile(tx, user.id, &edit.username, email, trusted, display_name).await? {
        return Err(if *email == user.email { Refusal::UsernameTaken } else { Refusal::EmailTaken });
    }
    let mut record = Record::new(Event::AccountEdited, actor.clone(), &by.origin).about(user);
    for (field, from, to) in [
        ("username", user.username.as_str(), edit.username.as_str()),
        ("email", user.email.as_str(), email.as_str()),
        ("display_name", user.display_name.as_str(), display_name.as_str()),
    ] {
        if from != to {
            record = record.change(field, from, to);
        }
    }
    Ok(record.write(tx, now).await?)
}
