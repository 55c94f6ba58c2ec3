//! What can be done to an account. Each function is one transaction, its audit event included; it reads the
//! actor again inside. Nothing here knows HTTP or sessions: an operation that ends sessions does it by
//! incrementing the account's epoch, or by a revocation.
use std::fmt::Display;

use uuid::Uuid;

use crate::{
    domain::{
        audit::{Actor, Change, Entry, Event, Origin, Target},
        permission::{Effective, Need, RoleName, Roles},
        secret::new_id,
        time::Time,
        user::{Status, Tier, User, UserId},
    },
    store::{self, Tx, audit, facts, grants, roles, users},
};

pub mod administration;
pub mod approval;
pub mod arrival;
pub mod chain;
pub mod delivering;
pub mod dormant;
pub mod editing;
pub mod expiring;
pub mod exporting;
pub mod granting;
pub mod guess;
pub mod hashing;
pub mod own;
pub mod provider_logout;
pub mod proving;
pub mod queue;
pub mod recovery;
pub mod roles_admin;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod sign_up;
pub mod signing;
pub mod sso;
pub mod verification;
pub mod vouching;

mod letters;
mod naming;

/// On whose behalf an operation runs, and from where.
#[derive(Clone, Debug)]
pub struct By {
    /// Who acts.
    pub agent: Agent,
    /// From where.
    pub origin: Origin,
}

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agent {
    /// Somebody signed in; looked at again inside the operation.
    User(UserId),
    /// The operator at the server's command line, who may do everything.
    Cli,
    /// narthex itself, by the clock.
    System,
}

impl By {
    /// Somebody signed in.
    pub fn user(id: UserId, origin: Origin) -> Self {
        Self { agent: Agent::User(id), origin }
    }

    /// The command line.
    pub fn cli() -> Self {
        Self { agent: Agent::Cli, origin: Origin::default() }
    }

    /// A job of narthex's own.
    pub fn system() -> Self {
        Self { agent: Agent::System, origin: Origin::default() }
    }
}

/// Why a change to an account was refused. The sentences are for the command line and the log; pages have
/// their own in two languages.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Whoever asks lacks the right, perhaps since a moment ago.
    #[error("you may not do this")]
    NotAllowed,
    /// The account is gone.
    #[error("there is no such account")]
    NotFound,
    /// Nobody could administer the system any more.
    #[error("{0} is the last active superuser; make another user a superuser first")]
    LastSuperuser(String),
    /// The account is not in the state that the change is for; somebody was faster.
    #[error("{} is {} already", .0.username, .0.status)]
    AlreadyDone(Box<User>),
    /// The account has changed since the form was shown; here is what it is now.
    #[error("{} was changed by somebody else in the meantime", .0.username)]
    Conflict(Box<User>),
    /// Another account has this address.
    #[error("another account has this email address")]
    EmailTaken,
    /// Another account has this username, or one that looks like it.
    #[error("another account has this username, or one that looks like it")]
    UsernameTaken,
    /// The account signs in at a provider and has no password.
    #[error("{0} signs in at a provider and has no password")]
    NoPassword(String),
    /// Without this identity nobody could sign in to the account.
    #[error("{0} could not sign in any more")]
    OnlyWayIn(String),
    /// The typed name is not the account's.
    #[error("the typed name is not the account's username")]
    NotConfirmed,
    /// Somebody else saved in the meantime.
    #[error("somebody else saved in the meantime")]
    Outdated,
    /// There is no such role.
    #[error("there is no role {0}")]
    NoRole(RoleName),
    /// Whoever acts may not hand this on, because they do not hold it themselves.
    #[error("you do not hold {0} yourself")]
    NotHeld(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Whoever acts, as the transaction sees them.
#[derive(Clone)]
struct Acting {
    actor: Actor,
    may: Effective,
}

/// Reads whoever acts, to whom this must be open by now.
async fn acting(tx: &mut Tx, by: &By, need: Need, now: Time) -> Result<Acting, Refusal> {
    let acting = match by.agent {
        Agent::Cli => Acting { actor: Actor::Cli, may: Effective::all() },
        Agent::System => Acting { actor: Actor::System, may: Effective::all() },
        Agent::User(id) => {
            let user = users::find(tx, id).await?.filter(|user| user.is_usable(now));
            let user = user.ok_or(Refusal::NotAllowed)?;
            Acting { actor: actor(&user), may: may(tx, &user).await? }
        }
    };
    if acting.may.meets(need) { Ok(acting) } else { Err(Refusal::NotAllowed) }
}

/// What somebody may do, as the transaction sees it.
async fn may(tx: &mut Tx, user: &User) -> Result<Effective, store::Error> {
    let (held, _) = grants::of_user(tx, user.id).await?;
    let all = if held.roles.is_empty() { Roles::default() } else { roles::all(tx).await? };
    Ok(Effective::of(user.tier, &held, &all))
}

fn actor(user: &User) -> Actor {
    Actor::User { id: user.id, name: user.username.to_string() }
}

fn target(user: &User) -> Target {
    Target { id: user.id, name: user.username.to_string() }
}

/// An entry of the audit log in the making.
struct Record<'a> {
    event: Event,
    actor: Actor,
    target: Option<Target>,
    origin: &'a Origin,
    changes: Vec<Change>,
    detail: Option<&'a str>,
}

impl<'a> Record<'a> {
    fn new(event: Event, actor: Actor, origin: &'a Origin) -> Self {
        Self { event, actor, target: None, origin, changes: vec![], detail: None }
    }

    fn about(mut self, user: &User) -> Self {
        self.target = Some(target(user));
        self
    }

    fn change(mut self, field: &str, from: impl Display, to: impl Display) -> Self {
        self.changes.push(Change::new(field, &from, &to));
        self
    }

    fn detail(mut self, detail: &'a str) -> Self {
        self.detail = Some(detail);
        self
    }

    async fn write(self, tx: &mut Tx, now: Time) -> Result<(), store::Error> {
        self.write_as(new_id(now), tx, now).await
    }

    async fn write_as(self, id: Uuid, tx: &mut Tx, now: Time) -> Result<(), store::Error> {
        let entry = Entry {
            id,
            at: now,
            event: self.event,
            actor: self.actor,
            target: self.target,
            origin: self.origin.clone(),
            changes: self.changes,
            detail: self.detail.map(str::to_owned),
        };
        audit::insert(tx, &entry).await
    }
}

/// Locks the superusers, then reads the account and refuses what would leave none.
async fn keep_a_superuser(tx: &mut Tx, user: &User) -> Result<(), Refusal> {
    if user.is_lasting_superuser() && users::count_lasting_superusers(tx).await? <= 1 {
        return Err(Refusal::LastSuperuser(user.username.to_string()));
    }
    Ok(())
}

/// Whenever an account becomes an active superuser, setup is over for good.
async fn note_superuser(tx: &mut Tx, status: Status, tier: Tier) -> Result<(), store::Error> {
    if status == Status::Active && tier == Tier::Superuser {
        facts::put_new(tx, setup::DONE, "there has been a superuser").await?;
    }
    Ok(())
}
