//! Applications of outsiders: what becomes of one, from where it comes, which addresses may apply.
use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use uuid::Uuid;

use super::{
    time::Time,
    user::{Email, UserId},
};

/// What became of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum State {
    /// It waits.
    Open,
    /// The applicant was let in.
    Approved,
    /// Somebody turned it down.
    Rejected,
    /// The applicant took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
    /// The address's owner came in by single sign-on.
    Superseded,
}

impl State {
    /// Those of a decided application, in the order of the page.
    pub const DECIDED: [Self; 5] =
        [Self::Approved, Self::Rejected, Self::Withdrawn, Self::Expired, Self::Superseded];

    /// The word used in the database and in URLs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
        }
    }

    /// Reads [`Self::as_str`]'s word for a decided one.
    pub fn parse_decided(word: &str) -> Option<Self> {
        Self::DECIDED.into_iter().find(|state| state.as_str() == word)
    }
}

/// An application as it is on record.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Application {
    /// Its own id.
    pub id: Uuid,
    /// The account that waited or came of it; perhaps gone.
    pub user_id: UserId,
    /// The account's number.
    pub number: i64,
    /// The applicant's address as it was.
    pub email: String,
    /// The login name as it was.
    pub username: String,
    /// The person's name as it was.
    pub display_name: String,
    /// Why they wanted in.
    pub reason: Option<String>,
    /// When they applied.
    pub applied_at: Time,
    /// From which address.
    pub address: String,
    /// What became of it.
    pub state: State,
    /// When.
    pub decided_at: Time,
    /// Who decided, as they were called; nobody where the applicant did, or narthex itself.
    pub decided_by: Option<String>,
    /// What the applicant was told.
    pub message: Option<String>,
}

/// When and why an address was turned down last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// When.
    pub at: Time,
    /// What the applicant was told.
    pub message: Option<String>,
}

/// What counts as one place on the network: whoever has one IPv6 address has its whole /64.
pub fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(v6)) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).to_string(),
        Ok(v4) => v4.to_string(),
        Err(_) => address.to_owned(),
    }
}

/// Domains of email addresses: `example.com` is that one alone, `.example.com` every one below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domains(String);

impl Domains {
    /// Reads one, in any case of letters; `*.example.com` is `.example.com`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let text = text.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(&text);
        let name = text.strip_prefix('.').unwrap_or(text);
        Email::parse(&format!("a@{name}"))?;
        Some(Self(text.to_owned()))
    }

    /// Whether an address is of one of these.
    pub fn hold(&self, email: &Email) -> bool {
        let domain = email.domain();
        if self.0.starts_with('.') { domain.ends_with(&self.0) } else { domain == self.0 }
    }
}

impl fmt::Display for Domains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_itself_or_all_below_it() {
        let email = |text: &str| Email::parse(text).unwrap();
        let domains = |text: &str| Domains::parse(text).unwrap();
        for (written, address, holds) in [
            ("example.com", "a@Example.COM", true),
            ("example.com", "a@sub.example.com", false),
            ("example.com", "a@notexample.com", false),
            (".example.com", "a@sub.example.com", true),
            (".example.com", "a@deep.sub.example.com", true),
            (".example.com", "a@example.com", false),
            (".example.com", "a@notexample.com", false),
            ("*.example.com", "a@sub.example.com", true),
        ] {
            assert_eq!(domains(written).hold(&email(address)), holds, "{written} {address}");
        }
        for bad in ["", ".", "*", "example", "a@example.com", "exa mple.com", "*example.com", "..example.com"]
        {
            assert_eq!(Domains::parse(bad), None, "{bad}");
        }
        assert_eq!(domains(" *.Example.com ").to_string(), ".example.com");
    }

    #[test]
    fn an_ipv6_network_is_one_place() {
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
