//! The frames around a page: signed out, personal, admin.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::components::initials;
use crate::icons::{Icon, icon, mark};
use crate::{AdminFrame, Frame, Href, Lang, Tier, assets};

/// An entry of the admin menu.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Users,
    Sessions,
    Roles,
    Dormant,
    Audit,
    Settings,
    Providers,
    Mail,
}

fn document(frame: &Frame, title: &str, more_head: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(frame.lang.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                meta name="referrer" content="same-origin";
                (more_head)
                title { (title) }
                link rel="icon" type="image/svg+xml" href=(frame.ours(assets::href("favicon.svg")));
                link rel="stylesheet" href=(frame.ours(assets::href("narthex.css")));
                script src=(frame.ours(assets::href("narthex.js"))) defer {}
            }
            (body)
        }
    }
}

/// A page for people who are not signed in, in the middle of the window. An `error` is announced in
/// the title.
pub(crate) fn gate(frame: &Frame, title: &str, error: bool, main: &Markup) -> Markup {
    gate_with_head(frame, title, error, &html! {}, main)
}

/// The same with something of its own in the head.
pub(crate) fn gate_with_head(
    frame: &Frame,
    title: &str,
    error: bool,
    more_head: &Markup,
    main: &Markup,
) -> Markup {
    let words = &frame.lang.words().common;
    let title = format!("{}{title} · {}", if error { words.error } else { "" }, frame.organisation);
    let body = html! {
        body.gate {
            main.gate-main id="main" { (main) }
            (gate_foot(frame))
        }
    };
    document(frame, &title, more_head, &body)
}

fn gate_foot(frame: &Frame) -> Markup {
    let words = &frame.lang.words().common;
    html! {
        @if frame.help.is_some() || frame.languages.is_some() {
            footer.gate-foot {
                @if let Some(help) = &frame.help {
                    span { (words.need_help) " " (mail(help)) }
                }
                (language(frame))
            }
        }
    }
}

/// A link that writes to an address.
pub(crate) fn mail(address: &str) -> Markup {
    html! { a.any href=(Href::mail(address)) { (address) } }
}

fn language(frame: &Frame) -> Markup {
    let words = &frame.lang.words().common;
    html! {
        @if let Some(languages) = &frame.languages {
            @let (other, href) = match frame.lang {
                Lang::En => (Lang::Ko, &languages.ko),
                Lang::Ko => (Lang::En, &languages.en),
            };
            nav aria-label=(words.language) {
                a href=(href) lang=(other.code()) hreflang=(other.code()) { (other.own_name()) }
            }
        }
    }
}

/// A page of the person's own.
pub(crate) fn personal(frame: &Frame, title: &str, error: bool, main: &Markup) -> Markup {
    let words = &frame.lang.words().common;
    let title = format!("{}{title} · {}", if error { words.error } else { "" }, frame.organisation);
    let body = html! {
        body {
            (skip(frame))
            header.own-bar {
                div {
                    a.brand href="/account" { (mark()) span { (frame.organisation) } }
                    div.own-links {
                        (language(frame))
                        (sign_out(words.sign_out))
                    }
                }
            }
            main.own id="main" tabindex="-1" { (main) }
        }
    };
    document(frame, &title, &html! {}, &body)
}

fn skip(frame: &Frame) -> Markup {
    html! { a.skip href="#main" { (frame.lang.words().common.skip) } }
}

fn sign_out(label: &str) -> Markup {
    html! { form method="post" action="/logout" { button.as-link type="submit" { (label) } } }
}

/// A page of the admin section.
pub(crate) struct Admin<'a> {
    pub(crate) admin: &'a AdminFrame,
    pub(crate) title: &'a str,
    pub(crate) error: bool,
    pub(crate) entry: Entry,
    /// For one form in the middle.
    pub(crate) narrow: bool,
    pub(crate) main: Markup,
    /// The label of the dialog that links open, where there is one.
    pub(crate) dialog: Option<&'a str>,
}

impl Admin<'_> {
    pub(crate) fn draw(&self) -> Markup {
        let frame = &self.admin.frame;
        let words = &frame.lang.words().common;
        let title = format!("{}{} · narthex", if self.error { words.error } else { "" }, self.title);
        let body = html! {
            body {
                (skip(frame))
                div.shell {
                    header.top {
                        a.brand href=(self.admin.home) { (mark()) span { "narthex" span.vh { " " (words.admin_center) } } }
                        button.btn type="button" popovertarget="nav" { (icon(Icon::Menu)) (words.menu) }
                    }
                    nav.side id="nav" popover aria-label=(words.admin_center) { (self.side()) }
                    main.work id="main" tabindex="-1" {
                        div.work-in.narrow[self.narrow] { (self.main) }
                    }
                }
                @if let Some(label) = self.dialog {
                    dialog.modal id="modal" aria-label=(label) {}
                }
            }
        };
        document(frame, &title, &html! {}, &body)
    }

    fn side(&self) -> Markup {
        let AdminFrame { frame, viewer, tier, home, menu, .. } = self.admin;
        let words = &frame.lang.words().common;
        html! {
            div.side-in {
                div.side-head {
                    a.brand href=(home) {
                        (mark())
                        span { "narthex" small { (frame.organisation) " · " (words.admin_center) } }
                    }
                    button.btn.ghost.square type="button" popovertarget="nav" popovertargetaction="hide"
                        aria-label=(words.close_menu) { (icon(Icon::Close)) }
                }
                div.menu {
                    (self.group(words.access_control, &[
                        (menu.users, Entry::Users, "/admin/users", Icon::People, words.user_management),
                        (menu.sessions, Entry::Sessions, "/admin/sessions", Icon::Screen, words.login_management),
                        (menu.roles, Entry::Roles, "/admin/roles", Icon::Key, words.roles),
                        (menu.dormant, Entry::Dormant, "/admin/dormant", Icon::Moon, words.dormant),
                    ]))
                    (self.group(words.security, &[
                        (menu.audit, Entry::Audit, "/admin/audit", Icon::Lines, words.audit_log),
                    ]))
                    (self.group(words.system, &[
                        (menu.providers, Entry::Providers, "/admin/providers", Icon::Building, self.admin.frame.lang.words().providers.title),
                        (menu.settings, Entry::Settings, "/admin/settings", Icon::Sliders, words.settings),
                        (menu.mail, Entry::Mail, "/admin/mail", Icon::Envelope, self.admin.frame.lang.words().mail.title),
                    ]))
                }
                div.side-foot {
                    div.me {
                        span.face aria-hidden="true" { (initials(viewer)) }
                        span {
                            strong { (viewer) }
                            small {
                                @match tier { Tier::Standard => (words.standard), Tier::Superuser => (words.superuser) }
                            }
                        }
                    }
                    div.me-links {
                        a href="/account" { (words.my_account) }
                        (sign_out(words.sign_out))
                        (language(frame))
                    }
                }
            }
        }
    }

    /// A heading and the entries under it that the viewer may open; nothing without any.
    fn group(&self, label: &str, entries: &[(bool, Entry, &str, Icon, &str)]) -> Markup {
        html! {
            @if entries.iter().any(|(allowed, ..)| *allowed) {
                div {
                    p { (label) }
                    ul {
                        @for (_, entry, href, picture, label) in entries.iter().filter(|(allowed, ..)| *allowed) {
                            (self.entry(*entry, href, *picture, label))
                        }
                    }
                }
            }
        }
    }

    fn entry(&self, entry: Entry, href: &str, picture: Icon, label: &str) -> Markup {
        let current = (entry == self.entry).then_some("page");
        let waiting = if entry == Entry::Users { self.admin.pending } else { 0 };
        html! {
            li {
                a href=(href) aria-current=[current] {
                    (icon(picture))
                    span { (label) }
                    @if waiting > 0 {
                        span.tag.wait.count {
                            (crate::when::count(waiting))
                            span.vh { " " (self.admin.frame.lang.words().common.pending) }
                        }
                    }
                }
            }
        }
    }
}

/// The way to a page of the admin section: what lies between its beginning and the page, then the page itself.
pub(crate) fn crumbs(admin: &AdminFrame, above: &[(&str, Href)], here: &str) -> Markup {
    let words = &admin.frame.lang.words().common;
    html! {
        nav.crumbs aria-label=(words.breadcrumb) {
            ol {
                li { a href=(admin.home) { (words.admin_center) } }
                @for (label, href) in above { li { a href=(href) { (label) } } }
                li { (here) }
            }
        }
    }
}

/// The beginning of a page of the admin section, with what can be done from here beside it.
pub(crate) fn head(crumbs: &Markup, title: &str, lead: &str, acts: &Markup) -> Markup {
    html! {
        header.head.beside {
            div { (crumbs) h1 { (title) } p { (lead) } }
            @if !acts.0.is_empty() { div.btn-row { (acts) } }
        }
    }
}

/// `a · b`, each part kept together with its dot.
pub(crate) fn dotted(parts: &[Markup]) -> Markup {
    html! {
        @for (at, part) in parts.iter().enumerate() {
            @if at > 0 { (PreEscaped(" · ")) }
            (part)
        }
    }
}
