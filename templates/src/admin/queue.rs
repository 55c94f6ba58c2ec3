//! The pending-approval queue.

use maud::{Markup, html};

use super::Filter;
use super::table::{label, person, user_path};
use super::users::{Applicant, Queue};
use crate::components::{email, status};
use crate::icons::{Icon, icon};
use crate::when::count;
use crate::{Lang, Status, When};

pub(super) fn draw(lang: Lang, queue: &Queue, filter: &Filter) -> Markup {
    let words = &lang.words().users;
    let some = !queue.rows.is_empty();
    html! {
        section.panel.waiting[some] id="pending" aria-labelledby="pending-title" {
            div.panel-head {
                @if some && queue.can_decide {
                    label.tick hidden {
                        input type="checkbox" form="bulk" data-all="bulk" data-count="bulk-count";
                        span.vh { (words.select_all) }
                    }
                }
                h2 id="pending-title" { (words.queue) " " span.tag.count.wait[some] { (count(queue.total)) } }
                @if some && queue.can_decide { (bulk(lang)) }
            }
            @if some { (rows(lang, queue)) (more(lang, queue, filter)) } @else {
                div.empty.flat {
                    (icon(Icon::CheckCircle))
                    p { strong { (words.queue_empty_title) ". " } (words.queue_empty) }
                }
            }
        }
    }
}

/// One form for every button of the queue.
fn bulk(lang: Lang) -> Markup {
    let words = &lang.words().users;
    html! {
        form.bulk id="bulk" method="post" action="/admin/users/bulk" {
            span.bulk-count id="bulk-count" role="status" data-some=(words.selected) {}
            button.btn.small type="submit" name="action" value="activate" data-needs="bulk" {
                (icon(Icon::Check)) (words.activate_selected)
            }
            button.btn.small.bad type="submit" name="action" value="reject" data-needs="bulk" {
                (words.reject_selected)
            }
        }
    }
}

fn rows(lang: Lang, queue: &Queue) -> Markup {
    let all = lang.words();
    let (words, common) = (&all.users, &all.common);
    html! {
        div.list-box {
            section.list-scroll aria-label=(words.queue_caption) tabindex="0" {
                table.list.queue.decide[queue.can_decide] {
                    caption { (words.queue_caption) }
                    thead {
                        tr {
                            @if queue.can_decide { th.pick scope="col" { span.vh { (words.select) } } }
                            th.id scope="col" { "ID" }
                            th.who scope="col" { (common.username) }
                            th.address scope="col" { (common.email) }
                            th.name scope="col" { (common.display_name) }
                            th.state scope="col" { (common.status) }
                            th.day scope="col" { (common.registered) }
                            th.why scope="col" { (common.reason) }
                            @if queue.can_decide { th.acts scope="col" { (words.actions) } }
                        }
                    }
                    tbody { @for applicant in &queue.rows { (row(lang, applicant, queue.can_decide)) } }
                }
            }
        }
    }
}

fn row(lang: Lang, applicant: &Applicant, can_decide: bool) -> Markup {
    let all = lang.words();
    let (words, common) = (&all.users, &all.common);
    html! {
        tr {
            @if can_decide {
                td.pick {
                    input type="checkbox" form="bulk" name="id" value=(applicant.id) checked[applicant.selected]
                        aria-label=((words.select_one)(&applicant.username));
                }
            }
            td { (label("ID")) span.digits { (applicant.number) } }
            (person(&applicant.id, &applicant.username, true, &html! {}))
            td { (label(common.email)) (email(&applicant.email)) }
            td { (label(common.display_name)) span.any { (applicant.display_name) } }
            td.state { (label(common.status)) (status(all, Status::Pending)) }
            td { (label(common.registered)) span { (applicant.registered) small { (applicant.registered.minute()) } } }
            td {
                (label(common.reason))
                div.diff {
                    @match &applicant.reason {
                        Some(reason) => span.reason { (reason) },
                        None => span.faint { (words.not_given) },
                    }
                    @if let Some((at, message)) = &applicant.rejected { (rejected(lang, at, message.as_deref())) }
                }
            }
            @if can_decide {
                td.acts {
                    span {
                        button.btn.small.primary type="submit" form="bulk"
                            formaction=(user_path(&applicant.id, "/activate")) {
                            (words.activate) span.vh { " " (applicant.username) }
                        }
                        a.btn.small.ghost.rueful href=(user_path(&applicant.id, "/delete")) data-modal {
                            (words.delete) span.vh { " " (applicant.username) }
                        }
                    }
                }
            }
        }
    }
}

/// That an earlier application of this address was rejected, with what the applicant was told behind it.
pub(super) fn rejected(lang: Lang, at: &When, message: Option<&str>) -> Markup {
    let words = &lang.words().applications;
    html! {
        details {
            summary { span.tag.dot.no { ((words.rejected_on)(at)) } }
            p {
                @match message {
                    Some(message) => { (words.rejected_told) (message) },
                    None => (words.rejected_untold),
                }
            }
        }
    }
}

fn more(lang: Lang, queue: &Queue, filter: &Filter) -> Markup {
    let words = &lang.words().users;
    let shown = queue.rows.len() as u64;
    let rest = Filter { status: Some(Status::Pending), ..filter.clone() }.href([]).at("users");
    html! {
        @if queue.total > shown {
            div.panel-foot {
                span { ((words.queue_more)(&count(shown), &count(queue.total))) }
                a href=(rest) { (words.queue_all) }
            }
        }
    }
}
