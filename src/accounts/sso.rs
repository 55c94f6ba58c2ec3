//! People whom a provider vouches for sign in: found, linked, provisioned or refused.
use super::{Record, actor, administration::bar_hash, letters, naming, queue, sign_up};
use crate::{
    config::{Provider, Provision},
    domain::{
        application::State,
        audit::{Actor, Event, Origin},
        identity::{EmailClaim, Profile},
        secret::{MasterKey, new_id},
        time::Time,
        user::{DisplayName, Email, Source, Status, Tier, User, UserId},
    },
    store::{
        self, Db, Tx, identities,
        users::{self, NewUser},
    },
};

/// Why somebody whom a provider vouches for was not let in.
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
    /// This provider brings known people only.
    NotProvisioned,
    /// The address belongs to another account.
    Collision,
    /// The address belongs to a superuser, who is never linked by email.
    Superuser,
    /// Deleted, and not to come back.
    Barred,
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
            Self::NotProvisioned => "not_provisioned",
            Self::Collision => "email_belongs_to_another",
            Self::Superuser => "email_belongs_to_superuser",
            Self::Barred => "barred",
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
    for _ in 0..ATTEMPTS {
        let number = if known(db, profile).await? { 0 } else { users::next_number(db).await? };
        let mut tx = db.write().await?;
        let mut visit = Visit { tx: &mut tx, key, provider, profile, origin, now, number };
        let outcome = visit.judge().await?;
        let Some((result, subject)) = outcome else { continue };
        let actor = subject.as_ref().map_or(Actor::Stranger, actor);
        let event = if result.is_ok() { Event::LoginSucceeded } else { Event::LoginRefused };
        let word = result.as_ref().err().map_or(provider.name.as_str(), |why| why.word());
        let mut record = Record::new(event, actor, origin).detail(word);
        if let Some(user) = &subject {
            record = record.about(user);
        }
        record.write(&mut tx, now).await?;
        tx.commit().await?;
        let since = subject.map(|user| user.registered_at);
        return result.map_err(|why| SsoError::Refused(why, since));
    }
    Err(SsoError::Refused(Refused::Collision, None))
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

/// What came of a profile that a provider gave for a session that goes on.
pub(super) enum Refreshed {
    /// The account is as the provider says.
    Followed,
    /// The person is not admitted any more; nothing was changed.
    Refused(Refused),
    /// Somebody was faster with the same address: the transaction is of no further use.
    Raced,
}

/// What a provider says by now of `user`, for whose session it vouches: the account follows, and the provider's admission
/// policy holds as at every sign-in. A provider that says nothing changes nothing.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn refreshed(
    tx: &mut Tx,
    key: &MasterKey,
    (provider, profile): (&Provider, Option<&Profile>),
    user: &User,
    origin: &Origin,
    now: Time,
) -> Result<Refreshed, store::Error> {
    let Some(profile) = profile else { return Ok(Refreshed::Followed) };
    let mut visit = Visit { tx, key, provider, profile, origin, now, number: 0 };
    if let Some(why) = visit.not_admitted() {
        return Ok(Refreshed::Refused(why));
    }
    if user.source == Source::Sso && !visit.follow_profile(user).await? {
        return Ok(Refreshed::Raced);
    }
    Ok(Refreshed::Followed)
}

async fn known(db: &Db, profile: &Profile) -> Result<bool, store::Error> {
    Ok(identities::owner(&mut db.read().await?, &profile.identity).await?.is_some())
}

/// What came of a visit, and whose account it was about. Nothing at all: somebody was faster, try again.
type Outcome = Option<(Result<User, Refused>, Option<User>)>;

struct Visit<'a> {
    tx: &'a mut Tx,
    key: &'a MasterKey,
    provider: &'a Provider,
    profile: &'a Profile,
    origin: &'a Origin,
    now: Time,
    number: i64,
}

fn refused(why: Refused, subject: Option<User>) -> Result<Outcome, store::Error> {
    Ok(Some((Err(why), subject)))
}

impl Visit<'_> {
    async fn judge(&mut self) -> Result<Outcome, store::Error> {
        let owner = match identities::owner(self.tx, &self.profile.identity).await? {
            Some(id) => users::find(self.tx, id).await?,
            None => None,
        };
        if let Some(why) = self.not_admitted() {
            return refused(why, owner);
        }
        match owner {
            Some(user) => self.known_person(user).await,
            None => self.new_person().await,
        }
    }

    /// The provider's admission policy, which holds at every sign-in.
    fn not_admitted(&self) -> Option<Refused> {
        let domains = &self.provider.allowed_domains;
        if !domains.is_empty() {
            match &self.profile.email {
                EmailClaim::Missing => return Some(Refused::EmailMissing),
                EmailClaim::Unverified => return Some(Refused::EmailUnverified),
                EmailClaim::Counts(email) => {
                    let domain = email.domain();
                    if !domains.iter().any(|allowed| allowed.eq_ignore_ascii_case(&domain)) {
                        return Some(Refused::Domain);
                    }
                }
            }
        }
        let groups = &self.provider.allowed_groups;
        let held = self.profile.groups.as_deref().unwrap_or_default();
        (!groups.is_empty() && !held.iter().any(|group| groups.contains(group))).then_some(Refused::Group)
    }

    async fn known_person(&mut self, user: User) -> Result<Outcome, store::Error> {
        match user.status {
            Status::Pending => return refused(Refused::Pending, Some(user)),
            Status::Inactive => return refused(Refused::Inactive, Some(user)),
            Status::Active if user.is_expired(self.now) => return refused(Refused::Inactive, Some(user)),
            Status::Active => {}
        }
        if user.source == Source::Sso {
            let followed = self.follow_profile(&user).await?;
            if !followed {
                return Ok(None);
            }
        }
        self.sign_in(user.id).await
    }

    async fn new_person(&mut self) -> Result<Outcome, store::Error> {
        if identities::is_barred(self.tx, &bar_hash(self.key, &self.profile.identity)).await? {
            return refused(Refused::Barred, None);
        }
        let email = match &self.profile.email {
            EmailClaim::Counts(email) => email.clone(),
            EmailClaim::Missing => return refused(Refused::EmailMissing, None),
            EmailClaim::Unverified => return refused(Refused::EmailUnverified, None),
        };
        match users::find_by_email(self.tx, &email).await? {
            None => self.provision(&email).await,
            // Made by this very person a moment ago, in another tab.
            Some(_) if identities::owner(self.tx, &self.profile.identity).await?.is_some() => Ok(None),
            Some(user) => self.same_email(user, &email).await,
        }
    }

    async fn same_email(&mut self, user: User, email: &Email) -> Result<Outcome, store::Error> {
        match (user.status, user.tier) {
            (Status::Inactive, _) => refused(Refused::Inactive, Some(user)),
            (Status::Active, _) if user.is_expired(self.now) => refused(Refused::Inactive, Some(user)),
            (Status::Pending, _) if self.provider.provision == Provision::Existing => {
                refused(Refused::NotProvisioned, None)
            }
            (Status::Pending, _) => {
                if !users::delete(self.tx, user.id, Status::Pending).await? {
                    return Ok(None);
                }
                queue::close(self.tx, &user, State::Superseded, None, None, self.now).await?;
                let record = Record::new(Event::AccountSuperseded, Actor::System, self.origin).about(&user);
                record.detail(&self.provider.name).write(self.tx, self.now).await?;
                self.provision(email).await
            }
            (Status::Active, Tier::Superuser) => refused(Refused::Superuser, Some(user)),
            (Status::Active, Tier::Standard) if self.provider.links_verified_email => {
                if !self.link(user.id).await? {
                    return Ok(None);
                }
                let record = Record::new(Event::AccountLinked, Actor::System, self.origin).about(&user);
                record.detail(&self.provider.name).write(self.tx, self.now).await?;
                self.sign_in(user.id).await
            }
            (Status::Active, Tier::Standard) => refused(Refused::Collision, Some(user)),
        }
    }

    async fn provision(&mut self, email: &Email) -> Result<Outcome, store::Error> {
        let status = match self.provider.provision {
            Provision::Active => Status::Active,
            Provision::Pending => Status::Pending,
            Provision::Existing => return refused(Refused::NotProvisioned, None),
        };
        let (claimed, name) = (self.profile.username.as_deref(), self.profile.name.as_deref());
        let local_part = email.as_str().split('@').next();
        let wish = naming::first_wish([claimed, name, local_part]);
        let display_name =
            [name, claimed, local_part].into_iter().flatten().find_map(DisplayName::from_claim);
        let display_name = display_name.unwrap_or_else(|| DisplayName::from_username(&wish));
        let new = NewUser {
            id: UserId(new_id(self.now)),
            number: self.number,
            username: &wish,
            email,
            email_trusted: true,
            display_name: &display_name,
            status,
            tier: Tier::Standard,
            source: Source::Sso,
            password_hash: None,
            reason: None,
            language: self.origin.language,
            registered_at: self.now,
        };
        if naming::insert_under_free_name(self.tx, &wish, &new).await?.is_none() || !self.link(new.id).await?
        {
            return Ok(None);
        }
        let Some(user) = users::find(self.tx, new.id).await? else { return Ok(None) };
        let record = Record::new(Event::AccountProvisioned, Actor::System, self.origin).about(&user);
        record.change("status", "", status).detail(&self.provider.name).write(self.tx, self.now).await?;
        match status {
            Status::Active => self.sign_in(user.id).await,
            _ => {
                queue::enter(self.tx, user.id, &self.origin.address, self.now).await?;
                sign_up::tell_applicant(self.tx, &user, self.now).await?;
                refused(Refused::Pending, Some(user))
            }
        }
    }

    async fn link(&mut self, user: UserId) -> Result<bool, store::Error> {
        identities::link(self.tx, &self.profile.identity, user, &self.provider.name, self.now).await
    }

    async fn sign_in(&mut self, id: UserId) -> Result<Outcome, store::Error> {
        let Some(user) = users::find(self.tx, id).await? else { return Ok(None) };
        let noted =
            users::note_login(self.tx, id, user.session_epoch, self.now, &self.origin.address).await?;
        if user.language != self.origin.language {
            users::set_language(self.tx, id, self.origin.language).await?;
        }
        Ok(noted.then(|| (Ok(user.clone()), Some(user))))
    }

    /// Name and address follow the provider, unless another account holds the address. `false` when one took
    /// it in this very moment.
    async fn follow_profile(&mut self, user: &User) -> Result<bool, store::Error> {
        let name = self.profile.name.as_deref().and_then(DisplayName::from_claim);
        let display_name = name.unwrap_or_else(|| user.display_name.clone());
        let mut email = user.email.clone();
        if let EmailClaim::Counts(claimed) = &self.profile.email {
            let owner = users::find_by_email(self.tx, claimed).await?;
            if owner.is_none_or(|owner| owner.id == user.id) {
                email = claimed.clone();
            } else {
                tracing::warn!(user = %user.id, "an email claim was skipped because another account has the address");
                let record = Record::new(Event::AccountEdited, Actor::System, self.origin).about(user);
                record.detail("email_skipped").write(self.tx, self.now).await?;
            }
        }
        if display_name == user.display_name && email == user.email {
            return Ok(true);
        }
        if !users::set_profile(self.tx, user.id, &user.username, &email, true, &display_name).await? {
            return Ok(false);
        }
        let mut record = Record::new(Event::AccountEdited, Actor::System, self.origin).about(user);
        if email != user.email {
            record = record.change("email", &user.email, &email);
        }
        if display_name != user.display_name {
            record = record.change("display_name", &user.display_name, &display_name);
        }
        record.detail(&self.provider.name).write(self.tx, self.now).await?;
        letters::email_changed(self.tx, user, &email, self.now).await?;
        Ok(true)
    }
}
