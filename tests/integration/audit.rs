//! The audit log as administrators see it: filtered, checked, taken along.
use std::time::Duration;

use narthex::{
    accounts::chain::{kept, prune, seal},
    domain::audit::{Actor, Entry, Event},
    store::{Pools, users},
};

use crate::harness::{
    Ask, Browser, Gateway, PASSWORD, Page, Person, Stack, both_stacks,
    gateway::{Setup, sign_in, standing_clock},
};

both_stacks!(
    the_log_is_filtered_by_event_actor_target_and_day,
    the_page_says_how_far_the_log_is_proven,
    the_page_is_not_green_while_nobody_seals_or_checks,
    what_a_kept_head_shows_does_not_call_too_much_intact,
    a_broken_chain_is_told_with_what_is_intact_and_what_to_do,
    a_copy_has_what_is_filtered_and_is_recorded,
    a_copy_is_complete_however_long_the_log_is,
    a_82_no_cell_of_a_copy_is_a_formula,
    a_85_every_event_says_who_whom_where_and_what,
    a_85_no_kind_of_event_is_forgotten,
    nobody_else_sees_checks_or_takes_the_log,
);

async fn admin(gateway: &Gateway) -> (Person, Browser) {
    let boss = gateway.superuser("boss").await;
    let browser = gateway.signed_in(&boss).await;
    (boss, browser)
}

/// The codes of the events on a page, newest first.
fn events(page: &Page) -> Vec<String> {
    let codes = page.body.split("<code>").skip(1).filter_map(|rest| rest.split_once("</code>"));
    codes.map(|(code, _)| code.to_owned()).collect()
}

/// Changes the database behind the product's back.
pub(crate) async fn tamper(gateway: &Gateway, sql: &'static str) {
    match &gateway.db.pools {
        Pools::Sqlite { write, .. } => {
            sqlx::query(sql).execute(write).await.unwrap();
        }
        Pools::Postgres(pool) => {
            sqlx::query(sql).execute(pool).await.unwrap();
        }
    }
}

/// Until everything is sealed.
async fn sealed(gateway: &Gateway) {
    while seal::batch(&gateway.db, &gateway.running.app.master).await.unwrap() > 0 {}
}

async fn the_log_is_filtered_by_event_actor_target_and_day(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let (boss, mut browser) = admin(&gateway).await;
    let carol = gateway.standard("carol").await;
    gateway.later(Duration::from_secs(1));
    sign_in(&mut gateway.browser(), "carol", "wrong").await.is(401);
    gateway.later(Duration::from_secs(86_400));
    let mut browser_again = gateway.signed_in(&boss).await;
    gateway.later(Duration::from_secs(1));
    browser_again.post(&carol.admin_path("/deactivate"), &[]).await.is(303);
    gateway.later(Duration::from_secs(1));
    browser_again.post(&carol.admin_path("/reactivate"), &[]).await.is(303);
    drop(browser);
    browser = browser_again;

    let mut shown = async |query: &str| events(&browser.get(&format!("/admin/audit?{query}")).await.is(200));
    assert_eq!(shown("event=login.failed").await, ["login.failed"]);
    assert_eq!(shown("event=nonsense").await.len(), 7, "what is not known asks for nothing");
    assert_eq!(shown("actor=boss&event=account.deactivated").await, ["account.deactivated"]);
    assert_eq!(shown("actor=carol").await, Vec::<String>::new());
    let hers = ["account.reactivated", "account.deactivated", "login.failed", "account.activated"]
        .map(str::to_owned);
    assert_eq!(shown("target=carol").await, hers);
    assert_eq!(shown(&format!("target={}", carol.user.id)).await, hers);
    assert_eq!(shown(&format!("user={}", carol.user.id)).await, hers);
    assert_eq!(shown(&format!("user={}", boss.user.id)).await.len(), 5, "acted, or was acted upon");
    let today = gateway.clock.now().rfc3339()[..10].to_owned();
    assert_eq!(
        shown(&format!("from={today}")).await,
        ["account.reactivated", "account.deactivated", "login.succeeded"]
    );
    assert_eq!(shown(&format!("to={today}&from={today}&target=carol")).await, hers[..2]);
    assert_eq!(shown("to=2020-01-01").await.len(), 0);
    assert_eq!(shown("from=%27&to=9999-99-99").await.len(), 7);

    let page = browser.get(&format!("/admin/audit?target={}&event=login.failed", carol.user.id)).await;
    let form = page.form("/admin/audit");
    assert_eq!((form.value("target"), form.value("event")), (Some("carol"), Some("login.failed")));
    assert!(page.links().iter().any(|link| link.contains(&format!("user={}", carol.user.id))));
    let nobody = browser.get("/admin/audit?actor=nobody%3Cb%3E").await.is(200);
    assert!(nobody.says("No account is called “nobody<b>”") && events(&nobody).is_empty());

    for n in 0..60 {
        sign_in(&mut gateway.browser(), "carol", &format!("wrong {n}")).await.is(401);
    }
    let first = browser.get("/admin/audit?event=login.failed&target=carol").await.is(200);
    assert_eq!(events(&first).len(), 50);
    let older = browser.get(&first.link("before=")).await.is(200);
    assert_eq!(events(&older), ["login.failed"; 11], "the filter goes along");
    assert_eq!(events(&browser.get(&older.link("after=")).await).len(), 50);
    gateway.stop().await;
}

async fn the_page_says_how_far_the_log_is_proven(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut browser) = admin(&gateway).await;
    sealed(&gateway).await;
    let answer = browser.get("/admin/audit").await.form("/admin/audit/verify");
    browser.submit(&answer).await.is(303);
    let page = browser.get("/admin/audit").await.is(200);
    assert!(
        page.says("Chain verified") && page.says("2 entries, each bound to the one before."),
        "{}",
        page.text()
    );
    assert!(page.says("Last check") && page.says("Sealed until"), "{}", page.text());
    let korean = browser.get("/admin/audit?lang=ko").await.is(200);
    assert!(korean.says("체인 검증됨") && korean.says("지금 검증"), "{}", korean.text());
    gateway.stop().await;
}

async fn the_page_is_not_green_while_nobody_seals_or_checks(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let (boss, mut browser) = admin(&gateway).await;
    sealed(&gateway).await;
    browser.post("/admin/audit/verify", &[]).await.is(303);
    sign_in(&mut gateway.browser(), "boss", "wrong").await.is(401);
    assert!(browser.get("/admin/audit").await.says("Chain verified"));
    gateway.later(Duration::from_secs(31));
    let page = browser.get("/admin/audit").await.is(200);
    assert!(page.says("Events have waited to be sealed since"), "{}", page.text());
    assert!(!page.says("Chain verified"), "{}", page.text());
    sealed(&gateway).await;
    assert!(browser.get("/admin/audit").await.says("Chain verified"));
    gateway.later(Duration::from_secs(14 * 60 * 60));
    let mut browser = gateway.signed_in(&boss).await;
    sealed(&gateway).await;
    let page = browser.get("/admin/audit").await.is(200);
    assert!(page.says("Not checked lately") && !page.says("Chain verified"), "{}", page.text());
    gateway.stop().await;
}

async fn what_a_kept_head_shows_does_not_call_too_much_intact(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (boss, mut browser) = admin(&gateway).await;
    for _ in 0..2 {
        gateway.signed_in(&boss).await;
    }
    sealed(&gateway).await;
    let app = &gateway.running.app;
    let file = kept::file(&app.config.data_dir);
    kept::keep(&app.db, &app.master, &file).await.unwrap();
    tamper(
        &gateway,
        "DELETE FROM audit_events WHERE id IN (SELECT event_id FROM audit_chain WHERE position > 2)",
    )
    .await;
    tamper(&gateway, "DELETE FROM audit_chain WHERE position > 2").await;
    browser.post("/admin/audit/verify", &[]).await.is(303);
    let page = browser.get("/admin/audit").await.is(200);
    assert!(
        page.says("Chain broken at entry 3") && page.says("Entries before 3 are intact."),
        "{}",
        page.text()
    );
    for _ in 0..3 {
        gateway.signed_in(&boss).await;
    }
    sealed(&gateway).await;
    browser.post("/admin/audit/verify", &[]).await.is(303);
    let page = browser.get("/admin/audit").await.is(200);
    assert!(page.says("is not what stood there") && !page.says("are intact"), "{}", page.text());
    gateway.stop().await;
}

async fn a_broken_chain_is_told_with_what_is_intact_and_what_to_do(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut browser) = admin(&gateway).await;
    sealed(&gateway).await;
    tamper(&gateway, "UPDATE audit_events SET entry = 'forged' WHERE event = 'login.succeeded'").await;
    browser.post("/admin/audit/verify", &[]).await.is(303);
    let page = browser.get("/admin/audit").await.is(200);
    assert!(
        page.says("Chain broken at entry 2") && page.says("Entries before 2 are intact."),
        "{}",
        page.text()
    );
    assert!(page.says("was changed after it was sealed") && page.says("tell your security team"));
    assert!(
        page.says("This entry cannot be read: somebody has changed it."),
        "it does not take the page down"
    );
    let one = browser.get(&page.link("entry=")).await.is(200);
    assert_eq!(events(&one), ["login.succeeded"]);
    let copy = browser.get("/admin/audit/export?format=csv").await.is(200);
    assert!(copy.body.contains("\"forged\""), "{}", copy.body);
    tamper(&gateway, "DELETE FROM facts WHERE name = 'audit_chain_key'").await;
    browser.post("/admin/audit/verify", &[]).await.is(303);
    let page = browser.get("/admin/audit").await.is(200);
    assert!(page.says("Audit log not intact") && page.says("nothing can be proven"), "{}", page.text());
    gateway.stop().await;
}

async fn a_copy_has_what_is_filtered_and_is_recorded(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (boss, mut browser) = admin(&gateway).await;
    gateway.standard("carol").await;
    for _ in 0..3 {
        sign_in(&mut gateway.browser(), "carol", "wrong").await.is(401);
    }
    let all = browser.get("/admin/audit/export?format=jsonl").await.is(200);
    assert_eq!(all.header("content-type"), "application/jsonl; charset=utf-8");
    assert!(all.header("content-disposition").starts_with("attachment; filename=\"audit-"));
    assert_eq!(all.header("cache-control"), "no-store");
    let canonical: Vec<_> = gateway.events().await.iter().map(Entry::canonical).collect();
    let lines: Vec<_> = all.body.lines().collect();
    assert_eq!(lines, canonical[..6], "each as it is sealed; the export itself comes after");

    let page = browser.get("/admin/audit?event=login.failed&target=carol").await;
    let csv = browser.get(&page.link("format=csv")).await.is(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let rows: Vec<_> = csv.body.split("\r\n").filter(|row| !row.is_empty()).collect();
    assert_eq!(rows.len(), 4, "a head and three rows: {rows:?}");
    assert!(rows[0].starts_with("\"time\",\"event\",\"actor\""));
    assert!(rows[1..].iter().all(|row| row.contains("\"login.failed\",\"(not signed in)\",\"\",\"carol\"")));

    let events = gateway.events().await;
    let exports: Vec<_> = events.iter().filter(|entry| entry.event == Event::AuditExported).collect();
    assert_eq!(exports.len(), 2);
    let said = |entry: &Entry, field: &str| {
        entry.changes.iter().find(|change| change.field == field).unwrap().to.clone()
    };
    assert_eq!((said(exports[0], "filter"), said(exports[0], "entries")), ("none".into(), "6".into()));
    assert_eq!((said(exports[1], "format"), said(exports[1], "entries")), ("csv".into(), "3".into()));
    assert!(said(exports[1], "filter").starts_with("event=login.failed target="));
    assert_eq!(exports[1].actor.user_id(), Some(boss.user.id));
    assert!(!exports[1].origin.address.is_empty());
    browser.get("/admin/audit/export?format=xml").await.is(400);
    browser.get("/admin/audit/export?format=csv&actor=nobody").await.is(400);
    gateway.stop().await;
}

async fn a_copy_is_complete_however_long_the_log_is(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut browser) = admin(&gateway).await;
    let sample = gateway.events().await.remove(0);
    let mut tx = gateway.db.write().await.unwrap();
    for _ in 0..1700 {
        let entry = Entry { id: crate::harness::new_id(), ..sample.clone() };
        narthex::store::audit::insert(&mut tx, &entry).await.unwrap();
    }
    tx.commit().await.unwrap();
    let copy = browser.get("/admin/audit/export?format=jsonl").await.is(200);
    let mut ids: Vec<_> =
        copy.body.lines().map(|line| serde_json::from_str::<Entry>(line).unwrap().id).collect();
    assert_eq!(ids.len(), 1702);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 1702, "each once");
    let csv = browser.get("/admin/audit/export?format=csv").await.is(200);
    assert_eq!(csv.body.matches("\r\n").count(), 1 + 1703);
    gateway.stop().await;
}

async fn a_82_no_cell_of_a_copy_is_a_formula(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut browser) = admin(&gateway).await;
    for agent in ["=HYPERLINK(\"http://evil.example\",\"x\")", "+1", "-1", "@SUM(1)", "  =1"] {
        let ask = Ask::post("/login", &[("login", "x"), ("password", "y")]).header("user-agent", agent);
        gateway.browser().send(ask).await.is(401);
    }
    let copy = browser.get("/admin/audit/export?format=csv&event=login.failed").await.is(200);
    assert!(copy.body.contains("\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\""), "{}", copy.body);
    for row in copy.body.split("\r\n") {
        for cell in row.split("\",\"").map(|cell| cell.trim_start_matches('"')) {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '\t']), "{cell:?} in {row}");
        }
    }
    gateway.stop().await;
}

async fn a_85_every_event_says_who_whom_where_and_what(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (boss, mut browser) = admin(&gateway).await;
    let (carol, gone) = (gateway.applicant("carol").await, gateway.applicant("gone").await);
    browser.post(&carol.admin_path("/activate"), &[]).await.is(303);
    browser.post(&gone.admin_path("/delete"), &[]).await.is(303);
    browser.post(&carol.admin_path("/tier"), &[("tier", "superuser")]).await.is(303);
    browser.post(&carol.admin_path("/tier"), &[("tier", "standard")]).await.is(303);
    browser.post(&carol.admin_path("/password"), &[("new_password", "an-entirely-new-secret")]).await.is(303);
    browser.post(&carol.admin_path("/sign-out"), &[]).await.is(303);
    browser.post(&carol.admin_path("/deactivate"), &[]).await.is(303);
    sign_in(&mut gateway.browser(), carol.email(), "an-entirely-new-secret").await.is(403);
    browser.post(&carol.admin_path("/reactivate"), &[]).await.is(303);
    sign_in(&mut gateway.browser(), carol.email(), "wrong").await.is(401);
    sealed(&gateway).await;

    let log = gateway.events().await;
    let one = |event: Event| log.iter().rev().find(|entry| entry.event == event).unwrap();
    let by_boss = [
        (Event::AccountActivated, &carol, Some(("status", "pending", "active"))),
        (Event::AccountRejected, &gone, None),
        (Event::AccountTierChanged, &carol, Some(("tier", "superuser", "standard"))),
        (Event::PasswordReset, &carol, None),
        (Event::SessionEnded, &carol, None),
        (Event::AccountDeactivated, &carol, Some(("status", "active", "inactive"))),
        (Event::AccountReactivated, &carol, Some(("status", "inactive", "active"))),
    ];
    for (event, whom, change) in by_boss {
        let entry = one(event);
        let name = event.name();
        assert_eq!(entry.actor, Actor::User { id: boss.user.id, name: "boss".into() }, "{name}");
        assert_eq!(entry.target.as_ref().map(|target| target.id), Some(whom.user.id), "{name}");
        if let Some((field, from, to)) = change {
            let change = &entry.changes[0];
            assert_eq!((change.field.as_str(), change.from.as_str(), change.to.as_str()), (field, from, to));
        }
    }
    assert_eq!(one(Event::LoginFailed).actor, Actor::Stranger);
    assert_eq!(one(Event::LoginRefused).detail.as_deref(), Some("inactive"));
    assert_eq!(one(Event::LoginSucceeded).actor.user_id(), Some(boss.user.id));
    for entry in log.iter().filter(|entry| entry.actor != Actor::Cli) {
        assert_eq!(entry.origin.address, "127.0.0.1", "{entry:?}");
        assert!(!entry.origin.request_id.is_empty() && !entry.origin.user_agent.is_empty(), "{entry:?}");
    }
    let text = serde_json::to_string(&log).unwrap();
    for secret in ["an-entirely-new-secret", &boss.password, "argon2", "narthex="] {
        assert!(!text.contains(secret), "{secret}");
    }
    // Nothing changes an entry: no such door is there.
    let entry = format!("/admin/audit/{}", log[0].id);
    for (method, path) in [("DELETE", "/admin/audit"), ("PUT", "/admin/audit"), ("POST", "/admin/audit")] {
        browser.send(Ask::new(method, path)).await.is(405);
        browser.send(Ask::new(method, &entry)).await.is(404);
    }
    assert_eq!(gateway.events().await, log);
    gateway.stop().await;
}

/// Each kind is caused through the pages; those of providers are in the tests of single sign-on,
/// those of applications in theirs.
async fn a_85_no_kind_of_event_is_forgotten(stack: Stack) {
    let gateway = Setup::on(&stack).clock(standing_clock()).start().await;
    let (boss, mut browser) = admin(&gateway).await;
    let (carol, gone) = (gateway.standard("carol").await, gateway.standard("gone").await);
    let idle = gateway.standard("idle").await;
    let mut tx = gateway.db.write().await.unwrap();
    let long_ago = gateway.clock.now() - Duration::from_secs(100 * 86_400);
    users::note_login(&mut tx, idle.user.id, 0, long_ago, "192.0.2.1").await.unwrap();
    tx.commit().await.unwrap();

    let asks = [
        ("email", "new@people.example"),
        ("display_name", "New"),
        ("username", "new"),
        ("password", PASSWORD),
    ];
    gateway.browser().post("/signup", &asks).await.is(303);
    gateway.browser().post("/forgot-password", &[("email", carol.email())]).await.is(303);
    let form = browser.get("/admin/roles/new").await.form("/admin/roles/new");
    browser.submit(&form.with("name", "editor").with("display_name", "Editor")).await.is(303);
    let form = browser.get("/admin/roles/editor").await.form("/admin/roles/editor");
    browser.submit(&form.with("description", "Writes.")).await.is(303);
    browser.post("/admin/roles/editor/people", &[("people", "carol")]).await.is(303);
    let id = carol.user.id.to_string();
    browser.post("/admin/roles/editor/people/remove", &[("user", &id)]).await.is(303);
    browser.post("/admin/roles/editor/delete", &[]).await.is(303);
    let version = gateway.account(&carol).await.unwrap().version.to_string();
    let grant = [("version", version.as_str()), ("perm-admin.audit:read", "grant")];
    browser.post(&carol.admin_path(""), &grant).await.is(303);
    let tomorrow = (gateway.clock.now() + Duration::from_secs(86_400)).rfc3339()[..10].to_owned();
    let form = browser.get(&carol.admin_path("")).await.form(&carol.admin_path(""));
    browser.submit(&form.with("expires", &tomorrow).with("display_name", "Carol Shaw")).await.is(303);
    browser.post(&gone.admin_path("/delete"), &[("confirm", "gone")]).await.is(303);
    let question = browser.post("/admin/dormant", &[("keep", &idle.user.id.to_string())]).await.is(200);
    browser.submit(&question.form("/admin/dormant")).await.is(303);
    let mut form = browser.get("/admin/settings").await.form("/admin/settings");
    form.fields.retain(|(name, _)| name != "dormant.days");
    form.fields.push(("dormant.days".to_owned(), "60".to_owned()));
    browser.submit(&form).await.is(303);
    browser.get("/admin/users/export").await.is(200);
    browser.get("/admin/audit/export?format=csv").await.is(200);
    // A minute apart, so that each is looked at.
    for _ in 0..10 {
        sign_in(&mut gateway.browser(), "carol", "wrong").await.is(401);
        gateway.later(Duration::from_secs(60));
    }
    browser.post(&carol.admin_path("/unlock"), &[]).await.is(303);
    let mut hers = gateway.signed_in(&carol).await;
    let typed = [("current_password", carol.password.as_str()), ("new_password", "second-pebble-lantern")];
    hers.post("/account/password", &typed).await.is(303);
    hers.post("/account/sign-out-everywhere", &[]).await.is(303);
    sealed(&gateway).await;
    let app = &gateway.running.app;
    let later = gateway.clock.now() + Duration::from_secs(40 * 86_400);
    let log = gateway.events().await;
    let kept = kept::file(&app.config.data_dir);
    assert_eq!(prune::prune(&app.db, &app.master, &kept, Some(30), later).await.unwrap(), log.len() as u64);
    let pruned = gateway.events().await;
    assert_eq!((pruned[0].event, &pruned[0].actor), (Event::AuditPruned, &Actor::System));

    let by_boss = Actor::User { id: boss.user.id, name: "boss".into() };
    let by_carol = |name: &str| Actor::User { id: carol.user.id, name: name.into() };
    let (whom, nobody) = (Some(carol.user.id), None);
    let expected = [
        (Event::AccountSignedUp, None, None, None),
        (Event::PasswordResetRequested, Some(&Actor::Stranger), Some(whom), None),
        (Event::RoleCreated, Some(&by_boss), Some(nobody), None),
        (Event::RoleChanged, Some(&by_boss), Some(nobody), Some("description")),
        (Event::RoleDeleted, Some(&by_boss), Some(nobody), None),
        (Event::RoleGranted, Some(&by_boss), Some(whom), None),
        (Event::RoleRevoked, Some(&by_boss), Some(whom), None),
        (Event::PermissionChanged, Some(&by_boss), Some(whom), Some("admin.audit:read")),
        (Event::AccountExpirySet, Some(&by_boss), Some(whom), None),
        (Event::AccountEdited, Some(&by_boss), Some(whom), Some("display_name")),
        (Event::AccountDeleted, Some(&by_boss), Some(Some(gone.user.id)), None),
        (Event::AccountKept, Some(&by_boss), Some(Some(idle.user.id)), None),
        (Event::SettingsChanged, Some(&by_boss), Some(nobody), Some("dormant.days")),
        (Event::UsersExported, Some(&by_boss), Some(nobody), Some("users")),
        (Event::AuditExported, Some(&by_boss), Some(nobody), Some("format")),
        (Event::AccountLocked, Some(&Actor::Stranger), Some(whom), Some("minutes  15")),
        (Event::AccountUnlocked, Some(&by_boss), Some(whom), None),
        (Event::PasswordChanged, Some(&by_carol("carol")), Some(whom), None),
        (Event::SessionEnded, Some(&by_carol("carol")), Some(whom), None),
    ];
    for (event, actor, target, field) in &expected {
        let name = event.name();
        let entry = log.iter().find(|entry| entry.event == *event).unwrap_or_else(|| panic!("{name}"));
        assert!(actor.is_none_or(|actor| entry.actor == *actor), "{entry:?}");
        let whom = entry.target.as_ref().map(|target| target.id);
        assert!(target.is_none_or(|target| whom == target), "{entry:?}");
        let fields =
            || entry.changes.iter().map(|change| format!("{} {} {}", change.field, change.from, change.to));
        assert!(field.is_none_or(|field| fields().any(|it| it.contains(field))), "{entry:?}");
        assert_eq!(entry.origin.address, "127.0.0.1", "{entry:?}");
        assert!(!entry.origin.request_id.is_empty(), "{entry:?}");
    }
    let told_above = [
        Event::AccountActivated,
        Event::AccountRejected,
        Event::AccountTierChanged,
        Event::PasswordReset,
        Event::AccountDeactivated,
        Event::AccountReactivated,
        Event::LoginFailed,
        Event::LoginRefused,
        Event::LoginSucceeded,
        Event::AuditPruned,
    ];
    let of_mail = [Event::MailFailed, Event::MailRetried];
    let of_keys = [Event::KeysRotated];
    // In `employee`, `sso_linking` and `sso_mapping`.
    let of_providers = [
        Event::AccountProvisioned,
        Event::AccountLinked,
        Event::AccountUnlinked,
        Event::AccountLinkRefused,
        Event::AccountSyncWarned,
        Event::AccountSuperseded,
    ];
    let of_applications = [
        Event::AccountWithdrawn,
        Event::AccountApplicationExpired,
        Event::AccountVerified,
        Event::AddressBlocked,
        Event::AddressUnblocked,
    ];
    for event in Event::ALL {
        let here = expected.iter().any(|(it, ..)| *it == event) || told_above.contains(&event);
        let elsewhere = [&of_providers[..], &of_applications, &of_mail, &of_keys].concat().contains(&event);
        assert!(here != elsewhere, "{}", event.name());
    }
    let text = serde_json::to_string(&log).unwrap();
    for secret in [PASSWORD, "second-pebble-lantern", &boss.password, &carol.password, "argon2", "narthex="] {
        assert!(!text.contains(secret), "{secret}");
    }
    gateway.stop().await;
}

async fn nobody_else_sees_checks_or_takes_the_log(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let carol = gateway.standard("carol").await;
    let mut hers = gateway.signed_in(&carol).await;
    for path in ["/admin/audit", "/admin/audit?event=login.failed", "/admin/audit/export?format=csv"] {
        hers.get(path).await.is(404);
        gateway.browser().get(path).await.is(303);
    }
    hers.post("/admin/audit/verify", &[]).await.is(404);
    assert_eq!(gateway.count_events(Event::AuditExported, None).await, 0);
    gateway.stop().await;
}
