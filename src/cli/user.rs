//! `narthex user …`: accounts, at the command line of the server, by whoever may use it.
use std::{fmt::Write as _, io::BufRead as _};

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use serde::Serialize;
use zeroize::Zeroizing;

use super::Common;
use crate::{
    accounts::{
        By,
        administration::{self, NewPassword},
        approval::{self, Admission},
        hashing::Hasher,
        settings, setup,
    },
    clock::Clock,
    config::Config,
    domain::{
        password::{Password, PasswordPolicy},
        time::Time,
        user::{DisplayName, Email, Status, Tier, User, Username},
    },
    store::{
        Db,
        user_list::{self, From, UserList},
    },
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make an active account with a password.
    Add(Add),
    /// Show all accounts.
    List {
        /// Only those with this status: pending, active, inactive.
        #[arg(long, value_parser = |word: &str| Status::parse(word).ok_or("takes pending, active or inactive"))]
        status: Option<Status>,
    },
    /// Let an applicant in, or somebody who was locked out.
    Activate(Who),
    /// Lock somebody out and end their sessions.
    Deactivate(Who),
    /// Make somebody a superuser.
    Promote(Who),
    /// Make somebody a standard user.
    Demote(Who),
    /// Forget somebody's failed sign-ins, so that they can sign in again at once.
    Unlock(Who),
    /// Set somebody's password and end their sessions.
    SetPassword {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        password: PasswordSource,
        /// The person has to choose their own at the next sign-in, within 24 hours; always so with --generate.
        #[arg(long)]
        must_change: bool,
    },
}

#[derive(Args)]
pub(super) struct Add {
    /// A superuser instead of a standard user.
    #[arg(long)]
    superuser: bool,
    /// The login name: letters and digits of any script, `.`, `-`, `_`.
    #[arg(long, value_parser = |text: &str| Username::parse(text)
        .ok_or("takes 1 to 64 letters and digits of any script, `.`, `-` and `_`"))]
    username: Username,
    /// The email address.
    #[arg(long, value_parser = |text: &str| Email::parse(text).ok_or("takes an email address"))]
    email: Email,
    /// The name to be shown; the username unless given.
    #[arg(long, value_parser = |text: &str| DisplayName::parse(text)
        .map_err(|_| "takes 1 to 100 characters that can be seen"))]
    display_name: Option<DisplayName>,
    #[command(flatten)]
    password: PasswordSource,
}

/// Where the password comes from; never from the command line itself, which others on the machine can read.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct PasswordSource {
    /// Read the password from the first line of standard input.
    #[arg(long)]
    password_stdin: bool,
    /// Make up a password and print it.
    #[arg(long)]
    generate: bool,
}

#[derive(Args)]
pub(super) struct Who {
    /// Number, username, email or id.
    user: String,
}

pub(super) async fn run(common: &Common, command: Command) -> anyhow::Result<()> {
    let (config, db) = common.open().await?;
    let (by, now) = (By::cli(), Clock::System.now());
    match command {
        Command::Add(new) => add(common, &config, &db, new).await?,
        Command::List { status } => list(common, &db, status).await?,
        Command::Activate(who) => {
            let user = who.find(&db).await?;
            match user.status {
                Status::Inactive => administration::reactivate(&db, &by, user.id, now).await?,
                _ => approval::activate(&db, &by, user.id, &Admission::default(), now).await?,
            };
            show(common, &db, &user, "is active").await?;
        }
        Command::Deactivate(who) => {
            let user = who.find(&db).await?;
            administration::deactivate(&db, &by, user.id, now).await?;
            show(common, &db, &user, "is inactive, and signed out everywhere").await?;
        }
        Command::Promote(who) => {
            let user = who.find(&db).await?;
            administration::set_tier(&db, &by, user.id, Tier::Superuser, now).await?;
            show(common, &db, &user, "is a superuser").await?;
        }
        Command::Demote(who) => {
            let user = who.find(&db).await?;
            administration::set_tier(&db, &by, user.id, Tier::Standard, now).await?;
            show(common, &db, &user, "is a standard user").await?;
        }
        Command::Unlock(who) => {
            let user = who.find(&db).await?;
            administration::unlock(&db, &by, user.id, now).await?;
            show(common, &db, &user, "is not locked any more").await?;
        }
        Command::SetPassword { who, password, must_change } => {
            let user = who.find(&db).await?;
            let personal = [user.username.as_str(), user.email.as_str(), user.display_name.as_str()];
            let chosen = password.read(&policy(&config, &db).await?, &personal)?;
            let must_change = must_change || chosen.made_up.is_some();
            let password = NewPassword { hash: chosen.hash(&config).await?, must_change };
            administration::reset_password(&db, &by, user.id, &password, now).await?;
            tell(common, &db, &user, chosen, "has a new password, and is signed out everywhere").await?;
        }
    }
    db.close().await;
    Ok(())
}

async fn add(common: &Common, config: &Config, db: &Db, new: Add) -> anyhow::Result<()> {
    let display_name = new.display_name.unwrap_or_else(|| DisplayName::from_username(&new.username));
    let chosen = new.password.read(
        &policy(config, db).await?,
        &[new.username.as_str(), new.email.as_str(), display_name.as_str()],
    )?;
    let account = setup::NewAccount {
        username: new.username,
        email: new.email,
        display_name,
        password_hash: chosen.hash(config).await?,
        tier: if new.superuser { Tier::Superuser } else { Tier::Standard },
    };
    let user = setup::add_user(db, &account, &By::cli(), Clock::System.now()).await?;
    tell(common, db, &user, chosen, "can sign in now").await
}

impl Who {
    pub(super) async fn find(&self, db: &Db) -> anyhow::Result<User> {
        let found = administration::find(db, &self.user).await?;
        found.with_context(|| format!("there is no account {}; `narthex user list` shows all", self.user))
    }
}

/// What passwords are held to at this moment.
async fn policy(config: &Config, db: &Db) -> anyhow::Result<PasswordPolicy> {
    Ok(settings::load(&mut db.read().await?, &config.fixed).await?.0.password)
}

/// A password that keeps to the policy, and whether nobody knows it yet.
struct Chosen {
    password: Password,
    made_up: Option<Zeroizing<String>>,
}

impl PasswordSource {
    fn read(&self, policy: &PasswordPolicy, personal: &[&str]) -> anyhow::Result<Chosen> {
        if self.generate {
            let text = Password::generate(policy);
            let password = Password::typed(&text).expect("a generated password is a password");
            return Ok(Chosen { password, made_up: Some(text) });
        }
        let mut line = Zeroizing::new(String::new());
        std::io::stdin().lock().read_line(&mut line).context("standard input cannot be read")?;
        let typed = line.trim_end_matches(['\r', '\n']);
        let password = Password::choose(typed, policy, personal);
        Ok(Chosen { password: password.map_err(|error| anyhow!("{error}; choose another"))?, made_up: None })
    }
}

impl Chosen {
    async fn hash(&self, config: &Config) -> anyhow::Result<String> {
        let hasher =
            Hasher::new(&config.password).map_err(|error| anyhow!("[password]: argon2 says: {error}"))?;
        Ok(hasher.hash(&self.password).await?)
    }
}

/// An account as machines see it.
#[derive(Serialize)]
struct Shown<'a> {
    id: String,
    number: i64,
    username: &'a str,
    email: &'a str,
    display_name: &'a str,
    status: &'a str,
    tier: &'a str,
    source: &'a str,
    registered: String,
    last_login: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn of(user: &'a User, password: Option<&'a str>) -> Self {
        Self {
            id: user.id.to_string(),
            number: user.number,
            username: user.username.as_str(),
            email: user.email.as_str(),
            display_name: user.display_name.as_str(),
            status: user.status.as_str(),
            tier: user.tier.as_str(),
            source: user.source.as_str(),
            registered: user.registered_at.rfc3339(),
            last_login: user.last_login_at.happened().map(Time::rfc3339),
            password,
        }
    }
}

/// Prints the account as it is now, and what has become of it.
async fn show(common: &Common, db: &Db, user: &User, what: &str) -> anyhow::Result<()> {
    let user = administration::find(db, &user.id.to_string()).await?.context("the account is gone by now")?;
    common.answer(&Shown::of(&user, None), format!("{} (number {}) {what}", user.username, user.number));
    Ok(())
}

/// As [`show`]; but when a password was made up, that alone, so that a script can take it.
async fn tell(common: &Common, db: &Db, user: &User, chosen: Chosen, what: &str) -> anyhow::Result<()> {
    match chosen.made_up {
        Some(password) => common.answer(&Shown::of(user, Some(&password)), password.as_str()),
        None => show(common, db, user, what).await?,
    }
    Ok(())
}

async fn list(common: &Common, db: &Db, status: Option<Status>) -> anyhow::Result<()> {
    const AT_ONCE: usize = 1000;
    let mut filter = UserList { status, ..UserList::default() };
    let mut users = vec![];
    loop {
        let page = user_list::page(&mut db.read().await?, &filter, AT_ONCE).await?;
        users.extend(page.users);
        match users.last() {
            Some(last) if page.has_next => filter.from = Some(From::After(last.number)),
            _ => break,
        }
    }
    let shown: Vec<_> = users.iter().map(|user| Shown::of(user, None)).collect();
    common.answer(&shown, table(&shown));
    Ok(())
}

fn table(users: &[Shown<'_>]) -> String {
    let mut rows = vec![
        ["ID", "USERNAME", "EMAIL", "STATUS", "TIER", "SOURCE", "LAST LOGIN"].map(str::to_owned).to_vec(),
    ];
    rows.extend(users.iter().map(|user| {
        let last_login = user.last_login.as_deref().map_or("never", |at| &at[..19]);
        let number = user.number.to_string();
        [&number, user.username, user.email, user.status, user.tier, user.source, last_login]
            .map(str::to_owned)
            .to_vec()
    }));
    columns(&rows)
}

/// Rows as lines, each column as wide as its widest cell.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<_> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _never_fails = write!(line, "{cell:<width$}  ");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text.trim_end().to_owned()
}
