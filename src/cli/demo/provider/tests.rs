//! The sample provider, with narthex's own relying party at the other end.
use axum::http::StatusCode;
use reqwest::redirect;

use super::{authorize::POLICY, *};
use crate::{
    config,
    domain::identity::{EmailClaim, Profile},
    oidc::{Answer, Begun, Error, ErrorKind, Prompt, Provider},
};

const CLIENT: &str = "narthex-demo";

/// The provider, our relying party, and a browser that follows nothing.
struct Stage {
    issuer: String,
    provider: Provider,
    browser: reqwest::Client,
    end: CancellationToken,
}

impl Stage {
    async fn set() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let public_url = Url::parse("http://127.0.0.1:8080").unwrap();
        let callback = public_url.join("/oidc/sample/callback").unwrap();
        let sample = SampleProvider::bind("127.0.0.1:0".parse().unwrap(), CLIENT, callback).await.unwrap();
        let text = format!(
            "public_url = '{public_url}'
             [[provider]]
             name = 'sample'
             label = 'Sample'
             issuer = '{}'
             client_id = '{CLIENT}'
             client_secret = '{}'",
            sample.issuer(),
            sample.client_secret(),
        );
        let config = config::Config::from_text(&text).unwrap().providers.remove(0);
        let (issuer, end) = (sample.issuer().to_owned(), CancellationToken::new());
        tokio::spawn(sample.run(end.clone()));
        let browser = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none());
        Self {
            issuer,
            provider: Provider::new(config, &public_url).unwrap(),
            browser: browser.build().unwrap(),
            end,
        }
    }

    async fn begin(&self) -> Begun {
        self.provider.begin("a-state", Prompt::Unasked, Clock::System.now()).await.unwrap()
    }

    /// Clicks on the employee; what came back with the browser.
    async fn choose(&self, begun: &Begun, employee: &str) -> HashMap<String, String> {
        let page = self.browser.get(begun.url.clone()).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.headers()[header::CONTENT_SECURITY_POLICY], POLICY);
        let page = page.text().await.unwrap().replace("&amp;", "&");
        let link = page.split('"').find(|text| text.ends_with(&format!("&employee={employee}"))).unwrap();
        let answer = self.browser.get(format!("{}{link}", self.issuer)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let back = Url::parse(answer.headers()[header::LOCATION].to_str().unwrap()).unwrap();
        assert!(back.as_str().starts_with("http://127.0.0.1:8080/oidc/sample/callback?"));
        back.query_pairs().into_owned().collect()
    }

    async fn finish(
        &self,
        back: &HashMap<String, String>,
        nonce: &str,
        verifier: &str,
    ) -> Result<Profile, Error> {
        assert_eq!(back["state"], "a-state");
        let answer = Answer { code: back.get("code").cloned(), iss: back.get("iss").cloned(), error: None };
        let arrived = self.provider.finish(&answer, nonce, verifier, Clock::System.now()).await?;
        Ok(arrived.profile)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

#[tokio::test]
async fn both_employees_sign_in() {
    let stage = Stage::set().await;
    stage.provider.check(Clock::System.now()).await.unwrap();
    for employee in &EMPLOYEES {
        let begun = stage.begin().await;
        let back = stage.choose(&begun, employee.username).await;
        let profile = stage.finish(&back, &begun.nonce, &begun.verifier).await.unwrap();
        assert_eq!(profile.identity.subject, employee.subject);
        assert_eq!(profile.identity.issuer, stage.issuer);
        assert_eq!(profile.username.as_deref(), Some(employee.username));
        assert_eq!(profile.name.as_deref(), Some(employee.name));
        assert!(matches!(profile.email, EmailClaim::Counts(email) if email.as_str() == employee.email));
        assert_eq!(profile.groups.unwrap(), employee.groups);
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_with_its_verifier_only() {
    let stage = Stage::set().await;
    let begun = stage.begin().await;
    let back = stage.choose(&begun, "mina.park").await;
    stage.finish(&back, &begun.nonce, &begun.verifier).await.unwrap();
    let again = stage.finish(&back, &begun.nonce, &begun.verifier).await.unwrap_err();
    assert!(again.to_string().contains("invalid_grant"), "{again}");

    let back = stage.choose(&begun, "mina.park").await;
    let other = stage.begin().await;
    let stolen = stage.finish(&back, &begun.nonce, &other.verifier).await.unwrap_err();
    assert!(stolen.to_string().contains("invalid_grant"), "{stolen}");
}

#[tokio::test]
async fn only_its_client_is_served() {
    let stage = Stage::set().await;
    let begun = stage.begin().await;
    let spoilt = |name: &str, value: &str| {
        let mut url = begun.url.clone();
        let pairs: Vec<_> = begun.url.query_pairs().filter(|(n, _)| n != name).collect();
        url.query_pairs_mut().clear().extend_pairs(pairs).append_pair(name, value);
        url
    };
    for (name, value) in [
        ("client_id", "other"),
        ("redirect_uri", "https://evil.example/"),
        ("code_challenge_method", "plain"),
        ("response_type", "token"),
        ("scope", "profile"),
    ] {
        let mut url = spoilt(name, value);
        assert_eq!(stage.browser.get(url.clone()).send().await.unwrap().status(), 400, "{name}");
        url.set_path("/continue");
        url.query_pairs_mut().append_pair("employee", "mina.park");
        assert_eq!(stage.browser.get(url).send().await.unwrap().status(), 400, "{name}, past the page");
    }
    let bare = stage.browser.get(format!("{}/authorize", stage.issuer)).send().await.unwrap();
    assert_eq!(bare.status(), 400);

    let mut config = stage.provider.config().clone();
    config.client_secret = Some("wrong".to_owned().into());
    let stranger = Provider::new(config, &Url::parse("http://127.0.0.1:8080").unwrap()).unwrap();
    let back = stage.choose(&begun, "mina.park").await;
    let answer = Answer { code: back.get("code").cloned(), iss: back.get("iss").cloned(), error: None };
    let refused = stranger.finish(&answer, &begun.nonce, &begun.verifier, Clock::System.now()).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Misconfigured);
}

#[tokio::test]
async fn it_listens_on_this_machine_only() {
    let callback = Url::parse("http://127.0.0.1:8080/oidc/sample/callback").unwrap();
    for elsewhere in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let bound = SampleProvider::bind(elsewhere.parse().unwrap(), CLIENT, callback.clone()).await;
        let Err(refused) = bound else { panic!("{elsewhere} was taken") };
        assert!(refused.to_string().contains("this machine only"), "{refused}");
    }
}
