//! `/admin/settings`

use maud::{Markup, html};

use super::keys::Card;
use super::{Flash, flash};
use crate::AdminFrame;
use crate::components::{Tone, flash as flash_note, note, savebar};
use crate::icons::{Icon, icon};
use crate::layout::{Admin, Entry, crumbs, head};
use crate::messages::Words;

pub use super::keys::Key;
pub use super::setting::{Line, Problem, Value};

/// What administrators decide. One form that posts every line under [`Key::name`] (a switch as `1`, or not
/// at all) and `version` to `/admin/settings`. A line that the configuration fixes is not sent.
pub struct Settings {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What happened before.
    pub flash: Option<Flash>,
    /// Whether the viewer may change settings; otherwise they are only shown.
    pub editable: bool,
    /// The hidden field `version`.
    pub version: String,
    /// Somebody else saved settings meanwhile; shown with 409.
    pub conflict: Option<Conflict>,
    /// The settings, in any order; each stands in the card of its key.
    pub lines: Vec<Line>,
}

/// Two people changed settings.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Who was faster, when it is known.
    pub by: Option<String>,
}

/// Draws the page.
pub fn page(view: &Settings) -> Markup {
    let lang = view.admin.frame.lang;
    let all = lang.words();
    let words = &all.settings;
    let wrong = view.lines.iter().any(|line| line.problem.is_some());
    let main = html! {
        (head(&crumbs(&view.admin, &[], all.common.system), all.common.settings, words.lead, &html! {}))
        @if let Some(happened) = &view.flash { (flash::draw(lang, happened)) }
        @if let Some(conflict) = &view.conflict {
            (flash_note(Tone::Bad, &(words.conflict_title)(conflict.by.as_deref()), &html! { p { (words.conflict) } }))
        }
        @if wrong { (summary(all, &view.lines)) }
        @if !view.editable { (note(Tone::Info, &html! { p { (words.looking) } })) }
        @if view.editable {
            form.settings method="post" action="/admin/settings" novalidate {
                input type="hidden" name="version" value=(view.version);
                (sections(view))
                div.form {
                    (cards(view))
                    (savebar(words.written, "/admin/settings", all.matrix.discard, words.save))
                }
            }
        } @else { div.settings { (sections(view)) div.form { (cards(view)) } } }
    };
    Admin {
        admin: &view.admin,
        title: all.common.settings,
        error: view.conflict.is_some() || wrong,
        entry: Entry::Settings,
        narrow: false,
        main,
        dialog: None,
    }
    .draw()
}

fn summary(all: &Words, lines: &[Line]) -> Markup {
    let words = &all.settings;
    html! {
        div.note.bad role="alert" tabindex="-1" autofocus {
            (icon(Icon::Alert))
            div {
                h2 { (all.common.problem) }
                ul {
                    @for line in lines {
                        @if let Some(problem) = &line.problem {
                            li { a href={ "#" (line.key.id()) } { ((words.keys)(line.key).0) ": " (problem.text(words)) } }
                        }
                    }
                }
            }
        }
    }
}

/// The cards that have a line to show.
fn shown(view: &Settings) -> impl Iterator<Item = Card> {
    Card::ALL.into_iter().filter(|card| view.lines.iter().any(|line| line.key.card() == *card))
}

fn sections(view: &Settings) -> Markup {
    let words = &view.admin.frame.lang.words().settings;
    html! {
        nav.settings-nav aria-label=(words.sections) {
            ul { @for card in shown(view) { li { a href={ "#card-" (card.id()) } { ((words.cards)(card)) } } } }
        }
    }
}

fn cards(view: &Settings) -> Markup {
    let all = view.admin.frame.lang.words();
    html! {
        @for card in shown(view) {
            section.panel id={ "card-" (card.id()) } aria-labelledby={ "card-" (card.id()) "-title" } {
                div.panel-body {
                    h2 id={ "card-" (card.id()) "-title" } { ((all.settings.cards)(card)) }
                    @for line in view.lines.iter().filter(|line| line.key.card() == card) {
                        (line.draw(all, view.editable))
                    }
                }
            }
        }
    }
}
