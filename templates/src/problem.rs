/// What is wrong with one field of a form. Shown in the summary above the form and at the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Not an email address.
    EmailInvalid,
    /// Another account has the address. Only for administrators: a stranger is never told.
    EmailTaken,
    /// No display name.
    DisplayNameMissing,
    /// A display name of more than `max` characters.
    DisplayNameTooLong {
        /// The limit.
        max: u32,
    },
    /// No username where one is needed.
    UsernameMissing,
    /// A username with other characters than letters, digits, `.`, `-` and `_`.
    UsernameCharacters,
    /// A username of more than `max` characters.
    UsernameTooLong {
        /// The limit.
        max: u32,
    },
    /// Another account has the name, or one that looks like it. Only for administrators.
    UsernameTaken,
    /// A password shorter than the policy asks for, an empty one included.
    PasswordTooShort {
        /// The minimum.
        min: u32,
    },
    /// A password of more than `max` characters.
    PasswordTooLong {
        /// The limit.
        max: u32,
    },
    /// A password that holds the person's name or address.
    PasswordPersonal,
    /// A password from the list of common ones.
    PasswordCommon,
    /// No reason where one is required.
    ReasonMissing,
    /// A reason of more than `max` characters.
    ReasonTooLong {
        /// The limit.
        max: u32,
    },
    /// Demoting would leave no active superuser; `own` when it is the viewer's account.
    LastSuperuserTier {
        /// Whose account.
        username: String,
        /// It is the viewer's own.
        own: bool,
    },
    /// Deactivating would leave no active superuser.
    LastSuperuserStatus {
        /// Whose account.
        username: String,
        /// It is the viewer's own.
        own: bool,
    },
    /// The viewer is no superuser and tried to change a tier.
    TierNotAllowed,
    /// The text typed to confirm a deletion is not the username.
    ConfirmMismatch {
        /// What should have been typed.
        username: String,
    },
}

/// A rule that a new password is held to, listed under the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordRule {
    /// At least so many characters. Below 15 the page says that longer is better.
    MinLength(u32),
    /// Does not contain username, email or display name.
    NotPersonal,
    /// Is not on the list of common passwords.
    NotCommon,
}
