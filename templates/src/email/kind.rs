/// The kinds of mail, for lists of them.
#[expect(missing_docs, reason = "the names say it")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    VerifyEmail,
    AddressKnown,
    ApplicationReceived,
    NewApplications,
    Approved,
    Rejected,
    Withdrawn,
    ApplicationExpired,
    ResetPassword,
    PasswordReset,
    PasswordChanged,
    EmailChanged,
    IdentityLinked,
    IdentityUnlinked,
    NewSignIn,
    Locked,
    ExpiresSoon,
    DormantSoon,
    Deactivated,
    /// What was written cannot be read.
    Unreadable,
}
