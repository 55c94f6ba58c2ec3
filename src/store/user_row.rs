//! How an account is selected, and read from a row.
use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};

use crate::domain::user::User;

/// The columns of [`User`].
macro_rules! user_columns {
    () => {
        "users.id, users.number, users.username, users.email, users.email_trusted, users.display_name, \
         users.status, users.tier, users.source, users.password_hash IS NOT NULL AS has_password, users.reason, \
         users.session_epoch, users.version, users.last_login_at, users.last_login_address, users.registered_at, \
         users.expires_at, users.password_changed_at, users.must_change_password, users.idle_since, users.kept_until, \
         users.language, users.password_expires_at, users.unlocked_at"
    };
}
pub(super) use user_columns;

/// Reads [`User`] from the first columns of a row, by their places: the gate reads many, and to look each column up by
/// its name takes longer than to read it.
macro_rules! read_user {
    ($Row:ty, $get:ident: $($field:ident),+) => {
        impl sqlx::FromRow<'_, $Row> for User {
            fn from_row(row: &$Row) -> Result<Self, sqlx::Error> {
                let mut places = 0..;
                let mut next = || places.next().unwrap_or_default();
                Ok(Self { $($field: row.$get::<_, usize>(next())?),+ })
            }
        }
    };
    ($($field:ident),+ $(,)?) => {
        // SQLite takes any kind of value in any column, so each is checked; PostgreSQL has done so itself.
        read_user!(SqliteRow, try_get: $($field),+);
        read_user!(PgRow, try_get_unchecked: $($field),+);

        #[cfg(test)]
        const FIELDS: &[&str] = &[$(stringify!($field)),+];
    };
}
read_user!(
    id,
    number,
    username,
    email,
    email_trusted,
    display_name,
    status,
    tier,
    source,
    has_password,
    reason,
    session_epoch,
    version,
    last_login_at,
    last_login_address,
    registered_at,
    expires_at,
    password_changed_at,
    must_change_password,
    idle_since,
    kept_until,
    language,
    password_expires_at,
    unlocked_at,
);

#[cfg(test)]
mod tests {
    use super::FIELDS;

    #[test]
    fn columns_are_read_in_the_order_in_which_they_are_selected() {
        let columns: Vec<&str> = user_columns!().split(", ").collect();
        assert_eq!(columns.len(), FIELDS.len());
        for (column, field) in columns.iter().zip(FIELDS) {
            assert!(
                column.ends_with(&format!(".{field}")) || column.ends_with(&format!(" AS {field}")),
                "{column}"
            );
        }
    }
}
