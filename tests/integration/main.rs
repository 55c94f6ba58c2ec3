//! narthex from outside: a real server on a free port, and browsers that behave like browsers.
//!
//! A story is one function that is told on what it runs; [`harness::both_stacks`] makes it two tests, one on
//! SQLite and this process's memory, one on PostgreSQL and Redis. `tests/run` starts those.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod harness;
mod hostile;

mod admin;
mod applications;
mod arrivals;
mod assertion;
mod audit;
mod audit_chain;
mod audit_program;
mod certified;
mod cheating;
mod cli;
mod conformance;
mod delegation;
mod employee;
mod enumeration;
mod fronts;
mod gate_doors;
mod gate_faults;
mod gate_fuzz;
mod gate_proxy;
mod gate_proxy_faults;
mod gate_proxy_lasting;
mod gate_proxy_raw;
mod gate_proxy_streams;
mod gate_revocations;
mod gate_rules;
mod gate_states;
mod layers;
mod limits;
mod limits_contract;
mod locks;
mod logout_back_channel;
mod logout_provider;
mod mail;
mod outsider;
mod passwords;
mod policy;
mod providers;
mod proxy_files;
mod recovery;
mod revalidation;
mod roles;
mod security;
mod session_contract;
mod session_index;
mod session_pages;
mod sessions;
mod signing_keys;
mod source_document;
mod sso_admission;
mod sso_explain;
mod sso_linking;
mod sso_login_page;
mod sso_mapping;
mod sso_redeeming;
mod sso_trust;
mod stores;
mod superusers;
mod uses;
mod verification;
mod verify;
