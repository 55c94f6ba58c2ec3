//! A table of the configuration while it is read: whoever asks for a key makes it a known one, and what
//! nobody asked for is unknown.
use std::{cell::RefCell, fs};

use secrecy::SecretString;

use super::{
    source::{Node, Place, Problem, Value},
    value::{Read, text},
};

/// What was found wrong so far.
#[derive(Default)]
pub(super) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(super) fn add(&self, place: Place, sentence: impl Into<String>) {
        self.0.borrow_mut().push(Problem { place, sentence: sentence.into() });
    }

    /// All of them, in the order of their places.
    pub(super) fn into_sorted(self) -> Vec<Problem> {
        let mut problems = self.0.into_inner();
        problems.sort();
        problems.dedup();
        problems
    }
}

/// Says what is wrong with one entry.
pub(super) struct Wrong<'p> {
    path: String,
    place: Place,
    problems: &'p Problems,
}

impl Wrong<'_> {
    pub(super) fn add(self, key: &str, wrong: &str) {
        self.problems.add(self.place, format!("`{}{key}` {wrong}", self.path));
    }
}

/// A table while it is read.
pub(super) struct Section<'p> {
    /// Keys above this table with their dots, and one more: `sessions.`.
    path: String,
    place: Place,
    entries: Vec<(String, Node)>,
    known: Vec<&'static str>,
    problems: &'p Problems,
}

impl<'p> Section<'p> {
    /// The whole configuration.
    pub(super) fn root(node: Node, problems: &'p Problems) -> Self {
        Self::new(String::new(), node, problems)
    }

    fn new(path: String, node: Node, problems: &'p Problems) -> Self {
        let entries = match node.value {
            Value::Table(entries) => entries,
            _ => vec![],
        };
        Self { path, place: node.place, entries, known: vec![], problems }
    }

    /// What stands at `key`, if it is there and can be read. An empty text is as good as nothing.
    pub(super) fn get<T>(&mut self, key: &'static str, read: impl FnOnce(&Node) -> Read<T>) -> Option<T> {
        let node = self.node(key)?;
        match read(node) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.wrong(key, &wrong);
                None
            }
        }
    }

    /// What stands at `key`, which cannot be left out.
    pub(super) fn require<T>(
        &mut self,
        key: &'static str,
        example: &str,
        read: impl FnOnce(&Node) -> Read<T>,
    ) -> Option<T> {
        if self.node(key).is_none() {
            self.wrong(key, &format!("is missing; add a line like {key} = {example}"));
            return None;
        }
        self.get(key, read)
    }

    /// A secret, from `key` itself or from the file that `file_key` names.
    pub(super) fn secret(&mut self, key: &'static str, file_key: &'static str) -> Option<SecretString> {
        let written = self.get(key, text);
        let file = self.get(file_key, text);
        match (written, file) {
            (Some(_), Some(_)) => {
                self.wrong(file_key, &format!("and `{}{key}` are both there; keep one", self.path));
                None
            }
            (written, None) => written.map(SecretString::from),
            (None, Some(file)) => self.contents(file_key, &file),
        }
    }

    /// A secret that stands in a file only, which `key` names.
    pub(super) fn file(&mut self, key: &'static str) -> Option<SecretString> {
        let file = self.get(key, text)?;
        self.contents(key, &file)
    }

    fn contents(&self, key: &str, file: &str) -> Option<SecretString> {
        let wrong = match fs::read_to_string(file) {
            Ok(secret) if !secret.trim().is_empty() => return Some(SecretString::from(secret.trim())),
            Ok(_) => format!("names {file}, which is empty; write the secret into it"),
            Err(error) => {
                format!("names {file}, which cannot be read ({error}); make it readable for narthex")
            }
        };
        self.wrong(key, &wrong);
        None
    }

    /// The table at `key`; an empty one when it is not there.
    pub(super) fn table(&mut self, key: &'static str) -> Self {
        let path = format!("{}{key}.", self.path);
        let node = self.take(key).unwrap_or(Node { place: self.place.clone(), value: Value::Table(vec![]) });
        if !matches!(node.value, Value::Table(_)) {
            let sentence =
                format!("`{}{key}` must be a section; write it like [{}{key}]", self.path, self.path);
            self.problems.add(node.place.clone(), sentence);
        }
        Self::new(path, node, self.problems)
    }

    /// The tables at `key`, in order.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<Self> {
        let path = format!("{}{key}.", self.path);
        let Some(node) = self.take(key) else { return vec![] };
        let items = match node.value {
            Value::List(items) if items.iter().all(|item| matches!(item.value, Value::Table(_))) => items,
            _ => {
                let name = format!("{}{key}", self.path);
                self.problems
                    .add(node.place, format!("`{name}` must be written in the config file as [[{name}]]"));
                vec![]
            }
        };
        items.into_iter().map(|item| Self::new(path.clone(), item, self.problems)).collect()
    }

    /// Every entry of a table whose keys are the operator's own, with a way to say what is wrong with it.
    pub(super) fn into_entries(self) -> Vec<(String, Node, Wrong<'p>)> {
        let Self { path, entries, problems, .. } = self;
        let entry = |(key, node): (String, Node)| {
            let wrong = Wrong { path: path.clone(), place: node.place.clone(), problems };
            (key, node, wrong)
        };
        entries.into_iter().map(entry).collect()
    }

    /// Says that something is wrong with `key`, where it stands, or where it should.
    pub(super) fn wrong(&self, key: &str, wrong: &str) {
        self.problems.add(self.place_of(key), format!("`{}{key}` {wrong}", self.path));
    }

    /// Whether anything stands at `key`, readable or not.
    pub(super) fn is_there(&mut self, key: &'static str) -> bool {
        self.node(key).is_some()
    }

    /// Every key has been asked for: what is left is unknown.
    pub(super) fn finish(self) {
        for (key, node) in &self.entries {
            if self.known.contains(&key.as_str()) {
                continue;
            }
            let near = self.known.iter().map(|known| (strsim::osa_distance(known, key), known)).min();
            let advice = match near {
                Some((distance, known)) if distance <= 2.min(known.len() / 2) => {
                    format!("did you mean `{}{known}`?", self.path)
                }
                _ if node.is_variable() => {
                    "a section's key is written with two underscores, as in NARTHEX_DATABASE__URL".to_owned()
                }
                _ => format!("these are known here: {}", self.known.join(", ")),
            };
            self.problems.add(node.place.clone(), format!("unknown key `{}{key}`; {advice}", self.path));
        }
    }

    fn place_of(&self, key: &str) -> Place {
        let found = self.entries.iter().find(|(name, _)| name == key);
        found.map_or(&self.place, |(_, node)| &node.place).clone()
    }

    fn node(&mut self, key: &'static str) -> Option<&Node> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let (_, node) = self.entries.iter().find(|(name, _)| name == key)?;
        let empty = matches!(&node.value, Value::Text(text) if text.is_empty());
        (!empty).then_some(node)
    }

    fn take(&mut self, key: &'static str) -> Option<Node> {
        self.known.push(key);
        let index = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.swap_remove(index).1)
    }
}
