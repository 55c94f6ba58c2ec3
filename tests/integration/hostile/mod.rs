//! An OpenID Provider of our own that does one thing wrong at a time, and the table of what it can do. The certified
//! provider shows that honest ones are understood; this one shows that nobody gets away with anything.
//!
//! The unit tests of the relying party read this folder too: they run the same rows with one check switched off, and
//! see that the trick succeeds. That is why it names the library by its name.
mod keys;
mod rows;
mod server;
mod tricks;

pub(crate) use keys::Key;
pub(crate) use rows::{Ends, Row, accepted, group};
pub(crate) use server::Hostile;
pub(crate) use tricks::{ACCESS_TOKEN, CLIENT, DISCOVERY, NONCE_BEFORE, SECRET, Tricks, Wire, at_hash};
