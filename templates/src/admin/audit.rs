//! `/admin/audit`

use maud::{Markup, html};

use crate::{AdminFrame, Href, When};

/// The audit log.
pub struct Audit {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// The entries of this page, newest first.
    pub entries: Vec<Entry>,
    /// How many there are.
    pub total: u64,
    /// The page with newer entries.
    pub newer: Option<Href>,
    /// The page with older entries.
    pub older: Option<Href>,
}

/// One thing that happened.
pub struct Entry {
    /// When, to the second.
    pub at: When,
    /// The event's name, such as `account.activated`; printed with its words where it is known.
    pub event: String,
    /// Who did it.
    pub actor: Actor,
    /// Whom it was done to, by the name they had then.
    pub target: Option<String>,
    /// What became different.
    pub changes: Vec<Change>,
    /// From which address.
    pub ip: Option<String>,
    /// How it went.
    pub result: Outcome,
    /// The request that caused it.
    pub request: Option<String>,
    /// The browser that sent it.
    pub user_agent: Option<String>,
}

/// Who did something.
pub enum Actor {
    /// Somebody with an account, by the name they had then.
    Person(String),
    /// Nobody signed in.
    Stranger,
    /// narthex itself, or its command line.
    System,
}

/// A field that became different. Known names (`status`, `tier`, `email`, `display_name`, `username`,
/// `password`, `method`, `provider`, `reason`, `sessions`) and known values (`active`, `superuser`, …) are
/// printed in words, others as they are.
pub struct Change {
    /// Which field.
    pub field: String,
    /// What it was.
    pub old: Option<String>,
    /// What it is.
    pub new: Option<String>,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It happened.
    Done,
    /// It was tried and failed, such as a wrong password.
    Failed,
    /// It was refused by a rule, such as a pending account.
    Refused,
}

/// Draws the page.
pub fn page(_view: &Audit) -> Markup {
    html! {}
}
