//! Every mail, as a mail program would read it.

use std::collections::HashSet;

use templates::Lang;
use templates::email::{About, Letter, Typed, write};
use templates::samples::{BASE, HOSTILE, Mailed, mails};

/// Every `http…` that stands in a text, to where it ends.
fn links(text: &str) -> Vec<&str> {
    let ends = |c: char| c.is_whitespace() || "\"<>".contains(c);
    text.match_indices("http").map(|(at, _)| text[at..].split(ends).next().unwrap_or_default()).collect()
}

fn each(mut check: impl FnMut(&Mailed)) {
    mails().iter().for_each(&mut check);
}

#[test]
fn there_is_every_mail_in_both_languages_with_a_subject_of_one_line() {
    let mut names = HashSet::new();
    each(|mail| {
        assert!(names.insert(mail.name.clone()), "{} twice", mail.name);
        let subject = &mail.written.subject;
        assert!(!subject.is_empty() && subject.chars().count() < 80, "{subject}");
        assert!(!subject.contains(char::is_control) && subject.contains("Aldergate"), "{subject}");
        let korean = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
        assert_eq!(korean(&subject.replace("김지호", "")), mail.lang == Lang::Ko, "{subject}");
    });
    for name in names.iter().filter(|name| !name.ends_with("-ko")) {
        assert!(names.contains(&format!("{name}-ko")), "{name} only in English");
    }
}

#[test]
fn links_lead_to_us_and_are_the_same_in_html_and_text() {
    each(|mail| {
        let (html, text) = (links(&mail.written.html), links(&mail.written.text));
        for link in html.iter().chain(&text) {
            // What was typed as a link stands there taken apart.
            assert!(link.starts_with(&format!("{BASE}/")) || *link == "http:", "{}: {link}", mail.name);
        }
        let ours = |links: &[&str]| {
            links
                .iter()
                .filter(|link| link.starts_with(BASE))
                .map(|link| (*link).to_owned())
                .collect::<HashSet<_>>()
        };
        assert_eq!(ours(&html), ours(&text), "{}", mail.name);
        for tag in mail.written.html.split("<a ").skip(1) {
            let target =
                tag.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            assert!(
                target.starts_with(&format!("{BASE}/")) || target.starts_with("mailto:it-help@"),
                "{target}"
            );
        }
        for fetched in ["<img", "<script src", "<link", " src=\"", "url(", "@import", "<form", "<iframe"] {
            let there = mail.written.html.contains(fetched);
            assert!(!there, "{}: {fetched}", mail.name);
        }
    });
}

#[test]
fn links_lead_to_where_people_can_sign_in() {
    each(|mail| {
        let own = mail.name.starts_with("approved-sso");
        for link in links(&mail.written.text).iter().filter(|link| link.contains("/login")) {
            assert_eq!(link.ends_with("/login?local=1"), !own, "{}: {link}", mail.name);
        }
        let text = &mail.written.text;
        assert!(!own || !text.contains("password you chose"), "{}: {text}", mail.name);
        assert!(mail.name != "rejected-blocked" || !text.contains("apply again"), "{text}");
    });
    let letter = |local| Letter {
        lang: Lang::En,
        organisation: "Aldergate".to_owned(),
        help: None,
        base: BASE.to_owned(),
        local,
        recipient: Typed::exact("maya@x.example"),
        about: About::AddressKnown,
    };
    for local in [true, false] {
        let written = write(&letter(local));
        for text in [written.html, written.text] {
            assert_eq!(text.contains("/forgot-password"), local, "{text}");
        }
    }
}

#[test]
fn what_was_typed_is_text_and_no_mail_program_makes_a_link_of_it() {
    each(|mail| {
        assert!(
            !mail.written.html.contains("<script>") && !mail.written.html.contains(HOSTILE),
            "{}",
            mail.name
        );
        for text in [&mail.written.html, &mail.written.text] {
            assert!(!text.contains("evil.example") && !text.contains("http://"), "{}", mail.name);
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{}", mail.name);
            assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{}", mail.name);
        }
        let strangers = ["verify-email", "address-known", "received", "withdrawn", "reset-password"];
        if strangers.iter().any(|name| mail.name.trim_end_matches("-ko") == *name) {
            for name in ["Maya Okafor", "김지호"] {
                assert!(!mail.written.text.contains(name), "{}: a stranger can have it sent", mail.name);
            }
        }
    });
}

#[test]
fn a_mail_is_a_whole_document_that_says_who_wrote_to_whom() {
    const EMPTY: [&str; 2] = ["meta", "br"];
    each(|mail| {
        let (html, text) = (&mail.written.html, &mail.written.text);
        assert!(html.starts_with(&format!("<!DOCTYPE html><html lang=\"{}\">", mail.lang.code())), "{html}");
        for part in [html, text] {
            for said in ["Aldergate", "maya.okafor@partner.example", "it-help@aldergate.example"] {
                assert!(part.contains(said), "{}: {said}", mail.name);
            }
        }
        assert!(text.trim_end().ends_with("-- \nAldergate"), "{text}");
        assert!(
            text.lines().all(|line| line.trim_start().starts_with("http") || line.chars().count() <= 80),
            "{text}"
        );
        let mut open = vec![];
        for tag in html.split('<').skip(2) {
            let name: String =
                tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
            if tag.starts_with('/') {
                assert_eq!(open.pop().as_deref(), Some(name.as_str()), "{}", mail.name);
            } else if !EMPTY.contains(&name.as_str()) {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{}: {open:?}", mail.name);
    });
}
