//! Every page narthex shows.
pub use maud::Markup;
