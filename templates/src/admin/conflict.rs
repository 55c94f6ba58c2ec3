//! What two people changed at the same time.

use maud::{Markup, html};

use crate::components::{status_word, tier_word};
use crate::icons::{Icon, icon};
use crate::messages::Words;
use crate::{Lang, Status, Tier};

/// Two people changed the same user.
pub struct Conflict {
    /// Who was faster.
    pub by: Option<String>,
    /// Where the two differ.
    pub fields: Vec<Difference>,
}

/// A field with two values.
pub struct Difference {
    /// Which.
    pub field: Field,
    /// As it is stored now.
    pub theirs: String,
    /// As the viewer typed it.
    pub yours: String,
}

/// A field of the form. For [`Field::Status`] and [`Field::Tier`] the values are the parameters
/// `active`, `inactive`, `pending`, `standard`, `superuser`; they are printed in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `display_name`
    DisplayName,
    /// `email`
    Email,
    /// `username`
    Username,
    /// `status`
    Status,
    /// `tier`
    Tier,
    /// Roles: display names with commas.
    Roles,
    /// Direct grants and denies: keys with commas, a denied one after a minus sign.
    Permissions,
    /// `expires`
    Expires,
}

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
