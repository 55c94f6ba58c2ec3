//! People as OpenID Providers know them.
use super::{
    secret::{base64url, sha256},
    user::Email,
};

/// Who somebody is at a provider: (issuer, subject), never an email.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The provider's issuer identifier, compared byte for byte.
    pub issuer: String,
    /// The provider's lasting name for the person; never empty.
    pub subject: String,
}

/// An identity that an account is linked to, as the database keeps it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LinkedIdentity {
    /// The provider's issuer identifier.
    pub issuer: String,
    /// The provider's name for the person.
    pub subject: String,
    /// The provider's name in the config file when the identity was last used.
    pub provider: String,
    /// When it was linked.
    pub linked_at: super::time::Time,
}

impl LinkedIdentity {
    /// Who it is.
    pub fn identity(&self) -> Identity {
        Identity { issuer: self.issuer.clone(), subject: self.subject.clone() }
    }

    /// Names this identity in addresses of pages; nobody reads from it who it is.
    pub fn handle(&self) -> String {
        let text = format!("{}\n{}", self.issuer, self.subject);
        base64url(&sha256(text.as_bytes())[..16])
    }
}

/// What a provider told about a person who just signed in there; verified, not yet admitted.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Who it is.
    pub identity: Identity,
    /// The provider's name in the config file.
    pub provider: String,
    /// The wished-for username, as the claim has it.
    pub username: Option<String>,
    /// The person's name, as the claim has it.
    pub name: Option<String>,
    /// What the email claim is worth.
    pub email: EmailClaim,
    /// Values of the groups claim, when it was there.
    pub groups: Option<Vec<String>>,
    /// Whether the provider says that the groups are to be had elsewhere (`_claim_names`, OpenID Connect Core 1.0
    /// §5.6.2), which is never followed.
    pub groups_elsewhere: bool,
    /// The first required claim that is not there, or not what it has to be.
    pub lacks: Option<String>,
    /// The provider's session (`sid`), for back-channel logout.
    pub session: Option<String>,
}

/// What a provider says of the email address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmailClaim {
    /// Vouched for: `email_verified` is the boolean true, or the provider owns its addresses.
    Counts(Email),
    /// There, but `email_verified` is not the boolean true.
    Unverified,
    /// Not there, or not an address.
    Missing,
}
