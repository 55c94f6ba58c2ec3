//! Mail leaves here: through an SMTP server, or into `.eml` files. Knows neither database nor clock; what is due
//! and what became of it is the business of [`crate::accounts::delivering`].
use std::{path::PathBuf, time::Duration};

use lettre::message::{Mailbox, Message};
use uuid::Uuid;

use crate::{
    config::{Config, MailTransport},
    domain::{language::Language, notice::Notice, secret::MasterKey, time::Time, user::Email},
};

mod compose;
mod file;
mod smtp;
mod words;

pub use smtp::Smtp;

/// Writes and delivers mail.
pub struct Mailer {
    way: Way,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    house: words::House,
    timeout: Duration,
}

/// How mail leaves.
pub enum Way {
    /// As files in this folder.
    Folder(PathBuf),
    /// Through a server.
    Server(Box<Smtp>),
}

/// Why a mail was not delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It may be better later.
    #[error("{0}")]
    ForNow(String),
    /// This mail will never be delivered.
    #[error("{0}")]
    ForGood(String),
}

impl Mailer {
    /// As it is configured.
    ///
    /// # Errors
    /// When certificates cannot be read; a sentence that names the key.
    pub fn new(config: &Config) -> Result<Self, String> {
        let mail = &config.mail;
        let way = match &mail.transport {
            MailTransport::File => Way::Folder(config.data_dir.join("mail")),
            MailTransport::Smtp(server) => {
                Way::Server(Box::new(Smtp::new(server, &config.public_url, mail.timeout)?))
            }
        };
        let help = config.help.as_deref().filter(|help| !help.contains("://"));
        Ok(Self {
            way,
            from: mail.from.clone(),
            reply_to: help.and_then(|help| help.parse().ok()).map(|email| Mailbox::new(None, email)),
            house: words::House::new(config),
            timeout: mail.timeout,
        })
    }

    /// How mail leaves.
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// How long one delivery may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Writes a mail and delivers it. Delivered twice, it has the same `Message-ID` both times.
    ///
    /// # Errors
    /// When it was not delivered: why, and whether it is any use to try again.
    pub async fn deliver(
        &self,
        id: Uuid,
        (recipient, language): (&Email, Language),
        notice: &Notice,
        master: &MasterKey,
        now: Time,
    ) -> Result<(), Error> {
        let message = self.compose(id, (recipient, language), notice, master, now)?;
        let delivering = async {
            match &self.way {
                Way::Folder(folder) => file::write(folder, id, message.formatted()).await,
                Way::Server(server) => server.send(&message).await,
            }
        };
        tokio::time::timeout(self.timeout, delivering).await.unwrap_or_else(|_| {
            let seconds = self.timeout.as_secs();
            Err(Error::ForNow(format!("the mail server did not answer within {seconds} seconds")))
        })
    }

    fn compose(
        &self,
        id: Uuid,
        (recipient, language): (&Email, Language),
        notice: &Notice,
        master: &MasterKey,
        now: Time,
    ) -> Result<Message, Error> {
        let written = self.house.write(recipient, language, notice, master);
        let envelope = compose::Envelope { id, from: &self.from, reply_to: self.reply_to.as_ref(), now };
        compose::message(&envelope, recipient, written)
    }

    /// Tries everything but sending: that the folder can be written, or that the server lets us in.
    ///
    /// # Errors
    /// What is wrong, and what to do.
    pub async fn check(&self) -> Result<String, String> {
        let checking = async {
            match &self.way {
                Way::Folder(folder) => file::check(folder).await,
                Way::Server(server) => server.check().await,
            }
        };
        tokio::time::timeout(self.timeout, checking).await.unwrap_or_else(|_| {
            let seconds = self.timeout.as_secs();
            Err(format!("the mail server did not answer within {seconds} seconds; see `host`, `port` and `tls` in [mail]"))
        })
    }
}
