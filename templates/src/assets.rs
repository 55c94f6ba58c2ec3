//! Style, script and pictures, served under `/assets/<name>?v=<hash>` and cached for ever.

use crate::Href;

/// A file that pages refer to.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// What it is called under `/assets/`.
    pub name: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
    /// Its media type.
    pub content_type: &'static str,
    hash: u64,
}

impl Asset {
    const fn new(name: &'static str, bytes: &'static [u8], content_type: &'static str) -> Self {
        Self { name, bytes, content_type, hash: fnv(bytes) }
    }

    /// The address that changes with the content.
    pub fn href(&self) -> Href {
        Href::local(format!("/assets/{}?v={:016x}", self.name, self.hash))
    }
}

const STYLE: &str = concat!(
    include_str!("../assets/css/tokens.css"),
    include_str!("../assets/css/base.css"),
    include_str!("../assets/css/shells.css"),
    include_str!("../assets/css/controls.css"),
    include_str!("../assets/css/pieces.css"),
    include_str!("../assets/css/tables.css"),
    include_str!("../assets/css/dialog.css"),
    include_str!("../assets/css/rights.css"),
);
const SCRIPT: &[u8] = include_bytes!("../assets/narthex.js");

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

static ASSETS: [Asset; 6] = [
    Asset::new("narthex.css", STYLE.as_bytes(), CSS),
    Asset::new("narthex.js", SCRIPT, JS),
    Asset::new("favicon.svg", include_bytes!("../assets/favicon.svg"), SVG),
    Asset::new("tick.svg", include_bytes!("../assets/tick.svg"), SVG),
    Asset::new("dash.svg", include_bytes!("../assets/dash.svg"), SVG),
    Asset::new("down.svg", include_bytes!("../assets/down.svg"), SVG),
];

/// The address of the file of that name, which changes with its content.
pub fn href(name: &str) -> Href {
    find(name).map_or_else(|| Href::local("/assets/"), |asset| asset.href())
}

/// The file of that name.
pub fn find(name: &str) -> Option<Asset> {
    ASSETS.iter().find(|asset| asset.name == name).copied()
}

/// Every file there is.
pub fn all() -> &'static [Asset] {
    &ASSETS
}

/// FNV-1a, computed by the compiler.
const fn fnv(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}
