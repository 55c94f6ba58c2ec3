//! `/login`

use maud::{Markup, html};

use crate::components::{Tone, flash};
use crate::forms::{Form, Kind, Text};
use crate::icons::{Icon, icon, mark};
use crate::layout::{gate, mail};
use crate::{Frame, Href, When, sso};

/// The sign-in page.
pub struct Login {
    /// What surrounds the page.
    pub frame: Frame,
    /// The host the person was on the way to, when that is not our own.
    pub host: Option<String>,
    /// The hidden field `rd`: where to go afterwards.
    pub rd: Option<String>,
    /// A button for each provider, in the order of the configuration.
    pub providers: Vec<ProviderLink>,
    /// Whether the form for local accounts is there.
    pub local: bool,
    /// What was typed as username or email, kept after a failure.
    pub login: String,
    /// Whether a forgotten password can be replaced by mail.
    pub forgot: bool,
    /// Whether strangers may apply for an account.
    pub signup: bool,
    /// Why the page is shown again.
    pub notice: Option<LoginNotice>,
}

/// A way in through a provider.
pub struct ProviderLink {
    /// The configured label, such as "Continue with Example SSO".
    pub label: String,
    /// `/oidc/{provider}?rd=…`
    pub href: Href,
    /// Whether the provider answers, as far as is known.
    pub answers: bool,
}

/// What the sign-in page says above its buttons.
pub enum LoginNotice {
    /// Any failed sign-in: unknown, wrong password, locked. One sentence for all of them.
    WrongCredentials {
        /// After so many failures an account is locked; said to everybody, locked or not.
        failures: u64,
        /// For how long.
        minutes: u64,
    },
    /// The right password of an account that waits for approval.
    Pending {
        /// When the person applied.
        applied_on: When,
        /// The field `token` of the form that takes the application back.
        withdraw: String,
    },
    /// The right password of a deactivated account.
    Inactive,
    /// An application was just sent.
    ApplicationReceived,
    /// Too many sign-ins at once (503).
    Busy,
    /// A provider did not sign the person in.
    SsoFailed {
        /// The provider's name for people.
        provider: String,
        /// Why.
        reason: sso::Reason,
    },
    /// The session ended because nothing happened for a while.
    SignedOutIdle,
    /// A new password was chosen by a mailed link.
    PasswordReset,
}

/// Draws the page.
pub fn page(view: &Login) -> Markup {
    let words = view.frame.lang.words();
    let title = (words.login.title)(&view.frame.organisation);
    let main = html! {
        div.gate-head {
            (mark())
            div {
                h1 { (title) }
                @if let Some(host) = &view.host { p { ((words.login.to_continue)(host)) } }
            }
        }
        div.panel.roomy {
            @if let Some(notice) = &view.notice { (told(&view.frame, notice)) }
            @if !view.providers.is_empty() {
                div.stack {
                    @for (at, provider) in view.providers.iter().enumerate() {
                        a.btn.large.wide.door.primary[at == 0] href=(provider.href) {
                            (icon(Icon::Building))
                            span { (provider.label) }
                            @if at == 0 { (icon(Icon::ArrowRight)) }
                        }
                        @if !provider.answers { p.hint { (words.login.unanswered) } }
                    }
                }
                @if view.local { p.or { (words.login.or_local) } }
            }
            @if view.local { (local_form(view)) }
        }
        @if view.signup {
            p.gate-next { (words.login.no_account) " " a href="/signup" { (words.common.sign_up) } }
        }
    };
    gate(&view.frame, &title, view.notice.as_ref().is_some_and(|notice| tone(notice) == Tone::Bad), &main)
}

fn local_form(view: &Login) -> Markup {
    let words = view.frame.lang.words();
    let form = Form { lang: view.frame.lang, prefix: "", problems: &[] };
    let login = Text {
        field: "login",
        label: words.login.login,
        value: &view.login,
        autocomplete: "username",
        kind: Kind::Code,
        ..Text::default()
    };
    let password = Text {
        field: "password",
        label: words.common.password,
        autocomplete: "current-password",
        kind: Kind::Password,
        beside: view.forgot.then_some(("/forgot-password", view.frame.lang.words().recovery.forgot)),
        ..Text::default()
    };
    html! {
        form.form.tight method="post" action="/login" {
            @if let Some(rd) = &view.rd { input type="hidden" name="rd" value=(rd); }
            (form.text(login))
            (form.text(password))
            button.btn.large.wide.primary[view.providers.is_empty()] type="submit" { (words.common.sign_in) }
        }
    }
}

fn tone(notice: &LoginNotice) -> Tone {
    match notice {
        LoginNotice::WrongCredentials { .. } | LoginNotice::Inactive => Tone::Bad,
        LoginNotice::SsoFailed { reason: sso::Reason::Pending { .. }, .. }
        | LoginNotice::Pending { .. }
        | LoginNotice::Busy => Tone::Warn,
        LoginNotice::SsoFailed { .. } => Tone::Bad,
        LoginNotice::ApplicationReceived | LoginNotice::PasswordReset => Tone::Good,
        LoginNotice::SignedOutIdle => Tone::Info,
    }
}

fn told(frame: &Frame, notice: &LoginNotice) -> Markup {
    let words = &frame.lang.words().login;
    let tone = tone(notice);
    match notice {
        LoginNotice::WrongCredentials { failures, minutes } => {
            let text = html! { p { (words.failed) " " ((words.locks)(*failures, *minutes)) } };
            flash(tone, words.failed_title, &text)
        }
        LoginNotice::Pending { applied_on, withdraw } => {
            let text = html! {
                p { ((words.pending)(applied_on)) }
                form method="post" action="/signup/withdraw" {
                    input type="hidden" name="token" value=(withdraw);
                    button.btn.small type="submit" { (words.withdraw) }
                }
            };
            flash(tone, words.pending_title, &text)
        }
        LoginNotice::Inactive => flash(tone, words.inactive_title, &inactive(frame)),
        LoginNotice::ApplicationReceived => {
            flash(tone, words.received_title, &html! { p { (words.received) } })
        }
        LoginNotice::Busy => flash(tone, words.busy_title, &html! { p { (words.busy) } }),
        LoginNotice::SsoFailed { provider, reason } => {
            let (title, text) = sso::told(frame, provider, reason);
            let common = &frame.lang.words().common;
            let reference = html! { p.reference { (common.reference) " " span.mono { (frame.reference) } } };
            flash(tone, &title, &html! { (text) (reference) })
        }
        LoginNotice::PasswordReset => {
            let words = &frame.lang.words().recovery;
            flash(tone, words.done_title, &html! { p { (words.done) } })
        }
        LoginNotice::SignedOutIdle => flash(tone, words.idle_title, &html! { p { (words.idle) } }),
    }
}

/// What somebody deactivated is told after the right password or at a provider.
pub(crate) fn inactive(frame: &Frame) -> Markup {
    let words = &frame.lang.words().login;
    html! {
        p {
            (words.inactive)
            @if let Some(help) = &frame.help { " " ((words.regain)(&mail(help))) }
        }
    }
}
