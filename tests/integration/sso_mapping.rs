//! Groups at the provider give roles and the tier, take back what they gave, and nothing else.
use std::{collections::BTreeSet, time::Instant};

use narthex::{
    accounts::{
        By, administration, granting,
        roles_admin::{self, RoleEdit},
        sso::{self, Refused, SsoError},
    },
    domain::{
        audit::{Actor, Entry, Event, Origin},
        permission::{Permission, RoleName},
        user::{Status, Tier, User},
    },
    oidc,
    store::{grants, provider_warnings, users},
};
use serde_json::{Value, json};

use crate::{
    employee::{account, callback, enter, enter_by, start},
    harness::{Ask, Browser, Gateway, Issuer, Stack, both_stacks, gateway::Setup},
};

both_stacks!(
    groups_give_roles_and_take_back_only_what_they_gave,
    a_role_that_is_not_there_keeps_nobody_out,
    a_52_silence_about_groups_is_no_privilege_unless_it_is_set_so,
    a_52_a_superuser_by_group_is_one_by_the_exact_group_only,
    a_53_a_group_that_is_gone_takes_the_tier_and_the_sessions,
    a_75_the_last_superuser_stays_one_whatever_the_groups_say,
    a_superuser_by_hand_stays_one,
    what_was_given_follows_the_providers_name,
    two_providers_each_keep_to_their_own,
    what_was_given_holds_at_once_in_a_session_that_stands,
    who_is_signed_in_is_looked_at_again_without_a_sign_in,
);

pub(crate) const MAPPING: &str =
    "superuser_groups = ['root']\nroles = { eng = ['dev', 'ops'], qa = ['ops'] }";

pub(crate) fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

/// A role that gives what one needs to see users.
pub(crate) async fn make_role(gateway: &Gateway, name: &str) {
    let edit = RoleEdit {
        version: 0,
        display_name: format!("The {name}"),
        description: String::new(),
        permissions: BTreeSet::from([Permission::parse("admin.user:read").unwrap()]),
        supervises: BTreeSet::new(),
    };
    roles_admin::create(&gateway.db, &By::cli(), &role(name), &edit, gateway.clock.now()).await.unwrap();
}

pub(crate) fn person(name: &str, groups: &Value) -> Value {
    json!({
        "sub": format!("subject-of-{name}"), "email": format!("{name}@corp.example"), "email_verified": true,
        "preferred_username": name, "name": format!("Employee {name}"), "groups": groups,
    })
}

pub(crate) fn without_groups(name: &str, more: &Value) -> Value {
    let mut claims = person(name, &Value::Null);
    claims.as_object_mut().unwrap().remove("groups");
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    claims
}

/// Roles somebody holds with where each came from: `dev provider:corp`.
pub(crate) async fn held(gateway: &Gateway, user: &User) -> Vec<String> {
    let (held, _) = grants::of_user(&mut gateway.db.read().await.unwrap(), user.id).await.unwrap();
    held.roles.iter().map(|(role, source)| format!("{role} {}", source.word())).collect()
}

pub(crate) async fn tier_source(gateway: &Gateway, user: &User) -> String {
    let found = users::tier_source(&mut gateway.db.read().await.unwrap(), user.id).await.unwrap();
    found.unwrap().word()
}

pub(crate) async fn warnings(gateway: &Gateway) -> Vec<String> {
    let events = gateway.events().await.into_iter().filter(|entry| entry.event == Event::AccountSyncWarned);
    events.filter_map(|entry| entry.detail).collect()
}

/// What the page about providers has to tell.
async fn noted(gateway: &Gateway) -> Vec<(String, String)> {
    let mut tx = gateway.db.read().await.unwrap();
    let noted = provider_warnings::since(&mut tx, narthex::domain::time::Time::NEVER).await.unwrap();
    noted.into_iter().map(|it| (it.warning, it.about)).collect()
}

pub(crate) async fn comes_in(gateway: &Gateway, issuer: &Issuer, claims: Value) -> Browser {
    issuer.is(claims.clone());
    let mut browser = gateway.browser();
    let page = enter(&mut browser).await;
    assert_eq!((page.status.as_u16(), page.url.path()), (200, "/account"), "{claims}: {}", page.text());
    browser
}

async fn groups_give_roles_and_take_back_only_what_they_gave(stack: Stack) {
    let (gateway, issuer) = start(&stack, MAPPING).await;
    for name in ["dev", "ops", "hand"] {
        make_role(&gateway, name).await;
    }
    let mut browser = comes_in(&gateway, &issuer, person("emma", &json!(["eng", "qa", "other"]))).await;
    let emma = account(&gateway, "emma@corp.example").await;
    assert_eq!(held(&gateway, &emma).await, ["dev provider:corp", "ops provider:corp"]);
    let who: Value = serde_json::from_str(&browser.send(Ask::get("/account").json()).await.body).unwrap();
    assert_eq!(who["roles"], json!(["dev", "ops"]), "from the first page on");
    let given: Vec<Entry> =
        gateway.events().await.into_iter().filter(|entry| entry.event == Event::RoleGranted).collect();
    assert!(
        given.iter().all(|it| it.actor == Actor::System && it.detail.as_deref() == Some("provider:corp"))
    );
    assert_eq!(given.len(), 2);

    // By hand: one role that the groups give as well, and another.
    let (by, now) = (By::cli(), gateway.clock.now());
    for name in ["ops", "hand"] {
        granting::give_role(&gateway.db, &by, &[emma.id], &role(name), now).await.unwrap();
    }
    for (groups, left) in [
        (json!("qa"), &["hand manual", "ops manual", "ops provider:corp"][..]),
        (json!(["Eng", "eng ", "ENG", "engs"]), &["hand manual", "ops manual"]),
        (json!(["eng"]), &["dev provider:corp", "hand manual", "ops manual", "ops provider:corp"]),
        (json!([]), &["hand manual", "ops manual"]),
    ] {
        comes_in(&gateway, &issuer, person("emma", &groups)).await;
        assert_eq!(held(&gateway, &emma).await, left, "{groups}");
    }
    let taken = gateway.count_events(Event::RoleRevoked, Some(&emma)).await;
    assert_eq!(taken, 1 + 1 + 2, "dev; ops; both of them");
    assert!(warnings(&gateway).await.is_empty(), "an empty claim says something");

    // A nested path, at another provider of the same kind.
    let nested = Issuer::start().await;
    let more = format!("{MAPPING}\ngroups_claim = 'realm_access.roles'");
    let setup = Setup::on(&stack).with(&nested.config("corp", &more)).provider_port(nested.port);
    let other = setup.start().await;
    let claims = without_groups("nils", &json!({ "realm_access": { "roles": ["qa"] } }));
    comes_in(&other, &nested, claims).await;
    assert_eq!(held(&other, &account(&other, "nils@corp.example").await).await, ["ops provider:corp"]);
    other.stop().await;
    gateway.stop().await;
}

async fn a_role_that_is_not_there_keeps_nobody_out(stack: Stack) {
    let (gateway, issuer) = start(&stack, "roles = { eng = ['dev', 'ghost'] }").await;
    make_role(&gateway, "dev").await;
    comes_in(&gateway, &issuer, person("emma", &json!(["eng"]))).await;
    let emma = account(&gateway, "emma@corp.example").await;
    assert_eq!(held(&gateway, &emma).await, ["dev provider:corp"]);
    assert_eq!(warnings(&gateway).await, ["role_missing"]);
    assert_eq!(noted(&gateway).await, [("role_missing".to_owned(), "ghost".to_owned())]);
    // It counts from the next sign-in on once it is there.
    make_role(&gateway, "ghost").await;
    comes_in(&gateway, &issuer, person("emma", &json!(["eng"]))).await;
    assert_eq!(held(&gateway, &emma).await, ["dev provider:corp", "ghost provider:corp"]);
    gateway.stop().await;
}

async fn a_52_silence_about_groups_is_no_privilege_unless_it_is_set_so(stack: Stack) {
    let (gateway, issuer) = start(&stack, MAPPING).await;
    make_role(&gateway, "dev").await;
    make_role(&gateway, "ops").await;
    let all = || person("emma", &json!(["eng", "root"]));
    comes_in(&gateway, &issuer, all()).await;
    let emma = account(&gateway, "emma@corp.example").await;
    let overage = json!({
        "_claim_names": { "groups": "src1" },
        "_claim_sources": { "src1": { "endpoint": "http://127.0.0.1:9/groups" } },
    });
    for (claims, word) in [
        (without_groups("emma", &json!({})), "groups_absent"),
        (without_groups("emma", &json!({ "groups": null })), "groups_absent"),
        (without_groups("emma", &json!({ "groups": { "eng": true } })), "groups_absent"),
        (without_groups("emma", &overage), "groups_elsewhere"),
    ] {
        comes_in(&gateway, &issuer, all()).await;
        let before = account(&gateway, "emma@corp.example").await;
        assert_eq!(
            (before.tier, held(&gateway, &emma).await.len()),
            (Tier::Superuser, 2),
            "it returns with the claim"
        );
        comes_in(&gateway, &issuer, claims.clone()).await;
        let now = account(&gateway, "emma@corp.example").await;
        assert_eq!((now.tier, now.status), (Tier::Standard, Status::Active), "{claims}");
        assert!(held(&gateway, &emma).await.is_empty(), "{claims}");
        assert_eq!(warnings(&gateway).await.last().map(String::as_str), Some(word), "{claims}");
    }
    let about = "groups".to_owned();
    let told = noted(&gateway).await.into_iter().collect::<BTreeSet<_>>();
    let both = [("groups_absent".to_owned(), about.clone()), ("groups_elsewhere".to_owned(), about)];
    assert_eq!(told, both.into_iter().collect());
    comes_in(&gateway, &issuer, all()).await;
    gateway.stop().await;

    let more = format!("{MAPPING}\ngroups_absent = 'keep'");
    let setup = Setup::on(&stack).with(&issuer.config("corp", &more)).provider_port(issuer.port);
    let keeping = setup.start().await;
    let warned = warnings(&keeping).await.len();
    for claims in [without_groups("emma", &json!({})), without_groups("emma", &overage)] {
        comes_in(&keeping, &issuer, claims).await;
        assert_eq!(account(&keeping, "emma@corp.example").await.tier, Tier::Superuser);
        assert_eq!(held(&keeping, &emma).await, ["dev provider:corp", "ops provider:corp"]);
    }
    assert_eq!(warnings(&keeping).await.len(), warned);
    comes_in(&keeping, &issuer, person("emma", &json!([]))).await;
    assert_eq!(
        account(&keeping, "emma@corp.example").await.tier,
        Tier::Standard,
        "an empty claim is no silence"
    );
    assert!(held(&keeping, &emma).await.is_empty());
    keeping.stop().await;
}

async fn a_52_a_superuser_by_group_is_one_by_the_exact_group_only(stack: Stack) {
    let (gateway, issuer) = start(&stack, MAPPING).await;
    make_role(&gateway, "ops").await;
    for close in [
        json!("Root"),
        json!(["ROOT", "root ", "/root", "roots", "r\u{43e}ot"]),
        json!("root,eng"),
        json!([["root"]]),
    ] {
        comes_in(&gateway, &issuer, person("emma", &close)).await;
        assert_eq!(account(&gateway, "emma@corp.example").await.tier, Tier::Standard, "{close}");
    }
    let mut many: Vec<_> = (0..5000).map(|index| format!("CN=group-{index},OU=groups")).collect();
    many.extend(["root".to_owned(), "qa".to_owned()]);
    let began = Instant::now();
    let mut browser = comes_in(&gateway, &issuer, person("emma", &json!(many))).await;
    assert!(began.elapsed().as_secs() < 5, "5,000 groups took {:?}", began.elapsed());
    let emma = account(&gateway, "emma@corp.example").await;
    assert_eq!(emma.tier, Tier::Superuser);
    assert_eq!(tier_source(&gateway, &emma).await, "provider:corp");
    assert_eq!(held(&gateway, &emma).await, ["ops provider:corp"]);
    browser.get("/admin/users").await.is(200);
    let changed =
        gateway.events().await.into_iter().find(|it| it.event == Event::AccountTierChanged).unwrap();
    assert_eq!((changed.actor, changed.detail.as_deref()), (Actor::System, Some("provider:corp")));
    gateway.stop().await;
}

async fn a_53_a_group_that_is_gone_takes_the_tier_and_the_sessions(stack: Stack) {
    let (gateway, issuer) = start(&stack, MAPPING).await;
    let mut office = comes_in(&gateway, &issuer, person("emma", &json!("root"))).await;
    office.get("/admin/users").await.is(200);
    let mut home = comes_in(&gateway, &issuer, person("emma", &json!([]))).await;
    let emma = account(&gateway, "emma@corp.example").await;
    assert_eq!((emma.tier, tier_source(&gateway, &emma).await.as_str()), (Tier::Standard, "manual"));
    home.get("/admin/users").await.is(404);
    home.get("/account").await.is(200);
    office.get("/admin/users").await.is(303);
    office.get("/account").await.is(303);
    gateway.stop().await;
}

async fn a_75_the_last_superuser_stays_one_whatever_the_groups_say(stack: Stack) {
    let issuer = Issuer::start().await;
    let setup = Setup::on(&stack).with(&issuer.config("corp", MAPPING)).provider_port(issuer.port);
    let gateway = setup.start().await;
    comes_in(&gateway, &issuer, person("emma", &json!("root"))).await;
    assert_eq!(gateway.superusers().await, 1, "the very first one, too");
    let mut browser = comes_in(&gateway, &issuer, person("emma", &json!([]))).await;
    browser.get("/admin/users").await.is(200);
    assert_eq!(warnings(&gateway).await, ["last_superuser"]);
    assert_eq!(noted(&gateway).await, [("last_superuser".to_owned(), String::new())]);

    // Two lose their group at once, again and again: one of them stays.
    for round in 0..12 {
        let mut back = vec![];
        for name in ["emma", "nils"] {
            comes_in(&gateway, &issuer, person(name, &json!("root"))).await;
        }
        assert_eq!(gateway.superusers().await, 2, "round {round}");
        for name in ["emma", "nils"] {
            issuer.is(person(name, &json!([])));
            let mut browser = gateway.browser();
            let address = callback(&mut browser).await;
            back.push((browser, address));
        }
        let mut race = tokio::task::JoinSet::new();
        for (mut browser, address) in back {
            race.spawn(async move { browser.visit(&address).await.status.as_u16() });
        }
        assert_eq!(race.join_all().await, [200, 200], "round {round}");
        assert_eq!(gateway.superusers().await, 1, "round {round}");
    }
    gateway.stop().await;
}

async fn a_superuser_by_hand_stays_one(stack: Stack) {
    let (gateway, issuer) = start(&stack, MAPPING).await;
    comes_in(&gateway, &issuer, person("emma", &json!([]))).await;
    let emma = account(&gateway, "emma@corp.example").await;
    let (by, now) = (By::cli(), gateway.clock.now());
    administration::set_tier(&gateway.db, &by, emma.id, Tier::Superuser, now).await.unwrap();
    for groups in [json!("root"), json!([]), Value::Null] {
        comes_in(&gateway, &issuer, person("emma", &groups)).await;
        assert_eq!(account(&gateway, "emma@corp.example").await.tier, Tier::Superuser, "{groups}");
        assert_eq!(tier_source(&gateway, &emma).await, "manual");
    }
    // Demoted by hand, and made one again by the group that still says so.
    administration::set_tier(&gateway.db, &by, emma.id, Tier::Standard, now).await.unwrap();
    comes_in(&gateway, &issuer, person("emma", &json!("root"))).await;
    assert_eq!(tier_source(&gateway, &emma).await, "provider:corp");
    // Promoted by a provider, then demoted by hand: by hand it is from then on.
    administration::set_tier(&gateway.db, &by, emma.id, Tier::Standard, now).await.unwrap();
    assert_eq!(tier_source(&gateway, &emma).await, "manual");
    gateway.stop().await;
}

async fn what_was_given_follows_the_providers_name(stack: Stack) {
    let (gateway, issuer) = start(&stack, MAPPING).await;
    make_role(&gateway, "dev").await;
    make_role(&gateway, "ops").await;
    comes_in(&gateway, &issuer, person("emma", &json!(["eng", "root"]))).await;
    let emma = account(&gateway, "emma@corp.example").await;
    gateway.stop().await;
    let setup = Setup::on(&stack).with(&issuer.config("renamed", MAPPING)).provider_port(issuer.port);
    let gateway = setup.start().await;
    issuer.is(person("emma", &json!(["qa"])));
    enter_by(&mut gateway.browser(), "renamed").await.is(200);
    assert_eq!(held(&gateway, &emma).await, ["ops provider:renamed"], "nothing is left under the old name");
    assert_eq!(account(&gateway, "emma@corp.example").await.tier, Tier::Standard);
    gateway.stop().await;
}

async fn two_providers_each_keep_to_their_own(stack: Stack) {
    let (one, two) = (Issuer::start().await, Issuer::start().await);
    let linking = format!("{MAPPING}\nlinks_verified_email = true");
    let setup = Setup::on(&stack).with(&one.config("one", MAPPING)).with(&two.config("two", &linking));
    let gateway = setup.provider_port(one.port).provider_port(two.port).start().await;
    gateway.superuser("boss").await;
    make_role(&gateway, "dev").await;
    make_role(&gateway, "ops").await;
    one.is(person("emma", &json!(["eng"])));
    enter_by(&mut gateway.browser(), "one").await.is(200);
    let emma = account(&gateway, "emma@corp.example").await;
    // Linked by the address that the second provider vouches for, and told so.
    two.is(json!({ "sub": "other", "email": "emma@corp.example", "email_verified": true, "groups": ["qa"] }));
    enter_by(&mut gateway.browser(), "two").await.is(200);
    two.is(json!({ "sub": "other", "email": "emma@corp.example", "email_verified": true, "groups": ["qa", "root"] }));
    enter_by(&mut gateway.browser(), "two").await.is(200);
    let both = ["dev provider:one", "ops provider:one", "ops provider:two"];
    assert_eq!(held(&gateway, &emma).await, both);
    assert_eq!(tier_source(&gateway, &emma).await, "provider:two");
    one.is(person("emma", &json!([])));
    enter_by(&mut gateway.browser(), "one").await.is(200);
    assert_eq!(held(&gateway, &emma).await, ["ops provider:two"]);
    assert_eq!(account(&gateway, "emma@corp.example").await.tier, Tier::Superuser, "the other one gave it");
    two.is(json!({ "sub": "other", "email": "emma@corp.example", "email_verified": true, "groups": [] }));
    enter_by(&mut gateway.browser(), "two").await.is(200);
    assert!(held(&gateway, &emma).await.is_empty());
    assert_eq!(account(&gateway, "emma@corp.example").await.tier, Tier::Standard);
    let told = gateway.told("emma@corp.example").await;
    assert!(told.iter().any(|notice| notice.kind() == "identity_linked"), "{told:?}");
    gateway.stop().await;
}

async fn what_was_given_holds_at_once_in_a_session_that_stands(stack: Stack) {
    let (gateway, issuer) = start(&stack, "roles = { eng = ['dev'] }").await;
    make_role(&gateway, "dev").await;
    let mut office = comes_in(&gateway, &issuer, person("emma", &json!([]))).await;
    office.get("/admin/users").await.is(404);
    comes_in(&gateway, &issuer, person("emma", &json!(["eng"]))).await;
    office.get("/admin/users").await.is(200);
    comes_in(&gateway, &issuer, person("emma", &json!([]))).await;
    office.get("/admin/users").await.is(404);
    office.get("/account").await.is(200);
    gateway.stop().await;
}

async fn who_is_signed_in_is_looked_at_again_without_a_sign_in(stack: Stack) {
    let more = format!("{MAPPING}\nallowed_groups = ['staff']");
    let (gateway, issuer) = start(&stack, &more).await;
    make_role(&gateway, "ops").await;
    let mut browser = comes_in(&gateway, &issuer, person("emma", &json!(["staff", "qa"]))).await;
    let emma = account(&gateway, "emma@corp.example").await;
    let logins = gateway.count_events(Event::LoginSucceeded, Some(&emma)).await;
    let app = &gateway.running.app;
    let provider = app.provider("corp").unwrap().config();
    let refresh = async |user: &User, claims: Value| {
        let profile = oidc::unverified(claims.as_object().unwrap(), provider).unwrap();
        let origin = Origin::default();
        sso::refresh(&app.db, &app.master, provider, &profile, user.id, &origin, gateway.clock.now()).await
    };
    let refused = |answer: Result<User, SsoError>| match answer {
        Err(SsoError::Refused(why, _)) => why,
        other => panic!("{other:?}"),
    };
    // Nothing new: nothing is written.
    let before = gateway.events().await.len();
    let same = refresh(&emma, person("emma", &json!(["staff", "qa"]))).await.unwrap();
    assert_eq!((same.session_epoch, gateway.events().await.len()), (emma.session_epoch, before));
    // A new name, no role.
    let mut renamed = person("emma", &json!(["staff"]));
    renamed["name"] = "Emma Weber".into();
    let fresh = refresh(&emma, renamed).await.unwrap();
    assert_eq!((fresh.display_name.as_str(), fresh.session_epoch), ("Emma Weber", emma.session_epoch));
    assert!(held(&gateway, &emma).await.is_empty());
    browser.get("/account").await.is(200);
    // A tier ends the sessions, as it does by hand.
    let fresh = refresh(&emma, person("emma", &json!(["staff", "root"]))).await.unwrap();
    assert_eq!((fresh.tier, fresh.session_epoch), (Tier::Superuser, emma.session_epoch + 1));
    browser.get("/account").await.is(303);
    // No longer admitted, and not somebody else.
    assert_eq!(refused(refresh(&emma, person("emma", &json!(["root"]))).await), Refused::Group);
    assert_eq!(refused(refresh(&emma, without_groups("emma", &json!({}))).await), Refused::GroupsMissing);
    assert_eq!(refused(refresh(&emma, person("nils", &json!(["staff"]))).await), Refused::Unlinked);
    let boss = account(&gateway, "boss@people.example").await;
    assert_eq!(refused(refresh(&boss, person("emma", &json!(["staff"]))).await), Refused::Unlinked);
    administration::deactivate(&gateway.db, &By::cli(), emma.id, gateway.clock.now()).await.unwrap();
    assert_eq!(refused(refresh(&emma, person("emma", &json!(["staff"]))).await), Refused::Inactive);
    assert_eq!(account(&gateway, "emma@corp.example").await.status, Status::Inactive);
    assert_eq!(gateway.count_events(Event::LoginSucceeded, Some(&emma)).await, logins);
    assert_eq!(gateway.count_events(Event::LoginRefused, Some(&emma)).await, 4);
    assert_eq!(gateway.accounts().await, 2, "nobody was made");
    gateway.stop().await;
}
