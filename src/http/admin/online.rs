//! One page of people who are signed in, with their sessions: a fixed number of round trips, however many
//! people and sessions there are.
use std::collections::HashMap;

use crate::{
    domain::{
        session::Lifetimes,
        time::Time,
        user::{User, UserId},
    },
    http::{Error, Visit, sessions::standing},
    session::{Kept, Place},
    state::App,
    store::{
        recent_users::{self, Position, Recent},
        users,
    },
};

const PAGE: usize = 25;
/// So many accounts that match are shown to the session store at once, and so often for one page: where few of
/// many are signed in, a page may have less than it could, and goes on behind.
const AT_ONCE: usize = 500;
const ROUNDS: usize = 8;

/// People with their sessions, and where the pages before and behind begin.
pub(super) struct Page {
    pub(super) people: Vec<(User, Vec<Kept>)>,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
}

/// Everybody, the last seen first: the session store knows who, the database what they are called.
pub(super) async fn everybody(app: &App, visit: &Visit, after: &str, before: &str) -> Result<Page, Error> {
    let after = place(after).map(|(at, id)| Place::After(at, UserId(id)));
    let before = place(before).map(|(at, id)| Place::Before(at, UserId(id)));
    let from = after.or(before);
    let lifetimes = &app.settings().lifetimes;
    let mut seen = app.sessions.online(from, PAGE + 1, lifetimes, visit.now).await?;
    let more = seen.len() > PAGE;
    let backwards = matches!(from, Some(Place::Before(..)));
    if more {
        // The one too many is the farthest from where the page begins.
        seen.remove(if backwards { 0 } else { PAGE });
    }
    let ids: Vec<_> = seen.iter().map(|(id, _)| *id).collect();
    let accounts = users::among(&mut app.db.read().await?, &ids).await?;
    let mut accounts: HashMap<_, _> = accounts.into_iter().map(|user| (user.id, user)).collect();
    let link = |row: Option<&(UserId, Time)>| row.map(|(id, at)| text(*at, id));
    Ok(Page {
        previous: link(seen.first()).filter(|_| if backwards { more } else { from.is_some() }),
        next: link(seen.last()).filter(|_| backwards || more),
        people: with_sessions(app, visit, ids.iter().filter_map(|id| accounts.remove(id)).collect()).await?,
    })
}

/// Those who match, the last one to sign in first: the database knows who matches, the session store who of
/// them is signed in.
pub(super) async fn matching(
    app: &App,
    visit: &Visit,
    q: &str,
    after: &str,
    before: &str,
) -> Result<Page, Error> {
    let lifetimes = &app.settings().lifetimes;
    let recent = Recent { search: q, since: since(lifetimes, visit.now) };
    let (after, before) = (place::<i64>(after), place::<i64>(before));
    let backwards = after.is_none() && before.is_some();
    let start = after.or(before);
    let (mut at, mut found, mut exhausted) = (start, vec![], false);
    for _ in 0..ROUNDS {
        let batch = batch(app, &recent, at, backwards).await?;
        exhausted = batch.len() < AT_ONCE;
        at = if backwards { batch.first() } else { batch.last() }.map(position).or(at);
        let ids: Vec<_> = batch.iter().map(|user| user.id).collect();
        let seen = app.sessions.last_seen(&ids, lifetimes, visit.now).await?;
        let online = batch.into_iter().zip(seen).filter_map(|(user, seen)| seen.map(|_| user));
        if backwards {
            found = online.chain(found).collect();
        } else {
            found.extend(online);
        }
        if exhausted || found.len() > PAGE {
            break;
        }
    }
    let more = found.len() > PAGE;
    if backwards {
        found.drain(..found.len().saturating_sub(PAGE));
    }
    found.truncate(PAGE);
    let link = |user: Option<&User>| user.map(position);
    // Where nothing was found before the rounds were over, the next page begins where they ended.
    let far = if more { None } else { at.filter(|_| !exhausted) };
    let near = start;
    let (previous, next) = if backwards {
        (far.or(link(found.first()).filter(|_| more)), link(found.last()).or(near))
    } else {
        (near.and(link(found.first()).or(near)), far.or(link(found.last()).filter(|_| more)))
    };
    let written = |place: Option<Position>| place.map(|(at, number)| text(at, &number));
    Ok(Page {
        previous: written(previous),
        next: written(next),
        people: with_sessions(app, visit, found).await?,
    })
}

/// Whoever is signed in has signed in since then: a session lasts no longer, and once more that long where its
/// owner began another without signing in, by changing the password.
pub(super) fn since(lifetimes: &Lifetimes, now: Time) -> Time {
    now - lifetimes.longest() * 2
}

async fn batch(
    app: &App,
    recent: &Recent<'_>,
    at: Option<Position>,
    backwards: bool,
) -> Result<Vec<User>, Error> {
    let mut tx = app.db.read().await?;
    Ok(match at {
        Some(at) if backwards => recent_users::page_before(&mut tx, recent, at, AT_ONCE as i64).await?,
        at => recent_users::page(&mut tx, recent, at, AT_ONCE as i64).await?,
    })
}

async fn with_sessions(app: &App, visit: &Visit, users: Vec<User>) -> Result<Vec<(User, Vec<Kept>)>, Error> {
    let sessions = standing(app, visit, &users).await?;
    Ok(users.into_iter().zip(sessions).filter(|(_, sessions)| !sessions.is_empty()).collect())
}

fn position(user: &User) -> Position {
    (user.last_login_at, user.number)
}

/// A place in the address: a time and what tells those of the same time apart.
fn text(at: Time, of: &impl std::fmt::Display) -> String {
    format!("{}_{of}", at.micros())
}

fn place<T: std::str::FromStr>(text: &str) -> Option<(Time, T)> {
    let (at, of) = text.split_once('_')?;
    Some((Time::from_micros(at.parse().ok()?), of.parse().ok()?))
}
