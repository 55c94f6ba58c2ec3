//! What kind of client asks.
use http::{HeaderMap, HeaderName, Method, header};

use super::{SEC_FETCH_MODE, X_REQUESTED_WITH};

/// Whether a person waits for a page: only then a redirect to the sign-in page helps.
pub fn is_page_load(method: &Method, headers: &HeaderMap) -> bool {
    matches!(*method, Method::GET | Method::HEAD) && shows_pages(headers)
}

/// Whether the answer is shown to a person, whatever was asked: also that to a form.
pub fn shows_pages(headers: &HeaderMap) -> bool {
    let says = |name: HeaderName, what: &str| {
        headers.get_all(name).iter().any(|value| {
            value.as_bytes().windows(what.len()).any(|part| part.eq_ignore_ascii_case(what.as_bytes()))
        })
    };
    let asks_quietly = says(X_REQUESTED_WITH, "xmlhttprequest") || headers.contains_key(header::UPGRADE);
    !asks_quietly
        && match headers.get(SEC_FETCH_MODE) {
            Some(mode) => mode == "navigate",
            None => says(header::ACCEPT, "text/html"),
        }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_page_loads_are_sent_to_sign_in() {
        let load = |method: Method, lines: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            lines
                .iter()
                .for_each(|(name, value)| drop(headers.insert(*name, HeaderValue::from_static(value))));
            is_page_load(&method, &headers)
        };
        let html = ("accept", "text/html,*/*;q=0.8");
        assert!(load(Method::GET, &[html]));
        assert!(load(Method::HEAD, &[html]));
        assert!(load(Method::GET, &[("sec-fetch-mode", "navigate")]));
        assert!(!load(Method::POST, &[html]));
        assert!(!load(Method::GET, &[]));
        assert!(!load(Method::GET, &[("accept", "*/*")]));
        assert!(!load(Method::GET, &[html, ("sec-fetch-mode", "cors")]));
        assert!(!load(Method::GET, &[html, ("x-requested-with", "XMLHttpRequest")]));
        assert!(!load(Method::GET, &[html, ("upgrade", "websocket")]));
    }
}
