//! Every sample of every page, read as a browser would read it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use templates::samples::{self, Sample};
use templates::{Lang, assets};

/// A start tag: its name and its attributes, unescaped as they stand.
struct Tag<'a> {
    name: &'a str,
    attributes: BTreeMap<&'a str, &'a str>,
}

/// maud writes `<name attribute="value" other>`, nothing else.
fn tags(html: &str) -> Vec<Tag<'_>> {
    let starts = html.split('<').skip(1).filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    starts.map(tag).collect()
}

fn tag(rest: &str) -> Tag<'_> {
    let end = rest.find(['>', ' ']).unwrap_or(rest.len());
    let (name, mut rest) = rest.split_at(end);
    let mut attributes = BTreeMap::new();
    while let Some(attribute) = rest.strip_prefix(' ') {
        let end = attribute.find(['=', '>', ' ']).expect("an attribute ends");
        let (key, after) = attribute.split_at(end);
        if let Some(quoted) = after.strip_prefix("=\"") {
            let (value, after) = quoted.split_once('"').expect("a value ends");
            attributes.insert(key, value);
            rest = after;
        } else {
            attributes.insert(key, "");
            rest = after;
        }
    }
    Tag { name, attributes }
}

/// What a person reads or hears: texts between tags and in labels.
fn texts(html: &str) -> BTreeSet<String> {
    let between = html.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(_, text)| text);
    let tags = tags(html);
    let spoken = ["aria-label", "placeholder", "data-show", "data-hide", "data-some", "data-shown"];
    let labels =
        tags.iter().flat_map(|tag| spoken.iter().filter_map(|name| tag.attributes.get(name).copied()));
    between.chain(labels).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
}

fn each(mut check: impl FnMut(&Sample, &str, &[Tag<'_>])) {
    for sample in samples::all() {
        check(&sample, &sample.markup.0, &tags(&sample.markup.0));
    }
}

#[test]
fn names_are_unique_and_every_page_is_there_in_both_languages() {
    let mut names = HashSet::new();
    each(|sample, _, _| assert!(names.insert(sample.name.clone()), "{} twice", sample.name));
    for name in names.iter().filter(|name| !name.ends_with("-ko")) {
        assert!(names.contains(&format!("{name}-ko")), "{name} only in English");
    }
}

#[test]
fn a_page_has_one_title_and_one_heading_and_says_its_language() {
    each(|sample, html, tags| {
        let count = |name: &str| tags.iter().filter(|tag| tag.name == name).count();
        let expected = usize::from(!sample.fragment);
        assert_eq!(count("h1"), expected, "{}", sample.name);
        assert_eq!(count("main"), expected, "{}", sample.name);
        assert_eq!(count("title"), expected, "{}", sample.name);
        if !sample.fragment {
            assert!(html.contains(&format!("<html lang=\"{}\">", sample.lang.code())), "{}", sample.name);
        }
    });
}

#[test]
fn nothing_is_inline() {
    each(|sample, _, tags| {
        for Tag { name, attributes } in tags {
            assert_ne!(*name, "style", "{}", sample.name);
            assert!(*name != "script" || attributes.contains_key("src"), "{}", sample.name);
            for attribute in attributes.keys() {
                assert!(*attribute != "style" && !attribute.starts_with("on"), "{} {attribute}", sample.name);
            }
        }
    });
}

#[test]
fn hostile_text_stays_text() {
    let mut seen = 0;
    each(|sample, html, tags| {
        seen += usize::from(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(!html.contains("<script>"), "{}", sample.name);
        assert!(tags.iter().all(|tag| tag.name != "img"), "{}", sample.name);
        assert_eq!(html.matches("</textarea>").count(), html.matches("<textarea").count(), "{}", sample.name);
    });
    assert!(seen > 20, "only {seen} samples are hostile");
}

#[test]
fn links_lead_to_us_the_web_or_a_mailbox() {
    let good = ["/", "#", "https://", "http://", "mailto:"];
    each(|sample, _, tags| {
        for tag in tags {
            for name in ["href", "src", "action", "formaction"] {
                let Some(target) = tag.attributes.get(name) else { continue };
                let ours = target.is_empty() || good.iter().any(|start| target.starts_with(start));
                assert!(ours && !target.starts_with("//"), "{}: {target}", sample.name);
            }
        }
    });
}

#[test]
fn ids_are_unique_and_everything_that_refers_to_one_finds_it() {
    let single = ["for", "aria-controls", "form", "popovertarget", "data-reveal", "data-count", "data-all"];
    each(|sample, _, tags| {
        let mut ids = HashSet::new();
        for id in tags.iter().filter_map(|tag| tag.attributes.get("id")) {
            assert!(ids.insert(*id), "{}: {id} twice", sample.name);
        }
        for Tag { attributes, .. } in tags {
            let lists = ["aria-describedby", "aria-labelledby"].map(|name| attributes.get(name).copied());
            let many = lists.into_iter().flatten().flat_map(str::split_whitespace);
            let one = single.iter().filter_map(|name| attributes.get(name).copied());
            let places = attributes.get("href").and_then(|href| href.strip_prefix('#'));
            for id in many.chain(one).chain(places) {
                assert!(ids.contains(id), "{}: no {id}", sample.name);
            }
        }
    });
}

#[test]
fn every_control_has_a_label() {
    each(|sample, html, tags| {
        let labelled: HashSet<_> = tags.iter().filter_map(|tag| tag.attributes.get("for").copied()).collect();
        for Tag { name, attributes } in tags {
            let hidden = attributes.get("type") == Some(&"hidden");
            let inside =
                attributes.get("type") == Some(&"checkbox") && html.contains("<label class=\"tick\"");
            if ["input", "select", "textarea"].contains(name) && !hidden && !inside {
                let by_id = attributes.get("id").is_some_and(|id| labelled.contains(id));
                assert!(by_id || attributes.contains_key("aria-label"), "{}: {attributes:?}", sample.name);
            }
        }
    });
}

/// Texts that are data in the samples, or that both languages write alike.
fn is_data(text: &str) -> bool {
    let data = samples_data();
    let text = text.strip_suffix(" · SSO").unwrap_or(text);
    let korean = text.chars().any(|c| ('가'..='힣').contains(&c));
    korean
        || text.contains('@')
        || !text.chars().any(|c| c.is_ascii_alphabetic())
        || data.contains(text)
        || text.contains(samples::LONG)
        || text.contains("alert(1)")
        || text.contains("Mozilla/")
}

fn samples_data() -> HashSet<&'static str> {
    let alike = "ID|SSO|UTC|csv|English|narthex|· narthex|narthex.toml";
    let roles = "System Administrator|User Manager|Auditor|Agent Developer|Member|Manage agentflows|View agentflows|Edit pages\
        |Approve, edit and deactivate users|Read the audit log and export it|Build and test agents\
        |Settings, identity providers, all sessions|Rita Castellano|Peter Oduya|Ravi Menon|RC|PO|nobody\
        |auditor|member|main|wiki|Auditor · narthex|Lucas Ferreira · narthex|amelia.chen · ID 1281|lucas.ferreira · ID 1270|contact2991 · ID 1287";
    let people = "Aldergate|A|a|asdf|AC|SP|SO|LF|contact2991|S|LR|lucas|tove|a.b|wiki.aldergate.example|wiki.aldergate.example/admin/\
        |Soyeon Park|Maya Okafor|maya okafor|Tove Lindqvist|Lucas Ferreira|Aldergate SSO|Continue with Aldergate SSO\
        |Continue with Partner SSO|T. Nakamura|Amelia Chen|Dörte Brandt|Grace Adeyemi|Omar Haddad|Tomoko Nakamura|01JD7Q3M8ZC4|email|wrong_password|Daniel Reyes\
        |Contract data analyst for the Q1 logistics project. Sponsor: Daniel Reyes.\
        |External auditor, read access to the document archive for the annual review.";
    let server = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k|/var/lib/narthex/mail|connection refused|the server refused the recipient: 550 5.1.1 No such user here";
    let providers = "Partner SSO|Labs|Fresh SSO|RS256|EdDSA|ES256|agents-dj → agent-developer|narthex-admins →|platform → wiki-admin, viewer\
        |authorization_endpoint|token_endpoint|jwks_uri|RS256, EdDSA|it did not answer within 8 seconds|the token endpoint answers 500\
        |it did not answer within 10 seconds; check that this host reaches it|UTC)|UTC: the token endpoint answers 500|department|groups";
    alike
        .split('|')
        .chain(server.split('|'))
        .chain(providers.split('|'))
        .chain(people.split('|'))
        .chain(roles.split('|'))
        .collect()
}

#[test]
fn no_words_are_left_in_the_other_language() {
    let all: BTreeMap<_, _> =
        samples::all().into_iter().map(|sample| (sample.name.clone(), sample)).collect();
    let mut left = BTreeSet::new();
    for sample in all.values().filter(|sample| sample.lang == Lang::En) {
        let korean = texts(&all[&format!("{}-ko", sample.name)].markup.0);
        left.extend(texts(&sample.markup.0).intersection(&korean).filter(|text| !is_data(text)).cloned());
    }
    // Names of events and of people are data; they have no spaces but a dot.
    left.retain(|text| text.contains(' ') || !text.contains(['.', '-', ':']));
    assert!(left.is_empty(), "the same in both languages: {left:#?}");
}

#[test]
fn nothing_is_promised_that_is_not_there_yet() {
    let later = ["asskey", "Undo", "will email", "sent an email"];
    each(|sample, html, _| {
        for word in later {
            assert!(!html.contains(word) || html.contains("settings.changed"), "{}: {word}", sample.name);
        }
    });
}

#[test]
fn a_page_that_reports_an_error_says_so_in_its_title() {
    let titles: BTreeMap<_, _> = samples::all()
        .into_iter()
        .filter_map(|sample| {
            let (_, rest) = sample.markup.0.split_once("<title>")?;
            Some((sample.name.clone(), rest.split_once("</title>")?.0.to_owned()))
        })
        .collect();
    assert_eq!(titles["login"], "Sign in to Aldergate · Aldergate");
    assert_eq!(titles["login-error"], "Error: Sign in to Aldergate · Aldergate");
    assert_eq!(titles["signup-errors-ko"], "오류: 계정 신청 · Aldergate");
    assert_eq!(titles["user-edit-guard"], "Error: Edit Lucas Ferreira · narthex");
    assert_eq!(titles["users"], "User Management · narthex");
}

#[test]
fn a_failed_sign_in_keeps_the_name_and_empties_the_password() {
    let all = samples::all();
    let page = all.iter().find(|sample| sample.name == "login-error").expect("it is a sample");
    let tags = tags(&page.markup.0);
    let field = |id: &str| tags.iter().find(|tag| tag.attributes.get("id") == Some(&id)).expect("a field");
    assert_eq!(field("login").attributes["value"], "maya.okafor");
    assert!(!field("password").attributes.contains_key("value"));
}

#[test]
fn the_table_has_the_nine_columns_and_sorts_by_one() {
    let all = samples::all();
    let page = &all.iter().find(|sample| sample.name == "users").expect("it is a sample").markup.0;
    let (_, table) = page.split_once("<table class=\"list users\">").expect("the table");
    let head = table.split_once("</thead>").expect("its head").0;
    let names: Vec<_> = head
        .split("</th>")
        .filter_map(|cell| {
            let text: String =
                cell.split('<').filter_map(|rest| rest.split_once('>')).map(|(_, text)| text).collect();
            (!text.trim().is_empty()).then(|| text.trim().to_owned())
        })
        .collect();
    let wanted = [
        "ID",
        "Username",
        "Email",
        "Status",
        "Permission (Role)",
        "Last Login",
        "Last Login IP",
        "Registered",
        "Actions",
    ];
    assert!(names.iter().zip(wanted).all(|(name, wanted)| name.ends_with(wanted)), "{names:?}");
    assert_eq!(names.len(), 9);
    assert_eq!(head.matches("aria-sort").count(), 1);
    let own = table.split("</tr>").find(|row| row.contains("soyeon.park")).expect("the viewer's row");
    assert!(own.contains("You</span>") && !own.contains("/delete"), "{own}");
}

#[test]
fn assets_are_found_by_name_and_their_address_changes_with_them() {
    for asset in assets::all() {
        let found = assets::find(asset.name).expect("it is there");
        assert!(!found.bytes.is_empty() && found.content_type.contains('/'));
        let href = asset.href();
        assert!(href.as_str().starts_with(&format!("/assets/{}?v=", asset.name)), "{href:?}");
    }
    assert!(assets::find("../Cargo.toml").is_none());
    let style = String::from_utf8_lossy(assets::find("narthex.css").expect("the style").bytes).into_owned();
    for (at, _) in style.match_indices("url(\"") {
        let name = style[at + 5..].split('"').next().expect("it ends");
        assert!(assets::find(name).is_some(), "{name} is not among the assets");
    }
}
