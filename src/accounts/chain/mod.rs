//! The audit log proves itself: every event is sealed into a chain soon after it was written, by one instance
//! of all; anybody who later changes, removes, inserts or moves one without the key is found out.
//!
//! | what | where |
//! |---|---|
//! | events that wait get their places | [`seal`] |
//! | the whole chain is looked at | [`verify`] |
//! | the head is kept outside of the database | [`kept`] |
//! | what is too old goes, and the chain still holds | [`prune`] |
//! | somebody takes a copy | [`export`] |
use crate::{
    domain::{
        chain::{ChainKey, Head, Mac},
        secret::{MasterKey, random},
    },
    store::{self, Tx, audit_chain, facts},
};

pub mod export;
pub mod kept;
pub mod prune;
pub mod seal;
pub mod verify;

/// The fact that holds the chain's key, sealed under the master key.
const KEY: &str = "audit_chain_key";
/// The fact that tells up to where the chain was pruned, certified under the chain's key.
const CHECKPOINT: &str = "audit_checkpoint";

/// Why the chain could not be written or looked at.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key is gone, or another stands in its place.
    #[error(
        "the key of the audit chain is gone from the database, or is not this installation's; \
         keep a copy of the database as it is, and restore the key from a backup"
    )]
    Key,
    /// What is to be pruned is not what was sealed.
    #[error("nothing was pruned, because the audit log is not intact; `narthex audit verify` says where")]
    Broken,
    /// It was pruned again and again in the meantime.
    #[error("the audit log was pruned while it was looked at; try again")]
    Moving,
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The chain's key; none while nothing was ever sealed.
async fn key(tx: &mut Tx, master: &MasterKey) -> Result<Option<ChainKey>, Error> {
    match facts::get(tx, KEY).await? {
        Some(sealed) => {
            let bytes = master.open(KEY, &sealed).ok_or(Error::Key)?;
            let bytes: [u8; 32] = bytes.try_into().map_err(|_| Error::Key)?;
            Ok(Some(ChainKey::from_bytes(&bytes)))
        }
        None if audit_chain::last(tx).await?.is_none() && facts::get(tx, CHECKPOINT).await?.is_none() => {
            Ok(None)
        }
        None => Err(Error::Key),
    }
}

/// The chain's key, made if nothing was ever sealed. Under the chain's lock only.
async fn key_to_seal_with(tx: &mut Tx, master: &MasterKey) -> Result<ChainKey, Error> {
    if let Some(key) = key(tx, master).await? {
        return Ok(key);
    }
    let bytes = zeroize::Zeroizing::new(random::<32>());
    facts::set(tx, KEY, &master.seal(KEY, bytes.as_slice())).await?;
    Ok(ChainKey::from_bytes(&bytes))
}

/// Up to where the chain was pruned; its very start when it never was.
async fn checkpoint(tx: &mut Tx, key: &ChainKey) -> Result<Option<Head>, Error> {
    Ok(match facts::get(tx, CHECKPOINT).await? {
        Some(text) => key.certified(&text),
        None => Some(Head::START),
    })
}

/// The end of the chain: its last row, or where it was pruned.
async fn end(tx: &mut Tx, key: &ChainKey) -> Result<Head, Error> {
    Ok(match audit_chain::last(tx).await? {
        // Whoever has changed the last mac is found out there; what follows can be sealed behind anything.
        Some(last) => Head { position: last.position, mac: Mac::read(&last.mac).unwrap_or(Head::START.mac) },
        None => checkpoint(tx, key).await?.unwrap_or(Head::START),
    })
}

/// Up to where the chain was pruned; 0 when it never was.
///
/// # Errors
/// When the key cannot be opened or the database does not answer.
pub async fn pruned(tx: &mut Tx, master: &MasterKey) -> Result<i64, Error> {
    let Some(key) = key(tx, master).await? else { return Ok(0) };
    Ok(checkpoint(tx, &key).await?.map_or(0, |head| head.position))
}
