//! `/account`

use maud::{Markup, html};

use crate::components::{Tone, device, device_icon, flash, initials, source_word, tier};
use crate::icons::{Icon, icon};
use crate::layout::{dotted, personal};
use crate::messages::Words;
use crate::{Frame, Href, Identity, Lang, Session, Source, Tier, Unlink, When};

/// A person's own page.
pub struct Account {
    /// What surrounds the page.
    pub frame: Frame,
    /// The number that people see and say.
    pub number: u64,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The email address.
    pub email: String,
    /// The tier.
    pub tier: Tier,
    /// How the person can sign in.
    pub source: Source,
    /// When the account was made.
    pub registered: When,
    /// When the person last signed in.
    pub last_login: Option<When>,
    /// From where.
    pub last_login_ip: Option<String>,
    /// Linked identities.
    pub identities: Vec<Identity>,
    /// Whether Change password is there: for accounts that have one.
    pub can_change_password: bool,
    /// Providers at which the person has no identity yet, where one can be linked.
    pub linkable: Vec<Linkable>,
    /// What was just done.
    pub done: Option<Done>,
    /// Where the person is signed in, newest first, this session among them.
    pub sessions: Vec<Session>,
    /// The admin section, for those who may open it.
    pub admin: Option<Href>,
}

/// A provider at which an identity can be linked.
pub struct Linkable {
    /// Its name for people.
    pub provider: String,
    /// Where linking begins.
    pub href: Href,
}

/// What a person just did to their account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// The password was changed, and every other session ended.
    PasswordChanged,
    /// An identity at this provider was linked.
    Linked(String),
    /// It was unlinked, and every other session ended.
    Unlinked(String),
}

/// Draws the page.
pub fn page(view: &Account) -> Markup {
    let all = view.frame.lang.words();
    let words = &all.account;
    let main = html! {
        header.own-head {
            span.face.large aria-hidden="true" { (initials(&view.display_name)) }
            div {
                h1 { (view.display_name) }
                p.muted { (dotted(&[html! { (view.username) }, html! { (view.email) }])) }
            }
            @if let Some(admin) = &view.admin {
                a.btn.aside href=(admin) { (icon(Icon::ShieldCheck)) (all.common.admin_center) }
            }
        }
        @if let Some(done) = &view.done { (told(all, done)) }
        section.panel aria-labelledby="profile" {
            div.panel-body { h2 id="profile" { (words.profile) } (facts(view)) }
        }
        section.panel aria-labelledby="ways" {
            div.panel-body {
                h2 id="ways" { (words.ways_in) }
                ul.rows {
                    @if view.source != Source::Sso {
                        li {
                            (icon(Icon::Lock))
                            span { strong { (words.local_password) } small { (view.username) } }
                            @if view.can_change_password {
                                a.btn.small href="/account/password" { (all.common.change_password) }
                            }
                        }
                    }
                    (identities(view.frame.lang, &view.identities))
                    @for it in &view.linkable { (linkable(all, it)) }
                }
            }
        }
        section.panel aria-labelledby="sessions" {
            div.panel-body {
                h2 id="sessions" { (words.sessions) }
                ul.rows { @for session in &view.sessions { (own_session(all, session)) } }
                p.muted { (words.sessions_text) }
                div.btn-row {
                    @if view.sessions.len() > 1 {
                        form method="post" action="/account/sessions/end-others" {
                            button.btn type="submit" { (all.sessions.elsewhere) }
                        }
                    }
                    form method="post" action="/account/sign-out-everywhere" {
                        button.btn type="submit" { (words.everywhere) }
                    }
                    form method="post" action="/logout" {
                        button.btn.ghost type="submit" { (all.common.sign_out) }
                    }
                }
            }
        }
    };
    personal(&view.frame, words.title, false, &main)
}

fn told(all: &Words, done: &Done) -> Markup {
    let words = &all.linking;
    let (title, text) = match done {
        Done::PasswordChanged => (all.password.changed_title, all.password.changed.to_owned()),
        Done::Linked(provider) => (words.linked_title, (words.linked)(provider)),
        Done::Unlinked(provider) => (words.unlinked_title, (words.unlinked)(provider)),
    };
    flash(Tone::Good, title, &html! { p { (text) } })
}

fn linkable(all: &Words, it: &Linkable) -> Markup {
    html! {
        li {
            (icon(Icon::Building))
            span { strong { (it.provider) } small { (all.linking.not_linked) } }
            a.btn.small href=(it.href) { (all.linking.link) span.vh { " " (it.provider) } }
        }
    }
}

fn facts(view: &Account) -> Markup {
    let all = view.frame.lang.words();
    let (words, common) = (&all.account, &all.common);
    html! {
        dl.facts {
            dt { (common.display_name) } dd { (view.display_name) }
            dt { (common.email) } dd { (view.email) }
            dt { (words.login_id) } dd { (view.username) }
            dt { (words.number) } dd.num { (view.number) }
            dt { (common.user_type) } dd { (tier(all, view.tier)) }
            dt { (words.signs_in_with) } dd { (source_word(all, view.source)) }
            dt { (common.registered) } dd { (view.registered) }
            dt { (common.last_login) }
            dd {
                @match &view.last_login {
                    Some(at) => {
                        (at) ", " span.num { (at.minute()) } " UTC"
                        @if let Some(ip) = &view.last_login_ip { ", " (words.from) " " span.mono { (ip) } }
                    },
                    None => (common.never),
                }
            }
        }
    }
}

/// One of the person's sessions; the one that asks for the page is signed out with the button below.
fn own_session(all: &Words, session: &Session) -> Markup {
    let words = &all.sessions;
    let name = device(all, &session.device);
    html! {
        li {
            (device_icon(&session.device))
            span {
                strong { (name) @if session.is_this { " " span.tag.you { (words.this_device) } } }
                (session_facts(all, session))
            }
            @if !session.is_this {
                form method="post" action=(Href::local(format!("/account/sessions/{}/end", session.handle))) {
                    button.btn.small type="submit" { (words.sign_out) span.vh { " " (name) } }
                }
            }
        }
    }
}

/// From where and how a session began, and when it was last used.
pub(crate) fn session_facts(all: &Words, session: &Session) -> Markup {
    let words = &all.sessions;
    let at = |when: &When| html! { (when) " " span.num { (when.minute()) } };
    html! {
        small {
            (dotted(&[
                html! { span.mono { (session.address) } },
                html! { ((words.signed_in_with)(session.provider.as_deref())) },
                html! { (words.signed_in) " " (at(&session.signed_in)) },
                html! { (words.last_seen) " " (at(&session.last_seen)) " UTC" },
            ]))
        }
    }
}

/// Linked identities as rows of a list.
pub(crate) fn identities(lang: Lang, identities: &[Identity]) -> Markup {
    let (words, linking) = (&lang.words().common, &lang.words().linking);
    html! {
        @for identity in identities {
            li {
                (icon(Icon::Building))
                span {
                    strong { (identity.provider) }
                    small { (dotted(&[html! { (identity.name) }, (words.linked)(&identity.linked)])) }
                }
                @match &identity.unlink {
                    Some(Unlink::At(page)) => {
                        a.btn.small href=(page) { (linking.unlink) span.vh { " " (identity.provider) } }
                    },
                    Some(Unlink::By(handle)) => {
                        button.btn.small.bad type="submit" form="edit-unlink" name="identity" value=(handle) {
                            (linking.unlink) span.vh { " " (identity.provider) }
                        }
                    },
                    None => {},
                }
            }
        }
    }
}
