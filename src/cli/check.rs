//! `narthex check`: tries everything that `serve` rests on, changes nothing, and says what is wrong.
use std::{fmt, time::Duration};

use anyhow::{Context as _, bail};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::json;

use super::Common;
use crate::{
    accounts::sso,
    clock::Clock,
    config::{self, Config, SessionStoreKind},
    domain::{
        access::{Allows, Asked},
        permission::Roles,
        secret::{MacKey, random},
        signing::SigningKey,
    },
    limits::{Counters as _, RedisCounters, Rule},
    mail::Mailer,
    oidc::Provider,
    server::open,
    store::{self, Db, migrations, signing_keys},
    telemetry,
};

/// What was looked at, and how it is.
#[derive(Serialize)]
struct Finding {
    what: String,
    ok: bool,
    says: String,
}

impl Finding {
    fn new(what: impl Into<String>, result: anyhow::Result<String>) -> Self {
        let (ok, says) = match result {
            Ok(says) => (true, says),
            Err(error) => (false, format!("{error:#}")),
        };
        Self { what: what.into(), ok, says }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.ok { "ok   " } else { "WRONG" };
        write!(f, "{mark}  {:<14} {}", self.what, self.says)
    }
}

pub(super) async fn run(common: &Common) -> anyhow::Result<()> {
    let findings = match config::load(common.config.as_deref()) {
        Ok(config) => {
            telemetry::start(config.log_json, Some("error"))?;
            everything(&config).await
        }
        Err(error) => error
            .0
            .lines()
            .map(|line| Finding::new("configuration", Err(anyhow::anyhow!(line.to_owned()))))
            .collect(),
    };
    let wrong = findings.iter().filter(|finding| !finding.ok).count();
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    common.answer(&json!({ "ok": wrong == 0, "findings": findings }), lines.join("\n"));
    if wrong > 0 {
        std::process::exit(1);
    }
    Ok(())
}

async fn everything(config: &Config) -> Vec<Finding> {
    let warnings = config.warnings();
    let mut findings: Vec<_> = match warnings.is_empty() {
        true => vec![Finding::new("configuration", Ok(format!("public_url is {}", config.public_url)))],
        false => warnings
            .into_iter()
            .map(|text| Finding::new("configuration", Err(anyhow::anyhow!(text))))
            .collect(),
    };
    let mut opened = None;
    findings.push(Finding::new("database", database(config, &mut opened).await));
    findings.push(Finding::new("master key", master_key(config, opened.as_ref()).await));
    findings.push(Finding::new("signing keys", signing_keys(config, opened.as_ref()).await));
    let named = rules(config).any(|(_, _, asked)| !asked.roles.is_empty())
        || config.providers.iter().any(|provider| provider.mapping.all_roles().next().is_some());
    if let (Some(db), true) = (&opened, named) {
        findings.push(Finding::new("roles", roles(config, db).await));
    }
    if let Some(db) = &opened
        && let Some(finding) = left_behind(config, db).await.transpose()
    {
        findings.push(Finding::new("grants", finding));
    }
    findings.push(Finding::new("sessions", sessions(config).await));
    findings.push(Finding::new("mail", mail(config).await));
    for provider in &config.providers {
        findings.push(Finding::new(
            format!("provider {}", provider.name),
            self::provider(config, provider).await,
        ));
    }
    findings
}

/// Leaves the database open in `opened`, if it has a schema that we know.
async fn database(config: &Config, opened: &mut Option<Db>) -> anyhow::Result<String> {
    if let Some(file) = open::sqlite_file(config).filter(|file| !file.exists()) {
        return Ok(format!("{} is not there yet; serve makes it", file.display()));
    }
    let db = open::connect(config).await?;
    let schema = migrations::schema(&db).await?;
    let place = open::without_password(config.database_url.expose_secret());
    if schema.applied == 0 {
        return Ok(format!("{place} answers and is empty; serve makes the tables"));
    }
    *opened = Some(db);
    Ok(match schema.pending {
        0 => format!("{place} answers and is up to date"),
        pending => format!("{place} answers; {pending} migrations are to come, serve runs them"),
    })
}

async fn master_key(config: &Config, db: Option<&Db>) -> anyhow::Result<String> {
    let file = open::key_file(config);
    if let Some(db) = db {
        open::check_master_key(config, db).await?;
    }
    match open::read_key(&file)? {
        Some(_) => Ok(format!("{} holds one", file.display())),
        None if config.master_key_file.is_some() => bail!(
            "there is no {}; make it with `openssl rand -base64 32 | tr '+/' '-_' | tr -d '='`",
            file.display()
        ),
        None => Ok(format!("{} is not there yet; serve makes it", file.display())),
    }
}

async fn signing_keys(config: &Config, db: Option<&Db>) -> anyhow::Result<String> {
    let none = "there is none yet; serve makes the first one";
    let Some(db) = db else { return Ok(none.to_owned()) };
    let keys = match migrations::schema(db).await?.pending {
        0 => signing_keys::all(&mut db.read().await?).await?,
        _ => vec![],
    };
    let Some(master) = open::read_key(&open::key_file(config))?.filter(|_| !keys.is_empty()) else {
        return Ok(none.to_owned());
    };
    for key in &keys {
        SigningKey::open(&master, &key.kid, &key.sealed).with_context(|| {
            format!(
                "key {} was changed in the database, or sealed with another master key, and signs nothing; \
                 `narthex keys rotate --at-once` makes one that does",
                key.kid
            )
        })?;
    }
    Ok(format!("{} published at /.well-known/jwks.json; the next follows by itself", keys.len()))
}

/// What rules ask of accounts, with the upstream and the rule's place.
fn rules(config: &Config) -> impl Iterator<Item = (&config::Upstream, usize, &Asked)> {
    config.upstreams.iter().flat_map(|upstream| {
        upstream.rules.iter().enumerate().filter_map(move |(index, rule)| match &rule.allows {
            Allows::Account(asked) => Some((upstream, index, asked)),
            Allows::Public => None,
        })
    })
}

/// Whether the roles that rules ask for and groups give are there: nobody can hold one that is not.
async fn roles(config: &Config, db: &Db) -> anyhow::Result<String> {
    let Roles(known) = store::roles::all(&mut db.read().await?).await?;
    let mut wrong = vec![];
    for (upstream, index, asked) in rules(config) {
        let path = &upstream.rules[index].path.0;
        for role in asked.roles.iter().filter(|role| !known.contains_key(role)) {
            wrong.push(format!(
                "upstream \"{}\": rule {} for \"{path}\" asks for the role {role}, which is not there; make it under \
                 Admin, Roles, or correct its name",
                upstream.name,
                index + 1
            ));
        }
    }
    for provider in &config.providers {
        for role in provider.mapping.all_roles().filter(|role| !known.contains_key(role)) {
            wrong.push(format!(
                "provider \"{}\": a group gives the role {role}, which is not there, so nobody gets it; make it under \
                 Admin, Roles, or correct its name in `roles`",
                provider.name
            ));
        }
    }
    match wrong.is_empty() {
        true => Ok("all that rules ask for and groups give are there".to_owned()),
        false => bail!(wrong.join("; ")),
    }
}

/// What providers gave that are configured no more; nothing to say where there is none.
async fn left_behind(config: &Config, db: &Db) -> anyhow::Result<Option<String>> {
    if migrations::schema(db).await?.pending > 0 {
        return Ok(None);
    }
    let left = sso::left_behind(db, &config.providers).await?;
    if left.is_empty() {
        return Ok(None);
    }
    let said = |(name, people): &(String, i64)| {
        let people = if *people == 1 { "one person has".to_owned() } else { format!("{people} people have") };
        format!(
            "{people} roles or the superuser tier from provider \"{name}\", which is not in the configuration, so nothing \
             takes them back; give the provider its name back, or unlink its identities under Admin, User Management \
             (which takes them back), or deactivate these accounts"
        )
    };
    bail!(left.iter().map(said).collect::<Vec<_>>().join("; "))
}

async fn sessions(config: &Config) -> anyhow::Result<String> {
    let SessionStoreKind::Redis(url) = &config.sessions.store else {
        return Ok("are kept in the process and end with it".to_owned());
    };
    let place = open::without_password(url.expose_secret());
    let answer = open::sessions(config)?.ping().await;
    answer.with_context(|| {
        format!(
            "Redis at {place} does not answer; see that it runs and that `redis_url` in [sessions] is right"
        )
    })?;
    counters(url.expose_secret()).await.with_context(|| {
        format!(
            "Redis at {place} does not count; see that its user may run EVALSHA and SCRIPT and write to n:l:*"
        )
    })?;
    Ok(format!("Redis at {place} answers and counts"))
}

/// Counts once, under a name that nobody else uses, and forgets it.
async fn counters(url: &str) -> anyhow::Result<()> {
    let counters = RedisCounters::connect(url, MacKey::from_bytes(&random()))?;
    let rule = Rule::window(1, Duration::from_secs(1));
    counters.take("check", &rule, Clock::System.now()).await?;
    counters.give_back("check").await?;
    Ok(counters.clear("check").await?)
}

async fn mail(config: &Config) -> anyhow::Result<String> {
    let mailer = Mailer::new(config).map_err(anyhow::Error::msg)?;
    mailer.check().await.map_err(anyhow::Error::msg)
}

async fn provider(config: &Config, provider: &config::Provider) -> anyhow::Result<String> {
    let relying = Provider::new(provider.clone(), &config.public_url)?;
    let found = relying.check(Clock::System.now()).await?;
    let again = provider.revalidate.map_or_else(
        || "nobody is asked about again".to_owned(),
        |every| format!("it is asked again about people every {} s", every.as_secs()),
    );
    let mut says = format!(
        "{} answers and has {} of use; its redirect URI for us must be {}, its post-logout redirect URI {}, its back-channel \
         logout URI {}; {again}",
        provider.issuer,
        if found.keys.len() == 1 { "one key".to_owned() } else { format!("{} keys", found.keys.len()) },
        relying.redirect_uri(),
        relying.signed_out_uri(),
        relying.backchannel_uri(),
    );
    if relying.public_key().is_some() {
        let ours = config.public_url.join(&format!("oidc/{}/jwks.json", provider.name))?;
        says += &format!("; it must know our public key, which is at {ours}");
    }
    Ok(says)
}
