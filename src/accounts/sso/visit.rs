//! One visit of a provider's person: whose account it is, or will be.
use super::{
    Refused, SsoError, Told,
    admission::{self, Occasion},
    linking::{named, unlinked_hash},
    mapping::makes_superuser,
    steps::{Step, Warning},
};
use crate::{
    accounts::{Record, administration::bar_hash, letters, naming, queue, sign_up},
    config::{Provider, Provision},
    domain::{
        application::State,
        audit::{Actor, Event, Origin},
        identity::{EmailClaim, Profile},
        permission::GrantSource,
        secret::{MasterKey, new_id},
        time::Time,
        user::{DisplayName, Email, Source, Status, Tier, User, UserId},
    },
    store::{
        self, Tx, grants, identities, passwords,
        users::{self, NewUser},
    },
};

/// What came of a visit, and whose account it was about.
pub(super) struct Ended {
    pub(super) result: Result<User, Refused>,
    pub(super) subject: Option<User>,
}

impl Ended {
    pub(super) fn into_answer(self) -> Result<User, SsoError> {
        let since = self.subject.map(|user| user.registered_at);
        self.result.map_err(|why| SsoError::Refused(why, since))
    }
}

/// Nothing at all: it has to be begun again, because somebody was faster, or superusers have to be locked first.
type Outcome = Option<Ended>;

/// Whose identity it is.
struct Owner {
    user: User,
    /// The provider's name in the config file when the identity was last used.
    provider: String,
    /// Whether what was given under that name is this provider's: it is another by now, and nobody else bears it.
    renamed: bool,
}

pub(super) struct Visit<'a> {
    pub(super) tx: &'a mut Tx,
    key: &'a MasterKey,
    pub(super) provider: &'a Provider,
    pub(super) profile: &'a Profile,
    pub(super) origin: &'a Origin,
    pub(super) now: Time,
    pub(super) occasion: Occasion,
    number: i64,
    pub(super) superusers_locked: bool,
    pub(super) wants_lock: bool,
    pub(super) steps: Vec<Step>,
}

fn refused(why: Refused, subject: Option<User>) -> Result<Outcome, store::Error> {
    Ok(Some(Ended { result: Err(why), subject }))
}

impl<'a> Visit<'a> {
    pub(super) fn new(
        tx: &'a mut Tx,
        told: &Told<'a>,
        occasion: Occasion,
        number: i64,
        superusers_locked: bool,
    ) -> Self {
        let Told { key, provider, profile, origin, now, .. } = *told;
        let groups = profile.groups.as_ref().map(Vec::len);
        let steps = vec![Step::Email(profile.email.clone()), Step::Groups(groups)];
        let wants_lock = false;
        Self {
            tx,
            key,
            provider,
            profile,
            origin,
            now,
            occasion,
            number,
            superusers_locked,
            wants_lock,
            steps,
        }
    }

    /// The steps that were taken, and whether superusers have to be locked before the next attempt.
    pub(super) fn into_steps(self) -> (Vec<Step>, bool) {
        (self.steps, self.wants_lock)
    }

    /// Somebody signs in.
    pub(super) async fn sign_in(&mut self) -> Result<Outcome, store::Error> {
        let owner = self.owner().await?;
        if let Some(why) = admission::refusal(self.provider, self.profile, self.occasion) {
            return self.turn_away(owner, why).await;
        }
        self.steps.push(Step::Admitted);
        match owner {
            Some(owner) => {
                self.steps.push(Step::Known(Box::new(owner.user.clone())));
                match self.follow(owner).await? {
                    Some(Ended { result: Ok(user), .. }) => self.enter(user.id).await,
                    ended => Ok(ended),
                }
            }
            None => {
                self.steps.push(Step::NewPerson);
                self.new_person().await
            }
        }
    }

    /// Somebody who is signed in is looked at again.
    pub(super) async fn refresh(&mut self, id: UserId) -> Result<Outcome, store::Error> {
        let Some(owner) = self.owner().await?.filter(|owner| owner.user.id == id) else {
            let user = users::find(self.tx, id).await?;
            return refused(Refused::Unlinked, user);
        };
        if let Some(why) = admission::refusal(self.provider, self.profile, self.occasion) {
            return self.turn_away(Some(owner), why).await;
        }
        match self.follow(owner).await? {
            Some(Ended { result: Ok(user), .. }) => match users::find(self.tx, user.id).await? {
                Some(user) => Ok(Some(Ended { result: Ok(user.clone()), subject: Some(user) })),
                None => Ok(None),
            },
            ended => Ok(ended),
        }
    }

    async fn owner(&mut self) -> Result<Option<Owner>, store::Error> {
        let identity = &self.profile.identity;
        let Some((id, provider)) = identities::find(self.tx, identity).await? else { return Ok(None) };
        let mut renamed = provider != self.provider.name && !self.provider.same_issuer.contains(&provider);
        if renamed {
            // Whoever bears the name by now gave what stands under it.
            let linked = identities::of_user(self.tx, id).await?;
            renamed = !linked.iter().any(|it| it.provider == provider && it.identity() != *identity);
        }
        Ok(users::find(self.tx, id).await?.map(|user| Owner { user, provider, renamed }))
    }

    /// Somebody is not admitted: what this provider gave them is taken back, as if no group were theirs any more.
    async fn turn_away(&mut self, owner: Option<Owner>, why: Refused) -> Result<Outcome, store::Error> {
        let Some(Owner { user, provider, renamed }) = owner else { return refused(why, None) };
        self.steps.push(Step::Known(Box::new(user.clone())));
        if user.status == Status::Active {
            let (now, before) = (self.provider.name.as_str(), provider.as_str());
            let names = if renamed { vec![now, before] } else { vec![now] };
            if !self.withdraw(&user, &names).await? {
                return Ok(None);
            }
        }
        refused(why, Some(user))
    }

    /// The account follows what the provider says, unless it is locked out. The account is as it was before.
    async fn follow(&mut self, owner: Owner) -> Result<Outcome, store::Error> {
        let user = &owner.user;
        match user.status {
            Status::Pending => return refused(Refused::Pending, Some(owner.user)),
            Status::Inactive => return refused(Refused::Inactive, Some(owner.user)),
            Status::Active if user.is_expired(self.now) => {
                return refused(Refused::Inactive, Some(owner.user));
            }
            Status::Active => {}
        }
        self.rename(&owner).await?;
        if user.source == Source::Sso && !self.follow_profile(user).await? {
            return Ok(None);
        }
        let followed = self.sync(user).await?;
        let user = owner.user;
        Ok(followed.then(|| Ended { result: Ok(user.clone()), subject: Some(user) }))
    }

    /// What the provider gave under the name that it had in the config file before is its own under the one that it has
    /// now. Where the issuer still stands there under the former name too, that one keeps what it gave.
    async fn rename(&mut self, Owner { user, provider, renamed }: &Owner) -> Result<(), store::Error> {
        let now = &self.provider.name;
        if provider == now || self.provider.same_issuer.contains(provider) {
            return Ok(());
        }
        if *renamed {
            let (from, to) = (GrantSource::Provider(provider.clone()), GrantSource::Provider(now.clone()));
            grants::move_source(self.tx, user.id, &from, &to).await?;
            users::touch_version(self.tx, user.id).await?;
        }
        identities::set_provider(self.tx, &self.profile.identity, now).await?;
        let record = self.record(Event::AccountEdited, user).change("provider", provider, now);
        record.detail(now).write(self.tx, self.now).await?;
        self.steps.push(Step::Followed { field: "provider", from: provider.clone(), to: now.clone() });
        Ok(())
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
            Some(user) => {
                self.steps.push(Step::SameEmail(Box::new(user.clone())));
                self.same_email(user, &email).await
            }
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
                self.steps.push(Step::Superseded(user.username));
                self.provision(email).await
            }
            (Status::Active, Tier::Superuser) => refused(Refused::Superuser, Some(user)),
            (Status::Active, Tier::Standard) if self.may_link_by_email(&user).await? => {
                // Nor is one made: whoever came by the account in another way would be one, too.
                if makes_superuser(self.provider, self.profile) {
                    return refused(Refused::Superuser, Some(user));
                }
                self.link_by_email(user).await
            }
            (Status::Active, Tier::Standard) => refused(Refused::Collision, Some(user)),
        }
    }

    /// Only an address that was shown to be the account's owner's speaks for them; one that an administrator typed says
    /// nothing of who they are. Somebody who is known at this issuer already is somebody else there: an address may have
    /// a new owner. Other identities of a local account do not vouch for its address, and would stay ways in. What was
    /// unlinked stays so.
    async fn may_link_by_email(&mut self, user: &User) -> Result<bool, store::Error> {
        if !self.provider.links_verified_email || !users::email_is_proven(self.tx, user.id).await? {
            return Ok(false);
        }
        let identity = &self.profile.identity;
        if identities::was_unlinked(self.tx, user.id, &unlinked_hash(self.key, identity)).await? {
            return Ok(false);
        }
        let linked = identities::of_user(self.tx, user.id).await?;
        Ok(match user.source {
            Source::Local => linked.is_empty(),
            Source::Sso => !linked.iter().any(|linked| linked.issuer == identity.issuer),
        })
    }

    /// From now on the account is the address's owner's alone: whoever knew its password, or was signed in, is out.
    async fn link_by_email(&mut self, user: User) -> Result<Outcome, store::Error> {
        if !self.link(user.id).await? {
            return Ok(None);
        }
        passwords::remove(self.tx, user.id).await?;
        let record = self.record(Event::AccountLinked, &user).detail(&self.provider.name);
        let mut record = named(record, &self.profile.identity, true);
        if user.has_password {
            record = record.change("password", "set", "removed");
        }
        record.write(self.tx, self.now).await?;
        let known_as = self.provider.known_as();
        letters::identity_linked(self.tx, &user, known_as, user.has_password, self.origin, self.now).await?;
        self.steps.push(Step::Linked { username: user.username.clone(), had_password: user.has_password });
        if !self.sync(&user).await? {
            return Ok(None);
        }
        self.enter(user.id).await
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
        users::prove_email(self.tx, new.id).await?;
        let Some(user) = users::find(self.tx, new.id).await? else { return Ok(None) };
        let record = named(self.record(Event::AccountProvisioned, &user), &self.profile.identity, true);
        record.change("status", "", status).detail(&self.provider.name).write(self.tx, self.now).await?;
        self.steps.push(Step::Provisioned(Box::new(user.clone())));
        match status {
            Status::Active => match self.sync(&user).await? {
                true => self.enter(user.id).await,
                false => Ok(None),
            },
            // Groups give nothing to somebody who may not come in yet.
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

    /// The account is read again, since its epoch may be another by now.
    async fn enter(&mut self, id: UserId) -> Result<Outcome, store::Error> {
        let Some(user) = users::find(self.tx, id).await? else { return Ok(None) };
        let noted =
            users::note_login(self.tx, id, user.session_epoch, self.now, &self.origin.address).await?;
        if user.language != self.origin.language {
            users::set_language(self.tx, id, self.origin.language).await?;
        }
        Ok(noted.then(|| Ended { result: Ok(user.clone()), subject: Some(user) }))
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
                self.warn(Warning::EmailSkipped);
            }
        }
        if display_name == user.display_name && email == user.email {
            return Ok(true);
        }
        if !users::set_profile(self.tx, user.id, &user.username, &email, true, &display_name).await? {
            return Ok(false);
        }
        if email != user.email {
            users::prove_email(self.tx, user.id).await?;
        }
        let mut record = self.record(Event::AccountEdited, user);
        for (field, from, to) in [
            ("email", user.email.as_str(), email.as_str()),
            ("display_name", user.display_name.as_str(), display_name.as_str()),
        ] {
            if from != to {
                record = record.change(field, from, to);
                self.steps.push(Step::Followed { field, from: from.to_owned(), to: to.to_owned() });
            }
        }
        record.detail(&self.provider.name).write(self.tx, self.now).await?;
        letters::email_changed(self.tx, user, &email, self.now).await?;
        Ok(true)
    }
}
