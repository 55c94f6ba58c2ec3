//! People link an identity to their own account, and take it away again, having shown their password before; an
//! administrator takes one away, too.
use super::{
    Refused,
    admission::{self, Occasion},
    taking::Taking,
};
use crate::{
    accounts::{
        Agent, By, Record, Refusal, actor,
        administration::{bar_hash, begin},
        letters,
    },
    config::Provider,
    domain::{
        audit::{Actor, Event, Origin},
        identity::{Identity, Profile},
        permission::{GrantSource, Need, Right},
        secret::{MasterKey, base64url},
        time::Time,
        user::{User, UserId},
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
        let record = named(link_refused(provider, &user, origin).detail(why.word()), identity, true);
        record.write(&mut tx, now).await?;
        tx.commit().await?;
        return Err(LinkError::Refused(why));
    }
    identities::forget_unlinked(&mut tx, user.id, &unlinked_hash(key, identity)).await?;
    let record = Record::new(Event::AccountLinked, actor(&user), origin).about(&user).detail(&provider.name);
    named(record, identity, true).write(&mut tx, now).await?;
    letters::identity_linked(&mut tx, &user, provider.known_as(), false, origin, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Records that somebody wanted to link an identity, and that it came to nothing at or with the provider; `word` says why.
///
/// # Errors
/// When the database does not answer.
pub async fn note_link_failure(
    db: &Db,
    provider: &Provider,
    user: &User,
    word: &str,
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    link_refused(provider, user, origin).detail(word).write(&mut tx, now).await?;
    tx.commit().await
}

fn link_refused<'a>(provider: &Provider, user: &User, origin: &'a Origin) -> Record<'a> {
    let record = Record::new(Event::AccountLinkRefused, actor(user), origin).about(user);
    record.change("provider", "", &provider.name)
}

/// Longer is no subject (OpenID Connect Core 1.0 §2), nor an issuer that anybody could read.
const NAMED_MAX: usize = 255;

/// With whose identity it was about, which became an account's (`comes`) or was one until now.
pub(super) fn named<'a>(record: Record<'a>, identity: &Identity, comes: bool) -> Record<'a> {
    let cut = |text: &str| text.chars().take(NAMED_MAX).collect::<String>();
    let (issuer, subject) = (cut(&identity.issuer), cut(&identity.subject));
    match comes {
        true => record.change("issuer", "", issuer).change("subject", "", subject),
        false => record.change("issuer", issuer, "").change("subject", subject, ""),
    }
}

/// Under what is kept that an identity was taken from an account.
pub(super) fn unlinked_hash(key: &MasterKey, identity: &Identity) -> String {
    let text = format!("{}\n{}", identity.issuer, identity.subject);
    base64url(&key.mac("unlinked identity", text.as_bytes()))
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

/// An identity that is to be taken from an account.
pub struct Unlink<'a> {
    /// The identity, by its handle ([`crate::domain::identity::LinkedIdentity::handle`]).
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

/// Takes an identity from the account of `user`, as it was read for this request, who asks for it; with all that its
/// provider gave, and ends all their sessions, those among them that came by it. Returns the account as it is then, for
/// a new session.
///
/// # Errors
/// See [`UnlinkError`].
pub async fn unlink(
    db: &Db,
    key: &MasterKey,
    user: &User,
    asked: &Unlink<'_>,
    origin: &Origin,
    now: Time,
) -> Result<User, UnlinkError> {
    let mut tx = db.write().await?;
    users::lock_superusers(&mut tx).await?;
    // Before anything is read: this also makes whoever changes the account at this moment wait.
    let epoch = users::next_epoch(&mut tx, user.id, user.session_epoch).await?;
    let user = users::find(&mut tx, user.id).await?.filter(|user| user.is_usable(now));
    let (Some(_), Some(user)) = (epoch, user) else { return Err(UnlinkError::Changed) };
    if !user.has_password {
        return Err(UnlinkError::Gone);
    }
    let parting = Parting { key, user: &user, actor: actor(&user), origin, now };
    match parting.take(&mut tx, asked).await {
        Ok(()) => {}
        Err(Refusal::LastSuperuser(_)) => return Err(UnlinkError::LastSuperuser),
        Err(Refusal::Store(error)) => return Err(error.into()),
        Err(_) => return Err(UnlinkError::Gone),
    }
    let user = users::find(&mut tx, user.id).await?.ok_or(UnlinkError::Changed)?;
    tx.commit().await?;
    Ok(user)
}

/// Takes an identity from somebody else's account, with all that its provider gave, and ends all their sessions.
///
/// # Errors
/// [`Refusal::AlreadyDone`] when the account has no such identity, [`Refusal::OnlyWayIn`], [`Refusal::LastSuperuser`];
/// [`Refusal::NotAllowed`] for one's own account, where the password is asked for first.
pub async fn unlink_for(
    db: &Db,
    key: &MasterKey,
    by: &By,
    id: UserId,
    asked: &Unlink<'_>,
    now: Time,
) -> Result<User, Refusal> {
    let (mut tx, acting, user) = begin(db, by, id, Need::May(Right::UserManage), now).await?;
    if by.agent == Agent::User(id) {
        return Err(Refusal::NotAllowed);
    }
    let parting = Parting { key, user: &user, actor: acting.actor, origin: &by.origin, now };
    parting.take(&mut tx, asked).await?;
    users::end_sessions(&mut tx, id).await?;
    tx.commit().await?;
    Ok(user)
}

/// An account that loses an identity; superusers are locked.
struct Parting<'a> {
    key: &'a MasterKey,
    user: &'a User,
    actor: Actor,
    origin: &'a Origin,
    now: Time,
}

impl Parting<'_> {
    async fn take(&self, tx: &mut Tx, asked: &Unlink<'_>) -> Result<(), Refusal> {
        let Self { key, user, origin, now, .. } = *self;
        let (out, rest): (Vec<_>, Vec<_>) =
            identities::of_user(tx, user.id).await?.into_iter().partition(|it| it.handle() == asked.handle);
        let gone = || Refusal::AlreadyDone(Box::new(user.clone()));
        let linked = out.first().ok_or_else(gone)?;
        if !user.has_password && rest.is_empty() {
            return Err(Refusal::OnlyWayIn(user.username.to_string()));
        }
        let identity = linked.identity();
        if !identities::unlink(tx, &identity, user.id).await? {
            return Err(gone());
        }
        identities::note_unlinked(tx, user.id, &unlinked_hash(key, &identity), now).await?;
        // What a provider gave goes with the identity by which it came: no sign-in there would take it back.
        for source in grants::provider_sources(tx, user.id).await? {
            let stays = rest.iter().any(|it| GrantSource::Provider(it.provider.clone()) == source);
            if !stays {
                Taking { user, source, actor: self.actor.clone(), origin, now }.all(tx).await?;
            }
        }
        users::touch_version(tx, user.id).await?;
        let record = Record::new(Event::AccountUnlinked, self.actor.clone(), origin).about(user);
        named(record.detail(&linked.provider), &identity, false).write(tx, now).await?;
        Ok(letters::identity_unlinked(tx, user, asked.known_as, origin, now).await?)
    }
}
