//! The edit form is saved: one transaction, one event per aspect.
use super::{Acting, By, Record, Refusal, administration as change, granting, keep_a_superuser, letters};
use crate::{
    domain::{
        audit::Event,
        permission::{Need, Right},
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
    /// A new password.
    pub password: Option<change::NewPassword>,
    /// When the account's time is over; [`Time::NEVER`] for never.
    pub expires_at: Option<Time>,
    /// Roles and single permissions.
    pub grants: granting::Wanted,
}

/// Saves an edit; returns the account as it was.
///
/// # Errors
/// [`Refusal::Conflict`] when somebody else saved in the meantime, with their version; nothing is saved then,
/// nor when any one aspect is refused.
pub async fn edit(db: &Db, by: &By, id: UserId, edit: &Edit, now: Time) -> Result<User, Refusal> {
    let (mut tx, acting, user) = change::begin(db, by, id, Need::May(Right::UserManage), now).await?;
    if user.version != edit.version {
        return Err(Refusal::Conflict(Box::new(user)));
    }
    set_profile(&mut tx, by, &acting, &user, edit, now).await?;
    if let Some(tier) = edit.tier {
        change::change_tier(&mut tx, by, &acting, &user, tier, now).await?;
    }
    if let Some(status) = edit.status.filter(|status| *status != user.status && *status != Status::Pending) {
        if status == Status::Inactive && edit.tier != Some(Tier::Standard) {
            keep_a_superuser(&mut tx, &user).await?;
        }
        change::set_status(&mut tx, by, &acting, &user, status, now).await?;
        if status == Status::Inactive {
            change::tell_deactivated(&mut tx, &user, now).await?;
        }
    }
    if let Some(expires_at) = edit.expires_at.filter(|time| *time != user.expires_at) {
        set_expiry(&mut tx, by, &acting, &user, edit, expires_at, now).await?;
    }
    granting::change(&mut tx, by, &acting, &user, &edit.grants, now).await?;
    if let Some(password) = &edit.password {
        change::change_password(&mut tx, by, &acting, &user, password, now).await?;
    }
    tx.commit().await?;
    Ok(user)
}

async fn set_profile(
    tx: &mut Tx,
    by: &By,
    acting: &Acting,
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
    let mut record = Record::new(Event::AccountEdited, acting.actor.clone(), &by.origin).about(user);
    for (field, from, to) in [
        ("username", user.username.as_str(), edit.username.as_str()),
        ("email", user.email.as_str(), email.as_str()),
        ("display_name", user.display_name.as_str(), display_name.as_str()),
    ] {
        if from != to {
            record = record.change(field, from, to);
        }
    }
    letters::email_changed(tx, user, email, now).await?;
    Ok(record.write(tx, now).await?)
}

/// An account whose time will be over cannot be the one that keeps the system administrable.
async fn set_expiry(
    tx: &mut Tx,
    by: &By,
    acting: &Acting,
    user: &User,
    edit: &Edit,
    expires_at: Time,
    now: Time,
) -> Result<(), Refusal> {
    let stays = edit.tier.unwrap_or(user.tier) == Tier::Superuser
        && edit.status.unwrap_or(user.status) == Status::Active;
    if stays && expires_at != Time::NEVER {
        keep_a_superuser(tx, user).await?;
    }
    users::set_expiry(tx, user.id, expires_at).await?;
    let told = |time: Time| time.happened().map(Time::rfc3339).unwrap_or_default();
    let record = Record::new(Event::AccountExpirySet, acting.actor.clone(), &by.origin).about(user);
    Ok(record.change("expires_at", told(user.expires_at), told(expires_at)).write(tx, now).await?)
}
