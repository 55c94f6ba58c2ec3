use maud::html;

use crate::messages::{OneTime, Recovery, Strength};

pub(super) const RECOVERY: Recovery = Recovery {
    forgot: "Forgot password?",
    title: "Forgot your password?",
    lead: "Enter the email address of your account. You get a link to choose a new password.",
    sso: "If you sign in with SSO, your password is not kept here: reset it where it is.",
    send: "Send the link",
    remembered: "Remembered it?",
    sent_title: "Look into your mailbox",
    sent: "If an account with this address exists and has a password, a mail with a link is on its way.",
    sent_again: "The link is good for 30 minutes and for one time. Only the newest one works.",
    not_there: "Nothing came? Look among the spam, and check the address.",
    another: "Ask again",
    reset_title: "Choose a new password",
    reset_for: |username| html! { "for " strong { (username) } },
    reset_ends: "Changing it signs you out everywhere.",
    new: "New password",
    save: "Change password",
    void_title: "This link no longer works",
    void: "It was used already, a newer one took its place, or more than 30 minutes have passed. Your password is as it was.",
    again: "Ask for a new link",
    done_title: "Your password was changed",
    done: "Sign in with it. You were signed out everywhere.",
};

pub(super) const STRENGTH: Strength =
    Strength { label: "Password strength", weak: "Weak", fair: "Fair", good: "Good", strong: "Strong" };

pub(super) const ONE_TIME: OneTime = OneTime {
    crumb: "One-time password",
    title: |name| format!("One-time password for {name}"),
    saved_title: "The password was set",
    saved: "All sessions of this user have ended, and a mail without the password tells them so.",
    label: "One-time password",
    copy: "Copy",
    copied: "Copied",
    until: |at| {
        html! { "Valid until " strong { (at) ", " (at.minute()) " UTC" } ". At the first sign-in another one has to be chosen." }
    },
    once: "It is shown this once and kept nowhere. Pass it on through a separate channel, not by mail.",
    done: "Done",
    generate: "Generate a one-time password",
    generate_hint: "Sets one at once, shows it once, and leaves your other changes on this page unsaved.",
    lifetime: "It is then valid for 24 hours.",
    running: |at| {
        html! { "The present password was set by an administrator. It is valid until " (at) ", " (at.minute()) " UTC." }
    },
    lapsed: |at| {
        html! {
            "The present password was set by an administrator. It was valid until " (at) ", " (at.minute())
            " UTC; nobody can sign in with it any more."
        }
    },
};
