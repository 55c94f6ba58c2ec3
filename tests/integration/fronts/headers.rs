//! What the application is told, and by whom.
use url::Url;

use super::{Front, WIKI, behind_every_proxy, data, page};
use crate::harness::{Ask, front::TOLD_BY_CLIENTS, raw, raw_status, upstream::Received};

behind_every_proxy!(
    a_01_the_application_learns_who_it_is_and_nothing_forged,
    a_02_no_spelling_of_an_identity_reaches_the_application,
    a_03_an_identity_said_twice_reaches_nobody,
    a_04_no_client_can_have_our_headers_dropped,
    a_05_what_clients_say_of_a_request_never_reaches_the_application,
    a_12_bad_cookies_are_nobodys,
    a_13_the_application_never_sees_our_cookies,
    a_21_a_name_is_one_header_whatever_is_in_it,
);

const IDENTITY: [&str; 6] = [
    "remote-user",
    "remote-email",
    "remote-name",
    "remote-groups",
    "x-narthex-subject",
    "x-narthex-assertion",
];

/// That the application was told nothing under this name.
#[track_caller]
fn says_nothing(seen: &Received, name: &str) {
    assert!(
        seen.headers.get_all(name).iter().all(http::HeaderValue::is_empty),
        "{name} in {:?}",
        seen.headers
    );
}

async fn a_01_the_application_learns_who_it_is_and_nothing_forged(front: Front) {
    let forge = |ask: Ask| {
        let forged = IDENTITY.iter().fold(ask, |ask, name| ask.header(name, "forged"));
        ["x-original-url", "x-forwarded-user", "x-forwarded-uri", "forwarded"]
            .iter()
            .fold(forged, |ask, name| ask.header(name, "forged"))
    };
    let mut carol = front.signed_in(&front.carol).await;
    carol.send(forge(page("/page?x=1"))).await.is(200);
    let seen = front.wiki.last();
    assert_eq!(seen.target, "/page?x=1");
    assert_eq!(seen.only("remote-user"), "carol");
    assert_eq!(seen.only("remote-email"), "carol@people.example");
    assert_eq!(seen.only("remote-name"), "Name of carol");
    assert_eq!(seen.only("x-narthex-subject"), front.carol.user.id.to_string());
    assert!(seen.only("x-narthex-assertion").starts_with("ey"), "{:?}", seen.headers);
    assert_eq!(seen.only("host"), "wiki.example.test");
    says_nothing(&seen, "remote-groups");
    for name in IDENTITY {
        assert!(seen.headers.get_all(name).iter().all(|value| value != "forged"), "{name}");
    }

    front.stranger().send(forge(page("/public/x"))).await.is(200);
    let seen = front.wiki.last();
    for name in IDENTITY {
        says_nothing(&seen, name);
        let there = seen.headers.contains_key(name);
        assert!(!there || front.proxy.kind.sends_empty_headers(), "{name} in {:?}", seen.headers);
    }
    carol.get(&format!("{WIKI}/public/x")).await.is(200);
    assert_eq!(front.wiki.last().only("remote-user"), "carol", "known where it is public, too");
    front.stop().await;
}

async fn a_02_no_spelling_of_an_identity_reaches_the_application(front: Front) {
    let names = [
        "remote_user",
        "REMOTE_USER",
        "Remote_Groups",
        "X_Narthex_Subject",
        "X-Narthex_Subject",
        "X_Narthex-Assertion",
        "X_Forwarded_Uri",
        "X_Original_URL",
    ];
    let mut carol = front.signed_in(&front.carol).await;
    for ask in [page("/page"), page("/public/x")] {
        let ask = names.iter().fold(ask, |ask, name| ask.header(name, "forged"));
        carol.send(ask).await.is(200);
        let seen = front.wiki.last();
        assert_eq!(seen.only("remote-user"), "carol");
        assert!(!format!("{:?}", seen.headers).contains("forged"), "{:?}", seen.headers);
    }
    front.stop().await;
}

async fn a_03_an_identity_said_twice_reaches_nobody(front: Front) {
    let carol = front.signed_in(&front.carol).await;
    let wide = Front::wide(&carol);
    for forged in [
        "Remote-User: root\r\nRemote-User: root",
        "Remote-User: root, admin\r\nremote-user: root",
        "X-Ignored: x\r\n Remote-User: root",
        "Remote-User: x\r\n root",
        "Remote-User : root",
        "Remote-User\t: root",
    ] {
        let before = front.wiki.requests().len();
        let request = format!(
            "GET /page HTTP/1.1\r\nHost: wiki.example.test\r\n{forged}\r\nCookie: __Secure-narthex={wide}\r\n\
             Connection: close\r\n\r\n"
        );
        match raw_status(&raw(front.proxy.address, request.as_bytes())) {
            200 => {
                let seen = front.wiki.last();
                assert_eq!(seen.only("remote-user"), "carol", "{forged}");
                for name in IDENTITY {
                    let mut values = seen.headers.get_all(name).iter();
                    assert!(
                        values.all(|value| !value.to_str().unwrap().contains("root")),
                        "{forged}: {name}"
                    );
                }
            }
            status => {
                assert_eq!(status, 400, "{forged}");
                assert_eq!(front.wiki.requests().len(), before);
            }
        }
    }
    front.stop().await;
}

async fn a_04_no_client_can_have_our_headers_dropped(front: Front) {
    let mut carol = front.signed_in(&front.carol).await;
    for listed in [
        "close, remote-user, x-narthex-subject, cookie, x-forwarded-for",
        "remote-user",
        "upgrade, remote-user",
    ] {
        let ask = page("/page").header("connection", listed).header("x-forwarded-for", "6.6.6.6");
        carol.send(ask).await.is(200);
        let seen = front.wiki.last();
        assert_eq!(seen.only("remote-user"), "carol", "{listed}");
        assert_eq!(seen.only("x-narthex-subject"), front.carol.user.id.to_string(), "{listed}");
        assert_eq!(seen.only("x-forwarded-for"), "127.0.0.1", "{listed}");
        let mut nominated = seen.headers.get_all("connection").iter();
        assert!(nominated.all(|value| !value.to_str().unwrap().contains("remote")), "{listed}: {seen:?}");
    }
    front.stop().await;
}

async fn a_05_what_clients_say_of_a_request_never_reaches_the_application(front: Front) {
    let mut carol = front.signed_in(&front.carol).await;
    for ask in [page("/page"), page("/public/x")] {
        let ask = TOLD_BY_CLIENTS.iter().fold(ask, |ask, name| {
            let ask = ask.header(name, "forged");
            if name.contains('-') { ask.header(&name.replace('-', "_"), "forged") } else { ask }
        });
        carol.send(ask).await.is(200);
        let seen = front.wiki.last();
        assert!(!format!("{:?}", seen.headers).contains("forged"), "{:?}", seen.headers);
        assert_eq!(seen.only("x-forwarded-for"), "127.0.0.1");
        assert_eq!(seen.only("x-forwarded-host"), "wiki.example.test");
        assert_eq!(seen.only("x-forwarded-proto"), "http");
    }
    front.stop().await;
}

async fn a_12_bad_cookies_are_nobodys(front: Front) {
    let carol = front.signed_in(&front.carol).await;
    let own = carol.cookies().find("__Host-narthex").unwrap().value.clone();
    let wide = Front::wide(&carol);
    let hundred: Vec<_> = (0..100).map(|n| format!("__Secure-narthex={n:A>43}")).collect();
    for cookie in [
        "__Secure-narthex=".to_owned(),
        "__Secure-narthex".to_owned(),
        "=; ;; =x;__Secure-narthex==".to_owned(),
        format!("__Secure-narthex={own}"),
        format!("__Secure-narthex={wide}x"),
        format!("__Host-narthex={wide}"),
        format!("__Host-narthex={own}; __Host-narthex={own}"),
        format!("narthex={own}"),
        format!("__Secure-narthex={}", "A".repeat(6000)),
        hundred.join("; "),
        format!("{}; __Secure-narthex={wide}", hundred.join("; ")),
    ] {
        front.stranger().send(data("/page").header("cookie", &cookie)).await.is(401);
        front.stranger().send(page("/page").header("cookie", &cookie)).await.is(303);
    }
    let four = format!("{}; __Secure-narthex={wide}", hundred[..3].join("; "));
    front.stranger().send(data("/page").header("cookie", &four)).await.is(200);
    front.stop().await;
}

async fn a_13_the_application_never_sees_our_cookies(front: Front) {
    let carol = front.signed_in(&front.carol).await;
    let wide = Front::wide(&carol);
    let own = carol.cookies().find("__Host-narthex").unwrap().value.clone();
    let mut stranger = front.stranger();
    let line = format!("theme=dark; __Secure-narthex={wide}; __Host-narthex={own}; NARTHEX={own}; lang=ko");
    stranger.send(page("/page").header("cookie", &line)).await.is(200);
    assert_eq!(front.wiki.last().only("cookie"), "theme=dark; lang=ko");
    let lines = page("/page").header("cookie", "a=b").header("cookie", &format!("__Secure-narthex={wide}"));
    stranger.send(lines.header("cookie", "c=d")).await.is(200);
    assert_eq!(front.wiki.last().only("cookie"), "a=b; c=d");
    stranger.send(page("/page").header("cookie", &format!("__Secure-narthex={wide}"))).await.is(200);
    says_nothing(&front.wiki.last(), "cookie");

    // Whoever steals the wide cookie passes the gate and opens no page of ours.
    let mut thief = front.stranger();
    let ours = Url::parse("https://auth.example.test/").unwrap();
    thief.change_cookies(|jar| jar.plant(&ours, "__Secure-narthex", &wide, Some("example.test")));
    thief.get(&format!("{WIKI}/page")).await.is(200);
    thief.get("https://auth.example.test/account").await.is(303);
    front.stop().await;
}

async fn a_21_a_name_is_one_header_whatever_is_in_it(front: Front) {
    let mut carol = front.signed_in(&front.carol).await;
    let root = front.gateway.superuser("root").await;
    let mut root = front.signed_in(&root).await;
    let edit = format!("https://auth.example.test{}", front.carol.admin_path(""));
    let form = root.get(&edit).await.is(200).form(&front.carol.admin_path(""));
    let name = "지호, Ada; root% {http.request.host} %[src] $host";
    root.submit(&form.with("display_name", name)).await.is(303);
    carol.send(page("/page")).await.is(200);
    let seen = front.wiki.last();
    let told = "%EC%A7%80%ED%98%B8, Ada; root%25 {http.request.host} %25[src] $host";
    assert_eq!(seen.only("remote-name"), told);
    says_nothing(&seen, "remote-groups");
    front.stop().await;
}
