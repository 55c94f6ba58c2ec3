//! Roles and permissions as several pages name them.

/// A permission of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// `scope.resource:action`
    pub key: String,
    /// As configured for an upstream; the gateway's own have words on the pages.
    pub label: Option<String>,
}

/// Where a role or a direct grant came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// An administrator gave it by hand.
    Manual,
    /// A provider's groups gave it; its name for people.
    Provider(String),
    /// It was given with the activation of an application.
    Approval,
}

/// Why something cannot be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// The viewer does not hold it (or all of it, for a role).
    NotHeld,
    /// A role would supervise itself, over others or directly.
    Cycle,
}
