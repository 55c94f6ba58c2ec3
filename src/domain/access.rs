//! Who may reach what behind the gate.
use super::user::Tier;

/// One line of an upstream's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The rule is about this path and everything below it.
    pub path: PathPrefix,
    /// Whom it lets in.
    pub allows: Allows,
}

/// Whom a rule lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allows {
    /// Everybody, signed in or not; must be written out as `public = true`.
    Public,
    /// Any signed-in account: `tier = "any"`.
    AnyAccount,
    /// Signed-in accounts of one tier.
    Tier(Tier),
}

/// A path that begins with `/`, compared by whole segments, in normalised form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPrefix(pub String);
