//! The sample application behind the gate: it shows the request that reached it, and keeps nothing.
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
    routing::get,
};
use maud::{DOCTYPE, Markup, html};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Serves until `end`.
pub(super) async fn serve(listener: TcpListener, gateway: Url, end: CancellationToken) {
    let app = Router::new().route("/sample.css", get(style)).fallback(show).with_state(gateway);
    let served = axum::serve(listener, app).with_graceful_shutdown(end.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "the sample application ended");
    }
}

async fn show(State(gateway): State<Url>, request: Request) -> Response {
    let request_line = format!("{} {}", request.method(), request.uri());
    let page = page(&gateway, &request_line, request.headers());
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, page).into_response()
}

const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("sample.css"))
}

fn page(gateway: &Url, request_line: &str, headers: &HeaderMap) -> Markup {
    let (identity, rest): (Vec<_>, Vec<_>) = headers.iter().partition(|(name, _)| is_identity(name));
    let account = gateway.join("/account").map_or_else(|_| gateway.to_string(), Url::into);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Sample wiki" }
                link rel="stylesheet" href="/sample.css";
            }
            body {
                main {
                    h1 { "Sample wiki" }
                    p { "This application has no sign-in of its own. It shows the request that reached it." }
                    p { code { (request_line) } }
                    h2 { "Who narthex says you are" }
                    (table(&identity, "No identity header: this address is open to everybody."))
                    h2 { "Cookies" }
                    @if rest.iter().any(|(name, _)| *name == header::COOKIE) {
                        (table(&rest.iter().filter(|(name, _)| *name == header::COOKIE).copied().collect::<Vec<_>>(), ""))
                    } @else {
                        p { "None. narthex keeps its own to itself." }
                    }
                    h2 { "The rest of the request" }
                    (table(&rest.iter().filter(|(name, _)| *name != header::COOKIE).copied().collect::<Vec<_>>(), "Nothing."))
                    nav aria-label="Sample pages" {
                        a href="/" { "Start" }
                        a href="/pages/anything?a=1" { "Another page" }
                        a href="/superusers" { "For superusers" }
                        a href=(account) { "Your account at the gateway" }
                    }
                }
            }
        }
    }
}

fn is_identity(name: &HeaderName) -> bool {
    name.as_str().starts_with("remote-") || name.as_str().starts_with("x-narthex-")
}

fn table(headers: &[(&HeaderName, &header::HeaderValue)], when_empty: &str) -> Markup {
    html! {
        @if headers.is_empty() {
            p { (when_empty) }
        } @else {
            table {
                tbody {
                    @for (name, value) in headers {
                        tr { th scope="row" { (name) } td { code { (String::from_utf8_lossy(value.as_bytes())) } } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrived_is_shown_and_nothing_of_it_becomes_markup() {
        let mut headers = HeaderMap::new();
        headers.insert("remote-user", "ada".parse().unwrap());
        headers.insert("x-other", "<script>".parse().unwrap());
        let gateway = Url::parse("http://127.0.0.1:8080").unwrap();
        let shown = page(&gateway, "GET /a?b=<i>", &headers).into_string();
        assert!(shown.contains("<th scope=\"row\">remote-user</th><td><code>ada</code>"), "{shown}");
        assert!(shown.contains("None. narthex keeps its own to itself."));
        assert!(shown.contains("http://127.0.0.1:8080/account"));
        assert!(!shown.contains("<script>") && !shown.contains("<i>"));
        headers.insert("cookie", "theme=dark".parse().unwrap());
        let shown = page(&gateway, "GET /", &headers).into_string();
        assert!(shown.contains("theme=dark") && !shown.contains("None. narthex"));
    }
}
