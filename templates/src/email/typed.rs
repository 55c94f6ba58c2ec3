use std::fmt;

/// What somebody typed, fit for a mail: one line without control characters, and nothing that a mail program
/// would make a link of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed(String);

/// No name is longer, and no message needs to be.
const MOST: usize = 1000;

impl Typed {
    /// A name or a message. Where it looks like an address it is taken apart by spaces: mail programs make links
    /// of what looks like one, and whoever applies in somebody else's name chooses what stands there.
    pub fn free(text: &str) -> Self {
        let line = one_line(text);
        let mut out = String::with_capacity(line.len() + 8);
        let mut before = ' ';
        let mut rest = line.chars().peekable();
        while let Some(c) = rest.next() {
            out.push(c);
            let next = rest.peek().copied().unwrap_or(' ');
            let joins = match c {
                '.' | '@' | '。' | '．' | '｡' => next.is_alphanumeric(),
                ':' => !before.is_numeric() && !next.is_whitespace(),
                '/' | '\\' => next == c,
                _ => false,
            };
            if joins {
                out.push(' ');
            }
            before = c;
        }
        Self(out)
    }

    /// A username or an address of ours, which is of no use unless it is exact.
    pub fn exact(text: &str) -> Self {
        Self(one_line(text))
    }

    /// As it is printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Without control characters, and without those that turn the direction of writing around.
fn one_line(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let clean: String = text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::Typed;

    #[test]
    fn nothing_that_was_typed_becomes_a_link() {
        for (typed, printed) in [
            ("Maya Okafor", "Maya Okafor"),
            ("김지호", "김지호"),
            ("Dr. J.R. Smith, Jr.", "Dr. J. R. Smith, Jr."),
            ("room 3.5 at 14:30", "room 3. 5 at 14:30"),
            ("http://evil.example/x", "http: / /evil. example/x"),
            ("www.evil.example", "www. evil. example"),
            ("me@evil.example", "me@ evil. example"),
            ("mailto:me", "mailto: me"),
            ("a\r\nBcc: b@c.d\0", "a Bcc: b@ c. d"),
            ("\u{202e}elpmaxe.live", "elpmaxe. live"),
        ] {
            assert_eq!(Typed::free(typed).as_str(), printed, "{typed:?}");
        }
        assert_eq!(Typed::exact("a\r\nb.c").as_str(), "a b.c");
        assert_eq!(Typed::free(&"x".repeat(5000)).as_str().len(), 1000);
    }
}
