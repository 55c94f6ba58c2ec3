//! A form with head and foot that is the same as a page and as the content of a dialog.

use maud::{Markup, html};

use crate::components::initials;
use crate::icons::{Icon, icon};
use crate::layout::{Admin, Entry, crumbs};
use crate::{AdminFrame, Href, Lang};

/// Where a sheet is shown. Headings inside it begin one level deeper in a dialog.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Page,
    Dialog,
}

pub(super) struct Sheet<'a> {
    pub(super) lang: Lang,
    pub(super) place: Place,
    /// Whose sheet it is, for the circle with initials.
    pub(super) face: Option<&'a str>,
    pub(super) title: &'a str,
    pub(super) meta: Markup,
    /// Where it is sent; `None` where there is nothing to send.
    pub(super) action: Option<Href>,
    /// Something in the body takes the focus.
    pub(super) body_focus: bool,
    pub(super) body: Markup,
    pub(super) foot: Markup,
    /// Forms beside this one that its buttons belong to.
    pub(super) beside: Markup,
}

impl Sheet<'_> {
    pub(super) fn draw(&self) -> Markup {
        let words = &self.lang.words().common;
        let focus = self.place == Place::Dialog && !self.body_focus;
        let content = html! {
            div.sheet-head {
                @if let Some(name) = self.face { span.face.large aria-hidden="true" { (initials(name)) } }
                div {
                    @match self.place {
                        Place::Page => h1 id="sheet-title" { (self.title) },
                        Place::Dialog => h2 id="sheet-title" tabindex="-1" autofocus[focus] { (self.title) },
                    }
                    p { (self.meta) }
                }
                @if self.place == Place::Dialog {
                    button.btn.ghost.square type="button" data-close aria-label=(words.close) { (icon(Icon::Close)) }
                }
            }
            div.sheet-body { (self.body) }
            div.sheet-foot { (self.foot) }
        };
        html! {
            div.sheet-box data-fragment {
                @match &self.action {
                    Some(action) => form.sheet method="post" action=(action) novalidate { (content) },
                    None => div.sheet { (content) },
                }
                (self.beside)
            }
        }
    }
}

impl Place {
    /// A heading below the title.
    pub(super) fn heading(self, id: &str, text: &str) -> Markup {
        html! {
            @match self { Self::Page => h2 id=(id) { (text) }, Self::Dialog => h3 id=(id) { (text) } }
        }
    }

    /// Leaves without changing anything.
    pub(super) fn cancel(self, lang: Lang, focus: bool) -> Markup {
        self.leave(lang.words().common.cancel, focus)
    }

    /// The same with another word.
    pub(super) fn leave(self, word: &str, focus: bool) -> Markup {
        html! {
            @match self {
                Self::Page => a.btn href="/admin/users" { (word) },
                Self::Dialog => button.btn type="button" data-close autofocus[focus] { (word) },
            }
        }
    }
}

/// The whole page around a sheet.
pub(super) fn page(admin: &AdminFrame, title: &str, crumb: &str, error: bool, sheet: &Markup) -> Markup {
    let lang = admin.frame.lang;
    let words = &lang.words().common;
    let main = html! {
        (crumbs(admin, &[(words.user_management, Href::local("/admin/users"))], crumb))
        div.panel { (sheet) }
    };
    Admin { admin, title, error, entry: Entry::Users, narrow: true, main, dialog: None }.draw()
}
