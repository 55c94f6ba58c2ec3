//! The page of one role: what its form says, and how it is drawn.
use std::collections::BTreeSet;

use templates::{
    Href, Problem,
    admin::{
        Barred,
        role::{
            Add, Deletion, Holder, Line, NotAdded, People, PermissionChoice, Role as Page, RoleChoice, Values,
        },
    },
};
use uuid::Uuid;

use super::{frame, role::stored, view};
use crate::{
    accounts::{administration, roles_admin::RoleEdit},
    domain::{
        permission::{Effective, GrantSource, Permission, Right, Role, RoleName, Roles},
        principal::Principal,
        user::{DisplayName, Status, Tier, User, UserId},
    },
    http::{Error, Visit, extract::Fields},
    state::App,
    store::grants,
};

const DESCRIPTION_MAX: usize = 500;
const NAME_MAX: usize = 64;
/// People that one page shows.
const PEOPLE: usize = 25;
/// People who can be added at once.
const LINES_MAX: usize = 200;

/// What the form says.
#[derive(Default)]
pub(super) struct Typed {
    name: String,
    display_name: String,
    description: String,
    version: String,
    permissions: BTreeSet<String>,
    supervises: BTreeSet<String>,
    offered_permissions: BTreeSet<String>,
    offered_supervises: BTreeSet<String>,
}

impl Typed {
    pub(super) fn of(fields: &Fields) -> Self {
        let set = |name: &str| fields.all(name).map(str::to_owned).collect();
        Self {
            name: fields.first("name").trim().to_owned(),
            display_name: fields.first("display_name").to_owned(),
            description: fields.first("description").trim().to_owned(),
            version: fields.first("version").to_owned(),
            permissions: set("permission"),
            supervises: set("supervises"),
            offered_permissions: set("offered-permission"),
            offered_supervises: set("offered-supervises"),
        }
    }

    /// As the role is stored.
    pub(super) fn stored(role: &Role) -> Self {
        Self {
            display_name: role.display_name.clone(),
            description: role.description.clone(),
            version: role.version.to_string(),
            permissions: role.permissions.iter().map(ToString::to_string).collect(),
            supervises: role.supervises.iter().map(ToString::to_string).collect(),
            ..Self::default()
        }
    }
}

/// Parses the form at the door; all problems at once. What was not offered stays as it is stored.
pub(super) fn read(
    app: &App,
    all: &Roles,
    name: Option<&RoleName>,
    typed: &Typed,
) -> Result<(RoleName, RoleEdit), Vec<Problem>> {
    let mut problems = vec![];
    let chosen = match name {
        Some(name) => Some(name.clone()),
        None => role_name(&typed.name).map_err(|problem| problems.push(problem)).ok(),
    };
    let display_name = DisplayName::parse(&typed.display_name);
    let display_name = display_name.map_err(|error| problems.push(view::display_name_problem(error))).ok();
    if typed.description.chars().count() > DESCRIPTION_MAX {
        problems
            .push(Problem::DescriptionTooLong { max: u32::try_from(DESCRIPTION_MAX).unwrap_or(u32::MAX) });
    }
    let mut edit = name.and_then(|name| all.0.get(name)).map_or_else(|| stored(&Role::default()), stored);
    for key in &typed.offered_permissions {
        match Permission::parse(key).filter(|it| app.config.permissions.contains(it)) {
            Some(permission) if typed.permissions.contains(key) => {
                edit.permissions.insert(permission);
            }
            Some(permission) => {
                edit.permissions.remove(&permission);
            }
            None => {}
        }
    }
    for name in &typed.offered_supervises {
        match RoleName::parse(name).filter(|it| all.0.contains_key(it)) {
            Some(role) if typed.supervises.contains(name) => {
                edit.supervises.insert(role);
            }
            Some(role) => {
                edit.supervises.remove(&role);
            }
            None => {}
        }
    }
    edit.version = typed.version.parse().unwrap_or(-1);
    edit.display_name = display_name.map(|name| name.to_string()).unwrap_or_default();
    edit.description = typed.description.replace('\0', "");
    match chosen {
        Some(name) if problems.is_empty() => Ok((name, edit)),
        _ => Err(problems),
    }
}

fn role_name(text: &str) -> Result<RoleName, Problem> {
    let taken = ["new", "inspect"];
    match RoleName::parse(text) {
        _ if text.is_empty() => Err(Problem::RoleNameMissing),
        _ if text.len() > NAME_MAX => {
            Err(Problem::RoleNameTooLong { max: u32::try_from(NAME_MAX).unwrap_or(u32::MAX) })
        }
        // Their pages are at these addresses.
        _ if taken.contains(&text) => Err(Problem::RoleNameTaken),
        name => name.ok_or(Problem::RoleNameInvalid),
    }
}

/// What the page shows: which role, what its fields hold, from where on its people.
pub(super) struct Shown {
    pub(super) name: Option<RoleName>,
    pub(super) typed: Typed,
    pub(super) after: Option<UserId>,
}

/// The page without problems.
pub(super) async fn draw(
    app: &App,
    visit: &Visit,
    actor: &Principal,
    all: &Roles,
    Shown { name, typed, after }: Shown,
) -> Result<Page, Error> {
    let permission = |(permission, label): (&Permission, Option<&str>)| PermissionChoice {
        permission: view::permission(permission, label),
        checked: typed.permissions.contains(permission.as_str()),
        barred: (!actor.may.has(permission)).then_some(Barred::NotHeld),
        inherited_from: givers(all, name.as_ref(), permission),
    };
    let supervised = |(other, role): (&RoleName, &Role)| {
        let cycle = name.as_ref().is_some_and(|name| all.would_cycle(name, other));
        let not_held = (!actor.may.may_give(other, all)).then_some(Barred::NotHeld);
        RoleChoice {
            name: other.to_string(),
            display_name: role.display_name.clone(),
            checked: typed.supervises.contains(other.as_str()),
            barred: if cycle { Some(Barred::Cycle) } else { not_held },
        }
    };
    let (people, held_by) = match &name {
        Some(name) => {
            let (people, total) = holders(app, actor, all, name, after).await?;
            (Some(people), total)
        }
        None => (None, 0),
    };
    let may_change = actor.may.may(Right::RoleManage);
    let delete = name.as_ref().filter(|_| may_change).map(|name| {
        match all.permissions(name).iter().all(|permission| actor.may.has(permission)) {
            _ if held_by > 0 => Deletion::Held { people: held_by },
            true => Deletion::Possible,
            false => Deletion::NotHeld,
        }
    });
    let gives =
        name.as_ref().is_some_and(|name| actor.may.may(Right::UserManage) && actor.may.may_give(name, all));
    Ok(Page {
        admin: frame(app, visit, actor).await?,
        flash: None,
        permissions: app.config.permissions.iter().map(permission).collect(),
        supervises: all.0.iter().filter(|(other, _)| Some(*other) != name.as_ref()).map(supervised).collect(),
        version: typed.version.clone(),
        problems: vec![],
        conflict: None,
        editable: may_change,
        people,
        add: gives.then(Add::default),
        delete,
        values: Values { name: typed.name, display_name: typed.display_name, description: typed.description },
        name: name.map(|name| name.to_string()),
    })
}

/// Supervised roles that give a permission.
fn givers(all: &Roles, name: Option<&RoleName>, permission: &Permission) -> Vec<String> {
    let below = name.map(|name| all.below(name)).unwrap_or_default();
    let others = below.iter().filter(|other| Some(*other) != name);
    let giving =
        others.filter(|other| all.0.get(*other).is_some_and(|role| role.permissions.contains(permission)));
    giving.map(|other| view::role(all, other)).collect()
}

async fn holders(
    app: &App,
    actor: &Principal,
    all: &Roles,
    name: &RoleName,
    after: Option<UserId>,
) -> Result<(People, u64), Error> {
    let mut tx = app.db.read().await?;
    let total = view::figure(grants::count(&mut tx, name).await?);
    let behind = after.unwrap_or(UserId(Uuid::nil()));
    let mut found = grants::holders(&mut tx, name, behind, PEOPLE as i64 + 1).await?;
    let more = found.len() > PEOPLE;
    found.truncate(PEOPLE);
    let ids: Vec<_> = found.iter().map(|(user, _)| user.id).collect();
    let mut held = grants::of_users(&mut tx, &ids).await?;
    drop(tx);
    let address = format!("/admin/roles/{name}");
    let next = found.last().filter(|_| more);
    let next = next.map(|(user, _)| Href::query(&address, [("after", user.id.to_string().as_str())]));
    let may_take = actor.may.may(Right::UserManage) && actor.may.may_give(name, all);
    let mut may_change = |user: &User| {
        let theirs = Effective::of(user.tier, &held.remove(&user.id).unwrap_or_default(), all);
        actor.may.superuser || (user.id != actor.user.id && actor.may.may_change(&theirs))
    };
    let holder = |(user, from): (User, Vec<GrantSource>)| Holder {
        can_remove: may_take && from.contains(&GrantSource::Manual) && may_change(&user),
        id: user.id.to_string(),
        username: user.username.to_string(),
        display_name: user.display_name.to_string(),
        status: view::status(user.status),
        can_view: actor.may.may(Right::UserRead),
        from: from.iter().map(|source| view::provenance(app, source)).collect(),
    };
    let previous = after.is_some().then(|| Href::local(address.clone()));
    Ok((People { rows: found.into_iter().map(holder).collect(), total, previous, next }, total))
}

/// The accounts that are named a line each; what is wrong with any line, and then nobody is added.
pub(super) async fn people(
    app: &App,
    actor: &Principal,
    all: &Roles,
    role: &RoleName,
    typed: &str,
) -> Result<Result<Vec<User>, Vec<Line>>, Error> {
    let (mut found, mut problems): (Vec<User>, Vec<Line>) = (vec![], vec![]);
    let lines = typed.lines().enumerate().map(|(at, text)| (at + 1, text.trim()));
    let lines: Vec<_> = lines.filter(|(_, text)| !text.is_empty()).collect();
    if lines.len() > LINES_MAX {
        return Err(Error::TooLarge);
    }
    for (number, text) in lines {
        let mut wrong = |why| problems.push(Line { number, text: text.to_owned(), why });
        match administration::find(&app.db, text).await? {
            None => wrong(NotAdded::Unknown),
            Some(user) if user.status == Status::Pending => wrong(NotAdded::Pending),
            Some(user) if user.tier == Tier::Superuser && !actor.may.superuser => {
                wrong(NotAdded::SuperuserOnly);
            }
            Some(user) if found.iter().any(|other| other.id == user.id) => wrong(NotAdded::Twice),
            Some(_) if !actor.may.may_give(role, all) => wrong(NotAdded::NotHeld),
            Some(user) => {
                let (held, _) = grants::of_user(&mut app.db.read().await?, user.id).await?;
                let theirs = Effective::of(user.tier, &held, all);
                let own = user.id == actor.user.id && !actor.may.superuser;
                if own || !actor.may.may_change(&theirs) {
                    wrong(NotAdded::MayMore);
                } else if held.roles.contains(&(role.clone(), GrantSource::Manual)) {
                    wrong(NotAdded::AlreadyHolds);
                } else {
                    found.push(user);
                }
            }
        }
    }
    Ok(if problems.is_empty() { Ok(found) } else { Err(problems) })
}
