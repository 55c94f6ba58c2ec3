//! `narthex serve`
use super::Common;
use crate::{
    clock::Clock,
    server::{self, EndOfProcess},
};

pub(super) async fn run(common: &Common) -> anyhow::Result<()> {
    let config = common.load()?;
    let mut end = EndOfProcess::catch()?;
    let running = tokio::select! {
        running = server::start(config, Clock::System) => running?,
        () = end.told() => return Ok(()),
    };
    if let Some(link) = running.setup_link() {
        // On standard output and not in the log: whoever has the link becomes the first superuser.
        println!("There is no superuser yet. Open this link to make one:\n  {link}");
    }
    running.until_told(end).await;
    Ok(())
}
