//! What is asked before a verdict on dormant accounts is carried out.

use maud::{Markup, html};

use super::dormant::ADDRESS;
use super::sheet::{Place, Sheet};
use crate::layout::{Admin, Entry, crumbs, dotted};
use crate::messages::Words;
use crate::{AdminFrame, Href, When};

/// What is decided about a dormant account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `keep`: left alone until the next review.
    Keep,
    /// `deactivate`
    Deactivate,
}

/// Asks before a verdict is carried out. Posts to `/admin/dormant` with `action`, each `id`,
/// `confirmed=1`, and `mail=1` to tell the people who are deactivated.
pub struct Confirm {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What was asked for.
    pub verdict: Verdict,
    /// For whom.
    pub selected: Vec<Selected>,
}

/// One of the selected accounts.
pub struct Selected {
    /// The field `id`.
    pub id: String,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// When they last signed in.
    pub last_login: Option<When>,
    /// Live sessions, which a deactivation ends.
    pub sessions: u64,
}

/// Draws the question.
pub fn confirm(view: &Confirm) -> Markup {
    let lang = view.admin.frame.lang;
    let all = lang.words();
    let words = &all.dormant;
    let n = view.selected.len();
    let title = (words.question)(view.verdict, n);
    let (action, crumb) = match view.verdict {
        Verdict::Keep => ("keep", words.keep),
        Verdict::Deactivate => ("deactivate", words.deactivate),
    };
    let body = html! {
        input type="hidden" name="action" value=(action);
        input type="hidden" name="confirmed" value="1";
        ul.rows { @for one in &view.selected { (selected(all, view.verdict, one)) } }
        @if view.verdict == Verdict::Deactivate {
            label.tick { input type="checkbox" name="mail" value="1" checked; span { (words.tell) } }
        }
    };
    let foot = html! {
        a.btn href=(ADDRESS) { (all.common.cancel) }
        button.btn.primary type="submit" { ((words.answer)(view.verdict, n)) }
    };
    let sheet = Sheet {
        lang,
        place: Place::Page,
        face: None,
        title: &title,
        meta: html! { ((words.consequence)(view.verdict)) },
        action: Some(Href::local(ADDRESS)),
        body_focus: true,
        body,
        foot,
        beside: html! {},
    };
    let main = html! {
        (crumbs(&view.admin, &[(all.common.dormant, Href::local(ADDRESS))], crumb))
        div.panel { (sheet.draw()) }
    };
    Admin {
        admin: &view.admin,
        title: &title,
        error: false,
        entry: Entry::Dormant,
        narrow: true,
        main,
        dialog: None,
    }
    .draw()
}

fn selected(all: &Words, verdict: Verdict, one: &Selected) -> Markup {
    let words = &all.dormant;
    let mut about = vec![html! { (one.display_name) }, (words.last_login)(one.last_login.as_ref())];
    if verdict == Verdict::Deactivate && one.sessions > 0 {
        about.push(html! { ((words.sessions)(one.sessions)) });
    }
    html! {
        li {
            input type="hidden" name="id" value=(one.id);
            span { strong { (one.username) } small { (dotted(&about)) } }
        }
    }
}
