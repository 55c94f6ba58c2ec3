//! The edit form: what it says, and how it is drawn.
use std::collections::HashMap;

use chrono::NaiveDate;
use templates::{
    Href, Identity, Problem, Unlink,
    admin::{
        Barred,
        edit::{
            Conflict, Difference, Direct as DirectView, Edit as Page, Field, Locked, PermissionChoice,
            ReadOnly, RoleChoice, User as Shown, Values,
        },
    },
};

use super::{frame, session_count, view};
use crate::{
    accounts::{
        editing::Edit,
        granting::{Direct, Wanted},
    },
    domain::{
        identity::LinkedIdentity,
        password::Password,
        permission::{Effective, GrantSource, Grants, Permission, Right, RoleName, Roles},
        principal::Principal,
        time::Time,
        user::{DisplayName, Email, Source, Status, Tier, User},
    },
    http::{Error, Visit, extract::Fields},
    state::App,
    store::{applications, grants, identities, roles},
};

/// What the form says. Fields that are not sent stay as they are.
pub(super) struct Typed {
    version: String,
    display_name: Option<String>,
    email: Option<String>,
    username: Option<String>,
    status: Option<String>,
    tier: Option<String>,
    expires: Option<String>,
    new_password: String,
    /// Whether the new password has to be changed at the next sign-in; as the settings say when it is not said.
    pub(super) must_change: Option<bool>,
    roles: Vec<(RoleName, bool)>,
    permissions: Vec<(Permission, Direct)>,
}

impl Typed {
    /// Reads the fields; roles and permissions that cannot be named like that are left out.
    pub(super) fn of(fields: &Fields) -> Self {
        let text = |name: &str| fields.all(name).next().map(str::to_owned);
        let ticked: Vec<_> = fields.all("role").collect();
        let offered = fields.all("offered-role").filter_map(RoleName::parse);
        let direct = |(name, word): &(String, String)| {
            Some((Permission::parse(name.strip_prefix("perm-")?)?, Direct::parse(word)?))
        };
        Self {
            version: fields.first("version").to_owned(),
            display_name: text("display_name"),
            email: text("email"),
            username: text("username"),
            status: text("status"),
            tier: text("tier"),
            expires: text("expires"),
            new_password: fields.first("new_password").to_owned(),
            must_change: fields.all("must_change").last().map(|word| word == "1"),
            roles: offered
                .map(|role| {
                    let held = ticked.contains(&role.as_str());
                    (role, held)
                })
                .collect(),
            permissions: fields.0.iter().filter_map(direct).collect(),
        }
    }
}

/// Parses the form at the door; all problems at once.
pub(super) fn read(app: &App, user: &User, typed: &Typed) -> Result<(Edit, Option<Password>), Vec<Problem>> {
    let mut problems = vec![];
    let display_name = match typed.display_name.as_deref().filter(|_| user.source == Source::Local) {
        None => Some(user.display_name.clone()),
        Some(text) => {
            DisplayName::parse(text).map_err(|error| problems.push(view::display_name_problem(error))).ok()
        }
    };
    let email = match typed.email.as_deref().filter(|_| user.source == Source::Local) {
        None => Some(user.email.clone()),
        Some(text) => Email::parse(text),
    };
    if email.is_none() {
        problems.push(Problem::EmailInvalid);
    }
    let username = match typed.username.as_deref() {
        None => Some(user.username.clone()),
        Some(text) => view::username(text).map_err(|problem| problems.push(problem)).ok(),
    };
    let expires_at = match typed.expires.as_deref().map(beginning) {
        Some(None) => {
            problems.push(Problem::ExpiresInvalid);
            None
        }
        Some(time) => time,
        None => None,
    };
    let password = match typed.new_password.as_str() {
        "" => None,
        text => Password::choose(text, &app.settings().password, &view::personal(app, user))
            .map_err(|error| problems.push(view::password_problem(error)))
            .ok(),
    };
    match (username, email, display_name) {
        (Some(username), Some(email), Some(display_name)) if problems.is_empty() => {
            let decided = |status: &str| Status::parse(status).filter(|_| user.status != Status::Pending);
            let edit = Edit {
                version: typed.version.parse().unwrap_or(-1),
                username,
                email,
                display_name,
                status: typed.status.as_deref().and_then(decided),
                tier: typed.tier.as_deref().and_then(Tier::parse),
                password: None,
                expires_at,
                grants: Wanted { roles: typed.roles.clone(), permissions: known(app, &typed.permissions) },
            };
            Ok((edit, password))
        }
        _ => Err(problems),
    }
}

/// Those that are in the catalogue; others nobody could see again.
fn known(app: &App, typed: &[(Permission, Direct)]) -> Vec<(Permission, Direct)> {
    typed.iter().filter(|(permission, _)| app.config.permissions.contains(permission)).cloned().collect()
}

/// The beginning of a day in UTC; never, for an empty text.
pub(super) fn beginning(day: &str) -> Option<Time> {
    if day.trim().is_empty() {
        return Some(Time::NEVER);
    }
    let date: NaiveDate = day.trim().parse().ok()?;
    let time = date.and_time(chrono::NaiveTime::MIN).and_utc().into();
    (time > Time::NEVER && date.to_string().len() == 10).then_some(time)
}

fn day(time: Time) -> String {
    time.happened().map(|time| time.rfc3339()[..10].to_owned()).unwrap_or_default()
}

/// The form, as stored or as typed.
pub(super) async fn form(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    user: &User,
    typed: Option<&Typed>,
    problems: Vec<Problem>,
    conflict: Option<Conflict>,
) -> Result<Page, Error> {
    let mut tx = app.db.read().await?;
    let linked = identities::of_user(&mut tx, user.id).await?;
    let (held, _) = grants::of_user(&mut tx, user.id).await?;
    let all = roles::all(&mut tx).await?;
    let before = match user.status {
        Status::Pending => applications::rejections(&mut tx, &[user.email.key()]).await?,
        Status::Active | Status::Inactive => HashMap::new(),
    };
    drop(tx);
    let theirs = Effective::of(user.tier, &held, &all);
    let managed = (user.source == Source::Sso).then(|| linked.first()).flatten();
    let managed_by = managed.map(|linked| view::provider_label(app, &linked.provider));
    let has_password = user.takes_password() && user.id != actor.user.id;
    let read_only = match (actor.may.may(Right::UserManage), actor.may.may_change(&theirs)) {
        (false, _) => Some(ReadOnly::LookOnly),
        _ if user.id == actor.user.id && !actor.may.superuser => Some(ReadOnly::OwnAccount),
        (true, false) if theirs.superuser => Some(ReadOnly::SuperuserOnly),
        (true, false) => Some(ReadOnly::MayMore),
        (true, true) => None,
    };
    // One's own is taken away where the password is asked for.
    let unlinks = read_only.is_none() && user.id != actor.user.id;
    let id = user.id.to_string();
    let locked = app.limits.locked(user, visit.now).await.map(|locked| Locked {
        until: view::when(visit.lang, locked.until),
        failures: locked.failures.into(),
    });
    Ok(Page {
        admin: frame(app, visit, actor).await?,
        values: values(app, user, typed),
        version: user.version.to_string(),
        problems,
        conflict,
        managed_by,
        can_change_tier: actor.may.superuser,
        can_decide: actor.may.may(Right::UserApprove),
        locked,
        can_end_sessions: actor.may.may(Right::SessionRevoke) && actor.may.may_change(&theirs),
        can_delete: read_only.is_none()
            && user.id != actor.user.id
            && (user.status != Status::Pending || actor.may.may(Right::UserApprove)),
        read_only,
        password_rules: has_password.then(|| view::password_rules(&app.settings().password)),
        one_time: user
            .password_expires_at
            .happened()
            .map(|end| (view::when(visit.lang, end), user.has_lapsed_password(visit.now))),
        roles: role_choices(app, actor, &held, &all, typed),
        permissions: permission_choices(app, actor, &held, typed),
        history: actor
            .may
            .may(Right::AuditRead)
            .then(|| Href::query("/admin/audit", [("user", id.as_str())])),
        inspect: actor
            .may
            .may(Right::RoleRead)
            .then(|| Href::query("/admin/roles/inspect", [("user", user.username.as_str())])),
        user: Shown {
            id,
            number: view::figure(user.number),
            username: user.username.to_string(),
            display_name: user.display_name.to_string(),
            registered: view::when(visit.lang, user.registered_at),
            source: view::source(user),
            status: view::status(user.status),
            reason: user.reason.clone(),
            rejected: before
                .into_values()
                .next()
                .map(|before| (view::when(visit.lang, before.at), before.message)),
            identities: ways_in(app, visit, user, linked, unlinks),
            sessions: session_count(app, visit, user).await,
        },
    })
}

/// Identities, with a way to unlink them if there is another way in, and the viewer may (`unlinks`).
fn ways_in(
    app: &App,
    visit: &Visit,
    user: &User,
    linked: Vec<LinkedIdentity>,
    unlinks: bool,
) -> Vec<Identity> {
    let unlinks = unlinks && (user.has_password || linked.len() > 1);
    let handles: Vec<_> = linked.iter().map(LinkedIdentity::handle).collect();
    let identities = view::identities(app, visit.lang, user, linked).into_iter().zip(handles);
    identities
        .map(|(identity, handle)| Identity { unlink: unlinks.then_some(Unlink::By(handle)), ..identity })
        .collect()
}

fn role_choices(
    app: &App,
    actor: &Principal,
    held: &Grants,
    all: &Roles,
    typed: Option<&Typed>,
) -> Vec<RoleChoice> {
    let choice = |(name, role): (&RoleName, &crate::domain::permission::Role)| {
        let by_hand = held.roles.contains(&(name.clone(), GrantSource::Manual));
        let elsewhere = held.roles.iter().find(|(it, source)| it == name && *source != GrantSource::Manual);
        let typed = typed.and_then(|typed| typed.roles.iter().find(|(it, _)| it == name));
        RoleChoice {
            name: name.to_string(),
            display_name: role.display_name.clone(),
            description: role.description.clone(),
            checked: elsewhere.is_some() || typed.map_or(by_hand, |(_, held)| *held),
            given_by: elsewhere.map(|(_, source)| view::provenance(app, source)),
            barred: (!actor.may.may_give(name, all)).then_some(Barred::NotHeld),
        }
    };
    all.0.iter().map(choice).collect()
}

fn permission_choices(
    app: &App,
    actor: &Principal,
    held: &Grants,
    typed: Option<&Typed>,
) -> Vec<PermissionChoice> {
    let choice = |(permission, label): (&Permission, Option<&str>)| {
        let typed = typed.and_then(|typed| typed.permissions.iter().find(|(it, _)| it == permission));
        let direct = typed.map_or_else(|| Direct::of(held, permission), |(_, direct)| *direct);
        PermissionChoice {
            permission: view::permission(permission, label),
            direct: match direct {
                Direct::Inherit => DirectView::Inherit,
                Direct::Grant => DirectView::Grant,
                Direct::Deny => DirectView::Deny,
            },
            barred: (!actor.may.has(permission)).then_some(Barred::NotHeld),
        }
    };
    app.config.permissions.iter().map(choice).collect()
}

fn values(app: &App, user: &User, typed: Option<&Typed>) -> Values {
    let text = |typed: Option<&String>, stored: &str| typed.map_or_else(|| stored.to_owned(), Clone::clone);
    let status =
        typed.and_then(|typed| typed.status.as_deref()).and_then(Status::parse).unwrap_or(user.status);
    let tier = typed.and_then(|typed| typed.tier.as_deref()).and_then(Tier::parse).unwrap_or(user.tier);
    Values {
        display_name: text(typed.and_then(|typed| typed.display_name.as_ref()), user.display_name.as_str()),
        email: text(typed.and_then(|typed| typed.email.as_ref()), user.email.as_str()),
        username: text(typed.and_then(|typed| typed.username.as_ref()), user.username.as_str()),
        status: view::status(status),
        tier: view::tier(tier),
        expires: text(typed.and_then(|typed| typed.expires.as_ref()), &day(user.expires_at)),
        must_change: typed
            .and_then(|typed| typed.must_change)
            .unwrap_or(app.settings().must_change_after_reset),
    }
}

/// Where what was typed differs from what somebody else has saved meanwhile.
pub(super) async fn differences(app: &App, now: &User, typed: &Typed) -> Result<Vec<Difference>, Error> {
    let (held, _) = grants::of_user(&mut app.db.read().await?, now.id).await?;
    let by_hand = |role: &RoleName| held.roles.contains(&(role.clone(), GrantSource::Manual));
    let offered = typed.roles.iter();
    let theirs = offered.clone().filter(|(role, _)| by_hand(role)).map(|(role, _)| role.to_string());
    let yours = offered.filter(|(_, held)| *held).map(|(role, _)| role.to_string());
    let roles = (theirs.collect::<Vec<_>>().join(", "), yours.collect::<Vec<_>>().join(", "));
    let said = |permission: &Permission, direct: Direct| format!("{permission}: {}", direct.word());
    let changed: Vec<_> = typed
        .permissions
        .iter()
        .filter(|(permission, direct)| Direct::of(&held, permission) != *direct)
        .collect();
    let theirs = changed.iter().map(|(permission, _)| said(permission, Direct::of(&held, permission)));
    let yours = changed.iter().map(|(permission, direct)| said(permission, *direct));
    let permissions = (theirs.collect::<Vec<_>>().join(", "), yours.collect::<Vec<_>>().join(", "));
    let expires = day(now.expires_at);
    let pairs = [
        (Field::DisplayName, now.display_name.as_str(), typed.display_name.as_deref()),
        (Field::Email, now.email.as_str(), typed.email.as_deref()),
        (Field::Username, now.username.as_str(), typed.username.as_deref()),
        (Field::Status, now.status.as_str(), typed.status.as_deref()),
        (Field::Tier, now.tier.as_str(), typed.tier.as_deref()),
        (Field::Expires, expires.as_str(), typed.expires.as_deref()),
        (Field::Roles, roles.0.as_str(), Some(roles.1.as_str())),
        (Field::Permissions, permissions.0.as_str(), Some(permissions.1.as_str())),
    ];
    let differing = pairs.into_iter().filter_map(|(field, theirs, yours)| {
        let yours = yours.filter(|yours| *yours != theirs)?;
        Some(Difference { field, theirs: theirs.to_owned(), yours: yours.to_owned() })
    });
    Ok(differing.collect())
}
