//! `narthex audit …`: whether the audit log is as it was written, the head of its chain, a copy of it.
use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::Common;
use crate::{
    accounts::{
        By, administration,
        chain::{
            export::{self, Format},
            kept, seal,
            verify::{self, Report},
        },
    },
    clock::Clock,
    domain::{
        audit::Event,
        chain::{Fault, Head},
        time::Time,
        user::UserId,
    },
    server::open,
    store::{Db, audit::Filter},
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Find every entry that was changed, removed, inserted or moved.
    Verify {
        /// A head that was kept elsewhere, or a file that holds one; the one in data_dir unless given.
        #[arg(long, value_name = "POSITION:MAC|FILE")]
        head: Option<String>,
    },
    /// Print a copy, oldest entry first, and record that it was taken.
    Export(Export),
    /// Print the head of the chain; kept elsewhere, it proves later that nothing up to there was removed.
    Head,
}

#[derive(Args)]
pub(super) struct Export {
    /// jsonl (each entry's text as it is sealed) or csv.
    #[arg(long, default_value = "jsonl", value_parser = |word: &str| Format::parse(word).ok_or("takes jsonl or csv"))]
    format: Format,
    /// Only this event, such as login.failed.
    #[arg(long, value_parser = |word: &str| Event::parse(word).ok_or("is no event that is recorded"))]
    event: Option<Event>,
    /// Only what this account did: number, username, email or id.
    #[arg(long)]
    actor: Option<String>,
    /// Only what happened to this account.
    #[arg(long)]
    target: Option<String>,
    /// Only what this account did or what happened to it.
    #[arg(long)]
    user: Option<String>,
    /// From this day on (UTC), as 2026-11-21.
    #[arg(long)]
    from: Option<NaiveDate>,
    /// Up to and with this day (UTC).
    #[arg(long)]
    to: Option<NaiveDate>,
    /// The file to write, which must not be there yet; standard output unless given.
    #[arg(long)]
    output: Option<PathBuf>,
}

pub(super) async fn run(common: &Common, command: Command) -> anyhow::Result<()> {
    let (config, db) = common.open().await?;
    match command {
        Command::Verify { head } => {
            let kept = kept_head(head.as_deref(), &config.data_dir)?;
            let master = open::master_key(&config, &db).await?;
            let report = verify::verify(&db, &master, kept).await?;
            tell(common, &report, Clock::System.now());
            db.close().await;
            if !report.is_intact() {
                std::process::exit(1);
            }
            return Ok(());
        }
        Command::Export(asked) => asked.run(&db).await?,
        Command::Head => {
            let master = open::master_key(&config, &db).await?;
            let head = kept::head(&mut db.read().await?, &master).await?;
            let head = head.context("nothing was sealed yet: the gateway does it while it runs")?;
            common.answer(
                &json!({ "position": head.position, "mac": head.mac.to_string(), "head": head.to_string() }),
                head,
            );
        }
    }
    db.close().await;
    Ok(())
}

/// The head that was given, or the one in the data folder.
fn kept_head(given: Option<&str>, data_dir: &Path) -> anyhow::Result<Option<Head>> {
    let Some(given) = given else {
        let file = kept::file(data_dir);
        return kept::read(&file).with_context(|| format!("{} cannot be read", file.display()));
    };
    match given.parse::<Head>() {
        Ok(head) => Ok(Some(head)),
        Err(words) => match kept::read(Path::new(given)) {
            Ok(Some(head)) => Ok(Some(head)),
            Ok(None) => bail!("{words}; there is no file {given} either"),
            Err(error) => Err(error).with_context(|| format!("{given} cannot be read")),
        },
    }
}

fn tell(common: &Common, report: &Report, now: Time) {
    let Report { entries, waiting, waiting_since, head, pruned, compared, faults } = report;
    let shown = |fault: &Fault| {
        json!({
            "position": fault.position,
            "event_id": fault.event_id,
            "what": fault.what,
            "says": fault.what.to_string(),
        })
    };
    let value = json!({
        "ok": report.is_intact(),
        "entries": entries,
        "waiting": waiting,
        "waiting_since": waiting_since.map(Time::rfc3339),
        "pruned_up_to": pruned,
        "head": head.to_string(),
        "end_compared": compared,
        "faults": faults.named.iter().map(shown).collect::<Vec<_>>(),
        "more_faults": faults.more,
    });
    let mut lines: Vec<_> = faults.named.iter().map(ToString::to_string).collect();
    if faults.more > 0 {
        lines.push(format!("and {} more", faults.more));
    }
    lines.push(match report.is_intact() {
        true => format!("the audit log is intact: {entries} entries up to {head}, {waiting} wait to be sealed"),
        false => format!(
            "the audit log is NOT intact: {} findings in {entries} entries; keep a copy of the database as it is",
            faults.named.len() as u64 + faults.more
        ),
    });
    if *pruned > 0 {
        lines.push(format!("entries up to {pruned} were removed as too old"));
    }
    if let Some(since) = waiting_since.filter(|since| seal::is_overdue(*since, now)) {
        lines.push(format!("events wait to be sealed since {}: see that the gateway runs", since.rfc3339()));
    }
    if !compared && !faults.named.iter().any(|fault| fault.what.is_about_head()) {
        lines.push(
            "there is no kept head to compare with, so it cannot be excluded that entries were removed at the end"
                .to_owned(),
        );
    }
    common.answer(&value, lines.join("\n"));
}

impl Export {
    async fn run(self, db: &Db) -> anyhow::Result<()> {
        let filter = Filter {
            entry: None,
            event: self.event,
            actor: find(db, self.actor.as_deref()).await?,
            target: find(db, self.target.as_deref()).await?,
            user: find(db, self.user.as_deref()).await?,
            from: self.from.map(midnight),
            until: self.to.and_then(|day| day.succ_opt()).map(midnight),
        };
        let Some(file) = &self.output else {
            return self.copy(db, filter, &mut io::stdout().lock()).await;
        };
        let cannot = || format!("{} cannot be made", file.display());
        if file.try_exists().with_context(cannot)? {
            bail!("{} is there already", file.display());
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        // Ours only, and in its place when it is complete.
        let mut draft =
            tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).with_context(cannot)?;
        self.copy(db, filter, &mut draft).await?;
        draft.as_file().sync_all().with_context(cannot)?;
        draft.persist_noclobber(file).with_context(cannot)?;
        Ok(())
    }

    async fn copy(&self, db: &Db, filter: Filter, out: &mut impl io::Write) -> anyhow::Result<()> {
        let mut export = export::begin(db, &By::cli(), filter, self.format, Clock::System.now()).await?;
        while let Some(piece) = export.next().await? {
            out.write_all(piece.as_bytes()).context("the copy cannot be written")?;
        }
        out.flush().context("the copy cannot be written")
    }
}

/// The account that is meant; the id of one that is gone still finds its entries.
async fn find(db: &Db, typed: Option<&str>) -> anyhow::Result<Option<UserId>> {
    let Some(typed) = typed else { return Ok(None) };
    if let Ok(id) = typed.parse::<Uuid>() {
        return Ok(Some(UserId(id)));
    }
    let user = administration::find(db, typed).await?;
    let user =
        user.with_context(|| format!("there is no account {typed}; for one that is gone, give its id"))?;
    Ok(Some(user.id))
}

fn midnight(day: NaiveDate) -> Time {
    day.and_time(chrono::NaiveTime::MIN).and_utc().into()
}
