//! What becomes of mail in the outbox: it is taken to be delivered, was sent, failed, is tried again. Delivering
//! itself takes long and is no part of any transaction.
use std::time::Duration;

use uuid::Uuid;

use super::{By, Record, Refusal, acting};
use crate::{
    domain::{
        audit::{Actor, Event, Origin},
        language::Language,
        notice::Notice,
        permission::{Need, Right},
        time::Time,
        user::{Email, UserId},
    },
    store::{self, Db, Tx, mail_tokens, outbox, users},
};

const DAY: Duration = Duration::from_secs(86_400);
/// So long a mail is tried.
const TRIED_FOR: Duration = Duration::from_secs(2 * 86_400);
const FIRST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// Longer than any server has something to say.
const ERROR_MAX: usize = 400;

/// A mail that this instance delivers.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Its id.
    pub id: Uuid,
    /// What is to be delivered; none when it cannot be read.
    pub letter: Option<Letter>,
    user_id: Option<UserId>,
    recipient: String,
    tried_since: Time,
    attempts: i64,
}

/// What is to be delivered.
#[derive(Clone, Debug)]
pub struct Letter {
    /// To whom.
    pub recipient: Email,
    /// In which language.
    pub language: Language,
    /// What it says.
    pub notice: Notice,
}

impl Taken {
    fn read(row: outbox::Row) -> Self {
        Self {
            id: row.id,
            letter: Letter::read(&row),
            user_id: row.user_id,
            recipient: row.recipient,
            tried_since: row.tried_since,
            attempts: row.attempts,
        }
    }

    /// What kind of mail it is, for logs.
    pub fn kind(&self) -> &'static str {
        self.letter.as_ref().map_or("unreadable", |letter| letter.notice.kind())
    }
}

impl Letter {
    /// Reads a mail; `None` when it cannot be read.
    pub fn read(row: &outbox::Row) -> Option<Self> {
        Some(Self {
            recipient: Email::parse(&row.recipient)?,
            language: Language::parse(&row.language)?,
            notice: serde_json::from_str(&row.notice).ok()?,
        })
    }
}

/// Why a mail was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It may be better later; what went wrong.
    ForNow(String),
    /// It will not be better; what the server said.
    Refused(String),
    /// The link in it is not good any more.
    TooLate,
    /// It cannot be read or written.
    Unreadable,
}

/// What became of a mail that was not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is tried again then.
    Again(Time),
    /// It was given up.
    GivenUp,
    /// Another instance took care of it.
    Elsewhere,
}

/// Takes up to `most` mails that are due. For the length of `lease` nobody else gets them; if this instance dies
/// they are due again after it.
///
/// # Errors
/// When the database does not answer.
pub async fn take(db: &Db, lease: Duration, most: usize, now: Time) -> Result<Vec<Taken>, store::Error> {
    // Nothing is due most of the time, and reading holds nobody up.
    if most == 0 || !outbox::is_due(&mut db.read().await?, now).await? {
        return Ok(vec![]);
    }
    let mut tx = db.write().await?;
    let rows = outbox::take(&mut tx, now, now + lease, i64::try_from(most).unwrap_or(i64::MAX)).await?;
    tx.commit().await?;
    Ok(rows.into_iter().map(Taken::read).collect())
}

/// Whether the link in a mail, if there is one, is still good: neither used nor replaced, and in its time.
///
/// # Errors
/// When the database does not answer.
pub async fn is_good(db: &Db, notice: &Notice, now: Time) -> Result<bool, store::Error> {
    let Some((link, purpose)) = notice.link() else { return Ok(true) };
    Ok(mail_tokens::find(&mut db.read().await?, link, purpose, now).await?.is_some())
}

/// Writes down that a mail was sent.
///
/// # Errors
/// When the database does not answer; then it is sent once more.
pub async fn sent(db: &Db, id: Uuid, now: Time) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    outbox::note_sent(&mut tx, id, now).await?;
    tx.commit().await
}

/// Writes down that a mail was not sent: it is tried again, or given up, which is recorded.
///
/// # Errors
/// When the database does not answer; then it is due again when the lease is over.
pub async fn failed(db: &Db, mail: &Taken, failure: &Failure, now: Time) -> Result<Fate, store::Error> {
    let (error, given_up) = match failure {
        Failure::ForNow(error) => {
            let next = now + wait_after(mail.attempts);
            let in_time = next.since(mail.tried_since) <= TRIED_FOR;
            (error.as_str(), if in_time { Err(next) } else { Ok("gave_up") })
        }
        Failure::Refused(error) => (error.as_str(), Ok("refused")),
        Failure::TooLate => {
            ("too late: the link in it was used, replaced, or its time is over", Ok("too_late"))
        }
        Failure::Unreadable => ("what was written cannot be read", Ok("unreadable")),
    };
    let error = one_line(error);
    let mut tx = db.write().await?;
    let fate = match given_up {
        Err(next) => match outbox::postpone(&mut tx, mail.id, mail.attempts, next, &error).await? {
            true => Fate::Again(next),
            false => Fate::Elsewhere,
        },
        Ok(why) => match outbox::give_up(&mut tx, mail.id, mail.attempts, now, &error).await? {
            true => {
                record_failure(&mut tx, mail, why, now).await?;
                Fate::GivenUp
            }
            false => Fate::Elsewhere,
        },
    };
    tx.commit().await?;
    Ok(fate)
}

async fn record_failure(tx: &mut Tx, mail: &Taken, why: &str, now: Time) -> Result<(), store::Error> {
    let origin = Origin::default();
    let mut record = Record::new(Event::MailFailed, Actor::System, &origin)
        .change("mail", "", mail.kind())
        .change("recipient", "", one_line(&mail.recipient))
        .detail(why);
    if let Some(id) = mail.user_id
        && let Some(user) = users::find(tx, id).await?
    {
        record = record.about(&user);
    }
    record.write(tx, now).await
}

/// A minute, two, four, … an hour.
fn wait_after(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 10)).unwrap_or(0);
    (FIRST_WAIT * 2_u32.pow(doublings)).min(LONGEST_WAIT)
}

/// What a server said may hold anything.
fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(ERROR_MAX).collect()
}

const MANAGE: Need = Need::May(Right::SettingsManage);

/// Makes a mail due at once, and begins its two days anew; `false` when it was sent or is being delivered.
///
/// # Errors
/// When the actor may not.
pub async fn retry(db: &Db, by: &By, id: Uuid, now: Time) -> Result<bool, Refusal> {
    let mut tx = db.write().await?;
    let acting = acting(&mut tx, by, MANAGE, now).await?;
    let Some(row) = outbox::retry(&mut tx, id, now).await? else { return Ok(false) };
    let mail = Taken::read(row);
    let record = Record::new(Event::MailRetried, acting.actor, &by.origin)
        .change("mail", "", mail.kind())
        .change("recipient", "", one_line(&mail.recipient));
    record.write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// The same for every mail that was given up. Returns how many.
///
/// # Errors
/// When the actor may not.
pub async fn retry_failed(db: &Db, by: &By, now: Time) -> Result<u64, Refusal> {
    let mut tx = db.write().await?;
    let acting = acting(&mut tx, by, MANAGE, now).await?;
    let mails = outbox::retry_failed(&mut tx, now).await?;
    if mails > 0 {
        let record = Record::new(Event::MailRetried, acting.actor, &by.origin).change("mail", "", mails);
        record.write(&mut tx, now).await?;
    }
    tx.commit().await?;
    Ok(mails)
}

/// Forgets what was sent a week ago and what was given up a month ago.
///
/// # Errors
/// When the database does not answer.
pub async fn purge(db: &Db, now: Time) -> Result<u64, store::Error> {
    let mut tx = db.write().await?;
    let gone = outbox::purge(&mut tx, now - DAY * 7, now - DAY * 30).await?;
    tx.commit().await?;
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_draw_apart_up_to_an_hour() {
        let minutes: Vec<_> = (1..=8).map(|attempts| wait_after(attempts).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(wait_after(i64::MAX), LONGEST_WAIT);
        assert_eq!(wait_after(0), FIRST_WAIT);
    }

    #[test]
    fn what_a_server_says_is_one_short_line() {
        assert_eq!(one_line("550 no\r\n\x1b[31m such\0 user "), "550 no [31m such user");
        assert_eq!(one_line(&"x".repeat(9000)).len(), ERROR_MAX);
    }
}
