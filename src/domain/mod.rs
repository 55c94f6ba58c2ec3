//! What narthex is about: no I/O, no async, no framework.
pub mod access;
pub mod audit;
pub mod chain;
pub mod csv;
pub mod device;
pub mod host;
pub mod identity;
pub mod password;
pub mod path;
pub mod permission;
pub mod principal;
pub mod return_to;
pub mod secret;
pub mod session;
pub mod settings;
pub mod time;
pub mod user;
