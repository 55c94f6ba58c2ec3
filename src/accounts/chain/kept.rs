//! The head of the chain, kept outside of the database: without it nobody could tell that the end of the log
//! was cut off.
use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use super::{Error, checkpoint, end, key};
use crate::{
    domain::{
        chain::{ChainKey, Head, Mac},
        secret::{MasterKey, same},
    },
    store::{Db, Tx, audit_chain},
};

/// The file in the data folder.
pub fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("audit.head")
}

/// The head in a file; none when there is no file.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn read(file: &Path) -> io::Result<Option<Head>> {
    match fs::read_to_string(file) {
        Ok(text) => {
            text.parse().map(Some).map_err(|words: &str| io::Error::new(io::ErrorKind::InvalidData, words))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What became of the kept head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was ever sealed.
    Nothing,
    /// The head is kept already.
    Same(Head),
    /// It is now.
    Kept(Head),
    /// The chain no longer goes on from the head that was kept, which stays as it is.
    Contradicted {
        /// What was kept.
        kept: Head,
        /// What the database says.
        found: Head,
    },
}

/// Keeps the head, unless the chain does not go on from the one kept before.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(db: &Db, master: &MasterKey, file: &Path) -> Result<Outcome, KeepError> {
    let kept = read(file)?;
    let mut tx = db.read().await.map_err(Error::from)?;
    let Some(key) = key(&mut tx, master).await? else {
        let all_gone = |kept| Outcome::Contradicted { kept, found: Head::START };
        return Ok(kept.filter(|kept| kept.position > 0).map_or(Outcome::Nothing, all_gone));
    };
    let found = end(&mut tx, &key).await?;
    if let Some(kept) = kept {
        if kept == found {
            return Ok(Outcome::Same(found));
        }
        if !goes_on_from(&mut tx, &key, kept).await? {
            return Ok(Outcome::Contradicted { kept, found });
        }
    }
    drop(tx);
    write(file, found)?;
    Ok(Outcome::Kept(found))
}

/// Keeps the end of the chain before anything is pruned, so that the head never lies before what is left;
/// `false` when the chain does not go on from the one kept before.
pub(super) async fn keep_before_pruning(tx: &mut Tx, key: &ChainKey, file: &Path) -> Result<bool, KeepError> {
    if let Some(kept) = read(file)?
        && !goes_on_from(tx, key, kept).await?
    {
        return Ok(false);
    }
    write(file, end(tx, key).await?)?;
    Ok(true)
}

/// Why the head could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The file.
    #[error("the file of the audit chain's head cannot be read or written")]
    File(#[from] io::Error),
    /// The chain.
    #[error(transparent)]
    Chain(#[from] Error),
}

/// The head of the chain; none while nothing was ever sealed.
///
/// # Errors
/// When the key cannot be opened or the database does not answer.
pub async fn head(tx: &mut Tx, master: &MasterKey) -> Result<Option<Head>, Error> {
    match key(tx, master).await? {
        Some(key) => Ok(Some(end(tx, &key).await?)),
        None => Ok(None),
    }
}

/// Whether the very head that was kept still stands there, in a row or as where everything was pruned. A later
/// checkpoint does not do: anybody who writes to the database can let narthex seal and prune something else.
async fn goes_on_from(tx: &mut Tx, key: &ChainKey, kept: Head) -> Result<bool, Error> {
    if let Some(mac) = audit_chain::mac_at(tx, kept.position).await? {
        return Ok(Mac::read(&mac).is_some_and(|mac| same(&mac.0, &kept.mac.0)));
    }
    let start = checkpoint(tx, key).await?;
    Ok(start.is_some_and(|start| start.position == kept.position && same(&start.mac.0, &kept.mac.0)))
}

/// Writes beside the place and moves there, so that nobody ever reads half of it.
fn write(file: &Path, head: Head) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut draft = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(draft, "{head}")?;
    draft.as_file().sync_all()?;
    draft.persist(file)?;
    Ok(())
}
