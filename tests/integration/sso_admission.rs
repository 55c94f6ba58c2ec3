//! Who may come in: each refusal has its page in both languages and its event, and leaves nothing behind.
use narthex::domain::{audit::Event, user::Status};
use serde_json::{Value, json};

use crate::{
    employee::{account, enter, enter_by, start},
    harness::{Ask, Issuer, Stack, both_stacks, gateway::Setup},
};

both_stacks!(
    each_refusal_says_what_is_missing_and_makes_nothing,
    a_43_a_new_subject_with_an_old_address_inherits_nothing,
    a_42_addresses_that_change_hands_take_no_account_along,
    a_47_odd_addresses_pass_no_rule_for_domains,
);

fn claims(more: &Value) -> Value {
    let mut claims = json!({
        "sub": "s", "email": "a@corp.example", "email_verified": true, "name": "N", "groups": ["staff"], "department": "rd",
    });
    for (name, value) in more.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

async fn each_refusal_says_what_is_missing_and_makes_nothing(stack: Stack) {
    let rules = "allowed_domains = ['corp.example', 'people.example', 'outside.example']\nallowed_groups = ['staff']\n\
        required_claims = { department = ['rd', 'it'] }";
    let (gateway, issuer) = start(&stack, rules).await;
    gateway.standard("carol").await;
    let (closed, known) = (Issuer::start().await, Issuer::start().await);
    let setup = Setup::on(&stack)
        .with(&closed.config("closed", "provision = 'existing'"))
        .with(&known.config("corp", ""))
        .provider_port(closed.port)
        .provider_port(known.port);
    let other = setup.start().await;
    let waiting = gateway.applicant("waiting").await;
    let accounts = gateway.accounts().await;

    for (more, word, english, korean) in [
        (
            json!({ "email": null }),
            "email_missing",
            "sent no email address",
            "이메일 주소를 보내지 않았습니다",
        ),
        (json!({ "email_verified": false }), "email_unverified", "not verified", "확인되지 않은"),
        (
            json!({ "email": "a@evil.example" }),
            "domain_not_allowed",
            "Addresses at evil.example",
            "evil.example 주소로는",
        ),
        (json!({ "groups": ["STAFF"] }), "group_not_allowed", "None of your groups", "허용된 그룹에"),
        (json!({ "groups": null }), "groups_missing", "did not say in which groups", "그룹을 알려 주지"),
        (json!({ "department": "RD" }), "claim_not_met", "department", "department"),
        (json!({ "department": null }), "claim_not_met", "department", "department"),
        (
            json!({ "email": "carol@people.example" }),
            "email_belongs_to_another",
            "link corp on your account page",
            "다른 계정에서",
        ),
        (
            json!({ "email": "BOSS@people.example" }),
            "email_belongs_to_superuser",
            "never linked by email",
            "연결되지 않는",
        ),
    ] {
        issuer.is(claims(&more));
        let mut browser = gateway.browser();
        let page = enter(&mut browser).await.is(403);
        assert!(page.says(english), "{more}: {}", page.text());
        assert!(browser.cookies().find("narthex").is_none(), "{more}");
        let refused = gateway.events().await.into_iter().rfind(|it| it.event == Event::LoginRefused).unwrap();
        assert_eq!(refused.detail.as_deref(), Some(word), "{more}");
        assert!(refused.changes.iter().any(|it| it.field == "provider" && it.to == "corp"), "{refused:?}");
        let mut korean_browser = gateway.browser().always("accept-language", "ko");
        let page = enter(&mut korean_browser).await.is(403);
        assert!(page.says(korean), "{more}: {}", page.text());
        assert_eq!(gateway.accounts().await, accounts, "{more}");
    }
    // Known people only; an application of somebody with the address stays as it is.
    for claims in [claims(&json!({ "sub": "new" })), claims(&json!({ "sub": "w", "email": waiting.email() }))]
    {
        closed.is(claims);
        let page = enter_by(&mut other.browser(), "closed").await.is(403);
        assert!(page.says("no account for you here yet"), "{}", page.text());
        let refused = other.events().await.into_iter().rfind(|it| it.event == Event::LoginRefused).unwrap();
        assert_eq!(refused.detail.as_deref(), Some("not_provisioned"));
    }
    assert_eq!(gateway.account(&waiting).await.unwrap().status, Status::Pending);
    assert_eq!(gateway.accounts().await, accounts);
    // And whoever has it all comes in.
    issuer.is(claims(&json!({ "department": "it" })));
    enter(&mut gateway.browser()).await.is(200);
    // Policy holds at every sign-in, not at the first only.
    issuer.is(claims(&json!({ "department": "sales" })));
    enter(&mut gateway.browser()).await.is(403);
    assert_eq!(
        account(&gateway, "a@corp.example").await.status,
        Status::Active,
        "a sync never touches the status"
    );
    other.stop().await;
    gateway.stop().await;
}

async fn a_43_a_new_subject_with_an_old_address_inherits_nothing(stack: Stack) {
    for (round, more) in ["", "links_verified_email = true"].into_iter().enumerate() {
        let issuer = Issuer::start().await;
        let setup = Setup::on(&stack).with(&issuer.config("corp", more)).provider_port(issuer.port);
        let gateway = setup.start().await;
        let email = format!("r{round}@corp.example");
        issuer.is(claims(&json!({ "sub": "first", "email": email })));
        enter(&mut gateway.browser()).await.is(200);
        let first = account(&gateway, &email).await;
        let accounts = gateway.accounts().await;
        issuer.is(claims(&json!({ "sub": "second", "email": email })));
        enter(&mut gateway.browser()).await.is(403);
        let now = account(&gateway, &email).await;
        assert_eq!((now.id, now.last_login_at), (first.id, first.last_login_at), "{more}");
        assert_eq!(gateway.accounts().await, accounts);
        gateway.stop().await;
    }
}

async fn a_42_addresses_that_change_hands_take_no_account_along(stack: Stack) {
    let (gateway, issuer) = start(&stack, "").await;
    let (a, b) = ("a@corp.example", "b@corp.example");
    for (subject, email) in [("s-a", a), ("s-b", b)] {
        issuer.is(claims(&json!({ "sub": subject, "email": email })));
        enter(&mut gateway.browser()).await.is(200);
    }
    let (one, two) = (account(&gateway, a).await, account(&gateway, b).await);
    for (subject, email, id) in [("s-a", b, one.id), ("s-b", a, two.id)] {
        issuer.is(claims(&json!({ "sub": subject, "email": email })));
        let mut browser = gateway.browser();
        enter(&mut browser).await.is(200);
        let who: Value = serde_json::from_str(&browser.send(Ask::get("/account").json()).await.body).unwrap();
        assert_eq!(who["id"], json!(id), "each keeps the own account");
    }
    assert_eq!(
        (account(&gateway, a).await.id, account(&gateway, b).await.id),
        (one.id, two.id),
        "and the own address"
    );
    let warned = gateway.events().await.into_iter().filter(|it| it.event == Event::AccountSyncWarned);
    assert_eq!(warned.filter(|it| it.detail.as_deref() == Some("email_skipped")).count(), 2);
    gateway.stop().await;
}

async fn a_47_odd_addresses_pass_no_rule_for_domains(stack: Stack) {
    let more = "allowed_domains = ['corp.example']\nemail_verified = 'trusted'";
    let (gateway, issuer) = start(&stack, more).await;
    for (index, email) in [
        json!("a@evil@corp.example"),
        json!("\"a@evil.example\"@corp.example"),
        json!("a@corp.example,b@evil.example"),
        json!("a@evil.example,b@corp.example"),
        json!(["a@corp.example"]),
        json!({ "a@corp.example": true }),
        json!("a@sub.corp.example"),
        json!("a@corp.example.evil.example"),
        json!("a@evilcorp.example"),
        json!("a@corp.example."),
        json!("a@\u{212A}orp.example"),
        json!("a@corp.example\u{0}.evil.example"),
        json!("a@corp.example\r\nBcc: x@evil.example"),
        json!("a <a@corp.example>"),
        json!("@corp.example"),
    ]
    .into_iter()
    .enumerate()
    {
        issuer.is(claims(&json!({ "sub": index.to_string(), "email": email })));
        let page = enter(&mut gateway.browser()).await;
        assert!(matches!(page.status.as_u16(), 400 | 403), "{email}: {}", page.status);
        assert_eq!(gateway.accounts().await, 1, "{email}");
    }
    for fine in ["A@CORP.example", " b@corp.example "] {
        issuer.is(claims(&json!({ "sub": fine, "email": fine })));
        enter(&mut gateway.browser()).await.is(200);
    }
    gateway.stop().await;
}
