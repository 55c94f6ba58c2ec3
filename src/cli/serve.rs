//! `narthex serve`
use super::Common;
use crate::{clock::Clock, server};

pub(super) async fn run(common: &Common) -> anyhow::Result<()> {
    let config = common.load()?;
    let running = server::start(config, Clock::System).await?;
    if let Some(link) = running.setup_link() {
        // On standard output and not in the log: whoever has the link becomes the first superuser.
        println!("There is no superuser yet. Open this link to make one:\n  {link}");
    }
    running.until_told().await;
    Ok(())
}
