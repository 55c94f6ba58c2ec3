//! The table `users`: filtered, sorted, paged lists and their totals.
use sqlx::AssertSqlSafe;
use unicode_normalization::UnicodeNormalization as _;

use super::{Error, Tx, user_row::user_columns};
use crate::domain::{
    permission::RoleName,
    user::{Source, Status, Tier, User},
};

/// Which accounts, in which order, from where on.
#[derive(Clone, Debug, Default)]
pub struct UserList {
    /// Part of an email, a username or a display name, in any case of letters.
    pub search: String,
    /// Only these.
    pub status: Option<Status>,
    /// Only these.
    pub tier: Option<Tier>,
    /// Only these.
    pub source: Option<Source>,
    /// Only those who hold this role.
    pub role: Option<RoleName>,
    /// By which column.
    pub sort: Sort,
    /// From the largest down.
    pub descending: bool,
    /// Behind (or before) the account with this number.
    pub from: Option<From>,
}

/// Where a page begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The accounts that follow this one.
    After(i64),
    /// The accounts that come before this one.
    Before(i64),
}

/// The columns that lists are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The running number.
    #[default]
    Number,
    /// The login name.
    Username,
    /// The address, without regard to case.
    Email,
    /// The status.
    Status,
    /// The tier.
    Tier,
    /// The last sign-in; those who never did come first.
    LastLogin,
    /// From where it came.
    LastLoginAddress,
    /// When the account was made.
    Registered,
}

impl Sort {
    /// Every column, with its word in URLs.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Number, "id"),
        (Self::Username, "username"),
        (Self::Email, "email"),
        (Self::Status, "status"),
        (Self::Tier, "tier"),
        (Self::LastLogin, "last_login"),
        (Self::LastLoginAddress, "last_login_ip"),
        (Self::Registered, "registered"),
    ];

    const fn column(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Username => "username",
            Self::Email => "email_key",
            Self::Status => "status",
            Self::Tier => "tier",
            Self::LastLogin => "last_login_at",
            Self::LastLoginAddress => "COALESCE(last_login_address, '')",
            Self::Registered => "registered_at",
        }
    }

    const fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::LastLogin | Self::Registered)
    }
}

/// One page of a list.
pub struct Page {
    /// The accounts, in order.
    pub users: Vec<User>,
    /// Whether others come before.
    pub has_previous: bool,
    /// Whether others follow.
    pub has_next: bool,
}

/// Up to `size` accounts. A page that begins at an account that is gone is the first page.
pub async fn page(tx: &mut Tx, list: &UserList, size: usize) -> Result<Page, Error> {
    let cursor = match list.from {
        Some(from) => Cursor::find(tx, list.sort, from).await?,
        None => None,
    };
    let backwards = matches!(cursor, Some(Cursor { from: From::Before(_), .. }));
    let mut users = rows(tx, list, cursor.as_ref(), size + 1).await?;
    let more = users.len() > size;
    users.truncate(size);
    if backwards {
        users.reverse();
        return Ok(Page { users, has_previous: more, has_next: true });
    }
    Ok(Page { users, has_previous: cursor.is_some(), has_next: more })
}

/// How many accounts the list has in all.
pub async fn count(tx: &mut Tx, list: &UserList) -> Result<i64, Error> {
    let text = format!("SELECT count(*) FROM users WHERE {}", filter(list));
    let (search, status, tier, source, role) = arguments(list);
    Ok(sql!(tx, scalar i64, fetch_one, AssertSqlSafe(text.as_str()), search, status, tier, source, role)?)
}

/// How many accounts there are of each status and source.
pub async fn totals(tx: &mut Tx) -> Result<Vec<(Status, Source, i64)>, Error> {
    Ok(sql!(
        tx,
        (Status, Source, i64),
        fetch_all,
        "SELECT status, source, count(*) FROM users GROUP BY status, source",
    )?)
}

/// The account that a page begins behind, with its value in the sorted column.
struct Cursor {
    from: From,
    number: i64,
    value: Value,
}

enum Value {
    Number(i64),
    Text(String),
}

impl Cursor {
    async fn find(tx: &mut Tx, sort: Sort, from: From) -> Result<Option<Self>, Error> {
        let (From::After(number) | From::Before(number)) = from;
        let text = format!("SELECT {} FROM users WHERE number = $1", sort.column());
        let text = AssertSqlSafe(text.as_str());
        let value = if sort.is_number() {
            sql!(tx, scalar i64, fetch_optional, text, number)?.map(Value::Number)
        } else {
            sql!(tx, scalar String, fetch_optional, text, number)?.map(Value::Text)
        };
        Ok(value.map(|value| Self { from, number, value }))
    }
}

async fn rows(
    tx: &mut Tx,
    list: &UserList,
    cursor: Option<&Cursor>,
    size: usize,
) -> Result<Vec<User>, Error> {
    let column = list.sort.column();
    let backwards = cursor.is_some_and(|cursor| matches!(cursor.from, From::Before(_)));
    let (order, beyond) = if list.descending != backwards { ("DESC", "<") } else { ("ASC", ">") };
    let start = if cursor.is_some() {
        format!("({column}, number) {beyond} ($6, $7)")
    } else {
        "$6 = $6 AND $7 = $7".into()
    };
    let text = format!(
        "SELECT {} FROM users WHERE {} AND {start} ORDER BY {column} {order}, number {order} LIMIT $8",
        user_columns!(),
        filter(list),
    );
    let text = AssertSqlSafe(text.as_str());
    let (search, status, tier, source, role) = arguments(list);
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    Ok(match cursor {
        Some(Cursor { number, value: Value::Text(value), .. }) => {
            sql!(tx, User, fetch_all, text, search, status, tier, source, role, value, *number, size)?
        }
        Some(Cursor { number, value: Value::Number(value), .. }) => {
            sql!(tx, User, fetch_all, text, search, status, tier, source, role, *value, *number, size)?
        }
        None => sql!(tx, User, fetch_all, text, search, status, tier, source, role, 0_i64, 0_i64, size)?,
    })
}

/// The conditions that are asked for, so that an index can serve each; the others name their argument only.
fn filter(list: &UserList) -> String {
    let search = if list.search.is_empty() { "$1 = $1" } else { "search_text LIKE $1 ESCAPE '!'" };
    let status = if list.status.is_some() { "status = $2" } else { "$2 = $2" };
    let tier = if list.tier.is_some() { "tier = $3" } else { "$3 = $3" };
    let source = if list.source.is_some() { "source = $4" } else { "$4 = $4" };
    let role = match list.role {
        Some(_) => "id IN (SELECT user_id FROM user_roles WHERE role = $5)",
        None => "$5 = $5",
    };
    format!("{search} AND {status} AND {tier} AND {source} AND {role}")
}

fn arguments(list: &UserList) -> (String, &'static str, &'static str, &'static str, &str) {
    (
        pattern(&list.search),
        list.status.map_or("", Status::as_str),
        list.tier.map_or("", Tier::as_str),
        list.source.map_or("", Source::as_str),
        list.role.as_ref().map_or("", RoleName::as_str),
    )
}

/// What LIKE finds a part of `search_text` with, composed as that is; `!` escapes.
pub(super) fn pattern(search: &str) -> String {
    let mut pattern = String::from("%");
    for c in search.nfc().collect::<String>().to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
