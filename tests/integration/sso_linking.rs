//! People link an identity at a provider to their own account, having proven both, and unlink it.
use std::time::Duration;

use narthex::{
    accounts::{By, administration},
    domain::{
        audit::{Actor, Entry, Event},
        notice::Notice,
        user::Tier,
    },
    store::identities,
};
use serde_json::json;

use crate::{
    employee::{enter, start},
    harness::{
        Browser, Gateway, Issuer, Page, Person, Stack, both_stacks,
        gateway::{Setup, standing_clock},
    },
    sso_mapping::{held, make_role, person},
    sso_trust::{names, prove},
};

both_stacks!(
    an_identity_is_linked_after_both_were_proven,
    a_40_a_superuser_links_with_the_password_and_not_by_the_address,
    a_wrong_password_links_and_unlinks_nothing_and_is_counted,
    a_proof_is_good_for_its_session_its_provider_and_five_minutes,
    nobody_finishes_what_another_session_began,
    what_may_not_be_linked_says_why,
    an_identity_is_unlinked_with_all_that_came_by_it,
    nobody_unlinks_their_only_way_in,
    the_last_superuser_by_a_provider_cannot_unlink_it,
    what_fails_at_the_provider_while_linking_leads_back_and_makes_nobody,
    what_was_unlinked_is_not_linked_again_by_the_address,
    an_administrator_unlinks_an_identity_that_is_not_the_only_way_in,
);

const LINK: &str = "/account/identities/link/corp";

/// Shows the password and goes on up to the provider; the address that it sends the browser back to.
async fn at_the_provider(browser: &mut Browser, person: &Person) -> String {
    let page = browser.get("/account").await.is(200);
    let form = browser.get(&page.link(LINK)).await.is(200).form(LINK);
    let shown = browser.submit(&form.with("current_password", &person.password)).await.is(303);
    let onward = browser.get(shown.location()).await.is(200);
    // A page of our own stands between the form and the provider: a form may not redirect there.
    assert!(onward.body.contains("http-equiv=\"refresh\""));
    let begun = browser.get(&onward.link("/go?proof=")).await.is(303);
    assert!(
        begun.location().contains("prompt=login"),
        "who they are there is asked again: {}",
        begun.location()
    );
    browser.get(begun.location()).await.is(303).location().to_owned()
}

async fn links(browser: &mut Browser, person: &Person) -> Page {
    let back = at_the_provider(browser, person).await;
    browser.visit(&back).await
}

async fn identities_of(gateway: &Gateway, person: &Person) -> usize {
    identities::of_user(&mut gateway.db.read().await.unwrap(), person.user.id).await.unwrap().len()
}

async fn last(gateway: &Gateway, event: Event) -> Entry {
    gateway.events().await.into_iter().rfind(|entry| entry.event == event).unwrap()
}

async fn an_identity_is_linked_after_both_were_proven(stack: Stack) {
    let (gateway, issuer) = start(&stack, "roles = { eng = ['dev'] }").await;
    make_role(&gateway, "dev").await;
    let carol = gateway.standard("carol").await;
    let mut hers = gateway.signed_in(&carol).await;
    let session = hers.cookies().find("narthex").unwrap().value.clone();
    issuer.is(person("c.jones", &json!(["eng"])));
    let page = links(&mut hers, &carol).await.is(200);
    assert_eq!(page.url.path(), "/account");
    assert!(page.says("Identity linked") && page.says("SSO and local"), "{}", page.text());
    assert!(!hers.get("/account").await.says("Identity linked"), "told once");
    assert_eq!(hers.cookies().find("narthex").unwrap().value, session, "nobody is signed in anew");
    assert!(held(&gateway, &carol.user).await.is_empty(), "linking is no sign-in");
    let linked = last(&gateway, Event::AccountLinked).await;
    assert!(matches!(&linked.actor, Actor::User { id, .. } if *id == carol.user.id), "{linked:?}");
    assert_eq!(linked.detail.as_deref(), Some("corp"));
    let told = gateway.told(carol.email()).await;
    assert_eq!(told.iter().map(Notice::kind).collect::<Vec<_>>(), ["identity_linked"]);

    // From now on it is a way in, to the same account, whose name and address stay its own.
    let mut elsewhere = gateway.browser();
    let page = enter(&mut elsewhere).await.is(200);
    assert!(page.says("Name of carol") && !page.says("c.jones@corp.example, "), "{}", page.text());
    assert_eq!(gateway.accounts().await, 2);
    assert_eq!(held(&gateway, &carol.user).await, ["dev provider:corp"]);
    assert_eq!(gateway.account(&carol).await.unwrap().email, carol.user.email);
    // The password goes on as well.
    gateway.signed_in(&carol).await;
    hers.get(LINK).await.is(404);
    gateway.stop().await;
}

async fn a_40_a_superuser_links_with_the_password_and_not_by_the_address(stack: Stack) {
    let issuer = Issuer::start().await;
    let more = "links_verified_email = true";
    let setup = Setup::on(&stack).with(&issuer.config("corp", more)).provider_port(issuer.port);
    let gateway = setup.start().await;
    let boss = gateway.superuser("boss").await;
    issuer.is(json!({ "sub": "the boss", "email": boss.email(), "email_verified": true }));
    enter(&mut gateway.browser()).await.is(403);
    assert_eq!(identities_of(&gateway, &boss).await, 0);
    links(&mut gateway.signed_in(&boss).await, &boss).await.is(200);
    let mut by_provider = gateway.browser();
    enter(&mut by_provider).await.is(200);
    by_provider.get("/admin/users").await.is(200);
    assert_eq!(gateway.accounts().await, 1);
    gateway.stop().await;
}

async fn a_wrong_password_links_and_unlinks_nothing_and_is_counted(stack: Stack) {
    let issuer = Issuer::start().await;
    let setup = Setup::on(&stack).with(&issuer.config("corp", "")).provider_port(issuer.port);
    let gateway = setup.with("[login]\naccount_failures = 3\nfree_failures = 3").start().await;
    gateway.superuser("boss").await;
    let carol = gateway.standard("carol").await;
    let mut hers = gateway.signed_in(&carol).await;
    issuer.is(person("c.jones", &json!([])));
    links(&mut hers, &carol).await.is(200);
    let unlink = hers.get("/account").await.link("/unlink");
    // Three from the browser that is known, three more as from anywhere.
    for wrong in ["", "a", "b", "c", "d", "e"] {
        let page = hers.post(&unlink, &[("current_password", wrong)]).await.is(422);
        assert!(page.says("This is not your present password"), "{}", page.text());
        let failed = last(&gateway, Event::LoginFailed).await;
        assert_eq!(failed.detail.as_deref(), Some("wrong_current_password"));
    }
    // Too many: not even the right one is looked at.
    hers.post(&unlink, &[("current_password", &carol.password)]).await.is(422);
    assert_eq!(last(&gateway, Event::LoginFailed).await.detail.as_deref(), Some("throttled"));
    assert_eq!(identities_of(&gateway, &carol).await, 1);
    let dora = gateway.standard("dora").await;
    let mut doras = gateway.signed_in(&dora).await;
    doras.post(LINK, &[("current_password", "wrong")]).await.is(422);
    assert_eq!(identities_of(&gateway, &dora).await, 0);
    gateway.stop().await;
}

async fn a_proof_is_good_for_its_session_its_provider_and_five_minutes(stack: Stack) {
    let (issuer, other) = (Issuer::start().await, Issuer::start().await);
    let setup = Setup::on(&stack).with(&issuer.config("corp", "")).with(&other.config("other", ""));
    let gateway =
        setup.provider_port(issuer.port).provider_port(other.port).clock(standing_clock()).start().await;
    gateway.superuser("boss").await;
    let (carol, mallory) = (gateway.standard("carol").await, gateway.standard("mallory").await);
    let (mut hers, mut his) = (gateway.signed_in(&carol).await, gateway.signed_in(&mallory).await);
    let shown = hers.post(LINK, &[("current_password", &carol.password)]).await.is(303).location().to_owned();
    let go = shown.replace("?proof=", "/go?proof=");
    hers.get(&go).await.is(303);
    let (form, elsewhere) =
        (|page: Page| page.is(303).location().ends_with(LINK), go.replace("corp", "other"));
    assert!(form(his.get(&go).await), "another account's");
    assert!(form(gateway.signed_in(&carol).await.get(&go).await), "another session's");
    assert!(hers.get(&elsewhere).await.is(303).location().ends_with("/link/other"), "another provider's");
    for broken in [format!("{LINK}/go"), format!("{LINK}/go?proof=x"), format!("{go}x")] {
        assert!(form(hers.get(&broken).await), "{broken}");
    }
    gateway.browser().get(&go).await.is(303);
    // A state or a session is no proof.
    let session = hers.cookies().find("narthex").unwrap().value.clone();
    assert!(form(hers.get(&format!("{LINK}/go?proof={session}")).await));
    gateway.later(Duration::from_secs(301));
    assert!(form(hers.get(&go).await), "too late");
    assert_eq!(issuer.redeemed() + other.redeemed(), 0);
    gateway.stop().await;
}

async fn nobody_finishes_what_another_session_began(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    let (carol, mallory) = (gateway.standard("carol").await, gateway.standard("mallory").await);
    issuer.is(person("mallory.m", &json!([])));
    let redeemed_none = || assert_eq!(issuer.redeemed(), 0);

    // Begun by Mallory: with the cookie of the flow planted in Carol's browser it is refused all the same.
    let mut his = gateway.signed_in(&mallory).await;
    let back = at_the_provider(&mut his, &mallory).await;
    let flow = his.cookies().all().iter().find(|it| it.name.starts_with("narthex-flow-")).unwrap().clone();
    let mut hers = gateway.signed_in(&carol).await;
    let page = hers.get(&back).await;
    assert!(page.status.as_u16() == 303 && page.location().contains("/continue"), "{}", page.status);
    let cookie =
        format!("{}={}; narthex={}", flow.name, flow.value, hers.cookies().find("narthex").unwrap().value);
    let page = hers.send(crate::harness::Ask::get(&back).header("cookie", &cookie)).await.is(403);
    let refused = last(&gateway, Event::AccountLinkRefused).await;
    assert_eq!(refused.detail.as_deref(), Some("another_session"));
    assert!(matches!(&refused.actor, Actor::User { id, .. } if *id == carol.user.id), "{refused:?}");
    assert!(page.says("begun in another session") && page.says("Nothing was linked"), "{}", page.text());
    // In no session at all, in a new session of his own, and after the password was changed meanwhile.
    let alone = format!("{}={}", flow.name, flow.value);
    gateway.browser().send(crate::harness::Ask::get(&back).header("cookie", &alone)).await.is(403);
    let fields = [("login", mallory.username()), ("password", &mallory.password), ("rd", "")];
    his.post("/login", &fields).await.is(303);
    let planted = format!("{alone}; narthex={}", his.cookies().find("narthex").unwrap().value);
    his.send(crate::harness::Ask::get(&back).header("cookie", &planted)).await.is(403);
    redeemed_none();
    let back = at_the_provider(&mut his, &mallory).await;
    administration::sign_out(&gateway.db, &By::cli(), mallory.user.id, gateway.clock.now()).await.unwrap();
    his.get(&back).await.is(403);
    redeemed_none();
    for person in [&carol, &mallory] {
        assert_eq!(identities_of(&gateway, person).await, 0);
    }
    assert_eq!(gateway.count_events(Event::AccountLinked, None).await, 0);
    assert_eq!(gateway.accounts().await, 3, "and nobody was provisioned");
    gateway.stop().await;
}

async fn what_may_not_be_linked_says_why(stack: Stack) {
    let (gateway, issuer) = start(&stack, "allowed_groups = ['staff']").await;
    let staff = json!(["staff"]);
    let boss = Person {
        user: gateway.by_email("boss@people.example").await.unwrap(),
        ..gateway.standard("x").await
    };
    issuer.is(person("emma", &staff));
    enter(&mut gateway.browser()).await.is(200);
    issuer.is(person("gone", &staff));
    enter(&mut gateway.browser()).await.is(200);
    let gone = gateway.by_email("gone@corp.example").await.unwrap();
    let deletion =
        administration::Deletion { confirmation: "gone", bar_with: Some(&gateway.running.app.master) };
    administration::delete(&gateway.db, &By::cli(), gone.id, &deletion, gateway.clock.now()).await.unwrap();

    let carol = gateway.standard("carol").await;
    let mut hers = gateway.signed_in(&carol).await;
    for (claims, word, english) in [
        (person("emma", &staff), "identity_of_another", "belongs to another account"),
        (person("gone", &staff), "barred", "barred"),
        (person("carol.c", &json!(["others"])), "group_not_allowed", "None of your groups"),
    ] {
        issuer.is(claims);
        let page = links(&mut hers, &carol).await.is(403);
        assert!(page.says(english) && page.says("Nothing was linked"), "{}", page.text());
        assert!(page.links().iter().any(|link| link == "/account"), "a way back");
        let refused = last(&gateway, Event::AccountLinkRefused).await;
        assert_eq!(refused.detail.as_deref(), Some(word));
        assert_eq!(refused.target.unwrap().id, carol.user.id);
        assert_eq!(identities_of(&gateway, &carol).await, 0);
    }
    // Two flows of one session: the second one finds the first one's identity there.
    issuer.is(person("carol.a", &staff));
    let first = at_the_provider(&mut hers, &carol).await;
    issuer.is(person("carol.b", &staff));
    let second = at_the_provider(&mut hers, &carol).await;
    hers.visit(&first).await.is(200);
    let page = hers.visit(&second).await.is(403);
    assert!(page.says("is linked to your account already"), "{}", page.text());
    assert_eq!(identities_of(&gateway, &carol).await, 1);
    // The person turned back at the provider.
    let mut bosses =
        gateway.signed_in(&Person { password: crate::harness::PASSWORD.to_owned() + "-4", ..boss }).await;
    bosses.get(LINK).await.is(200);
    bosses.get("/account/identities/link/none").await.is(404);
    gateway.browser().get(LINK).await.is(303);
    gateway.stop().await;
}

async fn an_identity_is_unlinked_with_all_that_came_by_it(stack: Stack) {
    let (gateway, issuer) = start(&stack, "roles = { eng = ['dev'] }\nsuperuser_groups = ['root']").await;
    make_role(&gateway, "dev").await;
    let carol = gateway.standard("carol").await;
    let mut hers = gateway.signed_in(&carol).await;
    issuer.is(person("c.jones", &json!(["eng", "root"])));
    links(&mut hers, &carol).await.is(200);
    let mut by_provider = gateway.browser();
    enter(&mut by_provider).await.is(200);
    let mut hers = gateway.signed_in(&carol).await;
    assert_eq!(gateway.account(&carol).await.unwrap().tier, Tier::Superuser);

    let page = hers.get("/account").await;
    let form = hers.get(&page.link("/unlink")).await.is(200).form("/unlink");
    let (old, action) = (hers.cookies().find("narthex").unwrap().value.clone(), form.action.clone());
    let done = hers.submit(&form.with("current_password", &carol.password)).await.is(303);
    let page = hers.follow(done).await.is(200);
    assert!(page.says("Identity unlinked"), "{}", page.text());
    assert_ne!(hers.cookies().find("narthex").unwrap().value, old, "a new session");
    by_provider.get("/account").await.is(303);
    assert_eq!(identities_of(&gateway, &carol).await, 0);
    assert!(held(&gateway, &carol.user).await.is_empty(), "what the provider gave is gone");
    assert_eq!(gateway.account(&carol).await.unwrap().tier, Tier::Standard);
    let unlinked = last(&gateway, Event::AccountUnlinked).await;
    assert!(matches!(&unlinked.actor, Actor::User { id, .. } if *id == carol.user.id));
    let told = gateway.told(carol.email()).await;
    assert_eq!(told.last().unwrap().kind(), "identity_unlinked");
    // The identity is nobody's: whoever comes with it is a new person.
    enter(&mut gateway.browser()).await.is(200);
    assert_eq!(gateway.accounts().await, 3);
    // Twice is once.
    hers.post(&action, &[("current_password", &carol.password)]).await.is(404);
    gateway.stop().await;
}

async fn nobody_unlinks_their_only_way_in(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    issuer.is_employee("emma");
    let mut emmas = gateway.browser();
    let page = enter(&mut emmas).await.is(200);
    assert!(!page.links().iter().any(|link| link.contains("/account/identities/")), "{:?}", page.links());
    let emma = gateway.by_email("emma@corp.example").await.unwrap();
    let linked = identities::of_user(&mut gateway.db.read().await.unwrap(), emma.id).await.unwrap();
    let path = format!("/account/identities/{}/unlink", linked[0].handle());
    emmas.get(&path).await.is(404);
    emmas.post(&path, &[("current_password", "")]).await.is(404);
    emmas.get(LINK).await.is(404);
    // Nor is anybody else's found.
    let carol = gateway.standard("carol").await;
    gateway.signed_in(&carol).await.post(&path, &[("current_password", &carol.password)]).await.is(404);
    let left = identities::of_user(&mut gateway.db.read().await.unwrap(), emma.id).await.unwrap();
    assert_eq!(left.len(), 1);
    gateway.stop().await;
}

async fn the_last_superuser_by_a_provider_cannot_unlink_it(stack: Stack) {
    let issuer = Issuer::start().await;
    let more = "superuser_groups = ['root']";
    let setup = Setup::on(&stack).with(&issuer.config("corp", more)).provider_port(issuer.port);
    let gateway = setup.start().await;
    let carol = gateway.standard("carol").await;
    issuer.is(person("c.jones", &json!(["root"])));
    links(&mut gateway.signed_in(&carol).await, &carol).await.is(200);
    enter(&mut gateway.browser()).await.is(200);
    assert_eq!(gateway.superusers().await, 1);
    let mut hers = gateway.signed_in(&carol).await;
    let unlink = hers.get("/account").await.link("/unlink");
    let page = hers.post(&unlink, &[("current_password", &carol.password)]).await.is(422);
    assert!(page.says("You are the last active superuser"), "{}", page.text());
    assert_eq!((gateway.superusers().await, identities_of(&gateway, &carol).await), (1, 1));
    hers.get("/account").await.is(200);
    gateway.superuser("boss").await;
    hers.post(&unlink, &[("current_password", &carol.password)]).await.is(303);
    assert_eq!(gateway.account(&carol).await.unwrap().tier, Tier::Standard);
    gateway.stop().await;
}

async fn what_fails_at_the_provider_while_linking_leads_back_and_makes_nobody(stack: Stack) {
    let issuer = Issuer::start().await;
    let down = format!(
        "[[provider]]\nname = 'down'\nissuer = 'http://127.0.0.1:{}'\nclient_id = 'x'\nclient_secret = 'y'\n",
        crate::harness::free_port()
    );
    let setup = Setup::on(&stack).with(&issuer.config("corp", "")).with(&down).provider_port(issuer.port);
    let gateway = setup.start().await;
    let carol = gateway.standard("carol").await;
    let mut hers = gateway.signed_in(&carol).await;
    let accounts = gateway.accounts().await;
    issuer.is(person("c.jones", &json!([])));
    let led_back = |page: &Page, path: &str| {
        assert!(page.says("Nothing was linked"), "{}", page.text());
        let links = page.links();
        assert!(links.iter().any(|link| link == path), "{links:?}");
        assert!(
            !links.iter().any(|link| link.starts_with("/oidc/")),
            "no way to a second account: {links:?}"
        );
    };
    let told = async |word: &str| {
        let refused = last(&gateway, Event::AccountLinkRefused).await;
        assert_eq!(refused.detail.as_deref(), Some(word));
        assert!(matches!(&refused.actor, Actor::User { id, .. } if *id == carol.user.id), "{refused:?}");
        assert_eq!(refused.target.unwrap().id, carol.user.id);
    };

    // Turned back at the provider.
    let back = at_the_provider(&mut hers, &carol).await;
    let mut denied = url::Url::parse(&back).unwrap();
    let kept: Vec<_> = denied.query_pairs().into_owned().filter(|(name, _)| name != "code").collect();
    denied.query_pairs_mut().clear().extend_pairs(kept).append_pair("error", "access_denied");
    led_back(&hers.get(denied.as_str()).await.is(403), LINK);
    told("denied_by_provider").await;
    // In another browser, or too late.
    let back = at_the_provider(&mut hers, &carol).await;
    led_back(&gateway.browser().get(&back).await.is(400), LINK);
    // The provider goes away in between, or was never there.
    issuer.goes_down();
    led_back(&hers.get(&back).await.is(502), LINK);
    told("provider_unavailable").await;
    let link = LINK.replace("corp", "down");
    let shown =
        hers.post(&link, &[("current_password", &carol.password)]).await.is(303).location().to_owned();
    led_back(&hers.get(&shown.replace("?proof=", "/go?proof=")).await.is(502), &link);
    assert_eq!(gateway.count_events(Event::AccountLinkRefused, Some(&carol.user)).await, 3);
    assert_eq!(gateway.count_events(Event::LoginFailed, None).await, 0, "nobody was signing in");
    assert_eq!((gateway.accounts().await, identities_of(&gateway, &carol).await), (accounts, 0));
    gateway.stop().await;
}

async fn what_was_unlinked_is_not_linked_again_by_the_address(stack: Stack) {
    let (gateway, issuer) = start(&stack, "links_verified_email = true").await;
    let carol = gateway.standard("carol").await;
    prove(&gateway, &carol).await;
    let claims = json!({ "sub": "c", "email": carol.email(), "email_verified": true });
    issuer.is(claims.clone());
    let mut hers = gateway.signed_in(&carol).await;
    links(&mut hers, &carol).await.is(200);
    assert!(names(&last(&gateway, Event::AccountLinked).await, "c"));
    let unlink = hers.get("/account").await.link("/unlink");
    hers.post(&unlink, &[("current_password", &carol.password)]).await.is(303);
    assert!(names(&last(&gateway, Event::AccountUnlinked).await, "c"));
    enter(&mut gateway.browser()).await.is(403);
    assert_eq!(identities_of(&gateway, &carol).await, 0);
    // By hand it is linked again, and then it is a way in.
    links(&mut hers, &carol).await.is(200);
    enter(&mut gateway.browser()).await.is(200);
    gateway.signed_in(&carol).await;
    gateway.stop().await;
}

async fn an_administrator_unlinks_an_identity_that_is_not_the_only_way_in(stack: Stack) {
    let (gateway, issuer) = start(&stack, "roles = { eng = ['dev'] }").await;
    make_role(&gateway, "dev").await;
    let (carol, admin) = (gateway.standard("carol").await, gateway.superuser("admin").await);
    issuer.is(person("c.jones", &json!(["eng"])));
    links(&mut gateway.signed_in(&carol).await, &carol).await.is(200);
    let mut by_provider = gateway.browser();
    enter(&mut by_provider).await.is(200);
    issuer.is(person("emma", &json!(["eng"])));
    enter(&mut gateway.browser()).await.is(200);
    let emma = gateway.by_email("emma@corp.example").await.unwrap();
    let handle = async |user: &narthex::domain::user::User| {
        let linked = identities::of_user(&mut gateway.db.read().await.unwrap(), user.id).await.unwrap();
        linked[0].handle()
    };
    let (hers, emmas) = (handle(&carol.user).await, handle(&emma).await);
    let path = |user: &narthex::domain::user::User| format!("/admin/users/{}/identities/unlink", user.id);

    let mut browser = gateway.signed_in(&admin).await;
    let page = browser.get(&carol.admin_path("")).await.is(200);
    assert!(page.body.contains(&format!("value=\"{hers}\"")) && page.body.contains("id=\"edit-unlink\""));
    let page = browser.get(&format!("/admin/users/{}", emma.id)).await.is(200);
    assert!(!page.body.contains("edit-unlink"), "her only way in");
    let page = browser.post(&path(&emma), &[("identity", &emmas)]).await.is(409);
    assert!(page.says("only way in"), "{}", page.text());
    browser.post(&path(&carol.user), &[("identity", &emmas)]).await.is(409);
    assert_eq!(gateway.count_events(Event::AccountUnlinked, None).await, 0);

    let before = gateway.account(&carol).await.unwrap();
    browser.post(&path(&carol.user), &[("identity", &hers)]).await.is(303);
    let after = gateway.account(&carol).await.unwrap();
    assert!(after.version > before.version, "a form that was open meanwhile is not saved over it");
    assert_eq!(identities_of(&gateway, &carol).await, 0);
    assert!(held(&gateway, &carol.user).await.is_empty());
    by_provider.get("/account").await.is(303);
    let unlinked = last(&gateway, Event::AccountUnlinked).await;
    assert!(matches!(&unlinked.actor, Actor::User { id, .. } if *id == admin.user.id));
    assert_eq!(
        (unlinked.target.as_ref().unwrap().id, names(&unlinked, "subject-of-c.jones")),
        (carol.user.id, true)
    );
    assert_eq!(gateway.told(carol.email()).await.last().unwrap().kind(), "identity_unlinked");
    browser.post(&path(&carol.user), &[("identity", &hers)]).await.is(409);
    // One's own is taken away where the password is asked for.
    links(&mut browser, &admin).await.is(403);
    issuer.is(person("a", &json!([])));
    links(&mut browser, &admin).await.is(200);
    let own = handle(&admin.user).await;
    browser.post(&path(&admin.user), &[("identity", &own)]).await.is(404);
    gateway.stop().await;
}
