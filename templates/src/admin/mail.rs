//! `/admin/mail`

use maud::{Markup, html};

use super::table::{label, pager};
use super::{Flash, flash};
use crate::components::email;
use crate::email::Kind;
use crate::icons::{Icon, icon};
use crate::layout::{Admin, Entry, crumbs};
use crate::messages::{Mail as MailWords, Words};
use crate::when::count;
use crate::{AdminFrame, Href, Lang, When};

/// The outbox. Posts to `/admin/mail/{id}/retry` and `/admin/mail/retry`.
pub struct Mail {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// What happened before.
    pub flash: Option<Flash>,
    /// How mail is sent.
    pub way: Way,
    /// Which mails are listed: parameter `state`.
    pub state: State,
    /// How many there are of each.
    pub totals: Totals,
    /// The rows of this page, the newest first.
    pub rows: Vec<Row>,
    /// The page before.
    pub previous: Option<Href>,
    /// The page after.
    pub next: Option<Href>,
    /// Whether the viewer may have mail tried again.
    pub can_retry: bool,
}

/// How mail is sent.
pub enum Way {
    /// Not at all: files in a folder.
    Folder(String),
    /// Through a server.
    Server {
        /// Its name and port.
        name: String,
        /// Whether with TLS.
        encrypted: bool,
    },
}

/// What has become of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// `waiting`: it is yet to be sent.
    Waiting,
    /// `failed`: it was given up.
    Failed,
    /// `sent`
    Sent,
}

impl State {
    /// Every one, in the order of the page.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Failed, Self::Sent];

    /// As it stands in the address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Sent => "sent",
        }
    }

    const fn word(self, words: &MailWords) -> &'static str {
        match self {
            Self::Waiting => words.waiting,
            Self::Failed => words.failed,
            Self::Sent => words.sent,
        }
    }
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Yet to be sent.
    pub waiting: u64,
    /// Given up.
    pub failed: u64,
    /// Sent.
    pub sent: u64,
}

impl Totals {
    const fn of(self, state: State) -> u64 {
        match state {
            State::Waiting => self.waiting,
            State::Failed => self.failed,
            State::Sent => self.sent,
        }
    }
}

/// One mail.
pub struct Row {
    /// For addresses.
    pub id: String,
    /// When it was written.
    pub written: When,
    /// To whom.
    pub recipient: String,
    /// What it is.
    pub kind: Kind,
    /// How often it was tried.
    pub attempts: u64,
    /// When it is tried next, was given up, or was sent; none while it is being sent.
    pub then: Option<When>,
    /// What went wrong last.
    pub error: Option<String>,
}

const ADDRESS: &str = "/admin/mail";

/// Draws the page.
pub fn page(view: &Mail) -> Markup {
    let lang = view.admin.frame.lang;
    let all = lang.words();
    let words = &all.mail;
    let main = html! {
        header.head {
            (crumbs(&view.admin, &[], all.common.system))
            h1 { (words.title) }
            p { (words.lead) }
            p { (way(words, &view.way)) }
        }
        @if let Some(happened) = &view.flash { (flash::draw(lang, happened)) }
        nav aria-label=(words.states) {
            ul.cards.three { @for state in State::ALL { li { (card(words, view, state)) } } }
        }
        (list(lang, view))
    };
    Admin {
        admin: &view.admin,
        title: words.title,
        error: false,
        entry: Entry::Mail,
        narrow: false,
        main,
        dialog: None,
    }
    .draw()
}

fn way(words: &MailWords, way: &Way) -> Markup {
    html! {
        @match way {
            Way::Folder(folder) => { (words.to_folder) " " code.any { (folder) } },
            Way::Server { name, encrypted } => {
                (words.to_server) " " code.any { (name) } " ("
                @if *encrypted { (words.encrypted) } @else { (words.not_encrypted) } ")"
            },
        }
    }
}

fn card(words: &MailWords, view: &Mail, state: State) -> Markup {
    let current = (state == view.state).then_some("page");
    html! {
        a href=(Href::query(ADDRESS, [("state", state.name())])) aria-current=[current] {
            span { (state.word(words)) }
            strong { (count(view.totals.of(state))) }
        }
    }
}

fn list(lang: Lang, view: &Mail) -> Markup {
    let all = lang.words();
    let words = &all.mail;
    let total = view.totals.of(view.state);
    html! {
        section.panel id="mails" aria-labelledby="mails-title" {
            div.panel-head {
                h2 id="mails-title" { (view.state.word(words)) " " span.tag.count { (count(total)) } }
                @if retries(view) {
                    form.bulk id="retry" method="post" action="/admin/mail/retry" {
                        @if view.state == State::Failed {
                            button.btn.small type="submit" { (words.retry_all) }
                        }
                    }
                }
            }
            @if view.rows.is_empty() { (nothing(words, view.state)) } @else { (table(all, view)) }
            div.panel-foot {
                span.num { ((words.count)(total)) }
                (pager(lang, view.previous.as_ref(), view.next.as_ref(), "mails"))
            }
        }
    }
}

fn retries(view: &Mail) -> bool {
    view.can_retry && view.state != State::Sent && !view.rows.is_empty()
}

fn nothing(words: &MailWords, state: State) -> Markup {
    let (title, text) = match state {
        State::Waiting => (words.nothing_waits, words.nothing_waits_text),
        State::Failed => (words.nothing_failed, words.nothing_failed_text),
        State::Sent => (words.nothing_sent, words.nothing_sent_text),
    };
    html! { div.empty { (icon(Icon::Envelope)) h3 { (title) } p { (text) } } }
}

fn table(all: &Words, view: &Mail) -> Markup {
    let words = &all.mail;
    let caption = (words.caption)(view.state.word(words));
    html! {
        div.list-box {
            section.list-scroll aria-label=(caption) tabindex="0" {
                table.list.mails {
                    caption { (caption) }
                    thead {
                        tr {
                            th.who scope="col" { (words.recipient) }
                            th.name scope="col" { (words.what) }
                            th.day scope="col" aria-sort="descending" { (words.written) }
                            th.day scope="col" { (then(words, view.state)) }
                            th.state scope="col" { (words.attempts) }
                            th scope="col" { (words.error) }
                            @if retries(view) { th.acts scope="col" { (all.users.actions) } }
                        }
                    }
                    tbody { @for one in &view.rows { (row(all, view, one)) } }
                }
            }
        }
    }
}

const fn then(words: &MailWords, state: State) -> &'static str {
    match state {
        State::Waiting => words.next_try,
        State::Failed => words.given_up,
        State::Sent => words.delivered,
    }
}

fn row(all: &Words, view: &Mail, one: &Row) -> Markup {
    let words = &all.mail;
    let kind = (words.kind)(one.kind);
    html! {
        tr {
            th.who scope="row" { b { (email(&one.recipient)) } }
            td { (label(words.what)) span.any { (kind) } }
            td { (label(words.written)) (at(&one.written)) }
            td {
                (label(then(words, view.state)))
                @match &one.then { Some(when) => (at(when)), None => span { (words.being_sent) } }
            }
            td { (label(words.attempts)) span.digits { (count(one.attempts)) } }
            td {
                (label(words.error))
                @match &one.error {
                    Some(error) => span.any { (error) },
                    None => span.faint aria-hidden="true" { "–" },
                }
            }
            @if retries(view) {
                td.acts {
                    span {
                        button.btn.small type="submit" form="retry"
                            formaction=(Href::local(format!("{ADDRESS}/{}/retry", one.id))) {
                            (words.retry) span.vh { ": " (kind) ", " (one.recipient) }
                        }
                    }
                }
            }
        }
    }
}

fn at(when: &When) -> Markup {
    html! { span { (when) small.num { (when.minute()) } } }
}
