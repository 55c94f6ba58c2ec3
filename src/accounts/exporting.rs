//! Somebody takes a copy of the list of users, in pages: it may have any size.
use super::{By, Record, Refusal, acting};
use crate::{
    domain::{
        audit::Event,
        csv,
        permission::{Need, Right, RoleName},
        time::Time,
        user::User,
    },
    store::{
        self, Db, grants,
        user_list::{self, From, Sort, UserList},
    },
};

const PAGE: usize = 500;

const COLUMNS: [&str; 12] = [
    "id",
    "username",
    "email",
    "display_name",
    "status",
    "tier",
    "roles",
    "source",
    "last_login",
    "last_login_ip",
    "registered",
    "expires",
];

/// A copy in the making.
pub struct Export {
    db: Db,
    list: UserList,
    begun: bool,
    done: bool,
}

/// Records who takes what, and begins: nothing leaves without that.
///
/// # Errors
/// [`Refusal::NotAllowed`], or when the database does not answer.
pub async fn users(db: &Db, by: &By, list: UserList, now: Time) -> Result<Export, Refusal> {
    let mut tx = db.write().await?;
    let acting = acting(&mut tx, by, Need::May(Right::UserRead), now).await?;
    let list = UserList { sort: Sort::Number, descending: false, from: None, ..list };
    let count = user_list::count(&mut tx, &list).await?;
    let record = Record::new(Event::UsersExported, acting.actor, &by.origin).change("users", "", count);
    record.change("filter", "", in_words(&list)).write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(Export { db: db.clone(), list, begun: false, done: false })
}

impl Export {
    /// The next piece of the copy; none when it is complete.
    ///
    /// # Errors
    /// When the database does not answer: the copy is not complete then.
    pub async fn next(&mut self) -> Result<Option<String>, store::Error> {
        if self.done {
            return Ok(None);
        }
        let mut piece = String::new();
        if !std::mem::replace(&mut self.begun, true) {
            csv::line(&mut piece, COLUMNS);
        }
        let mut tx = self.db.read().await?;
        let page = user_list::page(&mut tx, &self.list, PAGE).await?;
        let ids: Vec<_> = page.users.iter().map(|user| user.id).collect();
        let mut roles = grants::roles_of(&mut tx, &ids).await?;
        self.done = !page.has_next;
        self.list.from = page.users.last().map(|user| From::After(user.number));
        for user in &page.users {
            line(&mut piece, user, &roles.remove(&user.id).unwrap_or_default());
        }
        Ok(Some(piece))
    }
}

fn line(out: &mut String, user: &User, roles: &[RoleName]) {
    let day = |time: Time| time.happened().map(Time::rfc3339).unwrap_or_default();
    let roles = roles.iter().map(RoleName::as_str).collect::<Vec<_>>().join(" ");
    let cells = [
        user.number.to_string(),
        user.username.to_string(),
        user.email.to_string(),
        user.display_name.to_string(),
        user.status.to_string(),
        user.tier.to_string(),
        roles,
        user.source.to_string(),
        day(user.last_login_at),
        user.last_login_address.clone().unwrap_or_default(),
        day(user.registered_at),
        day(user.expires_at),
    ];
    csv::line(out, cells.iter().map(String::as_str));
}

/// The filter as it is recorded.
fn in_words(list: &UserList) -> String {
    let parts = [
        ("search", Some(list.search.clone()).filter(|search| !search.is_empty())),
        ("status", list.status.map(|it| it.to_string())),
        ("tier", list.tier.map(|it| it.to_string())),
        ("source", list.source.map(|it| it.to_string())),
        ("role", list.role.as_ref().map(ToString::to_string)),
    ];
    let said: Vec<_> =
        parts.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?))).collect();
    if said.is_empty() { "none".to_owned() } else { said.join(" ") }
}
