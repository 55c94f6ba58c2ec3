use std::fmt::Write as _;

use maud::Render;

/// Where a link or a form may lead. maud escapes text but lets `javascript:` through, so pages take
/// this and not a `String`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Href(String);

impl Href {
    /// A path of our own, with query and fragment. Whatever does not begin with exactly one `/`, or
    /// holds a backslash or a control character, becomes `/`.
    pub fn local(path: impl Into<String>) -> Self {
        let path = path.into();
        let ours = path.starts_with('/') && !path.starts_with("//");
        if ours && !path.contains(|c: char| c == '\\' || c.is_control()) {
            Self(path)
        } else {
            Self("/".to_owned())
        }
    }

    /// A path of our own and its parameters, which are percent-encoded here. Empty values are left out.
    pub fn query<'a>(path: &str, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let Self(mut url) = Self::local(path);
        let mut mark = if url.contains('?') { '&' } else { '?' };
        for (name, value) in parameters.into_iter().filter(|(_, value)| !value.is_empty()) {
            url.push(mark);
            encode(name, &mut url);
            url.push('=');
            encode(value, &mut url);
            mark = '&';
        }
        Self(url)
    }

    /// An absolute `http` or `https` address.
    pub fn web(url: impl Into<String>) -> Option<Self> {
        let url = url.into();
        let scheme = url.starts_with("https://") || url.starts_with("http://");
        (scheme && !url.contains(|c: char| c == '\\' || c.is_control() || c == ' ')).then_some(Self(url))
    }

    /// An address to write to.
    pub fn mail(address: &str) -> Self {
        let mut url = "mailto:".to_owned();
        encode(address, &mut url);
        Self(url)
    }

    /// The same address at a place in the page.
    pub(crate) fn at(&self, fragment: &str) -> Self {
        let page = self.0.split_once('#').map_or(self.0.as_str(), |(page, _)| page);
        Self(format!("{page}#{fragment}"))
    }

    /// The address as it is printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Render for Href {
    fn render_to(&self, buffer: &mut String) {
        self.0.render_to(buffer);
    }
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@:/,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Href;

    #[test]
    fn only_our_own_paths_are_local() {
        assert_eq!(Href::local("/admin/users?q=a").as_str(), "/admin/users?q=a");
        for foreign in
            ["", "admin", "//evil.example", "https://evil.example", "javascript:alert(1)", "/\\evil", "/a\nb"]
        {
            assert_eq!(Href::local(foreign).as_str(), "/", "{foreign:?}");
        }
    }

    #[test]
    fn parameters_are_encoded_and_empty_ones_left_out() {
        let href = Href::query("/admin/users", [("q", "a&b=윤"), ("status", ""), ("sort", "-id")]);
        assert_eq!(href.as_str(), "/admin/users?q=a%26b%3D%EC%9C%A4&sort=-id");
    }

    #[test]
    fn only_the_web_is_web() {
        assert!(Href::web("https://wiki.example.com/a?b=c").is_some());
        for other in ["javascript:alert(1)", "data:text/html,x", "/path", " https://a", "https://a\\@b"] {
            assert_eq!(Href::web(other), None, "{other:?}");
        }
    }
}
