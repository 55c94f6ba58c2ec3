//! `/admin/users/{id}`: the same form as a page and as the content of a dialog.

use maud::{Markup, html};

use super::access::access;
use super::sheet::{self, Place, Sheet};
use super::table::user_path;
use super::{conflict, grants, look};
use crate::account::identities;
use crate::components::{Tone, note, password_rules, source_word};
use crate::forms::{Form, Kind, Text};
use crate::icons::{Icon, icon};
use crate::layout::dotted;
use crate::{
    AdminFrame, Href, Identity, PasswordRule, Problem, Source, Status, Tier, Unlink, When, strength,
};

pub use super::conflict::{Conflict, Difference, Field};
pub use super::grants::{Direct, PermissionChoice, RoleChoice};

/// The form for one user.
pub struct Edit {
    /// What surrounds the page.
    pub admin: AdminFrame,
    /// The user as stored.
    pub user: User,
    /// What the fields hold: as stored at first, as typed after a problem.
    pub values: Values,
    /// The hidden field `version`.
    pub version: String,
    /// What is wrong with the fields; shown with 422.
    pub problems: Vec<Problem>,
    /// What somebody else changed meanwhile.
    pub conflict: Option<Conflict>,
    /// The provider that display name and email come from; they are then read-only.
    pub managed_by: Option<String>,
    /// Why nothing can be changed: the form is then without Save, its fields only shown.
    pub read_only: Option<ReadOnly>,
    /// Whether User Type can be changed; otherwise it is shown with the reason.
    pub can_change_tier: bool,
    /// Whether Activate is there for somebody who waits.
    pub can_decide: bool,
    /// Set while no password is looked at, because too many were wrong.
    pub locked: Option<Locked>,
    /// Whether the user's sessions can be ended.
    pub can_end_sessions: bool,
    /// Whether Delete is there.
    pub can_delete: bool,
    /// The rules for a new password; `None` when the account has no password to change.
    pub password_rules: Option<Vec<PasswordRule>>,
    /// Until when the password of now may be used, and whether that is over; `None` for one that lasts.
    pub one_time: Option<(When, bool)>,
    /// Every role, in the order of the page.
    pub roles: Vec<RoleChoice>,
    /// The catalogue, the gateway's own permissions first and each scope together.
    pub permissions: Vec<PermissionChoice>,
    /// What the audit log says of the user; `None` where the viewer may not read it.
    pub history: Option<Href>,
    /// Where the user's permissions come from; `None` where the viewer may not look.
    pub inspect: Option<Href>,
}

/// An account at which strangers' passwords are not looked at.
#[derive(Clone, Debug)]
pub struct Locked {
    /// Until when.
    pub until: When,
    /// After how many failed sign-ins.
    pub failures: u64,
}

/// Why a user cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOnly {
    /// The viewer may look at users only.
    LookOnly,
    /// The user is a superuser, and the viewer is none.
    SuperuserOnly,
    /// The user may do in the admin section what the viewer may not.
    MayMore,
    /// It is the viewer's own account, and they are no superuser.
    OwnAccount,
}

/// The user as stored.
pub struct User {
    /// For addresses.
    pub id: String,
    /// For people.
    pub number: u64,
    /// The login ID.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// When the account was made.
    pub registered: When,
    /// SSO, local or both.
    pub source: Source,
    /// With [`Status::Pending`] the page offers Activate and Delete in place of the status.
    pub status: Status,
    /// Why an applicant wants an account.
    pub reason: Option<String>,
    /// When an earlier application of this address was rejected, and what they were told then.
    pub rejected: Option<(When, Option<String>)>,
    /// Linked identities.
    pub identities: Vec<Identity>,
    /// Live sessions.
    pub sessions: u64,
}

/// What the fields hold.
#[derive(Clone, Debug)]
pub struct Values {
    /// Field `display_name`.
    pub display_name: String,
    /// Field `email`.
    pub email: String,
    /// Field `username`.
    pub username: String,
    /// Field `status`: `active` or `inactive`; not sent for a pending user.
    pub status: Status,
    /// Field `tier`: `standard` or `superuser`; not sent when it cannot be changed.
    pub tier: Tier,
    /// Field `expires`: empty, or a day such as `2026-12-31` at whose beginning in UTC access ends.
    pub expires: String,
    /// Field `must_change` = `1`, beside the new password: it has to be changed at the next sign-in.
    pub must_change: bool,
}

/// Draws the page.
pub fn page(view: &Edit) -> Markup {
    let words = &view.admin.frame.lang.words().edit;
    let error = !view.problems.is_empty() || view.conflict.is_some();
    let crumb = if view.read_only.is_some() { words.look } else { words.crumb };
    sheet::page(&view.admin, &title(view), crumb, error, &draw(view, Place::Page))
}

/// Draws what the dialog shows: asked for with `X-Fragment: modal`.
pub fn fragment(view: &Edit) -> Markup {
    draw(view, Place::Dialog)
}

/// Whoever only looks is not told to edit.
fn title(view: &Edit) -> String {
    match view.read_only {
        Some(_) => view.user.display_name.clone(),
        None => (view.admin.frame.lang.words().edit.title)(&view.user.display_name),
    }
}

fn draw(view: &Edit, place: Place) -> Markup {
    let lang = view.admin.frame.lang;
    let all = lang.words();
    let (words, user) = (&all.edit, &view.user);
    let form = Form { lang, prefix: "edit-", problems: &view.problems };
    let pending = user.status == Status::Pending;
    let body = html! {
        @if let Some(why) = view.read_only {
            (look::draw(view, why, place))
            (locked(view))
            (ways(view, place))
            (sessions(view, place))
        } @else {
            input type="hidden" name="version" value=(view.version);
            @if let Some(conflict) = &view.conflict { (conflict::draw(view.admin.frame.lang, conflict)) }
            (form.summary())
            (locked(view))
            (look::links(view))
            (profile(view, form, place))
            (access(view, form, place))
            (grants::draw(view, form, place))
            (ways(view, place))
            (sessions(view, place))
            (password(view, form))
        }
    };
    let foot = html! {
        @if view.can_delete {
            a.btn.ghost.bad.first href=(user_path(&user.id, "/delete")) data-modal {
                @if pending { (words.delete_application) } @else { (words.delete_user) }
            }
        }
        @if view.read_only.is_some() { (place.leave(all.common.close, false)) } @else {
            (place.cancel(lang, false))
            button.btn.primary[!pending] type="submit" { (words.save) }
            @if pending && view.can_decide {
                button.btn.primary type="submit" formaction=(user_path(&user.id, "/activate")) { (icon(Icon::Check)) (words.activate) }
            }
        }
    };
    let beside = html! {
        @if view.read_only.is_none() && view.password_rules.is_some() {
            form id="edit-generate" method="post" action=(user_path(&user.id, "/password")) hidden {
                input type="hidden" name="generate" value="1";
            }
        }
        @if view.locked.is_some() && view.read_only.is_none() {
            form id="edit-unlock" method="post" action=(user_path(&user.id, "/unlock")) hidden {}
        }
        @if user.identities.iter().any(|it| matches!(it.unlink, Some(Unlink::By(_)))) {
            form id="edit-unlink" method="post" action=(user_path(&user.id, "/identities/unlink")) hidden {}
        }
        @if user.sessions > 0 && view.can_end_sessions {
            form id="edit-sign-out" method="post" action=(user_path(&user.id, "/sign-out")) hidden {}
        }
    };
    let meta = dotted(&[
        html! { (user.username) },
        html! { "ID " (user.number) },
        (words.meta_registered)(&user.registered),
        html! { (source_word(all, user.source)) },
    ]);
    Sheet {
        lang,
        place,
        face: Some(&user.display_name),
        title: &title(view),
        meta,
        action: view.read_only.is_none().then(|| user_path(&user.id, "")),
        body_focus: !view.problems.is_empty() || view.conflict.is_some(),
        body,
        foot,
        beside,
    }
    .draw()
}

fn locked(view: &Edit) -> Markup {
    let words = &view.admin.frame.lang.words().edit;
    html! {
        @if let Some(Locked { until, failures }) = &view.locked {
            (note(Tone::Warn, &html! {
                p { ((words.locked)(until, *failures)) " " (words.locked_text) }
                @if view.read_only.is_none() {
                    div.btn-row { button.btn.small type="submit" form="edit-unlock" { (words.unlock) } }
                }
            }))
        }
    }
}

fn profile(view: &Edit, form: Form<'_>, place: Place) -> Markup {
    let all = form.lang.words();
    let managed = view.managed_by.is_some();
    let display_name = Text {
        field: "display_name",
        label: all.common.display_name,
        value: &view.values.display_name,
        autocomplete: "off",
        readonly: managed,
        ..Text::default()
    };
    let email = Text {
        field: "email",
        label: all.common.email,
        value: &view.values.email,
        autocomplete: "off",
        kind: Kind::Email,
        readonly: managed,
        ..Text::default()
    };
    let username = Text {
        field: "username",
        label: all.account.login_id,
        value: &view.values.username,
        autocomplete: "off",
        kind: Kind::Code,
        ..Text::default()
    };
    html! {
        section.part aria-labelledby="edit-profile" {
            (place.heading("edit-profile", all.edit.profile))
            @if let Some(provider) = &view.managed_by { p.hint { ((all.edit.managed)(provider)) } }
            div.pair { (form.text(display_name)) (form.text(email)) (form.text(username)) }
        }
    }
}

fn ways(view: &Edit, place: Place) -> Markup {
    let all = view.admin.frame.lang.words();
    html! {
        section.part aria-labelledby="edit-identities" {
            (place.heading("edit-identities", all.common.linked_identities))
            @if view.user.identities.is_empty() { p.hint { (all.edit.no_identities) } } @else {
                ul.rows {
                    @if view.user.source != Source::Sso {
                        li { (icon(Icon::Lock)) span { strong { (all.common.local_password) } } }
                    }
                    (identities(view.admin.frame.lang, &view.user.identities))
                }
            }
        }
    }
}

fn sessions(view: &Edit, place: Place) -> Markup {
    let words = &view.admin.frame.lang.words().edit;
    html! {
        section.part aria-labelledby="edit-sessions" {
            (place.heading("edit-sessions", words.sessions))
            ul.rows {
                li {
                    (icon(Icon::Screen))
                    span { ((words.session_count)(view.user.sessions)) }
                    @if view.user.sessions > 0 && view.can_end_sessions {
                        button.btn.small.bad type="submit" form="edit-sign-out" { (words.end_sessions) }
                    }
                }
            }
        }
    }
}

fn password(view: &Edit, form: Form<'_>) -> Markup {
    let all = form.lang.words();
    let (words, one_time) = (&all.edit, &all.one_time);
    let field = Text {
        field: "password",
        name: Some("new_password"),
        label: words.new_password,
        autocomplete: "new-password",
        kind: Kind::Password,
        described_by: Some("edit-password-rules"),
        bare: true,
        ..Text::default()
    };
    html! {
        @if let Some(rules) = &view.password_rules {
            details.more open[form.invalid("password").is_some()] {
                summary { (icon(Icon::ChevronRight)) (words.change_password) }
                div {
                    @match &view.one_time {
                        Some((until, true)) => p { ((one_time.lapsed)(until)) },
                        Some((until, false)) => p { ((one_time.running)(until)) },
                        None => {},
                    }
                    div.stack {
                        p { button.btn type="submit" form="edit-generate" { (icon(Icon::Key)) (one_time.generate) } }
                        p.hint { (one_time.generate_hint) }
                    }
                    p.or { (words.or_type) }
                    p.hint { (words.password_hint) }
                    (form.text(field))
                    (strength::meter(form.lang, "edit-password", "edit-password-rules"))
                    (password_rules(form.lang, "edit-password-rules", rules))
                    label.tick {
                        // A box that is off is not sent; this says that it was there.
                        input type="hidden" name="must_change" value="0";
                        input type="checkbox" name="must_change" value="1" checked[view.values.must_change];
                        span { (words.must_change) span.hint { (one_time.lifetime) } }
                    }
                }
            }
        }
    }
}
