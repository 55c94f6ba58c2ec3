//! narthex, an identity gateway: two doors in, one user table, one gate in front of every application.
//!
//! # The map
//! | module | what it is for |
//! |---|---|
//! | [`domain`] | what narthex is about: accounts, sessions, passwords, rules, events; pure, no I/O |
//! | [`store`] | SQL and nothing else, one file a table, for SQLite and PostgreSQL from one text |
//! | [`session`] | where sessions are kept: in this process or in Redis |
//! | [`limits`] | how often something was tried: counters in Redis, or in this process |
//! | [`oidc`] | the relying party: talks to OpenID Providers, knows neither database nor cookies |
//! | [`accounts`] | what can be done to an account: one function, one transaction, its audit event included; the chain that proves the audit log; the keys that sign assertions |
//! | [`mail`] | writes mails and hands them to a mail server, or into files |
//! | [`gateway`] | the one decision behind every door, what upstreams are told of people, and our own reverse proxy |
//! | [`http`] | routes, cookies, pages; the only place that knows axum |
//! | [`server`] | from a configuration to a running server, and its orderly end |
//! | [`cli`] | the commands |
//! | [`config`] | every setting |
//! | [`clock`], [`state`], [`telemetry`], [`housekeeping`] | the time, what requests share, the log, what runs by the clock |
//!
//! The pages themselves are pure functions in the crate `templates`.
//!
//! # Who may depend on whom
//! `main → cli → server → http → {gateway, accounts, oidc, session, limits, store (reads only), templates}`;
//! `gateway → session, store, domain`; `accounts → store, domain`; everything rests on `domain`.
//! `tests/integration/layers.rs` holds the imports to this.
//!
//! # The life of a request
//! A handler parses at the door (domain types only from there on), calls one operation in [`accounts`], and
//! answers with a page or a redirect. The operation opens one transaction, reads the actor again, decides,
//! writes through [`store`], records its audit event and commits. A session says who; the account says
//! whether: every change that takes something away increments the account's epoch, and a session of an older
//! epoch is nobody's.
/// Requests are answered with many small pieces of memory, on several threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// Unit tests share a provider that misbehaves with the integration tests, which know this crate by its name.
#[cfg(test)]
extern crate self as narthex;

pub mod accounts;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod gateway;
pub mod housekeeping;
pub mod http;
pub mod limits;
pub mod mail;
pub mod oidc;
pub mod server;
pub mod session;
pub mod state;
pub mod store;
pub mod telemetry;
