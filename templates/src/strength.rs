//! How strong a new password is: the meter under its field, and what the script gets to fill it with. Without the
//! script the meter is not there, and the rules and the answer to the form say the same.

use maud::{Markup, html};

use crate::{Lang, PasswordRule, Problem};

/// What is said of a password while it is typed, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// One word.
    pub label: &'static str,
    /// What the form would answer, a sentence each.
    pub problems: Vec<String>,
    /// Which of the rules under the field are not kept.
    pub unmet: Vec<&'static str>,
}

/// Puts a score from 0 to 4 and what is wrong into words.
pub fn told(lang: Lang, score: u8, problems: &[Problem]) -> Told {
    let words = &lang.words().strength;
    let label = match score {
        0 | 1 => words.weak,
        2 => words.fair,
        3 => words.good,
        _ => words.strong,
    };
    let mut sentences: Vec<_> = problems.iter().map(|problem| problem.text(lang)).collect();
    // Two rules have one sentence.
    sentences.dedup();
    Told { label, problems: sentences, unmet: problems.iter().filter_map(breaks).collect() }
}

/// The meter for a field; the script fills and shows it.
pub(crate) fn meter(lang: Lang, field: &str, rules: &str) -> Markup {
    let words = &lang.words().strength;
    html! {
        div.strength hidden data-strength=(field) data-rules=(rules) {
            meter min="0" max="4" low="2" high="3" optimum="4" value="0" aria-label=(words.label) {}
            output for=(field) aria-live="polite" {}
        }
    }
}

/// The name of a rule; none for what is not looked at before the form is sent.
pub(crate) const fn name(rule: PasswordRule) -> Option<&'static str> {
    match rule {
        PasswordRule::MinLength(_) => Some("length"),
        PasswordRule::NotPersonal => Some("personal"),
        PasswordRule::NotCommon => Some("common"),
        PasswordRule::Classes(_) => Some("classes"),
        PasswordRule::Score(_) => Some("score"),
        PasswordRule::NotReused(_) => None,
    }
}

/// The rule that a problem is about.
const fn breaks(problem: &Problem) -> Option<&'static str> {
    match problem {
        Problem::PasswordTooShort { .. } => name(PasswordRule::MinLength(0)),
        Problem::PasswordPersonal => name(PasswordRule::NotPersonal),
        Problem::PasswordCommon => name(PasswordRule::NotCommon),
        Problem::PasswordClasses { .. } => name(PasswordRule::Classes(0)),
        Problem::PasswordGuessable => name(PasswordRule::Score(0)),
        _ => None,
    }
}
