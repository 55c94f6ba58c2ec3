use maud::html;

use super::some;
use crate::messages::{Delete, Edit, Refusals};

pub(super) const EDIT: Edit = Edit {
    crumb: "Edit",
    title: |name| format!("Edit {name}"),
    meta_registered: |at| html! { "registered " (at) },
    profile: "Profile",
    managed: |provider| format!("Managed by {provider}. Changes there arrive at the next sign-in."),
    access: "Access",
    tier_hint: "Superusers can do everything, including making others superusers. One or two people is enough.",
    tier_fixed: "Only a superuser can change this.",
    inactive_strong: |n| match n {
        0 => "Inactive blocks sign-in.".to_owned(),
        _ => format!("Inactive blocks sign-in and ends {} now.", some(n, "session", "sessions")),
    },
    inactive_rest: "Their data is kept and you can reactivate at any time.",
    superuser_strong: "Superuser is the highest privilege.",
    superuser_rest: "Give it to as few people as possible. This change is written to the audit log.",
    waits_title: "This account waits for approval",
    waits: "Activate it, and the person can sign in at once. Delete the application, and they have to sign up again.",
    activate: "Activate",
    no_identities: "None. This person signs in with a password.",
    sessions: "Active sessions",
    session_count: |n| match n {
        0 => "Not signed in anywhere.".to_owned(),
        _ => some(n, "active session", "active sessions"),
    },
    end_sessions: "End all sessions",
    locked: |at, failures| {
        html! {
            "Locked until " (at) ", " (at.minute()) " UTC, after "
            (some(failures, "failed sign-in", "failed sign-ins")) "."
        }
    },
    locked_text: "Browsers in which this person has signed in before are not affected.",
    unlock: "Unlock",
    change_password: "Change Password",
    or_type: "or type one",
    password_hint: "Deliver the new password through a separate channel. Saving ends this user’s sessions.",
    new_password: "New password",
    delete_user: "Delete user",
    delete_application: "Delete application",
    save: "Save changes",
    conflict_title: |by| match by {
        Some(by) => format!("{by} changed this user while you were editing"),
        None => "Somebody changed this user while you were editing".to_owned(),
    },
    conflict: "Nothing of yours was saved. Your values are still in the form below: check them and save again.",
    conflict_caption: "Where the two versions differ",
    field: "Field",
    theirs: "Saved now",
    yours: "Yours",
    roles: "Roles",
    permissions: "Direct permissions",
    expires: "Expiry date",
    expires_hint: "Access ends at the beginning of this day, UTC.",
    given: |from| format!("Not taken away here: {from}."),
    permissions_hint: "Exceptions for this person. A denied permission is denied whatever the roles say; superusers hold everything all the same.",
    permissions_count: |granted, denied| match (granted, denied) {
        (0, 0) => "none".to_owned(),
        (_, 0) => format!("{granted} granted"),
        (0, _) => format!("{denied} denied"),
        _ => format!("{granted} granted, {denied} denied"),
    },
    inherit: "From roles",
    grant: "Granted",
    deny: "Denied",
    must_change: "Ask for a new password at next sign-in",
    look: "View",
    look_only: "You can look at this user but not change them.",
    history: "History",
};

pub(super) const DELETE: Delete = Delete {
    crumb: "Delete",
    title: |user| format!("Delete {user}?"),
    better_title: "Deactivate is usually the better choice",
    better: "It blocks sign-in and keeps the user’s data, and you can reverse it.",
    permanently: |n| {
        html! {
            "Deleting " strong { "permanently" } " removes the account, its linked identities and "
            (some(n, "session", "sessions")) ". " strong { "It cannot be undone." }
        }
    },
    kept: "The audit log keeps its entries. Applications behind this gateway may keep their own data.",
    bar: |provider| format!("Bar this identity at {provider}"),
    bar_hint: |provider| {
        format!("Otherwise the next sign-in through {provider} may make a new, empty account.")
    },
    confirm: |user| html! { "Type " strong { (user) } " to confirm" },
    deactivate: "Deactivate instead",
    delete: "Delete user",
    reject_crumb: "Reject application",
    reject_title: "Reject and delete this application?",
    reject: "The application is removed. The applicant must fill in the sign-up form again to retry.",
    applied: |at| html! { "applied " (at) },
    message: "Message to the applicant",
    message_hint: "Mailed together with the decision, and kept with the application.",
    block: |email| format!("Block new applications from {email}"),
    block_hint: "They are dropped without a word. Decided applications show the address and let you unblock it.",
    reject_button: "Delete application",
    reject_many_title: |n| format!("Reject and delete {}?", some(n as u64, "application", "applications")),
    reject_many: "These applications are removed. The applicants must fill in the sign-up form again to retry.",
    reject_many_button: |n| format!("Delete {}", some(n as u64, "application", "applications")),
};

pub(super) const REFUSALS: Refusals = Refusals {
    title: "Nothing was changed",
    last_superuser_own: "You are the last active superuser. Make another user a superuser first.",
    last_superuser: |user| {
        format!(
            "{user} is the last active superuser. Make another user a superuser first, or nobody could open this section any more."
        )
    },
    own_change: "This is your own account, which somebody else has to change. Your password is under My account.",
    may_more: |user| {
        format!("{user} may do more in the admin section than you, so you cannot change this account.")
    },
    superuser_only: |user| format!("{user} is a superuser, and only a superuser can change one."),
    own_account: "You cannot delete your own account. Ask another superuser to do it.",
    gone: "This user is no longer there: somebody has deleted the account meanwhile.",
    only_way_in: |user| {
        format!(
            "This identity is the only way in that {user} has. Set a password first, or deactivate the account instead."
        )
    },
    wrong_state: |user| {
        format!("{user} was changed meanwhile, so this no longer applies. Look at the user as it is now.")
    },
    back: "Go back",
};
