//! What a user agent says a person sits in front of.

/// A browser and the system it runs on, as people call them. A user agent can say anything: for reading only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Such as Firefox.
    pub browser: &'static str,
    /// Such as Windows.
    pub system: &'static str,
    /// Whether it is held in the hand.
    pub mobile: bool,
}

/// Marks of browsers; many name those they descend from as well, so the first that is there counts.
const BROWSERS: [(&str, &str); 15] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Whale/", "Whale"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Marks of systems, and whether they are held in the hand; the first that is there counts.
const SYSTEMS: [(&str, &str, bool); 9] = [
    ("iPhone", "iPhone", true),
    ("iPad", "iPad", true),
    ("Android", "Android", true),
    ("Windows", "Windows", false),
    ("Macintosh", "macOS", false),
    ("CrOS", "ChromeOS", false),
    ("Linux", "Linux", false),
    ("FreeBSD", "FreeBSD", false),
    ("OpenBSD", "OpenBSD", false),
];

impl Device {
    /// Reads a user agent; `None` unless both browser and system are known.
    pub fn read(user_agent: &str) -> Option<Self> {
        let (_, browser) = BROWSERS.into_iter().find(|(mark, _)| user_agent.contains(mark))?;
        let (_, system, mobile) = SYSTEMS.into_iter().find(|(mark, ..)| user_agent.contains(mark))?;
        Some(Self { browser, system, mobile })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_browsers_are_called_by_their_names() {
        let read = |agent| Device::read(agent).map(|device| (device.browser, device.system, device.mobile));
        for (agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
                ("Firefox", "Windows", false),
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                ("Safari", "macOS", false),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                ("Safari", "iPhone", true),
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/120.0 Mobile/15E148 Safari/604.1",
                ("Chrome", "iPad", true),
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                ("Chrome", "Android", true),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                ("Edge", "Windows", false),
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                ("Chrome", "ChromeOS", false),
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
                ("Samsung Internet", "Android", true),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Whale/4.29.282.14 Safari/537.36",
                ("Whale", "Windows", false),
            ),
        ] {
            assert_eq!(read(agent), Some(expected), "{agent}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        for agent in [
            "",
            "curl/8.5.0",
            "Mozilla/5.0 (test) Browser/1",
            "Firefox/145.0",
            "Windows",
            "<script>",
            "윤지호",
        ] {
            assert_eq!(Device::read(agent), None, "{agent}");
        }
    }
}
