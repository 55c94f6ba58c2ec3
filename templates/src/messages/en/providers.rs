use crate::messages::Providers;

pub(super) const PROVIDERS: Providers = Providers {
    title: "Identity Providers",
    lead: "OpenID Connect providers shown as buttons on the sign-in page, in this order.",
    none: "No identity providers",
    none_text: "People sign in with passwords only. A [[provider]] section in the configuration file adds one.",
    from_file: "Providers are set in the configuration file, in its [[provider]] sections. State and times are those of the instance that answered.",
    ready: "Ready",
    failing: "Not reachable",
    unasked: "Not asked yet",
    test: "Test connection",
    test_passed: |provider| format!("{provider} answers"),
    test_passed_text: "Metadata and keys were fetched anew, and they hold what a sign-in needs. Whether client ID and secret are right shows at the first sign-in.",
    test_failed: |provider| format!("{provider} cannot be used"),
    test_failed_text: "Existing sessions continue.",
    failed: |at| format!("Discovery failed on {} at {} UTC:", at.date, at.minute()),
    still_known: |provider| {
        format!(
            "People can still sign in with {provider}, with what is known of it from before. Existing sessions continue."
        )
    },
    not_now: |provider| format!("Sign-in with {provider} does not work now. Existing sessions continue."),
    not_now_local: |provider| {
        format!("Sign-in with {provider} does not work now. Passwords work, and existing sessions continue.")
    },
    issuer: "Issuer",
    newcomers: "New users",
    newcomers_active: "Created as Standard, Active",
    newcomers_pending: "Created as Pending, need approval",
    newcomers_refused: "Refused: only people who are known already sign in",
    mappings: "Group mappings",
    no_mappings: "None",
    superuser: "Superuser",
    linked: "Linked users",
    redirect_uri: "Redirect URI",
    signed_out_uri: "Post-logout redirect URI",
    logout_uri: "Back-channel logout URI",
    discovered: "Discovered",
    keys: "Keys",
    algorithms: "Algorithms",
    last_sign_in: "Last sign-in",
    last_error: "Last error",
    nobody_yet: "None since the start",
    sign_out: "Sign-out there",
    end_session: "Offered as a link after signing out here.",
    no_end_session: "No page for it.",
    backchannel: "Sign-outs there can be told to us.",
    no_backchannel: "Sign-outs there are not told to us.",
};
