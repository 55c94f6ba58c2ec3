//! `/admin/dormant`

use maud::{Markup, html};

use super::table::{label, pager, person};
use super::{Flash, flash};
use crate::components::{Tone, email, note, role_chips, source_word, tier};
use crate::icons::{Icon, icon};
use crate::layout::{Admin, Entry, crumbs, head};
use crate::messages::Words;
use crate::when::count;
use crate::{AdminFrame, Href, Lang, Source, Tier, When};

pub use super::verdict::{Confirm, Selected, Verdict, confirm};

/// Accounts that nobody has used for a long time. Posts to `/admin/dormant`: `id` for each ticked row with
/// `action` = `keep` or `deactivate`; or, from the buttons of one row, `keep` = id or `deactivate` = id.
pub struct Dormant {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What happened before.
    pub flash: Option<Flash>,
    /// After how many days without a sign-in an account is dormant.
    pub days: u64,
    /// The quarterly review.
    pub review: Review,
    /// Whether dormant accounts are also deactivated without anybody.
    pub automatic: bool,
    /// Whether the viewer may decide; otherwise there are no buttons.
    pub editable: bool,
    /// The rows of this page, the longest unused first.
    pub rows: Vec<Row>,
    /// How many there are.
    pub total: u64,
    /// The page before.
    pub previous: Option<Href>,
    /// The page after.
    pub next: Option<Href>,
}

/// When accounts are to be looked through.
pub struct Review {
    /// By when.
    pub due: When,
    /// That day has passed.
    pub overdue: bool,
    /// What came of the last one.
    pub last: Option<LastReview>,
}

/// What came of a review.
pub struct LastReview {
    /// When the last decision was made.
    pub at: When,
    /// By whom, when it was one person.
    pub by: Option<String>,
    /// How many accounts were kept.
    pub kept: u64,
    /// How many were deactivated.
    pub deactivated: u64,
}

/// A dormant account.
pub struct Row {
    /// For addresses, and the field `id`.
    pub id: String,
    /// For people.
    pub number: u64,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The email address.
    pub email: String,
    /// SSO, local or both.
    pub source: Source,
    /// Standard or superuser.
    pub tier: Tier,
    /// The display names of their roles.
    pub roles: Vec<String>,
    /// When they last signed in.
    pub last_login: Option<When>,
    /// For how many days the account lies unused: since the last sign-in, or else since it was made.
    pub days: u64,
    /// When the account was made.
    pub registered: When,
    /// Whether the username is a link to the person's page.
    pub can_view: bool,
    /// Whether the viewer may decide this one: not a superuser's, unless they are one.
    pub can_decide: bool,
    /// Ticked already.
    pub selected: bool,
}

/// Draws the list.
pub fn page(view: &Dormant) -> Markup {
    let lang = view.admin.frame.lang;
    let all = lang.words();
    let words = &all.dormant;
    let crumbs = crumbs(&view.admin, &[], all.common.access_control);
    let main = html! {
        (head(&crumbs, all.common.dormant, &(words.lead)(view.days), &html! {}))
        @if let Some(happened) = &view.flash { (flash::draw(lang, happened)) }
        (review(view))
        @if view.automatic { (note(Tone::Warn, &html! { p { ((words.automatic)(view.days)) } })) }
        (list(view))
    };
    Admin {
        admin: &view.admin,
        title: all.common.dormant,
        error: matches!(view.flash, Some(Flash::NoAccountSelected)),
        entry: Entry::Dormant,
        narrow: false,
        main,
        dialog: None,
    }
    .draw()
}

fn review(view: &Dormant) -> Markup {
    let words = &view.admin.frame.lang.words().dormant;
    let Review { due, overdue, last } = &view.review;
    let content = html! {
        h2 { @if *overdue { ((words.overdue)(due)) } @else { ((words.due)(due)) } }
        p {
            ((words.to_decide)(view.total)) " "
            @match last {
                Some(last) => ((words.last)(&last.at, last.by.as_deref(), last.deactivated, last.kept)),
                None => (words.never_reviewed),
            }
        }
    };
    note(if *overdue { Tone::Warn } else { Tone::Info }, &content)
}

fn list(view: &Dormant) -> Markup {
    let lang = view.admin.frame.lang;
    let words = &lang.words().dormant;
    let deciding = view.rows.iter().any(|row| view.editable && row.can_decide);
    html! {
        section.panel id="dormant" aria-labelledby="dormant-title" {
            div.panel-head {
                @if deciding {
                    label.tick hidden {
                        input type="checkbox" form="bulk" data-all="bulk" data-count="bulk-count";
                        span.vh { (words.select_all) }
                    }
                }
                h2 id="dormant-title" { (words.title) " " span.tag.count { (count(view.total)) } }
                @if deciding { (bulk(lang)) }
            }
            @if view.rows.is_empty() {
                div.empty {
                    (icon(Icon::CheckCircle))
                    h3 { (words.empty_title) }
                    p { ((words.empty)(view.days)) }
                }
            } @else { (table(view, deciding)) }
            div.panel-foot {
                span.num { ((words.count)(view.total)) }
                (pager(lang, view.previous.as_ref(), view.next.as_ref(), "dormant"))
            }
        }
    }
}

fn bulk(lang: Lang) -> Markup {
    let all = lang.words();
    html! {
        form.bulk id="bulk" method="post" action=(ADDRESS) {
            span.bulk-count id="bulk-count" role="status" data-some=(all.users.selected) {}
            button.btn.small type="submit" name="action" value="keep" data-needs="bulk" { (all.dormant.keep_selected) }
            button.btn.small.primary type="submit" name="action" value="deactivate" data-needs="bulk" {
                (all.dormant.deactivate_selected)
            }
        }
    }
}

pub(super) const ADDRESS: &str = "/admin/dormant";

fn table(view: &Dormant, deciding: bool) -> Markup {
    let all = view.admin.frame.lang.words();
    let (words, common) = (&all.dormant, &all.common);
    html! {
        div.list-box {
            section.list-scroll aria-label=(words.caption) tabindex="0" {
                table.list.dormant {
                    caption { (words.caption) }
                    thead {
                        tr {
                            @if deciding { th.pick scope="col" { span.vh { (all.users.select) } } }
                            th.who scope="col" { (common.username) }
                            th.address scope="col" { (common.email) }
                            th.day scope="col" { (common.last_login) }
                            th.span scope="col" aria-sort="descending" { (words.dormant_for) }
                            th.may scope="col" { (words.roles) }
                            @if deciding { th.acts scope="col" { (all.users.actions) } }
                        }
                    }
                    tbody { @for one in &view.rows { (row(all, one, deciding)) } }
                }
            }
        }
    }
}

fn row(all: &Words, one: &Row, deciding: bool) -> Markup {
    let (words, common) = (&all.dormant, &all.common);
    let below = html! { span.also { (one.display_name) " · " (source_word(all, one.source)) } };
    html! {
        tr {
            @if deciding {
                td.pick {
                    @if one.can_decide {
                        input type="checkbox" form="bulk" name="id" value=(one.id) checked[one.selected]
                            aria-label=((all.users.select_one)(&one.username));
                    }
                }
            }
            (person(&one.id, &one.username, one.can_view, &below))
            td { (label(common.email)) (email(&one.email)) }
            td {
                (label(common.last_login))
                @match &one.last_login {
                    Some(at) => span { (at) },
                    None => span.faint { ((words.never)(&one.registered)) },
                }
            }
            td { (label(words.dormant_for)) strong.num { ((words.days)(one.days)) } }
            td {
                (label(words.roles))
                div.stack.close {
                    @if one.tier == Tier::Superuser { (tier(all, one.tier)) }
                    @if !one.roles.is_empty() { (role_chips(&one.roles)) }
                    @else if one.tier != Tier::Superuser { span.faint { (words.none) } }
                }
            }
            @if deciding {
                td.acts {
                    @if one.can_decide {
                        span {
                            button.btn.small type="submit" form="bulk" name="keep" value=(one.id) {
                                (words.keep) span.vh { " " (one.username) }
                            }
                            button.btn.small type="submit" form="bulk" name="deactivate" value=(one.id) {
                                (words.deactivate) span.vh { " " (one.username) }
                            }
                        }
                    }
                }
            }
        }
    }
}
