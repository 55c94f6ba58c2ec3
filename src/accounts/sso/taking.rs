//! What a provider gave somebody is taken back: roles and the tier, each with its event.
use std::collections::BTreeSet;

use crate::{
    accounts::{Record, Refusal, keep_a_superuser},
    domain::{
        audit::{Actor, Event, Origin},
        permission::{GrantSource, RoleName},
        time::Time,
        user::{Tier, User},
    },
    store::{self, Tx, grants, users},
};

/// Whose, from which source, and on whose behalf.
pub(super) struct Taking<'a> {
    pub(super) user: &'a User,
    pub(super) source: GrantSource,
    pub(super) actor: Actor,
    pub(super) origin: &'a Origin,
    pub(super) now: Time,
}

/// What a source gave.
pub(super) struct Given {
    pub(super) roles: BTreeSet<RoleName>,
    /// Whether somebody is a superuser by it.
    pub(super) superuser: bool,
}

impl Taking<'_> {
    /// What there is to take.
    pub(super) async fn given(&self, tx: &mut Tx) -> Result<Given, store::Error> {
        let (all, _) = grants::of_user(tx, self.user.id).await?;
        let own = all.roles.into_iter().filter(|(_, from)| *from == self.source);
        let from = users::tier_source(tx, self.user.id).await?;
        Ok(Given {
            roles: own.map(|(role, _)| role).collect(),
            superuser: self.user.tier == Tier::Superuser && from.as_ref() == Some(&self.source),
        })
    }

    /// Takes everything; superusers are locked by now.
    ///
    /// # Errors
    /// [`Refusal::LastSuperuser`].
    pub(super) async fn all(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let given = self.given(tx).await?;
        for role in &given.roles {
            self.role(tx, role).await?;
        }
        if !given.roles.is_empty() {
            users::touch_version(tx, self.user.id).await?;
        }
        if given.superuser { self.tier(tx).await } else { Ok(()) }
    }

    /// Takes one role. Whoever does it touches the account's version.
    pub(super) async fn role(&self, tx: &mut Tx, role: &RoleName) -> Result<(), store::Error> {
        grants::remove_role(tx, self.user.id, role, &self.source).await?;
        let record = self.record(Event::RoleRevoked).change("role", role, "");
        record.detail(&self.source.word()).write(tx, self.now).await
    }

    /// Takes the tier, and ends the sessions with it; superusers are locked by now.
    ///
    /// # Errors
    /// [`Refusal::LastSuperuser`].
    pub(super) async fn tier(&self, tx: &mut Tx) -> Result<(), Refusal> {
        keep_a_superuser(tx, self.user).await?;
        users::set_tier(tx, self.user.id, Tier::Standard).await?;
        let record = self.record(Event::AccountTierChanged).change("tier", self.user.tier, Tier::Standard);
        Ok(record.detail(&self.source.word()).write(tx, self.now).await?)
    }

    fn record(&self, event: Event) -> Record<'_> {
        Record::new(event, self.actor.clone(), self.origin).about(self.user)
    }
}
