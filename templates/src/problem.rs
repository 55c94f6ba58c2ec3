/// What is wrong with one field of a form. Shown in the summary above the form and at the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Not an email address.
    EmailInvalid,
    /// Addresses of this domain may not apply.
    EmailDomain {
        /// The domain.
        domain: String,
    },
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
    /// A message of more than `max` characters.
    MessageTooLong {
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
    /// A password of fewer kinds of characters than the policy asks for.
    PasswordClasses {
        /// How many of four.
        classes: u8,
    },
    /// A password that is too easy to guess.
    PasswordGuessable,
    /// A password that the account had before.
    PasswordReused {
        /// How many of the last ones are remembered.
        last: u32,
    },
    /// The present password was typed wrongly.
    CurrentPasswordWrong,
    /// Not the password that was chosen with an application.
    ApplicationPasswordWrong,
    /// Not a date.
    ExpiresInvalid,
    /// No name for a new role.
    RoleNameMissing,
    /// A name of a role with other characters than lower case letters, digits and single hyphens between.
    RoleNameInvalid,
    /// A name of a role with more than `max` characters.
    RoleNameTooLong {
        /// The limit.
        max: u32,
    },
    /// Another role has the name.
    RoleNameTaken,
    /// A description of more than `max` characters.
    DescriptionTooLong {
        /// The limit.
        max: u32,
    },
    /// A role would supervise itself, over others or directly.
    RoleCycle {
        /// The display name of the supervised role.
        role: String,
    },
    /// The viewer does not hold what a role grants.
    RoleNotHeld {
        /// Its display name.
        role: String,
    },
    /// The viewer does not hold a permission.
    PermissionNotHeld {
        /// Its key.
        permission: String,
    },
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
    /// Has characters of so many of the four classes.
    Classes(u8),
    /// Is hard to guess: a score of zxcvbn.
    Score(u8),
    /// Is not one of the last so many.
    NotReused(u32),
}
