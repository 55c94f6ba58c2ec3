//! People whom a provider vouches for sign in: found, linked, provisioned or refused, and given what their groups give.
use super::{Record, actor};
use crate::{
    config::Provider,
    domain::{
        audit::{Actor, Event, Origin},
        identity::Profile,
        secret::MasterKey,
        time::Time,
        user::{User, UserId},
    },
    store::{self, Db, Tx, grants, identities, users},
};

mod admission;
mod explaining;
mod linking;
mod mapping;
mod steps;
mod taking;
mod visit;

use admission::Occasion;
pub use explaining::{Explained, explain};
pub use linking::{LinkError, Unlink, UnlinkError, link, note_link_failure, unlink, unlink_for};
pub use steps::{Step, Warning};
use visit::{Ended, Visit};

/// Why somebody whom a provider vouches for was not let in, or nothing was linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The application waits for a decision.
    Pending,
    /// The account is locked out, whatever the provider says.
    Inactive,
    /// No email claim.
    EmailMissing,
    /// An address that nobody has verified.
    EmailUnverified,
    /// An address outside `allowed_domains`.
    Domain,
    /// None of `allowed_groups`.
    Group,
    /// `allowed_groups` asks for a group, and the provider said nothing of groups.
    GroupsMissing,
    /// This one of `required_claims` is not there, or not what it has to be.
    Claim(String),
    /// This provider brings known people only.
    NotProvisioned,
    /// The address belongs to another account.
    Collision,
    /// The address belongs to a superuser, who is never linked by email.
    Superuser,
    /// Deleted, and not to come back.
    Barred,
    /// The identity is no longer the account's.
    Unlinked,
    /// The identity is somebody else's.
    Taken,
    /// The account has an identity at this provider already.
    SecondIdentity,
}

impl Refused {
    /// The word in the audit log.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Inactive => "inactive",
            Self::EmailMissing => "email_missing",
            Self::EmailUnverified => "email_unverified",
            Self::Domain => "domain_not_allowed",
            Self::Group => "group_not_allowed",
            Self::GroupsMissing => "groups_missing",
            Self::Claim(_) => "claim_not_met",
            Self::NotProvisioned => "not_provisioned",
            Self::Collision => "email_belongs_to_another",
            Self::Superuser => "email_belongs_to_superuser",
            Self::Barred => "barred",
            Self::Unlinked => "identity_unlinked",
            Self::Taken => "identity_of_another",
            Self::SecondIdentity => "provider_linked",
        }
    }
}

/// Why there is no sign-in.
#[derive(Debug)]
pub enum SsoError {
    /// For a reason that the person is told; with the day when the account they mean was made.
    Refused(Refused, Option<Time>),
    /// The database.
    Store(store::Error),
}

impl From<store::Error> for SsoError {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

/// So often somebody else may be faster with the same name, address or identity.
const ATTEMPTS: usize = 5;

/// Finds the account of a provider's person, makes one, or refuses; the result is recorded either way.
///
/// # Errors
/// See [`SsoError`].
pub async fn by_identity(
    db: &Db,
    key: &MasterKey,
    provider: &Provider,
    profile: &Profile,
    origin: &Origin,
    now: Time,
) -> Result<User, SsoError> {
    let told = Told { db, key, provider, profile, origin, now };
    let Some((mut tx, ended, steps)) = told.judge(Errand::SignIn).await? else {
        let mut tx = db.write().await?;
        told.note_refusal(&mut tx, &Refused::Collision, None).await?;
        tx.commit().await?;
        return Err(SsoError::Refused(Refused::Collision, None));
    };
    let subject = ended.subject.as_ref();
    match &ended.result {
        Ok(_) => {
            let actor = subject.map_or(Actor::Stranger, actor);
            let mut record = Record::new(Event::LoginSucceeded, actor, origin).detail(&provider.name);
            if let Some(user) = subject {
                record = record.about(user);
            }
            record.write(&mut tx, now).await?;
        }
        Err(why) => told.note_refusal(&mut tx, why, subject).await?,
    }
    tx.commit().await?;
    steps::warn(db, provider, subject, &steps, now).await;
    ended.into_answer()
}

/// What a provider says of somebody who is signed in already is followed: profile, groups, and whether they are still
/// admitted; outside of a sign-in, with claims that were just asked for again and verified as those of one. `profile`
/// has to be complete: what is not in it counts as not there, but with `groups_absent = "keep"` groups may be left
/// unsaid. Returns the account as it is then: where its `session_epoch` is another than before, its sessions are over,
/// because the tier was changed. Only what changed is recorded, and a refusal.
///
/// # Errors
/// [`SsoError::Refused`] when the session must end: no longer admitted, locked out, or the identity is no longer this
/// account's.
pub async fn refresh(
    db: &Db,
    key: &MasterKey,
    provider: &Provider,
    profile: &Profile,
    user: UserId,
    origin: &Origin,
    now: Time,
) -> Result<User, SsoError> {
    let told = Told { db, key, provider, profile, origin, now };
    let Some((mut tx, ended, steps)) = told.judge(Errand::Refresh(user)).await? else {
        // Somebody was faster, again and again: what they left is looked at the next time.
        let found = users::find(&mut db.read().await?, user).await?;
        return found.ok_or(SsoError::Refused(Refused::Unlinked, None));
    };
    if let Err(why) = &ended.result {
        told.note_refusal(&mut tx, why, ended.subject.as_ref()).await?;
    }
    tx.commit().await?;
    steps::warn(db, provider, ended.subject.as_ref(), &steps, now).await;
    ended.into_answer()
}

/// Providers that are in the configuration no more, by name, and from which this many people still have roles or the
/// tier. Nobody takes that back by itself: a section may be missing for a moment only, and the last superuser may stand
/// on it. Whoever administers does, by unlinking the identities or deactivating the accounts.
///
/// # Errors
/// When the database does not answer.
pub async fn left_behind(db: &Db, providers: &[Provider]) -> Result<Vec<(String, i64)>, store::Error> {
    let mut given = grants::all_provider_sources(&mut db.read().await?).await?;
    given.retain(|(name, _)| !providers.iter().any(|provider| provider.name == *name));
    Ok(given)
}

/// Records a sign-in that failed at or with the provider, so that nobody was named.
///
/// # Errors
/// When the database does not answer.
pub async fn note_failure(
    db: &Db,
    provider: &str,
    word: &str,
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    let record = Record::new(Event::LoginFailed, Actor::Stranger, origin).change("provider", "", provider);
    record.detail(word).write(&mut tx, now).await?;
    tx.commit().await
}

/// What a provider told, and where and when.
struct Told<'a> {
    db: &'a Db,
    key: &'a MasterKey,
    provider: &'a Provider,
    profile: &'a Profile,
    origin: &'a Origin,
    now: Time,
}

/// What is to be done with it.
#[derive(Clone, Copy)]
enum Errand {
    SignIn,
    /// A sign-in that nobody keeps.
    Explain,
    /// For an account that is signed in.
    Refresh(UserId),
}

impl Told<'_> {
    /// Does what is to be done, in a transaction that is handed back for the caller to keep or to drop, with the steps
    /// that led there. Nothing when somebody was faster again and again.
    async fn judge(&self, errand: Errand) -> Result<Option<(Tx, Ended, Vec<Step>)>, store::Error> {
        let mut lock = mapping::makes_superuser(self.provider, self.profile);
        for _ in 0..ATTEMPTS {
            let number = self.number(errand).await?;
            let mut tx = self.db.write().await?;
            if lock {
                users::lock_superusers(&mut tx).await?;
            }
            let occasion = match errand {
                Errand::SignIn | Errand::Explain => Occasion::SignIn,
                Errand::Refresh(_) => Occasion::Refresh,
            };
            let mut visit = Visit::new(&mut tx, self, occasion, number, lock);
            let ended = match errand {
                Errand::SignIn | Errand::Explain => visit.sign_in().await?,
                Errand::Refresh(id) => visit.refresh(id).await?,
            };
            if let Some(Ended { subject: Some(user), .. }) = &ended {
                visit.record_warnings(user).await?;
            }
            let (steps, wants_lock) = visit.into_steps();
            match ended {
                Some(ended) => return Ok(Some((tx, ended, steps))),
                None => lock |= wants_lock,
            }
        }
        Ok(None)
    }

    /// The running number of an account that may have to be made; none is drawn for one that will not be.
    async fn number(&self, errand: Errand) -> Result<i64, store::Error> {
        if !matches!(errand, Errand::SignIn) {
            return Ok(0);
        }
        // The connection goes back before another is asked for: whoever held one while all wait for one waits for ever.
        let owner = identities::owner(&mut self.db.read().await?, &self.profile.identity).await?;
        if owner.is_some() { Ok(0) } else { users::next_number(self.db).await }
    }

    async fn note_refusal(
        &self,
        tx: &mut Tx,
        why: &Refused,
        subject: Option<&User>,
    ) -> Result<(), store::Error> {
        // Whoever only has the address of an account, or had the identity once, is not the account's owner for that.
        let owner = identities::owner(tx, &self.profile.identity).await?;
        let own = subject.filter(|user| owner == Some(user.id));
        let record = Record::new(Event::LoginRefused, own.map_or(Actor::Stranger, actor), self.origin);
        let record = record.change("provider", "", &self.provider.name).detail(why.word());
        let mut record = linking::named(record, &self.profile.identity, true);
        if let Refused::Claim(claim) = why {
            record = record.change("claim", "", claim);
        }
        if let Some(user) = subject {
            record = record.about(user);
        }
        record.write(tx, self.now).await
    }
}
