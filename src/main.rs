//! The program: runs the command that was asked for.
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    // TLS needs one provider of cryptography for the whole process; nobody else has set one yet.
    let _first = rustls::crypto::ring::default_provider().install_default();
    narthex::cli::run().await
}
