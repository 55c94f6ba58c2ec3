//! One connection a mail, step by step: which step a server refuses says whether it is about this mail or about
//! us.
use std::{error::Error as _, time::Duration};

use lettre::{
    message::Message,
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, Tls, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::ClientId,
    },
};
use secrecy::ExposeSecret as _;
use url::{Host, Url};

use super::Error;
use crate::config::{SmtpServer, SmtpTls};

/// A mail server.
pub struct Smtp {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    hello: ClientId,
    timeout: Duration,
}

const CONNECT: &str = "no connection to the mail server";
const ENCRYPT: &str = "the connection cannot be encrypted";
const SIGN_IN: &str = "the mail server does not let us in";
/// So long a server is given to say goodbye.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why a server did not do what it was asked.
struct Refusal {
    /// What went wrong.
    step: &'static str,
    error: lettre::transport::smtp::Error,
}

impl Smtp {
    pub(super) fn new(server: &SmtpServer, public_url: &Url, timeout: Duration) -> Result<Self, String> {
        let parameters = || {
            let mut parameters = TlsParameters::builder(server.host.clone());
            for certificate in certificates(server)? {
                parameters = parameters.add_root_certificate(certificate);
            }
            parameters.build().map_err(|error| format!("TLS cannot be set up: {}", chain(&error)))
        };
        Ok(Self {
            host: server.host.clone(),
            port: server.port,
            tls: match server.tls {
                SmtpTls::Starttls => Tls::Required(parameters()?),
                SmtpTls::Implicit => Tls::Wrapper(parameters()?),
                SmtpTls::None => Tls::None,
            },
            credentials: server.login.as_ref().map(|(username, password)| {
                Credentials::new(username.clone(), password.expose_secret().to_owned())
            }),
            hello: match public_url.host() {
                Some(Host::Ipv4(address)) => ClientId::Ipv4(address),
                Some(Host::Ipv6(address)) => ClientId::Ipv6(address),
                Some(Host::Domain(name)) => ClientId::Domain(name.to_owned()),
                None => ClientId::default(),
            },
            timeout,
        })
    }

    /// `host:port`
    pub fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Whether mail goes there encrypted.
    pub fn is_encrypted(&self) -> bool {
        !matches!(self.tls, Tls::None)
    }

    pub(super) async fn send(&self, message: &Message) -> Result<(), Error> {
        let mut connection = self.connect().await.map_err(|refusal| Error::ForNow(refusal.to_string()))?;
        let sent = hand_over(&mut connection, message).await;
        leave(&mut connection).await;
        sent
    }

    /// Connects, encrypts, signs in, and asks for nothing.
    pub(super) async fn check(&self) -> Result<String, String> {
        let mut connection = self.connect().await.map_err(|refusal| {
            let key = match refusal.step {
                SIGN_IN => "`username` and `password`",
                ENCRYPT => "`tls` and `ca_file`",
                _ => "`host`, `port` and `tls`",
            };
            format!("{}: {refusal}; see {key} in [mail]", self.name())
        })?;
        let there = connection.test_connected().await;
        leave(&mut connection).await;
        match there {
            true => Ok(format!(
                "{} answers, {}{}",
                self.name(),
                if self.is_encrypted() { "encrypted" } else { "NOT encrypted" },
                if self.credentials.is_some() { ", and lets us in" } else { "" }
            )),
            false => Err(format!("{} hung up; see `host` and `port` in [mail]", self.name())),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Refusal> {
        let at = |step| move |error| Refusal { step, error };
        let wrapper = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let address = (self.host.as_str(), self.port);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(address, Some(self.timeout), &self.hello, wrapper, None);
        let mut connection = connecting.await.map_err(at(CONNECT))?;
        if let Tls::Required(parameters) = &self.tls {
            // Fails when the server offers no STARTTLS: nothing is ever sent in the clear instead.
            connection.starttls(parameters.clone(), &self.hello).await.map_err(at(ENCRYPT))?;
        }
        if let Some(credentials) = &self.credentials {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&mechanisms, credentials).await.map_err(at(SIGN_IN))?;
        }
        Ok(connection)
    }
}

/// By now the mail is accepted or not: what comes of the farewell does not matter, and it may not come.
async fn leave(connection: &mut AsyncSmtpConnection) {
    let _gone_already = tokio::time::timeout(FAREWELL, connection.quit()).await;
}

/// What is refused for good concerns this recipient or this mail; anything else may be put right.
async fn hand_over(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Error> {
    let envelope = message.envelope();
    let sender = Mail::new(envelope.from().cloned(), vec![]);
    let at = |step| move |error| Refusal { step, error };
    connection
        .command(sender)
        .await
        .map_err(at("the mail server refuses the sender"))
        .map_err(Refusal::about_us)?;
    for recipient in envelope.to() {
        let recipient = Rcpt::new(recipient.clone(), vec![]);
        connection
            .command(recipient)
            .await
            .map_err(at("the mail server refuses the recipient"))
            .map_err(Refusal::about_mail)?;
    }
    connection
        .command(Data)
        .await
        .map_err(at("the mail server refuses the mail"))
        .map_err(Refusal::about_mail)?;
    connection
        .message(&message.formatted())
        .await
        .map_err(at("the mail server refuses the mail"))
        .map_err(Refusal::about_mail)?;
    Ok(())
}

impl Refusal {
    fn about_us(self) -> Error {
        Error::ForNow(self.to_string())
    }

    fn about_mail(self) -> Error {
        // 530 asks us to sign in first, whatever it is said to.
        let signing_in = self.error.status().is_some_and(|code| code.to_string() == "530");
        match self.error.is_permanent() && !signing_in {
            true => Error::ForGood(self.to_string()),
            false => Error::ForNow(self.to_string()),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.step, chain(&self.error))
    }
}

fn chain(error: &lettre::transport::smtp::Error) -> String {
    let (mut text, mut source) = (error.to_string(), error.source());
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

/// Those that are trusted beside the system's.
fn certificates(server: &SmtpServer) -> Result<Vec<Certificate>, String> {
    const END: &str = "-----END CERTIFICATE-----";
    let Some(pem) = &server.ca else { return Ok(vec![]) };
    let parts = pem.split_inclusive(END).filter(|part| part.contains("-----BEGIN CERTIFICATE-----"));
    let read = |part: &str| {
        Certificate::from_pem(part.as_bytes()).map_err(|error| {
            format!("`ca_file` in [mail] holds a certificate that cannot be read: {}", chain(&error))
        })
    };
    parts.map(read).collect()
}
