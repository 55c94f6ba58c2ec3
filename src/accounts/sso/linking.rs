//! People link an identity to their own account, and take it away again. Whoever asks has shown their password before.
use super::{
    Refused,
    admission::{self, Occasion},
};
use crate::{
    accounts::{Record, Refusal, actor, administration::bar_hash, keep_a_superuser, letters},
    config::Provider,
    domain::{
        audit::{Event, Origin},
        identity::{LinkedIdentity, Profile},
        permission::GrantSource,
        secret::MasterKey,
        time::Time,
        user::{Tier, User},
    },
    store::{self, Db, Tx, grants, identities, users},
};

/// Why nothing was linked.
#[derive(Debug)]
pub enum LinkError {
    /// For a reason that the person is told.
    Refused(Refused),
    /// The account was changed in the meantime: whoever asks has to sign in again.
    Changed,
    /// The database.
    Store(store::Error),
}

impl From<store::Error> for LinkError {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

/// Links the identity of whoever just signed in at `provider` to `user`, as the account was read for this request: a
/// superuser's too. `false` when it is linked to it already. Groups give nothing yet: they do at the next sign-in there.
///
/// # Errors
/// See [`LinkError`]; a refusal is recorded.
pub async fn link(
    db: &Db,
    key: &MasterKey,
    provider: &Provider,
    profile: &Profile,
    user: &User,
    origin: &Origin,
    now: Time,
) -> Result<bool, LinkError> {
    let mut tx = db.write().await?;
    let fresh = users::find(&mut tx, user.id).await?;
    let same = |it: &User| it.session_epoch == user.session_epoch && it.is_usable(now) && it.has_password;
    let user = fresh.filter(same).ok_or(LinkError::Changed)?;
    let identity = &profile.identity;
    let refusal = match identities::owner(&mut tx, identity).await? {
        Some(owner) if owner == user.id => return Ok(false),
        Some(_) => Some(Refused::Taken),
        None => refusal(&mut tx, key, provider, profile, &user).await?,
    };
    let mut refusal = refusal;
    if refusal.is_none() && !identities::link(&mut tx, identity, user.id, &provider.name, now).await? {
        refusal = Some(Refused::Taken);
    }
    if let Some(why) = refusal {
        let record = Record::new(Event::AccountLinkRefused, actor(&user), origin).about(&user);
        let record = record.change("provider", "", &provider.name).detail(why.word());
        record.write(&mut tx, now).await?;
        tx.commit().await?;
        return Err(LinkError::Refused(why));
    }
    let record = Record::new(Event::AccountLinked, actor(&user), origin).about(&user);
    record.detail(&provider.name).write(&mut tx, now).await?;
    letters::identity_linked(&mut tx, &user, provider.known_as(), origin, now).await?;
    tx.commit().await?;
    Ok(true)
}

async fn refusal(
    tx: &mut Tx,
    key: &MasterKey,
    provider: &Provider,
    profile: &Profile,
    user: &User,
) -> Result<Option<Refused>, store::Error> {
    if identities::is_barred(tx, &bar_hash(key, &profile.identity)).await? {
        return Ok(Some(Refused::Barred));
    }
    let linked = identities::of_user(tx, user.id).await?;
    if linked.iter().any(|it| it.issuer == profile.identity.issuer || it.provider == provider.name) {
        return Ok(Some(Refused::SecondIdentity));
    }
    Ok(admission::refusal(provider, profile, Occasion::SignIn))
}

/// An identity that is to be taken from one's own account.
pub struct Unlink<'a> {
    /// The account, as it was read for this request.
    pub user: &'a User,
    /// The identity, by [`LinkedIdentity::handle`].
    pub handle: &'a str,
    /// What people call its provider.
    pub known_as: &'a str,
}

/// Why nothing was unlinked.
#[derive(Debug, thiserror::Error)]
pub enum UnlinkError {
    /// The account has no such identity, or no password to come in with.
    #[error("there is nothing to unlink")]
    Gone,
    /// The account was changed in the meantime.
    #[error("the account was changed in the meantime")]
    Changed,
    /// The provider made this person a superuser, and there is no other.
    #[error("this is the last active superuser")]
    LastSuperuser,
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Takes an identity from one's own account, with all that its provider gave, and ends all one's sessions, those among
/// them that came by it. Returns the account as it is then, for a new session.
///
/// # Errors
/// See [`UnlinkError`].
pub async fn unlink(db: &Db, asked: &Unlink<'_>, origin: &Origin, now: Time) -> Result<User, UnlinkError> {
    let mut tx = db.write().await?;
    users::lock_superusers(&mut tx).await?;
    // Before anything is read: this also makes whoever changes the account at this moment wait.
    let epoch = users::next_epoch(&mut tx, asked.user.id, asked.user.session_epoch).await?;
    let user = users::find(&mut tx, asked.user.id).await?.filter(|user| user.is_usable(now));
    let (Some(_), Some(user)) = (epoch, user) else { return Err(UnlinkError::Changed) };
    let (out, rest): (Vec<_>, Vec<_>) =
        identities::of_user(&mut tx, user.id).await?.into_iter().partition(|it| it.handle() == asked.handle);
    let linked = out.first().filter(|_| user.has_password).ok_or(UnlinkError::Gone)?;
    if !identities::unlink(&mut tx, &linked.identity(), user.id).await? {
        return Err(UnlinkError::Gone);
    }
    if !rest.iter().any(|it| it.provider == linked.provider) {
        take_back(&mut tx, &user, linked, origin, now).await?;
    }
    let record = Record::new(Event::AccountUnlinked, actor(&user), origin).about(&user);
    record.detail(&linked.provider).write(&mut tx, now).await?;
    letters::identity_unlinked(&mut tx, &user, asked.known_as, origin, now).await?;
    let user = users::find(&mut tx, user.id).await?.ok_or(UnlinkError::Changed)?;
    tx.commit().await?;
    Ok(user)
}

/// What a provider gave goes with the identity by which it came: no sign-in there would take it back.
async fn take_back(
    tx: &mut Tx,
    user: &User,
    linked: &LinkedIdentity,
    origin: &Origin,
    now: Time,
) -> Result<(), UnlinkError> {
    let source = GrantSource::Provider(linked.provider.clone());
    let (held, _) = grants::of_user(tx, user.id).await?;
    for (role, _) in held.roles.iter().filter(|(_, from)| *from == source) {
        grants::remove_role(tx, user.id, role, &source).await?;
        let record = Record::new(Event::RoleRevoked, actor(user), origin).about(user);
        record.change("role", role, "").detail(&source.word()).write(tx, now).await?;
    }
    if user.tier != Tier::Superuser || users::tier_source(tx, user.id).await? != Some(source.clone()) {
        return Ok(());
    }
    match keep_a_superuser(tx, user).await {
        Ok(()) => {}
        Err(Refusal::Store(error)) => return Err(error.into()),
        Err(_) => return Err(UnlinkError::LastSuperuser),
    }
    users::set_tier(tx, user.id, Tier::Standard).await?;
    let record = Record::new(Event::AccountTierChanged, actor(user), origin).about(user);
    record.change("tier", user.tier, Tier::Standard).detail(&source.word()).write(tx, now).await?;
    Ok(())
}
