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

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

static ASSETS: [Asset; 2] = [Asset::new("narthex.css", b"", CSS), Asset::new("narthex.js", b"", JS)];

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
