use super::{HOSTILE, LONG, Set};
use crate::admin::users::{Applicant, Row};
use crate::{Source, Status, Tier};

pub(super) fn applicants(set: &Set) -> Vec<Applicant> {
    let one =
        |number: u64, username: &str, email: &str, name: &str, day: u32, reason: Option<&str>| Applicant {
            id: format!("01935e2a-0000-7000-8000-00000000{number}"),
            number,
            username: username.to_owned(),
            email: email.to_owned(),
            display_name: name.to_owned(),
            registered: set.at(11, day, 9 + day % 7, 12),
            reason: reason.map(str::to_owned),
            rejected: (number == 1287)
                .then(|| (set.at(9, 2, 10, 0), Some("Please name a sponsor.".to_owned()))),
            selected: false,
        };
    vec![
        one(
            1290,
            "maya.okafor",
            "maya.okafor@fieldnotes.example",
            "Maya Okafor",
            21,
            Some("Contract data analyst for the Q1 logistics project. Sponsor: Daniel Reyes."),
        ),
        one(
            1289,
            "jh.yoon",
            "jiho.yoon@hansol-partners.example",
            "윤지호",
            20,
            Some("협력사 개발자입니다. DJ 센터 에이전트 개발을 12월 말까지 지원합니다."),
        ),
        one(
            1288,
            "t.lindqvist",
            "tove@lindqvist-audit.example",
            "Tove Lindqvist",
            19,
            Some("External auditor, read access to the document archive for the annual review."),
        ),
        one(1287, "contact2991", "contact2991@mailbox.example", "asdf", 18, None),
    ]
}

type Person<'a> = (u64, &'a str, &'a str, &'a str, Status, Tier, Source);

pub(super) fn rows(set: &Set) -> Vec<Row> {
    use Source::{Both, Local, Sso};
    use Status::{Active, Inactive, Pending};
    use Tier::{Standard, Superuser};
    let people: [Person<'_>; 12] = [
        (1290, "maya.okafor", "Maya Okafor", "maya.okafor@fieldnotes.example", Pending, Standard, Local),
        (1284, "soyeon.park", "Soyeon Park", "soyeon.park@aldergate.example", Active, Superuser, Sso),
        (1283, "daniel.reyes", "Daniel Reyes", "daniel.reyes@aldergate.example", Active, Superuser, Both),
        (1281, "amelia.chen", "Amelia Chen", "amelia.chen@aldergate.example", Active, Standard, Sso),
        (1279, "jiho.kim", "김지호", "jiho.kim@aldergate.example", Active, Standard, Sso),
        (1276, "t.nakamura", "Tomoko Nakamura", "t.nakamura@partner.example", Active, Standard, Sso),
        (
            1270,
            "lucas.ferreira",
            "Lucas Ferreira",
            "lucas@ferreira-consulting.example",
            Active,
            Standard,
            Local,
        ),
        (1266, "minji.lee", "이민지", "minji.lee@aldergate.example", Active, Standard, Sso),
        (1259, "o.haddad", "Omar Haddad", "o.haddad@aldergate.example", Active, Standard, Sso),
        (1251, "d.brandt", "Dörte Brandt", "d.brandt@aldergate.example", Inactive, Standard, Sso),
        (1240, "grace.adeyemi", "Grace Adeyemi", "grace.adeyemi@nordwerk.example", Active, Standard, Sso),
        (1229, "contractor-07", "Ravi Menon", "ravi.menon@buildline.example", Active, Standard, Local),
    ];
    people.map(|person| row(set, person)).into()
}

pub(super) fn long_rows(set: &Set) -> Vec<Row> {
    use Status::{Active, Inactive, Pending};
    let email = format!("{LONG}@{}.example", "sub-department.".repeat(5).trim_end_matches('.'));
    let people: [Person<'_>; 3] = [
        (1_000_001, LONG, HOSTILE, &email, Active, Tier::Superuser, Source::Both),
        (
            1_000_000,
            "한글사용자이름한글사용자이름한글사용자이름",
            LONG,
            &email,
            Pending,
            Tier::Standard,
            Source::Local,
        ),
        (999_999, "a", "A", "a@b.example", Inactive, Tier::Standard, Source::Sso),
    ];
    let mut rows: Vec<Row> = people.map(|person| row(set, person)).into();
    for row in &mut rows {
        row.last_login_ip = Some("2001:0db8:85a3:0000:0000:8a2e:0370:7334".to_owned());
    }
    rows
}

fn row(set: &Set, (number, username, name, email, status, tier, source): Person<'_>) -> Row {
    let day = u32::try_from(number % 20).unwrap_or_default() + 1;
    let seen = status != Status::Pending && username != "contractor-07";
    let is_you = username == "soyeon.park";
    Row {
        id: format!("01935e2a-0000-7000-8000-00000000{number}"),
        number,
        username: username.to_owned(),
        display_name: name.to_owned(),
        email: email.to_owned(),
        status,
        tier,
        source,
        last_login: seen.then(|| set.at(11, day, 13, 58)),
        last_login_ip: seen.then(|| format!("10.31.{}.144", number % 200)),
        registered: set.last_year(day % 12 + 1, day),
        roles: match number % 4 {
            3 => vec!["User Manager".to_owned(), "Auditor".to_owned()],
            2 => vec!["Agent Developer".to_owned()],
            _ => vec![],
        },
        is_you,
        can_view: true,
        can_edit: true,
        can_delete: !is_you,
    }
}
