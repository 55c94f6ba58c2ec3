//! The words of every page: a struct of them for each language, so that a missing one does not compile.

mod admin;
mod applications;
mod common;
mod details;
mod edit;
mod en;
mod gate;
mod ko;
mod letters;
mod linking;
mod mail;
mod providers;
mod recovery;
mod roles;
mod sessions;
mod settings;
mod status;

pub(crate) use admin::{Audit, Flashes, Users};
pub(crate) use applications::{Applications, Verify, Withdraw};
pub(crate) use common::{Common, Problems};
pub(crate) use details::Details;
pub(crate) use edit::{Delete, Edit, Refusals};
pub(crate) use gate::{Login, Onward, Setup, Signup, Sso};
pub(crate) use letters::{Letters, Said};
pub(crate) use linking::Linking;
pub(crate) use mail::Mail;
pub(crate) use providers::Providers;
pub(crate) use recovery::{OneTime, Recovery, Strength};
pub(crate) use roles::{Inspect, Matrix, Rights, Role};
pub(crate) use sessions::Sessions;
pub(crate) use settings::{Dormant, Password, Settings};
pub(crate) use status::{Account, Errors};

/// A language that pages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// English
    En,
    /// Korean
    Ko,
}

impl Lang {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// `en` or `ko`, as in `<html lang>` and `?lang=`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// The language of that code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// What the language calls itself.
    pub(crate) const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ko => "한국어",
        }
    }

    /// Every word in this language.
    pub(crate) const fn words(self) -> &'static Words {
        match self {
            Self::En => &en::WORDS,
            Self::Ko => &ko::WORDS,
        }
    }
}

/// Every word in one language.
pub(crate) struct Words {
    pub(crate) common: Common,
    pub(crate) problems: Problems,
    pub(crate) login: Login,
    pub(crate) onward: Onward,
    pub(crate) sso: Sso,
    pub(crate) signup: Signup,
    pub(crate) verify: Verify,
    pub(crate) withdraw: Withdraw,
    pub(crate) setup: Setup,
    pub(crate) account: Account,
    pub(crate) errors: Errors,
    pub(crate) users: Users,
    pub(crate) applications: Applications,
    pub(crate) flashes: Flashes,
    pub(crate) edit: Edit,
    pub(crate) delete: Delete,
    pub(crate) refusals: Refusals,
    pub(crate) sessions: Sessions,
    pub(crate) audit: Audit,
    pub(crate) settings: Settings,
    pub(crate) dormant: Dormant,
    pub(crate) password: Password,
    pub(crate) recovery: Recovery,
    pub(crate) strength: Strength,
    pub(crate) one_time: OneTime,
    pub(crate) rights: Rights,
    pub(crate) matrix: Matrix,
    pub(crate) role: Role,
    pub(crate) inspect: Inspect,
    pub(crate) letters: Letters,
    pub(crate) linking: Linking,
    pub(crate) mail: Mail,
    pub(crate) providers: Providers,
}
