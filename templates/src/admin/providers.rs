//! `/admin/providers`

use maud::{Markup, html};

use crate::components::{Tone, flash, note};
use crate::icons::{Icon, icon};
use crate::layout::{Admin, Entry, crumbs, head};
use crate::messages::Providers as ProviderWords;
use crate::when::count;
use crate::{AdminFrame, Href, When};

/// The OpenID Providers of the configuration file, and how each of them is. Posts to
/// `/admin/providers/{name}/test`, which answers with this page again.
pub struct Providers {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// In the order of the sign-in page.
    pub rows: Vec<Row>,
    /// Whether local accounts sign in with a password; then that works whatever the providers do.
    pub local: bool,
    /// Whether the viewer may have a provider tested.
    pub can_test: bool,
}

/// One provider.
pub struct Row {
    /// Its name in addresses and in the configuration file.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// How it is.
    pub state: State,
    /// What a test of just now has come to.
    pub tested: Option<Tested>,
    /// What went wrong last, when it answers nevertheless.
    pub last_error: Option<(When, String)>,
    /// Who it says it is.
    pub issuer: String,
    /// What becomes of people whom it brings for the first time.
    pub newcomers: Newcomers,
    /// Groups that make superusers.
    pub superuser_groups: Vec<String>,
    /// Groups, and the roles that each brings.
    pub mappings: Vec<(String, Vec<String>)>,
    /// How many people may sign in by it.
    pub linked: u64,
    /// To be registered there: where people come back to.
    pub redirect_uri: String,
    /// To be registered there: where people come back to who sign out there.
    pub signed_out_uri: String,
    /// To be registered there: where it says that somebody has signed out.
    pub logout_uri: String,
    /// What of its claims could not be followed lately.
    pub warnings: Vec<Warning>,
}

/// Something of a provider's claims that could not be followed.
pub struct Warning {
    /// What it is, by its word in the audit log.
    pub word: String,
    /// The claim or role that it is about; empty where there is none.
    pub about: String,
    /// Whom it befell last, for those who may know.
    pub username: Option<String>,
    /// When that was.
    pub at: When,
}

/// How a provider is, as this instance knows it.
pub enum State {
    /// It was not asked since the gateway was started.
    Unasked,
    /// It answers.
    Ready(Found),
    /// It does not, or not sensibly.
    Failing {
        /// When it was last tried.
        at: When,
        /// What went wrong.
        error: String,
        /// What is known of it from before; people can go on signing in as long as that is not too old.
        found: Option<Found>,
    },
}

/// What a provider says of itself.
pub struct Found {
    /// When it said so.
    pub at: When,
    /// Its keys: algorithm or kind, and name.
    pub keys: Vec<Key>,
    /// When somebody last signed in by it, here since the start.
    pub signed_in: Option<When>,
    /// Whether it has a page for signing out.
    pub end_session: bool,
    /// Whether it tells us of sign-outs.
    pub backchannel: bool,
}

/// A key that ID tokens may be signed with.
pub struct Key {
    /// Such as `RS256` or `EC`.
    pub kind: String,
    /// Its `kid`, if it has one.
    pub name: Option<String>,
}

/// What becomes of newcomers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newcomers {
    /// They get an account.
    Active,
    /// They wait in the queue.
    Pending,
    /// They are refused.
    Refused,
}

/// What a test has come to.
pub enum Tested {
    /// Everything that a sign-in needs was found.
    Good {
        /// The endpoints, by their names in the provider's metadata.
        endpoints: Vec<(&'static str, String)>,
        /// What ID tokens may be signed with: what both sides know.
        algorithms: Vec<String>,
    },
    /// It was not.
    Bad(String),
}

/// Draws the page.
pub fn page(view: &Providers) -> Markup {
    let all = view.admin.frame.lang.words();
    let words = &all.providers;
    let main = html! {
        (head(&crumbs(&view.admin, &[], all.common.system), words.title, words.lead, &html! {}))
        @if view.rows.is_empty() {
            section.panel { div.empty { (icon(Icon::Building)) h2 { (words.none) } p { (words.none_text) } } }
        } @else {
            @for row in &view.rows { (provider(view, row)) }
            p.faint { (words.from_file) }
        }
    };
    Admin {
        admin: &view.admin,
        title: words.title,
        error: view.rows.iter().any(|row| matches!(row.tested, Some(Tested::Bad(_)))),
        entry: Entry::Providers,
        narrow: false,
        main,
        dialog: None,
    }
    .draw()
}

fn provider(view: &Providers, row: &Row) -> Markup {
    let words = &view.admin.frame.lang.words().providers;
    let id = format!("provider-{}", row.name);
    html! {
        section.panel.door-facts id=(id) aria-labelledby={ (id) "-title" } {
            div.panel-head {
                (icon(Icon::Building))
                h2 id={ (id) "-title" } { (row.title) }
                @match &row.state {
                    State::Unasked => span.tag.dot.off { (words.unasked) },
                    State::Ready(_) => span.tag.dot.on { (words.ready) },
                    State::Failing { .. } => span.tag.dot.no { (words.failing) },
                }
                @if view.can_test {
                    form.aside method="post" action=(Href::local(format!("/admin/providers/{}/test", row.name))) {
                        button.btn.small type="submit" { (words.test) span.vh { " " (row.title) } }
                    }
                }
            }
            div.panel-body {
                @if let Some(tested) = &row.tested { (told(words, row, tested)) }
                @if let State::Failing { at, error, found } = &row.state { (trouble(words, view, row, at, error, found)) }
                @if !row.warnings.is_empty() {
                    (note(Tone::Warn, &html! { ul { @for one in &row.warnings { li { (warning(view, one)) } } } }))
                }
                (facts(words, row))
            }
        }
    }
}

fn warning(view: &Providers, warning: &Warning) -> Markup {
    let all = view.admin.frame.lang.words();
    html! {
        (all.audit.details_known.word(&warning.word))
        @if !warning.about.is_empty() { ": " span.any { (warning.about) } }
        " (" @if let Some(name) = &warning.username { span.any { (name) } ", " } (moment(&warning.at)) ")"
    }
}

fn trouble(
    words: &ProviderWords,
    view: &Providers,
    row: &Row,
    at: &When,
    error: &str,
    found: &Option<Found>,
) -> Markup {
    let goes_on = match (found, view.local) {
        (Some(_), _) => (words.still_known)(&row.title),
        (None, true) => (words.not_now_local)(&row.title),
        (None, false) => (words.not_now)(&row.title),
    };
    note(Tone::Bad, &html! { p { ((words.failed)(at)) " " span.any { (error) } } p { (goes_on) } })
}

fn told(words: &ProviderWords, row: &Row, tested: &Tested) -> Markup {
    match tested {
        Tested::Bad(error) => flash(
            Tone::Bad,
            &(words.test_failed)(&row.title),
            &html! { p.any { (error) } p { (words.test_failed_text) } },
        ),
        Tested::Good { endpoints, algorithms } => flash(
            Tone::Good,
            &(words.test_passed)(&row.title),
            &html! {
                p { (words.test_passed_text) }
                dl.facts {
                    @for (name, url) in endpoints { dt.mono { (name) } dd.mono { (url) } }
                    dt { (words.algorithms) } dd.mono { (algorithms.join(", ")) }
                }
            },
        ),
    }
}

fn facts(words: &ProviderWords, row: &Row) -> Markup {
    let found = match &row.state {
        State::Ready(found) | State::Failing { found: Some(found), .. } => Some(found),
        State::Unasked | State::Failing { found: None, .. } => None,
    };
    let newcomers = match row.newcomers {
        Newcomers::Active => words.newcomers_active,
        Newcomers::Pending => words.newcomers_pending,
        Newcomers::Refused => words.newcomers_refused,
    };
    html! {
        dl.facts {
            dt { (words.issuer) } dd.mono { (row.issuer) }
            dt { (words.newcomers) } dd { (newcomers) }
            dt { (words.mappings) } dd { (mappings(words, row)) }
            dt { (words.linked) } dd.num { (count(row.linked)) }
            dt { (words.redirect_uri) } dd.mono { (row.redirect_uri) }
            dt { (words.signed_out_uri) } dd.mono { (row.signed_out_uri) }
            dt { (words.logout_uri) } dd.mono { (row.logout_uri) }
            @if let Some(found) = found {
                dt { (words.discovered) } dd { (moment(&found.at)) }
                dt { (words.keys) }
                dd {
                    ul {
                        @for key in &found.keys {
                            li { (key.kind) @if let Some(name) = &key.name { " " span.mono.faint { (name) } } }
                        }
                    }
                }
                dt { (words.last_sign_in) }
                dd {
                    @match &found.signed_in { Some(at) => (moment(at)), None => (words.nobody_yet) }
                }
                @if let Some((at, error)) = &row.last_error {
                    dt { (words.last_error) } dd { (moment(at)) ": " (error) }
                }
                dt { (words.sign_out) }
                dd {
                    @if found.end_session { (words.end_session) } @else { (words.no_end_session) }
                    " "
                    @if found.backchannel { (words.backchannel) } @else { (words.no_backchannel) }
                }
            }
        }
    }
}

fn mappings(words: &ProviderWords, row: &Row) -> Markup {
    html! {
        @if row.superuser_groups.is_empty() && row.mappings.is_empty() { (words.no_mappings) }
        @else {
            ul {
                @for group in &row.superuser_groups { li { (group) " → " strong { (words.superuser) } } }
                @for (group, roles) in &row.mappings { li { (group) " → " (roles.join(", ")) } }
            }
        }
    }
}

fn moment(when: &When) -> Markup {
    html! { (when) " " span.num { (when.minute()) } " UTC" }
}
