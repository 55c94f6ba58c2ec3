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
    /// Our own origin, such as `https://auth.example.com`, where a page is shown on another host: an
    /// error or a refusal in front of an upstream. Links and assets then begin with it, and the policy
    /// sent along has to name it in place of `'self'`.
    pub origin: Option<String>,
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
            origin: None,
        }
    }

    /// A page of ours, wherever this one is shown.
    pub(crate) fn ours(&self, href: Href) -> Href {
        match &self.origin {
            Some(origin) => Href::web(format!("{origin}{}", href.as_str())).unwrap_or(href),
            None => href,
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
    /// The first page of the section that the person may open.
    pub home: Href,
    /// Which entries the person may open.
    pub menu: Menu,
}

/// The entries of the admin menu that the viewer may open.
#[derive(Clone, Copy, Debug, Default)]
pub struct Menu {
    /// User Management.
    pub users: bool,
    /// Login Management.
    pub sessions: bool,
    /// Roles & Permissions.
    pub roles: bool,
    /// Dormant Accounts.
    pub dormant: bool,
    /// Audit Log.
    pub audit: bool,
    /// Identity Providers.
    pub providers: bool,
    /// Settings.
    pub settings: bool,
    /// Mail.
    pub mail: bool,
}
