use crate::When;

/// Whether an account may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Waits for an administrator.
    Pending,
    /// May sign in.
    Active,
    /// Deactivated.
    Inactive,
}

/// The permission tier, called User Type on the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Everybody else.
    Standard,
    /// May do everything.
    Superuser,
}

/// How a person can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// With a password kept here.
    Local,
    /// Through an identity provider.
    Sso,
    /// Either way.
    Both,
}

/// An identity at a provider that is linked to an account.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The provider's name for people, such as "Example SSO".
    pub provider: String,
    /// What the provider calls the person: an email address or a subject.
    pub name: String,
    /// When it was linked.
    pub linked: When,
}
