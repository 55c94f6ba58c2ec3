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
    store::{self, Db, known_places},
};

/// So many browsers, and so many networks, are remembered for one person.
const MOST: i64 = 20;
/// What was not seen for so long is forgotten.
pub const REMEMBERED: Duration = Duration::from_secs(365 * 86_400);
/// A known browser in a new network is told of at most once in this time: whoever travels knows that they do.
const QUIET: Duration = Duration::from_secs(86_400);

/// Remembers from where somebody has just signed in, and writes to them when that is new. Nothing is written at
/// the first time of all.
///
/// # Errors
/// When the database does not answer.
pub async fn note(
    db: &Db,
    user: &User,
    device: &DeviceId,
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    let mut tx = db.write().await?;
    let known = known_places::of_user(&mut tx, user.id).await?;
    let mut is_new = false;
    for (kind, place) in [(Kind::Device, device.place()), (Kind::Network, network(&origin.address))] {
        is_new |= match kind {
            _ if known.iter().any(|known| known.kind == kind && known.place == place) => false,
            Kind::Device => true,
            Kind::Network => {
                let lately = |first_seen: Time| first_seen + QUIET > now;
                !known.iter().any(|known| known.kind == Kind::Network && lately(known.first_seen))
            }
        };
        known_places::see(&mut tx, user.id, kind, &place, now).await?;
        known_places::trim(&mut tx, user.id, kind, MOST).await?;
    }
    if is_new && !known.is_empty() {
        let (name, seen) = (user.display_name.to_string(), letters::seen(origin, now));
        letters::write(&mut tx, user, &Notice::NewSignIn { name, seen }, now).await?;
    }
    tx.commit().await
}
