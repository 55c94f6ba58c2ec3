use crate::{Href, When};

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
    /// How it is unlinked, where there is another way in.
    pub unlink: Option<Unlink>,
}

/// How an identity is unlinked.
#[derive(Clone, Debug)]
pub enum Unlink {
    /// On one's own page: on this one.
    At(Href),
    /// On somebody else's: by the form `edit-unlink`, whose field `identity` says this.
    By(String),
}

/// A session as a page shows it.
#[derive(Clone, Debug)]
pub struct Session {
    /// For addresses.
    pub handle: String,
    /// What the person sits in front of.
    pub device: Device,
    /// From where the person signed in.
    pub address: String,
    /// The provider's name for people; `None` after a password.
    pub provider: Option<String>,
    /// When it began.
    pub signed_in: When,
    /// When it was last used, within a minute.
    pub last_seen: When,
    /// The one that asks for the page.
    pub is_this: bool,
}

/// What a person sits in front of, as the browser says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// A browser and its system by the names that people know.
    Known {
        /// Such as Firefox.
        browser: String,
        /// Such as Windows.
        system: String,
        /// Whether it is held in the hand.
        mobile: bool,
    },
    /// What the browser said, word for word; empty when it said nothing.
    Raw(String),
}
