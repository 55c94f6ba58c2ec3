use crate::messages::Linking;

pub(super) const LINKING: Linking = Linking {
    link: "Link",
    not_linked: "Not linked. Once it is, you can sign in there, too.",
    unlink: "Unlink",
    link_title: |provider| format!("Link {provider}"),
    link_lead: |provider| {
        format!(
            "Show first that this is your account. Then sign in at {provider}, and it is a way in from now on."
        )
    },
    go_on: "Continue",
    unlink_title: |provider| format!("Unlink {provider}"),
    unlink_lead: |provider| {
        format!(
            "You will no longer sign in there. What {provider} gave you here is taken back, and you are signed out everywhere else."
        )
    },
    onward_title: "Your password is right",
    onward: |provider| {
        format!("Now sign in at {provider}. Whoever you are there will be linked to this account.")
    },
    onward_to: |provider| format!("Continue to {provider}"),
    back: "Back to my account",
    linked_title: "Identity linked",
    linked: |provider| format!("From now on you can sign in at {provider}, too."),
    unlinked_title: "Identity unlinked",
    unlinked: |provider| {
        format!("{provider} is no way in any more. You were signed out everywhere but here.")
    },
    nothing_linked: "Nothing was linked.",
};
