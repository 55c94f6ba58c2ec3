use maud::html;

use super::some;
use crate::messages::{Login, Onward, Setup, Signup, Sso};

pub(super) const LOGIN: Login = Login {
    title: |organisation| format!("Sign in to {organisation}"),
    to_continue: |host| html! { "to continue to " strong { (host) } },
    unanswered: "This sign-on is not answering right now. You can try it, or sign in another way.",
    or_local: "or use a local account",
    login: "Username or email",
    no_account: "No account yet?",
    failed_title: "Sign-in failed",
    failed: "The username or password is incorrect.",
    locks: |failures, minutes| {
        let (attempts, minutes) =
            (some(failures, "failed attempt", "failed attempts"), some(minutes, "minute", "minutes"));
        format!("After {attempts} an account is locked for {minutes}.")
    },
    pending_title: "Your application awaits approval",
    pending: |at| {
        html! { "You signed up on " (at) ". An administrator has to approve your account before you can sign in." }
    },
    withdraw: "Withdraw application",
    inactive_title: "This account is inactive",
    inactive: "An administrator has deactivated it. Your data is kept.",
    regain: |help| html! { "To regain access, contact " (help) "." },
    received_title: "Application received",
    received: "You can sign in here once an administrator has approved your account.",
    busy_title: "Sign-in is busy",
    busy: "Many people are signing in right now. Nothing is wrong with your account. Try again in a few seconds.",
    idle_title: "You were signed out after a time of inactivity",
    idle: "Sign in to continue where you were.",
};

pub(super) const ONWARD: Onward = Onward {
    continue_title: "You are signed in",
    continuing: |host| html! { "Taking you to " strong { (host) } "." },
    continue_to: |host| format!("Continue to {host}"),
    signed_out_title: "You are signed out",
    signed_out: "On a shared computer, also close the browser. If you used single sign-on, you may still be signed in there.",
    sign_in_again: "Sign in again",
    sign_out_there: |provider| format!("Sign out of {provider}, too"),
};

pub(super) const SSO: Sso = Sso {
    sign_in_with_password: "Sign in with a password",
    start_again: "Start again",
    denied_title: |provider| format!("{provider} did not sign you in"),
    denied: |provider| {
        format!(
            "Access was denied there, or the sign-in was cancelled. Try again, or ask whoever looks after {provider} for access."
        )
    },
    unavailable_title: |provider| format!("{provider} does not answer"),
    unavailable: "Nothing is wrong with your account. Try again in a moment, or use another way to sign in.",
    bad_response_title: "This sign-in was stopped for safety",
    bad_response: |provider| {
        format!(
            "The answer from {provider} failed a security check and was not used. Try again. If it happens again, pass on the reference below."
        )
    },
    expired_title: "This sign-in has to start again",
    expired: "It was started elsewhere or too long ago. Nothing is wrong with your account.",
    email_missing_title: |provider| format!("{provider} sent no email address"),
    email_missing: |claim, scope| {
        html! {
            "An account needs one. It is expected in the claim " code { (claim) } ", which the scope " code { (scope) }
            " usually brings. Pass this on to whoever looks after your sign-on."
        }
    },
    email_unverified_title: "Your email address is not verified",
    email_unverified: |provider| {
        format!("{provider} does not confirm that the address is yours. Verify it there, then sign in again.")
    },
    domain_title: |domain| format!("Addresses at {domain} cannot sign in here"),
    domain: |provider| {
        format!(
            "From {provider}, only certain email domains are admitted. Use another account, or ask an administrator to admit this domain."
        )
    },
    group_title: "None of your groups is admitted here",
    group: |provider| {
        format!(
            "From {provider}, only members of certain groups can sign in. Ask an administrator which group you need."
        )
    },
    groups_missing_title: |provider| format!("{provider} did not say in which groups you are"),
    groups_missing: |claim| {
        html! {
            "Only members of certain groups can sign in here. They are expected in the claim " code { (claim) }
            ". Pass this on to whoever looks after your sign-on."
        }
    },
    claim_title: "You are not admitted here",
    claim: |provider, claim| {
        html! {
            "What " (provider) " says of you in " code { (claim) } " is not what is asked for here. Ask an administrator who may sign in this way."
        }
    },
    not_provisioned_title: "There is no account for you here yet",
    not_provisioned: |provider| {
        format!(
            "{provider} knows you, but only people who already have an account can sign in this way. Ask an administrator for one."
        )
    },
    collision_title: "This email address belongs to another account",
    collision: |provider| {
        format!(
            "An account with your email address exists here already. If it is yours, sign in with its password and link {provider} on your account page, or ask an administrator. Nothing was created or changed."
        )
    },
    superuser_collision: |provider| {
        format!(
            "An account with your email address exists here already, and it is one that is never linked by email. If it is yours, sign in with its password and link {provider} on your account page, or ask an administrator. Nothing was created or changed."
        )
    },
    taken_title: "This identity belongs to another account",
    taken: |provider| {
        format!(
            "Whoever you are at {provider} signs in to another account here. Sign in there as somebody else, or unlink it from that account first."
        )
    },
    second_title: |provider| format!("{provider} is linked to your account already"),
    second: |provider| {
        format!("An account has one identity at {provider} at most. Unlink the present one first.")
    },
    elsewhere_title: "This was begun in another session",
    elsewhere: "Only the session that began to link an identity can finish it. Begin again on your account page.",
    barred_title: "This identity is barred",
    barred: |provider| {
        format!(
            "An administrator deleted the account and barred this identity at {provider} from signing in again."
        )
    },
};

pub(super) const SIGNUP: Signup = Signup {
    title: "Apply for an account",
    reviewed: "An administrator reviews applications.",
    staff: |organisation| format!("{organisation} staff:"),
    use_sso: "use SSO instead",
    email_hint: "You can sign in with it, too.",
    username_hint: "Your login ID. Made from your name if left empty.",
    reason_hint: "Name your project or sponsor. This speeds up the review.",
    submit: "Submit application",
    have_account: "Already have an account?",
    received_title: "Application received",
    sent: |at| html! { "Sent " (at) ", " (at.minute()) " UTC" },
    applied: "You applied",
    done: " (done)",
    applied_as: |email| format!("with {email}"),
    applied_plain: "The form has arrived.",
    confirm_title: "Confirm your address",
    confirm_step: "You confirm your address",
    confirm: "Open the mail that is on its way to you and follow its link within a day. Look among unwanted mail, too.",
    confirmed_title: "Your address is confirmed",
    confirmed_step: "You confirmed your address",
    confirmed: "Your application is on its way.",
    approved: "Nobody needs to look at your application.",
    active_title: "Your account is ready",
    sign_in_now: "Use the password you chose.",
    review_title: "An administrator reviews it",
    review: "Nothing more is needed from you.",
    sign_in_title: "You sign in",
    sign_in: "Use the password you chose. While your application waits, the sign-in page says so.",
    not_yours: "Not your address?",
    apply_again: "Apply again",
    disabled_title: "Sign-up is closed",
    disabled: "Accounts cannot be applied for here. Ask an administrator if you need one.",
    no_superuser_title: "Sign-up is not open yet",
    no_superuser: "There is no active superuser who could approve an application. Try again once the gateway has been set up.",
    too_many_title: "Too many applications",
    too_many: "Many applications arrived within a short time. Yours was not sent. Try again later.",
};

pub(super) const SETUP: Setup = Setup {
    title: "Set up the first superuser",
    lead: "This account can do everything, admitting everybody else included.",
    username_hint: "Your login ID.",
    submit: "Create superuser",
    done_title: "The first superuser is ready",
    done: |username| html! { "Sign in as " strong { (username) } " with the password you chose. The setup link no longer works." },
    already_title: "Setup is already done",
    already: "There has been a superuser before, so this link no longer works. Sign in with that account.",
    invalid_title: "This setup link does not work",
    invalid: "It is not the link that this gateway printed when it started. Copy the whole link from its output and open it again.",
};
