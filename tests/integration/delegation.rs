//! Who may do what in the admin section: one table of all its routes, tried by everybody.
use narthex::{
    domain::{
        audit::Event,
        permission::{Need, Permission, Right, RoleName},
        user::{Status, Tier},
    },
    store::{grants, roles},
};

use crate::harness::{
    Ask, Browser, Gateway, Issuer, PASSWORD, Person, Stack, both_stacks,
    gateway::{Setup, sign_in},
};

both_stacks!(
    a_73_every_route_is_open_to_those_who_need_it_and_to_nobody_else,
    a_78_a_demoted_superuser_is_out_at_the_next_request,
    a_permission_counts_from_the_next_request_on,
    somebody_who_manages_users_sees_what_they_may_use_and_no_more,
    whoever_only_looks_at_sessions_or_the_log_is_offered_nothing_else,
    nobody_hands_on_what_they_do_not_hold,
    nobody_touches_whoever_may_more,
    only_a_superuser_changes_tiers,
    nobody_changes_their_own_account_by_what_they_may,
    nothing_of_an_account_is_shown_before_it_may_be_changed,
    a_deny_of_looking_wins_over_what_includes_it,
    settings_that_reach_superusers_are_theirs,
);

/// Who may use a route, written down a second time: whoever adds one decides here.
const EXPECTED: &[(&str, &str, Expect)] = {
    use Expect::{Any, Either, May, Superuser};
    use Right::{
        AuditExport, AuditRead, RoleManage, RoleRead, SessionRead, SessionRevoke, SettingsManage,
        SettingsRead, UserApprove, UserManage, UserRead,
    };
    &[
        ("GET", "/admin", Any),
        ("GET", "/admin/users", May(UserRead)),
        ("GET", "/admin/users/export", May(UserRead)),
        ("POST", "/admin/users/bulk", May(UserApprove)),
        ("GET", "/admin/applications", May(UserRead)),
        ("POST", "/admin/applications/unblock", May(UserApprove)),
        ("GET", "/admin/users/{id}", May(UserRead)),
        ("POST", "/admin/users/{id}", May(UserManage)),
        ("POST", "/admin/users/{id}/activate", May(UserApprove)),
        ("POST", "/admin/users/{id}/deactivate", May(UserManage)),
        ("POST", "/admin/users/{id}/reactivate", May(UserManage)),
        ("POST", "/admin/users/{id}/unlock", May(UserManage)),
        ("POST", "/admin/users/{id}/tier", Superuser),
        ("POST", "/admin/users/{id}/password", May(UserManage)),
        ("POST", "/admin/users/{id}/identities/unlink", May(UserManage)),
        ("POST", "/admin/users/{id}/sign-out", May(SessionRevoke)),
        ("GET", "/admin/users/{id}/delete", Either(UserApprove, UserManage)),
        ("POST", "/admin/users/{id}/delete", Either(UserApprove, UserManage)),
        ("GET", "/admin/roles", May(RoleRead)),
        ("POST", "/admin/roles", May(RoleManage)),
        ("GET", "/admin/roles/inspect", May(RoleRead)),
        ("GET", "/admin/roles/new", May(RoleManage)),
        ("POST", "/admin/roles/new", May(RoleManage)),
        ("GET", "/admin/roles/{name}", May(RoleRead)),
        ("POST", "/admin/roles/{name}", May(RoleManage)),
        ("POST", "/admin/roles/{name}/delete", May(RoleManage)),
        ("POST", "/admin/roles/{name}/people", May(UserManage)),
        ("POST", "/admin/roles/{name}/people/remove", May(UserManage)),
        ("GET", "/admin/sessions", May(SessionRead)),
        ("POST", "/admin/sessions/end", May(SessionRevoke)),
        ("POST", "/admin/sessions/{id}/end", May(SessionRevoke)),
        ("POST", "/admin/sessions/{id}/{handle}/revoke", May(SessionRevoke)),
        ("GET", "/admin/dormant", May(UserRead)),
        ("POST", "/admin/dormant", May(UserManage)),
        ("GET", "/admin/audit", May(AuditRead)),
        ("GET", "/admin/audit/export", May(AuditExport)),
        ("POST", "/admin/audit/verify", May(AuditRead)),
        ("GET", "/admin/settings", May(SettingsRead)),
        ("POST", "/admin/settings", May(SettingsManage)),
        ("GET", "/admin/providers", May(SettingsRead)),
        ("POST", "/admin/providers/{name}/test", May(SettingsManage)),
        ("GET", "/admin/mail", May(SettingsRead)),
        ("POST", "/admin/mail/retry", May(SettingsManage)),
        ("POST", "/admin/mail/{id}/retry", May(SettingsManage)),
    ]
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Expect {
    May(Right),
    Either(Right, Right),
    Any,
    Superuser,
}

impl Expect {
    fn is_met_by(self, right: Right) -> bool {
        match self {
            Self::May(wanted) => wanted == right || includes(right, wanted),
            Self::Either(one, other) => one == right || other == right,
            Self::Any => true,
            Self::Superuser => false,
        }
    }

    fn need(self) -> Need {
        match self {
            Self::May(right) => Need::May(right),
            Self::Either(one, other) => Need::Either(one, other),
            Self::Any => Need::AnyRight,
            Self::Superuser => Need::Superuser,
        }
    }
}

/// Whoever may change something may look at it.
fn includes(right: Right, other: Right) -> bool {
    matches!(
        (right, other),
        (Right::UserApprove | Right::UserManage, Right::UserRead)
            | (Right::RoleManage, Right::RoleRead)
            | (Right::SessionRevoke, Right::SessionRead)
            | (Right::AuditExport, Right::AuditRead)
            | (Right::SettingsManage, Right::SettingsRead)
    )
}

#[test]
fn every_route_has_a_row() {
    let mut there: Vec<_> = narthex::http::admin_routes()
        .into_iter()
        .map(|(method, path, need)| (method.to_string(), path.to_owned(), format!("{need:?}")))
        .collect();
    let mut expected: Vec<_> = EXPECTED
        .iter()
        .map(|(method, path, expect)| {
            ((*method).to_owned(), (*path).to_owned(), format!("{:?}", expect.need()))
        })
        .collect();
    there.sort();
    expected.sort();
    assert_eq!(there, expected, "a route of /admin and its row in this table do not agree");
}

/// Gives somebody a single permission behind the product's back.
pub(crate) async fn grant(gateway: &Gateway, person: &Person, right: &str) {
    let mut tx = gateway.db.write().await.unwrap();
    let permission = Permission::parse(right).unwrap();
    grants::set_permission(&mut tx, person.user.id, &permission, false, gateway.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Makes a role behind the product's back.
pub(crate) async fn make_role(gateway: &Gateway, name: &str, permissions: &[&str], supervises: &[&str]) {
    let name = RoleName::parse(name).unwrap();
    let mut tx = gateway.db.write().await.unwrap();
    roles::changed(&mut tx).await.unwrap();
    roles::insert(&mut tx, &name, &format!("Role {name}"), "").await.unwrap();
    for key in permissions {
        roles::add_permission(&mut tx, &name, &Permission::parse(key).unwrap()).await.unwrap();
    }
    for other in supervises {
        roles::add_supervised(&mut tx, &name, &RoleName::parse(other).unwrap()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn ask(browser: &mut Browser, method: &str, path: &str) -> u16 {
    let page = match method {
        "GET" => browser.get(path).await,
        // Nothing in it, so that what is allowed changes nothing either.
        _ => browser.post(path, &[]).await,
    };
    page.status.as_u16()
}

async fn a_73_every_route_is_open_to_those_who_need_it_and_to_nobody_else(stack: Stack) {
    // What is there to be named: a role, and a provider of the same name.
    let issuer = Issuer::start().await;
    let setup = Setup::on(&stack).with(&issuer.config("auditor", ""));
    let gateway = setup.provider_port(issuer.port).start().await;
    let boss = gateway.superuser("boss").await;
    make_role(&gateway, "auditor", &["admin.audit:read"], &[]).await;
    let waiting = gateway.applicant("waiting").await;
    let target = gateway.standard("target").await;

    let mut strangers = vec![("anonymous", gateway.browser())];
    let mut pending = gateway.browser();
    sign_in(&mut pending, waiting.email(), &waiting.password).await.is(403);
    strangers.push(("pending", pending));
    let out = gateway.standard("out").await;
    let inactive = gateway.signed_in(&out).await;
    gateway.signed_in(&boss).await.post(&out.admin_path("/deactivate"), &[]).await.is(303);
    strangers.push(("inactive", inactive));
    let before = gateway.events().await.len();
    for (who, mut browser) in strangers {
        for (method, path, _) in EXPECTED {
            let path = path.replace("{id}", &target.user.id.to_string()).replace("{name}", "auditor");
            let path = path.replace("{handle}", "x");
            let page = match *method {
                "GET" => browser.get(&path).await,
                _ => {
                    browser
                        .post(&path, &[("status", "inactive"), ("tier", "superuser"), ("version", "0")])
                        .await
                }
            };
            assert_eq!(page.status, 303, "{who} {method} {path}");
            assert!(
                page.location().starts_with("/login?rd=/admin"),
                "{who} {method} {path}: {}",
                page.location()
            );
            assert_eq!(
                browser.send(Ask::new(method, &path).json()).await.status,
                401,
                "{who} {method} {path}"
            );
        }
    }
    assert_eq!(gateway.events().await.len(), before, "nothing happened");

    let nobody = gateway.standard("nobody").await;
    let mut browser = gateway.signed_in(&nobody).await;
    tried(&gateway, "standard", &mut browser, (&target, &waiting), |_| false).await;
    assert!(!browser.visit("/account").await.links().iter().any(|link| link.starts_with("/admin")));

    for right in Right::ALL.iter().copied() {
        let person = gateway.standard(&right.key().replace([':', '.'], "-")).await;
        grant(&gateway, &person, right.key()).await;
        let mut browser = gateway.signed_in(&person).await;
        tried(&gateway, right.key(), &mut browser, (&target, &waiting), |expect| expect.is_met_by(right))
            .await;
    }
    let mut browser = gateway.signed_in(&boss).await;
    tried(&gateway, "superuser", &mut browser, (&target, &waiting), |_| true).await;
    gateway.stop().await;
}

/// Tries every route; where it is closed there is no page and nothing happens.
async fn tried(
    gateway: &Gateway,
    who: &str,
    browser: &mut Browser,
    (target, waiting): (&Person, &Person),
    open: impl Fn(Expect) -> bool,
) {
    for (method, path, expect) in EXPECTED {
        // An id of nobody, so that what is allowed finds nothing to change.
        let somebody = match *method {
            // Whoever decides on applications sees what would become of an applicant, and of nobody else.
            "GET" if who == Right::UserApprove.key() && path.ends_with("/delete") => waiting.user.id.0,
            "GET" => target.user.id.0,
            _ => crate::harness::new_id(),
        };
        let path =
            path.replace("{id}", &somebody.to_string()).replace("{name}", "auditor").replace("{handle}", "x");
        let path = if path.ends_with("/audit/export") { format!("{path}?format=csv") } else { path };
        if *method == "POST" && path.ends_with("/people/remove") && open(*expect) {
            // Nobody is named there, and nobody is no page.
            continue;
        }
        if *method == "POST" && path.ends_with("auditor/delete") && open(*expect) {
            make_role(gateway, &format!("auditor-{}", right_word(who)), &[], &[]).await;
            let path = path.replace("auditor", &format!("auditor-{}", right_word(who)));
            assert_eq!(ask(browser, method, &path).await, 303, "{who} {path}");
            continue;
        }
        let before = gateway.events().await.len();
        let status = ask(browser, method, &path).await;
        if open(*expect) {
            // What is sent is nothing, so a page that is there says so: 400, 409, 422 or back to the list.
            assert!(status != 404 && status != 403 && status < 500, "{who} {method} {path}: {status}");
            if *method == "GET" {
                assert!(matches!(status, 200 | 303), "{who} {method} {path}: {status}");
            }
        } else {
            assert_eq!(status, 404, "{who} {method} {path}");
            assert_eq!(gateway.events().await.len(), before, "{who} {method} {path} did something");
        }
    }
}

fn right_word(who: &str) -> String {
    who.replace([':', '.'], "-")
}

async fn nobody_changes_their_own_account_by_what_they_may(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let helper = gateway.standard("helper").await;
    for right in ["admin.user:read", "admin.user:manage", "admin.session:revoke"] {
        grant(&gateway, &helper, right).await;
    }
    let mut browser = gateway.signed_in(&helper).await;
    let version = gateway.account(&helper).await.unwrap().version.to_string();
    for (name, value) in [
        ("expires", ""),
        ("perm-admin.user:manage", "grant"),
        ("email", "director@corp.example"),
        ("new_password", PASSWORD),
        ("display_name", "Director"),
    ] {
        browser.post(&helper.admin_path(""), &[("version", &version), (name, value)]).await.is(404);
    }
    browser.post(&helper.admin_path("/password"), &[("new_password", PASSWORD)]).await.is(404);
    assert!(browser.get(&helper.admin_path("")).await.is(200).says("your own account"));
    let mut admin = gateway.signed_in(&boss).await;
    admin.post(&boss.admin_path("/password"), &[("new_password", PASSWORD)]).await.is(404);
    sign_in(&mut gateway.browser(), "boss", &boss.password).await.is(303);
    gateway.stop().await;
}

async fn nothing_of_an_account_is_shown_before_it_may_be_changed(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let (approver, manager) = (gateway.standard("approver").await, gateway.standard("manager").await);
    grant(&gateway, &approver, "admin.user:approve").await;
    grant(&gateway, &manager, "admin.user:manage").await;
    let mut browser = gateway.signed_in(&approver).await;
    browser.get(&format!("{}/delete", boss.admin_path(""))).await.is(404);
    let target = gateway.standard("target").await;
    browser.get(&format!("{}/delete", target.admin_path(""))).await.is(404);
    let mut browser = gateway.signed_in(&manager).await;
    browser.post(&boss.admin_path(""), &[("email", "no address")]).await.is(404);
    browser.post(&boss.admin_path("/password"), &[("new_password", "short")]).await.is(404);
    browser.post(&target.admin_path(""), &[("email", "no address")]).await.is(422);
    gateway.stop().await;
}

async fn a_deny_of_looking_wins_over_what_includes_it(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let helper = gateway.standard("helper").await;
    grant(&gateway, &helper, "admin.settings:manage").await;
    let (mut admin, mut browser) = (gateway.signed_in(&boss).await, gateway.signed_in(&helper).await);
    browser.get("/admin/settings").await.is(200);
    let version = gateway.account(&helper).await.unwrap().version.to_string();
    let deny = [("version", version.as_str()), ("perm-admin.settings:read", "deny")];
    admin.post(&helper.admin_path(""), &deny).await.is(303);
    browser.get("/admin/settings").await.is(404);
    gateway.stop().await;
}

async fn settings_that_reach_superusers_are_theirs(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    gateway.superuser("boss").await;
    let helper = gateway.standard("helper").await;
    grant(&gateway, &helper, "admin.settings:manage").await;
    let mut browser = gateway.signed_in(&helper).await;
    let form = browser.get("/admin/settings").await.is(200).form("/admin/settings");
    for name in ["dormant.auto_deactivate", "audit.retention_days", "admin.allow"] {
        assert_eq!(form.value(name), None, "{name} is not offered");
    }
    browser.submit(&form.clone().with("audit.retention_days", "1")).await.is(404);
    browser.submit(&form.clone().with("admin.allow", "127.0.0.1")).await.is(404);
    browser.submit(&form.with("dormant.days", "30")).await.is(303);
    let settings = gateway.running.app.settings();
    assert_eq!((settings.retention_days, settings.dormant_days), (0, 30));
    gateway.stop().await;
}

async fn a_78_a_demoted_superuser_is_out_at_the_next_request(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (boss, other) = (gateway.superuser("boss").await, gateway.superuser("other").await);
    let (mut first, mut second) = (gateway.signed_in(&boss).await, gateway.signed_in(&other).await);
    let open = second.get(&boss.admin_path("")).await.is(200);
    first.post(&other.admin_path("/tier"), &[("tier", "standard")]).await.is(303);
    let save = open.form(&boss.user.id.to_string()).with("display_name", "Hacked");
    assert!(second.submit(&save).await.is(303).location().starts_with("/login"));
    let mut again = gateway.signed_in(&other).await;
    again.get("/admin/users").await.is(404);
    assert_eq!(gateway.account(&boss).await.unwrap().display_name.as_str(), "Name of boss");
    gateway.stop().await;
}

async fn a_permission_counts_from_the_next_request_on(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let carol = gateway.standard("carol").await;
    make_role(&gateway, "auditor", &["admin.audit:read"], &[]).await;
    make_role(&gateway, "lead", &[], &["auditor"]).await;
    let (mut admin, mut browser) = (gateway.signed_in(&boss).await, gateway.signed_in(&carol).await);
    browser.get("/admin/audit").await.is(404);
    admin.post("/admin/roles/lead/people", &[("people", "carol")]).await.is(303);
    browser.get("/admin/audit").await.is(200);
    let who = browser.send(Ask::get("/account").json()).await.body;
    assert!(who.contains("\"roles\":[\"lead\"]") && who.contains("admin.audit:read"), "{who}");

    // The role itself changes: whoever holds it feels that at the next request, too.
    let page = admin.get("/admin/roles/auditor").await.is(200);
    let form = page.form("/admin/roles/auditor");
    let fields: Vec<_> = form.fields.iter().filter(|(name, _)| name != "permission").cloned().collect();
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    admin.post("/admin/roles/auditor", &fields).await.is(303);
    browser.get("/admin/audit").await.is(404);
    gateway.stop().await;
}

async fn somebody_who_manages_users_sees_what_they_may_use_and_no_more(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let (helper, carol) = (gateway.standard("helper").await, gateway.standard("carol").await);
    let waiting = gateway.applicant("waiting").await;
    for right in ["admin.user:read", "admin.user:approve", "admin.user:manage"] {
        grant(&gateway, &helper, right).await;
    }
    let mut browser = gateway.signed_in(&helper).await;
    let account = browser.visit("/account").await;
    assert!(account.links().iter().any(|link| link == "/admin/users"), "{:?}", account.links());
    assert_eq!(browser.get("/admin").await.is(303).location(), "/admin/users");
    let list = browser.get("/admin/users").await.is(200);
    let links = list.links();
    for closed in ["/admin/audit", "/admin/roles", "/admin/settings", "/admin/sessions"] {
        assert!(!links.iter().any(|link| link.starts_with(closed)), "{closed} is in {links:?}");
    }
    assert!(links.iter().any(|link| link.starts_with("/admin/dormant")));
    assert!(links.iter().any(|link| *link == format!("{}/delete", carol.admin_path(""))), "{links:?}");
    assert!(!links.iter().any(|link| *link == format!("{}/delete", boss.admin_path(""))), "{links:?}");
    let form = browser.get(&carol.admin_path("")).await.is(200);
    assert!(form.form(&carol.admin_path("")).value("tier").is_none(), "no User Type to choose");
    assert!(
        browser
            .get(&boss.admin_path(""))
            .await
            .is(200)
            .forms()
            .iter()
            .all(|form| form.action != boss.admin_path(""))
    );

    browser.post(&waiting.admin_path("/activate"), &[]).await.is(303);
    assert_eq!(gateway.account(&waiting).await.unwrap().status, Status::Active);
    browser.post(&carol.admin_path("/deactivate"), &[]).await.is(303);
    assert_eq!(gateway.account(&carol).await.unwrap().status, Status::Inactive);
    let looker = gateway.standard("looker").await;
    grant(&gateway, &looker, "admin.user:read").await;
    let mut eyes = gateway.signed_in(&looker).await;
    let list = eyes.get("/admin/users").await.is(200);
    assert!(list.forms().iter().all(|form| form.method == "get" || form.action == "/logout"), "only looking");
    gateway.stop().await;
}

async fn whoever_only_looks_at_sessions_or_the_log_is_offered_nothing_else(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let (helper, carol) = (gateway.standard("helper").await, gateway.standard("carol").await);
    let auditor = gateway.standard("auditor").await;
    grant(&gateway, &helper, "admin.session:read").await;
    grant(&gateway, &auditor, "admin.audit:read").await;
    for person in [&boss, &carol, &auditor] {
        gateway.signed_in(person).await;
    }
    let mut browser = gateway.signed_in(&helper).await;
    gateway.signed_in(&helper).await;
    // The store may hold others' sessions too, so each person is looked for.
    let offered = async |browser: &mut Browser, person: &Person| {
        let page = browser.get(&format!("/admin/sessions?q={}", person.email())).await.is(200);
        assert!(page.says(&format!("Name of {}", person.username())), "{}", page.text());
        let id = person.user.id.to_string();
        let has = |end: &str| page.body.contains(&format!("/admin/sessions/{id}{end}"));
        let listed = page.links().iter().any(|link| link.starts_with("/admin/users"));
        (has("/end\""), has("/") && page.body.contains("/revoke\""), page.body.contains("data-all"), listed)
    };
    for person in [&boss, &carol, &auditor, &helper] {
        assert_eq!(offered(&mut browser, person).await, (false, false, false, false));
    }
    grant(&gateway, &helper, "admin.session:revoke").await;
    grant(&gateway, &helper, "admin.user:read").await;
    assert_eq!(offered(&mut browser, &carol).await, (true, true, true, true));
    for more in [&boss, &auditor] {
        assert_eq!(offered(&mut browser, more).await, (false, false, false, true));
    }
    assert_eq!(offered(&mut browser, &helper).await, (false, true, false, true), "another one of their own");

    let mut browser = gateway.signed_in(&auditor).await;
    let exports = async |browser: &mut Browser| {
        let page = browser.get("/admin/audit").await.is(200);
        page.links().iter().filter(|link| link.starts_with("/admin/audit/export")).count()
    };
    assert_eq!(exports(&mut browser).await, 0);
    grant(&gateway, &auditor, "admin.audit:export").await;
    assert_eq!(exports(&mut browser).await, 2);
    gateway.stop().await;
}

async fn nobody_hands_on_what_they_do_not_hold(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    gateway.superuser("boss").await;
    let (helper, carol) = (gateway.standard("helper").await, gateway.standard("carol").await);
    make_role(
        &gateway,
        "helpers",
        &["admin.user:read", "admin.user:manage", "admin.role:read", "admin.role:manage"],
        &[],
    )
    .await;
    make_role(&gateway, "auditor", &["admin.audit:read"], &[]).await;
    {
        let mut tx = gateway.db.write().await.unwrap();
        let (helpers, source) =
            (RoleName::parse("helpers").unwrap(), narthex::domain::permission::GrantSource::Manual);
        grants::add_role(&mut tx, helper.user.id, &helpers, &source, gateway.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut browser = gateway.signed_in(&helper).await;
    let before = grants_of(&gateway, &carol).await;
    let version = || async { gateway.account(&carol).await.unwrap().version.to_string() };

    // A role that they do not hold, from the person and from the role.
    let now = version().await;
    let fields = [("version", now.as_str()), ("offered-role", "auditor"), ("role", "auditor")];
    browser.post(&carol.admin_path(""), &fields).await.is(422);
    browser.post("/admin/roles/auditor/people", &[("people", "carol")]).await.is(422);
    // A single permission that they do not hold.
    let fields = [("version", now.as_str()), ("perm-admin.audit:read", "grant")];
    browser.post(&carol.admin_path(""), &fields).await.is(422);
    // Into a role of their own, so that they have it themselves.
    let fields = [
        ("version", "0"),
        ("display_name", "Helpers"),
        ("description", ""),
        ("offered-permission", "admin.audit:read"),
        ("permission", "admin.audit:read"),
    ];
    browser.post("/admin/roles/helpers", &fields).await.is(422);
    let fields = [
        ("version", "0"),
        ("display_name", "Helpers"),
        ("offered-supervises", "auditor"),
        ("supervises", "auditor"),
    ];
    browser.post("/admin/roles/helpers", &fields).await.is(422);
    let made = [
        ("name", "mine"),
        ("display_name", "Mine"),
        ("offered-permission", "admin.audit:read"),
        ("permission", "admin.audit:read"),
    ];
    browser.post("/admin/roles/new", &made).await.is(422);
    browser.post("/admin/roles/auditor/delete", &[]).await.is(409);
    // In the matrix a box that they may not tick is not looked at.
    let fields = [("shown", "helpers"), ("version-helpers", "0"), ("p", "helpers:admin.audit:read")];
    browser.post("/admin/roles", &fields).await.is(422);
    assert_eq!(grants_of(&gateway, &carol).await, before);
    browser.get("/admin/audit").await.is(404);

    // What they hold they may hand on.
    browser.post("/admin/roles/helpers/people", &[("people", "carol")]).await.is(303);
    assert_ne!(grants_of(&gateway, &carol).await, before);
    assert_eq!(gateway.count_events(Event::RoleGranted, Some(&carol.user)).await, 1);
    gateway.stop().await;
}

async fn grants_of(gateway: &Gateway, person: &Person) -> narthex::domain::permission::Grants {
    grants::of_user(&mut gateway.db.read().await.unwrap(), person.user.id).await.unwrap().0
}

async fn nobody_touches_whoever_may_more(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let (helper, auditor) = (gateway.standard("helper").await, gateway.standard("auditor").await);
    for right in ["admin.user:read", "admin.user:approve", "admin.user:manage", "admin.session:revoke"] {
        grant(&gateway, &helper, right).await;
    }
    grant(&gateway, &auditor, "admin.audit:read").await;
    let mut browser = gateway.signed_in(&helper).await;
    let mut victim = gateway.signed_in(&boss).await;
    for person in [&boss, &auditor] {
        let version = person.user.version.to_string();
        let fields = [
            ("version", version.as_str()),
            ("status", "inactive"),
            ("new_password", PASSWORD),
            ("confirm", person.username()),
        ];
        for end in ["", "/deactivate", "/password", "/sign-out", "/delete"] {
            browser.post(&person.admin_path(end), &fields).await.is(404);
        }
        let now = gateway.account(person).await.unwrap();
        assert_eq!((now.status, now.session_epoch), (Status::Active, person.user.session_epoch));
    }
    victim.get("/account").await.is(200);
    gateway.stop().await;
}

async fn only_a_superuser_changes_tiers(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    gateway.superuser("boss").await;
    let (helper, carol) = (gateway.standard("helper").await, gateway.standard("carol").await);
    for right in Right::ALL {
        grant(&gateway, &helper, right.key()).await;
    }
    let mut browser = gateway.signed_in(&helper).await;
    for person in [&carol, &helper] {
        browser.post(&person.admin_path("/tier"), &[("tier", "superuser")]).await.is(404);
        let version = gateway.account(person).await.unwrap().version.to_string();
        browser.post(&person.admin_path(""), &[("version", &version), ("tier", "superuser")]).await.is(404);
        assert_eq!(gateway.account(person).await.unwrap().tier, Tier::Standard);
    }
    gateway.stop().await;
}
