//! Opens what a server rests on: the database, the master key, the session store. `narthex check` opens the
//! same, piece by piece.
use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, anyhow, bail};
use secrecy::ExposeSecret as _;
use url::Url;

use crate::{
    config::{Config, SessionStoreKind},
    domain::secret::{MacKey, MasterKey},
    limits::{Limiter, RedisCounters},
    session::{MemorySessions, RedisSessions, SessionStore},
    store::{Db, facts, migrations},
};

/// The database, brought up to date.
///
/// # Errors
/// When it does not answer or has a newer schema.
pub async fn database(config: &Config) -> anyhow::Result<Db> {
    make_database_file(config)?;
    let db = connect(config).await?;
    migrations::migrate(&db).await?;
    Ok(db)
}

/// The database as it is, for a command that only looks: nothing is made, and nothing brought up to date.
///
/// # Errors
/// When it is not there, does not answer, or has another schema than this program.
pub async fn to_look_at(config: &Config) -> anyhow::Result<Db> {
    if let Some(file) = sqlite_file(config).filter(|file| !file.exists()) {
        anyhow::bail!("there is no database {} yet; `narthex serve` makes it", file.display());
    }
    let db = connect(config).await?;
    let schema = migrations::schema(&db).await?;
    if schema.pending > 0 {
        anyhow::bail!(
            "the database is older than this program; `narthex migrate` or `narthex serve` brings it up to date"
        );
    }
    Ok(db)
}

/// The file that an embedded database goes into, made before SQLite would and readable by nobody else:
/// password hashes are in there. Its side files get the same mode.
///
/// # Errors
/// When it cannot be made.
pub fn make_database_file(config: &Config) -> anyhow::Result<()> {
    let Some(file) = sqlite_file(config) else { return Ok(()) };
    make_folder(file.parent().unwrap_or(Path::new(".")))?;
    let opened = fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&file);
    opened.map(drop).with_context(|| {
        let advice = "see that it may be, or set `url` in [database]";
        format!("the database file {} cannot be written; {advice}", file.display())
    })
}

/// The database as it is.
///
/// # Errors
/// When it does not answer.
pub async fn connect(config: &Config) -> anyhow::Result<Db> {
    let url = config.database_url.expose_secret();
    Db::connect(url).await.map_err(|error| anyhow!(error.0)).with_context(|| {
        format!(
            "the database {} does not answer; see that it runs and that `url` in [database] is right",
            without_password(url)
        )
    })
}

/// The file of an embedded database.
pub fn sqlite_file(config: &Config) -> Option<PathBuf> {
    let path = config.database_url.expose_secret().strip_prefix("sqlite://")?;
    Some(PathBuf::from(path.split('?').next().unwrap_or_default()))
}

/// Where sessions are kept; a Redis that does not answer is no error yet.
///
/// # Errors
/// When Redis's URL cannot be read.
pub fn sessions(config: &Config) -> anyhow::Result<Arc<dyn SessionStore>> {
    Ok(match &config.sessions.store {
        SessionStoreKind::Memory => Arc::new(MemorySessions::default()),
        SessionStoreKind::Redis(url) => {
            let redis = RedisSessions::connect(url.expose_secret());
            Arc::new(
                redis.context(
                    "`redis_url` in [sessions] cannot be read; write it like redis://127.0.0.1:6379",
                )?,
            )
        }
    })
}

/// Where attempts are counted: beside the sessions; a Redis that does not answer is no error yet.
///
/// # Errors
/// When Redis's URL cannot be read.
pub fn limiter(config: &Config, master: &MasterKey) -> anyhow::Result<Limiter> {
    Ok(match &config.sessions.store {
        SessionStoreKind::Memory => Limiter::default(),
        SessionStoreKind::Redis(url) => {
            let key = MacKey::from_bytes(&master.mac("limits", b""));
            Limiter::shared(RedisCounters::connect(url.expose_secret(), key)?)
        }
    })
}

/// The fact that only the right master key can open.
const SEAL: &str = "master_key_seal";

/// The key from its file, made at the first start where nobody shares it, and shown to be this database's.
///
/// # Errors
/// When there is none, it cannot be read, or the database belongs to another.
pub async fn master_key(config: &Config, db: &Db) -> anyhow::Result<MasterKey> {
    let sealed = facts::get(&mut db.read().await?, SEAL).await?;
    let file = key_file(config);
    let key = match read_key(&file)? {
        Some(key) => key,
        None if config.master_key_file.is_some() => bail!(
            "there is no master key in {}; make one with `openssl rand -base64 32 | tr '+/' '-_' | tr -d '='` and \
             give every instance the same file",
            file.display()
        ),
        None if sealed.is_some() => {
            bail!("the master key {} of this database is gone; put it back from a backup", file.display())
        }
        None => make_key(&file)?,
    };
    let mut tx = db.write().await?;
    facts::put_new(&mut tx, SEAL, &key.seal(SEAL, b"narthex")).await?;
    let sealed = facts::get(&mut tx, SEAL).await?.unwrap_or_default();
    tx.commit().await?;
    prove(&key, &sealed)?;
    Ok(key)
}

/// Whether the key in the file, if there is one, is this database's, if it has one; makes nothing.
///
/// # Errors
/// As [`master_key`].
pub async fn check_master_key(config: &Config, db: &Db) -> anyhow::Result<()> {
    let sealed = facts::get(&mut db.read().await?, SEAL).await?;
    let file = key_file(config);
    match (read_key(&file)?, sealed) {
        (Some(key), Some(sealed)) => prove(&key, &sealed),
        (None, Some(_)) => bail!("the master key {} of this database is gone; put it back", file.display()),
        (_, None) => Ok(()),
    }
}

/// The master key's file.
pub fn key_file(config: &Config) -> PathBuf {
    config.master_key_file.clone().unwrap_or_else(|| config.data_dir.join("master.key"))
}

/// The key in the file; `None` when there is no file.
///
/// # Errors
/// When it cannot be read or holds no key.
pub fn read_key(file: &Path) -> anyhow::Result<Option<MasterKey>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => zeroize::Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let advice = "make it readable for narthex, and for nobody else";
            return Err(error)
                .with_context(|| format!("the master key {} cannot be read; {advice}", file.display()));
        }
    };
    let key = MasterKey::from_text(&text).ok_or_else(|| {
        anyhow!(
            "{} does not hold a master key, which is 43 characters of base64url; make one with \
             `openssl rand -base64 32 | tr '+/' '-_' | tr -d '='`",
            file.display()
        )
    });
    key.map(Some)
}

fn prove(key: &MasterKey, sealed: &str) -> anyhow::Result<()> {
    match key.open(SEAL, sealed) {
        Some(_) => Ok(()),
        None => bail!("this database belongs to another master key; give every instance the same file"),
    }
}

/// Writes a new key beside its place and links it there, so that of several instances that start at once one
/// key wins and nobody reads half of one.
fn make_key(file: &Path) -> anyhow::Result<MasterKey> {
    let folder = file.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let draft = folder.join(format!(".master.key.{}", std::process::id()));
    let write = || -> io::Result<()> {
        let mut out =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        out.write_all(MasterKey::generate().to_text().as_bytes())?;
        out.write_all(b"\n")?;
        out.sync_all()?;
        match fs::hard_link(&draft, file) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        }
    };
    let written = write();
    let tidied = fs::remove_file(&draft);
    written.and(tidied).with_context(|| format!("the master key {} cannot be written", file.display()))?;
    read_key(file)?.ok_or_else(|| anyhow!("the master key {} was removed a moment ago", file.display()))
}

fn make_folder(folder: &Path) -> anyhow::Result<()> {
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(|| {
        format!(
            "the folder {} cannot be made; make it yourself, or set `data_dir` and `url`",
            folder.display()
        )
    })
}

/// A URL that may be shown.
pub fn without_password(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) => {
            if parsed.password().is_some() {
                let _cannot_fail_where_there_is_one = parsed.set_password(Some("***"));
            }
            parsed.set_query(None);
            parsed.into()
        }
        Err(_) => url.split(':').next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn config(folder: &Path) -> Config {
        Config::from_text(&format!("data_dir = '{}'", folder.display())).unwrap()
    }

    #[tokio::test]
    async fn a_key_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(&folder.path().join("below"));
        let db = database(&config).await.unwrap();
        let made = master_key(&config, &db).await.unwrap().to_text();
        assert_eq!(made, master_key(&config, &db).await.unwrap().to_text());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&key_file(&config)), 0o600);
        assert_eq!(mode(&sqlite_file(&config).unwrap()), 0o600);
        assert_eq!(mode(&config.data_dir), 0o700);
        let others: Vec<_> =
            fs::read_dir(&config.data_dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!others.iter().any(|name| name.to_string_lossy().starts_with(".master")), "{others:?}");
        check_master_key(&config, &db).await.unwrap();
    }

    #[tokio::test]
    async fn a_database_opens_with_its_own_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        let db = database(&config).await.unwrap();
        master_key(&config, &db).await.unwrap();
        let said = |result: anyhow::Result<MasterKey>| result.unwrap_err().to_string();

        let file = key_file(&config);
        fs::remove_file(&file).unwrap();
        let gone = said(master_key(&config, &db).await);
        assert!(gone.starts_with("the master key ") && gone.contains(" is gone; put it back"), "{gone}");
        assert!(!file.exists(), "no other key took its place");

        fs::write(&file, MasterKey::generate().to_text().as_bytes()).unwrap();
        let another = "this database belongs to another master key; give every instance the same file";
        assert_eq!(said(master_key(&config, &db).await), another);
        assert_eq!(check_master_key(&config, &db).await.unwrap_err().to_string(), another);

        fs::write(&file, "nonsense").unwrap();
        assert!(said(master_key(&config, &db).await).contains("does not hold a master key"));
        let named = Config { master_key_file: Some(folder.path().join("none")), ..config };
        assert!(said(master_key(&named, &db).await).starts_with("there is no master key in "));
    }

    #[tokio::test]
    async fn a_database_that_is_away_is_told_without_its_password() {
        let config = Config::from_text(
            "master_key_file = 'k'\n[database]\nurl = 'postgres://narthex:hunter2@127.0.0.1:1/narthex?password=hunter2'",
        );
        let said = format!("{:#}", database(&config.unwrap()).await.err().unwrap());
        let expected = "the database postgres://narthex:***@127.0.0.1:1/narthex does not answer; see that it runs and that \
                        `url` in [database] is right: ";
        assert!(said.starts_with(expected) && !said.contains("hunter2"), "{said}");
    }

    #[test]
    fn only_the_harmless_parts_of_a_url_are_shown() {
        assert_eq!(without_password("redis://me:pw@r:6379/0"), "redis://me:***@r:6379/0");
        assert_eq!(without_password("redis://:pw@r"), "redis://:***@r");
        assert_eq!(without_password("sqlite://var/narthex.db"), "sqlite://var/narthex.db");
        assert_eq!(without_password("postgres://me:p#w@h/d"), "postgres");
    }
}
