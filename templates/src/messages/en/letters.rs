use super::some;
use crate::email::About;
use crate::messages::{Letters, Said};
use crate::when::count;

pub(super) const LETTERS: Letters = Letters {
    hello: |name| format!("Hello {name},"),
    username: "Username",
    old_address: "Old address",
    new_address: "New address",
    time: "Time",
    network: "Network address",
    device: "Device",
    day: "On",
    message: "They add:",
    no_button: "If the button does not work, open",
    to: |recipient, organisation| {
        format!("This message was sent to {recipient} by the sign-in service of {organisation}.")
    },
    never_asks: "We never ask for your password by email.",
    help: |help| format!("Do you need help? Turn to {help}."),
    says,
};

/// What becomes of an application that comes to nothing.
const REMOVED: &str = "The account is removed; a record of the application is kept for a while.";

fn says(about: &About, organisation: &str) -> Said {
    let said = |subject: String, title: &str, text: &[&str]| Said {
        subject,
        title: title.to_owned(),
        text: text.iter().filter(|text| !text.is_empty()).map(|text| (*text).to_owned()).collect(),
        ..Said::default()
    };
    let of = |what: &str| format!("{what} – {organisation}");
    match about {
        About::VerifyEmail { .. } => Said {
            act: "Confirm this address",
            not_you: "You did not apply? Then do nothing: without the confirmation nothing comes of it.".to_owned(),
            ..said(
                of("Confirm your email address"),
                "Is this your address?",
                &[&format!("Somebody, probably you, applied for an account at {organisation} with this address. Please confirm that it is yours. The page asks for the password that you chose.")],
            )
        },
        About::AddressKnown => Said {
            act: "Sign in",
            also: "You do not know your password any more? Choose a new one",
            not_you: "It was not you? Then do nothing: your account stays as it is, and whoever applied was not told that you have one.".to_owned(),
            ..said(
                of("You have an account already"),
                "You have an account already",
                &[&format!("Somebody, probably you, applied for an account at {organisation} with this address, which is known there already. You do not need another one.")],
            )
        },
        About::ApplicationReceived => Said {
            act: "See where it stands",
            not_you: "You did not apply? Please tell us.".to_owned(),
            ..said(
                of("Your application was received"),
                "Your application was received",
                &[
                    &format!("Somebody, probably you, applied for an account at {organisation} with this address. An administrator looks at each application; we write to you as soon as this one is decided."),
                    "Until then, signing in with your password shows where it stands.",
                ],
            )
        },
        About::NewApplications { count: n, who, .. } => {
            let more = n.saturating_sub(who.len() as u64);
            let mut text = vec![format!(
                "{} for an account at {organisation} {} for a decision:",
                some(*n, "new application", "new applications"),
                if *n == 1 { "waits" } else { "wait" },
            )];
            if more > 0 {
                let verb = if more == 1 { "is" } else { "are" };
                text[0] = format!("{} These are the first, and there {verb} {} more.", text[0].replace(':', "."), count(more));
            }
            Said {
                act: "Open the queue",
                text,
                ..said(
                    of(&some(*n, "application waits", "applications wait")),
                    "Applications wait for you",
                    &[],
                )
            }
        }
        About::Approved { password, .. } => Said {
            act: "Sign in",
            not_you: "You did not apply? Please tell us.".to_owned(),
            ..said(
                format!("Your {organisation} account is active"),
                "Your account is active",
                &[if *password {
                    "your application was approved. You can sign in now with the password you chose."
                } else {
                    "your application was approved. You can sign in now, in the same way as when you applied."
                }],
            )
        },
        About::Rejected { blocked, .. } => said(
            of("Your application was not approved"),
            "Your application was not approved",
            &[
                &format!("an administrator looked at your application for an account at {organisation} and did not approve it. {REMOVED}"),
                if *blocked { "" } else { "You may apply again." },
            ],
        ),
        About::Withdrawn => Said {
            not_you: "It was not you? Please tell us, and apply again if you still want an account.".to_owned(),
            ..said(
                of("Your application was withdrawn"),
                "Your application was withdrawn",
                &[&format!("Your application for an account at {organisation} was taken back, as you asked. {REMOVED}")],
            )
        },
        About::ApplicationExpired { days, .. } => Said {
            act: "Apply again",
            ..said(
                of("Your application has expired"),
                "Your application has expired",
                &[&format!("nobody decided on your application for an account at {organisation} within {}, so it was closed. You may apply again.", some(*days, "day", "days"))],
            )
        },
        About::ResetPassword { .. } => Said {
            act: "Choose a new password",
            not_you: "You did not ask for it? Then do nothing: your password stays as it is.".to_owned(),
            ..said(
                of("Choose a new password"),
                "Choose a new password",
                &[
                    &format!("Somebody, probably you, asked for a new password for your account at {organisation}."),
                    "The link works once, for 30 minutes from when it was asked for, and only the newest one does. Choosing a new password signs you out everywhere.",
                ],
            )
        },
        About::PasswordReset { .. } => Said {
            act: "Sign in",
            not_you: "You did not expect this? Please ask whoever administers your account.".to_owned(),
            ..said(
                of("An administrator set your password"),
                "An administrator set your password",
                &[&format!("an administrator set a new password for your account at {organisation}, and you were signed out everywhere. You get it from them, not by email.")],
            )
        },
        About::PasswordChanged { .. } => Said {
            act: "Choose another password",
            not_you: "It was not you? Choose another password at once, and tell us.".to_owned(),
            ..said(
                of("Your password was changed"),
                "Your password was changed",
                &[&format!("the password of your account at {organisation} was changed, and you were signed out everywhere else.")],
            )
        },
        About::EmailChanged { .. } => Said {
            not_you: "It was not you? Please tell us at once: whoever reads the new address can get into your account.".to_owned(),
            ..said(
                of("Your email address was changed"),
                "Your email address was changed",
                &[&format!("the email address of your account at {organisation} was changed. We write to both addresses this once, and to the new one from now on.")],
            )
        },
        About::IdentityLinked { provider, password_removed: true, .. } => Said {
            act: "Look at my account",
            also: "Choose a password again",
            not_you: "Was it you? Then there is nothing to do. If not, please tell us at once.".to_owned(),
            ..said(
                of("You sign in another way now"),
                "You sign in another way now",
                &[
                    &format!("an identity at {provider} was linked to your account at {organisation}, because it has your email address. Whoever signs in there with it comes into your account from now on."),
                    "So that nobody else can, your password was removed and you were signed out everywhere.",
                ],
            )
        },
        About::IdentityLinked { provider, .. } => Said {
            act: "Look at my account",
            also: "If not, choose a new password",
            not_you: "Was it you? Then there is nothing to do. If not, unlink it there, and tell us.".to_owned(),
            ..said(
                of("A way to sign in was added"),
                "A way to sign in was added",
                &[&format!("an identity at {provider} was linked to your account at {organisation}. Whoever signs in there with it comes into your account from now on.")],
            )
        },
        About::IdentityUnlinked { provider, .. } => Said {
            act: "Look at my account",
            also: "If not, choose a new password",
            not_you: "Was it you? Then there is nothing to do. If not, please tell us.".to_owned(),
            ..said(
                of("A way to sign in was removed"),
                "A way to sign in was removed",
                &[&format!("your identity at {provider} is no longer linked to your account at {organisation}, and you were signed out everywhere else. You sign in without it from now on.")],
            )
        },
        About::NewSignIn { .. } => Said {
            act: "Look at my sessions",
            also: "If not, choose a new password",
            not_you: "Was it you? Then there is nothing to do. If not, end that session as well.".to_owned(),
            ..said(
                of("New sign-in to your account"),
                "New sign-in to your account",
                &[&format!("somebody signed in to your account at {organisation} from a device or a network that we had not seen before.")],
            )
        },
        About::Locked { minutes, .. } => Said {
            act: "Choose a new password",
            not_you: "It was not you? Your password still holds. Choose a new one if somebody may know it.".to_owned(),
            ..said(
                of("Too many wrong passwords"),
                "Too many wrong passwords",
                &[&format!("somebody entered too many wrong passwords for your account at {organisation}. From places that we do not know, nobody can sign in to it for {}.", some(*minutes, "minute", "minutes"))],
            )
        },
        About::ExpiresSoon { .. } => said(
            of("Your account expires soon"),
            "Your account expires soon",
            &[
                &format!("your account at {organisation} was set up for a limited time, which will soon be over. You cannot sign in after that; nothing is deleted."),
                "If you still need it, ask whoever administers it for more time.",
            ],
        ),
        About::DormantSoon { .. } => Said {
            act: "Sign in",
            ..said(
                of("Your account will be deactivated"),
                "You have not signed in for long",
                &[&format!("accounts at {organisation} that nobody uses are deactivated. If you want to keep yours, sign in once before the day below.")],
            )
        },
        About::Deactivated { .. } => said(
            of("Your account was deactivated"),
            "Your account was deactivated",
            &[
                &format!("your account at {organisation} was deactivated. You cannot sign in any more; nothing is deleted."),
                "If you still need it, ask whoever administers it to let you in again.",
            ],
        ),
    }
}
