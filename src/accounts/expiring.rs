//! People whose accounts are for a limited time are told before it is over.
use std::time::Duration;

use super::letters;
use crate::{
    domain::{notice::Notice, time::Time},
    store::{self, Db, dormant},
};

/// So long ahead.
const AHEAD: Duration = Duration::from_secs(7 * 86_400);
/// Accounts that are looked at in one go.
const BATCH: i64 = 200;

/// Writes to everybody whose account expires within a week, once for each date, however many instances ask.
/// Returns to how many.
///
/// # Errors
/// When the database does not answer; the rest is told in the next round.
pub async fn tell(db: &Db, now: Time) -> Result<u64, store::Error> {
    let mut told = 0;
    loop {
        let page = dormant::to_tell_of_expiry(&mut db.read().await?, now, now + AHEAD, BATCH).await?;
        if page.is_empty() {
            return Ok(told);
        }
        for user in page {
            let mut tx = db.write().await?;
            if dormant::note_told_of_expiry(&mut tx, &user).await? {
                let notice = Notice::ExpiresSoon { name: user.display_name.to_string(), at: user.expires_at };
                letters::write(&mut tx, &user, &notice, now).await?;
                told += 1;
            }
            tx.commit().await?;
        }
    }
}
