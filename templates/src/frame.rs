use crate::{Href, Lang, Tier};

/// What surrounds every page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The language of the page.
    pub lang: Lang,
    /// Whose gateway this is; `narthex` unless configured.
    pub organisation: String,
    /// The address that people write to for help.
    pub help: Option<String>,
    /// This page in the other languages; absent where the page cannot be asked for again.
    pub languages: Option<Languages>,
    /// The request id, shown where something went wrong.
    pub reference: String,
}

/// The current page in each language, its other parameters kept.
#[derive(Clone, Debug)]
pub struct Languages {
    /// `…?lang=en`
    pub en: Href,
    /// `…?lang=ko`
    pub ko: Href,
}

impl Frame {
    /// A frame that needs nothing but a language and a request id, for pages that must appear when
    /// everything else is away.
    pub fn bare(lang: Lang, reference: impl Into<String>) -> Self {
        Self {
            lang,
            organisation: "narthex".to_owned(),
            help: None,
            languages: None,
            reference: reference.into(),
        }
    }
}

/// What surrounds every page of the admin section.
#[derive(Clone, Debug)]
pub struct AdminFrame {
    /// What every page has.
    pub frame: Frame,
    /// The person looking: their display name.
    pub viewer: String,
    /// The tier of the person looking.
    pub tier: Tier,
    /// How many applications wait.
    pub pending: u64,
    /// Which entries the person may open.
    pub menu: Menu,
}

/// The entries of the admin menu that the viewer may open.
#[derive(Clone, Copy, Debug)]
pub struct Menu {
    /// User Management.
    pub users: bool,
    /// Audit Log.
    pub audit: bool,
}
