//! People arrive: from browsers and networks that are known for them, or from new ones, of which they are told.
use std::time::Duration;

use super::letters;
use crate::{
    domain::{
        audit::Origin,
        known::{DeviceId, Kind, network},
        notice::Notice,
        time::Time,
        user::User,
    },
    store::{
        self, Db,
        known_places::{self, Known},
    },
};

/// So many browsers, and so many networks, are remembered for one person.
const MOST: i64 = 20;
/// What was not seen for so long is forgotten.
pub const REMEMBERED: Duration = Duration::from_secs(365 * 86_400);
/// A known browser in a new network is told of at most once in this time: whoever travels knows that they do.
const QUIET: Duration = Duration::from_secs(86_400);

/// So many mails about new sign-ins one person gets within [`QUIET`] at most.
const TOLD: usize = 3;

/// Remembers from where somebody has just signed in, and writes to them when that is new. Nothing is written at
/// the first sign-in of all: `user` is the account as it was before this one. The browser, which had the name
/// `old`, if any, is called `new` from now on, so that a copy of its cookie is worth nothing any more.
///
/// # Errors
/// When the database does not answer.
pub async fn note(
    db: &Db,
    user: &User,
    (old, new): (Option<&DeviceId>, &DeviceId),
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    let device = new.place();
    if let Some(old) = old {
        known_places::rename_device(&mut tx, &old.place(), &device).await?;
    }
    let known = known_places::of_user(&mut tx, user.id).await?;
    let lately = |known: &&Known| known.first_seen + QUIET > now;
    let mut is_new = false;
    for (kind, place) in [(Kind::Device, device), (Kind::Network, network(&origin.address))] {
        is_new |= match kind {
            _ if known.iter().any(|known| known.kind == kind && known.place == place) => false,
            Kind::Device => true,
            Kind::Network => !known.iter().filter(lately).any(|known| known.kind == Kind::Network),
        };
        known_places::see(&mut tx, user.id, kind, &place, now).await?;
        known_places::trim(&mut tx, user.id, kind, MOST).await?;
    }
    let has_been_here = user.last_login_at.happened().is_some();
    if is_new && has_been_here && told(known.iter().filter(lately)) < TOLD {
        let (name, seen) = (user.display_name.to_string(), letters::seen(origin, now));
        letters::write(&mut tx, user, &Notice::NewSignIn { name, seen }, now).await?;
    }
    tx.commit().await
}

/// How many mails have told of these places: one of each browser, and one of the networks that browsers moved to.
fn told<'a>(places: impl Iterator<Item = &'a Known>) -> usize {
    let (devices, networks): (Vec<_>, Vec<_>) = places.partition(|known| known.kind == Kind::Device);
    let moved = |network: &&Known| devices.iter().all(|device| device.first_seen != network.first_seen);
    devices.len() + usize::from(networks.iter().any(moved))
}
