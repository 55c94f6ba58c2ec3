//! A sample of every page and state, for the preview, the tests and the browser checks.

mod admin;
mod applications;
mod audit;
mod edit;
mod forms;
mod gate;
mod inspect;
mod letters;
mod mail;
mod people;
mod providers;
mod recovery;
mod roles;
mod sessions;
mod settings;

pub use letters::{BASE, Mailed, mails};

use crate::{AdminFrame, Frame, Href, Lang, Languages, Markup, Menu, Tier, When};

/// A page as it could be shown.
pub struct Sample {
    /// Unique; Korean ones end with `-ko`.
    pub name: String,
    /// In which language.
    pub lang: Lang,
    /// The content of a dialog and no page.
    pub fragment: bool,
    /// What is drawn.
    pub markup: Markup,
}

/// Text that must never become markup.
pub const HOSTILE: &str = "<script>alert(1)</script>\"'&amp;<img src=x onerror=alert(2)>";

/// As long as a username may be, without a place to break.
pub const LONG: &str = "maximilian-bartholomew-wolfeschlegelsteinhausenbergerdorff-the3rd";

/// Every sample in every language.
pub fn all() -> Vec<Sample> {
    Lang::ALL
        .into_iter()
        .flat_map(|lang| {
            let mut set = Set { lang, samples: Vec::new() };
            gate::add(&mut set);
            forms::add(&mut set);
            recovery::add(&mut set);
            admin::add(&mut set);
            applications::add(&mut set);
            edit::add(&mut set);
            sessions::add(&mut set);
            audit::add(&mut set);
            roles::add(&mut set);
            inspect::add(&mut set);
            settings::add(&mut set);
            mail::add(&mut set);
            providers::add(&mut set);
            set.samples
        })
        .collect()
}

struct Set {
    lang: Lang,
    samples: Vec<Sample>,
}

impl Set {
    fn page(&mut self, name: &str, markup: Markup) {
        self.add(name, false, markup);
    }

    fn fragment(&mut self, name: &str, markup: Markup) {
        self.add(name, true, markup);
    }

    fn add(&mut self, name: &str, fragment: bool, markup: Markup) {
        let name = match self.lang {
            Lang::En => name.to_owned(),
            Lang::Ko => format!("{name}-ko"),
        };
        self.samples.push(Sample { name, lang: self.lang, fragment, markup });
    }

    fn frame(&self) -> Frame {
        Frame {
            lang: self.lang,
            organisation: "Aldergate".to_owned(),
            help: Some("it-help@aldergate.example".to_owned()),
            languages: Some(Languages { en: Href::local("/?lang=en"), ko: Href::local("/?lang=ko") }),
            reference: "01JD7Q3M8ZC4".to_owned(),
            origin: None,
        }
    }

    fn admin(&self) -> AdminFrame {
        AdminFrame {
            frame: self.frame(),
            viewer: "Soyeon Park".to_owned(),
            tier: Tier::Superuser,
            pending: 4,
            home: Href::local("/admin/users"),
            menu: Menu {
                users: true,
                sessions: true,
                roles: true,
                dormant: true,
                audit: true,
                providers: true,
                settings: true,
                mail: true,
            },
        }
    }

    fn at(&self, month: u32, day: u32, hour: u32, minute: u32) -> When {
        When::new(self.lang, 2026, month, day, hour, minute, 11)
    }

    fn last_year(&self, month: u32, day: u32) -> When {
        When::new(self.lang, 2025, month, day, 8, 30, 0)
    }
}
