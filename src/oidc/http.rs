//! How we talk to providers: bounded in time and size, and never redirected, so that a code or a secret
//! goes nowhere but to the endpoint that it is for.
use std::{error::Error as StdError, future::Future, pin::Pin, time::Duration};

use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{StatusCode, header, redirect};
use url::Url;

use super::check::Check;

/// One request, from the first byte sent to the last byte of the answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Until the connection stands.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer in bytes.
const LARGEST: usize = 1 << 20;

/// A client for one provider.
#[derive(Clone)]
pub(super) struct Http(reqwest::Client);

/// Why there is no answer: a sentence without the request's query and body.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unreachable(String);

impl Http {
    /// A client; fails when the machine's TLS roots cannot be read.
    pub(super) fn new() -> Result<Self, Unreachable> {
        let patience = if Check::Time.is_off() { PATIENCE * 60 } else { PATIENCE };
        let redirects =
            if Check::Redirect.is_off() { redirect::Policy::limited(5) } else { redirect::Policy::none() };
        reqwest::Client::builder()
            .redirect(redirects)
            .referer(false)
            .no_proxy()
            // Sign-ins are rare: a kept connection is mostly one that the provider has closed meanwhile.
            .pool_max_idle_per_host(0)
            .timeout(patience)
            .connect_timeout(CONNECT_PATIENCE)
            .user_agent(concat!("narthex/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(Self)
            .map_err(|err| Unreachable(format!("no HTTPS client: {}", causes(&err))))
    }

    /// Asks for JSON, with the access token `bearer` where there is one (RFC 6750 §2.1).
    pub(super) async fn get(&self, url: &Url, bearer: Option<&str>) -> Result<HttpResponse, Unreachable> {
        let mut request = http::Request::get(url.as_str()).header(header::ACCEPT, "application/json");
        if let Some(token) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request
            .body(Vec::new())
            .map_err(|_| Unreachable(format!("no request can be made for {}", without_query(url))))?;
        self.send(request).await
    }

    /// Sends a request. Redirects and failures of the server (5xx, 429) are no answers.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let request = reqwest::Request::try_from(request)
            .map_err(|err| Unreachable(format!("no request can be made: {}", causes(&err))))?;
        let place = without_query(request.url());
        let failed = |err: reqwest::Error| {
            Unreachable(format!("{place} does not answer: {}", causes(&err.without_url())))
        };
        let mut response = self.0.execute(request).await.map_err(failed)?;
        let status = response.status();
        if Check::Redirect.is_broken(!status.is_redirection()) {
            return Err(Unreachable(format!("{place} redirects ({status}), which is not followed")));
        }
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Unreachable(format!("{place} answers {status}")));
        }

        let mut answer = HttpResponse::new(Vec::new());
        *answer.status_mut() = status;
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if Check::Size.is_broken(answer.body().len() + chunk.len() <= LARGEST) {
                return Err(Unreachable(format!("the answer of {place} is larger than 1 MiB")));
            }
            answer.body_mut().extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Unreachable;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unreachable>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// What `asking` comes to, unless it takes too long.
pub(super) async fn within<T>(patience: Duration, asking: impl Future<Output = T>) -> Option<T> {
    if Check::Time.is_off() {
        return Some(asking.await);
    }
    tokio::time::timeout(patience, asking).await.ok()
}

fn without_query(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// An error and what is behind it, in one line.
fn causes(err: &dyn StdError) -> String {
    let mut text = err.to_string();
    let mut next = err.source();
    while let Some(err) = next {
        text = format!("{text}: {err}");
        next = err.source();
    }
    text
}
