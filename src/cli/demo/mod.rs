//! `narthex demo`: all there is, on this machine, in one process.
//!
//! Browsers send a cookie of 127.0.0.1 to every port there, and no browser needs to be told where 127.0.0.1
//! is: so the gateway and the sample application live on two ports of one address.
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::Path,
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

use super::Common;
use crate::{
    clock::Clock,
    config::{self, Config},
    server::{self, EndOfProcess, Running},
    telemetry,
};

mod people;
mod provider;
mod upstream;

use people::People;
use provider::SampleProvider;

const CLIENT_ID: &str = "narthex-demo";

#[derive(clap::Args)]
pub(super) struct Demo {
    /// Leave the database where it is when the demo ends.
    #[arg(long)]
    keep: bool,
    /// Where the gateway listens, on this machine; the sample application is one port higher. Ports that are
    /// taken are replaced by free ones.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = loopback)]
    listen: SocketAddr,
}

pub(super) async fn run(common: &Common, demo: Demo) -> anyhow::Result<()> {
    let base = common.config.as_deref().map(|path| config::load(Some(path))).transpose()?.unwrap_or_default();
    telemetry::start(base.log_json, Some(base.log_filter.as_deref().unwrap_or("warn")))?;
    let mut told = EndOfProcess::catch()?;
    let folder = tempfile::Builder::new().prefix("narthex-demo-").tempdir().context("no temporary folder")?;
    let stage = tokio::select! {
        stage = Stage::set(base, demo.listen, folder.path()) => stage?,
        () = told.told() => return Ok(()),
    };
    let kept = demo.keep.then(|| folder.path().display().to_string());
    let guide = Guide { stage: &stage, kept };
    common.answer(&guide.for_machines(), &guide);
    stage.running.until_told(told).await;
    stage.end.cancel();
    stage.tasks.wait().await;
    if demo.keep {
        let _path = folder.keep();
    } else {
        folder.close().context("the demo's folder cannot be removed")?;
    }
    Ok(())
}

/// Everything that runs, and who is in it.
struct Stage {
    public_url: Url,
    wiki: Url,
    issuer: String,
    mails: String,
    people: People,
    running: Running,
    end: CancellationToken,
    tasks: TaskTracker,
}

impl Stage {
    async fn set(base: Config, listen: SocketAddr, folder: &Path) -> anyhow::Result<Self> {
        let any_port = SocketAddr::new(listen.ip(), 0);
        let next_port = if listen.port() == 0 { 0 } else { listen.port().wrapping_add(1) };
        let gateway = bind_near(listen).await?;
        let door = bind_near(SocketAddr::new(listen.ip(), next_port)).await?;
        let inside = bind_near(any_port).await?;
        let public_url = Url::parse(&format!("http://{}", gateway.local_addr()?))?;
        let wiki = Url::parse(&format!("http://{}", door.local_addr()?))?;
        let provider =
            SampleProvider::bind(any_port, CLIENT_ID, public_url.join("/oidc/sample/callback")?).await?;

        let own = settings(folder, &public_url, &wiki, inside.local_addr()?, &provider)?;
        let config = Config {
            organisation: base.organisation,
            help: base.help,
            password: base.password,
            signup: base.signup,
            headers: base.headers,
            ..own
        };
        let (end, tasks) = (CancellationToken::new(), TaskTracker::new());
        let issuer = provider.issuer().to_owned();
        tasks.spawn(provider.run(end.clone()));
        tasks.spawn(upstream::serve(inside, public_url.clone(), end.clone()));
        tasks.close();
        let running = server::start_on(config, Clock::System, vec![gateway, door]).await?;
        let people = people::move_in(&running.app).await?;
        let mails = folder.join("mail").display().to_string();
        Ok(Self { public_url, wiki, issuer, mails, people, running, end, tasks })
    }
}

/// The demo's own configuration: nothing of it is reachable from another machine.
fn settings(
    folder: &Path,
    public_url: &Url,
    wiki: &Url,
    inside: SocketAddr,
    provider: &SampleProvider,
) -> anyhow::Result<Config> {
    let folder = folder.to_str().ok_or_else(|| anyhow!("the path of the temporary folder is not UTF-8"))?;
    let host = &wiki[url::Position::BeforeHost..url::Position::AfterPort];
    let text = format!(
        "public_url = '{public_url}'
         data_dir = '{folder}'
         [[provider]]
         name = 'sample'
         label = 'Continue with Sample SSO'
         issuer = '{issuer}'
         client_id = '{CLIENT_ID}'
         client_secret = '{secret}'
         [[upstream]]
         name = 'wiki'
         host = '{host}'
         url = 'http://{inside}'
         [[upstream.rule]]
         path = '/sample.css'
         public = true
         [[upstream.rule]]
         path = '/superusers'
         tier = 'superuser'
         [[upstream.rule]]
         path = '/'
         tier = 'any'",
        issuer = provider.issuer(),
        secret = provider.client_secret(),
    );
    Ok(Config::from_text(&text)?)
}

/// The address, or another port of the same host when it is taken.
async fn bind_near(wanted: SocketAddr) -> anyhow::Result<TcpListener> {
    if let Ok(listener) = TcpListener::bind(wanted).await {
        return Ok(listener);
    }
    let free = TcpListener::bind(SocketAddr::new(wanted.ip(), 0)).await;
    free.with_context(|| format!("cannot listen on {}", wanted.ip()))
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address =
        text.parse().map_err(|_| "takes an address with a port, such as 127.0.0.1:8080".to_owned())?;
    match address {
        SocketAddr::V4(v4) if v4.ip().is_loopback() => Ok(address),
        SocketAddr::V6(v6) if IpAddr::V6(*v6.ip()).is_loopback() => Ok(address),
        _ => {
            Err("takes an address of this machine only: the demo's passwords are for nobody else".to_owned())
        }
    }
}

/// What to click.
struct Guide<'a> {
    stage: &'a Stage,
    kept: Option<String>,
}

impl Guide<'_> {
    fn for_machines(&self) -> serde_json::Value {
        let Stage { public_url, wiki, issuer, people, .. } = self.stage;
        json!({
            "public_url": public_url.as_str(),
            "upstream_url": wiki.as_str(),
            "issuer": issuer,
            "superuser": { "login": people::SUPERUSER, "password": people.superuser_password.as_str() },
            "applicants": people::applicants().map(|applicant| applicant.email),
            "applicant_password": people.applicant_password.as_str(),
            "mails": self.stage.mails.as_str(),
            "kept": self.kept,
        })
    }
}

impl fmt::Display for Guide<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [applicant, ..] = people::applicants();
        let Stage { public_url, wiki, people, .. } = self.stage;
        let step = |number: u8, title: &str, link: &str| format!("  {number}  {title:<24}{link}");
        let detail = |name: &str, value: &str| format!("     {name:<24}{value}");
        let lines = [
            String::new(),
            "narthex demo: a gateway, a sample provider and a sample application, on this machine only."
                .to_owned(),
            String::new(),
            step(1, "Decide who comes in", &format!("{public_url}admin/users")),
            detail("sign in as", people::SUPERUSER),
            detail("password", &people.superuser_password),
            String::new(),
            step(2, "Come in as an employee", wiki.as_str()),
            detail("", "choose “Continue with Sample SSO”, then one of two employees"),
            String::new(),
            step(3, "Wait as an applicant", &format!("{public_url}login")),
            detail("sign in as", applicant.email),
            detail("password", &people.applicant_password),
            detail("", "refused until you press Activate in 1; then open the link of 2"),
            String::new(),
            format!("  Mails to all of them are files in {}", self.stage.mails),
            "  Use a private window for each person: a browser keeps one session at a time.".to_owned(),
            match &self.kept {
                Some(folder) => format!("  Ctrl-C ends it; the database stays in {folder}"),
                None => "  Ctrl-C ends it and leaves nothing behind.".to_owned(),
            },
        ];
        f.write_str(&lines.join("\n"))
    }
}

/// Long enough ago to be worth showing.
const fn hours(n: u64) -> Duration {
    Duration::from_secs(n * 3600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_replaced() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = taken.local_addr().unwrap();
        let other = bind_near(address).await.unwrap().local_addr().unwrap();
        assert_eq!(other.ip(), address.ip());
        assert_ne!(other.port(), address.port());
    }

    #[test]
    fn the_demo_is_for_this_machine_only() {
        assert!(loopback("127.0.0.1:8080").is_ok() && loopback("[::1]:8080").is_ok());
        for elsewhere in ["0.0.0.0:8080", "192.0.2.1:80", "[::]:80"] {
            assert!(loopback(elsewhere).unwrap_err().starts_with("takes an address of this machine only"));
        }
        assert!(loopback("8080").is_err());
    }
}
