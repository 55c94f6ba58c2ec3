//! The only place that knows axum, cookies and pages: every route in one table, every layer in order.
use std::{net::SocketAddr, panic::AssertUnwindSafe, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, Request, StatusCode, header},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::FutureExt as _;
use hyper::body::Incoming;
use tower_http::{compression::CompressionLayer, csrf::CsrfLayer, timeout::TimeoutLayer, trace::TraceLayer};

use crate::{gateway::HangUp, state::App};

mod account;
mod admin;
mod assets;
mod cookies;
mod devices;
mod download;
mod error;
mod extract;
mod farewell;
mod flash;
mod forward_auth;
mod gate_pages;
mod health;
mod jwks;
mod linking;
mod login;
mod logout;
mod onward;
mod password;
mod rate_limit;
mod recovery;
mod redeeming;
mod relying;
mod security;
mod sessions;
mod setup;
mod signup;
mod sso;
mod strength;
mod upstream;
mod verification;
mod view;
mod visit;
mod withdrawal;

pub use admin::admin_routes;
pub use cookies::Cookies;
pub use error::Error;
pub use rate_limit::{Limits, Locked, MailFor};
pub use redeeming::Redeeming;
pub use visit::Visit;

/// The largest form, in bytes.
const FORM_MAX: usize = 64 * 1024;

/// A page that is not there by then, because its form does not arrive or a provider does not answer, is
/// given up.
const PAGE_WITHIN: Duration = Duration::from_secs(30);

/// Everything that the gateway answers; cheap to clone.
#[derive(Clone)]
pub struct Doors {
    app: App,
    pages: Router,
}

impl Doors {
    /// Puts every route in its place.
    pub fn new(app: App) -> Self {
        let machines = Router::new()
            .route("/.well-known/jwks.json", get(jwks::keys))
            .route("/livez", get(health::live))
            .route("/readyz", get(health::ready));
        let pages = pages(&app).merge(machines).merge(from_providers(&app)).with_state(app.clone());
        Self { app, pages }
    }

    /// Answers a request of `peer`, whose connection `hang_up` ends.
    pub async fn answer(&self, peer: SocketAddr, hang_up: HangUp, request: Request<Incoming>) -> Response {
        let answer = upstream::dispatch(&self.app, &self.pages, peer, hang_up, request);
        let answer = AssertUnwindSafe(answer).catch_unwind();
        answer.await.unwrap_or_else(error::panicked)
    }
}

/// What providers send by themselves. No browser does, so nothing here looks at cookies or asks for an `Origin`.
fn from_providers(app: &App) -> Router<App> {
    Router::new()
        .route("/oidc/{provider}/backchannel-logout", post(logout::by_provider))
        .layer(from_fn_with_state(app.clone(), security::headers))
        .layer(from_fn_with_state(app.clone(), visit::layer))
        .layer(TraceLayer::new_for_http().make_span_with(span))
}

/// Our own pages, with all that surrounds them. Layers run from the last to the first.
fn pages(app: &App) -> Router<App> {
    let own_origin = app.config.public_url.origin().ascii_serialization();
    let csrf = CsrfLayer::new()
        .add_trusted_origin(own_origin)
        .expect("the public URL is an http or https origin, which was checked when it was read")
        .with_rejection_response(security::forged);
    Router::new()
        .route("/", get(onward::root))
        .route("/login", get(login::show).post(login::sign_in))
        .route("/logout", post(account::sign_out))
        .route("/signed-out", get(farewell::page))
        .route("/continue", get(onward::go_on))
        .route("/denied", get(onward::refused))
        .route("/signup", get(signup::show).post(signup::apply))
        .route("/signup/received", get(signup::done))
        .route("/signup/withdraw", post(withdrawal::withdraw))
        .route("/signup/withdrawn", get(withdrawal::gone))
        .route("/verify-email", get(verification::show).post(verification::confirm))
        .route("/forgot-password", get(recovery::show).post(recovery::ask))
        .route("/forgot-password/sent", get(recovery::asked))
        .route("/reset-password", get(recovery::open).post(recovery::choose))
        .route("/password-strength", post(strength::measure))
        .route("/setup", get(setup::show).post(setup::create))
        .route("/account", get(account::show))
        .route("/mypage", get(onward::root))
        .route("/account/password", get(password::show).post(password::change))
        .route("/account/sign-out-everywhere", post(account::sign_out_everywhere))
        .route("/account/sessions/end-others", post(account::end_other_sessions))
        .route("/account/sessions/{handle}/end", post(account::end_session))
        .route("/account/identities/link/{provider}", get(linking::show).post(linking::show_password))
        .route("/account/identities/link/{provider}/go", get(linking::begin))
        .route("/account/identities/{handle}/unlink", get(linking::show_unlink).post(linking::take_away))
        .route("/oidc/{provider}", get(sso::begin))
        .route("/oidc/{provider}/callback", get(redeeming::callback).head(redeeming::look))
        .route("/oidc/{provider}/jwks.json", get(relying::keys))
        .route("/assets/{name}", get(assets::file))
        .merge(admin::routes(app))
        .fallback(async || Error::NotFound)
        .layer(from_fn_with_state(app.clone(), security::origin_required))
        .layer(csrf)
        // What providers post, or have browsers post: nothing else is without the two layers above.
        .route("/oidc/{provider}/callback", post(relying::form_post))
        .layer(DefaultBodyLimit::max(FORM_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, PAGE_WITHIN))
        .layer(from_fn_with_state(app.clone(), error::pages))
        .layer(from_fn_with_state(app.clone(), security::headers))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), visit::layer))
        .layer(TraceLayer::new_for_http().make_span_with(span))
}

/// What every line of the log about a request carries. Without the query: codes and tokens stand there.
fn span<B>(request: &Request<B>) -> tracing::Span {
    tracing::info_span!("request", method = %request.method(), path = request.uri().path())
}

/// 303: whatever the method was, the next is GET (RFC 9110 §15.4.4).
fn redirect(to: &str) -> Response {
    let location = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

fn with_cookies(mut response: Response, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
