//! Settings are changed.
use super::{By, Record, Refusal, acting};
use crate::{
    domain::{
        audit::{Actor, Event},
        permission::{Need, Right},
        settings::{Fixed, Key, Settings},
        time::Time,
    },
    store::{self, Db, Tx, settings},
};

/// What is in force, and the version that it was read under.
///
/// # Errors
/// When the database does not answer.
pub async fn load(tx: &mut Tx, fixed: &Fixed) -> Result<(Settings, i64), store::Error> {
    let version = settings::version(tx).await?;
    let stored = settings::all(tx).await?;
    let stored = stored.iter().map(|it| (it.name.as_str(), it.value.as_str()));
    Ok((Settings::resolve(stored, fixed), version))
}

/// Writes every setting that differs from what is in force; what the config file fixes stays. Nothing is
/// written when somebody else saved since `version`.
///
/// # Errors
/// [`Refusal::Outdated`], [`Refusal::NotAllowed`].
pub async fn change(
    db: &Db,
    by: &By,
    fixed: &Fixed,
    wanted: &Settings,
    version: i64,
    now: Time,
) -> Result<(), Refusal> {
    let mut tx = db.write().await?;
    settings::changed(&mut tx).await?;
    let acting = acting(&mut tx, by, Need::May(Right::SettingsManage), now).await?;
    let (current, counted) = load(&mut tx, fixed).await?;
    if counted != version + 1 {
        return Err(Refusal::Outdated);
    }
    let name = match &acting.actor {
        Actor::User { name, .. } => name.clone(),
        _ => "narthex".to_owned(),
    };
    let mut record = Record::new(Event::SettingsChanged, acting.actor.clone(), &by.origin);
    for key in Key::ALL.iter().filter(|key| !fixed.has(**key)) {
        let (from, to) = (current.get(*key), wanted.get(*key));
        if from != to {
            if key.is_for_superusers() && !acting.may.superuser {
                return Err(Refusal::NotAllowed);
            }
            settings::put(&mut tx, key.name(), &to, now, &name).await?;
            record = record.change(key.name(), from, to);
        }
    }
    if record.changes.is_empty() {
        return Ok(());
    }
    record.write(&mut tx, now).await?;
    Ok(tx.commit().await?)
}
