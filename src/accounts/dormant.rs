//! Accounts whose people have been away for long are reviewed: kept, or deactivated.
use std::time::Duration;

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{By, Record, Refusal, administration, keep_a_superuser, letters};
use crate::{
    domain::{
        audit::{Actor, Event},
        notice::Notice,
        permission::{Need, Right},
        settings::Settings,
        time::Time,
        user::{Status, User, UserId},
    },
    store::{self, Db, counters, dormant, facts},
};

const REVIEW: &str = "dormant_review";
const JOB: &str = "dormant_job";
const DAY: Duration = Duration::from_secs(86_400);
/// So many days ahead people are warned,
const WARNED_AHEAD: u32 = 14;
/// and nobody is deactivated by the clock who was warned less long ago.
const WARNED_FOR: u32 = 7;
/// Accounts that the job looks at in one go.
const BATCH: i64 = 200;

/// Accounts that were idle since before then are dormant.
pub fn idle_before(settings: &Settings, now: Time) -> Time {
    now - DAY * settings.dormant_days
}

/// What came of the last review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// When somebody last decided.
    pub at: Time,
    /// Who it was.
    pub by: String,
    /// Accounts kept in that quarter.
    pub kept: u64,
    /// Accounts deactivated in that quarter.
    pub deactivated: u64,
}

/// What becomes of a dormant account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is left alone until the next quarter.
    Keep,
    /// It is deactivated.
    Deactivate {
        /// Whether its owner is told.
        tell: bool,
    },
}

/// Decides on a dormant account.
///
/// # Errors
/// [`Refusal::LastSuperuser`]; [`Refusal::AlreadyDone`] when the account is not dormant any more.
pub async fn decide(
    db: &Db,
    by: &By,
    id: UserId,
    verdict: Verdict,
    idle_before: Time,
    now: Time,
) -> Result<User, Refusal> {
    let need = Need::May(Right::UserManage);
    let (mut tx, acting, user) = administration::begin(db, by, id, need, now).await?;
    if user.status != Status::Active || user.idle_since >= idle_before || user.kept_until > now {
        return Err(Refusal::AlreadyDone(Box::new(user)));
    }
    match verdict {
        Verdict::Keep => {
            dormant::keep(&mut tx, id, next_quarter(now)).await?;
            let record = Record::new(Event::AccountKept, acting.actor.clone(), &by.origin).about(&user);
            record.detail("dormant").write(&mut tx, now).await?;
        }
        Verdict::Deactivate { tell } => {
            keep_a_superuser(&mut tx, &user).await?;
            administration::set_status(&mut tx, by, &acting, &user, Status::Inactive, now).await?;
            if tell {
                administration::tell_deactivated(&mut tx, &user, now).await?;
            }
        }
    }
    if let Actor::User { name, .. } = acting.actor {
        let last = last_review(facts::get(&mut tx, REVIEW).await?);
        let same = last.filter(|last| quarter(last.at) == quarter(now));
        let (kept, deactivated) = same.map_or((0, 0), |last| (last.kept, last.deactivated));
        let (kept, deactivated) = match verdict {
            Verdict::Keep => (kept + 1, deactivated),
            Verdict::Deactivate { .. } => (kept, deactivated + 1),
        };
        let review = Review { at: now, by: name, kept, deactivated };
        let text = serde_json::to_string(&review).expect("a review is text and numbers");
        facts::set(&mut tx, REVIEW, &text).await?;
    }
    tx.commit().await?;
    Ok(user)
}

/// The last review, if there was one.
///
/// # Errors
/// When the database does not answer.
pub async fn reviewed(db: &Db) -> Result<Option<Review>, store::Error> {
    Ok(last_review(facts::get(&mut db.read().await?, REVIEW).await?))
}

/// The day by which the next review is due: the last of this quarter, or of the next when this one's is done.
/// And whether one has been missed.
pub fn due(last: Option<&Review>, now: Time) -> (Time, bool) {
    let this = quarter(now);
    let of_last = last.map(|last| quarter(last.at));
    let due = if of_last == Some(this) { next_quarter(next_quarter(now)) } else { next_quarter(now) };
    (due - DAY, of_last.is_some_and(|last| last + 1 < this))
}

/// Deactivates every dormant account of a standard user whose owner was warned a week ago or earlier, and warns those
/// whose turn comes in two weeks; once a day however many instances ask. What becomes of superusers, people decide.
/// Returns how many were deactivated.
///
/// # Errors
/// When the database does not answer; the rest waits for the next day then.
pub async fn deactivate_all(db: &Db, settings: &Settings, now: Time) -> Result<u64, store::Error> {
    if !settings.dormant_auto {
        return Ok(0);
    }
    let mut tx = db.write().await?;
    let claimed = counters::claim(&mut tx, JOB, now, now - DAY).await?;
    tx.commit().await?;
    if !claimed {
        return Ok(0);
    }
    let done = deactivate_warned(db, settings, now).await?;
    warn(db, settings, now).await?;
    Ok(done)
}

async fn deactivate_warned(db: &Db, settings: &Settings, now: Time) -> Result<u64, store::Error> {
    let (before, mut after, mut done) = (idle_before(settings, now), (Time::NEVER, 0), 0);
    loop {
        let warned_before = now - DAY * WARNED_FOR;
        let page = dormant::warned(&mut db.read().await?, before, now, warned_before, after, BATCH).await?;
        let Some(last) = page.last() else { return Ok(done) };
        after = (last.idle_since, last.number);
        for user in page {
            let verdict = Verdict::Deactivate { tell: true };
            match decide(db, &By::system(), user.id, verdict, before, now).await {
                Ok(_) => done += 1,
                Err(Refusal::Store(error)) => return Err(error),
                Err(why) => tracing::info!(user = %user.id, %why, "a dormant account stays as it is"),
            }
        }
    }
}

/// Writes to everybody whose turn comes within two weeks, once. Who is overdue, because nobody was warned before or
/// was kept until now, has a week from now.
async fn warn(db: &Db, settings: &Settings, now: Time) -> Result<(), store::Error> {
    let lasts = DAY * settings.dormant_days;
    // Where accounts are dormant after a few days, half of them pass before anybody is warned.
    let before = now - (lasts - DAY * WARNED_AHEAD.min(settings.dormant_days / 2));
    loop {
        let page = dormant::to_warn(&mut db.read().await?, before, now, BATCH).await?;
        if page.is_empty() {
            return Ok(());
        }
        for user in page {
            let mut tx = db.write().await?;
            if dormant::note_warned(&mut tx, &user, now).await? {
                let at = (user.idle_since + lasts).max(now + DAY * WARNED_FOR);
                let notice = Notice::DormantSoon { name: user.display_name.to_string(), at };
                letters::write(&mut tx, &user, &notice, now).await?;
            }
            tx.commit().await?;
        }
    }
}

fn last_review(text: Option<String>) -> Option<Review> {
    serde_json::from_str(&text?).ok()
}

/// Quarters since year 0.
fn quarter(time: Time) -> i64 {
    let date = time.to_utc();
    i64::from(date.year()) * 4 + i64::from(date.month0() / 3)
}

/// The beginning of the quarter after that of `time`.
fn next_quarter(time: Time) -> Time {
    let next = quarter(time) + 1;
    let year = i32::try_from(next.div_euclid(4)).unwrap_or_default();
    let month = u32::try_from(next.rem_euclid(4)).unwrap_or_default() * 3 + 1;
    let day = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
    day.and_time(chrono::NaiveTime::MIN).and_utc().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Time {
        format!("{text}T12:00:00Z").parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
    }

    fn review(text: &str) -> Review {
        Review { at: day(text), by: "ada".to_owned(), kept: 1, deactivated: 2 }
    }

    #[test]
    fn a_review_is_due_at_the_end_of_each_quarter() {
        for (last, now, expected) in [
            (None, "2026-11-22", ("2026-12-31", false)),
            (Some("2026-09-28"), "2026-11-22", ("2026-12-31", false)),
            (Some("2026-10-01"), "2026-11-22", ("2027-03-31", false)),
            (Some("2026-03-31"), "2026-11-22", ("2026-12-31", true)),
            (Some("2025-12-31"), "2026-01-01", ("2026-03-31", false)),
        ] {
            let last = last.map(review);
            let (due, missed) = due(last.as_ref(), day(now));
            assert_eq!(
                (due.rfc3339()[..10].to_owned(), missed),
                (expected.0.to_owned(), expected.1),
                "{now}"
            );
        }
    }
}
