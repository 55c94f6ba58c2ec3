use maud::html;

use crate::admin::applications::Outcome;
use crate::messages::{Applications, Verify, Withdraw};

pub(super) const VERIFY: Verify = Verify {
    title: "Confirm your address",
    lead: "Your application goes to an administrator once you do.",
    lead_at_once: "Your account is ready once you do.",
    applied: "Applied",
    password_hint: "Enter the password that you chose when you applied. It shows that the application is yours.",
    confirm: "Confirm this address",
    not_you_title: "You did not apply?",
    not_you: "Then do nothing and close this page. Without your confirmation the application is removed within a day.",
    gone_title: "This link no longer works",
    gone: "It was used already, or is older than a day. If you have confirmed your address, sign in to see where your application stands; otherwise apply again.",
    known_title: "You have an account already",
    known: "Sign in with your password. If your application still waits, the sign-in page says so.",
    full_title: "There is no room at this moment",
    full: "Too many applications wait to be looked at. Yours is kept: open the link in your mail again later, within a day of applying.",
    apply_again: "Apply again",
};

pub(super) const WITHDRAW: Withdraw = Withdraw {
    title: "Withdraw your application?",
    applied: |email, at| html! { "You applied with " strong { (email) } " on " (at) "." },
    consequence: "The account that waits is removed, together with the password you chose; a record of the application is kept for a while. You can apply again later.",
    withdraw: "Withdraw application",
    keep: "Keep it",
    done_title: "Your application is withdrawn",
    done: "The account that waited is removed; a record of the application is kept for a while. You can apply again at any time.",
    apply_again: "Apply again",
    over_title: "This cannot be done any more",
    over: "The page is too old, or somebody has decided on the application meanwhile. Sign in to see where it stands.",
};

pub(super) const APPLICATIONS: Applications = Applications {
    crumb: "Decided applications",
    title: "Applications",
    lead: "What became of applications: who decided, when, and why.",
    waiting: "Waiting",
    decided: "Decided",
    caption: "Decided applications, the latest decision first",
    applied: "Applied",
    outcome: "Outcome",
    any_outcome: "Any outcome",
    word: |outcome| match outcome {
        Outcome::Approved => "Approved",
        Outcome::Rejected => "Rejected",
        Outcome::Withdrawn => "Withdrawn",
        Outcome::Expired => "Expired",
        Outcome::Superseded => "Superseded",
    },
    decided_on: "Decision",
    message: "Message to the applicant",
    by_applicant: "by the applicant",
    by_system: "by narthex",
    no_match: "No applications match",
    empty_title: "Nothing has been decided yet",
    empty: "Applications appear here once somebody has activated or rejected them.",
    blocked: "Blocked addresses",
    blocked_hint: "New applications from these addresses are dropped without a word. Accounts and single sign-on are not affected.",
    blocked_since: |by, at| html! { "blocked by " (by) ", " (at) },
    blocked_more: "Older ones are found with the search above.",
    unblock: "Unblock",
    rejected_on: |at| html! { "Rejected on " (at) },
    rejected_told: "Message then: ",
    rejected_untold: "No message was sent then.",
};
