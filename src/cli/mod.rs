//! The commands. Each answers with 0 when it is done, 1 when something failed or was refused, 2 when it was
//! asked for in a wrong way.
use std::{fmt::Display, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use serde::Serialize;
use serde_json::json;

use crate::{
    config::{self, Config},
    server::open,
    store::Db,
    telemetry,
};

mod audit;
mod check;
mod demo;
mod explain;
mod keys;
mod migrate;
mod serve;
mod session;
mod user;

/// narthex, an identity gateway: single sign-on for employees, approved sign-up for everybody else, one gate
/// in front of every application.
#[derive(Parser)]
#[command(name = "narthex", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(clap::Args)]
struct Common {
    /// The config file; without it ./narthex.toml if it is there, or the defaults.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Answer in JSON, for machines.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the gateway.
    Serve,
    /// Look whether everything is as the gateway needs it, and say what is not.
    Check,
    /// Bring the database up to date (`serve` does it at each start).
    Migrate,
    /// Accounts.
    #[command(subcommand)]
    User(user::Command),
    /// What the gate would answer somebody, or what signing in with some claims would do, and why.
    Explain(explain::Explain),
    /// Who is signed in where.
    #[command(subcommand)]
    Session(session::Command),
    /// The audit log.
    #[command(subcommand)]
    Audit(audit::Command),
    /// The keys that sign what applications are told of people.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Show it all on this machine: gateway, sample provider, sample application, people.
    Demo(demo::Demo),
}

/// Reads the command line, does what it says, and reports what went wrong on standard error.
pub async fn run() -> ExitCode {
    let Cli { common, command } = Cli::parse();
    let done = match command {
        Command::Serve => serve::run(&common).await,
        Command::Check => check::run(&common).await,
        Command::Migrate => migrate::run(&common).await,
        Command::User(command) => user::run(&common, command).await,
        Command::Explain(explain) => explain::run(&common, explain).await,
        Command::Session(command) => session::run(&common, command).await,
        Command::Audit(command) => audit::run(&common, command).await,
        Command::Keys(command) => keys::run(&common, command).await,
        Command::Demo(demo) => demo::run(&common, demo).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            common.complain(&error);
            ExitCode::FAILURE
        }
    }
}

impl Common {
    /// The configuration; logs as it says.
    fn load(&self) -> anyhow::Result<Config> {
        let config = config::load(self.config.as_deref())?;
        telemetry::start(config.log_json, config.log_filter.as_deref())?;
        Ok(config)
    }

    /// The configuration, logging nothing that is not wrong, and its database, up to date.
    async fn open(&self) -> anyhow::Result<(Config, Db)> {
        let config = config::load(self.config.as_deref())?;
        telemetry::start(config.log_json, Some(config.log_filter.as_deref().unwrap_or("warn")))?;
        let db = open::database(&config).await?;
        Ok((config, db))
    }

    /// The same for a command that only looks.
    async fn look(&self) -> anyhow::Result<(Config, Db)> {
        let config = config::load(self.config.as_deref())?;
        telemetry::start(config.log_json, Some(config.log_filter.as_deref().unwrap_or("warn")))?;
        let db = open::to_look_at(&config).await?;
        Ok((config, db))
    }

    /// Prints the answer: for machines, or for people.
    fn answer(&self, value: &impl Serialize, text: impl Display) {
        if self.json {
            println!("{}", serde_json::to_string_pretty(value).expect("answers are text and numbers"));
        } else {
            println!("{text}");
        }
    }

    fn complain(&self, error: &anyhow::Error) {
        if self.json {
            println!("{}", json!({ "error": format!("{error:#}") }));
        } else {
            eprintln!("narthex: {error:#}");
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_takes_config_and_json() {
        let serve = Cli::try_parse_from(["narthex", "serve", "--config", "x.toml"]).unwrap();
        assert_eq!(serve.common.config.as_deref(), Some(std::path::Path::new("x.toml")));
        let check = Cli::try_parse_from(["narthex", "check", "--json"]).unwrap();
        assert!(check.common.json && matches!(check.command, Command::Check));
        let list = Cli::try_parse_from(["narthex", "user", "list", "--config", "x", "--json"]).unwrap();
        assert!(list.common.json && list.common.config.is_some());
    }

    #[test]
    fn wrong_usage_is_code_2() {
        for wrong in [
            &["narthex", "sreve"][..],
            &["narthex", "user", "add", "--username", "ada", "--email", "ada@example.com"],
            &["narthex", "user", "add", "--username", "a@b", "--email", "ada@example.com", "--generate"],
            &["narthex", "user", "add", "--username", "ada", "--email", "ada", "--generate"],
            &["narthex", "user", "set-password", "ada", "--generate", "--password-stdin"],
            &["narthex", "user", "promote"],
            &["narthex", "explain", "ada"],
            &["narthex", "explain", "--claims", "c.json"],
            &["narthex", "explain", "--provider", "corp", "ada", "https://x.example/"],
            &["narthex", "explain", "--claims", "c.json", "--provider", "corp", "ada"],
            &["narthex", "session", "revoke", "--session", "x"],
            &["narthex", "audit"],
            &["narthex", "keys"],
            &["narthex", "audit", "export", "--format", "xml"],
            &["narthex", "audit", "export", "--event", "login"],
            &["narthex", "audit", "export", "--from", "yesterday"],
        ] {
            let error = Cli::try_parse_from(wrong).err().unwrap();
            assert_eq!(error.exit_code(), 2, "{wrong:?}");
        }
    }
}
