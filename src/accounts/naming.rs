//! Finding a free username for a new account.
use crate::{
    domain::user::Username,
    store::{
        self, Tx,
        users::{self, NewUser},
    },
};

/// So many numbered names are tried one after the other before the account's own number is used.
const NUMBERED: i64 = 20;
const RARE: i64 = 1_000_000_000;

/// Makes the account under its wished-for name, or the next free one: `-2`, `-3`, …, and when a name is that
/// popular, the account's running number, which somebody may have wished for: then one that is hardly anybody's
/// wish. Returns the name, or `None` when the address is taken.
pub(super) async fn insert_under_free_name(
    tx: &mut Tx,
    wish: &Username,
    new: &NewUser<'_>,
) -> Result<Option<Username>, store::Error> {
    let numbered = (2..=NUMBERED).chain([new.number, RARE + new.number]).map(|number| wish.numbered(number));
    for name in std::iter::once(wish.clone()).chain(numbered) {
        if users::name_is_taken(tx, &name, None).await? {
            continue;
        }
        if users::insert(tx, &NewUser { username: &name, ..*new }).await? {
            return Ok(Some(name));
        }
        if users::find_by_email(tx, new.email).await?.is_some() {
            return Ok(None);
        }
    }
    Ok(None)
}

/// The first wish from which a username can be made; there is always one.
pub(super) fn first_wish<'a>(wishes: impl IntoIterator<Item = Option<&'a str>>) -> Username {
    let fallback = || Username::from_wish("user").expect("letters are a username");
    wishes.into_iter().flatten().find_map(Username::from_wish).unwrap_or_else(fallback)
}
