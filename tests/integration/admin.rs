//! Admin → User Management: looking, deciding, changing; and who may not.
use std::collections::BTreeMap;

use narthex::{
    domain::{
        audit::Event,
        user::{Status, Tier},
    },
    store::applications::{self, Filter, From},
};

use crate::harness::{
    Ask, Browser, Gateway, PASSWORD, Page, Person, Stack, both_stacks,
    gateway::{Setup, sign_in},
    html::Form,
};

both_stacks!(
    the_page_has_its_four_areas_and_nine_columns,
    headers_sort_and_say_so,
    pages_lead_through_everybody_once_in_both_directions,
    search_and_filters_stand_in_the_address,
    an_edit_changes_what_it_says_with_an_event_per_aspect,
    a_password_reset_ends_the_sessions_and_takes_effect,
    deletion_wants_the_name_typed_and_recommends_deactivation,
    a_selection_is_decided_at_once_with_a_report_row_by_row,
    a_82_the_list_of_users_is_taken_as_a_table_and_that_is_recorded,
    the_admin_section_can_be_kept_to_networks,
    a_76_of_two_who_decide_one_wins_and_the_other_is_told,
    a_76_an_older_form_does_not_overwrite_a_newer_change,
    a_78_a_demoted_superuser_is_out_by_the_next_click,
    a_80_nothing_of_a_deleted_account_lives_on,
    a_81_hostile_names_are_text_everywhere,
    a_84_hostile_searches_and_sorts_are_bounded,
    a_86_nobody_ends_or_sees_what_is_not_theirs,
);

async fn admin(gateway: &Gateway) -> (Person, Browser) {
    let boss = gateway.superuser("boss").await;
    let browser = gateway.signed_in(&boss).await;
    (boss, browser)
}

/// The full table, without what stands before it.
fn table(page: &Page) -> Page {
    let (_, table) = page.body.split_once("id=\"users\"").expect("the full table is there");
    Page { body: format!("<section {table}"), ..page.clone() }
}

/// The accounts of the full table, from top to bottom, by their Edit links.
fn listed(page: &Page) -> Vec<String> {
    let mut ids = vec![];
    for href in table(page).links() {
        if let Some(id) = href.strip_prefix("/admin/users/")
            && uuid::Uuid::parse_str(id).is_ok()
            && !ids.contains(&id.to_owned())
        {
            ids.push(id.to_owned());
        }
    }
    ids
}

/// Where the pager leads: `next` or `prev`.
fn turn(page: &Page, way: &str) -> Option<String> {
    let links = page.tags("a").into_iter();
    links.filter(|tag| tag.attribute("rel").as_deref() == Some(way)).find_map(|tag| tag.attribute("href"))
}

fn edit_form(page: &Page) -> Form {
    page.forms()
        .into_iter()
        .find(|form| form.value("version").is_some())
        .expect("the edit form has a version")
}

async fn the_page_has_its_four_areas_and_nine_columns(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut admin) = admin(&gateway).await;
    gateway.standard("carol").await;
    gateway.applicant("waiting").await;
    let page = admin.get("/admin/users").await.is(200);
    for words in ["Total Users", "Pending Approval", "Pending Approval Users", "All users"] {
        assert!(page.says(words), "{words} in {}", page.text());
    }
    assert!(
        page.tags("input").iter().any(|tag| tag.attribute("name").as_deref() == Some("q")),
        "a search box"
    );
    let (_, header) =
        table(&page).body.split_once("<thead").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let header = Page { body: format!("<thead{}", header.split("</thead>").next().unwrap()), ..page.clone() };
    let text = header.text();
    let mut at = 0;
    for column in [
        "ID",
        "Username",
        "Email",
        "Status",
        "Permission (Role)",
        "Last Login",
        "Last Login IP",
        "Registered",
        "Actions",
    ] {
        at += text[at..].find(column).unwrap_or_else(|| panic!("{column} after {}", &text[..at]));
    }
    assert!(page.forms().iter().any(|form| form.action.ends_with("/activate")));
    assert!(page.links().iter().any(|link| link.ends_with("/delete")));
    assert_eq!(listed(&page).len(), 3);
    gateway.stop().await;
}

async fn headers_sort_and_say_so(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut admin) = admin(&gateway).await;
    for name in ["carol", "alice", "dave", "bob"] {
        gateway.standard(name).await;
    }
    for word in ["id", "username", "email", "status", "tier", "last_login", "last_login_ip", "registered"] {
        let up = listed(&admin.get(&format!("/admin/users?sort={word}")).await.is(200));
        let page = admin.get(&format!("/admin/users?sort=-{word}")).await.is(200);
        let mut down = listed(&page);
        assert_eq!(up.len(), 5, "{word}");
        down.reverse();
        assert_eq!(up, down, "{word} down is up backwards");
        let sorted: Vec<_> = page.tags("th").into_iter().filter_map(|th| th.attribute("aria-sort")).collect();
        assert_eq!(sorted.iter().filter(|order| *order == "descending").count(), 1, "{word}: {sorted:?}");
        assert!(!sorted.iter().any(|order| order == "ascending"), "{word}: {sorted:?}");
    }
    let page = admin.get("/admin/users?sort=username").await;
    let text = table(&page).text();
    let order: Vec<_> =
        ["alice", "bob", "boss", "carol", "dave"].map(|name| text.find(&format!("{name}@"))).into();
    assert!(order.is_sorted() && order[0].is_some(), "{order:?}");
    gateway.stop().await;
}

async fn pages_lead_through_everybody_once_in_both_directions(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut admin) = admin(&gateway).await;
    for index in 0..59 {
        gateway.standard(&format!("person{index:02}")).await;
    }
    for sort in ["id", "-id", "username", "tier", "-last_login"] {
        let first = format!("/admin/users?sort={sort}");
        let mut page = admin.get(&first).await.is(200);
        let mut seen = listed(&page);
        let mut pages = vec![listed(&page)];
        while let Some(next) = turn(&page, "next") {
            page = admin.get(&next).await.is(200);
            seen.extend(listed(&page));
            pages.push(listed(&page));
        }
        let all: std::collections::BTreeSet<_> = seen.iter().collect();
        assert_eq!((seen.len(), all.len(), pages.len()), (60, 60, 3), "{sort}");
        for expected in pages.iter().rev().skip(1) {
            let previous = turn(&page, "prev").expect("there is a previous page");
            page = admin.get(&previous).await.is(200);
            assert_eq!(&listed(&page), expected, "{sort}");
        }
        assert!(turn(&page, "prev").is_none(), "{sort}: the first page has no previous");
    }
    gateway.stop().await;
}

async fn search_and_filters_stand_in_the_address(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (boss, mut admin) = admin(&gateway).await;
    let carol = gateway.standard("carol").await;
    let dave = gateway.standard("dave").await;
    let waiting = gateway.applicant("carolina").await;
    admin.post(&dave.admin_path("/deactivate"), &[]).await.is(303);
    for (query, expected) in [
        ("q=CAROL", vec![&carol, &waiting]),
        ("q=carol@people", vec![&carol]),
        ("q=Name+of+carol", vec![&carol]),
        ("status=inactive", vec![&dave]),
        ("status=pending", vec![&waiting]),
        ("tier=superuser", vec![&boss]),
        ("source=local&status=active", vec![&boss, &carol]),
        ("source=sso", vec![]),
        ("q=carol&status=active&tier=standard", vec![&carol]),
    ] {
        let page = admin.get(&format!("/admin/users?sort=id&{query}")).await.is(200);
        let mut expected: Vec<_> = expected.iter().map(|person| person.user.id.to_string()).collect();
        expected.sort();
        let mut found = listed(&page);
        found.sort();
        assert_eq!(found, expected, "{query}");
    }
    // The form itself leads there, without JavaScript.
    let page = admin.get("/admin/users").await;
    let search =
        page.forms().into_iter().find(|form| form.value("q").is_some()).unwrap().with("q", "carolina");
    let found = admin.submit(&search).await.is(200);
    assert!(found.url.query().unwrap().contains("q=carolina"));
    assert!(found.says("carolina@outside.example"));
    gateway.stop().await;
}

async fn an_edit_changes_what_it_says_with_an_event_per_aspect(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut admin) = admin(&gateway).await;
    let carol = gateway.standard("carol").await;
    let page = admin.get(&carol.admin_path("")).await.is(200);
    let form =
        edit_form(&page).with("display_name", "Carol <Shaw>").with("email", "carol.shaw@people.example");
    admin.submit(&form.with("username", "carol.shaw").with("tier", "superuser")).await.is(303);
    let now = gateway.account(&carol).await.unwrap();
    assert_eq!(now.display_name.as_str(), "Carol <Shaw>");
    assert_eq!(now.email.as_str(), "carol.shaw@people.example");
    assert_eq!(now.username.as_str(), "carol.shaw");
    assert_eq!(now.tier, Tier::Superuser);
    assert_eq!(gateway.count_events(Event::AccountEdited, Some(&carol.user)).await, 1);
    assert_eq!(gateway.count_events(Event::AccountTierChanged, Some(&carol.user)).await, 1);
    let events = gateway.events().await;
    let edited = events.iter().find(|entry| entry.event == Event::AccountEdited).unwrap();
    let changes: BTreeMap<_, _> =
        edited.changes.iter().map(|it| (it.field.as_str(), (it.from.as_str(), it.to.as_str()))).collect();
    assert_eq!(changes["username"], ("carol", "carol.shaw"));
    assert_eq!(changes["email"], ("carol@people.example", "carol.shaw@people.example"));
    assert_eq!(edited.origin.address, "127.0.0.1");

    // Nothing is saved when one aspect is refused.
    let form = edit_form(&admin.get(&carol.admin_path("")).await);
    let page =
        admin.submit(&form.with("email", "BOSS@people.example").with("display_name", "X")).await.is(422);
    assert_eq!(edit_form(&page).value("display_name"), Some("X"), "what was typed is kept");
    assert_eq!(gateway.account(&carol).await.unwrap().display_name.as_str(), "Carol <Shaw>");
    gateway.stop().await;
}

async fn a_password_reset_ends_the_sessions_and_takes_effect(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut admin) = admin(&gateway).await;
    let carol = gateway.standard("carol").await;
    let mut hers = gateway.signed_in(&carol).await;
    let weak = [("new_password", "carol-carol-carol")];
    admin.post(&carol.admin_path("/password"), &weak).await.is(422);
    hers.get("/account").await.is(200);
    admin.post(&carol.admin_path("/password"), &[("new_password", "an-entirely-new-secret")]).await.is(303);
    hers.get("/account").await.is(303);
    sign_in(&mut hers, "carol", &carol.password).await.is(401);
    sign_in(&mut hers, "carol", "an-entirely-new-secret").await.is(303);
    let form =
        edit_form(&admin.get(&carol.admin_path("")).await).with("new_password", "the-next-one-after-that");
    admin.submit(&form).await.is(303);
    hers.get("/account").await.is(303);
    assert_eq!(gateway.count_events(Event::PasswordReset, Some(&carol.user)).await, 2);
    let log = serde_json::to_string(&gateway.events().await).unwrap();
    assert!(!log.contains("entirely-new") && !log.contains("argon2"), "no secret in the audit log");
    gateway.stop().await;
}

async fn deletion_wants_the_name_typed_and_recommends_deactivation(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut admin) = admin(&gateway).await;
    let carol = gateway.standard("carol").await;
    let question = admin.get(&carol.admin_path("/delete")).await.is(200);
    assert!(question.says("Deactivate is usually the better choice"), "{}", question.text());
    let form = question.form("/delete");
    for wrong in ["", "Carol Shaw", "caro", "boss"] {
        let page = admin.submit(&form.clone().with("confirm", wrong)).await.is(422);
        assert!(page.says("carol"), "{}", page.text());
    }
    assert!(gateway.account(&carol).await.is_some());
    admin.submit(&form.with("confirm", "carol")).await.is(303);
    assert!(gateway.account(&carol).await.is_none());
    assert_eq!(gateway.count_events(Event::AccountDeleted, Some(&carol.user)).await, 1);

    let dave = gateway.standard("dave").await;
    let question = admin.get(&dave.admin_path("/delete")).await.is(200);
    admin.submit(&question.form("/deactivate")).await.is(303);
    assert_eq!(gateway.account(&dave).await.unwrap().status, Status::Inactive);
    gateway.stop().await;
}

async fn a_selection_is_decided_at_once_with_a_report_row_by_row(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut admin) = admin(&gateway).await;
    let people =
        [gateway.applicant("one").await, gateway.applicant("two").await, gateway.applicant("three").await];
    let [one, two, three] = people.each_ref().map(|person| person.user.id.to_string());
    let none = admin.post("/admin/users/bulk", &[("action", "activate")]).await.is(303);
    assert!(admin.follow(none).await.says("Select at least one"));
    admin.post(&people[0].admin_path("/activate"), &[]).await.is(303);
    admin.get("/admin/users").await.is(200);
    let gone = crate::harness::new_id().to_string();
    let fields = [("action", "activate"), ("id", one.as_str()), ("id", two.as_str()), ("id", gone.as_str())];
    let report = admin.post("/admin/users/bulk", &fields).await.is(303);
    let report = admin.follow(report).await;
    assert!(report.says("two") && report.says("one"), "{}", report.text());
    assert_eq!(gateway.account(&people[1]).await.unwrap().status, Status::Active);

    let question = admin.post("/admin/users/bulk", &[("action", "reject"), ("id", &three)]).await.is(200);
    assert!(question.says("three@outside.example"));
    assert!(gateway.account(&people[2]).await.is_some(), "asking rejects nobody");
    admin.submit(&question.form("/admin/users/bulk")).await.is(303);
    assert!(gateway.account(&people[2]).await.is_none());
    admin.post("/admin/users/bulk", &[("action", "burn"), ("id", &one)]).await.is(400);
    let many: Vec<_> = (0..201).map(|_| crate::harness::new_id().to_string()).collect();
    let many: Vec<_> =
        std::iter::once(("action", "activate")).chain(many.iter().map(|id| ("id", id.as_str()))).collect();
    admin.post("/admin/users/bulk", &many).await.is(303);
    gateway.stop().await;
}

async fn a_82_the_list_of_users_is_taken_as_a_table_and_that_is_recorded(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut admin) = admin(&gateway).await;
    gateway.standard("carol").await;
    let name = "=HYPERLINK(\"https://evil.example\")";
    let fields =
        [("email", "f@outside.example"), ("display_name", name), ("password", PASSWORD), ("username", "f")];
    gateway.browser().post("/signup", &fields).await.is(303);
    let list = admin.get("/admin/users?status=active").await.is(200);
    let link = list.link("/admin/users/export");
    let file = admin.get(&link).await.is(200);
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"users-"));
    let lines: Vec<_> = file.body.lines().collect();
    assert!(lines[0].starts_with("\"id\",\"username\",\"email\""), "{}", lines[0]);
    assert_eq!(lines.len(), 3, "active ones only: {lines:?}");
    let all = admin.get("/admin/users/export").await.is(200);
    assert!(all.body.contains("\"'=HYPERLINK(\"\"https"), "{}", all.body);
    assert_eq!(all.body.lines().count(), 4);
    let entry = gateway.events().await.into_iter().find(|entry| entry.event == Event::UsersExported).unwrap();
    let told: Vec<_> = entry.changes.iter().map(|it| format!("{}={}", it.field, it.to)).collect();
    assert_eq!(told, ["users=2", "filter=status=active"]);
    gateway.stop().await;
}

async fn the_admin_section_can_be_kept_to_networks(stack: Stack) {
    let gateway = Setup::on(&stack).with("[admin]\nallow = [\"127.0.0.9\"]").start().await;
    let boss = gateway.superuser("boss").await;
    let mut outside = gateway.signed_in(&boss).await;
    outside.get("/admin/users").await.is(404);
    let mut inside = outside.copy().at_address("127.0.0.9");
    inside.get("/admin/users").await.is(200);
    outside.send(Ask::get("/admin/users").header("x-forwarded-for", "127.0.0.9")).await.is(404);
    gateway.stop().await;
}

async fn a_76_of_two_who_decide_one_wins_and_the_other_is_told(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, first) = admin(&gateway).await;
    let other = gateway.superuser("other").await;
    let second = gateway.signed_in(&other).await;
    for round in 0..10 {
        let applicant = gateway.applicant(&format!("race{round}")).await;
        let (mut one, mut two) = (first.copy(), second.copy());
        let (activate, end) = (applicant.admin_path("/activate"), ["/delete", "/activate"][round % 2]);
        let contrary = applicant.admin_path(end);
        let (a, b) = tokio::join!(one.post(&activate, &[]), two.post(&contrary, &[]));
        let activated = gateway.count_events(Event::AccountActivated, Some(&applicant.user)).await;
        let rejected = gateway.count_events(Event::AccountRejected, Some(&applicant.user)).await;
        assert_eq!(activated + rejected, 1, "round {round}: {} and {}", a.status, b.status);
        match gateway.account(&applicant).await {
            Some(user) => assert_eq!((user.status, activated), (Status::Active, 1)),
            None => assert_eq!(rejected, 1),
        }
        for page in [&a, &b] {
            assert!(matches!(page.status.as_u16(), 303 | 409 | 422), "round {round}: {}", page.status);
        }
    }
    gateway.stop().await;
}

async fn a_76_an_older_form_does_not_overwrite_a_newer_change(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut first) = admin(&gateway).await;
    let other = gateway.superuser("other").await;
    let mut second = gateway.signed_in(&other).await;
    let carol = gateway.standard("carol").await;
    let stale = edit_form(&first.get(&carol.admin_path("")).await);
    let fresh = edit_form(&second.get(&carol.admin_path("")).await);
    second.submit(&fresh.with("display_name", "By the second")).await.is(303);
    let page = first.submit(&stale.with("display_name", "By the first")).await.is(422);
    assert!(page.says("By the second"), "{}", page.text());
    let again = edit_form(&page);
    assert_eq!(again.value("display_name"), Some("By the first"), "both versions are shown");
    assert_eq!(gateway.account(&carol).await.unwrap().display_name.as_str(), "By the second");
    first.submit(&again).await.is(303);
    assert_eq!(gateway.account(&carol).await.unwrap().display_name.as_str(), "By the first");
    gateway.stop().await;
}

async fn a_78_a_demoted_superuser_is_out_by_the_next_click(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut admin) = admin(&gateway).await;
    let other = gateway.superuser("other").await;
    let carol = gateway.standard("carol").await;
    let mut demoted = gateway.signed_in(&other).await;
    let open = demoted.get(&carol.admin_path("")).await.is(200);
    admin.post(&other.admin_path("/tier"), &[("tier", "standard")]).await.is(303);
    demoted.submit(&edit_form(&open).with("tier", "superuser")).await.is(303);
    assert_eq!(gateway.account(&carol).await.unwrap().tier, Tier::Standard);
    sign_in(&mut demoted, "other", &other.password).await.is(303);
    demoted.get("/admin/users").await.is(404);
    gateway.stop().await;
}

async fn a_80_nothing_of_a_deleted_account_lives_on(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut admin) = admin(&gateway).await;
    let carol = gateway.standard("carol").await;
    let mut hers = gateway.signed_in(&carol).await;
    let old_cookies = hers.copy();
    admin.post(&carol.admin_path("/delete"), &[("confirm", "carol")]).await.is(303);
    hers.get("/account").await.is(303);
    sign_in(&mut hers, "carol", &carol.password).await.is(401);

    let fields =
        [("email", carol.email()), ("display_name", "Carol"), ("username", "carol"), ("password", PASSWORD)];
    gateway.browser().post("/signup", &fields).await.is(303);
    let again = gateway.by_email(carol.email()).await.unwrap();
    assert_ne!(again.id, carol.user.id);
    assert!(again.number > carol.user.number);
    assert_eq!(again.status, Status::Pending);
    admin.post(&format!("/admin/users/{}/activate", again.id), &[]).await.is(303);
    old_cookies.clone().get("/account").await.is(303);
    sign_in(&mut hers, "carol", &carol.password).await.is(401);
    let entry =
        gateway.events().await.into_iter().find(|entry| entry.event == Event::AccountDeleted).unwrap();
    assert_eq!(entry.target.unwrap().name, "carol", "the log remembers the name as it was");

    // Nor does what the application said, now that it has come to an end, too.
    let again = gateway.by_email(carol.email()).await.unwrap();
    let confirm = [("confirm", again.username.as_str())];
    admin.post(&format!("/admin/users/{}/delete", again.id), &confirm).await.is(303);
    let page = admin.get("/admin/applications").await.is(200);
    assert!(page.says("Approved") && !page.body.contains(carol.email()), "{}", page.text());
    let mut tx = gateway.db.read().await.unwrap();
    let all = applications::page(&mut tx, &Filter::default(), From::Newest, 9).await.unwrap().applications;
    drop(tx);
    let said = format!("{all:?}");
    assert!(all.len() == 1 && !said.contains("people.example") && !said.contains("Carol"), "{said}");
    gateway.stop().await;
}

async fn a_81_hostile_names_are_text_everywhere(stack: Stack) {
    const HOSTILE: &str = r#""><script>alert(1)</script><img src=x onerror='alert(2)'>"#;
    let gateway = Gateway::start(&stack).await;
    let (_, mut admin) = admin(&gateway).await;
    let mut stranger = gateway.browser().always("user-agent", HOSTILE);
    let fields = [
        ("email", "mallory@outside.example"),
        ("display_name", HOSTILE),
        ("username", ""),
        ("password", PASSWORD),
        ("reason", HOSTILE),
    ];
    stranger.post("/signup", &fields).await.is(303);
    let mallory = gateway.by_email("mallory@outside.example").await.unwrap();
    let path = format!("/admin/users/{}", mallory.id);
    let encoded: String = url::form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
    let mut pages = vec![
        stranger.post("/login", &[("login", HOSTILE), ("password", "x"), ("rd", HOSTILE)]).await,
        stranger.post("/signup", &[("email", HOSTILE), ("display_name", HOSTILE), ("reason", HOSTILE)]).await,
        stranger.get(&format!("/login?rd={encoded}")).await,
        stranger.get(&format!("/{encoded}")).await,
        stranger.get(&format!("/oidc/{encoded}")).await,
    ];
    for target in [
        "/admin/users".to_owned(),
        format!("/admin/users?q={encoded}&status={encoded}&sort={encoded}"),
        path.clone(),
        format!("{path}/delete"),
        "/admin/audit".into(),
    ] {
        pages.push(admin.get(&target).await);
    }
    admin.post(&format!("{path}/activate"), &[]).await.is(303);
    let mut mallorys = gateway.browser();
    sign_in(&mut mallorys, mallory.email.as_str(), PASSWORD).await.is(303);
    pages.push(mallorys.get("/account").await.is(200));
    pages.push(admin.get(&format!("{path}/delete")).await.is(200));
    for page in &pages {
        assert!(!page.body.contains("<script>alert"), "{}", page.url);
        assert!(
            !page.tags("img").iter().any(|tag| tag.attribute("src").as_deref() == Some("x")),
            "{}",
            page.url
        );
        for tag in ["script", "a", "form", "input", "body", "td", "div", "span", "button", "img"] {
            for tag in page.tags(tag) {
                let event = tag.attribute_names().find(|name| name.starts_with("on"));
                assert_eq!(event, None, "{}", page.url);
                let target = tag.attribute("href").unwrap_or_default().to_lowercase();
                assert!(!target.trim_start().starts_with("javascript:"), "{}", page.url);
            }
        }
        assert!(page.header("content-security-policy").contains("script-src 'self'"), "{}", page.url);
    }
    assert!(pages.iter().any(|page| page.says("<script>alert(1)</script>")), "the name is shown as text");
    gateway.stop().await;
}

async fn a_84_hostile_searches_and_sorts_are_bounded(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let (_, mut admin) = admin(&gateway).await;
    for name in ["a_b", "axb", "plain"] {
        gateway.standard(name).await;
    }
    let found = async |admin: &mut Browser, query: &str| {
        let page = admin.get(&format!("/admin/users?{query}")).await.is(200);
        listed(&page).len()
    };
    assert_eq!(found(&mut admin, "q=%25").await, 0, "% is a character, not a wildcard");
    assert_eq!(found(&mut admin, "q=a_b").await, 1, "_ is a character, not a wildcard");
    assert_eq!(found(&mut admin, "q=%21").await, 0);
    for query in [
        "q='+OR+1%3D1--",
        "q=%22",
        "q=%00",
        "q=%5C",
        "q=%EF%BF%BD",
        "q=\u{202e}",
        "sort=password_hash",
        "sort=-password_hash",
        "sort=number;DROP+TABLE+users",
        "sort=",
        "sort=-",
        "after=-1",
        "after=1e9",
        "after=1000000000",
        "after=99999999999999999999",
        "before=0",
        "after=1&before=1",
        "status=root",
        "tier=%00",
        "source='",
        "page=-1",
        "q=%FF",
    ] {
        let page = admin.get(&format!("/admin/users?{query}").replace('\u{202e}', "%E2%80%AE")).await;
        assert!(matches!(page.status.as_u16(), 200 | 400), "{query}: {}", page.status);
    }
    let long = "x".repeat(6000);
    admin.get(&format!("/admin/users?q={long}")).await.is(200);
    for query in ["before=x", "after=%00", "before=1.2", "after=9223372036854775808.0"] {
        let page = admin.get(&format!("/admin/audit?{query}")).await;
        assert!(matches!(page.status.as_u16(), 200 | 400), "{query}: {}", page.status);
    }
    assert_eq!(gateway.accounts().await, 4);
    gateway.stop().await;
}

async fn a_86_nobody_ends_or_sees_what_is_not_theirs(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let carol = gateway.standard("carol").await;
    let dave = gateway.standard("dave").await;
    let mut carols = gateway.signed_in(&carol).await;
    let mut daves = gateway.signed_in(&dave).await;
    daves.post(&carol.admin_path("/sign-out"), &[]).await.is(404);
    daves.get(&carol.admin_path("")).await.is(404);
    // Signing out everywhere is about the session that asks, whatever the form says.
    daves
        .post("/account/sign-out-everywhere", &[("user", &carol.user.id.to_string()), ("id", "1")])
        .await
        .is(303);
    carols.get("/account").await.is(200);
    daves.get("/account").await.is(303);
    let page = carols.get("/account").await;
    assert!(!page.body.contains(dave.username()));
    gateway.stop().await;
}
