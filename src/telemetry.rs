//! The log: on standard error, as text or one JSON object a line. What is logged is a sentence and fields;
//! never a secret, a token or a whole URL.
use std::io::{self, IsTerminal as _};

use tracing_subscriber::{EnvFilter, fmt};

/// What is logged unless `NARTHEX_LOG` says otherwise.
const DEFAULT: &str = "info";
/// Libraries that write cookies, statements or bytes of a connection into their logs: never louder than this.
const QUIET: [&str; 8] = [
    "hyper=info",
    "hyper_util=info",
    "h2=info",
    "reqwest=info",
    "rustls=info",
    "sqlx=warn",
    "redis=info",
    "tower_http=info",
];

/// Begins to log. Does nothing when the log has begun already.
///
/// # Errors
/// When `filter` (`NARTHEX_LOG`) cannot be read.
pub fn start(json: bool, filter: Option<&str>) -> Result<(), Error> {
    let filter = parse(filter.unwrap_or(DEFAULT))?;
    let log = fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false);
    // Somebody else's subscriber, in tests, is as good as ours.
    let _already = if json {
        log.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        log.with_ansi(io::stderr().is_terminal()).try_init()
    };
    Ok(())
}

/// `NARTHEX_LOG` cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("NARTHEX_LOG cannot be read ({0}); write it like \"debug\" or \"warn,narthex=debug\"")]
pub struct Error(#[from] tracing_subscriber::filter::ParseError);

fn parse(filter: &str) -> Result<EnvFilter, Error> {
    let mut filter = EnvFilter::builder().parse(filter)?;
    for directive in QUIET {
        filter = filter.add_directive(directive.parse()?);
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_read_or_refused_with_words() {
        assert!(parse("warn,narthex=debug").is_ok());
        let said = parse("narthex=loud").unwrap_err().to_string();
        assert!(said.starts_with("NARTHEX_LOG cannot be read ("), "{said}");
    }

    #[test]
    fn libraries_that_would_log_secrets_stay_quiet_whatever_is_asked_for() {
        let filter = parse("trace,hyper=trace").unwrap().to_string();
        for directive in QUIET {
            assert!(filter.split(',').any(|part| part == directive), "{filter}");
        }
    }
}
