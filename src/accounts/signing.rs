//! The keys that assertions are signed with: the first one is made, the next one follows, old ones go.
use super::{By, Record, Refusal, acting};
use crate::{
    domain::{
        audit::Event,
        permission::Need,
        secret::MasterKey,
        signing::{self, SealedKey},
        time::Time,
    },
    store::{
        self, Db, Tx,
        signing_keys::{self, Stored},
    },
};

/// Makes the first key where there is none yet; of any number who start at once one does. It signs at once.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(db: &Db, master: &MasterKey, now: Time) -> Result<(), store::Error> {
    if !signing_keys::all(&mut db.read().await?).await?.is_empty() {
        return Ok(());
    }
    let mut tx = db.write().await?;
    signing_keys::changed(&mut tx).await?;
    if signing_keys::all(&mut tx).await?.is_empty() {
        add(&mut tx, master, 1, now, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// How the next key follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Succession {
    /// It is published first and signs later, and the one before it stays published for a while: nobody notices.
    Overlapping,
    /// It signs now and all others are gone: whoever has one of theirs can do nothing with it any more.
    AtOnce,
}

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is one already that does not sign yet.
    #[error(
        "key {} is published already and signs from {} on; wait until then, or make all others worthless with --at-once",
        .0.kid, .0.signs_from.rfc3339()
    )]
    Waiting(Box<Stored>),
    /// As for every operation.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Refused(error.into())
    }
}

/// Makes the next key.
///
/// # Errors
/// [`Error::Waiting`]; [`Refusal::NotAllowed`] to everybody but a superuser, the command line and the clock.
pub async fn rotate(
    db: &Db,
    master: &MasterKey,
    by: &By,
    succession: Succession,
    now: Time,
) -> Result<Stored, Error> {
    let mut tx = db.write().await?;
    signing_keys::changed(&mut tx).await?;
    let keys = signing_keys::all(&mut tx).await?;
    if let Some(newest) = keys.last()
        && newest.signs_from > now
        && succession == Succession::Overlapping
    {
        return Err(Error::Waiting(Box::new(newest.clone())));
    }
    let key = follow(&mut tx, master, by, &keys, succession, now).await?;
    tx.commit().await?;
    Ok(key)
}

/// Makes the next key when it is time, and forgets those that are over. Returns the key that was made.
///
/// # Errors
/// When the database does not answer.
pub async fn keep_up(db: &Db, master: &MasterKey, now: Time) -> Result<Option<Stored>, Refusal> {
    let due = |keys: &[Stored]| {
        let from: Vec<_> = keys.iter().map(|key| key.signs_from).collect();
        (signing::is_due(&from, now), signing::over(&from, now))
    };
    if due(&signing_keys::all(&mut db.read().await?).await?) == (false, 0) {
        return Ok(None);
    }
    let mut tx = db.write().await?;
    signing_keys::changed(&mut tx).await?;
    let keys = signing_keys::all(&mut tx).await?;
    let (is_due, over) = due(&keys);
    if let Some(first) = keys.get(over) {
        signing_keys::delete_before(&mut tx, first.number).await?;
    }
    let made = match is_due {
        true => Some(follow(&mut tx, master, &By::system(), &keys, Succession::Overlapping, now).await?),
        false => None,
    };
    tx.commit().await?;
    Ok(made)
}

/// Adds the key that comes after these.
async fn follow(
    tx: &mut Tx,
    master: &MasterKey,
    by: &By,
    keys: &[Stored],
    succession: Succession,
    now: Time,
) -> Result<Stored, Refusal> {
    let acting = acting(tx, by, Need::Superuser, now).await?;
    let newest = keys.last();
    let number = newest.map_or(1, |key| key.number + 1);
    let signs_from = match succession {
        Succession::Overlapping => now + signing::AHEAD,
        Succession::AtOnce => now,
    };
    let key = add(tx, master, number, signs_from, now).await?;
    let before = newest.map_or("", |key| key.kid.as_str());
    let record = Record::new(Event::KeysRotated, acting.actor, &by.origin).change("key", before, &key.kid);
    let record = record.change("signs_from", "", signs_from.rfc3339());
    match succession {
        Succession::Overlapping => record.write(tx, now).await?,
        Succession::AtOnce => {
            signing_keys::delete_before(tx, number).await?;
            record.detail("at_once").write(tx, now).await?;
        }
    }
    Ok(key)
}

async fn add(
    tx: &mut Tx,
    master: &MasterKey,
    number: i64,
    signs_from: Time,
    now: Time,
) -> Result<Stored, store::Error> {
    let SealedKey { kid, sealed } = SealedKey::generate(master);
    let key = Stored { number, kid, sealed, made_at: now, signs_from };
    signing_keys::insert(tx, &key).await?;
    Ok(key)
}
