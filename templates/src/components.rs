//! Small pieces that several pages are made of.

use maud::{Markup, html};

use crate::icons::{Icon, icon};
use crate::messages::Words;
use crate::{Device, Lang, PasswordRule, Source, Status, Tier, strength};

/// How a notice looks and how it is announced.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Info,
    Warn,
    Bad,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Good => Icon::CheckCircle,
            Self::Info => Icon::Info,
            Self::Warn => Icon::Warning,
            Self::Bad => Icon::Alert,
        }
    }
}

/// A notice that says what just happened; with focus, so that it is read first.
pub(crate) fn flash(tone: Tone, title: &str, text: &Markup) -> Markup {
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    html! {
        div class={ "note " (tone.class()) } role=(role) tabindex="-1" autofocus[tone == Tone::Bad] data-flash {
            (icon(tone.icon()))
            div { h2 { (title) } (text) }
        }
    }
}

/// A notice that belongs to the page.
pub(crate) fn note(tone: Tone, content: &Markup) -> Markup {
    html! { div class={ "note " (tone.class()) } { (icon(tone.icon())) div { (content) } } }
}

/// What stays in sight below a long form: a sentence, a way back and Save.
pub(crate) fn savebar(text: &str, back: &str, discard: &str, save: &str) -> Markup {
    html! {
        div.savebar {
            p { (text) }
            a.btn href=(back) { (discard) }
            button.btn.primary type="submit" { (save) }
        }
    }
}

/// A picture, a title and what to do, in the middle of a card.
pub(crate) fn hero(tone: Tone, picture: Icon, code: Option<&str>, title: &str, text: &Markup) -> Markup {
    html! {
        div.hero {
            span class={ "disc " (tone.class()) } { (icon(picture)) }
            @if let Some(code) = code { p.code { (code) } }
            h1 { (title) }
            (text)
        }
    }
}

/// The state of an account: a word, a shape and a colour.
pub(crate) fn status(words: &Words, status: Status) -> Markup {
    let words = &words.common;
    match status {
        Status::Pending => html! { span.tag.dot.wait { (words.pending) } },
        Status::Active => html! { span.tag.dot.on { (words.active) } },
        Status::Inactive => html! { span.tag.dot.off { (words.inactive) } },
    }
}

/// The word for a state.
pub(crate) const fn status_word(words: &Words, status: Status) -> &'static str {
    match status {
        Status::Pending => words.common.pending,
        Status::Active => words.common.active,
        Status::Inactive => words.common.inactive,
    }
}

/// The word for a tier.
pub(crate) const fn tier_word(words: &Words, tier: Tier) -> &'static str {
    match tier {
        Tier::Standard => words.common.standard,
        Tier::Superuser => words.common.superuser,
    }
}

/// The word for a way in.
pub(crate) const fn source_word(words: &Words, source: Source) -> &'static str {
    match source {
        Source::Local => words.common.local,
        Source::Sso => words.common.sso,
        Source::Both => words.common.both_sources,
    }
}

/// A tier; superusers stand out.
pub(crate) fn tier(words: &Words, tier: Tier) -> Markup {
    html! {
        @match tier {
            Tier::Standard => span.tier { (words.common.standard) },
            Tier::Superuser => span.tier.su { (icon(Icon::ShieldCheck)) (words.common.superuser) },
        }
    }
}

/// The names of roles.
pub(crate) fn role_chips(roles: &[String]) -> Markup {
    html! {
        @if !roles.is_empty() {
            ul.roles { @for role in roles { li { (role) } } }
        }
    }
}

/// What a person sits in front of, in words.
pub(crate) fn device(words: &Words, device: &Device) -> String {
    match device {
        Device::Known { browser, system, .. } => (words.sessions.device)(browser, system),
        Device::Raw(text) if text.is_empty() => words.sessions.device_unknown.to_owned(),
        Device::Raw(text) => text.clone(),
    }
}

/// A picture of it.
pub(crate) fn device_icon(device: &Device) -> Markup {
    let mobile = matches!(device, Device::Known { mobile: true, .. });
    icon(if mobile { Icon::Phone } else { Icon::Screen })
}

/// An email address that breaks before its `@`.
pub(crate) fn email(address: &str) -> Markup {
    html! {
        span.mail {
            @match address.rsplit_once('@') {
                Some((name, host)) => { (name) wbr; span { "@" (host) } },
                None => (address),
            }
        }
    }
}

/// Up to two letters for a person without a picture.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    let picked: String = first.into_iter().chain(last).flat_map(char::to_uppercase).collect();
    if picked.is_empty() { "?".to_owned() } else { picked }
}

/// What a new password is held to.
pub(crate) fn password_rules(lang: Lang, id: &str, rules: &[PasswordRule]) -> Markup {
    let words = &lang.words().common;
    html! {
        ul.rules id=(id) {
            @for rule in rules {
                li data-rule=[strength::name(*rule)] {
                    @match rule {
                        PasswordRule::MinLength(n) => {
                            ((words.rule_min_length)(*n))
                            @if *n < 15 { ". " (words.rule_longer_is_better) }
                        },
                        PasswordRule::NotPersonal => (words.rule_not_personal),
                        PasswordRule::NotCommon => (words.rule_not_common),
                        PasswordRule::Classes(n) => ((words.rule_classes)(*n)),
                        PasswordRule::Score(_) => (words.rule_score),
                        PasswordRule::NotReused(n) => ((words.rule_not_reused)(*n)),
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_the_first_and_the_last_word() {
        let drawn: Vec<_> = ["Soyeon Park", "윤지호", "a b c", "  ", "<script>"].map(initials).into();
        assert_eq!(drawn, ["SP", "윤", "AC", "?", "S"]);
    }
}
