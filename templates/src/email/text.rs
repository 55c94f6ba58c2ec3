use super::{Letter, Parts};

/// As wide as old mail programs show without breaking.
const WIDTH: usize = 72;

/// The mail as plain text.
pub(super) fn text(letter: &Letter, parts: &Parts) -> String {
    let words = &letter.lang.words().letters;
    let mut out = String::new();
    let mut block = |text: &str| {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(text);
        out.push('\n');
    };
    if let Some(greeting) = &parts.greeting {
        block(&wrap(greeting));
    }
    for paragraph in &parts.said.text {
        block(&wrap(paragraph));
    }
    if let Some(quote) = &parts.quote {
        block(&format!("{}\n{}", words.message, indented(quote)));
    }
    if !parts.list.is_empty() {
        block(
            &parts
                .list
                .iter()
                .map(|item| format!("- {}", indented(item).trim_start()))
                .collect::<Vec<_>>()
                .join("\n"),
        );
    }
    if !parts.facts.is_empty() {
        let facts = parts.facts.iter().map(|(label, value)| format!("{label}: {value}"));
        block(&facts.collect::<Vec<_>>().join("\n"));
    }
    for (label, link) in parts.act.iter().chain(&parts.also) {
        block(&format!("{label}:\n\n  {link}"));
    }
    for line in [&parts.said.not_you, &parts.to].into_iter().filter(|line| !line.is_empty()) {
        block(&wrap(line));
    }
    let help = letter.help.as_deref().map(|help| format!(" {}", (words.help)(help)));
    block(&wrap(&format!("{}{}", words.never_asks, help.unwrap_or_default())));
    // RFC 3676, section 4.3: what is below is the signature.
    block(&format!("-- \n{}", letter.organisation));
    out
}

fn indented(text: &str) -> String {
    wrap(text).lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// Breaks between words; Korean letters are twice as wide.
fn wrap(text: &str) -> String {
    let wide = |word: &str| word.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
    let (mut out, mut column) = (String::new(), 0);
    for word in text.split_whitespace() {
        let width = wide(word);
        if column > 0 && column + 1 + width > WIDTH {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out
}
