//! What people and programs are told in front of an application, when it is not the application that answers.
//! The host is the application's: links, style and script come from ours, and the policy names it.
use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use templates::{
    Frame, Lang, Markup,
    errors::{Denied, Failure, Missing, denied, page},
};

use super::visit::{accepted_language, new_request_id, wants_json};
use crate::{
    domain::{access, principal::Principal, user::Tier},
    gateway::{Original, shows_pages},
    state::App,
};

/// Seconds after which it is worth asking again.
pub(super) const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Headers of every answer that is ours in front of an application.
const HEADERS: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Whoever waits for the answer, known by the headers of the request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker {
    lang: Lang,
    reads: Reads,
}

#[derive(Clone, Copy, Debug)]
enum Reads {
    Page,
    Json,
    Text,
}

impl Asker {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let reads = match (shows_pages(headers), wants_json(headers)) {
            (true, _) => Reads::Page,
            (false, true) => Reads::Json,
            (false, false) => Reads::Text,
        };
        // Our cookie with the language that was chosen is kept for our own host.
        Self { lang: accepted_language(headers), reads }
    }

    /// Says what went wrong.
    pub(super) fn failure(self, app: &App, failure: Failure) -> Response {
        let status = StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = self.answer(app, status, failure.title(self.lang), |frame| page(&frame, failure));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }

    /// Says what somebody lacks who is signed in and may not pass.
    pub(super) fn denied(
        self,
        app: &App,
        original: &Original,
        principal: &Principal,
        missing: &access::Missing,
    ) -> Response {
        let missing = lacking(missing);
        self.answer(app, StatusCode::FORBIDDEN, &missing.sentence(self.lang), |frame| {
            let username = principal.user.username.to_string();
            let place = format!("{}{}", original.host, original.path);
            denied(&Denied { frame, username, place, missing: missing.clone() })
        })
    }

    fn answer(
        self,
        app: &App,
        status: StatusCode,
        sentence: &str,
        draw: impl FnOnce(Frame) -> Markup,
    ) -> Response {
        let request_id = new_request_id();
        tracing::info!(%status, request_id, sentence, "the gate answered in place of an application");
        let origin = app.gate.hosts().origin();
        let mut response = match self.reads {
            Reads::Page => draw(self.frame(app, &request_id, &origin)).into_response(),
            Reads::Json => {
                let reason = status.canonical_reason().unwrap_or("failed").to_lowercase();
                let told = json!({ "error": reason, "message": sentence, "request_id": request_id });
                Json(told).into_response()
            }
            Reads::Text => format!("{} ({request_id})\n", sentence.trim_end_matches('.')).into_response(),
        };
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy(&origin));
        headers.extend(HeaderValue::from_str(&request_id).map(|id| (X_REQUEST_ID, id)));
        response
    }

    fn frame(self, app: &App, request_id: &str, origin: &str) -> Frame {
        Frame {
            organisation: app.config.organisation.clone(),
            help: app.config.help.clone(),
            origin: Some(origin.to_owned()),
            ..Frame::bare(self.lang, request_id)
        }
    }
}

/// What a page says of what somebody lacks.
pub(super) fn lacking(missing: &access::Missing) -> Missing {
    match missing {
        access::Missing::Tier(Tier::Superuser) => Missing::Superuser,
        access::Missing::Tier(Tier::Standard) | access::Missing::Rule => Missing::Rule,
        access::Missing::Roles(roles) => Missing::Roles(roles.iter().map(ToString::to_string).collect()),
        access::Missing::Permission(permission) => Missing::Permission(permission.to_string()),
        access::Missing::Network(address) => Missing::Network(address.to_string()),
        access::Missing::Method(method) => Missing::Method(method.to_string()),
    }
}

/// The policy of our pages with our origin in place of `'self'`, which is the application's here. Nothing on
/// them is sent.
fn policy(origin: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; style-src {origin}; script-src {origin}; img-src {origin}; form-action 'none'; \
         base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types narthex"
    );
    HeaderValue::try_from(policy).expect("an origin is plain ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_pages_and_programs_do_not() {
        let reads = |lines: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            Asker::of(&headers).reads
        };
        let html = ("accept", "text/html,*/*;q=0.8");
        let quietly = ("x-requested-with", "XMLHttpRequest");
        assert!(matches!(reads(&[html]), Reads::Page));
        assert!(matches!(reads(&[("sec-fetch-mode", "navigate")]), Reads::Page));
        assert!(matches!(reads(&[html, quietly]), Reads::Text));
        assert!(matches!(reads(&[html, ("sec-fetch-mode", "cors")]), Reads::Text));
        assert!(matches!(reads(&[("accept", "application/json")]), Reads::Json));
        assert!(matches!(reads(&[]), Reads::Text));
    }

    #[test]
    fn the_policy_names_our_origin_only() {
        let policy = policy("https://auth.example.com");
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("script-src https://auth.example.com;"), "{policy}");
        assert!(!policy.contains("'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}
