//! Every page narthex shows, as pure functions from a view-model to markup.
//!
//! Nothing here knows of HTTP, the database or the clock: a view-model carries values that are
//! ready to print and choices that are already made (`can_delete`), and enums instead of
//! sentences, so every page exists in every language. The words live in `messages`.
//!
//! | pages | module |
//! |---|---|
//! | `/login` | [`login`] |
//! | what a refused single sign-on ends on | [`sso`] |
//! | `/signup`, `/signup/received` | [`signup`] |
//! | `/verify-email` | [`verify`] |
//! | `/signup/withdraw`, `/signup/withdrawn` | [`withdraw`] |
//! | `/setup` | [`setup`] |
//! | `/continue`, `/signed-out` | [`onward`] |
//! | `/account` | [`account`] |
//! | `/account/password` | [`password`] |
//! | `/account/identities/…` | [`linking`] |
//! | `/forgot-password`, `/reset-password` | [`recovery`] |
//! | the meter under a new password | [`strength`] |
//! | everything under `/admin` | [`admin`] |
//! | every 4xx and 5xx, `/denied` | [`errors`] |
//! | what is mailed | [`email`] |

pub mod account;
pub mod admin;
pub mod assets;
mod components;
pub mod email;
pub mod errors;
mod forms;
mod frame;
mod href;
mod icons;
mod kinds;
mod layout;
pub mod linking;
pub mod login;
mod messages;
pub mod onward;
pub mod password;
mod problem;
pub mod recovery;
#[doc(hidden)]
pub mod samples;
pub mod setup;
pub mod signup;
pub mod sso;
pub mod strength;
pub mod verify;
mod when;
pub mod withdraw;

pub use frame::{AdminFrame, Frame, Languages, Menu};
pub use href::Href;
pub use kinds::{Device, Identity, Session, Source, Status, Tier, Unlink};
pub use maud::Markup;
pub use messages::Lang;
pub use problem::{PasswordRule, Problem};
pub use when::When;
