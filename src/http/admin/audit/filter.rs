//! What of the log is asked for.
use std::time::Duration;

use chrono::NaiveDate;
use serde::Deserialize;
use templates::admin::audit::{Account, Filter as View};
use uuid::Uuid;

use crate::{
    accounts::administration,
    domain::{audit::Event, time::Time, user::UserId},
    http::Error,
    state::App,
    store::{self, audit::Filter},
};

const NAME_MAX: usize = 64;
const DAY: Duration = Duration::from_secs(86_400);

/// What the address asks for; words that are not known ask for nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http::admin) struct Asked {
    event: String,
    actor: String,
    target: String,
    from: String,
    to: String,
    user: String,
    entry: String,
}

/// The filter, and how the page shows it.
pub(super) struct Read {
    pub(super) filter: Filter,
    pub(super) shown: View,
}

impl Asked {
    pub(super) async fn read(self, app: &App) -> Result<Read, Error> {
        let (event, entry) = (Event::parse(&self.event), self.entry.parse::<Uuid>().ok());
        let (from, to) = (day(&self.from), day(&self.to));
        let mut unknown = None;
        let (actor, actor_shown) = find(app, &self.actor, &mut unknown).await?;
        let (target, target_shown) = find(app, &self.target, &mut unknown).await?;
        let user = self.user.parse::<Uuid>().ok().map(UserId);
        let user_shown = match user {
            Some(id) => Some(Account { id: id.to_string(), name: name(app, id).await? }),
            None => None,
        };
        let until = to.map(|to| to + DAY);
        let filter = Filter { entry, event, actor, target, user, from, until };
        let shown = View {
            event: event.map_or("", Event::name).to_owned(),
            actor: actor_shown,
            target: target_shown,
            from: if from.is_some() { self.from } else { String::new() },
            to: if to.is_some() { self.to } else { String::new() },
            user: user_shown,
            entry: entry.map(|id| id.to_string()).unwrap_or_default(),
            unknown,
        };
        Ok(Read { filter, shown })
    }
}

/// The account that somebody means, and its name; a name that nobody has is noted as unknown. The id of an
/// account that is gone still finds its entries.
async fn find(
    app: &App,
    typed: &str,
    unknown: &mut Option<String>,
) -> Result<(Option<UserId>, String), Error> {
    let typed: String = typed.trim().chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
    if typed.is_empty() {
        return Ok((None, typed));
    }
    if let Ok(id) = typed.parse::<Uuid>().map(UserId) {
        return Ok((Some(id), name(app, id).await?));
    }
    match administration::find(&app.db, &typed).await? {
        Some(user) => Ok((Some(user.id), user.username.to_string())),
        None => {
            unknown.get_or_insert_with(|| typed.clone());
            Ok((None, typed))
        }
    }
}

async fn name(app: &App, id: UserId) -> Result<String, store::Error> {
    let user = store::users::find(&mut app.db.read().await?, id).await?;
    Ok(user.map_or_else(|| id.to_string(), |user| user.username.to_string()))
}

/// The beginning of a day, in UTC.
fn day(text: &str) -> Option<Time> {
    let midnight = text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?;
    Some(midnight.and_utc().into())
}
