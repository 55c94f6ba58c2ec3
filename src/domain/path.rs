//! Paths of requests, in the one form that rules are judged on and upstreams are sent.
use std::{borrow::Cow, fmt};

/// A path that every upstream reads alike: it begins with `/`, has no empty, `.` or `..` segments, nothing
/// but ASCII, and escapes (upper case) only where RFC 3986 needs them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestPath {
    normal: String,
    /// How it was sent, where the upstream gets that and it is another spelling.
    sent: Option<String>,
}

/// Why a path is refused: two programs may read it differently, so that what is judged is not what is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path is refused: {0}")]
pub struct Ambiguous(pub &'static str);

impl RequestPath {
    /// Brings a raw path (no query) into normal form: escapes of unreserved characters are decoded (RFC 3986
    /// §6.2.2.2), what may not stand there unescaped is escaped.
    ///
    /// # Errors
    /// For whatever programs are known to read in different ways.
    pub fn parse(raw: &str) -> Result<Self, Ambiguous> {
        let bytes = raw.as_bytes();
        if bytes.first() != Some(&b'/') {
            return Err(Ambiguous("it does not begin with a slash"));
        }
        if bytes.iter().all(|byte| is_plain(*byte) || *byte == b'/') {
            // Most are in normal form already.
            segments(raw)?;
            return Ok(Self { normal: raw.to_owned(), sent: None });
        }
        let mut path = String::with_capacity(bytes.len());
        let mut decoded = Vec::with_capacity(bytes.len());
        let mut has_percent = false;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let literal = if byte == b'%' { escaped(bytes, at)? } else { byte };
            match byte {
                b'%' => encoded(literal, &mut path)?,
                b'/' => path.push('/'),
                b'\\' => return Err(Ambiguous("it has a backslash")),
                b'#' => return Err(Ambiguous("it has a fragment")),
                b'?' => return Err(Ambiguous("it has a query")),
                0..=b' ' | 0x7F => return Err(Ambiguous("it has a space or a control character")),
                0x80.. => return Err(Ambiguous("it has characters outside ASCII that are not escaped")),
                _ if is_plain(byte) => path.push(char::from(byte)),
                _ => push_escape(byte, &mut path),
            }
            has_percent |= literal == b'%';
            decoded.push(literal);
            at += if byte == b'%' { 3 } else { 1 };
        }
        if std::str::from_utf8(&decoded).is_err() {
            return Err(Ambiguous("its escapes are no UTF-8"));
        }
        if has_percent && is_escaped_twice(&path) {
            return Err(Ambiguous("it is escaped twice"));
        }
        segments(&path)?;
        Ok(Self { normal: path, sent: None })
    }

    /// The same for a path that somebody else passes on as it was sent: it is remembered, because not every
    /// upstream decodes what it gets.
    ///
    /// # Errors
    /// As [`RequestPath::parse`].
    pub fn as_sent(raw: &str) -> Result<Self, Ambiguous> {
        let path = Self::parse(raw)?;
        let sent = (path.normal != raw).then(|| with_capital_escapes(raw));
        Ok(Self { sent: sent.filter(|sent| *sent != path.normal), ..path })
    }

    /// The path in normal form.
    pub fn as_str(&self) -> &str {
        &self.normal
    }

    /// The path as the upstream gets it, where that is no normal form.
    pub fn sent(&self) -> Option<&str> {
        self.sent.as_deref()
    }

    /// The ways in which upstreams may read the path beside its normal form: as it was sent, without decoding;
    /// and both with `;parameters` cut off each segment, as Java servlets do, with all that follows an escaped
    /// `?` or `#` cut off, as those that decode too early do, without dots and spaces at the end of segments, as
    /// Windows does, or with several of these at once.
    pub fn other_readings(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let bases = [Some(self.as_str()), self.sent()].into_iter().flatten();
        let less = bases.flat_map(shortened).map(Cow::Owned);
        self.sent().map(Cow::Borrowed).into_iter().chain(less)
    }
}

/// All shorter readings of a path, each once.
fn shortened(path: &str) -> Vec<String> {
    let mut found = vec![];
    if !path.bytes().any(|b| matches!(b, b';' | b'%' | b'.')) {
        return found;
    }
    let cut: &[fn(&str) -> &str] = &[|path| path, before_escaped_query];
    let segment: &[fn(&str) -> &str] = &[
        |segment| segment,
        before_parameters,
        before_trailing_dots,
        |segment| before_trailing_dots(before_parameters(segment)),
    ];
    for cut in cut {
        for segment in segment {
            let read = by_segments(cut(path), segment);
            if read != by_segments(path, |segment| segment) && !found.contains(&read) {
                found.push(read);
            }
        }
    }
    found
}

fn by_segments(path: &str, read: impl Fn(&str) -> &str) -> String {
    let mut whole = String::with_capacity(path.len());
    for segment in path.split('/').map(read).filter(|segment| !segment.is_empty()) {
        whole.push('/');
        whole.push_str(segment);
    }
    if whole.is_empty() {
        whole.push('/');
    }
    whole
}

fn before_escaped_query(path: &str) -> &str {
    let end = [path.find("%3F"), path.find("%23")].into_iter().flatten().min();
    &path[..end.unwrap_or(path.len())]
}

fn before_trailing_dots(segment: &str) -> &str {
    let mut rest = segment;
    while let Some(shorter) = rest.strip_suffix('.').or_else(|| rest.strip_suffix("%20")) {
        rest = shorter;
    }
    rest
}

/// Escapes in either case of letters are the same (RFC 3986 §6.2.2.1); programs differ only in decoding them.
fn with_capital_escapes(raw: &str) -> String {
    let begins = |at: usize| raw.as_bytes().get(at) == Some(&b'%');
    let is_digit = |at: usize| (1..=2).any(|back| at.checked_sub(back).is_some_and(begins));
    raw.char_indices().map(|(at, c)| if is_digit(at) { c.to_ascii_uppercase() } else { c }).collect()
}

impl fmt::Display for RequestPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.normal)
    }
}

/// The byte that the escape at `at` stands for.
fn escaped(bytes: &[u8], at: usize) -> Result<u8, Ambiguous> {
    let digit = |offset: usize| bytes.get(at + offset).and_then(|b| char::from(*b).to_digit(16));
    let (Some(high), Some(low)) = (digit(1), digit(2)) else {
        return Err(Ambiguous("a % in it is not followed by two hexadecimal digits"));
    };
    Ok(u8::try_from(high * 16 + low).expect("two hexadecimal digits are a byte"))
}

/// Writes an escape in normal form.
fn encoded(byte: u8, path: &mut String) -> Result<(), Ambiguous> {
    match byte {
        b'/' | b'\\' => return Err(Ambiguous("it has an escaped slash or backslash")),
        0..=0x1F | 0x7F => return Err(Ambiguous("it has an escaped control character")),
        _ if is_unreserved(byte) => path.push(char::from(byte)),
        _ => push_escape(byte, path),
    }
    Ok(())
}

fn push_escape(byte: u8, path: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    path.push('%');
    path.push(char::from(DIGITS[usize::from(byte >> 4)]));
    path.push(char::from(DIGITS[usize::from(byte & 15)]));
}

/// Whether a path in normal form becomes another one when it is decoded and decoded again. The digits of the
/// second escape may have been escaped themselves: `%25%32%65`.
fn is_escaped_twice(path: &str) -> bool {
    path.as_bytes()
        .windows(5)
        .any(|five| five.strip_prefix(b"%25").is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)))
}

fn segments(path: &str) -> Result<(), Ambiguous> {
    let mut rest = path[1..].split('/').peekable();
    while let Some(segment) = rest.next() {
        if segment.is_empty() && rest.peek().is_some() {
            return Err(Ambiguous("it has two slashes in a row"));
        }
        if segment.starts_with('.') && may_be_dots(segment) {
            return Err(Ambiguous("it has a dot segment"));
        }
    }
    Ok(())
}

/// Also for an upstream that cuts something off it.
fn may_be_dots(segment: &str) -> bool {
    let end = ["%3F", "%23"].iter().filter_map(|mark| segment.find(mark)).min();
    let segment = before_parameters(&segment[..end.unwrap_or(segment.len())]);
    matches!(segment.trim_end_matches("%20"), "." | "..")
}

fn before_parameters(segment: &str) -> &str {
    let end = [segment.find(';'), segment.find("%3B")].into_iter().flatten().min();
    &segment[..end.unwrap_or(segment.len())]
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// RFC 3986 `pchar` without escapes.
fn is_plain(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@".contains(&byte)
}

#[cfg(test)]
mod tests;
