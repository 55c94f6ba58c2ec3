//! The relying party against a provider that does one thing wrong at a time.
mod logins;
mod mutations;
mod provider;
mod refreshes;
mod sign_outs;

#[path = "../../../tests/integration/hostile/mod.rs"]
mod hostile;

use std::{cell::Cell, time::Duration};

use reqwest::{header::LOCATION, redirect};
use secrecy::SecretString;
use url::Url;

use self::hostile::{CLIENT, Hostile, SECRET, Tricks};
use super::{Answer, Begun, Error, Prompt, Provider, check::Check};
use crate::{
    config::{self, Algorithm, AssertionAudience, ClientAuth, EmailVerified, Provision, ResponseMode},
    domain::{identity::Profile, time::Time},
};

const NOW: Time = Time::from_micros(1_800_000_000_000_000);

thread_local! {
    /// The check that the test of this thread switches off.
    static OFF: Cell<Option<Check>> = const { Cell::new(None) };
}

/// Whether the test at work has switched this check off.
pub(super) fn is_off(check: Check) -> bool {
    OFF.get() == Some(check)
}

/// A provider's section of the config file.
pub(super) fn provider_config(issuer: &str) -> config::Provider {
    config::Provider {
        name: "corp".into(),
        label: "Example SSO".into(),
        issuer: issuer.into(),
        same_issuer: vec![],
        client_id: CLIENT.into(),
        client_secret: Some(SecretString::from(SECRET)),
        client_key: None,
        client_assertion_audience: AssertionAudience::TokenEndpoint,
        client_auth: ClientAuth::Basic,
        algorithms: vec![Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA],
        response_mode: ResponseMode::Query,
        scopes: ["openid", "profile", "email"].map(String::from).to_vec(),
        provision: Provision::Active,
        email_verified: EmailVerified::Required,
        allowed_domains: Vec::new(),
        allowed_groups: Vec::new(),
        required_claims: std::collections::BTreeMap::new(),
        links_verified_email: false,
        username_claim: "preferred_username".into(),
        name_claim: "name".into(),
        groups_claim: "groups".into(),
        revalidate: None,
        mapping: config::Mapping::default(),
    }
}

fn provider(hostile: &Hostile) -> Provider {
    provider_with(hostile, |_| {})
}

fn provider_with(hostile: &Hostile, change: impl FnOnce(&mut config::Provider)) -> Provider {
    let mut config = provider_config(&hostile.issuer);
    change(&mut config);
    Provider::new(config, &Url::parse("https://auth.example.com").unwrap()).unwrap()
}

/// Nothing wrong, at [`NOW`].
fn honest(hostile: &Hostile) -> Tricks {
    hostile.honest(NOW.seconds())
}

/// A sign-in from its beginning to its end, while the provider plays `tricks`.
async fn login(hostile: &Hostile, provider: &Provider, tricks: Tricks, now: Time) -> Result<Profile, Error> {
    hostile.plays(tricks);
    let begun = provider.begin("a-state", Prompt::Unasked, now).await?;
    let answer = visit(&begun).await;
    Ok(provider.finish(&answer, &begun.nonce, &begun.verifier, now).await?.profile)
}

/// What the browser brings back from the provider.
async fn visit(begun: &Begun) -> Answer {
    let browser = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
    let page = browser.get(begun.url.clone()).send().await.unwrap();
    let back = Url::parse(page.headers()[LOCATION].to_str().unwrap()).unwrap();
    let find =
        |field: &str| back.query_pairs().find(|(name, _)| name == field).map(|(_, value)| value.into());
    Answer { code: find("code"), iss: find("iss"), error: find("error") }
}

fn later(seconds: u64) -> Time {
    NOW + Duration::from_secs(seconds)
}
