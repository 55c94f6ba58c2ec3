//! Signing out where a provider vouched for somebody: it says that a session has ended there, or the person wants to end
//! it there, too.
use std::time::Duration;

use super::{Record, vouching::end_in};
use crate::{
    domain::{
        audit::{Actor, Event, Origin},
        identity::Identity,
        renewal::open_hint,
        secret::{MasterKey, base64url, sha256},
        session::{LONGEST, Session},
        time::Time,
        user::UserId,
    },
    store::{self, Db, Tx, identities, provider_sessions, revocations, users},
};

/// For so long the page after signing out can show where to sign out at the provider.
const HINT_KEPT: Duration = Duration::from_secs(300);
/// Why these sessions end, in the audit log.
const WHY: &str = "provider_logout";
/// A logout token is remembered for so much longer than it is accepted: clocks differ.
const REMEMBERED: Duration = Duration::from_secs(600);

/// What has ended at a provider, as it says itself.
pub struct SignedOut<'a> {
    /// The provider's name in the config file.
    pub provider: &'a str,
    /// Who says so.
    pub issuer: &'a str,
    /// Names what it said.
    pub jti: &'a str,
    /// The session there.
    pub sid: Option<&'a str>,
    /// The person there.
    pub sub: Option<&'a str>,
    /// After this nobody would believe it any more.
    pub until: Time,
}

/// Ends the sessions that came of one at the provider, or, where it names none, all sessions of one person. `false`
/// when this was said before: nothing is done a second time.
///
/// # Errors
/// When the database does not answer: then nothing was done, and it may be said again.
pub async fn signed_out(
    db: &Db,
    said: &SignedOut<'_>,
    origin: &Origin,
    now: Time,
) -> Result<bool, store::Error> {
    let mut tx = db.write().await?;
    // Whatever it is made of, the name has a bounded length then.
    let jti = base64url(&sha256(format!("{}\n{}", said.issuer, said.jti).as_bytes()));
    if !revocations::insert(&mut tx, &format!("jti:{jti}"), said.until + REMEMBERED).await? {
        return Ok(false);
    }
    let mut ended = vec![];
    if let Some(sid) = said.sid {
        // Also what begins a moment from now, by a sign-in that is under way.
        let key = Session::revocation_of_provider(said.provider, sid);
        revocations::insert(&mut tx, &key, now + LONGEST).await?;
        ended = provider_sessions::of_sid(&mut tx, said.provider, sid).await?;
    }
    if let Some(sub) = said.sub {
        let identity = Identity { issuer: said.issuer.to_owned(), subject: sub.to_owned() };
        match (identities::owner(&mut tx, &identity).await?, said.sid) {
            (None, _) => {}
            (Some(user), None) => end_all(&mut tx, said.provider, user, origin, now).await?,
            (Some(user), Some(_)) => {
                let all = provider_sessions::of_user(&mut tx, said.provider, user).await?;
                // Only those that cannot be told from the one that is named.
                ended.extend(all.into_iter().filter(|row| row.sid.is_none()));
            }
        }
    }
    for row in &ended {
        end_in(&mut tx, &row.session, WHY, origin, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Ends all sessions of a person, however they began. A sign-in that is under way has read the epoch before this one,
/// so its session does not stand.
async fn end_all(
    tx: &mut Tx,
    provider: &str,
    id: UserId,
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    users::end_sessions(tx, id).await?;
    let Some(user) = users::find(tx, id).await? else { return Ok(()) };
    let record = Record::new(Event::SessionEnded, Actor::System, origin).about(&user);
    record.change("provider", provider, "").detail(WHY).write(tx, now).await
}

/// Leaves of a session that ends now what the page after signing out needs.
pub(super) async fn leave(tx: &mut Tx, session: &Session, now: Time) -> Result<(), store::Error> {
    if session.provider.is_none() {
        return Ok(());
    }
    provider_sessions::leave(tx, &session.revocation(), now + HINT_KEPT).await
}

/// The ID token with which a session began that has just ended, to be shown to its provider.
///
/// # Errors
/// When the database does not answer.
pub async fn hint(db: &Db, key: &MasterKey, session: &str) -> Result<Option<String>, store::Error> {
    let sealed = provider_sessions::id_token(&mut db.read().await?, session).await?;
    Ok(sealed.and_then(|sealed| open_hint(&sealed, session, key)))
}
