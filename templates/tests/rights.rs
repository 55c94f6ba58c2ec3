//! What pages offer to somebody who may, and keep from somebody who may not.

use templates::samples;

fn page(name: &str) -> String {
    let all = samples::all();
    all.into_iter().find(|sample| sample.name == name).expect("it is a sample").markup.0
}

/// The page without what surrounds it: the menu has a form of its own.
fn main_of(name: &str) -> String {
    let page = page(name);
    let (_, rest) = page.split_once("<main").expect("it begins");
    rest.split_once("</main>").expect("it ends").0.to_owned()
}

/// Start tags that hold all of these texts.
fn tags<'a>(html: &'a str, texts: &[&str]) -> Vec<&'a str> {
    let starts = html.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    starts.filter(|tag| texts.iter().all(|text| tag.contains(text))).collect()
}

#[test]
fn whoever_only_looks_has_nothing_to_send() {
    let looking = [
        "roles-looking",
        "role-looking",
        "settings-looking",
        "providers-looking",
        "dormant-looking",
        "user-looking",
        "user-looking-superuser",
    ];
    for name in looking {
        let main = main_of(name);
        // Whoever may decide on an application may do so here, too.
        let sends = tags(&main, &["form ", "method=\"post\""]);
        assert!(sends.iter().all(|form| form.contains("/activate\"")), "{name}: {sends:?}");
        assert!(tags(&main, &["input "]).is_empty(), "{name}: {:?}", tags(&main, &["input "]));
        assert!(tags(&main, &["select "]).is_empty() && tags(&main, &["textarea"]).is_empty(), "{name}");
    }
}

#[test]
fn the_menu_holds_what_may_be_opened_and_the_brand_leads_there() {
    let page = page("roles-looking");
    let (_, side) = page.split_once("<nav class=\"side\"").expect("the menu");
    let links = tags(side.split_once("</nav>").expect("its end").0, &["a ", "href=\"/admin"]);
    assert!(links.iter().all(|link| link.contains("href=\"/admin/roles\"")), "{links:?}");
    assert!(tags(&page, &["class=\"brand\""]).iter().all(|link| link.contains("/admin/roles")));
    assert!(tags(&main_of("roles-looking"), &["href=\"/admin/users"]).is_empty());
}

#[test]
fn a_cell_that_may_not_be_changed_is_not_sent() {
    let main = main_of("roles");
    let own = tags(&main, &["name=\"p\"", "admin.role:manage\""]);
    assert_eq!(own.len(), 5);
    assert!(own.iter().all(|cell| cell.ends_with(" disabled")), "{own:?}");
    let others = tags(&main, &["name=\"p\"", ":admin.user:read\""]);
    assert!(others.len() == 5 && others.iter().all(|cell| !cell.contains(" disabled")));
    assert_eq!(tags(&main, &["name=\"shown\""]).len(), 5);
    assert_eq!(tags(&main, &["name=\"version-"]).len(), 5);
}

#[test]
fn what_is_offered_is_exactly_what_can_be_ticked() {
    let pages = [
        ("role", "permission"),
        ("role", "supervises"),
        ("role-new", "permission"),
        ("user-edit-local", "role"),
    ];
    for (name, field) in pages {
        let main = main_of(name);
        let values = |tags: Vec<&str>| -> Vec<String> {
            let value = |tag: &str| Some(tag.split_once("value=\"")?.1.split('"').next()?.to_owned());
            tags.into_iter().filter_map(value).collect()
        };
        let boxes = tags(&main, &[&format!(" name=\"{field}\"")]);
        let open = boxes.into_iter().filter(|tag| !tag.contains(" disabled")).collect();
        let offered = values(tags(&main, &[&format!("name=\"offered-{field}\"")]));
        assert!(!offered.is_empty(), "{name}");
        assert_eq!(values(open), offered, "{name} {field}");
    }
}

#[test]
fn a_role_that_a_provider_gave_is_shown_but_not_sent() {
    let main = main_of("user-edit-local");
    assert!(main.contains("Agent Developer") && main.contains("from Aldergate SSO"));
    assert!(tags(&main, &["value=\"agent-developer\""]).is_empty());
    assert!(tags(&main, &["value=\"member\""]).is_empty());
}

#[test]
fn a_switch_that_is_off_is_sent_all_the_same_and_a_fixed_setting_never() {
    let main = main_of("settings");
    let fields = tags(&main, &["name=\"signup.enabled\""]);
    assert!(fields[0].contains("value=\"0\"") && fields[1].contains("role=\"switch\""), "{fields:?}");
    assert!(tags(&main, &["name=\"sessions.idle_minutes\""]).is_empty());
    assert!(main.contains("<code>sessions.idle</code>"));
}

#[test]
fn somebody_who_must_choose_a_password_finds_no_way_round() {
    for name in ["password-must", "password-old"] {
        let main = main_of(name);
        assert!(tags(&main, &["a ", "href=\"/"]).is_empty(), "{name}");
        assert_eq!(tags(&main, &["form ", "action=\"/logout\""]).len(), 1, "{name}");
        assert_eq!(tags(&main, &["name=\"rd\""]).len(), 1, "{name}");
    }
}

#[test]
fn only_what_may_be_decided_can_be_ticked() {
    let main = main_of("dormant");
    assert_eq!(tags(&main, &["name=\"id\""]).len(), 3);
    assert_eq!(tags(&main, &["name=\"keep\""]).len(), 3);
    let asked = main_of("dormant-confirm");
    assert_eq!(tags(&asked, &["name=\"id\""]).len(), 4);
    assert!(tags(&asked, &["name=\"confirmed\"", "value=\"1\""]).len() == 1);
}
