//! Who holds a role, and what can be done about it: part of its page.

use maud::{Markup, html};

use super::rights::Provenance;
use super::role::Role;
use super::roles::role_path;
use super::table::{label, pager, person};
use crate::components::{Tone, flash, status};
use crate::icons::{Icon, icon};
use crate::messages::Role as Words;
use crate::when::count;
use crate::{Href, Lang, Status};

/// Who holds a role.
pub struct People {
    /// The rows of this page.
    pub rows: Vec<Holder>,
    /// How many hold it.
    pub total: u64,
    /// The page before.
    pub previous: Option<Href>,
    /// The page after.
    pub next: Option<Href>,
}

/// Somebody who holds a role.
pub struct Holder {
    /// For addresses, and the field `user`.
    pub id: String,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// Active, inactive or pending.
    pub status: Status,
    /// Every grant of the role to this person.
    pub from: Vec<Provenance>,
    /// Whether the username is a link to the person's page.
    pub can_view: bool,
    /// Whether Remove is there: posts `user` = id to `/admin/roles/{name}/people/remove`.
    pub can_remove: bool,
}

/// The form that adds people: posts `people`, one username or email a line, to `/admin/roles/{name}/people`.
#[derive(Clone, Debug, Default)]
pub struct Add {
    /// What was typed.
    pub typed: String,
    /// The lines that did not work; shown with 422, nobody was added.
    pub problems: Vec<Line>,
}

/// A line of the form that adds people.
#[derive(Clone, Debug)]
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// What was typed.
    pub text: String,
    /// What is wrong with it.
    pub why: NotAdded,
}

/// Why somebody was not given a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdded {
    /// Nobody has that username or email.
    Unknown,
    /// They hold it already, given by hand.
    AlreadyHolds,
    /// Only superusers may change a superuser.
    SuperuserOnly,
    /// They may do in the admin section what the viewer may not, or are the viewer.
    MayMore,
    /// They wait for approval.
    Pending,
    /// Nobody gives a role to themselves that they do not hold.
    NotHeld,
    /// The line names somebody who is named above.
    Twice,
}

/// Whether a role can be deleted: posts to `/admin/roles/{name}/delete`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It can.
    Possible,
    /// People hold it.
    Held {
        /// How many.
        people: u64,
    },
    /// The viewer does not hold all that it grants.
    NotHeld,
}

/// The sections below the form of a role.
pub(super) fn draw(lang: Lang, view: &Role, name: &str) -> Markup {
    let words = &lang.words().role;
    html! {
        @if let Some(people) = &view.people { (holders(lang, people, name)) }
        @if let Some(form) = &view.add { (add(words, form, name)) }
        @if let Some(deletion) = &view.delete { (delete(words, deletion, name)) }
    }
}

/// Whether something below the form did not work.
pub(super) fn refused(view: &Role) -> bool {
    view.add.as_ref().is_some_and(|add| !add.problems.is_empty())
}

fn holders(lang: Lang, people: &People, name: &str) -> Markup {
    let words = &lang.words().role;
    html! {
        section.panel id="people" aria-labelledby="people-title" {
            div.panel-head {
                h2 id="people-title" { (words.people) " " span.tag.count { (count(people.total)) } }
            }
            @if people.rows.is_empty() {
                div.empty { (icon(Icon::People)) h3 { (words.nobody_title) } p { (words.nobody) } }
            } @else { (rows(lang, people, name)) }
            div.panel-foot {
                span.num { ((words.people_count)(people.total, &count(people.total))) }
                (pager(lang, people.previous.as_ref(), people.next.as_ref(), "people"))
            }
        }
    }
}

fn rows(lang: Lang, people: &People, name: &str) -> Markup {
    let all = lang.words();
    let words = &all.role;
    let removable = people.rows.iter().any(|holder| holder.can_remove);
    html! {
        @if removable { form id="remove" method="post" action=(role_path(name, "/people/remove")) hidden {} }
        div.list-box {
            section.list-scroll aria-label=(words.people_caption) tabindex="0" {
                table.list {
                    caption { (words.people_caption) }
                    thead {
                        tr {
                            th.who scope="col" { (all.common.username) }
                            th.state scope="col" { (all.common.status) }
                            th scope="col" { (words.from) }
                            @if removable { th.acts scope="col" { (all.users.actions) } }
                        }
                    }
                    tbody { @for holder in &people.rows { (row(lang, holder, removable)) } }
                }
            }
        }
    }
}

fn row(lang: Lang, holder: &Holder, removable: bool) -> Markup {
    let all = lang.words();
    let from: Vec<_> = holder.from.iter().map(|from| all.rights.provenance(from)).collect();
    html! {
        tr {
            (person(&holder.id, &holder.username, holder.can_view, &html! { span.also { (holder.display_name) } }))
            td.state { (label(all.common.status)) (status(all, holder.status)) }
            td { (label(all.role.from)) span { (from.join(", ")) } }
            @if removable {
                td.acts {
                    @if holder.can_remove {
                        span {
                            button.btn.small.ghost.rueful type="submit" form="remove" name="user" value=(holder.id) {
                                (all.role.remove) span.vh { " " (holder.username) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn add(words: &Words, form: &Add, name: &str) -> Markup {
    let wrong = !form.problems.is_empty();
    html! {
        section.panel aria-labelledby="add-title" {
            form.panel-body method="post" action=(role_path(name, "/people")) {
                h2 id="add-title" { (words.add) }
                @if wrong { (lines(words, &form.problems)) }
                div.field.wrong[wrong] {
                    label for="people-typed" { (words.add_label) }
                    p.hint id="people-typed-hint" { (words.add_hint) }
                    textarea.control id="people-typed" name="people" rows="4" autocapitalize="none" spellcheck="false"
                        required aria-describedby="people-typed-hint" aria-invalid=[wrong.then_some("true")] {
                        // A browser drops one line break here.
                        "\n" (form.typed)
                    }
                }
                div.btn-row { button.btn type="submit" { (words.add_button) } }
            }
        }
    }
}

fn lines(words: &Words, problems: &[Line]) -> Markup {
    let why = |why: NotAdded| match why {
        NotAdded::Unknown => words.unknown,
        NotAdded::AlreadyHolds => words.already_holds,
        NotAdded::SuperuserOnly => words.superuser_only,
        NotAdded::MayMore => words.may_more,
        NotAdded::Pending => words.pending,
        NotAdded::NotHeld => words.line_not_held,
        NotAdded::Twice => words.twice,
    };
    let list = html! {
        ul { @for line in problems { li { strong { ((words.line)(line.number, &line.text)) } " " (why(line.why)) } } }
    };
    flash(Tone::Bad, words.add_problem, &list)
}

fn delete(words: &Words, deletion: &Deletion, name: &str) -> Markup {
    html! {
        section.panel aria-labelledby="delete-title" {
            div.panel-body {
                h2 id="delete-title" { (words.delete) }
                @match deletion {
                    Deletion::Possible => {
                        p.muted { (words.delete_text) }
                        form.btn-row method="post" action=(role_path(name, "/delete")) {
                            button.btn.danger type="submit" { (words.delete) }
                        }
                    },
                    Deletion::Held { people } => p.muted { ((words.held)(*people)) },
                    Deletion::NotHeld => p.muted { (words.delete_not_held) },
                }
            }
        }
    }
}
