//! Mail is written in the transaction that causes it; it is delivered later; [`super::delivering`] keeps the account.
use std::time::Duration;

use uuid::Uuid;

use crate::{
    domain::{
        audit::Origin,
        language::Language,
        link::{LinkId, Purpose},
        notice::{Notice, Seen},
        secret::new_id,
        time::Time,
        user::{Email, User, UserId},
    },
    store::{
        self, Tx,
        mail_tokens::{self, MailedLink},
        outbox::{self, NewMail},
    },
};

/// Writes to the owner of an account, in their language.
pub(super) async fn write(tx: &mut Tx, to: &User, notice: &Notice, now: Time) -> Result<(), store::Error> {
    write_to(tx, &to.email, to.language, Some(to.id), notice, now).await
}

/// Writes to an address.
pub(super) async fn write_to(
    tx: &mut Tx,
    recipient: &Email,
    language: Language,
    user_id: Option<UserId>,
    notice: &Notice,
    now: Time,
) -> Result<(), store::Error> {
    outbox::insert(tx, &NewMail { id: new_id(now), recipient, language, user_id, notice, created_at: now })
        .await
}

/// Tells both addresses that `user`, as the account was, has another from now on. In other case it is the same.
pub(super) async fn email_changed(
    tx: &mut Tx,
    user: &User,
    new: &Email,
    now: Time,
) -> Result<(), store::Error> {
    if user.email.key() == new.key() {
        return Ok(());
    }
    let name = user.display_name.to_string();
    let notice = Notice::EmailChanged { name, old: user.email.to_string(), new: new.to_string() };
    for recipient in [&user.email, new] {
        write_to(tx, recipient, user.language, Some(user.id), &notice, now).await?;
    }
    Ok(())
}

/// Tells somebody that they can sign in at this provider from now on, and with their password no more if that was
/// removed with it.
pub(super) async fn identity_linked(
    tx: &mut Tx,
    user: &User,
    provider: &str,
    password_removed: bool,
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    let (name, provider) = (user.display_name.to_string(), provider.to_owned());
    let notice = Notice::IdentityLinked { name, provider, password_removed, seen: seen(origin, now) };
    write(tx, user, &notice, now).await
}

/// Tells somebody that they cannot sign in at this provider any more.
pub(super) async fn identity_unlinked(
    tx: &mut Tx,
    user: &User,
    provider: &str,
    origin: &Origin,
    now: Time,
) -> Result<(), store::Error> {
    let (name, provider) = (user.display_name.to_string(), provider.to_owned());
    write(tx, user, &Notice::IdentityUnlinked { name, provider, seen: seen(origin, now) }, now).await
}

/// Makes a link for a mail to `email`; any other of the same purpose and subject is void from now on.
pub(super) async fn link(
    tx: &mut Tx,
    purpose: Purpose,
    subject: Uuid,
    email: &Email,
    lifetime: Duration,
    now: Time,
) -> Result<LinkId, store::Error> {
    let id = LinkId::draw();
    let link = MailedLink { subject, email_key: email.key(), expires_at: now + lifetime };
    mail_tokens::put(tx, id, purpose, &link).await?;
    Ok(id)
}

/// When and from where, for a mail.
pub(super) fn seen(origin: &Origin, now: Time) -> Seen {
    Seen { at: now, address: origin.address.clone(), user_agent: origin.user_agent.clone() }
}
