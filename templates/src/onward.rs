//! `/continue` and `/signed-out`

use maud::{Markup, html};

use crate::{Frame, Href};

/// The page that a sign-in ends on. A form may not redirect to another origin under our policy, so
/// this one goes on by a meta refresh and has a link for whoever it does not carry along.
pub struct Continue {
    /// What surrounds the page.
    pub frame: Frame,
    /// The host that the link leads to.
    pub host: String,
    /// The return address, proven to be ours.
    pub href: Href,
}

/// Draws the page that goes on.
pub fn continue_page(_view: &Continue) -> Markup {
    html! {}
}

/// Draws the page after signing out.
pub fn signed_out(_frame: &Frame) -> Markup {
    html! {}
}
