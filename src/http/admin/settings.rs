//! `/admin/settings`: what administrators decide.
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use templates::admin::settings::{Conflict, Key as KeyView, Line, Problem, Settings as Page, Value, page};

use super::{back_to, by, frame, view};
use crate::{
    accounts::{self, Refusal},
    domain::{
        permission::Right,
        principal::Principal,
        settings::{Invalid, Key, Kind, Settings},
    },
    http::{
        Error, Visit,
        extract::{Admin, Fields, may_come_from},
        flash::Flash,
        with_cookies,
    },
    state::App,
    store::settings::{self, Stored},
};

const HERE: &str = "/admin/settings";

/// What is shown of a setting that was typed: its text, and what is wrong with it.
type Typed = Vec<(Key, String, Option<Problem>)>;

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Admin(actor): Admin,
) -> Result<Response, Error> {
    let mut view = draw(&app, &visit, &actor, &vec![], None).await?;
    view.flash = Flash::take(&app, &headers, visit.now);
    let told = view.flash.is_some().then(|| app.cookies.clear_flash());
    Ok(with_cookies(page(&view).into_response(), told))
}

pub(super) async fn save(
    State(app): State<App>,
    visit: Visit,
    Admin(actor): Admin,
    fields: Fields,
) -> Result<Response, Error> {
    let mut tx = app.db.read().await?;
    let (current, _) = accounts::settings::load(&mut tx, &app.config.fixed).await?;
    drop(tx);
    let (wanted, typed) = read(&app, &visit, &current, &fields);
    let wrong = typed.iter().any(|(_, _, problem)| problem.is_some());
    if wrong {
        let view = draw(&app, &visit, &actor, &typed, None).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&view)).into_response());
    }
    let version = fields.first("version").parse().unwrap_or(-1);
    let by = by(&visit, &actor);
    match accounts::settings::change(&app.db, &by, &app.config.fixed, &wanted, version, visit.now).await {
        Ok(()) => {
            app.refresh_settings().await?;
            let changed = Key::ALL.iter().filter(|key| current.get(**key) != wanted.get(**key)).count();
            Ok(back_to(HERE, &app, &visit, Flash::SettingsSaved(changed)))
        }
        Err(Refusal::Outdated) => {
            let view = draw(&app, &visit, &actor, &typed, Some(Conflict { by: None })).await?;
            Ok((StatusCode::CONFLICT, page(&view)).into_response())
        }
        Err(Refusal::NotAllowed) => Err(Error::NotFound),
        Err(Refusal::Store(error)) => Err(error.into()),
        Err(_) => Err(Error::BadRequest),
    }
}

/// Parses the form at the door: every setting that was sent, and what is wrong with it. What is not sent, or
/// fixed by the config file, stays.
fn read(app: &App, visit: &Visit, current: &Settings, fields: &Fields) -> (Settings, Typed) {
    let mut wanted = current.clone();
    let mut typed = vec![];
    for key in Key::ALL.iter().copied().filter(|key| !app.config.fixed.has(*key)) {
        // A switch that is on is sent twice, and the last counts.
        let Some(text) = fields.all(key.name()).last() else { continue };
        let is_switch = key.kind() == Kind::Switch;
        let text = match text {
            "1" if is_switch => "on",
            "0" if is_switch => "off",
            text => text,
        };
        let problem = wanted.set(key, text).err().map(problem);
        typed.push((key, text.to_owned(), problem));
    }
    let lifetimes = wanted.lifetimes;
    let mut add = |key: Key, problem: Problem| match typed.iter_mut().find(|(it, _, _)| *it == key) {
        Some((_, _, place)) => _ = place.get_or_insert(problem),
        None => typed.push((key, wanted.get(key), Some(problem))),
    };
    let lasts = [Key::Idle, Key::Absolute, Key::AbsoluteSuperuser];
    // What the config file says, and was so before, is not for this page to mend.
    if lasts.iter().any(|key| current.get(*key) != wanted.get(*key)) {
        if lifetimes.idle > lifetimes.standard.min(lifetimes.superuser) {
            add(Key::Idle, Problem::IdleBeyondAbsolute);
        }
        if lifetimes.superuser > lifetimes.standard {
            add(Key::AbsoluteSuperuser, Problem::SuperuserBeyondAbsolute);
        }
    }
    let address = visit.origin.address.parse();
    let stays_open = address.is_ok_and(|address| may_come_from(&wanted.admin_allow, address));
    if !stays_open && wanted.admin_allow != current.admin_allow {
        add(Key::AdminAllow, Problem::ShutsYouOut { address: visit.origin.address.clone() });
    }
    (wanted, typed)
}

fn problem(invalid: Invalid) -> Problem {
    match invalid {
        Invalid::Number(min, max) => Problem::OutOfRange { min: u64::from(min), max: u64::from(max) },
        Invalid::Switch | Invalid::Choice => Problem::NoSuchChoice,
        Invalid::Domain(line) => Problem::NotADomain { line: line.chars().take(100).collect() },
        Invalid::Network(line) => Problem::NotANetwork { line: line.chars().take(100).collect() },
    }
}

async fn draw(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    typed: &Typed,
    conflict: Option<Conflict>,
) -> Result<Page, Error> {
    let mut tx = app.db.read().await?;
    let (current, version) = accounts::settings::load(&mut tx, &app.config.fixed).await?;
    let stored = settings::all(&mut tx).await?;
    drop(tx);
    let defaults = Settings::defaults(&app.config.fixed);
    let line = |(key, shown): (&Key, &KeyView)| {
        let typed = typed.iter().find(|(it, _, _)| it == key);
        let text = typed.map_or_else(|| current.get(*key), |(_, text, _)| text.clone());
        let changed = stored.iter().find(|it| it.name == key.name());
        let told = |it: &Stored| (it.changed_by.clone(), view::when(visit.lang, it.changed_at));
        Line {
            key: *shown,
            value: value(*key, text),
            fixed_by: app.config.fixed.has(*key).then(|| key.config_key().unwrap_or_default().to_owned()),
            superuser_only: key.is_for_superusers() && !actor.may.superuser,
            default: defaults.get(*key),
            problem: typed.and_then(|(_, _, problem)| problem.clone()),
            changed: changed.map(told),
        }
    };
    Ok(Page {
        admin: frame(app, visit, actor).await?,
        flash: None,
        editable: actor.may.may(Right::SettingsManage),
        version: version.to_string(),
        conflict,
        lines: Key::ALL.iter().zip(&KeyView::ALL).map(line).collect(),
    })
}

fn value(key: Key, text: String) -> Value {
    match (key, key.kind()) {
        (Key::Classes, _) => Value::Choice { value: text.parse().unwrap_or(0), options: vec![0, 2, 3, 4] },
        (Key::Score, _) => Value::Choice { value: text.parse().unwrap_or(0), options: (0..=4).collect() },
        (_, Kind::Number(min, max)) => {
            Value::Number { value: text, min: u64::from(min), max: u64::from(max) }
        }
        (_, Kind::Choice(options)) => Value::Word { value: text, options },
        (_, Kind::Networks | Kind::Domains) => Value::Lines(text),
        (_, Kind::Switch) => Value::Switch(text == "on"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_same_settings_in_the_same_order() {
        let names = |it: &[KeyView]| it.iter().map(|key| key.name()).collect::<Vec<_>>();
        assert_eq!(Key::ALL.iter().map(|key| key.name()).collect::<Vec<_>>(), names(&KeyView::ALL));
    }
}
