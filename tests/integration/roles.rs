//! Roles at the gate, and what is told of them.
use std::time::Duration;

use narthex::domain::audit::Event;

use super::delegation::{grant, make_role};
use crate::harness::{Ask, Gateway, Stack, Upstream, both_stacks, gateway::Setup};

both_stacks!(
    the_gate_asks_for_roles_and_permissions_and_feels_changes_within_a_second,
    a_role_is_made_changed_and_deleted_on_its_pages,
    a_role_that_somebody_holds_stays,
    the_matrix_saves_what_was_ticked_and_says_what_became_different,
    a_circle_of_supervision_is_refused,
    two_who_save_one_role_do_not_overwrite_each_other,
    people_are_added_by_name_or_not_at_all,
    inspection_shows_every_way_and_every_deny,
    a_deny_wins_and_is_taken_back,
    a_76_an_older_form_does_not_bring_back_what_was_taken,
    several_people_get_a_role_or_nobody_does,
    a_role_that_others_supervise_is_taken_out_of_them_with_a_record,
    an_applicant_is_let_in_with_roles_and_an_end,
    a_role_counts_on_the_other_instance_too,
);

const PERMISSIONS: &str =
    "[permissions]\n\"wiki.page:edit\" = \"Edit pages\"\n\"wiki.page:read\" = \"Read pages\"\n";

async fn the_gate_asks_for_roles_and_permissions_and_feels_changes_within_a_second(stack: Stack) {
    let upstream = Upstream::start().await;
    let rules = format!(
        "public_url = 'https://auth.example.test'\n[sessions]\ncookie_domain = 'example.test'\n{PERMISSIONS}\
         [[upstream]]\nname = \"wiki\"\nhost = \"wiki.example.test\"\nurl = \"http://{}\"\n\
         [[upstream.rule]]\npath = \"/admin/\"\nroles = [\"wiki-admin\", \"wiki-owner\"]\n\
         [[upstream.rule]]\npath = \"/edit/\"\npermissions = [\"wiki.page:edit\"]\n\
         [[upstream.rule]]\npath = \"/\"\ntier = \"any\"\n",
        upstream.address
    );
    let gateway = Setup::on(&stack).with(&rules).start().await;
    let boss = gateway.superuser("boss").await;
    let carol = gateway.standard("carol").await;
    make_role(&gateway, "wiki-admin", &["wiki.page:edit"], &[]).await;
    make_role(&gateway, "wiki-lead", &[], &["wiki-admin"]).await;
    let (mut admin, mut browser) = (gateway.signed_in(&boss).await, gateway.signed_in(&carol).await);
    let wiki = |path: &str| format!("https://wiki.example.test{path}");
    let auth = |path: &str| format!("https://auth.example.test{path}");

    browser.get(&wiki("/")).await.is(200);
    for path in ["/admin/x", "/edit/x"] {
        let page = browser.get(&wiki(path)).await.is(403);
        assert!(page.says("wiki-admin, wiki-owner") || page.says("wiki.page:edit"), "{}", page.text());
        admin.get(&wiki(path)).await.is(200);
    }
    admin.get(&auth("/account")).await.is(200);
    admin.post(&auth("/admin/roles/wiki-admin/people"), &[("people", "carol")]).await.is(303);
    browser.get(&wiki("/admin/x")).await.is(200);
    browser.get(&wiki("/edit/x")).await.is(200);
    assert_eq!(upstream.last().only("remote-groups"), "wiki-admin");

    // The permission comes by supervision, the role itself only by name.
    let id = carol.user.id.to_string();
    admin.post(&auth("/admin/roles/wiki-lead/people"), &[("people", "carol")]).await.is(303);
    admin.post(&auth("/admin/roles/wiki-admin/people/remove"), &[("user", &id)]).await.is(303);
    tokio::time::sleep(Duration::from_secs(1)).await;
    browser.get(&wiki("/edit/x")).await.is(200);
    browser.get(&wiki("/admin/x")).await.is(403);
    assert_eq!(upstream.last().only("remote-groups"), "wiki-lead");
    admin.post(&auth("/admin/roles/wiki-lead/people/remove"), &[("user", &id)]).await.is(303);
    tokio::time::sleep(Duration::from_secs(1)).await;
    browser.get(&wiki("/edit/x")).await.is(403);
    gateway.stop().await;
}

async fn a_role_is_made_changed_and_deleted_on_its_pages(stack: Stack) {
    let gateway = Setup::on(&stack).with(PERMISSIONS).start().await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let blank = admin.get("/admin/roles/new").await.is(200);
    let form = blank.form("/admin/roles/new");
    assert!(form.fields.iter().any(|(name, key)| name == "offered-permission" && key == "wiki.page:edit"));
    for (name, display_name) in [("", "X"), ("Not Kebab", "X"), ("new", "X"), ("good", "")] {
        let page =
            admin.submit(&form.clone().with("name", name).with("display_name", display_name)).await.is(422);
        assert!(page.says("There is a problem"), "{name}: {}", page.text());
    }
    let filled =
        form.with("name", "editor").with("display_name", "Editor <b>").with("permission", "wiki.page:edit");
    let made = admin.submit(&filled).await.is(303);
    assert_eq!(made.location(), "/admin/roles/editor");
    let page = admin.follow(made).await.is(200);
    assert!(page.says("Editor <b>"), "escaped, and there");
    admin.submit(&filled).await.is(422);

    let change = page
        .form("/admin/roles/editor")
        .with("description", "Writes.")
        .tick("permission", "admin.audit:read");
    let saved = admin.submit(&change).await.is(303);
    assert!(admin.follow(saved).await.says("admin.audit:read"));
    admin.post("/admin/roles/editor/delete", &[]).await.is(303);
    admin.get("/admin/roles/editor").await.is(404);
    let events = gateway.events().await;
    let of = |event| events.iter().find(|entry| entry.event == event).unwrap();
    assert_eq!(of(Event::RoleCreated).detail.as_deref(), Some("editor"));
    let changed: Vec<_> =
        of(Event::RoleChanged).changes.iter().map(|it| (it.field.as_str(), it.to.as_str())).collect();
    assert_eq!(changed, [("description", "Writes."), ("permission", "admin.audit:read")]);
    assert_eq!(of(Event::RoleDeleted).detail.as_deref(), Some("editor"));
    gateway.stop().await;
}

async fn a_role_that_somebody_holds_stays(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let carol = gateway.standard("carol").await;
    make_role(&gateway, "auditor", &[], &[]).await;
    let mut admin = gateway.signed_in(&boss).await;
    admin.post("/admin/roles/auditor/people", &[("people", "carol")]).await.is(303);
    let page = admin.post("/admin/roles/auditor/delete", &[]).await.is(409);
    assert!(page.says("carol"), "{}", page.text());
    admin.post("/admin/roles/auditor/people/remove", &[("user", &carol.user.id.to_string())]).await.is(303);
    admin.post("/admin/roles/auditor/delete", &[]).await.is(303);
    gateway.stop().await;
}

async fn the_matrix_saves_what_was_ticked_and_says_what_became_different(stack: Stack) {
    let gateway = Setup::on(&stack).with(PERMISSIONS).start().await;
    let boss = gateway.superuser("boss").await;
    make_role(&gateway, "auditor", &["admin.audit:read"], &[]).await;
    make_role(&gateway, "editor", &["wiki.page:edit"], &[]).await;
    let mut admin = gateway.signed_in(&boss).await;
    let page = admin.get("/admin/roles").await.is(200);
    let form = page.form("/admin/roles");
    let ticked: Vec<_> =
        form.fields.iter().filter(|(name, _)| name == "p").map(|(_, pair)| pair.as_str()).collect();
    assert_eq!(ticked, ["auditor:admin.audit:read", "editor:wiki.page:edit"]);
    let mut form = form;
    form.fields.retain(|(_, value)| value != "auditor:admin.audit:read");
    form.fields.push(("p".into(), "editor:wiki.page:read".into()));
    let saved = admin.submit(&form).await.is(303);
    let told = admin.follow(saved).await;
    assert!(told.says("wiki.page:read") && told.says("Role auditor"), "{}", told.text());
    assert_eq!(gateway.count_events(Event::RoleChanged, None).await, 2, "an event for each role");
    admin.submit(&form).await.is(409);
    gateway.stop().await;
}

async fn a_circle_of_supervision_is_refused(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    make_role(&gateway, "worker", &[], &[]).await;
    make_role(&gateway, "lead", &[], &["worker"]).await;
    make_role(&gateway, "head", &[], &["lead"]).await;
    let mut admin = gateway.signed_in(&boss).await;
    for other in ["head", "lead", "worker"] {
        let fields = [
            ("version", "0"),
            ("display_name", "Worker"),
            ("offered-supervises", other),
            ("supervises", other),
        ];
        admin.post("/admin/roles/worker", &fields).await.is(422);
    }
    assert_eq!(gateway.count_events(Event::RoleChanged, None).await, 0);
    gateway.stop().await;
}

async fn two_who_save_one_role_do_not_overwrite_each_other(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    make_role(&gateway, "auditor", &[], &[]).await;
    let mut admin = gateway.signed_in(&boss).await;
    let form = admin.get("/admin/roles/auditor").await.is(200).form("/admin/roles/auditor");
    admin.submit(&form.clone().with("display_name", "First")).await.is(303);
    let page = admin.submit(&form.with("display_name", "Second")).await.is(409);
    assert!(page.body.contains("Second"), "what was typed is not lost");
    assert!(admin.get("/admin/roles/auditor").await.says("First"));
    gateway.stop().await;
}

async fn people_are_added_by_name_or_not_at_all(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let (carol, dave) = (gateway.standard("carol").await, gateway.standard("dave").await);
    gateway.applicant("waiting").await;
    make_role(&gateway, "auditor", &[], &[]).await;
    let mut admin = gateway.signed_in(&boss).await;
    let typed = "carol\nnobody\nwaiting@outside.example\nCAROL@people.example\n";
    let page = admin.post("/admin/roles/auditor/people", &[("people", typed)]).await.is(422);
    assert!(page.says("nobody") && page.body.contains("waiting@outside.example"), "{}", page.text());
    assert_eq!(gateway.count_events(Event::RoleGranted, None).await, 0, "nobody, because one line is wrong");
    let both = format!("carol\n{}", dave.user.number);
    admin.post("/admin/roles/auditor/people", &[("people", &both)]).await.is(303);
    assert_eq!(gateway.count_events(Event::RoleGranted, Some(&carol.user)).await, 1);
    let page = admin.get("/admin/roles/auditor").await.is(200);
    assert!(page.says("carol") && page.says("dave"));
    assert!(admin.get("/admin/users?role=auditor").await.says("dave"));
    gateway.stop().await;
}

async fn inspection_shows_every_way_and_every_deny(stack: Stack) {
    let gateway = Setup::on(&stack).with(PERMISSIONS).start().await;
    let boss = gateway.superuser("boss").await;
    let carol = gateway.standard("carol").await;
    make_role(&gateway, "editor", &["wiki.page:edit", "wiki.page:read"], &[]).await;
    make_role(&gateway, "lead", &[], &["editor"]).await;
    let mut admin = gateway.signed_in(&boss).await;
    for role in ["editor", "lead"] {
        admin.post(&format!("/admin/roles/{role}/people"), &[("people", "carol")]).await.is(303);
    }
    grant(&gateway, &carol, "wiki.page:read").await;
    let version = gateway.account(&carol).await.unwrap().version.to_string();
    let deny = [("version", version.as_str()), ("perm-wiki.page:edit", "deny")];
    admin.post(&carol.admin_path(""), &deny).await.is(303);
    let page = admin.get("/admin/roles/inspect?user=carol").await.is(200);
    let text = page.text();
    for words in ["Role editor", "Role lead", "wiki.page:read", "wiki.page:edit", "Denied", "directly"] {
        assert!(text.to_lowercase().contains(&words.to_lowercase()), "{words}: {text}");
    }
    assert!(admin.get("/admin/roles/inspect?user=zorro").await.is(200).says("zorro"));
    assert!(admin.get("/admin/roles/inspect?user=boss").await.is(200).says("Superuser"));
    admin.get("/admin/roles/inspect").await.is(200);
    gateway.stop().await;
}

async fn a_76_an_older_form_does_not_bring_back_what_was_taken(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let carol = gateway.standard("carol").await;
    make_role(&gateway, "auditor", &["admin.audit:read"], &[]).await;
    let mut admin = gateway.signed_in(&boss).await;
    admin.post("/admin/roles/auditor/people", &[("people", "carol")]).await.is(303);
    let old = admin.get(&carol.admin_path("")).await.is(200).form(&carol.admin_path(""));
    let mut browser = gateway.signed_in(&carol).await;
    browser.get("/admin/audit").await.is(200);
    admin.submit(&old.clone().with("perm-admin.audit:read", "deny")).await.is(303);
    browser.get("/admin/audit").await.is(404);
    let page = admin.submit(&old.with("display_name", "Caroline")).await.is(422);
    assert!(page.says("admin.audit:read: deny"), "what differs is told: {}", page.text());
    browser.get("/admin/audit").await.is(404);
    gateway.stop().await;
}

async fn several_people_get_a_role_or_nobody_does(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let (helper, carol, more) =
        (gateway.standard("helper").await, gateway.standard("carol").await, gateway.standard("more").await);
    make_role(&gateway, "helpers", &["admin.user:read", "admin.user:manage"], &[]).await;
    let mut admin = gateway.signed_in(&boss).await;
    admin.post("/admin/roles/helpers/people", &[("people", "helper")]).await.is(303);
    grant(&gateway, &helper, "admin.role:read").await;
    grant(&gateway, &more, "admin.audit:read").await;
    let mut browser = gateway.signed_in(&helper).await;
    let page =
        browser.post("/admin/roles/helpers/people", &[("people", "carol\nmore\nhelper")]).await.is(422);
    assert!(page.says("you may not change this account"), "{}", page.text());
    assert_eq!(gateway.count_events(Event::RoleGranted, Some(&carol.user)).await, 0);
    let many = vec!["nobody"; 201].join("\n");
    browser.post("/admin/roles/helpers/people", &[("people", &many)]).await.is(413);
    gateway.stop().await;
}

async fn a_role_that_others_supervise_is_taken_out_of_them_with_a_record(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let helper = gateway.standard("helper").await;
    make_role(&gateway, "worker", &[], &[]).await;
    make_role(&gateway, "lead", &[], &["worker"]).await;
    grant(&gateway, &helper, "admin.role:manage").await;
    let mut browser = gateway.signed_in(&helper).await;
    browser.post("/admin/roles/worker/delete", &[]).await.is(409);
    let mut admin = gateway.signed_in(&boss).await;
    admin.post("/admin/roles/worker/delete", &[]).await.is(303);
    let events = gateway.events().await;
    let changed =
        events.iter().find(|entry| entry.event == Event::RoleChanged).expect("the lead has changed");
    assert_eq!((changed.detail.as_deref(), changed.changes[0].from.as_str()), (Some("lead"), "worker"));
    let deleted = events.iter().find(|entry| entry.event == Event::RoleDeleted).unwrap();
    assert_eq!(deleted.changes[0].from, "Role worker", "what it was is recorded");
    gateway.stop().await;
}

async fn an_applicant_is_let_in_with_roles_and_an_end(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    make_role(&gateway, "auditor", &["admin.audit:read"], &[]).await;
    let waiting = gateway.applicant("waiting").await;
    let mut admin = gateway.signed_in(&boss).await;
    let page = admin.get(&waiting.admin_path("")).await.is(200);
    let form =
        page.form(&waiting.admin_path("/activate")).tick("role", "auditor").with("expires", "2999-01-31");
    admin.submit(&form).await.is(303);
    let mut browser = gateway.signed_in(&waiting).await;
    browser.get("/admin/audit").await.is(200);
    let now = gateway.account(&waiting).await.unwrap();
    assert!(now.expires_at.rfc3339().starts_with("2999-01-31T00:00"));
    let entry = gateway.events().await.into_iter().find(|entry| entry.event == Event::RoleGranted).unwrap();
    assert_eq!(entry.detail.as_deref(), Some("approval"));
    let page = admin.get("/admin/roles/inspect?user=waiting").await.is(200);
    assert!(page.text().to_lowercase().contains("approval"), "{}", page.text());
    gateway.stop().await;
}

async fn a_role_counts_on_the_other_instance_too(stack: Stack) {
    // Two processes share neither memory nor the file's sessions: the person signs in on each.
    let one = Gateway::start(&stack).await;
    let two = Gateway::start(&stack).await;
    let boss = one.superuser("boss").await;
    let carol = one.standard("carol").await;
    make_role(&one, "auditor", &["admin.audit:read"], &[]).await;
    let (mut admin, mut there) = (one.signed_in(&boss).await, two.signed_in(&carol).await);
    there.get("/admin/audit").await.is(404);
    admin.post("/admin/roles/auditor/people", &[("people", "carol")]).await.is(303);
    there.get("/admin/audit").await.is(200);
    let page = admin.get("/admin/roles/auditor").await.is(200);
    let mut form = page.form("/admin/roles/auditor");
    form.fields.retain(|(name, _)| name != "permission");
    admin.submit(&form).await.is(303);
    there.get("/admin/audit").await.is(404);
    admin.post(&carol.admin_path("/deactivate"), &[]).await.is(303);
    assert!(there.get("/account").await.is(303).location().starts_with("/login"));
    one.stop().await;
    two.stop().await;
}

async fn a_deny_wins_and_is_taken_back(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let carol = gateway.standard("carol").await;
    make_role(&gateway, "auditor", &["admin.audit:read"], &[]).await;
    let (mut admin, mut browser) = (gateway.signed_in(&boss).await, gateway.signed_in(&carol).await);
    admin.post("/admin/roles/auditor/people", &[("people", "carol")]).await.is(303);
    for (word, status) in [("grant", 200), ("deny", 404), ("inherit", 200)] {
        let version = gateway.account(&carol).await.unwrap().version.to_string();
        let fields = [("version", version.as_str()), ("perm-admin.audit:read", word)];
        admin.post(&carol.admin_path(""), &fields).await.is(303);
        browser.get("/admin/audit").await.is(status);
    }
    assert_eq!(gateway.count_events(Event::PermissionChanged, Some(&carol.user)).await, 3);
    let who = browser.send(Ask::get("/account").json()).await.body;
    assert!(who.contains("\"permissions\":[\"admin.audit:read\"]"), "{who}");
    gateway.stop().await;
}
