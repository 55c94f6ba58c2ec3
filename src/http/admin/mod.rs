//! The admin section: one table of its routes, each with what it asks of whoever comes. The guard in front of
//! each lets nobody else in, and hands the rest to the handler's extractor [`Admin`].
use axum::{
    Router,
    http::{HeaderMap, Method},
    middleware::from_fn_with_state,
    response::Response,
    routing::{MethodRouter, get, post},
};
use templates::{AdminFrame, Href, Menu};
use uuid::Uuid;

use super::{
    Error, Visit,
    extract::{Admin, guard},
    flash::Flash,
    redirect,
    sessions::tidy as tidy_sessions,
    view, with_cookies,
};
use crate::{
    accounts::By,
    domain::{
        permission::{Effective, Need, Right},
        principal::Principal,
        user::{User, UserId},
    },
    state::App,
    store::{grants, roles as all_roles, users},
};

mod applications;
mod audit;
mod bulk;
mod decisions;
mod delete;
mod dormant;
mod edit;
mod edit_form;
mod export;
mod inspect;
mod list;
mod mail;
mod online;
mod providers;
mod role;
mod role_form;
mod roles;
mod session_actions;
mod sessions;
mod settings;

/// A way into the section.
struct Route {
    method: Method,
    path: &'static str,
    need: Need,
    handler: MethodRouter<App>,
}

fn on(method: Method, path: &'static str, need: Need, handler: MethodRouter<App>) -> Route {
    Route { method, path, need, handler }
}

fn table() -> Vec<Route> {
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    let may = Need::May;
    vec![
        on(GET, "/admin", Need::AnyRight, get(front)),
        on(GET, LIST, may(Right::UserRead), get(list::show)),
        on(GET, "/admin/users/export", may(Right::UserRead), get(export::users)),
        on(POST, "/admin/users/bulk", may(Right::UserApprove), post(bulk::decide)),
        on(GET, "/admin/applications", may(Right::UserRead), get(applications::show)),
        on(POST, "/admin/applications/unblock", may(Right::UserApprove), post(applications::unblock)),
        on(GET, "/admin/users/{id}", may(Right::UserRead), get(edit::show)),
        on(POST, "/admin/users/{id}", may(Right::UserManage), post(edit::save)),
        on(POST, "/admin/users/{id}/activate", may(Right::UserApprove), post(decisions::activate)),
        on(POST, "/admin/users/{id}/deactivate", may(Right::UserManage), post(decisions::deactivate)),
        on(POST, "/admin/users/{id}/reactivate", may(Right::UserManage), post(decisions::reactivate)),
        on(POST, "/admin/users/{id}/unlock", may(Right::UserManage), post(decisions::unlock)),
        on(POST, "/admin/users/{id}/tier", Need::Superuser, post(decisions::set_tier)),
        on(POST, "/admin/users/{id}/password", may(Right::UserManage), post(edit::set_password)),
        on(POST, "/admin/users/{id}/identities/unlink", may(Right::UserManage), post(decisions::unlink)),
        on(POST, "/admin/users/{id}/sign-out", may(Right::SessionRevoke), post(decisions::sign_out)),
        on(GET, "/admin/users/{id}/delete", DECIDE_OR_MANAGE, get(delete::ask)),
        on(POST, "/admin/users/{id}/delete", DECIDE_OR_MANAGE, post(delete::delete)),
        on(GET, "/admin/roles", may(Right::RoleRead), get(roles::show)),
        on(POST, "/admin/roles", may(Right::RoleManage), post(roles::save)),
        on(GET, "/admin/roles/inspect", may(Right::RoleRead), get(inspect::show)),
        on(GET, "/admin/roles/new", may(Right::RoleManage), get(role::blank)),
        on(POST, "/admin/roles/new", may(Right::RoleManage), post(role::create)),
        on(GET, "/admin/roles/{name}", may(Right::RoleRead), get(role::show)),
        on(POST, "/admin/roles/{name}", may(Right::RoleManage), post(role::save)),
        on(POST, "/admin/roles/{name}/delete", may(Right::RoleManage), post(role::delete)),
        on(POST, "/admin/roles/{name}/people", may(Right::UserManage), post(role::add_people)),
        on(POST, "/admin/roles/{name}/people/remove", may(Right::UserManage), post(role::remove_person)),
        on(GET, SESSIONS, may(Right::SessionRead), get(sessions::show)),
        on(POST, "/admin/sessions/end", may(Right::SessionRevoke), post(session_actions::force_out_selected)),
        on(POST, "/admin/sessions/{id}/end", may(Right::SessionRevoke), post(session_actions::force_out)),
        on(
            POST,
            "/admin/sessions/{id}/{handle}/revoke",
            may(Right::SessionRevoke),
            post(session_actions::revoke),
        ),
        on(GET, "/admin/dormant", may(Right::UserRead), get(dormant::show)),
        on(POST, "/admin/dormant", may(Right::UserManage), post(dormant::decide)),
        on(GET, "/admin/audit", may(Right::AuditRead), get(audit::show)),
        on(GET, "/admin/audit/export", may(Right::AuditExport), get(audit::export::take)),
        on(POST, "/admin/audit/verify", may(Right::AuditRead), post(audit::verify)),
        on(GET, "/admin/settings", may(Right::SettingsRead), get(settings::show)),
        on(POST, "/admin/settings", may(Right::SettingsManage), post(settings::save)),
        on(GET, providers::HERE, may(Right::SettingsRead), get(providers::show)),
        on(POST, "/admin/providers/{name}/test", may(Right::SettingsManage), post(providers::test)),
        on(GET, mail::HERE, may(Right::SettingsRead), get(mail::show)),
        on(POST, "/admin/mail/retry", may(Right::SettingsManage), post(mail::retry_failed)),
        on(POST, "/admin/mail/{id}/retry", may(Right::SettingsManage), post(mail::retry)),
    ]
}

/// Every route of the section, behind its guard.
pub(super) fn routes(app: &App) -> Router<App> {
    table().into_iter().fold(Router::new(), |router, Route { path, need, handler, .. }| {
        router.route(path, handler.route_layer(from_fn_with_state((app.clone(), need), guard)))
    })
}

/// Every route of the section with what it asks.
pub fn admin_routes() -> Vec<(Method, &'static str, Need)> {
    table().into_iter().map(|route| (route.method, route.path, route.need)).collect()
}

const DECIDE_OR_MANAGE: Need = Need::Either(Right::UserApprove, Right::UserManage);
const LIST: &str = "/admin/users";
const SESSIONS: &str = "/admin/sessions";

/// Pages that the menu leads to, in its order.
const PAGES: [(Right, &str); 5] = [
    (Right::UserRead, LIST),
    (Right::RoleRead, "/admin/roles"),
    (Right::SessionRead, SESSIONS),
    (Right::AuditRead, "/admin/audit"),
    (Right::SettingsRead, "/admin/settings"),
];

/// The first page that somebody may open; their own account's where there is none.
fn home(may: &Effective) -> &'static str {
    PAGES.iter().find(|(right, _)| may.may(*right)).map_or("/account", |(_, page)| page)
}

/// Where the admin section begins for somebody, if it does.
pub(super) fn entrance(may: &Effective) -> Option<Href> {
    may.meets(Need::AnyRight).then(|| Href::local(home(may)))
}

async fn front(Admin(actor): Admin) -> Response {
    redirect(home(&actor.may))
}

/// An account's id in an address; anything else is no page.
fn user_id(text: &str) -> Result<UserId, Error> {
    text.parse::<Uuid>().map(UserId).map_err(|_| Error::NotFound)
}

fn by(visit: &Visit, actor: &Principal) -> By {
    By::user(actor.user.id, visit.origin.clone())
}

async fn frame(app: &App, visit: &Visit, actor: &Principal) -> Result<AdminFrame, Error> {
    let pending = match actor.may.may(Right::UserRead) {
        true => users::count_pending(&mut app.db.read().await?).await?,
        false => 0,
    };
    Ok(AdminFrame {
        frame: visit.frame(app),
        viewer: actor.user.display_name.to_string(),
        tier: view::tier(actor.user.tier),
        pending: view::figure(pending),
        home: Href::local(home(&actor.may)),
        menu: Menu {
            users: actor.may.may(Right::UserRead),
            sessions: actor.may.may(Right::SessionRead),
            roles: actor.may.may(Right::RoleRead),
            dormant: actor.may.may(Right::UserRead),
            audit: actor.may.may(Right::AuditRead),
            providers: actor.may.may(Right::SettingsRead),
            settings: actor.may.may(Right::SettingsRead),
            mail: actor.may.may(Right::SettingsRead),
        },
    })
}

/// The account, or the list with a word that it is gone.
async fn find(app: &App, id: UserId) -> Result<Option<User>, Error> {
    Ok(users::find(&mut app.db.read().await?, id).await?)
}

/// Whether the actor may change this account at all, before anything of it is shown; the operation asks again.
async fn changeable(app: &App, actor: &Principal, user: &User) -> Result<(), Error> {
    if actor.may.superuser {
        return Ok(());
    }
    let mut tx = app.db.read().await?;
    let (held, _) = grants::of_user(&mut tx, user.id).await?;
    let theirs = Effective::of(user.tier, &held, &all_roles::all(&mut tx).await?);
    match user.id != actor.user.id && actor.may.may_change(&theirs) {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// Back to the list, which says what happened.
fn back(app: &App, visit: &Visit, flash: Flash) -> Response {
    back_to(LIST, app, visit, flash)
}

/// Back to a page, which says what happened.
fn back_to(page: &str, app: &App, visit: &Visit, flash: Flash) -> Response {
    with_cookies(redirect(page), [flash.cookie(app, visit.now)])
}

/// Whether the page is asked for as the content of a dialog.
fn wants_fragment(headers: &HeaderMap) -> bool {
    headers.get("x-fragment").is_some_and(|value| value == "modal")
}

/// How many sessions an account has now; none when the store does not answer, since the number is for
/// reading only.
async fn session_count(app: &App, visit: &Visit, user: &User) -> u64 {
    let lifetimes = app.settings().lifetimes;
    let found = app.sessions.of_user(user.id, visit.now).await.unwrap_or_default();
    found.iter().filter(|(_, session)| session.stands(user, &lifetimes, visit.now)).count() as u64
}
