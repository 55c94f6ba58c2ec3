//! What a provider gave, to whom it may be given, and when it goes: nobody comes to a privilege by another's identity.
use narthex::{
    accounts::sso::{self, Refused, SsoError},
    domain::{
        audit::{Actor, Entry, Event, Origin},
        notice::Notice,
        user::{Tier, User},
    },
    oidc,
    store::{identities, users},
};
use serde_json::{Value, json};

use crate::{
    cli::Place,
    delegation::grant,
    employee::{account, enter, enter_by, start},
    harness::{
        Gateway, Issuer, Person, Stack, both_stacks,
        gateway::{Setup, sign_in},
    },
    sso_mapping::{MAPPING, comes_in, held, make_role, person, tier_source, warnings, without_groups},
};

both_stacks!(
    a_53_whoever_is_turned_away_loses_what_the_provider_gave,
    a_75_the_last_superuser_is_turned_away_and_stays_one,
    a_40_an_address_that_was_only_typed_links_nobody,
    a_40_nobody_is_made_a_superuser_by_an_address,
    a_43_linking_by_the_address_leaves_nobody_elses_way_in,
    what_was_given_moves_only_where_it_belongs,
    the_audit_log_is_told_once_a_day_what_could_not_be_followed,
    what_a_provider_gave_that_is_gone_is_told,
);

/// The person has shown that they read their address.
pub(crate) async fn prove(gateway: &Gateway, person: &Person) {
    let mut tx = gateway.db.write().await.unwrap();
    users::prove_email(&mut tx, person.user.id).await.unwrap();
    tx.commit().await.unwrap();
}

/// Whether an entry says which identity it was about.
pub(crate) fn names(entry: &Entry, subject: &str) -> bool {
    let said = |field: &str, text: &str| {
        entry.changes.iter().any(|it| it.field == field && format!("{}{}", it.from, it.to).contains(text))
    };
    said("subject", subject) && said("issuer", "http://127.0.0.1:")
}

async fn last(gateway: &Gateway, event: Event) -> Entry {
    gateway.events().await.into_iter().rfind(|entry| entry.event == event).unwrap()
}

/// What the provider says when it is asked again.
async fn again(gateway: &Gateway, user: &User, claims: &Value) -> Result<User, SsoError> {
    let app = &gateway.running.app;
    let provider = app.provider("corp").unwrap().config();
    let profile = oidc::unverified(claims.as_object().unwrap(), provider).unwrap();
    let now = gateway.clock.now();
    sso::refresh(&app.db, &app.master, provider, &profile, user.id, &Origin::default(), now).await
}

async fn a_53_whoever_is_turned_away_loses_what_the_provider_gave(stack: Stack) {
    let more = format!("{MAPPING}\nallowed_groups = ['staff']");
    let (gateway, issuer) = start(&stack, &more).await;
    for name in ["dev", "ops"] {
        make_role(&gateway, name).await;
    }
    let all = person("emma", &json!(["staff", "eng", "root"]));
    let gone = person("emma", &json!(["eng", "root"]));
    let place = Place::new(&stack, &issuer.config("corp", &more));
    for by_refresh in [false, true] {
        let mut office = comes_in(&gateway, &issuer, all.clone()).await;
        office.get("/admin/users").await.is(200);
        let emma = account(&gateway, "emma@corp.example").await;
        assert_eq!((emma.tier, held(&gateway, &emma).await.len()), (Tier::Superuser, 2));
        let explained = ["explain", "--claims", "-", "--provider", "corp", "--json"];
        let told = place.run_with(&explained, &gone.to_string()).is(0).json();
        assert_eq!(
            (&told["answer"], &told["roles_taken"]),
            (&json!("refused"), &json!(["dev", "ops"])),
            "{told}"
        );
        assert_eq!(
            account(&gateway, "emma@corp.example").await.tier,
            Tier::Superuser,
            "explaining does nothing"
        );
        match by_refresh {
            false => {
                issuer.is(gone.clone());
                enter(&mut gateway.browser()).await.is(403);
            }
            true => {
                let refused = again(&gateway, &emma, &gone).await;
                assert!(matches!(refused, Err(SsoError::Refused(Refused::Group, _))));
            }
        }
        let now = account(&gateway, "emma@corp.example").await;
        assert_eq!((now.tier, tier_source(&gateway, &now).await.as_str()), (Tier::Standard, "manual"));
        assert!(held(&gateway, &now).await.is_empty());
        assert!(now.session_epoch > emma.session_epoch, "with the sessions that had it");
        office.get("/account").await.is(303);
        let refused = last(&gateway, Event::LoginRefused).await;
        assert!(matches!(&refused.actor, Actor::User { id, .. } if *id == emma.id), "it is her own identity");
        assert!(names(&refused, "subject-of-emma"), "{refused:?}");
    }
    assert_eq!(gateway.count_events(Event::RoleRevoked, None).await, 4);
    // And all of it returns with the group.
    comes_in(&gateway, &issuer, all).await;
    assert_eq!(account(&gateway, "emma@corp.example").await.tier, Tier::Superuser);
    gateway.stop().await;
}

async fn a_75_the_last_superuser_is_turned_away_and_stays_one(stack: Stack) {
    let issuer = Issuer::start().await;
    let more = format!("{MAPPING}\nallowed_groups = ['root', 'staff']");
    let setup = Setup::on(&stack).with(&issuer.config("corp", &more)).provider_port(issuer.port);
    let gateway = setup.start().await;
    comes_in(&gateway, &issuer, person("emma", &json!("root"))).await;
    issuer.is(person("emma", &json!([])));
    enter(&mut gateway.browser()).await.is(403);
    assert_eq!(gateway.superusers().await, 1);
    assert_eq!(warnings(&gateway).await, ["last_superuser"]);
    gateway.superuser("boss").await;
    enter(&mut gateway.browser()).await.is(403);
    assert_eq!(account(&gateway, "emma@corp.example").await.tier, Tier::Standard);
    gateway.stop().await;
}

const LINKING: &str = "links_verified_email = true\nsuperuser_groups = ['root']";

async fn a_40_an_address_that_was_only_typed_links_nobody(stack: Stack) {
    let (gateway, issuer) = start(&stack, LINKING).await;
    let (mallory, puppet) = (gateway.standard("mallory").await, gateway.standard("puppet").await);
    grant(&gateway, &mallory, "admin.user:manage").await;
    // The address of before was the puppet's own.
    prove(&gateway, &puppet).await;
    let mut his = gateway.signed_in(&mallory).await;
    let form = his.get(&puppet.admin_path("")).await.is(200).form(&puppet.admin_path(""));
    his.submit(&form.with("email", "ceo@corp.example")).await.is(303);
    assert_eq!(account(&gateway, "ceo@corp.example").await.id, puppet.user.id);
    for groups in [json!(["root"]), json!([])] {
        issuer.is(person("ceo", &groups));
        enter(&mut gateway.browser()).await.is(403);
        let refused = last(&gateway, Event::LoginRefused).await;
        assert_eq!(refused.detail.as_deref(), Some("email_belongs_to_another"));
        assert_eq!(refused.actor, Actor::Stranger, "the account has done nothing");
        assert_eq!(refused.target.as_ref().unwrap().id, puppet.user.id);
        assert!(names(&refused, "subject-of-ceo"), "{refused:?}");
    }
    let now = account(&gateway, "ceo@corp.example").await;
    assert_eq!((now.tier, now.has_password), (Tier::Standard, true));
    assert_eq!(gateway.count_events(Event::AccountLinked, None).await, 0);
    gateway.stop().await;
}

async fn a_40_nobody_is_made_a_superuser_by_an_address(stack: Stack) {
    let (gateway, issuer) = start(&stack, LINKING).await;
    let carol = gateway.standard("carol").await;
    prove(&gateway, &carol).await;
    issuer.is(json!({ "sub": "c", "email": carol.email(), "email_verified": true, "groups": ["root"] }));
    enter(&mut gateway.browser()).await.is(403);
    let refused = last(&gateway, Event::LoginRefused).await;
    assert_eq!(refused.detail.as_deref(), Some("email_belongs_to_superuser"));
    assert_eq!(refused.actor, Actor::Stranger);
    let now = gateway.account(&carol).await.unwrap();
    assert_eq!((now.tier, now.has_password), (Tier::Standard, true));
    gateway.stop().await;
}

async fn a_43_linking_by_the_address_leaves_nobody_elses_way_in(stack: Stack) {
    let (gateway, issuer) = start(&stack, LINKING).await;
    let carol = gateway.standard("carol").await;
    let mut before = gateway.signed_in(&carol).await;
    issuer.is(json!({ "sub": "c", "email": carol.email(), "email_verified": true, "groups": [] }));
    // Never shown to be hers; a new password by mail shows it.
    enter(&mut gateway.browser()).await.is(403);
    gateway.browser().post("/forgot-password", &[("email", carol.email())]).await;
    let links = gateway.mails_to(carol.email()).await.into_iter().find_map(|notice| {
        let (link, purpose) = notice.link()?;
        Some(gateway.link(link, purpose))
    });
    let mut by_mail = gateway.browser();
    let form = by_mail.get(&links.unwrap()).await.is(200).form("/reset-password");
    by_mail.submit(&form.with("new_password", "quite-another-pebble-lantern")).await.is(303);
    before.get("/account").await.is(303);
    let mut with_password = gateway.browser();
    sign_in(&mut with_password, carol.username(), "quite-another-pebble-lantern").await.is(303);
    with_password.get("/account").await.is(200);

    enter(&mut gateway.browser()).await.is(200);
    with_password.get("/account").await.is(303);
    sign_in(&mut gateway.browser(), carol.username(), "quite-another-pebble-lantern").await.is(401);
    assert!(!gateway.account(&carol).await.unwrap().has_password);
    let linked = last(&gateway, Event::AccountLinked).await;
    assert!(names(&linked, "c") && linked.changes.iter().any(|it| it.field == "password"), "{linked:?}");
    let told = gateway.told(carol.email()).await;
    let told = told.iter().filter(|it| matches!(it, Notice::IdentityLinked { password_removed: true, .. }));
    assert_eq!(told.count(), 1);
    gateway.stop().await;
}

async fn what_was_given_moves_only_where_it_belongs(stack: Stack) {
    let issuer = Issuer::start().await;
    let one = issuer.config("one", MAPPING);
    let two = issuer.config("two", MAPPING).replace("client_id = 'narthex'", "client_id = 'another'");
    let gateway = Setup::on(&stack).with(&one).with(&two).provider_port(issuer.port).start().await;
    gateway.superuser("boss").await;
    for name in ["dev", "ops"] {
        make_role(&gateway, name).await;
    }
    issuer.is(person("emma", &json!(["eng"])));
    enter_by(&mut gateway.browser(), "one").await.is(200);
    let emma = account(&gateway, "emma@corp.example").await;
    // The same issuer, under a second name: each keeps to what it gave.
    let app = &gateway.running.app;
    let provider = app.provider("two").unwrap().config();
    let claims = person("emma", &json!(["qa"]));
    let profile = oidc::unverified(claims.as_object().unwrap(), provider).unwrap();
    let now = gateway.clock.now();
    sso::by_identity(&app.db, &app.master, provider, &profile, &Origin::default(), now).await.unwrap();
    assert_eq!(held(&gateway, &emma).await, ["dev provider:one", "ops provider:one", "ops provider:two"]);
    gateway.stop().await;

    // Both names are gone. Who is not admitted under the new one keeps nothing, and nothing was moved for them.
    let renamed = issuer.config("renamed", &format!("{MAPPING}\nallowed_groups = ['staff']"));
    let gateway = Setup::on(&stack).with(&renamed).provider_port(issuer.port).start().await;
    issuer.is(person("emma", &json!(["eng"])));
    enter_by(&mut gateway.browser(), "renamed").await.is(403);
    assert_eq!(held(&gateway, &emma).await, ["ops provider:two"]);
    let linked = identities::of_user(&mut gateway.db.read().await.unwrap(), emma.id).await.unwrap();
    assert_eq!(linked[0].provider, "one");
    issuer.is(person("emma", &json!(["eng", "staff"])));
    enter_by(&mut gateway.browser(), "renamed").await.is(200);
    let moved = last(&gateway, Event::AccountEdited).await;
    let change = moved.changes.iter().find(|it| it.field == "provider").unwrap();
    assert_eq!((change.from.as_str(), change.to.as_str()), ("one", "renamed"));
    gateway.stop().await;
}

async fn the_audit_log_is_told_once_a_day_what_could_not_be_followed(stack: Stack) {
    let (gateway, issuer) = start(&stack, MAPPING).await;
    make_role(&gateway, "ops").await;
    let silent = without_groups("emma", &json!({}));
    for _ in 0..3 {
        comes_in(&gateway, &issuer, silent.clone()).await;
    }
    assert_eq!(warnings(&gateway).await, ["groups_absent"]);
    let emma = account(&gateway, "emma@corp.example").await;
    for _ in 0..3 {
        again(&gateway, &emma, &silent).await.unwrap();
    }
    assert_eq!(warnings(&gateway).await.len(), 1, "nothing is new");
    // Something is: a role goes with the claim.
    again(&gateway, &emma, &person("emma", &json!(["qa"]))).await.unwrap();
    again(&gateway, &emma, &silent).await.unwrap();
    assert_eq!(warnings(&gateway).await.len(), 2);
    again(&gateway, &emma, &silent).await.unwrap();
    comes_in(&gateway, &issuer, silent).await;
    assert_eq!(warnings(&gateway).await.len(), 2);
    gateway.stop().await;
}

async fn what_a_provider_gave_that_is_gone_is_told(stack: Stack) {
    let (gateway, issuer) = start(&stack, MAPPING).await;
    make_role(&gateway, "ops").await;
    comes_in(&gateway, &issuer, person("emma", &json!(["qa", "root"]))).await;
    let grants = |place: &Place<'_>| {
        let told = place.run(&["check", "--json"]).json();
        told["findings"].as_array().unwrap().iter().find(|it| it["what"] == "grants").cloned()
    };
    assert_eq!(grants(&Place::new(&stack, &issuer.config("corp", MAPPING))), None);
    let told = grants(&Place::new(&stack, &issuer.config("other", MAPPING))).unwrap();
    assert_eq!(told["ok"], json!(false));
    let says = told["says"].as_str().unwrap();
    assert!(says.contains("one person has") && says.contains("provider \"corp\""), "{says}");
    let emma = account(&gateway, "emma@corp.example").await;
    assert_eq!((emma.tier, held(&gateway, &emma).await.len()), (Tier::Superuser, 1), "nothing is taken");
    gateway.stop().await;
}
