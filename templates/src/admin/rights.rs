//! Roles and permissions as several pages name them.

use maud::{Markup, html};

use crate::messages::Words;

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

/// A box of a group of which any may be ticked. What is offered is sent along, so that whoever reads the form
/// can tell a box that was unticked from one that could not be.
pub(super) struct Choice<'a> {
    pub(super) name: &'a str,
    pub(super) offered: &'a str,
    pub(super) value: &'a str,
    pub(super) checked: bool,
    pub(super) barred: Option<Barred>,
    pub(super) label: Markup,
}

impl Choice<'_> {
    pub(super) fn draw(&self, all: &Words) -> Markup {
        html! {
            label.tick.barred[self.barred.is_some()] {
                @if self.barred.is_none() { input type="hidden" name=(self.offered) value=(self.value); }
                input type="checkbox" name=(self.name) value=(self.value) checked[self.checked] disabled[self.barred.is_some()];
                span {
                    (self.label)
                    @if let Some(why) = self.barred { span.hint { (all.rights.barred(why)) } }
                }
            }
        }
    }
}
