//! `narthex explain <user> <url>`: what the gate would answer, and why, rule by rule. With `--claims`: what a sign-in
//! would do.
use std::{
    fmt::Write as _,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use anyhow::{Context as _, anyhow};
use clap::Args;
use http::{Method, Uri};
use serde::Serialize;

use super::Common;
use crate::{
    accounts::{administration, settings},
    clock::Clock,
    config::Config,
    domain::{
        access::{AMBIGUOUS, Allows, Decision, Missing, Request, Rule, Who, decide, first},
        host::{Host, Scheme},
        permission::Effective,
        time::Time,
        user::{Status, Tier, User},
    },
    gateway::{Gate, Original},
    store::{grants, roles},
};

mod claims;

#[derive(Args)]
pub(super) struct Explain {
    /// Number, username, email or id.
    #[arg(required_unless_present = "claims", conflicts_with = "claims")]
    user: Option<String>,
    /// The page, as it stands in the browser: https://wiki.example.com/admin/
    #[arg(required_unless_present = "claims", conflicts_with = "claims")]
    url: Option<String>,
    /// How it is asked for.
    #[arg(long, default_value = "GET", value_parser = method)]
    method: Method,
    /// The address from which it is asked for; one of this machine's own unless told.
    #[arg(long)]
    from: Option<IpAddr>,
    /// A file with somebody's claims as JSON, or `-` for standard input: says what signing in with them would do, and
    /// does nothing of it.
    #[arg(long, value_name = "FILE", requires = "provider")]
    claims: Option<PathBuf>,
    /// Whose claims these are: the provider's name in the config file.
    #[arg(long, value_name = "NAME", requires = "claims", conflicts_with_all = ["user", "url"])]
    provider: Option<String>,
}

/// A request that somebody makes.
struct Question {
    user: String,
    url: String,
    method: Method,
    from: Option<IpAddr>,
}

/// What the gate would answer.
#[derive(Serialize)]
struct Answer {
    user: String,
    url: String,
    method: String,
    from: Option<IpAddr>,
    upstream: Option<String>,
    rules: Vec<Looked>,
    answer: &'static str,
    why: String,
}

/// A rule, in order, until one decides.
#[derive(Serialize)]
struct Looked {
    path: String,
    /// Empty for all.
    methods: Vec<String>,
    asks: String,
    says: &'static str,
    decides: bool,
}

pub(super) async fn run(common: &Common, explain: Explain) -> anyhow::Result<()> {
    let Explain { user, url, method, from, claims, provider } = explain;
    match (claims, provider, user, url) {
        (Some(file), Some(provider), ..) => claims::run(common, &file, &provider).await,
        (_, _, Some(user), Some(url)) => request(common, Question { user, url, method, from }).await,
        _ => anyhow::bail!("name a user and a page, or --claims and --provider"),
    }
}

async fn request(common: &Common, explain: Question) -> anyhow::Result<()> {
    let (config, db) = common.look().await?;
    let found = administration::find(&db, &explain.user).await?;
    let user = found
        .with_context(|| format!("there is no account {}; `narthex user list` shows all", explain.user))?;
    let mut tx = db.read().await?;
    let (held, _) = grants::of_user(&mut tx, user.id).await?;
    let may = Effective::of(user.tier, &held, &roles::all(&mut tx).await?);
    let (settings, _) = settings::load(&mut tx, &config.fixed).await?;
    drop(tx);
    let now = Clock::System.now();
    let mut answer = judge(&config, &user, &may, &explain, now)?;
    if answer.answer == "allowed" && user.has_password && user.restriction(&settings.password, now).is_some()
    {
        answer.why += "; after signing in with the password a new one has to be chosen first";
    }
    common.answer(&answer, told(&answer));
    db.close().await;
    Ok(())
}

fn judge(
    config: &Config,
    user: &User,
    may: &Effective,
    explain: &Question,
    now: Time,
) -> anyhow::Result<Answer> {
    let gate = Gate::new(config).map_err(|error| anyhow!(error))?;
    let (scheme, uri, host) = read(&explain.url)?;
    let answer = |answer, why: String| Answer {
        user: user.username.to_string(),
        url: explain.url.clone(),
        method: explain.method.to_string(),
        from: explain.from,
        upstream: gate.upstream(&host).map(|upstream| upstream.name.clone()),
        rules: vec![],
        answer,
        why,
    };
    let Some(upstream) = gate.upstream(&host) else {
        return Ok(answer("unknown_host", format!("no [[upstream]] has the host {host}")));
    };
    let (method, client) = (explain.method.clone(), explain.from.unwrap_or(Ipv4Addr::LOCALHOST.into()));
    let read = if upstream.url.is_some() { Original::from_request } else { Original::as_forwarded };
    let original = match read(method, &uri, scheme, host.clone(), client) {
        Ok(original) => original,
        Err(malformed) => return Ok(answer("bad_request", malformed.to_string())),
    };
    let request = original.to_judge();
    let usable = user.is_usable(now);
    let who = Who::of(user, may);
    let decision = decide(&upstream.rules, &request, usable.then_some(&who));
    let decides = first(&upstream.rules, &request);
    let looked_at = decides.map_or(upstream.rules.len(), |index| index + 1);
    let rules = upstream.rules[..looked_at].iter().map(|rule| looked(rule, &request)).collect();
    let deciding = decides.map(|index| &upstream.rules[index]);
    let name = &user.username;
    let (word, why) = match decision {
        Decision::Allow if deciding.is_some_and(|rule| rule.allows == Allows::Public) => {
            ("allowed", "the rule is open to everybody, signed in or not".to_owned())
        }
        Decision::Allow => ("allowed", format!("{name} has what the rule asks for")),
        Decision::SignIn => ("sign_in", format!("{name} {}", unusable(user, now))),
        Decision::Deny(missing) => {
            let hint = "; say with --from where the request comes from";
            let hint =
                if matches!(missing, Missing::Network(_)) && explain.from.is_none() { hint } else { "" };
            ("denied", lacks(&missing, user) + hint)
        }
        Decision::Ambiguous => ("bad_request", AMBIGUOUS.to_owned()),
    };
    Ok(Answer { rules, ..answer(word, why) })
}

fn looked(rule: &Rule, request: &Request<'_>) -> Looked {
    let decides = rule.is_about(request);
    Looked {
        path: rule.path.0.clone(),
        methods: rule.methods.iter().map(ToString::to_string).collect(),
        asks: asks(rule),
        says: match decides {
            true => "decides",
            false if rule.path.covers(request.path) => "is about other methods",
            false => "is about another path",
        },
        decides,
    }
}

/// A method as requests have it: `get` would be another one than `GET`.
fn method(text: &str) -> Result<Method, String> {
    let is_plain = text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
    let method = Method::from_bytes(text.as_bytes()).ok().filter(|_| is_plain);
    method.ok_or_else(|| "write it in capitals, like POST".to_owned())
}

/// A page's address in its parts, its path as it is.
fn read(url: &str) -> anyhow::Result<(Scheme, Uri, Host)> {
    let advice = "write the page's whole address, like https://wiki.example.com/admin/";
    let url = url.split('#').next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").context(advice)?;
    let scheme = Scheme::parse(scheme).context(advice)?;
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = Host::parse(authority, scheme).context(advice)?;
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    Ok((scheme, target.parse().context(advice)?, host))
}

fn asks(rule: &Rule) -> String {
    let networks: Vec<_> = rule.networks.iter().map(ToString::to_string).collect();
    let from = (!networks.is_empty()).then(|| format!("an address in {}", networks.join(" or ")));
    let Allows::Account(asked) = &rule.allows else {
        return match from {
            Some(from) => format!("{from}, and is open to everybody there"),
            None => "nothing: it is open to everybody".to_owned(),
        };
    };
    let mut parts = vec![];
    parts.extend(asked.tier.map(|tier| format!("the tier {tier}")));
    if !asked.roles.is_empty() {
        let names: Vec<_> = asked.roles.iter().map(ToString::to_string).collect();
        parts.push(format!("a role of {}", names.join(", ")));
    }
    if !asked.permissions.is_empty() {
        let keys: Vec<_> = asked.permissions.iter().map(ToString::to_string).collect();
        parts.push(format!("the permission {}", keys.join(" and ")));
    }
    if parts.is_empty() {
        parts.push("any account".to_owned());
    }
    parts.extend(from);
    parts.join(" and ")
}

fn unusable(user: &User, now: Time) -> &'static str {
    match user.status {
        Status::Pending => "awaits approval, and is signed out everywhere",
        Status::Inactive => "is inactive, and signed out everywhere",
        Status::Active if user.is_expired(now) => {
            "had access until a day that is over, and is signed out everywhere"
        }
        Status::Active => "has to sign in first",
    }
}

fn lacks(missing: &Missing, user: &User) -> String {
    let name = &user.username;
    match missing {
        Missing::Rule => "no rule is about this path, so nobody may pass".to_owned(),
        Missing::Tier(Tier::Superuser) => format!("{name} is no superuser"),
        Missing::Tier(Tier::Standard) => format!("{name} is no standard user"),
        Missing::Roles(roles) => {
            let names: Vec<_> = roles.iter().map(ToString::to_string).collect();
            format!("{name} holds none of the roles {}", names.join(", "))
        }
        Missing::Permission(permission) => format!("{name} lacks the permission {permission}"),
        Missing::Network(address) => format!("{address} is in none of the networks that the rule asks for"),
        Missing::Method(method) => {
            format!("no rule about this path is about {method}, so nobody may pass")
        }
    }
}

fn told(answer: &Answer) -> String {
    let mut text = String::new();
    let from = answer.from.map(|address| format!(" from {address}")).unwrap_or_default();
    let how = if answer.method == "GET" { String::new() } else { format!(" by {}", answer.method) };
    let _never_fails = writeln!(text, "{} asks for {}{how}{from}", answer.user, answer.url);
    if let Some(upstream) = &answer.upstream {
        let _never_fails = writeln!(text, "upstream {upstream}:");
    }
    for (number, rule) in answer.rules.iter().enumerate() {
        let methods = match rule.methods.is_empty() {
            true => String::new(),
            false => format!(" ({})", rule.methods.join(", ")),
        };
        let Looked { path, says, asks, .. } = rule;
        let _never_fails = writeln!(text, "  {}. {path}{methods} {says}; it asks for {asks}", number + 1);
    }
    let word = match answer.answer {
        "allowed" => "may pass",
        "sign_in" => "is sent to sign in",
        "denied" => "is refused",
        "unknown_host" => "is refused, whoever asks",
        _ => "is refused as ambiguous",
    };
    let _never_fails = write!(text, "The request {word}: {}.", answer.why);
    text
}
