/// What happened, told once above the list of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flash {
    /// Applicants can sign in now.
    Activated {
        /// Their usernames.
        names: Vec<String>,
    },
    /// A user was edited.
    Saved {
        /// The username.
        user: String,
    },
    /// A user was deactivated.
    Deactivated {
        /// The username.
        user: String,
        /// How many sessions that ended.
        sessions: u64,
    },
    /// A user was reactivated.
    Reactivated {
        /// The username.
        user: String,
    },
    /// A user's sessions were ended.
    SignedOut {
        /// The username.
        user: String,
        /// How many.
        sessions: u64,
    },
    /// A user was deleted.
    Deleted {
        /// The username as it was.
        user: String,
    },
    /// Applications were rejected.
    ApplicationsDeleted {
        /// The usernames as they were.
        names: Vec<String>,
    },
    /// A bulk action without a selection.
    NothingSelected,
    /// Somebody else was faster.
    AlreadyDone {
        /// The username.
        user: String,
        /// What they did.
        what: Decision,
        /// Who, when it is known.
        by: Option<String>,
    },
    /// A bulk action that failed for some.
    Bulk {
        /// What was asked for.
        what: Decision,
        /// For whom it worked.
        done: Vec<String>,
        /// For whom it did not, and why.
        failed: Vec<(String, Failed)>,
    },
    /// The user is no longer there.
    Gone,
}

/// How an application is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Activated.
    Activated,
    /// Rejected and deleted.
    Rejected,
}

/// Why one row of a bulk action did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// Somebody else decided already.
    AlreadyDecided,
    /// The application is gone.
    Gone,
    /// The viewer may not decide it.
    NotAllowed,
}
