//! The outsiders' door: apply, wait, be admitted or not; and what strangers try at it.
use narthex::domain::{
    audit::Event,
    user::{Status, Tier},
};

use crate::harness::{
    Ask, Gateway, PASSWORD, Page, Stack, both_stacks,
    gateway::{Setup, sign_in, sign_up},
};

both_stacks!(
    an_applicant_waits_is_admitted_works_and_leaves,
    a_rejected_applicant_may_apply_again,
    an_incomplete_form_comes_back_with_what_was_typed,
    signup_is_closed_while_nobody_could_decide,
    a_48_hostile_usernames_collide_with_nobody,
    a_49_of_many_who_want_one_name_or_address_each_gets_their_own_or_nothing,
    a_54_fields_that_the_form_does_not_have_mean_nothing,
    a_56_nothing_tells_a_known_account_from_an_unknown_one,
    a_57_the_state_is_told_to_whoever_has_the_password_only,
    a_58_of_many_attempts_at_once_no_more_than_the_limit_are_evaluated,
    a_59_every_spelling_of_one_account_counts_in_one_bucket,
    a_64_long_and_odd_passwords_are_whole_or_refused,
    a_65_hashing_is_bounded_and_others_are_served,
);

async fn an_applicant_waits_is_admitted_works_and_leaves(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let mut applicant = gateway.browser();
    let login = applicant.visit("/account").await.is(200);
    assert_eq!(login.url.path(), "/login");
    let page = applicant.get(&login.link("/signup")).await.is(200);
    let form = page.form("/signup").with("email", "Maya@Outside.example").with("display_name", "Maya Okafor");
    let sent =
        applicant.submit(&form.with("password", PASSWORD).with("reason", "the <b>harvest</b> project")).await;
    let received = applicant.follow(sent.is(303)).await.is(200);
    assert_eq!(received.url.path(), "/signup/received");

    let refused = sign_in(&mut applicant, "maya@outside.example", PASSWORD).await.is(403);
    assert!(refused.says("awaits approval"), "{}", refused.text());
    assert!(applicant.cookies().find("narthex").is_none(), "no session for who waits");

    let mut admin = gateway.signed_in(&boss).await;
    let list = admin.get("/admin/users").await.is(200);
    assert!(list.says("Maya Okafor") && list.says("the <b>harvest</b> project"), "{}", list.text());
    let maya = gateway.by_email("maya@outside.example").await.unwrap();
    let activate = list.form(&format!("/admin/users/{}/activate", maya.id));
    let done = admin.submit(&activate).await.is(303);
    assert!(admin.follow(done).await.says("can sign in now"));

    let signed_in = sign_in(&mut applicant, maya.username.as_str(), PASSWORD).await.is(303);
    let account = applicant.follow(signed_in).await.is(200);
    assert_eq!(account.url.path(), "/account");
    assert!(account.says("Maya Okafor"));
    let who = applicant.send(Ask::get("/account").json()).await.is(200);
    let who: serde_json::Value = serde_json::from_str(&who.body).unwrap();
    for (key, value) in [
        ("id", maya.id.to_string()),
        ("username", "maya.okafor".into()),
        ("email", "Maya@Outside.example".into()),
        ("display_name", "Maya Okafor".into()),
        ("tier", "standard".into()),
        ("source", "local".into()),
    ] {
        assert_eq!(who[key], value, "{key}");
    }
    assert_eq!(who["number"], maya.number);
    assert!(who["roles"].is_array() && who["permissions"].is_array());

    let out = applicant.submit(&applicant.clone().get("/account").await.form("/logout")).await.is(303);
    assert_eq!(applicant.follow(out).await.url.path(), "/signed-out");
    assert_eq!(applicant.get("/account").await.is(303).location(), "/login?rd=/account");
    let json = applicant.send(Ask::get("/account").json()).await;
    assert_eq!(json.status, 401);

    for (event, times) in [
        (Event::AccountSignedUp, 1),
        (Event::AccountActivated, 1),
        (Event::LoginSucceeded, 1),
        (Event::LoginRefused, 1),
        (Event::SessionEnded, 1),
    ] {
        assert_eq!(gateway.count_events(event, Some(&maya)).await, times, "{event:?}");
    }
    gateway.stop().await;
}

async fn a_rejected_applicant_may_apply_again(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let first = gateway.applicant("jiho").await;
    let question = admin.get(&first.admin_path("/delete")).await.is(200);
    admin.submit(&question.form("/delete")).await.is(303);
    assert!(gateway.account(&first).await.is_none());
    assert_eq!(gateway.count_events(Event::AccountRejected, Some(&first.user)).await, 1);
    sign_in(&mut gateway.browser(), first.email(), PASSWORD).await.is(401);

    let again = gateway.applicant("jiho").await;
    assert_ne!(again.user.id, first.user.id);
    assert!(again.user.number > first.user.number, "numbers are never used again");
    gateway.stop().await;
}

async fn an_incomplete_form_comes_back_with_what_was_typed(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    gateway.superuser("boss").await;
    let mut browser = gateway.browser();
    let before = gateway.accounts().await;
    for (email, name, username, password) in [
        ("not an address", "Ada", "", PASSWORD),
        ("ada@outside.example", "   ", "", PASSWORD),
        ("ada@outside.example", "Ada", "a b", PASSWORD),
        ("ada@outside.example", "Ada", "", "too short"),
        ("ada@outside.example", "Ada", "", "passwordpassword"),
        ("countess@outside.example", "Ada", "", "the-countess-is-here"),
    ] {
        let fields =
            [("email", email), ("display_name", name), ("username", username), ("password", password)];
        let page = browser.post("/signup", &fields).await.is(422);
        let form = page.form("/signup");
        assert_eq!(form.value("email"), Some(email));
        assert_eq!(form.value("password").unwrap_or_default(), "", "a password is never printed");
        assert!(!page.body.contains(password), "{}", page.body);
        assert!(
            page.tags("input").iter().any(|tag| tag.attribute("aria-invalid").is_some()),
            "{email} {username}"
        );
    }
    assert_eq!(gateway.accounts().await, before);
    gateway.stop().await;
}

async fn signup_is_closed_while_nobody_could_decide(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let mut browser = gateway.browser();
    let fields = [("email", "a@outside.example"), ("display_name", "A"), ("password", PASSWORD)];
    browser.get("/signup").await.is(503);
    browser.post("/signup", &fields).await.is(503);
    assert_eq!(gateway.accounts().await, 0);
    gateway.superuser("boss").await;
    browser.get("/signup").await.is(200);
    browser.post("/signup", &fields).await.is(303);
    gateway.stop().await;
}

async fn a_48_hostile_usernames_collide_with_nobody(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    gateway.superuser("admin").await;
    let mut browser = gateway.browser();
    let long = "x".repeat(10_000);
    let wishes = [
        "admin",
        "ADMIN",
        "\u{ff41}\u{ff44}\u{ff4d}\u{ff49}\u{ff4e}",
        "\u{430}dmin",
        "admin\u{200b}",
        "\u{202e}nimda",
        "adm\0in",
        "",
        " ",
        "admin ",
        "a/../b",
        &long,
        "윤지호",
        "🦀",
    ];
    for (index, wish) in wishes.iter().enumerate() {
        let email = format!("p{index}@outside.example");
        let fields = [
            ("email", email.as_str()),
            ("display_name", "Somebody Else"),
            ("username", wish),
            ("password", PASSWORD),
        ];
        let page = browser.post("/signup", &fields).await;
        assert!(matches!(page.status.as_u16(), 303 | 422), "{wish:?}: {}", page.status);
        if let Some(user) = gateway.by_email(&email).await {
            let name = user.username.as_str();
            assert_ne!(name, "admin", "{wish:?}");
            assert!(name.chars().all(|c| c.is_alphanumeric() || ".-_".contains(c)), "{wish:?}: {name:?}");
            assert!(name.chars().count() <= 64);
        }
    }
    for hostile in ["\u{0}", "\u{202e}\u{200b}", "\u{1f980}"] {
        let page = sign_up(&mut browser, "odd@outside.example", hostile, PASSWORD).await;
        assert!(matches!(page.status.as_u16(), 303 | 422), "{hostile:?}: {}", page.status);
    }
    gateway.stop().await;
}

async fn a_49_of_many_who_want_one_name_or_address_each_gets_their_own_or_nothing(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    gateway.superuser("boss").await;
    let before = gateway.accounts().await;
    let mut same_address = tokio::task::JoinSet::new();
    for index in 0..20 {
        let mut browser = gateway.browser();
        let email = if index % 2 == 0 { "Race@Outside.example" } else { "race@outside.EXAMPLE" };
        same_address.spawn(async move {
            let fields = [("email", email), ("display_name", "Race"), ("password", PASSWORD)];
            browser.post("/signup", &fields).await.status
        });
    }
    assert!(same_address.join_all().await.iter().all(|status| *status == 303), "all get the same answer");
    assert_eq!(gateway.accounts().await, before + 1);

    let mut same_name = tokio::task::JoinSet::new();
    for (index, wish) in ["admin", "root", "ADMIN", "\u{430}dmin", "Root"].iter().cycle().take(20).enumerate()
    {
        let mut browser = gateway.browser();
        same_name.spawn(async move {
            let email = format!("n{index}@outside.example");
            let fields = [
                ("email", email.as_str()),
                ("display_name", "N"),
                ("username", wish),
                ("password", PASSWORD),
            ];
            browser.post("/signup", &fields).await.status
        });
    }
    assert!(same_name.join_all().await.iter().all(|status| *status == 303));
    let mut skeletons = std::collections::BTreeSet::new();
    for index in 0..20 {
        let user = gateway.by_email(&format!("n{index}@outside.example")).await.expect("nobody is lost");
        assert!(skeletons.insert(user.username.skeleton()), "{} looks like another", user.username);
    }
    gateway.stop().await;
}

async fn a_54_fields_that_the_form_does_not_have_mean_nothing(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    gateway.superuser("boss").await;
    let fields = [
        ("email", "eve@outside.example"),
        ("display_name", "Eve"),
        ("password", PASSWORD),
        ("status", "active"),
        ("tier", "superuser"),
        ("role", "superuser"),
        ("roles[]", "admin"),
        ("source", "sso"),
        ("email_trusted", "true"),
        ("id", "1"),
        ("number", "1"),
        ("session_epoch", "7"),
    ];
    gateway.browser().post("/signup", &fields).await.is(303);
    let eve = gateway.by_email("eve@outside.example").await.unwrap();
    assert_eq!((eve.status, eve.tier), (Status::Pending, Tier::Standard));
    assert_eq!((eve.session_epoch, eve.email_trusted), (0, false));
    assert_ne!(eve.number, 1);
    gateway.stop().await;
}

/// What a stranger can see of an answer, without what differs from request to request or was typed.
pub(super) fn visible(page: &Page, typed: &str) -> (u16, Vec<String>, String) {
    let mut headers: Vec<_> = page
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        // Sealed, so that no two are alike.
        .map(|line| {
            line.split_once("narthex-flash=").map_or(line.clone(), |(name, _)| format!("{name}narthex-flash"))
        })
        .collect();
    headers.sort();
    let headers =
        headers.into_iter().map(|line| if line.starts_with("content-length") { String::new() } else { line });
    let id = page.header("x-request-id");
    let body = page.body.replace(typed, "…");
    let body = if id.is_empty() { body } else { body.replace(id, "…") };
    (page.status.as_u16(), headers.collect(), body)
}

async fn a_56_nothing_tells_a_known_account_from_an_unknown_one(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    gateway.superuser("boss").await;
    let known = gateway.standard("known").await;
    let waiting = gateway.applicant("waiting").await;
    let hashes = || gateway.running.app.hasher.computed();

    let mut seen = vec![];
    for login in [
        known.username(),
        known.email(),
        "KNOWN",
        waiting.email(),
        "nobody",
        "nobody@people.example",
        "\u{0}",
    ] {
        let before = hashes();
        let page =
            gateway.browser().post("/login", &[("login", login), ("password", "a wrong password")]).await;
        assert_eq!(hashes() - before, 1, "the same work for {login:?}");
        seen.push((login, visible(&page, login)));
    }
    for (login, answer) in &seen {
        assert_eq!(answer.0, 401);
        let (mut first, mut this) = (seen[0].1.clone(), answer.clone());
        (first.2, this.2) = (first.2.replace('…', ""), this.2.replace('…', ""));
        if *login != "\u{0}" {
            assert_eq!(first, this, "{login}");
        }
    }

    let mut answers = vec![];
    for email in [known.email(), waiting.email(), "stranger@outside.example"] {
        let before = hashes();
        let fields = [("email", email), ("display_name", "X"), ("password", PASSWORD)];
        let page = gateway.browser().post("/signup", &fields).await;
        assert_eq!(hashes() - before, 1, "the same work for {email}");
        answers.push(visible(&page, email));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert_eq!(answers[0].0, 303);
    gateway.stop().await;
}

async fn a_57_the_state_is_told_to_whoever_has_the_password_only(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let waiting = gateway.applicant("waiting").await;
    let locked_out = gateway.standard("locked").await;
    gateway.signed_in(&boss).await.post(&locked_out.admin_path("/deactivate"), &[]).await.is(303);

    for (person, words) in [(&waiting, "awaits approval"), (&locked_out, "inactive")] {
        let wrong = sign_in(&mut gateway.browser(), person.email(), "not the password").await.is(401);
        assert!(!wrong.says(words), "{}", wrong.text());
        assert!(wrong.says("incorrect"));
        let right = sign_in(&mut gateway.browser(), person.email(), &person.password).await.is(403);
        assert!(right.says(words), "{}", right.text());
        assert_eq!(right.headers.get_all("set-cookie").iter().count(), 0);
    }
    gateway.stop().await;
}

async fn a_58_of_many_attempts_at_once_no_more_than_the_limit_are_evaluated(stack: Stack) {
    let gateway =
        Setup::on(&stack).with("[login]\naccount_failures = 5\naddress_failures = 1000").start().await;
    let victim = gateway.standard("victim").await;
    let mut attempts = tokio::task::JoinSet::new();
    for index in 0..55 {
        let mut browser = gateway.browser();
        let login = if index % 2 == 0 { victim.username().to_owned() } else { victim.email().to_owned() };
        attempts.spawn(async move {
            browser.post("/login", &[("login", &login), ("password", &format!("guess {index}"))]).await.status
        });
    }
    assert!(attempts.join_all().await.iter().all(|status| *status == 401));
    let events = gateway.events().await;
    let failed = |detail: &str| {
        let of_kind = |entry: &&narthex::domain::audit::Entry| {
            entry.event == Event::LoginFailed && entry.detail.as_deref() == Some(detail)
        };
        events.iter().filter(of_kind).count()
    };
    assert_eq!(failed("wrong_password"), 5, "evaluated");
    assert_eq!(failed("throttled"), 50, "not looked at");
    let right = sign_in(&mut gateway.browser(), victim.username(), &victim.password).await.is(401);
    assert!(right.says("incorrect"), "the right password looks wrong now");
    gateway.stop().await;
}

async fn a_59_every_spelling_of_one_account_counts_in_one_bucket(stack: Stack) {
    let gateway = Setup::on(&stack).with("[login]\naccount_failures = 4").start().await;
    let victim = gateway.standard("victim").await;
    let spellings =
        ["victim", "VICTIM", " victim ", "\u{ff56}ictim", "victim@people.example", "Victim@PEOPLE.example"];
    for spelling in &spellings[..4] {
        gateway.browser().post("/login", &[("login", spelling), ("password", "wrong")]).await.is(401);
    }
    for spelling in spellings {
        let fields = [("login", spelling), ("password", victim.password.as_str())];
        gateway.browser().post("/login", &fields).await.is(401);
    }
    let bystander = gateway.standard("bystander").await;
    sign_in(&mut gateway.browser(), bystander.username(), &bystander.password).await.is(303);
    gateway.stop().await;
}

async fn a_64_long_and_odd_passwords_are_whole_or_refused(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let hashes = || gateway.running.app.hasher.computed();

    let long: String = (0..128_u8).map(|n| char::from(b'!' + n.wrapping_mul(37) % 90)).collect();
    let sixty_four = &long[64..];
    let composed = "caf\u{e9} au lait by the sea";
    let spaces = "  spaces at both ends  ";
    for (index, password) in [long.as_str(), sixty_four, composed, spaces].into_iter().enumerate() {
        let name = format!("pw{index}");
        let email = format!("{name}@outside.example");
        sign_up(&mut gateway.browser(), &email, &name, password).await.is(303);
        let user = gateway.by_email(&email).await.unwrap();
        admin.post(&format!("/admin/users/{}/activate", user.id), &[]).await.is(303);
        sign_in(&mut gateway.browser(), &email, password).await.is(303);
        let cut: String = password.chars().take(password.chars().count() - 1).collect();
        sign_in(&mut gateway.browser(), &email, &cut).await.is(401);
        sign_in(&mut gateway.browser(), &email, &format!("{password}x")).await.is(401);
    }
    sign_in(&mut gateway.browser(), "pw2@outside.example", "cafe\u{301} au lait by the sea").await.is(303);
    sign_in(&mut gateway.browser(), "pw3@outside.example", spaces.trim()).await.is(401);

    let before = hashes();
    let too_long = format!("{long}x");
    sign_up(&mut gateway.browser(), "long@outside.example", "Long", &too_long).await.is(422);
    assert_eq!(hashes(), before, "nothing too long is hashed at sign-up");
    sign_in(&mut gateway.browser(), "pw0@outside.example", "nul\0nul nul nul nul").await.is(401);
    for megabytes in [1, 10] {
        let huge = "x".repeat(megabytes * 1024 * 1024);
        let before = hashes();
        for path in ["/login", "/signup"] {
            let fields = [
                ("login", "boss"),
                ("email", "h@outside.example"),
                ("display_name", "H"),
                ("password", &huge),
            ];
            // So much is not read to its end: the answer may be lost with the connection.
            let page = gateway.browser().attempt(Ask::post(path, &fields)).await;
            assert!(page.is_none_or(|page| page.status == 413));
        }
        assert_eq!(hashes(), before);
    }
    gateway.stop().await;
}

async fn a_65_hashing_is_bounded_and_others_are_served(stack: Stack) {
    // Real costs, a small pool: most of three hundred must be told to come again, all must be answered.
    let settings = "[password]\nmemory_kib = 19456\niterations = 2\nparallel = 2\nqueue = 8\n\
                    [login]\naddress_failures = 10000";
    let gateway = Setup::on(&stack).with(settings).start().await;
    let before = gateway.running.app.hasher.computed();
    let mut attempts = tokio::task::JoinSet::new();
    for index in 0..300 {
        let mut browser = gateway.browser();
        attempts.spawn(async move {
            let login = format!("nobody{index}");
            browser.post("/login", &[("login", &login), ("password", "some password")]).await
        });
    }
    // While they are at it, pages that hash nothing are served.
    for _ in 0..10 {
        gateway.browser().get("/livez").await.is(200);
        gateway.browser().get("/login").await.is(200);
    }
    let answers = attempts.join_all().await;
    let busy = answers.iter().filter(|page| page.status == 503).count();
    let evaluated = answers.iter().filter(|page| page.status == 401).count();
    assert_eq!(busy + evaluated, 300);
    assert!(busy > 0 && evaluated > 0, "{busy} busy, {evaluated} evaluated");
    assert!(
        answers.iter().filter(|page| page.status == 503).all(|page| !page.header("retry-after").is_empty())
    );
    let computed = gateway.running.app.hasher.computed() - before;
    assert_eq!(computed, u64::try_from(evaluated).unwrap(), "who is told to come again costs no hash");
    gateway.stop().await;
}
