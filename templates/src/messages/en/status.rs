use maud::html;

use crate::messages::{Account, Errors};

pub(super) const ACCOUNT: Account = Account {
    title: "My account",
    profile: "Profile",
    number: "ID",
    login_id: "Username (login ID)",
    signs_in_with: "Signs in with",
    ways_in: "Ways to sign in",
    local_password: "Password",
    from: "from",
    sessions: "Where you are signed in",
    sessions_text: "Sign out everywhere ends your sessions on every device, this one included.",
    everywhere: "Sign out everywhere",
};

pub(super) const ERRORS: Errors = Errors {
    code: |status| format!("Error {status}"),
    bad_request: (
        "This request cannot be understood",
        "Something in the address or the form is not as it should be. Go back and try again.",
    ),
    signed_out: (
        "You are signed out",
        "What you sent was not accepted, and nothing was changed. Sign in, then go back and send it again.",
    ),
    form_expired: (
        "This form could not be accepted",
        "It did not come from a page of ours, or your browser did not say so. Nothing was changed. Go back, reload the page and send the form again.",
    ),
    forbidden: (
        "You cannot come in this way",
        "Requests from here are not accepted. Open the page by its usual address.",
    ),
    not_found: ("Page not found", "The address may be mistyped, or the page may have moved."),
    method_not_allowed: (
        "This page does not work that way",
        "The request was sent in a way this address does not accept. Open the page from a link again.",
    ),
    not_arrived: (
        "Not everything arrived",
        "What was being sent stopped coming before it was whole. Check your connection, then send it again.",
    ),
    too_large: (
        "That is too much to send",
        "The request is larger than is accepted here. Send less at once.",
    ),
    misdirected: (
        "There is nothing under this name",
        "No application is reached here by the name in your address bar. It may be mistyped.",
    ),
    too_many_requests: (
        "Too many requests",
        "Many requests came from your address within a short time. Wait a minute, then try again.",
    ),
    internal: (
        "Something went wrong on our side",
        "Nothing is wrong with your account. Try again. If it happens again, pass on the reference below.",
    ),
    bad_gateway: (
        "The application does not answer",
        "You are signed in, but the application behind this gateway cannot be reached. Try again in a moment.",
    ),
    unavailable: (
        "Sign-in is unavailable for a moment",
        "A part of this gateway does not answer. Nothing is wrong with your account. Try again in about 30 seconds.",
    ),
    gateway_timeout: (
        "The application takes too long to answer",
        "You are signed in, but the application behind this gateway did not answer in time. Try again in a moment.",
    ),
    sign_in_loop: (
        "Signing in goes round in circles",
        "This browser signed in several times within seconds and was sent back each time. It may not keep cookies, or the application may not accept them. Allow cookies for this site, then sign in again.",
    ),
    go_to_account: "Go to my account",
    denied_title: "You do not have access to this page",
    signed_in_as: |username| html! { "You are signed in as " strong { (username) } "." },
    place: |place| html! { "You asked for " strong { (place) } "." },
    missing_superuser: "Only superusers can open it. Ask a superuser if you need it for your work.",
    missing_roles: |roles| {
        format!("It takes one of these roles: {roles}. Ask an administrator if you need one for your work.")
    },
    missing_permission: |key| {
        format!("It takes the permission {key}. Ask an administrator if you need it for your work.")
    },
    missing_network: |address| {
        format!(
            "It opens from certain networks only, and {address} is in none of them. Ask an administrator if you need \
             it from there for your work."
        )
    },
    missing_method: |method| {
        format!(
            "Nobody may do there what you tried ({method}). Ask an administrator if you need it for your work."
        )
    },
    missing_rule: "No rule gives your account access to it. Ask an administrator if you need it for your work.",
    sign_in_as_other: "Sign in as someone else",
};
