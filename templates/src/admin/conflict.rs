//! What two people changed at the same time.

use maud::{Markup, html};

use super::edit::{Conflict, Difference, Field};
use crate::components::{status_word, tier_word};
use crate::icons::{Icon, icon};
use crate::messages::Words;
use crate::{Lang, Status, Tier};

/// Both versions of what two people changed.
pub(super) fn draw(lang: Lang, conflict: &Conflict) -> Markup {
    let all = lang.words();
    let words = &all.edit;
    html! {
        div.note.bad role="alert" tabindex="-1" autofocus {
            (icon(Icon::Alert))
            div {
                p.title { ((words.conflict_title)(conflict.by.as_deref())) }
                p { (words.conflict) }
                table.compare {
                    caption.vh { (words.conflict_caption) }
                    thead { tr { th scope="col" { (words.field) } th scope="col" { (words.theirs) } th scope="col" { (words.yours) } } }
                    tbody {
                        @for Difference { field, theirs, yours } in &conflict.fields {
                            tr {
                                th scope="row" { (field.word(all)) }
                                td { (field.value(all, theirs)) }
                                td { strong { (field.value(all, yours)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Field {
    const fn word(self, all: &Words) -> &'static str {
        match self {
            Self::DisplayName => all.common.display_name,
            Self::Email => all.common.email,
            Self::Username => all.common.username,
            Self::Status => all.common.status,
            Self::Tier => all.common.user_type,
            Self::Roles => all.edit.roles,
            Self::Permissions => all.edit.permissions,
            Self::Expires => all.edit.expires,
        }
    }

    fn value(self, all: &Words, value: &str) -> String {
        let word = match (self, value) {
            (Self::Status, "active") => status_word(all, Status::Active),
            (Self::Status, "inactive") => status_word(all, Status::Inactive),
            (Self::Status, "pending") => status_word(all, Status::Pending),
            (Self::Tier, "standard") => tier_word(all, Tier::Standard),
            (Self::Tier, "superuser") => tier_word(all, Tier::Superuser),
            _ => value,
        };
        word.to_owned()
    }
}
