//! `narthex keys …`: the keys that assertions are signed with.
use clap::Subcommand;
use serde::Serialize;

use super::{Common, user::columns};
use crate::{
    accounts::{
        By,
        signing::{self, Succession},
    },
    clock::Clock,
    domain::{
        signing::{BEHIND, over, signer},
        time::Time,
    },
    server::open,
    store::signing_keys::{self, Stored},
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Show the keys.
    List,
    /// Make the next key: it is published now and signs in 15 minutes, and nobody notices. This happens by itself every 30
    /// days.
    Rotate {
        /// It signs now, and nothing counts any more that another key has signed: for when one may be in wrong hands.
        #[arg(long)]
        at_once: bool,
    },
}

/// A key as it is shown.
#[derive(Serialize)]
struct Shown {
    kid: String,
    /// What it is for at this moment: `waits`, `signs` or `ends`.
    state: &'static str,
    made_at: String,
    signs_from: String,
    /// Until when it is published, where that is known.
    ends_at: Option<String>,
}

pub(super) async fn run(common: &Common, command: Command) -> anyhow::Result<()> {
    let (config, db) = common.open().await?;
    let now = Clock::System.now();
    match command {
        Command::List => {
            let keys = shown(&signing_keys::all(&mut db.read().await?).await?, now);
            common.answer(&keys, table(&keys));
        }
        Command::Rotate { at_once } => {
            let master = open::master_key(&config, &db).await?;
            let succession = if at_once { Succession::AtOnce } else { Succession::Overlapping };
            let made = signing::rotate(&db, &master, &By::cli(), succession, now).await?;
            let text = match succession {
                Succession::AtOnce => format!("{} signs now, and all other keys are gone", made.kid),
                Succession::Overlapping => {
                    format!("{} is published now and signs from {} on", made.kid, made.signs_from.rfc3339())
                }
            };
            let (kid, signs_from) = (made.kid, made.signs_from.rfc3339());
            common.answer(&serde_json::json!({ "kid": kid, "signs_from": signs_from }), text);
        }
    }
    db.close().await;
    Ok(())
}

/// The published keys in their order.
fn shown(keys: &[Stored], now: Time) -> Vec<Shown> {
    let from: Vec<_> = keys.iter().map(|key| key.signs_from).collect();
    let signs = signer(&from, now);
    let shown = |(at, key): (usize, &Stored)| Shown {
        kid: key.kid.clone(),
        state: match Some(at).cmp(&signs) {
            std::cmp::Ordering::Less => "ends",
            std::cmp::Ordering::Equal => "signs",
            std::cmp::Ordering::Greater => "waits",
        },
        made_at: key.made_at.rfc3339(),
        signs_from: key.signs_from.rfc3339(),
        ends_at: from.get(at + 1).map(|next| (*next + BEHIND).rfc3339()),
    };
    keys.iter().enumerate().skip(over(&from, now)).map(shown).collect()
}

fn table(keys: &[Shown]) -> String {
    if keys.is_empty() {
        return "there is no key yet: `narthex serve` makes the first one".to_owned();
    }
    let mut rows = vec![["KEY", "STATE", "SIGNS FROM", "ENDS"].map(str::to_owned).to_vec()];
    rows.extend(keys.iter().map(|key| {
        let ends = key.ends_at.clone().unwrap_or_default();
        vec![key.kid.clone(), key.state.to_owned(), key.signs_from.clone(), ends]
    }));
    columns(&rows)
}
