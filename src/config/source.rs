//! What was written, and where: the file's tree with the environment laid over it.
use std::{ffi::OsString, fmt};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::section::Problems;

/// Something that was written, and where.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Boolean(bool),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
    /// A date, a float: nothing that any key takes.
    Other,
}

/// Where something was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// A file, as a whole or by its line; without a file, the defaults.
    File(String, Option<usize>),
    /// An environment variable.
    Variable(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file, Some(line)) => write!(f, "{file}:{line}"),
            Self::File(name, None) | Self::Variable(name) => f.write_str(name),
        }
    }
}

/// One thing that is wrong: where, and a sentence.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Problem {
    pub(super) place: Place,
    pub(super) sentence: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.sentence)
    }
}

/// Reads TOML. A text that is not TOML has one problem: what follows the first is mostly noise. The parser's
/// own report quotes the line, which may hold a secret, so only its sentence is kept.
pub(super) fn parse(text: &str, file: &str) -> Result<Node, Problem> {
    let reader = Reader { text, file };
    match DeTable::parse(text) {
        Ok(table) => {
            Ok(Node { place: Place::File(file.to_owned(), None), value: reader.table(table.get_ref()) })
        }
        Err(error) => Err(Problem {
            place: reader.place(error.span().map_or(0, |span| span.start)),
            sentence: format!(
                "this is not TOML: {}; see https://toml.io",
                error.message().replace('\n', ", ")
            ),
        }),
    }
}

struct Reader<'t> {
    text: &'t str,
    file: &'t str,
}

impl Reader<'_> {
    fn table(&self, table: &DeTable<'_>) -> Value {
        let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
            let place = self.place(key.span().start);
            let key: &std::borrow::Cow<'_, str> = key.get_ref();
            (key.to_string(), Node { place, value: self.value(value.get_ref()) })
        };
        Value::Table(table.iter().map(entry).collect())
    }

    fn value(&self, value: &DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Other, Value::Integer)
            }
            DeValue::Boolean(truth) => Value::Boolean(*truth),
            DeValue::Array(items) => {
                let item = |item: &Spanned<DeValue<'_>>| Node {
                    place: self.place(item.span().start),
                    value: self.value(item.get_ref()),
                };
                Value::List(items.iter().map(item).collect())
            }
            DeValue::Table(table) => self.table(table),
            DeValue::Float(_) | DeValue::Datetime(_) => Value::Other,
        }
    }

    fn place(&self, offset: usize) -> Place {
        let before = self.text.as_bytes().iter().take(offset);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        Place::File(self.file.to_owned(), Some(line))
    }
}

/// Lays environment variables over the file: `NARTHEX_DATABASE__URL` is `url` in `[database]`,
/// `NARTHEX_PROVIDER__CORP__CLIENT_SECRET` is `client_secret` in the `[[provider]]` named `corp`.
/// `NARTHEX_TEST_…` belongs to the tests, and `NARTHEX_LOG` is given back: it is no key.
pub(super) fn overlay(
    root: &mut Node,
    variables: impl Iterator<Item = (OsString, OsString)>,
    problems: &Problems,
) -> Option<String> {
    let mut log = None;
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        let place = Place::Variable(name.to_owned());
        let Ok(value) = value.into_string() else {
            problems.add(place, "its value is not UTF-8; write it anew");
            continue;
        };
        let key = name[PREFIX.len()..].to_lowercase();
        match key.as_str() {
            "log" => log = Some(value),
            _ if key.starts_with("test_") => {}
            _ => {
                let path: Vec<_> = key.split("__").collect();
                let leaf = Node { place: place.clone(), value: Value::Text(value) };
                if let Err(sentence) = set(root, &path, leaf) {
                    problems.add(place, sentence);
                }
            }
        }
    }
    log
}

const PREFIX: &str = "NARTHEX_";

fn set(node: &mut Node, path: &[&str], leaf: Node) -> Result<(), String> {
    let Some((key, rest)) = path.split_first() else {
        *node = leaf;
        return Ok(());
    };
    match &mut node.value {
        Value::Table(entries) => {
            let index = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                let empty = Node { place: leaf.place.clone(), value: Value::Table(vec![]) };
                entries.push(((*key).to_owned(), empty));
                entries.len() - 1
            });
            set(&mut entries[index].1, rest, leaf)
        }
        Value::List(items) => match items.iter_mut().find(|item| item.is_named(key)) {
            Some(item) => set(item, rest, leaf),
            None => Err(format!("nothing in the config file is named `{key}`; add it there first")),
        },
        _ => Err("this key has no keys below it; use one `__` less".to_owned()),
    }
}

impl Node {
    /// Whether this is a table with this name, as environment variables can spell it.
    fn is_named(&self, spelt: &str) -> bool {
        let Value::Table(entries) = &self.value else { return false };
        entries.iter().any(|(key, node)| {
            key == "name" && matches!(&node.value, Value::Text(name) if name.replace('-', "_") == spelt)
        })
    }

    /// Whether this came from the environment, where everything is text.
    pub(super) fn is_variable(&self) -> bool {
        matches!(self.place, Place::Variable(_))
    }
}
