//! Applications come into the queue, leave it by their own time, and are told of to those who decide.
use std::time::Duration;

use super::{Record, actor, letters};
use crate::{
    domain::{
        application::{State, network},
        audit::{Actor, Event, Origin},
        notice::Notice,
        permission::{Effective, Permission, Right},
        secret::new_id,
        settings::Settings,
        time::Time,
        user::{Status, User, UserId},
    },
    store::{
        self, Db, Tx,
        applications::{self, Decision, NewApplication},
        counters, grants, roles, users,
    },
};

const TOLD: &str = "approvers_told";
const DAY: Duration = Duration::from_secs(86_400);
/// Applications that are looked up at once, to be closed.
const BATCH: i64 = 100;
/// More people than these are not told of new applications.
const APPROVERS_MAX: i64 = 100;
/// So many applicants are named.
const NAMED: i64 = 5;

/// Puts the application of an account that was just made on record.
pub(super) async fn enter(tx: &mut Tx, id: UserId, address: &str, now: Time) -> Result<(), store::Error> {
    let network = network(address);
    let new = NewApplication { id: new_id(now), user_id: id, applied_at: now, address, network: &network };
    applications::insert(tx, &new).await
}

/// Writes down what became of somebody's application. `by` is whoever decided, where somebody did.
pub(super) async fn close(
    tx: &mut Tx,
    user: &User,
    state: State,
    by: Option<&Actor>,
    message: Option<&str>,
    now: Time,
) -> Result<(), store::Error> {
    let by = by.and_then(|actor| match actor {
        Actor::User { name, .. } => Some(name.as_str()),
        Actor::Cli => Some("narthex user"),
        Actor::System | Actor::Stranger => None,
    });
    applications::decide(tx, user, &Decision { state, at: now, by, message }).await?;
    Ok(())
}

/// Takes back an application that waits under `epoch`: the account is gone, the record stays. Nothing when
/// somebody has decided meanwhile.
///
/// # Errors
/// When the database does not answer.
pub async fn withdraw(
    db: &Db,
    id: UserId,
    epoch: i64,
    origin: &Origin,
    now: Time,
) -> Result<Option<User>, store::Error> {
    let mut tx = db.write().await?;
    let user = users::find(&mut tx, id).await?.filter(|user| user.session_epoch == epoch);
    let Some(user) = user else { return Ok(None) };
    if !users::delete(&mut tx, id, Status::Pending).await? {
        return Ok(None);
    }
    close(&mut tx, &user, State::Withdrawn, None, None, now).await?;
    // Otherwise anybody could have mail sent to an address that is not theirs.
    if user.email_trusted {
        let notice = Notice::Withdrawn { name: user.display_name.to_string() };
        letters::write(&mut tx, &user, &notice, now).await?;
    }
    let record = Record::new(Event::AccountWithdrawn, actor(&user), origin).about(&user);
    record.write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(Some(user))
}

/// Closes applications on which nobody decided in time. However many instances do it, each is closed once.
/// Returns how many.
///
/// # Errors
/// When the database does not answer; the rest waits for the next time then.
pub async fn expire(db: &Db, settings: &Settings, now: Time) -> Result<u64, store::Error> {
    let days = settings.expire_days;
    if days == 0 {
        return Ok(0);
    }
    let mut done = 0;
    loop {
        let due = applications::waiting_since(&mut db.read().await?, now - DAY * days, BATCH).await?;
        for id in &due {
            // A transaction each: whoever decides on one waits for no other.
            let mut tx = db.write().await?;
            done += u64::from(expire_one(&mut tx, *id, days, now).await?);
            tx.commit().await?;
        }
        if due.len() < BATCH.unsigned_abs() as usize {
            return Ok(done);
        }
    }
}

async fn expire_one(tx: &mut Tx, id: UserId, days: u32, now: Time) -> Result<bool, store::Error> {
    let user = users::find(tx, id).await?;
    let Some(user) = user.filter(|user| user.status == Status::Pending) else {
        applications::close_orphan(tx, id, now).await?;
        return Ok(false);
    };
    if !users::delete(tx, id, Status::Pending).await? {
        return Ok(false);
    }
    close(tx, &user, State::Expired, None, None, now).await?;
    let notice = Notice::ApplicationExpired { name: user.display_name.to_string(), days };
    letters::write(tx, &user, &notice, now).await?;
    let nowhere = Origin::default();
    let record = Record::new(Event::AccountApplicationExpired, Actor::System, &nowhere).about(&user);
    record.write(tx, now).await?;
    Ok(true)
}

/// Tells those who decide of the applications that have come since the last time: one mail to each, however many
/// applications and instances there are. Returns how many were written to.
///
/// # Errors
/// When the database does not answer; they are told the next time then.
pub async fn tell(db: &Db, settings: &Settings, now: Time) -> Result<u64, store::Error> {
    let Some(pause) = settings.notify.pause() else { return Ok(0) };
    if applications::count_untold(&mut db.read().await?).await? == 0 {
        return Ok(0);
    }
    let mut tx = db.write().await?;
    if !counters::claim(&mut tx, TOLD, now, now - pause).await? {
        return Ok(0);
    }
    let (count, who) = applications::note_told(&mut tx, now, NAMED).await?;
    if count == 0 {
        return Ok(0);
    }
    let approvers = approvers(&mut tx, now).await?;
    for approver in &approvers {
        let notice = Notice::NewApplications {
            name: approver.display_name.to_string(),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            who: who.clone(),
        };
        letters::write(&mut tx, approver, &notice, now).await?;
    }
    tx.commit().await?;
    Ok(approvers.len() as u64)
}

/// Those who may decide on applications.
async fn approvers(tx: &mut Tx, now: Time) -> Result<Vec<User>, store::Error> {
    let permission = Permission::from(Right::UserApprove);
    let all = roles::all(tx).await?;
    let giving: Vec<_> =
        all.0.keys().filter(|name| all.permissions(name).contains(&permission)).cloned().collect();
    let found = grants::who_may(tx, &permission, &giving, now, APPROVERS_MAX).await?;
    let ids: Vec<_> = found.iter().map(|user| user.id).collect();
    let mut held = grants::of_users(tx, &ids).await?;
    let mut may = |user: &User| {
        let held = held.remove(&user.id).unwrap_or_default();
        Effective::of(user.tier, &held, &all).may(Right::UserApprove)
    };
    Ok(found.into_iter().filter(|user| may(user)).collect())
}

/// When decided applications are too old to be kept; nothing where they are kept for ever.
pub fn forget_before(settings: &Settings, now: Time) -> Option<Time> {
    (settings.keep_decided_days > 0).then(|| now - DAY * settings.keep_decided_days)
}
