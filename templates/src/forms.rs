//! Fields, and what is wrong with them.

use maud::{Markup, html};

use crate::icons::{Icon, icon};
use crate::{Lang, Problem};

impl Problem {
    /// The field it belongs to, which is also the end of its id.
    pub(crate) const fn field(&self) -> &'static str {
        match self {
            Self::EmailInvalid | Self::EmailDomain { .. } | Self::EmailTaken => "email",
            Self::DisplayNameMissing | Self::DisplayNameTooLong { .. } => "display_name",
            Self::UsernameMissing
            | Self::UsernameCharacters
            | Self::UsernameTooLong { .. }
            | Self::UsernameTaken => "username",
            Self::PasswordTooShort { .. }
            | Self::PasswordTooLong { .. }
            | Self::PasswordPersonal
            | Self::PasswordCommon
            | Self::PasswordClasses { .. }
            | Self::PasswordGuessable
            | Self::PasswordReused { .. }
            | Self::ApplicationPasswordWrong => "password",
            Self::CurrentPasswordWrong => "current_password",
            Self::MessageTooLong { .. } => "message",
            Self::ReasonMissing | Self::ReasonTooLong { .. } => "reason",
            Self::LastSuperuserTier { .. } | Self::TierNotAllowed => "tier",
            Self::LastSuperuserStatus { .. } => "status",
            Self::ConfirmMismatch { .. } => "confirm",
            Self::ExpiresInvalid => "expires",
            Self::RoleNameMissing
            | Self::RoleNameInvalid
            | Self::RoleNameTooLong { .. }
            | Self::RoleNameTaken => "name",
            Self::DescriptionTooLong { .. } => "description",
            Self::RoleCycle { .. } | Self::RoleNotHeld { .. } => "roles",
            Self::PermissionNotHeld { .. } => "permissions",
        }
    }

    pub(crate) fn text(&self, lang: Lang) -> String {
        let words = &lang.words().problems;
        match self {
            Self::EmailInvalid => words.email_invalid.to_owned(),
            Self::EmailDomain { domain } => (words.email_domain)(domain),
            Self::EmailTaken => words.email_taken.to_owned(),
            Self::DisplayNameMissing => words.display_name_missing.to_owned(),
            Self::DisplayNameTooLong { max } => (words.display_name_too_long)(*max),
            Self::UsernameMissing => words.username_missing.to_owned(),
            Self::UsernameCharacters => words.username_characters.to_owned(),
            Self::UsernameTooLong { max } => (words.username_too_long)(*max),
            Self::UsernameTaken => words.username_taken.to_owned(),
            Self::PasswordTooShort { min } => (words.password_too_short)(*min),
            Self::PasswordTooLong { max } => (words.password_too_long)(*max),
            Self::PasswordPersonal => words.password_personal.to_owned(),
            Self::PasswordCommon => words.password_common.to_owned(),
            Self::ReasonMissing => words.reason_missing.to_owned(),
            Self::MessageTooLong { max } => (words.message_too_long)(*max),
            Self::ReasonTooLong { max } => (words.reason_too_long)(*max),
            Self::LastSuperuserTier { own: true, .. } => words.last_superuser_tier_own.to_owned(),
            Self::LastSuperuserTier { username, .. } => (words.last_superuser_tier)(username),
            Self::LastSuperuserStatus { own: true, .. } => words.last_superuser_status_own.to_owned(),
            Self::LastSuperuserStatus { username, .. } => (words.last_superuser_status)(username),
            Self::TierNotAllowed => words.tier_not_allowed.to_owned(),
            Self::ConfirmMismatch { username } => (words.confirm_mismatch)(username),
            Self::PasswordClasses { classes } => (words.password_classes)(*classes),
            Self::PasswordGuessable => words.password_common.to_owned(),
            Self::PasswordReused { last } => (words.password_reused)(*last),
            Self::CurrentPasswordWrong => words.current_password_wrong.to_owned(),
            Self::ApplicationPasswordWrong => words.application_password_wrong.to_owned(),
            Self::ExpiresInvalid => words.expires_invalid.to_owned(),
            Self::RoleNameMissing => words.role_name_missing.to_owned(),
            Self::RoleNameInvalid => words.role_name_invalid.to_owned(),
            Self::RoleNameTooLong { max } => (words.role_name_too_long)(*max),
            Self::RoleNameTaken => words.role_name_taken.to_owned(),
            Self::DescriptionTooLong { max } => (words.description_too_long)(*max),
            Self::RoleCycle { role } => (words.role_cycle)(role),
            Self::RoleNotHeld { role } => (words.role_not_held)(role),
            Self::PermissionNotHeld { permission } => (words.permission_not_held)(permission),
        }
    }
}

/// A form's language, the beginning of its ids and what is wrong with it.
#[derive(Clone, Copy)]
pub(crate) struct Form<'a> {
    pub(crate) lang: Lang,
    pub(crate) prefix: &'static str,
    pub(crate) problems: &'a [Problem],
}

/// A field of one line.
#[derive(Clone, Copy, Default)]
pub(crate) struct Text<'a> {
    /// What it is about; the end of its id.
    pub(crate) field: &'static str,
    /// The name it is sent under, when that is another.
    pub(crate) name: Option<&'static str>,
    pub(crate) label: &'a str,
    pub(crate) value: &'a str,
    pub(crate) hint: Option<&'a str>,
    pub(crate) autocomplete: &'static str,
    pub(crate) kind: Kind,
    /// Not required: the label says so.
    pub(crate) optional: bool,
    pub(crate) readonly: bool,
    /// Something below that describes it, such as the rules of a password.
    pub(crate) described_by: Option<&'a str>,
    /// A link beside the label: where to, and its words.
    pub(crate) beside: Option<(&'a str, &'a str)>,
    /// Neither required nor called optional.
    pub(crate) bare: bool,
}

/// What a field of one line holds.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Text,
    /// A text that is typed exactly, such as a username.
    Code,
    Email,
    Password,
    /// A day.
    Date,
}

impl Form<'_> {
    pub(crate) fn id(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }

    fn error(&self, field: &str) -> Option<String> {
        self.problems.iter().find(|problem| problem.field() == field).map(|problem| problem.text(self.lang))
    }

    /// What is wrong, above the form, each linked to its field.
    pub(crate) fn summary(&self) -> Markup {
        html! {
            @if !self.problems.is_empty() {
                div.note.bad role="alert" tabindex="-1" autofocus {
                    (icon(Icon::Alert))
                    div {
                        h2 { (self.lang.words().common.problem) }
                        ul {
                            @for problem in self.problems {
                                li { a href={ "#" (self.id(problem.field())) } { (problem.text(self.lang)) } }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The sentence at a field, with the id that the field refers to.
    pub(crate) fn message(&self, field: &str) -> Markup {
        html! {
            @if let Some(error) = self.error(field) {
                p.field-error id={ (self.id(field)) "-error" } {
                    (icon(Icon::Alert))
                    span { span.vh { (self.lang.words().common.error) } (error) }
                }
            }
        }
    }

    /// The ids that describe a field.
    pub(crate) fn described(&self, field: &str, hint: bool, more: Option<&str>) -> Option<String> {
        let id = self.id(field);
        let mut ids: Vec<String> = Vec::new();
        if hint {
            ids.push(format!("{id}-hint"));
        }
        ids.extend(more.map(str::to_owned));
        if self.error(field).is_some() {
            ids.push(format!("{id}-error"));
        }
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    pub(crate) fn invalid(&self, field: &str) -> Option<&'static str> {
        self.error(field).map(|_| "true")
    }

    /// Label, hint, error and control, in this order.
    pub(crate) fn text(&self, text: Text<'_>) -> Markup {
        let id = self.id(text.field);
        let words = &self.lang.words().common;
        let label = |text: Text<'_>, id: &str| {
            html! {
                label for=(id) {
                    (text.label)
                    @if text.optional { " " span.optional { (words.optional) } }
                }
            }
        };
        html! {
            div.field.wrong[self.invalid(text.field).is_some()] {
                @match text.beside {
                    Some((href, link)) => div.field-head { (label(text, &id)) a href=(href) { (link) } },
                    None => (label(text, &id)),
                }
                @if let Some(hint) = text.hint { p.hint id={ (id) "-hint" } { (hint) } }
                (self.message(text.field))
                @if text.kind == Kind::Password {
                    div.secret {
                        (self.input(text, &id))
                        button type="button" hidden aria-controls=(id) aria-label=(words.show_password)
                            data-reveal={ (id) "-state" } data-show=(words.show) data-hide=(words.hide)
                            data-show-label=(words.show_password) data-hide-label=(words.hide_password)
                            data-shown=(words.password_shown) data-hidden-text=(words.password_hidden) { (words.show) }
                    }
                    span.vh role="status" id={ (id) "-state" } {}
                } @else {
                    (self.input(text, &id))
                }
            }
        }
    }

    fn input(&self, text: Text<'_>, id: &str) -> Markup {
        let exact = matches!(text.kind, Kind::Code | Kind::Password);
        let kind = match text.kind {
            Kind::Text | Kind::Code => "text",
            Kind::Email => "email",
            Kind::Password => "password",
            Kind::Date => "date",
        };
        html! {
            input.control id=(id) name=(text.name.unwrap_or(text.field)) type=(kind)
                value=[(text.kind != Kind::Password).then_some(text.value)]
                autocomplete=(text.autocomplete)
                aria-describedby=[self.described(text.field, text.hint.is_some(), text.described_by)]
                aria-invalid=[self.invalid(text.field)]
                autocapitalize=[exact.then_some("none")] spellcheck=[exact.then_some("false")]
                readonly[text.readonly] required[!text.optional && !text.readonly && !text.bare];
        }
    }
}
