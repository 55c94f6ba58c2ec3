//! Pages as stories read them.
use http::{HeaderMap, StatusCode, header};
use url::Url;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A form, filled in as the page shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    pub(crate) method: String,
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
    id: String,
}

impl Page {
    /// This page, which has this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{} {}\n{}", self.url, self.location(), self.text());
        self
    }

    /// Where a redirect leads, as it is written.
    pub(crate) fn location(&self) -> &str {
        self.header(header::LOCATION.as_str())
    }

    /// A header's value; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// What a person reads: no tags, single spaces.
    pub(crate) fn text(&self) -> String {
        // Tags inside a line; all others stand between words.
        let inside = ["b", "bdi", "code", "em", "span", "strong", "wbr"];
        let text: String = tokens(&self.body)
            .into_iter()
            .map(|token| match token {
                Token::Text(text) => unescape(text),
                Token::Tag(tag) if inside.contains(&Tag::parse(tag).name.as_str()) => String::new(),
                Token::Tag(_) => " ".to_owned(),
            })
            .collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Whether a person can read this.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// The targets of all links.
    pub(crate) fn links(&self) -> Vec<String> {
        let links = tags(&self.body).filter(|tag| tag.name == "a").filter_map(|tag| tag.attribute("href"));
        links.collect()
    }

    /// The one link whose target contains this.
    #[track_caller]
    pub(crate) fn link(&self, part: &str) -> String {
        let found = self.links().into_iter().find(|link| link.contains(part));
        found.unwrap_or_else(|| panic!("{} has no link to {part}: {:?}", self.url, self.links()))
    }

    /// Every tag of this name, with its attributes.
    pub(crate) fn tags(&self, name: &str) -> Vec<Tag> {
        tags(&self.body).filter(|tag| tag.name == name).collect()
    }

    /// The first form (or button with a target of its own) that is sent to a place which ends like this.
    #[track_caller]
    pub(crate) fn form(&self, action_end: &str) -> Form {
        let forms = self.forms();
        let found = forms.iter().find(|form| form.action.split('?').next().unwrap().ends_with(action_end));
        let actions: Vec<_> = forms.iter().map(|form| &form.action).collect();
        found.unwrap_or_else(|| panic!("{} has no form to {action_end}: {actions:?}", self.url)).clone()
    }

    /// All forms, then one more for each button that sends its form elsewhere.
    pub(crate) fn forms(&self) -> Vec<Form> {
        let mut reader = Reader::default();
        let tokens = tokens(&self.body);
        for (at, token) in tokens.iter().enumerate() {
            if let Token::Tag(tag) = token {
                let text = match tokens.get(at + 1) {
                    Some(Token::Text(text)) => unescape(text),
                    _ => String::new(),
                };
                reader.tag(&Tag::parse(tag), &text, self.url.path());
            }
        }
        reader.finish()
    }
}

/// Collects forms while the page is read.
#[derive(Default)]
struct Reader {
    forms: Vec<Form>,
    open: Option<usize>,
    /// Fields that name their form by id, and where else buttons send a form: the form, then the rest.
    loose: Vec<(String, String, String)>,
    detours: Vec<(Owner, String, String, String)>,
    select: Option<(String, Option<String>, bool, String)>,
}

/// Which form a button belongs to.
#[derive(Clone)]
enum Owner {
    Id(String),
    Index(usize),
}

impl Reader {
    fn tag(&mut self, tag: &Tag, text: &str, path: &str) {
        let attribute = |name: &str| tag.attribute(name).unwrap_or_default();
        match (tag.name.as_str(), tag.closing) {
            ("form", false) => {
                let action = tag.attribute("action").unwrap_or_else(|| path.to_owned());
                let method = attribute("method").to_lowercase();
                self.forms.push(Form { method, action, fields: vec![], id: attribute("id") });
                self.open = Some(self.forms.len() - 1);
            }
            ("form", true) => self.open = None,
            ("input", false) => match attribute("type").as_str() {
                "submit" | "button" | "image" | "reset" | "file" => {}
                "checkbox" | "radio" if tag.attribute("checked").is_none() => {}
                "checkbox" | "radio" => {
                    self.field(tag, tag.attribute("value").unwrap_or_else(|| "on".to_owned()));
                }
                _ => self.field(tag, attribute("value")),
            },
            ("textarea", false) => self.field(tag, text.strip_prefix('\n').unwrap_or(text).to_owned()),
            ("select", false) => {
                self.select = Some((attribute("name"), None, false, attribute("form")));
            }
            ("option", false) => {
                let value = tag.attribute("value").unwrap_or_else(|| text.trim().to_owned());
                if let Some((_, chosen, fixed, _)) = &mut self.select {
                    let selected = tag.attribute("selected").is_some();
                    if chosen.is_none() || (selected && !*fixed) {
                        *chosen = Some(value);
                        *fixed |= selected;
                    }
                }
            }
            ("select", true) => {
                if let Some((name, Some(value), _, form)) = self.select.take() {
                    self.add(&name, value, &form);
                }
            }
            ("button", false) if attribute("type") != "button" => {
                if let Some(action) = tag.attribute("formaction") {
                    let owner = match (attribute("form"), self.open) {
                        (id, _) if !id.is_empty() => Owner::Id(id),
                        (_, Some(open)) => Owner::Index(open),
                        _ => return,
                    };
                    self.detours.push((owner, action, attribute("name"), attribute("value")));
                }
            }
            _ => {}
        }
    }

    fn field(&mut self, tag: &Tag, value: String) {
        let name = tag.attribute("name").unwrap_or_default();
        let form = tag.attribute("form").unwrap_or_default();
        if tag.attribute("disabled").is_none() {
            self.add(&name, value, &form);
        }
    }

    fn add(&mut self, name: &str, value: String, form: &str) {
        if name.is_empty() {
        } else if !form.is_empty() {
            self.loose.push((form.to_owned(), name.to_owned(), value));
        } else if let Some(open) = self.open {
            self.forms[open].fields.push((name.to_owned(), value));
        }
    }

    fn finish(mut self) -> Vec<Form> {
        for (id, name, value) in self.loose {
            if let Some(form) = self.forms.iter_mut().find(|form| form.id == id) {
                form.fields.push((name, value));
            }
        }
        for (owner, action, name, value) in self.detours {
            let form = match owner {
                Owner::Index(index) => self.forms.get(index),
                Owner::Id(id) => self.forms.iter().find(|form| form.id == id),
            };
            if let Some(mut form) = form.cloned() {
                form.action = action;
                if !name.is_empty() {
                    form.fields.push((name, value));
                }
                self.forms.push(form);
            }
        }
        self.forms
    }
}

impl Form {
    /// The value of a field, as the page shows it.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The form with a field filled in, whether it was there or not.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The form with one more box ticked of those that share a name.
    pub(crate) fn tick(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A tag and its attributes.
#[derive(Clone, Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    closing: bool,
}

impl Tag {
    /// An attribute's value; empty when it stands without one.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        self.attributes.iter().find(|(attribute, _)| attribute == name).map(|(_, value)| value.clone())
    }

    /// Every attribute's name.
    pub(crate) fn attribute_names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(name, _)| name.as_str())
    }

    fn parse(inside: &str) -> Self {
        let closing = inside.starts_with('/');
        let inside = inside.trim_start_matches('/');
        let (name, mut rest) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
        let mut attributes = vec![];
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
            if end == 0 {
                break;
            }
            let key = rest[..end].to_lowercase();
            rest = &rest[end..];
            let mut value = String::new();
            if let Some(after) = rest.strip_prefix('=') {
                let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
                let (raw, next) = match quote {
                    Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                    None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
                };
                value = unescape(raw);
                rest = next;
            }
            attributes.push((key, value));
        }
        Self { name: name.to_lowercase(), attributes, closing }
    }
}

enum Token<'a> {
    Tag(&'a str),
    Text(&'a str),
}

fn tags(html: &str) -> impl Iterator<Item = Tag> {
    let tags = tokens(html).into_iter().filter_map(|token| match token {
        Token::Tag(inside) => Some(Tag::parse(inside)),
        Token::Text(_) => None,
    });
    tags.filter(|tag| !tag.closing)
}

/// Cuts a page into tags and text. A `>` inside quotes belongs to the tag.
fn tokens(html: &str) -> Vec<Token<'_>> {
    let mut found = vec![];
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        found.push(Token::Text(&rest[..start]));
        rest = &rest[start + 1..];
        let mut quote = None;
        let end = rest.char_indices().find(|(_, c)| match (quote, c) {
            (None, '>') => true,
            (None, '"' | '\'') => {
                quote = Some(*c);
                false
            }
            (Some(open), c) if open == *c => {
                quote = None;
                false
            }
            _ => false,
        });
        let end = end.map_or(rest.len(), |(end, _)| end);
        found.push(Token::Tag(&rest[..end]));
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    found.push(Token::Text(rest));
    found
}

fn unescape(text: &str) -> String {
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", "\u{a0}")];
    let text = plain.iter().fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c));
    text.replace("&amp;", "&")
}

#[test]
fn forms_are_read_as_a_browser_fills_them_in() {
    let body = r#"<form id="f" method="post" action="/a"><input name="x" value="1 &amp; 2"><input type="checkbox" name="off">
        <select name="s"><option value="p">P</option><option value="q" selected>Q</option></select>
        <textarea name="t">more</textarea><button formaction="/b" name="n" value="v">Go</button></form>
        <input type="hidden" form="f" name="late" value=">">"#;
    let url = Url::parse("http://127.0.0.1/page").unwrap();
    let page = Page { url, status: StatusCode::OK, headers: HeaderMap::new(), body: body.to_owned() };
    let form = page.form("/a");
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(fields, [("x", "1 & 2"), ("s", "q"), ("t", "more"), ("late", ">")]);
    assert_eq!(form.method, "post");
    assert_eq!(page.form("/b").value("n"), Some("v"));
}
