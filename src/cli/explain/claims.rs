//! `narthex explain --claims file.json --provider corp`: what a sign-in with these claims would do, step by step. The
//! sign-in's own code goes through it, in a transaction that is not kept.
use std::{fmt::Write as _, io::Read as _, path::Path};

use anyhow::{Context as _, anyhow};
use serde::Serialize;

use super::super::Common;
use crate::{
    accounts::sso::{self, Explained, Refused, Step, Warning},
    clock::Clock,
    config::{Config, Provider},
    domain::{
        identity::EmailClaim,
        secret::MasterKey,
        user::{Tier, User},
    },
    oidc::{Claims, unverified},
    server::open,
    store::Db,
};

/// More is no token's content.
const LONGEST: u64 = 1 << 20;

/// What would happen.
#[derive(Serialize)]
struct Answer {
    provider: String,
    subject: String,
    steps: Vec<Said>,
    /// `signed_in`, or `refused`.
    answer: &'static str,
    /// Why it would be refused, by the word in the audit log.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Account>,
    roles_given: Vec<String>,
    roles_taken: Vec<String>,
    warnings: Vec<&'static str>,
}

/// One step, by a word and in words.
#[derive(Serialize)]
struct Said {
    step: &'static str,
    says: String,
}

/// The account that would be signed in, as it would be then.
#[derive(Serialize)]
struct Account {
    /// None where the account would be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
    username: String,
    email: String,
    display_name: String,
    tier: &'static str,
}

pub(super) async fn run(common: &Common, file: &Path, provider: &str) -> anyhow::Result<()> {
    let (config, db) = common.look().await?;
    let found = config.providers.iter().find(|it| it.name == provider).with_context(|| {
        let names: Vec<_> = config.providers.iter().map(|it| it.name.as_str()).collect();
        let known = if names.is_empty() { "there is none yet".to_owned() } else { names.join(", ") };
        format!("no [[provider]] is named {provider}; these are: {known}")
    })?;
    let claims = read(file)?;
    let profile = unverified(&claims, found)
        .map_err(|wrong| anyhow!("{}: {wrong}", file.display()))
        .context("these claims name nobody")?;
    let key = master_key(&config, &db).await?;
    let explained = sso::explain(&db, &key, found, &profile, Clock::System.now()).await?;
    let explained = explained.context("somebody changes this account at this very moment; try again")?;
    let answer = answer(found, profile.identity.subject, &explained);
    common.answer(&answer, told(&answer));
    db.close().await;
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Claims> {
    let mut text = String::new();
    let read = match file.as_os_str() == "-" {
        true => std::io::stdin().take(LONGEST + 1).read_to_string(&mut text),
        false => std::fs::File::open(file).and_then(|it| it.take(LONGEST + 1).read_to_string(&mut text)),
    };
    read.with_context(|| format!("{} cannot be read", file.display()))?;
    anyhow::ensure!(text.len() as u64 <= LONGEST, "{} is longer than 1 MiB", file.display());
    serde_json::from_str(&text).with_context(|| {
        format!(
            "{} holds no claims; write them as a JSON object: {{\"sub\": \"…\", \"email\": \"…\"}}",
            file.display()
        )
    })
}

/// Whether an identity is barred is found under the master key; where none was made yet, nothing is barred.
async fn master_key(config: &Config, db: &Db) -> anyhow::Result<MasterKey> {
    open::check_master_key(config, db).await?;
    Ok(open::read_key(&open::key_file(config))?.unwrap_or_else(MasterKey::generate))
}

fn answer(provider: &Provider, subject: String, explained: &Explained) -> Answer {
    let steps = &explained.steps;
    let roles = |given: bool| {
        let role = |step: &Step| match step {
            Step::RoleGiven(role) if given => Some(role.to_string()),
            Step::RoleTaken(role) if !given => Some(role.to_string()),
            _ => None,
        };
        steps.iter().filter_map(role).collect()
    };
    let warning = |step: &Step| match step {
        Step::Warned(warning) => Some(warning.word()),
        _ => None,
    };
    let (answer, why) = match &explained.result {
        Ok(user) => ("signed_in", format!("{} is signed in, as {}", user.username, a(user.tier))),
        Err(why) => ("refused", because(why, provider)),
    };
    Answer {
        provider: provider.name.clone(),
        subject,
        steps: steps.iter().map(|step| said(step, provider)).collect(),
        answer,
        reason: explained.result.as_ref().err().map(Refused::word),
        why,
        account: explained.result.as_ref().ok().map(account),
        roles_given: roles(true),
        roles_taken: roles(false),
        warnings: steps.iter().filter_map(warning).collect(),
    }
}

fn account(user: &User) -> Account {
    Account {
        number: Some(user.number).filter(|number| *number > 0),
        username: user.username.to_string(),
        email: user.email.to_string(),
        display_name: user.display_name.to_string(),
        tier: user.tier.as_str(),
    }
}

fn a(tier: Tier) -> &'static str {
    match tier {
        Tier::Standard => "a standard user",
        Tier::Superuser => "a superuser",
    }
}

fn described(user: &User) -> String {
    let User { username, number, status, tier, .. } = user;
    format!("{username} (number {number}), {} that is {status}", a(*tier))
}

fn said(step: &Step, provider: &Provider) -> Said {
    let claim = &provider.groups_claim;
    let (step, says) = match step {
        Step::Email(EmailClaim::Counts(email)) => ("email_counts", format!("{email} counts as the address")),
        Step::Email(EmailClaim::Unverified) => (
            "email_unverified",
            "the address does not count: email_verified is not the boolean true".to_owned(),
        ),
        Step::Email(EmailClaim::Missing) => ("email_missing", "`email` holds no address".to_owned()),
        Step::Groups(Some(1)) => ("groups", format!("`{claim}` names one group")),
        Step::Groups(Some(many)) => ("groups", format!("`{claim}` names {many} groups")),
        Step::Groups(None) => ("groups_unsaid", format!("nothing is said of groups in `{claim}`")),
        Step::Admitted => ("admitted", "the provider's policy admits this person".to_owned()),
        Step::Known(user) => ("known", format!("the identity belongs to {}", described(user))),
        Step::NewPerson => ("new_person", "the identity belongs to no account".to_owned()),
        Step::SameEmail(user) => ("same_email", format!("the address belongs to {}", described(user))),
        Step::Superseded(username) => {
            ("superseded", format!("the application of {username} is closed and its account removed"))
        }
        Step::Linked { username, had_password } => {
            let password = if *had_password { ", whose password is removed" } else { "" };
            ("linked", format!("the identity is linked to {username}{password}"))
        }
        Step::Provisioned(user) => {
            ("provisioned", format!("the account {} is made, and is {}", user.username, user.status))
        }
        Step::Followed { field, from, to } => ("followed", format!("{field} changes from {from} to {to}")),
        Step::RoleGiven(role) => ("role_given", format!("the groups give the role {role}")),
        Step::Withdrawn => {
            let says = format!("the person is not admitted, so what {} gave is taken back", provider.name);
            ("withdrawn", says)
        }
        Step::RoleTaken(role) => ("role_taken", format!("the role {role} is taken back")),
        Step::TierChanged(tier) => ("tier_changed", format!("this person becomes {}", a(*tier))),
        Step::Warned(warning) => (warning.word(), warned(warning)),
    };
    Said { step, says }
}

fn warned(warning: &Warning) -> String {
    match warning {
        Warning::GroupsAbsent(claim) => format!(
            "warning: `{claim}` is not there, so whatever it gave is taken back; see that the provider sends it, or set \
             groups_absent = \"keep\""
        ),
        Warning::GroupsElsewhere(claim) => format!(
            "warning: `{claim}` was left out for its length (`_claim_names`), so whatever it gave is taken back; have the \
             provider send only the groups that this client needs"
        ),
        Warning::RoleMissing(role) => {
            format!("warning: a group gives the role {role}, which is not there; make it under Admin, Roles")
        }
        Warning::LastSuperuser => {
            "warning: no group makes this person a superuser any more, but it is the last active one, and stays it"
                .to_owned()
        }
        Warning::EmailSkipped => "warning: another account has the address, so it stays as it is".to_owned(),
    }
}

fn because(why: &Refused, provider: &Provider) -> String {
    let listed = |names: &[String]| names.join(", ");
    match why {
        Refused::Pending => "the application awaits approval".to_owned(),
        Refused::Inactive => "the account is inactive, or its time is over".to_owned(),
        Refused::EmailMissing => "there is no address in `email`".to_owned(),
        Refused::EmailUnverified => {
            "email_verified is not the boolean true; email_verified = \"trusted\" is for providers that own their addresses"
                .to_owned()
        }
        Refused::Domain => format!("allowed_domains has only {}", listed(&provider.allowed_domains)),
        Refused::Group => format!("none of the groups is in allowed_groups: {}", listed(&provider.allowed_groups)),
        Refused::GroupsMissing => {
            format!("allowed_groups asks for a group, and nothing is said of groups in `{}`", provider.groups_claim)
        }
        Refused::Claim(claim) => format!("`{claim}` is not what required_claims asks for"),
        Refused::NotProvisioned => "provision = \"existing\" brings known people only".to_owned(),
        Refused::Collision => {
            "the address belongs to another account, which is not linked by it: links_verified_email is not set, or the \
             address was never shown to be its owner's, or the account has other identities or has lost this one; its \
             owner can link the identity on their account page"
                .to_owned()
        }
        Refused::Superuser => {
            "the address belongs to a superuser, or the groups would make one of whoever has it: neither is linked by it; \
             they can link the identity on their account page"
                .to_owned()
        }
        Refused::Barred => "the identity was barred when its account was deleted".to_owned(),
        Refused::Unlinked => "the identity is no longer the account's".to_owned(),
        Refused::Taken => "the identity belongs to another account".to_owned(),
        Refused::SecondIdentity => "the account has an identity at this provider".to_owned(),
    }
}

fn told(answer: &Answer) -> String {
    let mut text = String::new();
    let _never_fails = writeln!(text, "{} signs in at {}", answer.subject, answer.provider);
    for (number, step) in answer.steps.iter().enumerate() {
        let _never_fails = writeln!(text, "  {}. {}", number + 1, step.says);
    }
    let word = match answer.answer {
        "signed_in" => "would succeed",
        _ => "would be refused",
    };
    let _never_fails = write!(text, "The sign-in {word}: {}. Nothing was changed.", answer.why);
    text
}
