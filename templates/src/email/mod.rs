//! Every mail that narthex writes: a subject, and the same words as HTML and as text.
//!
//! Mail is read where nothing of ours is at hand: HTML carries its style in itself, nothing is fetched, and
//! all links begin with [`Letter::base`]. What people typed comes as [`Typed`], so that no mail program makes
//! a link of it.

use crate::{Device, Lang, When};

mod draw;
mod kind;
mod text;
mod typed;

pub use kind::Kind;
pub use typed::Typed;

/// One mail to one person.
pub struct Letter {
    /// In which language.
    pub lang: Lang,
    /// Whose gateway writes.
    pub organisation: String,
    /// Where to ask for help: an email address or a URL.
    pub help: Option<String>,
    /// Where our own pages are, without a slash at its end: `https://auth.example.com`.
    pub base: String,
    /// Whether passwords of our own are a way in: otherwise nobody is sent to choose one.
    pub local: bool,
    /// To whom: printed, so that somebody with several addresses knows which one it is about.
    pub recipient: Typed,
    /// What it says.
    pub about: About,
}

/// What a mail is about. Those that a stranger can have sent to an address carry no name.
pub enum About {
    /// Confirm that this address is yours.
    VerifyEmail {
        /// The secret of the link.
        token: String,
    },
    /// Somebody applied with an address that has an account.
    AddressKnown,
    /// The application waits.
    ApplicationReceived,
    /// Applications wait for an approver.
    NewApplications {
        /// The approver.
        name: Typed,
        /// How many.
        count: u64,
        /// The first few by name.
        who: Vec<Typed>,
    },
    /// Come in.
    Approved {
        /// The applicant.
        name: Typed,
        /// With what to sign in.
        username: Typed,
        /// Whether there is a password; otherwise they come through a provider.
        password: bool,
    },
    /// No.
    Rejected {
        /// The applicant.
        name: Typed,
        /// What whoever decided wants them to know.
        message: Option<Typed>,
        /// Whether the address may not apply again.
        blocked: bool,
    },
    /// The application was taken back.
    Withdrawn,
    /// Nobody decided in time.
    ApplicationExpired {
        /// The applicant.
        name: Typed,
        /// After how many days.
        days: u64,
    },
    /// A link to choose a new password.
    ResetPassword {
        /// With what to sign in.
        username: Typed,
        /// The secret of the link.
        token: String,
    },
    /// An administrator has set the password.
    PasswordReset {
        /// The owner.
        name: Typed,
    },
    /// The password was changed.
    PasswordChanged {
        /// The owner.
        name: Typed,
        /// When and from where.
        seen: Seen,
    },
    /// The address was changed.
    EmailChanged {
        /// The owner.
        name: Typed,
        /// Until now.
        old: Typed,
        /// From now on.
        new: Typed,
    },
    /// An identity at a provider is a way in from now on.
    IdentityLinked {
        /// The owner.
        name: Typed,
        /// The provider's name for people.
        provider: Typed,
        /// Whether the password was removed with it.
        password_removed: bool,
        /// When and from where.
        seen: Seen,
    },
    /// It is one no longer.
    IdentityUnlinked {
        /// The owner.
        name: Typed,
        /// The provider's name for people.
        provider: Typed,
        /// When and from where.
        seen: Seen,
    },
    /// A sign-in from somewhere new.
    NewSignIn {
        /// The owner.
        name: Typed,
        /// When and from where.
        seen: Seen,
    },
    /// Too many wrong passwords.
    Locked {
        /// The owner.
        name: Typed,
        /// When, and from where the last one came.
        seen: Seen,
        /// How long it lasts.
        minutes: u64,
    },
    /// The account's time will soon be over.
    ExpiresSoon {
        /// The owner.
        name: Typed,
        /// When.
        at: When,
    },
    /// The account will be deactivated.
    DormantSoon {
        /// The owner.
        name: Typed,
        /// When.
        at: When,
    },
    /// The account was deactivated.
    Deactivated {
        /// The owner.
        name: Typed,
    },
}

/// When something happened and from where.
pub struct Seen {
    /// When.
    pub at: When,
    /// From which address.
    pub address: Typed,
    /// With what; one that is not known is not quoted, since anybody can say anything there.
    pub device: Device,
}

/// A mail in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// One line.
    pub subject: String,
    /// A whole document.
    pub html: String,
    /// The same as plain text.
    pub text: String,
}

/// Writes it.
pub fn write(letter: &Letter) -> Written {
    let words = &letter.lang.words().letters;
    let said = (words.says)(&letter.about, &letter.organisation);
    let parts = Parts {
        greeting: letter.about.name().map(|name| (words.hello)(name)),
        facts: facts(letter),
        list: match &letter.about {
            About::NewApplications { who, .. } => who.iter().map(ToString::to_string).collect(),
            _ => vec![],
        },
        quote: match &letter.about {
            About::Rejected { message, .. } => message.as_ref().map(ToString::to_string),
            _ => None,
        },
        act: letter.about.act(letter.local).map(|path| (said.act, format!("{}{path}", letter.base))),
        also: letter.about.also(letter.local).map(|path| (said.also, format!("{}{path}", letter.base))),
        to: (words.to)(letter.recipient.as_str(), &letter.organisation),
        said,
    };
    Written {
        subject: Typed::exact(&parts.said.subject).to_string(),
        html: draw::html(letter, &parts).into_string(),
        text: text::text(letter, &parts),
    }
}

/// A mail in pieces, as either form puts them together.
struct Parts {
    said: crate::messages::Said,
    greeting: Option<String>,
    facts: Vec<(&'static str, String)>,
    list: Vec<String>,
    quote: Option<String>,
    act: Option<(&'static str, String)>,
    also: Option<(&'static str, String)>,
    to: String,
}

fn facts(letter: &Letter) -> Vec<(&'static str, String)> {
    let words = &letter.lang.words().letters;
    match &letter.about {
        About::Approved { username, .. } | About::ResetPassword { username, .. } => {
            vec![(words.username, username.to_string())]
        }
        About::EmailChanged { old, new, .. } => {
            vec![(words.old_address, old.to_string()), (words.new_address, new.to_string())]
        }
        About::PasswordChanged { seen, .. }
        | About::IdentityLinked { seen, .. }
        | About::IdentityUnlinked { seen, .. }
        | About::NewSignIn { seen, .. }
        | About::Locked { seen, .. } => {
            let device = match &seen.device {
                Device::Known { browser, system, .. } => {
                    (letter.lang.words().sessions.device)(browser, system)
                }
                Device::Raw(_) => letter.lang.words().sessions.device_unknown.to_owned(),
            };
            vec![
                (words.time, moment(&seen.at)),
                (words.network, seen.address.to_string()),
                (words.device, device),
            ]
        }
        About::ExpiresSoon { at, .. } | About::DormantSoon { at, .. } => vec![(words.day, moment(at))],
        _ => vec![],
    }
}

fn moment(when: &When) -> String {
    format!("{} {} UTC", when.date, when.minute())
}

impl About {
    /// Whom to greet; nobody where a stranger can have it sent.
    fn name(&self) -> Option<&str> {
        match self {
            Self::VerifyEmail { .. }
            | Self::AddressKnown
            | Self::ApplicationReceived
            | Self::Withdrawn
            | Self::ResetPassword { .. } => None,
            Self::NewApplications { name, .. }
            | Self::Approved { name, .. }
            | Self::Rejected { name, .. }
            | Self::ApplicationExpired { name, .. }
            | Self::PasswordReset { name }
            | Self::PasswordChanged { name, .. }
            | Self::EmailChanged { name, .. }
            | Self::IdentityLinked { name, .. }
            | Self::IdentityUnlinked { name, .. }
            | Self::NewSignIn { name, .. }
            | Self::Locked { name, .. }
            | Self::ExpiresSoon { name, .. }
            | Self::DormantSoon { name, .. }
            | Self::Deactivated { name } => Some(name.as_str()),
        }
    }

    /// Where the button leads. Sign-in with a password is asked for by name, or a provider takes over.
    fn act(&self, local: bool) -> Option<String> {
        Some(match self {
            Self::VerifyEmail { token } => format!("/verify-email?token={token}"),
            Self::ResetPassword { token, .. } => format!("/reset-password?token={token}"),
            Self::NewApplications { .. } => "/admin/users".to_owned(),
            Self::Approved { password: false, .. } => "/login".to_owned(),
            Self::AddressKnown
            | Self::ApplicationReceived
            | Self::Approved { .. }
            | Self::PasswordReset { .. }
            | Self::DormantSoon { .. } => if local { "/login?local=1" } else { "/login" }.to_owned(),
            Self::ApplicationExpired { .. } => "/signup".to_owned(),
            Self::NewSignIn { .. } | Self::IdentityLinked { .. } | Self::IdentityUnlinked { .. } => {
                "/account".to_owned()
            }
            Self::PasswordChanged { .. } | Self::Locked { .. } if local => "/forgot-password".to_owned(),
            Self::PasswordChanged { .. }
            | Self::Locked { .. }
            | Self::Rejected { .. }
            | Self::Withdrawn
            | Self::EmailChanged { .. }
            | Self::ExpiresSoon { .. }
            | Self::Deactivated { .. } => return None,
        })
    }

    /// A second way.
    fn also(&self, local: bool) -> Option<String> {
        match self {
            Self::AddressKnown
            | Self::NewSignIn { .. }
            | Self::IdentityLinked { .. }
            | Self::IdentityUnlinked { .. }
                if local =>
            {
                Some("/forgot-password".to_owned())
            }
            _ => None,
        }
    }
}
