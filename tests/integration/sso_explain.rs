//! `narthex explain --claims`: says what a sign-in would do, and does nothing of it; and what `check` says of groups.
use narthex::{
    domain::audit::Event,
    store::{Pools, identities},
};
use serde_json::{Value, json};

use crate::{
    cli::Place,
    employee::{account, enter, start},
    harness::{Gateway, Issuer, Stack, both_stacks},
    sso_mapping::{held, make_role, person},
    sso_trust::prove,
};

both_stacks!(
    claims_are_explained_step_by_step_and_nothing_is_done,
    what_is_explained_is_what_happens,
    check_names_roles_that_groups_give_and_that_are_not_there,
);

const POLICY: &str = "superuser_groups = ['root']\nroles = { eng = ['dev', 'ghost'] }\nallowed_domains = ['corp.example', \
    'people.example', 'outside.example']\nlinks_verified_email = true";

/// How many rows each table has, and where the counters stand.
async fn state(gateway: &Gateway) -> Vec<(String, i64)> {
    let mut state = vec![];
    for table in [
        "users",
        "identities",
        "user_roles",
        "audit_events",
        "outbox",
        "applications",
        "provider_warnings",
        "barred_identities",
    ] {
        state.push((table.to_owned(), scalar(gateway, &format!("SELECT count(*) FROM {table}")).await));
    }
    for sum in [
        "SELECT coalesce(sum(value), 0) FROM counters WHERE name = 'user_number'",
        "SELECT coalesce(sum(version), 0) FROM users",
        "SELECT coalesce(sum(session_epoch), 0) FROM users",
        "SELECT coalesce(max(last_login_at), 0) FROM users",
        "SELECT count(*) FROM users WHERE tier = 'superuser'",
    ] {
        state.push((sum.to_owned(), scalar(gateway, sum).await));
    }
    state
}

async fn scalar(gateway: &Gateway, sql: &str) -> i64 {
    let cast = format!("SELECT CAST(({sql}) AS BIGINT)");
    match &gateway.db.pools {
        Pools::Sqlite { read, .. } => {
            sqlx::query_scalar(sqlx::AssertSqlSafe(cast)).fetch_one(read).await.unwrap()
        }
        Pools::Postgres(pool) => sqlx::query_scalar(sqlx::AssertSqlSafe(cast)).fetch_one(pool).await.unwrap(),
    }
}

/// The program beside a gateway that runs, with the same configuration.
fn program<'a>(stack: &'a Stack, issuer: &Issuer) -> Place<'a> {
    Place::new(stack, &issuer.config("corp", POLICY))
}

fn explain(place: &Place<'_>, claims: &Value) -> Value {
    let told =
        place.run_with(&["explain", "--claims", "-", "--provider", "corp", "--json"], &claims.to_string());
    told.is(0).json()
}

fn steps(told: &Value) -> Vec<&str> {
    told["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect()
}

async fn claims_are_explained_step_by_step_and_nothing_is_done(stack: Stack) {
    let (gateway, issuer) = start(&stack, POLICY).await;
    make_role(&gateway, "dev").await;
    prove(&gateway, &gateway.standard("carol").await).await;
    let waiting = gateway.applicant("waiting").await;
    issuer.is(person("emma", &json!(["eng"])));
    enter(&mut gateway.browser()).await.is(200);
    let place = program(&stack, &issuer);
    let before = state(&gateway).await;

    let told = explain(&place, &person("nils", &json!(["eng", "root"])));
    assert_eq!(
        steps(&told),
        [
            "email_counts",
            "groups",
            "admitted",
            "new_person",
            "provisioned",
            "role_given",
            "role_missing",
            "tier_changed"
        ]
    );
    assert_eq!((&told["answer"], &told["account"]["tier"]), (&json!("signed_in"), &json!("superuser")));
    assert_eq!(told["account"]["username"], "nils");
    assert_eq!((&told["roles_given"], &told["warnings"]), (&json!(["dev"]), &json!(["role_missing"])));

    let told = explain(&place, &person("emma", &json!([])));
    assert_eq!(steps(&told), ["email_counts", "groups", "admitted", "known", "role_taken"]);
    assert_eq!(told["roles_taken"], json!(["dev"]));
    let mut claims = person("emma", &json!(null));
    claims["name"] = "Emma Weber".into();
    let told = explain(&place, &claims);
    assert_eq!(
        steps(&told),
        ["email_counts", "groups_unsaid", "admitted", "known", "followed", "groups_absent", "role_taken"]
    );
    assert_eq!(told["account"]["display_name"], "Emma Weber");

    for (sub, email, reason) in [
        ("x", json!("x@evil.example"), "domain_not_allowed"),
        ("x", json!("boss@people.example"), "email_belongs_to_superuser"),
        ("x", json!("emma@corp.example"), "email_belongs_to_another"),
        ("x", json!(null), "email_missing"),
    ] {
        let told =
            explain(&place, &json!({ "sub": sub, "email": email, "email_verified": true, "groups": [] }));
        assert_eq!((&told["answer"], &told["reason"]), (&json!("refused"), &json!(reason)), "{told}");
        assert!(told["why"].as_str().unwrap().len() > 10);
    }
    let told = explain(
        &place,
        &json!({ "sub": "y", "email": "carol@people.example", "email_verified": true, "groups": [] }),
    );
    assert!(steps(&told).contains(&"linked"), "{told}");
    let told = explain(
        &place,
        &json!({ "sub": "z", "email": waiting.email(), "email_verified": true, "groups": [] }),
    );
    assert!(steps(&told).contains(&"superseded") && steps(&told).contains(&"provisioned"), "{told}");

    let file = stack.folder().join("claims.json");
    std::fs::write(&file, person("nils", &json!(["eng"])).to_string()).unwrap();
    let text = place.run(&["explain", "--claims", file.to_str().unwrap(), "--provider", "corp"]).is(0).out;
    assert!(
        text.starts_with("subject-of-nils signs in at corp\n  1. nils@corp.example counts as the address\n"),
        "{text}"
    );
    assert!(
        text.ends_with(
            "The sign-in would succeed: nils is signed in, as a standard user. Nothing was changed."
        ),
        "{text}"
    );
    assert_eq!(state(&gateway).await, before, "nothing was done");

    for (claims, said) in [
        ("{}", "there is no `sub`"),
        ("[1]", "holds no claims"),
        ("{\"sub\": \"s\", \"iss\": \"x\"}", "issuer of `corp`"),
    ] {
        let answer = place.run_with(&["explain", "--claims", "-", "--provider", "corp"], claims).is(1);
        assert!(answer.err.contains(said), "{}", answer.err);
    }
    let answer = place.run_with(&["explain", "--claims", "-", "--provider", "none"], "{}").is(1);
    assert!(answer.err.contains("these are: corp"), "{}", answer.err);
    gateway.stop().await;
}

async fn what_is_explained_is_what_happens(stack: Stack) {
    let (gateway, issuer) = start(&stack, POLICY).await;
    make_role(&gateway, "dev").await;
    let place = program(&stack, &issuer);
    for groups in [json!(["eng"]), json!([]), json!(["root"]), json!(null)] {
        let told = explain(&place, &person("emma", &groups));
        issuer.is(person("emma", &groups));
        let count = async || {
            let events = [Event::RoleGranted, Event::RoleRevoked, Event::AccountSyncWarned];
            let mut counts = vec![];
            for event in events {
                counts.push(gateway.count_events(event, None).await);
            }
            counts
        };
        let before = count().await;
        enter(&mut gateway.browser()).await.is(200);
        let after = count().await;
        let new: Vec<_> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
        let (given, taken, warned) = (new[0], new[1], new[2]);
        let emma = account(&gateway, "emma@corp.example").await;
        assert_eq!(told["account"]["tier"], emma.tier.as_str(), "{groups}");
        assert_eq!(told["account"]["username"], emma.username.as_str());
        for (named, count) in [("roles_given", given), ("roles_taken", taken), ("warnings", warned)] {
            assert_eq!(told[named].as_array().unwrap().len(), count, "{named} {groups}");
        }
    }
    let emma = account(&gateway, "emma@corp.example").await;
    assert!(held(&gateway, &emma).await.is_empty());
    let linked = identities::of_user(&mut gateway.db.read().await.unwrap(), emma.id).await.unwrap();
    assert_eq!(linked.len(), 1);
    gateway.stop().await;
}

async fn check_names_roles_that_groups_give_and_that_are_not_there(stack: Stack) {
    let (gateway, issuer) = start(&stack, POLICY).await;
    make_role(&gateway, "dev").await;
    let place = program(&stack, &issuer);
    let roles = |place: &Place<'_>| {
        let told = place.run(&["check", "--json"]).json();
        let findings = told["findings"].as_array().unwrap().clone();
        findings.into_iter().find(|it| it["what"] == "roles").unwrap()
    };
    let said = roles(&place);
    assert_eq!(said["ok"], json!(false));
    let says = said["says"].as_str().unwrap();
    assert!(
        says.contains("provider \"corp\": a group gives the role ghost") && !says.contains("dev"),
        "{says}"
    );
    make_role(&gateway, "ghost").await;
    assert_eq!(roles(&place)["ok"], json!(true));
    gateway.stop().await;
}
