//! One setting: its name, what it holds and what may be wrong with it.

use maud::{Markup, html};

use super::keys::Key;
use crate::When;
use crate::icons::{Icon, icon};
use crate::messages::{Settings as Words, Words as AllWords};
use crate::when::count;

/// One setting.
#[derive(Clone, Debug)]
pub struct Line {
    /// Which.
    pub key: Key,
    /// What it is: as stored at first, as typed after a problem.
    pub value: Value,
    /// The key of the configuration file that fixes it.
    pub fixed_by: Option<String>,
    /// Only superusers may change it, and the viewer is none.
    pub superuser_only: bool,
    /// What it is when nobody has changed it, written as the field is; `on` and `off` for a switch.
    pub default: String,
    /// What is wrong with it; shown with 422.
    pub problem: Option<Problem>,
    /// Who changed it last, and when.
    pub changed: Option<(String, When)>,
}

/// What a setting holds and how it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// On or off.
    Switch(bool),
    /// A whole number, in the unit of its key.
    Number {
        /// As stored or typed.
        value: String,
        /// The least that is accepted.
        min: u64,
        /// The most that is accepted.
        max: u64,
    },
    /// One of several numbers, which the key gives words to.
    Choice {
        /// Which.
        value: u8,
        /// All of them.
        options: Vec<u8>,
    },
    /// One of several words, which are said in the language of the page.
    Word {
        /// Which.
        value: String,
        /// All of them.
        options: &'static [&'static str],
    },
    /// A line of text.
    Text(String),
    /// Several lines of text.
    Lines(String),
}

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Not a whole number between the two that are accepted.
    OutOfRange {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// Not one of the choices.
    NoSuchChoice,
    /// Sessions would idle for longer than they last.
    IdleBeyondAbsolute,
    /// Superusers' sessions would last longer than everybody's.
    SuperuserBeyondAbsolute,
    /// Not a network.
    NotANetwork {
        /// The line as it was typed.
        line: String,
    },
    /// Not a domain.
    NotADomain {
        /// The line as it was typed.
        line: String,
    },
    /// The viewer's own address would be outside.
    ShutsYouOut {
        /// The address they come from now.
        address: String,
    },
    /// More text than is accepted.
    TooLong {
        /// How many characters are.
        max: u64,
    },
}

impl Problem {
    pub(super) fn text(&self, words: &Words) -> String {
        match self {
            Self::OutOfRange { min, max } => (words.out_of_range)(&count(*min), &count(*max)),
            Self::NoSuchChoice => words.no_such_choice.to_owned(),
            Self::IdleBeyondAbsolute => words.idle_beyond_absolute.to_owned(),
            Self::SuperuserBeyondAbsolute => words.superuser_beyond_absolute.to_owned(),
            Self::NotANetwork { line } => (words.not_a_network)(line),
            Self::NotADomain { line } => (words.not_a_domain)(line),
            Self::ShutsYouOut { address } => (words.shuts_you_out)(address),
            Self::TooLong { max } => (words.too_long)(&count(*max)),
        }
    }
}

impl Line {
    pub(super) fn draw(&self, all: &AllWords, editable: bool) -> Markup {
        let words = &all.settings;
        let (name, hint) = (words.keys)(self.key);
        let id = self.key.id();
        let open = editable && self.fixed_by.is_none() && !self.superuser_only;
        let tall = matches!(self.value, Value::Text(_) | Value::Lines(_));
        html! {
            div.setting.tall[tall].wrong[self.problem.is_some()] {
                div {
                    @if open { label for=(id) { (name) } } @else { strong { (name) } }
                    p.hint id={ (id) "-hint" } {
                        (hint)
                        @if let (Value::Number { min, max, .. }, true) = (&self.value, open) {
                            " " ((words.range)(&count(*min), &count(*max)))
                        }
                    }
                    @if self.superuser_only && editable { p.hint { (all.edit.tier_fixed) } }
                    @if let Some(default) = self.default_word(words) { p.hint { ((words.default)(&default)) } }
                    @if let Some(key) = &self.fixed_by { p.hint { ((words.fixed)(key)) } }
                    @if let Some((by, at)) = &self.changed { p.hint { ((words.changed)(by, at)) } }
                    @if let Some(problem) = &self.problem {
                        p.field-error id={ (id) "-error" } {
                            (icon(Icon::Alert))
                            span { span.vh { (all.common.error) } (problem.text(words)) }
                        }
                    }
                }
                @if open { (self.control(words, &id)) } @else { (self.shown(words)) }
            }
        }
    }

    /// The default in words, where the value is another.
    fn default_word(&self, words: &Words) -> Option<String> {
        match &self.value {
            Value::Switch(on) => {
                let default = self.default == "on";
                (*on != default).then(|| if default { words.on } else { words.off }.to_owned())
            }
            Value::Number { value, .. } => (*value != self.default).then(|| self.default.clone()),
            _ => None,
        }
    }

    fn control(&self, words: &Words, id: &str) -> Markup {
        let name = self.key.name();
        let described = format!(
            "{id}-hint{}",
            if self.problem.is_some() { format!(" {id}-error") } else { String::new() }
        );
        let invalid = self.problem.as_ref().map(|_| "true");
        html! {
            @match &self.value {
                Value::Switch(on) => {
                    // A box that is off is not sent; this says that it was there.
                    input type="hidden" name=(name) value="0";
                    input type="checkbox" role="switch" id=(id) name=(name) value="1" checked[*on]
                        aria-describedby=(described) aria-invalid=[invalid];
                },
                Value::Number { value, .. } => span.measured {
                    input.control type="text" inputmode="numeric" id=(id) name=(name) value=(value) required autocomplete="off" aria-describedby={ (described) " " (id) "-unit" } aria-invalid=[invalid];
                    span id={ (id) "-unit" } { ((words.unit)(self.key)) }
                },
                Value::Choice { value, options } => {
                    select.control id=(id) name=(name) aria-describedby=(described) aria-invalid=[invalid] {
                        @for option in options {
                            option value=(option) selected[option == value] { ((words.option)(self.key, *option)) }
                        }
                    }
                },
                Value::Word { value, options } => {
                    select.control id=(id) name=(name) aria-describedby=(described) aria-invalid=[invalid] {
                        @for option in *options {
                            option value=(option) selected[option == value] { ((words.choice)(self.key, option)) }
                        }
                    }
                },
                Value::Text(text) => {
                    input.control type="text" id=(id) name=(name) value=(text) autocomplete="off"
                        aria-describedby=(described) aria-invalid=[invalid];
                },
                Value::Lines(text) => {
                    textarea.control.mono id=(id) name=(name) rows="4" autocapitalize="none" spellcheck="false"
                        aria-describedby=(described) aria-invalid=[invalid] {
                        // A browser drops one line break here.
                        "\n" (text)
                    }
                },
            }
        }
    }

    /// The value where it cannot be changed.
    fn shown(&self, words: &Words) -> Markup {
        html! {
            div.set-to {
                @match &self.value {
                    Value::Switch(true) => (words.on),
                    Value::Switch(false) => (words.off),
                    Value::Number { value, .. } => ((words.measured)(self.key, value)),
                    Value::Choice { value, .. } => ((words.option)(self.key, *value)),
                    Value::Word { value, .. } => ((words.choice)(self.key, value)),
                    Value::Text(text) | Value::Lines(text) if text.trim().is_empty() => (words.empty),
                    Value::Text(text) => (text),
                    Value::Lines(text) => ul.mono { @for line in text.lines() { li { (line) } } },
                }
            }
        }
    }
}
